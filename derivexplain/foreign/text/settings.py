"""Settings: a constructor that takes all its sizes as one object, ``Attention(config)``, of a class in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .hints import own_class
from .things import Parameter, matches, normal, parameters, required, roles, undecorated

SIZES = ("n_in", "n_out", "n_hidden", "heads", "vocab", "channels", "filters", "kernel", "batch", "stride", "pad")


def settings_class(parameter: Parameter, functions: Sequence[Callable[..., Any]], conventions: Any) -> type | None:
    """The class of such an object, which can be made of nothing: by the argument's annotation, or by its name."""
    if not matches(conventions.SETTINGS, normal(parameter.name)):
        return None
    spaces = [getattr(undecorated(f), "__globals__", {}) for f in functions]
    named = [t for s in spaces for n, t in s.items() if isinstance(t, type) and normal(n).endswith("config")]
    hinted = own_class(parameter, functions)
    known = [t for t in ([hinted] if hinted else named) if not required(parameters(t.__init__, bound=True))]  # type: ignore[misc]
    return known[0] if known else None


def settings(
    parameter: Parameter, functions: Sequence[Callable[..., Any]], scene: Any, conventions: Any
) -> dict[str, str]:
    """What its sizes are in a scene, where they are whole numbers under known names; others stay as they are."""
    kind = settings_class(parameter, functions, conventions)
    try:
        held = vars(kind()) if kind else {}
    except Exception:  # the user's own, which wants more than it says
        return {}
    found = {}
    for name, value in held.items():
        role = next((r for r in roles(name, conventions) if r in SIZES and r in scene.roles), "")
        if role and isinstance(value, int) and not isinstance(value, bool):
            found[name] = scene.roles[role]
    return found


def with_settings(kind: type, values: Mapping[str, Any]) -> Any:
    """Such an object with these sizes, frozen or not."""
    made = kind()
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made
