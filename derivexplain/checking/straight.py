"""Straight-through estimators: forward goes in steps, and backward passes on what it is given all the same."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..story import Finding
from .subject import Bench
from .values import Slopes

FLAT = 0.8  # of the slopes: the largest entry may set the size of all steps, and counts with its own


def through(bench: Bench, name: str, gradient: np.ndarray, douts: tuple[np.ndarray, ...]) -> bool:
    """Whether forward goes in steps along this variable, where backward passes the upstream gradient, or parts of it.

    ``np.sign(x)`` with ``dout * (np.abs(x) <= 1)``. A function's own derivative is no estimator.
    """
    if bench.case.name != "the example" or bench.subject.pointwise or not bench.subject.upstream:
        return False
    if not any(d.shape == gradient.shape and np.all((gradient == d) | (gradient == 0)) for d in douts):
        return False
    slopes = Slopes(bench, most=10**6, mixed=0)
    found = slopes.compare(name, gradient, douts).true
    flat = [k for k, slope in found.items() if slope == 0]
    if len(flat) < FLAT * gradient.size or not any(gradient[k] for k in flat):
        return False
    if any(slope and (not gradient[k] or np.isclose(slope, gradient[k])) for k, slope in found.items()):
        return False  # a slope that is right there, or lost: (x - 0.5) * (x > 0.5)
    times = [slope / gradient[k] for k, slope in found.items() if slope]
    if len(times) > 1 and np.allclose(times, times[0]):
        return False  # a mask that keeps few, and is forgotten: x * mask / keep
    far = slopes.mover.at({name: -2 * slopes.values[name]})
    return not all(map(np.array_equal, far, slopes.mover.base))  # steps there are


def told(names: Iterable[str]) -> list[Finding]:
    """What is said of them."""
    about = " and for ".join(sorted(names))
    words = f"the gradient for {about} is the upstream gradient passed straight through: forward goes in steps, and "
    words += "its slope is 0 between them (the straight-through estimator: a convention, no derivative)"
    return [Finding("straight-through", "warn", words)] if about else []
