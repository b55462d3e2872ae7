"""Naming: which slip makes a gradient array wrong; nothing rather than something wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from ...story import Diagnosis
from ..values import Comparison
from . import regions, terms
from .paths import paths
from .scene import Scene, agree, constant_factor, of_constants


def name(scene: Scene, variable: str) -> tuple[Diagnosis, ...]:
    """The slips that turn the true gradient into the claimed one, the most specific alone."""
    true, claimed = scene.true[variable], scene.claimed[variable]
    if true.shape != claimed.shape or not np.all(np.isfinite(claimed)):
        return ()
    for search in (
        *(_factor, _other_argument, _transposed, _upstream, _outputs, _local),
        *(
            regions.pooled,
            regions.where,
            terms.factors,
            terms.reductions,
            paths,
            terms.sums,
            regions.labels,
            regions.places,
        ),
    ):
        found = tuple(search(scene, variable, true, claimed))
        if found:
            return found
    return ()


def _factor(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    c = constant_factor(true, claimed)
    if c is None:
        if np.max(np.abs(claimed), initial=0.0) <= 1e-12 * np.max(np.abs(true), initial=0.0):
            yield Diagnosis(
                "path-missing",
                f"the gradient for {variable} is zero everywhere, though the output depends on {variable}",
                variable,
            )
        return
    if abs(c + 1) < 1e-6:
        off = f"the gradient for {variable} is the negative of the true one"
        meant = f"either {scene.error} is targets less outputs, and {variable} goes down all the same (a convention)"
        said = f"{off}: {meant}, or the sign is wrong" if scene.error else f"the sign is wrong: {off}"
        yield Diagnosis("sign", said, variable)
        return
    code, words = name_number(c, scene, variable)
    readings = "either another scale of the loss is meant (a convention), or the factor is a slip"
    yield Diagnosis(code, f"the gradient for {variable} is {words} times the true one: {readings}", variable)


def name_number(c: float, scene: Scene, variable: str) -> tuple[str, str]:
    """A factor in words: a length of an axis, a constant of the layer, a simple fraction."""
    lengths: dict[int, str] = {}
    shapes = {} if scene.pointwise else {variable: scene.values[variable].shape, "the output": scene.outs[0].shape}
    for who, shape in {**{n: v.shape for n, v in scene.values.items() if shapes}, **shapes}.items():
        for axis, n in enumerate(shape):
            if n > 2:
                lengths.setdefault(
                    n,
                    f"the length of axis {axis} of {who}"
                    + (" (the number of examples)" if axis == scene.columns else ""),
                )
        if np.prod(shape) > 2:
            lengths.setdefault(int(np.prod(shape)), f"the number of entries of {who}")
    for who, shape in {**{n: v.shape for n, v in scene.values.items() if shapes}, **shapes}.items():
        if len(shape) == 4:
            i = 1 if shape[3] < min(shape[1:3]) else 2  # channels come last, or first
            lengths.setdefault(shape[i] * shape[i + 1], f"the number of entries along axes {i} and {i + 1} of {who}")
    for index in scene.indices if shapes else ():
        for axis, n in enumerate(index.shape):
            lengths.setdefault(n, f"the length of axis {axis} of the indices") if n > 2 else None
    held = of_constants(c, scene)
    for sign in (1, -1):
        for n, words in lengths.items():
            also = f" or {held}" if held else ""
            if abs(c - sign * n) < 1e-6 * n:
                return "scale-n", f"{sign * n}, {words}{also},"
            if abs(c - sign / n) < 1e-6 / n:
                return "scale-n", f"{'-' if sign < 0 else ''}1/{n}, with {n} {words}{also},"
            if not held and abs(c - sign * n**2) < 1e-6 * n**2:  # times n where it is divided by n
                return "scale-n", f"{sign * n**2}, the square of {n}, {words},"
            for power, root in ((0.5, f"sqrt({n})"), (-0.5, f"1/sqrt({n})")):
                if abs(c - sign * n**power) < 1e-6 * n**power and not held and round(n**0.5) ** 2 != n:
                    return "scale-n", f"{'-' if sign < 0 else ''}{root}, with {n} {words},"
    entries = int(np.prod(scene.values[variable].shape))
    for n, words in {**lengths, entries: f"the number of entries of {variable}"}.items():
        if entries > 2 and abs(abs(c) - n * entries) < 1e-6 * n * entries:
            return "scale-n", f"{c:.0f}, {words} times the number of entries of {variable},"
    if held:
        return "factor", f"{held} ({c:.4g})"
    fraction = Fraction(c).limit_denominator(64)
    if abs(c - float(fraction)) < 1e-6 * abs(c):
        return "factor", str(fraction)
    return "factor", f"{c:.6g}"


def _other_argument(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    for other, gradient in scene.true.items():
        if other != variable and gradient.shape == claimed.shape and agree(claimed, gradient):
            swapped = (
                other in scene.claimed
                and scene.claimed[other].shape == true.shape
                and agree(scene.claimed[other], true)
            )
            words = f"this is the gradient for {other}"
            if not swapped and alike(scene, variable, other, claimed):
                continue
            yield (
                Diagnosis("swapped", f"the gradients for {variable} and {other} are swapped", variable)
                if swapped
                else Diagnosis("other-argument", f"{words}, not for {variable}", variable)
            )
            return


def alike(scene: Scene, variable: str, other: str, claimed: np.ndarray) -> bool:
    """Whether layers of a kind are given the same: what is right for the one is in no other's place."""
    kinds = {re.sub(r"\[\d+\]", "[]", n) for n in (variable, other)}
    given = scene.claimed.get(other)
    return len(kinds) == 1 and given is not None and given.shape == claimed.shape and agree(claimed, given)


def _transposed(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    if true.ndim >= 2 and true.shape[-1] == true.shape[-2] and agree(claimed, np.swapaxes(true, -1, -2)):
        yield Diagnosis("transposed", f"the gradient for {variable} is transposed", variable)
    elif true.ndim >= 2 and agree(claimed, true.T.reshape(true.shape)):
        yield Diagnosis("transposed", f"the gradient for {variable} is transposed and then reshaped", variable)
    elif true.ndim == 4 and agree(claimed, true[:, :, ::-1, ::-1]):
        yield Diagnosis(
            "inverted", f"the gradient for {variable} is turned round: its kernel axes run backwards", variable
        )


def _upstream(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    """Elementwise layers: what became of dout on the way."""
    dout = scene.douts[0]
    if len(scene.douts) != 1 or dout.shape != true.shape or not np.all(dout):
        return
    local = true / dout
    upstream = "the upstream gradient"
    if not scene.pointwise and agree(claimed, dout):
        message = (
            f"{upstream} is passed on unchanged: no slope of forward, and no sum over what depends on {variable}"
        )
        yield Diagnosis("path-missing", message, variable)
    elif np.ptp(local) > 0 and agree(claimed, local):
        yield Diagnosis("dout-ignored", f"{upstream} is not multiplied in: this is only the local derivative", "dout")
    elif agree(claimed, np.abs(dout) * local):
        yield Diagnosis("dout-nonlinear", f"the absolute value of {upstream} is used", "dout")
    elif agree(claimed, dout**2 * local):
        yield Diagnosis("dout-nonlinear", f"{upstream} is multiplied in twice", "dout")
    elif agree(claimed, np.maximum(dout, 0) * local):
        yield Diagnosis("dout-nonlinear", f"negative entries of {upstream} are dropped", "dout")
    elif agree(claimed, np.clip(dout, -1, 1) * local):
        yield Diagnosis("dout-nonlinear", f"{upstream} is clipped", "dout")


def _outputs(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    """Rows that mix (softmax, norms): only the diagonal was kept."""
    dout, y = scene.douts[0], scene.outs[0]
    if y.shape != true.shape or dout.shape != true.shape or y.ndim == 0:
        return
    for axis, of in ((-1, " of its row"), (0, " of its column"), (None, "")):
        if np.any(y < 0) or not np.allclose(np.sum(y, axis=axis), 1.0):
            continue
        whole = y * (dout - np.sum(dout * y, axis=axis, keepdims=True))
        times = constant_factor(whole, true) or 1.0  # of a temperature
        if agree(claimed, times * dout * y * (1 - y)):
            yield Diagnosis(
                "diagonal-only",
                "only the diagonal y_i(1 - y_i) of softmax's Jacobian is used; every y_i depends on "
                f"every x_j{of} (-y_i y_j)",
                variable,
            )
        elif agree(claimed, times * dout * y):
            yield Diagnosis(
                "path-missing", "softmax's second path is missing: y*(dout - sum(dout*y)), not y*dout", variable
            )
        return


def _local(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    """Elementwise layers: a local quantity too much, too little, or in the wrong place."""
    dout = scene.douts[0]
    if len(scene.douts) != 1 or dout.shape != true.shape or not np.all(dout):
        return
    local, said = true / dout, claimed / dout
    y = scene.outs[0]
    known: dict[str, np.ndarray] = {}
    for n, v in scene.values.items():
        if v.shape == true.shape:
            known[n] = v
    known["y"] = y
    known["(1 - y)"] = 1 - y
    for n, v in known.items():
        if np.ptp(v) == 0 or not np.all(v):
            continue
        if agree(said * v, local):
            yield Diagnosis("factor", f"the factor {n} is missing", n)
            return
        if agree(said, local * v):
            yield Diagnosis("factor", f"there is a factor {n} too many", n)
            return
    for n, v in known.items():
        if agree(said, v) and np.ptp(v) > 0:
            yield Diagnosis(
                "value-for-slope" if n == "y" else "other-function",
                f"backward multiplies by {n} itself where its slope belongs",
                n,
            )
            return
    difference = said - local
    for words, v in (("a constant", np.ones_like(y)), *known.items()) if y.size > 1 else ():
        c = constant_ratio(difference, v)
        if c is not None and (times := Fraction(c).limit_denominator(12)) and abs(float(times) - c) < 1e-6:
            term = str(abs(times)) if words == "a constant" else words if abs(times) == 1 else f"{abs(times)} {words}"
            yield Diagnosis("term", f"a term is {'too many' if times > 0 else 'missing'}: {term}", term)
            return


def constant_ratio(a: np.ndarray, b: np.ndarray) -> float | None:
    if not np.all(b) or not np.any(a):
        return None
    ratio = a / b
    c = float(np.median(ratio))
    return c if c and np.max(np.abs(ratio - c)) <= 1e-6 * abs(c) else None


TIED = Diagnosis(
    "extra",
    "where several entries tie for the largest, each is given the whole gradient; it belongs to one of them, "
    "or is shared",
)


LEFT_OUT = Diagnosis(
    "branch",
    "exactly at the kink backward gives 0, which is none of forward's slopes there: no branch takes this point in, "
    "as with a strict < beside a strict >",
)


def left_out(result: Comparison) -> bool:
    """Whether single entries at a kink get nothing at all, though forward moves on either side of it."""
    single = [m for m in result.misses if m.index is not None]
    return bool(single) and all(m.claimed == 0 and m.low < m.high for m in single)


def tied(result: Comparison) -> bool:
    """Whether every entry alone would do at a tie, and all together get too much: a mask ``x == max``."""
    whole = [m for m in result.misses if m.index is None]
    more = all(abs(m.claimed) > 1.01 * max(abs(m.low), abs(m.high)) and m.claimed * m.low >= 0 for m in whole)
    return bool(whole) and len(whole) == len(result.misses) and more
