"""Older: what NumPy had and has removed, there again while older code is at work; and views stay in their array."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial, wraps
from typing import Any

import numpy as np

OLD_NAMES: dict[str, Any] = {  # NumPy's own, until they were removed
    "float": float, "int": int, "bool": bool, "object": object, "str": str, "complex": complex, "long": int,
    "float_": np.float64, "complex_": np.complex128, "Inf": np.inf, "Infinity": np.inf, "infty": np.inf,
    "NINF": -np.inf, "PINF": np.inf, "NaN": np.nan, "NAN": np.nan, "NZERO": -0.0, "PZERO": 0.0, "bool8": np.bool_,
    "product": np.prod, "cumproduct": np.cumprod, "sometrue": np.any, "alltrue": np.all, "in1d": np.isin,
    "row_stack": np.vstack, "asfarray": partial(np.asarray, dtype=float), "trapz": getattr(np, "trapezoid", None),
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
