"""Boxes: dicts of arrays, by the keys that the code reads from an argument: ``params["W1"]``."""

from __future__ import annotations

import ast
import re
from typing import Any

from .code import Code
from .things import roles

ARRAYS = (
    *("W", "b", "gamma", "beta", "Wx", "Wh", "Wy", "by", "mean", "var"),
    *("W1", "W2", "b1", "b2", "bh", "gate", "bgate", "width"),
)


def entries(code: Code, name: str, scene: Any, conventions: Any) -> str:
    """A dict of arrays by the keys that the code reads from an argument: ``params["Wq"]``; "" where it is no dict."""
    keys = keys_of(code, name)
    own = scene.roles.get("parameters", "{}") if "parameters" in roles(name, conventions) else "{}"
    if set(keys) <= set(ast.literal_eval(own)):
        return ""  # the scene has one for it
    made, steps = {}, {"U", "W", "V"} <= {*keys}
    for key in keys:
        known = [conventions.STEPS[key.upper()]] if steps and key.upper() in conventions.STEPS else []
        words = (r for r in (*known, *roles(key, conventions), *plain(key)) if r in ARRAYS and r in scene.roles)
        made[key] = next((scene.roles[r] for r in words), "")
    return str(made) if all(made.values()) else ""


def keys_of(code: Code, name: str) -> list[str]:
    """The words by which the code reads from an argument, which is a dict then."""
    found = re.findall(rf"\b{re.escape(name)}(?:\[\s*|\.get\(\s*)(['\"])(\w+)\1\s*[\],)]", code.source.text)
    return list(dict.fromkeys(key for _, key in found))


def plain(key: str) -> list[str]:
    """A weight or a bias of something that no role knows: ``W_att``."""
    return [key[0]] if re.match(r"[Wb]_\w", key) else []
