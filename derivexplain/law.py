"""Laws: equations with holes, both sides expressions, and the moves that no equation can say.

A `Law` prints itself (`lhs = rhs`), and one parametrised test proves each. Holes are the letters of
`HOLES`: u, v, w stand for functions of the variable, c for what does not depend on it, n for a
constant exponent; x is the variable itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .symbols import D, real

x = real("x")
u, v, w = (sp.Function(n, real=True)(x) for n in "uvw")
c, n = real("c"), real("n")
HOLES = {"u": u, "v": v, "w": w, "c": c, "n": n, "x": x}


@dataclass(frozen=True)
class Law:
    """An equation with holes. `id` is stable for ever (templates and translations key on it).

    `when` are relations over the holes that the law needs; `level` is the lowest detail at which the law
    gets a line of its own ("brief" | "normal" | "full"): the silent ones say "full"; `source` is where
    the law stands in a textbook or table, where it is not in all of them.
    """

    id: str
    lhs: sp.Expr
    rhs: sp.Expr
    when: tuple[Any, ...] = ()
    level: str = "normal"
    source: str = ""

    def __str__(self) -> str:
        return f"{self.lhs} = {self.rhs}"


@dataclass(frozen=True)
class Move:
    """What no equation can say: a named function from a node to its new form, or None.

    `apply` returns the new form, or a pair of it and the conditions it needs.
    """

    id: str
    apply: Callable[..., Any]
    level: str = "normal"
    doc: str = ""


def d(expr: Any) -> D:
    """The open derivative with respect to the law's own x."""
    return D(expr, x)
