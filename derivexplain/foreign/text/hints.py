"""Hints: what the annotation of an argument allows, and a value turned into what it allows: 3 as (3, 3), 0.3 as 2."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

from .things import Parameter, undecorated

SEVERAL = r"([\w.]*\.)?(tuple|list|sequence|iterable)\[\s*['\"]?([\w.]*\.)?((nd)?array|arraylike|tensor|matrix)\b"
FOREIGN = ("builtins", "typing", "numpy", "types", "collections", "abc")


def text_of(parameter: Parameter) -> str:
    """An annotation as it is written: int, tuple[int, int] | none."""
    kind = parameter.annotation
    if kind is parameter.empty:
        return ""
    return (kind.__name__ if isinstance(kind, type) and not typing.get_args(kind) else str(kind)).lower()


def several_arrays(*found: Parameter) -> bool:
    """Whether the first of these arguments is a tuple or a list of arrays: ``data: tuple[np.ndarray, ...]``."""
    return bool(found) and re.match(SEVERAL, text_of(found[0])) is not None


def own_class(parameter: Parameter, functions: Sequence[Callable[..., Any]]) -> type | None:
    """The class of the user's own that an argument of one of these functions has to be of."""
    kind = parameter.annotation
    if isinstance(kind, str):
        names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\[.*\]", "", kind))
        spaces = [getattr(undecorated(f), "__globals__", {}) for f in functions]
        found = [space.get(n) for n in names for space in spaces]
    else:
        union = typing.get_origin(kind) in (typing.Union, types.UnionType)
        found = list(typing.get_args(kind)) if union else [kind]
    own = [t for t in found if isinstance(t, type) and t.__module__.partition(".")[0] not in FOREIGN]
    return own[0] if own and parameter.annotation is not parameter.empty else None


def fitted(specs: Sequence[str], parameter: Parameter, role: str, scene: Any) -> list[str] | None:
    """The same specifications as the annotation allows them; None where this scene has nothing of its kind."""
    text = text_of(parameter)
    group = re.search(r"\b(tuple|list|sequence|iterable)\b(?:\[([^\[\]]*)\])?", text)
    beside = re.sub(r"\w+\[[^\[\]]*\]", "", text)
    if group and not re.search(r"\b(int|float)\b", beside) and re.fullmatch(r"(int|[\s,.])*", group[2] or ""):
        long = 0 if "..." in (group[2] or "...") else group[2].count("int")
        return grouped(specs, long, role, scene)
    if re.search(r"\bint\b", text) and not re.search(r"float|number|complex|any|array", text):
        return list(dict.fromkeys("=2" if re.fullmatch(r"=-?\d*\.\d+", s) else s for s in specs)) or ["#D", "=2"]
    return list(specs)


def grouped(specs: Sequence[str], long: int, role: str, scene: Any) -> list[str] | None:
    """Whole numbers as tuples: for a size of the input its own lengths, else the same number for every axis."""
    if role == "shape" and long and (own := [s for s in specs if s.startswith("#(") and s.count(",") == long - 1]):
        return own  # of the weights
    if role != "shape" and not long and specs and all(s.startswith("#(") for s in specs):
        return list(specs)  # what is done with it told as much
    axes = scene.roles.get("x", "(N,D)").strip("+u()").split(",")[1:]
    if role in ("n_in", "shape", "n_out", "vocab", "channels") or not specs:
        if (long, len(axes)) == (2, 1) and role in ("n_in", "n_out"):
            return ["#(D,M)", "#(M,D)"]  # of what comes in, and of what goes out
        if long > len(axes) or not axes:
            return None
        own = axes[len(axes) - long :] if long else axes
        turned = lengths(own[::-1])
        return [lengths(own)] if role != "n_out" else [turned, "#(M)"] if len(own) > 1 else ["#(M)", turned]
    return [each(s, long or max(len(axes) - 1, 1)) for s in specs]


def lengths(axes: Sequence[str]) -> str:
    return f"#({','.join(axes)})"


def each(spec: str, count: int) -> str:
    """The same whole number for so many axes."""
    if re.fullmatch(r"#\w+", spec):
        return lengths([spec[1:]] * count)
    return f"={(int(spec[1:]),) * count!r}" if re.fullmatch(r"=\d+", spec) else spec
