"""Equal as rational functions: denominators become letters, so that no common one has to be multiplied out.

Letters and functions of whatever it be are the unknowns. Of a denominator D = t + rest, the letter d is 1/D and the
unknown t is D - rest: with s for 1/(1 + e^x), both e^x/(1 + e^x)^2 and s(1 - s) become polynomials in 1 + e^x and
s, in which s(1 + e^x) is 1. What vanishes then vanishes wherever no denominator does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp
from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from .field import Unprovable

MOST_TERMS = 20_000


def cancels(a: sp.Expr, b: sp.Expr) -> bool:
    """Whether a - b is certainly 0; False says nothing."""
    try:
        return Ring(a, b).vanishes(a, b)
    except Unprovable:
        return False


class Ring:
    """Polynomials in the unknowns of some expressions, and in letters for their denominators."""

    def __init__(self, *expressions: sp.Expr) -> None:
        self.seen: set[sp.Expr] = set()
        self.unknowns: dict[sp.Expr, int] = {}
        self.divisors: dict[sp.Expr, sp.Expr] = {}  # with the unknown that each stands for
        found: dict[sp.Expr, None] = {}
        for part in (p for e in expressions for p in self.parts(e)):
            if is_unknown(part):
                self.unknowns[part] = len(self.unknowns)
            elif part.is_Pow and part.exp.is_negative:
                found[part.base] = None
        fixed: set[sp.Expr] = set()  # unknowns that a divisor is made of
        for divisor in sorted(found, key=is_unknown):  # an unknown that is in another divisor has no term left
            if not (is_unknown(divisor) and divisor in fixed):
                self.divisors[divisor] = self.own(divisor, fixed)
                fixed |= self.within(divisor)
        count = len(self.unknowns)
        self.inverse = {d: count + k for k, d in enumerate(found)}
        names = [f"u{k}" for k in range(count + len(found))]
        self.context = fmpq_mpoly_ctx.get(names, Ordering.lex)
        self.letters = self.context.gens()
        self.known: dict[sp.Expr, fmpq_mpoly] = {}
        for divisor, own in self.divisors.items():  # its unknown's letter is that of the whole divisor from here on
            self.known[own] = self.letters[self.unknowns[own]] - self(divisor - own)

    def own(self, divisor: sp.Expr, fixed: set[sp.Expr]) -> sp.Expr:
        """A term that a divisor has to itself: an unknown, but no root, nowhere else in it nor in those before."""
        for term in sp.Add.make_args(divisor):
            free = is_unknown(term) and not is_root(term) and term not in fixed
            if free and term not in self.within(divisor - term):
                return term
        raise Unprovable(divisor)

    def within(self, e: sp.Expr) -> set[sp.Expr]:
        return {part for part in self.parts(e, set()) if is_unknown(part)}

    def parts(self, e: sp.Expr, seen: set[sp.Expr] | None = None) -> Iterator[sp.Expr]:
        """What an expression is made of down to its unknowns, each part once and behind its own parts."""
        seen = self.seen if seen is None else seen
        if e in seen:
            return
        seen.add(e)
        if not is_unknown(e):
            if not (e.is_Rational or e.is_Add or e.is_Mul or e.is_Pow and e.exp.is_Integer):
                raise Unprovable(e)
            for a in e.args[:1] if e.is_Pow else e.args:
                yield from self.parts(a, seen)
        yield e

    def __call__(self, e: sp.Expr) -> fmpq_mpoly:
        found = self.known.get(e)
        if found is None:
            found = self.known[e] = self.polynomial(e)
            if len(found) > MOST_TERMS:
                raise Unprovable("too many terms")
        return found

    def polynomial(self, e: sp.Expr) -> Any:
        if e.is_Rational:
            return self.context.constant(fmpq(int(e.p), int(e.q)))
        if is_unknown(e):
            return self.letters[self.unknowns[e]]
        if e.is_Pow:
            return self(e.base) ** int(e.exp) if e.exp > 0 else self.letters[self.inverse[e.base]] ** int(-e.exp)
        total = self(e.args[0])
        for a in e.args[1:]:
            total = total + self(a) if e.is_Add else total * self(a)
        return total

    def vanishes(self, a: sp.Expr, b: sp.Expr) -> bool:
        """Whether two expressions are one, where a divisor times its inverse is 1."""
        pairs = [(self.inverse[d], self.unknowns[own]) for d, own in self.divisors.items()]
        roots = [(at, r.exp.q, fmpq(int(r.base))) for r, at in self.unknowns.items() if is_root(r)]
        terms: dict[tuple[int, ...], fmpq] = {}
        both = self(a) - self(b)
        for unknown in (u for u in self.inverse if u not in self.divisors):
            both = self.times(both, unknown)
        for powers, factor in both.terms():
            left = list(powers)
            for inverse, whole in pairs:
                least = min(left[inverse], left[whole])
                left[inverse] -= least
                left[whole] -= least
            for at, degree, base in roots:
                whole, left[at] = divmod(left[at], degree)
                factor *= base**whole
            terms[tuple(left)] = terms.get(tuple(left), fmpq(0)) + factor
        return not any(terms.values())

    def times(self, e: fmpq_mpoly, unknown: sp.Expr) -> fmpq_mpoly:
        """What is left of an expression times the power of an unknown that takes its inverse out of every term."""
        at = self.inverse[unknown]
        by: dict[int, dict[tuple[int, ...], fmpq]] = {}
        for powers, factor in e.terms():
            by.setdefault(powers[at], {})[*powers[:at], 0, *powers[at + 1 :]] = factor
        most = max(by, default=0)
        parts = (self.context.from_dict(terms) * self(unknown) ** (most - k) for k, terms in by.items())
        return sum(parts, self.context.constant(0))


def is_unknown(e: sp.Expr) -> bool:
    """A letter, a function's value or a power of e: whatever they are, they are multiplied and added."""
    named = e.is_Symbol or isinstance(e, sp.Function) or e.is_NumberSymbol
    return named or e.is_Pow and (e.base is sp.E or is_root(e))


def is_root(e: sp.Expr) -> bool:
    """The root of a whole number, whose power is that number."""
    return bool(e.is_Pow and e.base.is_Integer and e.exp.is_Rational and e.exp.p == 1 and e.exp.q > 1)
