"""Numbers that cannot deceive: exact rationals, real balls, and jets (Taylor coefficients) of either.

A rational stays exact as long as only arithmetic is done to it, so that a point right on a breakpoint
is known to be there; everything else is an Arb ball that encloses the true value. A `Jet` is the
independent witness for derivatives: it never sees a table of rules for +, * or composition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from flint import arb, arb_series, ctx, fmpq, fmpz

Number = Any  # fmpq | arb
Value = Any  # Number | Jet

HUGE = 1 << 40  # arguments beyond this are not evaluated: an exponential tower must not hang
ZERO, ONE = fmpq(0), fmpq(1)


class Unclear(Exception):
    """Nothing certain can be said here: too little precision, or a function nobody evaluates."""


class Kink(Unclear):
    """The two sides of a breakpoint disagree here: there is no derivative at this point."""


class Undefined(Exception):
    """Certainly not a real finite number here."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    old, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = old


def exact(value: Any) -> fmpq:
    """A Fraction, an int or a SymPy Rational as flint's rational."""
    if isinstance(value, fmpq):
        return value
    if isinstance(value, int | Fraction):
        return fmpq(value.numerator, value.denominator)
    return fmpq(int(value.p), int(value.q))


def ball(value: Number) -> arb:
    return value if isinstance(value, arb) else arb(value)


def is_zero(value: Number) -> bool:
    return value == 0 if isinstance(value, fmpq) else value.is_zero()


def sign(value: Number) -> int:
    """-1, 0 or 1 for certain; `Unclear` otherwise."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    if is_zero(value):
        return 0
    raise Unclear("sign")


def moderate(value: Number, bound: int = HUGE) -> Number:
    if not (-bound < value < bound):
        raise Unclear("an argument is too large to evaluate")
    return value


def finite(value: arb) -> arb:
    if not value.is_finite():
        raise Unclear("precision")
    return value


def divide(a: Number, b: Number) -> Number:
    if is_zero(b):
        raise Undefined("division by zero")
    return a / b if isinstance(b, fmpq) else finite(ball(a) / b)


class Jet:
    """Taylor coefficients of a function at a point: c[k] is the k-th derivative over k!."""

    __slots__ = ("c",)

    def __init__(self, c: list[Number]) -> None:
        self.c = c

    def _of(self, other: Value) -> list[Number]:
        return other.c if isinstance(other, Jet) else [other] + [ZERO] * (len(self.c) - 1)

    def __add__(self, other: Value) -> Jet:
        if not isinstance(other, Jet):
            return Jet([self.c[0] + other, *self.c[1:]])
        return Jet([a + b for a, b in zip(self.c, other.c)])

    def __mul__(self, other: Value) -> Jet:
        if not isinstance(other, Jet):
            return Jet([a * other for a in self.c])
        a, b = self.c, other.c
        return Jet([sum((a[i] * b[k - i] for i in range(1, k + 1)), a[0] * b[k]) for k in range(len(a))])

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Jet:
        return Jet([-a for a in self.c])

    def __sub__(self, other: Value) -> Jet:
        return self + (-other)

    def __rsub__(self, other: Value) -> Jet:
        return (-self) + other

    def inverse(self) -> Jet:
        out = [divide(ONE, self.c[0])]
        for k in range(1, len(self.c)):
            out.append(-out[0] * sum((self.c[i] * out[k - i] for i in range(1, k + 1)), ZERO))
        return Jet(out)

    def through(self, series: Callable[[arb_series], arb_series]) -> Jet:
        """This jet put through a function that flint knows for power series."""
        n = len(self.c)
        old, ctx.cap = ctx.cap, n
        try:
            coefficients = series(arb_series([ball(a) for a in self.c])).coeffs()
        finally:
            ctx.cap = old
        return Jet([finite(a) for a in coefficients] + [ZERO] * (n - len(coefficients)))

    def shorter(self) -> Value:
        """One coefficient less; a jet of one coefficient is just its number."""
        return Jet(self.c[:-1]) if len(self.c) > 2 else self.c[0]

    def derivative(self) -> Value:
        c = [self.c[k] * k for k in range(1, len(self.c))]
        return Jet(c) if len(c) > 1 else c[0]


def integral(slope: Value, start: Number) -> Jet:
    c = slope.c if isinstance(slope, Jet) else [slope]
    return Jet([start, *(a / fmpz(k + 1) for k, a in enumerate(c))])


def head(value: Value) -> Number:
    return value.c[0] if isinstance(value, Jet) else value


def inverse(value: Value) -> Value:
    return value.inverse() if isinstance(value, Jet) else divide(ONE, value)


def integer_power(value: Value, n: int) -> Value:
    if n < 0:
        return inverse(integer_power(value, -n))
    if not isinstance(value, Jet):
        if isinstance(value, fmpq) and n * max(int(value.p).bit_length(), int(value.q).bit_length()) > 1 << 14:
            value = arb(value)
        return finite(value**n) if isinstance(value, arb) else value**n
    out: Value = ONE
    while n:
        out = value * out if n & 1 else out
        n >>= 1
        value = value * value if n else value
    return out if isinstance(out, Jet) else value * 0 + 1


def as_fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))
