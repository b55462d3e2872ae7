"""Where a formula switches: its breakpoints, and the smooth formula of each region between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational
from sympy.functions.elementary.miscellaneous import MinMaxBase

from ..matching import depends
from .inversion import peel
from .sampling import numbers, settings

SWITCHES = (sp.Abs, sp.sign, sp.Heaviside, MinMaxBase, sp.Piecewise)


@dataclass(frozen=True)
class Break:
    """A place where a formula switches, with its number under the sample settings of the other letters."""

    at: sp.Expr
    number: float


def bounds(x: Any, domain: Mapping[Any, Any]) -> list[Relational]:
    """What a domain says of a letter."""
    low, high = domain.get(x, (None, None))
    return [*([] if low is None else [x > low]), *([] if high is None else [x < high])]


def differences(args: list[sp.Expr]) -> Iterator[sp.Expr]:
    yield from (a - b for i, a in enumerate(args) for b in args[i + 1 :])


def leaves(expr: sp.Expr) -> list[sp.Expr]:
    """What a max or min chooses from, through those inside."""
    return [leaf for a in expr.args for leaf in leaves(a)] if isinstance(expr, MinMaxBase) else [expr]


def switching(f: sp.Expr, x: Any) -> Iterator[sp.Expr]:
    """The expressions whose sign decides between regions."""
    for node in sp.preorder_traversal(f):
        if isinstance(node, sp.Abs | sp.sign | sp.Heaviside):
            yield node.args[0]
        elif isinstance(node, MinMaxBase):
            yield from differences(leaves(node))
        elif isinstance(node, Relational):
            yield from differences([*leaves(node.lhs), *leaves(node.rhs)])


@dataclass(frozen=True)
class Curve:
    """y = f(x) on its domain."""

    f: sp.Expr
    x: Any
    y: Any
    domain: Mapping[Any, Any]

    @cached_property
    def breaks(self) -> list[Break]:
        return breaks(self.f, self.x, self.domain)


def breaks(f: sp.Expr, x: Any, domain: Mapping[Any, Any]) -> list[Break]:
    """The breakpoints in the domain from left to right, each solved for x."""
    if not f.has(*SWITCHES):
        return []
    env = settings(f, x, domain)
    low, high = (None if end is None else float(end) for end in domain.get(x, (None, None)))
    found: dict[float, Break] = {}
    for switch in dict.fromkeys(s for s in switching(f, x) if depends(s, frozenset({x}))):
        for known in solutions(switch, x):
            part, value = known[-1]
            number = float(numbers(value, env)) if part == x else np.nan
            inside = (low is None or number > low) and (high is None or number < high)
            if np.isfinite(number) and inside and abs(float(numbers(switch, {**env, str(x): number}))) < 1e-9:
                found.setdefault(round(number, 9), Break(value, number))
    places = [found[n] for n in sorted(found)]
    if not places:
        return []
    sides = [smooth(f, x, {**env, str(x): at}) for at in between(places, x, domain)]
    return [place for place, left, right in zip(places, sides, sides[1:], strict=False) if left != right]


def solutions(switch: sp.Expr, x: Any) -> Iterator[Any]:
    """The ways to make a switch zero; each factor by itself."""
    for factor, _ in sp.factor_terms(switch).as_powers_dict().items():
        if depends(factor, frozenset({x})):
            yield from peel(factor, sp.S.Zero, x)


def between(places: list[Break], x: Any, domain: Mapping[Any, Any]) -> list[float]:
    """One number inside each region."""
    low, high = (None if end is None else float(end) for end in domain.get(x, (None, None)))
    ends = [p.number for p in places]
    first = (low + ends[0]) / 2 if low is not None else ends[0] - 1
    last = (high + ends[-1]) / 2 if high is not None else ends[-1] + 1
    return [first, *((a + b) / 2 for a, b in zip(ends, ends[1:], strict=False)), last]


def smooth(expr: sp.Expr, x: Any, env: Mapping[str, Any]) -> sp.Expr:
    """The formula that holds around one point: every switch that depends on x is decided there."""
    if not expr.has(*SWITCHES) or not depends(expr, frozenset({x})):
        return expr
    decide = lambda e: smooth(e, x, env)  # noqa: E731
    value = lambda e: float(numbers(e, env))  # noqa: E731
    if isinstance(expr, sp.Abs):
        return decide(expr.args[0]) * (1 if value(expr.args[0]) > 0 else -1)
    if isinstance(expr, sp.sign):
        return sp.Integer(1 if value(expr.args[0]) > 0 else -1)
    if isinstance(expr, sp.Heaviside):
        return sp.Integer(1 if value(expr.args[0]) > 0 else 0)
    if isinstance(expr, MinMaxBase):
        return decide((max if isinstance(expr, sp.Max) else min)(expr.args, key=value))
    if isinstance(expr, sp.Piecewise):
        for branch, condition in expr.args:
            if condition == sp.true or bool(numbers(sp.Piecewise((1, condition), (0, True)), env)):
                return decide(branch)
        return sp.nan
    args = [decide(a) for a in expr.args]
    return expr if all(a is b for a, b in zip(args, expr.args, strict=True)) else expr.func(*args)
