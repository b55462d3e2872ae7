"""Textbook order: which term of a sum and which factor of a product comes first, and what has a minus."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.core.function import Derivative
from sympy.matrices.expressions.matexpr import MatrixExpr

from ..symbols import UPSTREAM, MaxOver, SumOver

LETTERS = (sp.Symbol, sp.Indexed)
POWERS = (sp.Symbol, sp.Pow)
OPEN = (Derivative, sp.Piecewise)  # what stands near the end of a product
BIG = (SumOver, MaxOver, sp.Sum)  # and what stands there
SMALL = {"eps", "epsilon"}  # what is added that a root or a fraction may exist: v + ε


def held(e: Any) -> bool:
    """Whether the arguments stand as somebody wrote them, not as SymPy would sort them."""
    if isinstance(e, MatrixExpr):
        return True
    return e.func(*e.args).args != e.args


def arranged(terms: tuple[Any, ...]) -> list[Any]:
    """The terms of a sum in textbook order."""
    ordered = list(terms)
    if len(terms) > 2:
        x = only_letter(terms)
        if x is None:
            ordered.sort(key=lambda t: bool(t.is_number))
        elif all(t.is_polynomial(x) for t in terms):
            ordered.sort(key=lambda t: -sp.degree(t, x))
    if all(degree(t) is not None for t in terms) and (len(terms) > 2 or all(map(degree, terms))):
        ordered.sort(key=lambda t: -(degree(t) or 0))  # a x^2 + b x + c
    if any(isinstance(t, SumOver) for t in terms):
        ordered.sort(key=lambda t: isinstance(t, LETTERS))
    ordered.sort(key=lambda t: isinstance(t, sp.Symbol) and t.name in SMALL)
    first = next((k for k, t in enumerate(ordered) if not negative(t)), 0)
    return [ordered.pop(first), *ordered]


@lru_cache(maxsize=1 << 12)
def degree(term: Any) -> int | None:
    """How many letters are multiplied in a term; None where there is more in it than letters and numbers."""
    if term.is_number:
        return 0
    powers = [f.as_base_exp() for f in sp.Mul.make_args(term) if not f.is_number]
    if all(base.is_Symbol and exp.is_Integer and exp > 0 for base, exp in powers):
        return int(sum(exp for _, exp in powers))
    return None


def only_letter(terms: tuple[Any, ...]) -> Any:
    """The letter of which these are functions; None where there are more, or an array."""
    found: set[Any] = set()
    for e in (e for t in terms for e in sp.preorder_traversal(t)):
        found |= {e} if isinstance(e, sp.Symbol) else set()
        if len(found) > 1 or isinstance(e, sp.Indexed):
            return None
    return next(iter(found), None)


def ranked(factors: tuple[Any, ...]) -> list[Any]:
    """The factors of a product in textbook order; two matrices with one letter in common as they are multiplied."""
    ordered = sorted(factors, key=place)
    letters = [n for n, e in enumerate(ordered) if isinstance(e, POWERS) and letter(e)]
    if len(letters) > 1:
        for n, e in zip(letters, sorted((ordered[n] for n in letters), key=letter)):
            ordered[n] = e  # b x, also where SymPy sorts by what is assumed of them
    grids = [n for n, e in enumerate(ordered) if isinstance(e, sp.Indexed) and len(e.args) > 2]
    if len(grids) == 2 and not is_upstream(ordered[grids[0]]):
        a, b = grids
        ordered[a], ordered[b] = multiplied(ordered[a], ordered[b])
    return ordered


def letter(e: Any) -> str:
    """The name of a letter, or of a square of one; lengths and indices stay where they are."""
    base = e.base if isinstance(e, sp.Pow) and e.exp.is_number else e
    return base.name if isinstance(base, sp.Symbol) and not base.is_integer and not is_upstream(base) else ""


def multiplied(a: sp.Indexed, b: sp.Indexed) -> tuple[sp.Indexed, sp.Indexed]:
    """First what ends in a letter of the other, x_ik W_kj, W_jk a_kn; where both do, by the alphabet, Q_id K_jd."""
    one, other = a.args[1:], b.args[1:]
    if not all(i.is_Symbol for i in (*one, *other)):
        return a, b
    ends = one[-1] in {*other}, other[-1] in {*one}
    swap = ends[1] and not ends[0]
    if all(ends):
        left, right = (sorted(i.name for i in own) for own in ({*one} - {*other}, {*other} - {*one}))
        swap = bool(right) and right < left
    return (b, a) if swap else (a, b)


@lru_cache(maxsize=1 << 12)
def place(e: Any) -> tuple[int, bool, bool]:
    """Where a factor stands."""
    return rank(e), not is_upstream(e), is_capital(e)


def is_capital(e: Any) -> bool:
    """Whether this is an entry of a matrix of weights, which stands behind the data: x·W."""
    return isinstance(e, sp.Indexed) and e.base.name[:1].isupper()


def is_upstream(e: Any) -> bool:
    """Whether this is the upstream gradient, which leads a chain: g·W."""
    name = e.base.name if isinstance(e, sp.Indexed) else getattr(e, "name", "")
    return name == UPSTREAM or name.startswith(UPSTREAM + "_")


def rank(e: Any) -> int:
    """Numbers, letters, powers of letters, brackets, functions, and what is open last."""
    if e.is_number:
        return 0 if e.is_Rational or e.is_Float else 1
    base = e.base if isinstance(e, sp.Pow) and not isinstance(e, sp.exp) else e
    if isinstance(base, (*LETTERS, sp.KroneckerDelta)):
        return 2
    if isinstance(base, sp.Add):
        return 3
    return 6 if isinstance(base, BIG) else 5 if isinstance(base, OPEN) else 4


@lru_cache(maxsize=1 << 12)
def negative(e: Any) -> bool:
    """Whether a term or an exponent is written with a minus in front."""
    if e.is_number:
        return bool(e.is_negative) if e.is_Number else bool(e.could_extract_minus_sign())
    if isinstance(e, sp.Mul):
        return sum(1 for a in e.args if a.is_Number and a.is_negative) % 2 == 1
    return False


def divided(e: Any) -> bool:
    """Whether a factor is a fraction by itself."""
    if isinstance(e, sp.Mul):
        return any(divided(a) for a in e.args)
    return isinstance(e, sp.Pow) and negative(e.exp) and e.base != sp.E


def between(args: list[Any]) -> tuple[tuple[Any, ...], tuple[str, ...]] | None:
    """Two bounds of one letter as a chain: -1 < x < 1."""
    if len(args) != 2 or not all(
        isinstance(a, sp.StrictLessThan | sp.LessThan | sp.StrictGreaterThan | sp.GreaterThan) for a in args
    ):
        return None
    lows, highs = [], []
    for a in args:
        small, large = (a.lts, a.gts)
        sign = "<" if isinstance(a, sp.StrictLessThan | sp.StrictGreaterThan) else "≤"
        if small.is_number:
            lows.append((small, sign, large))
        elif large.is_number:
            highs.append((small, sign, large))
    if len(lows) == len(highs) == 1 and lows[0][2] == highs[0][0]:
        return (lows[0][0], lows[0][2], highs[0][2]), (lows[0][1], highs[0][1])
    return None
