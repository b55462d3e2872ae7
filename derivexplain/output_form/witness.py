"""Two inputs with the same output and different slopes: why there can be no form in y alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp
from flint import fmpq

from ..curves.sampling import Sample
from ..proof.balls import Balls
from ..proof.numbers import Unclear, Undefined, ball, precision

DIGITS = 66  # bits that a value needs to count as known


@dataclass(frozen=True)
class Pair:
    left: sp.Expr
    right: sp.Expr
    reason: str


def find(f: sp.Expr, slope: sp.Expr, sample: Sample) -> Pair | None:
    """The pair with the plainest numbers, or None where none was met."""
    scale = np.max(np.abs(sample.slopes))
    if not np.isfinite(scale) or scale == 0:
        return None
    for a, b in pairs(f, sample, scale):
        ya, yb = (precisely(f, sample, p) for p in (a, b))
        sa, sb = (float(sample.value(slope, p)) for p in (a, b))
        if abs(ya - yb) <= 1e-11 * abs(ya) and abs(sa - sb) > 1e-4 * scale:
            where = ", ".join(f"{name} = {value:.4g}" for name, value in sample.env.items())
            reason = (
                f"{sample.x} = {a:.6g} and {sample.x} = {b:.6g} give the same output {sample.y} = {ya:.6g}, "
                f"but the slopes {sa:.6g} and {sb:.6g}" + (f" (with {where})" if where else "")
            )
            return Pair(number(a), number(b), reason)
    return None


def precisely(f: sp.Expr, sample: Sample, at: float) -> float:
    """The value with digits enough that two equal ones are no accident of rounding."""
    exact = {s: sp.Rational(sample.env[str(s)]) for s in f.free_symbols if str(s) in sample.env}
    exact[sample.x] = sp.Rational(at)
    try:
        with precision(128):
            value = ball(Balls({s: fmpq(int(v.p), int(v.q)) for s, v in exact.items()})(f))
        if value.rel_accuracy_bits() >= DIGITS:
            return float(value.mid()) + 0.0
    except Undefined:
        return float("nan")
    except Unclear:  # a function without ball arithmetic
        pass
    try:
        return float(f.subs(exact).evalf(20)) + 0.0
    except TypeError:
        return float("nan")


def pairs(f: sp.Expr, sample: Sample, scale: float) -> Iterator[tuple[float, float]]:
    """Candidates: sample points with equal outputs, then points on both sides of an extremum."""
    xs, ys, slopes = sample.xs, sample.ys, sample.slopes
    plain = sorted(range(len(xs)), key=lambda i: (xs[i] != round(xs[i]), abs(xs[i] - 1), xs[i]))[:25]
    for i in plain:
        twins = np.flatnonzero(
            (np.abs(ys - ys[i]) <= 1e-13 * abs(ys[i])) & (np.abs(slopes - slopes[i]) > 1e-4 * scale)
        )
        if twins.size:
            j = min(twins, key=lambda j: (xs[j] != -xs[i], abs(xs[j]), xs[j]))
            yield float(min(xs[i], xs[j])), float(max(xs[i], xs[j]))
    signs = np.sign(np.where(np.abs(slopes) > 1e-9 * scale, slopes, 0))
    if len(np.unique(signs)) < 2:
        return
    for i in plain:
        above = np.sign(ys - ys[i])
        crossing = np.flatnonzero((above[:-1] * above[1:] < 0) & (np.abs(np.arange(len(xs) - 1) - i + 0.5) > 1))
        for j in sorted(crossing, key=lambda j: abs(xs[j] - xs[i]))[:2]:
            other = crossed(f, sample, ys[i], xs[j], xs[j + 1])
            yield float(min(xs[i], other)), float(max(xs[i], other))


def crossed(f: sp.Expr, sample: Sample, level: float, a: float, b: float) -> float:
    """Where f takes a level between two points: by ever finer grids, eight points at a time."""
    for _ in range(22):
        grid = np.linspace(a, b, 9)
        over = sample.value(f, grid) > level
        k = next((k for k in range(8) if over[k] != over[k + 1]), None)
        if k is None:
            break
        a, b = float(grid[k]), float(grid[k + 1])
    return (a + b) / 2


def number(value: float) -> sp.Expr:
    """Whole numbers and simple fractions as such."""
    exact = sp.Rational(value).limit_denominator(64)
    return exact if float(exact) == value else sp.Float(value, 17)
