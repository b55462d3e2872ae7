"""How a formula is best spelt: the cost of a spelling, and the cheapest of several that mean the same.

The rule of preference: fewest operations, an expression that occurs twice counted once; then a product before a
sum (y(1 - y) before y - y^2), no leading minus (y(1 - y) before -y(y - 1)), the shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sympy as sp

from .kernels import Ring, TooLarge
from .law import Law
from .matching import construct

MANY = 80  # operations beyond which no other spelling is looked for
CHEAP = (2, -1, -2, sp.Rational(1, 2))


def cost(expr: Any) -> tuple[float, bool, int]:
    """The rule of preference as a key: smaller is better."""
    expr = sp.sympify(expr)
    operations = sum(_operations(e) for e in set(sp.preorder_traversal(expr))) + _minus(expr)
    return operations, bool(expr.is_Add), len(str(expr))


def operations(expr: Any) -> float:
    """How many operations a formula takes, an expression that occurs twice counted once."""
    return cost(expr)[0]


def _operations(e: sp.Basic) -> float:
    if e.is_Add:
        return len(e.args) - 1 + all(map(_minus, e.args))
    if e.is_Mul:
        return len([a for a in e.args if a != -1]) - 1
    if e.is_Pow:
        return 1 if e.exp in CHEAP else 1.5
    if e.is_Rational:
        return 0.25 * (not e.is_Integer)
    return 2 if e.is_Function and not isinstance(e, sp.Piecewise) else 0


def _minus(e: sp.Basic) -> bool:
    return bool(e.is_number and e.is_negative) or (e.is_Mul and e.args[0].is_number and bool(e.args[0].is_negative))


def tidy(expr: sp.Expr, identities: Sequence[Law] = ()) -> sp.Expr:
    """The cheapest spelling found for the formula; itself where none is cheaper."""
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*[(tidy(e, identities), cond) for e, cond in expr.args], evaluate=False)
    if operations(expr) > MANY:
        return expr
    return min([expr, *spellings(expr, identities)], key=cost)


def spellings(expr: sp.Expr, identities: Sequence[Law] = ()) -> Iterator[sp.Expr]:
    """Other spellings of the same value."""
    try:
        ring = Ring(expr, identities=identities)
        for spelling in ring.spellings(ring.fraction(expr)):
            yield orient(spelling)
    except TooLarge:
        return


def orient(expr: sp.Expr) -> sp.Expr:
    """Signs as a teacher writes them: y(1 - y), not -y(y - 1); x/|x| is sign x."""
    if expr.is_Add:
        return sp.Add(*map(orient, expr.args))
    if not expr.is_Mul and not expr.is_Pow:
        return expr
    number, rest = expr.as_coeff_Mul()
    factors = list(signed(sp.Mul.make_args(rest)))
    turned = []
    for i, factor in enumerate(factors):
        base, n = factor.as_base_exp()
        if (
            not base.is_Add
            or not n.is_Integer
            or not (base.as_coeff_Add()[0].is_negative or all(map(_minus, base.args)))
        ):
            continue
        if n % 2 == 0:
            factors[i] = negated(base) ** n
        else:
            turned.append(i)
    if (number.is_negative is True) != len(turned) % 2:  # an even number of signs may be changed
        loose = [i for i, f in enumerate(factors) if f.is_Add and i not in turned and any(map(_minus, f.args))]
        turned = turned[:-1] if turned else loose[:1]
    for i in turned:
        base, n = factors[i].as_base_exp()
        factors[i], number = negated(base) ** n, -number
    return construct(sp.Mul, [number, *factors])


def negated(total: sp.Expr) -> sp.Expr:
    return sp.Add(*[-a for a in total.args])


def signed(factors: Iterable[sp.Expr]) -> Iterator[sp.Expr]:
    """u/|u| among the factors is the sign of u."""
    left = list(factors)
    for a in [1 / f for f in left if f.is_Pow and f.exp == -1 and isinstance(f.base, sp.Abs)]:
        if a.args[0] in left:
            left.remove(a.args[0])
            left.remove(1 / a)
            yield sp.sign(a.args[0])
    yield from left
