"""A value of a graph: what operators and NumPy's functions work on while a graph is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError
from ...layers import catalogue

if TYPE_CHECKING:
    from .graph import Graph


class Value:
    """A value of a graph: a handle with a name, which operators and NumPy's functions turn into nodes."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.name = graph, name

    def __repr__(self) -> str:
        return f"<value {self.name}>"

    def __add__(self, other: Any) -> Value:
        return _call(self.graph, "add", self, other)

    def __radd__(self, other: Any) -> Value:
        return _call(self.graph, "add", other, self)

    def __sub__(self, other: Any) -> Value:
        return _call(self.graph, "sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return _call(self.graph, "sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return _call(self.graph, "mul", self, other)

    def __rmul__(self, other: Any) -> Value:
        return _call(self.graph, "mul", other, self)

    def __truediv__(self, other: Any) -> Value:
        return _call(self.graph, "div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return _call(self.graph, "div", other, self)

    def __neg__(self) -> Value:
        return _call(self.graph, "neg", self)

    def __pow__(self, other: Any) -> Value:
        from .traced import power

        return power(self.graph, self, other)

    def __rpow__(self, other: Any) -> Value:
        from .traced import power

        return power(self.graph, other, self)

    def __matmul__(self, other: Any) -> Value:
        return _call(self.graph, "matmul", self, other)

    def __rmatmul__(self, other: Any) -> Value:
        return _call(self.graph, "matmul", other, self)

    def __abs__(self) -> Value:
        return _call(self.graph, "abs", self)

    def __gt__(self, other: Any) -> Any:
        return _compared(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return _compared(">=", self, other)

    def __lt__(self, other: Any) -> Any:
        return _compared("<", self, other)

    def __le__(self, other: Any) -> Any:
        return _compared("<=", self, other)

    @property
    def T(self) -> Value:  # noqa: N802 as NumPy calls it
        return _call(self.graph, "transpose", self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Value:
        from .reduced import reduce

        return reduce("sum", self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Value:
        from .reduced import reduce

        return reduce("mean", self, axis, keepdims)

    def __bool__(self) -> bool:
        raise InputError(
            f"the graph cannot follow a branch on '{self.name}'",
            mend="its value is not known while the graph is built; use np.where or a layer such as relu",
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from .traced import numpy_call

        return numpy_call(self.graph, ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, arguments: Any, settings: Any) -> Any:
        from .traced import array_call

        return array_call(self.graph, function.__name__, arguments, settings)


def _call(graph: Graph, name: str, *inputs: Any) -> Any:
    """What an operator does: the layer of this name, or a node of its own where the catalogue lacks it."""
    from .traced import call

    return getattr(graph, name)(*inputs) if name in catalogue and name != "div" else call(graph, name, *inputs)


def _compared(relation: str, left: Value, right: Any) -> Any:
    from .reduced import Condition

    return Condition(relation, left, right)
