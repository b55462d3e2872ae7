"""Stated: the shapes that a text says its arguments have: ``query (B, D), keys (B, T, E)``, ``w: (d x 1)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

from ..text.code import Code, method_of
from ..text.modelled import indices
from ..text.things import required

FIRST = {"B": "N", "m": "N", "n": "N", "batch": "N", "batch_size": "N"}  # how many examples there are
SPARE = ("D", "M", "H", "T", "Y", "X")  # lengths for other letters, all different
SHAPE = r"\b{0}\b[^\n()]{{0,60}}?\(([A-Za-z_]\w*|\d+)((?:(?: *, *| +[x×] +)(?:[A-Za-z_]\w*|\d+))*) *,? *\)"
NUMBERS = ("scalar", "float", "number", "constant")  # of a shape that is none


def stated(code: Code, conventions: Any) -> list[Any]:
    """The scene of the shapes that forward's docstring states for all of its arguments, and what each is."""
    wanted = [p.name for p in required(code.forward_args)]
    function = method_of(code.source.text, code.names[0] or code.name)
    words = (ast.get_docstring(function) or "") if function else ""
    if not words or len(wanted) < 2 or required(code.constructor):
        return []
    told = [re.search(SHAPE.format(re.escape(n)), words) for n in wanted]
    if not all(told):
        return []
    shapes = [re.sub(r" x ", ",", m[1] + m[2]) for m in told if m]
    lengths = [[] if shape in NUMBERS else re.findall(r"\w+", shape) for shape in shapes]
    letters = renamed(lengths, conventions)
    picks = indices(function) if function else set()  # scores[np.arange(T), tags]: numbers of classes
    wide = next((of[-1] for n, of in zip(wanted, letters) if of and n not in picks), "")
    given = tuple(
        f"lab({','.join(of)})<{wide}" if n in picks and wide else f"({','.join(of)})" if of else "=0.3"
        for n, of in zip(wanted, letters)
    )
    scene = conventions.Scene("shapes as the text states them", {**conventions.COMMON, "x": given[0]})
    return [(scene, given)]


def renamed(shapes: Sequence[Sequence[str]], conventions: Any) -> list[list[str]]:
    """The same in letters that have lengths, a length for each letter of the text."""
    used = list(dict.fromkeys(n for shape in shapes for n in shape))
    own = {n: n for n in used if n in conventions.SIZES or n.isdigit()}
    for n in (n for n in used if n not in own):
        first = FIRST.get(n, "")
        free = [first, *SPARE] if first else [*SPARE]
        own[n] = next((k for k in free if k not in own.values()), "D")
    return [[own[n] for n in shape] for shape in shapes]
