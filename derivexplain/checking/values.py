"""Values: the gradients that backward returns against the slopes of forward, with tolerances from their own error."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from .differences import Slope, directions, slopes
from .subject import Bench, Mover

MOST = 16  # coordinates of one variable that are tried at the example; a diagnosis tries all
FEW = 6  # and in every other case
RELATIVE = 1e-8


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


class Slopes:
    """The slopes of one case, measured once and held against many upstream gradients."""

    def __init__(self, bench: Bench, coarse: bool = False, most: int = MOST, mixed: int = 2) -> None:
        self.bench, self.coarse, self.most, self.mixed = bench, coarse, most, mixed
        self.rough = coarse
        if bench.case.measured:  # single precision against slopes in double precision, where forward has them
            bench = Bench(bench.subject, replace(bench.case, change=bench.case.measured), bench.paths)
            self.rough &= any(np.asarray(o).dtype == np.float32 for o in bench.forward(*bench.fresh()))
        self.mover = Mover(bench)
        self.values = bench.variables()
        self.known: dict[str, list[tuple[np.ndarray, list[Slope]]]] = {}

    def of(self, name: str) -> list[tuple[np.ndarray, list[Slope]]]:
        if name not in self.known:
            value = np.asarray(self.values[name], dtype=float)
            rng = np.random.Generator(np.random.PCG64([self.bench.case.seed, 7]))
            self.known[name] = [
                (v, slopes(self.mover, name, value, v, self.rough))
                for v in directions(value.size, value.shape, rng, self.most, self.mixed)
            ]
        return self.known[name]

    def compare(
        self, name: str, gradient: np.ndarray, douts: tuple[np.ndarray, ...], relative: float = RELATIVE
    ) -> Comparison:
        """Is <gradient, v> a slope of <forward, douts> along every direction v?"""
        result = Comparison(name)
        flat = [np.asarray(d, dtype=float).ravel() for d in douts]
        shape = self.values[name].shape
        narrow = np.asarray(gradient).dtype in (np.float16, np.float32)  # worked out in single precision
        gradient = np.asarray(gradient, dtype=float)
        result.given = float(np.max(np.abs(gradient), initial=0.0))
        relative = 2e-3 if self.coarse else max(relative, 1e-5) if narrow else relative
        rounding = 1e-5 if self.coarse or narrow else 1e-12  # of the products that cancel along a direction
        for v, found in self.of(name):
            single = np.count_nonzero(v) == 1
            low, high, error, scale, kinked = contract(found, flat)
            if not np.isfinite(low + high + error) or error > 0.05 * scale + 1e-3:
                continue
            if kinked and not single and not np.all(v == 1.0):
                continue  # at a kink only coordinates and all ones are sure to bound a convention
            claimed = float(np.sum(gradient * v))
            tolerance = 20 * error + relative * scale + 1e-11
            if not single:
                tolerance += rounding * float(np.sum(np.abs(gradient * v)))
            index = tuple(int(k) for k in np.argwhere(v)[0]) if single and shape else () if single else None
            result.tried += 1
            result.size = max(result.size, abs(low), abs(high))
            excess = max(low - claimed, claimed - high)
            if index is not None:
                result.true[index] = (low + high) / 2
                if kinked and (one := single_kink(found, flat, claimed)):
                    result.kinks.append((index, *one))
            if not excess <= tolerance:
                over = float(excess / tolerance) if np.isfinite(excess) else np.inf
                apart = float(excess / max(scale, abs(claimed), 1e-300)) if np.isfinite(excess) else np.inf
                result.misses.append(Miss(name, index, claimed, low, high, over, apart))
            elif not kinked:
                result.worst = max(result.worst, excess / max(scale, 1e-12))
                result.apart = max(result.apart, excess)
        result.apart /= max(1.0, result.size)
        return result


def single_kink(found: list[Slope], douts: list[np.ndarray], claimed: float) -> tuple[float, float, float] | None:
    """Where one output entry alone has a kink: its two slopes, and the one that backward takes."""
    low, high, dout = (np.concatenate(a) for a in ([s.low for s in found], [s.high for s in found], douts))
    (at,) = np.nonzero((high > low) & (dout != 0))
    if len(at) != 1:
        return None
    k = at[0]
    rest = float(np.sum(np.delete(dout * high, k)))
    return float(low[k]), float(high[k]), (claimed - rest) / float(dout[k])


def contract(found: list[Slope], douts: list[np.ndarray]) -> tuple[float, float, float, float, bool]:
    """The interval of <slopes, douts>, its error and scale: a negative upstream entry turns an interval round."""
    low = high = error = scale = 0.0
    kinked = False
    for s, d in zip(found, douts):
        if d.shape != s.low.shape:
            return np.nan, np.nan, np.nan, 1.0, False
        a, b = d * s.low, d * s.high
        use = d != 0
        low += float(np.sum(np.minimum(a, b)[use]))
        high += float(np.sum(np.maximum(a, b)[use]))
        error += float(np.sum((np.abs(d) * s.error)[use]))
        scale += float(np.sum(np.maximum(np.abs(a), np.abs(b))[use]))
        kinked |= bool(np.any(s.kinked[use]))
    return low, high, error, scale, kinked


def upstream(outs: tuple[np.ndarray, ...], rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Random upstream gradients with mixed signs, well beyond 1 so that clipping shows."""
    return tuple(3 * rng.standard_normal(np.shape(o)) for o in outs)
