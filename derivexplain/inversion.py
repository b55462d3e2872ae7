"""Solving y = f(x) from the outside in: what each part of f is in terms of y."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from .matching import depends
from .spelling import kernels

INVERSES = {
    sp.exp: sp.log,
    sp.log: sp.exp,
    sp.tan: sp.atan,
    sp.atan: sp.tan,
    sp.sin: sp.asin,
    sp.asin: sp.sin,
    sp.cos: sp.acos,
    sp.acos: sp.cos,
    sp.sinh: sp.asinh,
    sp.asinh: sp.sinh,
    sp.cosh: sp.acosh,
    sp.acosh: sp.cosh,
    sp.tanh: sp.atanh,
    sp.atanh: sp.tanh,
    sp.acot: sp.cot,
    sp.acoth: sp.coth,
    sp.erf: sp.erfinv,
    sp.erfinv: sp.erf,
    sp.erfc: sp.erfcinv,
}

Known = tuple[tuple[sp.Expr, sp.Expr], ...]


def peel(f: sp.Expr, y: sp.Expr, x: Any) -> Iterator[Known]:
    """For each way back from y to x: the parts of f met on it, outermost first, each in terms of y."""
    moving = frozenset({x})

    def inward(part: sp.Expr, value: sp.Expr, met: Known) -> Iterator[Known]:
        met = (*met, (part, value))
        if part == x or len(met) > 12:
            yield met
            return
        if part.is_Add or part.is_Mul:
            still = [a for a in part.args if not depends(a, moving)]
            rest = [a for a in part.args if depends(a, moving)]
            if still and (len(rest) == 1 or part.is_Mul):
                other = part.func(*still)
                yield from inward(part.func(*rest), value - other if part.is_Add else value / other, met)
                return
        elif part.is_Pow and not depends(part.exp, moving):
            for root in roots(value, part.exp):
                yield from inward(part.base, root, met)
            return
        elif part.is_Pow and not depends(part.base, moving):
            yield from inward(part.exp, sp.log(value) / sp.log(part.base), met)
            return
        elif part.func in INVERSES:
            yield from inward(part.args[0], INVERSES[part.func](value), met)
            return
        found = False
        for kernel, solutions in solved(part, value, x):
            for solution in solutions:
                found = True
                yield from inward(kernel, solution, met)
        if not found:
            yield met

    yield from inward(f, y, ())


def roots(value: sp.Expr, n: sp.Expr) -> Iterator[sp.Expr]:
    """The real solutions b of b^n = value, the positive one first."""
    if n.is_Integer and n % 2 == 0:
        yield value ** (1 / n)
        yield -(value ** (1 / n))
    elif n.is_Integer and n % 2 == 1 and abs(n) > 1:
        yield sp.sign(value) * sp.Abs(value) ** (1 / n)
    else:
        yield value ** (1 / n)


def solved(part: sp.Expr, value: sp.Expr, x: Any) -> Iterator[tuple[sp.Expr, list[sp.Expr]]]:
    """A part that is a rational function of one kernel alone: the kernel, and what it can be."""
    alphabet = kernels(part)
    written = alphabet.into(part)
    for letter, kernel in (*alphabet.letters, (x, x)):
        others = written.free_symbols - {letter}
        if letter not in written.free_symbols or any(o == x or isinstance(o, sp.Dummy) for o in others):
            continue
        top, _ = sp.fraction(sp.together(written - value))
        if not top.is_polynomial(letter):
            continue
        poly = sp.Poly(top, letter)
        if poly.degree() == 1:
            a, b = poly.all_coeffs()
            yield kernel, [-b / a]
        elif poly.degree() == 2:
            a, b, c = poly.all_coeffs()
            half = sp.sqrt(b**2 - 4 * a * c)
            yield kernel, [(-b + half) / (2 * a), (-b - half) / (2 * a)]
