"""Mistakes: a wrong gradient that can be traced, put beside the derivative, and its slip named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from ..checking.outcome import Examination
from ..checking.proving import Trace, equal, small
from ..checking.subject import UserError, quiet
from ..story import Diagnosis, Finding
from ..symbols import output_name, real
from ..tracing import Untraceable
from .naming import name_claim, slope
from .verdicts import show


@dataclass(frozen=True)
class Local:
    """One entry of an elementwise layer: the formula of forward, and backward's local derivative, in x and y."""

    forward: Any
    claimed: Any
    wrt: Any
    output: str
    branch: bool  # only one branch of the code


def named(told: Examination) -> list[Finding]:
    """The findings, those about wrong elementwise gradients with both formulas and the slip."""
    return [explained(told, f) if f.code == "values" and f.status == "fail" else f for f in told.findings]


SETTLED = (
    *("dout-ignored", "dout-nonlinear", "sign", "scale-n", "swapped", "other-argument", "value-for-slope"),
    *("path-missing", "inverted", "threshold", "transposed"),
)


def told_whole(d: Diagnosis) -> bool:
    """A factor of the whole gradient says more in numbers of the layer than in numbers of one entry."""
    return d.code == "factor" and d.message.startswith("the gradient for")


def explained(told: Examination, finding: Finding) -> Finding:
    variable = (finding.counterexample or {}).get("variable")
    settled = any(d.code in SETTLED or told_whole(d) for d in finding.diagnosis)
    if told.bench is None or settled:
        return finding
    try:
        with quiet():
            local = local_formula(told, str(variable))
    except (UserError, Untraceable, TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError):
        return finding
    if local is None:
        return finding
    true = slope(local.forward, local.wrt)
    y = real(local.output)
    brief = lambda e: show(e.xreplace({local.forward: y}))  # noqa: E731
    message = f"{finding.message}\n    your local derivative: {brief(local.claimed)}; derived: {brief(true)}"
    if local.branch or (local.claimed.is_number and true.is_number):
        return finding if finding.diagnosis else replace(finding, message=message)
    found = name_claim(local.forward, local.claimed.xreplace({local.forward: y}), local.wrt, local.output, {})
    return replace(finding, message=message, diagnosis=found or finding.diagnosis)


def local_formula(told: Examination, variable: str) -> Local | None:
    """The first wrong entry of an elementwise layer as formulas; None where entries mix."""
    assert told.bench is not None
    trace = Trace(small(told.subject, told.bench.paths, told.bench.case.sizes, told.bench.case.seed))
    if len(trace.outs) != 1 or variable not in trace.letters:
        return None
    derivatives = trace.derivatives()
    for index in entries(trace, variable):
        letter = trace.letters[variable][index]
        names = {v[index].expr: real(n) for n, v in trace.letters.items() if v.shape == trace.outs[0].shape}
        claimed = sp.sympify(getattr(trace.gradients[variable][index], "expr", trace.gradients[variable][index]))
        if equal(derivatives.get(letter, sp.S.Zero), claimed):
            continue
        g = getattr(trace.douts[0][index], "expr", sp.S.One)
        part = sp.diff(claimed, g) if g.is_Symbol else claimed
        forward = trace.outs[0][index].expr
        if part.free_symbols | forward.free_symbols <= set(names) and (
            not g.is_Symbol or claimed.xreplace({g: sp.S.Zero}) == 0
        ):
            output = output_name(str(s) for s in names.values())
            return Local(
                forward.xreplace(names), part.xreplace(names), names[letter.expr], output, bool(trace.tape.branches)
            )
        return None
    return None


def entries(trace: Any, variable: str) -> Iterator[tuple[int, ...]]:
    shape = trace.letters[variable].shape
    if shape == trace.outs[0].shape == np.shape(trace.gradients[variable]) == np.shape(trace.douts[0]):
        yield from np.ndindex(shape)
