"""Slopes of forward by difference quotients, each with its own error: Richardson on both sides and across.

A direction v in one variable, or in several together, gives for every entry of every output an interval of
slopes: a point (to within its error) where forward is smooth, the stretch between both one-sided slopes at a kink.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .mover import Mover

STEPS = (2e-3, 2e-5, 1e-7)  # tried in turn where the estimate's own error is too large (a kink near by)
COARSE = (3e-2, 3e-3)  # the same where forward computes in single precision
GOOD = 1e-8
STEP, PAIRS = 1e-6, 16  # for how forward bends at a kink


Point = Mapping[str, np.ndarray]  # values of variables, or a direction in them


@dataclass(frozen=True)
class Slopes:
    """Of one output, a row a direction: slopes between `low` and `high`, uncertain by `error`; nan: no slope."""

    low: np.ndarray
    high: np.ndarray
    error: np.ndarray

    @property
    def kinked(self) -> np.ndarray:
        return self.high > self.low


def stacked(a: Slopes, b: Slopes) -> Slopes:
    """The rows of both."""
    return Slopes(*map(np.concatenate, zip((a.low, a.high, a.error), (b.low, b.high, b.error))))


def slopes(mover: Mover, point: Point, directions: Sequence[Point], coarse: bool = False) -> list[Slopes]:
    """The slopes of all outputs, as flat arrays, along each of the directions from a point."""
    best: list[Slopes] = []
    good, eps = (GOOD * 1e4, 6e-8) if coarse else (GOOD, 1.2e-16)
    left = np.arange(len(directions))
    for h in COARSE if coarse else STEPS:
        samples = [_samples(mover, point, directions[k], h) for k in left]
        new = [
            _ladder(base.ravel(), *np.stack([s[i] for s in samples], axis=2), h=h, eps=eps)
            for i, base in enumerate(mover.base)
        ]
        best = [_better(a, b, left) for a, b in zip(best, new)] or new
        settled = [np.all(s.error <= good * (1 + np.abs(s.high)), axis=1) for s in best]
        left = np.flatnonzero(~np.all(settled, axis=0))
        if not left.size:
            break
    return best


def _samples(mover: Mover, point: Point, direction: Point, h: float) -> list[np.ndarray]:
    """Per output: its values at h, h/2, h/4 ahead and behind; nan where it comes in another shape."""
    steps = [sign * h / 2**k for sign in (1, -1) for k in range(3)]
    found = [mover.at({n: point[n] + t * v for n, v in direction.items()}) for t in steps]
    fits = [all(y[i].shape == base.shape for y in found) for i, base in enumerate(mover.base)]
    rows = [[y[i].ravel() if fits[i] else np.full(base.size, np.nan) for y in found]
            for i, base in enumerate(mover.base)]  # fmt: skip
    return [np.array(r).reshape(2, 3, -1) for r in rows]


def single(mover: Mover, name: str, value: np.ndarray, rng: np.random.Generator) -> bool:
    """Whether forward rounds to single precision inside: then tiny steps show its rounding, not its slope."""
    step = 1e-6 * rng.choice([-1.0, 1.0], value.shape) * (1 + np.abs(value))
    ahead, behind = (mover.at({name: value + t * step}) for t in (1, -1))
    for y, a, b in zip(mover.base, ahead, behind):
        if a.shape == y.shape == b.shape and np.any(moved := a != b):
            # a smooth function bends by the square of the step
            bent = np.abs(a - 2 * y + b)[moved] / (np.abs(y) + 1e-3)[moved]
            if np.mean((bent > 2e-9) & (bent < 5e-7)) > 0.25:
                return True
    return False


def jitter(mover: Mover, point: Point, rng: np.random.Generator) -> list[np.ndarray]:
    """Per output, how far its entries are off the line that they move along in tiny steps: their own rounding."""
    found = [np.zeros(base.size) for base in mover.base]
    for step in (1e-7, 7e-8, 4e-8, 2e-8):
        v = {n: step * rng.standard_normal(x.shape) for n, x in point.items()}
        ahead, behind = (mover.at({n: x + sign * v[n] for n, x in point.items()}) for sign in (1, -1))
        for k, (a, y, b) in enumerate(zip(ahead, mover.base, behind)):
            if a.shape == y.shape == b.shape:
                found[k] = np.maximum(found[k], np.abs(a - 2 * y + b).ravel())
    return found


def _ladder(base: np.ndarray, ahead: np.ndarray, behind: np.ndarray, h: float, eps: float) -> Slopes:
    steps = np.array((h, h / 2, h / 4))[:, None, None]
    middle, error = _extrapolate((ahead - behind) / (2 * steps), 4.0)
    r, r_error = _extrapolate((ahead - base) / steps, 2.0)
    l, l_error = _extrapolate((base - behind) / steps, 2.0)
    largest = np.maximum(np.abs(base), np.maximum(np.abs(ahead).max(axis=0), np.abs(behind).max(axis=0)))
    rounding = 16 * eps * largest / h
    apart = np.abs(r - l)
    # a kink here: two slopes that each settle and stay apart however small the step
    kink = (apart > 100 * (r_error + l_error + rounding)) & (apart > 1e-5 * (np.abs(r) + np.abs(l)))
    low = np.where(kink, np.minimum(l, r), middle)
    high = np.where(kink, np.maximum(l, r), middle)
    return Slopes(low, high, np.where(kink, r_error + l_error, error) + rounding)


def _extrapolate(rungs: np.ndarray, base: float) -> tuple[np.ndarray, np.ndarray]:
    """Richardson over three halvings: both leading errors taken out, and what is left in doubt."""
    first, second = (base * rungs[1:] - rungs[:-1]) / (base - 1)
    power = base**2 if base == 4.0 else 4.0
    best = (power * second - first) / (power - 1)
    return best, np.abs(best - second)


def _better(a: Slopes, b: Slopes, rows: np.ndarray) -> Slopes:
    """Entry by entry the estimate with the smaller error, in those rows that were taken again; kinks come along.

    Where the two are further apart than their errors allow, the longer step went past a pole or a bend.
    """
    apart = np.maximum(a.low[rows] - b.high, b.low - a.high[rows])
    take = ~(a.error[rows] <= b.error) | (apart > 4 * (a.error[rows] + b.error))
    out = []
    for old, new in zip((a.low, a.high, a.error), (b.low, b.high, b.error)):
        out.append(old.copy())
        out[-1][rows] = np.where(take, new, old[rows])
    return Slopes(*out)


def bends_both_ways(mover: Mover, name: str, value: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Per output, which entries are here neither convex nor concave, judged along random pairs of directions."""

    def ahead(along: np.ndarray) -> list[np.ndarray]:
        outs = mover.at({name: value + STEP * along})
        return [((y - b) / STEP).ravel() if y.shape == b.shape else np.full(b.size, np.nan)
                for y, b in zip(outs, mover.base)]  # fmt: skip

    bends, sizes = [], []
    for _ in range(PAIRS):
        v, w = rng.standard_normal((2, *value.shape))
        parts = [*zip(ahead(v), ahead(w), ahead(v + w))]
        bends.append([a + b - c for a, b, c in parts])
        sizes.append([np.abs(c) for _, _, c in parts])
    most = [1e-4 * (1e-3 + np.max(s, axis=0)) for s in zip(*sizes)]
    return [(np.max(b, axis=0) > m) & (np.min(b, axis=0) < -m) for b, m in zip(zip(*bends), most)]


def coordinates(value: np.ndarray, rng: np.random.Generator, most: int) -> list[np.ndarray]:
    """Unit directions, a sample of them where there are many."""
    size = value.size
    chosen = range(size) if size <= most else sorted(rng.choice(size, most, replace=False).tolist())
    units = np.zeros((len(chosen), size))
    units[range(len(chosen)), chosen] = 1.0
    return [u.reshape(value.shape) for u in units]


def across(value: np.ndarray, rng: np.random.Generator, mixed: int) -> list[np.ndarray]:
    """All ones, and so many random directions; none where a coordinate is all there is."""
    if value.size == 1:
        return []
    return [np.ones(value.shape), *(rng.standard_normal(value.shape) for _ in range(mixed))]
