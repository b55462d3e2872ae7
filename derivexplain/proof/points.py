"""Where two formulas are compared: generic and wide rational points, and beside and between every breakpoint.

All of it is deterministic. A breakpoint is a root of a switch's argument (Abs, Max, Piecewise, sign, ...)
or an edge of definedness (the argument of a log or root, a denominator), in one letter with the
others held fixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sympy as sp
from flint import fmpq, fmpq_poly
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from .balls import Balls
from .numbers import Unclear, Undefined, exact, sign

Point = Mapping[sp.Expr, fmpq]
Domain = Mapping[sp.Expr, tuple[Any, Any]]

NEAR = [fmpq(*r) for r in ((1, 3), (-5, 8), (3, 2), (-9, 4), (7, 10), (-1, 5), (11, 4), (-17, 16), (5, 4), (-3, 7))]
WIDE = [fmpq(*r) for r in ((37, 5), (-37, 5), (1, 1000), (-1, 1000), (124, 3), (-124, 3), (610, 3), (-610, 3))]
INSIDE = [
    fmpq(*r) for r in ((1, 2), (1, 3), (4, 5), (1, 7), (9, 10), (3, 5), (1, 50), (49, 50), (1, 5000), (4999, 5000))
]
WHOLE = [fmpq(n) for n in (2, 3, 1, 5, 4, 7, 0, -1, -2, 6)]
TINY = fmpq(1, 1 << 20)
_GRID = ((1, 64), (1, 8), (2, 5), (7, 9), (7, 5), (9, 4), (18, 5), (6, 1), (19, 2), (31, 1), (103, 1), (997, 1))
GRID = sorted({s * fmpq(n, d) for s in (1, -1) for n, d in _GRID} | {fmpq(0)})


def letters_of(*expressions: sp.Basic) -> list[sp.Expr]:
    """The independent letters, in a fixed order: symbols, and entries of arrays as they stand."""
    found: set[sp.Expr] = set()
    for e in expressions:
        collect(e, found)
    return sorted(found, key=lambda s: (s.name if s.is_Symbol else str(s), s.class_key()))


def collect(e: sp.Basic, found: set[sp.Expr]) -> None:
    if isinstance(e, sp.Symbol | sp.Indexed | AppliedUndef | sp.KroneckerDelta):
        found.add(e)
    else:
        for a in e.args:
            collect(a, found)


def exact_interval(bounds: tuple[Any, Any] | None) -> tuple[fmpq | None, fmpq | None]:
    """Both ends as rationals, decimals read as they are written; None where there is no end."""
    low, high = bounds or (None, None)
    return end(low), end(high)


def end(bound: Any) -> fmpq | None:
    if bound is None or sp.sympify(bound).is_infinite:
        return None
    return exact(sp.Rational(str(bound)))


def values(letter: sp.Expr, bounds: tuple[Any, Any] | None) -> list[fmpq]:
    """The values one letter takes, inside its open interval and its assumptions."""
    if isinstance(letter, sp.KroneckerDelta):
        return [fmpq(1), fmpq(0)]
    low, high = exact_interval(bounds)
    if low is None and (letter.is_positive or letter.is_nonnegative):
        low = fmpq(0)
    if high is None and (letter.is_negative or letter.is_nonpositive):
        high = fmpq(0)
    if letter.is_integer:
        pool = WHOLE
    elif low is not None and high is not None:
        return [low + (high - low) * u for u in INSIDE]
    elif low is not None:
        return [low + abs(v) for v in NEAR + WIDE if v > 0] + [low + abs(v) for v in NEAR if v < 0]
    elif high is not None:
        return [high - abs(v) for v in NEAR + WIDE if v > 0] + [high - abs(v) for v in NEAR if v < 0]
    else:
        pool = NEAR + WIDE
    return [v for v in pool if (low is None or v > low) and (high is None or v < high)]


def generic(letters: list[sp.Expr], domain: Domain) -> Iterator[Point]:
    """Points in general position: every letter walks through its values in its own stride."""
    pools = [values(s, domain.get(s)) for s in letters]
    if not all(pools):
        return
    for i in range(max(map(len, pools), default=1)):
        yield {s: p[(i * (2 * j + 1) + 3 * j) % len(p)] for j, (s, p) in enumerate(zip(letters, pools))}
    if len(letters) > 1:  # small values too, all at once: many domains are balls around zero
        for i in range(6):
            shrink = [fmpq(1, 5 + i) if s not in domain and not s.is_integer else fmpq(1) for s in letters]
            yield {s: p[(i + 2 * j) % len(p)] * k for j, (s, p, k) in enumerate(zip(letters, pools, shrink))}


# ---------------------------------------------------------------- breakpoints


def switches(*expressions: sp.Basic) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """(arguments whose sign switches a formula, arguments whose sign bounds where it is defined)."""
    kinks: dict[sp.Expr, None] = {}
    edges: dict[sp.Expr, None] = {}
    for root in expressions:
        for e in sp.preorder_traversal(root):
            if isinstance(e, sp.Abs | sp.sign | sp.Heaviside):
                kinks[e.args[0]] = None
            elif isinstance(e, sp.Max | sp.Min):
                for i, a in enumerate(e.args):
                    for b in e.args[i + 1 :]:
                        kinks[a - b] = None
            elif isinstance(e, Relational):
                kinks[e.lhs - e.rhs] = None
            elif isinstance(e, sp.log):
                edges[e.args[0]] = None
            elif isinstance(e, sp.Pow) and not (e.exp.is_Integer and e.exp.is_positive) and e.base.free_symbols:
                edges[e.base] = None
            elif isinstance(e, sp.asin | sp.acos | sp.atanh | sp.acosh | sp.erfinv):
                edges[e.args[0] - 1] = edges[e.args[0] + 1] = None
    return list(kinks), [e for e in edges if e not in kinks]


def stairs(*expressions: sp.Basic) -> dict[sp.Expr, Any]:
    """Switches of functions that step at whole numbers, at three of them, each with what holds at them all."""
    arguments = dict.fromkeys(
        e.args[0] if isinstance(e, sp.floor | sp.ceiling | sp.frac) else e.args[0] / e.args[1]
        for root in expressions
        for e in sp.preorder_traversal(root)
        if isinstance(e, sp.floor | sp.ceiling | sp.frac | sp.Mod)
    )
    return {u - n: sp.Eq(u, sp.floor(u), evaluate=False) for u in arguments for n in (1, 2, -1)}


def roots(u: sp.Expr, x: sp.Expr, others: Point) -> list[tuple[fmpq, fmpq]]:
    """Brackets (low, high) around the real roots of u in x; low == high where the root is exact."""
    if u.is_polynomial(x):
        found = polynomial_roots(u, x, others)
        if found is not None:
            return found
    return scan(u, x, others)


def polynomial_roots(u: sp.Expr, x: sp.Expr, others: Point) -> list[tuple[fmpq, fmpq]] | None:
    coefficients = []
    for c in reversed(sp.Poly(u, x).all_coeffs()):
        try:
            value = Balls(others)(c)
        except (Unclear, Undefined):
            return None
        if not isinstance(value, fmpq):
            return None
        coefficients.append(value)
    if len(coefficients) == 2:
        return [(-coefficients[0] / coefficients[1],) * 2]
    p = fmpq_poly(coefficients)
    if p.degree() < 1:
        return []
    out = {(r, r) for r, _ in p.roots()}
    numerator: Any = p.numer()
    for z, _ in numerator.complex_roots():
        if z.imag.is_zero() and not any(z.real.contains(r) for r, _ in out):
            middle = z.real.mid().fmpq()
            out.add((middle - TINY, middle + TINY))
    return sorted(out)


def scan(u: sp.Expr, x: sp.Expr, others: Point) -> list[tuple[fmpq, fmpq]]:
    out, last = [], None
    for at in GRID:
        s = sign_at(u, x, at, others)
        if s == 0:
            out.append((at, at))
        elif s is not None and last is not None and last[1] == -s:
            out.append(bisect(u, x, last, (at, s), others))
        last = None if s is None else (at, s)
        if s == 0:
            last = None
    return out


def bisect(u: sp.Expr, x: sp.Expr, a: tuple[fmpq, int], b: tuple[fmpq, int], others: Point) -> tuple[fmpq, fmpq]:
    low, high = a[0], b[0]
    for _ in range(26):
        middle = (low + high) / 2
        s = sign_at(u, x, middle, others)
        if s == 0:
            return middle, middle
        if s is None:
            break
        low, high = (middle, high) if s == a[1] else (low, middle)
    simple = simplest(low, high)
    return (simple, simple) if sign_at(u, x, simple, others) == 0 else (low, high)


def simplest(low: fmpq, high: fmpq) -> fmpq:
    """The rational with the smallest denominator in [low, high]."""
    whole = fmpq(-(-int(low.p) // int(low.q)))
    if whole <= high:
        return whole
    down = whole - 1
    return down + 1 / simplest(1 / (high - down), 1 / (low - down))


def sign_at(u: sp.Expr, x: sp.Expr, at: fmpq, others: Point) -> int | None:
    try:
        return sign(Balls({**others, x: at})(u))
    except (Unclear, Undefined):
        return None


def beside(brackets: Iterable[tuple[fmpq, fmpq]]) -> list[fmpq]:
    """Values beside and between breakpoints, and a little and far beyond the outermost ones."""
    marks = sorted(set(brackets))
    if not marks:
        return []
    out = [marks[0][0] - 1, marks[-1][1] + 1, marks[0][0] - 10, marks[-1][1] + 10]
    for low, high in marks:
        out += [low - TINY, high + TINY]
    for (_, a), (b, _) in zip(marks, marks[1:]):
        out += [(a + b) / 2, a + (b - a) / 16, b - (b - a) / 16]
    return out
