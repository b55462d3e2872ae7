"""Values: the gradients that backward returns against the slopes of forward, with tolerances from their own error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from . import differences
from .mover import Mover
from .subject import Bench

MOST = 16  # coordinates of one variable that are tried at the example; a diagnosis tries all
FEW = 6  # where directions across all of them leave nothing open, and in every other case
RELATIVE = 1e-8
NOISY = 1e-2  # relative differences that may come from the rounding of forward itself
PARTED = 64  # entries of a variable whose ties are parted, one by one


@dataclass(frozen=True)
class Miss:
    """A gradient entry (or direction) that is no slope of forward: what backward says, what forward does."""

    name: str
    index: tuple[int, ...] | None  # None: along a direction
    claimed: float
    low: float
    high: float
    excess: float  # by how many tolerances
    relative: float = 0.0


@dataclass
class Comparison:
    """How one variable's gradient compares: misses, kinks met, the largest relative difference."""

    name: str
    misses: list[Miss] = field(default_factory=list)
    kinks: list[tuple[tuple[int, ...], float, float, float]] = field(default_factory=list)
    worst: float = 0.0
    apart: float = 0.0  # the largest difference, in units of the largest slope (or of 1)
    tried: int = 0
    size: float = 0.0  # largest true slope seen
    given: float = 0.0  # largest gradient entry that backward returned
    true: dict[tuple[int, ...], float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.misses

    def whole(self, shape: tuple[int, ...]) -> np.ndarray:
        """The slopes that were measured as a gradient of this shape; nan where there are none."""
        found = np.full(shape, np.nan)
        for index, slope in self.true.items():
            found[index] = slope
        return found


Measured = tuple[np.ndarray, list[differences.Slopes]]  # directions as rows, and the slopes of every output


class Slopes:
    """The slopes of one case, measured once and held against many upstream gradients.

    Where forward is smooth along a random direction, that one tries all entries of all gradients: then only `few`
    coordinates of a variable are tried besides, and `most` where it has a kink, cannot be measured or does not agree.
    `like` are those of another case: they tell whether this code draws from chance, or rounds to single precision
    inside.
    """

    def __init__(
        self,
        bench: Bench,
        coarse: bool = False,
        most: int = MOST,
        few: int | None = None,
        mixed: int = 2,
        like: Slopes | None = None,
        values: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self.bench, self.coarse, self.most, self.mixed = bench, coarse, most, mixed
        self.few = most if few is None else few
        self.rough = coarse
        if bench.case.measured:  # single precision against slopes in double precision, where forward has them
            bench = Bench(bench.subject, replace(bench.case, change=bench.case.measured), bench.paths)
            values = bench.variables()
            narrow = (*values.values(), *bench.forward(*bench.fresh()))  # its parameters may be narrow of their own
            self.rough &= any(np.asarray(a).dtype == np.float32 for a in narrow)
        self.mover: Mover = Mover(bench, like.mover if like else None)
        self.values = bench.variables() if values is None else values
        self.single: bool = like.single if like else not self.rough and self.rounds()
        self.coarse |= self.single
        self.rough |= self.single
        self.known: dict[tuple[str, int], Measured] = {}
        self.bent: dict[str, list[np.ndarray]] = {}
        self.jitter: list[np.ndarray] = []

    def rounds(self) -> bool:
        """Whether forward rounds to single precision inside."""
        chance = self.bench.rng(8)
        held = {n: np.asarray(x, dtype=float) for n, x in self.values.items() if x.size}
        return any(differences.single(self.mover, n, x, chance) for n, x in held.items())

    def of(self, name: str, most: int | None = None) -> Measured:
        """The slopes along so many coordinates of one variable, and along directions across all of them."""
        most = self.most if most is None else most
        if (name, most) not in self.known:
            value, rng = np.asarray(self.values[name], dtype=float), self.bench.rng(7)
            coordinates, across = differences.coordinates, differences.across
            along = coordinates(value, rng, most) if most else across(value, rng, self.mixed)
            found = self.measured({name: value}, [{name: v} for v in along])
            self.known[name, most] = joined(found, self.of(name, 0)) if most else found
        return self.known[name, most]

    def measured(self, point: differences.Point, along: list[differences.Point]) -> Measured:
        """The slopes along directions in the variables of a point."""
        size = sum(v.size for v in point.values())
        rows = [np.concatenate([v.ravel() for v in move.values()]) for move in along]
        found = differences.slopes(self.mover, point, along, self.rough) if along else []
        return np.reshape(rows, (len(rows), size)), found

    def none_at(self, name: str, entries: np.ndarray, douts: tuple[np.ndarray, ...]) -> bool:
        """Whether forward has no slope at these entries of a variable: it is infinite there, or forward jumps."""
        value = np.asarray(self.values[name], dtype=float)
        units = np.eye(value.size)[np.flatnonzero(entries)[:FEW]].reshape(-1, *value.shape)
        _, found = self.measured({name: value}, [{name: u} for u in units])
        low, high, error, scale, _ = contract(found, [np.asarray(d, dtype=float).ravel() for d in douts])
        return not np.any(has_slope(low, high, error, scale))

    def noise(self, douts: list[np.ndarray]) -> float:
        """How far rounding inside of forward may put a slope off: of 1 - y near y = 1 few digits are left."""
        if not self.jitter:
            point = {n: np.asarray(x, dtype=float) for n, x in self.values.items()}
            self.jitter = differences.jitter(self.mover, point, self.bench.rng(14))
        weighed = sum(float(np.abs(d) @ j) for d, j in zip(douts, self.jitter))
        return 8 * weighed / differences.STEPS[0]

    def together(self, gradients: Mapping[str, np.ndarray], douts: tuple[np.ndarray, ...]) -> Comparison | None:
        """All gradients along one direction in all their variables; None where that leaves something open."""
        if self.few or self.rough or sum(g.size for g in gradients.values()) < 2:
            return None
        chance = self.bench.rng(13)
        point = {n: np.asarray(self.values[n], dtype=float) for n in gradients}
        along = self.measured(point, [{n: chance.standard_normal(v.shape) for n, v in point.items()}])
        whole = np.concatenate([g.ravel() for g in gradients.values()])
        result, settled = self.held(along, "", whole, douts, RELATIVE)
        return result if settled else None

    def tangled_along(self, name: str, found: list[differences.Slopes], row: int, douts: list[np.ndarray]) -> bool:
        """Whether at a kink along this direction some output bends both ways: no interval bounds a convention then.

        A largest entry or a rectifier bends one way; rectifiers behind weights of both signs do not.
        """
        if name not in self.bent:
            self.bent[name] = differences.bends_both_ways(
                self.mover, name, np.asarray(self.values[name], dtype=float), self.bench.rng(12)
            )
        kinked = (s.kinked[row] for s in found)
        return any(np.any(k & b & (d != 0)) for k, b, d in zip(kinked, self.bent[name], douts))

    def parted(self, name: str, gradient: np.ndarray, douts: list[np.ndarray]) -> bool:
        """Whether this is the gradient beside the ties, where they are parted in some order.

        What a sort gives to the second of three that tie lies between no two slopes.
        """
        value = np.asarray(self.values[name], dtype=float)
        if value.size > PARTED or value.shape != gradient.shape:
            return False
        units = np.eye(value.size).reshape(-1, *value.shape)
        order = np.lexsort((gradient.ravel(), value.ravel()))
        for step in (1e-5, -1e-5):
            beside = value + step * np.arange(value.size).reshape(value.shape)
            ends = ([self.mover.at({name: beside + h * u}) for h in (1e-6, -1e-6)] for u in units)
            slopes = np.array([sum(d @ (a - b).ravel() for d, a, b in zip(douts, *two)) / 2e-6 for two in ends])
            theirs = slopes[np.lexsort((slopes, value.ravel()))]
            if np.allclose(theirs, gradient.ravel()[order], rtol=1e-3, atol=1e-3):
                return True
        return False

    def compare(
        self,
        name: str,
        gradient: np.ndarray,
        douts: tuple[np.ndarray, ...],
        relative: float = RELATIVE,
        brief: bool = False,
    ) -> Comparison:
        """Is <gradient, v> a slope of <forward, douts> along every direction v? A `brief` no says not where."""
        most = self.most
        if self.few < most and not self.rough:
            result, settled = self.held(self.of(name, 0), name, gradient, douts, relative)
            if (settled and not self.few) or (brief and result.misses):
                return result
            most = self.few if settled else most
        return self.held(self.of(name, most), name, gradient, douts, relative)[0]

    def held(
        self, measured: Measured, name: str, gradient: np.ndarray, douts: tuple[np.ndarray, ...], relative: float
    ) -> tuple[Comparison, bool]:
        """A gradient held against measured slopes, and whether they leave nothing open: all smooth, all agree."""
        result = Comparison(name)
        along, found = measured
        if not found:
            return result, False
        flat = [np.asarray(d, dtype=float).ravel() for d in douts]
        kind = np.asarray(gradient).dtype
        narrow, half = kind in (np.float16, np.float32), kind == np.float16  # of less than double precision
        gradient = np.asarray(gradient, dtype=float)
        result.given = float(np.max(np.abs(gradient), initial=0.0))
        relative = 2e-3 if self.coarse or half else max(relative, 1e-5) if narrow else relative
        # of the products that cancel along a direction
        rounding = 2e-3 if half else 1e-5 if self.coarse or narrow else 1e-12
        floor = 1e-11 + (
            (1e-3 if half else 1e-6) * result.given if self.coarse or narrow else 0.0
        )  # single precision loses small entries
        flat_gradient = gradient.ravel()
        claims = along @ flat_gradient
        sizes = np.abs(along) @ np.abs(flat_gradient)
        lows, highs, errors, scales, kinks = contract(found, flat)
        singles, ones = np.count_nonzero(along, axis=1) == 1, np.all(along == 1.0, axis=1)
        numbers = zip(
            claims.tolist(), sizes.tolist(), lows.tolist(), highs.tolist(), errors.tolist(), scales.tolist()
        )
        for k, (claimed, size, low, high, error, scale) in enumerate(numbers):
            single, kinked = singles[k], kinks[k]
            if not has_slope(low, high, error, scale):
                continue
            if kinked and not single and not ones[k]:
                continue  # at a kink only coordinates and all ones are sure to bound a convention
            tolerance = 20 * error + relative * scale + floor
            if not single:
                tolerance += rounding * size
            index = None
            if single:
                index = tuple(map(int, np.unravel_index(int(np.flatnonzero(along[k])[0]), self.values[name].shape)))
            result.tried += 1
            result.size = max(result.size, abs(low), abs(high))
            excess = max(low - claimed, claimed - high)
            if index is not None:
                result.true[index] = (low + high) / 2
                if kinked and (one := single_kink(found, k, flat, claimed)):
                    result.kinks.append((index, *one))
            if kinked and not excess <= tolerance and self.tangled_along(name, found, k, flat):
                continue
            if kinked and not excess <= tolerance and self.parted(name, gradient, flat):
                continue
            if not kinked and tolerance < excess < NOISY * max(scale, abs(claimed)):
                tolerance += self.noise(flat)
            if not excess <= tolerance:
                over = excess / tolerance if math.isfinite(excess) else math.inf
                apart = excess / max(scale, abs(claimed), 1e-300) if math.isfinite(excess) else math.inf
                result.misses.append(Miss(name, index, claimed, low, high, over, apart))
            elif not kinked:
                result.worst = max(result.worst, excess / max(scale, 1e-12))
                result.apart = max(result.apart, excess)
        result.apart /= max(1.0, result.size)
        return result, result.ok and result.tried == len(along) and not np.any(kinks)


def has_slope(low: Any, high: Any, error: Any, scale: Any) -> Any:
    """Whether there is a slope; a jump of forward seems to settle to within three hundredths."""
    return np.isfinite(low + high + error) & (error <= 0.01 * scale + 1e-3)


def joined(one: Measured, two: Measured) -> Measured:
    """The directions of both."""
    if not one[1] or not two[1]:
        return one if one[1] else two
    pairs = zip(one[1], two[1], strict=True)
    return np.concatenate((one[0], two[0])), [differences.stacked(a, b) for a, b in pairs]


def single_kink(
    found: list[differences.Slopes], row: int, douts: list[np.ndarray], claimed: float
) -> tuple[float, float, float] | None:
    """Where one output entry alone has a kink: its two slopes, and the one that backward takes."""
    low, high = (np.concatenate(a) for a in ([s.low[row] for s in found], [s.high[row] for s in found]))
    dout = np.concatenate(douts)
    (at,) = np.nonzero((high > low) & (dout != 0))
    if len(at) != 1:
        return None
    k = at[0]
    rest = float(np.sum(np.delete(dout * high, k)))
    return float(low[k]), float(high[k]), (claimed - rest) / float(dout[k])


def contract(found: list[differences.Slopes], douts: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Along every direction the interval of <slopes, douts>, its error and scale, and whether there is a kink.

    A negative upstream entry turns an interval round.
    """
    rows = len(found[0].low)
    low, high, error, scale = np.zeros((4, rows))
    kinked = np.zeros(rows, dtype=bool)
    for s, d in zip(found, douts):
        if d.shape != s.low.shape[1:]:
            return np.full(rows, np.nan), high, error, np.ones(rows), kinked
        use = d != 0
        a, b, d = d[use] * s.low[:, use], d[use] * s.high[:, use], d[use]
        low += np.minimum(a, b).sum(axis=1)
        high += np.maximum(a, b).sum(axis=1)
        error += (np.abs(d) * s.error[:, use]).sum(axis=1)
        scale += np.maximum(np.abs(a), np.abs(b)).sum(axis=1)
        kinked |= s.kinked[:, use].any(axis=1)
    return low, high, error, scale, kinked


def upstream(outs: tuple[np.ndarray, ...], rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Random upstream gradients with mixed signs, well beyond 1 so that clipping shows."""
    return tuple(3 * rng.standard_normal(np.shape(o)) for o in outs)
