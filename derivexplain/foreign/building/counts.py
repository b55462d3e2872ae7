"""Counts: sizes that a file works out of data that are not there, and those of the parameters that it makes itself.

``m, n = data.shape`` is how many examples there are, for a backward that divides by m; ``init_params()`` says that
there are ten classes, for targets that are made ten wide.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...checking.source import text_of
from ...checking.subject import quiet
from ..text.code import Code, backward_of
from ..text.surroundings import read_by
from ..text.things import attributes, normal, parameters, required, return_names
from ..text.uses import divides_alone, space_of

MARK = "_derivexplain_counts"  # the names in a file's surroundings that stand for the number of examples
LONGEST = 100  # a length that may be another is shorter than this
PARTS = ("W1", "b1", "W2", "b2")


def counts_examples(code: Code, name: str) -> bool:
    """Whether what a constructor keeps of an argument is what backward divides by: how many examples there are."""
    methods = code.methods
    if code.style != "class" or backward_of(code) is None or name in attributes(code.front, methods, "LOAD_ATTR"):
        return False
    if name not in attributes(code.back, methods, "LOAD_ATTR"):
        return False  # np.sqrt(1 / self.input_size), where weights are made
    return divides_alone(code.source.text, f"self.{name}")


def set_examples(code: Code, examples: int) -> None:
    """Put the number of examples where a pair's backward divides by one that its file has not worked out."""
    back = code.functions[-1] if code.style == "pair" and code.functions else None
    space = getattr(back, "__globals__", None)
    if back is None or space is None or not hasattr(back, "__code__"):
        return
    known = space.setdefault(MARK, {})
    if back not in known:
        lost = [n for n in dict.fromkeys(read_by(back.__code__)) if n not in space and n not in vars(np)]
        known[back] = [n for n in lost if divides_alone(text_of(back), n)]
    space.update(dict.fromkeys(known[back], examples))


def as_made(code: Code, conventions: Any) -> list[Any]:
    """The scenes of a network whose parameters, given one by one, another function of the file makes."""
    names = [p.name for p in required(code.forward_args)]
    numbered = {normal(n)[:1].upper().replace("B", "b") + normal(n)[1:]: n for n in names}
    found = {r: n for r, n in numbered.items() if re.fullmatch(r"[Wb]\d", r)}
    if code.style != "pair" or not {*PARTS} <= {*found} or not code.functions:
        return []
    wanted = {r: normal(n) for r, n in found.items()}
    for function in space_of(code).values():
        if not inspect.isfunction(function) or required(parameters(function)):
            continue
        given = [normal(n) for n in return_names(function)]
        if {*wanted.values()} <= {*given} and (made := run(function)) is not None and len(made) == len(given):
            shapes = {r: np.shape(made[given.index(n)]) for r, n in wanted.items()}
            return scenes(shapes, conventions)
    return []


def as_beside(code: Code, conventions: Any) -> Iterator[Any]:
    """The scenes of a network whose parameters stand beside its functions: as wide as the first of them."""
    shapes = [np.shape(space_of(code)[n]) for n in code.beside]
    for tall, wide in [s for s in shapes if len(s) == 2][:1]:
        for way, x in (("rows", f"(N,{tall})"), ("columns", f"({wide},N)")):
            name = f"{way} are examples, as wide as the weights beside"
            yield conventions.Scene(name, {**conventions.COMMON, "x": x, "other": x})


def run(function: Any) -> tuple[Any, ...] | None:
    try:
        with quiet():
            made = function()
    except (Exception, SystemExit):
        return None
    return made if isinstance(made, tuple) else None


def scenes(shapes: Mapping[str, tuple[int, ...]], conventions: Any) -> list[Any]:
    """One scene, of columns or of rows, where these shapes go together; very long axes are as short as others."""
    (tall, wide), (out, inner) = (s if len(s) == 2 else (0, 0) for s in (shapes["W1"], shapes["W2"]))
    rows = wide == out and shapes["b1"][-1:] != (1,)
    if not rows and tall != inner:
        return []
    letters, several = iter("DHTXV"), len(shapes) > len(PARTS)
    end = shapes[max(n for n in shapes if n[0] == "W")][1 if rows else 0]  # as wide as targets are made
    lengths = {n: 0 for s in shapes.values() for n in s}
    short = [n for n in lengths if n > LONGEST or (several and n not in (1, end))]
    known = {n: next(letters, str(n)) if n in short else str(n) for n in lengths}
    specs = {r: f"({','.join(known[n] for n in s)})" for r, s in shapes.items()}
    x = f"(N,{known[tall]})" if rows else f"({known[wide]},N)"
    name = f"{'rows' if rows else 'columns'} are examples, as the file makes its weights"
    return [conventions.Scene(name, {**conventions.COMMON, **specs, "x": x, "other": x})]
