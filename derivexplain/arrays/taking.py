"""One open derivative taken: by a move of indices, or by a law of one variable that entries stand in for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from ..derivation.rules import Line, Names, Rules
from ..errors import InputError
from ..indices import free, remake, remembered
from ..law import Move
from ..symbols import D, Over
from .exchange import exchange

Taken = tuple[str, Any, tuple[Any, ...]]  # the law, what the derivative becomes, the conditions
T = sp.Dummy("t", real=True)  # the variable of all stand-ins


@cache
def rules_of(laws: Any) -> Rules:
    return Rules(laws, Names(()))


def take(node: D, rules: Rules, moves: Sequence[Move]) -> Taken:
    """What gets a line of its own."""
    for move in moves:
        if (made := move.apply(node)) is not None:
            return move.id, made, ()
    taken = by_laws(rules, node, silent=False)
    if taken is None:
        raise InputError(f"no law is known for the derivative of {node.expr}")
    return taken


def silent(node: D, rules: Rules, moves: Sequence[Move]) -> Any:
    """What the derivative becomes where that needs no line of its own, else None."""
    for move in moves:
        if move.level == "full" and (made := move.apply(node)) is not None:
            return made
    if isinstance(node.expr, sp.Indexed | Over | sp.Symbol):
        return None
    taken = by_laws(rules, node, silent=True)
    return None if taken is None else taken[1]


@remembered
def by_laws(rules: Rules, node: D, silent: bool) -> Taken | None:
    """A law of one variable used on an entry: entries and reductions stand in as functions of it."""
    there = {part: stand_in(n) for n, part in enumerate(outermost(node.expr, node.wrt))}
    line = taken_by(rules, D(exchange(node.expr, there), T), silent)
    if line is None:
        return None
    back = {made: part for part, made in there.items()}
    (made,) = line.moves.values()
    conditions = tuple(undisguise(c, back, T, node.wrt) for c in line.conditions)
    return line.law, undisguise(made, back, T, node.wrt), conditions


@remembered
def taken_by(rules: Rules, node: D, silent: bool) -> Line | None:
    return rules.take(node, silent=silent)


@cache
def stand_in(n: int) -> Any:
    """A function of one variable that stands for an entry or a reduction, for the laws of one variable."""
    return sp.Function(f"entry_{n}", real=True)(T)


def outermost(expr: Any, wrt: Any) -> list[Any]:
    """The largest parts that change with an entry and are no business of the laws of one variable."""
    if isinstance(expr, sp.Indexed | Over):
        base = wrt.base.label if isinstance(wrt, sp.Indexed) else wrt
        return [expr] if base in free(expr) else []
    if expr == wrt:
        return [expr]
    return list(dict.fromkeys(p for a in expr.args for p in outermost(a, wrt)))


def undisguise(expr: Any, back: dict[Any, Any], t: Any, wrt: Any) -> Any:
    """Functions of the stand-in variable turned back into the entries they stood for."""
    if expr in back:
        return back[expr]
    if isinstance(expr, D):
        return D(undisguise(expr.expr, back, t, wrt), wrt)
    if not expr.args or isinstance(expr, AppliedUndef):
        return expr
    args = [undisguise(a, back, t, wrt) for a in expr.args]
    if all(a is b for a, b in zip(args, expr.args, strict=True)):
        return expr
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*args, evaluate=False)
    return remake(expr, args)
