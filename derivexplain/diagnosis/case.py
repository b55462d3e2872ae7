"""One wrong claim, understood: its letters, the points it is tried at, and the ways to spell what is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from ..symbols import Over
from . import writing
from .values import Env, points, same, value

UNKNOWN = (TypeError, ValueError, ArithmeticError)  # what an expression without values raises


@dataclass(frozen=True)
class Case:
    """The right derivative and the claim, formulas and values; y stands for the value of `forward`."""

    true: Any
    claimed: Any
    x: Any
    y: Any
    forward: Any
    env: Env
    target: Any  # the claim's values
    right: Any  # the true values

    @property
    def others(self) -> tuple[Any, ...]:
        """The letters that are neither input nor output."""
        found = (self.claimed.free_symbols | self.true.free_symbols) - {self.x, self.y}
        return tuple(sorted((s for s in found if s.is_Symbol), key=str))

    def inside(self, expr: Any) -> Any:
        """An expression in the inputs alone."""
        expr = writing.unmarked(expr)
        return expr if self.forward is None else expr.xreplace({self.y: self.forward})

    def values(self, expr: Any) -> Any:
        """At every point; None where it has no values at all."""
        try:
            return np.broadcast_to(np.asarray(value(expr, self.env), float), self.right.shape)
        except UNKNOWN:
            return None

    def spread(self, values: Any) -> Any:
        return np.broadcast_to(values, self.target.shape)

    def hits(self, values: Any) -> bool:
        """Whether these are the claim's values."""
        return same(self.spread(values), self.target)

    def is_right(self, expr: Any) -> bool:
        values = self.values(expr)
        return values is not None and same(values, self.right)

    def is_claimed(self, expr: Any) -> bool:
        values = self.values(expr)
        return values is not None and self.hits(values)


def understood(true: Any, claimed: Any, x: Any, y: Any, forward: Any, domain: Mapping[Any, Any]) -> Case | None:
    """The case, or None where there are no values to compare, or no difference to explain."""
    true, claimed = (writing.without_switches(e) for e in (true, claimed))
    whole = [e for e in (true, claimed, forward) if e is not None]
    letters = set().union(*(e.atoms(sp.Symbol, sp.Indexed) for e in whole)) | {x}
    letters -= {y} if forward is not None and not forward.has(y) else set()
    entries = [e for e in letters if isinstance(e, sp.Indexed)]
    letters -= {s for e in entries for s in e.base.free_symbols | {e.base.label}}
    env = points(letters, {float(n) for e in whole for n in marks(e)}, domain)
    env |= points(sorted(set().union(*(e.atoms(Over) for e in whole)), key=str), (), {})
    try:
        if forward is not None:
            env[y] = value(forward, env)
        target, right = (np.broadcast_to(np.asarray(value(e, env), float), env[x].shape) for e in (claimed, true))
    except UNKNOWN:
        return None
    return None if same(right, target) else Case(true, claimed, x, y, forward, env, target, right)


def marks(expr: Any) -> set[Any]:
    """Numbers beside which something may switch."""
    switches = expr.atoms(sp.core.relational.Relational, sp.Max, sp.Min, sp.Abs, sp.sign)
    found = {n for s in switches for n in s.atoms(sp.Number) if n.is_finite}
    return found | {sp.S.Zero} if switches else set()


def own_spellings(case: Case, slips: Any) -> list[Any]:
    """Ways to write the right derivative: as the rules do, as it was given, in the output."""
    if case.forward is None:
        return checked(case, [case.true])
    marked = writing.slope(case.forward, case.x)
    plain = writing.unmarked(marked)
    move = {slips.x: case.x, slips.y: case.y}
    switched = case.forward.has(sp.Piecewise, sp.Max, sp.Min, sp.Abs)
    fitting = [] if plain.is_number else slips.FORMS  # a number is any form by chance
    forms = [f.xreplace(move) for f in fitting if not (switched and {slips.x, slips.y} <= f.free_symbols)]
    factor, rest = case.forward.as_independent(case.x, as_Add=False)
    in_y = [] if rest.is_Symbol else [plain.subs(rest, case.y / factor)]
    found = checked(case, [marked, *forms, *(-f for f in forms), plain, *in_y])
    return found if plain in found else [*found, *checked(case, [case.true])]


def checked(case: Case, candidates: Iterable[Any]) -> list[Any]:
    """Those that have the right values, each once."""
    unique: Iterator[Any] = iter(dict.fromkeys(map(writing.without_switches, candidates)))
    return [e for e in unique if case.is_right(e)]
