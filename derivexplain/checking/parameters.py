"""Parameters: the float arrays inside an instance on which forward depends, found before the questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .subject import Bench, Case, Path, Subject, UserError, floats_within, is_float, reach


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
    cold = subject.sample

    def warm(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = cold(rng, sizes)
        subject.forward(instance, tuple(np.array(a) if is_float(a) else a for a in args))
        return instance, args

    warmed = replace(subject, sample=warm)
    found = depended(Bench(warmed, Case("set-up", sizes, None, seed)), late)
    return (warmed, found) if found else (subject, ())


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
    return tuple(kept)
