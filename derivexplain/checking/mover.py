"""The mover: forward as a function of some of its variables, for difference quotients."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .subject import Bench, UserError, copied, name_path, reach


class Mover:
    """Forward as a function of one or some of its variables, the rest held: for difference quotients.

    A layer that answers the same twice is used again; another is made anew for every question. `like` is a mover of
    the same code, which has found that out.
    """

    def __init__(self, bench: Bench, like: Mover | None = None) -> None:
        self.bench = bench
        self.instance, self.args = bench.fresh()
        self.names = [a.name for a in bench.subject.arguments]
        self.by_name = {name_path(p): p for p in bench.paths}
        self.same, self.chance = False, True
        self.base = self.run(self.instance, self.args)
        if like and like.same and not like.chance and not bench.case.another:
            self.same, self.chance = True, False
            return
        again = self.run(self.instance, self.args)
        self.same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(self.base, again))
        self.chance = not self.same or bool(bench.generators) or draws(self.once)

    def run(self, instance: Any, args: tuple[Any, ...]) -> list[np.ndarray]:
        args = tuple(copied(a) for a in args)
        outs = self.bench.forward(instance, args) if self.chance else self.unseeded(instance, args)
        return [np.array(o, dtype=float) for o in outs]

    def unseeded(self, instance: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Forward as it runs by itself; no need to seed what does not draw: this is the innermost loop of a check."""
        try:
            return self.bench.subject.forward(instance, args)
        except Exception as error:
            raise UserError(error, "forward", self.bench.path) from error

    def once(self) -> object:
        return self.unseeded(self.instance, tuple(copied(a) for a in self.args))

    def at(self, values: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """The outputs where these variables have these values."""
        instance, args = (self.instance, self.args) if self.same else self.bench.fresh()
        moved, kept = list(args), []
        for name, value in values.items():
            if name in self.by_name:
                array = reach(instance, self.by_name[name])
                kept.append((array, array.copy()))
                array[...] = value
            else:
                k = self.names.index(name)
                moved[k] = value if isinstance(args[k], np.ndarray) else value.reshape(np.shape(args[k]))[()]
        try:
            return self.run(instance, tuple(moved))
        finally:
            for array, old in kept:
                array[...] = old


def draws(function: Callable[[], Any]) -> bool:
    """Whether a call takes numbers from the generators of chance."""
    before = chance()
    function()
    return before != chance()


def chance() -> tuple[Any, ...]:
    """The state of both generators."""
    state: Any = np.random.get_state(legacy=False)
    return state["state"]["key"].tobytes(), state["state"]["pos"], random.getstate()
