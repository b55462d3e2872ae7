"""Mistakes: a wrong gradient that can be traced, put beside the derivative, and its slip named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from ..checking.examination import examine
from ..checking.mending.mended import EDITED
from ..checking.mending.solving import unnamed
from ..checking.outcome import Examination
from ..checking.proving import FAILING, LONGEST, Trace, equal, small, written_out
from ..checking.subject import Subject, quiet
from ..patience import patience
from ..story import Diagnosis, Finding
from ..symbols import output_name, real
from .naming import name_claim, slope
from .verdicts import show


@dataclass(frozen=True)
class Local:
    """One entry of an elementwise layer: the formula of forward, and backward's local derivative, in x and y."""

    forward: Any
    claimed: Any
    wrt: Any
    output: str  # "" where an entry of the loss has no name of its own
    branch: bool  # only one branch of the code
    share: Any = 1  # the common factor of a mean, which both formulas go without


SECONDS = 4.0  # of the processor, for all gradients


def named(told: Examination) -> list[Finding]:
    """The findings, those about wrong elementwise gradients with both formulas and the slip."""
    once, findings = traced(told), list(told.findings)
    with patience(SECONDS):
        for k, f in enumerate(findings):
            if f.code == "values" and f.status == "fail":
                findings[k] = explained(told, f, once)
    return findings


def read_otherwise(
    subject: Subject, told: Examination, sizes: Mapping[str, int], seed: int
) -> tuple[Subject, Examination]:
    """A wrong slope whose slip has no name, taken as one of what backward may be given instead, if that names it.

    y(2 - y) of the output is one slip, of the input it is none. Where backward stops, it is in other shapes.
    """
    if told.slopes is None and stops(told) and not mended(told):
        found = (examine(replace(other, name=subject.name), sizes, seed) for other in subject.instead)
        again = next(filter(mended, found), None)
        return (again.subject, again) if again is not None else (subject, told)
    if not subject.instead or told.slopes is None:
        return subject, told
    name = subject.arguments[0].name
    if mixes(told, name) or mostly_right(told, name):
        return subject, told  # no slope of one number
    for other in subject.instead if unnamed(named(told)) else ():
        again = examine(replace(other, name=subject.name), sizes, seed)
        if again.slopes is not None and not unnamed(named(again)):
            return again.subject, again
    return subject, told


def stops(told: Examination) -> bool:
    return any(f.status == "fail" and f.code in ("crash", "not-set-up") for f in told.findings)


def mended(told: Examination) -> bool:
    """Whether backward stops, and one edit is known after which it does not, and is right."""
    return any(f.code == "crash" and f.diagnosis for f in told.findings)


def mostly_right(told: Examination, variable: str) -> bool:
    """Whether backward is wrong at less than half of the entries: it is given what it wants, and errs in a region."""
    if told.slopes is None or told.example is None or told.example.gradients.get(variable) is None:
        return False
    gradient = np.asarray(told.example.gradients[variable])
    if gradient.shape != np.shape(told.example.values[variable]):
        return False
    misses = told.slopes.compare(variable, gradient, told.example.douts).misses
    return 2 * sum(m.index is not None for m in misses) < min(told.slopes.most, gradient.size)


def borne_out(told: Examination) -> bool:
    """Whether one edit of backward makes right what a doubtful set-up calls wrong: no factor, which may be meant."""
    wrong = [f for f in told.findings if f.status == "fail" and f.code in ("values", "shape", "finite", "crash")]
    edits = [d for f in wrong for d in f.diagnosis[:1] if EDITED.search(d.message) and d.code not in SCALES]
    return bool(wrong) and len(edits) == len(wrong) and not told.factor


SCALES = ("scale-n", "swapped", "constant")  # slips that may be another loss's convention


def traced(told: Examination) -> Callable[[], Trace]:
    """The trace of a layer, made where it is first asked for; what stops it stops it for every gradient."""
    made: list[Trace | Exception] = []

    def once() -> Trace:
        assert told.example is not None
        bench = told.example.bench
        if not made:
            given = tuple(replace(a, owed=True) for a in told.subject.arguments)  # a loss's targets are letters too
            subject = replace(told.subject, arguments=given)
            try:
                made.append(Trace(small(subject, bench.paths, bench.case.sizes, bench.case.seed), short=False))
            except FAILING as error:
                made.append(error)
        if isinstance(made[0], Exception):
            raise made[0]
        return made[0]

    return once


SETTLED = (
    *("dout-ignored", "dout-nonlinear", "sign", "scale-n", "swapped", "other-argument", "value-for-slope"),
    *("path-missing", "inverted", "threshold", "transposed"),
)


def told_whole(d: Diagnosis) -> bool:
    """A factor of the whole gradient says more in numbers of the layer than in numbers of one entry."""
    return d.code == "factor" and d.message.startswith("the gradient for")


def scores_before(claimed: Any, true: Any, y: Any) -> str:
    """What stands between a loss's argument and what the claim is the gradient for, at any scale; "" for nothing."""
    try:
        if not true or not claimed:
            return ""
        sigmoid = sp.cancel(claimed / (true * y * (1 - y)))
        scales = {t: sp.cancel(-true * y / t) for t in true.free_symbols - {y}}
        softmax = [sp.cancel(claimed / (y - t) / c) for t, c in scales.items() if c.is_number]
    except sp.PolynomialError:
        return ""
    found = (("sigmoid", sigmoid), *(("softmax", ratio) for ratio in softmax))
    which, ratio = next(((n, r) for n, r in found if r.is_number and r > 0), ("", 1))
    return which if abs(ratio - 1) < 1e-6 else f"{which} (at a scale, which is another)"


def explained(told: Examination, finding: Finding, once: Callable[[], Trace]) -> Finding:
    variable = (finding.counterexample or {}).get("variable")
    settled = any(d.code in SETTLED or told_whole(d) for d in finding.diagnosis)
    loose = all(d.code == "other-function" or "lacks the term" in d.message for d in finding.diagnosis)
    goes_through = told.subject.name.endswith(".backward")  # a graph: its order is wrong, and no formula
    if told.example is None or settled or goes_through or (alone(told) and not loose):
        return finding
    try:
        with quiet():
            local = local_formula(told, str(variable), once)
    except FAILING:
        return finding
    if local is None:
        return finding
    true = slope(local.forward, local.wrt)
    y = real(local.output)
    brief = lambda e: show(e.xreplace({local.forward: y}) if local.output else e)  # noqa: E731
    of = "" if local.share == 1 else f" (each entry; both times {show(local.share)})"
    formulas = f"your local derivative: {brief(local.claimed)}; derived: {brief(true)}{of}"
    message = f"{finding.message}\n    {tidy(formulas)}"
    numbers = local.claimed.is_number and true.is_number
    masked = numbers and 0 in (local.claimed, true)  # what is cut off, or not, has no formula
    if not local.output and (before := scores_before(local.claimed, true, local.wrt)):
        said = f"this is the gradient for the scores before a {before}, not for {variable} itself"
        return replace(finding, message=message, diagnosis=(Diagnosis("other-argument", said, str(variable)),))
    if local.branch or numbers:
        return finding if masked or finding.diagnosis else replace(finding, message=message)
    claimed = local.claimed.xreplace({local.forward: y}) if local.output else local.claimed
    found = name_claim(local.forward, claimed, local.wrt, local.output or "loss", {})
    if any(re.search(NOBODYS, d.message) for d in found):
        return finding  # drawn from chance
    if finding.diagnosis and any(WORKED_OUT.search(d.message.partition(":")[0]) for d in found):
        return finding  # a number of the code says more than one worked out of several
    if found and FAR.match(found[0].message) and any("should read" in d.message for d in finding.diagnosis):
        return replace(finding, message=message)
    powers = any(d.code == "power" and "should read" in d.message for d in finding.diagnosis)
    if powers and found and found[0].code != "power":  # (1 - y)**2 has neither another sign nor another argument
        return replace(finding, message=message)
    if claimed.is_number and any("should read" in d.message for d in finding.diagnosis):
        return replace(finding, message=message)  # what cancels in the code says nothing of its form
    if found and any(other_number(d.message, found[0].message) for d in finding.diagnosis):
        return replace(finding, message=message)
    elsewhere = bool(found) and any(d.location == finding.where for d in finding.diagnosis)
    where = "" if elsewhere else finding.where
    found = tuple(replace(d, message=tidy(d.message)) for d in found)
    return replace(finding, message=message, diagnosis=found or finding.diagnosis, where=where)


def other_number(edit: str, slip: str) -> bool:
    """Whether an edit of a number is told, and the slip is told in another that the code need not have."""
    here, there = re.match(r"`([\d.]+)` should read", edit), re.match(r"the number should be \S+, not (\S+):", slip)
    return here is not None and there is not None and here[1] != there[1]


WORKED_OUT = re.compile(r"\d/\d{4,}|\d\.\d{4,}")  # no number that anybody wrote, as a fraction or in decimals
FAR = re.compile(r"the factor (?!1 )\S+ [-+] .* is missing")  # a sum, which nobody forgets as a factor
NOBODYS = r"\d\.\d{10,}"
LONG = re.compile(r"\b(\d+)/(\d{4,})\b")


def tidy(text: str) -> str:
    """Long fractions, which stand for decimals of the code, as decimals."""
    return LONG.sub(lambda m: f"{int(m[1]) / int(m[2]):.6g}", text)


def local_formula(told: Examination, variable: str, once: Callable[[], Trace]) -> Local | None:
    """The first wrong entry of an elementwise layer as formulas; None where entries mix."""
    lone = alone(told)
    if not lone and mixes(told, variable):
        return None
    trace = once()
    if lone:
        return of_a_loss(trace, variable)
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
        forward = trace.outs[0][index].expr
        if max(written_out(forward, claimed).values()) > LONGEST:
            return None  # nobody would read it
        part = sp.diff(claimed, g) if g.is_Symbol else claimed
        if part.free_symbols | forward.free_symbols <= set(names) and (
            not g.is_Symbol or claimed.xreplace({g: sp.S.Zero}) == 0
        ):
            output = output_name(str(s) for s in names.values())
            return Local(
                forward.xreplace(names), part.xreplace(names), names[letter.expr], output, bool(trace.tape.branches)
            )
        return None
    return None


def mixes(told: Examination, variable: str) -> bool:
    """Whether one entry of a variable moves more than its own entry of the output, at the example's numbers."""
    assert told.slopes is not None and told.example is not None
    values, out = told.example.values, told.example.outs[0]
    if variable not in values or np.shape(out) != np.shape(values[variable]):
        return False
    moved = np.array(values[variable], dtype=float)
    moved.flat[0] += 0.1
    now, base = told.slopes.mover.at({variable: moved})[0], told.slopes.mover.base[0]
    return bool(np.count_nonzero(now != base) > 1)


def alone(told: Examination) -> bool:
    """Whether forward gives one number: a loss."""
    return told.example is not None and all(np.size(o) == 1 for o in told.example.outs)


def of_a_loss(trace: Any, variable: str) -> Local | None:
    """The first wrong entry of a loss that is a sum or a mean over entries: its own term, and backward's share."""
    if len(trace.outs) != 1 or variable not in trace.letters:
        return None
    shape, derivatives = trace.letters[variable].shape, trace.derivatives()
    given, g = trace.gradients.get(variable), getattr(np.ravel(trace.douts[0])[0], "expr", sp.S.One)
    terms = sp.Add.make_args(sp.expand_mul(getattr(np.ravel(trace.outs[0])[0], "expr", sp.S.Zero), deep=False))
    for index in np.ndindex(shape if np.shape(given) == shape else (0,)):
        letter = trace.letters[variable][index]
        claimed = sp.sympify(getattr(given[index], "expr", given[index]))
        if equal(derivatives.get(letter, sp.S.Zero), claimed):
            continue
        names = {v[index].expr: real(n) for n, v in trace.letters.items() if v.shape == shape}
        share, own = sp.Add(*(t for t in terms if t.has(letter.expr))).primitive()
        part = (sp.diff(claimed, g) if g.is_Symbol else claimed) / share
        if not share or not own.free_symbols | part.free_symbols <= set(names):
            return None
        whole = own.xreplace(names), part.xreplace(names), names[letter.expr]
        return Local(*whole, "", bool(trace.tape.branches), share)
    return None


def entries(trace: Any, variable: str) -> Iterator[tuple[int, ...]]:
    shape = trace.letters[variable].shape
    if shape == trace.outs[0].shape == np.shape(trace.gradients[variable]) == np.shape(trace.douts[0]):
        yield from np.ndindex(shape)
