"""Arguments: what to give a constructor, by the names of its arguments and a scene's shapes."""

from __future__ import annotations

import ast
import itertools
import re
import string
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...checking.source import text_of
from ..text.boxes import ARRAYS, entries
from ..text.code import Code
from ..text.hints import fitted, own_class
from ..text.settings import settings
from ..text.things import Parameter, matches, normal, required, role, roles
from ..text.uses import asked_whole, compared, each_axis, indexed, named_parts, sides
from .counts import counts_examples
from .feeding import OLDER, SCALARS, data_arguments, leanings
from .inner import inner_specs

LENGTHS = ("n_in", "n_out", "channels", "filters")
BARE = ("W", "b", "gamma", "beta", "shape", *LENGTHS, "kernel", "pool", "vocab", "alpha")


def constructor_specs(code: Code, scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give the constructor in this scene: by the names of its arguments, unknown ones by guess."""
    wanted = with_slope(required(code.constructor), code, conventions)
    if not wanted:
        yield ()
    else:
        yield from _values(code, wanted, scene, conventions)
    bare = [
        k
        for k, p in enumerate(code.constructor)
        if p.default is None and set(BARE) & set(roles(p.name, conventions)[:1])
    ]
    if bare:  # what may be left out, in name only
        yield from _values(code, list(code.constructor[: bare[-1] + 1]), scene, conventions)


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


def _values(code: Code, wanted: list[Parameter], scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    low, leaning = normal(code.name), leanings(code, conventions)
    turned = [normal(p.name) for p in wanted[:2]] == ["m", "n"]  # in mathematics' order, m comes first
    slopes = [matches(conventions.SLOPE, normal(p.name)) for p in wanted]
    taken: set[str] = set()
    choices: list[list[str]] = []
    init = code.function("__init__")
    spaces = {"A", "B", "C"} <= {p.name for p in wanted}
    fronts = [f for f in code.functions if getattr(f, "__name__", "") == code.front]
    for p, slope in zip(wanted, slopes):
        if sizes := settings(p, code.functions, scene, conventions):
            choices.append([str(sizes)])
            continue
        if boxes := entries(code, p.name, scene, conventions):
            choices.append(boxes)
            continue
        if counts_examples(code, p.name):
            choices.append(["#N"])
            continue
        if data := kept_data(code, p.name, scene):
            choices.append([data])
            continue
        if spaces and p.name in conventions.STATE_SPACE:
            choices.append([conventions.STATE_SPACE[p.name]])
            continue
        parts = [role(n, conventions) for n in named_parts(init, p.name)]  # self.W, self.b = params
        if parts and all(part in ("W", "b") and part in scene.roles for part in parts):
            choices.append(["both:" + "|".join(scene.roles[part] for part in parts)])
            continue
        if layers := inner_specs(code, p, conventions):
            choices.append(layers)
            continue
        if matches(conventions.INITIALIZER, normal(p.name)) and re.search(rf"\b{p.name}\(", text_of(init)):
            choices.append(["fn:initializer"])
            continue
        if matches(conventions.PENALTY, normal(p.name)) and not any(p.name in text_of(f) for f in fronts):
            choices.append(["=0.0"])  # no part of what forward computes
            continue
        words = sorted(roles(p.name, conventions), key=lambda r: r not in leaning)
        if not words and normal(p.name).endswith(("dim", "size", "units")):  # one length more
            words = [w for w in ("n_in", "n_out", "n_hidden") if w not in taken][:1]
        if "norm" in low or "bn" in low:  # as many outputs as inputs
            words = ["n_in" if w == "n_out" and "n_in" not in taken else w for w in words]
        noted = re.search(rf"\bself\.d_?{re.escape(p.name)}\b", code.source.text) is not None
        learnt = noted and words[:1] != ["activation"]
        lone = words[:1] == ["x"] and p.name in string.ascii_uppercase and not {*words[1:]} & {*ARRAYS}
        vague = learnt and (not words or lone)
        if learnt and words[:1] != ["x"]:  # its gradient is kept: an array
            words = [w for w in words if w in ARRAYS] or ["gamma"]
        hint = str(p.annotation)
        if "int" in hint and "ndarray" not in hint:
            words = [w for w in words if scene.roles.get(w, "#").startswith(("#", "="))]
            words = words if "[" in hint else [w for w in words if w != "sizes"]  # dimensions: int is one number
        if "ndarray" in hint or "array" in hint.lower():
            words = [w for w in words if w in ARRAYS] or words
        if words[:1] == ["b"] and not any("W" in roles(q.name, conventions) for q in wanted):
            words = ["beta", *words]  # a bias of what comes in, not of a product
        specs = [scene.roles[w] for w in words if (w in SCALARS or w in ARRAYS) and w in scene.roles]
        if specs == ["fn:rng"] and re.search(OLDER.format(p.name), text_of(init)):
            specs = ["fn:older_rng"]
        if words and words[0] in ARRAYS and not specs:
            return  # this scene has no such array
        if words[:1] in (["gamma"], ["beta"], ["width"]) and (slope_alone(code) or hint in ("float", str(float))):
            specs = ["=0.7", *specs]
        if words[:1] == ["n_in"] and "n_in" in taken:
            specs = [scene.roles["n_out"], *specs]
        if words[:1] == ["n_out"] and len(wanted) == 1:
            specs.append(scene.roles["n_in"])  # as many outputs as inputs
        if turned and p in wanted[:2]:
            specs = [scene.roles[w] for w in (("n_in", "n_out") if p is wanted[0] else ("n_out", "n_in"))]
        if words[:1]:
            taken.add(words[0])
        counted = {"kernel", "pool", "channels"} & {r for q in wanted for r in roles(q.name, conventions)}
        if {"W", "filters"} <= {*words} and "conv" in low and counted:
            specs = [scene.roles["filters"]]  # how many, of a size that is given too
        if "pool" in low and words[:1] == ["stride"] and len(wanted) == 1:
            specs = ["=2", *specs]  # the side of its windows, which are built in, do not overlap
        if slope:
            specs = ["fn:tanh_prime", "fn:slope_by_output", *specs]
        elif "activation" in words or (any(slopes) and len(wanted) == 2) or "Callable" in hint:
            specs = ["fn:tanh", *specs, "='relu'", "='sigmoid'"] if "name" not in words else ["='relu'", "='sigmoid'"]
        specs = [*map("={!r}".format, compared(code, p.name)[:2]), *specs]
        if p.name.lower().endswith("shape"):
            specs = list(dict.fromkeys([*specs, scene.roles.get("shape", "=(5,)")]))
            specs.append(scene.roles["n_out" if "out" in p.name else "n_in"])  # by another word a number
            if (x := scene.roles.get("x", "")).startswith("(N,") and f"{p.name}[0]" in text_of(init):
                specs.append(f"#{x}")  # or with the batch
        if vague and (rows := re.fullmatch(r"\(\w+,(\w+)\)", scene.roles.get("x", ""))):
            specs = [f"({rows[1]})", f"({rows[1]},{rows[1]})"]  # a row of them, or what leads from each to each
        if own_class(p, code.functions):
            specs = specs if specs == ["fn:optimizer"] else ["fn:tanh"]  # one of the file's own, see `suited`
        ends = {"n_in": scene.roles.get("x", ""), "n_out": "(N,M)"}
        if words and (axes := each_axis(code, p.name, ends.get(words[0], ""))):
            specs = [axes]
        elif count := sides(init, p.name):  # kernel_height, kernel_width = kernel_size
            specs = [re.sub(r"^([#=])(\w+)$", r"\1(" + ",".join([r"\2"] * count) + ")", s) for s in specs]
            if words[:1] == ["n_in"] and (picture := sides_of_image(scene)):
                specs = [f"={picture[:count]}" if "channels last" in scene.name else f"={picture[-count:]}"]
        elif (not specs or "shape" in p.name) and "W" in scene.roles and asked_whole(init, p.name):
            specs = [f"#{scene.roles['W']}"]
        elif (not specs or specs[0] in ("#D", "#M", "#K", "#P")) and (several := indexed(init, p.name)):
            specs = [scene.roles["sizes"]] if several == "many" else ["#(D,M)", "#(M,D)"]
        fit = fitted(specs, p, next(iter(words), ""), scene)
        if fit is None:
            return
        choices.append(
            list(dict.fromkeys(fit))[: 3 + p.name.lower().endswith("shape")] or ["#D", "=0.3", "(D,M)", "=2"]
        )
    yield from itertools.islice(itertools.product(*choices), 12 if turned else 6)


def slope_alone(code: Code) -> bool:
    """Whether backward is a function's derivative at what is given again: ``energy(r)``, ``energy_gradient(r)``."""
    given = [p.name for p in data_arguments(code)]
    return code.local and given == [p.name for p in required(code.backward_args)]


def sides_of_image(scene: Any) -> tuple[int, ...]:
    """The sizes of a scene's image; () where it has none."""
    return tuple(ast.literal_eval(scene.roles.get("shape", "=()")[1:])) if "image" in scene.name else ()


def kept_data(code: Code, name: str, scene: Any) -> str:
    """Data that a constructor keeps for a forward that takes none, and targets for its backward; "" for others."""
    made = zip((*code.forward_args, *code.backward_args), (scene.roles.get("x", ""), "(N,1)"))
    kept = (spec for p, spec in made if re.search(rf"\bself\.{p.name} *= *{name}\b *$", code.source.text, re.M))
    return next(kept, "") if code.slotted else ""
