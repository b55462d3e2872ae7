"""Arguments: what to give a constructor, by the names of its arguments and a scene's shapes."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...checking.source import text_of
from ..text.code import Code
from ..text.things import Parameter, matches, normal, required, role, roles
from .wanted import Wanted

LENGTHS = ("n_in", "n_hidden", "n_out", "channels", "filters")
BARE = ("W", "b", "gamma", "beta", "shape", *LENGTHS, "kernel", "pool", "vocab", "alpha")


def constructor_specs(code: Code, scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give the constructor in this scene: by the names of its arguments, unknown ones by guess."""
    wanted = with_slope(required(code.constructor), code, conventions)
    each = [p for p in code.constructor[:1] if p.kind == p.VAR_POSITIONAL and "sizes" in roles(p.name, conventions)]
    if each and "sizes" in scene.roles:  # Network(*sizes)
        yield tuple(f"={size}" for size in ast.literal_eval(scene.roles["sizes"][1:]))
    elif not wanted:
        if turned := axes_turned(code, scene):
            yield turned
        yield ()
        if refused(code):
            yield from _values(code, list(code.constructor), scene, conventions)
    elif lone := [  # of several, more shows
        k for k, p in enumerate(code.constructor) if one_channel(p, conventions) or one_row(code, p, conventions)
    ]:
        yield from _values(code, list(code.constructor[: lone[0] + 1]), scene, conventions)
    else:
        yield from _values(code, wanted, scene, conventions)
    firsts = [roles(p.name, conventions)[:1] for p in code.constructor]
    ones = [k for k, p in enumerate(code.constructor) if type(p.default) in (int, float)]
    both = [k for k in ones if firsts[k] in (["gamma"], ["beta"])]  # gamma=1, beta=0: of each column, from these
    bare = [
        k
        for k, p in enumerate(code.constructor)
        if p.default is None and ({*BARE} & {*firsts[k]} or made_within(code, p, conventions))
    ] + both * (len(both) == 2)
    if bare:  # what may be left out, in name only
        found = _values(code, list(code.constructor[: max(bare) + 1]), scene, conventions)
        yield from (v for v in found if len(both) != 2 or all(v[k][:1] == "(" for k in both))


def one_channel(p: Parameter, conventions: Any) -> bool:
    """Whether a layer is told of one channel if nobody says otherwise: ``input_channels=1``."""
    return type(p.default) is int and p.default == 1 and roles(p.name, conventions)[:1] == ["channels"]


def one_row(code: Code, p: Parameter, conventions: Any) -> bool:
    """Whether arrays have a row for each example, of which there is one by itself: ``batch_size=1``."""
    shaped = re.search(rf"\(\(?{re.escape(p.name)}, *\w", code.source.text) is not None
    return type(p.default) is int and p.default == 1 and shaped and roles(p.name, conventions)[:1] == ["batch"]


@functools.lru_cache(64)
def refused(code: Code) -> bool:
    """Whether a constructor takes what it may be given, and refuses what it has where nobody says: ``rate=0``."""
    if not code.constructor or code.style != "class" or "raise " not in code.source.text:
        return False
    try:
        code.build([])
    except ValueError:
        return True
    except (Exception, SystemExit):
        return False
    return False


def axes_turned(code: Code, scene: Any) -> tuple[str, ...]:
    """``Transpose(*axes)``: three axes in an order that is not its own inverse; of two there is none."""
    first = code.constructor[:1]
    asked = [
        p for p in first if p.kind == p.VAR_POSITIONAL and re.fullmatch("axes|dims|perm|order|permutation", p.name)
    ]
    axes = scene.roles.get("x", "").strip("+u()").split(",")
    return ("=2", "=0", "=1") if asked and len(axes) == 3 else ()


def made_within(code: Code, p: Parameter, conventions: Any) -> bool:
    """Whether a constructor makes an activation itself where none is given: ``act if act else acts.ReLU()``."""
    own = rf"\b{p.name} (or|if {p.name}( is not None)? else)\b"
    return role(p.name, conventions) == "activation" and re.search(own, code.source.text) is not None


def counted_specs(code: Code, scene: Any, conventions: Any) -> tuple[str, ...]:
    """What lengths to give a constructor that has others of its own, as this scene has them; () where it has none."""
    asked = required(code.constructor)
    rest = code.constructor[len(asked) :]
    own = itertools.takewhile(lambda p: type(p.default) is int and p.default > 1, rest)
    told = ((p, roles(p.name, conventions)) for p in own)  # a size may be a kernel's
    counts = [
        p
        for p, words in itertools.takewhile(lambda pair: {*LENGTHS} & {*pair[1][:1]} and "pool" not in pair[1], told)
    ]
    return next(_values(code, [*asked, *counts], scene, conventions), ()) if counts else ()


def with_slope(wanted: list[Parameter], code: Code, conventions: Any) -> list[Parameter]:
    """A function that is asked for, with its derivative, which may be left out: ``Dense(n, act, act_deriv=None)``."""
    more = list(code.constructor[len(wanted) : len(wanted) + 1])
    curved = any(roles(p.name, conventions)[:1] == ["activation"] for p in wanted)
    told = curved and any(matches(conventions.SLOPE, normal(p.name)) for p in more)
    return [*wanted, *more] if told and wanted == list(code.constructor[: len(wanted)]) else wanted


def builder_specs(code: Code, scene: Any, conventions: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The methods that ready a fresh instance, and what to give them in this scene."""
    found = []
    for name, given in code.builders:
        wanted = required(given)
        also = given[len(wanted) : len(wanted) + 1]
        wanted += [p for p in also if p.default is None and "optimizer" in roles(p.name, conventions)]
        values = next(_values(code, wanted, scene, conventions), None)
        if values is not None:
            data = [roles(p.name, conventions) == ["x"] and "x" in scene.roles for p in wanted]  # build(X)
            found.append((name, tuple(scene.roles["x"] if d else v for d, v in zip(data, values))))
    return tuple(found)


def lacking(code: Code, instance: Any, scene: Any, conventions: Any) -> tuple[tuple[str, str], ...]:
    """What an instance has a name for but nothing yet, and what it may be in this scene: parameters, and buffers.

    A buffer is written entry by entry, ``self.inputs[self.batch] = x``, and made by whoever runs the layers.
    """
    held = getattr(instance, "__dict__", {})
    cls = type(instance)
    own = code.back in vars(cls) and cls.__bases__ != (object,)  # an empty array is a base class's, filled for others
    named = [(n, role(n, conventions)) for n, v in held.items() if v is None or (own and empty(v))]
    found = [(n, scene.roles[r]) for n, r in named if r in ("W", "b", "gamma", "beta") and r in scene.roles]
    written = [n for f in code.functions for n in re.findall(r"\bself\.(\w+)\[self\.\w+\] *=(?!=)", text_of(f))]
    return (*found, *((n, "fn:buffer") for n in dict.fromkeys(written) if not hasattr(instance, n)))


def empty(value: Any) -> bool:
    return isinstance(value, np.ndarray) and not value.size


def _values(code: Code, given: list[Parameter], scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give these arguments, the likeliest first."""
    wanted = Wanted(code, given, scene, conventions)
    choices = wanted.choices()
    if choices is not None:
        yield from itertools.islice(itertools.product(*choices), 12 if wanted.turned else 6)
