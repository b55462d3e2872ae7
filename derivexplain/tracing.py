"""Tracing: NumPy code run on scalars that remember how they came about, so that code becomes a formula.

Arrays of `Traced` scalars are object arrays: NumPy calls the scalars' own operators and methods. Every
scalar has a value too, by which comparisons are decided; each decision is written down as a branch.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sympy as sp

from .symbols import real

LIMIT = 20_000  # operations of one trace


class Untraceable(TypeError):
    """The code leaves the ground where formulas can follow: float buffers, compiled functions."""


class Tape:
    """Branches met while tracing, and a count that keeps a trace from growing without end."""

    def __init__(self) -> None:
        self.branches: dict[sp.Basic, bool] = {}
        self.operations = 0

    def tick(self) -> None:
        self.operations += 1
        if self.operations > LIMIT:
            raise Untraceable(f"more than {LIMIT} operations")


def exact(number: Any) -> sp.Expr:
    """A number of the code as the rational that its shortest decimal says."""
    if isinstance(number, bool | np.bool_):
        return sp.Integer(int(number))
    if isinstance(number, int | np.integer):
        return sp.Integer(int(number))
    number = float(number)
    if not math.isfinite(number):
        raise Untraceable(f"{number} in a formula")
    return sp.Rational(repr(number))


class Traced:
    """A real number with its expression; everything NumPy may ask of an object."""

    __slots__ = ("expr", "tape", "value")

    def __init__(self, value: float, expr: sp.Expr, tape: Tape) -> None:
        self.value, self.expr, self.tape = value, expr, tape

    def with_(self, value: float, expr: sp.Expr) -> Traced:
        self.tape.tick()
        return Traced(value, expr, self.tape)

    # -- arithmetic

    def __add__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: a + b)

    def __radd__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: b + a)

    def __sub__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: b / a)

    def __pow__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: a**b)

    def __rpow__(self, other: Any) -> Any:
        return self._binary(other, lambda a, b: b**a)

    def __neg__(self) -> Traced:
        return self.with_(-self.value, -self.expr)

    def __pos__(self) -> Traced:
        return self

    def __abs__(self) -> Traced:
        return self if self >= 0 else -self

    def _binary(self, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        if isinstance(other, Traced):
            value, expr = other.value, other.expr
        elif isinstance(other, int | float | np.number | np.bool_):
            value, expr = float(other), exact(other)
        else:
            return NotImplemented
        try:
            result = float(operation(self.value, value))
        except (ZeroDivisionError, OverflowError, TypeError):
            result = math.nan
        return self.with_(result, operation(self.expr, expr))

    # -- comparisons: decided by value, written down as a branch

    def _compare(self, other: Any, relation: Any, operation: Callable[[float, float], bool]) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        value = other.value if isinstance(other, Traced) else float(other)
        expr = other.expr if isinstance(other, Traced) else exact(other) if math.isfinite(value) else None
        answer = bool(operation(self.value, value))
        if expr is not None:
            self.tape.branches.setdefault(self.expr - expr, answer)
        return answer

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, sp.Lt, lambda a, b: a < b)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, sp.Le, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, sp.Gt, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, sp.Ge, lambda a, b: a >= b)

    def __eq__(self, other: Any) -> Any:
        return self._compare(other, sp.Eq, lambda a, b: a == b)

    def __ne__(self, other: Any) -> Any:
        return self._compare(other, sp.Ne, lambda a, b: a != b)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __float__(self) -> float:
        raise Untraceable("a traced number is put into an array of floats")

    __int__ = __index__ = __complex__ = __float__  # type: ignore[assignment]

    # -- functions that NumPy asks of its objects by name

    def _function(self, function: Callable[[float], float], symbolic: Callable[[sp.Expr], sp.Expr]) -> Traced:
        try:
            value = float(function(self.value))
        except (ValueError, OverflowError, ZeroDivisionError):
            value = math.nan
        return self.with_(value, symbolic(self.expr))

    def exp(self) -> Traced:
        return self._function(math.exp, sp.exp)

    def expm1(self) -> Traced:
        return self._function(math.expm1, lambda e: sp.exp(e) - 1)

    def log(self) -> Traced:
        return self._function(math.log, sp.log)

    def log1p(self) -> Traced:
        return self._function(math.log1p, lambda e: sp.log(1 + e))

    def log2(self) -> Traced:
        return self._function(math.log2, lambda e: sp.log(e) / sp.log(2))

    def log10(self) -> Traced:
        return self._function(math.log10, lambda e: sp.log(e) / sp.log(10))

    def sqrt(self) -> Traced:
        return self._function(math.sqrt, sp.sqrt)

    def cbrt(self) -> Traced:
        return self._function(math.cbrt, sp.cbrt)

    def square(self) -> Traced:
        return self * self

    def reciprocal(self) -> Traced:
        return 1 / self

    def sin(self) -> Traced:
        return self._function(math.sin, sp.sin)

    def cos(self) -> Traced:
        return self._function(math.cos, sp.cos)

    def tan(self) -> Traced:
        return self._function(math.tan, sp.tan)

    def sinh(self) -> Traced:
        return self._function(math.sinh, sp.sinh)

    def cosh(self) -> Traced:
        return self._function(math.cosh, sp.cosh)

    def tanh(self) -> Traced:
        return self._function(math.tanh, sp.tanh)

    def arcsin(self) -> Traced:
        return self._function(math.asin, sp.asin)

    def arccos(self) -> Traced:
        return self._function(math.acos, sp.acos)

    def arctan(self) -> Traced:
        return self._function(math.atan, sp.atan)

    def arcsinh(self) -> Traced:
        return self._function(math.asinh, sp.asinh)

    def arctanh(self) -> Traced:
        return self._function(math.atanh, sp.atanh)

    def isnan(self) -> bool:
        return math.isnan(self.value)

    def isfinite(self) -> bool:
        return math.isfinite(self.value)

    def fabs(self) -> Traced:
        return abs(self)

    def conjugate(self) -> Traced:
        return self

    def copy(self) -> Traced:
        return self

    def item(self) -> Traced:
        return self

    @property
    def real(self) -> Traced:
        return self

    @property
    def T(self) -> Traced:
        return self

    ndim, shape, size = 0, (), 1

    def sum(self, *_: Any, **__: Any) -> Traced:
        return self

    mean = sum

    def __repr__(self) -> str:
        return f"Traced({self.value:.4g}, {self.expr})"


def letters(name: str, value: Any, tape: Tape) -> np.ndarray:
    """An array like `value` of fresh letters ``name_0_1``, each with its value."""
    array = np.asarray(value, dtype=float)
    out = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        label = "_".join((name, *map(str, index)))
        out[index] = Traced(float(array[index]), real(label), tape)
    return out


def expression(value: Any) -> sp.Expr:
    """The formula of what an entry holds: traced, or a plain number."""
    return value.expr if isinstance(value, Traced) else exact(value)


BUFFERS = ("zeros", "empty", "ones", "full", "zeros_like", "empty_like", "ones_like", "full_like", "eye")


@contextlib.contextmanager
def buffers_of_objects() -> Iterator[None]:
    """NumPy's fresh arrays of floats can hold traced scalars while this lasts; NumPy's own stay as they are."""
    kept = {name: getattr(np, name) for name in BUFFERS}

    def objects(make: Callable[..., Any], place: int) -> Callable[..., Any]:
        def fresh(*args: Any, **kwargs: Any) -> Any:
            dtype = kwargs.get("dtype", args[place] if len(args) > place else None)
            array = make(*args, **kwargs)
            asked_by = sys._getframe(1).f_globals.get("__name__", "")
            if array.dtype.kind == "f" and dtype in (None, float, "f", "f8", "float", "float64") and not asked_by.startswith("numpy"):
                return array.astype(object)
            return array

        return fresh

    places = {"full": 2, "full_like": 2, "eye": 3}
    try:
        for name, make in kept.items():
            setattr(np, name, objects(make, places.get(name, 1)))
        yield
    finally:
        for name, make in kept.items():
            setattr(np, name, make)
