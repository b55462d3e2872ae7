"""Under which conditions both sides are defined: x > 0, -1 < x, x < 1, b != 0; nothing where it is certain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp
from flint import fmpq
from sympy.core.relational import Ne, StrictGreaterThan, StrictLessThan

from .algebra import Converter
from .balls import Balls
from .field import Field, Unprovable
from .kernels import Kernels, Refine
from .numbers import Unclear, Undefined
from .points import Domain, exact_interval
from .signs import Bound, Cell, Empty, Split

ARGUMENTS = {  # function -> what must be positive
    sp.log: lambda x: x,
    sp.loggamma: lambda x: x,
    sp.asin: lambda x: 1 - x**2,
    sp.acos: lambda x: 1 - x**2,
    sp.atanh: lambda x: 1 - x**2,
    sp.erfinv: lambda x: 1 - x**2,
    sp.acosh: lambda x: x - 1,
    sp.li: lambda x: x,
    sp.Ci: lambda x: x,
    sp.Chi: lambda x: x,
    sp.bessely: lambda n, x: x,
    sp.besselk: lambda n, x: x,
}
NOT_ZERO = {sp.cot: sp.sin, sp.csc: sp.sin, sp.tan: sp.cos, sp.sec: sp.cos, sp.coth: sp.sinh, sp.csch: sp.sinh}


def needs(expressions: Iterable[sp.Expr]) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """(what must be positive, what must not be zero) for these to be real; branches are not looked into."""
    positive: dict[sp.Expr, None] = {}
    nonzero: dict[sp.Expr, None] = {}

    def walk(e: sp.Basic) -> None:
        if isinstance(e, sp.Piecewise):
            return
        if isinstance(e, sp.Pow) and not e.base.is_number:
            exponent = e.exp
            if exponent.is_integer:
                if not exponent.is_nonnegative:
                    nonzero[e.base] = None
            else:
                positive[e.base] = None
        elif e.func in ARGUMENTS:
            positive[ARGUMENTS[e.func](*e.args)] = None
        elif e.func in NOT_ZERO:
            nonzero[NOT_ZERO[e.func](e.args[0])] = None
        for a in e.args:
            if isinstance(a, sp.Expr):
                walk(a)

    for e in expressions:
        walk(e)
    return [u for u in positive if u.free_symbols], [u for u in nonzero if u.free_symbols]


def conditions(expressions: Iterable[sp.Expr], domain: Domain) -> tuple[Any, ...]:
    """The relations, simplified, that the domain does not already contain."""
    positive, nonzero = needs(expressions)
    cells = [Cell({s: exact_interval(b) for s, b in domain.items()})]
    whole = cells[0]
    out: list[Any] = []
    for u in positive:
        found = parts(u, cells)
        if found is None:
            remember(out, sp.Gt(u, 0))
            continue
        cells = [c for c, s in found if s > 0]
    cells = joined(cells, positive)
    out += [r for letter in letters_of_cells(cells) for r in relations(letter, cells, whole)]
    for u in nonzero:
        found = parts(u, cells)
        if found is None and u not in positive:
            remember(out, Ne(u, 0))
        elif found is not None and len(found) > len(cells):
            for r in cuts(found, cells):
                remember(out, r)
    return tuple(out)


def remember(relations: list[Any], relation: Any) -> None:
    if relation not in relations and relation is not sp.true:
        relations.append(relation)


def parts(u: sp.Expr, cells: list[Cell]) -> list[tuple[Cell, int]] | None:
    """Each cell cut into pieces on which u has one sign; None where intervals cannot say it."""
    out: list[tuple[Cell, int]] = []
    waiting = list(cells)
    scales: dict[Any, int] = {}
    while waiting:
        cell = waiting.pop(0)
        kernels = Kernels(Field(), scales)
        kernels.enter(kernels.inside(cell))
        try:
            element = kernels.field.canonical(Converter(kernels)(u))
            out.append((cell, kernels.signs.of(element)))
        except Split as split:
            if any(c.signs for c in split.cells) or len(out) + len(waiting) > 12:
                return None
            waiting = split.cells + waiting
        except Refine as refine:
            scales[refine.key] = refine.scale
            waiting.insert(0, cell)
        except (Unprovable, Undefined, Empty, RecursionError):
            return None
    return out


def letters_of_cells(cells: list[Cell]) -> list[Any]:
    return sorted({s for c in cells for s in c.intervals}, key=str)


def joined(cells: list[Cell], positive: list[sp.Expr]) -> list[Cell]:
    """Neighbours in one letter put together where everything is positive on the border too."""
    out: list[Cell] = []
    for cell in cells:
        last = out[-1] if out else None
        shared = [s for s in cell.intervals if last and last.interval(s) != cell.interval(s)]
        if last and len(shared) == 1:
            (x,) = shared
            border = cell.interval(x)[0]
            if border is not None and border == last.interval(x)[1] and positive_at(positive, x, border):
                out[-1] = Cell({**cell.intervals, x: (last.interval(x)[0], cell.interval(x)[1])})
                continue
        out.append(cell)
    return out


def positive_at(positive: list[sp.Expr], x: Any, border: fmpq) -> bool:
    try:
        return all(Balls({x: border})(u) > 0 for u in positive if u.free_symbols == {x})
    except (Unclear, Undefined):
        return False


def relations(letter: Any, cells: list[Cell], whole: Cell) -> list[Any]:
    """The union of the cells' intervals as relations, e.g. (0, 2) and (2, oo): x > 0, x != 2."""
    merged: list[list[Bound]] = []
    holes: list[fmpq] = []
    for low, high in sorted({c.interval(letter) for c in cells}, key=lambda b: (b[0] is not None, b[0] or fmpq(0))):
        if merged and merged[-1][1] == low and low is not None:
            holes.append(low)
            merged[-1][1] = high
        else:
            merged.append([low, high])
    if len(merged) != 1:
        return [sp.Or(*(sp.And(*one_interval(letter, a, b, (None, None))) for a, b in merged))] if merged else []
    (low, high), *_ = merged
    return [*one_interval(letter, low, high, whole.interval(letter)), *(Ne(letter, rational(h)) for h in holes)]


def one_interval(letter: Any, low: Bound, high: Bound, known: tuple[Bound, Bound]) -> list[Any]:
    out: list[Any] = []
    if low is not None and low != known[0] and not (letter.is_positive and low <= 0):
        out.append(StrictGreaterThan(letter, rational(low)))
    if high is not None and high != known[1]:
        out.append(StrictLessThan(letter, rational(high)))
    return out


def cuts(found: list[tuple[Cell, int]], cells: list[Cell]) -> list[Any]:
    """Where something vanishes inside the cells: the new ends that the cut has made."""
    out = []
    for letter in letters_of_cells([c for c, _ in found]):
        old = {b for c in cells for b in c.interval(letter)}
        new = {b for c, _ in found for b in c.interval(letter)} - old
        out += [Ne(letter, rational(b)) for b in sorted(b for b in new if b is not None)]
    return out


def rational(q: fmpq) -> sp.Rational:
    """A cut as a number people read: an irrational root is told to 12 digits."""
    exact = sp.Rational(int(q.p), int(q.q))
    return exact if exact.q < 1 << 40 else sp.Float(exact, 12)
