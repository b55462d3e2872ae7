"""Cases: at which inputs the questions are put."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .subject import Case, Subject

EVAL = "eval mode"
BOUND = re.compile(  # a comparison with something else than 0, of numbers and not of axes
    r"(?<!ndim )(?<!ndim\(x\) )(?<!-)[<>]=?(?!=? *0\b)|\b(maximum|minimum|clip)\((?! *0\b|[\w.]+, *0\b)"
)
TIES = "zeros and ties"
WORD = re.compile(r"\w+ = '")  # how a case begins in which code that compares words is given another one


def on(*kinds: str) -> Any:
    """Make a change apply to arguments of some kinds only."""

    def wrap(change: Any) -> Any:
        return lambda a, kind: change(a) if kind in kinds else a

    return wrap


def ties(a: np.ndarray) -> np.ndarray:
    """Exact zeros and equal neighbours: rounded to whole numbers, every third entry zero."""
    out = np.round(a).astype(a.dtype)
    out.ravel()[::3] = 0
    return out


def few_zeros(a: np.ndarray) -> np.ndarray:
    """The same for a few numbers, of which no more become zero: at none of them does a length have a slope."""
    out = ties(np.where(np.abs(a) < 1, np.sign(a), a))
    return out.astype(a.dtype)


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


def redrawn(sizes: Mapping[str, int], seed: int = 0) -> tuple[Case, ...]:
    """The example again for a layer that draws: where one unit of ten is dropped, often none of a few is."""
    return tuple(Case(f"other draws, {k}", sizes, None, seed + 1 + k) for k in (1, 2, 3))


def cases(subject: Subject, sizes: Mapping[str, int], seed: int = 0) -> tuple[Case, ...]:
    """The example first; then changes of its numbers; then inputs that we made up."""
    zeros = few_zeros if subject.fixed_sizes else ties
    like = [
        Case("the example", sizes, None, seed),
        Case("other numbers", sizes, None, seed + 1),
        Case("all positive", sizes, on("real")(lambda a: np.abs(a) + 0.1), seed),
        Case("all negative", sizes, on("real")(lambda a: -np.abs(a) - 0.1), seed),
        Case("8 times as large", sizes, on("real")(lambda a: 8 * a), seed, weights=False),  # else products 64 times
        Case(TIES, sizes, on("real")(zeros), seed, weights=False),  # rectifiers behind whole weights may cancel
    ]
    if BOUND.search(subject.source.text):  # within it as well
        like.insert(5, Case("an eighth as large", sizes, on("real")(lambda a: a / 8), seed))
    if not any(a.kind == "real" for a in subject.arguments):
        like = like[:2]
    if {"real", "labels"} <= {a.kind for a in subject.arguments}:
        like.append(
            Case("labels well ahead", sizes, None, seed, sample=lambda *given: ahead(subject, *given), another=True)
        )
    made = []
    number = subject.scene == "a number"
    if number:  # which has no axes, and shows one branch at a time
        like.append(Case("minus 8 times as large", sizes, on("real")(lambda a: -8 * a), seed))
    if not subject.fixed_sizes and not number:
        made += [
            Case("one row", {**sizes, "N": 1}, None, seed, invented=True),
            Case("as many rows as columns", {**sizes, "N": sizes["D"]}, None, seed, invented=True),
        ]
    if like[2:]:
        made.append(
            Case("1000 times as large", sizes, on("real")(lambda a: 1000 * a), seed, invented=True, extreme=True)
        )
    if like[2:] and not number:
        made.append(Case("single precision", sizes, single, seed, invented=True, measured=rounded))
        if len(subject.arguments) == 1 and not subject.fixed_sizes:
            made += [
                Case(
                    "one axis",
                    sizes,
                    on("real")(lambda a: a[0] if a.ndim > 1 else a),
                    seed,
                    invented=True,
                    optional=True,
                ),
                Case(
                    "one more axis",
                    sizes,
                    on("real")(lambda a: np.stack([a, 0.5 - a])),
                    seed,
                    invented=True,
                    optional=True,
                ),
            ]
    forms = [  # targets in another form, another word that the code compares: all are what it is made for
        Case(
            name,
            sizes,
            None,
            seed,
            invented=not (name.startswith(("targets", "repeated", "weighed")) or WORD.match(name)),
            sample=sample,
            another=True,
        )
        for name, sample in subject.options
    ]
    return (*like, *forms, *made)
