"""Between: losses that stand between forward and backward, as a method of their own or beside other outputs.

``forward(x)`` keeps probabilities, ``get_loss(label)`` keeps the targets, and ``backward()`` starts from both. Or
``forward(x, labels, params)`` returns ``hidden, output, cost``, and ``backward`` takes the same again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..text.code import Code, method_of
from ..text.things import attributes, given_each, matches, normal, parameters, required, targeted


def through_loss(code: Code, conventions: Any) -> Code:
    """Such a class as a loss of what forward is given and of the targets; any other code as it is."""
    if code.style != "class" or required(code.backward_args) or len(required(code.forward_args)) != 1:
        return code
    methods = code.methods
    wanted = attributes(code.back, methods, "LOAD_ATTR") - attributes(code.front, methods, "STORE_ATTR")
    for name, cost in methods.items():
        asked = required(parameters(cost))[1:]
        told = normal(name) in conventions.COSTS and len(asked) == 1 and targeted(asked[0].name, conventions)
        if told and name != code.front and wanted & attributes(name, methods, "STORE_ATTR"):

            def forward(instance: Any, x: Any, target: Any, cost: Any = cost) -> Any:
                code.forward(instance, x)
                return cost(instance, target)

            return replace(code, forward=forward, forward_args=(*required(code.forward_args), *asked))
        if told_of(name, asked, conventions) and wanted & held(name, methods) - held(code.front, methods):

            def whole(instance: Any, x: Any, target: Any, cost: Any = cost) -> Any:
                return cost(instance, code.forward(instance, x), target)

            return replace(code, forward=whole, forward_args=(*required(code.forward_args), asked[1]))
    return code


def told_of(name: str, asked: Sequence[Any], conventions: Any) -> bool:
    """Whether a method is a cost of what came out and of the targets, ``compute_loss(prob, label)``."""
    return normal(name) in conventions.COSTS and len(asked) == 2 and targeted(asked[1].name, conventions)


def held(name: str, methods: Mapping[str, Any]) -> set[str]:
    """What a method asks the instance for that is no method of its class: the layer that keeps its cost."""
    return attributes(name, methods, "LOAD_ATTR") - {*methods}


def of_cost(code: Code, conventions: Any) -> Code:
    """Two functions of a network, of which the first gives its cost too, as that cost's; any other code as it is."""
    front, back = ([p.name for p in required(of)] for of in (code.forward_args, code.backward_args))
    upstream = any(matches(conventions.UPSTREAM, normal(n)) for n in back)
    costs = [k for k, n in enumerate(code.gives) if normal(n) in conventions.COSTS]
    each = len(front) > 2 and given_each(method_of(code.source.text, code.names[1])) == len(front)  # triplets
    told = each or any(targeted(n, conventions) for n in front)
    again = len(front) > 1 and {*front} <= {*back} and told
    if code.style != "pair" or upstream or not again or len(code.gives) < 2 or len(costs) != 1:
        return code
    return replace(code, forward=lambda i, *given: code.forward(i, *given)[costs[0]], gives=())
