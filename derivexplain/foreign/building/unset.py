"""Unset: what a constructor leaves without numbers, given some to work on.

Arrays as the memory was, ``np.empty(shape)``, and rates that somebody sets later, ``lr=None``.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace
from typing import Any

import numpy as np

from ...checking.source import text_of
from ...checking.subject import floats_within, reach
from ..text.code import Code
from ..text.things import Parameter, matches, normal

BARE = re.compile(r"\bself\.(\w+) *(?::[^=\n]+)?= *(?:np|numpy)\.(?:empty|ndarray)\(")


def settle(code: Code, fresh: Any, rng: np.random.Generator) -> None:
    """Draw what is left unset in an instance and in the objects it holds; 0 for what runs write to."""
    things = [fresh, *(v for v in getattr(fresh, "__dict__", {}).values() if hasattr(v, "__dict__"))]
    if not (names := {n for kind in {type(t) for t in things} for n in unset(kind)}):
        return
    written = "\n".join(text_of(f) for f in code.functions)
    for path, array in list(floats_within(fresh)):
        held = getattr(reach(fresh, path[:-1]), "__dict__", {})
        if (name := path[-1]) in names and name in held:
            buffer = re.search(rf"\.{name}(\[[^\n=]*\])? *[-+]?=(?!=)", written)
            # in double precision: steps of a slope are lost in what is rounded
            held[name] = np.zeros(array.shape) if buffer else rng.standard_normal(array.shape)


def unset(kind: type) -> set[str]:
    """The attributes that a constructor makes without numbers, and does not mention again."""
    text = text_of(kind.__init__) if "__init__" in vars(kind) else ""
    return {n for n in BARE.findall(text) if len(re.findall(rf"\bself\.{n}\b", text)) == 1}


def rated(code: Code, conventions: Any) -> Code:
    """The same with a number for each rate that is None unless it is told, ``reg=None``, and never asked about."""
    known = (*conventions.KNOBS, (conventions.RATE, 0.1))
    found = {}
    for p in (*code.constructor, *code.forward_args):
        asked = rf"\b(if|and|or|not) +(self\.)?_?{p.name}\b|\b{p.name} +(is|or|if|and)\b|\b{p.name} *[!=]= *None"
        value = next((v for pattern, v in known if matches(pattern, normal(p.name))), None)
        if p.default is None and value is not None and not re.search(asked, code.source.text):
            found[normal(p.name)] = value
    if not found:
        return code

    def build(given: list[Any]) -> Any:
        fresh = code.build(given)
        held = getattr(fresh, "__dict__", {})
        held.update({k: found[normal(k)] for k, v in held.items() if v is None and normal(k) in found})
        return fresh

    fronts, backs = (wanted(given, found) for given in (code.forward_args, code.backward_args))
    return replace(code, build=build, forward_args=fronts, backward_args=backs)


def wanted(given: tuple[Parameter, ...], names: Container[str]) -> tuple[Parameter, ...]:
    """The arguments of a function, those of these names asked for, as far as all before them are."""
    first = next(
        (k for k, p in enumerate(given) if p.default is not p.empty and normal(p.name) not in names), len(given)
    )
    return (*(p.replace(default=p.empty) for p in given[:first]), *given[first:])
