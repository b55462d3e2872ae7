"""Summed: gradients that come for each example, where what calls backward sums them: ``b -= db.sum(axis=0)``."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from ...checking.contract import expandable
from ...errors import InputError
from ...python_text import parse
from ..text.code import Code
from ..text.gradients import last, spellings
from ..text.things import normal

WAYS = ("sum", "mean", "average")


def for_each(gradients: Mapping[str, Any], shapes: Mapping[str, Any], code: Code, conventions: Any) -> dict[str, Any]:
    """Those of the gradients that come with an axis of examples which the caller sums: summed."""
    known = {n: np.shape(g) for n, g in gradients.items() if g is not None and n in shapes}
    wide = [n for n, large in known.items() if large != shapes[n] and expandable(shapes[n], large) and len(large) > 1]
    told = summed(code.source.path, code.names) if wide else frozenset()
    own = [n for n in wide if not told.isdisjoint(spellings(last(n), conventions))]
    whole = {n: np.sum(gradients[n], axis=0) for n in own}
    return {n: np.reshape(g, shapes[n]) for n, g in whole.items() if np.size(g) == np.prod(shapes[n])}


@lru_cache(64)
def summed(path: str, own: tuple[str, str]) -> frozenset[str]:
    """The names of what a file sums over its rows, these functions left out: db of ``np.sum(layer.db, axis=0)``."""
    try:
        _, tree = parse(path)
    except (InputError, OSError, ValueError):
        return frozenset()
    calls = [n for n in outside(tree, own) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    found = set()
    for n in calls:
        free = getattr(n.func.value, "id", "") in ("np", "numpy")
        of, *more = [*n.args, None] if free else [n.func.value, *n.args]
        axes = [*(k.value for k in n.keywords if k.arg == "axis"), *more[:1]]
        if n.func.attr in WAYS and any(getattr(a, "value", None) == 0 for a in axes):
            found.add(normal(word(of)))
    return frozenset(found - {""})


def outside(tree: ast.AST, own: Collection[str]) -> Iterator[ast.AST]:
    """All of a tree but the functions of these names."""
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.FunctionDef) and child.name in own):
            yield child
            yield from outside(child, own)


def word(node: ast.AST | None) -> str:
    """The last word of a name: b for grads["b"], db for self.layers[0].db; "" for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""
