"""How a formula is best spelt: the cost of a spelling, and the cheapest of several that mean the same.

The rule of preference: fewest operations, an expression that occurs twice counted once; then a product before a
sum (y(1 - y) before y - y^2), no leading minus (y(1 - y) before -y(y - 1)), the shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from typing import Any

import sympy as sp
from sympy.core.cache import cacheit

from .kernels import Ring, TooLarge
from .law import HOLES, Law, Move
from .matching import apply, construct, is_below, replace

FEW = 2  # operations below which there is nothing to spell differently
MANY = 80  # operations beyond which no other spelling is looked for
CHEAP = (2, -2, sp.Rational(1, 2), -sp.Rational(1, 2))


@dataclass(frozen=True)
class Identities:
    """What may be used where: in any result, in a form in y, and in one that is checked over the whole domain."""

    result: tuple[Law | Move, ...] = ()
    form: tuple[Law | Move, ...] = ()
    bold: tuple[Law | Move, ...] = ()


NO_IDENTITIES = Identities()


@lru_cache(maxsize=4096)
def cost(expr: sp.Expr) -> tuple[float, bool, int]:
    """The rule of preference as a key: smaller is better."""
    nodes = [expr]
    for node in nodes:
        nodes += node.args
    operations = sum(map(_operations, set(nodes))) + 0.5 * _minus(expr) + below(expr)
    return operations, bool(expr.is_Add), len(nodes)


def operations(expr: Any) -> float:
    """How many operations a formula takes, an expression that occurs twice counted once."""
    return cost(expr)[0]


def below(e: sp.Basic) -> bool:
    """Whether this is one over something: a division, where it is no factor."""
    return bool(e.is_Pow and e.exp.is_Number and e.exp.is_negative)


def _operations(e: sp.Basic) -> float:
    if e.is_Add:
        shared = set.intersection(
            *({f.as_base_exp()[0] for f in sp.Mul.make_args(a) if not f.is_number} for a in e.args)
        )
        return len(e.args) - 1 + all(map(_minus, e.args)) + sum(map(below, e.args)) + (0.75 if shared else 0)
    if e.is_Mul:
        return len([a for a in e.args if a != -1]) - 1
    if e.is_Pow:
        return 0 if e.exp == -1 else 1 if e.exp in CHEAP else 1.5
    if e.is_Rational:
        return 0.25 * (not e.is_Integer)
    return 2 if e.is_Function and not isinstance(e, sp.Piecewise) else 0


def _minus(e: sp.Basic) -> bool:
    number = e.args[0] if e.is_Mul else e
    return bool(number.is_Number and number.is_negative)


@cacheit
def tidy(expr: sp.Expr, identities: Sequence[Law | Move] = ()) -> sp.Expr:
    """The cheapest spelling found for the formula; itself where none is cheaper.

    Some identities hold only where their condition does: who hands those in checks the answer on the domain.
    """
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*[(tidy(e, identities), cond) for e, cond in expr.args], evaluate=False)
    if not opened(expr) or not FEW <= operations(expr) <= MANY:
        return expr
    parts = [tidy(a, identities) for a in expr.args]
    inner = expr if parts == list(expr.args) else construct(expr.func, parts)
    found = [expr, inner, *spellings(inner, identities)]
    best = min(found, key=cost)
    again = min([best, *folded(best, identities)], key=cost)
    return again if again == best else tidy(again, identities)


def opened(expr: sp.Basic) -> bool:
    """Whether the parts of a node may be spelt by themselves: not those of an integral, a derivative, a list."""
    plain = expr.is_Add or expr.is_Mul or expr.is_Pow or expr.is_Function
    return bool(plain and expr.args and all(isinstance(a, sp.Expr) for a in expr.args))


def folded(expr: sp.Expr, identities: Sequence[Law | Move]) -> Iterator[sp.Expr]:
    """The spellings that one identity, or one root taken of a product, makes of it."""
    there = {f.func for f in expr.atoms(sp.Function)}
    speaking = [i for i in identities if i.level != "full" and (isinstance(i, Move) or heads_of(i.lhs) <= there)]
    for node in dict.fromkeys(sp.preorder_traversal(expr)) if speaking else ():
        if not isinstance(node, sp.Expr) or not node.args:
            continue
        for law in speaking:
            if isinstance(law, Move):
                if (found := law.apply(node)) is not None:
                    yield replace(expr, {node: found})
            elif node.is_Mul and law.lhs.is_Mul:
                yield from (replace(expr, {node: new}) for new in two_factors(law, node))
            elif found := apply(law, node, frozenset()):
                yield replace(expr, {node: found.becomes})


def two_factors(law: Law, product: sp.Expr) -> Iterator[sp.Expr]:
    """A law for two factors, on any two of a product."""
    heads = heads_of(law.lhs)
    for a, b in combinations([f for f in product.args if heads & {g.func for g in f.atoms(sp.Function)}], 2):
        if found := apply(law, a * b, frozenset()):
            yield found.becomes * product / (a * b)


@cache
def heads_of(pattern: sp.Expr) -> set[Any]:
    """The functions that a law speaks of, holes aside."""
    return {f.func for f in pattern.atoms(sp.Function)} - {f.func for f in HOLES.values()}


def root_of_power(node: Any) -> Any:
    """The root of a product of powers, factor by factor: sqrt((1 + y)^2/y^4) is (1 + y)/y^2, all being positive."""
    if isinstance(node, sp.Pow) and node.base.is_Pow:
        return node.base.base ** (node.base.exp * node.exp)
    if not (isinstance(node, sp.Pow) and node.exp.is_Rational and not node.exp.is_Integer):
        return None
    try:
        ring = Ring(node.base)
        found = ring.fraction(node.base)
    except TooLarge:
        return None
    parts = orient(sp.Mul(*ring.product(found.top), *(1 / p for p in ring.product(found.below))))
    return sp.Mul(*[base ** (n * node.exp) for base, n in (p.as_base_exp() for p in sp.Mul.make_args(parts))])


ROOT = Move("root-of-power", root_of_power)


def spellings(expr: sp.Expr, identities: Sequence[Law | Move] = ()) -> Iterator[sp.Expr]:
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
    if number.is_negative and (
        turn := next((f for f in factors if isinstance(f, sp.sign) and f.args[0].is_Add), None)
    ):
        factors[factors.index(turn)], number = sp.sign(negated(turn.args[0])), -number
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
    """u/|u| among the factors is the sign of u, and higher powers of u are powers of |u|."""
    left = list(factors)
    for a in [1 / f for f in left if f.is_Pow and f.exp == -1 and isinstance(f.base, sp.Abs)]:
        if a.args[0] in left:
            left.remove(a.args[0])
            left.remove(1 / a)
            left.append(sp.sign(a.args[0]))
    for f in [f for f in left if f.is_Pow and isinstance(f.base, sp.Abs) and is_below(f)]:
        part = f.base.args[0]
        for power in left:
            base, n = power.as_base_exp()
            if base == part and n.is_Integer and n > 1:  # u^3/|u| is u |u|, which has a value at u = 0 too
                left.remove(f)
                left[left.index(power)] = part ** (n % 2) * f.base ** (n - n % 2 + f.exp)
                break
    yield from left
