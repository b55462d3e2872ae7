"""Writing: the textbook form of a derivative, its rules left marked, so that a rule applied wrongly can be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from .values import RULES

ANY = sp.Dummy("u", real=True)
chain, product, quotient = (sp.Function(name) for name in RULES)


def slope(f: Any, x: Any) -> Any:
    """The derivative of f as the rules write it, with `chain`, `product` and `quotient` standing marked."""
    if x not in f.free_symbols:
        return sp.S.Zero
    if f == x:
        return sp.S.One
    if isinstance(f, sp.Add):
        return sp.Add(*(slope(a, x) for a in f.args))
    if isinstance(f, sp.Mul):
        return _of_product(f, x)
    if isinstance(f, sp.Pow):
        return _of_power(f, x)
    if isinstance(f, sp.Max | sp.Min):
        return _of_choice(f, x)
    if isinstance(f, sp.Piecewise):
        return sp.Piecewise(*((slope(e, x), c) for e, c in f.args))
    if isinstance(f, sp.Abs):
        u = f.args[0]
        return _chained(lambda u: sp.Piecewise((1, u > 0), (-1, True)), u, x)
    if isinstance(f, sp.sign | sp.floor | sp.ceiling | sp.Heaviside):
        return sp.S.Zero
    if isinstance(f, sp.Function) and len(f.args) == 1:
        outer = f.func(ANY).fdiff(1)
        return _chained(lambda u: outer.xreplace({ANY: u}), f.args[0], x)
    return sp.diff(f, x)


def _chained(outer: Callable[[Any], Any], g: Any, x: Any) -> Any:
    """f'(g) g', given f'; a rule to be marked where g' is not 1."""
    inner = slope(g, x)
    return outer(g) if inner == 1 else sp.S.Zero if inner == 0 else chain(outer(g), inner, outer(unmarked(inner)))


def _of_product(f: Any, x: Any) -> Any:
    fixed = sp.Mul(*(a for a in f.args if x not in a.free_symbols))
    moving = [a for a in f.args if x in a.free_symbols]
    below = [a for a in moving if isinstance(a, sp.Pow) and a.exp.is_negative]
    above = [a for a in moving if a not in below]
    if below and above:
        u, v = sp.Mul(*above), 1 / sp.Mul(*below)
        return fixed * quotient(u, v, slope(u, x), slope(v, x))
    if len(moving) == 1:
        return fixed * slope(moving[0], x)
    u, v = moving[0], sp.Mul(*moving[1:])
    return fixed * product(u, v, slope(u, x), slope(v, x))


def _of_power(f: Any, x: Any) -> Any:
    u, n = f.as_base_exp()
    if x not in n.free_symbols:
        return _chained(lambda u: n * u ** (n - 1), u, x)
    if x not in u.free_symbols:
        return _chained(lambda n: u**n * sp.log(u), n, x)
    return f * product(n, sp.log(u), slope(n, x), _chained(lambda u: 1 / u, u, x))


def _of_choice(f: Any, x: Any) -> Any:
    """The slope of the member that is chosen."""
    first, *rest = f.args
    if not rest:
        return slope(first, x)
    other = f.func(*rest)
    above = first > other if isinstance(f, sp.Max) else first < other
    return sp.Piecewise((slope(first, x), above), (slope(other, x), True))


def unmarked(expr: Any) -> Any:
    """The same with the marked rules written out."""
    if not expr.args:
        return expr
    args = [unmarked(a) for a in expr.args]
    rule = RULES.get(type(expr).__name__)
    if rule:
        return rule(*args)
    return expr if list(expr.args) == args else expr.func(*args)


def without_switches(expr: Any) -> Any:
    """Heaviside and sign as cases, whose branches and bounds a slip can touch."""
    moves = {h: sp.Piecewise((1, h.args[0] > 0), (0, True)) for h in expr.atoms(sp.Heaviside)}
    moves |= {s: sp.Piecewise((1, s.args[0] > 0), (-1, True)) for s in expr.atoms(sp.sign)}
    return expr.xreplace(moves) if moves else expr
