"""Nodes: layers that are built of their inputs, and find them and those that use them in the graph.

``Linear(X, W, b)`` is given nodes; ``forward(self)`` reads their values and keeps its own, ``backward(self)`` adds up
``n.gradients[self]`` of the nodes that use it. Such a class is a pair: for each question a small graph is built. What
comes into the graph is a node too, whose ``forward(value=None)`` is given its value.
"""

from __future__ import annotations

import inspect
from typing import Any

from ..text.things import Pair, forward_of, matches, method, normal, parameters, positional, required, source_of


def node_layer(cls: type, conventions: Any) -> Pair | None:
    """A class of nodes as a pair of functions of arrays; None where it is none."""
    front, back = forward_of(cls, conventions), method(cls, conventions.BACKWARD)
    base = next((b for b in cls.__mro__[1:-1] if inspect.isfunction(vars(b).get("__init__"))), None)
    given = required(parameters(cls.__init__, bound=True))
    if not (front and back and base):
        return None
    taken, asked = (parameters(getattr(cls, m), bound=True) for m in (front, back))
    inner = given and not taken
    if asked or required(parameters(base.__init__, bound=True)):
        return None
    if not inner and (given or [p.default for p in taken] != [None]):
        return None
    stored = base.__init__.__code__.co_names
    users = next((n for n in stored if matches(conventions.NODE_USERS, normal(n))), "")
    value = next((n for n in stored if normal(n) in conventions.TENSOR_VALUE), "")
    gradients = next((n for n in stored if normal(n) in ("gradients", "grads", "gradient")), "")
    if not (users and value and gradients):
        return None

    def forward(*arrays: Any) -> tuple[Any, Any]:
        fed = [base() for _ in arrays]
        for node, array in zip(fed, arrays):
            setattr(node, value, array)
        layer = cls(*fed) if inner else cls()
        getattr(layer, front)(*(() if inner else arrays))
        return getattr(layer, value), (fed if inner else [layer], layer)

    def backward(dout: Any, cache: Any) -> dict[str, Any]:
        fed, layer = cache
        after = base()
        setattr(after, gradients, {layer: dout})
        setattr(layer, users, [after])
        getattr(layer, back)()
        found = getattr(layer, gradients)
        return {p.name: found.get(node) for p, node in zip(given or taken, fed)}

    free = [positional(p.name) for p in given or taken]
    forward.__signature__ = inspect.Signature(free)  # type: ignore[attr-defined]
    source = getattr(cls, "__derivexplain_source__", None) or source_of(cls)
    return Pair(cls.__name__, forward, backward, source=source, functions=(getattr(cls, front), getattr(cls, back)))
