"""Values: the points a slip is tried at, and what one node makes of its arguments there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial, reduce
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, fmpq
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from ..evaluation import FUNCTIONS, RELATIONS
from ..evaluation.functions import MATH
from ..proof import functions
from ..proof.numbers import Unclear, Undefined, precision

NEEDED = 8  # points where both sides have a value, below which nothing is named
CLOSE = 1e-9
CANCELLED = 1e-14  # what may be left where large terms cancel
RULES = {  # the marked rules of the textbook form
    "chain": lambda u, v, p: u * v,
    "product": lambda u, v, p, q: p * v + u * q,
    "quotient": lambda u, v, p, q: (p * v - u * q) / v**2,
}
_LOGIC = {"And": np.logical_and, "Or": np.logical_or, "Not": np.logical_not}

Env = dict[Any, Any]


def points(letters: Iterable[sp.Symbol], marks: Iterable[float], domain: Mapping[Any, Any]) -> Env:
    """Values for every letter: generic, wide, between 0 and 1, and beside every mark (bounds, kinks)."""
    rng = np.random.default_rng(20)
    beside = [m + d for m in sorted(set(marks))[:6] for d in (-0.41, -0.047, -0.0031, 0.0029, 0.053, 0.37)]
    if beside:  # a bound moved far out is seen there; smooth formulas lose their digits
        beside += [8.3, 11.7, 29.0, -8.3, -11.7, -29.0]
    base = np.concatenate([
        rng.normal(size=14) * 1.3, rng.uniform(2, 7, 4), -rng.uniform(2, 7, 4), rng.uniform(1.05, 2.5, 4),
        rng.uniform(0.02, 0.98, 8), rng.uniform(-0.98, -0.02, 4), beside,
    ])  # fmt: skip
    env: Env = {}
    for at, letter in enumerate(sorted(letters, key=str)):
        values = base if at == 0 else rng.permutation(base) + 0.01 * rng.normal(size=base.size)
        low, high = (None if end is None else float(end) for end in domain.get(letter, (None, None)))
        env[letter] = _moved(letter, values, low, high)
    return env


def _moved(letter: Any, values: Any, low: float | None, high: float | None) -> Any:
    if letter.is_integer:
        return np.round(np.abs(values)) + 1.0
    if letter.is_positive and low is None:
        low = 0.0
    outside = (values <= (-np.inf if low is None else low)) | (values >= (np.inf if high is None else high))
    if low is not None and high is not None:
        return np.where(outside, low + (high - low) / (1 + np.exp(-values)), values)
    if low is not None:
        return np.where(outside, low + 0.05 + np.abs(values - low) / 2, values)
    if high is not None:
        return np.where(outside, high - 0.05 - np.abs(high - values) / 2, values)
    return values


def apply(node: Any, args: list[Any]) -> Any:
    """The value of a node, given the values of its arguments."""
    if isinstance(node, sp.Add):
        return sum(args)
    if isinstance(node, sp.Mul):
        return reduce(np.multiply, args)
    if isinstance(node, sp.Pow):
        return np.sqrt(args[0]) if node.exp == sp.S.Half else np.power(np.asarray(args[0], float), args[1])
    if isinstance(node, sp.Max | sp.Min):
        return reduce(np.maximum if isinstance(node, sp.Max) else np.minimum, args)
    if isinstance(node, ExprCondPair):
        return tuple(args)
    if isinstance(node, sp.Piecewise):
        conditions, branches = [c for _, c in args], [b for b, _ in args]
        flat = np.broadcast_arrays(*conditions, *branches)
        return np.select(flat[: len(args)], flat[len(args) :], default=np.nan)
    name = type(node).__name__
    if name in RULES:
        return RULES[name](*args)
    if isinstance(node, sp.core.relational.Relational):
        return RELATIONS[node.rel_op](*args)
    if name in _LOGIC:
        return _LOGIC[name](*args)
    known = FUNCTIONS.get(name)
    if known is not None:
        return known(*args)
    return np.asarray(np.frompyfunc(partial(_number, node.func), len(args), 1)(*args), float)


def _number(function: Any, *args: float) -> float:
    """A function that NumPy lacks, at one point: by balls of ordinary precision; nan where it has no value."""
    try:
        if function in MATH:
            return MATH[function](*args)
        with precision(64):
            return float(functions.apply(function, [fmpq(int(a)) if a == int(a) else arb(a) for a in args]))
    except (Undefined, Unclear, ValueError, OverflowError):
        return float("nan")


def value(node: Any, env: Env) -> Any:
    """The values of a whole expression; found parts are kept in `env`."""
    found = env.get(node)
    if found is None:
        if isinstance(node, BooleanTrue | BooleanFalse):
            return bool(node)
        found = float(node) if not node.args and node.is_number else apply(node, [value(a, env) for a in node.args])
        env[node] = found
    return found


def same(a: Any, b: Any) -> bool:
    """Equal to nine digits wherever both are finite, at enough points; never finite on one side only by chance."""
    a, b = np.broadcast_arrays(a, b)
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < NEEDED or both.sum() < 0.7 * np.isfinite(b).sum():
        return False
    a, b = a[both], b[both]
    return bool((np.abs(a - b) <= CLOSE * (np.abs(a) + np.abs(b)) + CANCELLED).all())
