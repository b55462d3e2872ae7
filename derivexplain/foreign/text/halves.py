"""Halves: a class whose parameters have a method of their own beside backward, as Torch7 writes it, run as one."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

from ...checking.source import text_of
from .things import Parameter, by_names, matches, method, normal, parameters, required, return_names

Halves = tuple[Callable[..., Any], tuple[Parameter, ...], tuple[str, ...]]


def both_halves(cls: type, back: str, conventions: Any) -> Halves:
    """Backward as a function of the instance, what it is given and the names of what it returns.

    With a method of the parameters' half it is both, where that takes no more than backward, but for a rate:
    ``accGradParameters(input, gradOutput)``, ``grads_wrt_params(inputs, grads_wrt_outputs)``.
    """
    half = getattr(cls, back, None)
    asked, names = parameters(half, bound=not is_free(cls, back)), return_names(half)
    run = by_names(half, lambda i, *a, **k: getattr(i, back)(*a, **k), 1)
    if steps := getattr(half, "half", ""):  # made by us, around what steps
        run.half = steps  # type: ignore[attr-defined]
    alone = run, asked, names
    code, other = getattr(half, "__code__", None), method(cls, conventions.ACCUMULATE) or working(cls)
    if not other or other == back or code is None or other in code.co_names:
        return alone
    if not getattr(getattr(cls, other), "__code__", code).co_names:  # def update_params(self, *args): pass
        return alone
    if moves(half) and works(half):
        return alone  # compute_gradients(d, rate) adds up for whole batches what backward steps at once
    more = parameters(getattr(cls, other), bound=True)
    mine, theirs = ([p.name for p in required(found)] for found in (asked, more))
    step = moves(getattr(cls, other)) or hands_on(getattr(cls, other))
    if not theirs and step and not works(getattr(cls, other)):
        return alone  # def update_parameters(self): a step of what backward keeps
    fewer = len(theirs) < len(mine) and {*theirs} <= {*mine}
    rates = [mine and matches(conventions.RATE, normal(n)) for n in theirs[len(mine) :]]
    if not fewer and (theirs[: len(mine)] != mine or rates not in ([], [True])):
        return alone

    def whole(instance: Any, *given: Any) -> Any:
        result = getattr(instance, back)(*given[: len(mine)])
        named = dict(zip(mine, given))
        own = getattr(instance, other)(*([named[n] for n in theirs] if fewer else given))
        return result if own is None else (result, *(own if isinstance(own, tuple | list) else (own,)))

    whole.half = other  # type: ignore[attr-defined]
    return whole, asked if fewer else more, ("", *found) if (found := return_names(getattr(cls, other))) else names


def working(cls: type) -> str:
    """The method that takes a step and works its gradient out itself: ``self.W -= self.lr * self.x.T @ self.d``."""
    name = method(cls, ("update", "step"))
    function = getattr(cls, name, None)
    asked = required(parameters(function, bound=True)) if name else ()
    return name if name and not asked and moves(function) and works(function) else ""


def moves(function: Any) -> bool:
    """Whether a method takes a step: ``self.W -= ...``, ``self.params[key] -= ...``."""
    return re.search(r"self\.\w+(\[[^\]]*\])? *(-=|= *self\.\w+(\[[^\]]*\])? *-)", text_of(function)) is not None


def hands_on(function: Any) -> bool:
    """Whether a method leaves its steps to an optimizer: ``self.optimizer.update(self.W, self.dW)``."""
    return re.search(r"\b_?opt(im\w*)?\.\w+\(", text_of(function)) is not None


def works(function: Any) -> bool:
    """Whether a method works gradients out."""
    return re.search(r"\b(dot|matmul|outer|einsum)\(| @ ", text_of(function)) is not None


def stepper(backward: Any, name: str) -> str:
    """The method that takes the step of a backward of two halves; else the one of this name."""
    inner = backward.args[-1] if isinstance(backward, functools.partial) else backward
    return str(getattr(inner, "half", name))


def is_free(cls: type, name: str) -> bool:
    """Whether a method has no self among its arguments."""
    return isinstance(inspect.getattr_static(cls, name, None), staticmethod | classmethod)
