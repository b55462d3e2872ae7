"""Objects: NumPy, math and SciPy as the user's code finds them while it is run on traced scalars.

They are made for numbers: fresh arrays of floats take no traced scalar, `math.exp` and `float` want a float. While
the trace lasts, the user's own code gets what takes both; NumPy's own use of its functions stays as it is.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .tracing import FUNCTIONS, Traced, lift

BUFFERS = ("zeros", "empty", "ones", "full", "zeros_like", "empty_like", "ones_like", "full_like", "eye")
PLACES = {"full": 2, "full_like": 2, "eye": 3}  # where among the arguments the dtype stands, else second
TYPED = ("sum", "mean", "var", "std")  # what else is told a dtype
MADE = ("array", "asarray", "ascontiguousarray")
DRAWING = frozenset(n for n in (*dir(np.random), "rand", "randn") if not n.startswith("_"))
OLD = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arctanh": "atanh"}


def number(value: Any) -> Any:
    """float(value), of an array with a single entry too, as NumPy allowed it; a traced scalar is a number already."""
    value = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    return value if isinstance(value, Traced) else float(value)


class Floats(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, float | Traced)


class Float(metaclass=Floats):
    """What stands for `float`: a traced scalar is one already; as a dtype it is that of objects."""

    def __new__(cls, value: Any = 0.0) -> Any:
        return number(value)


def asked_for(name: str, names: tuple[str, ...]) -> bool:
    """Whether the code that uses these names asks for the buffer itself.

    Compiled generators of chance ask for `empty` too, without a frame of their own, and write raw numbers into it.
    """
    return name in names and (name != "empty" or DRAWING.isdisjoint(names))


def floating(dtype: Any) -> bool:
    """Whether a dtype is one of floating-point numbers, in whatever spelling: a formula is exact in all of them."""
    try:
        return dtype is Float or np.dtype(dtype).kind == "f"
    except TypeError:
        return False


def buffer(make: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A maker of fresh arrays, whose floats the user's code may replace by traced scalars."""
    place = PLACES.get(name, 1)

    def fresh(*args: Any, **kwargs: Any) -> Any:
        dtype = kwargs.get("dtype", args[place] if len(args) > place else None)
        array = make(*args, **kwargs)
        caller = sys._getframe(1)
        theirs = not caller.f_globals.get("__name__", "").startswith("numpy")
        if array.dtype.kind == "f" and floating(dtype) and theirs and asked_for(name, caller.f_code.co_names):
            return array.astype(object)
        return array

    return fresh


def holding(make: Callable[..., Any]) -> Callable[..., Any]:
    """np.array and the like: ``dtype=float`` means no other than that of traced scalars."""

    def array(value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        if dtype is not None and floating(dtype) and (whole := np.asarray(value)).dtype.kind == "O":
            dtype = object if any(isinstance(v, Traced) for v in whole.flat) else dtype
        return make(value, dtype, *args, **kwargs)

    return array


def lifted(function: Any) -> Callable[..., Any]:
    """A function that finds plain numbers among traced scalars as well, and asks for no floats instead of them."""

    def of_objects(x: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, np.ndarray) and x.dtype.kind == "O":
            x = lift(x)
            if floating(kwargs.get("dtype", np.intp)):
                del kwargs["dtype"]
        return function(x, *args, **kwargs)

    return of_objects


def of_number(function: Any, name: str) -> Callable[..., Any]:
    """A function of the standard library's math, or SciPy's, for a traced scalar or an array of them too."""

    def of_traced(x: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, np.ndarray) and x.dtype.kind == "O":
            return np.vectorize(of_traced, otypes=[object])(x) if x.ndim else of_traced(x.item())
        return getattr(x, name)() if isinstance(x, Traced) and not args else function(x, *args, **kwargs)

    return of_traced


def norm(function: Any) -> Callable[..., Any]:
    """The Euclidean norm of traced scalars; any other one is NumPy's business."""

    def of_objects(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
        objects = np.asarray(x).dtype.kind == "O" and ord in (None, 2, "fro")
        if not objects or (ord == 2 and axis is None and np.ndim(x) != 1):
            return function(x, ord, axis, keepdims)
        return np.sqrt(np.sum(np.asarray(x) * x, axis=axis, keepdims=keepdims))

    return of_objects


def expit(function: Any) -> Callable[..., Any]:
    def of_objects(x: Any, *args: Any, **kwargs: Any) -> Any:
        objects = isinstance(x, Traced) or np.asarray(x).dtype.kind == "O"
        return 1 / (1 + np.exp(-x)) if objects else function(x, *args, **kwargs)

    return of_objects


def together(function: Any) -> Callable[..., Any]:
    """log(e^a + e^b) of traced scalars, which need no care for their size."""

    def of_objects(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        objects = any(np.asarray(v).dtype.kind == "O" for v in (a, b))
        return np.log(np.exp(a) + np.exp(b)) if objects else function(a, b, *args, **kwargs)

    return of_objects


def step(function: Any) -> Callable[..., Any]:
    """np.heaviside of traced scalars, by the branch that each of them takes."""

    def of_objects(x: Any, at_zero: Any, *args: Any, **kwargs: Any) -> Any:
        objects = isinstance(x, Traced) or np.asarray(x).dtype.kind == "O"
        return (
            np.where(x > 0, 1.0, np.where(x < 0, 0.0, at_zero)) if objects else function(x, at_zero, *args, **kwargs)
        )

    return of_objects


def choosing(function: Any) -> Callable[..., Any]:
    """np.random.choice, of plain numbers held among objects: which one is drawn is no matter of slopes."""

    def of_objects(*args: Any, p: Any = None, **kwargs: Any) -> Any:
        weights = p if p is None else np.array([getattr(v, "value", v) for v in np.ravel(p)], dtype=float)
        return function(*args, p=weights, **kwargs)

    return of_objects


def precision(function: Any) -> Callable[..., Any]:
    """np.finfo, where `float` is the code's own word for numbers in double precision."""
    return lambda dtype: function(np.float64 if dtype is Float else dtype)


def windowed(function: Any, turned: bool) -> Callable[..., Any]:
    """A convolution (`turned`) or correlation of arrays with traced scalars among them, each sum written out."""

    def of_objects(a: Any, b: Any, mode: str = "full", *args: Any, **kwargs: Any) -> Any:
        a, b = np.asarray(a), np.asarray(b)
        if "O" not in (a.dtype.kind, b.dtype.kind) or args or not {"method"}.issuperset(kwargs):
            return function(a, b, mode, *args, **kwargs)
        exchanged = mode == "valid" and any(m < n for m, n in zip(a.shape, b.shape))
        big, small = (b, a) if exchanged else (a, b)
        wide = np.pad(big, [(0 if mode == "valid" else n - 1,) * 2 for n in small.shape])
        shape = tuple(m - n + 1 for m, n in zip(wide.shape, small.shape))
        out = np.zeros(shape, dtype=object)
        for at in np.ndindex(small.shape):
            place = tuple(n - 1 - k for k, n in zip(at, small.shape)) if turned else at
            out = out + small[at] * wide[tuple(slice(k, k + n) for k, n in zip(place, shape))]
        if mode == "same":
            starts = [(m - n) // 2 for m, n in zip(shape, a.shape)]
            out = out[tuple(slice(s, s + n) for s, n in zip(starts, a.shape))]
        return np.flip(out) if exchanged and not turned else out

    return of_objects


def replacements() -> list[tuple[Any, str, Any]]:
    """What stands in for what: (module, name, stand-in)."""
    found: list[tuple[Any, str, Any]] = [
        (np, n, lifted(getattr(np, n))) for n in (*FUNCTIONS, *TYPED) if hasattr(np, n)
    ]
    found += [(np, n, buffer(getattr(np, n), n)) for n in BUFFERS]
    found += [(np, n, holding(getattr(np, n))) for n in MADE]
    found.append((np.linalg, "norm", norm(np.linalg.norm)))
    found.append((np, "logaddexp", together(np.logaddexp)))
    found.append((np, "heaviside", step(np.heaviside)))
    found.append((np.random, "choice", choosing(np.random.choice)))
    found.append((np, "finfo", precision(np.finfo)))
    found.append((np, "isscalar", lambda x, known=np.isscalar: isinstance(x, Traced) or known(x)))
    for name in FUNCTIONS:
        old = OLD.get(name, name)
        if hasattr(math, old):
            found.append((math, old, of_number(getattr(math, old), name)))
    if special := sys.modules.get("scipy.special"):
        found += [(special, "erf", of_number(special.erf, "erf")), (special, "expit", expit(special.expit))]
    if signal := sys.modules.get("scipy.signal"):
        names = ("convolve2d", "convolve", "correlate2d", "correlate")
        found += [(signal, n, windowed(getattr(signal, n), "conv" in n)) for n in names]
    return found


@contextlib.contextmanager
def numpy_for_objects(functions: Iterable[Callable[..., Any]] = ()) -> Iterator[None]:
    """While this lasts, fresh arrays can hold traced scalars, and functions take numbers among them.

    `functions` are the user's, whose modules may have taken a function by its bare name, as in
    ``from math import exp``.
    """
    new = replacements()
    instead = {id(getattr(module, name)): stand_in for module, name, stand_in in new}
    spaces = {id(s): s for f in functions if isinstance(s := getattr(f, "__globals__", None), dict)}
    undo: list[tuple[Any, str, Any]] = []

    def put(box: dict[str, Any], name: str, value: Any) -> None:
        undo.append((box, name, box[name]))
        box[name] = value

    try:
        for space in spaces.values():
            for name, value in list(space.items()):
                if id(value) in instead:
                    put(space, name, instead[id(value)])
            own = space.get("__builtins__")
            if isinstance(own, dict) and own is not vars(__import__("builtins")) and own.get("float") is float:
                put(own, "float", Float)
        for module, name, stand_in in new:
            put(vars(module), name, stand_in)
        yield
    finally:
        for box, name, value in reversed(undo):
            box[name] = value
