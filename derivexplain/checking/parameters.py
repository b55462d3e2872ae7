"""Parameters: the float arrays inside an instance on which forward depends, found before the questions."""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from .subject import NOT_THERE, Bench, Case, Path, Subject, UserError, floats_within, is_float, name_path, reach

GOLDEN = (5**0.5 - 1) / 2  # multiples of it are spread evenly

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
        return unsettled(subject, found, bench.case), found
    bench.forward(instance, args)
    late = tuple(p for p, v in floats_within(instance) if v.size and p not in early)
    if not late:
        return subject, ()
    found = depended(Bench(warmed(subject, late), bench.case), late)
    if not found:
        return subject, ()
    ways = (warmed(subject, found), warmed(subject, found, emptied=False))
    runs = next((way for way in ways if told(Bench(way, bench.case))), ways[0])
    runs = replace(runs, frozen=(*runs.frozen, *states(bench, found, instance, args)))
    return unsettled(runs, found, bench.case), found


def states(bench: Bench, paths: tuple[Path, ...], instance: Any, args: tuple[Any, ...]) -> list[str]:
    """What stands in lists that every forward makes longer: states by steps of time, which nobody learns."""
    lists = {p[:-1]: reach(instance, p[:-1]) for p in paths if isinstance(p[-1], int)}
    before = {p: len(held) for p, held in lists.items()}
    if lists:
        with contextlib.suppress(UserError):
            bench.forward(instance, args)
    return [name_path(p) for p in paths if p[:-1] in lists and len(lists[p[:-1]]) > before[p[:-1]]]


def unsettled(subject: Subject, paths: tuple[Path, ...], case: Case) -> Subject:
    """The subject with other numbers in parameters that start as zeros or ones: a lost factor 1 shows nowhere."""
    plain = Bench(subject, case, paths)
    instance, args = plain.fresh()
    held = {p: reach(instance, p) for p in paths}
    bound = {p for p in paths if measured(held[p], (v for q, v in held.items() if q != p))}
    still = tuple(p for p in paths if p in bound or starting(held[p]))
    if any(not subject.learns(name_path(p)) for p in still):  # a state before the first step is what it is
        given = told(plain)
        still = tuple(p for p in still if subject.learns(name_path(p)) or given.get(name_path(p)) is not None)
    if not still:
        return subject

    def moved(sample: Sample) -> Sample:
        def made(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
            instance, args = sample(rng, sizes)
            for path in still:
                with contextlib.suppress(*NOT_THERE):  # another form of the layer may have no bias
                    array = reach(instance, path)
                    if path in bound:
                        array *= 1 + 3 * steps(array.shape) ** 2  # by none that is told to others
                    elif starting(array):  # in place, also where += makes a new one
                        moved_by = steps(array.shape) * (1.0 if array.flat[0] in (0, 1) else array.flat[0] / 2)
                        array[...] = array + moved_by
            return instance, args

        return made

    forms = tuple((name, moved(sample)) for name, sample in subject.options)
    return replace(subject, sample=moved(subject.sample), options=forms)


def measured(array: np.ndarray, others: Iterable[np.ndarray]) -> bool:
    """Whether an array holds the lengths of another one's columns or rows: ``g = np.linalg.norm(v, axis=0)``."""
    if not array.flags.writeable or array.dtype.kind != "f" or not np.any(array):
        return False
    flat = array.ravel()
    lengths = (np.sqrt((o**2).sum(axis=k)).ravel() for o in others if 1 < o.ndim < 5 for k in range(o.ndim))
    return any(n.shape == flat.shape and np.allclose(n, flat) for n in lengths)


def starting(array: np.ndarray) -> bool:
    """Whether an array is as a constructor leaves what is to be learned: all zeros, all ones, all alike."""
    first = array.flat[0]  # of None, which may stand for it, an AttributeError
    alike = first in (0, 1) or array.size > 1
    return array.flags.writeable and alike and bool(np.all(array == first))


@lru_cache(maxsize=256)
def steps(shape: tuple[int, ...]) -> np.ndarray:
    """Numbers between 0.1 and 0.6 in size, all different, of both signs, so that ones stay positive."""
    k = np.arange(1, math.prod(shape) + 1)
    return (np.where(k % 2, 0.1, -0.1) * (1 + 5 * (k * GOLDEN % 1))).reshape(shape)


def told(bench: Bench) -> Mapping[str, Any]:
    """The gradients that backward gives; none where it stops."""
    try:
        instance, args = bench.fresh()
        outs = tuple(np.array(o) for o in bench.forward(instance, args))
        return bench.backward(instance, tuple(map(np.ones_like, outs)), args, outs).gradients
    except UserError:
        return {}


def warmed(subject: Subject, kept: tuple[Path, ...], emptied: bool = True) -> Subject:
    """The subject after one forward, which leaves the parameters; its lists of what it was fed are as before.

    Where they go with a count of steps, they are left as they are (`emptied` False).
    """

    def warm(sample: Sample) -> Sample:
        def made(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
            instance, args = sample(rng, sizes)
            lists = {k: list(v) for k, v in vars(instance).items() if isinstance(v, list)} if emptied else {}
            subject.forward(instance, tuple(np.array(a) if is_float(a) else a for a in args))
            vars(instance).update({k: v for k, v in lists.items() if k not in {path[0] for path in kept}})
            return instance, args

        return made

    forms = tuple((name, warm(sample)) for name, sample in subject.options)
    return replace(subject, sample=warm(subject.sample), options=forms)


def widened(subject: Subject, paths: tuple[Path, ...]) -> Subject:
    """The subject with the same numbers in double precision in its parameters, where slopes can be measured."""

    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = subject.sample(rng, sizes)
        held = [reach(instance, p) for p in paths]
        narrow = [a for a in held if np.asarray(a).dtype == np.float32 and a.base is None]
        with contextlib.suppress(Exception):  # there are things that cannot be copied
            return copy.deepcopy(instance, {id(a): a.astype(float) for a in narrow}) if narrow else instance, args
        return instance, args

    return replace(subject, sample=sample)


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
        array = np.asarray(array)  # of a matrix * is no product of entries
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
