"""Likeness: one chain of equations is another with other letters, so that a page need not tell it twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from ..story import Step
from ..symbols import Over

Chain = tuple[Any, tuple[Step, ...], Any]  # the left side, its steps, what they end in
Models = dict[tuple[str, ...], list[Chain]]  # chains that were told, by their laws

LETTERS = (sp.Symbol, sp.IndexedBase)
FEW = 6  # letters that a reader can exchange in mind
WORTH = 4  # steps that are worth not to be told again where others follow


def told_before(chain: Chain, models: Models) -> tuple[Mapping[Any, Any], int]:
    """The letters by which the first steps of a chain were told, and how many these are; a new chain is a model."""
    kin = [(head, models[laws(head)]) for head in heads(chain)]
    for head, others in kin:
        letters = next((pairs for other in others if (pairs := exchanged(other, head)) is not None), None)
        if letters is not None:
            return letters, len(head[1])
    for head, others in kin:
        others.append(head)
    return {}, 0


def heads(chain: Chain) -> Iterator[Chain]:
    """The chain, and what it begins with: the longest first."""
    left, steps, _ = chain
    yield chain
    for n in range(len(steps) - 1, WORTH - 1, -1):
        yield left, steps[:n], steps[n - 1].after


def exchanged(one: Chain, other: Chain) -> Mapping[Any, Any] | None:
    """The letters of one chain that are others in another by the same laws; None where more than a few differ."""
    letters: dict[Any, Any] = {}
    if not all(alike(a, b, letters) for a, b in zip(lines(one), lines(other))):
        return None
    other_letters = {a: b for a, b in letters.items() if a != b}
    in_circles = any(b in other_letters and other_letters[b] != a for a, b in other_letters.items())
    easy = len(other_letters) <= FEW and not in_circles
    return other_letters if easy and len(set(letters.values())) == len(letters) else None


def laws(chain: Chain) -> tuple[str, ...]:
    """What chains have in common that differ in letters alone."""
    return tuple(step.law for step in chain[1])


def lines(chain: Chain) -> Iterator[Any]:
    left, steps, form = chain
    yield from (left, form, *(step.after for step in steps[:1]))  # the laws between them are the same


def alike(a: Any, b: Any, letters: dict[Any, Any]) -> bool:
    """Whether two formulas are the same but for the letters; what stands for each free one is written down."""
    (shape, ones, _), (other_shape, others, _) = flat(a), flat(b)
    return shape == other_shape and all(
        x == y if isinstance(x, int) or isinstance(y, int) else letters.setdefault(x, y) == y
        for x, y in zip(ones, others)
    )


@lru_cache(maxsize=1 << 12)
def flat(e: Any) -> tuple[tuple[Any, ...], tuple[Any, ...], int]:
    """A formula's shape, its letters from left to right, and how many of them are bound one inside of the other.

    A bound letter is told by how much is bound inside of its sum, whatever its name.
    """
    if isinstance(e, LETTERS):
        return (type(e),), (e,), 0
    if isinstance(e, Over):
        shape, letters, depth = flat(e.body)
        return (type(e), *shape), tuple(depth if x == e.index else x for x in letters), depth + 1
    if not e.args:
        return (e,), (), 0
    shapes, letters, depths = zip(*map(flat, e.args))
    return (type(e), len(shapes), *itertools.chain(*shapes)), tuple(itertools.chain(*letters)), max(depths)
