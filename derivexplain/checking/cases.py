"""Cases: at which inputs the questions are put."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from .subject import Bench, Case, Subject, UserError

EVAL = "eval mode"
BOUND = re.compile(  # a comparison with something else than 0, of numbers and not of axes
    r"(?<!ndim )(?<!ndim\(x\) )(?<!-)[<>]=?(?!=? *0\b)|\b(maximum|minimum|clip)\((?! *0\b|[\w.]+, *0\b)"
)
TIES = "zeros and ties"
OTHER_ROWS = "as many rows as columns"  # the case with another number of rows, wider than one
WORD = re.compile(r"\w+ = '")  # how a case begins in which code that compares words is given another one


def on(*kinds: str) -> Any:
    """Make a change apply to arguments of some kinds only."""

    def wrap(change: Any) -> Any:
        return lambda a, kind: change(a) if kind in kinds else a

    return wrap


def ties(a: np.ndarray) -> np.ndarray:
    """Exact zeros and equal neighbours: every third entry zero, the two after it one whole number that is not."""
    out = np.round(np.where(np.abs(a) < 1, np.sign(a), a)).astype(a.dtype)
    flat = out.ravel()
    flat[::3] = 0
    flat[2::3] = flat[1::3][: flat[2::3].size]
    return flat.reshape(a.shape)


def single(a: np.ndarray, kind: str) -> np.ndarray:
    return a.astype(np.float32)


def rounded(a: np.ndarray, kind: str) -> np.ndarray:
    """The same numbers in double precision, where slopes are measured."""
    return a.astype(np.float32).astype(float)


def ahead(subject: Subject, rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
    """The example, but every other row's score for its label far above the others: no margin is left there."""
    instance, args = subject.sample(rng, sizes)
    at = [np.asarray(a) for a, k in zip(args, subject.arguments) if k.kind == "labels"][0]
    moved = list(args)
    for i, (a, k) in enumerate(zip(args, subject.arguments)):
        if k.kind == "real" and np.ndim(a) == 2 and at.shape == a.shape[:1] and at.max() < a.shape[1]:
            moved[i] = np.array(a)
            moved[i][np.arange(len(at))[::2], at[::2]] += 2 * np.ptp(a) + 2
    return instance, tuple(moved)


def uneven(subject: Subject, sizes: Mapping[str, int], seed: int) -> list[Case]:
    """What joins its arguments joins those of two lengths too: then half of what comes back is no part."""
    real = [i for i, k in enumerate(subject.arguments) if k.kind == "real"]
    if len(real) < 2:
        return []
    with contextlib.suppress(UserError, ValueError):  # a list of arrays has no shape
        bench = Bench(subject, Case("the example", sizes, None, seed))
        instance, args = bench.fresh()
        shape = np.shape(args[real[0]])
        if len({np.shape(args[i]) for i in real}) > 1:
            return []
        plain = np.shape(bench.forward(instance, args)[0])
        for axis in reversed(range(len(shape))):
            first, second, others = (
                Case("one longer than the other", sizes, None, seed, sample=partial(longer, subject, some, axis))
                for some in (real[:1], real[1:2], real[1:])
            )
            wide = sum(plain) + 2
            if len(plain) == len(shape) and sum(made(subject, first)) == sum(made(subject, second)) == wide:
                return [first]
            if len(real) > 2 and made(subject, others) == plain:  # more keys than queries
                return [replace(others, name="the others longer than the first", invented=True)]
    return []


def made(subject: Subject, case: Case) -> tuple[int, ...]:
    """The shape of what forward makes there; none where it stops."""
    with contextlib.suppress(UserError):
        bench = Bench(subject, case)
        return np.shape(bench.forward(*bench.fresh())[0])
    return ()


def longer(subject: Subject, some: Sequence[int], axis: int, *given: Any) -> tuple[Any, tuple[Any, ...]]:
    """The example, with two more entries along an axis of some of its arguments: half of one more is none."""
    instance, args = subject.sample(*given)
    more = [np.concatenate([a, 0.3 - np.take(a, [0, 0], axis)], axis) if i in some else a for i, a in enumerate(args)]
    return instance, tuple(more)


def further(a: np.ndarray) -> np.ndarray:
    return np.concatenate([a, 0.3 - a[..., :1]], -1)


def redrawn(sizes: Mapping[str, int], seed: int = 0) -> tuple[Case, ...]:
    """The example again for a layer that draws: where one unit of ten is dropped, often none of a few is."""
    return tuple(Case(f"other draws, {k}", sizes, None, seed + 1 + k) for k in (1, 2, 3))


def cases(subject: Subject, sizes: Mapping[str, int], seed: int = 0) -> tuple[Case, ...]:
    """The example first; then changes of its numbers; then inputs that we made up."""
    case, real = partial(Case, sizes=sizes, seed=seed), on("real")
    kinds = {a.kind for a in subject.arguments}
    number = subject.scene == "a number"  # which has no axes, and shows one branch at a time
    like, made = [case("the example"), case("other numbers", seed=seed + 1)], []
    if "real" in kinds:
        like += [
            case("all positive", change=real(lambda a: np.abs(a) + 0.1)),
            case("all negative", change=real(lambda a: -np.abs(a) - 0.1)),
            case("8 times as large", change=real(lambda a: 8 * a), weights=False),  # else products 64 times
            case(TIES, change=real(ties), weights=False),  # rectifiers behind whole weights may cancel
        ]
        if BOUND.search(subject.source.text):  # within it as well
            like.insert(5, case("an eighth as large", change=real(lambda a: a / 8)))
    like += uneven(subject, sizes, seed) if not subject.fixed_sizes and not number else []
    if {"real", "labels"} <= kinds:
        like.append(case("labels well ahead", sample=lambda *given: ahead(subject, *given), another=True))
    if number:
        like.append(case("minus 8 times as large", change=real(lambda a: -8 * a)))
    if not subject.fixed_sizes and not number:
        made += [
            case("one row", sizes={**sizes, "N": 1}, invented=True),
            case(OTHER_ROWS, sizes={**sizes, "N": sizes["D"]}, invented=True),
        ]
    if like[2:]:
        made.append(case("1000 times as large", change=real(lambda a: 1000 * a), invented=True, extreme=True))
    if like[2:] and not number:
        made.append(case("single precision", change=single, invented=True, measured=rounded))
        if len(subject.arguments) == 1 and not subject.fixed_sizes:
            if subject.scene.startswith("signals"):  # 7 long, which is 1 and then steps of 2 or 3
                made.append(
                    case("one step longer", change=real(further), weights=False, invented=True, optional=True)
                )
            fewer, more = real(lambda a: a[0] if a.ndim > 1 else a), real(lambda a: np.stack([a, 0.5 - a]))
            made += [
                case("one axis", change=fewer, invented=True, optional=True),
                case("one more axis", change=more, invented=True, optional=True),
            ]
    meant = lambda name: name.startswith(("targets", "repeated", "weighed")) or WORD.match(name)  # noqa: E731
    forms = [case(n, sample=sample, invented=not meant(n), another=True) for n, sample in subject.options]
    return (*like, *forms, *made)  # forms: targets in another form, another word that the code compares
