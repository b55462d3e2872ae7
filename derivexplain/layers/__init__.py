"""The catalogue: every Layer class that a family's file defines, by its name.

Adding a layer is writing its class in a family's file; nothing else lists it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cached_property

from ..layer import Layer


class Catalogue(Mapping[str, type[Layer]]):
    """All layers, name -> class, in the order of families and of their files; read on first use."""

    @cached_property
    def _classes(self) -> dict[str, type[Layer]]:
        found: dict[str, type[Layer]] = {}
        for info in pkgutil.iter_modules(__path__):
            module = importlib.import_module(f"{__name__}.{info.name}")
            for value in vars(module).values():
                mine = isinstance(value, type) and issubclass(value, Layer) and value.__module__ == module.__name__
                if mine and value.formula:
                    found[value.name] = value
        return found

    def __getitem__(self, name: str) -> type[Layer]:
        return self._classes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)


catalogue = Catalogue()


def __getattr__(name: str) -> type[Layer]:
    """``from derivexplain.layers import Affine``, whichever family it is of."""
    found = {c.__name__: c for c in catalogue.values()}.get(name) if name[:1].isupper() else None
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
