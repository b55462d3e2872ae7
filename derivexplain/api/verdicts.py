"""Verdicts as people read them in a terminal: what was asked, what came out, where it fails and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from .. import typeset
from ..story import StepsVerdict, Verdict

HOW = {
    "identical": "both sides are the same",
    "algebra": "by algebra",
    "slope": "equal slopes and one equal value",
    "balls": "certified by ball arithmetic",
    "definedness": "only one side is defined there",
    "given": "given",
}
MARKS = {"proved": "proved", "agrees": "agrees, not proved", "refuted": "FALSE", "undecided": "undecided"}


def show(expr: Any) -> str:
    """A formula on one line, in textbook order; anything else as it is."""
    return typeset.text(typeset.tree(expr)) if isinstance(expr, sp.Basic) else str(expr)


def verdict_lines(v: Verdict) -> Iterator[str]:
    """The verdict, what was understood, conditions, the counterexample with both values, the slip."""
    yield status_line(v)
    yield from (f"  {name + ':':<9} {bounds(what)}" for name, what in v.understood)
    if v.conditions:
        yield "  where     " + ", ".join(map(show, v.conditions))
    if v.exceptions:
        yield "  except at " + ", ".join(map(show, v.exceptions))
    if v.counterexample is not None:
        yield f"  at {place(v)}: claimed {value(v.claimed)}, true {value(v.true)}"
    yield from (f"  {d.message}" for d in v.diagnosis)
    if v.note:
        yield f"  note: {v.note}"


def status_line(v: Verdict) -> str:
    """What came out, and how it was found."""
    how = f"{v.points} points, {v.digits} digits, not proved" if v.status == "agrees" else HOW.get(v.by, v.by)
    return f"{v.status} ({how})" if how else v.status


def steps_lines(result: StepsVerdict) -> Iterator[str]:
    """The lines as on a board, each with its verdict; below the first false one, why."""
    rows = [show(dict(v.understood)["line"]) for v in result]
    width = min(max(map(len, rows)), 72)
    for i, (v, row) in enumerate(zip(result, rows)):
        mark = "given" if v.by == "given" else MARKS[v.status]
        beside = f", {v.note}" if v.note and v.status != "refuted" else ""
        if v.exceptions and v.status != "refuted":
            beside += f"; except at {', '.join(map(show, v.exceptions))}"
        yield f"{i + 1:>3}  {'  ' if i == 0 else '= '}{row:<{width}}  [{mark}{beside}]"
        if i == result.first_false:
            yield from [f"       {v.note}"] if v.note else []
            yield f"       at {place(v)} this line is {value(v.claimed)}, the one before {value(v.true)}"
            yield from (f"       {d.message}" for d in v.diagnosis)
    false = result.first_false
    yield "every line stands" if false is None else f"line {false + 1} is the first false one"


def bounds(what: Any) -> str:
    if isinstance(what, tuple):
        low, high = what
        return f"{'-∞' if low is None else show(low)} to {'∞' if high is None else show(high)}"
    return show(what)


def place(v: Verdict) -> str:
    return ", ".join(f"{name} = {number}" for name, number in (v.counterexample or {}).items())


def value(number: Any) -> str:
    if number is None:
        return "undefined"
    return f"{number:.12g}" if isinstance(number, float) else str(number)
