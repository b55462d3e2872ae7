"""Unset: arrays that a constructor leaves as the memory was, ``np.empty(shape)``, given numbers to work on."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..checking.subject import floats_within, reach
from .arguments import text_of
from .code import Code

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
