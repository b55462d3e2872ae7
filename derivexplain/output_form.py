"""y' in terms of y, found by solving y = f(x) inward; or why there is no such form.

Numbers over the whole domain suggest and reject (a wrong branch, a form that does not exist); the lines that
remain are handed to `judge`, which proves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from . import mixing, pieces, witness
from .inversion import Known, peel
from .matching import construct
from .regions import breaks
from .sampling import ENOUGH, Sample
from .spelling import Identities, operations, tidy
from .story import Verdict

Judge = Callable[[sp.Expr, sp.Expr], Verdict]


@dataclass(frozen=True)
class Stage:
    """One line on the way to the form, checked."""

    law: str
    after: sp.Expr
    letters: tuple[tuple[Any, Any], ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Form:
    """What was found: the form and its kind ("pure" | "mixed" | None), the lines that lead to it, or the reason."""

    kind: str | None = None
    expr: Any = None
    stages: tuple[Stage, ...] = ()
    reason: str = ""
    witness: tuple[Any, Any] | None = None


NONE = Form()


def find(
    f: sp.Expr,
    slope: sp.Expr,
    x: Any,
    y: Any,
    domain: Mapping[Any, Any],
    identities: Identities,
    judge: Judge,
) -> Form:
    """The derivative in terms of the output, where there is such a form; else the reason, and what comes near."""
    if not slope.has(x):
        return Form("pure", slope)
    samples = Sample.both(f, slope, x, y, domain)
    sample, agrees = samples[0], lambda form: all(s.agrees(form) for s in samples)
    if sample.xs.size < ENOUGH:
        return Form(reason="the formula is defined at too few points to be looked at")
    pair = next(filter(None, (witness.find(f, slope, s) for s in samples)), None)
    places = breaks(f, x, domain)
    shape = pieces.Shape.of(f, slope, sample, places, domain) if places else None
    if pair is None:
        ways = shape.ways(candidates, identities) if shape else candidates(f, slope, x, y, identities)
        for stages in ways:
            if agrees(stages[-1].after) and (judged := stand(slope, stages, judge)):
                return Form("pure", judged[-1].after, judged)
    reason = pair.reason if pair else UNKNOWN
    found = (pair.left, pair.right) if pair else None
    for stage in shape.mixed(candidates, identities) if shape else mixing.forms(f, slope, x, y, identities):
        useful = stage.after.has(y) and operations(stage.after) < operations(slope)
        if useful and agrees(stage.after) and (judged := stand(slope, [stage], judge)):
            return Form("mixed", stage.after, judged, reason, found)
    return Form(None, None, (), reason, found)


UNKNOWN = "no two inputs with the same output and different slopes were met, nor a form in known functions"


def joined(f: sp.Expr, slope: sp.Expr, x: Any, y: Any, domain: Mapping[Any, Any], identities: Identities) -> sp.Expr:
    """The derivative as one list of pieces, where that is simpler than several switches."""
    if not slope.has(sp.Piecewise) or (isinstance(slope, sp.Piecewise) and not tangled(slope, x)):
        return slope
    places = breaks(f, x, domain)
    samples = Sample.both(f, slope, x, y, domain)
    if not places or samples[0].xs.size < ENOUGH:
        return slope
    form = pieces.Shape.of(f, slope, samples[0], places, domain).joined(identities)
    return form if operations(form) < operations(slope) and all(s.agrees(form) for s in samples) else slope


def tangled(slope: sp.Expr, x: Any) -> bool:
    """Whether a condition has the variable on both sides."""
    return any(r.lhs.has(x) and r.rhs.has(x) for r in slope.atoms(Relational))


def stand(slope: sp.Expr, stages: Sequence[Stage], judge: Judge) -> tuple[Stage, ...]:
    """The stages with their verdicts; none where one is false."""
    judged, before = [], slope
    for s in stages:
        verdict = judge(before, s.after)
        if not verdict.ok:
            return ()
        judged.append(Stage(s.law, s.after, s.letters, verdict))
        before = s.after
    return tuple(judged)


def candidates(f: sp.Expr, slope: sp.Expr, x: Any, y: Any, identities: Identities) -> Iterator[list[Stage]]:
    """Ways from the derivative to a form in y, each as lines: name the output, solve for the kernel, tidy."""
    for known, table in product(peel(f, y, x), (identities.bold, identities.form)):
        named = name_output(slope, known)
        stages = [Stage("name-output", named, ((y, f),))] if named != slope else []
        if named.has(x):
            for kernel, value in known[1:]:
                shorter = tidy(value, table)
                value = shorter if operations(shorter) < operations(value) else value
                solved = exchange(named, kernel, value)
                if not solved.has(x):
                    break
            else:
                continue
            stages.append(Stage("solve-kernel", solved, ((kernel, value),)))
            named = solved
        final = tidy(named, table)
        if final != named:
            stages.append(Stage("tidy", final))
        if stages:
            yield stages


def name_output(slope: sp.Expr, known: Known) -> sp.Expr:
    """The derivative with y put for f itself, and for what is left of f without a factor or as its reciprocal."""
    for (outer, _), (part, value) in zip((known[0], *known), known, strict=False):
        if outer != part and not outer.is_Mul and not (outer.is_Pow and outer.exp == -1):
            break
        if not part.is_Symbol:
            slope = exchange(slope, part, value)
    return slope


def exchange(expr: sp.Expr, part: sp.Expr, value: sp.Expr) -> sp.Expr:
    """A part of the expression exchanged for its value, and whole powers of it too: e^(-2x) where e^(-x) is known."""
    if expr == part:
        return value
    if not expr.args or isinstance(expr, sp.Derivative | sp.Integral | sp.Sum | sp.Tuple):
        return expr
    power = None
    if isinstance(expr, sp.exp) and isinstance(part, sp.exp):
        power = expr.args[0] / part.args[0]
    elif expr.is_Pow and part.is_Pow and expr.base == part.base:
        power = expr.exp / part.exp
    if power is not None and power.is_Integer:
        return value**power
    return construct(expr.func, [exchange(a, part, value) for a in expr.args])
