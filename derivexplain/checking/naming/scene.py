"""Scene: what is known where a gradient is wrong, and how its numbers are compared."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SIDE = (
    r"kernel|window|pool|filter_?(size|dim|h|w)|^(size|k|f)$"  # of which there are two: a factor is rather its square
)
COUNTS = re.compile(r"\blen\(|shape|size|count|sum|mean|average|var\(|std\(|norm|dot|einsum|@|\bfor\b")


@dataclass(frozen=True)
class Scene:
    """True and claimed gradients and values by name, outputs, upstream gradients, and what the layer holds."""

    true: Mapping[str, np.ndarray]
    claimed: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    outs: tuple[np.ndarray, ...]
    douts: tuple[np.ndarray, ...]
    constants: Mapping[str, float]  # numbers that the layer holds: p, alpha ...
    held: Mapping[str, np.ndarray] = field(default_factory=dict)  # arrays that forward keeps, and further arguments
    indices: tuple[np.ndarray, ...] = ()  # whole numbers among the arguments: rows that are taken
    given: frozenset[str] = frozenset()  # forward's arguments that no gradient is owed for, among what is held
    pointwise: bool = False  # the code asks for no length and sums nothing: a factor is no length there
    columns: bool = False  # examples are columns
    error: str = ""  # an upstream gradient called so, by which the parameter asked about steps

    def alike(self, shape: tuple[int, ...]) -> Iterator[tuple[str, np.ndarray]]:
        """Known arrays of a shape: variables, the output as y, what is held; each once."""
        seen: list[np.ndarray] = []
        for name, v in (*self.values.items(), ("y", self.outs[0]), *self.held.items()):
            if v.shape == shape and np.ptp(v) > 0 and not any(np.array_equal(v, s) for s in seen):
                seen.append(v)
                yield name, v


def entrywise(text: str) -> bool:
    """Whether this code asks for no length and adds nothing up."""
    return bool(text) and not COUNTS.search(re.sub(r"(?m)^ *@.*", "", text))  # @staticmethod is no product


def agree(a: Any, b: Any) -> bool:
    a, b = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    scale = float(np.max(np.abs(b), initial=0.0))
    return bool(scale > 0 and np.max(np.abs(a - b)) <= 1e-6 * scale)


def summed(true: np.ndarray, claimed: np.ndarray) -> bool:
    """Whether one of the two, summed or averaged over some of its axes, is the other up to a factor."""
    large, small = (claimed, true) if claimed.size > true.size else (true, claimed)
    for k in range(1, large.ndim + 1):
        for axes in itertools.combinations(range(large.ndim), k):
            for made in (large.sum(axis=axes), large.mean(axis=axes)):
                if made.size != small.size:
                    continue
                scaled = made.size > 1 and constant_factor(made.ravel(), small.ravel()) is not None
                if scaled or agree(made.ravel(), small.ravel()):
                    return True
    return False


def constant_factor(true: np.ndarray, claimed: np.ndarray) -> float | None:
    """c where claimed = c * true on at least two entries that are not zero."""
    big = np.abs(true) > 1e-7 * np.max(np.abs(true), initial=0.0)
    if np.count_nonzero(big) < min(2, true.size) or not np.any(true):
        return None
    ratios = claimed[big] / true[big]
    c = float(np.median(ratios))
    if not np.isfinite(c) or (true.size == 1 and abs(24 * c - round(24 * c)) > 1e-5):
        return None  # a single number is always some multiple of another
    whole = round(c) if round(c) and abs(c - round(c)) < 1e-5 else c  # as the layer is without its ε
    return whole if abs(c - 1) > 1e-4 and c and agree(claimed, c * true) else None


def of_constants(c: float, scene: Scene) -> str:
    """A factor as what it is of a number that the layer holds; "" where it is of none."""
    for who, value in sorted(scene.constants.items(), key=lambda c: not re.search(SIDE, c[0])):
        same = []
        for words, number in (
            (who, value),
            (f"1 - {who}", 1 - value),
            (f"1/(1 - {who})", 1 / (1 - value) if value != 1 else 0),
            (f"1/{who}", 1 / value if value else 0),
            (f"{who}^2", value**2),
            (f"1/{who}^2", 1 / value**2 if value else 0),
            (f"(1 - {who})^2", (1 - value) ** 2),
            (f"1/(1 - {who})^2", 1 / (1 - value) ** 2 if value != 1 else 0),
            (f"sqrt({who})", value**0.5 if value > 0 else 0),
            (f"1/sqrt({who})", value**-0.5 if value > 0 else 0),
        ):
            if number not in (0, 1) and abs(c - number) < 1e-6 * abs(number):
                same.append(words)
        if same:
            return " or ".join(same[:2]) if value == 0.5 else same[0]  # of a half the two are one number
    return ""
