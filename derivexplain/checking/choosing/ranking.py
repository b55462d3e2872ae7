"""Ranking: how far a set-up gets: whether forward runs, backward answers, shapes fit and numbers agree."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from .. import guards
from ..naming.scene import agree, constant_factor
from ..parameters import prepare
from ..subject import Bench, Case, Subject, UserError
from ..values import Comparison, Slopes, upstream
from .alone import of_one, wants_one
from .meant import keeps

FAILS, INFINITE, NO_BACKWARD, MISFIT, VACUOUS, FITS, AGREES = range(7)
ALONE = 0.2  # beyond the third: one example is wanted, whatever else runs
UNKEPT = 0.5  # beyond the first and the third: an axis was lost on the way (keepdims), which fewer rows would hide


def rank(subject: Subject, sizes: Mapping[str, int], seed: int, most: int = 4) -> float:
    """How far this set-up gets; UserError where forward does not even run."""
    bench = Bench(subject, Case("the example", sizes, None, seed))
    instance, args = bench.fresh()
    outs = bench.forward(instance, args)
    if not all(map(np.size, outs)):
        return FAILS  # a base class's parameters are empty
    if not all(np.all(np.isfinite(o)) for o in outs):
        return INFINITE
    subject, paths = prepare(subject, sizes, seed)
    bench = Bench(subject, Case("the example", sizes, None, seed), paths)
    douts = upstream(outs, bench.rng(2)) if subject.upstream else tuple(np.ones(np.shape(o)) for o in outs)
    try:
        answer = bench.gradients(douts)
    except UserError as error:
        alone = subject.scene == "a vector" and wants_one(subject)
        past = 1.5 * ALONE * isinstance(error.error, ImportError)  # what is not there stops it, and no shape
        return NO_BACKWARD + max(UNKEPT * lost_axis(error, subject), ALONE * alone, past)
    values = bench.variables()
    owed = [a.name for a in subject.arguments if a.owed]
    given = {n: g for n, g in answer.gradients.items() if g is not None and n in values}
    if not given and not values:
        return INFINITE  # whole numbers alone: there is nothing to differentiate by
    if answer.problem or not given or any(n not in given for n in owed if n in values):
        return MISFIT + 0.1 * len(given)
    if any(np.asarray(g).dtype.kind not in "fiub" for g in given.values()):
        return MISFIT
    misfits = [n for n, g in given.items() if np.asarray(g).size != values[n].size]
    others = 2 * len(misfits) <= len(given) and not of_one(subject)  # they tell which loss is meant
    if misfits and not ("implied" in subject.notes and others):
        return MISFIT + 0.2 if len(misfits) < max(len(given), 2) else NO_BACKWARD  # nothing fits: it only runs
    given = {n: g for n, g in given.items() if n not in misfits}
    measured = Slopes(bench, any(v.dtype == np.float32 for v in values.values()), most=most)
    results = [measured.compare(n, np.asarray(g).reshape(values[n].shape), douts) for n, g in given.items()]
    if misfits:
        return FITS + 0.1 if all(r.ok for r in results) else MISFIT + 0.2
    asked = [r for r, n in zip(results, given) if n in owed] or results
    if all(r.size == r.given == 0 for r in asked) or all(r.size == 0 for r in results):
        return VACUOUS  # parameters that agree tell nothing of an input that moves nothing here
    excuse = bool(guards.find(subject.functions, instance))
    good = sum(
        r.ok or (excuse and guards.excused(bench, n, np.asarray(g, dtype=float).reshape(values[n].shape), douts))
        for r, (n, g) in zip(results, given.items())
    ) / len(results)
    if good == 1:
        # loss and dout: one dout agreeing by chance is not enough for a loss that ignores it
        missing = sum(n not in given for n in values)
        apart = any(np.ndim(g) < values[n].ndim for n, g in given.items())  # (H,) for a bias (1, H) that may be (H,)
        ours = {n for n in given if n.partition("[")[0] in {a.name for a in subject.arguments}}  # params["b1"]
        apart |= any(np.shape(given[n]) != values[n].shape for n in {*owed, *ours} if n in given)
        spread = any(np.ndim(given[n]) > values[n].ndim for n in owed if n in given) and apart
        if spread and max(map(np.ndim, outs)) > max(values[n].ndim for n in owed if n in values):
            return FITS - 0.5  # forward gives more axes than it is given: it is meant for inputs that have them
        return AGREES - 0.5 * (missing > 0) - 0.2 * apart
    if scalar_ignoring(bench, subject, outs, given):
        return AGREES
    pairs = [entries(r, np.asarray(g).reshape(values[n].shape)) for r, (n, g) in zip(results, given.items())]
    if subject.scene.startswith("a loss") and any(idle(measured, n, np.asarray(g)) for n, g in given.items()):
        return FITS - 0.5  # these are not the inputs that were meant
    if subject.scene.startswith("a loss") and any(np.shape(given[n]) != values[n].shape for n in owed if n in given):
        return FITS - 0.5
    turned = any(np.shape(g) != values[n].shape for n, g in given.items())
    factors = [1.0 if r.ok or agree(*pair) else constant_factor(*pair) for r, pair in zip(results, pairs)]
    scaled = not turned and None not in factors
    against = scaled and any(f is not None and f < 0 for f in factors)  # the other argument's, where there are two
    return FITS + 0.2 * good + 0.1 * scaled - 0.05 * against - 0.01 * turned


def bears_out(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether of several gradients one has its variable's shape and its numbers; a few are not asked."""
    subject, paths = prepare(subject, sizes, 0)
    bench = Bench(subject, Case("the example", sizes, None, 0), paths)
    outs = bench.forward(*bench.fresh())
    douts = upstream(outs, bench.rng(2)) if subject.upstream else tuple(np.ones(np.shape(o)) for o in outs)
    measured = Slopes(bench, most=4)
    given = {n: g for n, g in bench.gradients(douts).gradients.items() if g is not None}
    fits = [n for n, g in given.items() if n in measured.values and np.shape(g) == measured.values[n].shape]
    results = [measured.compare(n, np.asarray(given[n]), douts) for n in fits]
    return len(measured.values) < 3 or any(r.ok and r.size > 0 for r in results)


def lost_axis(error: UserError, subject: Subject) -> bool:
    """Whether (N,D) met (N,) in code that keeps its axes elsewhere: a keepdims is missing."""
    shapes = re.findall(r"\((\d+(?:,\d+)*),?\)", error.words) if "could not be broadcast" in error.words else []
    plain = subject.scene.startswith(("a loss", "rows are examples")) and not subject.narrow
    lost = len(shapes) == 2 and "," in shapes[0] and shapes[0].rpartition(",")[0] == shapes[1]
    return plain and lost and keeps(subject)


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


def scalar_ignoring(
    bench: Bench, subject: Subject, outs: tuple[np.ndarray, ...], given: Mapping[str, object]
) -> bool:
    """A loss that ignores dout still fits, if it is right for dout = 1."""
    if not subject.upstream or any(np.ndim(o) for o in outs):
        return False
    ones = tuple(np.ones(np.shape(o)) for o in outs)
    answer = bench.gradients(ones)
    measured = Slopes(bench, most=4)
    whole = {n: np.asarray(answer.gradients[n], dtype=float).reshape(measured.values[n].shape) for n in given}
    return all(measured.compare(n, g, ones).ok or guards.excused(bench, n, g, ones) for n, g in whole.items())
