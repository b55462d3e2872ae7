"""Thresholds: where backward decides by a condition that is none of forward's, it is asked on either side of it.

At few inputs two conditions that differ decide alike: a margin with and without its offset. Backward jumps
where its own one changes; forward has no bend there, so on one side the gradient is wrong. Of conditions that
are worked out in forward, two or more, nobody knows which of them are backward's: all are asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from ..tracing import Tape
from .proving import FAILING, Trace, pattern, small
from .subject import Bench, Case, Path, Subject, name_path, reach

MOST = 3  # conditions of backward that are looked into, one of each kind
TURNS, STEP = 8, 1e-6  # of a secant along a slope, and by how much that is measured
LARGEST = 2000  # operations of a trace, from which on nothing is looked into
FUNCTIONS = {"Abs": "fabs"}  # as Python calls them
BESIDE = 1e-3  # how far from the threshold, where the condition changes as its letters do
FAR = 2.0  # how far a number may be moved, in sizes of the largest
Point = dict[sp.Expr, float]  # the numbers that stand for the letters


def either_side(trace: Trace, accused: bool = True) -> Iterator[Case]:
    """Cases on either side of each threshold that may be backward's alone, where signs stay if it may be accused."""
    asked = conditions(trace)
    if not asked:
        return
    bench, case = trace.bench, trace.bench.case
    free = {a.name for a in bench.subject.arguments if a.kind == "real"} | {*map(name_path, bench.paths)}
    arrays = {name: array for name, array in trace.letters.items() if name in free}
    letters = [v.expr for array in arrays.values() for v in array.ravel()]
    for k, e in enumerate(asked, 1):
        for words, moved in reached(trace.tape, e, trace.numbers, letters):
            made = {
                name: np.array([moved[v.expr] for v in array.ravel()]).reshape(array.shape)
                for name, array in arrays.items()
            }
            if accused and not all(one_sign_stays(trace, array, made[name]) for name, array in arrays.items()):
                continue
            sample = partial(with_numbers, bench.subject, bench.paths, made)
            yield Case(f"just {words} a threshold" + f", {k}" * (k > 1), case.sizes, None, case.seed, sample=sample)


def one_sign_stays(trace: Trace, array: np.ndarray, moved: np.ndarray) -> bool:
    """Whether numbers that all have one sign keep it: a scale that is positive may be meant to be."""
    before = np.sign([trace.numbers[v.expr] for v in array.ravel()])
    return np.ptp(before) > 0 or np.array_equal(before, np.sign(moved.ravel()))


def beside(bench: Bench) -> list[Case]:
    """The same for a reason, which is to hold wherever it is; none for code that does not run on letters."""
    try:
        trace = Trace(small(bench.subject, bench.paths, bench.case.sizes, bench.case.seed))
        return list(either_side(trace, accused=False))
    except FAILING:
        return []


def conditions(trace: Trace) -> list[sp.Expr]:
    """What backward holds against 0, no multiple of what forward does; forward's where there are several kinds."""
    if len(trace.tape.nodes) > LARGEST:
        return []
    known = {*trace.forwards, *(-e for e in trace.forwards)}
    ahead, later = (
        [e for e in some if not e.is_number]
        for some in (trace.forwards, [e for e in trace.tape.thresholds if e not in known])
    )
    forwards = {pattern(e, e): e for e in ahead}
    if not later and len(forwards) < 2:
        return []
    rng = np.random.default_rng(0)
    points = [{s: v + rng.normal() for s, v in trace.numbers.items()} for _ in range(3)]
    seen: list[np.ndarray] = []
    kinds = [e for e in forwards.values() if new(signs(trace.tape, e, points), seen)]
    seen += [signs(trace.tape, e, points) for e in ahead if later]
    own = {pattern(e, e): e for e in later if new(signs(trace.tape, e, points), seen)}
    return [*own.values(), *(kinds if len(kinds) > 1 else [])][:MOST]


def new(here: np.ndarray, seen: list[np.ndarray]) -> bool:
    """Whether these are no multiples of what was seen before; they are noted."""
    if any(proportional(here, there) for there in seen):
        return False
    seen.append(here)
    return True


def signs(tape: Tape, e: sp.Expr, points: list[Point]) -> np.ndarray:
    return np.array([value(tape, e, p) for p in points])


def value(tape: Tape, e: sp.Expr, point: Point) -> float:
    """What a traced formula is at a point, each part worked out once; nan where it is none."""
    known: dict[sp.Expr, float] = dict(point)

    def of(part: sp.Expr) -> float:
        if part not in known:
            known[part] = work_out(part)
        return known[part]

    def work_out(part: sp.Expr) -> float:
        if part in tape.meanings:
            return of(tape.meanings[part])
        args = [of(a) for a in part.args]
        match part:
            case sp.Add():
                return math.fsum(args)
            case sp.Mul():
                return math.prod(args)
            case sp.Pow():
                return args[0] ** args[1]
            case sp.Function():
                return float(getattr(math, FUNCTIONS.get(part.func.__name__, part.func.__name__))(*args))
        return float(part)

    try:
        found = of(e)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError, AttributeError, RecursionError):
        return math.nan
    return found if isinstance(found, float) else math.nan  # the root of what is negative is complex


def proportional(a: np.ndarray, b: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        ratios = a / b
    return bool(np.all(np.isfinite(ratios)) and np.allclose(ratios, ratios[0]))


def reached(tape: Tape, e: sp.Expr, point: Point, letters: list[sp.Expr]) -> Iterator[tuple[str, Point]]:
    """The numbers moved along the slope of a condition until it is just above 0, then below: where that is near."""
    here = value(tape, e, point)
    slopes = [(value(tape, e, {**point, s: point[s] + STEP}) - here) / STEP for s in letters]
    square = sum(d * d for d in slopes)
    if not square or not math.isfinite(square):
        return

    def moved(way: float) -> Point:
        return {**point, **{s: point[s] + way * d for s, d in zip(letters, slopes)}}

    furthest = FAR * max(map(abs, point.values())) / max(map(abs, slopes))
    for words, side in (("above", 1), ("below", -1)):
        target = side * BESIDE * math.sqrt(square)
        way = secant(lambda w: value(tape, e, moved(w)), here, square, target)
        if abs(way) <= furthest:
            yield words, moved(way)


def secant(function: Callable[[float], float], here: float, steepness: float, target: float) -> float:
    """Where a function that is `here` at 0 comes near its target, at most half of it away; nan where it does not."""
    way = 0.0
    for _ in range(TURNS):
        if abs(target - here) <= abs(target) / 2:
            return way
        step = (target - here) / steepness
        there = function(way + step)
        way, steepness, here = way + step, (there - here) / step, there
        if not steepness or not math.isfinite(there):
            break
    return math.nan


def with_numbers(
    subject: Subject, paths: tuple[Path, ...], made: Mapping[str, np.ndarray], *given: Any
) -> tuple[Any, tuple[Any, ...]]:
    """The example with other numbers in some of its arrays."""
    instance, args = subject.sample(*given)
    for path in paths:
        np.copyto(reach(instance, path), made[name_path(path)])
    moved = (made.get(a.name, own) for a, own in zip(subject.arguments, args))
    return instance, tuple(float(m) if isinstance(g, float) else m for m, g in zip(moved, args))
