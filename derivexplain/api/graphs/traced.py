"""The graph of a Python function over NumPy, found by running it once on values of a graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import reading
from ...errors import InputError, shorten
from ...layers import catalogue
from ...symbols import output_name
from .elementary import elementary
from .reduced import reduce, where

if TYPE_CHECKING:
    from .graph import Graph, Value

UFUNCS = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "negative": "neg",
    "maximum": "maximum", "minimum": "minimum", "absolute": "abs", "matmul": "matmul", "power": "pow",
    "reciprocal": "reciprocal", "square": "square",
}  # fmt: skip
FORMULAS = {"sub": "x - y", "div": "x/y", "maximum": "max(x, y)", "minimum": "min(x, y)", "pow": "x**y"}


def from_function(graph: Graph, function: Callable[..., Any], values: Mapping[str, Any]) -> Graph:
    """Run the function on the graph's values; its arguments are the inputs."""
    parameters = inspect.signature(function).parameters
    for name in values:
        if name not in parameters:
            raise InputError(
                f"{getattr(function, '__name__', 'the function')} has no argument '{name}'",
                mend="known: " + ", ".join(parameters),
            )
    arguments = {name: graph.input(name, values.get(name, _default(p))) for name, p in parameters.items()}
    graph._counted = True
    try:
        result = function(*arguments.values())
    except (TypeError, AttributeError) as error:
        name = getattr(function, "__name__", "the function")
        raise InputError(
            f"{name} does what a graph cannot follow: {shorten(str(error), 120)}",
            mend="use + - * / ** @, NumPy's functions (np.exp, not math.exp) and layers; np.where for branches",
        ) from error
    finally:
        graph._counted = False
    from .graph import Value

    if not isinstance(result, Value):
        raise InputError(
            f"{getattr(function, '__name__', 'the function')} does not return a value of the graph",
            read=shorten(repr(result)),
            mend="it has to compute its result from its arguments with + - * / ** and NumPy's functions",
        )
    name_end(graph, result.name, output_name(arguments))
    return graph


def name_end(graph: Graph, old: str, new: str) -> None:
    """What the function returns is the output: y, as that of a formula."""
    operation = graph._operations.get(old)
    used = {v for op in graph._operations.values() for v in op.operands}
    if operation is None or operation.outputs != (old,) or old in used or graph._free(new) != new:
        return
    graph._operations[new] = replace(graph._operations.pop(old), outputs=(new,))
    del graph._made[old]
    graph._made[new] = new


def _default(parameter: inspect.Parameter) -> Any:
    return None if parameter.default is parameter.empty else parameter.default


def numpy_call(
    graph: Graph, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], settings: Mapping[str, Any]
) -> Any:
    """What NumPy's function does to values of a graph: a node of the same meaning."""
    if method != "__call__" or settings:
        raise InputError(
            f"np.{ufunc.__name__}.{method} cannot be followed", mend="use a layer: g.sum(x), g.apply(...)"
        )
    if ufunc.__name__ == "power":
        return power(graph, *inputs)
    return call(graph, UFUNCS.get(ufunc.__name__, ufunc.__name__), *inputs)


def array_call(graph: Graph, name: str, arguments: tuple[Any, ...], settings: Mapping[str, Any]) -> Any:
    """What NumPy's function of whole arrays does to values of a graph."""
    if name == "where" and len(arguments) == 3 and not settings:
        return where(*arguments)
    if name in ("sum", "mean") and set(settings) <= {"axis", "keepdims"}:
        return reduce(name, *arguments, **settings)
    if name in ("dot", "transpose") and not settings and len(arguments) == (2 if name == "dot" else 1):
        return call(graph, {"dot": "matmul"}.get(name, name), *arguments)
    if name == "clip" and len(arguments) == 3 and not settings and None not in arguments:
        return call(graph, "minimum", call(graph, "maximum", *arguments[:2]), arguments[2])
    raise InputError(f"np.{name} cannot be followed like this", mend="use a layer: g.softmax(x), g.apply(...)")


def call(graph: Graph, name: str, *inputs: Any) -> Value:
    """A node of the catalogue, or one of its own where the reader knows the function."""
    if name == "div" and isinstance(inputs[0], int | float) and inputs[0] == 1:
        name, inputs = "reciprocal", inputs[1:]
    if name in catalogue:
        return getattr(graph, name)(*inputs)
    letters = ("x", "y")[: len(inputs)]
    try:
        expr = reading.read(FORMULAS.get(name, f"{name}({', '.join(letters)})"))
    except InputError:
        raise InputError(f"there is no layer for np.{name}", mend="write a Layer and use g.apply(...)") from None
    return graph.apply(elementary(expr, letters, name), *inputs)


def power(graph: Graph, base: Any, exponent: Any) -> Value:
    """base**exponent: a square, a root, a reciprocal, or a power with its number inside the node."""
    if isinstance(exponent, int | float) and not isinstance(base, int | float):
        known = {2: "square", 0.5: "sqrt", -1: "reciprocal"}.get(exponent)
        if known:
            return call(graph, known, base)
        expr = reading.read(f"x**({exponent!r})")
        return graph.apply(elementary(expr, ("x",), f"^{exponent}"), base)
    return call(graph, "pow", base, exponent)
