"""The matrix form of an index formula: G W^T for sum_j g_ij w_kj, transposes argued by position and by shape."""

from __future__ import annotations

from typing import Any

import sympy as sp

from ..indices import letters_of, parts, unnest
from ..symbols import UPSTREAM, D, SumOver, length
from .contraction import contraction


def matrix_form(expr: Any, row: sp.Symbol, column: sp.Symbol) -> Any:
    """The formula as a product of matrices with these rows and columns, or None where there is none.

    The upstream gradient is G, the gradient of a name A is dA. Only what is a matrix product somewhere is
    worth saying so: elementwise formulas have None.
    """
    made = matrix(expr, row, column)
    return made if made is not None and made.has(sp.MatMul) and expr.has(SumOver) else None


def matrix(expr: Any, row: sp.Symbol, column: sp.Symbol) -> Any:
    if isinstance(expr, sp.Indexed | D):
        return symbol(expr, row, column)
    if isinstance(expr, sp.Mul):
        return product(expr, row, column)
    if isinstance(expr, sp.Add):
        terms = [matrix(t, row, column) for t in expr.args]
        return None if None in terms else sp.MatAdd(*terms)
    if isinstance(expr, SumOver):
        found = contraction(*unnest(expr), (row, column))
        if found is None or found.shared or len(found.rows) != 1 or len(found.columns) != 1:
            return None
        left, right = matrix(found.left, row, found.over), matrix(found.right, found.over, column)
        return None if left is None or right is None else sp.MatMul(left, right)
    return None


def symbol(expr: Any, row: sp.Symbol, column: sp.Symbol) -> Any:
    """A matrix by its name, turned where its letters stand the other way round."""
    name, indices = parts(expr.wrt) if isinstance(expr, D) else parts(expr)
    name = f"d{name}" if isinstance(expr, D) else name.upper() if name == UPSTREAM else name
    if indices == (row, column):
        return sp.MatrixSymbol(name, length(row), length(column))
    if indices == (column, row):
        return sp.Transpose(sp.MatrixSymbol(name, length(column), length(row)))
    return None


def product(expr: sp.Mul, row: sp.Symbol, column: sp.Symbol) -> Any:
    """Numbers in front, matrices multiplied entry by entry."""
    numbers = [f for f in expr.args if not letters_of(f)]
    if any(f.has(SumOver) for f in numbers):
        return None
    matrices = [matrix(f, row, column) for f in expr.args if f not in numbers]
    if None in matrices or not matrices:
        return None
    whole = matrices[0] if len(matrices) == 1 else sp.HadamardProduct(*matrices)
    factors = whole.args if isinstance(whole, sp.MatMul) else (whole,)
    return sp.MatMul(*numbers, *factors) if numbers else whole
