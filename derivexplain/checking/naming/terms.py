"""Terms: a gradient as a sum of one or two known quantities, beside the same of the true one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from ...story import Diagnosis
from .scene import Scene, agree, constant_factor

SHARE = 1e-7  # of the whole that may be left over
Sum = dict[str, float]


def sums(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    """Both gradients spelled out in the same quantities, where that can be done; the slip is what differs."""
    known = dict(quantities(scene, variable))
    right, said = (
        spelled(true, known),
        spelled(claimed, known) or spelled(claimed, dict(differences(scene, variable))),
    )
    if right is None or said is None or right == said:
        return
    if "1" in right and any("one-hot" in n for n in right):
        return  # counts, which are the same number at these inputs by chance
    whole = len(right) == len(said) and right.keys() == said.keys()
    lost, new = right.keys() - said.keys(), said.keys() - right.keys()
    words = f"backward gives {show(said, right)}; it must be {show(right, right)}"
    unit = next(iter(sorted(right.keys() & said.keys())), None)
    scale = said[unit] / right[unit] if unit else 1.0
    flipped = [k for k in sorted(right) if k in said and abs(said[k] + right[k]) <= 1e-6 * abs(right[k])]
    if fused := before_softmax(right, said):
        sizes = [min(map(abs, terms.values())) for terms in (right, said)]
        other = "" if np.isclose(*sizes) else ", which is another"
        where = f"{fused}: there it is {show(right, right)}, at the loss's scale{other}"
        yield Diagnosis("other-argument", where, variable)
    elif whole and flipped:
        yield Diagnosis("sign", f"the sign of {flipped[-1]} is wrong: {words}", variable)
    elif whole:
        yield Diagnosis("factor", f"the terms have wrong factors: {words}", variable)
    elif lost and not new and abs(scale - 1) < 1e-6:
        yield Diagnosis("term", f"the term {sorted(lost)[0]} is missing: {words}", variable)
    elif new and not lost and abs(scale - 1) < 1e-6:
        yield Diagnosis("term", f"there is a term {sorted(new)[0]} too many: {words}", variable)
    elif len(lost) == len(new) == 1 and len(right) == 2 and same_but_axis(*lost, *new):
        yield Diagnosis("axis", f"the sum runs along the wrong axis: {words}", variable)
    elif len(lost) == len(new) == 1 and re.sub(r"sum\((.*)\) over .*", r"\1", next(iter(lost))) in new:
        yield Diagnosis("unsummed", f"{sorted(new)[0]} is not summed: {words}", variable)
    elif len(right) == len(said) == 1 and like_sized(right, said) and (factor := rest_of(*lost, *new)):
        yield Diagnosis("factor", f"the factor {factor} is missing: {words}", variable)
    elif len(lost) == len(new) == 1 and len(right) == len(said):
        yield Diagnosis("argument", f"{sorted(new)[0]} stands where {sorted(lost)[0]} belongs: {words}", variable)
    else:
        yield Diagnosis("other-function", words, variable)


def before_softmax(right: Sum, said: Sum) -> str:
    """y - t where -t/y belongs: the gradient for what a softmax or sigmoid before the loss was given."""
    by_sign = {c > 0: n for n, c in said.items()}
    if len(said) != len(by_sign) or len(by_sign) != 2 or len({round(abs(c), 9) for c in said.values()}) != 1:
        return ""
    y, t = by_sign[True], by_sign[False]
    if right.get(f"{t}/{y}", 0) < 0:
        which = "softmax" if len(right) == 1 else "sigmoid"
        return f"{y} - {t} is the gradient for the scores before a {which}, not for {y} itself"
    return ""


def like_sized(right: Sum, said: Sum) -> bool:
    """Whether two sums of one term each have the same number before it."""
    return agree(*(np.abs([*terms.values()]) for terms in (right, said)))


def rest_of(whole: str, part: str) -> str:
    """What a product has more than another."""
    left = whole.split("·")
    return "·".join(n for n in left if n not in part.split("·")) if set(part.split("·")) < set(left) else ""


def same_but_axis(a: str, b: str) -> bool:
    return "sum" in a and a.split(" over ")[0] == b.split(" over ")[0]


def quantities(scene: Scene, variable: str) -> Iterator[tuple[str, np.ndarray]]:
    """What gradients are made of: for a loss its arguments and what it keeps; for rows that mix, sums over dout."""
    shape, dout = scene.true[variable].shape, scene.douts[0]
    alike = dict(itertools.islice(scene.alike(shape), 4))
    logs = [n for n, v in alike.items() if np.all(v < 0) and (n == "y" or np.allclose(np.exp(v).sum(axis=-1), 1))]
    alike |= {f"exp({n})": np.exp(alike[n]) for n in logs}  # logarithms of what it is about
    if dout.size == 1:
        d = float(dout.ravel()[0])
        alike |= {f"(1 - {n})": 1 - v for n, v in alike.items() if np.all((v >= 0) & (v <= 1))}
        yield "1", np.full(shape, d)
        for n, v in alike.items():
            yield n, d * v
        for (n, v), (m, w) in itertools.combinations(alike.items(), 2):
            yield f"sign({n} - {m})", d * np.sign(v - w)
        for n, v in alike.items():
            if np.all(v):
                yield f"1/{n}", d / v
            yield f"{n}²", d * v * v
            for m, w in alike.items():
                if m > n:
                    yield f"{n}·{m}", d * v * w
                if m != n and np.all(w):
                    yield f"{n}/{m}", d * v / w
    elif dout.shape == shape and len(shape) > 1:
        yield "dout", dout
        for n, v in alike.items():
            yield f"{n}·dout", v * dout
            for m, w in (*alike.items(), ("", np.ones(shape))):
                for axis in (-1, 0, None):
                    over = "everything" if axis is None else f"axis {axis % len(shape)}"
                    total = np.sum(w * dout, axis=axis, keepdims=True)
                    yield f"{n}·sum({m + '·' if m else ''}dout) over {over}", v * total


def differences(scene: Scene, variable: str) -> Iterator[tuple[str, np.ndarray]]:
    """For a loss: what is made of prediction minus target."""
    if scene.douts[0].size == 1:
        d = float(scene.douts[0].ravel()[0])
        for (n, v), (m, w) in itertools.combinations(scene.alike(scene.true[variable].shape), 2):
            yield f"({n} - {m})²", d * (v - w) ** 2
            yield f"{n}·({n} - {m})", d * v * (v - w)
            yield f"{m}·({n} - {m})", d * w * (v - w)


def spelled(a: np.ndarray, known: dict[str, np.ndarray]) -> Sum | None:
    """One or two of the quantities that make up an array, with their factors; the fewest, the first."""
    size = float(np.max(np.abs(a), initial=0.0))
    if not size or a.size < 4:
        return None
    for n, v in known.items():
        one = constant_factor(v, a) or (1.0 if agree(a, v) else None)
        if one is not None and nice(n, one):
            return {n: one}
    flat = a.ravel()
    few = len(np.unique(np.round(flat / size, 6))) <= 3  # 1, -1 and 0, which the sign of anything else may give
    for n, m in pairs(flat, {n: v for n, v in known.items() if not (few and n.startswith("sign("))}):
        pair = np.stack([known[n].ravel(), known[m].ravel()], axis=1)
        lengths = np.linalg.norm(pair, axis=0)
        pair = pair / lengths
        c = np.linalg.solve(pair.T @ pair, pair.T @ flat)
        if np.max(np.abs(pair @ c - flat)) <= SHARE * size and np.min(np.abs(c)) > 1e-4 * np.max(np.abs(c)):
            b = [float(k) for k in c / lengths]
            if nice(n, b[0]) and nice(m, b[1]):
                return {n: b[0], m: b[1]}
    return None


def pairs(flat: np.ndarray, known: dict[str, np.ndarray]) -> Iterator[tuple[str, str]]:
    """Two of the quantities, neither along the other, of which next to all of an array can be made up."""
    if len(known) < 2:
        return
    rows = np.stack([v.ravel() for v in known.values()])
    lengths = np.linalg.norm(rows, axis=1)
    with np.errstate(all="ignore"):
        rows = rows / lengths[:, None]
        cosines, along = rows @ rows.T, rows @ flat
        one, two = along[:, None], along[None, :]
        made = (one**2 + two**2 - 2 * cosines * one * two) / (1 - cosines**2)
        good = (np.abs(cosines) <= 1 - 1e-8) & (float(flat @ flat) - made <= 1e-8 * float(flat @ flat))
    names = list(known)
    yield from ((names[i], names[k]) for i, k in np.argwhere(np.triu(good, 1)))


def nice(name: str, factor: float) -> bool:
    """Sums run over so much that any factor fits one of them: there only a simple fraction is believed."""
    return "sum" not in name or abs(float(Fraction(factor).limit_denominator(24)) - factor) <= 1e-6 * abs(factor)


def show(terms: Sum, right: Sum) -> str:
    """A sum in words, in units of the true one's first factor."""
    unit = abs(next(iter(right.values())))
    out = ""
    for n, c in terms.items():
        part = Fraction(c / unit).limit_denominator(64)
        if abs(float(part) - c / unit) > 1e-5 * abs(c / unit):
            number = f"{abs(c / unit):.4g}·"
        else:
            number = "" if abs(part) == 1 else f"{abs(part)}·" if part.denominator == 1 else f"({abs(part)})·"
        sign = (" - " if out else "-") if c < 0 else " + " if out else ""
        out += f"{sign}{number}{n}" if n != "1" or not number else f"{sign}{number[:-1]}"
    return out


# ---------------------------------------------------------------- paths through means, variances and sums


def factors(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    """The whole off by something that the layer keeps: its scale, its standard deviation; or by an exponential."""
    tame = [(n, v) for n, v in scene.alike(true.shape) if np.max(np.abs(v)) < 30]
    for n, v in (*scene.values.items(), *scene.held.items(), *((f"exp({n})", np.exp(v)) for n, v in tame)):
        if n == variable or v.ndim > true.ndim or not v.size or np.ptp(v) == 0 or not np.all(v):
            continue
        if any(k not in (1, m) for k, m in zip(v.shape[::-1], true.shape[::-1])):
            continue
        if agree(claimed, true * v):
            yield Diagnosis("factor", f"there is a factor {n} too many, or 1/{n} is missing", n)
            return
        if agree(claimed * v, true):
            yield Diagnosis("factor", f"the factor {n} is missing, or there is 1/{n} too many", n)
            return


def reductions(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    """A parameter's gradient that is a sum of dout times something, and which something it was."""
    dout = scene.douts[0]
    axes = tuple(range(dout.ndim - true.ndim))
    if not axes or dout.shape[len(axes) :] != true.shape:
        return
    known = {"": np.ones(dout.shape), **dict(scene.alike(dout.shape))}
    totals = {n: np.sum(dout * v, axis=axes) for n, v in known.items()}
    right, said = (next((n for n, s in totals.items() if agree(a, s)), None) for a in (true, claimed))
    if right is not None and said is not None:
        name = lambda n: f"the sum of dout·{n}" if n else "the sum of dout"  # noqa: E731
        code = "factor" if not said or not right else "argument"
        yield Diagnosis(code, f"this is {name(said)}; it must be {name(right)}", variable)
