"""How far an index runs, read off the arrays whose entries it counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import sympy as sp

from ..errors import ShapeError
from ..indices import parts, remembered
from ..symbols import Over
from .named import Named

Letters = tuple[str | None, ...]


def measure(expr: Any, env: Mapping[str, Any]) -> dict[str, int]:
    """The length of each free index."""
    return agreed(counted(expr, env))


def agreed(told: Iterable[tuple[str, str, int]]) -> dict[str, int]:
    """One length for each index; raises ShapeError where two arrays disagree."""
    sizes: dict[str, tuple[str, int]] = {}
    for name, i, n in told:
        first, known = sizes.setdefault(i, (name, n))
        if known != n:
            there = f"over {known} values in {first} and over {n} in {name}"
            if first == name:
                there = f"over {known} and over {n} values in {name}"
            raise ShapeError(f"the index {i} runs {there}", mend="give the arrays sizes that agree")
    return {i: n for i, (_, n) in sizes.items()}


def lengths_inside(expr: Any, env: Mapping[str, Any], known: Mapping[str, int] = {}) -> dict[str, int]:  # noqa: B006
    """The lengths of bound indices, for an N_k that stands outside of its sum and is not known."""
    lengths = [s.name[2:] for s in expr.free_symbols if s.is_Symbol and s.name.startswith("N_")]
    if all(name in known for name in lengths):
        return {}
    return {i: n for over in sorted(expr.atoms(Over), key=str) for _, i, n in counted(over.body, env)}


def counted(expr: Any, env: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """(array, letter, length) for every entry with a plain letter that is free."""
    for entry, name, letters in entries(expr):
        if name in env:
            shape = shape_of(env[name])
            if len(shape) != len(letters):
                axes = f"{len(letters)} {'index' if len(letters) == 1 else 'indices'}"
                raise ShapeError(
                    f"{entry} has {axes}, but {name} has shape {shape}",
                    mend=f"write an index for each of its {len(shape)} axes, or give {name} {len(letters)}",
                )
            yield from ((name, i, n) for i, n in zip(letters, shape, strict=True) if i is not None)


def shape_of(value: Any) -> tuple[int, ...]:
    return value.shape if isinstance(value, Named | np.ndarray) else np.shape(value)


@remembered
def entries(expr: Any) -> tuple[tuple[sp.Indexed, str, Letters], ...]:
    """Every entry with its name and subscripts, None for one that is bound or no plain letter."""
    inner = [found for a in (expr.indices if isinstance(expr, sp.Indexed) else expr.args) for found in entries(a)]
    if isinstance(expr, Over):
        inner = [(e, name, tuple(None if i == expr.index.name else i for i in letters)) for e, name, letters in inner]
    elif isinstance(expr, sp.Indexed):
        inner = [(expr, parts(expr)[0], tuple(i.name if i.is_Symbol else None for i in expr.indices)), *inner]
    return tuple(dict.fromkeys(inner))


@remembered
def counters(over: Over) -> tuple[tuple[str, int], ...]:
    """The arrays, and which axis of theirs, that a bound letter counts."""
    found = [
        (name, at) for _, name, letters in entries(over.body) for at, i in enumerate(letters) if i == over.index.name
    ]
    return tuple(dict.fromkeys(found))
