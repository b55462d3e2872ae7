"""Chance: generators that the user's code shares among all that it makes, in a known state while it runs."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

KINDS = (np.random.RandomState, np.random.Generator, random.Random)


class Older(type):
    """Every generator of the older kind is an instance of ours too, for code that asks."""

    def __instancecheck__(cls, other: object) -> bool:
        return isinstance(other, KINDS[0])


class Seeded(np.random.RandomState, metaclass=Older):
    """A generator of the older kind that takes no seed from the machine."""

    def __init__(self, seed: Any = None) -> None:
        super().__init__(0 if seed is None else seed)


class Clock:
    """The time of day as the user's code reads it, for a seed, say: a little later at every look, never by itself."""

    START, TICK = 1_600_000_000 * 10**9, 10**6  # nanoseconds; a loop that waits for an hour to pass still ends

    def __init__(self) -> None:
        self.looks = 0

    def time_ns(self) -> int:
        self.looks += 1
        return self.START + self.looks * self.TICK

    def time(self) -> float:
        return self.time_ns() / 1e9


CLOCK = Clock()


@contextlib.contextmanager
def repeatable() -> Iterator[None]:
    """No seed comes from the machine: the clock is ours, and a generator made without a seed is given one."""
    before, unseeded, older = (time.time, time.time_ns), np.random.default_rng, np.random.RandomState
    time.time, time.time_ns = CLOCK.time, CLOCK.time_ns  # type: ignore[assignment]
    np.random.default_rng = lambda seed=None: unseeded(0 if seed is None else seed)  # type: ignore[assignment]
    np.random.RandomState = Seeded  # type: ignore[misc]
    try:
        yield
    finally:
        time.time, time.time_ns = before  # type: ignore[assignment]
        np.random.default_rng, np.random.RandomState = unseeded, older  # type: ignore[misc]


@lru_cache(maxsize=32)
def shared(functions: tuple[Callable[..., Any], ...]) -> tuple[Any, ...]:
    """The generators beside these functions: in their module, in its classes and dicts, in default arguments.

    So are those beside the functions that the module takes from a file near it: ``from ..utils import get_rng``.
    """
    found: dict[int, Any] = {}
    plain = [getattr(f, "__func__", f) for f in functions]
    spaces = {id(s): s for s in (getattr(f, "__globals__", {}) for f in plain)}
    files = {c.co_filename for f in plain if (c := getattr(f, "__code__", None)) is not None}
    for taken in [v for s in spaces.values() for v in list(s.values()) if isinstance(v, FunctionType)]:
        if any(near(f, taken.__code__.co_filename) for f in files):
            spaces[id(taken.__globals__)] = taken.__globals__
    for space in spaces.values():
        own = [v for v in list(space.values()) if getattr(v, "__module__", None) == space.get("__name__")]
        within = [v for c in own if isinstance(c, type) for v in vars(c).values()]
        held = [d for f in (*plain, *own, *within) for d in defaults(f)]
        within += [v for d in list(space.values()) if type(d) is dict for v in list(d.values())[:8]]
        held += [v for d in held for v in getattr(d, "__dict__", {}).values()]  # init=Uniform(-1, 1, rng=...)
        found |= {id(v): v for v in (*space.values(), *within, *held) if isinstance(v, KINDS)}
    return tuple(found.values())


@lru_cache(maxsize=256)
def near(here: str, there: str) -> bool:
    """Whether one file stands in the same folder as another, in one within it or in the one around it."""
    return Path(here).is_absolute() and Path(here).parent.parent in Path(there).parents


def defaults(function: Any) -> Iterator[Any]:
    yield from getattr(function, "__defaults__", None) or ()
    yield from (getattr(function, "__kwdefaults__", None) or {}).values()


@contextlib.contextmanager
def known(generators: Sequence[Any], seed: int) -> Iterator[None]:
    """Each generator as it is after being seeded; afterwards as it was."""
    before = [state(g) for g in generators]
    try:
        for g in generators:
            set_state(g, state(type(g.bit_generator)(seed) if isinstance(g, np.random.Generator) else type(g)(seed)))
        yield
    finally:
        for g, was in zip(generators, before):
            set_state(g, was)


def state(source: Any) -> Any:
    if isinstance(source, random.Random):
        return source.getstate()
    return source.get_state() if isinstance(source, np.random.RandomState) else bits(source).state


def set_state(source: Any, to: Any) -> None:
    if isinstance(source, random.Random):
        source.setstate(to)
    elif isinstance(source, np.random.RandomState):
        source.set_state(to)
    else:
        bits(source).state = to


def bits(source: Any) -> Any:
    """What a generator draws from."""
    return getattr(source, "bit_generator", source)
