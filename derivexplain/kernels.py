"""Formulas as fractions of polynomials in their kernels: x, e^x, sqrt(x), tanh x ... each taken as a letter.

Powers of one exponential, or of one root, share a letter. What the identities say of a kernel's powers
(cos^2 = 1 - sin^2) is put to use, so that equal fractions are found equal. The arithmetic is flint's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd, lcm
from typing import Any

import sympy as sp
from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from .law import HOLES, Law, Move
from .matching import construct, fill, match

MANY = 3000  # terms of a polynomial beyond which nobody reads it
POWER = 40
READABLE = 16  # terms of a sum beyond which only its factors are worth a look


class TooLarge(Exception):
    """The formula is no fraction that one could read."""


@dataclass(frozen=True)
class Fraction:
    """Numerator and denominator without common factor."""

    top: fmpq_mpoly
    below: fmpq_mpoly


class Ring:
    """The kernels of some formulas as letters; turns formulas into fractions and back."""

    def __init__(self, *expressions: sp.Expr, identities: Sequence[Law | Move] = ()) -> None:
        self.identities = identities
        self.kernels: list[sp.Expr] = []  # letter by letter, what it stands for
        self.words: dict[sp.Expr, tuple[int, int]] = {}  # node -> power of a letter
        self._collect(expressions)
        self.context = fmpq_mpoly_ctx.get([f"k{i}" for i in range(len(self.kernels))], "lex")
        self.letters = self.context.gens()
        self.one = self.context.constant(1)
        self.relations = list(self._relations())
        self.radicals = {i: (n, value) for i, n, value in self.relations if self.kernels[i].is_Pow}

    # ------------------------------------------------------------ which letters there are

    def _collect(self, expressions: Sequence[sp.Expr]) -> None:
        families: dict[tuple[Any, ...], list[tuple[sp.Expr, sp.Rational]]] = {}
        symbols: dict[sp.Expr, None] = {}
        for expr in expressions:
            for node in self._nodes(expr):
                if isinstance(node, sp.exp):
                    power, base = node.args[0].as_coeff_Mul()
                    families.setdefault((sp.exp, base), []).append((node, power))
                elif node.is_Pow and node.exp.is_Rational:
                    families.setdefault((node.base, sp.S.Zero), []).append((node, node.exp))
                else:
                    symbols[node] = None
        for (base, rest), members in families.items():
            powers = [p for _, p in members]
            if not all(p.is_Rational for p in powers):
                raise TooLarge
            unit = sp.Rational(gcd(*(int(p.p) for p in powers)), lcm(*(int(p.q) for p in powers)))
            if base is sp.exp and all(p < 0 for p in powers):
                unit = -unit
            kernel = sp.exp(unit * rest) if base is sp.exp else base**unit
            for node, power in members:
                steps = power / unit
                if not steps.is_Integer or abs(steps) > POWER:
                    raise TooLarge
                self.words[node] = (len(self.kernels), int(steps))
            self.kernels.append(kernel)
        # plain letters last: in lexical order kernels are eliminated first
        for node in symbols:
            self.words[node] = (len(self.kernels), 1)
            self.kernels.append(node)

    def _nodes(self, expr: sp.Expr) -> Iterator[sp.Expr]:
        """The nodes that are letters, and what the relations of roots need besides."""
        if expr.is_Add or expr.is_Mul:
            for a in expr.args:
                yield from self._nodes(a)
        elif expr.is_Pow and expr.exp.is_Integer:
            yield from self._nodes(expr.base)
        elif expr.is_Rational:
            return
        elif expr.is_Pow and whole(expr.exp):
            yield from self._nodes(expr.base)
            yield expr.base ** (expr.exp - whole(expr.exp))
        else:
            yield expr
            if expr.is_Pow:
                yield from self._nodes(expr.base)
            elif expr.is_Function:
                for identity in self.identities:
                    if (value := said(identity, expr)) is not None:
                        yield from self._nodes(value)

    def _relations(self) -> Iterator[tuple[int, int, Fraction]]:
        """Which power of which letter is known otherwise."""
        for i, kernel in enumerate(self.kernels):
            if kernel.is_Pow and kernel.exp.is_Rational and kernel.exp.p == 1:
                yield i, int(kernel.exp.q), self._fraction(kernel.base)
            for identity in self.identities:
                if isinstance(identity, Law) and (value := said(identity, kernel)) is not None:
                    power = int(identity.lhs.exp) if identity.lhs.is_Pow else 1
                    yield i, power, self._fraction(value)

    # ------------------------------------------------------------ into fractions and back

    def fraction(self, expr: sp.Expr) -> Fraction:
        """The formula as a fraction, relations put to use, reduced."""
        found = self._fraction(expr)
        for i, power, value in self.relations:
            found = self._lowered(found, i, power, value)
        return found

    def _fraction(self, expr: sp.Expr) -> Fraction:
        if expr in self.words:
            i, power = self.words[expr]
            return self._power(Fraction(self.letters[i], self.one), power)
        if expr.is_Rational:
            return Fraction(self.context.constant(fmpq(int(expr.p), int(expr.q))), self.one)
        if expr.is_Add:
            total = self._fraction(expr.args[0])
            for a in expr.args[1:]:
                total = self._plus(total, self._fraction(a))
            return total
        if expr.is_Mul:
            total = self._fraction(expr.args[0])
            for a in expr.args[1:]:
                total = self._times(total, self._fraction(a))
            return total
        if expr.is_Pow and expr.exp.is_Integer:
            return self._power(self._fraction(expr.base), int(expr.exp))
        if expr.is_Pow and (n := whole(expr.exp)):
            return self._times(self._fraction(expr.base ** (expr.exp - n)), self._power(self._fraction(expr.base), n))
        raise TooLarge

    def _times(self, a: Fraction, b: Fraction) -> Fraction:
        return self.reduced(a.top * b.top, a.below * b.below)

    def _plus(self, a: Fraction, b: Fraction) -> Fraction:
        if a.below == b.below:
            return self.reduced(a.top + b.top, a.below)
        return self.reduced(a.top * b.below + b.top * a.below, a.below * b.below)

    def _power(self, a: Fraction, n: int) -> Fraction:
        if abs(n) > POWER or (n < 0 and not a.top):
            raise TooLarge
        return Fraction(a.top**n, a.below**n) if n >= 0 else self.reduced(a.below**-n, a.top**-n)

    def reduced(self, top: fmpq_mpoly, below: fmpq_mpoly) -> Fraction:
        """The fraction without common factors, its denominator's content 1."""
        if len(top) > MANY or len(below) > MANY:
            raise TooLarge
        if not below:
            raise TooLarge
        common = top.gcd(below)
        if not common.is_one():
            top, below = top / common, below / common
        if below.is_constant():
            return Fraction(top / below.leading_coefficient(), self.one)
        return Fraction(top, below)

    def _lowered(self, f: Fraction, i: int, power: int, value: Fraction) -> Fraction:
        """High powers of one letter exchanged for what they are known to be."""
        for poly in (f.top, f.below):
            if poly and poly.degrees()[i] >= power:
                top, below = self._exchange(f.top, i, power, value), self._exchange(f.below, i, power, value)
                return self.fraction_of(top, below)
        return f

    def _exchange(self, poly: fmpq_mpoly, i: int, power: int, value: Fraction) -> Fraction:
        total = Fraction(self.context.constant(0), self.one)
        for exponents, coefficient in poly.terms():
            times, rest = divmod(exponents[i], power)
            lower = self.context.from_dict({(*exponents[:i], rest, *exponents[i + 1 :]): coefficient})
            total = self._plus(total, self._times(Fraction(lower, self.one), self._power(value, times)))
        return total

    def exchanged(self, f: Fraction, i: int, value: Fraction) -> Fraction:
        """The fraction with one letter exchanged for what it is."""
        return self.fraction_of(self._exchange(f.top, i, 1, value), self._exchange(f.below, i, 1, value))

    def fraction_of(self, a: Fraction, b: Fraction) -> Fraction:
        return self.reduced(a.top * b.below, a.below * b.top)

    def letter(self, kernel: sp.Expr) -> fmpq_mpoly:
        return self.letters[self.words[kernel][0]]

    def coefficients(self, poly: fmpq_mpoly, i: int, degree: int) -> list[fmpq_mpoly]:
        """The polynomial as one in a single letter, highest power first."""
        found: list[dict[tuple[int, ...], fmpq]] = [{} for _ in range(degree + 1)]
        for e, c in poly.terms():
            found[degree - e[i]][(*e[:i], 0, *e[i + 1 :])] = c
        return [self.context.from_dict(terms) for terms in found]

    def factored(self, poly: fmpq_mpoly) -> sp.Expr:
        return construct(sp.Mul, self.product(poly)) if poly else sp.S.Zero

    def polynomial(self, poly: fmpq_mpoly) -> sp.Expr:
        """A polynomial as a sum of its terms."""
        return sp.Add(*[self.term(e, c) for e, c in poly.terms()])

    def term(self, exponents: tuple[int, ...], coefficient: fmpq) -> sp.Expr:
        return sp.Mul(rational(coefficient), *[self.kernels[i] ** int(n) for i, n in enumerate(exponents) if n])

    def product(self, poly: fmpq_mpoly) -> list[sp.Expr]:
        """A polynomial as a product of factors, its number first."""
        number, factors = poly.factor()
        return [rational(number), *(self.polynomial(p) ** int(n) for p, n in factors)]

    def spellings(self, f: Fraction) -> Iterator[sp.Expr]:
        """Ways to write the fraction: factored, multiplied out, by terms, by a letter's powers, whole and rest."""
        if not f.top:
            yield sp.S.Zero
            return
        below = self.product(f.below)
        under = list(map(inverse, below))
        yield construct(sp.Mul, [*self.product(f.top), *under])
        if 1 < len(f.top) <= READABLE:
            yield construct(sp.Mul, [self.polynomial(f.top), *under])
            if not f.below.is_one():
                yield sp.Add(*[self.single(self.context.from_dict({e: c}), f.below) for e, c in f.top.terms()])
                for i, degree in enumerate(f.top.degrees()):
                    powers = enumerate(self.coefficients(f.top, i, degree))
                    parts = [c * self.letters[i] ** (degree - k) for k, c in powers if c]
                    if 1 < len(parts) < len(f.top):
                        yield sp.Add(*[self.single(part, f.below) for part in parts])
                whole, rest = divmod(f.top, f.below)
                if whole and rest:
                    yield self.polynomial(whole) + sp.Mul(*self.product(rest), *under)
        if 1 < len(f.below) <= READABLE and len(below) > 2:
            yield construct(sp.Mul, [*self.product(f.top), inverse(self.polynomial(f.below))])

    def single(self, top: fmpq_mpoly, below: fmpq_mpoly) -> sp.Expr:
        part = self.reduced(top, below)
        return sp.Mul(*self.product(part.top), *map(inverse, self.product(part.below)))


def rational(number: fmpq) -> sp.Rational:
    return sp.Rational(int(number.p), int(number.q)) if number.q != 1 else sp.Integer(int(number.p))


def inverse(factor: sp.Expr) -> sp.Expr:
    return construct(sp.Pow, [factor, sp.S.NegativeOne])


def whole(exponent: sp.Expr) -> int:
    """The whole number in an exponent with letters: -1 in n - 1."""
    number = exponent.as_coeff_Add()[0]
    return int(number) if number.is_Integer and not exponent.is_number else 0


def said(identity: Law | Move, kernel: sp.Expr) -> sp.Expr | None:
    """What an identity says of (a power of) this kernel."""
    if not isinstance(identity, Law) or identity.level != "full":
        return None
    pattern = identity.lhs.base if identity.lhs.is_Pow else identity.lhs
    if pattern.func != kernel.func:
        return None
    bound = match(pattern, kernel, frozenset({HOLES["x"]}), {})
    return None if bound is None else fill(identity.rhs, bound)
