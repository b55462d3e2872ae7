"""Functions whose argument or order moves by one: gamma(x + 1) = x gamma(x), the Bessel families, and so on.

Each rule brings such a function back to a base, so that neighbours become the same kernels. A rule gets the
converter and the arguments as elements of the field, and answers with an element, or None where it has
nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial, floor
from typing import TYPE_CHECKING, Any

import sympy as sp

from .field import Ratio

if TYPE_CHECKING:
    from .algebra import Converter

FARTHEST = 12
Rule = Callable[["Converter", list[Ratio]], "Ratio | None"]


def whole_part(self: Converter, u: Ratio) -> tuple[int, bool]:
    """(the integer in u's constant term, rounded down; whether u is nothing but that integer)."""
    terms = list(self.kernels.terms(u))
    constant = next((c for c, t in terms if t.rational() == (1, 1)), 0)
    n = floor(constant)
    return n, n == constant and len(terms) <= 1 and (not terms or terms[0][1].rational() == (1, 1))


def shifted(self: Converter, u: Ratio, n: int) -> Ratio:
    return self.field.canonical(u + self.field.number(n))


def between(self: Converter, u: Ratio, n: int) -> list[Ratio]:
    """For u = b + n the factors that lead from b to u: b, b+1, ... or, downwards, b-1, b-2, ..."""
    return [shifted(self, u, -i) for i in (range(1, n + 1) if n > 0 else range(-n))]


def gamma(self: Converter, inside: list[Ratio]) -> Ratio | None:
    (u,) = inside
    n, alone = whole_part(self, u)
    if n == 0 or alone or abs(n) > FARTHEST:
        return None
    out = self.function(sp.gamma, [shifted(self, u, -n)])
    for factor in between(self, u, n):
        out = out * factor if n > 0 else out / factor
    return out


def loggamma(self: Converter, inside: list[Ratio]) -> Ratio | None:
    (u,) = inside
    n, alone = whole_part(self, u)
    if n == 0 or alone or abs(n) > FARTHEST:
        return None
    out = self.function(sp.loggamma, [shifted(self, u, -n)])
    for factor in between(self, u, n):
        log = self.kernels.log_absolute(factor)
        out = out + log if n > 0 else out - log
    return out


def polygamma(self: Converter, inside: list[Ratio]) -> Ratio | None:
    order, u = inside
    n, alone = whole_part(self, u)
    k = self.field.canonical(order).rational()
    if k is None or k[1] != 1 or k[0] < 0 or n == 0 or alone or abs(n) > FARTHEST:
        return None
    out = self.function(sp.polygamma, [order, shifted(self, u, -n)])
    weight = self.field.number((-1) ** k[0] * factorial(k[0]) * (1 if n > 0 else -1))
    for term in between(self, u, n):
        out = out + weight * term ** (-k[0] - 1)
    return out


def bessel(function: Any, up: int, weight: int) -> Rule:
    """C[v+1] = up C[v-1] + weight 2v/z C[v], so C[v-1] = up C[v+1] - up weight 2v/z C[v]."""

    def rule(self: Converter, inside: list[Ratio]) -> Ratio | None:
        order, z = inside
        n, _ = whole_part(self, order)
        if n in (0, 1) or abs(n) > FARTHEST:
            return None
        step = -1 if n > 1 else 1
        near, far = shifted(self, order, step), shifted(self, order, 2 * step)
        slope = near * self.field.number(2) / z * self.function(function, [near, z])
        signs = (up, weight) if n > 1 else (up, -up * weight)
        return self.field.number(signs[0]) * self.function(function, [far, z]) + self.field.number(signs[1]) * slope

    return rule


def expint(self: Converter, inside: list[Ratio]) -> Ratio | None:
    order, z = inside
    n, alone = whole_part(self, order)
    if n == (1 if alone else 0) or abs(n) > FARTHEST:
        return None
    decay = self.kernels.exp(-z)
    if alone and n == 0:
        return decay / z
    if n > 0:
        v = shifted(self, order, -1)
        return (decay - z * self.function(sp.expint, [v, z])) / v
    return (decay - order * self.function(sp.expint, [shifted(self, order, 1), z])) / z


def uppergamma(self: Converter, inside: list[Ratio]) -> Ratio | None:
    s, x = inside
    n, alone = whole_part(self, s)
    if alone and n == 1:
        return self.kernels.exp(-x)
    if n == 0 or abs(n) > FARTHEST or alone and n < 1:
        return None
    if n > 0:
        v = shifted(self, s, -1)
        power = self.kernels.exp(v * self.kernels.log(x) - x)
        return v * self.function(sp.uppergamma, [v, x]) + power
    power = self.kernels.exp(s * self.kernels.log(x) - x)
    return (self.function(sp.uppergamma, [shifted(self, s, 1), x]) - power) / s


def polylog(self: Converter, inside: list[Ratio]) -> Ratio | None:
    order, z = inside
    n, alone = whole_part(self, order)
    if not alone or n not in (0, 1):
        return None
    rest = self.field.one - z
    return z / rest if n == 0 else -self.kernels.log(rest)


RECURRENCES: dict[Any, Rule] = {
    sp.gamma: gamma,
    sp.loggamma: loggamma,
    sp.polygamma: polygamma,
    sp.besselj: bessel(sp.besselj, -1, 1),
    sp.bessely: bessel(sp.bessely, -1, 1),
    sp.besseli: bessel(sp.besseli, 1, -1),
    sp.besselk: bessel(sp.besselk, 1, 1),
    sp.expint: expint,
    sp.uppergamma: uppergamma,
    sp.polylog: polylog,
}
