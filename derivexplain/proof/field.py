"""A field of fractions over kernels: x, e^x, log x, sqrt x, sin x ... as if they were letters.

An expression becomes numerator over denominator, two integer polynomials in the kernels (flint does
the arithmetic). The kernels are independent but for the relations that are kept beside them
(root^q = u, s^2 = 1 - c^2), so a numerator that reduces to zero proves an equation. Each kernel knows
its own derivative: open derivatives are taken here by nothing but sums, products and that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any

from flint import fmpz, fmpz_mpoly, fmpz_mpoly_ctx

from .numbers import Undefined

MOST_TERMS = 2000
MOST_PRODUCTS = 400_000


class Unprovable(Exception):
    """This field cannot say it: too large, or nothing is known about a function."""


@dataclass(frozen=True, eq=False)
class Ratio:
    """numerator / denominator, cancelled where it is cheap to."""

    num: fmpz_mpoly
    den: fmpz_mpoly

    def __add__(self, other: Ratio) -> Ratio:
        if self.den == other.den:
            return guarded(self.num + other.num, self.den)
        if self.den.is_constant() and other.den.is_constant():
            return guarded(self.num * other.den + other.num * self.den, self.den * other.den)
        g = self.den.gcd(other.den)
        a, b = self.den / g, other.den / g
        return guarded(self.num * b + other.num * a, self.den * b)

    def __mul__(self, other: Ratio) -> Ratio:
        a, d = cancelled(self.num, other.den)
        b, c = cancelled(other.num, self.den)
        if len(a) * len(b) > MOST_PRODUCTS or len(c) * len(d) > MOST_PRODUCTS:
            raise Unprovable("the expression grows too large")
        return guarded(a * b, c * d)

    def __neg__(self) -> Ratio:
        return Ratio(-self.num, self.den)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + (-other)

    def __truediv__(self, other: Ratio) -> Ratio:
        return self * other.inverse()

    def inverse(self) -> Ratio:
        if self.num.is_zero():
            raise Undefined("division by zero")
        return Ratio(self.den, self.num)

    def __pow__(self, n: int) -> Ratio:
        if abs(n) > 64 and len(self.num) * len(self.den) > 1 or abs(n) > 10_000:
            raise Unprovable("a large power")
        if n < 0:
            return self.inverse() ** -n
        if max(comb(n + len(p) - 1, n) for p in (self.num, self.den) if len(p)) > MOST_TERMS:
            raise Unprovable("the expression grows too large")
        return Ratio(self.num**n, self.den**n)

    @property
    def is_zero(self) -> bool:
        return self.num.is_zero()

    @property
    def key(self) -> str:
        return f"{self.num}|{self.den}"

    def rational(self) -> tuple[int, int] | None:
        """p, q where this is the number p/q."""
        if self.num.is_constant() and self.den.is_constant():
            p, q = (int(r.leading_coefficient()) if not r.is_zero() else 0 for r in (self.num, self.den))
            return (p, q) if q > 0 else (-p, -q)
        return None


def cancelled(num: fmpz_mpoly, den: fmpz_mpoly) -> tuple[fmpz_mpoly, fmpz_mpoly]:
    if den.is_one() or num.is_one():
        return num, den
    g = num.gcd(den)
    return (num, den) if g.is_one() else (num / g, den / g)


def guarded(num: fmpz_mpoly, den: fmpz_mpoly) -> Ratio:
    if len(num) > MOST_TERMS or len(den) > MOST_TERMS:
        raise Unprovable("the expression grows too large")
    return Ratio(num, den)


@dataclass
class Kernel:
    """One generator: what it stands for, its relation kernel^power = value, and its derivative."""

    number: int
    kind: str
    data: Any = None
    name: str = ""
    power: int = 0
    value: Callable[[], Ratio] | None = None
    slope: Callable[[Any], Ratio] | None = None


class Field:
    """The generators made so far, by key, and what can be done with polynomials in them."""

    def __init__(self, size: int = 24) -> None:
        self.context = fmpz_mpoly_ctx.get([f"k{i}" for i in range(size)], "lex")
        self.generators = self.context.gens()
        self.unit = self.context.constant(1)
        self.kernels: list[Kernel] = []
        self.by_key: dict[Any, Kernel] = {}
        self.named: dict[str, fmpz_mpoly] = {}  # polynomials whose sign is assumed somewhere
        self.slopes: dict[tuple[int, Any], Ratio] = {}
        self.values: dict[int, Ratio] = {}
        self.zero, self.one = self.number(0), self.number(1)

    def number(self, p: int, q: int = 1) -> Ratio:
        return Ratio(self.context.constant(p), self.context.constant(q))

    def kernel(self, key: Any, kind: str, data: Any = None, name: str = "") -> tuple[Kernel, bool]:
        """The kernel of this key, and whether it is new (its maker then says its relation and slope)."""
        found = self.by_key.get(key)
        if found is not None:
            return found, False
        if len(self.kernels) == len(self.generators):
            raise Unprovable("too many kernels")
        made = self.by_key[key] = Kernel(len(self.kernels), kind, data, name)
        self.kernels.append(made)
        return made, True

    def ratio(self, k: Kernel) -> Ratio:
        return Ratio(self.generators[k.number], self.unit)

    # ------------------------------------------------------------ normal forms

    def reduce(self, r: Ratio) -> Ratio:
        """Put every relation to use, newest kernel first."""
        for k in reversed(self.kernels):
            if k.power and (degree(r.num, k) >= k.power or degree(r.den, k) >= k.power):
                r = self.lowered(r.num, k) / self.lowered(r.den, k)
        return r

    def lowered(self, p: fmpz_mpoly, k: Kernel) -> Ratio:
        assert k.value is not None
        if k.number not in self.values:
            self.values[k.number] = k.value()
        value = self.values[k.number]
        parts: dict[int, dict[tuple[int, ...], fmpz]] = {}
        for exponents, c in p.terms():
            times, rest = divmod(exponents[k.number], k.power)
            lower = (*exponents[: k.number], rest, *exponents[k.number + 1 :])
            parts.setdefault(times, {})[lower] = c
        out = self.zero
        for times, terms in sorted(parts.items()):
            out = out + Ratio(self.context.from_dict(terms), self.unit) * value**times
        return out

    def canonical(self, r: Ratio) -> Ratio:
        """The one way to write this element: reduced, cancelled, the denominator's sign positive."""
        r = self.reduce(r)
        if r.num.is_zero():
            return self.zero
        num, den = cancelled(r.num, r.den)
        if den.leading_coefficient() < 0:
            num, den = -num, -den
        return Ratio(num, den)

    def vanishes(self, r: Ratio) -> bool:
        if r.num.is_zero():
            return True
        r = self.reduce(r)
        if r.den.is_zero():
            raise Unprovable("a denominator vanishes")
        return r.num.is_zero()

    # ------------------------------------------------------------ derivatives

    def derivative(self, r: Ratio, letter: Any) -> Ratio:
        top, bottom = self.slope_of(r.num, letter), self.slope_of(r.den, letter)
        den = Ratio(r.den, self.unit)
        if bottom.is_zero:
            return top / den
        return (top * den - Ratio(r.num, self.unit) * bottom) / (den * den)

    def slope_of(self, p: fmpz_mpoly, letter: Any) -> Ratio:
        out = self.zero
        for i, d in enumerate(p.degrees()):
            if d > 0:
                slope = self.kernel_slope(self.kernels[i], letter)
                if not slope.is_zero:
                    out = out + Ratio(p.derivative(i), self.unit) * slope
        return out

    def kernel_slope(self, k: Kernel, letter: Any) -> Ratio:
        key = (k.number, letter)
        if key not in self.slopes:
            self.slopes[key] = k.slope(letter) if k.slope else self.zero
        return self.slopes[key]


def degree(p: fmpz_mpoly, k: Kernel) -> int:
    return int(p.degrees()[k.number]) if not p.is_zero() else 0
