"""Settings: a constructor that takes all its sizes as one object, ``Attention(config)``, of a class in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from ...checking.source import text_of
from .hints import own_class
from .things import Parameter, matches, normal, parameters, required, roles, undecorated

SCALARS = ("ratio", "eps", "alpha", "momentum", "std", "activation")
SIZES = ("n_in", "n_out", "n_hidden", "heads", "vocab", "channels", "filters", "kernel", "batch", "stride", "pad")


def settings_class(parameter: Parameter, functions: Sequence[Callable[..., Any]], conventions: Any) -> type | None:
    """The class of such an object, which can be made of nothing: by annotation, by name, or by what is read of it.

    Where the file has none for an argument that is called so, it is a plain object.
    """
    spaces = [getattr(undecorated(f), "__globals__", {}) for f in functions]
    hinted, told = own_class(parameter, functions), matches(conventions.SETTINGS, normal(parameter.name))
    asked = asked_for(parameter, functions)
    if not told and len(asked) < 2:
        return None
    every = [hinted] if hinted else [t for s in spaces for t in s.values() if isinstance(t, type)]
    plain = [t for t in every if not required(parameters(t.__init__, bound=True))]  # type: ignore[misc]
    found = [t for t in plain if told and normal(t.__name__).endswith("config")]
    found += [t for t in plain if len(asked) > 1 and asked <= {*vars(t), *getattr(t, "__dataclass_fields__", {})}]
    return found[0] if found else SimpleNamespace if told and asked and not hinted else None


def asked_for(parameter: Parameter, functions: Sequence[Callable[..., Any]]) -> set[str]:
    """What a constructor reads of an argument."""
    texts = [text_of(f) for f in functions if getattr(f, "__name__", "") == "__init__"]
    return {n for t in texts for n in re.findall(rf"\b{re.escape(parameter.name)}\.(\w+)\b(?!\()", t)}


def settings(
    parameter: Parameter, functions: Sequence[Callable[..., Any]], scene: Any, conventions: Any
) -> dict[str, str]:
    """What its sizes are in a scene, where they are whole numbers under known names; others stay as they are."""
    kind = settings_class(parameter, functions, conventions)
    if kind is None:
        return {}
    try:
        held = {**vars(kind), **vars(kind())}
    except Exception:  # the user's own, which wants more than it says
        return {}
    fresh = asked_for(parameter, functions) if kind is SimpleNamespace else set()
    found = {}
    for name, value in {**held, **dict.fromkeys(fresh, 0)}.items():
        role = next((r for r in roles(name, conventions) if r in SIZES and r in scene.roles), "")
        if role and isinstance(value, int) and not isinstance(value, bool):
            found[name] = scene.roles[role]
        elif name in fresh:
            word = next((r for r in roles(name, conventions) if r in SCALARS and r in scene.roles), "")
            if not word:
                return {}
            found[name] = scene.roles[word]
    return found


def with_settings(kind: type, values: Mapping[str, Any]) -> Any:
    """Such an object with these sizes, frozen or not."""
    made = kind()
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made
