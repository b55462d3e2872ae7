"""Older: names that NumPy had and has removed, there again while older code is at work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
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
    vars(np).update({n: OLD_NAMES[n] for n in lost})
    try:
        yield
    finally:
        for n in lost:
            vars(np).pop(n, None)
