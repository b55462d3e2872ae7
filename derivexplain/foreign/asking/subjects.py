"""Subjects: a set-up whose forward runs, with one way to call its backward."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...checking.subject import DATA, ENDS, SLOW, Answer, Argument, Subject, floats_within, name_path
from ...checking.watching import holding
from ..building.options import Sample
from ..building.setups import Setup
from ..text.code import Code
from ..text.gradients import in_order
from ..text.standins import Boxed, defined_by_run
from ..text.things import matches, normal
from .answers import answer, times
from .calling import OFF, Reading, describe, give, output_taken
from .optimised import from_locals
from .owing import by_argument, frozen, learned_by, leaves_to_layers
from .stepping import default_rate, held_rate, kept_decays, kept_rate
from .summed import for_each

Forward = Callable[[Any, tuple[Any, ...]], tuple[tuple[Any, ...], Any, Any]]  # outputs, cache, result


@dataclass(frozen=True)
class Running:
    """A set-up whose forward runs, and what is the same however backward is called."""

    code: Code
    setup: Setup
    sample: Sample
    arguments: tuple[Argument, ...]
    conventions: Any
    forms: tuple[tuple[str, Sample], ...]  # other ways in which forward may be run
    optimised: bool  # whether an optimizer of ours takes steps of the gradient itself
    off: tuple[str, ...]  # what backward would add of its own accord

    @cached_property
    def owed(self) -> list[str]:
        return [a.name for a in self.arguments if a.owed]

    @cached_property
    def optimises(self) -> bool:
        return re.search(self.conventions.OPTIMISER, self.code.source.text) is not None

    @cached_property
    def hides(self) -> bool:
        """Whether gradients are given out on request only."""
        return any(
            p.kind == p.VAR_KEYWORD or (p.default is False and matches(self.conventions.STEPPING, normal(p.name)))
            for p in self.code.backward_args
        )

    def subject(self, call: Forward, scene: str, reading: Reading, scalar: bool) -> Subject:
        """What is examined where backward is called so; `scalar`: whether forward ends in a number."""
        code, setup, conventions = self.code, self.setup, self.conventions
        pointwise = not reading.upstream and not scalar and code.style != "fused"
        rate = 1.0 if {"rate", "stepper"} & {*reading.gives} or self.optimised else default_rate(code, conventions)
        kept = kept_rate(code, conventions) if not rate else ""
        asked = [(p.name, g) for p, g in zip(code.backward_args, reading.gives) if g.startswith("dout")]
        penalties = (p.name for p, g in zip(code.backward_args, reading.gives) if g == OFF)
        ranked = {int(g[4:]): n for n, g in asked if g != "douts"}
        several = sum(a.kind != "option" for a in self.arguments) > 2
        notes = {
            "updates": bool(rate or kept),
            "first": not (rate or kept or not reading.upstream) and self.first,
            "guessed": reading.guessed or (setup.by is not None and several),
            "fused": code.style == "fused" or code.within,
            f"{ENDS}{code.ends}": bool(code.ends),
        }
        return Subject(
            code.name,
            self.sample,
            self.forward(call, reading),
            self.backward(reading, scalar, pointwise and scene.startswith("column"), pointwise, rate, kept),
            self.arguments,
            code.source,
            upstream=next((n for n, _ in asked), "dout") if reading.upstream or pointwise else "",
            upstreams=tuple(ranked[k] for k in sorted(ranked)),
            pointwise=pointwise,
            scene=scene,
            narrow=setup.narrow,
            convention=describe(code, reading),
            fixed_sizes=setup.fixed,
            notes=tuple(word for word, holds in notes.items() if holds),
            off=(*reading.off, *self.off),
            penalties=(*penalties, *sorted(kept_decays(code, conventions))),
            frozen=frozen(code, conventions),
            rates=tuple(p.name for p, g in zip(code.backward_args, reading.gives) if g == "rate"),
            slower=None if self.optimised else self.slower(reading),
            output_taken=output_taken(code, reading),
            functions=code.functions,
            learned=learned_by(code, conventions),
            options=self.forms,
            returned=in_order(self.owed, code.returns, conventions),
        )

    @cached_property
    def first(self) -> bool:
        """Whether it may be a network's first layer, which gives no gradient for its data."""
        code = self.code
        if self.owed or code.local or code.style == "fused" or leaves_to_layers(code, self.conventions):
            return False
        return any(a.kind in DATA for a in self.arguments)

    def forward(self, call: Forward, reading: Reading) -> Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]:
        code, inner = self.code, any(re.match(r"zero|out[1-9]", g) for g in reading.gives)

        def forward(instance: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
            outs, cache, _ = call(instance, args)
            if code.by_run:
                defined_by_run(instance, args, outs)
            if code.style != "class" or cache is not None:
                vars(instance)["_derivexplain_cache"] = cache
            if "function" in reading.gives:
                vars(instance)["_derivexplain_forward"] = code.functions[0]
            if inner:
                vars(instance)["_derivexplain_outputs"] = outs
            return outs[: reading.outputs]

        return forward

    def slower(self, reading: Reading) -> Callable[..., Any] | None:
        """Backward as it is, with another learning rate, where it is given one."""
        back, gives = self.code.backward, reading.gives
        if back is None or "rate" not in gives:
            return None
        return lambda instance, *of: back(instance, *(SLOW if g == "rate" else give(g, instance, *of) for g in gives))

    def backward(
        self, reading: Reading, scalar: bool, columns: bool, pointwise: bool, rate: float, kept: str
    ) -> Callable[[Any, tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]], Answer]:
        code, conventions = self.code, self.conventions
        optimises = bool(rate) and self.optimises
        hidden = optimises or self.hides  # only an optimizer is given the gradients
        along: list[int] = []  # the axis of a sum, as the first shapes have it
        noted: dict[str, Any] = {}
        sloped_alone = bool(self.owed) and by_argument(code, conventions)

        def run(instance: Any, douts: Any, args: tuple[Any, ...], outs: tuple[Any, ...]) -> Any:
            if code.backward is None:
                return vars(instance).get("_derivexplain_cache")
            boxed = tuple(np.asarray(d).view(Boxed) for d in douts) if code.by_run else douts
            watched = holding(lambda c: c.co_name == code.back, instance) if hidden else nullcontext({})
            with watched as seen:
                result = code.backward(instance, *(give(g, instance, boxed, args, outs) for g in reading.gives))
            noted.clear()
            noted.update(seen)
            return result

        def backward(instance: Any, douts: Any, args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
            before, held = state(instance, args)
            before = {} if sloped_alone else before  # dy1 of a curve through (x1, y1) is no gradient of y1
            result = run(instance, douts, args, outs)
            shapes = {a.name: np.shape(v) for a, v in zip(self.arguments, args)}
            steps = rate or held_rate(instance, kept) if kept else rate
            found = answer(instance, result, self.owed, shapes, code.returns, before, steps, conventions, held)
            held_there = from_locals(noted, list(before), code.source.text, conventions)
            own = {k: g for k, g in found.gradients.items() if g is not None}
            both = {**found.gradients, **held_there} | ({} if optimises else own)
            sizes = {**{name_path(p): np.shape(v) for p, v in before.items()}, **shapes}
            found = replace(found, gradients=both | for_each(both, sizes, code, conventions))
            alone = (scalar or pointwise) and sum(map(np.size, douts)) == 1
            if alone and matches(conventions.OF_VECTORS, normal(code.names[1])):  # the one row of its Jacobian
                rows = {k: (g, shapes[k]) for k, g in own.items() if k in shapes and np.shape(g)[:1] == (1,)}
                row = {k: np.reshape(g, s) for k, (g, s) in rows.items() if np.size(g) == np.prod(s)}
                found = replace(found, gradients={**both, **row})
            if not pointwise:
                return found
            try:
                known = found.gradients.items()
                sloped = {k: times(v, douts[0], shapes.get(k, ()), columns, along) for k, v in known}
            except ValueError:
                if code.style != "class" or code.local:
                    raise
                return found  # no slopes, by their shapes: an upstream gradient is not asked for, and lost
            return Answer(sloped, found.problem)

        return backward


def state(instance: Any, args: Iterable[Any]) -> tuple[dict[Any, np.ndarray], dict[str, Any]]:
    """What an instance has before backward: copies of its parameters, and what it holds under each name."""
    kept = [(p, v) for p, v in floats_within(instance) if not any(v is a for a in args)]  # no arguments
    before = {p: v.copy() for p, v in kept if not str(p[0]).startswith("_derivexplain")}
    now = getattr(instance, "__dict__", {})
    return before, {k: dict(v) if isinstance(v, dict) else v for k, v in now.items()}
