"""The cascade: definedness, certified refutation, algebraic proof, other provers, and an honest rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from ..story import Verdict
from . import algebra
from .compare import Question, Survey, survey, values_shown
from .points import Domain


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
    although the other is not, that is a difference. `effort` "quick" looks at few points and breakpoints.
    """
    q, note = prepare(a, b, domain or {}, within)
    if q.left == q.right:
        return Verdict("proved", by="identical", note=note)
    found = survey(concrete(q), many=effort == "full")
    if found.difference is not None:
        return refuted(found, note)
    if found.points == 0:
        return Verdict("undecided", by="points", note=note or "no point was found where both sides are defined")
    if algebra.proved(q.left, q.right, q.domain):
        return Verdict("proved", by="algebra", exceptions=tuple(found.kinks), points=found.points, note=note)
    return Verdict(
        "agrees", by="points", exceptions=tuple(found.kinks), points=found.points, digits=found.digits, note=note
    )


def refuted(found: Survey, note: str) -> Verdict:
    d = found.difference
    assert d is not None
    true, claimed = values_shown(d)
    by = "balls" if d.defined else "definedness"
    return Verdict(
        "refuted",
        by=by,
        points=found.points,
        counterexample=d.counterexample(),
        claimed=claimed,
        true=true,
        note=note,
    )


def prepare(a: Any, b: Any, domain: Domain, within: tuple[Any, ...]) -> tuple[Question, str]:
    """Expressions with exact numbers only, and what there is to say about that."""
    expressions = [sp.sympify(e) for e in (a, b, *within)]
    made_exact = [exact_floats(e) for e in expressions]
    note = "decimals were read exactly" if made_exact != expressions else ""
    left, right, *rest = made_exact
    return Question(left, right, domain, tuple(rest)), note


def exact_floats(e: sp.Expr) -> sp.Expr:
    """Every float as the rational that its shortest decimal says."""
    floats = e.atoms(sp.Float)
    if not floats:
        return e
    return e.xreplace({f: sp.Rational(repr(float(f)) if f._prec <= 53 else str(f)) for f in floats})


def concrete(q: Question) -> Question:
    """Undefined functions u(x) become definite smooth positive ones, a different one for each name."""
    undefined = sorted({f for e in (q.left, q.right, *q.within) for f in e.atoms(AppliedUndef)}, key=str)
    names = sorted({f.func for f in undefined}, key=str)
    if not names:
        return q

    def shape(k: int) -> Any:
        def body(*args: sp.Expr) -> sp.Expr:
            terms = [(a - sp.Rational(k + 1, 3)) ** 2 / (2 + i) + a / (3 + k) for i, a in enumerate(args)]
            return sp.Add(sp.Rational(7 + k, 5), *terms)

        return body

    def put(e: sp.Expr) -> sp.Expr:
        for k, f in enumerate(names):
            e = e.replace(f, shape(k))
        return e

    return Question(put(q.left), put(q.right), q.domain, tuple(map(put, q.within)))
