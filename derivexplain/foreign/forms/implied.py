"""Implied losses: a network or an output layer whose backward takes the targets, and holds its loss inside.

Forward gives y; what backward differentiates is a loss of y and the targets that is written down nowhere. The
usual ones are tried, each with the usual scales, until the gradients agree.
"""

from __future__ import annotations

import copy
import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...checking.penalty import MARK
from ...checking.subject import Answer, Argument, Subject, floats_within
from ..asking.answers import answer
from ..asking.calling import OFF
from ..asking.stepping import default_rate, kept_decays, kept_rate, knob, steps_by
from ..text.code import Code
from ..text.targets import network, target
from ..text.things import Parameter, matches, normal, required
from ..text.uses import writes_to
from .stated import costs, divided, ratio

Loss = Callable[[np.ndarray, np.ndarray], Any]

LOSSES: tuple[tuple[str, str, tuple[float, ...], Loss], ...] = (  # name, targets, factors, the sum over all entries
    ("the squared error", "real", (0.5, 1.0), lambda y, t: np.sum((y - t) ** 2)),
    ("the squared error", "labels", (1.0, 0.5), lambda y, t: np.sum((y - np.eye(np.shape(y)[-1])[t]) ** 2)),
    ("the cross entropy", "one-hot", (1.0,), lambda y, t: -np.sum(t * np.log(y))),
    ("the cross entropy", "one-hot columns", (1.0,), lambda y, t: -np.sum(t * np.log(y))),
    ("the cross entropy", "labels", (1.0,), lambda y, t: -np.sum(np.log(y[np.arange(len(y)), t]))),
    ("the cross entropy", "a label", (1.0,), lambda y, t: -np.sum(np.log(y[t]))),
    ("the cross entropy", "labels of columns", (1.0,), lambda y, t: -np.sum(np.log(y[t, np.arange(len(t))]))),
    ("the binary cross entropy", "bits", (1.0,), lambda y, t: -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y))),
)

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
    return next(iter(told), "" if code.gives or not network(code, conventions) else next(iter(plain), ""))


def by_the_delta_rule(code: Code, at: Parameter | None) -> bool:
    """Whether backward starts from the targets less the output, and adds its steps: what it hands on falls too."""
    text = code.source.text
    less = at is not None and re.search(rf"\b{re.escape(at.name)} *- *\(?self\.\w+", text)
    return bool(less) and re.search(r"self\.(\w+)(\[\w+\])? *(\+=|= *self\.\1(\[\w+\])? *\+)", text) is not None


def made(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if kind == "real":
        return rng.standard_normal(shape)
    if kind == "one-hot columns" and len(shape) == 2 and shape[0] > 1:
        return np.eye(shape[0])[rng.integers(0, shape[0], shape[1])].T
    if kind == "a label" and shape:
        return np.asarray(rng.integers(0, shape[0]))
    if kind == "labels" and len(shape) == 2:
        return rng.integers(0, shape[-1], shape[:-1])
    if kind == "labels of columns" and len(shape) == 2:  # the last class is there: some count them by it
        return np.append(rng.integers(0, shape[0], shape[1] - 1), shape[0] - 1)
    if kind != "one-hot" or not shape or shape[-1] == 1:  # of one class alone all would be ones
        return (rng.standard_normal(shape) > 0).astype(float)
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]


def subjects(
    code: Code, plain: Subject, call: Any, shape: tuple[int, ...], conventions: Any, optimised: bool
) -> Iterator[Subject]:
    """One subject for each loss and scale; `plain` is the layer without one, `shape` that of its output."""
    at = target(code, conventions)
    wanted = [p for p in code.backward_args if p is at or p in required(code.backward_args)]
    names = [normal(p.name) for p in wanted]
    penalties = [n for n in names if knob(n, conventions) == OFF]
    rates = [n for n, p in zip(names, wanted) if matches(conventions.RATE, n) or steps_by(code, p.name, conventions)]
    rate = 1.0 if rates or optimised else default_rate(code, conventions)
    moves = re.search(r"self\.(\w+)(\[\w+\])?\s*([-+]=|= *self\.\1 *[-+])", code.source.text) is not None
    kept = kept_rate(code, conventions) or "learning_rate"
    falling = moves and by_the_delta_rule(code, at)
    scales = list(DIVISORS.items()) if shape else [("", DIVISORS[""])]

    kept_at = cache_among(names, code, conventions)
    chosen = {normal(p.name): p.default for p in code.forward_args if p.default is not p.empty}

    def given(instance: Any, args: tuple[Any, ...]) -> list[Any]:
        held = vars(instance)
        own = {
            normal(a.name): held.get(a.name, v) if isinstance(v, dict) else v for a, v in zip(plain.arguments, args)
        }
        out, cache = (held[f"_derivexplain_{n}"] for n in ("out", "cache"))
        knobs = {n: value for n in names for pattern, value in conventions.KNOBS if matches(pattern, n)}
        knobs |= {n: held.get(MARK, 0.0) for n in penalties}
        knobs |= {normal(p.name): io.StringIO() for p in wanted if writes_to(code, p.name)}
        again = {n: args[0] for n in names if matches("xs?|x?(inputs?|data|batch)", n)}  # x, which forward calls a
        stages = cache if code.beside and isinstance(cache, dict) else {kept_at: cache} if cache is not None else {}
        known = {**again, **knobs, **chosen, **own, **stages}
        return [args[-1] if p is at else 1.0 if n in rates else known.get(n, out) for p, n in zip(wanted, names)]

    def backward(instance: Any, _: Any, args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
        before = {p: v.copy() for p, v in floats_within(instance) if not str(p[0]).startswith("_derivexplain")}
        held = {k: id(v) for k, v in vars(instance).items()}
        result = code.backward(instance, *given(instance, args)) if code.backward else None
        owed = [a.name for a in plain.arguments if a.owed]
        shapes = {a.name: np.shape(v) for a, v in zip(plain.arguments, args)}
        steps = rate or float(getattr(instance, kept, 1.0) or 1.0)  # W += X.T @ delta is a step of its own
        found = answer(instance, result, owed, shapes, code.returns, before, steps, conventions, held)
        turned = {n: -found.gradients[n] for n in owed if falling and isinstance(found.gradients.get(n), np.ndarray)}
        return replace(found, gradients={**found.gradients, **turned})

    def drawn(kind: str, sizes: Mapping[str, int]) -> tuple[Any, Iterator[Any]]:
        """An instance, and outputs with targets of this kind."""
        rng = np.random.default_rng(0)
        instance, args = plain.sample(rng, sizes)
        shape = np.shape(call(copy.deepcopy(instance), args)[0][0])
        return instance, ((rng.uniform(0.1, 0.9, shape), made(kind, shape, rng)) for _ in itertools.count())

    def undivided(kind: str, inside: Loss, sizes: Mapping[str, int]) -> str:
        instance, draws = drawn(kind, sizes)
        return divided(code, instance, inside, draws, sizes["N"], conventions)

    def times(kind: str, inside: Loss) -> float:
        """How many times this loss the one cost is that the file states; 0 where it states none, or another one."""
        return (len(told) == 1 and ratio(told[0], inside, drawn(kind, conventions.SIZES)[1])) or 0.0

    def sample(rng: np.random.Generator, sizes: Mapping[str, int], kind: str) -> tuple[Any, tuple[Any, ...]]:
        instance, args = plain.sample(rng, sizes)
        out = call(copy.deepcopy(instance), args)[0][0]
        one = kind == "one-hot columns" and sizes["N"] == 1 == np.shape(out)[0]  # of one class, which all have
        return instance, (*args, np.ones(np.shape(out)) if one else made(kind, np.shape(out), rng))

    def output(instance: Any, args: tuple[Any, ...]) -> np.ndarray:
        (out, *_), cache, _ = call(instance, args[:-1])
        vars(instance).update(_derivexplain_out=out, _derivexplain_cache=cache)
        return out

    def forward(instance: Any, args: tuple[Any, ...], inside: Loss) -> tuple[Any, ...]:
        return (np.asarray(inside(output(instance, args), args[-1])),)

    def runs(kind: str) -> bool:
        """Whether backward takes targets of this kind at all, whatever the loss and its scale."""
        try:
            instance, args = sample(np.random.default_rng(0), conventions.SIZES, kind)
            output(instance, args)
            backward(instance, None, args, ())
        except (Exception, SystemExit):
            return False
        return True

    assert at is not None
    told = [f for _, f in costs(code, plain.sample(np.random.default_rng(0), conventions.SIZES)[0], conventions)]
    ways = [(*way, times(way[0], way[2])) for way in inner(scales, runs)]
    for kind, words, inside, scale in sorted(ways, key=lambda w: (not np.isclose(w[3], 1), not w[3])):
        yield replace(
            plain,
            sample=partial(sample, kind=kind),
            forward=partial(forward, inside=inside),
            backward=backward,
            arguments=(*plain.arguments, Argument(at.name, "one-hot", False)),
            upstream="",
            pointwise=False,
            options=(),
            penalties=(*penalties, *sorted(kept_decays(code, conventions))),
            convention=f"backward is given the targets: {words}",
            undivided=partial(undivided, kind, inside) if not (rate or moves) else None,
            notes=(*(["updates"] if rate or moves else []), *(["stated"] if scale else []), "implied"),
        )


def inner(
    scales: list[tuple[str, Callable[[tuple[int, ...]], float]]], runs: Callable[[str], bool]
) -> Iterator[tuple[str, str, Loss]]:
    """The losses at their scales: which targets they take, in words, and as functions of the output and these."""
    for name, kind, factors, loss in LOSSES:
        ways = list(itertools.product(factors, scales))
        for factor, (each, divisor) in ways if runs(kind) else ways[:1]:

            def inside(y: Any, t: Any, loss: Loss = loss, factor: float = factor, by: Any = divisor) -> Any:
                return factor * loss(y, t) / by(np.shape(y))

            yield kind, f"{factor:g} times {name}{each}", inside
