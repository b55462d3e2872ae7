"""What a traced function does to arrays beyond single entries: sums and means over axes, choices entry by entry."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ... import computation as machine
from ...computation import Computation
from ...errors import InputError
from ...layer import Layer, as_float
from ...symbols import real
from ..targets import exact
from .elementary import elementary

if TYPE_CHECKING:
    from .graph import Value

LETTERS = "ijklmn"
RELATIONS = {">": sp.Gt, ">=": sp.Ge, "<": sp.Lt, "<=": sp.Le}


class Condition:
    """A comparison of values, which only np.where can use: while a graph is built, nothing is decided."""

    def __init__(self, relation: str, left: Value, right: Any) -> None:
        self.relation, self.left, self.right = relation, left, right

    def __bool__(self) -> bool:
        return bool(self.left)  # says that a graph cannot follow a branch

    def __array_function__(self, function: Any, types: Any, arguments: Any, settings: Any) -> Any:
        return self.left.__array_function__(function, types, arguments, settings)


def where(condition: Any, chosen: Any, other: Any) -> Value:
    """np.where: one node that takes the values compared and the values to choose from."""
    from .value import Value

    if not isinstance(condition, Condition):
        raise InputError("np.where needs a comparison of values", mend="np.where(x > 0, x, 0)")
    letters: dict[str, Any] = {}
    values: list[Value] = []

    def letter(operand: Any) -> Any:
        if not isinstance(operand, Value):
            return exact(operand)
        if operand.name not in letters:
            letters[operand.name] = real("xyzw"[len(letters)])
            values.append(operand)
        return letters[operand.name]

    test = RELATIONS[condition.relation](letter(condition.left), letter(condition.right))
    expr = sp.Piecewise((letter(chosen), test), (letter(other), True))
    node: Value = condition.left.graph.apply(elementary(expr, [s.name for s in letters.values()], "where"), *values)
    return node


def reduce(kind: str, value: Value, axis: Any = None, keepdims: bool = False) -> Value:
    """np.sum and np.mean over some axes, or all."""
    ndim = np.ndim(known(value))
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if not all(isinstance(a, int) and -ndim <= a < ndim for a in axes):
        raise InputError(
            f"np.{kind}: '{value.name}' has no axis {axis!r}", mend=f"it has {ndim} axes, counted from 0"
        )
    folded = tuple(sorted({a % ndim for a in axes}))
    node: Value = value.graph.apply(_reduction(kind, ndim, folded, bool(keepdims))(), value)
    return node


def known(value: Value) -> Any:
    """The number or array of a value, as far as the graph is built."""
    graph = value.graph
    computation = Computation({**graph._given, **graph._constants}, tuple(graph._operations.values()))
    if value.name in computation.given:
        found = computation.given[value.name]
    else:
        operations = machine.needed(machine.ordered(computation), value.name)
        found = machine.forward(computation, operations)[value.name]
    if found is None:
        raise InputError(
            f"the shape of '{value.name}' is not known", mend=f"give a number or an array: {value.name}=..."
        )
    return found


@lru_cache(64)
def _reduction(kind: str, ndim: int, axes: tuple[int, ...], keepdims: bool) -> type[Layer]:
    letters = LETTERS[:ndim]
    body = f"x[{','.join(letters)}]" if letters else "x"
    for k in reversed(axes):
        body = f"{kind}({letters[k]}, {body})"
    kept = [i for k, i in enumerate(letters) if k not in axes]
    stated = f"y[{','.join(kept)}] = {body}" if kept else f"y = {body}"

    class Reduction(Layer):
        formula = "" if keepdims and axes else stated  # no index runs over an axis of length 1

        def forward(self, x: Any) -> Any:
            self.shape = np.shape(x)
            return getattr(np, kind)(as_float(x), axis=axes, keepdims=keepdims)

        def backward(self, dout: Any) -> Any:
            count = np.prod([self.shape[k] for k in axes]) if kind == "mean" else 1
            spread = np.asarray(dout) if keepdims else np.expand_dims(dout, axes)
            return np.broadcast_to(spread / count, self.shape).copy()

    Reduction.name = Reduction.title = kind
    return Reduction
