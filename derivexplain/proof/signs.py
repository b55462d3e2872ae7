"""The sign of a polynomial in kernels inside one cell of the domain, or the split that would decide it.

A cell is an open interval for each letter, and the signs assumed of what intervals cannot decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from flint import arb, fmpq, fmpq_poly, fmpz, fmpz_mpoly

from .field import Field, Kernel, Ratio
from .linear import Row, no_room

Bound = fmpq | None


@dataclass(frozen=True)
class Cell:
    """Where a proof is tried: letter -> (low, high), and assumed signs by a polynomial's text."""

    intervals: dict[Any, tuple[Bound, Bound]] = field(default_factory=dict)
    signs: dict[str, int] = field(default_factory=dict)

    def interval(self, letter: Any) -> tuple[Bound, Bound]:
        return self.intervals.get(letter, (None, None))


class Split(Exception):
    """The proof needs this cell cut into these."""

    def __init__(self, cells: list[Cell]) -> None:
        super().__init__("split")
        self.cells = cells


class Empty(Exception):
    """Nothing lies in this cell: a formula that must be positive is not."""


class Signs:
    def __init__(self, f: Field, cell: Cell, log: Callable[[Ratio], Ratio] | None = None) -> None:
        self.field, self.cell, self.log = f, cell, log
        self.known: dict[str, int] = dict(cell.signs)
        self.open: dict[str, list[Cell]] = {}  # what could not be decided, and the cells that would
        self.guessed = False  # whether a sign was taken from the need that something be positive

    def of(self, r: Ratio) -> int:
        return self.of_polynomial(r.num) * self.of_polynomial(r.den)

    def of_polynomial(self, p: fmpz_mpoly) -> int:
        if p.is_zero():
            return 0
        easy = self.by_terms(p)
        if easy is not None:
            return easy
        constant, factors = p.factor()
        out = 1 if constant > 0 else -1
        for factor, multiplicity in factors:
            if multiplicity % 2:
                out *= self.of_factor(factor)
        return out

    def of_factor(self, p: fmpz_mpoly) -> int:
        if p.leading_coefficient() < 0:
            return -self.of_factor(-p)
        key = str(p)
        if key in self.open:
            raise Split(self.open[key])
        if key not in self.known:
            try:
                self.known[key] = self.decide(p, key)
            except Split as split:
                self.open[key] = split.cells
                raise
        return self.known[key]

    def guess(self, key: str, sign: int, known: dict[str, int]) -> None:
        """Go on from what is known with a sign that the formula needs in order to be defined."""
        self.known, self.open, self.guessed = {**known, key: sign}, {}, True

    def decide(self, p: fmpz_mpoly, key: str) -> int:
        easy = self.by_terms(p)
        if easy is None:
            easy = self.of_number(p)
        if easy is None:
            easy = self.by_comparison(p)
        if easy is None:
            easy = self.by_squares(p)
        if easy is None and (self.cell.signs or self.of_letters(p)):
            easy = self.implied(p)
        if easy is None:
            easy = self.in_interval(p)
        if easy is None:
            signs = self.cell.signs
            self.field.named[key] = p
            raise Split([replace(self.cell, signs={**signs, key: s}) for s in (1, -1)])
        return easy

    def by_terms(self, p: fmpz_mpoly) -> int | None:
        """All terms of one sign, at least one of them certainly not zero."""
        found, strict = 0, False
        for exponents, c in p.terms():
            s = 1 if c > 0 else -1
            certain = True
            for i, e in enumerate(exponents):
                if e:
                    k = self.kernel_sign(self.field.kernels[i])
                    if k is None and e % 2:
                        return None
                    certain = certain and k is not None
                    s *= k if k is not None and e % 2 else 1
            if found and s != found:
                return None
            found, strict = s, strict or certain
        return found if strict else None

    def kernel_sign(self, k: Kernel) -> int | None:
        """The sign of one kernel where it is certain without a split."""
        if k.kind in ("exp", "root", "constant"):
            return 1
        if k.kind == "letter":
            s = k.data
            low, high = self.cell.interval(s)
            if s.is_positive or (low is not None and low >= 0):
                return 1
            if s.is_negative or (high is not None and high <= 0):
                return -1
            return None
        if k.kind == "odd":
            return self.known_sign(k.data)
        return self.known.get(f"k{k.number}")

    def known_sign(self, r: Ratio) -> int | None:
        try:
            return self.of(r)
        except Split:
            return None

    def of_number(self, p: fmpz_mpoly) -> int | None:
        """A polynomial in nothing but constants such as pi, log 3 and sqrt 2, by ball arithmetic."""
        total = arb(0)
        for exponents, c in p.terms():
            term = arb(c)
            for i, e in enumerate(exponents):
                if e:
                    value = number(self.field.kernels[i])
                    if value is None:
                        return None
                    term = term * value ** int(e)
            total = total + term
        return 1 if total > 0 else -1 if total < 0 else None

    def by_comparison(self, p: fmpz_mpoly) -> int | None:
        """One kernel that grows with its argument, or the logs of two positive terms compared."""
        terms = list(p.terms())
        if len(terms) == 1:
            (exponents, _), *_ = terms
            k = self.field.kernels[next(i for i, e in enumerate(exponents) if e)]
            if k.kind == "log":  # log |f| against 0: f against 1, where f is positive
                return self.log_sign(k)
            return self.of(k.data) if k.kind == "odd" else None
        if len(terms) != 2:
            return None
        (e1, c1), (e2, c2) = terms
        if c1 * c2 > 0:
            return None
        gap = self.field.zero
        for i, e in enumerate(a - b for a, b in zip(e1, e2)):
            if e:
                k = self.field.kernels[i]
                if k.kind != "exp":
                    return None
                gap = gap + k.data * self.field.number(e)
        if abs(c1) != abs(c2):
            if self.log is None:
                return None
            gap = gap + self.log(self.field.number(abs(int(c1)), abs(int(c2))))
        return self.of(self.field.canonical(gap)) * (1 if c1 > 0 else -1)

    def by_squares(self, p: fmpz_mpoly) -> int | None:
        """a r + b with a square root r: where a and b differ in sign, a^2 r^2 against b^2 decides."""
        f = self.field
        degrees = p.degrees()
        for k in reversed(f.kernels):
            if k.kind == "root" and k.power == 2 and degrees[k.number] == 1:
                slope = p.derivative(k.number)
                rest = p - slope * f.generators[k.number]
                a, b = self.of_polynomial(slope), self.of_polynomial(rest)
                gap = f.canonical(Ratio(p - 2 * rest, f.unit) * Ratio(p, f.unit))  # (a r - b)(a r + b)
                return a if a == b else a * self.of(gap)
        return None

    def log_sign(self, k: Kernel) -> int | None:
        inside = Ratio(k.data, self.field.unit)
        if k.data.is_constant():
            return 1
        s = self.known_sign(inside)
        return None if s is None else self.of(inside * self.field.number(s) - self.field.one)

    def implied(self, p: fmpz_mpoly) -> int | None:
        """The sign that follows from the signs assumed so far, by linear inequalities alone."""
        facts = [row(self.field.named[key], s) for key, s in self.cell.signs.items()]
        facts += [row(p, s) for p, s in self.bounds()]
        asked = {m for s in (*facts, row(p, 1)) for m in s if m}
        for m in sorted(asked):
            s = self.by_terms(self.field.context.from_dict({m: fmpz(1)}))
            if s is not None:
                facts.append({m: Fraction(s)})
        for s in (1, -1):
            if no_room([*facts, row(p, -s)]):
                return s
        return None

    def of_letters(self, p: fmpz_mpoly) -> bool:
        """Whether this is a polynomial in nothing but letters that have bounds."""
        used = [self.field.kernels[i] for i, d in enumerate(p.degrees()) if d > 0]
        return all(k.kind == "letter" and k.data in self.cell.intervals for k in used)

    def bounds(self) -> Iterator[tuple[fmpz_mpoly, int]]:
        """What the cell's intervals say: polynomials and their signs."""
        for k in self.field.kernels:
            if k.kind == "letter":
                for end, s in zip(self.cell.interval(k.data), (1, -1)):
                    if end is not None:
                        yield self.field.generators[k.number] * int(end.q) - int(end.p), s

    def in_interval(self, p: fmpz_mpoly) -> int | None:
        """A polynomial in one letter: constant sign between its roots, else split at them."""
        degrees = p.degrees()
        used = [i for i, d in enumerate(degrees) if d > 0]
        if len(used) != 1 or self.field.kernels[used[0]].kind != "letter":
            return None
        letter = self.field.kernels[used[0]].data
        coefficients = [fmpq(0)] * (int(degrees[used[0]]) + 1)
        for exponents, c in p.terms():
            coefficients[exponents[used[0]]] = fmpq(c)
        q = fmpq_poly(coefficients)
        low, high = self.cell.interval(letter)
        cuts = [r for r in real_roots(q) if (low is None or r > low) and (high is None or r < high)]
        if not cuts:
            at = inner(low, high)
            return 1 if q(at) > 0 else -1
        ends = [low, *cuts, high]
        raise Split(
            [replace(self.cell, intervals={**self.cell.intervals, letter: (a, b)}) for a, b in zip(ends, ends[1:])]
        )


def number(k: Kernel) -> arb | None:
    """The value of a kernel that is a constant."""
    if k.kind == "constant":
        return {"pi": arb.pi, "EulerGamma": arb.const_euler, "Catalan": arb.const_catalan}[k.name]()
    if k.kind in ("log", "root") and k.data.is_constant():
        inside = arb(abs(k.data.leading_coefficient()))
        return inside.log() if k.kind == "log" else inside.root(k.power)
    exponent = k.data.rational() if k.kind == "exp" else None
    return None if exponent is None else (arb(exponent[0]) / exponent[1]).exp()


def row(p: fmpz_mpoly, s: int) -> Row:
    """The inequality s p > 0."""
    return {(m if any(m) else ()): Fraction(int(c) * s) for m, c in p.terms()}


def inner(low: Bound, high: Bound) -> fmpq:
    if low is None:
        return fmpq(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def real_roots(q: fmpq_poly) -> list[fmpq]:
    """Real roots in order; an irrational one is stood for by a rational closer than any other root."""
    if q.degree() == 1:
        return [-q[0] / q[1]]
    out = [r for r, _ in q.roots()]
    numerator: Any = q.numer()
    for z, _ in numerator.complex_roots():
        if z.imag.is_zero() and not any(z.real.contains(r) for r in out):
            out.append(z.real.mid().fmpq())
    return sorted(out)
