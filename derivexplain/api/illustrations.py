"""Illustrations: the computational graph of a small scalar formula, with numbers on its edges."""

from __future__ import annotations

from typing import Any

import sympy as sp

from ..errors import DerivexplainError
from ..story import Picture
from .targets import Target

SMALL = 14  # operations; a larger graph tells less than its formula
ROUND = ("2", "-1", "3", "0.5", "-2", "4")


def graph_of(target: Target, notation: Any = None, language: Any = "en") -> Picture | None:
    """A picture with values and gradients, or None where the formula has no small graph of its own."""
    formula = target.formula
    if formula is None or len(formula.equations) != 1 or not formula.inputs:
        return None
    expr = formula.equations[0].rhs
    if (
        not 1 <= sp.count_ops(expr) <= SMALL
        or expr.atoms(sp.Indexed)
        or expr.has(sp.Piecewise, sp.Max, sp.Min, sp.Abs)
    ):
        return None
    if any(s not in formula.inputs for s in expr.free_symbols):
        return None
    try:
        from .graphs import Graph

        graph = Graph.from_formula(expr, **numbers(formula))
        return graph.picture(notation=notation, language=language)
    except (DerivexplainError, ImportError):
        return None


def numbers(formula: Any) -> dict[str, Any]:
    """A round number for each input, inside its domain."""
    chosen = {}
    for letter, text in zip(formula.inputs, ROUND * len(formula.inputs)):
        low, high = formula.domain.get(letter, (None, None))
        value = sp.Rational(text)
        if low is not None and value <= low or high is not None and value >= high:
            value = (low + high) / 2 if None not in (low, high) else low + 1 if low is not None else high - 1
        chosen[letter.name] = int(value) if value.is_Integer else float(value)
    return chosen
