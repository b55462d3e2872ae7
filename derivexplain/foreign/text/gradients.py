"""Gradients by name: what the gradient of an argument or a parameter may be called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from .things import normal


@cache
def spellings(name: str, conventions: Any) -> tuple[str, ...]:
    """How the gradient of a parameter may be called, in lower case without underscores, in order."""
    bare = normal(name)
    short = re.sub(r"^(w)eights?(?=.)|^(b)ias(es)?(?=.)", r"\1\2", bare)  # dw_out for weight_out
    words = dict.fromkeys((bare, short, *conventions.SYNONYMS.get(bare, ())))
    return tuple(sorted({form.format(w) for w in words for form in conventions.GRADIENT_NAMES}))


def among(names: Iterable[str], argument: str, conventions: Any) -> bool:
    """Whether one of these names is what the gradient of an argument may be called."""
    return not set(map(normal, names)).isdisjoint(spellings(argument, conventions))


def in_order(owed: Sequence[str], names: Sequence[str], conventions: Any) -> tuple[str, ...]:
    """The arguments that the names in backward's return line are gradients of; () where one of them is unclear.

    What no name tells, ``dxp[:, :, 1:-1]``, is the one that is left.
    """
    known = [[w for w in owed if normal(n) in spellings(last(w), conventions)] for n in names]
    left = [w for w in owed if [w] not in known]
    known = [k or (left if len(left) == 1 else k) for k in known]
    places = [k[0] for k in known if len(k) == 1]
    return tuple(places) if len(places) == len(names) and sorted(places) == sorted(owed) else ()


def last(name: str) -> str:
    """W for params['W']."""
    match = re.search(r"\['?(?:[^'\]]*/)?(\w+)'?\]$", name)
    return match[1] if match else name.rpartition(".")[2]
