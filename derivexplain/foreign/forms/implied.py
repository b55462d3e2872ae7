"""Implied losses: a network or an output layer whose backward takes the targets, and holds its loss inside.

Forward gives y; what backward differentiates is a loss of y and the targets that is written down nowhere. The
usual ones are tried, each with the usual scales, until the gradients agree.
"""

from __future__ import annotations

import copy
import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

import numpy as np

from ...checking.penalty import MARK
from ...checking.subject import SLOW, Answer, Argument, Subject, floats_within
from ..asking.answers import answer
from ..asking.calling import OFF
from ..asking.stepping import default_rate, held_rate, kept_decays, kept_rate, knob, steps_by
from ..text.code import Code
from ..text.targets import given_as, network, target
from ..text.things import Parameter, matches, normal, required
from ..text.uses import writes_to
from .stated import costs, divided, ratio

Loss = Callable[[np.ndarray, np.ndarray], Any]
RATE = "learning_rate"  # the attribute that is asked then


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """The logarithms of the probabilities that scores stand for."""
    shifted = scores - np.max(scores, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


def binary(y: np.ndarray, t: np.ndarray) -> Any:
    """The cross entropy of yes or no, for each entry."""
    return -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y))


Row = tuple[str, str, tuple[float, ...], Loss]

LOSSES: tuple[Row, ...] = (  # name, targets, factors, the sum over all entries
    ("the squared error", "real", (0.5, 1.0), lambda y, t: np.sum((y - t) ** 2)),
    ("the squared error", "labels", (1.0, 0.5), lambda y, t: np.sum((y - np.eye(np.shape(y)[-1])[t]) ** 2)),
    ("the cross entropy", "one-hot", (1.0,), lambda y, t: -np.sum(t * np.log(y))),
    ("the cross entropy", "one-hot columns", (1.0,), lambda y, t: -np.sum(t * np.log(y))),
    ("the cross entropy", "labels", (1.0,), lambda y, t: -np.sum(np.log(y[np.arange(len(y)), t]))),
    ("the cross entropy", "a label", (1.0,), lambda y, t: -np.sum(np.log(y[t]))),
    ("the cross entropy", "labels of columns", (1.0,), lambda y, t: -np.sum(np.log(y[t, np.arange(len(t))]))),
    ("the cross entropy of softmax", "one-hot", (1.0,), lambda y, t: -np.sum(t * log_softmax(y))),
    ("the cross entropy of softmax", "labels", (1.0,), lambda y, t: -np.sum(log_softmax(y)[np.arange(len(y)), t])),
    ("the squared error", "turned", (0.5, 1.0), lambda y, t: np.sum((y - t.T) ** 2)),
    ("the binary cross entropy", "bits", (1.0,), binary),
    ("the binary cross entropy", "labels", (1.0,), lambda y, t: binary(y, np.eye(np.shape(y)[-1])[t])),
    ("the hinge loss", "signs", (1.0,), lambda y, t: np.sum(np.maximum(1 - t * y, 0))),
    ("the Poisson loss", "counts", (1.0,), lambda y, t: np.sum(y - t * np.log(y))),
)
ASKED = {  # of which text a loss is that few have
    "hinge": r"[<>]=? *1\b|\b1(\.0*)? *[-<>]",
    "Poisson": r"(?i)poisson",
}

DIVISORS: dict[str, Callable[[tuple[int, ...]], float]] = {
    "": lambda _: 1.0,
    ", a row each": lambda shape: shape[0],
    ", a column each": lambda shape: shape[-1],
    ", its mean": lambda shape: max(float(np.prod(shape)), 1.0),
}


def cache_among(names: list[str], code: Code, conventions: Any) -> str:
    """The argument of backward that gets what forward hands on beside its output, or as all that it gives."""
    known = [normal(p.name) for p in code.forward_args]
    fresh = [n for n in names if n not in known]
    told = [n for n in fresh if matches(conventions.CACHE, n) or n in [normal(g) for g in code.gives[1:]]]
    plain = [n for n in fresh if not matches(f"{conventions.TARGET}|y", n)]
    whole = not code.gives and (code.style == "class" or network(code, conventions))
    return next(iter(told), next(iter(plain), "") if whole else "")


def by_the_delta_rule(code: Code, at: Parameter | None) -> bool:
    """Whether backward starts from the targets less the output, and adds its steps: what it hands on falls too."""
    text = code.source.text
    less = at is not None and re.search(rf"\b{re.escape(at.name)} *- *\(?self\.\w+", text)
    return bool(less) and re.search(r"self\.(\w+)(\[\w+\])? *(\+=|= *self\.\1(\[\w+\])? *\+)", text) is not None


def made(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if kind in ("real", "turned"):  # np.array(targets, ndmin=2).T
        return rng.standard_normal(shape if kind == "real" else shape[::-1])
    if kind == "counts":
        return rng.integers(0, 5, shape).astype(float)
    if kind == "signs":
        return 2 * of_two(shape, rng) - 1
    if kind == "one-hot columns" and len(shape) == 2 and shape[0] > 1:
        return np.eye(shape[0])[classes(shape[0], shape[1:], rng)].T
    if kind == "a label" and shape:
        return np.asarray(rng.integers(0, shape[0]))
    if kind == "labels" and len(shape) == 2:
        return rng.integers(0, shape[-1], shape[:-1])
    if kind == "labels of columns" and len(shape) == 2:  # the last class is there: some count them by it
        return np.append(rng.integers(0, shape[0], shape[1] - 1), shape[0] - 1)
    if kind != "one-hot" or not shape or shape[-1] == 1:  # of one class alone all would be ones
        return of_two(shape, rng)
    return np.eye(shape[-1])[classes(shape[-1], shape[:-1], rng)]


def of_two(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Zeros and ones; a single one is 1, and 0 where other numbers are drawn."""
    drawn = np.asarray(rng.standard_normal(shape) > 0, float)
    if drawn.size != 1:
        return both_kinds(drawn)
    seed = getattr(getattr(rng.bit_generator, "seed_seq", None), "entropy", 0)
    return np.full(shape, 1.0 - np.sum(seed) % 2)


def both_kinds(bits: np.ndarray) -> np.ndarray:
    """Bits among which there are ones, and zeros beside: where all are 0 it does not show that they are forgotten."""
    if bits.size and (not bits.any() or (bits.size > 1 and bits.all())):
        bits[(0,) * bits.ndim] = 1 - bits.flat[0]
    return bits


def classes(most: int, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A class for each example; of as many examples as classes two are alike: rows are then no columns too."""
    found = rng.integers(0, most, shape)
    if shape == (most,):
        found[1:2] = found[:1]
    return found


DATA = r"xs?|x?(inputs?|data|batch)|inputs?(data|batch|vec(tor)?|arr(ay)?|values?)|samples?|features?"


@dataclass(frozen=True)
class Implied:
    """A layer that holds its loss inside: `plain` is the layer without one, `call` its forward."""

    code: Code
    plain: Subject
    call: Any
    conventions: Any
    optimised: bool

    @cached_property
    def at(self) -> Parameter:
        """The argument of backward that takes the targets."""
        found = target(self.code, self.conventions)
        assert found is not None
        return found

    @cached_property
    def wanted(self) -> list[Parameter]:
        """What backward is given: the targets, and what it cannot do without."""
        every = self.code.backward_args
        loops = [k for k, p in enumerate(every) if repeats(p, self.conventions)]  # epochs=10000: once is enough
        if loops:
            return list(every[: loops[-1] + 1])
        off = [knob(normal(p.name), self.conventions) == OFF for p in every]  # rate=0.1, reg=1e-3: switched off
        plain = [p is self.at or p in required(every) for p in every]
        known = [o or k or matches(self.conventions.RATE, normal(p.name)) for o, k, p in zip(off, plain, every)]
        last = max((k for k, o in enumerate(off) if o and all(known[:k])), default=-1)
        return [p for k, p in enumerate(every) if plain[k] or k <= last]

    @cached_property
    def names(self) -> list[str]:
        """What these are called."""
        return [normal(p.name) for p in self.wanted]

    @cached_property
    def cache(self) -> str:
        """Which of them gets what forward hands on."""
        return cache_among(self.names, self.code, self.conventions)

    @cached_property
    def rates(self) -> list[str]:
        """Those by which it steps."""
        told, steps = self.conventions.RATE, partial(steps_by, self.code, conventions=self.conventions)
        return [n for n, p in zip(self.names, self.wanted) if matches(told, n) or steps(p.name)]

    @cached_property
    def penalties(self) -> list[str]:
        """Those by which it adds multiples of its parameters."""
        return [n for n in self.names if knob(n, self.conventions) == OFF and n != given_as(self.code)]

    @cached_property
    def rate(self) -> float:
        """The rate by which it steps where nothing kept says so."""
        return 1.0 if self.rates or self.optimised else default_rate(self.code, self.conventions)

    @cached_property
    def kept(self) -> str:
        """The attribute that does; "" where none is known."""
        return kept_rate(self.code, self.conventions)

    @cached_property
    def moves(self) -> bool:
        """Whether it adds to what it keeps, or layers within do."""
        moved = re.search(r"self\.(\w+)(\[\w+\])?\s*([-+]=|= *self\.\1 *[-+])", self.code.source.text)
        return moved is not None or self.kept != ""

    @cached_property
    def falling(self) -> bool:
        """Whether what it hands on is the gradient's opposite."""
        return self.moves and by_the_delta_rule(self.code, self.at)

    @cached_property
    def knobs(self) -> dict[str, Any]:
        """What is neither data nor gradient."""
        names = [n for n in self.names if n != given_as(self.code)]
        return {n: value for n in names for pattern, value in self.conventions.KNOBS if matches(pattern, n)}

    @cached_property
    def files(self) -> list[str]:
        """What backward writes to."""
        return [n for p, n in zip(self.wanted, self.names) if writes_to(self.code, p.name)]

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What forward takes by itself."""
        return {normal(p.name): p.default for p in self.code.forward_args if p.default is not p.empty}

    def given(self, instance: Any, args: tuple[Any, ...], rate: float = 1.0) -> list[Any]:
        """What backward is called with, after forward."""
        held, pairs = vars(instance), zip(self.plain.arguments, args)
        own = {normal(a.name): held.get(a.name, v) if isinstance(v, dict) else v for a, v in pairs}
        out, cache = (held[f"_derivexplain_{n}"] for n in ("out", "cache"))
        again = {n: args[0] for n in self.names if matches(DATA, n)}  # which forward calls a
        stages = {} if cache is None else {self.cache: cache}
        if self.code.beside and isinstance(cache, dict):
            stages = cache
        penalties = dict.fromkeys(self.penalties, held.get(MARK, 0.0))
        files = {n: io.StringIO() for n in self.files}
        known = {
            **again,
            **self.knobs,
            **penalties,
            **files,
            **self.chosen,
            **own,
            **stages,
            **dict.fromkeys(self.rates, rate),
        }
        chosen = {p: out if p.default is p.empty else p.default for p in self.wanted}
        return [args[-1] if p is self.at else known.get(n, chosen[p]) for p, n in zip(self.wanted, self.names)]

    def backward(self, instance: Any, _: Any, args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
        """The gradients of the loss, however they are given."""
        code, arguments = self.code, self.plain.arguments
        before = {p: v.copy() for p, v in floats_within(instance) if not str(p[0]).startswith("_derivexplain")}
        held = {k: id(v) for k, v in vars(instance).items()}
        result = code.backward(instance, *self.given(instance, args)) if code.backward else None
        owed = [a.name for a in arguments if a.owed]
        shapes = {a.name: np.shape(v) for a, v in zip(arguments, args)}
        steps = self.rate or held_rate(instance, self.kept or RATE) or 1.0  # W += X.T @ delta is a step of its own
        found = answer(instance, result, owed, shapes, code.returns, before, steps, self.conventions, held)
        given = found.gradients
        turned = {n: -given[n] for n in owed if self.falling and isinstance(given.get(n), np.ndarray)}
        return replace(found, gradients={**given, **turned})

    @cached_property
    def shapes(self) -> dict[tuple[Any, ...], tuple[int, ...]]:
        """Of outputs, by sizes and what is given."""
        return {}

    def slower(self, instance: Any, _: Any, args: tuple[Any, ...], outs: tuple[Any, ...]) -> Any:
        """Backward with another learning rate."""
        return self.code.backward(instance, *self.given(instance, args, SLOW)) if self.code.backward else None

    def sample(self, rng: np.random.Generator, sizes: Mapping[str, int], kind: str) -> tuple[Any, tuple[Any, ...]]:
        """An instance with its inputs, and targets of this kind."""
        instance, args = self.plain.sample(rng, sizes)
        asked = *sizes.items(), *map(np.shape, args)
        if asked not in self.shapes:
            self.shapes[asked] = self.shape(instance, args)
        shape = self.shapes[asked]
        one = kind == "one-hot columns" and sizes["N"] == 1 == shape[0]  # of one class, which all have
        return instance, (*args, np.ones(shape) if one else made(kind, shape, rng))

    def shape(self, instance: Any, args: tuple[Any, ...]) -> tuple[int, ...]:
        """Of the output."""
        return np.shape(self.call(copy.deepcopy(instance), args)[0][0])

    def output(self, instance: Any, args: tuple[Any, ...]) -> np.ndarray:
        """Forward without the loss; what it gives is kept beside the instance."""
        (out, *_), cache, _ = self.call(instance, args[:-1])
        vars(instance).update(_derivexplain_out=out, _derivexplain_cache=cache)
        return out

    def forward(self, instance: Any, args: tuple[Any, ...], inside: Loss) -> tuple[Any, ...]:
        """The loss."""
        return (np.asarray(inside(self.output(instance, args), args[-1])),)

    def may_hold(self, name: str, kind: str) -> bool:
        """Whether a loss is to be tried: that of a softmax, or of turned targets, where the text has such."""
        text = self.code.source.text
        if kind == "turned":
            return re.search(rf"\b{re.escape(self.at.name)}\b[^\n]*\.(T|transpose)\b", text) is not None
        for word, form in ASKED.items():
            if word in name:
                return re.search(form, text) is not None
        return "of softmax" not in name or "softmax" in text.lower() or ("exp(" in text and "sum(" in text)

    def runs(self, kind: str) -> bool:
        """Whether backward takes targets of this kind at all, whatever the loss and its scale."""
        try:
            instance, args = self.sample(np.random.default_rng(0), self.conventions.SIZES, kind)
            self.output(instance, args)
            self.backward(instance, None, args, ())
        except (Exception, SystemExit):
            return False
        return True

    def drawn(self, kind: str, sizes: Mapping[str, int]) -> tuple[Any, Iterator[Any]]:
        """An instance, and outputs with targets of this kind."""
        rng = np.random.default_rng(0)
        instance, args = self.plain.sample(rng, sizes)
        shape = self.shape(instance, args)
        return instance, ((rng.uniform(0.1, 0.9, shape), made(kind, shape, rng)) for _ in itertools.count())

    def undivided(self, kind: str, inside: Loss, sizes: Mapping[str, int]) -> str:
        """The cost beside it of which this loss is the sum, where it is one."""
        instance, draws = self.drawn(kind, sizes)
        return divided(self.code, instance, inside, draws, sizes["N"], self.conventions)

    @cached_property
    def told(self) -> list[Any]:
        """The costs that the file states beside it."""
        instance, _ = self.plain.sample(np.random.default_rng(0), self.conventions.SIZES)
        return [f for _, f in costs(self.code, instance, self.conventions)]

    def times(self, kind: str, inside: Loss) -> float:
        """How many times this loss the one cost is that the file states; 0 where it states none, or another one."""
        stated = len(self.told) == 1
        return (stated and ratio(self.told[0], inside, self.drawn(kind, self.conventions.SIZES)[1])) or 0.0

    def under(self, kind: str, name: str, words: str, inside: Loss, stated: bool) -> Subject:
        """The layer with one loss."""
        steps = self.rate or self.moves
        return replace(
            self.plain,
            sample=partial(self.sample, kind=kind),
            forward=partial(self.forward, inside=inside),
            backward=self.backward,
            arguments=(*self.plain.arguments, Argument(self.at.name, "one-hot", False)),
            upstream="",
            pointwise=False,
            options=(),
            penalties=(*self.penalties, *sorted(kept_decays(self.code, self.conventions))),
            convention=f"backward is given the targets: {words}",
            multiple=(id(self), kind, name),
            slower=self.slower if self.rates and not self.optimised else None,
            undivided=None if steps else partial(self.undivided, kind, inside),
            notes=(*(["updates"] if steps else []), *(["stated"] if stated else []), "implied"),
        )


def repeats(p: Parameter, conventions: Any) -> bool:
    """Whether backward would run so many times over by itself."""
    return type(p.default) is int and p.default > 1 and matches(conventions.EPOCHS, normal(p.name))


def subjects(
    code: Code, plain: Subject, call: Any, shape: tuple[int, ...], conventions: Any, optimised: bool
) -> Iterator[Subject]:
    """One subject for each loss and scale, those that the file states first; `shape` is that of the output."""
    layer = Implied(code, plain, call, conventions, optimised)
    scales = list(DIVISORS.items()) if shape else [("", DIVISORS[""])]
    if plain.scene.startswith("columns"):  # of as many rows as columns both fit
        scales.sort(key=lambda s: s[0] == ", a row each")
    if re.search(r"\bmean\(|\baverage\(|/ *(len\(|\(?(n|m)\b|\w+\.shape\[0\])", code.source.text):
        each = ", a column each" if plain.scene.startswith("columns") else ", a row each"
        scales.sort(key=lambda s: s[0] != each)  # of two gradients that differ by it, one lacks it
    losses = [row for row in LOSSES if layer.may_hold(*row[:2])]
    if layer.moves:  # a factor of all its steps is its rate's
        losses = [(n, k, (*dict.fromkeys([*factors, 2.0]),), loss) for n, k, factors, loss in losses]
    ways = [(*way, layer.times(way[0], way[3])) for way in inner(losses, scales, layer.runs)]
    for kind, name, words, inside, times in sorted(ways, key=lambda w: (not np.isclose(w[-1], 1), not w[-1])):
        yield layer.under(kind, name, words, inside, bool(times))


def inner(
    losses: Sequence[Row], scales: list[tuple[str, Callable[[tuple[int, ...]], float]]], runs: Callable[[str], bool]
) -> Iterator[tuple[str, str, str, Loss]]:
    """The losses at their scales: their targets, name and words, and they as functions of output and targets."""
    taken = cache(runs)
    for name, kind, factors, loss in losses:
        ways = list(itertools.product(factors, scales))
        for factor, (each, divisor) in ways if taken(kind) else ways[:1]:

            def inside(y: Any, t: Any, loss: Loss = loss, factor: float = factor, by: Any = divisor) -> Any:
                return factor * loss(y, t) / by(np.shape(y))

            yield kind, name, f"{factor:g} times {name}{each}", inside
