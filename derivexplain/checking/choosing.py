"""Choosing: which of several ways to use a stranger's code is the one that was meant."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import guards
from .alone import crossed, of_one, stands_alone, wants_one
from .meant import bounded, by_axes, keeps, takes_numbers
from .parameters import prepare
from .proving import SMALL
from .scene import agree, constant_factor
from .subject import Bench, Case, Subject, UserError, floats_within, quiet
from .values import Comparison, Slopes, upstream

SECONDS = 6.0  # of the processor, for all the trying together
ENOUGH = 240  # set-ups whose forward runs
SETTLED = 60  # once backward gives the right shapes somewhere, so many more are tried for agreeing numbers

MORE = 16  # slopes of a variable that confirm a set-up after one that is wrong
SEEDS = 4  # of the numbers for that, where none moves the output
FORMS = 8  # further tries among which another form of the targets is looked for

# how far a set-up gets
FAILS, INFINITE, NO_BACKWARD, MISFIT, VACUOUS, FITS, AGREES = range(7)
UNKEPT = 0.5  # beyond these two: an axis was lost on the way (keepdims), which fewer rows would hide


@dataclass(frozen=True)
class Choice:
    """The chosen subject, or None with the errors that every try met (the likeliest try's first)."""

    subject: Subject | None
    errors: tuple[UserError, ...]
    tried: int


def choose(candidates: Iterator[Subject], sizes: Mapping[str, int], seed: int = 0) -> Choice:
    """The first candidate whose backward agrees with its forward; else the one that gets furthest."""
    best: tuple[float, Subject] | None = None
    wider: Subject | None = None
    batch: Subject | None = None
    rows: Subject | None = None
    plain: Subject | None = None
    losses: list[Subject] = []
    instead: list[Subject] = []
    errors: list[UserError] = []
    started, tried, since = time.process_time(), 0, 0
    ran: set[tuple[str, str]] = set()
    with quiet():
        for candidate in candidates:
            tried += 1
            if best is not None and best[0] >= FITS and not may_replace(best, candidate, sizes):
                since += 1
                if candidate.scene.startswith("a loss") and since < SETTLED:
                    continue
                break  # candidates come scene by scene: no other way of calling it is left
            try:
                level = rank(candidate, sizes, seed)
                if best is not None and level > best[0] >= FITS:  # not by the chance of a few numbers
                    again = (rank(candidate, sizes, seed + k, MORE) for k in range(1, SEEDS))
                    level = min(level, next((r for r in again if r != VACUOUS), VACUOUS))  # units may be dead
            except UserError as error:
                errors.append(error)
                level = FAILS + UNKEPT * (best is None and lost_axis(error, candidate))
            if level > FAILS:
                ran.add((candidate.scene, "" if "implied" in candidate.notes else candidate.convention))
                if wider is None and level == NO_BACKWARD and candidate.scene.startswith("images"):
                    wider = candidate
                if plain is None and level == NO_BACKWARD and candidate.scene == "rows are examples":
                    plain = candidate if by_axes(candidate) else None
                stops = level == NO_BACKWARD and "updates" in candidate.notes
                if batch is None and (stops or MISFIT <= level < VACUOUS and candidate.scene.endswith(", b a row")):
                    batch = candidate
                if candidate.scene.startswith("a loss"):
                    losses.append(candidate)
                rough = level < FITS and candidate.scene.endswith("shaped by forward")  # no better than another guess
                barren = (
                    (level == VACUOUS or rough) and best is not None and best[0] >= NO_BACKWARD
                )  # less than a stop
                if best is None or (level > best[0] and not barren and may_replace(best, candidate, sizes)):
                    rows = best[1] if best and best[0] >= FITS and one_by_one(best[1], candidate) else rows
                    best = (level, candidate)
                elif level >= AGREES:
                    continue
                elif level >= FITS and candidate.scene == best[1].scene:
                    instead.append(candidate)
                if best[0] >= AGREES:
                    break
                since += best[0] >= FITS
            if len(ran) >= ENOUGH or since >= SETTLED or time.process_time() - started > SECONDS:
                break
        if best is not None and best[0] > INFINITE and best[1].scene.startswith("a loss"):
            losses += itertools.islice(candidates, FORMS)
            best = (best[0], with_forms(best[1], losses, sizes, seed))
        if best is not None and wider is not None and best[1].scene.startswith("square"):
            more = (*best[1].options, ("images that are not square", wider.sample))
            best = (best[0], replace(best[1], options=more))
        if best is not None and batch is not None and best[1].scene == "a row":
            more = (*best[1].options, ("more rows than one", batch.sample))
            best = (best[0], replace(best[1], options=more))
        if best is not None and plain is not None and best[0] >= AGREES and best[1].scene != plain.scene:
            best = (best[0], replace(best[1], options=(*best[1].options, ("rows of examples", plain.sample))))
        if best is not None and rows is not None and best[0] >= AGREES:
            best = (best[0], replace(best[1], options=(*best[1].options, ("several word ids each", rows.sample))))
    if best is not None and not understood(*best, sizes):
        return Choice(None, (unclear(best[1]),), tried)
    if best is None or best[0] >= AGREES:
        return Choice(best[1] if best else None, tuple(errors), tried)
    given = {c.convention: c for c in reversed(instead) if (c.scene, c.pointwise) == (best[1].scene, True)}
    others = tuple(c for k, c in given.items() if k != best[1].convention)
    return Choice(replace(best[1], instead=others), tuple(errors), tried)


def understood(level: float, subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether the numbers bear out what no name tells: most of a guess, half of the gradients of an implied loss."""
    if level in (NO_BACKWARD, INFINITE) and subject.scene.endswith("a class each"):
        return False  # whole numbers for what no name calls labels, and nothing came of it
    if level <= MISFIT + 0.9 and (subject.pointwise or not subject.upstream) and not subject.arguments:
        return False  # neither data nor an upstream gradient reaches it: what it keeps may be any local slope
    if level >= AGREES or not {"guessed", "implied"} & set(subject.notes):
        return True
    if "guessed" in subject.notes:
        return level > FITS + 0.1
    deep = len(prepare(subject, sizes, 0)[1]) > 4  # the last of three layers alone: its loss is the one
    return level >= FITS + (0.06 if deep else 0.1)


def unclear(subject: Subject) -> UserError:
    """Backward wants something that no name tells, and nothing that was tried fits."""
    words = f"backward of {subject.name} wants arguments that are not understood; tried: {subject.convention}"
    return UserError(LookupError(words), "", "", "backward")


def with_forms(subject: Subject, others: list[Subject], sizes: Mapping[str, int], seed: int) -> Subject:
    """A loss that takes its targets as labels and one-hot alike owes the same gradient for both."""
    bench = Bench(subject, Case("the example", sizes, None, seed))
    outs = bench.forward(*bench.fresh())
    kinds = {a.kind for a in subject.arguments}
    forms: dict[str, Any] = {}
    for other in others:
        theirs = {a.kind for a in other.arguments}
        if other.convention != subject.convention or other.narrow:
            continue
        if kinds ^ theirs != {"labels", "one-hot"}:
            continue
        twin = Bench(other, bench.case)
        try:
            if all(np.allclose(a, b) for a, b in zip(outs, twin.forward(*twin.fresh()), strict=True)):
                forms.setdefault("targets as " + "".join(theirs - kinds), other.sample)
        except (UserError, ValueError):
            continue
    return replace(subject, options=(*subject.options, *forms.items()))


def may_replace(best: tuple[float, Subject], candidate: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a better try may stand for a worse one: not where it is better only because slips cannot show there.

    A set-up with the right shapes gives way to another way of calling it, not to other shapes; and single
    rows, columns and numbers only stand where nothing wider ran, or where the code says that it wants one.
    """
    level, chosen = best
    if candidate.scene.startswith("a loss") and not chosen.scene.startswith("a loss") and level > INFINITE:
        return False  # no gradient would be owed for the second argument, where it runs as a layer of two
    if level in (FAILS + UNKEPT, NO_BACKWARD + UNKEPT) and few(candidate):
        return False
    if level >= NO_BACKWARD and numbered(candidate) and not (numbered(chosen) or takes_numbers(candidate)):
        return False  # word ids are no inputs of what takes any numbers: one row of them would hide its slips
    if "channels last" in candidate.scene and re.search(r"\bc\w*, *h\w*, *w\w*", candidate.source.text.lower()):
        return False  # the code says that channels come first
    if one_by_one(chosen, candidate):
        return True
    if level >= NO_BACKWARD and (
        (stands(candidate, sizes) and not stands(chosen, sizes)) or per_example(candidate, sizes)
    ):
        return False
    if MISFIT <= level < VACUOUS and deeper(candidate, chosen, sizes) and unsummed(chosen, sizes):
        return False
    if candidate.scene == "a sequence of columns" and (candidate.pointwise or level > NO_BACKWARD):
        return False  # a forgotten sum does not show along an axis of one, and a function of x has no steps
    if candidate.narrow and not chosen.narrow and level > INFINITE:
        stops = level == NO_BACKWARD and stands_alone(chosen, candidate)
        bound = AGREES if candidate.scene.startswith("a loss") else FITS  # of a column of its own
        return level < bound and (wants_one(candidate) or stops)
    if candidate.narrow and chosen.narrow and not candidate.scene.startswith("a loss"):
        return level < AGREES  # a vector, a column and a row are as good as each other
    same = [a.name for a in candidate.arguments if a.owed] == [a.name for a in chosen.arguments if a.owed]
    if level >= FITS and same and tamer(candidate, chosen) and not bounded(chosen):
        return False  # what is wrong beyond a bound does not show between 0 and 1
    if (chosen.scene, candidate.scene) == ("images in grey", "one image, channels last"):
        return True  # three axes are the one or the other, and the numbers say which
    if level >= FITS and one_each(candidate) and not one_each(chosen):
        return level == FITS and crossed(chosen)  # N and the number of entries are one there: no factor can show
    return level < FITS or candidate.scene.partition(",")[0] == chosen.scene.partition(",")[0]


def one_by_one(chosen: Subject, candidate: Subject) -> bool:
    """Whether word ids are gone through one by one, ``for i, word in enumerate(ids)``: they are a list."""
    kinds = [{a.kind for a in s.arguments} for s in (chosen, candidate)]
    listed = kinds == [{"index"}, {"index"}] and candidate.scene == "one word id each" != chosen.scene
    return listed and re.search(r"\bfor \w+, *\w+ in enumerate\(", candidate.source.text) is not None


def numbered(subject: Subject) -> bool:
    """Whether a try takes whole numbers that stand for words."""
    return any(a.kind == "index" for a in subject.arguments)


def stands(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether windows cannot slide along an axis of what comes in: there no slip in moving them shows."""
    if not re.search("image|signal|rows are examples", subject.scene):
        return False
    _, came, out = shapes(subject, sizes)
    pairs = zip(came[0], out[0]) if came and out and len(came[0]) == len(out[0]) else ()
    return any(o == 1 < c for c, o in pairs)


def deeper(candidate: Subject, chosen: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether more axes come in than rows of examples have."""
    (_, more, _), (_, few, _) = shapes(candidate, sizes), shapes(chosen, sizes)
    return len(more[:1]) == len(few[:1]) == 1 and len(more[0]) > len(few[0])


def per_example(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a parameter has a row for every example, or is one image: a forgotten sum over rows cannot show."""
    one = subject.scene.startswith(("rows are examples", "one image"))
    kept, came, _ = shapes(subject, sizes) if one else ([], [], [])
    return any(len(c) > 1 and c in kept for c in came)


def shapes(subject: Subject, sizes: Mapping[str, int]) -> tuple[list[Any], ...]:
    """Of what an instance learns, of what forward is given and of what it returns; none where it does not run."""
    try:
        instance, args = subject.sample(np.random.default_rng(0), sizes)
        kept = [v.shape for p, v in floats_within(instance) if subject.learns(str(p[-1]))]
        return kept, [np.shape(a) for a in args], [np.shape(o) for o in subject.forward(instance, args)]
    except (Exception, SystemExit):
        return [], [], []


def unsummed(subject: Subject, sizes: Mapping[str, int]) -> bool:
    """Whether a parameter's gradient has a row for every example where the rows are examples: its own slip."""
    if subject.scene.partition(",")[0] != "rows are examples":
        return False
    subject, paths = prepare(subject, sizes, 0)
    bench = Bench(subject, Case("the example", sizes, None, 0), paths)
    outs = bench.forward(*bench.fresh())
    values = bench.variables()
    given = bench.gradients(upstream(outs, bench.rng(2))).gradients
    found = {n: np.shape(g) for n, g in given.items() if g is not None}
    owed = {a.name for a in subject.arguments if a.owed}
    fits = all(found.get(n) == values[n].shape for n in owed if n in values)
    return fits and any(found.get(n) == (sizes["N"], *v.shape) for n, v in values.items() if n not in owed)


def lost_axis(error: UserError, subject: Subject) -> bool:
    """Whether (N,D) met (N,) in code that keeps its axes elsewhere: a keepdims is missing."""
    shapes = re.findall(r"\((\d+(?:,\d+)*),?\)", error.words) if "could not be broadcast" in error.words else []
    plain = subject.scene.startswith(("a loss", "rows are examples")) and not subject.narrow
    lost = len(shapes) == 2 and "," in shapes[0] and shapes[0].rpartition(",")[0] == shapes[1]
    return plain and lost and keeps(subject)


def few(subject: Subject) -> bool:
    """Whether a try has a single row, or one number for each example: there a lost axis cannot show."""
    return subject.narrow or one_each(subject)


def tamer(candidate: Subject, chosen: Subject) -> bool:
    """Whether a try takes numbers between 0 and 1 where the other takes any, or targets without a zero."""
    kinds = [{a.kind for a in s.arguments if a.owed} for s in (candidate, chosen)]
    targets = [{a.kind for a in s.arguments if not a.owed} for s in (candidate, chosen)]
    return ("real" in kinds[1] and "real" not in kinds[0]) or targets == [{"simplex"}, {"one-hot"}]


def one_each(subject: Subject) -> bool:
    """Whether a loss is set up with one number for each example."""
    if not subject.scene.startswith("a loss"):
        return False
    _, args = subject.sample(np.random.default_rng(0), SMALL)
    return all(sum(n > 1 for n in np.shape(a)) == 1 for a, k in zip(args, subject.arguments) if k.owed)


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
        return NO_BACKWARD + UNKEPT * lost_axis(error, subject)
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
    return FITS + 0.2 * good + 0.1 * scaled - 0.05 * against


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
