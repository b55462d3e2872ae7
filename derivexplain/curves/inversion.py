"""Solving y = f(x) from the outside in: what each part of f is in terms of y."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from ..kernels import Ring, TooLarge
from ..matching import depends, replace


def one_over(function: Any) -> Any:
    return lambda value, evaluate: 1 / function(value, evaluate=evaluate)


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
    sp.coth: sp.acoth,
    sp.acoth: sp.coth,
    sp.asec: one_over(sp.cos),
    sp.acsc: one_over(sp.sin),
    sp.asech: one_over(sp.cosh),
    sp.acsch: one_over(sp.sinh),
    sp.erf: sp.erfinv,
    sp.erfinv: sp.erf,
    sp.erfc: sp.erfcinv,
    sp.erfcinv: sp.erfc,
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
        elif isinstance(part, sp.Abs):
            yield from inward(part.args[0], value, met)
            yield from inward(part.args[0], -value, met)
            return
        elif part.func in INVERSES:
            plain = value.is_Add or value.is_Symbol  # SymPy would find nothing, after long thought
            yield from inward(part.args[0], INVERSES[part.func](value, evaluate=not plain), met)
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
    elif n.is_number or n.is_nonzero:  # else the root asks for more than the power does
        yield value ** (1 / n)


def solved(part: sp.Expr, value: sp.Expr, x: Any) -> Iterator[tuple[sp.Expr, list[sp.Expr]]]:
    """A part that is a rational function of one kernel alone: the kernel, and what it can be."""
    name = sp.Dummy("value", real=True)
    try:
        ring = Ring(part, x, name)
        written = ring.fraction(part)
    except TooLarge:
        return
    moving = [i for i, k in enumerate(ring.kernels) if depends(k, frozenset({x}))]
    there = [i for i in moving if written.top.degrees()[i] or written.below.degrees()[i]]
    equation = written.top - ring.letter(name) * written.below
    if len(there) == 1:
        yield ring.kernels[there[0]], roots_of(ring, equation, there[0], {name: value})
    elif roots_there := [i for i in there if i in ring.radicals]:
        # x + sqrt(x^2 + b): the root alone on one side, both sides squared
        i = roots_there[0]
        power, base = ring.radicals[i]
        if equation.degrees()[i] == 1 and len(there) == 2:
            (j,) = [k for k in there if k != i]
            a, b = ring.coefficients(equation, i, 1)
            squared = (-b) ** power * base.below - a**power * base.top
            yield ring.kernels[j], roots_of(ring, squared, j, {name: value})


def roots_of(ring: Ring, poly: Any, i: int, back: dict[Any, sp.Expr]) -> list[sp.Expr]:
    """The solutions of a linear or quadratic equation in one letter, common factors left out."""
    for factor, _ in poly.factor()[1]:
        degree = factor.degrees()[i]
        if degree not in (1, 2):
            continue
        parts = [replace(ring.factored(p), back) for p in ring.coefficients(factor, i, degree)]
        if degree == 1:
            return [-parts[1] / parts[0]]
        a, b, c = parts
        if b == 0:
            half = sp.sqrt(-c / a)
            return [half, -half]
        half = sp.sqrt(b**2 - 4 * a * c)
        return [(-b + half) / (2 * a), (-b - half) / (2 * a)]
    return []
