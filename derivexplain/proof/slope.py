"""Another proof: the difference has slope zero in every cell, and vanishes at one point of each.

This settles what kernels cannot see, such as asinh(-x) = -asinh(x) written with logarithms.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import fmpq
from sympy.core.function import Derivative

from .cells import Prover
from .compare import Question
from .signs import Cell

# continuous wherever they are defined, so a border of a cell will do as well as a point inside
SMOOTH: tuple[Any, ...] = (
    sp.exp,
    sp.log,
    sp.atan,
    sp.asin,
    sp.acos,
    sp.sinh,
    sp.cosh,
    sp.tanh,
    sp.asinh,
    sp.acosh,
    sp.atanh,
    sp.erf,
)
SMOOTH += (sp.erfc, sp.erfi, sp.Abs, sp.Max, sp.Min, sp.sech, sp.Si, sp.Shi)
NO_NUMBER = (sp.nan, sp.zoo, sp.oo, sp.S.NegativeInfinity, sp.I)
PROBES = [fmpq(*r) for r in ((0, 1), (1, 1), (-1, 1), (1, 2), (-1, 2), (2, 1), (-2, 1), (3, 1), (-3, 1))]


def proved(q: Question) -> bool:
    """Whether some letter's slope shows it. Only for functions without poles inside a cell."""
    if q.left.has(Derivative) or q.right.has(Derivative):
        return False
    if not all(isinstance(f, SMOOTH) for e in (q.left, q.right) for f in e.atoms(sp.Function)):
        return False
    for x in sorted(q.left.free_symbols | q.right.free_symbols, key=str):
        difference = Derivative(q.left - q.right, x, evaluate=False)
        cells = Prover(q.domain).proved(difference, sp.S.Zero, definite=True)
        if cells is not None and all(vanishes_somewhere(q, x, cell) for cell in cells):
            return True
    return False


def vanishes_somewhere(q: Question, x: Any, cell: Cell) -> bool:
    low, high = cell.interval(x)
    for at in PROBES:
        if (low is None or at >= low) and (high is None or at <= high):
            value = sp.Rational(int(at.p), int(at.q))
            rest = {s: b for s, b in q.domain.items() if s != x}
            left, right = (e.xreplace({x: value}) for e in (q.left, q.right))
            if left.has(*NO_NUMBER) or right.has(*NO_NUMBER):
                continue
            if left == right or Prover(rest).proved(left, right) is not None:
                return True
    return False
