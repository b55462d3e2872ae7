"""Limits: how long, how deep and how large a formula may be, so that every answer comes at once."""

from __future__ import annotations

import math

import sympy as sp

from ..errors import ReadError

CHARACTERS = 4000
NODES = 600
DEPTH = 60
BITS = 256
EXPONENT = 64
ORDER = 12  # of a derivative
LARGEST = 1e300  # no number in a formula may be beyond this, written or computed


def check_number(value: sp.Rational) -> sp.Rational:
    """The number itself where it is short enough."""
    if max(abs(value.p).bit_length(), value.q.bit_length()) > BITS:
        raise ReadError(f"a number of more than {BITS} bits", mend="use smaller numbers, or a letter in its place")
    return value


def check_power(base: sp.Expr, exponent: sp.Expr) -> None:
    """Refuse powers whose expansion or value could not be held."""
    if exponent.is_Rational and abs(exponent) > EXPONENT:
        raise ReadError(f"the exponent {_short(exponent)} is beyond {EXPONENT}", mend="use a letter for the exponent")
    if base.is_Rational and exponent.is_Integer:
        bits = max(abs(base.p).bit_length(), base.q.bit_length()) * abs(int(exponent))
        if bits > 2 * BITS:
            raise ReadError(
                f"a number of more than {BITS} bits", mend="use smaller numbers, or a letter in its place"
            )


def check_size(expr: sp.Expr) -> sp.Expr:
    """The expression of numbers only, where its value is not astronomical (exp(exp(exp(9))))."""
    try:
        size = _size(expr)
    except OverflowError:
        size = math.inf
    if not size < LARGEST:
        raise ReadError("a number too large to compute with", mend="use smaller numbers, or a letter in its place")
    return expr


def _size(expr: sp.Expr) -> float:
    """A rough upper bound of the absolute value of a number expression."""
    if expr.is_Rational:
        return abs(expr.p / expr.q)
    if not expr.args:
        return abs(float(expr)) if isinstance(expr, sp.NumberSymbol) else 4.0
    sizes = [_size(a) for a in expr.args]
    if isinstance(expr, sp.Add):
        return sum(sizes)
    if isinstance(expr, sp.Mul):
        return math.prod(max(s, 1.0) for s in sizes)
    if isinstance(expr, sp.exp) and _sign(expr.args[0]) < 0:
        return 1.0
    if isinstance(expr, sp.Pow):
        return max(sizes[0], 4.0) ** sizes[1]
    if isinstance(expr, sp.exp | sp.sinh | sp.cosh):
        return math.exp(sizes[0])
    if isinstance(expr, sp.log | sp.sin | sp.cos | sp.tanh | sp.atan | sp.erf | sp.Abs | sp.Max | sp.Min):
        return max(*sizes, 4.0)
    return math.exp(math.lgamma(sum(sizes) + 3.0))  # grows no faster than a factorial


def _sign(expr: sp.Expr) -> int:
    """1 for what is surely not negative, -1 for what is surely not positive, 0 for what its look does not tell."""
    if expr.is_Rational:
        return 1 if expr >= 0 else -1
    if isinstance(expr, sp.NumberSymbol | sp.exp | sp.Abs | sp.cosh):
        return 1
    signs = [_sign(a) for a in expr.args]
    if isinstance(expr, sp.Mul):
        return math.prod(signs)
    if isinstance(expr, sp.Add):
        return signs[0] if len(set(signs)) == 1 else 0
    if isinstance(expr, sp.Pow):
        return 1 if signs[0] > 0 or expr.exp.is_Integer and expr.exp % 2 == 0 else 0
    return signs[0] if isinstance(expr, sp.tanh | sp.sinh | sp.atan | sp.erf) else 0


def _short(number: sp.Expr) -> str:
    text = str(number)
    return text if len(text) < 20 else text[:8] + "..."
