"""Ranking: how far a set-up gets: whether forward runs, backward answers, shapes fit and numbers agree."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from .. import guards
from ..guards import excused
from ..naming.scene import agree, constant_factor
from ..parameters import prepare
from ..subject import Answer, Bench, Case, Subject, UserError
from ..values import Comparison, Slopes, upstream
from .alone import of_one, wants_one
from .meant import keeps

FAILS, INFINITE, NO_BACKWARD, MISFIT, VACUOUS, FITS, AGREES = range(7)
ALONE = 0.2  # beyond the third: one example is wanted, whatever else runs
ABSENT = 0.3  # likewise: what is not there stops it, and no shape
UNKEPT = 0.5  # beyond the first and the third: an axis was lost on the way (keepdims), which fewer rows would hide
OTHERS = 0.5  # short of the sixth: other inputs were meant

Ran = tuple[Any, tuple[np.ndarray, ...]]  # an instance, and what its forward gave


def run(bench: Bench) -> Ran:
    """Forward on a fresh instance."""
    instance, args = bench.fresh()
    return instance, bench.forward(instance, args)


class Attempt:
    """One set-up at the example, with its parameters: what forward gives, and what backward makes of it."""

    def __init__(
        self, subject: Subject, sizes: Mapping[str, int], seed: int = 0, ran: Ran | None = None, most: int = 4
    ) -> None:
        self.subject, paths = prepare(subject, sizes, seed)
        self.bench = Bench(self.subject, Case("the example", sizes, None, seed), paths)
        self.instance, self.outs = ran or run(self.bench)
        ones = tuple(np.ones(np.shape(o)) for o in self.outs)
        self.douts = upstream(self.outs, self.bench.rng(2)) if subject.upstream else ones
        self.most = most

    def times(self, factor: float) -> Attempt:
        """The same where forward gives so many times as much, and backward what it gives here."""
        again = copy.copy(self)
        again.douts = tuple(factor * d for d in self.douts)
        return again

    @cached_property
    def measured(self) -> Slopes:
        """The slopes of forward."""
        return Slopes(self.bench, any(v.dtype == np.float32 for v in self.values.values()), most=self.most)

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """What a gradient is owed for, by name."""
        return self.bench.variables()

    @cached_property
    def answer(self) -> Answer:
        """What backward says; UserError where it stops."""
        return self.bench.gradients(self.douts)

    @cached_property
    def given(self) -> dict[str, np.ndarray]:
        """The gradients that it gives."""
        gradients = self.answer.gradients.items()
        return {n: np.asarray(g) for n, g in gradients if g is not None and n in self.values}

    @cached_property
    def owed(self) -> list[str]:
        """The arguments that a gradient is owed for."""
        return [a.name for a in self.subject.arguments if a.owed and a.name in self.values]

    @cached_property
    def fits(self) -> dict[str, np.ndarray]:
        """The gradients with as many entries as what they belong to, in its shape."""
        sized = {n: g for n, g in self.given.items() if g.size == self.values[n].size}
        return {n: g.reshape(self.values[n].shape) for n, g in sized.items()}

    def turned(self, names: Collection[str]) -> bool:
        """Whether a gradient has another shape than what it belongs to."""
        return any(self.given[n].shape != self.values[n].shape for n in names if n in self.fits)


class Known(dict[Any, Attempt]):
    """Attempts of which others are multiples: an implied loss, whose slopes are measured once for all its scales."""

    def attempt(self, subject: Subject, sizes: Mapping[str, int], seed: int, ran: Ran, most: int) -> Attempt:
        """How this set-up is tried, from what is known of one like it."""
        key = subject.multiple, seed, most
        if key in self and (before := float(self[key].outs[0])):
            return self[key].times(float(ran[1][0]) / before)
        attempt = Attempt(subject, sizes, seed, ran, most)
        return attempt if subject.multiple is None else self.setdefault(key, attempt)


def rank(subject: Subject, sizes: Mapping[str, int], seed: int, most: int, known: Known) -> float:
    """How far this set-up gets; UserError where forward does not even run."""
    ran = run(Bench(subject, Case("the example", sizes, None, seed)))
    if not all(map(np.size, ran[1])):
        return FAILS  # a base class's parameters are empty
    if not all(np.all(np.isfinite(o)) for o in ran[1]):
        return INFINITE
    attempt = known.attempt(subject, sizes, seed, ran, most)
    try:
        level = by_shapes(attempt)
    except UserError as error:
        alone = subject.scene == "a vector" and wants_one(subject)
        absent = isinstance(error.error, ImportError)
        return NO_BACKWARD + max(UNKEPT * lost_axis(error, subject), ALONE * alone, ABSENT * absent)
    return by_numbers(attempt) if level is None else level


def by_shapes(attempt: Attempt) -> float | None:
    """How far it gets where its gradients are not there, or of other shapes; None where they can be compared."""
    given = attempt.given
    if not given and not attempt.values:
        return INFINITE  # whole numbers alone: there is nothing to differentiate by
    if attempt.answer.problem or not given or not given.keys() >= set(attempt.owed):
        return MISFIT + 0.1 * len(given)
    if any(g.dtype.kind not in "fiub" for g in given.values()):
        return MISFIT
    misfits = len(given) - len(attempt.fits)
    if any(n not in attempt.fits and not np.ndim(attempt.values[n]) for n in attempt.owed):
        return INFINITE  # a matrix for a number: no number is meant
    others = 2 * misfits <= len(given) and not of_one(attempt.subject)  # they tell which loss is meant
    if misfits and not ("implied" in attempt.subject.notes and others):
        # nothing fits: it only runs
        return MISFIT + 0.2 + 0.05 * len(attempt.fits) / len(given) if misfits < max(len(given), 2) else NO_BACKWARD
    return None


def by_numbers(attempt: Attempt) -> float:
    """How far it gets where its gradients, but for a few of an implied loss, are compared with the slopes."""
    bench, subject, fits, douts, measured = (
        attempt.bench,
        attempt.subject,
        attempt.fits,
        attempt.douts,
        attempt.measured,
    )
    results = {n: measured.compare(n, g, douts) for n, g in fits.items()}
    if len(fits) < len(attempt.given):
        return FITS + 0.1 if all(r.ok for r in results.values()) else MISFIT + 0.2
    asked = [results[n] for n in attempt.owed] or results.values()
    if all(r.size == r.given == 0 for r in asked) or all(r.size == 0 for r in results.values()):
        return VACUOUS  # parameters that agree tell nothing of an input that moves nothing here
    excuse = bool(guards.find(subject.functions, attempt.instance))
    right = {n for n, r in results.items() if r.ok or (excuse and excused(bench, n, fits[n], douts))}
    if len(right) == len(fits):
        return all_right(attempt)
    if scalar_ignoring(attempt, measured):
        return AGREES
    loss = subject.scene.startswith("a loss")
    if loss and (attempt.turned(attempt.owed) or any(idle(measured, n, attempt.given[n]) for n in fits)):
        return FITS - OTHERS
    turned = attempt.turned(fits)
    pairs = {n: entries(r, fits[n]) for n, r in results.items()}
    factors = [1.0 if results[n].ok or agree(*p) else constant_factor(*p) for n, p in pairs.items()]
    scaled = not turned and None not in factors
    steps = scaled and "updates" in subject.notes  # which have a sign: uphill is a slip, whatever the loss
    deep = "implied" in subject.notes and len(factors) > 3  # of a network all: no chance
    opposite = scaled and (steps or deep) and all(f is not None and np.isclose(f, -1) for f in factors)
    negative = scaled and any(f is not None and f < 0 for f in factors)
    against = negative and not (steps or opposite)  # the other argument's, of two
    return FITS + 0.2 * len(right) / len(fits) + 0.1 * scaled + 0.01 * (opposite - turned) - 0.05 * against


def all_right(attempt: Attempt) -> float:
    """How far it gets where all numbers agree: less far where other shapes, or more gradients, may be meant."""
    given, values, owed = attempt.given, attempt.values, attempt.owed
    # loss and dout: one dout agreeing by chance is not enough for a loss that ignores it
    missing = not given.keys() >= values.keys()
    fewer = any(g.ndim < values[n].ndim for n, g in given.items())  # (H,) for a bias (1, H) that may be (H,)
    arguments = {a.name for a in attempt.subject.arguments}
    apart = fewer or attempt.turned({*owed, *(n for n in given if n.partition("[")[0] in arguments)})  # params["b1"]
    spread = apart and any(given[n].ndim > values[n].ndim for n in owed)
    if spread and max(map(np.ndim, attempt.outs)) > max(values[n].ndim for n in owed):
        return FITS - OTHERS  # forward gives more axes than it is given: it is meant for inputs that have them
    return AGREES - 0.5 * missing - 0.2 * apart


def bears_out(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether of several gradients one has its variable's shape and its numbers; a few are not asked."""
    attempt = Attempt(subject, sizes)
    measured = attempt.measured
    results = [measured.compare(n, g, attempt.douts) for n, g in attempt.fits.items() if not attempt.turned([n])]
    return len(measured.values) < 3 or any(r.ok and r.size > 0 for r in results)


def lost_axis(error: UserError, subject: Subject) -> bool:
    """Whether (N,D) met (N,) in code that keeps its axes elsewhere: a keepdims is missing."""
    shapes = re.findall(r"\((\d+(?:,\d+)*),?\)", error.words) if "could not be broadcast" in error.words else []
    plain = subject.scene.startswith(("a loss", "rows are examples")) and not subject.narrow
    lost = len(shapes) == 2 and "," in shapes[0] and shapes[0].rpartition(",")[0] == shapes[1]
    each = subject.convention.endswith("a row each")  # of targets that are one number for each example here
    return plain and lost and not each and keeps(subject)


def idle(measured: Slopes, name: str, gradient: np.ndarray) -> bool:
    """Whether forward does not read a row at all for which backward gives a gradient: ``return cost[0, 0]``."""
    value = np.asarray(measured.values[name], dtype=float)
    for k in np.flatnonzero(gradient.reshape(len(value), -1).any(axis=1)) if value.ndim else ():
        moved = value.copy()
        moved[k] *= 0.999
        if all(map(np.array_equal, measured.mover.at({name: moved}), measured.mover.base)):
            return True
    return False


def entries(result: Comparison, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slopes that were measured entry by entry, and what backward says there."""
    at = list(result.true)
    return np.array([result.true[k] for k in at]), np.array([gradient[k] for k in at], dtype=float)


def scalar_ignoring(attempt: Attempt, measured: Slopes) -> bool:
    """A loss that ignores dout still fits, if it is right for dout = 1."""
    if not attempt.subject.upstream or any(np.ndim(o) for o in attempt.outs):
        return False
    ones = tuple(np.ones(np.shape(o)) for o in attempt.outs)
    answer = attempt.bench.gradients(ones)
    whole = {n: np.asarray(answer.gradients[n], dtype=float).reshape(attempt.values[n].shape) for n in attempt.fits}
    return all(measured.compare(n, g, ones).ok or excused(attempt.bench, n, g, ones) for n, g in whole.items())
