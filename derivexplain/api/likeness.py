"""Likeness: one chain of equations is another with other letters, so that a page need not tell it twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from os.path import commonprefix
from typing import Any, NamedTuple

import sympy as sp

from ..story import Step
from ..symbols import Over
from ..typeset import nodes

Chain = tuple[Any, tuple[Step, ...], Any]  # the left side, its steps, what they end in
Exchange = tuple[Any, Any, bool]  # a letter, what stands for it, and whether it stands for that in turn
Node = tuple[int, str, Any]  # a formula: its shape, what it is, and its parts or its letter
Model = tuple[Any, list[Node]]  # a chain that was told: its left side, and its lines as alike() reads them
Pending = Any  # nested pairs: nodes that are to be alike with the bound letters around them, and those after them

LETTERS = (sp.Symbol, sp.IndexedBase)
UNORDERED = (sp.Add, sp.Mul)
EASY, FEW = 4, 6  # exchanges that a reader can make in mind
WORTH = 4  # steps that are worth not to be told again where others follow


class Letter(str):
    """A letter's name, which is quick to compare, and the letter itself."""

    letter: Any


Letters = dict[Letter, Letter]  # what stands for each letter


class Likeness(NamedTuple):
    """By which exchanges of letters the first steps of a chain are those of a model, and what stays as it is."""

    exchanges: tuple[Exchange, ...] = ()
    kept: tuple[Any, ...] = ()
    model: Any = None  # the left side of a chain that was told
    steps: int = 0


class Told:
    """The chains that a page has told."""

    def __init__(self) -> None:
        self.models: dict[tuple[Any, ...], list[Model]] = defaultdict(list)  # by what those share that are alike

    def before(self, chain: Chain) -> Likeness:
        """What a chain has in common with one that was told; now it is told too."""
        found = Likeness()
        for left, steps, form in heads(chain):
            lines = [node(e) for e in (left, form, *(step.after for step in steps[:1]))]  # the laws do the rest
            models = self.models[(*(step.law for step in steps), *(line[0] for line in lines))]
            if not found.steps and (like := likest(models, lines)).exchanges:
                found = like._replace(steps=len(steps))
            models.append((left, lines))
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
        alone = sorted(parts, key=lambda part: shapes.count(part[0]))  # what only one other can be comes first
        return hash((type(e), *sorted(shapes))), "bag", tuple(alone)
    return hash((type(e), *shapes)) if parts else hash(e), "row", parts


def heads(chain: Chain) -> Iterator[Chain]:
    """The chain, and what it begins with: the longest first."""
    left, steps, _ = chain
    yield chain
    for n in range(len(steps) - 1, WORTH - 1, -1):
        yield left, steps[:n], steps[n - 1].after


def likest(models: Sequence[Model], lines: list[Node]) -> Likeness:
    """Likeness to one of these models: the first that is easy, or the one with the fewest exchanges."""
    best = Likeness()
    for left, model in models:
        found = exchanges(model, lines)
        if found.exchanges and (not best.exchanges or len(found.exchanges) < len(best.exchanges)):
            best = found._replace(model=left)
        if 0 < len(best.exchanges) <= EASY:
            break
    return best


def exchanges(ones: list[Node], others: list[Node]) -> Likeness:
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
    kept = tuple(a.letter for a in letters if a not in changed)
    return Likeness(tuple(told.values()), kept) if len(told) <= FEW else Likeness()


def alike(letters: Letters, taken: Letters, pending: Pending, doubtful: Pending = None) -> Letters | None:
    """What each free letter of nodes of one shape stands for in others; None if these differ in more than letters.

    Where any of several parts may stand for another is `doubtful`, and waits till the letters are told by the rest.
    """
    while pending or doubtful:
        waited = not pending
        (a, b, bound), rest = doubtful if waited else pending
        pending, doubtful = (None, rest) if waited else (rest, doubtful)
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
            ways = [i for i, other in enumerate(others) if other[0] == ones[0][0]]
            if len(ways) > 1 and not waited:
                doubtful = (a, b, bound), doubtful
                continue
            for i in ways:
                left = (0, "bag", ones[1:]), (0, "bag", others[:i] + others[i + 1 :]), bound
                after = (ones[0], others[i], bound), (left, pending)
                if i == ways[-1]:
                    pending = after
                elif (found := alike(dict(letters), dict(taken), after, doubtful)) is not None:
                    return found
    return letters


# ---------------------------------------------------------------- for a reader


Pair = tuple[nodes.Letter, nodes.Letter, bool]  # an exchange as it is written


def in_short(pairs: Sequence[Pair], kept: Iterable[nodes.Letter]) -> Sequence[Pair]:
    """Exchanges by what their letters differ in: f → g says W_f → W_g and a_f → a_g.

    They stay as they are where a reader would exchange more than is meant, a letter that is kept or by another.
    """
    shared: dict[tuple[str, str, bool], list[Pair]] = defaultdict(list)
    for pair in pairs:
        shared[difference(*pair[:2], shared) + pair[2:]].append(pair)
    if len(shared) == len(pairs) or not all(u and v for u, v, _ in shared):
        return pairs
    moves = {u: v for u, v, _ in shared} | {v: u for u, v, swap in shared if swap}
    meant = [pair[:2] for pair in pairs] + [(b, a) for a, b, swap in pairs if swap] + [(a, a) for a in kept]
    if any(moved(a, moves) != (b.base, b.sub) for a, b in meant):
        return pairs
    whole = {k: (nodes.Letter(k[0], k[0]), nodes.Letter(k[1], k[1]), k[2]) for k in shared}
    return [found[0] if len(found) == 1 else whole[k] for k, found in shared.items()]


def difference(a: nodes.Letter, b: nodes.Letter, known: Iterable[tuple[str, str, bool]]) -> tuple[str, str]:
    """What two letters differ in: the letters themselves, or a part of their subscripts."""
    one, other = (a.sub, b.sub) if a.base == b.base else (a.base, b.base)
    ahead = len(commonprefix((one, other)))
    behind = len(commonprefix((one[ahead:][::-1], other[ahead:][::-1])))
    u, v = one[ahead : len(one) - behind], other[ahead : len(other) - behind]
    return (v, u) if (v, u, True) in known else (u, v)


def moved(letter: nodes.Letter, moves: Mapping[str, str]) -> tuple[str, str]:
    """How a reader writes a letter who makes these exchanges, in subscripts too."""
    some = re.compile("|".join(map(re.escape, sorted(moves, key=len, reverse=True))))
    return moves.get(letter.base, letter.base), some.sub(lambda found: moves[found[0]], letter.sub)
