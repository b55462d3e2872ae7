"""Boxes: dicts of arrays, by the keys that the code reads from an argument: ``params["W1"]``."""

from __future__ import annotations

import ast
import itertools
import re
from functools import lru_cache
from typing import Any

from .code import Code
from .things import roles

ARRAYS = (
    *("W", "b", "gamma", "beta", "Wx", "Wh", "Wy", "by", "mean", "var"),
    *("W1", "W2", "b1", "b2", "bh", "gate", "bgate", "ugate", "width"),
)

CHOICES = (
    *("kernel", "kernel_side", "pool", "pool_side", "stride", "pad"),
    *("eps", "momentum", "mode", "ratio", "groups"),
)
PER_LAYER = ("W", "b", "gamma", "beta")


def entries(code: Code, name: str, scene: Any, conventions: Any) -> list[str]:
    """Dicts by the keys that the code reads from an argument, ``params["Wq"]``; none if it is no dict."""
    if layers := of_layers(code, name, scene, conventions):
        return layers
    keys, known = keys_of(code, name), roles(name, conventions)
    own = scene.roles.get("parameters", "{}") if "parameters" in known else "{}"
    if set(keys) <= set(ast.literal_eval(own)):
        return []  # the scene has one for it
    if chosen := choices(code, name, scene, conventions):
        told = [ast.literal_eval(spec[1:]) for r in known if (spec := scene.roles.get(r, "")).startswith("={")]
        return [] if any({*needed(code, name)} <= {*table} for table in told) else [chosen]
    made, steps = {}, {"U", "W", "V"} <= {*keys}
    for key in keys:
        known = [conventions.STEPS[key.upper()]] if steps and key.upper() in conventions.STEPS else []
        words = (r for r in (*known, *roles(key, conventions), *plain(key)) if r in ARRAYS and r in scene.roles)
        made[key] = next((scene.roles[r] for r in words), "")
    return [str(made)] if all(made.values()) else []


def choices(code: Code, name: str, scene: Any, conventions: Any) -> str:
    """A dict of numbers and words, ``options["stride"]``, ``options.get("mode", "train")``; "" for what is none."""
    made = {}
    for key in keys_of(code, name):
        words = [r for r in roles(key, conventions) if r in CHOICES and r in scene.roles]
        if words:
            spec = scene.roles[words[0]]
            value = conventions.SIZES[spec[1:]] if spec[0] == "#" else ast.literal_eval(spec[1:])
            made[key] = value[0] if isinstance(value, tuple) else value
        elif key in needed(code, name):
            return ""
    return f"={made}" if made else ""


def of_layers(code: Code, name: str, scene: Any, conventions: Any) -> list[str]:
    """A network's parameters, a few for each of its layers: ``params["W" + str(l)]``, or ``params["W1"]`` and more.

    The layers are counted from 1, or from 0; the last one has several outputs, or else one.
    """
    stems, counted = numbered_keys(code, name)
    known = {s: next((r for r in roles(s, conventions) if r in PER_LAYER), "") for s in stems}
    wide, tall = scene.roles.get("W", ""), scene.roles.get("b", "")
    if "W" not in known.values() or not all(known.values()) or {wide} - {"(D,M)", "(M,D)"} or "M" not in tall:
        return []
    shapes = {"W": wide, "b": tall, "gamma": tall, "beta": tall}
    ways = [counted] if counted else [range(1, 4), range(3)]
    found = []
    for numbers, last in itertools.product(ways, "M1"):
        widths = ["D", *("HTC"[: len(numbers) - 1]), last]
        made = {
            f"{stem}{n}": re.sub("[DM]", lambda m, at=widths[k : k + 2]: at[m[0] == "M"], shapes[role])
            for k, n in enumerate(numbers)
            for stem, role in known.items()
        }
        found.append(str(made))
    return found


@lru_cache(256)
def numbered_keys(code: Code, name: str) -> tuple[list[str], list[int]]:
    """What stands before a layer's number in an argument's keys, and the numbers where they are written out."""
    own, text = rf"\b{re.escape(name)}\[\s*", code.source.text
    made = re.findall(rf"{own}[fF]?(['\"])([A-Za-z]\w*?)(?:\1 *\+ *str\(|%[ds]\1|\{{)", text)
    keys = [re.fullmatch(r"([A-Za-z]+)(\d)", key) for key in keys_of(code, name)]
    numbers = sorted({int(m[2]) for m in keys if m})
    if made or not all(keys) or not 2 <= len(numbers) <= 4:
        return list(dict.fromkeys(stem for _, stem in made)), []
    return list(dict.fromkeys(m[1] for m in keys if m)), numbers


def is_box(code: Code, name: str) -> bool:
    """Whether the code reads from an argument by words."""
    return bool(keys_of(code, name) or numbered_keys(code, name)[0])


@lru_cache(256)  # asked for every set-up
def keys_of(code: Code, name: str) -> list[str]:
    """The words by which the code reads from an argument, which is a dict then."""
    found = re.findall(rf"\b{re.escape(name)}(?:\[\s*|\.get\(\s*)(['\"])(\w+)\1\s*[\],)]", code.source.text)
    return list(dict.fromkeys(key for _, key in found))


@lru_cache(256)
def needed(code: Code, name: str) -> list[str]:
    """Those of them that must be there: ``options["stride"]``, where it is not set."""
    found = re.findall(rf"\b{re.escape(name)}\[\s*(['\"])(\w+)\1\s*\](?!\s*=[^=])", code.source.text)
    return list(dict.fromkeys(key for _, key in found))


def plain(key: str) -> list[str]:
    """A weight or a bias of something that no role knows, ``W_att``, or what batches had: ``running["mean"]``."""
    of_batches = {"mu": "mean", "variance": "var"}.get(key, key)
    return [key[0]] if re.match(r"[Wb]_\w", key) else [of_batches] * (of_batches in ("mean", "var"))
