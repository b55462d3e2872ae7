"""From an open derivative to the form people use: formula in, lines that each stand out.

The laws come in as arguments. Every line is an equation of whole expressions, checked before it is handed on;
a false one is an internal error that names its law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from .. import output_form
from ..curves import kinks
from ..curves.regions import Curve
from ..curves.sampling import real_somewhere
from ..errors import InputError, InternalError
from ..law import Law, Move
from ..matching import replace, unnested
from ..proof import Inquiry
from ..spelling import NO_IDENTITIES, Identities, cost, operations, tidy
from ..story import Derivation, Formula, Step, Verdict
from ..symbols import D, real
from .conditions import apart_from, as_places, asked_by, given, off_kinks, within
from .rules import NODES, Line, Names, Rules, guard

GAIN = 2  # operations that a new spelling has to save to be worth a line


def derive(
    formula: Formula,
    wrt: Any,
    *,
    laws: Sequence[Law | Move],
    identities: Identities = NO_IDENTITIES,
    order: int = 1,
    detail: str = "normal",
) -> Derivation:
    """The derivative of a scalar formula in named steps, ending in terms of the output where that is possible.

    For a higher order the derivative stands open as often around the lines; once the output's own derivative is
    known in terms of the output (y' = y(1 - y)), the next order starts from there.
    """
    f = unnested(formula.expr)
    guard(f, NODES)
    if not real_somewhere(f, wrt, formula.domain):
        raise InputError("the formula has no real value on its domain", mend="give a domain on which it has")
    y = formula.output if formula.output not in f.atoms(sp.Symbol) else real("out")  # an integral over y
    curve = Curve(f, wrt, y, formula.domain)
    story = Story(formula, curve, order)
    inner = plain = f
    form = output_form.NONE
    outputs: dict[Any, sp.Expr] = {}
    for left in reversed(range(order)):
        inner, before = D(inner, wrt), plain
        for line, after in Rules(laws, story.names, outputs).lines(inner, detail):
            inner = story.add(line, inner, after, left)
        if inner.has(D):
            story.note = "no law and no table knows this derivative: it is left open"
            form = output_form.Form(reason="the derivative is left open")
            break
        spelt = tidy(inner, identities.result)
        gain = 0 if inner.has(y) else GAIN  # the form in the output is the one people use: it is tidy to the end
        if spelt != inner and operations(spelt) <= operations(inner) - gain:
            inner = story.add(Line("tidy", {inner: spelt}), inner, spelt, left)
        joined = output_form.joined(curve, inner, identities)
        if joined != inner and (verdict := story.judge(inner, joined)).ok:
            inner = story.add(Line("pieces-joined", {inner: joined}), inner, joined, left, verdict)
        plain = inner
        form = output_form.find(curve, inner, identities, story.judge)
        known = form.kind == "pure" and left == order - 1 and (not left or story.carries(form.expr))
        for stage in form.stages if known or not left else ():
            line = Line(stage.law, {inner: stage.after}, (), stage.letters)
            inner = story.add(line, inner, stage.after, left, stage.verdict)
        if known:
            outputs = {y: form.expr}
    if not inner.has(D):
        inner = story.told(plain)
        if inner != plain:
            inner = story.plainest(inner, D(story.told(before), wrt), Rules(laws, Names(())), identities)
    return story.finish(inner, form, detail)


@dataclass
class Story:
    """The lines told so far."""

    formula: Formula
    curve: Curve
    order: int
    steps: list[Step] = field(default_factory=list)
    note: str = ""
    in_full: dict[sp.Expr, sp.Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inquiry = Inquiry(self.curve.domain, (self.curve.f,))
        self.names = Names({s.name for s in self.curve.f.free_symbols} | {str(self.curve.y)})

    def judge(self, before: sp.Expr, after: sp.Expr) -> Verdict:
        """Whether a line stands."""
        try:
            sides = self.told(before), self.told(after)
        except TypeError:  # SymPy's word for an order among numbers that are not real
            return Verdict("undecided", note="a condition compares what is not real")
        try:
            verdict = self.inquiry.equal(*sides, effort="quick")
            return verdict if verdict.status in ("proved", "refuted") else self.inquiry.equal(*sides)
        except RecursionError:
            return Verdict("undecided", note="nested too deeply to be checked")

    def carries(self, form: sp.Expr) -> bool:
        """Whether the next derivative may be taken of the form: y' = 2 sqrt(y) has no slope where y is 0."""
        next_one = sp.diff(form, self.curve.y) * form
        return self.judge(D(self.curve.f, (self.curve.x, 2)), next_one).ok

    def add(self, line: Line, before: sp.Expr, after: sp.Expr, left: int, verdict: Verdict | None = None) -> sp.Expr:
        """Check a line and write it down; returns the state after it."""
        verdict = verdict or self.judge(before, after)
        if verdict.status == "refuted":
            raise InternalError(f"the law {line.law} gave a false line: {before} is not {after}")
        focus, becomes = next(iter(line.moves.items())) if len(line.moves) == 1 else (before, after)
        self.steps.append(
            Step(
                law=line.law,
                before=around(before, self.curve.x, left),
                after=around(after, self.curve.x, left),
                verdict=verdict,
                conditions=within(before, line.moves, line.conditions, self.curve.x),
                focus=focus,
                becomes=becomes,
                letters=line.letters,
            )
        )
        return after

    def told(self, expr: sp.Expr) -> sp.Expr:
        """An expression with all letters put back to what they stand for: the output, and the u of a chain rule."""
        if expr not in self.in_full:
            self.in_full[expr] = self.put_back(expr)
        return self.in_full[expr]

    def plainest(self, told: sp.Expr, direct: sp.Expr, rules: Rules, identities: Identities) -> sp.Expr:
        """What was found by way of the output, as it is spelt without it: n(n - 1)x^(n - 2), not by roots of x^n."""
        *_, slope = direct, *(after for _, after in rules.lines(direct, "normal"))
        spellings = [tidy(e, identities.result) for e in (told, slope) if not e.has(D)]
        best = min([told, *spellings], key=cost)
        return best if best != told and self.judge(told, best).ok else told

    def put_back(self, expr: sp.Expr) -> sp.Expr:
        back = {letter: part for part, letter in self.names.given.items()}
        inner = {node: node.doit() for node in expr.atoms(D) if node.wrt in back}
        expr = replace(replace(expr, inner), back) if inner else expr
        return unnested(replace(expr, {self.curve.y: self.curve.f}))

    def finish(self, result: sp.Expr, form: output_form.Form, detail: str) -> Derivation:
        """The finished record."""
        asked = [c for step in self.steps for c in step.conditions if not given(c, self.curve)]
        conditions = dict.fromkeys(as_places(asked, self.curve.x))
        places = kinks.find(self.curve, result)
        conditions |= dict.fromkeys(asked_by(form.expr, result, conditions, self.curve))
        return Derivation(
            formula=self.formula,
            wrt=self.curve.x,
            order=self.order,
            steps=tuple(self.steps),
            result=result,
            output_form=form.expr,
            output_form_kind=form.kind,
            output_form_reason=form.reason,
            witness=form.witness,
            conditions=(*apart_from(places, conditions, self.curve.x), *off_kinks(places, conditions, self.curve.x)),
            kinks=places,
            verdict=weakest(self.steps, self.note),
            detail=detail,
        )


def around(inner: sp.Expr, wrt: Any, left: int) -> sp.Expr:
    """The open derivatives still standing around a line of a higher order."""
    return inner if left == 0 else D(around(inner, wrt, left - 1), wrt)


def weakest(steps: Sequence[Step], note: str) -> Verdict:
    """What can be said of the whole: no more than of its weakest line."""
    ranks = ("undecided", "agrees", "proved")
    found = [s.verdict for s in steps]
    if note:
        return Verdict("undecided", by="open derivative", note=note)
    status = min((v.status for v in found), key=ranks.index, default="proved")
    exceptions = tuple(dict.fromkeys(e for v in found for e in v.exceptions))
    points = min((v.points for v in found if v.points), default=0)
    digits = min((v.digits for v in found if v.digits), default=0)
    return Verdict(status, by="every line", exceptions=exceptions, points=points, digits=digits, note=note)
