"""The lines that lead to an output form, and the two moves behind them: naming the output, exchanging a part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from ..matching import construct
from ..story import Verdict

Judge = Callable[[sp.Expr, sp.Expr], Verdict]


@dataclass(frozen=True)
class Stage:
    """One line on the way to the form, checked."""

    law: str
    after: sp.Expr
    letters: tuple[tuple[Any, Any], ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Form:
    """What was found: the form and its kind ("pure" | "mixed" | None), the lines that lead to it, or the reason."""

    kind: str | None = None
    expr: Any = None
    stages: tuple[Stage, ...] = ()
    reason: str = ""
    witness: tuple[Any, Any] | None = None


NONE = Form()


def name_output(slope: sp.Expr, f: sp.Expr, y: Any, x: Any) -> sp.Expr:
    """The derivative with y put for f itself, and for what is left of f without a factor or as its reciprocal."""
    part, value = f, y
    while not part.is_Symbol:
        slope = exchange(slope, part, value)
        factor, rest = part.as_independent(x, as_Add=False) if part.is_Mul else (sp.S.One, part)
        if factor != 1:
            part, value = rest, value / factor
        elif part.is_Pow and part.exp == -1:
            part, value = part.base, 1 / value
        else:
            break
    return slope


def exchange(expr: sp.Expr, part: sp.Expr, value: sp.Expr) -> sp.Expr:
    """A part of the expression exchanged for its value, and whole powers of it too: e^(-2x) where e^(-x) is known."""
    if expr == part:
        return value
    if not expr.args or isinstance(expr, sp.Derivative | sp.Integral | sp.Sum | sp.Tuple):
        return expr
    power = None
    if isinstance(expr, sp.exp) and isinstance(part, sp.exp):
        power = expr.args[0] / part.args[0]
    elif expr.is_Pow and part.is_Pow and expr.base == part.base:
        power = expr.exp / part.exp
    if power is not None and power.is_Integer:
        return value**power
    args = [exchange(a, part, value) for a in expr.args]
    return expr if args == list(expr.args) else construct(expr.func, args)
