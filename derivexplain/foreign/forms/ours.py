"""Ours: a Layer of the catalogue, or anybody's subclass of Layer, as a Subject; nothing needs guessing."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from ...checking.subject import Answer, Argument, Source, Subject
from ...layer import Layer
from ..asking.outputs import as_output
from ..building.making import guess_kind
from ..text.things import normal


def dress_layer(
    layer: type[Layer] | Layer, sizes: Mapping[str, int], inputs: tuple[Any, ...] | None = None
) -> Subject:
    """The subject of a layer: its own example, its arguments by name, its parameters' gradients as d<name>."""
    cls = layer if isinstance(layer, type) else type(layer)

    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = cls.example(rng, sizes)
        if not isinstance(layer, type):
            instance = copy.deepcopy(layer)
        if inputs is not None:
            args = tuple(a.copy() if isinstance(a, np.ndarray) else a for a in inputs)
        return instance, args

    _, args = sample(np.random.default_rng(0), sizes)
    names = cls.inputs()
    if len(names) < len(args):
        names = (*names, *(f"x{i}" for i in range(len(names), len(args))))
    claimed = set(cls.claims)
    arguments = tuple(
        Argument(
            n, kind_of(a, cls.domain.get(n)), owed=np.asarray(a).dtype.kind == "f" and (not claimed or n in claimed)
        )
        for n, a in zip(names, args)
    )
    owed = [a.name for a in arguments if a.owed]

    def forward(instance: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        result = instance.forward(*args)
        return tuple(as_output(r) for r in result) if isinstance(result, tuple) else (as_output(result),)

    def backward(instance: Any, douts: tuple[Any, ...], args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
        result = instance.backward(*douts)
        items = result if isinstance(result, tuple) else (result,)
        problem = "" if len(items) >= len(owed) else f"backward returns {len(items)} gradients for {len(owed)} inputs"
        by_place = owed if len(items) <= len(owed) else [a.name for a in arguments]
        found = dict(zip(by_place, items))
        found |= {p: getattr(instance, f"d{p}", None) for p in cls.params}
        return Answer(found, problem)

    upstream = next(iter(list(inspect.signature(cls.backward).parameters)[1:]), "dout")
    return Subject(
        cls.name,
        sample,
        forward,
        backward,
        arguments,
        source(cls),  # type: ignore[arg-type]
        upstream=upstream,
        fixed_sizes=inputs is not None,
        learned="|".join(normal(p) for p in cls.params) or "(?!)",
    )


def kind_of(value: Any, interval: tuple[Any, Any] | None) -> str:
    if interval is None:
        kind = guess_kind(value)
        return "real" if kind in ("unit", "positive") else kind
    low, high = interval
    return "real" if low is None and high is None else "positive" if high is None and low == 0 else "unit"


@lru_cache(maxsize=256)  # to find it, Python parses the whole file
def source(cls: type) -> Source:
    try:
        lines, first = inspect.getsourcelines(cls)
        return Source(inspect.getsourcefile(cls) or "", "".join(lines), first)
    except (OSError, TypeError):
        return Source()
