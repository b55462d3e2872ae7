"""Scores: costs of activations whose gradient is one for the scores before them.

``fn(a, y)`` with ``delta(z, a, y)`` stands for a = sigmoid(z); ``loss(y, y_pred)`` with ``grad(y, y_pred, z, act)``
for any activation, which is given. Both are costs of z.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .code import Code
from .making import Pointwise
from .things import matches, normal, required, roles


def from_scores(code: Code, conventions: Any) -> Code:
    """Such a cost as one of its scores; any other code as it is."""
    front, back, wanted = required(code.forward_args), required(code.backward_args), code.backward
    names = [p.name for p in front]
    fresh = [p for p in back if p.name not in names]
    z = next((p for p in fresh if matches(conventions.SCORES, normal(p.name))), None)
    f = next((p for p in fresh if p is not z and "activation" in roles(p.name, conventions)), None)
    whole = sorted(p.name for p in back if p is not z and p is not f) == sorted(names)
    if code.style != "class" or len(front) != 2 or z is None or wanted is None or not whole:
        return code
    space = next((f.__globals__ for f in code.functions if hasattr(f, "__globals__")), {})
    act = Pointwise() if f else space.get("sigmoid")
    if not callable(act):
        return code
    targets = [n == "y" or matches(conventions.TARGET, normal(n)) for n in names]
    at = 1 if targets == [True, False] else 0

    def known(given: tuple[Any, ...]) -> list[Any]:
        return [act(v) if k == at else v for k, v in enumerate(given)]

    def backward(instance: Any, *given: Any) -> Any:
        held = {**dict(zip(names, known(given))), z.name: given[at], **({f.name: act} if f else {})}
        return wanted(instance, *(held[p.name] for p in back))

    asked = tuple(z if k == at else p for k, p in enumerate(front))
    return replace(
        code,
        name=code.name if f else f"{code.name} of logits",
        forward=lambda i, *given: code.forward(i, *known(given)),
        backward=backward,
        forward_args=asked,
        backward_args=asked,
    )
