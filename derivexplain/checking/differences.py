"""Slopes of forward by difference quotients, each with its own error: Richardson on both sides and across.

A direction v in one variable gives, for every entry of every output, an interval of slopes: a point
(to within its error) where forward is smooth, the stretch between both one-sided slopes at a kink.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .subject import Mover

STEPS = (2e-3, 2e-5, 1e-7)  # tried in turn where the estimate's own error is too large (a kink near by)
COARSE = (3e-2, 3e-3)  # the same where forward computes in single precision
GOOD = 1e-8


@dataclass(frozen=True)
class Slope:
    """Per output entry: slopes between `low` and `high`, each uncertain by `error`; nan error = no slope."""

    low: np.ndarray
    high: np.ndarray
    error: np.ndarray

    @property
    def kinked(self) -> np.ndarray:
        return self.high > self.low


def slopes(mover: Mover, name: str, value: np.ndarray, direction: np.ndarray, coarse: bool = False) -> list[Slope]:
    """The slopes of all outputs along a direction of one variable, as flat arrays."""
    best: list[Slope] | None = None
    for h in COARSE if coarse else STEPS:
        new = [_ladder(*s, h=h, eps=6e-8 if coarse else 1.2e-16) for s in _samples(mover, name, value, direction, h)]
        best = new if best is None else [_better(a, b) for a, b in zip(best, new)]
        if all(np.all(s.error <= GOOD * (1e4 if coarse else 1) * (1 + np.abs(s.high))) for s in best):
            break
    assert best is not None
    return best


Samples = tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]


def _samples(mover: Mover, name: str, value: np.ndarray, direction: np.ndarray, h: float) -> list[Samples]:
    """Per output: the value here, and at h, h/2, h/4 ahead and behind."""
    at = lambda t: [y.ravel() for y in mover.at(name, value + t * direction)]  # noqa: E731
    ahead = [at(h / 2**k) for k in range(3)]
    behind = [at(-h / 2**k) for k in range(3)]
    base = [y.ravel() for y in mover.base]
    return [(base[i], [a[i] for a in ahead], [b[i] for b in behind]) for i in range(len(base))]


def _ladder(base: np.ndarray, ahead: list[np.ndarray], behind: list[np.ndarray], h: float, eps: float) -> Slope:
    if any(y.shape != base.shape for y in (*ahead, *behind)):
        lost = np.full(base.shape, np.nan)
        return Slope(lost, lost, lost)
    steps = (h, h / 2, h / 4)
    central = [(a - b) / (2 * s) for a, b, s in zip(ahead, behind, steps)]
    right = [(a - base) / s for a, s in zip(ahead, steps)]
    left = [(base - b) / s for b, s in zip(behind, steps)]
    middle, error = _extrapolate(central, 4.0)
    r, r_error = _extrapolate(right, 2.0)
    l, l_error = _extrapolate(left, 2.0)
    rounding = 16 * eps * np.max([np.abs(y) for y in (base, *ahead, *behind)], axis=0) / h
    apart = np.abs(r - l)
    # a kink here: two slopes that each settle and stay apart however small the step
    kink = (apart > 100 * (r_error + l_error + rounding)) & (apart > 1e-5 * (np.abs(r) + np.abs(l)))
    low = np.where(kink, np.minimum(l, r), middle)
    high = np.where(kink, np.maximum(l, r), middle)
    return Slope(low, high, np.where(kink, r_error + l_error, error) + rounding)


def _extrapolate(rungs: list[np.ndarray], base: float) -> tuple[np.ndarray, np.ndarray]:
    """Richardson over three halvings: both leading errors taken out, and what is left in doubt."""
    first, second = ((base * b - a) / (base - 1) for a, b in zip(rungs, rungs[1:]))
    power = base**2 if base == 4.0 else 4.0
    best = (power * second - first) / (power - 1)
    return best, np.abs(best - second)


def _better(a: Slope, b: Slope) -> Slope:
    """Entry by entry the estimate with the smaller error; kinks come along."""
    take = ~(a.error <= b.error)
    return Slope(*(np.where(take, y, x) for x, y in zip((a.low, a.high, a.error), (b.low, b.high, b.error))))


def directions(
    size: int, shape: tuple[int, ...], rng: np.random.Generator, most: int, mixed: int
) -> list[np.ndarray]:
    """Coordinates (a sample of them where there are many), all ones, and so many random directions."""
    chosen = range(size) if size <= most else sorted(rng.choice(size, most, replace=False).tolist())
    units = []
    for k in chosen:
        e = np.zeros(size)
        e[k] = 1.0
        units.append(e.reshape(shape))
    if size == 1:
        return units
    return [*units, np.ones(shape), *(rng.standard_normal(shape) for _ in range(mixed))]
