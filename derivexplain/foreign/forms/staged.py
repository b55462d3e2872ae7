"""Staged: forward gives what comes out of every stage, and backward takes it by name.

``Z1, A1, Z2, A2 = forward(W1, b1, W2, b2, X)``, ``backward(Z1, A1, Z2, A2, W1, W2, X, Y)``: the last stage is the
output, all of them are the cache.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..text.code import Code
from ..text.targets import explicit
from ..text.things import matches, normal, positional, required

OUTPUT = r"y_?(hat|out|pred)\w*|out(put)?s?|probs?|pred\w*|al"


def staged(code: Code, conventions: Any) -> Code:
    """The same with one output and one cache, where backward takes two stages or more; else as it is."""
    stages = [normal(g) for g in code.gives]
    asked = [normal(p.name) for p in code.backward_args]
    if code.style == "fused" or code.local or code.backward is None or len({*stages} & {*asked}) < 2:
        return code
    owned = code.style == "class" and len(required(code.forward_args)) == 1  # which keeps its parameters
    if len({*stages}) != len(stages) or not (owned or explicit(code, conventions)):
        return code
    forward, backward = code.forward, code.backward
    output = max(range(len(stages)), key=lambda k: standing(stages[k], k, conventions))
    others = [p for p, n in zip(code.backward_args, asked) if n not in stages]
    if code.style == "pair" and not others:
        return code  # backward(output, cache): neither targets nor an upstream gradient would reach it
    if code.style == "pair":
        others = held_against(others, code, conventions)

    def front(instance: Any, *given: Any) -> Any:
        result = forward(instance, *given)
        last = result[output][-1] if isinstance(result[output], list) else result[output]  # of all activations
        return last, dict(zip(stages, result, strict=True))

    def back(instance: Any, cache: Any, *given: Any) -> Any:
        rest = iter(given)
        return backward(instance, *(cache[n] if n in stages else next(rest) for n in asked))

    gives = (code.gives[output], "cache")
    return replace(code, forward=front, backward=back, backward_args=(positional("cache"), *others), gives=gives)


def held_against(others: list[Any], code: Code, conventions: Any) -> list[Any]:
    """The same with the only one called targets that is neither forward's nor a rate, in whatever language."""
    known = f"{conventions.UPSTREAM}|{conventions.TARGET}|{conventions.CACHE}|y"
    given = {normal(p.name) for p in code.forward_args}
    fresh = [p for p in others if normal(p.name) not in given and not matches(conventions.RATE, normal(p.name))]
    named = any(matches(known, normal(p.name)) or p.default is not p.empty for p in fresh)
    return [p.replace(name="targets") if [p] == fresh and not named else p for p in others]


def standing(name: str, place: int, conventions: Any) -> tuple[bool, int, bool, int]:
    """How likely a stage is the last one: by its name, by its number, by being no z, by where it stands."""
    number = re.search(r"\d+$", name)
    return matches(OUTPUT, name), int(number[0]) if number else 0, not matches(conventions.BEFORE, name), place
