"""The calculus of indices: what happens to entries, sums, largest values and deltas.

`LOCAL` take one open derivative, as the laws of one variable do, and come before them; `SIFT` works on the
whole expression once no derivative is open.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from ..indices import free, fresh, kinds, nest, remembered, subscripts, substitute, unnest
from ..law import Move
from ..symbols import D, MaxOver, Over, SumOver, delta


def own_entry(node: D) -> Any:
    """dx_ij/dx_kl = delta_ik delta_jl: an entry changes only with itself."""
    expr, wrt = node.expr, node.wrt
    if expr == wrt:
        return sp.Integer(1)
    if not isinstance(expr, sp.Indexed) or not isinstance(wrt, sp.Indexed) or expr.base != wrt.base:
        return None
    return sp.Mul(*[delta(i, k) for i, k in zip(expr.indices, wrt.indices, strict=True)])


def stranger(node: D) -> Any:
    """What does not hold the variable is constant."""
    return sp.Integer(0) if not holds(node.expr, node.wrt) else None


def through_sum(node: D) -> Any:
    """The derivative of a sum is the sum of the derivatives, over several letters at once."""
    if not isinstance(node.expr, SumOver):
        return None
    letters, body = apart(node.expr, node.wrt)
    return nest(D(body, node.wrt), letters)


def through_max(node: D) -> Any:
    """The largest value changes as the entry does that is the largest."""
    if not isinstance(node.expr, MaxOver):
        return None
    letters, body = apart(node.expr, node.wrt)
    winner = sp.Piecewise((1, sp.Eq(body, node.expr, evaluate=False)), (0, True), evaluate=False)
    return nest(winner * D(body, node.wrt), letters)


def holds(expr: Any, entry: Any) -> bool:
    """Whether an expression holds the variable, or an entry of its array."""
    return (entry.base.label if isinstance(entry, sp.Indexed) else entry) in free(expr)


def apart(over: Over, entry: Any) -> tuple[list[sp.Symbol], Any]:
    """Letters and body of a reduction, nested ones of its kind too; letters that the entry uses are changed."""
    letters: list[sp.Symbol] = []
    body: Any = over
    while isinstance(body, type(over)):
        body, k = body.body, body.index
        if k in entry.free_symbols or k in letters:
            new = fresh(
                {s.name for s in {*subscripts(body), *letters}} | {str(s) for s in entry.free_symbols | free(body)}
            )
            body, k = substitute(body, {k: new}), new
        letters.append(k)
    return letters, body


@remembered
def sift(expr: Any) -> Any:
    """Of a sum over i only i = k survives a delta_ik."""
    if isinstance(expr, SumOver):
        letters, body = unnest(expr)
        return sifted(letters, body)
    if isinstance(expr, D | sp.Indexed) or sp.KroneckerDelta not in kinds(expr):
        return expr
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*[(sift(e), c) for e, c in expr.args], evaluate=False)
    return expr.func(*[sift(a) for a in expr.args])


def sifted(letters: list[sp.Symbol], body: Any) -> Any:
    """The sum of a body over letters, every delta that binds one of them used up."""
    if sp.KroneckerDelta not in kinds(body):
        return nest(body, letters)
    if isinstance(body, SumOver):
        inner, rest = unnest(body)
        return sifted(letters + inner, rest)
    if isinstance(body, sp.Add):
        return sp.Add(*[sifted(letters, term) for term in body.args])
    factors = list(sp.Mul.make_args(body))
    for at, factor in enumerate(factors):
        if isinstance(factor, sp.KroneckerDelta) or sp.KroneckerDelta not in kinds(factor):
            continue
        rest = sp.Mul(*factors[:at], *factors[at + 1 :])
        if isinstance(factor, sp.Add):
            return sp.Add(*[sifted(letters, rest * term) for term in factor.args])
        if isinstance(factor, SumOver):
            inner, under = unnest(factor)
            taken = {s.name for s in subscripts(rest) | free(rest) | set(letters) | subscripts(under)}
            for i, k in enumerate(inner):
                if k in letters or k in free(rest):
                    inner[i] = fresh(taken)
                    taken.add(inner[i].name)
                    under = substitute(under, {k: inner[i]})
            return sifted(letters + inner, rest * under)
        if isinstance(factor, sp.Piecewise):
            return sifted(letters, rest * by_branch(factor))
    moves: dict[Any, Any] = {}
    for asked in [f for f in factors if isinstance(f, sp.KroneckerDelta)]:
        left = [k for k in letters if k not in moves]
        for i, value in solutions(substitute(asked, moves), left):
            plain = isinstance(value, sp.Symbol | sp.Indexed)
            if plain or any(i in a.indices for f in factors for a in f.atoms(sp.Indexed)):
                factors.remove(asked)
                moves = {**{k: substitute(known, {i: value}) for k, known in moves.items()}, i: value}
                break  # else nothing would keep the letter to its axis
    if not moves:
        return nest(body, letters)
    return sifted([k for k in letters if k not in moves], substitute(sp.Mul(*factors), moves))


def solutions(delta: Any, letters: list[sp.Symbol]) -> list[tuple[sp.Symbol, Any]]:
    """Bound letters that a delta fixes, with what it makes them: plain ones, then shifted ones."""
    found: list[tuple[sp.Symbol, Any]] = []
    for a, b in (delta.args, delta.args[::-1]) if isinstance(delta, sp.KroneckerDelta) else ():
        for i in letters:
            if a == i and i not in b.free_symbols:
                found.insert(0, (i, b))
            elif i in a.free_symbols and i not in b.free_symbols and (b - a).coeff(i) == -1:
                found.append((i, b - a + i))
    return found


def by_branch(expr: sp.Piecewise) -> Any:
    """A choice among multiples of deltas: the deltas in front, where all branches share them."""
    deltas = [
        {f for f in sp.Mul.make_args(e) if isinstance(f, sp.KroneckerDelta)} for e, _ in expr.args if not e.is_zero
    ]
    common = sp.Mul(*sorted(set.intersection(*deltas), key=str)) if deltas else sp.Integer(1)
    if common != 1:
        plain = sp.Piecewise(*[(e / common, c) for e, c in expr.args], evaluate=False)
        if sp.KroneckerDelta not in kinds(plain):
            return common * plain
    return sp.Add(*[e * indicator(expr, n) for n, (e, _) in enumerate(expr.args) if not e.is_zero])


def indicator(expr: sp.Piecewise, branch: int) -> Any:
    """1 where this branch is taken, else 0."""
    pairs = [(sp.Integer(int(n == branch)), c) for n, (_, c) in enumerate(expr.args)]
    return sp.Piecewise(*pairs, evaluate=False)


LOCAL: tuple[Move, ...] = (
    Move("own-entry", own_entry, doc="an entry changes only with itself"),
    Move("constant", stranger, level="full"),
    Move("sum-over", through_sum, doc="the derivative of a sum is the sum of the derivatives"),
    Move("max-over", through_max, doc="only the largest entry counts"),
)

SIFT = Move("sift", sift, doc="of the sum only the entry survives that the delta asks for")
