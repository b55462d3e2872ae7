"""Stand-ins: what a page of notes or a lone file takes from elsewhere, as everybody writes it.

A chapter shows a layer and leaves softmax, im2col or the base class Function to another one. Where such a
name is defined nowhere, the usual thing stands in for it, and the report says so.
"""

from __future__ import annotations

import functools
import math
import re
import types
from typing import Any

import numpy as np

from ...checking.stopping import WHOLE
from ...layer import unbroadcast


class Base:
    """An unknown base class: takes any arguments, and run by ``__call__`` keeps inputs and outputs.

    A list that a class appends to, or a dict that it puts things into, and that it makes nowhere, is its base's.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        text = getattr(getattr(type(self), "__derivexplain_source__", None), "text", "")
        own = rf"\bself\.{re.escape(name)}"
        if re.fullmatch(r"(is_?)?train(ing)?(_?(mode|flag|flg))?", name):
            setattr(self, name, True)  # a base class's, which layers read while they learn
            return True
        kept: Any = [] if re.search(rf"{own}\.append\(", text) else {}
        if kept == {} and not re.search(rf"{own}\[(['\"])\w+\1\] *=(?!=)", text):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        setattr(self, name, kept)
        return kept

    def save_for_backward(self, *saved: Any) -> None:
        self.saved_tensors = self.saved_values = saved

    def __call__(self, *inputs: Any) -> Any:
        result = self.forward(*inputs)  # type: ignore[attr-defined]
        defined_by_run(self, inputs, result if isinstance(result, tuple) else (result,))
        return result


class Boxed(np.ndarray):
    """An array that answers to .data as a framework's variable does."""

    @property
    def data(self) -> np.ndarray:  # type: ignore[override]
        return np.asarray(self)


class Inputs(list):  # type: ignore[type-arg]
    """The inputs that a framework's ``__call__`` keeps: of one alone, what is to be taken out of it."""

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        if len(self) == 1:
            raise TypeError(f"{WHOLE}, and is no array: its one entry is meant")
        return np.array([*self])


class Referred(Boxed):
    """An output as a framework's function keeps it: as it is, or by a weak reference, which is called."""

    def __call__(self) -> Boxed:
        return self


def defined_by_run(instance: Any, args: tuple[Any, ...], outs: tuple[Any, ...]) -> None:
    """What a define-by-run framework's ``__call__`` leaves in a function, where forward did not."""
    inputs = Inputs(np.asarray(a).view(Boxed) for a in args)
    results = [np.asarray(o).view(Referred) for o in outs]
    fresh = {
        "inputs": inputs,
        "input_data": inputs,
        "input": inputs[0] if inputs else None,
        "outputs": results,
        "output": results[0],
    }
    ours = vars(instance).setdefault("_derivexplain_run", [k for k in fresh if k not in vars(instance)])
    vars(instance).update({k: fresh[k] for k in ours})


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def relu(x: Any) -> Any:
    return np.maximum(0, x)


def softmax(x: Any, axis: int = -1) -> Any:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def cross_entropy_error(y: Any, t: Any) -> Any:
    y, t = np.atleast_2d(y), np.asarray(t)
    labels = t.reshape(y.shape).argmax(axis=1) if t.size == y.size else t
    return -np.sum(np.log(y[np.arange(len(y)), labels] + 1e-7)) / len(y)


def mean_squared_error(y: Any, t: Any) -> Any:
    return 0.5 * np.sum((y - t) ** 2)


def windows(shape: tuple[int, ...], fh: int, fw: int, stride: int, pad: int) -> tuple[int, int]:
    return (shape[2] + 2 * pad - fh) // stride + 1, (shape[3] + 2 * pad - fw) // stride + 1


def im2col(x: Any, filter_h: int, filter_w: int, stride: int = 1, pad: int = 0) -> Any:
    """A row for each place of the filter, the entries it covers along it."""
    n, c, *_ = x.shape
    rows, columns = windows(x.shape, filter_h, filter_w, stride, pad)
    wide = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((n, c, filter_h, filter_w, rows, columns), dtype=x.dtype)
    for i in range(filter_h):
        for j in range(filter_w):
            out[:, :, i, j] = wide[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
    return out.transpose(0, 4, 5, 1, 2, 3).reshape(n * rows * columns, -1)


def col2im(col: Any, shape: tuple[int, ...], filter_h: int, filter_w: int, stride: int = 1, pad: int = 0) -> Any:
    """The other way: what falls on one entry is added."""
    n, c, h, w = shape
    rows, columns = windows(shape, filter_h, filter_w, stride, pad)
    col = col.reshape(n, rows, columns, c, filter_h, filter_w).transpose(0, 3, 4, 5, 1, 2)
    wide = np.zeros((n, c, h + 2 * pad, w + 2 * pad), dtype=col.dtype)
    for i in range(filter_h):
        for j in range(filter_w):
            wide[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride] += col[:, :, i, j]
    return wide[:, :, pad : pad + h, pad : pad + w]


def im2col_indices(x: Any, field_height: int = 3, field_width: int = 3, padding: int = 1, stride: int = 1) -> Any:
    """A column for each place of the filter: all first ones, one of each image, then all second ones."""
    rows = im2col(x, field_height, field_width, stride, padding)
    return rows.reshape(len(x), -1, rows.shape[1]).transpose(2, 1, 0).reshape(rows.shape[1], -1)


def col2im_indices(
    cols: Any, x_shape: Any, field_height: int = 3, field_width: int = 3, padding: int = 1, stride: int = 1
) -> Any:
    """The other way: what falls on one entry is added."""
    n, high = x_shape[0], cols.shape[0]
    rows = cols.reshape(high, -1, n).transpose(2, 1, 0).reshape(-1, high)
    return col2im(rows, x_shape, field_height, field_width, stride, padding)


def same(x: Any, *_: Any) -> Any:
    return x


def zero_pad(x: Any, pad: int) -> Any:
    """Images with their channels last, framed by zeros."""
    return np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


class Framework(types.ModuleType):
    """A framework that is not installed: NumPy's functions on bare arrays; its decorators change nothing."""

    Function = FunctionNode = Layer = Base
    force_array = staticmethod(np.asarray)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("core", "function", "functions", "utils", "cuda", "core_simple", "nn", "lax"):
            return self
        if name == "numpy":
            return np
        if name in ("jit", "custom_vjp", "custom_jvp", "checkpoint"):
            return decorator
        if name == "random" and self.__name__ == "cupy":
            return Random("random")
        if name in ("get_array_module", "asnumpy"):
            return np.asarray if name == "asnumpy" else lambda *_: np
        if name not in USUAL and not hasattr(np, name):
            raise ImportError(f"{self.__name__}, with {name} in it, is not there")
        return USUAL[name] if name in USUAL else getattr(np, name)


class Random(types.ModuleType):
    """CuPy's generators, which are told a precision: NumPy's, in double precision."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *given, dtype=None, **named: getattr(np.random, name)(*given, **named)


class Harmless(types.ModuleType):
    """A library that changes no number: a progress bar, a compiler."""

    tqdm = trange = prange = staticmethod(lambda x=(), *_, **__: range(x) if isinstance(x, int) else x)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self if name in ("auto", "notebook", "autonotebook") else decorator


def decorator(*given: Any, **_: Any) -> Any:
    """Leaves a function as it is, with options or without: ``@njit``, ``@njit(parallel=True)``."""
    return given[0] if len(given) == 1 and callable(given[0]) else decorator


USUAL: dict[str, Any] = {
    "sigmoid": sigmoid,
    "relu": relu,
    "softmax": softmax,
    "tanh": lambda x: np.tanh(x),
    "cross_entropy_error": cross_entropy_error,
    "mean_squared_error": mean_squared_error,
    "im2col": im2col,
    "col2im": col2im,
    "im2col_indices": im2col_indices,
    "col2im_indices": col2im_indices,
    "zero_pad": zero_pad,
    "as_variable": same,
    "as_array": lambda x: np.asarray(x),
    "dezero": Framework("dezero"),
    "xrange": range,
    "utils": Framework("utils"),
    "reduce": functools.reduce,
    "contract": np.einsum,
    "math": math,
    "sum_to": lambda x, shape: unbroadcast(np.asarray(x), tuple(shape)),
}
"""A name that is defined nowhere -> what it usually is."""

CURVES = {  # a function -> its slope by its input, and by its output
    "sigmoid": (lambda x: sigmoid(x) * (1 - sigmoid(x)), lambda y: y * (1 - y)),
    "tanh": (lambda x: 1 - np.tanh(x) ** 2, lambda y: 1 - y**2),
    "relu": (lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0), lambda y: np.where(np.asarray(y) > 0, 1.0, 0.0)),
}
SLOPE = re.compile(rf"\b(?:d_?)?({'|'.join(CURVES)})(?:_(?:grad(?:ient)?|prime|deriv(?:ative)?))?(?=\()")
DRAWS = r"(he|kaiming|xavier|glorot|lecun)(_?(normal|uniform|init(iali[sz](er?|ation))?|weights?))*"


def drawn(*sizes: Any, **_: Any) -> Any:
    """Weights as an initializer draws them, of the sizes or the shape that it is given."""
    shape = sizes[0] if len(sizes) == 1 else sizes
    return 0.5 * np.random.standard_normal(shape)


class Drawing(Base):
    """An initializer as an object, ``Xavier().sample(n, m)``: whatever it is asked for, it draws."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return drawn

    __call__ = staticmethod(drawn)


def draws(name: str) -> bool:
    """Whether a class of this name is an initializer."""
    return name[:1].isupper() and re.fullmatch(DRAWS, name.lower()) is not None


class Size(int):
    """A length that stands elsewhere: ``from config import IMAGE_SIZE``."""


LENGTH = r"(NUM|N)_[A-Z_]+|([A-Z]+_)*(SIZE|DIM|WIDTH|HEIGHT|CHANNELS|UNITS|CLASSES|FEATURES)"


def usual(name: str, text: str) -> Any:
    """What usually has this name, if a text takes it so; None for what nobody knows."""
    if re.fullmatch(LENGTH, name) and not re.search(rf"\b{name}[.(\[]", text):
        return Size(2 + len(name) % 2)  # not all alike
    own = rf"(?<![\w.]){re.escape(name)}\("
    if draws(name) and re.search(rf"{own}(\)|\w+ *=|[\w.]*\)\.\w)", text):  # an object: He(), He(uniform=True)
        return Drawing
    if re.search(rf"{own}\)|^\s*\w+ *,.*= *{own}", text, re.M):
        return None  # relu(): a class of theirs; cols, h, w = im2col(x): it gives more
    return USUAL.get(name) or (drawn if re.fullmatch(DRAWS, name) else slope(name, text))


def slope(name: str, text: str) -> Any:
    """A slope that stands elsewhere, by what a text hands it: what its function is given too, or gave."""
    curve = SLOPE.match(f"{name}(")
    if curve is None or curve[1] == name:
        return None
    given, own = ({*re.findall(rf"(?<![\w.]){n}\(([^()]*)\)", text)} for n in (name, curve[1]))
    made = {*re.findall(rf"^\s*([\w.\[\]'\"]+) *= *{curve[1]}\(", text, re.M)}
    by_input, by_output = CURVES[curve[1]]
    return by_input if given and given <= own else by_output if given and given <= made else None


def slopes(text: str) -> dict[str, Any]:
    """The slopes that a text asks for."""
    names = {m[0] for m in SLOPE.finditer(text)}
    return {n: found for n in sorted(names) if (found := slope(n, text)) is not None}


def stands_in(name: str, thing: Any) -> bool:
    """Whether what a name stands for is the usual thing of this name, which no file has defined."""
    return thing is not None and (
        isinstance(thing, Size)
        or getattr(thing, "__dict__", {}).get("gave") is True  # f.relu, of a module that is not there
        or thing is USUAL.get(name)
        or thing is drawn
        or thing is Drawing
        or any(thing in pair for pair in CURVES.values() if callable(thing))
    )
