"""Parameters: the float arrays inside an instance on which forward depends, found before the questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .subject import Bench, Case, Path, Subject, UserError, floats_within, is_float, reach

Sample = Callable[[np.random.Generator, Mapping[str, int]], tuple[Any, tuple[Any, ...]]]


def prepare(subject: Subject, sizes: Mapping[str, int], seed: int) -> tuple[Subject, tuple[Path, ...]]:
    """The parameters: float arrays that are there before forward and on which forward depends.

    Where the first forward makes them, the subject is warmed up by one forward before each question.
    """
    bench = Bench(subject, Case("set-up", sizes, None, seed))
    instance, args = bench.fresh()
    if not hasattr(instance, "__dict__"):
        return subject, ()
    early = tuple(p for p, v in floats_within(instance) if v.size)
    found = depended(bench, early)
    if found:
        return subject, found
    bench.forward(instance, args)
    late = tuple(p for p, v in floats_within(instance) if v.size and p not in early)
    if not late:
        return subject, ()
    found = depended(Bench(warmed(subject, late), Case("set-up", sizes, None, seed)), late)
    return (warmed(subject, found), found) if found else (subject, ())


def warmed(subject: Subject, kept: tuple[Path, ...]) -> Subject:
    """The subject after one forward, which leaves the parameters; its lists of what it was fed are as before."""

    def warm(sample: Sample) -> Sample:
        def made(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
            instance, args = sample(rng, sizes)
            lists = {k: list(v) for k, v in vars(instance).items() if isinstance(v, list)}
            subject.forward(instance, tuple(np.array(a) if is_float(a) else a for a in args))
            vars(instance).update({k: v for k, v in lists.items() if k not in {path[0] for path in kept}})
            return instance, args

        return made

    forms = tuple((name, warm(sample)) for name, sample in subject.options)
    return replace(subject, sample=warm(subject.sample), options=forms)


def moved(subject: Subject, sizes: Mapping[str, int], seed: int, paths: tuple[Path, ...]) -> Sample | None:
    """Samples whose parameters are no longer the ones and zeros that they start from; None where there are none.

    A gradient that forgets a factor of 1 is right until the first step.
    """
    bench = Bench(subject, Case("set-up", sizes, None, seed))
    instance, _ = bench.fresh()
    plain = [p for p in paths if subject.learns(str(p[-1])) and untouched(reach(instance, p))]

    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = subject.sample(rng, sizes)
        for path in plain:
            array = reach(instance, path)
            array += bench.rng(12).uniform(-0.5, 0.5, array.shape).astype(array.dtype)
        return instance, args

    return sample if plain else None


def untouched(array: np.ndarray) -> bool:
    return array.flags.writeable and (not np.any(array) or bool(np.all(array == 1)))


def depended(bench: Bench, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Those arrays that change the outputs when they are moved."""
    kept = []
    for path in paths:
        instance, args = bench.fresh()
        before = bench.forward(instance, args)
        instance, args = bench.fresh()
        array = reach(instance, path)
        if not array.flags.writeable:
            continue
        array += 0.01 * (1 + np.abs(array)) * bench.rng(11).uniform(0.5, 1, array.shape).astype(array.dtype)
        try:
            after = bench.forward(instance, args)
        except UserError:
            continue
        if any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after)):
            kept.append(path)
    instance, _ = bench.fresh()
    held = [reach(instance, p) for p in kept]
    return tuple(p for k, p in enumerate(kept) if not any(same(held[k], h) for h in held[:k]))


def same(view: np.ndarray, array: np.ndarray) -> bool:
    """Whether one is the other in another shape: the columns that a convolution makes of its weights."""
    return view.size == array.size and np.shares_memory(view, array)
