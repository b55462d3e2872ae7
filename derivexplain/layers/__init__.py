"""The catalogue: every Layer class that a family's file defines, by its name.

Adding a layer is writing its class in a family's file; nothing else lists it.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ..layer import Layer


@cache
def catalogue() -> dict[str, type[Layer]]:
    """All layers, name -> class, in the order of families and of their files."""
    found: dict[str, type[Layer]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Layer) and value.__module__ == module.__name__:
                if value.formula:
                    found[value.name] = value
    return found
