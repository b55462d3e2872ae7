"""Costs: a loss and its derivative, or a network's two functions, one of each in a file or of one kind by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ...checking.subject import Source
from ..building.feeding import weights_alone
from ..building.lengths import counted
from ..forms.staged import staged
from ..forms.unpacked import unpacked
from ..text.code import code_of, method_of
from ..text.gradients import among
from ..text.modules import Module
from ..text.targets import target
from ..text.things import Pair, given_each, joined, matches, normal, parameters, required, source_of, targeted
from .both import LOSSES

Found = Iterator[
    tuple[str, str, bool, str]
]  # forward's name and backward's, whether that is local, what both are called


def shortened(own: Mapping[str, Any], used: set[str], conventions: Any) -> Found:
    """A loss and its derivative, one of them by its letters alone: ``mean_squared_error`` and ``mse_prime``."""
    left = [n for n in own if n not in used]
    slopes = [b for front, b, local in conventions.PAIRS if local and front == "*"]
    for kind in conventions.SHORT:
        losses = [n for n in left if matches(kind, normal(n))]
        backs = [n for n in left if any(matches(kind, normal(stem_of(n, b))) for b in slopes)]
        if len(losses) == len(backs) == 1 and sloped(own[losses[0]], own[backs[0]], conventions):
            yield losses[0], backs[0], True, losses[0]


def only_cost(own: Mapping[str, Any], used: set[str], conventions: Any) -> Found:
    """A file's only gradient, and its only cost that takes the same: ``cost(w, X, y)`` and ``gradient(w, X, y)``."""
    left = [n for n in own if n not in used]
    costs, slopes = ([n for n in left if re.fullmatch(p, n.lower())] for p in conventions.COST_BESIDE)
    costs += [n for n in left if re.search(LOSSES, n.lower()) and n not in (*costs, *slopes)]
    fit = [(c, s) for c in costs for s in slopes if alike(own[c], own[s], conventions)]
    if len(fit) > 1:  # gradient(w, X, y) and gradient_reg(w, X, y, lam=1) of a cost that has lam=1 too
        fit = [(c, s) for c, s in fit if unflagged(own[c]) == unflagged(own[s])]
    if len({n for pair in fit for n in pair}) == 2 * len(fit):
        yield from ((c, s, True, c) for c, s in fit)


def without_penalty(forward: Any, backward: Any, own: Mapping[str, Any], conventions: Any) -> bool:
    """Whether a cost's penalty has a weight that this gradient is not given, and another that takes the same is."""
    front, back = ({p.name for p in parameters(f) if p.default is not p.empty} for f in (forward, backward))
    if not any(matches(w, normal(n)) for n in front - back for w in conventions.WEIGHTS):
        return False
    slopes = (f for n, f in own.items() if f is not backward and re.fullmatch(conventions.COST_BESIDE[1], n.lower()))
    return any(unflagged(f) == unflagged(forward) for f in slopes)


def unflagged(function: Any) -> list[tuple[str, Any]]:
    """What a function is given, and what it has where nothing is, less what only tells it which way to go."""
    return [(p.name, p.default) for p in parameters(function) if type(p.default) is not bool]


def of_one_cost(own: Mapping[str, Any], used: set[str], conventions: Any) -> Found:
    """Costs and their gradients, named by the same words otherwise: ``loss_logistic`` and ``gradient_logistic``."""
    left = [n for n in own if n not in used]
    costs, slopes = ({n: k for n in left if (k := kind(n, at, conventions)) is not None} for at in (0, 1))
    for cost, words in costs.items():
        fit = [s for s, others in slopes.items() if others == words and alike(own[cost], own[s], conventions)]
        fit = [s for s in fit if not without_penalty(own[cost], own[s], own, conventions)]
        if len(fit) == 1 == [*costs.values()].count(words):
            yield cost, fit[0], True, cost
    for slope, others in slopes.items():  # focal_loss_binary and focal_loss_gradient
        fit = [c for c, words in costs.items() if {*others} < {*words} and alike(own[c], own[slope], conventions)]
        if others and len(fit) == 1 and others not in costs.values() and {slope, *fit}.isdisjoint(used):
            yield fit[0], slope, True, fit[0]


def kind(name: str, at: int, conventions: Any) -> tuple[str, ...] | None:
    """What else a cost's name tells (0), or its gradient's (1): ("mse",) of ``mse_loss_gradient``."""
    words = [w for w in name.lower().strip("_").split("_") if w not in DOING]
    told = [[bool(re.fullmatch(p, w)) for w in words] for p in conventions.COST_WORDS]
    if not any(told[at]) or (at == 0 and any(told[1])):
        return None
    return tuple(sorted(w for w, *said in zip(words, *told) if not any(said)))


OTHERS = (
    "calcular",
    "calcula",
    "obtener",
    "obtem",
    "calculer",
    "calcola",
    "funcion",
    "funcao",
    "fonction",
    "funzione",
)
DOING = ("compute", "calculate", "calc", "get", "eval", "evaluate", "function", "fn", "func", *OTHERS)


def only_network(own: Mapping[str, Any], used: set[str], module: Module, conventions: Any) -> Found:
    """A file's only network, all parameters in a dict: ``forward(X, params)`` and ``backward(params, cache, y)``."""
    left = [n for n in own if n not in used]
    ways = [[[n for n in left if matches(p, normal(n))] for p in way] for way in conventions.NETWORK_BESIDE]
    for (front,), (back,) in (way for way in ways if [*map(len, way)] == [1, 1]):
        text = Source(module.path, *joined([source_of(own[n], module) for n in (front, back)]))
        code = unpacked(code_of(Pair(front, own[front], own[back], False, text), conventions), conventions)
        if target(staged(code, conventions), conventions) is not None:
            yield front, back, False, front


def alike(cost: Any, slope: Any, conventions: Any) -> bool:
    """Whether a cost and a gradient, the only ones of a file, take the same: weights, data and targets."""
    front, back = ([p.name for p in required(parameters(f))] for f in (cost, slope))
    two = len(front) == 2 and any(targeted(n, conventions) for n in front)
    return front == back and (two or len(front) in (3, 4, 5)) and sloped(cost, slope, conventions)


def sloped(forward: Any, backward: Any, conventions: Any) -> bool:
    """Whether a function may have a derivative beside it: of one or two arguments, or a cost of weights over data."""
    front, back = (required(parameters(f)) for f in (forward, backward))
    each = given_each(method_of(source_of(backward).text, backward.__name__))
    if 2 < len(front) == len(back) == each:
        return True
    if [p.name for p in front] == [p.name for p in back] and len(front) in (3, 4, 5):
        text = Source("", *joined([source_of(forward), source_of(backward)]))
        code = code_of(Pair("", forward, backward, True, text), conventions)
        some = each > 1 and not counted(code, front[0].name, conventions)  # of f(x, y, t), those by x and y
        by = [any(among((r,), p.name, conventions) for p in front) for r in code.returns]  # return dmu, dlog_std
        named = (len(by) > 1 and all(by)) or bool(weights_alone(code, conventions))
        return named or (len(front) < 5 and not code.returns and not some)
    return 1 <= len(front) <= 2


def stem_of(name: str, pattern: str) -> str:
    """What stands for the star in a name; in camel case too, ``reluForward`` is of ``*_forward``; "" for nothing."""
    found = next((m for form in forms(pattern) if (m := form.fullmatch(name))), None)
    return (found[1] if found.lastindex else name) if found else ""


@lru_cache(1024)
def forms(pattern: str) -> tuple[re.Pattern[str], ...]:
    plain = pattern.replace("*", "(.+)")
    camel = re.sub("_([a-z])", lambda m: m[1].upper(), plain.replace("_(.+)", "([A-Z].*)"))
    return tuple(re.compile(form) for form in dict.fromkeys((plain, camel)))
