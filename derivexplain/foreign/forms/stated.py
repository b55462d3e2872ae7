"""Stated: the cost that a file writes down beside a network whose backward holds its loss inside."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...checking.subject import quiet
from ..text.code import Code
from ..text.things import matches, normal, parameters, required
from ..text.uses import space_of

Cost = Callable[[Any, Any], Any]  # of the output and the targets
DRAWS = 2  # at which the cost and the loss inside must have the same ratio


def costs(code: Code, instance: Any, conventions: Any) -> Iterator[tuple[str, Cost]]:
    """The functions of the output and the targets that are called a cost, in the file or in the class itself."""
    space = space_of(code)
    own = {n: getattr(instance, n) for n, f in vars(type(instance)).items() if inspect.isfunction(f)}
    for name, function in {**space, **own}.items():
        called = re.fullmatch(conventions.COST_BESIDE[0], name.lower()) and name not in (code.front, code.back)
        if not called or not (inspect.isfunction(function) or inspect.ismethod(function)):
            continue
        wanted = required(parameters(function))
        at = [k for k, p in enumerate(wanted[:2]) if matches(f"{conventions.TARGET}|y", normal(p.name))]
        if len(at) == 1 and 2 <= len(wanted) <= 3:
            more: list[Any] = [{}] * (len(wanted) - 2)  # parameters, of which it may make nothing
            yield name, lambda y, t, f=function, k=at[0], m=more: f(*((t, y) if k == 0 else (y, t)), *m)


def ratio(cost: Cost, loss: Cost, draws: Iterator[Any]) -> float | None:
    """How many times the loss inside the stated cost is, whatever the output and the targets are."""
    found = []
    for y, t in itertools.islice(draws, DRAWS):
        try:
            with quiet():
                found.append(float(np.squeeze(cost(y, t))) / float(loss(y, t)))
        except (Exception, SystemExit):
            return None
    return found[0] if np.isfinite(found[0]) and np.allclose(found, found[0], rtol=1e-3) else None


def divided(code: Code, instance: Any, loss: Cost, draws: Iterator[Any], examples: int, conventions: Any) -> str:
    """The one cost of the file that is divided by the number of examples, where the loss inside is not; or ""."""
    known = [(n, r) for n, f in costs(code, instance, conventions) if (r := ratio(f, loss, draws)) is not None]
    means = [n for n, r in known if np.isclose(r, 1 / examples, rtol=1e-3)]
    return means[0] if examples > 2 and len(known) == len(means) == 1 else ""
