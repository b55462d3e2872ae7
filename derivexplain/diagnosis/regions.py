"""Regions: a claim that is right on one side of a bound, up to another bound, or at some points only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair

from ..story import Diagnosis
from . import writing
from .case import UNKNOWN, Case
from .values import CLOSE, NEEDED, value

FEWEST = 3  # points of a region, below which nothing is said about it
TRIED = (0, 1, -1, 2, -2, sp.Rational(1, 2), -sp.Rational(1, 2), 3, -3)  # where a number is put in too early
TINY = 1e-10  # values below which digits are lost rather than wrong
ENOUGH = 3  # points at which a claim that is no number must be right before that is worth telling

Show = Callable[[Any], str]
Table = dict[Any, Any]  # a condition, and whether it holds at each point


def explained(case: Case, spelled: list[Any], show: Show) -> Iterator[Diagnosis]:
    """Where the claim is right, if that can be said in a few words; `spelled` are ways to write what is right."""
    size = np.abs(case.right) + np.abs(case.target)
    good = np.abs(case.right - case.target) <= CLOSE * size
    usable = np.isfinite(case.right) & np.isfinite(case.target) & ((size > TINY) | (size == 0))
    if usable.sum() >= NEEDED and good[usable].any():
        meant = {c: holds for e in spelled for c, holds in conditions(case, e).items()}
        stated = conditions(case, case.claimed)
        yield from _moved(meant, stated, usable, good, show)
        zero = {case.x > 0: np.broadcast_to(case.env[case.x] > 0, case.right.shape)}
        yield from _one_sided(zero | meant | stated, usable, good, show)
    elif not case.others:
        yield from _at_points(case, show)


def conditions(case: Case, expr: Any) -> Table:
    """The conditions that an expression turns on, simplest first, and whether they hold at each point."""
    found = {pair.cond for pair in expr.atoms(ExprCondPair)} | expr.atoms(Relational)
    found |= {a.args[0] > 0 for a in expr.atoms(sp.Abs)}
    table: Table = {}
    for c in sorted(
        (c for c in found if c.args and not isinstance(c, sp.Eq | sp.Ne)), key=lambda c: (sp.count_ops(c), str(c))
    ):
        try:
            table[c] = np.broadcast_to(value(c, case.env), case.right.shape)
        except UNKNOWN:
            continue
    return table


def _moved(meant: Table, stated: Table, usable: Any, good: Any, show: Show) -> Iterator[Diagnosis]:
    """Wrong exactly between the bound that belongs there and the one that stands there."""
    for (right, holds), (wrong, held) in product(meant.items(), stated.items()):
        between = usable & (holds != held)
        if between.sum() >= FEWEST and (good == ~between)[usable].all():
            says = f"the bound {show(wrong)} is wrong: {show(right)} belongs there"
            yield Diagnosis("threshold", says, show(wrong))
            return


def _one_sided(known: Table, usable: Any, good: Any, show: Show) -> Iterator[Diagnosis]:
    """Right on one side of a bound, wrong on the other."""
    for condition, holds in known.items():
        for side, where, elsewhere in ((holds, condition, sp.Not(condition)), (~holds, sp.Not(condition), condition)):
            inside, outside = usable & side, usable & ~side
            enough = inside.sum() >= FEWEST and outside.sum() >= FEWEST
            if enough and good[inside].all() and not good[outside].any():
                says = f"the claim is right for {show(where)}, but wrong for {show(_open(elsewhere))}"
                yield Diagnosis("branch", says, show(_open(elsewhere)))
                return


def _open(condition: Any) -> Any:
    """Without its bound itself, where nobody wants to be pinned down."""
    strict = {sp.Le: sp.Lt, sp.Ge: sp.Gt}.get(type(condition))
    return strict(*condition.args) if strict else condition


def _at_points(case: Case, show: Show) -> Iterator[Diagnosis]:
    """A number put in too early, or a formula that meets the right one here and there."""
    true, claimed = (case.inside(e) for e in (case.true, case.claimed))
    true = writing.unmarked(true)
    hits = [n for n in map(sp.sympify, TRIED) if _meet(true, claimed, case.x, n)]
    if len(hits) >= (1 if claimed.is_number else ENOUGH):
        where = ", ".join(f"{case.x} = {show(n)}" for n in hits[:ENOUGH])
        at = f"only at {where}" if claimed.is_number else f"at some points only, such as {where}"
        yield Diagnosis("points-only", f"the claim is right {at}", show(case.claimed))


def _meet(a: Any, b: Any, x: Any, at: Any) -> bool:
    try:
        gap, size = (float(value(e, {x: float(at)})) for e in (a - b, a))
    except UNKNOWN:
        return False
    return abs(gap) <= 1e-12 * (1 + abs(size))
