"""Tracing: NumPy code run on scalars that remember how they came about, so that code becomes a formula.

Arrays of `Traced` scalars are object arrays: NumPy calls the scalars' own operators and methods. Every
scalar has a value too, by which comparisons are decided; each decision is written down as a branch.
"""

from __future__ import annotations

import functools
import math
import operator
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from .symbols import real

LIMIT = 20_000  # operations of one trace


class Untraceable(TypeError):
    """The code leaves the ground where formulas can follow: float buffers, compiled functions."""


class Tape:
    """What happened while tracing: every scalar in order, and the branches that were taken.

    Where it is `short`, what a function gives is a letter of its own, which keeps the formulas of deep networks
    short; `meanings` says what each stands for, `in_full` puts it back.
    """

    def __init__(self, seconds: float = math.inf, short: bool = False) -> None:
        self.short = short
        self.branches: dict[sp.Expr, bool] = {}
        self.thresholds: dict[sp.Expr, None] = {}  # what is held against 0, in order
        self.nodes: list[Traced] = []
        self.meanings: dict[sp.Expr, sp.Expr] = {}
        self.named: dict[sp.Expr, sp.Expr] = {}
        self.full: dict[sp.Expr, sp.Expr] = {}
        self.until = time.process_time() + seconds

    def value(self, function: Callable[..., sp.Expr], x: sp.Expr) -> sp.Expr:
        """What a function gives, if so as a letter; of another one's value SymPy may know better: log(e^z) is z."""
        if not self.short:
            return function(x)
        plain = function(self.meanings.get(x, x))
        if not isinstance(plain, sp.Function):
            return plain if x not in self.meanings or not plain.has(sp.Function) else function(x)
        found = function(x) if x in self.meanings else plain
        if found not in self.named:
            letter = sp.Symbol(f"φ{len(self.named)}", real=True, positive=isinstance(found, sp.exp) or None)
            self.named[found], self.meanings[letter] = letter, found
        return self.named[found]

    def in_full(self, e: sp.Expr) -> sp.Expr:
        """A formula without such letters."""
        if e in self.full:
            return self.full[e]
        whole = self.meanings.get(e, e)
        args = [self.in_full(a) for a in whole.args]
        found = self.full[e] = whole.func(*args) if any(a is not b for a, b in zip(args, whole.args)) else whole
        return found

    def backwards(self, seeds: list[tuple[Traced, sp.Expr]]) -> dict[Traced, sp.Expr]:
        """The derivative of a sum of scalars times factors by every scalar: one sweep from the end."""
        terms: dict[Traced, list[sp.Expr]] = {}
        for node, factor in seeds:
            terms.setdefault(node, []).append(factor)
        found = {}
        for node in reversed(self.nodes):
            if node not in terms:
                continue
            found[node] = total = sp.Add(*terms.pop(node))
            for parent, partial in node.parents:
                if sp.S.Zero not in (total, partial):
                    terms.setdefault(parent, []).append(total * partial)
        return found


def exact(number: Any) -> sp.Expr:
    """A number of the code as the rational that its shortest decimal says, or whose rounding it is."""
    if isinstance(number, bool | np.bool_):
        return sp.Integer(int(number))
    if isinstance(number, int | np.integer):
        return sp.Integer(int(number))
    number = float(number)
    if math.isinf(number):
        return sp.oo if number > 0 else -sp.oo  # what a softmax is not to see
    if math.isnan(number):
        raise Untraceable(f"{number} in a formula")
    return meant(number)


LONG = 15  # digits, from which on a number was worked out: nobody writes 0.16666666666666666
UNITS = ((sp.S.One, 1.0), *((u**n, float(u) ** n) for u in (sp.pi, sp.log(2), sp.log(10)) for n in (1, -1)))
SMALL = 1000  # the largest denominator of a fraction that such a number is taken for


@functools.lru_cache(maxsize=1024)
def meant(number: float) -> sp.Expr:
    """1/6 for 0.16666666666666666, the root of 1/3 for 0.5773502691896258, e and sqrt(2 pi) too."""
    if number == math.e:
        return sp.E
    text, last = repr(number), math.ulp(number)
    if sum(c.isdigit() for c in text.partition("e")[0].lstrip("-0.")) >= LONG:
        for unit, size in UNITS:
            part = Fraction(number / size).limit_denominator(SMALL)
            if part and abs(float(part) * size - number) <= last:
                return sp.Rational(part) * unit
            square = Fraction(number * number / size).limit_denominator(SMALL)
            if square and abs(math.sqrt(float(square) * size) - abs(number)) <= last:
                return sp.sqrt(sp.Rational(square) * unit) * (1 if number > 0 else -1)
    return sp.Rational(text)


Parents = tuple[tuple["Traced", sp.Expr], ...]


class Traced:
    """A real number with its expression; everything NumPy may ask of an object."""

    __slots__ = ("expr", "parents", "tape", "value")

    def __init__(self, value: float, expr: sp.Expr, tape: Tape, parents: Parents = ()) -> None:
        self.value, self.expr, self.tape, self.parents = value, expr, tape, parents
        if len(tape.nodes) > LIMIT:
            raise Untraceable(f"more than {LIMIT} operations")
        if time.process_time() > tape.until:
            raise Untraceable("formulas that take too long")
        tape.nodes.append(self)

    def with_(self, value: float, expr: sp.Expr, *partials: tuple[Any, sp.Expr]) -> Traced:
        """A new scalar, with its partial derivatives by the scalars that it came from."""
        return Traced(value, expr, self.tape, tuple((p, d) for p, d in partials if isinstance(p, Traced)))

    # -- arithmetic

    def __add__(self, other: Any) -> Any:
        return binary(self, other, "add")

    def __radd__(self, other: Any) -> Any:
        return binary(other, self, "add")

    def __sub__(self, other: Any) -> Any:
        return binary(self, other, "sub")

    def __rsub__(self, other: Any) -> Any:
        return binary(other, self, "sub")

    def __mul__(self, other: Any) -> Any:
        return binary(self, other, "mul")

    def __rmul__(self, other: Any) -> Any:
        return binary(other, self, "mul")

    def __truediv__(self, other: Any) -> Any:
        return binary(self, other, "div")

    def __rtruediv__(self, other: Any) -> Any:
        return binary(other, self, "div")

    def __pow__(self, other: Any) -> Any:
        return binary(self, other, "pow")

    def __rpow__(self, other: Any) -> Any:
        return binary(other, self, "pow")

    def __neg__(self) -> Traced:
        return self.with_(-self.value, -self.expr, (self, sp.S.NegativeOne))

    def __pos__(self) -> Traced:
        return self

    def __abs__(self) -> Traced:
        return self if self >= 0 else -self

    # -- comparisons: decided by value, written down as a branch

    def _compare(self, other: Any, relation: Callable[[float, float], bool]) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        value = other.value if isinstance(other, Traced) else float(other)
        expr = other.expr if isinstance(other, Traced) else exact(other) if math.isfinite(value) else None
        answer = bool(relation(self.value, value))
        if expr is not None:
            self.tape.branches.setdefault(self.expr - expr, answer)
            if relation not in (operator.eq, operator.ne):
                self.tape.thresholds.setdefault(self.expr - expr)
        return answer

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, operator.ge)

    def __eq__(self, other: Any) -> Any:
        return self._compare(other, operator.eq)

    def __ne__(self, other: Any) -> Any:
        return self._compare(other, operator.ne)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __float__(self) -> float:
        raise Untraceable("a traced number is put into an array of floats")

    __int__ = __index__ = __complex__ = __float__  # type: ignore[assignment]

    def __copy__(self) -> Traced:
        return self

    def __deepcopy__(self, memo: Any) -> Traced:  # a copy of an array holds the same numbers
        return self

    # -- functions that NumPy asks of its objects by name

    def _function(self, name: str) -> Traced:
        function, symbolic, slope = FUNCTIONS[name]
        try:
            value = float(function(self.value))
        except (ValueError, OverflowError, ZeroDivisionError):
            value = math.nan
        expr = self.tape.value(symbolic, self.expr)
        return self.with_(value, expr, (self, slope(self.expr, expr)))

    def square(self) -> Traced:
        return self * self

    def reciprocal(self) -> Traced:
        return 1 / self

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


def exponential(x: sp.Expr) -> sp.Expr:
    """e^x as SymPy would write it, which asks much of a long sum to see that nothing cancels: only logarithms do."""
    factors = (f for term in sp.Add.make_args(x) for f in sp.Mul.make_args(term))
    return sp.exp(x, evaluate=not x.is_Add or any(isinstance(f, sp.log) for f in factors))


one = sp.S.One
FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[..., sp.Expr], Callable[..., sp.Expr]]] = {
    # NumPy's name: the number, the formula, the slope from x and y
    "exp": (math.exp, exponential, lambda x, y: y),
    "expm1": (math.expm1, lambda x: exponential(x) - 1, lambda x, y: y + 1),
    "exp2": (lambda v: 2.0**v, lambda x: 2**x, lambda x, y: y * sp.log(2)),
    "log": (math.log, sp.log, lambda x, y: 1 / x),
    "log1p": (math.log1p, lambda x: sp.log(1 + x), lambda x, y: 1 / (1 + x)),
    "log2": (math.log2, lambda x: sp.log(x) / sp.log(2), lambda x, y: 1 / (x * sp.log(2))),
    "log10": (math.log10, lambda x: sp.log(x) / sp.log(10), lambda x, y: 1 / (x * sp.log(10))),
    "sqrt": (math.sqrt, sp.sqrt, lambda x, y: 1 / (2 * y)),
    "cbrt": (math.cbrt, sp.cbrt, lambda x, y: 1 / (3 * y**2)),
    "sin": (math.sin, sp.sin, lambda x, y: sp.cos(x)),
    "cos": (math.cos, sp.cos, lambda x, y: -sp.sin(x)),
    "tan": (math.tan, sp.tan, lambda x, y: 1 + y**2),
    "sinh": (math.sinh, sp.sinh, lambda x, y: sp.cosh(x)),
    "cosh": (math.cosh, sp.cosh, lambda x, y: sp.sinh(x)),
    "tanh": (math.tanh, sp.tanh, lambda x, y: 1 - y**2),
    "arcsin": (math.asin, sp.asin, lambda x, y: 1 / sp.sqrt(1 - x**2)),
    "arccos": (math.acos, sp.acos, lambda x, y: -1 / sp.sqrt(1 - x**2)),
    "arctan": (math.atan, sp.atan, lambda x, y: 1 / (1 + x**2)),
    "arcsinh": (math.asinh, sp.asinh, lambda x, y: 1 / sp.sqrt(1 + x**2)),
    "arctanh": (math.atanh, sp.atanh, lambda x, y: 1 / (1 - x**2)),
    "erf": (math.erf, sp.erf, lambda x, y: 2 * sp.exp(-(x**2)) / sp.sqrt(sp.pi)),
}
for _name in FUNCTIONS:  # NumPy calls x.exp() on its objects: every function of the table is such a method
    setattr(Traced, _name, lambda self, _name=_name: self._function(_name))

BINARY: dict[str, tuple[Callable[[Any, Any], Any], Callable[..., tuple[sp.Expr, sp.Expr]]]] = {
    # the operation on numbers and formulas, its two partial derivatives
    "add": (lambda a, b: a + b, lambda a, b, y: (one, one)),
    "sub": (lambda a, b: a - b, lambda a, b, y: (one, -one)),
    "mul": (lambda a, b: a * b, lambda a, b, y: (b, a)),
    "div": (lambda a, b: a / b, lambda a, b, y: (1 / b, -a / b**2)),
    "pow": (lambda a, b: a**b, lambda a, b, y: (b * a ** (b - 1), y * sp.log(a) if not b.is_number else one)),
}


UNDEFINED = (sp.zoo, sp.nan)


def binary(a: Any, b: Any, name: str) -> Any:
    """One of the two is traced; a plain number is read exactly, an array is NumPy's business."""
    for other in (a, b):
        if not isinstance(other, Traced | int | float | np.number | np.bool_):
            return NotImplemented
    operation, partials = BINARY[name]
    (x, p), (y, q) = ((v.value, v.expr) if isinstance(v, Traced) else (float(v), exact(v)) for v in (a, b))
    try:
        value = float(operation(x, y))
    except (ZeroDivisionError, OverflowError, TypeError):
        value = math.nan
    expr = sp.S.Zero if name == "mul" and sp.S.Zero in (p, q) else operation(p, q)  # SymPy asks whether p is finite
    if expr in UNDEFINED or any(a in UNDEFINED for a in expr.args):  # deeper down they would have been seen before
        raise Untraceable("a division by zero")
    left, right = partials(p, q, expr)
    return (a if isinstance(a, Traced) else b).with_(value, expr, (a, left), (b, right))


def letters(name: str, value: Any, tape: Tape) -> np.ndarray:
    """An array like `value` of fresh letters ``name_0_1``, each with its value."""
    array = np.asarray(value, dtype=float)
    out = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        label = "_".join((name, *map(str, index)))
        out[index] = Traced(float(array[index]), real(label), tape)
    return out


def lift(array: np.ndarray) -> np.ndarray:
    """Plain numbers among traced scalars become traced too, so that NumPy finds its functions on them."""
    tape = next((v.tape for v in array.flat if isinstance(v, Traced)), None)
    if tape is None:
        return array.astype(float)
    out = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        value = array[index]
        out[index] = value if isinstance(value, Traced) else Traced(float(value), exact(value), tape)
    return out


def expression(value: Any) -> sp.Expr:
    """The formula of what an entry holds: traced, or a plain number."""
    return value.expr if isinstance(value, Traced) else exact(value)
