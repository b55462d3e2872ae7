"""Two formulas at many points: what is certainly different, where each is defined, and how far they agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import isinf
from typing import Any

import sympy as sp
from flint import arb, fmpq
from sympy.core.function import Derivative

from .balls import Balls
from .numbers import Kink, Number, Unclear, Undefined, as_fraction, ball, precision
from .points import Domain, Point, beside, exact_interval, generic, letters_of, roots, stairs, switches

TINIEST = arb(2) ** -300


@dataclass(frozen=True)
class Difference:
    """A point at which the two sides certainly differ; a side that is undefined there is None."""

    point: Point
    left: Number | None
    right: Number | None

    @property
    def defined(self) -> bool:
        return self.left is not None and self.right is not None

    def counterexample(self) -> dict[str, Fraction]:
        return {str(s): as_fraction(v) for s, v in self.point.items()}


@dataclass
class Survey:
    """What the points said. `kinks` are relations: no derivative there, or the two sides differ only there."""

    points: int = 0
    digits: int = 0
    unclear: int = 0
    difference: Difference | None = None
    kinks: list[Any] = field(default_factory=list)
    kinked: list[Point] = field(default_factory=list)
    defined: list[Point] = field(default_factory=list)  # where both sides are finite
    undefined: list[Point] = field(default_factory=list)  # where the left side or its surroundings are not

    def kink(self, point: Point, relation: Any) -> None:
        """Remember a kink once, whichever letter and switch it was found by."""
        same = {relation, sp.Eq(relation.rhs, relation.lhs)}
        if point not in self.kinked and not same & set(self.kinks):
            self.kinks.append(relation)
        self.kinked.append(point)


@dataclass(frozen=True)
class Views:
    """The points in general position, and what was seen at them so far: for each precision."""

    domain: Domain
    met: dict[tuple[Any, ...], list[Balls]] = field(default_factory=dict)

    def of(self, letters: list[sp.Expr], bits: int) -> list[Balls]:
        key = (bits, *letters)
        if key not in self.met:
            self.met[key] = [Balls(point) for point in generic(letters, self.domain)]
        return self.met[key]


@dataclass(frozen=True)
class Question:
    """left = right?, asked where every formula of `within` is defined too."""

    left: sp.Expr
    right: sp.Expr
    views: Views
    within: tuple[sp.Expr, ...] = ()

    @property
    def domain(self) -> Domain:
        return self.views.domain

    @cached_property
    def around(self) -> tuple[sp.Expr, ...]:
        """What of `within` is still to be looked at: the witness of D(f, x) looks at f itself."""
        seen = {e.expr for e in (self.left, self.right) if isinstance(e, Derivative)}
        return tuple(e for e in self.within if e not in seen)

    @property
    def letters(self) -> list[sp.Expr]:
        return letters_of(self.left, self.right, *self.within)


def number(e: sp.Expr, at: Balls) -> Number | None:
    """The value at a point; None where it is certainly undefined."""
    try:
        return at(e)
    except Undefined:
        return None


def one_point(q: Question, at: Balls, bits: int) -> tuple[Number | None, Number | None] | None:
    """Both values, or None where the point lies outside of what is asked."""
    with precision(bits):
        if any(number(e, at) is None for e in q.around):
            return None
        left, right = number(q.left, at), number(q.right, at)
        if left is None and right is None:
            return None
        if left is None and q.left.has(Derivative) or right is None and q.right.has(Derivative):
            return None
        return left, right


def agreement(left: Number, right: Number) -> int:
    """To how many digits two overlapping balls agree; -1 where they are certainly apart."""
    if isinstance(left, fmpq) and isinstance(right, fmpq):
        return 100 if left == right else -1
    with precision(1280):
        a, b = ball(left), ball(right)
        gap = abs(a - b)
        if gap > 0:
            return -1
        size = abs(a).max(abs(b)).max(TINIEST)
    with precision(30):
        relative = (gap / size).abs_upper()
        if not relative.is_finite():
            return 0
        return 100 if relative.is_zero() else max(0, min(100, int(float(-relative.log().mid()) / 2.3026)))


def look(q: Question, survey: Survey, at: Balls, bits: int, exact_break: Any = None) -> bool:
    """Compare at one point; True when that decides against the equation."""
    point = at.letters
    try:
        values = one_point(q, at, bits)
    except Kink:
        if exact_break is not None:
            survey.kink(point, exact_break)
        return False
    except Unclear:
        survey.unclear += 1
        return False
    if values is None:
        survey.undefined.append(point)
        return False
    left, right = values
    if left is not None and right is not None:
        digits = agreement(left, right)
        if digits >= 0:
            survey.digits = min(survey.digits, digits) if survey.points else digits
            survey.points += 1
            survey.defined.append(point)
            return False
        if exact_break is not None and not (q.left.has(Derivative) or q.right.has(Derivative)):
            survey.kink(point, exact_break)
            return False
    elif exact_break is not None:
        return False
    survey.difference = Difference(point, left, right)
    return True


FEW = 6  # points of a quick look


def survey(q: Question, bits: int = 128, many: bool = True) -> Survey:
    """Generic and wide points first, then beside, between and on every breakpoint."""
    out = Survey()
    letters = q.letters
    for at in q.views.of(letters, bits)[: None if many else FEW]:
        if look(q, out, at, bits):
            return out
    if many:
        for point, relation in break_points(q, letters, out):
            if look(q, out, Balls(point), bits, relation):
                return out
    return out


def break_points(q: Question, letters: list[sp.Expr], out: Survey) -> Iterable[tuple[Point, Any]]:
    kinks, edges = switches(q.left, q.right, *q.within)
    steps = stairs(q.left, q.right, *q.within)
    if not kinks and not edges and not steps:
        return
    bases = (out.defined or list(generic(letters, q.domain)))[: 2 if len(letters) > 1 else 1]
    for x in letters:
        inside = interval(q.domain.get(x))
        for base in bases:
            others = {s: v for s, v in base.items() if s != x}
            found: list[tuple[fmpq, fmpq]] = []
            exact: list[tuple[fmpq, Any]] = []
            for u in [*kinks, *edges, *steps]:
                if not u.has(x):
                    continue
                brackets = [r for r in roots(u, x, others) if inside(r[0])]
                found += brackets
                one = u.is_polynomial(x) or len(brackets) == 1
                single = one and not others
                exact += [(a, steps.get(u, zero_of(u, x, a, single))) for a, b in brackets if a == b]
                if u in kinks and any(jumps(q, x, b, others) for b in brackets if b[0] != b[1]):
                    out.kink({**others, x: brackets[0][0]}, zero_of(u, x, brackets[0][0], alone=False))
            for v in beside(found):
                if inside(v) and (not x.is_integer or v.q == 1):
                    yield {**others, x: v}, None
            for v, relation in exact:
                yield {**others, x: v}, relation


def jumps(q: Question, x: sp.Expr, bracket: tuple[fmpq, fmpq], others: Point) -> bool:
    """Whether the open derivative has two values on the two sides of an irrational breakpoint."""
    if not isinstance(q.left, Derivative):
        return False
    try:
        with precision(128):
            low, high = (ball(Balls({**others, x: v})(q.left)) for v in bracket)
            return bool(abs(high - low) > (1 + abs(low)) / 1000)
    except (Unclear, Undefined):
        return False


def zero_of(u: sp.Expr, x: sp.Expr, value: fmpq, alone: bool) -> Any:
    """The relation that says where a switch is: x = 3, or x = b with more letters."""
    if alone:
        return sp.Eq(x, sp.Rational(int(value.p), int(value.q)))
    if u.is_polynomial(x) and sp.degree(u, x) == 1:
        slope = u.coeff(x, 1)
        return sp.Eq(x, sp.expand(-(u - slope * x) / slope))
    return sp.Eq(u, 0)


def interval(bounds: tuple[Any, Any] | None) -> Any:
    low, high = exact_interval(bounds)
    return lambda v: (low is None or v > low) and (high is None or v < high)


def values_shown(d: Difference) -> tuple[Any, Any]:
    """Both values as people read them: a Fraction, a float, or as many digits as tell them apart."""
    left, right = shown(d.left), shown(d.right)
    numbers = not isinstance(left, str) and not isinstance(right, str)
    if d.defined and numbers and float(left) == float(right):
        with precision(2560):
            a, b = ball(d.left), ball(d.right)
            digits = 6 + int(abs(float((abs(a - b) / abs(a).max(abs(b))).log().mid())) / 2.3)
            return sp.Float(a.mid().str(digits, radius=False), digits), sp.Float(
                b.mid().str(digits, radius=False), digits
            )
    return left, right


def shown(value: Number | None) -> Any:
    if value is None:
        return None
    if isinstance(value, fmpq):
        return as_fraction(value)
    number = float(value.mid())
    return value.mid().str(15, radius=False) if isinf(number) else number  # beyond floats: its decimal text
