"""Scores: costs of activations whose gradient is one for the scores before them.

``fn(a, y)`` with ``delta(z, a, y)`` stands for a = sigmoid(z); ``loss(y, y_pred)`` with ``grad(y, y_pred, z, act)``
for any activation, which is given. Both are costs of z. ``forward(z, y=None)`` is one where it is given its targets,
and ``loss(x, y=None, reg=0.0)``, which gives its gradients too, where it is given them and some regularization.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..text.code import Code
from ..text.madeup import Pointwise
from ..text.things import matches, normal, required, roles, targeted
from ..text.uses import space_of


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
    space = space_of(code)
    act = Pointwise() if f else space.get("sigmoid")
    if not callable(act):
        return code
    targets = [targeted(n, conventions) for n in names]
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


def with_targets(code: Code, conventions: Any) -> Code:
    """The same with targets that forward may be given, where backward, which is given nothing, starts from a loss."""
    optional = [p for p in code.forward_args if p.default is None]
    target = next((p for p in optional if targeted(p.name, conventions)), None)
    if code.style == "pair" or not code.front or required(code.backward_args):
        return code
    fused, data = code.style == "fused", required(code.forward_args)
    weighed = [p for p in code.forward_args if fused and p.default == 0.0 and "alpha" in roles(p.name, conventions)]
    given = [p.replace(default=p.empty) for p in ([target] if target else []) + weighed]
    if len(data) != 1 + fused * (target is None) or not given:
        return code
    asked = (*data, *given)

    def forward(instance: Any, *wanted: Any) -> Any:
        named = dict(zip([p.name for p in given], wanted[len(data) :]))
        result = code.forward(instance, *wanted[: len(data)], **named)
        if fused:
            return result
        losses = [r for r in result if np.ndim(r) == 0] if isinstance(result, tuple) else []
        return losses[0] if len(losses) == 1 else result  # probs, loss

    return replace(code, forward=forward, forward_args=asked)
