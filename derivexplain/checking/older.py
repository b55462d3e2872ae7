"""Older: what NumPy had and has removed, there again while older code is at work; and views stay in their array."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from functools import partial, wraps
from typing import Any

import numpy as np

from ..objects import number

OLD_NAMES: dict[str, Any] = {  # NumPy's own, until they were removed
    "float": float, "int": int, "bool": bool, "object": object, "str": str, "complex": complex, "long": int,
    "float_": np.float64, "complex_": np.complex128, "Inf": np.inf, "Infinity": np.inf, "infty": np.inf,
    "NINF": -np.inf, "PINF": np.inf, "NaN": np.nan, "NAN": np.nan, "NZERO": -0.0, "PZERO": 0.0, "bool8": np.bool_,
    "product": np.prod, "cumproduct": np.cumprod, "sometrue": np.any, "alltrue": np.all, "in1d": np.isin,
    "row_stack": np.vstack, "mat": np.asmatrix,
    "asfarray": partial(np.asarray, dtype=float), "trapz": getattr(np, "trapezoid", None),
}  # fmt: skip


@contextlib.contextmanager
def old_names() -> Iterator[None]:
    """NumPy as older code knows it."""
    lost = [n for n in OLD_NAMES if n not in vars(np)]
    tricks, plain, view = np.lib.stride_tricks, np.reshape, np.lib.stride_tricks.as_strided
    vars(np).update({n: OLD_NAMES[n] for n in lost})

    @wraps(plain)
    def reshape(a: Any, *given: Any, newshape: Any = None, **named: Any) -> Any:
        return plain(a, *given, **named) if newshape is None else plain(a, newshape, *given, **named)

    @wraps(view)
    def as_strided(x: Any, shape: Any = None, strides: Any = None, *given: Any, **named: Any) -> Any:
        if shape is not None and strides is not None:
            stay(np.asarray(x), shape, strides)
        return view(x, shape, strides, *given, **named)

    np.reshape, tricks.as_strided = reshape, as_strided  # type: ignore[assignment]
    try:
        yield
    finally:
        np.reshape, tricks.as_strided = plain, view  # type: ignore[assignment]
        for n in lost:
            vars(np).pop(n, None)


def stay(x: np.ndarray, shape: Any, strides: Any) -> None:
    """ValueError where a view would reach beyond the memory of its array: reading on ends the process."""
    owner = x
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    first, last = np.lib.array_utils.byte_bounds(owner)
    ways = [(n - 1) * s for n, s in zip(np.atleast_1d(shape), np.atleast_1d(strides))]
    at = x.__array_interface__["data"][0]
    if at + sum(min(w, 0) for w in ways) < first or at + sum(max(w, 0) for w in ways) + x.itemsize > last:
        raise ValueError("as_strided: the view reaches beyond the array")


def entry(where: Any, value: Any) -> Any:
    """What is put into an array: a single entry as the number that it is."""
    single = isinstance(where, np.ndarray) and isinstance(value, np.ndarray) and value.size == 1
    return value.item() if single else value


HELPERS = {"__number__": number, "__entry__": partial(entry)}


def is_float_call(node: ast.AST) -> bool:
    """``float(b)`` of something that has yet to be worked out."""
    known = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    return known and len(node.args) == 1 and not isinstance(node.args[0], ast.Constant)  # type: ignore[attr-defined]


def fills(node: ast.AST) -> bool:
    """Whether a line writes what it has worked out to a place in an array, by several indices at once."""
    if not isinstance(node, ast.Assign | ast.AugAssign) or isinstance(node.value, ast.Constant):
        return False
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    indexed = isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Tuple)
    return indexed and not any(isinstance(n, ast.Call) for n in ast.walk(target.value))  # type: ignore[attr-defined]


@contextlib.contextmanager
def as_older(tree: ast.AST) -> Iterator[None]:
    """Arrays of one entry are taken for numbers, ``float(b)``, ``y[i, j] = w @ x + b[k]``, as long as this lasts."""
    changed: list[tuple[Any, str, ast.expr]] = []
    for node in [*ast.walk(tree)]:
        if is_float_call(node):
            changed.append((node, "func", node.func))
            node.func = ast.copy_location(ast.Name("__number__", ast.Load()), node.func)
        elif fills(node):
            changed.append((node, "value", node.value))
            target: Any = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            asked = ast.Call(ast.Name("__entry__", ast.Load()), [target.value, node.value], [])
            node.value = ast.fix_missing_locations(ast.copy_location(asked, node.value))
    try:
        yield
    finally:
        for node, part, was in reversed(changed):
            setattr(node, part, was)
