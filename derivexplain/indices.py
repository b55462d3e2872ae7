"""Index letters: bound and free ones, renaming without capture, equality up to the names of bound letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import permutations
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from .symbols import D, Over, SumOver, delta, index, indexed, rebuild

POOL = list("mklpqrstuvwabcijndefhoz")
remembered = lru_cache(maxsize=1 << 16)  # of nodes: what a line shares with the line before is looked at once


def nest(body: Any, letters: Iterable[sp.Symbol], kind: type[Over] = SumOver) -> Any:
    """The body under one reduction for each letter, the first letter outermost."""
    for k in reversed(list(letters)):
        body = kind(body, k)
    return body


def unnest(expr: Any) -> tuple[list[sp.Symbol], Any]:
    """The letters of the sums an expression begins with, and what stands under them."""
    letters = []
    while isinstance(expr, SumOver):
        letters.append(expr.index)
        expr = expr.body
    return letters, expr


def parts(lhs: Any) -> tuple[str, tuple[Any, ...]]:
    """The name and the indices of an entry."""
    return (lhs.base.label.name, lhs.indices) if isinstance(lhs, sp.Indexed) else (lhs.name, ())


@remembered
def subscripts(expr: Any) -> frozenset[sp.Symbol]:
    """Every index letter that occurs in a subscript, in a delta or as a bound letter.

    Letters known to be positive are lengths and other constants (a stride); the name of an array that is
    looked up is no letter either.
    """
    if isinstance(expr, Over):
        return subscripts(expr.body) | {expr.index}
    if isinstance(expr, sp.Indexed | sp.KroneckerDelta):
        counting: set[Any] = set()
        for i in expr.indices if isinstance(expr, sp.Indexed) else expr.args:
            counting |= i.free_symbols - {a.base.label for a in i.atoms(sp.Indexed)}
        return frozenset(s for s in counting if s.is_Symbol and s.is_integer and not s.is_positive)
    return frozenset().union(*map(subscripts, expr.args))


@remembered
def free(expr: Any) -> frozenset[Any]:
    """The free symbols of an expression."""
    if isinstance(expr, Over):
        return free(expr.body) - {expr.index}
    if isinstance(expr, sp.Indexed) or not expr.args:
        return frozenset(expr.free_symbols)
    return frozenset().union(*map(free, expr.args))


@remembered
def bound_letters(expr: Any) -> frozenset[sp.Symbol]:
    """The letters of the reductions in an expression."""
    inner = frozenset().union(*map(bound_letters, expr.args))
    return inner | {expr.index} if isinstance(expr, Over) else inner


@remembered
def mentioned(expr: Any) -> frozenset[str]:
    """The names of the arrays and letters in an expression."""
    return frozenset(s.name for s in free(expr) if s.is_Symbol)


@remembered
def letters_of(expr: Any) -> frozenset[sp.Symbol]:
    """The index letters that are free."""
    return subscripts(expr) & free(expr)


@remembered
def kinds(expr: Any) -> frozenset[type]:
    """The types of the nodes in an expression; what stands in a subscript is not looked at."""
    if isinstance(expr, sp.Indexed):
        return frozenset((type(expr),))
    return frozenset((type(expr),)).union(*map(kinds, expr.args))


@remembered
def derivatives(expr: Any) -> tuple[D, ...]:
    """The open derivatives in an expression, the outer ones first."""
    if isinstance(expr, D):
        return (expr, *derivatives(expr.expr))
    return tuple(dict.fromkeys(d for a in expr.args for d in derivatives(a)))


def names_of(letters: Iterable[Any]) -> Iterator[str]:
    """The names of letters; a name stands for itself, an entry for its parts."""
    return (t if isinstance(t, str) else t.name for t in letters if isinstance(t, str | sp.Symbol))


def fresh(taken: Iterable[Any], like: str = "") -> sp.Symbol:
    """A letter whose name nothing has yet: `like` itself, or the first free one of the pool."""
    names = set(names_of(taken))
    for name in ([like] if like else []) + POOL:
        if name not in names:
            return index(name)
    number = 1
    while f"i{number}" in names:
        number += 1
    return index(f"i{number}")


def substitute(expr: Any, moves: Mapping[Any, Any]) -> Any:
    """Letters exchanged for others, bound letters stepping aside so that none is captured."""
    moves = {old: new for old, new in moves.items() if old != new}
    if not moves:
        return expr
    if expr in moves:
        return moves[expr]
    if not expr.args or free(expr).isdisjoint(moves):
        return expr
    if isinstance(expr, Over):
        inner = {old: new for old, new in moves.items() if old != expr.index and old in free(expr.body)}
        arriving = {s for new in inner.values() for s in sp.sympify(new).free_symbols}
        body, k = expr.body, expr.index
        if k in arriving:
            k = fresh(arriving | free(body) | {s.name for s in subscripts(body)})
            body = substitute(body, {expr.index: k})
        return expr.func(substitute(body, inner), k)
    if isinstance(expr, D):
        return D(*(substitute(a, moves) for a in (expr.expr, *expr.variables)))
    args = [substitute(a, moves) for a in expr.args]
    return remake(expr, args)


def remake(expr: Any, args: list[Any]) -> Any:
    """The node with other arguments."""
    if isinstance(expr, D):
        return D(args[0], *(a[0] if isinstance(a, sp.Tuple) else a for a in args[1:]))
    return _made(expr.func, *args)


@remembered
def _made(head: Any, *args: Any) -> Any:
    if issubclass(head, Relational | sp.Max | sp.Min) and len(args) == 2 and not (args[0] - args[1]).is_number:
        return head(*args, evaluate=False)  # SymPy would think for milliseconds whether it is decided
    return {sp.Indexed: indexed, sp.KroneckerDelta: delta}.get(head, head)(*args)


def match(pattern: Any, expr: Any, holes: frozenset[sp.Symbol], bound: dict[Any, Any]) -> dict[Any, Any] | None:
    """What the index holes stand for if the pattern is the expression up to bound letters; or None."""
    if pattern in holes:
        if pattern in bound:
            return bound if bound[pattern] == expr else None
        return {**bound, pattern: expr}
    if isinstance(pattern, sp.Add) and not isinstance(expr, sp.Add):
        moving = [h for h in pattern.args if h in holes]
        if len(moving) == 1:  # t - 1 meets t: the hole is t + 1
            return match(moving[0], expr - (pattern - moving[0]), holes, bound)
    if not pattern.args or not expr.args:
        return bound if bound.get(pattern, pattern) == expr else None
    if pattern.func != expr.func or len(pattern.args) != len(expr.args):
        return None
    if isinstance(pattern, Over):
        inner = match(pattern.body, expr.body, holes, {**bound, pattern.index: expr.index})
        if inner is None or any(expr.index in sp.sympify(v).free_symbols for h, v in inner.items() if h in holes):
            return None
        return {h: v for h, v in inner.items() if h != pattern.index}
    if isinstance(pattern, sp.Add | sp.Mul):
        return _unordered(list(pattern.args), list(expr.args), holes, bound)
    for p, e in zip(pattern.args, expr.args, strict=True):
        found = match(p, e, holes, bound)
        if found is None:
            return None
        bound = found
    return bound


def _unordered(left: list[Any], right: list[Any], holes: frozenset[sp.Symbol], bound: dict[Any, Any]) -> Any:
    """Operands in any order: each of the pattern's takes one of the expression's."""
    if not left:
        return bound
    for i, e in enumerate(right):
        found = match(left[0], e, holes, bound)
        if found is not None:
            rest = _unordered(left[1:], right[:i] + right[i + 1 :], holes, found)
            if rest is not None:
                return rest
    return None


def partial_match(
    pattern: sp.Mul, expr: sp.Mul, holes: frozenset[sp.Symbol]
) -> tuple[dict[Any, Any], tuple[Any, ...]] | None:
    """A product found among the factors of a larger one: the binding and the factors it used."""
    if len(pattern.args) > len(expr.args):
        return None
    for chosen in permutations(expr.args, len(pattern.args)):
        bound: dict[Any, Any] | None = {}
        for p, e in zip(pattern.args, chosen, strict=True):
            bound = match(p, e, holes, bound) if bound is not None else None
        if bound is not None:
            return bound, chosen
    return None


__all__ = [
    "bound_letters",
    "derivatives",
    "free",
    "fresh",
    "kinds",
    "letters_of",
    "match",
    "mentioned",
    "nest",
    "partial_match",
    "parts",
    "rebuild",
    "remake",
    "remembered",
    "subscripts",
    "substitute",
    "unnest",
]
