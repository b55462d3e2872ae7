"""Learnt numbers: parameters that are plain numbers, PReLU's alpha or a regression's b, as arrays of one number.

A number is learnt where backward keeps its gradient, ``self.dalpha``, or returns it: ``dx, dalpha``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .arguments import LEARNT
from .code import Code
from .costs import regression
from .things import matches, normal, required

FITTED = r"(w|b|theta)\d*|weights?|bias|intercept"  # by a class that fits its own
SLOPES = (
    r"\bself\.(?:d_?{0}|(?:grad|delta)_?{0}|{0}_?grad(?:ient)?)\b"
    r"|grad\w*(?:\[| *= *\{{(?:[^}}]*,)? *)['\"](?:d_?)?{0}['\"]"  # grads["alpha"], grads = {{"alpha": ...}}
)


def with_learnt_numbers(code: Code, conventions: Any) -> Code:
    """The same with what is learnt as arrays and arguments, where it is a number, and may be left out."""
    if regression(code, conventions):
        return replace(code, build=built(code.build, lambda n: matches(FITTED, normal(n))))
    if code.style == "class":
        code = replace(code, build=built(code.build, lambda n: slope_kept(code, n)))
    given = code.forward_args
    floats = [type(p.default) is float for p in given]
    one_each = "" in code.returns and len(code.returns) == len(given) == len(required(given)) + sum(floats)
    learnt = [f and (one_each or returned(code, p.name)) for p, f in zip(given, floats)]
    first = next((k for k, (p, own) in enumerate(zip(given, learnt)) if p.default is not p.empty and not own), None)
    asked = tuple(p.replace(default=p.empty, annotation=LEARNT) if n else p for p, n in zip(given[:first], learnt))
    return replace(code, forward_args=(*asked, *given[len(asked) :]))


def returned(code: Code, name: str) -> bool:
    """Whether backward returns this argument's gradient: ``return dx, dalpha``."""
    forms = (
        f"d{normal(name)}",
        f"grad{normal(name)}",
        f"{normal(name)}grad",
        f"dl{normal(name)}",
        f"dld{normal(name)}",
    )
    return any(normal(n) in forms for n in code.returns)


def slope_kept(code: Code, name: str) -> bool:
    return re.search(SLOPES.format(re.escape(name)), code.source.text) is not None


def built(build: Callable[[list[Any]], Any], learnt: Callable[[str], bool]) -> Callable[[list[Any]], Any]:
    """Instances whose numbers of these names, ``self.b = 0``, are arrays of one number."""

    def with_arrays(given: list[Any]) -> Any:
        fresh = build(given)
        for name, value in list(getattr(fresh, "__dict__", {}).items()):
            if type(value) in (int, float) and learnt(name):
                setattr(fresh, name, np.array(float(value)))
        return fresh

    return with_arrays
