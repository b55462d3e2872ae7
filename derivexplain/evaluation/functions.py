"""What NumPy calls the functions of formulas; the functions it lacks, number by number."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from sympy.utilities.lambdify import MPMATH_TRANSLATIONS


def tabulate(expr: Any, letters: tuple[Any, ...], arrays: list[Any]) -> Any:
    """A SymPy expression at every number of the arrays: slow, for functions that NumPy lacks; nan at poles."""
    name = MPMATH_TRANSLATIONS.get(expr.func.__name__, expr.func.__name__)
    known = (MATH.get(expr.func) or getattr(mpmath, name, None)) if expr.args == letters else None

    def one(*numbers: Any) -> float:
        try:
            if known:
                value = known(*numbers)
                return float("nan") if getattr(value, "imag", 0) else float(getattr(value, "real", value))
            return float(expr.evalf(17, subs=dict(zip(letters, numbers, strict=True))))
        except (TypeError, ValueError, OverflowError, RecursionError):
            return float("nan")

    return np.asarray(np.frompyfunc(one, len(letters), 1)(*arrays), float)


def erfinv(y: float) -> float:
    """By the normal distribution, and one step of Newton's."""
    x = statistics.NormalDist().inv_cdf((1 + y) / 2) / math.sqrt(2)
    return x - (math.erf(x) - y) * math.sqrt(math.pi) / 2 * math.exp(x * x)


MATH: dict[Any, Callable[..., float]] = {
    sp.erf: math.erf, sp.erfc: math.erfc, sp.erfinv: erfinv, sp.gamma: math.gamma,
}  # fmt: skip


def absolute(z: Any) -> Any:
    return np.where(np.real(z) < 0, -z, z)


RELATIONS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (np.exp, np.log, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh)},
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "Abs": absolute, "sign": lambda z: np.sign(np.real(z)),
    "floor": lambda z: np.floor(np.real(z)), "ceiling": lambda z: np.ceil(np.real(z)),
    "Heaviside": lambda z, at_zero=0.5: np.heaviside(np.real(z), np.real(at_zero)),
    "cot": lambda z: 1 / np.tan(z), "sec": lambda z: 1 / np.cos(z), "csc": lambda z: 1 / np.sin(z),
    "coth": lambda z: 1 / np.tanh(z), "sech": lambda z: 1 / np.cosh(z), "csch": lambda z: 1 / np.sinh(z),
}  # fmt: skip
