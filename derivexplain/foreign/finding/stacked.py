"""Stacked: containers that are given layers, ``Sequential(layers)``, ``model.add(layer)``, filled from their file.

What is to be seen of a container is whether it goes back through its layers in the other order, and hands on what
each of them gives: a product, a curve and another product tell. Without such layers there is nothing to check.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...checking.subject import quiet
from ...patience import patience
from ..text.modules import Module
from ..text.things import forward_of, matches, method, parameters, required, role, source_of
from ..text.uses import text_of

FILL, PARTS = "_derivexplain_fill", "_derivexplain_parts"
CURVE = r"\w*(tanh|sigmoid|softplus|swish|silu|gelu|relu|elu)\w*"
KINDS: Mapping[tuple[str, ...], tuple[str, str]] = {  # what a product is built of -> what the two of them are
    ("n_in", "n_out"): ("n_in, n_hidden", "n_hidden, n_out"),
    ("W", "b"): ("W1, b1", "W2, b2"),
}
ROWS = {"n_in": 3, "n_hidden": 4, "n_out": 2, "W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,), "x": (5, 3)}
COLUMNS = {**ROWS, "W1": (4, 3), "b1": (4, 1), "W2": (2, 4), "b2": (2, 1), "x": (3, 5)}


def stacked(cls: type, module: Module, conventions: Any) -> type | None:
    """A container with a constructor that fills it; None where it takes more than layers, or the file has none."""
    front, back = forward_of(cls, conventions), method(cls, conventions.BACKWARD)
    if not front or not back or len(asked(cls, front)) != 1 or not runs_each(cls, front):
        return None
    alike = layers(cls, front, back, module, conventions)
    products = {n: KINDS[k] for n, c in alike.items() if (k := built_of(c, conventions)) in KINDS}
    curves = [n for n, c in alike.items() if not asked(c) and matches(CURVE, n.lower())]
    given = asked(cls, various=True)
    add = method(cls, conventions.COLLECTING)
    if not products or not curves or len(given) > 1 or not (given or add):
        return None

    def fill(self: Any, parts: list[Any]) -> None:
        if given:
            cls.__init__(self, *(parts if given[0].kind == given[0].VAR_POSITIONAL else [parts]))  # type: ignore[misc]
            return
        cls.__init__(self)  # type: ignore[misc]
        for part in parts:
            getattr(self, add)(part)

    for product, (first, last) in products.items():
        own = f"{FILL}_{cls.__name__}"
        wanted = ", ".join(dict.fromkeys(f"{first}, {last}".split(", ")))
        text = (
            f"def __init__(self, {wanted}):\n    {own}(self, [{product}({first}), {curves[0]}(), {product}({last})])"
        )
        module.names[own], space = fill, dict[str, Any]()
        exec(compile(text, "<filled>", "exec"), module.names, space)
        filled = type(cls.__name__, (cls,), {**space, PARTS: (product, curves[0]), "__module__": cls.__module__})
        filled.__derivexplain_source__ = source_of(cls, module)  # type: ignore[attr-defined]
        if any(goes_forward(filled, front, wanted.split(", "), shapes) for shapes in (ROWS, COLUMNS)):
            return filled
    return None


def asked(cls: type, name: str = "__init__", various: bool = False) -> list[inspect.Parameter]:
    """What a method has to be given; with `various` also what ``*layers`` stands for."""
    function = getattr(cls, name)
    found = parameters(function, bound=True) if inspect.isfunction(function) else ()
    return [*required(found), *(p for p in found if various and p.kind == p.VAR_POSITIONAL)]


def runs_each(cls: type, front: str) -> bool:
    """Whether forward goes through what an instance keeps: ``for layer in self.layers``."""
    return re.search(r"\bfor [\w, ]+ in \w*\(?self\.\w+", text_of(getattr(cls, front))) is not None


def layers(cls: type, front: str, back: str, module: Module, conventions: Any) -> dict[str, type]:
    """The file's other classes whose forward is given as much as the container's, and whose backward is."""
    classes = {n.name: module.names.get(n.name) for n in module.tree.body if hasattr(n, "bases")}
    found = {n: c for n, c in classes.items() if isinstance(c, type) and not issubclass(c, cls)}
    names = {n: (forward_of(c, conventions), method(c, conventions.BACKWARD)) for n, c in found.items()}
    counts = [len(asked(cls, m)) for m in (front, back)]
    return {
        n: found[n] for n, both in names.items() if all(both) and [len(asked(found[n], m)) for m in both] == counts
    }


def built_of(cls: type, conventions: Any) -> tuple[str, ...]:
    return tuple(role(p.name, conventions) for p in asked(cls))


def goes_forward(cls: type, front: str, wanted: list[str], shapes: Mapping[str, Any]) -> bool:
    """Whether it runs with what it was filled with, in arrays of such shapes."""
    given = [np.ones(s) if isinstance(s := shapes[w], tuple) else s for w in wanted]
    try:
        with quiet(), patience(2):
            out = getattr(cls(*given), front)(np.ones(shapes["x"]))
    except Exception:
        return False
    return isinstance(out, np.ndarray)
