"""Thresholds: where backward decides by a condition that is none of forward's, it is asked on either side of it.

At few inputs two conditions that differ decide alike: a margin with and without its offset. Backward jumps
where its own one changes; forward has no bend there, so on one side the gradient is wrong. Of conditions that
are worked out in forward, two or more, nobody knows which of them are backward's: all are asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from .proving import FAILING, Trace, pattern, small
from .subject import Bench, Case, Path, Subject, name_path, reach

MOST = 3  # conditions of backward that are looked into, one of each kind
TURNS = 8  # of Newton's steps
BESIDE = 1e-3  # how far from the threshold, where the condition changes as its letters do
FAR = 2.0  # how far a number may be moved, in sizes of the largest
GUARD = 1e-3  # what is held against less than this is kept from being zero
Point = dict[sp.Expr, float]  # the numbers that stand for the letters


def either_side(trace: Trace) -> Iterator[Case]:
    """Cases on either side of each threshold that may be backward's alone."""
    asked = conditions(trace)
    if not asked:
        return
    bench, case = trace.bench, trace.bench.case
    free = {a.name for a in bench.subject.arguments if a.kind == "real"} | {*map(name_path, bench.paths)}
    arrays = {name: array for name, array in trace.letters.items() if name in free}
    values = numbers(trace)
    for k, e in enumerate(asked, 1):
        letters = [v.expr for array in arrays.values() for v in array.ravel() if e.has(v.expr)]
        for side in (1, -1):
            if moved := reached(e, side * BESIDE, values, letters):
                made = {
                    name: np.array([moved[v.expr] for v in array.ravel()]).reshape(array.shape)
                    for name, array in arrays.items()
                }
                name = f"just {'above' if side > 0 else 'below'} a threshold" + f", {k}" * (k > 1)
                yield Case(
                    name, case.sizes, None, case.seed, sample=partial(put_in, bench.subject, bench.paths, made)
                )


def beside(bench: Bench) -> list[Case]:
    """The same for code that may not run on letters: then none."""
    try:
        return list(either_side(Trace(small(bench.subject, bench.paths, bench.case.sizes, bench.case.seed))))
    except FAILING:
        return []


def numbers(trace: Trace) -> Point:
    """The example's numbers by their letters."""
    return {n.expr: n.value for n in trace.tape.nodes if not n.parents and n.expr.is_Symbol}


def conditions(trace: Trace) -> list[sp.Expr]:
    """What backward holds against 0, no multiple of what forward does; forward's where there are several kinds."""
    whole = trace.tape.in_full
    known = {*trace.forwards, *(-e for e in trace.forwards)}
    forwards, later = (
        {pattern(e, e): e for e in map(whole, some) if not e.is_number and not guarding(e)}
        for some in (trace.forwards, [e for e in trace.tape.thresholds if e not in known])
    )
    if not later and len(forwards) < 2:
        return []
    values, rng = numbers(trace), np.random.default_rng(0)
    points = [{s: v + rng.normal() for s, v in values.items()} for _ in range(3)]
    seen: list[np.ndarray] = []
    kinds = [[e for e in some.values() if new(signs(e, points), seen)] for some in (forwards, later)]
    return [*kinds[1], *(kinds[0] if len(kinds[0]) > 1 else [])][:MOST]


def new(here: np.ndarray, seen: list[np.ndarray]) -> bool:
    """Whether these are no multiples of what was seen before; they are noted."""
    if any(proportional(here, there) for there in seen):
        return False
    seen.append(here)
    return True


def guarding(e: sp.Expr) -> bool:
    """Whether something is held against next to nothing."""
    constant = e.as_coeff_Add()[0]
    return bool(0 < abs(constant) < GUARD)


def signs(e: sp.Expr, points: list[Point]) -> np.ndarray:
    return np.array([value(e, p) for p in points])


def value(e: sp.Expr, point: Mapping[sp.Expr, float]) -> float:
    found = e.evalf(subs=point)
    return float(found) if found.is_real else math.nan


def proportional(a: np.ndarray, b: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        ratios = a / b
    return bool(np.all(np.isfinite(ratios)) and np.allclose(ratios, ratios[0]))


def reached(e: sp.Expr, target: float, point: Point, letters: list[sp.Expr]) -> Point | None:
    """The numbers, moved along the slope of a condition until it has a value near 0; None where that is far."""
    slopes = [e.diff(s) for s in letters]
    target *= math.hypot(*(value(d, point) for d in slopes)) if slopes else 0.0
    here = dict(point)
    for _ in range(TURNS):
        missing = target - value(e, here)
        if abs(missing) <= abs(target) / 2 and target:
            largest = max(map(abs, point.values()))
            near = all(abs(here[s] - point[s]) <= FAR * largest for s in letters)
            return here if near else None
        steepness = [value(d, here) for d in slopes]
        square = sum(d * d for d in steepness)
        if not square or not math.isfinite(missing / square):
            return None
        for s, d in zip(letters, steepness):
            here[s] += missing * d / square
    return None


def put_in(
    subject: Subject, paths: tuple[Path, ...], made: Mapping[str, np.ndarray], *given: Any
) -> tuple[Any, tuple[Any, ...]]:
    """The example with other numbers in some of its arrays."""
    instance, args = subject.sample(*given)
    for path in paths:
        np.copyto(reach(instance, path), made[name_path(path)])
    moved = (made.get(a.name, given_) for a, given_ in zip(subject.arguments, args))
    return instance, tuple(float(m) if isinstance(g, float) else m for m, g in zip(moved, args))
