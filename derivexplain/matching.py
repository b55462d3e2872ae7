"""How a law meets a formula: holes are bound to parts of an expression, and filled again.

Sums and products match as a whole: constants go to c, denominators to a hole in the denominator, and of
the other holes each takes one operand, the last one the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from .law import HOLES, Law
from .symbols import D

FUNCTIONS = {HOLES[k] for k in "uvw"}
CONSTANTS = {HOLES[k] for k in "cn"}
Binding = dict[Any, sp.Expr]


@dataclass(frozen=True)
class Match:
    """What a law makes of a node: its new form, what the holes stood for, and what is needed."""

    becomes: sp.Expr
    binding: Binding
    conditions: tuple[Any, ...] = ()


def depends(expr: sp.Basic, moving: frozenset[Any]) -> bool:
    """Whether an expression changes when the variable does."""
    return not moving.isdisjoint(expr.free_symbols)


def apply(law: Law, node: sp.Expr, moving: frozenset[Any]) -> Match | None:
    """The law read from left to right at this node, or None where it does not fit.

    `moving` are the letters that change with the variable: the variable itself, and outputs by name.
    """
    pattern = law.lhs
    start: Binding = {}
    if isinstance(pattern, D):
        if not isinstance(node, D) or not node.is_first:
            return None
        start[HOLES["x"]] = node.wrt
        pattern, node = pattern.expr, node.expr
    if pattern.is_Function and pattern not in FUNCTIONS and pattern.func is not node.func:
        return None
    binding = match(pattern, node, moving, start)
    if binding is None:
        return None
    conditions = []
    for relation in law.when:
        needed = fill(relation, binding)
        if needed == sp.false:
            return None
        if needed != sp.true:
            conditions.append(needed)
    return Match(fill(law.rhs, binding), binding, tuple(conditions))


def match(pattern: sp.Expr, expr: sp.Expr, moving: frozenset[Any], bound: Binding) -> Binding | None:
    """The binding under which the pattern is the expression, extending `bound`, or None."""
    if pattern in FUNCTIONS or pattern in CONSTANTS or pattern == HOLES["x"]:
        if pattern in bound:
            return bound if bound[pattern] == expr else None
        if pattern in CONSTANTS and depends(expr, moving):
            return None
        return {**bound, pattern: expr}
    if isinstance(pattern, sp.Add | sp.Mul):
        return _operands(pattern, expr, moving, bound)
    if is_reciprocal(pattern):
        below = sp.Mul(*[1 / f for f in sp.Mul.make_args(expr)]) if _all_below(expr) else None
        return None if below is None else match(pattern.base, below, moving, bound)
    if not pattern.args:
        return bound if pattern == expr else None
    if pattern.func != expr.func or len(pattern.args) != len(expr.args):
        return None
    for p, e in zip(pattern.args, expr.args, strict=True):
        found = match(p, e, moving, bound)
        if found is None:
            return None
        bound = found
    return bound


def _operands(pattern: sp.Expr, expr: sp.Expr, moving: frozenset[Any], bound: Binding) -> Binding | None:
    """A sum or product as a whole: who takes which operand."""
    if pattern.func != expr.func:
        return None
    left = list(expr.args)
    holes = in_turn(pattern)
    for i, hole in enumerate(holes):
        if hole in CONSTANTS:
            taken = [e for e in left if not depends(e, moving)]
        elif is_reciprocal(hole):
            taken = [e for e in left if is_below(e)]
        elif hole in FUNCTIONS:
            taken = left if i == len(holes) - 1 else left[:1]
        else:
            taken = next(([e] for e in left if match(hole, e, moving, bound) is not None), [])
        if not taken:
            return None
        left = [e for e in left if e not in taken]
        found = match(hole, construct(expr.func, taken), moving, bound)
        if found is None:
            return None
        bound = found
    return None if left else bound


@cache
def in_turn(pattern: sp.Expr) -> list[sp.Expr]:
    """The operands of a law's sum or product in the order in which they choose."""
    return sorted(pattern.args, key=lambda p: (p not in CONSTANTS, not is_reciprocal(p), p in FUNCTIONS, str(p)))


def is_reciprocal(pattern: sp.Expr) -> bool:
    """Whether a pattern is one over a hole."""
    return isinstance(pattern, sp.Pow) and pattern.exp == -1 and pattern.base in FUNCTIONS


def is_below(factor: sp.Expr) -> bool:
    """Whether a factor stands in the denominator: a power with a negative number as exponent."""
    return isinstance(factor, sp.Pow) and bool(factor.exp.is_Number) and bool(factor.exp.is_negative)


def _all_below(expr: sp.Expr) -> bool:
    if isinstance(expr, sp.Mul):
        return all(is_below(f) for f in expr.args)
    return isinstance(expr, sp.Pow) and expr.exp == -1


def fill(pattern: sp.Basic, bound: Binding) -> Any:
    """The pattern with its holes filled."""
    if pattern in bound:
        return bound[pattern]
    if isinstance(pattern, D):
        return D(fill(pattern.expr, bound), *(fill(s, bound) for s in pattern.variables))
    if not pattern.args or isinstance(pattern, AppliedUndef):
        return pattern
    return construct(pattern.func, [fill(a, bound) for a in pattern.args])


def construct(head: Any, args: list[Any]) -> Any:
    """A node built anew as SymPy does, but a number is not multiplied into a sum: 2(x + 1) stays."""
    if head is sp.Pow and args[0].is_Add and args[1].is_Integer and args[1] not in (0, 1) and not args[0].is_number:
        return sp.Pow(*args, evaluate=False)  # nothing would happen, after milliseconds of thought
    built = head(*args)
    if head is sp.Mul and isinstance(built, sp.Add):
        number = sp.Mul(*[a for a in args if a.is_Number])
        rest = [a for a in args if not a.is_Number]
        if number != 1 and len(rest) == 1:
            return sp.Mul(number, rest[0], evaluate=False)
    return built


def replace(expr: sp.Expr, moves: dict[sp.Basic, sp.Basic]) -> sp.Expr:
    """The expression with nodes exchanged, numbers not multiplied into sums on the way up."""
    if expr in moves:
        return moves[expr]
    if not expr.args:
        return expr
    args = [replace(a, moves) for a in expr.args]
    if all(a is b for a, b in zip(args, expr.args, strict=True)):
        return expr
    if isinstance(expr, D):
        return D(args[0], *expr.variables)
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*args, evaluate=False)
    return construct(expr.func, args)


def unnested(expr: Any) -> Any:
    """Conditions on a function given by pieces (SymPy's ITE) as plain ones: (x if x > 0 else a x) > 0, told by x."""
    moves = {}
    for choice in expr.atoms(sp.ITE):
        condition, yes, no = choice.args
        moves[choice] = sp.Or(sp.And(condition, yes), sp.And(sp.Not(condition), no))
    return unnested(replace(expr, moves)) if moves else expr
