"""Trials: one set of numbers at which edited code is tried, and how its gradients stand there."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import guards
from ..contract import squeezed
from ..subject import Bench, Path, UserError, floats_within
from ..values import RELATIVE, Slopes, upstream

STILL = 1e-3  # of what backward says: slopes that are so small are those of nothing
NEAR = 1e-2  # by so much an entry may be off at a first look


class Trial:
    """One set of numbers at which edited code is tried: the slopes are measured once."""

    def __init__(
        self, bench: Bench, wrong: tuple[str, ...], most: int, like: Slopes | None = None, shared: bool = False
    ) -> None:
        self.bench = bench
        self.rows = bench.case.sizes.get("N", 1) if shared else 1  # a mean over the examples will do as well
        self.scaled = False
        self.outs = outs = tuple(np.array(o) for o in bench.forward(*bench.fresh()))
        self.mute = not all(np.all(np.isfinite(o)) for o in outs)  # nothing can be told here
        self.douts = upstream(outs, bench.rng(2)) if bench.subject.upstream else tuple(map(np.ones_like, outs))
        self.slopes = guards.slopes(bench, wrong, most=most, mixed=1, like=like)
        self.relative = guards.BARE if guards.find(bench.subject.functions, bench.fresh()[0]) else RELATIVE
        self.furthest: dict[str, tuple[tuple[int, ...], float]] = {}
        self.times: dict[str, float] = {}  # what is said, in units of what is true there
        self.ready: tuple[Any, ...] | None = None
        self.steps = self.moved() & {*bench.paths} if "updates" in bench.subject.notes else set()
        self.before = given = self.made_ready() if not self.mute else {}
        self.still: set[str] = set()  # where forward hardly moves, any edit that gives next to 0 would do
        for name in wrong if not self.mute else ():
            self.slopes.of(name)  # now, of forward as it is: an edit may be of a function that forward runs too
            gradient = np.asarray(given.get(name))
            self.look_first(name, gradient)
            zero = self.slopes.compare(name, np.zeros(self.slopes.values[name].shape), self.douts)
            told = gradient.dtype.kind in "fi" and np.all(np.isfinite(gradient))
            if zero.ok or (told and zero.size <= STILL * np.max(np.abs(gradient), initial=0.0)):
                self.still.add(name)

    def look_first(self, name: str, gradient: np.ndarray) -> None:
        """The entry that is furthest off: most edits leave it wrong, and nothing else need be looked at."""
        gradient = fitted(gradient, self.slopes.values[name].shape)
        if gradient.dtype.kind in "fi" and gradient.shape == self.slopes.values[name].shape:
            missed = self.slopes.compare(name, gradient, self.douts, self.relative).misses
            at = max((m for m in missed if m.index is not None), key=lambda m: m.excess, default=None)
            if at is not None and at.index is not None and at.low == at.high:
                self.furthest[name] = at.index, at.low
                self.times[name] = at.claimed / at.low if at.low else 0.0

    def made_ready(self) -> Mapping[str, Any]:
        """The gradients; and forward is done once for all tries, where its copies answer as fresh runs do."""
        given = self.fresh()
        with contextlib.suppress(Exception):  # there are things that cannot be copied
            instance, args = self.bench.fresh()
            self.ready = copy.deepcopy((instance, args, self.bench.forward(instance, args)))
        fused = "fused" in self.bench.subject.notes  # forward is its backward too
        tells = any(np.any(g) for g in given.values() if g is not None)  # zeros are the same wherever they come from
        if fused or not tells or not all(alike(given, self.given()) for _ in range(2)):
            self.ready = None  # something is kept elsewhere
        return given

    def given(self) -> Mapping[str, Any]:
        """The gradients as they are now; nothing where backward stops."""
        if self.ready is None:
            return self.fresh()
        try:
            instance, args, outs = copy.deepcopy(self.ready)
            return self.bench.answer(instance, self.douts, args, outs).gradients
        except UserError:
            return {}

    def fresh(self) -> Mapping[str, Any]:
        """The same, after a forward of its own."""
        try:
            return self.bench.gradients(self.douts).gradients
        except UserError:
            return {}

    def forward_stands(self) -> bool:
        """Whether forward gives what it gave: an edit of what both run would mend nothing."""
        try:
            return all(map(np.array_equal, self.outs, self.bench.forward(*self.bench.fresh())))
        except UserError:
            return False

    def others_stand(self, wrong: set[str]) -> bool:
        """Whether the gradients of all other variables are what they were; those that are read off a step may go."""
        now, same = self.given(), set(self.bench.variables()) - wrong
        if "updates" in self.bench.subject.notes:
            same &= {a.name for a in self.bench.subject.arguments}
        kept = {n: g for n, g in self.before.items() if n in same and g is not None}
        same_shape = all(np.asarray(now.get(n)).shape == np.asarray(g).shape for n, g in kept.items())
        return same_shape and all(np.allclose(np.asarray(now.get(n), dtype=float), g) for n, g in kept.items())

    def moved(self) -> set[Path]:
        """The parameters that backward moves by itself."""
        with contextlib.suppress(UserError):
            instance, args = self.bench.fresh()
            outs = self.bench.forward(instance, args)
            held = {p: np.array(v) for p, v in floats_within(instance)}
            self.bench.answer(instance, self.douts, args, outs)
            now = dict(floats_within(instance))
            return {p for p, v in held.items() if p in now and not np.array_equal(v, now[p])}
        return set()

    def right(self, wanted: tuple[str, ...], surely: bool = False) -> tuple[str, ...]:
        """Which of the gradients are slopes of forward now; `surely` runs forward again."""
        if self.mute:
            return wanted
        given = self.fresh() if surely else self.given()
        return tuple(n for n in wanted if self.fits(n, given))

    def fits(self, name: str, given: Mapping[str, object]) -> bool:
        shape = self.slopes.values[name].shape
        gradient, before = np.asarray(given.get(name)), self.before.get(name)
        if before is None or squeezed(np.shape(before)) == squeezed(shape):
            gradient = fitted(gradient, shape)  # an axis too many or too few is another slip
        if gradient.dtype.kind not in "fi" or gradient.shape != shape or not np.all(np.isfinite(gradient)):
            return False
        if name in self.furthest:
            index, slope = self.furthest[name]
            if not abs(float(gradient[index]) - slope) <= NEAR * abs(slope) + NEAR:
                return False
        if self.slopes.compare(name, gradient, self.douts, self.relative).ok:
            return True
        if self.rows > 1 and self.slopes.compare(name, gradient * self.rows, self.douts, self.relative).ok:
            self.scaled = True
            return True
        return False


def fitted(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A gradient in its variable's shape, where only axes of size 1 are too many or too few."""
    return gradient.reshape(shape) if squeezed(gradient.shape) == squeezed(shape) else gradient


def alike(given: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether two runs gave the same gradients."""
    numbers = {n: np.asarray(g).dtype.kind == "f" for n, g in given.items()}
    return given.keys() == again.keys() and all(np.array_equal(g, again[n], numbers[n]) for n, g in given.items())
