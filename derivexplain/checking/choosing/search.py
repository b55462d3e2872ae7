"""Choosing: which of several ways to use a stranger's code is the one that was meant."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..parameters import prepare
from ..subject import Bench, Case, Path, Subject, UserError, quiet
from .alone import flattened, sums_all, untold
from .meant import by_axes
from .ranking import (
    AGREES,
    ALONE,
    FAILS,
    FITS,
    INFINITE,
    MISFIT,
    NO_BACKWARD,
    UNKEPT,
    VACUOUS,
    Known,
    bears_out,
    lost_axis,
    rank,
)
from .replacing import may_replace, one_by_one, one_step, stands

SECONDS = 15.0  # of the processor, for all the trying together: what few files need half of
ENOUGH = 240  # set-ups whose forward runs
SETTLED = 60  # once backward gives the right shapes somewhere, so many more are tried for agreeing numbers
INSIDE = 1100  # tries with a loss inside, of which a scene has two dozen: what fits is among these
MORE = 16  # slopes of a variable that confirm a set-up after one that is wrong
SEEDS = 4  # of the numbers for that, where none moves the output
USUAL = (  # scenes that speak for themselves
    "(rows|columns) are examples|a loss.*|images(, channels last)?(, a bias for each channel)?|sequences"
)
STANDS = 0.1  # short of agreeing: along an axis there is one tile alone, and which way they go does not show
HALF = FITS + 0.1  # of the gradients are right, where with the cost that the file states none is
STOPS = 2  # scenes that are looked at where backward stops in all of them
FORMS = 8  # further tries among which another form of the targets is looked for


@dataclass(frozen=True)
class Choice:
    """The chosen subject, or None with the errors that every try met (the likeliest try's first)."""

    subject: Subject | None
    errors: tuple[UserError, ...]
    tried: int
    doubtful: Subject | None = None  # the likeliest where none is chosen: told only if one edit makes all of it right
    unclear: Subject | None = None  # what is chosen where no number bears it out


@dataclass
class Search:
    """What the trying has found so far: the set-up that gets furthest, and what is asked of it besides."""

    sizes: Mapping[str, int]
    seed: int
    level: float = FAILS
    best: Subject | None = None
    paths: tuple[Path, ...] | None = None  # of what the best one learns, once somebody has asked
    besides: dict[str, Subject] = field(default_factory=dict)  # set-ups that got less far, by what they are for
    losses: list[Subject] = field(default_factory=list)
    lone: Subject | None = None  # one example, at which backward stops
    instead: list[Subject] = field(default_factory=list)  # as good as the best, in its scene
    stops: dict[str, Subject] = field(default_factory=dict)  # where backward stops, by scene
    errors: list[UserError] = field(default_factory=list)
    ran: set[tuple[str, str]] = field(default_factory=set)
    known: Known = field(default_factory=Known)
    tried: int = 0
    inside: int = 0  # with a loss inside
    since: int = 0  # how many more were tried once the shapes were right

    def may_take(self, candidate: Subject) -> bool:
        if self.level == AGREES - STANDS and candidate.scene == "images, even sides":
            return not stands(candidate, self.sizes)
        return self.best is None or may_replace(self.level, self.best, candidate, self.sizes, self.learnt)

    def learnt(self) -> tuple[Path, ...]:
        """The paths of the best one's parameters."""
        if self.paths is None:
            assert self.best is not None
            self.paths = prepare(self.best, self.sizes, 0)[1]
        return self.paths

    def rank(self, candidate: Subject, further: int = 0, most: int = 4) -> float:
        """How far a try gets, with other numbers where those are drawn from `further` on."""
        return rank(candidate, self.sizes, self.seed + further, most, self.known)

    def measured(self, candidate: Subject) -> tuple[Subject, float]:
        """How far a try gets, further than what fits already not by the chance of a few numbers; awake, if so."""
        try:
            level = self.rank(candidate)
            asleep = level == VACUOUS or (level == INFINITE and candidate.narrow)  # a lone unit learns nothing then
            for k in range(1, SEEDS) if asleep else ():  # all units may be dead at these numbers
                awake = self.rank(moved := elsewhere(candidate, k))
                if awake >= MISFIT and awake != VACUOUS:
                    candidate, level = moved, awake
                    break
            if self.best is not None and level > self.level >= FITS:
                again = (self.rank(candidate, k, MORE) for k in range(1, SEEDS))
                level = min(level, next((r for r in again if r != VACUOUS), VACUOUS))  # units may be dead
            if level >= AGREES and not steady(candidate, self.sizes, self.seed):
                level = FAILS  # by chance alone
            if level >= AGREES and "//" in candidate.source.text and stands(candidate, self.sizes):
                level = AGREES - STANDS
        except UserError as error:
            self.errors.append(error)
            level = FAILS + UNKEPT * (self.best is None and lost_axis(error, candidate))
        return candidate, level

    def take(self, candidate: Subject, level: float) -> None:
        """Note a try whose forward runs, and keep it if it gets further."""
        implied = "implied" in candidate.notes  # a scene has two dozen losses to be tried
        way = (candidate.scene, "" if implied else candidate.convention)
        counts = not implied or way not in self.ran
        self.inside += implied
        self.ran.add(way)
        for word in besides(candidate, level):
            self.besides.setdefault(word, candidate)
        if candidate.scene.startswith("a loss"):
            self.losses.append(candidate)
        if level == NO_BACKWARD + ALONE:
            self.lone = self.lone or candidate
        if NO_BACKWARD <= level < MISFIT and re.fullmatch(f"{USUAL}|one step.*", candidate.scene):
            self.stops.setdefault(candidate.scene, candidate)
        rough = level == VACUOUS or (level < FITS and candidate.scene.endswith("shaped by forward"))
        stated = self.best is not None and "stated" in self.best.notes and "stated" not in candidate.notes
        barren = rough and self.best is not None and self.level >= NO_BACKWARD  # a stop says more
        tiles = self.level == AGREES - STANDS and level >= FITS and candidate.scene == "images, even sides"
        if self.best is None or (
            (level > self.level or tiles)
            and not barren
            and not (stated and level < (AGREES if self.level > FITS else HALF))
            and self.may_take(candidate)
        ):
            alone = len(candidate.arguments) == 1  # pairs of ids are lists, whatever else runs
            if self.best is not None and self.level >= FITS and alone and one_by_one(self.best, candidate):
                self.besides["several word ids each"] = self.best
            self.level, self.best, self.paths = level, candidate, None
        elif level >= AGREES:
            return
        elif level >= FITS and candidate.scene == self.best.scene:
            self.instead.append(candidate)
        elif level == self.level == NO_BACKWARD and one_step(self.best, candidate, self.sizes):
            self.best, self.paths = candidate, None  # where backward stops at both
        self.since += counts and self.level >= FITS

    def asked_besides(self) -> Subject | None:
        """The best, asked with what got less far as well where that is no less what its author meant."""
        if self.best is None:
            return None
        agrees, scene = self.level >= AGREES, self.best.scene
        wanted = {
            "images that are not square": scene.startswith("square"),
            "more rows than one": scene == "a row",
            "rows of examples": agrees and scene != "rows are examples",
            "several word ids each": agrees,
        }
        more = tuple((w, self.besides[w].sample) for w, asked in wanted.items() if asked and w in self.besides)
        return replace(self.best, options=(*self.best.options, *more))

    def others(self, chosen: Subject) -> tuple[Subject, ...]:
        """Of a function of one variable that is wrong: the same with something else given to its backward.

        Where backward stops, the usual scenes in which it stops too: one edit may tell which was meant.
        """
        if NO_BACKWARD <= self.level < MISFIT:
            return tuple(s for scene, s in self.stops.items() if scene != chosen.scene)[:STOPS]
        alike = [c for c in self.instead if (c.scene, c.pointwise) == (chosen.scene, True)]
        given = {c.convention: c for c in reversed(alike)}
        return tuple(c for k, c in given.items() if k != chosen.convention)


def elsewhere(subject: Subject, k: int) -> Subject:
    """The same, drawn from further on in every generator."""

    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        rng.random(k)
        np.random.random(k)
        return subject.sample(rng, sizes)

    return replace(subject, sample=sample, multiple=None)


def steady(subject: Subject, sizes: Mapping[str, int], seed: int) -> bool:
    """Whether forward takes other numbers of the same shapes, where some are places: ``trans[tags[:-1]]``."""
    for k in (1, 2) if any(a.kind in ("labels", "index") for a in subject.arguments) else ():
        bench = Bench(subject, Case("other numbers", sizes, None, seed + k))
        try:
            bench.forward(*bench.fresh())
        except UserError as error:
            return not isinstance(error.error, ValueError | IndexError)
    return True


def besides(candidate: Subject, level: float) -> Iterator[str]:
    """For what a try may be asked all the same that gets no further."""
    if level == NO_BACKWARD and candidate.scene.startswith("images"):
        yield "images that are not square"
    if level == NO_BACKWARD and candidate.scene == "rows are examples" and by_axes(candidate):
        yield "rows of examples"
    stops = level == NO_BACKWARD and "updates" in candidate.notes
    if stops or (MISFIT <= level < VACUOUS and candidate.scene.endswith(("rows are examples", ", b a row"))):
        yield "more rows than one"


def choose(candidates: Iterator[Subject], sizes: Mapping[str, int], seed: int = 0) -> Choice:
    """The first candidate whose backward agrees with its forward; else the one that gets furthest."""
    search, started = Search(sizes, seed), time.process_time()
    with quiet():
        for candidate in candidates:
            search.tried += 1
            if search.level >= FITS and not search.may_take(candidate):
                search.since += 1
                best = search.best  # a vector may be meant, or rows of several
                lone = best is not None and best.scene.endswith(("one output", "a square matrix"))
                lone |= best is not None and (sums_all(best) or flattened(best))
                lone |= search.level == AGREES - STANDS
                if (lone or candidate.scene.startswith("a loss")) and search.since < SETTLED:
                    continue
                break  # candidates come scene by scene: no other way of calling it is left
            candidate, level = search.measured(candidate)
            if level > FAILS:
                search.take(candidate, level)
            ended = len(search.ran) >= ENOUGH or search.since >= SETTLED or search.inside >= INSIDE
            if search.level >= AGREES or ended or time.process_time() - started > SECONDS:
                break
        chosen, level = search.asked_besides(), search.level
        if chosen is not None and level > INFINITE and chosen.scene.startswith("a loss"):
            losses = [*search.losses, *itertools.islice(candidates, FORMS)]
            chosen = with_forms(chosen, losses, sizes, seed)
        asked = search.lone is not None and MISFIT <= level < VACUOUS
        if asked and chosen is not None and not understood(level, chosen, sizes, None):
            chosen, level = search.lone, NO_BACKWARD  # what is wrong there stops backward, which says more
        stop = stop_of(chosen, sizes) if chosen is not None and NO_BACKWARD <= level < MISFIT else None
        if chosen is not None and not understood(level, chosen, sizes, stop) and not lacks_a_name(stop):
            known = level >= FITS and "stated" in chosen.notes
            return Choice(None, (unclear(chosen, level, stop),), search.tried, chosen if known else None, chosen)
    if chosen is not None and level < AGREES:
        chosen = replace(chosen, instead=search.others(chosen))
    return Choice(chosen, tuple(search.errors), search.tried)


def understood(level: float, subject: Subject, sizes: Mapping[str, int], stop: UserError | None) -> bool:
    """Whether the numbers bear out what no name tells: most of a guess, half of the gradients of an implied loss.

    `stop` is what backward stops with, where it does.
    """
    if level < AGREES and (untold(subject) or (level < FITS and subject.scene == "a square matrix")):
        return False  # other shapes are meant
    if stop is not None and re.search(r"'(int|str)' object has no", stop.words):
        return False  # arrays were wanted
    if level in (NO_BACKWARD, INFINITE) and subject.scene.endswith("a class each"):
        return False  # whole numbers for what no name calls labels, and nothing came of it
    if level <= MISFIT + 0.9 and (subject.pointwise or not subject.upstream) and not subject.arguments:
        return False  # neither data nor an upstream gradient reaches it: what it keeps may be any local slope
    if MISFIT <= level < VACUOUS and not (re.fullmatch(USUAL, subject.scene) or bears_out(subject, sizes)):
        return False  # forward runs at these shapes, but backward's are others, and no number is right
    if level >= AGREES or not {"guessed", "implied"} & set(subject.notes):
        return True
    if stop is not None and "guessed" not in subject.notes and re.search("not aligned|matmul: ", stop.words):
        return "squared error" in subject.convention  # targets as the output is: a product stops whatever the loss
    if "guessed" in subject.notes:
        return level > FITS + 0.1
    learnt = len(prepare(subject, sizes, 0)[1]) or sum(a.owed for a in subject.arguments)  # W1, b1, ... as given
    deep = learnt > 4 or learnt == 3  # the last of three alone, layers or matrices: its loss is the one
    if re.search("loss|entropy|softmax", subject.name.lower()) and len(subject.arguments) == 2:
        return level >= FITS + 0.04  # its name says what is inside: the other sign is a slip
    return level >= FITS + (0.06 if deep else 0.1)


def lacks_a_name(error: UserError | None) -> bool:
    """Whether backward stops at a name that is defined nowhere, whatever it is given."""
    return error is not None and error.stage == "backward" and type(error.error) is NameError


def stop_of(subject: Subject, sizes: Mapping[str, int]) -> UserError | None:
    """What a set-up stops with; None where it does not."""
    bench = Bench(subject, Case("the example", sizes, None, 0))
    try:
        outs = bench.forward(*bench.fresh())
        bench.gradients(tuple(np.ones(np.shape(o)) for o in outs))
    except UserError as error:
        return error
    return None


def unclear(subject: Subject, level: float, error: UserError | None) -> UserError:
    """Backward, or forward's shapes, want something that no name tells, and nothing that was tried fits."""
    words = f"backward of {subject.name} wants arguments that are not understood; tried: {subject.convention}"
    if MISFIT <= level < VACUOUS and not {"guessed", "implied"} & set(subject.notes):
        words = f"forward of {subject.name} wants shapes that are not understood: backward fits none that were tried"
    if error is not None and error.where and not isinstance(error.error, IndexError):  # labels may be meant
        return UserError(LookupError(f"{words}; it stops with {error.words}"), "backward", like=error)
    return UserError(LookupError(words), "backward")


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
