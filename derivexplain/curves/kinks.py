"""Where a formula has two slopes or jumps: the places, the slope on either side, and whether they agree."""

from __future__ import annotations

from typing import Any

import sympy as sp

from ..evaluation import FUNCTIONS
from ..kernels import Ring, TooLarge
from ..story import Kink
from .regions import Curve, between, smooth
from .sampling import settings


def find(curve: Curve, slope: sp.Expr) -> tuple[Kink, ...]:
    """Each breakpoint of the formula from left to right; the value is what the result says there."""
    f, x = curve.f, curve.x
    if not curve.breaks:
        return ()
    env = settings(f, x, curve.domain)
    inside = [{**env, x.name: at} for at in between(curve.breaks, x, curve.domain)]
    found = []
    for place, left, right in zip(curve.breaks, inside, inside[1:], strict=False):
        slopes = [at(smooth(slope, x, env), x, place.at) for env in (left, right)]
        levels = [at(smooth(f, x, env), x, place.at) for env in (left, right)]
        joined = same(*levels)
        value = at(slope, x, place.at)
        stated = None if value is sp.nan else value
        smoothly = joined and same(*slopes)
        found.append(Kink(sp.Eq(x, place.at, evaluate=False), slopes[0], slopes[1], stated, smoothly, not joined))
    return tuple(found)


def at(expr: sp.Expr, x: Any, place: sp.Expr) -> sp.Expr:
    """The value at a place, by a limit where plain substitution has none."""
    value = put_in(expr, x, place)
    if value.has(sp.nan, sp.zoo, sp.oo) and simple(expr):
        try:
            value = sp.limit(expr, x, place)
        except (NotImplementedError, ValueError, TypeError):
            return sp.nan
    return value


def put_in(expr: sp.Expr, x: Any, place: sp.Expr) -> sp.Expr:
    """The value by plain substitution; not a number where a condition has none (1/0 > 1)."""
    try:
        return expr.subs(x, place)
    except (TypeError, ValueError):
        return sp.nan


def simple(expr: sp.Expr) -> bool:
    """Whether SymPy finds its limits soon."""
    inner = expr.atoms(sp.Function)
    return bool(expr.count_ops() < 16) and len(inner) <= 2 and all(type(g).__name__ in FUNCTIONS for g in inner)


def same(a: sp.Expr, b: sp.Expr) -> bool:
    if a == b:
        return True
    try:
        return not Ring(a, b).fraction(a - b).top
    except TooLarge:
        return bool(sp.expand(a - b) == 0)
