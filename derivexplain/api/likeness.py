"""Likeness: one chain of equations is another with other letters, so that a page need not tell it twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple
from zlib import crc32

import sympy as sp

from ..story import Step
from ..symbols import Over
from ..typeset import nodes

Chain = tuple[Any, tuple[Step, ...], Any]  # the left side, its steps, what they end in
Exchange = tuple[Any, Any, bool]  # a letter, what stands for it, and whether it stands for that in turn
Model = tuple[Any, "list[Read]"]  # a chain that was told: its left side, and its lines as alike() reads them

LETTERS = (sp.Symbol, sp.IndexedBase)
UNORDERED = (sp.Add, sp.Mul)
EASY, FEW = 4, 6  # exchanges that a reader can make in mind
WORTH = 4  # steps that are worth not to be told again where others follow


class Letter(str):
    """A letter's name, which is quick to compare, and the letter itself."""

    letter: Any


Letters = dict[Letter, Letter]  # what stands for each letter
Doubts = Iterable["tuple[tuple[Read, ...], tuple[Read, ...]]"]  # groups of which any may stand for any


class Read(NamedTuple):
    """A formula as alike() reads it: those of one shape differ in letters, or in an order without meaning.

    A letter that a sum binds is a number, that of the sums it reaches over. `groups` are added or multiplied parts of
    one shape each, any of which may stand for any other.
    """

    shape: int
    letters: tuple[Letter | int, ...] = ()
    groups: tuple[tuple[Read, ...], ...] = ()

    @property
    def depth(self) -> int:
        """How many sums stand in one another."""
        inner = [part.depth for group in self.groups for part in group]
        return max((*(n for n in self.letters if isinstance(n, int)), *inner), default=0)

    def bound(self, name: str, number: int) -> Read:
        """With a number for this letter."""
        letters = tuple(number if letter == name else letter for letter in self.letters)
        groups = tuple(tuple(part.bound(name, number) for part in group) for group in self.groups)
        return Read(self.shape, letters, groups)


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
            lines = [read(e) for e in (left, form, *(step.after for step in steps[:1]))]  # the laws do the rest
            models = self.models[(*(step.law for step in steps), *map(shape, lines))]
            if not found.steps and (like := likest(models, lines)).exchanges:
                found = like._replace(steps=len(steps))
            models.append((left, lines))
        return found


@lru_cache(maxsize=1 << 12)
def read(e: Any) -> Read:
    kind = crc32(type(e).__name__.encode())  # not hash(): with another seed letters would be told in another order
    if isinstance(e, LETTERS):
        name = Letter(e.name)
        name.letter = e
        return Read(kind, (name,))
    if isinstance(e, Over):
        body = read(e.body)
        return body.bound(e.index.name, body.depth + 1)._replace(shape=hash((kind, body.shape)))
    if not e.args:
        return Read(crc32(str(e).encode()))
    parts = [read(a) for a in e.args]
    several: list[tuple[Read, ...]] = []
    if isinstance(e, UNORDERED):
        parts.sort(key=shape)
        together = [tuple(found) for _, found in groupby(parts, shape)]
        parts, several = [g[0] for g in together if len(g) == 1], [g for g in together if len(g) > 1]
    letters = tuple(letter for part in parts for letter in part.letters)
    groups = tuple(group for part in parts for group in part.groups)
    counted = ((len(group), group[0].shape) for group in several)
    return Read(hash((kind, *map(shape, parts), *counted)), letters, (*groups, *several))


def shape(found: Read) -> int:
    return found.shape


def heads(chain: Chain) -> Iterator[Chain]:
    """The chain, and what it begins with: the longest first."""
    left, steps, _ = chain
    yield chain
    for n in range(len(steps) - 1, WORTH - 1, -1):
        yield left, steps[:n], steps[n - 1].after


def likest(models: Sequence[Model], lines: list[Read]) -> Likeness:
    """Likeness to one of these models: the first that is easy, or the one with the fewest exchanges."""
    best = Likeness()
    for left, model in models:
        found = exchanges(model, lines)
        if found.exchanges and (not best.exchanges or len(found.exchanges) < len(best.exchanges)):
            best = found._replace(model=left)
        if 0 < len(best.exchanges) <= EASY:
            break
    return best


def exchanges(ones: list[Read], others: list[Read]) -> Likeness:
    """The letters of one chain that are others in another, a swap once; none where a reader could not follow them."""
    letters = alike({}, {}, [*zip(ones, others, strict=True)]) or {}
    changed = {a: b for a, b in letters.items() if a != b}
    told: dict[Letter, Exchange] = {}
    for a, b in changed.items():
        if b not in told:  # what is told of b tells of a
            told[a] = a.letter, b.letter, b in changed
    kept = tuple(a.letter for a in letters if a not in changed)
    return Likeness(tuple(told.values()), kept) if len(told) <= FEW else Likeness()


def alike(letters: Letters, taken: Letters, pairs: list[tuple[Read, Read]], doubtful: Doubts = ()) -> Letters | None:
    """What each free letter of formulas of one shape stands for in others; None if these differ in more than letters.

    What may stand for any of several is `doubtful`, and waits till the letters are told by the rest.
    """
    for one, other in pairs:
        for a, b in zip(one.letters, other.letters):
            if isinstance(a, int) or isinstance(b, int):
                same = a == b
            else:  # one for one, and in no circle
                same = letters.setdefault(a, b) == b and taken.setdefault(b, a) == a
                same = same and letters.get(b, a) == a and taken.get(a, b) == b
            if not same:
                return None
        doubtful = (*zip(one.groups, other.groups), *doubtful)
    if not doubtful:
        return letters
    (ones, others), *rest = doubtful
    for i, other in enumerate(others):
        left = [(ones[1:], others[:i] + others[i + 1 :])] if ones[1:] else []
        if found := alike(dict(letters), dict(taken), [(ones[0], other)], (*left, *rest)):
            return found
    return None


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
    while one[:1] == other[:1] != "":
        one, other = one[1:], other[1:]
    while one[-1:] == other[-1:] != "":
        one, other = one[:-1], other[:-1]
    return (other, one) if (other, one, True) in known else (one, other)


def moved(letter: nodes.Letter, moves: Mapping[str, str]) -> tuple[str, str]:
    """How a reader writes a letter who makes these exchanges, in subscripts too."""
    base, sub = letter.base, letter.sub
    if any(u in sub for u in moves):
        some = "|".join(map(re.escape, sorted(moves, key=len, reverse=True)))
        sub = re.sub(some, lambda found: moves[found[0]], sub)
    return moves.get(base, base), sub
