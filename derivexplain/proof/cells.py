"""An equation proved cell by cell: the domain is cut where a sign is open, and every part has to be proved.

Equations about one formula are cut at the same places and made of the same parts. So the cells of one that
was proved, and what was converted in them, are there for the next.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from .algebra import Converter
from .field import Field, Ratio, Unprovable
from .kernels import Inside, Kernels, Refine
from .numbers import Undefined
from .points import Domain, exact_interval
from .signs import Cell, Empty, Split

SIZES = (12, 24, 72)  # generators of a field: arithmetic with few is quicker
MOST_CELLS = 160


class Prover:
    """Equations over one domain, one after another."""

    def __init__(self, domain: Domain) -> None:
        self.whole = Cell({s: exact_interval(b) for s, b in domain.items()})
        self.scales: dict[Any, int] = {}
        self.begin(SIZES[0])

    def begin(self, size: int) -> None:
        """Forget all but the scales."""
        self.size = size
        self.kernels = Kernels(Field(size), self.scales)
        self.cells = [self.kernels.inside(self.whole)]
        self.unused = True

    def proved(
        self, left: sp.Expr, right: sp.Expr, most: int = MOST_CELLS, definite: bool = False
    ) -> list[Cell] | None:
        """The cells in which left = right was proved, all of the domain together; None where it was not.

        `definite`: only cells that are intervals, inside which no denominator or argument of a log changes sign.
        """
        for _ in range(8):
            try:
                return self.everywhere(left, right, most, definite)
            except Refine as refine:
                self.scales[refine.key] = refine.scale
                self.begin(self.size)
            except Unprovable as why:
                roomy = [n for n in SIZES if n > self.size or n == self.size and not self.unused]
                if str(why) != "too many kernels" or not roomy:
                    return None
                self.begin(roomy[0])
            except (Undefined, RecursionError, OverflowError, ZeroDivisionError):
                return None
        return None

    def everywhere(self, left: sp.Expr, right: sp.Expr, most: int, definite: bool) -> list[Cell] | None:
        # a sign that was guessed held for the formulas that asked for it, not for the next ones
        waiting = [self.kernels.inside(i.signs.cell) if i.signs.guessed else i for i in reversed(self.cells)]
        met: list[Inside] = []
        done: list[Cell] = []
        for _ in range(most):
            if not waiting:
                self.cells, self.unused = met, False
                return done or None
            inside = waiting.pop()
            try:
                if not self.holds(inside, left, right, definite):
                    return None
                done.append(inside.signs.cell)
            except Split as split:
                waiting += map(self.kernels.inside, reversed(split.cells))
                continue
            except Empty:
                pass
            met.append(inside)
        return None

    def holds(self, inside: Inside, left: sp.Expr, right: sp.Expr, definite: bool) -> bool:
        """Whether the equation holds in this cell."""
        self.kernels.enter(inside)
        convert, field = Converter(self.kernels, inside.elements), self.kernels.field
        difference = convert(left) - convert(right)
        if not field.vanishes(difference):
            return False
        if not definite:
            return True
        den = field.reduce(Ratio(difference.den, field.unit))
        return not (inside.signs.cell.signs or inside.signs.guessed or not inside.signs.of(den))
