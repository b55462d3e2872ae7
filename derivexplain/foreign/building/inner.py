"""Inner: layers that are built of another one, ``Residual(block)``, are given a layer of their own file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..text.code import Code
from ..text.things import Parameter, forward_of, matches, method, normal, parameters, required, roles
from ..text.uses import space_of
from .making import make

MOST = 3
LENGTHS = {"n_in": "#D", "n_out": "#D", "n_hidden": "#H"}  # as many outputs as inputs, so that x may be added


def inner_specs(code: Code, parameter: Parameter, conventions: Any) -> list[str]:
    """Layers that may stand for an argument, ``layer:Dense:#D|#D``; none where it wants something else."""
    if not wants_one(code, parameter, conventions):
        return []
    own = {name: lengths(cls, code, conventions) for name, cls in space_of(code).items() if isinstance(cls, type)}
    found = {name: sizes for name, sizes in own.items() if sizes is not None}
    steps = re.search("cell|rnn|lstm|gru|bi", normal(parameter.name + code.name)) is not None
    rank = lambda n: (steps != bool(re.search("cell|rnn|lstm|gru", n.lower())), not found[n])  # noqa: E731
    return [f"layer:{n}:{'|'.join(found[n])}" for n in sorted(found, key=rank)][:MOST]


def wants_one(code: Code, parameter: Parameter, conventions: Any) -> bool:
    """Whether an argument is called as a layer is, or its backward is run."""
    name, text = parameter.name, code.source.text
    if code.style != "class" or ".backward(" not in text:
        return False
    run = re.search(rf"self\._?{name}\.backward\(", text) and "activation" not in roles(name, conventions)[:1]
    return bool(run) or matches(conventions.INNER, normal(name))


def lengths(cls: type, code: Code, conventions: Any) -> list[str] | None:
    """What a layer's constructor is given; None for what is no layer, wants more, or is of the outer one's kind."""
    front = forward_of(cls, conventions)
    if cls.__name__ in (code.name, *code.bases) or not front or not method(cls, conventions.BACKWARD):
        return None
    if not required(parameters(getattr(cls, front), bound=True)):
        return None
    wanted = required(parameters(cls.__init__, bound=True)) if cls.__init__ is not object.__init__ else []
    firsts = [next((r for r in roles(p.name, conventions) if r in LENGTHS), "") for p in wanted]
    return [LENGTHS[r] for r in firsts] if all(firsts) else None


def argument(spec: str, code: Code, rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
    """An argument of a constructor."""
    if not spec.startswith("layer:"):
        return make(spec, rng, sizes)
    _, name, given = spec.split(":")
    return space_of(code)[name](*(make(s, rng, sizes) for s in given.split("|") if s))
