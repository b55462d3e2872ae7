"""Products: what one array must be multiplied by, or have added, to become another: up to three known quantities."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from .assigning import GRADIENT

Array = np.ndarray
CLOSE = 1e-6
MANY = 40  # known quantities that are looked at
LEAST = 4  # entries: fewer are anything


@dataclass(frozen=True)
class Known:
    """Arrays at hand, by name."""

    arrays: Mapping[str, Array]

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> Known:
        found: dict[str, Array] = {}
        for n, v in (*held.items(), *one_hot(held)):
            usable = (
                isinstance(v, np.ndarray) and v.dtype.kind in "fb" and 0 < v.size <= 400 and np.all(np.isfinite(v))
            )
            if usable and not any(v.shape == f.shape and np.array_equal(v, f) for f in found.values()):
                found[n] = np.array(v, dtype=float)  # of a matrix too
        return cls(dict(itertools.islice(found.items(), MANY)))

    def shapes_like(self, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
        """Those that an array of this shape can be multiplied by, and what is made of shares and slopes."""
        for n, v in self.arrays.items():
            rows = v.shape == shape[: v.ndim] and v.shape != shape[-v.ndim :]
            w = v[(..., *[None] * (len(shape) - v.ndim))] if rows else v
            name = f"{n}[:, None]" if rows and v.ndim == 1 else f"{n}[..., None]" if rows else n
            if len(shape) == 3 and v.shape == shape[::2] and not rows:  # the same at every step
                w, name = v[:, None], f"{n}[:, None]"
            if w.ndim > len(shape) or any(k not in (1, m) for k, m in zip(w.shape[::-1], shape[::-1])):
                continue
            yield name, np.broadcast_to(w, shape)
            if np.all(np.abs(w) <= 1) and not np.all((w == 0) | (w == 1)):
                yield f"(1 - {name} ** 2)", np.broadcast_to(1 - w * w, shape)
                yield f"(1 + {name})", np.broadcast_to(1 + w, shape)
                if np.all(w >= 0):
                    yield f"(1 - {name})", np.broadcast_to(1 - w, shape)

    def sums(self, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
        """Matrix products and sums of products along an axis, of this shape."""
        flat = {n: v for n, v in self.arrays.items() if v.ndim == 2}
        if len(shape) == 2:
            sides = {**flat, **{f"{n}.T": v.T for n, v in flat.items()}}
            for (n, a), (m, b) in itertools.product(sides.items(), repeat=2):
                if a.shape[1] == b.shape[0] and (a.shape[0], b.shape[1]) == shape:
                    yield f"{n} @ {m}", a @ b
            for (n, a), (m, v) in itertools.product(sides.items(), self.arrays.items()):
                if v.ndim == 1 and a.shape[1] == len(v) and len(a) == shape[1]:
                    yield f"({n} @ {m})", np.broadcast_to(a @ v, shape)
            if shape[0] == shape[1]:
                yield f"np.eye({shape[0]})", np.eye(shape[0])
        alike = {n: v for n, v in self.arrays.items() if v.shape == shape}
        for (n, a), (m, b) in itertools.combinations_with_replacement([("", np.ones(shape)), *alike.items()], 2):
            for axis in range(len(shape)):
                inside = f"({n} * {m})" if n and m else n or m
                if inside:
                    both = a * b
                    total, counted = both.sum(axis=axis, keepdims=True), np.all((both == 0) | (both == 1))
                    if not counted and np.ptp(total) <= CLOSE * np.max(np.abs(total)):
                        continue  # of shares: one; how many a mask lets through is not the same elsewhere
                    yield f"{inside}.sum(axis={axis}, keepdims=True)", np.broadcast_to(total, shape)


def one_hot(held: Mapping[str, Any]) -> Iterator[tuple[str, Array]]:
    """Labels as rows of zeros with a one, as wide as some array at hand."""
    arrays = [(n, v) for n, v in held.items() if isinstance(v, np.ndarray) and v.size]
    for n, v in arrays:
        if v.dtype.kind in "iu" and v.ndim == 1 and v.min() >= 0:
            for k in sorted({w.shape[-1] for _, w in arrays if w.ndim == 2 and v.max() < w.shape[-1]}):
                yield f"np.eye({k})[{n}]", np.eye(k)[v]


@dataclass(frozen=True)
class Lack:
    """What is lacking: a slip's code, words that follow the value's name, and how much it takes to say."""

    code: str
    words: str
    size: int


@dataclass(frozen=True)
class Solved:
    """A value as it is and as it must be, where that is known (`sure`), and what was at hand before it."""

    said: Array
    true: Array
    sure: Array
    known: Known


def lack(first: Solved, *others: Solved) -> Lack | None:
    """The shortest that turns one into the other, in all cases alike."""
    again = [set(lacks(o)) for o in others]
    return next((what for what in lacks(first) if all(what in a for a in again)), None)


def stands(what: Lack, elsewhere: Solved) -> bool:
    """Whether a factor that is lacking, one name, makes the value right in another case, where it may be right."""
    name = re.match(r"lacks the factor (.+): with it$", what.words)
    held = dict(elsewhere.known.shapes_like(elsewhere.said.shape)).get(name[1]) if name else None
    return held is None or alike(elsewhere.true, elsewhere.said * held, elsewhere.sure)


def lacks(solved: Solved) -> Iterator[Lack]:
    """Factors first, then terms; the fewest quantities first."""
    said, true, sure, known = solved.said, solved.true, solved.sure, solved.known
    if sure.sum() < LEAST or np.ptp(true[sure]) == 0:
        return
    like = {n: v for n, v in known.shapes_like(said.shape) if not np.array_equal(v, said)}
    for name, v in like.items():
        if np.any(v[sure] == 0) and np.all(said[sure & (v == 0)]) and alike(true, said * v, sure):
            yield Lack("factor", f"lacks the factor {name}: with it", 1)
    for count in (1, 2):
        for words, c in made_of(true, said, like, sure, count):
            if c == 1:
                yield Lack("factor", f"lacks the factor {words}: with it", count)
        for words, c in made_of(said, true, like, sure, count):
            if c == 1:
                yield Lack("extra", f"has a factor {words} too many: without it", count)
    like |= {f"log({n})": np.log(v) for n, v in like.items() if np.all((v > 0) & (v < 1))}
    rest = true - said
    if np.ptp(rest[sure]) <= CLOSE * np.max(np.abs(rest[sure])) and (c := times(rest, np.ones(rest.shape), sure)):
        yield Lack("term", f"lacks the term {signed(c, '1')}: with it", 1)
    for count in (1, 2, 3):
        for words, c in made_of(rest, np.ones(rest.shape), like, sure, count):
            yield Lack("term", f"lacks the term {signed(c, words)}: with it", count + 1)
    for name, v in like.items():
        c = times(rest, v, sure)  # of a mask, a label: three times one is what was counted by chance
        if 0 < abs(c) <= 2 and np.all((v == 0) | (v == 1)) and v[sure].sum() >= LEAST - 1:
            yield Lack("term", f"lacks the term {signed(c, name)}: with it", 2)
    for name, d in like.items() if np.any(rest) else ():
        for words, c in made_of(rest, d, like, sure, 3) if GRADIENT.match(name) else ():
            yield Lack("term", f"lacks the term {signed(c, f'{name} * {words}')}: with it", 5)
    scaled = bool(times(said, true, sure) or times(true, said, sure))  # a term of which it is a multiple says nothing
    for name, total in known.sums(said.shape):
        for count in (0, 1):
            for words, c in made_of(rest, total, like, sure, count):
                whole = f"{words} * {name}" if words else name
                if (often := counted(c)) and not name.startswith("np.eye"):
                    yield Lack("scale-n", f"has {whole} {often} times, where it belongs once: with that", count + 3)
                elif not scaled:
                    yield Lack("term", f"lacks the term {signed(c, whole)}: with it", count + 3)
        for words, v in like.items():
            if (c := times(rest, v * total, sure)) and np.all((v == 0) | (v == 1)) and v[sure].sum() >= LEAST - 1:
                yield Lack("term", f"lacks the term {signed(c, f'{words} * {name}')}: with it", 4)


def counted(c: float) -> int:
    """n where so much is lacking because something is there n times, and belongs there once; for 3 and more."""
    often = round(1 / (1 + c)) if -1 < c < -0.6 else 0
    return often if often and abs(1 / often - 1 - c) <= CLOSE else 0


def times(a: Array, whole: Array, sure: Array) -> float:
    """The simple number with which an array is another's multiple; 0 where there is none."""
    size = float(np.sum(whole[sure] ** 2))
    c = float(np.sum(a[sure] * whole[sure])) / size if size else 0.0
    part = float(Fraction(c).limit_denominator(24))
    return part if part and abs(part - c) <= CLOSE * abs(c) and alike(a, part * whole, sure) else 0.0


def made_of(a: Array, base: Array, like: Mapping[str, Array], sure: Array, count: int) -> Iterator[tuple[str, float]]:
    """Products of so many quantities with which a = c * base * product, c a simple number."""
    size = float(np.max(np.abs(a[sure]), initial=0.0))
    at = sure & (np.abs(a) > 1e-9 * size)
    if not size or at.sum() < LEAST - 1:
        return
    names = [n for n, v in like.items() if np.all(v[at]) and np.ptp(v[at]) > 0] if count else []
    if len(names) < min(count, 1) or not np.all(base[at]):
        return
    goal = np.log(np.abs(a[at])) - np.log(np.abs(base[at]))
    rows = np.log(np.abs(np.stack([like[n][at] for n in names]))) if names else np.zeros((0, len(goal)))
    for chosen in itertools.combinations_with_replacement(range(len(names)), count):
        if len(set(chosen)) == 1 and count == 3:
            continue
        left = goal - sum(rows[k] for k in chosen)
        if abs(left[0] - left[-1]) > 1e-5 or np.ptp(left) > 1e-5:
            continue
        whole = base.copy()
        for k in chosen:
            whole = whole * like[names[k]]
        c = float(np.median(a[at] / whole[at]))
        part = Fraction(c).limit_denominator(24)
        if alike(c * whole, a, sure) and part and abs(float(part) - c) <= CLOSE * abs(c):
            yield " * ".join(names[k] for k in chosen), float(part)


def alike(a: Array, b: Array, sure: Array) -> bool:
    return bool(np.max(np.abs(a - b)[sure]) <= CLOSE * np.max(np.abs(b)[sure]))


def signed(c: float, words: str) -> str:
    """A term with its number in front."""
    part = Fraction(c).limit_denominator(24)
    number = "" if abs(part) == 1 else f"{abs(part)} * " if part.denominator == 1 else f"({abs(part)}) * "
    return f"{'-' if c < 0 else ''}{number}{words}"
