"""A sum over products read as matrix products: which factors belong to the left matrix, which to the right.

Both the NumPy text and the matrix form are made from what `contraction` finds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import sympy as sp

from ..indices import letters_of

Letters = tuple[sp.Symbol, ...]


@dataclass(frozen=True)
class Contraction:
    """A sum over one letter of left*right: rows stand left only, columns right only, `shared` on both sides."""

    left: Any
    right: Any
    rows: Letters
    columns: Letters
    shared: Letters
    over: sp.Symbol


def contraction(letters: Iterable[sp.Symbol], body: Any, out: Letters) -> Contraction | None:
    """The body's sum over one letter as a matrix product that gives the axes `out` in this order."""
    bound = tuple(letters)
    factors = sp.Mul.make_args(body)
    if len(bound) != 1 or not 2 <= len(factors) <= 8:
        return None
    k = bound[0]
    found = []
    for size in range(1, len(factors)):
        for chosen in combinations(factors, size):
            left, right = sp.Mul(*chosen), sp.Mul(*[f for f in factors if f not in chosen])
            here, there = letters_of(left), letters_of(right)
            if k not in here & there:
                continue
            shared = tuple(i for i in out if i in here & there)
            rows = tuple(i for i in out if i in here - there)
            columns = tuple(i for i in out if i in there - here)
            if len(columns) > 1 or (shared and len(rows) != 1) or (shared and len(columns) != 1):
                continue
            if len(rows) > 1 and not columns:
                continue
            if tuple(i for i in out if i in here | there) == (*shared, *rows, *columns):
                found.append(Contraction(left, right, rows, columns, shared, k))
    return min(found, key=lambda c: (len(c.shared), sp.count_ops(c.left), str(c.left)), default=None)
