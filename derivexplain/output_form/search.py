"""y' in terms of y, found by solving y = f(x) inward; or why there is no such form.

Numbers over the whole domain suggest and reject (a wrong branch, a form that does not exist); the lines that
remain are handed to `judge`, which proves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from ..curves.inversion import peel
from ..curves.regions import Curve
from ..curves.sampling import ENOUGH, Sample
from ..spelling import Identities, operations, tidy
from . import mixing, pieces, witness
from .stages import Form, Judge, Stage, exchange, name_output


def find(curve: Curve, slope: sp.Expr, identities: Identities, judge: Judge) -> Form:
    """The derivative in terms of the output, where there is such a form; else the reason, and what comes near."""
    f, x, y, domain = curve.f, curve.x, curve.y, curve.domain
    if not slope.has(x):
        return Form("pure", slope)
    if slope.has(sp.meijerg):
        return Form(reason="the derivative holds a function that takes seconds to be looked at")
    if slope.atoms(AppliedUndef):
        return Form(reason="the derivative holds a function that is only a name")
    samples = Sample.both(f, slope, x, y, domain)
    sample, agrees = samples[0], lambda form: all(s.agrees(form) for s in samples)
    if sample.xs.size < ENOUGH:
        return Form(reason="the formula is defined at too few points to be looked at")
    pair = next(filter(None, (witness.find(f, slope, s) for s in samples)), None)
    bounded = None not in domain.get(x, (None, None))
    shape = pieces.Shape.of(curve, slope, sample) if curve.breaks else None
    if pair is None:
        ways = shape.ways(candidates, identities) if shape else candidates(f, slope, x, y, identities)
        for stages in ways:
            if agrees(stages[-1].after) and (judged := stand(slope, stages, judge, bounded)):
                return Form("pure", judged[-1].after, judged)
    reason = pair.reason if pair else UNKNOWN
    found = (pair.left, pair.right) if pair else None
    for stage in shape.mixed(candidates, identities) if shape else mixing.forms(f, slope, x, y, identities):
        useful = stage.after.has(y) and operations(stage.after) < operations(slope)
        if useful and agrees(stage.after) and (judged := stand(slope, [stage], judge, bounded)):
            return Form("mixed", stage.after, judged, reason, found)
    return Form(None, None, (), reason, found)


UNKNOWN = "no two inputs with the same output and different slopes were met, nor a form in known functions"


def joined(curve: Curve, slope: sp.Expr, identities: Identities) -> sp.Expr:
    """The derivative as one list of pieces, where that is simpler than several switches."""
    if not slope.has(sp.Piecewise) or (isinstance(slope, sp.Piecewise) and not tangled(slope, curve.x)):
        return slope
    samples = Sample.both(curve.f, slope, curve.x, curve.y, curve.domain)
    if not curve.breaks or samples[0].xs.size < ENOUGH:
        return slope
    form = pieces.Shape.of(curve, slope, samples[0]).joined(identities)
    return form if operations(form) < operations(slope) and all(s.agrees(form) for s in samples) else slope


def tangled(slope: sp.Expr, x: Any) -> bool:
    """Whether a condition has the variable on both sides."""
    return any(r.lhs.has(x) and r.rhs.has(x) for r in slope.atoms(Relational))


def stand(slope: sp.Expr, stages: Sequence[Stage], judge: Judge, bounded: bool) -> tuple[Stage, ...]:
    """The stages with their verdicts; none where one does not stand.

    Points alone do not tell on an endless domain, as all of them may lie on one branch of an inverse.
    """
    judged, before = [], slope
    for s in stages:
        verdict = judge(before, s.after)
        if verdict.status not in (("proved", "agrees") if bounded else ("proved",)):
            return ()
        judged.append(Stage(s.law, s.after, s.letters, verdict))
        before = s.after
    return tuple(judged)


def candidates(f: sp.Expr, slope: sp.Expr, x: Any, y: Any, identities: Identities) -> Iterator[list[Stage]]:
    """Ways from the derivative to a form in y, each as lines: name the output, solve for the kernel, tidy."""
    whole = name_output(slope, f, y, x)
    for known, table in product(peel(f, y, x), (identities.bold, identities.form)):
        named = whole
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
