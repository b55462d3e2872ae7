"""Likeness: one chain of equations is another with other letters, so that a page need not tell it twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import sympy as sp

from ..story import Step
from ..symbols import Over

Chain = tuple[Any, tuple[Step, ...], Any]  # the left side, its steps, what they end in
Exchange = tuple[Any, Any, bool]  # a letter, what stands for it, and whether it stands for that in turn
Node = tuple[int, str, Any]  # a formula: its shape, what it is, and its parts or its letter
Pending = Any  # nested pairs: nodes that are to be alike with the bound letters around them, and those after them

LETTERS = (sp.Symbol, sp.IndexedBase)
UNORDERED = (sp.Add, sp.Mul)
EASY, FEW = 4, 6  # exchanges that a reader can make in mind
WORTH = 4  # steps that are worth not to be told again where others follow


class Letter(str):
    """A letter's name, which is quick to compare, and the letter itself."""

    letter: Any


Letters = dict[Letter, Letter]  # what stands for each letter


class Told:
    """The chains that a page has told."""

    def __init__(self) -> None:
        self.models: dict[tuple[Any, ...], list[list[Node]]] = defaultdict(list)  # by what those share that are alike

    def before(self, chain: Chain) -> tuple[list[Exchange], int]:
        """The exchanges by which the first steps of a chain were told, and how many these are; now it is told too."""
        found: tuple[list[Exchange], int] = [], 0
        for left, steps, form in heads(chain):
            lines = [node(e) for e in (left, form, *(step.after for step in steps[:1]))]  # the laws do the rest
            models = self.models[(*(step.law for step in steps), *(line[0] for line in lines))]
            if not found[1] and (fewest := fewest_exchanges(models, lines)):
                found = fewest, len(steps)
            models.append(lines)
        return found


@lru_cache(maxsize=1 << 12)
def node(e: Any) -> Node:
    """A formula as alike() reads it; those share a shape that differ in letters, or in an order without meaning."""
    if isinstance(e, LETTERS):
        name = Letter(e.name)
        name.letter = e
        return hash(type(e)), "letter", name
    if isinstance(e, Over):
        body = node(e.body)
        return hash((type(e), body[0])), "bound", (e.index.name, body)
    parts = tuple(map(node, e.args))
    shapes = [part[0] for part in parts]
    if isinstance(e, UNORDERED):
        return hash((type(e), *sorted(shapes))), "bag", parts
    return hash((type(e), *shapes)) if parts else hash(e), "row", parts


def heads(chain: Chain) -> Iterator[Chain]:
    """The chain, and what it begins with: the longest first."""
    left, steps, _ = chain
    yield chain
    for n in range(len(steps) - 1, WORTH - 1, -1):
        yield left, steps[:n], steps[n - 1].after


def fewest_exchanges(models: Sequence[list[Node]], lines: list[Node]) -> list[Exchange]:
    """Those that make one of these models of a chain: the first that are easy, or the fewest; none of too many."""
    fewest: list[Exchange] = []
    for model in models:
        found = exchanges(model, lines)
        if found and (not fewest or len(found) < len(fewest)):
            fewest = found
        if 0 < len(fewest) <= EASY:
            break
    return fewest


def exchanges(ones: list[Node], others: list[Node]) -> list[Exchange]:
    """The letters of one chain that are others in another, a swap once; none where a reader could not follow them."""
    pending: Pending = None
    for pair in reversed([*zip(ones, others, strict=True)]):
        pending = (*pair, ()), pending
    letters = alike({}, {}, pending) or {}
    changed = {a: b for a, b in letters.items() if a != b}
    told: dict[Letter, Exchange] = {}
    for a, b in changed.items():
        if b not in told:  # what is told of b tells of a
            told[a] = a.letter, b.letter, b in changed
    return [*told.values()] if len(told) <= FEW else []


def alike(letters: Letters, taken: Letters, pending: Pending) -> Letters | None:
    """What each free letter of nodes of one shape stands for in others; None if these differ in more than letters."""
    while pending:
        (a, b, bound), pending = pending
        what, ones, others = a[1], a[2], b[2]
        if what == "letter":
            inner = next((x == ones and y == others for x, y in bound if x == ones or y == others), None)
            if inner is None:
                inner = letters.setdefault(ones, others) == others and taken.setdefault(others, ones) == ones
                inner &= letters.get(others, ones) == ones and taken.get(ones, others) == others  # in no circle
            if not inner:
                return None
        elif what == "bound":
            pending = (ones[1], others[1], ((ones[0], others[0]), *bound)), pending
        elif what == "row":
            for pair in zip(reversed(ones), reversed(others)):
                pending = (*pair, bound), pending
        elif ones:  # what is added or multiplied: any may stand for any other
            first, rest = ones[0], (0, "bag", ones[1:])
            ways = [i for i, other in enumerate(others) if other[0] == first[0]]
            for i in ways:
                after = (first, others[i], bound), ((rest, (0, "bag", others[:i] + others[i + 1 :]), bound), pending)
                if i == ways[-1]:
                    pending = after
                elif (found := alike(dict(letters), dict(taken), after)) is not None:
                    return found
    return letters
