"""A layer: NumPy `forward` and `backward` beside its formula and the gradients its author claims.

    class Sigmoid(Layer):
        formula = "y = 1/(1 + exp(-x))"
        claims = {"x": "y*(1 - y)"}

        def forward(self, x):
            self.y = 1/(1 + np.exp(-x))
            return self.y

        def backward(self, dout):
            return dout * self.y * (1 - self.y)

The formula is text in the reader's language (or SymPy); with indices it may be several equations,
one a line: ``y[i,j] = sum(k, x[i,k]*W[k,j]) + b[j]``. A claim of an elementwise layer is the local
derivative dy/dx; with indices it is dL/dx, the upstream gradient being g.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

SIZES: Mapping[str, int] = {"N": 3, "D": 5, "M": 2, "H": 7, "T": 11}  # pairwise different primes


class Layer:
    """Base class of the catalogue and of layers of your own.

    Class attributes (all but `formula` may be left out):
    `formula` text or SymPy; `claims` input name -> gradient; `name` the catalogue's name (snake case of
    the class by default); `title` for headings; `domain` letter -> open interval in which forward is
    defined (None = unbounded); `assumptions` letter -> SymPy relation text ("alpha > 0");
    `kinks` the value backward takes where the formula has two slopes, place -> value ({"x = 0": "0"});
    `params` names of the array or number parameters that backward gives gradients for, as attributes
    ``d<name>``; `constants` names of constructor arguments that stand in the formula as
    letters; `outputs` the outputs by name, where a later equation uses one too; `facts` equations that hold of
    the inputs ("sum(k, t[n,k]) = 1").
    """

    formula: ClassVar[Any] = ""
    claims: ClassVar[Mapping[str, Any]] = {}
    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    domain: ClassVar[Mapping[str, tuple[Any, Any]]] = {}
    assumptions: ClassVar[Mapping[str, str]] = {}
    kinks: ClassVar[Mapping[str, str]] = {}
    params: ClassVar[tuple[str, ...]] = ()
    outputs: ClassVar[tuple[str, ...]] = ()
    constants: ClassVar[tuple[str, ...]] = ()
    facts: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            cls.name = snake(cls.__name__)
        if "title" not in cls.__dict__:
            cls.title = cls.name.replace("_", " ").capitalize()

    def forward(self, *inputs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, dout: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    @classmethod
    def inputs(cls) -> tuple[str, ...]:
        """The names of forward's arguments, in order."""
        return _arguments(cls.forward)

    @classmethod
    def example(cls, rng: np.random.Generator, sizes: Mapping[str, int] = SIZES) -> tuple[Layer, tuple[Any, ...]]:
        """A fresh instance and arguments for its forward: normal numbers, moved into the domain.

        `sizes` maps size letters to lengths (N examples, D features, M outputs, H hidden, T time);
        their default values are pairwise different primes, so that a transpose cannot hide.
        """
        shape = (sizes["N"], sizes["D"])
        args = tuple(inside(rng.standard_normal(shape), cls.domain.get(name)) for name in cls.inputs())
        return cls(), args


@functools.cache
def _arguments(forward: Any) -> tuple[str, ...]:
    return tuple(n for n in list(inspect.signature(forward).parameters)[1:] if not n.startswith("_"))


def inside(z: Any, interval: tuple[Any, Any] | None) -> Any:
    """Numbers moved smoothly into an open interval: softplus-like ends, a logistic between two."""
    if interval is None:
        return z
    low, high = interval
    if low is not None and high is not None:
        return float(low) + (float(high) - float(low)) / (1 + np.exp(-z))
    if low is not None:
        return float(low) + np.logaddexp(0, z) + 0.05
    if high is not None:
        return float(high) - np.logaddexp(0, z) - 0.05
    return z


def as_float(x: Any) -> Any:
    """The argument as an array of a floating dtype: lists and integers become float64, float32 stays.

    Object arrays (tracing scalars) pass through untouched.
    """
    x = np.asarray(x)
    return x if x.dtype.kind in "fcO" else x.astype(np.float64)


def unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over every axis along which an operand of this shape was broadcast."""
    gradient = np.asarray(gradient)
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and np.shape(gradient)[i] != 1)
    return gradient.sum(axis=stretched, keepdims=True) if stretched else gradient


def snake(name: str) -> str:
    """CamelCase to snake_case: LeakyRelu -> leaky_relu, BatchNorm2d -> batch_norm2d."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
