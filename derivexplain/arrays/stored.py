"""What a formula's own equations allow: names for what they stand for; what shares and deviations add up to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import Boolean

from ..indices import free, letters_of, match, nest, partial_match, parts, remake, remembered, substitute, unnest
from ..story import Equation
from ..symbols import D, Over, entry, length
from .axes import Layout

NODES = (sp.Expr, Boolean, ExprCondPair)


@dataclass(frozen=True, eq=False)
class Rule:
    """`pattern` may be written `becomes**power`, for all values of the index holes; `law` names the reason.

    A power other than 1 is that of a positive base, so that it may be raised again.
    """

    law: str
    pattern: Any
    becomes: Any
    holes: frozenset[Any]
    equation: tuple[Any, Any]
    power: Any = sp.Integer(1)

    @cached_property
    def arrays(self) -> set[Any]:
        """Names that an expression must hold for the rule to fit."""
        return {a.base.label for a in self.pattern.atoms(sp.Indexed)}

    def instance(self, bound: dict[Any, Any], exponent: Any = 1) -> Any:
        return substitute(self.becomes, {h: bound[h] for h in self.holes}) ** (self.power * exponent)


def rules(layout: Layout) -> tuple[Rule, ...]:
    """What the formula's equations, solved for their parts, and its facts allow."""
    found = [
        Rule(law, fact.lhs, fact.rhs, letters_of(fact.lhs), (fact.lhs, fact.rhs))
        for law, facts in (
            ("given-fact", layout.formula.facts),
            ("shares", shares(layout)),
            ("deviations", deviations(layout)),
        )
        for fact in facts
    ]
    for e in reversed(layout.formula.equations):
        if (
            parts(e.lhs)[0] in layout.outputs
            and isinstance(e.rhs, sp.Add | sp.Mul)
            and not e.rhs.atoms(sp.Function, sp.Pow)
        ):
            continue  # y = gamma*xhat is no shorter than what it stands for
        holes = frozenset(parts(e.lhs)[1])
        for pattern, becomes, power in solved(e.rhs, e.lhs):
            if (
                not pattern.is_Number
                and holes <= free(pattern)
                and divisors(becomes, layout) <= divisors(pattern, layout)
            ):
                found.append(Rule("stored-name", pattern, becomes, holes, (e.lhs, e.rhs), power))
    return tuple(found)


def shares(layout: Layout) -> Iterator[Equation]:
    """What an equation divides by the sum of all its like adds up to one: p_i = e_i/sum_j e_j."""
    for e in layout.formula.equations:
        name, own = parts(e.lhs)
        for factor in sp.Mul.make_args(e.rhs):
            letters, body = unnest(1 / factor)
            taken = match(body, e.rhs / factor, frozenset(letters), {}) if letters else None
            if taken is not None and {*taken.values()} <= {*own} and len({*taken.values()}) == len(letters):
                back = {i: k for k, i in taken.items()}
                yield Equation(nest(entry(name, *(back.get(i, i) for i in own)), letters), sp.Integer(1))


def deviations(layout: Layout) -> Iterator[Equation]:
    """What lies above a mean weighs as much as what lies below: m = sum_k x_k/K gives sum_k (x_k - m) = 0."""
    for e in layout.formula.equations:
        for factor in sp.Mul.make_args(e.rhs):
            letters, body = unnest(factor)
            if letters and e.rhs / factor * sp.Mul(*map(length, letters)) == 1:
                yield Equation(nest(body - e.lhs, letters), sp.Integer(0))


def divisors(expr: Any, layout: Layout) -> set[str]:
    """What is given and divided by: it may be zero."""
    below = [p.base for p in expr.atoms(sp.Pow) if p.exp.is_number and p.exp < 0]
    return {parts(b)[0] for b in below if isinstance(b, sp.Indexed | sp.Symbol)} & {*layout.given}


def solved(rhs: Any, value: Any) -> Iterator[tuple[Any, Any, Any]]:
    """The equation rhs = value solved for rhs, for its factors, its base, its only varying term.

    Gives (part, base, power): the part is base**power.
    """
    yield rhs, value, sp.Integer(1)
    if isinstance(rhs, sp.Mul):
        for factor in rhs.args:
            if not factor.is_Number:
                yield from solved(factor, value / sp.Mul(*[f for f in rhs.args if f is not factor]))
    elif isinstance(rhs, sp.Pow) and rhs.base != sp.E and not rhs.base.is_Symbol:
        if rhs.exp == -1:
            yield from solved(rhs.base, 1 / value)
        elif abs(rhs.exp) == sp.S.Half:
            yield rhs.base, value, 1 / rhs.exp
    elif isinstance(rhs, sp.Add):
        varying = [t for t in rhs.args if not t.is_Number]
        if len(varying) == 1:
            yield from solved(varying[0], value - (rhs - varying[0]))


@remembered
def apply(rule: Rule, expr: Any) -> Any:
    """A rule used everywhere it fits, innermost first."""
    if isinstance(expr, D) or not expr.args or isinstance(expr, sp.Indexed):
        return _here(rule, expr)
    if rule.power != 1 and isinstance(expr, sp.Pow):
        bound = match(rule.pattern, expr.base, rule.holes, {})
        if bound is not None:
            return rule.instance(bound, expr.exp)
    last = expr.args[-1:] if isinstance(expr, Over) else ()
    args = [apply(rule, a) if isinstance(a, NODES) else a for a in expr.args[: len(expr.args) - len(last)]] + [*last]
    changed = any(a is not b for a, b in zip(args, expr.args, strict=True))
    return _here(rule, remake(expr, args) if changed else expr)


def _here(rule: Rule, expr: Any) -> Any:
    if isinstance(expr, D):
        return expr
    pattern = rule.pattern
    if isinstance(pattern, sp.Indexed) and not isinstance(expr, sp.Indexed):
        return expr
    bound = match(pattern, expr, rule.holes, {})
    if bound is not None:
        return rule.instance(bound)
    if isinstance(pattern, sp.Mul) and isinstance(expr, sp.Mul):
        partial = partial_match(pattern, expr, rule.holes)
        if partial is not None:
            rest = list(expr.args)
            for used in partial[1]:
                rest.remove(used)
            return sp.Mul(rule.instance(partial[0]), *rest)
    if isinstance(pattern, sp.Add) and isinstance(expr, sp.Add) and len(pattern.args) == len(expr.args):
        number = _coefficient(expr) / _coefficient(pattern)
        for factor in {number, -number} - {sp.Integer(1)}:
            bound = match(sp.Add(*[a * factor for a in pattern.args]), expr, rule.holes, {})
            if bound is not None:
                return factor * rule.instance(bound)
    return expr


def _coefficient(expr: sp.Add) -> Any:
    return min((abs(a.as_coeff_Mul()[0]) for a in expr.args), key=lambda n: n)
