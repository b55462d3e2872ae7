"""Regions: a gradient that is wrong in some places only: below zero, beyond a bound, at earlier steps."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ...story import Diagnosis
from .scene import Scene, agree, constant_factor, of_constants

Array = np.ndarray
CHANCE = 50  # ways to choose as many entries, at least


def where(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    """The places at which it is wrong, if they have something in common."""
    scale = float(np.max(np.abs(true), initial=0.0)) or 1.0
    wrong = np.abs(true - claimed) > 1e-6 * scale
    if scene.values[variable].shape != wrong.shape or wrong.size < 4:
        return
    fades = np.min(np.abs(true - claimed)[wrong] / np.maximum(np.abs(true), np.abs(claimed))[wrong], initial=1) < 1e-3
    for search in (_targets, _branches, *(() if fades else (_sign, _bound)), _rows, _steps):
        found = tuple(search(scene, variable, true, claimed, wrong))
        if found:
            yield found[0]
            return


def pooled(scene: Scene, variable: str, true: Array, claimed: Array) -> Iterator[Diagnosis]:
    """Windows: each output's gradient for one entry alone, in equal shares, or in full for every entry."""
    dout = scene.douts[0].ravel()
    if len(scene.douts) > 1 or not 3 < dout.size < true.size or not np.all(dout):
        return
    (right, n), (said, m) = (dealt(a, dout) for a in (true, claimed))
    forward = {"one": "goes to one entry of its window, which forward picks", "shares": f"goes in {n} equal shares"}
    backward = {
        "one": "gives all of it to one, as for the largest of a window",
        "shares": f"shares it equally among {m}, as for a mean",
        "all": f"gives all of it to each of {m}, as for a sum",
    }
    if right != said and right in forward and said in backward:
        message = f"what comes in for each output {forward[right]}; backward {backward[said]}"
        yield Diagnosis("other-function", message, variable)


def dealt(a: Array, dout: Array) -> tuple[str, int]:
    """How numbers are dealt out to an array, each to as many entries, and to how many; "" where they are not."""
    full, each = np.sort(a[a != 0]), np.sort(dout)
    n, rest = divmod(full.size, each.size)
    for way, scale in (("one", 1), ("all", 1), ("shares", n)) if n and not rest else ():
        if (way == "one") == (n == 1) and np.allclose(full * scale, np.repeat(each, n), rtol=1e-6, atol=1e-9):
            return way, n
    return "", 0


def _targets(scene: Scene, variable: str, true: Array, claimed: Array, wrong: Array) -> Iterator[Diagnosis]:
    """Wrong by one factor for targets of one kind of two, and nowhere else."""
    for name in sorted(scene.given):
        kinds = (
            np.unique(target) if (target := scene.held.get(name)) is not None and target.shape == wrong.shape else ()
        )
        for kind in kinds if len(kinds) == 2 else ():
            side = target == kind
            c = constant_factor(true[side], claimed[side]) if np.array_equal(wrong, side & (true != 0)) else None
            if c is not None and side.sum() > 1 and (times := f"{c:.6g}") == f"{c:.3g}":
                says = f"where {name} is {kind:g} the gradient is {times} times the true one"
                yield Diagnosis("sign" if c == -1 or times == "-1" else "branch", says, name)


def _branches(scene: Scene, variable: str, true: Array, claimed: Array, wrong: Array) -> Iterator[Diagnosis]:
    """Both sides of zero have a slope of their own, and the two are exchanged."""
    dout, value = scene.douts[0], scene.values[variable]
    if dout.shape != true.shape or not np.all(dout):
        return
    below, above = value < 0, value > 0
    if min(np.unique(value[below]).size, np.unique(value[above]).size) < 2:
        return
    local, said = true / dout, claimed / dout
    sides = [np.median(a[s]) for a in (local, said) for s in (below, above)]
    flat = all(np.ptp(a[s]) <= 1e-6 for a in (local, said) for s in (below, above))
    if flat and abs(sides[0] - sides[1]) > 1e-6 and np.allclose(sides[:2], sides[:1:-1]):
        words = f"{sides[2]:.4g} where {variable} < 0 and {sides[3]:.4g} where {variable} > 0"
        yield Diagnosis("inverted", f"the two branches are exchanged: the slope taken is {words}", variable)


def _sign(scene: Scene, variable: str, true: Array, claimed: Array, wrong: Array) -> Iterator[Diagnosis]:
    """Wrong on one side of zero, and everywhere there."""
    value, dout = scene.values[variable], scene.douts[0]
    for words, side in ((f"{variable} < 0", value < 0), (f"{variable} > 0", value > 0)):
        if not np.array_equal(wrong, side) or side.all() or np.unique(value[side]).size < 2:
            continue  # biases that begin as 1 are no region
        c = constant_factor(true[side], claimed[side])
        if np.any(true[side]) and not np.any(claimed[side]):
            yield Diagnosis("slope", f"where {words} the gradient is zero, and should not be", words)
        elif c is not None:
            held = f"{known} = " if (known := of_constants(c, scene)) else ""
            yield Diagnosis("slope", f"where {words} the gradient is {held}{c:.6g} times the true one", words)
        elif dout.shape == side.shape and agree(claimed[side], dout[side]):
            yield Diagnosis("branch", f"where {words} the upstream gradient is passed on unchanged", words)
        elif not by_chance(wrong, true):
            yield Diagnosis("branch", f"wrong only where {words}", words)


def labels(scene: Scene, variable: str, true: Array, claimed: Array) -> Iterator[Diagnosis]:
    """Wrong at the entry of each row's label, and nowhere else."""
    wrong = np.abs(true - claimed) > 1e-6 * (float(np.max(np.abs(true), initial=0.0)) or 1.0)
    if name := at_labels(scene, true, wrong):
        left_out = not np.any(claimed[wrong])
        what = "what belongs there is left out" if left_out else "what is put there is wrong"
        place = f"the entry of each row's label ({name.removeprefix('one-hot ')})"
        yield Diagnosis("term", f"wrong only at {place}: {what}", name)


def at_labels(scene: Scene, true: Array, wrong: Array) -> str:
    """The labels at whose entries all is wrong, and nothing elsewhere."""
    for name, hot in scene.held.items():
        inside = name.startswith("one-hot") and hot.shape == wrong.shape and np.all(hot[wrong] == 1)
        if inside and np.count_nonzero(wrong) > 1 and np.all(wrong[(hot == 1) & (true != 0)]):
            return name
    return ""


def places(scene: Scene, variable: str, true: Array, claimed: Array) -> Iterator[Diagnosis]:
    """Something where nothing belongs, nothing where something does, or the right numbers in other places."""
    scale = float(np.max(np.abs(true), initial=0.0)) or 1.0
    wrong = np.abs(true - claimed) > 1e-6 * scale
    empty, bare = np.abs(true) <= 1e-9 * scale, claimed == 0
    if min(wrong.sum(), (~empty).sum()) < 2 or np.any(~bare & (np.abs(claimed) < 1e-9 * scale)):
        return  # what is saturated is no place on which forward does not depend
    if np.all(empty[wrong]):
        message = f"wrong only where forward does not depend on {variable}: nothing belongs there"
        yield Diagnosis("branch", f"{message} (a mask, or a choice of entries, is left out)", variable)
    elif np.all(bare[wrong]) and not np.all(wrong[~empty]):
        message = f"right where it is not zero, but {wrong.sum()} entries get nothing, on which forward depends"
        yield Diagnosis("path-missing", f"{message}: what belongs there is left out", variable)
    elif (~empty).sum() > 3 and np.allclose(np.sort(true.ravel()), np.sort(claimed.ravel()), atol=1e-7 * scale):
        message = f"the numbers are those of the true gradient for {variable}, but they stand in other places"
        yield Diagnosis("swapped", f"{message}: an index, or the order of some axes, is wrong", variable)
    elif not scene.pointwise and (at := edge(wrong, ~empty)):
        message = f"wrong only at the {at} of {variable}: what comes to it there beside the rest"
        yield Diagnosis("path-missing", f"{message} is left out or counted wrongly", variable)


def edge(wrong: Array, full: Array) -> str:
    """The end of an axis where all is wrong, and nothing elsewhere, where there is something too; "" for none."""
    for axis in range(1, wrong.ndim):
        lines, said = (np.moveaxis(a, axis, 0).reshape(wrong.shape[axis], -1) for a in (wrong, full))
        for end, words in ((0, "first"), (-1, "last")):
            rest, there = np.delete(lines, end, 0), np.delete(said, end, 0).any(axis=1)
            if len(lines) > 2 and lines.shape[1] > 3 and lines[end].all() and not rest.any() and there.all():
                return f"{words} entry of axis {axis}"
    return ""


def _bound(scene: Scene, variable: str, true: Array, claimed: Array, wrong: Array) -> Iterator[Diagnosis]:
    """Wrong beyond a bound, and nowhere else; enough places on both sides that this is no chance."""
    value = scene.values[variable]
    zero = "it is zero there" if not np.any(claimed[wrong]) else "another formula is at work there"
    known = [(variable, value)]
    if at_labels(scene, true, wrong):
        return
    if scene.outs[0].size == 1:  # a loss is about differences
        held = {n: v for n, v in scene.held.items() if v.shape == value.shape and not n.startswith("one-hot")}
        others = [(n, v) for n, v in held.items() if n in scene.given]
        known = [(f"{variable} - {n}", value - v) for n, v in others if not np.array_equal(v, value)] or known
        if any(np.unique(v).size == 2 and np.unique(v[wrong]).size == 1 for _, v in others):
            return  # wrong for one kind of target: a term, and no bound
    for what, v in [pair for n, a in known for pair in ((n, a), (f"|{n}|", np.abs(a)))]:
        inside = v[~wrong & (np.abs(true) > 1e-3 * np.max(np.abs(true)))]
        if wrong.sum() < 2 or np.unique(inside).size < 3:
            continue
        low, high = float(v[wrong].min()), float(v[wrong].max())
        if float(inside.max()) < low:
            at = f"{what} is larger than about {_between(float(inside.max()), low)}"
        elif float(inside.min()) > high:
            at = f"{what} is smaller than about {_between(high, float(inside.min()))}"
        else:
            continue
        if not np.any((v > low) & (v < high) & ~wrong & (true != 0)) and (
            scene.pointwise or not by_chance(wrong, true)
        ):
            yield Diagnosis("threshold", f"wrong only where {at}: {zero}", what)
            return


def by_chance(wrong: Array, true: Array) -> bool:
    """Whether so few entries could lie beyond a bound by accident: there are four ways to look for one."""
    entries = int(np.count_nonzero((true != 0) | wrong))
    return math.comb(entries, int(wrong.sum())) < CHANCE


def _between(a: float, b: float) -> str:
    """The shortest number between two."""
    for digits in range(5):
        c = round((a + b) / 2, digits)
        if a <= c <= b:
            return f"{c + 0.0:g}"  # not -0
    return f"{(a + b) / 2:.6g}"


def _rows(scene: Scene, variable: str, true: Array, claimed: Array, wrong: Array) -> Iterator[Diagnosis]:
    """Rows that are taken by whole numbers: those that are taken more than once."""
    rows = np.any(wrong.reshape(len(wrong), -1), axis=1)
    for index in scene.indices:
        if index.size and index.min() >= 0 and index.max() < len(wrong):
            taken = np.bincount(index.ravel(), minlength=len(wrong))
            if np.any(true[taken == 0]):
                continue  # labels, not rows that are taken: forward moves with those that never occur too
            if np.any(rows) and np.array_equal(rows, taken > 1):
                message = (
                    f"wrong only in rows of {variable} that occur more than once: what they receive must be added up "
                    "(np.add.at; d[index] += ... counts each row once)"
                )
                yield Diagnosis("unsummed", message, variable)
                return


def _steps(scene: Scene, variable: str, true: Array, claimed: Array, wrong: Array) -> Iterator[Diagnosis]:
    """Along an axis right at the last step alone: what later steps send back is lost or wrong."""
    if wrong.ndim != 3:
        return  # images have no steps
    for axis in range(wrong.ndim):
        steps = np.moveaxis(wrong, axis, 0).reshape(wrong.shape[axis], -1)
        ends = np.any(np.take(true, -1, axis))  # where forward does not read the last one, it tells nothing
        if len(steps) > 2 and ends and not steps[-1].any() and steps[:-1].any(axis=1).all():
            message = (
                f"right at the last step of axis {axis} of {variable}, wrong at all earlier ones: what flows back "
                "from later steps is left out or wrong"
            )
            yield Diagnosis("path-missing", message, variable)
            return
