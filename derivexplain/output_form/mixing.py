"""Forms in x and y together: one kernel of y = f(x) is eliminated from the derivative, or y named inside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from ..kernels import Fraction, Ring, TooLarge
from ..spelling import Identities, cost, orient
from .stages import Stage, name_output


def forms(f: sp.Expr, slope: sp.Expr, x: Any, y: Any, identities: Identities) -> Iterator[Any]:
    """Candidates, the cheapest first."""
    found: dict[sp.Expr, Any] = {}
    named = name_output(slope, f, y, x)
    if named != slope:
        found[named] = Stage("name-output", named, ((y, f),))
    try:
        ring = Ring(f, slope, y, identities=identities.result)
        value, change = ring.fraction(f), ring.fraction(slope)
    except TooLarge:
        yield from (found[form] for form in sorted(found, key=cost))
        return
    equation = value.top - ring.letter(y) * value.below  # vanishes where y = f(x)
    for i, kernel in enumerate(ring.kernels):
        if kernel == y or not kernel.has(x):
            continue
        try:
            if equation.degrees()[i] == 1:
                a, b = ring.coefficients(equation, i, 1)
                solution = ring.reduced(-b, a)
                letters = ((kernel, orient(sp.Mul(ring.factored(solution.top), 1 / ring.factored(solution.below)))),)
                for spelling in map(orient, ring.spellings(ring.exchanged(change, i, solution))):
                    found.setdefault(spelling, Stage("solve-kernel", spelling, letters))
        except TooLarge:
            continue
    rest = Fraction(divmod(change.top, equation)[1], change.below)
    for spelling in map(orient, ring.spellings(rest)):
        found.setdefault(spelling, Stage("name-output", spelling, ((y, f),)))
    for form in sorted(found, key=lambda form: (cost(form)[0] + form.count(x), cost(form))):  # x met once is best
        if form.has(y):
            yield found[form]
