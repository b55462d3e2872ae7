"""Exactly: misses at numbers so large that forward rounds its own slope away, 1 - y to a few steps near y = 1."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from ..patience import patience
from ..story import Finding
from . import guards
from .outcome import Examination
from .proving import FAILING, SECONDS, Trace, Unproved, compared
from .subject import Bench, Case, Path

LARGE = ("8 times as large", "minus 8 times as large")


def told_exactly(told: Examination, paths: tuple[Path, ...], every: Sequence[Case]) -> None:
    """A layer that is wrong at large numbers alone is asked there in letters: where it is right so, nothing is wrong.

    The branches are those of the large numbers: what is cut off there is wrong in letters too.
    """
    failing = [f for f in told.findings if f.status == "fail"]
    large = [c for c in every if c.name in LARGE and any(f.message.startswith(f"{c.name}:") for f in failing)]
    misses = [f for f in failing if f.code == "values" and any(f.message.startswith(f"{c.name}:") for c in large)]
    if not large or misses != failing or not told.passed or not {*told.also} <= {*LARGE}:
        return
    if not all(right_in_letters(told, paths, c) for c in large):
        return
    told.wrong.clear()
    told.also.clear()
    said = "forward rounds its own slope away there; in exact numbers backward is right"
    told.findings[:] = [f for f in told.findings if f not in misses]
    told.add(*(Finding("case", "skip", f"{c.name}: {said}") for c in large))


def right_in_letters(told: Examination, paths: tuple[Path, ...], case: Case) -> bool:
    """Whether the gradients are proved there, of forward without its guard where it has one."""
    guarded = guards.without(told.subject.functions) if told.guard else contextlib.nullcontext()
    with patience(SECONDS), guarded:
        subject = guards.without_held(told.subject) if told.guard else told.subject
        try:
            compared(subject, Trace(Bench(subject, case, paths)), time.process_time() + SECONDS, frozenset())
        except (Unproved, *FAILING):
            return False
        return True
    return False
