"""Equations that use the past: which belong together, and their values step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sympy as sp

from ..indices import parts
from ..story import Equation
from .lengths import entries

Block = tuple[Equation, ...]


def runs(names: Sequence[str], uses: Sequence[Collection[str]]) -> Iterator[slice]:
    """What is computed in this order, cut into runs: those together that use each other before they are there."""
    place = {name: n for n, name in enumerate(names)}
    start = 0
    while start < len(names):
        n = end = start
        while n <= end:
            end = max(end, *(place.get(used, 0) for used in uses[n]), 0)
            n += 1
        yield slice(start, end + 1)
        start = end + 1


def blocks(equations: Sequence[Equation]) -> Iterator[Block]:
    """The equations in order, those together that use entries of each other which come later in the list."""
    names, uses = [parts(e.lhs)[0] for e in equations], [arrays_in(e.rhs) for e in equations]
    return (tuple(equations[run]) for run in runs(names, uses))


def recurs(block: Block) -> bool:
    """Whether the equations need the values of steps before."""
    return len(block) > 1 or parts(block[0].lhs)[0] in arrays_in(block[0].rhs)


def at_step(entry: Any, t: int) -> tuple[str, tuple[Any, ...], dict[Any, sp.Integer]]:
    """The name of an entry, its indices without the first, and the first one standing at one step."""
    name, (time, *rest) = parts(entry)
    return name, tuple(rest), {time: sp.Integer(t)}


def arrays_in(expr: Any) -> set[str]:
    return {name for _, name, _ in entries(expr)}
