"""Values with named axes, and how they come together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import InputError

Axes = tuple[str, ...]
Value = tuple[Any, Axes]


@dataclass(frozen=True)
class Named:
    """An array whose last axes go by names of their own, beside those that its entry's indices name."""

    array: Any
    axes: Axes

    @property
    def shape(self) -> tuple[int, ...]:
        """Without the axes that are named."""
        return self.array.shape[: self.array.ndim - len(self.axes)]


def size(i: str, sizes: Mapping[str, int]) -> int:
    """How far an index runs."""
    try:
        return sizes[i]
    except KeyError:
        raise InputError(
            f"nothing tells how far the index {i} runs", mend=f"give its length in sizes={{'{i}': ...}}"
        ) from None


def spread(value: Any, found: Axes, wanted: Axes, sizes: Mapping[str, int] | None = None) -> Any:
    """A value brought to the wanted axes; where it lacks one, it is repeated (or has length 1)."""
    if found == wanted:
        return value
    value = np.asarray(value)
    trailing = value.ndim - len(found)  # without indices: NumPy's own broadcasting
    order, places = turning(found, wanted)
    turned = value.transpose(*order, *range(len(found), value.ndim))[places]
    if sizes is None or trailing:
        return turned
    return np.broadcast_to(turned, [size(a, sizes) for a in wanted])


@lru_cache(maxsize=1 << 12)
def turning(found: Axes, wanted: Axes) -> tuple[tuple[int, ...], tuple[slice | None, ...]]:
    """The order in which axes are taken, and where new ones of length 1 stand between them."""
    return tuple(found.index(a) for a in wanted if a in found), tuple(
        slice(None) if a in found else None for a in wanted
    )


def together(values: list[Value]) -> tuple[list[Any], Axes]:
    """Values over the union of their axes, ready for NumPy's broadcasting."""
    axes = union(tuple(found for _, found in values))
    return [spread(v, found, axes) if found else v for v, found in values], axes


@lru_cache(maxsize=1 << 12)
def union(every: tuple[Axes, ...]) -> Axes:
    return tuple(dict.fromkeys(a for found in every for a in found))
