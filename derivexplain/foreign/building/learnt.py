"""Learnt: parameters that are no arrays of floats, as such: PReLU's alpha, weights in a list, in a class.

What backward keeps the gradient of is learnt, ``self.dalpha``; so is a number whose gradient it returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

from ..text.code import Code
from ..text.gradients import among
from ..text.things import Parameter, matches, normal, required, role, roles
from .costs import regression
from .feeding import LEARNT

FITTED = r"(w|b|theta)\d*|weights?|bias|intercept"  # by a class that fits its own
SLOPE = r"d_?{0}|(?:grad|delta)(?:_|(?!s\b)){0}|{0}_?grad(?:ient)?"  # grads are no gradient of s
SLOPES = (
    rf"\bself\.(?:{SLOPE})\b"
    # grads["alpha"], grads = {"alpha": ...}, return {"alpha": ...}; not a layer's settings, {"alpha": self.alpha}
    r"|(?:grad\w*(?:\[| *= *\{{(?:[^}}]*,)? *)|\breturn \{{(?:[^}}]*,)?\s*)['\"](?:d_?)?{0}['\"](?! *: *self\.{0}\b)"
)
PRIVATE = re.compile(r"^_[^\W_]\w*?(?=__)")  # what Python writes before self.__b


def with_learnt(code: Code, conventions: Any) -> Code:
    """The same with what is learnt as arrays, and not left out of forward's arguments."""
    if regression(code, conventions):
        return replace(code, build=built(code.build, lambda n: matches(FITTED, normal(n))))
    if code.style == "class":
        back = code.backward and partial(listed, code.backward)
        text = code.source.text
        steps = stepped(text, conventions)
        told = partial(told_back, code, conventions)
        code = replace(
            code, build=built(code.build, lambda n: n in steps or slope_kept(text, n) or told(n)), backward=back
        )
    given = code.forward_args
    numbers = [type(p.default) is float for p in given]
    one_each = "" in code.returns and len(code.returns) == len(given) == len(required(given)) + sum(numbers)
    optional = [n or left_out(p, conventions) for p, n in zip(given, numbers)]
    owed = [among(code.returns, p.name, conventions) for p in given]
    learnt = [(n and one_each) or (o and g) for n, o, g in zip(numbers, optional, owed)]
    first = next((k for k, (p, own) in enumerate(zip(given, learnt)) if p.default is not p.empty and not own), None)
    asked = tuple(asked_for(p) if own else p for p, own in zip(given[:first], learnt))
    return replace(code, forward_args=(*asked, *given[len(asked) :]))


def left_out(p: Parameter, conventions: Any) -> bool:
    """Whether this is an array of parameters that may be missing: ``bias=None``."""
    return p.default is None and {*roles(p.name, conventions)[:1]} <= {"W", "b", "gamma", "beta"}


def asked_for(p: Parameter) -> Parameter:
    return p.replace(default=p.empty, annotation=p.annotation if p.default is None else LEARNT)


def told_back(code: Code, conventions: Any, name: str) -> bool:
    """Whether backward returns a weight's gradient by its name: ``return w_grad, b_grad``."""
    return matches(FITTED, normal(name)) and among(code.returns, name, conventions)


@cache  # asked of every instance
def slope_kept(text: str, name: str) -> bool:
    return re.search(SLOPES.format(re.escape(name)), text) is not None


def stepped(text: str, conventions: Any) -> frozenset[str]:
    """The attributes that are moved entry by entry, or as a number: ``self.w[i][j] -= self.lr * d * x[j]``."""
    place = r"self\.(\w+)(?:\[[^\]\n]+\])*"
    step = rf"(?m)^\s*{place} *(?:[-+]=|= *self\.\1(?:\[[^\]\n]+\])* *[-+])([^\n]*)"
    rate, moved = f"{conventions.RATE}|alpha", re.findall(step, text)
    rated = (n for n, by in moved if any(matches(rate, normal(w)) for w in re.findall(r"\w+", by)))
    return frozenset((*rated, *(n for n, _ in moved if role(n, conventions) == "b")))


def built(build: Callable[[list[Any]], Any], learnt: Callable[[str], bool]) -> Callable[[list[Any]], Any]:
    """Instances that have what is learnt by these names as arrays of their own."""

    def with_arrays(given: list[Any]) -> Any:
        fresh = build(given)
        held = getattr(fresh, "__dict__", {})
        shared = {n: v for n, v in vars(type(fresh)).items() if isinstance(v, np.ndarray) and n not in held}
        held.update({n: v.astype(float) for n, v in shared.items() if learnt(n)})
        for box in (held, *(v for v in held.values() if isinstance(v, dict))):
            for name in [n for n in box if isinstance(n, str) and (learnt(n) or learnt(PRIVATE.sub("", n)))]:
                if (array := floats(box[name])) is not None:
                    box[name] = array
        return fresh

    return with_arrays


class Number(np.ndarray):
    """A number as an array that is never changed, as a number is not: ``total = self.b; total += w * x``."""

    def __iadd__(self, other: Any) -> Any:
        return self + other

    def __isub__(self, other: Any) -> Any:
        return self - other


def floats(value: Any) -> np.ndarray | None:
    """A number, an array of whole numbers or a list of floats as an array of floats; None for anything else."""
    if type(value) in (int, float):
        return np.array(value, dtype=float).view(Number)
    if isinstance(value, np.ndarray) and value.dtype.kind == "i":
        return np.array(value, dtype=float)
    try:
        array = np.array(value) if type(value) is list else None  # a list of whole numbers is one of sizes
    except ValueError:
        return None
    return array if array is not None and array.dtype.kind == "f" else None


def listed(backward: Callable[..., Any], instance: Any, *given: Any) -> Any:
    """Run backward; what it keeps in lists beside arrays that were lists is made arrays too."""
    result = backward(instance, *given)
    held = getattr(instance, "__dict__", {})
    for box in (held, *(v for v in held.values() if isinstance(v, dict))):
        for name in [n for n, v in box.items() if isinstance(n, str) and isinstance(v, list)]:
            if any(
                re.fullmatch(SLOPE.format(re.escape(n)), name) for n, v in held.items() if isinstance(v, np.ndarray)
            ):
                box[name] = np.array(box[name])
    return result
