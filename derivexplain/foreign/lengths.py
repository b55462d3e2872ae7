"""Lengths: of what functions take entry by entry, ``x[0]**2 + x[1]``, or put into a matrix beside them, ``x @ A``.

Such a function is one of a vector that has this length and no other, and no rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..checking.subject import floats_within
from .code import Code, method_of
from .feeding import data_arguments
from .surroundings import read_by
from .things import required

OWN = "of its own length"
WIDEST = 40  # of what is built in, and still looked through entry by entry
PRODUCTS = r"@|\b(dot|matmul|outer|inner|einsum|axis|shape)\b|\.T\b"  # what takes rows, whatever they are called


def own_lengths(code: Code, conventions: Any) -> Iterator[Any]:
    """Scenes of one vector, or column, as long as the code says."""
    if not code.local or len(data_arguments(code)) != 1:
        return
    (argument,) = data_arguments(code)
    if shape := counted(code, argument.name):
        yield scene("column" if "," in shape else "vector", f"({shape})", conventions)
    for n in dict.fromkeys(kept_beside(code)):
        yield scene("vector", f"({n})", conventions)


def scene(form: str, shape: str, conventions: Any) -> Any:
    return conventions.Scene(f"a {form} {OWN}", {**conventions.COMMON, "x": shape})


def counted(code: Code, name: str) -> str:
    """The shape of an argument whose entries are taken one by one, ``x[0]`` and ``x[1]``; else ""."""
    front = method_of(code.source.text, code.names[0])
    if front is None or re.search(PRODUCTS, ast.unparse(front)):
        return ""
    taken = (n for n in ast.walk(front) if isinstance(n, ast.Subscript) and getattr(n.value, "id", "") == name)
    found = {ast.unparse(n.slice).strip("()") for n in taken}
    flat = {str(k) for k in range(len(found))}
    if len(found) < 2 or found not in (flat, {f"{k}, 0" for k in flat}):
        return ""
    return f"{len(found)}" if found == flat else f"{len(found)},1"


def kept_beside(code: Code) -> Iterator[int]:
    """The sides of the square matrices that functions find beside them, or that a class has built in."""
    for a in arrays_beside(code):
        if isinstance(a, np.ndarray) and a.ndim == 2 and 1 < a.shape[0] == a.shape[1] <= WIDEST:
            yield len(a)


def arrays_beside(code: Code) -> list[Any]:
    if code.style != "pair":
        try:
            return [] if required(code.constructor) else [a for _, a in floats_within(code.build([]))]
        except (Exception, SystemExit):
            return []
    known = [(f.__globals__, n) for f in code.functions if hasattr(f, "__code__") for n in read_by(f.__code__)]
    return [space.get(n) for space, n in known]
