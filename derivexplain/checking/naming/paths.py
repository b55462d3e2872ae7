"""Paths: what of the graph was left out, where a difference is constant, proportional, or both, along an axis."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...story import Diagnosis
from .scene import Scene, agree, constant_factor

SURE = 12  # entries of which half agree with the other half: no chance
SLIGHT = 1e-2  # of the whole: what an ε makes, and no path left out
Said = Iterator[tuple[str, str]]  # the slip and its words


@dataclass(frozen=True)
class Off:
    """By how much a gradient is off, beside the true one and what may be told of it."""

    scene: Scene
    variable: str
    value: np.ndarray
    true: np.ndarray
    claimed: np.ndarray
    difference: np.ndarray

    def long(self) -> list[int]:
        """The axes along which agreement is no chance."""
        return [axis for axis, n in enumerate(self.true.shape) if n > 2]

    def along(self, axis: int, *parts: np.ndarray) -> bool:
        """Whether the difference is made of these along an axis, each with a factor for every line."""
        return left_over(self.difference, parts, axis)


def paths(scene: Scene, variable: str, true: np.ndarray, claimed: np.ndarray) -> Iterator[Diagnosis]:
    """The path of the graph that was left out."""
    off = Off(scene, variable, scene.values[variable], true, claimed, claimed - true)
    if off.value.shape == true.shape:
        told = itertools.chain(of_itself(off), *(ask(off) for ask in ARRAYS if true.ndim > 1))
        yield from (Diagnosis(code, message, variable) for code, message in itertools.islice(told, 1))


def of_itself(off: Off) -> Said:
    """A multiple of the variable itself: a regularisation."""
    name = off.variable
    times = 1.0 if agree(off.difference, off.value) else constant_factor(off.value, off.difference)
    if times is None:
        return
    if own := weight_of(off.value, off.true):
        yield "factor", f"the term with {name} has the factor {own + times:.4g}, where {own:.4g} belongs"
    elif times < 0:
        yield "term", f"a multiple of {name} itself is missing, or has the wrong sign"
    elif settled(times, off.scene):
        yield "extra", f"a multiple of {name} itself is added (a regularisation term)"
    else:
        message = f"what is wrong is a multiple of {name} itself: a term with it is missing or counted wrongly"
        yield "term", f"{message}, as of the path through its norm"


def averaged(off: Off) -> Said:
    """The mean, or the sum, along an axis for each of its entries."""
    for axis in off.long():
        for made, word in ((np.mean, "the mean"), (np.sum, "the sum")):
            if agree(off.claimed, made(off.true, axis=axis, keepdims=True)):
                message = f"along axis {axis} each entry is given {word} of what belongs to all of them"
                yield "axis", f"{message}: the gradient is taken together where each has its own"


def constant(off: Off) -> Said:
    """The same number everywhere, beside a multiple of the variable or alone."""
    difference, size = off.difference, off.true.size
    if np.ptp(difference) <= 1e-6 * float(np.max(np.abs(difference))):
        more = "too many" if difference.flat[0] > 0 else "missing"
        message = f"the same number, {abs(float(np.mean(difference))):.4g} at this example, is {more} everywhere"
        yield "term", f"{message}: a constant term"
    elif alike_where_off(off):
        given = f"{np.abs(difference).max():.4g}"
        message = f"where the same number, {given}, is given whatever comes in, nothing belongs there"
        yield "branch", f"{message}: what should begin as zeros begins otherwise"
    elif size > 5 and left_over(difference.ravel(), (np.ones(size), off.value.ravel()), 0):
        if abs(difference.sum()) <= 1e-6 * np.abs(difference).sum():  # of all entries about their mean
            message = f"what is missing is proportional to {off.variable} minus its mean over all entries: the path"
            yield "path-missing", f"{message} through the variance, or a length, is left out or counted wrongly"
        message = f"what is wrong is a constant and a multiple of {off.variable}, the same for all entries"
        yield "term", f"{message}: a term of {off.variable} itself (a regularisation)"


def alike_where_off(off: Off) -> bool:
    """Whether one and the same number stands where nothing belongs, and all else is right."""
    nothing = 1e-6 * np.abs(off.claimed).max(initial=0.0)
    at = np.abs(off.difference) > nothing
    wrong = off.difference[at]
    return wrong.size > 3 and np.abs(off.true[at]).max() <= nothing and bool(np.ptp(wrong) <= nothing)


def through_several(off: Off) -> Said:
    """The same, or proportional to the distance from the mean, along several axes together: those of a batch norm."""
    for axes in SEVERAL:
        if max(axes) >= off.true.ndim or len(axes) == off.true.ndim:
            continue
        last = range(-len(axes), 0)
        whole = (np.moveaxis(a, axes, last) for a in (off.value, off.true, off.difference))
        value, true, difference = (a.reshape(*a.shape[: -len(axes)], -1) for a in whole)
        words = f"axes {', '.join(map(str, axes[:-1]))} and {axes[-1]}"
        ones, axis = np.ones(value.shape), value.ndim - 1
        if left_over(difference, (ones,), axis) and not left_over(true, (ones,), axis):
            message = f"what is missing is the same along {words}: the path through a mean or sum over them"
            yield "path-missing", f"{message} is left out or counted wrongly"
        if left_over(difference, (value - value.mean(axis=-1, keepdims=True),), axis):
            message = f"what is missing is proportional to {off.variable} minus its mean along {words}: the path"
            yield "path-missing", f"{message} through the variance is left out or counted wrongly"


def through_a_mean(off: Off) -> Said:
    """The same along an axis."""
    shape, dout = off.true.shape, off.scene.douts[0]
    for axis, n in enumerate(shape):
        if not (n > 2 or (n == 2 and off.true.size > SURE)) or not off.along(axis, np.ones(shape)):
            continue
        summed = dout.shape == shape[:axis] + shape[axis + 1 :]
        if summed and (c := number_of(off.difference, dout, axis)):
            size = "large" if c > 0 else "small"
            yield "term", f"the slope of every entry is too {size} by {abs(c)}: a constant term"
        if left_over(off.true, (np.ones(shape),), axis):
            continue  # as all of it is
        message = f"what is missing is the same along axis {axis}: the path through a mean or sum over this axis"
        yield "path-missing", f"{message} is left out or counted wrongly"


def through_a_variance(off: Off) -> Said:
    """Proportional to the distance from the mean along an axis."""
    for axis in off.long():
        if not off.along(axis, off.value - off.value.mean(axis=axis, keepdims=True)):
            continue
        if (share := np.abs(off.difference).max() / np.abs(off.true).max()) < SLIGHT:
            message = f"the path through the variance along axis {axis} is off by a relative {share:.0e}"
            yield "constant", f"{message}: its ε is left out, or stands in another place"
        message = f"what is missing is proportional to {off.variable} minus its mean along axis {axis}: the path"
        yield "path-missing", f"{message} through the variance is left out or counted wrongly"


def through_a_sum(off: Off) -> Said:
    """Proportional to the variable along an axis."""
    for axis in off.long():
        if off.along(axis, off.value):
            message = f"what is missing is {off.variable} times a factor for each line along axis {axis}: the term"
            yield "term", f"{message} with a sum over this axis is left out or counted wrongly"


def direct(off: Off) -> Said:
    """Proportional to the upstream gradient along an axis, where there are other paths too."""
    dout = off.scene.douts[0]
    for axis in off.long() if dout.shape == off.true.shape else ():
        if off.along(axis, dout) and not left_over(off.true, (dout,), axis):
            message = f"the direct term, dout times a factor for each entry across axis {axis}, has a wrong factor"
            yield "factor", f"{message}; the other paths are right"


def through_both(off: Off) -> Said:
    """A constant and a multiple of the variable along an axis."""
    size, shape = off.true.size, off.true.shape
    for axis in off.long():
        if (shape[axis] - 2) * size // shape[axis] > 2 and off.along(axis, np.ones(shape), off.value):
            message = f"the paths through the mean and the variance along axis {axis}"
            yield "path-missing", f"{message} are left out or counted wrongly"


SEVERAL = ((0, 2, 3), (1, 2, 3), (0, 1, 2), (2, 3), (1, 2))
ARRAYS = (
    averaged,
    constant,
    through_several,
    through_a_mean,
    through_a_variance,
    through_a_sum,
    direct,
    through_both,
)


def weight_of(value: np.ndarray, true: np.ndarray) -> float:
    """How much of itself a penalty's gradient has, beside its signs and a constant; 0 where that is not all of it."""
    parts = np.stack([value.ravel(), np.sign(value).ravel(), np.ones(value.size)], axis=1)
    found, *_ = np.linalg.lstsq(parts, true.ravel(), rcond=None)
    whole = value.size > 5 and agree(parts @ found, true.ravel())
    return float(found[0]) if whole and abs(found[0]) > 1e-6 else 0.0


def number_of(difference: np.ndarray, dout: np.ndarray, axis: int) -> Fraction | None:
    """The simple number of times that an upstream gradient, of what was summed along an axis, makes a difference."""
    each = np.broadcast_to(np.expand_dims(dout, axis), difference.shape)
    c = 1.0 if agree(difference, each) else constant_factor(each, difference)
    part = Fraction(c).limit_denominator(12) if c is not None else None
    return part if part and c is not None and abs(float(part) - c) <= 1e-6 * abs(c) else None


def settled(times: float, scene: Scene) -> bool:
    """Whether a factor is a number that somebody wrote, or that the layer holds: no dout is in it."""
    written = abs(float(Fraction(times).limit_denominator(1000)) - times) <= 1e-7 * abs(times)
    return written or any(
        abs(k * c - times) <= 1e-6 * abs(times) for c in scene.constants.values() for k in (0.5, 1, 2)
    )


def left_over(a: np.ndarray, parts: Sequence[np.ndarray], axis: int) -> bool:
    """Whether along an axis an array is made of these parts, each with a factor for every line."""
    lines = np.moveaxis(a, axis, -1).reshape(-1, a.shape[axis])
    bases = [np.moveaxis(p, axis, -1).reshape(lines.shape) for p in parts]
    rest = 0.0
    for k, line in enumerate(lines):
        basis = np.stack([b[k] for b in bases], axis=1)
        found = np.linalg.lstsq(basis, line, rcond=None)[0]
        rest = max(rest, float(np.max(np.abs(basis @ found - line))))
    return rest <= 1e-6 * float(np.max(np.abs(a)))
