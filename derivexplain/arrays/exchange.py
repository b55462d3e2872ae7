"""Parts of an expression exchanged for others, bound letters stepping aside, open derivatives kept open."""

from __future__ import annotations

from typing import Any

import sympy as sp

from ..indices import bound_letters, free, fresh, remake, subscripts
from ..symbols import D


def exchange(expr: Any, moves: dict[Any, Any]) -> Any:
    """Parts of an expression exchanged; sums and products are built anew, open derivatives kept open."""
    if expr in moves:
        return moves[expr]
    if not expr.args or isinstance(expr, D) or not moves:
        return expr
    args = [exchange(a, moves) for a in expr.args]
    if all(a is b for a, b in zip(args, expr.args, strict=True)):
        return expr
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*args, evaluate=False)
    return remake(expr, args)


def exchange_under(expr: Any, moves: dict[Any, Any]) -> Any:
    """The same for parts that hold bound letters of their own: those step aside of the letters around."""
    names = {s.name for s in subscripts(expr)}

    def aside(new: Any) -> Any:
        for old in sorted(bound_letters(new), key=lambda letter: letter.name):
            if old.name in names:
                k = fresh(names | {s.name for s in free(new) | subscripts(new) if s.is_Symbol})
                new = new.xreplace({old: k})
                names.add(k.name)
        return new

    return exchange(expr, {old: aside(new) for old, new in moves.items()})
