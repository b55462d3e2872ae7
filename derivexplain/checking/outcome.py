"""The outcome: what an examination has found, and what can be said over all its cases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..digits import bound
from ..story import Finding, Verdict
from . import straight
from .subject import ENDS, Bench, Subject, UserError
from .values import Comparison, Slopes


@dataclass(frozen=True)
class Asked:
    """One case as it was put: the numbers it has, what forward gave, and what backward was given and gave."""

    bench: Bench
    values: Mapping[str, np.ndarray]
    outs: tuple[np.ndarray, ...]
    douts: tuple[np.ndarray, ...]
    gradients: Mapping[str, Any]


@dataclass
class Examination:
    """What came out: findings in the order they were asked, and the first case as it was put."""

    subject: Subject
    findings: list[Finding] = field(default_factory=list)
    example: Asked | None = None  # the first case
    tried: int = 0
    agreed: Counter[str] = field(default_factory=Counter)  # slopes that agree, by variable
    together: int = 0  # slopes that agree along directions in all variables
    wrong: set[str] = field(default_factory=set)  # variables with a wrong gradient, or none
    straight: set[str] = field(default_factory=set)  # variables whose gradient is passed straight through
    apart: float = 0.0  # the largest difference of all cases in double precision
    kinks: list[tuple[str, float, float, float, float]] = field(default_factory=list)
    slopes: Slopes | None = None  # of the example
    factor: bool = True  # every miss is a constant factor
    factors: dict[str, float] = field(default_factory=dict)  # these, by variable
    stop: UserError | None = None  # what the user's code stopped with at the example
    vacuous: bool = False
    guard: float = 0.0  # the largest ε in forward's logarithms and clips
    guarded: float = 0.0  # by how much backward differs because of it
    rounded: float = 0.0  # by how much backward differs because what it works with is rounded
    also: dict[str, list[str]] = field(default_factory=dict)  # further cases at which known misses show
    every: Slopes | None = None  # all slopes of the case that was last looked at closely
    steps: int = 0  # calls and lines that forward runs, once a closer look has been taken
    proof: Verdict | None = None
    passed: list[str] = field(default_factory=list)  # cases at which every gradient agreed

    def add(self, *findings: Finding) -> None:
        self.findings += findings

    def holds(self, result: Comparison) -> bool:
        """Whether what looked like a constant factor is the same at other numbers, along any direction."""
        c, smooth = self.factors.get(result.name), [m for m in result.misses if m.low == m.high]
        most = max((abs(m.low) for m in smooth), default=0.0)
        return c is None or all(abs(m.claimed - c * m.low) <= 1e-3 * abs(c) * most for m in smooth)


def stepped(findings: Sequence[Finding]) -> tuple[list[Finding], frozenset[str]]:
    """A parameter that backward moves by steps of its own owes no gradient that could be seen; which these are."""
    moved = {f.message.rpartition(" ")[2] for f in findings if f.code == "parameters-untouched"}
    about = [re.match(r"backward gives no gradient for ([^,]+)", f.message) for f in findings]
    unseen = [f.code == "missing" and m is not None and m[1] in moved for f, m in zip(findings, about)]
    told = [replace(f, status="skip") if open_ else f for f, open_ in zip(findings, unseen)]
    return told, frozenset(m[1] for m, open_ in zip(about, unseen) if m and open_)


def agreed(told: Examination) -> Finding:
    """What was found right: some gradients in every case, where others are not; else all of them in some cases."""
    always = Counter({name: n for name, n in told.agreed.items() if name not in told.wrong and n})
    right, who = told.agreed.total() + told.together, "backward agrees"
    if told.wrong and always:
        right, who = always.total(), f"the gradient for {' and for '.join(always)} agrees"
    how = f"slopes of forward by difference quotients ({', '.join(told.passed)})"
    return Finding("values", "pass", f"{who} with {right} {how}", bound=bound(told.apart))


def whole(told: Examination, sizes: Mapping[str, int]) -> list[Finding]:
    """What can be said over all cases: the ε in a logarithm, kinks met, and the convention taken there."""
    if told.also:
        status = "fail" if any(f.status == "fail" for f in told.findings) else "warn"
        told.add(Finding("values-also", status, f"the same at these inputs too: {', '.join(told.also)}"))
    if told.guarded:
        told.add(
            Finding(
                "epsilon",
                "pass",
                f"backward is the exact derivative of forward without its ε = {told.guard:g} (in a "
                f"logarithm or a clip); "
                f"with it the two differ, by a relative {told.guarded:.0e} at most, where its argument is smallest",
            )
        )
    if told.rounded:
        says = (
            f"what backward works with is rounded: its gradients are off by {told.rounded:.0e} of the largest at most"
        )
        told.add(Finding("rounded-constants", "warn", says))
    if told.subject.off and told.passed:
        default = ", ".join(told.subject.off)
        says = f"by itself backward adds a multiple of the parameters ({default}); checked with 0 there"
        told.add(Finding("regularised", "warn", says))
    if "first" in told.subject.notes and told.passed:
        says = "backward gives nothing back for its input: right for the first layer of a network alone"
        told.add(Finding("nothing-returned", "warn", says))
    if told.passed and (ends := [n.removeprefix(ENDS) for n in told.subject.notes if n.startswith(ENDS)]):
        says = f"backward is given the gradient for {ends[0]}, as its argument says, and is right from there on"
        told.add(Finding("ends-elsewhere", "warn", f"{says}; for what forward returns it is not"))
    if (x := told.subject.output_taken) and told.passed:
        says = f"backward is right where {x} is the output of forward; where {x} is what forward was given, not"
        told.add(Finding("output-taken", "warn", says))
    if told.subject.reading and told.passed:
        told.add(Finding("reading", "pass", f"{told.subject.reading}: a convention, not an error"))
    if told.subject.undivided and told.passed and (cost := told.subject.undivided(sizes)):
        says = f"backward is that of a sum over the examples, and {cost} beside it is their mean"
        told.add(Finding("summed-cost", "warn", f"{says}: 1/N is missing, or is meant to be in the learning rate"))
    told.add(*straight.told(told.straight))
    return [kink(told)] if told.kinks else []


def kink(told: Examination, theirs: str = "") -> Finding:
    """Which slope the code takes at its kinks; `theirs` says what another layer takes."""
    taken = sorted({(name, round(at, 6), round(slope, 6)) for name, at, _, _, slope in told.kinks})
    name, at, slope = taken[0]
    low, high = next((lo, hi) for n, a, lo, hi, _ in told.kinks if n == name and round(a, 6) == at)
    return Finding(
        "kink",
        "pass",
        f"at the kink {name} = {at + 0.0:g} forward has the slopes {low + 0.0:.4g} and {high + 0.0:.4g}; "
        f"backward takes slope {slope + 0.0:.4g}{theirs}: a convention, not an error",
    )
