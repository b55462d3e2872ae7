"""Suited: what a file itself has for a function of ours: an activation of its own kind, one that it compares with."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

from ...bytecode import instructions
from .hints import own_class
from .madeup import Pointwise
from .settings import settings_class, with_settings
from .things import Parameter, parameters, required


def suited(value: Any, parameter: Parameter, functions: tuple[Callable[..., Any], ...], conventions: Any) -> Any:
    """An argument; in the place of a function of ours one of the file's own where only its own kind is taken."""
    if isinstance(value, dict) and (whole := settings_class(parameter, functions, conventions)) is not None:
        return with_settings(whole, value)
    kind = own_class(parameter, functions) if isinstance(value, Pointwise) else None
    rank = {name: k for k, name in enumerate(("tanh", "sigmoid", "softplus", "identity", "maximum", "max"))}
    if kind is None:
        known = compared(functions) if isinstance(value, Pointwise) else {}
        return next((known[n] for n in rank if n in known), value)
    own: list[type] = sorted(below(kind), key=lambda c: rank.get(c.__name__.lower(), len(rank)))
    kinds: list[type] = [*own, kind]
    if issubclass(kind, Enum):
        return next(iter(kind), value)
    for cls in kinds:
        if not required(parameters(cls.__init__, bound=True)) and not inspect.isabstract(cls):
            return cls()
    return value


@lru_cache(64)  # asked of every instance
def compared(functions: tuple[Callable[..., Any], ...]) -> dict[str, Any]:
    """The functions of a file that another is asked to be: ``if func == sigmoid: return sigmoid_prime(x)``."""
    around: dict[str, Any] = getattr(functions[0], "__globals__", {}) if functions else {}
    whole: list[Any] = [f for f in around.values() if inspect.isfunction(f) and f.__globals__ is around]
    found: dict[str, Any] = {}
    for f in [*functions, *whole]:
        steps = instructions(f)
        for before, step in itertools.pairwise(steps):
            if step.opname in ("COMPARE_OP", "IS_OP") and before.opname == "LOAD_GLOBAL":
                found[before.argval.lower()] = around.get(before.argval)
    return {n: f for n, f in found.items() if inspect.isfunction(f)}


def below(kind: type) -> Iterator[type]:
    subclasses: list[type] = kind.__subclasses__()
    for cls in subclasses:
        yield cls
        yield from below(cls)
