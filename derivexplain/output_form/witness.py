"""Two inputs with the same output and different slopes: why there can be no form in y alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ..curves.sampling import Array, Sample, enclosable, float_at

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
        if abs(ya - yb) <= 1e-11 * abs(ya) and apart((a, ya, sa), (b, yb, sb), scale):
            where = ", ".join(f"{name} = {value:.4g}" for name, value in sample.env.items())
            reason = (
                f"{sample.x} = {a:.6g} and {sample.x} = {b:.6g} give the same output {sample.y} = {ya:.6g}, "
                f"but the slopes {sa:.6g} and {sb:.6g}" + (f" (with {where})" if where else "")
            )
            return Pair(number(a), number(b), reason)
    return None


def apart(left: tuple[float, ...], right: tuple[float, ...], scale: float) -> bool:
    """Whether the slopes differ: beside the largest one, or beside each other where y tells x well (no flat end)."""
    (a, y, sa), (b, _, sb) = left, right
    telling = min(abs(a * sa), abs(b * sb)) > 1e-6 * abs(y)
    return abs(sa - sb) > 1e-4 * (max(abs(sa), abs(sb)) if telling else scale)


def precisely(f: sp.Expr, sample: Sample, at: float) -> float:
    """The value with digits enough that two equal ones are no accident of rounding."""
    point = {s: sample.env[str(s)] for s in f.free_symbols if str(s) in sample.env} | {sample.x: at}
    value = float_at(f, point, 128, DIGITS)
    if np.isfinite(value) or enclosable(f):
        return value
    try:  # a function without ball arithmetic
        return float(f.evalf(20, subs={s: sp.Rational(v) for s, v in point.items()})) + 0.0
    except TypeError:
        return float("nan")


def pairs(f: sp.Expr, sample: Sample, scale: float) -> Iterator[tuple[float, float]]:
    """Candidates: sample points with equal outputs, then points on both sides of an extremum."""
    xs, ys, slopes = sample.xs, sample.ys, sample.slopes
    far = np.abs(xs - 1)
    plain = np.lexsort((xs, far, xs != np.round(xs)))[:25]
    for i in plain:
        twins = np.flatnonzero(
            (np.abs(ys - ys[i]) <= 1e-13 * abs(ys[i])) & (np.abs(slopes - slopes[i]) > 1e-4 * scale)
        )
        if twins.size:
            j = min(twins, key=lambda j: (xs[j] != -xs[i], abs(xs[j]), xs[j]))
            yield float(min(xs[i], xs[j])), float(max(xs[i], xs[j]))
    signs = np.where(np.abs(slopes) > 1e-9 * scale, np.sign(slopes), 0)
    if (signs == signs[0]).all():
        return
    for i in plain:
        above = np.sign(ys - ys[i])
        crossing = np.flatnonzero((above[:-1] * above[1:] < 0) & (np.abs(np.arange(len(xs) - 1) - i + 0.5) > 1))
        for j in sorted(crossing, key=lambda j: abs(xs[j] - xs[i]))[:2]:
            other = crossed(f, sample, ys[i], xs[j : j + 2], ys[j : j + 2])
            yield float(min(xs[i], other)), float(max(xs[i], other))


def crossed(f: sp.Expr, sample: Sample, level: float, ends: Array, values: Array) -> float:
    """Where f takes a level between two points: by chords, an end that stays losing half of its weight."""
    (a, b), (over_a, over_b) = map(float, ends), map(float, values - level)
    middle = a
    for _ in range(60):
        before, middle = middle, (a * over_b - b * over_a) / (over_b - over_a)
        over = float(sample.value(f, middle)) - level
        if not over or middle == before or not np.isfinite(over):
            break
        if (over < 0) != (over_b < 0):
            a, over_a = b, over_b
        else:
            over_a /= 2
        b, over_b = middle, over
    return middle


def number(value: float) -> sp.Expr:
    """Whole numbers and simple fractions as such."""
    exact = sp.Rational(value).limit_denominator(64)
    return exact if float(exact) == value else sp.Float(value, 17)
