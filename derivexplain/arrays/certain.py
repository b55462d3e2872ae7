"""What no input can break: a sum of exponentials is positive, a sum of squares is never negative."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from ..indices import parts
from ..story import Equation
from ..symbols import Over


class Certain:
    """The signs of the stored names, as their equations have them for all real inputs."""

    def __init__(self, equations: Iterable[Equation]) -> None:
        self.signs: dict[str, dict[str, bool]] = {}
        for e in equations:
            self.signs[parts(e.lhs)[0]] = sign_of(self.stand_in(e.rhs))

    def holds(self, condition: Any) -> bool:
        """Whether a condition is true whatever the inputs are."""
        return isinstance(condition, Relational) and self.stand_in(condition) == sp.true

    def stand_in(self, expr: Any) -> Any:
        """The expression with a letter of its sign for every entry and every sum."""
        if isinstance(expr, Over):
            return letter(sign_of(self.stand_in(expr.body)))
        if isinstance(expr, sp.Indexed):
            name, indices = parts(expr)
            if not all(i.is_Symbol or isinstance(i, sp.Indexed) for i in indices):
                return letter({})  # y[t - 1] may lie outside, where it counts as zero
            return letter(self.signs.get(name) or sign_of(expr.base.label))
        if expr.is_Symbol:
            return letter(self.signs[expr.name]) if expr.name in self.signs else expr
        return expr.func(*map(self.stand_in, expr.args)) if expr.args else expr


def sign_of(expr: Any) -> dict[str, bool]:
    """What is known of the sign; a real that is not infinite."""
    return {"positive": True} if expr.is_positive else {"nonnegative": True} if expr.is_nonnegative else {}


def letter(sign: dict[str, bool]) -> sp.Dummy:
    return sp.Dummy(real=True, **sign)
