"""Comparing: the gradients of one case against the slopes of forward; a miss is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ..story import Finding
from . import guards, rounding, straight
from .cases import TIES, WORD
from .memory import never_set
from .naming.misses import borne_out, full_scene, is_about, missed
from .naming.names import name, tied
from .outcome import Asked, Examination
from .subject import Bench, Case
from .values import Comparison, Slopes


def compare(told: Examination, asked: Asked, slopes: Slopes, form: list[Finding]) -> None:
    """Every gradient against the slopes of forward; `form` is what was found wrong with their shapes."""
    case = asked.bench.case
    bad = told_of_form(told, asked, slopes, form)
    given = {} if case.extreme else dict(comparable(told, asked, slopes, bad))
    if together := slopes.together(given, asked.douts):
        told.tried += 1
        told.together += 1
        told.apart = max(told.apart, 0.0 if slopes.coarse else together.apart)
        told.passed.append(case.name)
        if any(map(np.any, given.values())):
            moves(told)
        return
    compared = Compared(told, asked, slopes)
    for variable, gradient in given.items():
        compared.take(variable, gradient)
    still = not any(r.size or r.given for r in compared.results)
    if case.name == "the example" and compared.results and still:
        told.vacuous = True
        words = "every gradient is zero, and forward does not depend on its inputs: there is nothing to check; "
        told.add(Finding("vacuous", "fail", f"{words}0 = 0 proves no derivative"))
    elif compared.passed:
        told.passed.append(case.name)
    if not still:
        moves(told)


def status_at(case: Case) -> str:
    """How bad a wrong gradient is: what shows only where we made the inputs up is a hazard."""
    return "warn" if case.invented else "fail"


def told_of_form(told: Examination, asked: Asked, slopes: Slopes, form: list[Finding]) -> set[str]:
    """Tell of gradients of the wrong shape, or not finite, once each; whose they are."""
    case = asked.bench.case
    form = [unset(asked, f) for f in form if f.code != "finite" or not beyond_slopes(asked, slopes, f)]
    for f in form:
        if any(f.code == k.code and f.message.partition(" has shape")[0] in k.message for k in told.findings):
            told.also.setdefault(case.name, []).append(f.code)
            continue
        if f.code == "shape" and not borne_out(told, asked, f):
            f = replace(f, diagnosis=())
        told.add(place(replace(f, status=status_at(case) if f.status == "fail" else f.status), case))
    bad = {variable_of(f) for f in form if f.status == "fail"}
    told.wrong |= bad
    return bad


def comparable(told: Examination, asked: Asked, slopes: Slopes, bad: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    """The gradients that can be held against slopes, each in its variable's shape; those that lack are told."""
    for variable, value in asked.values.items():
        if variable in bad:
            told.factor = False
            continue
        if asked.gradients.get(variable) is None:
            known = any(f.code == "missing" and variable in f.message for f in told.findings)
            if not known and not slopes.compare(variable, np.zeros(value.shape), asked.douts).ok:
                tell_missing(told, asked, variable)  # running means move no output
            continue
        gradient = np.asarray(asked.gradients[variable]).reshape(value.shape)
        if np.all(np.isfinite(gradient)):
            yield variable, gradient


def tell_missing(told: Examination, asked: Asked, variable: str) -> None:
    """Backward gives no gradient for a variable."""
    owed = asked.bench.subject.owes(variable)
    told.factor &= not owed
    told.wrong |= {variable} if owed else set()
    message = f"backward gives no gradient for {variable}, on which forward depends"
    told.add(Finding("missing", status_at(asked.bench.case) if owed else "skip", message))


@dataclass
class Compared:
    """The gradients of one case, one after the other, and what came of them."""

    told: Examination
    asked: Asked
    slopes: Slopes
    results: list[Comparison] = field(default_factory=list)
    passed: int = 0  # those that are right, and not of nothing

    def take(self, variable: str, gradient: np.ndarray) -> None:
        """One gradient: right, right but for what excuses it, or wrong."""
        told, bench, douts = self.told, self.asked.bench, self.asked.douts
        earlier = self.earlier(variable)
        result = self.slopes.compare(variable, gradient, douts, brief=earlier is not None)
        self.results.append(result)
        told.tried += result.tried
        if result.ok:
            self.right(variable, result)
        elif told.guard and guards.excused(bench, variable, gradient, douts):
            self.passed += 1
            told.agreed[variable] += result.tried
            told.guarded = max(told.guarded, result.worst, *(m.relative for m in result.misses))
        elif variable in told.straight or straight.through(bench, variable, gradient, douts):
            told.straight.add(variable)
        elif off := rounding.excused(bench, self.slopes, variable, gradient, douts, result):
            self.passed += 1
            told.rounded, told.apart = max(told.rounded, off), max(told.apart, off)
        else:
            told.wrong.add(variable)
            if earlier is None:
                told.add(missed(told, self.asked, self.all_upward(result), status_at(bench.case)))
            else:
                self.missed_again(earlier, result)

    def all_upward(self, result: Comparison) -> Comparison:
        """The same without minus signs in the upstream gradient where at ties all entries together are wrong.

        What each of several gets too much may fall out of a sum of both signs.
        """
        bench, name = self.asked.bench, result.name
        if bench.case.name != TIES or any(m.index is not None for m in result.misses) or tied(result):
            return result
        douts = tuple(np.abs(d) for d in self.asked.douts)
        gradient = bench.gradients(douts).gradients.get(name)
        if gradient is None or np.shape(gradient) != self.asked.values[name].shape:
            return result
        again = self.slopes.compare(name, np.asarray(gradient), douts)
        return again if tied(again) else result

    def earlier(self, variable: str) -> Finding | None:
        """What was told of this gradient before."""
        before = [f for f in self.told.findings if is_about(f, variable) and not WORD.match(f.message)]
        if WORD.match(self.asked.bench.case.name):  # other code runs for another word
            before = [f for f in before if f.message.startswith("the example")]
        return next(iter(before), None)

    def right(self, variable: str, result: Comparison) -> None:
        """A gradient that agrees; which slopes it takes at kinks is noted."""
        told, value = self.told, self.asked.values[variable]
        self.passed += result.tried > 0
        told.agreed[variable] += result.tried
        told.apart = max(told.apart, 0.0 if self.slopes.coarse else result.apart)
        for index, low, high, claimed in result.kinks:
            told.kinks.append((variable, float(value[index]) if value.shape else float(value), low, high, claimed))

    def missed_again(self, earlier: Finding, result: Comparison) -> None:
        """A gradient that was wrong before: other numbers may take back its reason, or show it."""
        told, case = self.told, self.asked.bench.case
        told.also.setdefault(case.name, []).append(result.name)
        at = told.findings.index(earlier)
        if case.name == "other numbers" and not told.holds(result):
            told.factor = False
            kept = tuple(d for d in earlier.diagnosis if d.code == "dout-ignored")  # which has been tried
            told.findings[at] = earlier = replace(earlier, diagnosis=kept)
        if earlier.diagnosis or case.invented or case.name == TIES:  # what is saturated is right anyhow
            return
        scene = full_scene(told, self.asked, result.name)
        bounds = [
            d for d in (name(scene, result.name) if scene else ()) if d.code in ("threshold", "slope", "branch")
        ]
        told.findings[at] = replace(earlier, diagnosis=tuple(d for d in bounds if "smaller" not in d.message))


def unset(asked: Asked, finding: Finding) -> Finding:
    """What is not finite only since what ``np.empty`` makes is full of nan here, said as what it is."""
    bench, variable = asked.bench, variable_of(finding)
    if finding.code != "finite" or not bench.unset:
        return finding
    plain = Bench(bench.subject, bench.case, bench.paths)
    plain.unset = False
    gradient = plain.gradients(asked.douts).gradients.get(variable)
    return never_set(finding, variable) if np.all(np.isfinite(np.asarray(gradient))) else finding


def variable_of(finding: Finding) -> str:
    """The variable whose gradient a finding is about."""
    return finding.message.partition(" for ")[2].partition(" ")[0]


def beyond_slopes(asked: Asked, slopes: Slopes, finding: Finding) -> bool:
    """Whether a gradient is not finite where forward has no slope either: arcsin at 1."""
    variable = variable_of(finding)
    gradient = np.asarray(asked.gradients[variable])
    if gradient.shape != slopes.values[variable].shape or asked.bench.case.extreme:
        return False
    return slopes.none_at(variable, ~np.isfinite(gradient), asked.douts)


def moves(told: Examination) -> None:
    """There is something to check all the same: what the example took happened to be cut off."""
    if told.vacuous:
        told.vacuous = False
        told.findings[:] = [f for f in told.findings if f.code != "vacuous"]


def place(finding: Finding, case: Case) -> Finding:
    return finding if case.name == "the example" else replace(finding, message=f"{case.name}: {finding.message}")
