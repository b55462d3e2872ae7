"""A formula put to numbers: where it is looked at, and what it and its derivative are there.

Numbers only suggest (a branch, a witness, a form that is worth proving); proof.py decides.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from flint import fmpq
from mpmath.libmp import NoConvergence

from ..errors import DerivexplainError
from ..evaluation import FUNCTIONS, Setting, walk
from ..proof.balls import Balls
from ..proof.functions import ROWS
from ..proof.numbers import Unclear, Undefined, ball, precision

Array = np.ndarray
UNKNOWN = (
    DerivexplainError,
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    NotImplementedError,
    AttributeError,
    NoConvergence,
    RecursionError,
)  # what an evaluation ends in where there is no real value


def settings(f: sp.Expr, x: Any, domain: Mapping[Any, Any], free: int = 1) -> dict[str, Any]:
    """A number for each letter but x, inside its domain and as it is assumed; of sign `free` where it may be any."""
    env: dict[str, Any] = {}
    for i, s in enumerate(sorted(f.free_symbols - {x}, key=str)):
        low, high = (None if end is None else float(end) for end in domain.get(s, (None, None)))
        if s.is_integer:
            env[str(s)] = 3 + i
        elif low is not None and high is not None:
            env[str(s)] = low + (high - low) * (0.37 + 0.05 * i)
        elif low is not None or s.is_positive:
            env[str(s)] = (low or 0.0) + 0.6180 + 0.25 * i
        elif high is not None or s.is_negative:
            env[str(s)] = (high or 0.0) - 0.6180 - 0.25 * i
        else:
            env[str(s)] = free * (0.6180 + 0.25 * i)
    return env


def grid(x: Any, domain: Mapping[Any, Any], points: int = 161, reach: float = 8) -> Array:
    """Points of the domain: dense where functions bend, a few far out, whole numbers among them."""
    low, high = (None if end is None else float(end) for end in domain.get(x, (None, None)))
    if low is not None and high is not None:
        return low + (high - low) * (np.arange(points) + 0.5) / points
    if x.is_positive and low is None:
        low = 0.0
    if low is not None:
        return low + np.geomspace(2**-6, 2**6, points)
    if high is not None:
        return high - np.geomspace(2**-6, 2**6, points)[::-1]
    half = np.arange(1, points // 2 + 1) * (reach / (points // 2))
    return np.concatenate([-half[::-1], [0.0], half])


def numbers(expr: Any, env: Mapping[str, Any] | Setting) -> Any:
    """The value of an expression; nan where it has none that is real.

    A `Setting` instead of plain values remembers the parts that it has met.
    """
    setting = env if isinstance(env, Setting) else Setting(env, {})
    expr = sp.sympify(expr)
    if special(expr):
        return enclosed(expr, setting)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.asarray(walk(expr, setting)[0], dtype=float)
        except UNKNOWN:
            return np.asarray(np.nan)


def affordable(expr: sp.Expr) -> int:
    """At how many points a formula is looked at: few where NumPy lacks one of its functions."""
    return 161 if quick(expr) else 41 if special(expr) else 15


def quick(expr: sp.Expr) -> bool:
    return all(type(g).__name__ in QUICK for g in expr.atoms(sp.Function))


@lru_cache(maxsize=4096)
def special(expr: sp.Expr) -> bool:
    """Whether flint knows the functions in an expression, and NumPy does not."""
    return not quick(expr) and enclosable(expr)


def enclosable(expr: sp.Expr) -> bool:
    """Whether balls tell its value, or that there is none."""
    return all(g.func.__name__ in QUICK or g.func in ROWS for g in expr.atoms(sp.Function))


def enclosed(expr: sp.Expr, setting: Setting) -> Array:
    """The values point by point, by balls."""
    letters = sorted(expr.free_symbols, key=str)
    arrays = np.broadcast_arrays(*(np.asarray(setting.env[str(s)], float) for s in letters))
    one = lambda *point: float_at(expr, dict(zip(letters, point, strict=True)))  # noqa: E731
    return np.asarray(np.frompyfunc(one, len(letters), 1)(*arrays), float)


def float_at(expr: sp.Expr, point: Mapping[Any, float], bits: int = 96, good: int = 40) -> float:
    """The value at one point, nan where balls do not tell it to so many bits."""
    try:
        with precision(bits):
            value = ball(Balls({s: fmpq(*float(v).as_integer_ratio()) for s, v in point.items()})(expr))
        return float(value.mid()) + 0.0 if value.rel_accuracy_bits() >= good or value.is_zero() else math.nan
    except (Undefined, Unclear, ValueError, OverflowError):
        return math.nan


def real_somewhere(f: sp.Expr, x: Any, domain: Mapping[Any, Any]) -> bool:
    """False where a formula of plain functions has no real value at any point that was tried."""
    if not quick(f) or f.has(sp.Integral, sp.Sum, sp.Product, sp.Derivative):
        return True
    far = np.geomspace(9, 1e6, 40)
    for free in (1, -1):
        env = settings(f, x, domain, free)
        xs = grid(x, domain)
        if x not in domain:
            xs = np.concatenate([-far, xs, far])
        if np.isfinite(numbers(f, {**env, str(x): xs})).any():
            return True
    return False


@dataclass(frozen=True)
class Sample:
    """A formula and its derivative at many points."""

    x: Any
    y: Any
    env: Mapping[str, Any]
    xs: Array
    ys: Array
    slopes: Array

    @classmethod
    def of(cls, f: sp.Expr, slope: sp.Expr, x: Any, y: Any, domain: Mapping[Any, Any], free: int = 1) -> Sample:
        env = settings(f, x, domain, free)
        for reach in (8, 1):  # closer where the formula is defined on a short interval only
            xs = grid(x, domain, min(map(affordable, (f, slope))), reach)
            here = Setting({**env, x.name: xs}, {})
            ys, slopes = (np.broadcast_to(numbers(e, here), xs.shape) for e in (f, slope))
            good = np.isfinite(ys) & np.isfinite(slopes)
            if np.count_nonzero(good) >= ENOUGH:
                break
        return cls(x, y, env, xs[good], ys[good], slopes[good])

    @classmethod
    def both(cls, f: sp.Expr, slope: sp.Expr, x: Any, y: Any, domain: Mapping[Any, Any]) -> list[Sample]:
        """One sample, and one with the other sign for letters that may have any."""
        first = cls.of(f, slope, x, y, domain)
        if settings(f, x, domain, -1) == first.env:
            return [first]
        second = cls.of(f, slope, x, y, domain, -1)
        return [first] if second.xs.size < ENOUGH else [first, second]

    def agrees(self, candidate: sp.Expr, where: Array | None = None) -> bool:
        """Whether a form in y (and x) equals the derivative at the points: never false, rarely undefined."""
        chosen = np.arange(self.xs.size) if where is None else np.flatnonzero(where)
        if not chosen.size:
            return False
        chosen = chosen[:: -(-chosen.size // affordable(candidate))]
        xs, true = self.xs[chosen], self.slopes[chosen]
        env = {**self.env, self.x.name: xs, self.y.name: self.ys[chosen]}
        found = np.broadcast_to(numbers(candidate, env), xs.shape)
        there = np.isfinite(found)
        scale = np.max(np.abs(true), initial=0.0)
        close = np.abs(found - true) <= 1e-6 * np.abs(true) + 1e-8 * scale
        return bool(there.mean() > 0.6 and close[there].all() and there[np.abs(xs) <= 2].all())

    def value(self, expr: sp.Expr, at: Any) -> Any:
        return numbers(expr, {**self.env, self.x.name: at})


ENOUGH = 5  # points without which nothing can be said

QUICK = {*FUNCTIONS, "Max", "Min", "Piecewise", "erf", "erfc", "gamma"}  # functions evaluated by the array
