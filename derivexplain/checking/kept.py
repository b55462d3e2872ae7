"""Kept: gradients that backward leaves in an instance: where no name tells they are known by their numbers.

What is called a gradient, and is that of nothing that was found, is spoken of as well.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..story import Finding
from . import guards
from .outcome import Asked
from .subject import NOT_THERE, Answer, Bench, Path, Subject, UserError, floats_within, is_float, name_path, reach

DEPTH = 4  # objects and boxes within one another
MOST = 600  # slopes, which are all taken
NAMED = r"\bself\.((?:d_?|grad_?)([A-Za-z]\w*)) *[-+]?=(?!=)"


def with_kept(
    bench: Bench, answer: Answer, douts: tuple[np.ndarray, ...], values: Mapping[str, Any]
) -> tuple[Subject, Finding] | None:
    """The subject with the gradients that it seems to lack read where they are kept; None where they are nowhere."""
    subject = bench.subject
    lost = [n for n in values if answer.gradients.get(n) is None and subject.owes(n)]
    if not lost or sum(values[n].size for n in lost) > MOST:
        return None
    instance, args = bench.fresh()
    outs = bench.forward(instance, args)
    before = {p: v.copy() for p, v in floats_within(instance, DEPTH)}
    bench.backward(instance, douts, args, outs)
    fresh = {p: v for p, v in floats_within(instance, DEPTH) if p not in before or not np.array_equal(v, before[p])}
    if not any(np.squeeze(v).shape == np.squeeze(values[n]).shape for v in fresh.values() for n in lost):
        return None
    every = guards.slopes(bench, tuple(lost), most=MOST, mixed=0)
    true = {n: every.compare(n, np.zeros(values[n].shape), douts).whole(values[n].shape) for n in lost}
    places = {n: p for n in lost for p, v in fresh.items() if alike(v, true[n])}
    if not places:
        return None
    said = ", ".join(f"that for {n} in {name_path(p)}" for n, p in places.items())
    return reading(subject, places), Finding("kept", "pass", f"gradients are known by their numbers alone: {said}")


def all_kept(bench: Bench, given: Mapping[str, Any], douts: tuple[np.ndarray, ...]) -> Subject | None:
    """The subject with all gradients that no name tells, where an edited backward runs; None where one is lacking."""
    with contextlib.suppress(UserError):
        values = {n: v for n, v in bench.variables().items() if given.get(n) is None and bench.subject.owes(n)}
        if found := with_kept(bench, Answer(given), douts, values):
            now = Bench(found[0], bench.case, bench.paths).gradients(douts).gradients
            return found[0] if all(now.get(n) is not None for n in values) else None
    return None


def uncompared(asked: Asked) -> Iterator[Finding]:
    """What is kept under the name of a parameter's gradient, where forward depends on no such parameter."""
    bench = asked.bench
    instance, args = bench.fresh()
    held = getattr(instance, "__dict__", {})
    named = dict.fromkeys(re.findall(NAMED, bench.subject.source.text))
    bare = [(name, of) for name, of in named if bench.subject.learns(of) and unread(held, of, bench)]
    if not bare:  # as a rule: nothing is run for it
        return
    answer = bench.backward(instance, asked.douts, args, bench.forward(instance, args))
    given = [np.asarray(g) for g in answer.gradients.values() if g is not None]
    for name, of in bare:
        array = held.get(name)
        if not isinstance(array, np.ndarray) or not unread(held, of, bench):
            continue
        if any(np.shares_memory(array, g) for g in given):
            continue
        if of not in held:
            said = f"backward keeps {name}, but forward depends on no {of} that was found: nothing is said of it"
            yield Finding("uncompared", "skip", said)
        elif np.any(array) and np.size(array) == np.size(held[of]) and not any(alike(array, g) for g in given):
            said = f"backward keeps {name}, but {of} does not reach the output: forward forgets it, or its slope is 0"
            yield Finding("unread", "warn", said)


def unread(held: Mapping[str, Any], name: str, bench: Bench) -> bool:
    """Whether this is no parameter that forward depends on."""
    return name not in held or (is_float(held[name]) and (name,) not in bench.paths)


def alike(value: np.ndarray, true: np.ndarray) -> bool:
    """Whether these are the same numbers, but for axes of one, which is no chance unless they are 0."""
    value, true = np.squeeze(value), np.squeeze(true)
    near = {"rtol": 1e-5, "atol": 1e-7 * np.max(np.abs(true), initial=0)}
    return value.shape == true.shape and np.allclose(value, true, **near) and bool(np.any(true))


def reading(subject: Subject, places: Mapping[str, Path]) -> Subject:
    """The subject whose backward gives what stands at these places too."""

    def backward(instance: Any, douts: Any, args: Any, outs: Any) -> Answer:
        answer = subject.backward(instance, douts, args, outs)
        found = dict(answer.gradients)
        for name, path in places.items():
            with contextlib.suppress(*NOT_THERE):
                found[name] = reach(instance, path)
        return replace(answer, gradients=found)

    return replace(subject, backward=backward)
