"""The cascade: definedness, certified refutation, algebraic proof, other provers, and an honest rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef, Derivative

from ..story import Verdict
from . import slope
from .balls import Balls
from .cells import MOST_CELLS, Prover
from .compare import Difference, Question, Survey, Views, survey, values_shown
from .conditions import conditions
from .numbers import ball

QUICK_CELLS = 16


class Inquiry:
    """Questions about the formulas of one domain, one after another.

    What was evaluated or converted for one question is there for the next: lines of a derivation share most of it.
    `within` are formulas that must be defined where the question is asked, such as the forward formula.
    """

    def __init__(self, domain: Mapping[Any, tuple[Any, Any]] | None = None, within: tuple[Any, ...] = ()) -> None:
        self.within = within
        self.views = Views(domain or {})
        self.prover = Prover(self.views.domain)

    def equal(self, a: Any, b: Any, effort: str = "full") -> Verdict:
        """Is a = b wherever both have a meaning?  See `equal` below."""
        q, note = prepare(a, b, self.views, self.within)
        if q.left == q.right:
            return Verdict("proved", by="identical", note=note)
        full = effort == "full"
        numbers = concrete(q)
        found = survey(numbers, many=full)
        if found.difference is not None:
            return refuted(q, found, note)
        if not found.points and not found.unclear:
            return Verdict("undecided", by="definedness", note="no point was found where both sides are defined")
        if self.prover.proved(q.left, q.right, MOST_CELLS if full else QUICK_CELLS):
            return proved("algebra", q, found, note) if full else Verdict("proved", by="algebra", points=found.points)
        if full:
            sharper = survey(numbers, bits=640)
            if sharper.difference is not None:
                return refuted(q, sharper, note)
            gap = by_their_difference(numbers)
            if gap is not None:
                return refuted(q, gap, note)
            found = replace(sharper, kinks=found.kinks)
            if slope.proved(q):
                return proved("slope", q, found, note)
        if not found.points:
            return Verdict("undecided", by="points", note="no point was found where both sides can be evaluated")
        return Verdict(
            "agrees",
            by="points",
            conditions=conditions((q.left, q.right, *q.within), q.domain) if full else (),
            exceptions=tuple(found.kinks),
            points=found.points,
            digits=found.digits,
            note=note,
        )


def equal(
    a: Any,
    b: Any,
    *,
    domain: Mapping[Any, tuple[Any, Any]] | None = None,
    effort: str = "full",
    within: tuple[Any, ...] = (),
) -> Verdict:
    """Is a = b wherever both have a meaning?  Open derivatives are taken by a witness of our own.

    `domain` maps letters to open intervals. `within` are formulas that must be defined where the
    question is asked, such as the forward formula; where a side without an open derivative is undefined
    although the other is not, that is a difference. `effort` "quick" looks at a few points only and
    leaves out conditions, exceptions and the slower provers.

    The verdict's `by` names the rung: "identical", "definedness", "balls", "algebra", "slope", "points".
    Of a refuted one, `true` is the value of a and `claimed` that of b at the counterexample; None means
    undefined there.
    """
    return Inquiry(domain, within).equal(a, b, effort)


def by_their_difference(q: Question) -> Survey | None:
    """Where both sides are too large to be told apart, what is left of one minus the other may be plain."""
    difference = q.left - q.right
    if difference.has(Derivative):
        return None
    found = survey(Question(difference, sp.S.Zero, q.views, (q.left, q.right, *q.within)), many=False)
    if found.difference is None:
        return None
    at = Balls(found.difference.point)
    return replace(found, difference=Difference(found.difference.point, at(q.left), at(q.right)))


def proved(by: str, q: Question, found: Survey, note: str) -> Verdict:
    holds_under = conditions((q.left, q.right, *q.within), q.domain)
    return Verdict(
        "proved", by=by, conditions=holds_under, exceptions=tuple(found.kinks), points=found.points, note=note
    )


def refuted(q: Question, found: Survey, note: str) -> Verdict:
    d = found.difference
    assert d is not None
    true, claimed = values_shown(d)
    if d.defined and close(d) and any(long_decimal(r) for e in (q.left, q.right) for r in e.atoms(sp.Rational)):
        note = "decimals are read exactly; the two differ so little that a rounded one may be all that is wrong"
    return Verdict(
        "refuted",
        by="balls" if d.defined else "definedness",
        points=found.points,
        counterexample=d.counterexample(),
        claimed=claimed,
        true=true,
        note=note,
    )


def close(d: Difference) -> bool:
    gap, size = abs(ball(d.left) - ball(d.right)), abs(ball(d.left))
    return bool(gap < size / 1_000_000)


def long_decimal(r: sp.Rational) -> bool:
    """Is this a decimal of six digits or more, that may stand for another number?"""
    return bool(r.q >= 10**5 and 10**40 % r.q == 0)


def prepare(a: Any, b: Any, views: Views, within: tuple[Any, ...]) -> tuple[Question, str]:
    """Expressions with exact numbers only, and what there is to say about that."""
    expressions = [sp.sympify(e) for e in (a, b, *within)]
    made_exact = [exact_floats(e) for e in expressions]
    note = "decimals were read exactly" if made_exact != expressions else ""
    left, right, *rest = made_exact
    return Question(left, right, views, tuple(rest)), note


def exact_floats(e: sp.Expr) -> sp.Expr:
    """Every float as the rational that its shortest decimal says."""
    floats = e.atoms(sp.Float)
    if not floats:
        return e
    return e.xreplace({f: sp.Rational(repr(float(f)) if f._prec <= 53 else str(f)) for f in floats})


def concrete(q: Question) -> Question:
    """Undefined functions u(x) become definite smooth positive ones, a different one for each name."""
    names = sorted({f.func for e in (q.left, q.right, *q.within) for f in e.atoms(AppliedUndef)}, key=str)
    if not names:
        return q

    def put(e: sp.Expr) -> sp.Expr:
        e = e.replace(lambda d: isinstance(d, Derivative), by_symbols)
        for k, f in enumerate(names):
            e = e.replace(f, shape(k))
        return e.replace(lambda s: isinstance(s, sp.Subs), lambda s: s.doit())

    return Question(put(q.left), put(q.right), q.views, tuple(map(put, q.within)))


def by_symbols(d: Derivative) -> sp.Expr:
    """A derivative by v(x), as SymPy writes the chain rule, as one by a symbol."""
    moves = {w: sp.Dummy(f"w{i}", real=True) for i, w in enumerate(d.variables) if isinstance(w, AppliedUndef)}
    if not moves:
        return d
    inner = Derivative(d.expr.xreplace(moves), *(moves.get(w, w) for w in d.variables))
    return sp.Subs(inner, tuple(moves.values()), tuple(moves))


def shape(k: int) -> Any:
    """The k-th function that stands for an unknown one."""

    def body(*args: sp.Expr) -> sp.Expr:
        terms = [(a - sp.Rational(k + 1, 3)) ** 2 / (2 + i) + a / (3 + k) for i, a in enumerate(args)]
        return sp.Add(sp.Rational(7 + k, 5), *terms)

    return body
