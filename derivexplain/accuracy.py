"""Accuracy: how many ulps a computed derivative is away from the true one, over a range.

The truth is enclosed in a ball of arbitrary precision at the very float that was asked; an ulp is the
distance between neighbouring floats at the true value (of subnormals, their fixed distance).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite, nan, ulp
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, fmpq

from .proof.balls import Balls
from .proof.numbers import Unclear, Undefined, ball, precision
from .story import Record

BITS = (160, 1600)  # tried in turn until the ball is small enough


@dataclass(frozen=True)
class Accuracy(Record):
    """Errors in ulps of several ways to compute one derivative: label -> an error for each point.

    Where a way gives inf or nan although the truth is finite, its error is inf.
    """

    of: Any
    points: tuple[float, ...]
    true: tuple[float, ...]
    errors: Mapping[str, tuple[float, ...]]

    def rows(self, cuts: Sequence[float]) -> list[tuple[float, float, dict[str, float]]]:
        """The worst error of each way between neighbouring cuts: (from, to, label -> ulps)."""
        found = []
        for low, high in zip(cuts, cuts[1:]):
            inside = [k for k, x in enumerate(self.points) if low <= x <= high and isfinite(self.true[k])]
            if inside:
                found.append((low, high, {n: max(e[k] for k in inside) for n, e in self.errors.items()}))
        return found


def truth(expr: sp.Expr, letter: Any, x: float) -> arb | None:
    """The value of an expression at a float, in a ball narrower than a hundredth of an ulp."""
    at = Fraction(x)
    for bits in BITS:
        with precision(bits):
            try:
                value = ball(Balls({letter: fmpq(at.numerator, at.denominator)})(expr))
            except (Undefined, Unclear):
                continue
            if value.is_finite() and float(value.rad()) <= 0.01 * ulp(float(value.mid())):
                return value
    return None


def measure(
    expr: sp.Expr, letter: Any, ways: Mapping[str, Callable[[Any], Any]], points: Sequence[float]
) -> Accuracy:
    """Errors in ulps of all `ways` to compute `expr`; each maps an array of points to an array of values."""
    xs = np.asarray(points, dtype=float)
    with np.errstate(all="ignore"):
        computed = {label: np.broadcast_to(np.asarray(way(xs), dtype=float), xs.shape) for label, way in ways.items()}
    balls = [truth(expr, letter, float(x)) for x in xs]
    errors = {
        label: tuple(nan if b is None else ulps(float(v), b) for v, b in zip(values, balls))
        for label, values in computed.items()
    }
    true = tuple(nan if b is None else float(b.mid()) for b in balls)
    return Accuracy(expr, tuple(map(float, xs)), true, errors)


def ulps(value: float, true: arb) -> float:
    """How many ulps of the truth a computed value is off."""
    if not isfinite(value):
        return float("inf")
    exact = Fraction(value)
    with precision(BITS[0]):
        off = abs(arb(fmpq(exact.numerator, exact.denominator)) - true)
        return float((off / arb(ulp(float(true.mid())))).mid())
