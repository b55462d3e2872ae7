"""Engines: the backward of a framework's own arrays, which goes through a graph: every node once, and late enough.

Each operation may be right and the order wrong: ``for v in topo`` for ``for v in reversed(topo)``, nodes met twice,
a gradient that is set where it should be added to. A product that is used twice shows it.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..text.modules import Module
from ..text.tensors import Tensor, noted_by, tensor_in
from ..text.things import Pair, parameters, positional, required, source_of


def engines(module: Module, conventions: Any) -> Iterator[tuple[int, Pair]]:
    """The backward of a file's array class, with its line; none where its operators cannot be run."""
    kind = tensor_in(module.names, conventions)
    back = getattr(kind.cls, "backward", None) if kind else None
    if kind is None or not inspect.isfunction(back):
        return
    tree = next((n for n in module.tree.body if isinstance(n, ast.ClassDef) and n.name == kind.cls.__name__), None)
    own = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "backward"] if tree else []
    if own and runs(kind):
        source = source_of(back, module)
        pair = Pair(f"{kind.cls.__name__}.backward", *halves(kind), source=source, functions=(back,))
        yield own[0].lineno, pair


def halves(kind: Tensor) -> tuple[Any, Any]:
    """Forward and backward of a product that is used twice, ``p = a * b`` in ``p * (p + a) + b``."""

    def forward(a: Any, b: Any) -> tuple[Any, Any]:
        first, second = kind.made(a), kind.made(b)
        product = first * second
        out = product * (product + first) + second
        return kind.array(out), (first, second, out)

    def backward(dout: Any, cache: Any) -> dict[str, Any]:
        first, second, out = cache
        last = out * kind.made(np.array(dout))  # it may begin with ones
        kind.clear(*kind.nodes(last))
        asked = required(parameters(kind.cls.backward, bound=True))
        last.backward(*(np.ones_like(dout) for _ in asked[:1]))
        return {"a": kind.hanging(first), "b": kind.hanging(second)}

    forward.__signature__ = inspect.Signature([positional("a"), positional("b")])  # type: ignore[attr-defined]
    return forward, backward


def runs(kind: Tensor) -> bool:
    """Whether such a graph can be built and gone through, and its operations are right by themselves.

    What stops may be meant for one number alone; a wrong product, or one that does not add, is told of already.
    """
    forward, backward = halves(kind)
    a, b = np.array([[0.5, 2.0]]), np.array([[3.0, -1.0]])
    try:
        out, cache = forward(a, b)
        given = backward(np.ones_like(out), cache)
        alone = right_in_order(kind, cache, a, b)
    except (Exception, SystemExit):
        return False
    return alone and np.shape(out) == a.shape and all(np.shape(g) == a.shape for g in given.values())


def right_in_order(kind: Tensor, graph: tuple[Any, Any, Any], a: np.ndarray, b: np.ndarray) -> bool:
    """Whether the gradients are right if all that the nodes have noted runs in order."""
    *fed, out = graph
    if not noted_by(out):
        return True
    kind.clear(*kind.nodes(out))
    setattr(out, kind.gradient, np.ones_like(a))
    for node in kind.nodes(out):
        for run in noted_by(node):
            run()
    slopes = b * (a * b + a) + a * b * (b + 1), a * (a * b + a) + a * b * a + 1
    return all(np.allclose(np.asarray(kind.hanging(t), dtype=float), s) for t, s in zip(fed, slopes))
