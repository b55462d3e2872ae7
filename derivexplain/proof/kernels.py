"""The kernels and their laws: exponentials, logs and roots of factors, sines with cosines, other functions.

Arguments are taken apart into terms, so that e^(x + y) is a product of e^x and e^y and log(x^2 y) a
sum of logs of |x| and |y|: all true for real numbers wherever the expression itself is defined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

import sympy as sp
from flint import fmpz, fmpz_mpoly

from .field import Field, Kernel, Ratio, Unprovable
from .signs import Cell, Empty, Signs, Split


class Refine(Exception):
    """A kernel must stand for a smaller part of its argument: the proof begins anew with this scale."""

    def __init__(self, key: Any, scale: int) -> None:
        super().__init__("refine")
        self.key, self.scale = key, scale


@dataclass
class Inside:
    """What was found inside one cell: signs, slopes and values of kernels, and what expressions are there."""

    signs: Signs
    slopes: dict[tuple[int, Any], Ratio] = field(default_factory=dict)
    values: dict[int, Ratio] = field(default_factory=dict)
    elements: dict[sp.Basic, Ratio] = field(default_factory=dict)


class Kernels:
    """Makes elements of the field: `exp`, `log`, `power`, `sincos`, `opaque`."""

    def __init__(self, f: Field, scales: dict[Any, int]) -> None:
        self.field, self.scales = f, scales
        self.signs = Signs(f, Cell())

    def inside(self, cell: Cell) -> Inside:
        """A cell of which nothing is known yet."""
        return Inside(Signs(self.field, cell, self.log_absolute))

    def enter(self, inside: Inside) -> None:
        """Turn to a cell: what holds in another one only is out of sight."""
        self.signs, self.field.slopes, self.field.values = inside.signs, inside.slopes, inside.values

    # ------------------------------------------------------------ taking apart

    def terms(self, u: Ratio) -> Iterator[tuple[Fraction, Ratio]]:
        """u as a sum of rational coefficients times terms that carry none."""
        u = self.field.canonical(u)
        content = u.den.term_content().leading_coefficient()
        den = u.den / content
        for exponents, c in u.num.terms():
            monomial = self.field.context.from_dict({exponents: fmpz(1)})
            term = self.field.canonical(Ratio(monomial, den)) if not den.is_one() else Ratio(monomial, den)
            yield Fraction(int(c), int(content)), term

    def factors(self, u: Ratio) -> Iterator[tuple[fmpz_mpoly, int]]:
        """The factors of |u|: primes of its content and irreducible polynomials, with multiplicities."""
        for p, way in ((u.num, 1), (u.den, -1)):
            constant, factors = p.factor()
            for prime, e in primes(abs(int(constant))):
                yield self.field.context.constant(prime), way * e
            for f, e in factors:
                yield (f if f.leading_coefficient() > 0 else -f), way * int(e)

    def single(self, p: fmpz_mpoly) -> Kernel | None:
        """The kernel that this polynomial is, if it is just one."""
        if len(p) != 1 or p.is_constant():
            return None
        (exponents, c), *_ = p.terms()
        used = [i for i, e in enumerate(exponents) if e]
        return self.field.kernels[used[0]] if c == 1 and len(used) == 1 and exponents[used[0]] == 1 else None

    def scaled(self, key: Any, divisor: int) -> int:
        scale = self.scales.setdefault(key, divisor)
        if scale % divisor:
            raise Refine(key, lcm(scale, divisor))
        return scale

    def positive(self, u: Ratio) -> None:
        """u > 0 is needed for the expression to be defined: where it is not, nothing lies in this cell."""
        try:
            s = self.signs.of(u)
        except Split as split:
            unknown = [c.signs for c in split.cells if len(c.signs) > len(self.signs.cell.signs)]
            if len(unknown) != 2:
                raise
            (key,) = set(unknown[0]) - set(self.signs.cell.signs)
            certain = self.signs.known
            for guess in (1, -1):  # one factor is unknown and must bring the sign that is needed
                self.signs.guess(key, guess, certain)
                try:
                    if self.signs.of(u) > 0:
                        return
                except Split:
                    self.signs.known = certain
                    raise split from None
            raise Empty from None
        if s <= 0:
            raise Empty

    # ------------------------------------------------------------ exponentials, logs, powers

    def exp(self, u: Ratio) -> Ratio:
        out = self.field.one
        for c, t in self.terms(u):
            k = self.single(t.num) if t.den.is_one() else None
            if k is not None and k.kind == "log":
                out = out * self.absolute_power(k.data, c)
            elif k is not None and k.kind == "lambertw" and c.denominator == 1:
                out = out * (k.data / self.field.ratio(k)) ** c.numerator
            else:
                out = out * self.exponential(c, t)
        return out

    def exponential(self, c: Fraction, t: Ratio) -> Ratio:
        key = ("exp", t.key)
        scale = self.scaled(key, c.denominator)
        k, new = self.field.kernel(key, "exp")
        if new:
            k.data = t * self.field.number(1, scale)
            k.slope = lambda letter: self.field.ratio(k) * self.field.derivative(k.data, letter)
        return self.field.ratio(k) ** int(c * scale)

    def log(self, u: Ratio) -> Ratio:
        u = self.field.canonical(u)
        self.positive(u)
        return self.log_absolute(u)

    def log_absolute(self, u: Ratio) -> Ratio:
        out = self.field.zero
        for f, e in self.factors(u):
            out = out + self.log_of(f) * self.field.number(e)
        return out

    def log_of(self, f: fmpz_mpoly) -> Ratio:
        inner = self.single(f)
        if inner is not None and inner.kind == "exp":
            return inner.data
        if inner is not None and inner.kind == "root":
            return self.log_of(inner.data) * self.field.number(1, inner.power)
        k, new = self.field.kernel(("log", str(f)), "log", f)
        if new:
            inside = Ratio(f, self.field.unit)
            k.slope = lambda letter: self.field.derivative(inside, letter) / inside
        return self.field.ratio(k)

    def power(self, u: Ratio, t: Fraction) -> Ratio:
        """u^t for a fraction t, u being positive where this is defined."""
        u = self.field.canonical(u)
        if u.is_zero:
            return self.field.zero
        self.positive(u)
        out = self.field.one
        for f, e in self.factors(u):
            out = out * self.absolute_power(f, t * e)
        return out

    def absolute_power(self, f: fmpz_mpoly, t: Fraction) -> Ratio:
        """|f|^t for an irreducible f: whole powers of |f| and a root kernel with r^q = |f|."""
        inner = self.single(f)
        if inner is not None and inner.kind == "exp":
            return self.exp(inner.data * self.field.number(t.numerator, t.denominator))
        if inner is not None and inner.kind == "root":
            return self.absolute_power(inner.data, t / inner.power)
        whole, rest = divmod(t, 1)
        inside = Ratio(f, self.field.unit)
        out = inside ** int(whole)
        if whole % 2:
            out = out * self.field.number(self.signs.of_polynomial(f))
        if not rest:
            return out
        key = ("root", str(f))
        scale = self.scaled(key, rest.denominator)
        k, new = self.field.kernel(key, "root", f)
        if new:
            k.power = scale
            k.value = lambda: inside * self.field.number(self.signs.of_polynomial(f))
            share = self.field.number(1, scale)
            k.slope = lambda letter: self.field.ratio(k) * share * self.field.derivative(inside, letter) / inside
        return out * self.field.ratio(k) ** int(rest * scale)

    def high_power(self, u: Ratio, n: int) -> Ratio:
        """u^n, where multiplying out would fill the field with u itself as a kernel."""
        u = self.field.canonical(u)
        if len(u.num) * len(u.den) < 4 and len(u.num) + len(u.den) < 4:
            return u**n
        k, new = self.field.kernel(("whole", u.key), "function", u)
        if new:
            k.slope = lambda letter: self.field.derivative(u, letter)
        return self.field.ratio(k) ** n

    def whole_power(self, u: Ratio, exponent: Ratio) -> Ratio:
        """u^n for a letter n that is an integer: u may be negative, so the power is a kernel of its own."""
        number = self.field.zero
        symbolic = self.field.zero
        for c, t in self.terms(exponent):
            if t.rational() == (1, 1):
                number = self.field.number(c.numerator, c.denominator)
            else:
                symbolic = symbolic + t * self.field.number(c.numerator, c.denominator)
        p, q = number.rational() or (0, 1)
        if q != 1:
            raise Unprovable("a power")
        out = u**p
        for f, e in self.factors(u):
            k, new = self.field.kernel(("whole", str(f), self.field.canonical(symbolic).key), "function")
            if new:
                inside = Ratio(f, self.field.unit)
                k.slope = self.whole_slope(k, inside, symbolic)
            out = out * self.field.ratio(k) ** e
        if self.signs.of(u) < 0 and len([f for f, _ in self.factors(u)]) > 1:
            raise Unprovable("a power of a negative product")
        return out

    def whole_slope(self, k: Kernel, inside: Ratio, n: Ratio) -> Any:
        def slope(letter: Any) -> Ratio:
            if not self.field.derivative(n, letter).is_zero:
                raise Unprovable("the slope in an integer")
            return self.field.ratio(k) * n * self.field.derivative(inside, letter) / inside

        return slope

    # ------------------------------------------------------------ sines and cosines

    def sincos(self, u: Ratio) -> tuple[Ratio, Ratio]:
        s, c = self.field.zero, self.field.one
        for coefficient, t in self.terms(u):
            s1, c1 = self.sincos_of(coefficient, t)
            s, c = s * c1 + c * s1, c * c1 - s * s1
        return s, c

    def sincos_of(self, coefficient: Fraction, t: Ratio) -> tuple[Ratio, Ratio]:
        k = self.single(t.num) if t.den.is_one() else None
        key = ("trig", t.key)
        scale = self.scaled(key, coefficient.denominator)
        if k is not None and k.kind == "odd" and scale == 1 and k.name in ("atan", "asin"):
            square = k.data * k.data
            root = self.power(
                self.field.one + square if k.name == "atan" else self.field.one - square, Fraction(1, 2)
            )
            s1, c1 = (k.data / root, self.field.one / root) if k.name == "atan" else (k.data, root)
        else:
            s1, c1 = self.trig_kernels(key, t * self.field.number(1, scale))
        n = int(coefficient * scale)
        if abs(n) > 24:  # not multiplied out: an angle of its own
            angle = t * self.field.number(abs(n), scale)
            s, c = self.trig_kernels((*key, abs(n)), angle)
            return (s, c) if n > 0 else (-s, c)
        s, c = self.field.zero, self.field.one
        for _ in range(abs(n)):
            s, c = self.field.reduce(s * c1 + c * s1), self.field.reduce(c * c1 - s * s1)
        return (s, c) if n > 0 else (-s, c)

    def trig_kernels(self, key: Any, angle: Ratio) -> tuple[Ratio, Ratio]:
        cosine, _ = self.field.kernel((*key, "cos"), "cos", angle)
        sine, new = self.field.kernel((*key, "sin"), "sin", angle)
        s, c = self.field.ratio(sine), self.field.ratio(cosine)
        if new:
            sine.power, sine.value = 2, lambda: self.field.one - c * c
            sine.slope = lambda letter: c * self.field.derivative(angle, letter)
            cosine.slope = lambda letter: -(s * self.field.derivative(angle, letter))
        return s, c

    # ------------------------------------------------------------ everything else

    def constant(self, name: str) -> Ratio:
        return self.field.ratio(self.field.kernel(("constant", name), "constant", name=name)[0])


def primes(n: int) -> list[tuple[int, int]]:
    """The prime factors of a content; a large one counts as one prime."""
    if n <= 1:
        return []
    if n.bit_length() > 80:
        root = sp.integer_nthroot(n, 2)
        return [(root[0], 2)] if root[1] else [(n, 1)]
    return [(int(p), int(e)) for p, e in fmpz(n).factor()]
