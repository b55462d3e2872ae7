"""Fitting: shapes that forward takes, found by how far it gets with others.

Where several arrays hang together, their names do not tell their shapes: ``hstack([x, h]) @ Wg``. One length, or one
axis, is changed at a time, and what lets forward get further is kept; what runs is made as general as it may be, so
that no two lengths are equal by chance. A parameter has no row for every example: a forgotten sum would not show.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..text.code import Code
from ..text.things import matches, normal
from .feeding import data_arguments
from .making import length

RUNS = 3000  # of forward, for all the fitting of one layer
SECONDS = 2.5  # of the processor, where each of them takes long
MOST = 24  # set-ups
STEPS = 10  # changes until forward runs
SEEDS = ("rows are examples", "sequences", "images", "word ids")  # from which scenes' shapes it starts
ARRAY = re.compile(r"(?P<kind>|\+|u|set|graph)\((?P<shape>[^)]*)\)")
FRESH = "MHVP"
DONE = (9,)  # further than any place in the code

Specs = tuple[str, ...]


@dataclass(frozen=True)
class Shapes:
    """What a constructor and forward are given, as specifications."""

    made: Specs
    given: Specs

    def whole(self) -> Specs:
        return (*self.made, *self.given)

    def put(self, at: int, spec: str) -> Shapes:
        whole = list(self.whole())
        whole[at] = spec
        return Shapes(tuple(whole[: len(self.made)]), tuple(whole[len(self.made) :]))

    def put_axis(self, at: int, axis: int, length: str) -> Shapes:
        kept = axes(self.whole()[at])
        return self.put(at, written(self.whole()[at], (*kept[:axis], length, *kept[axis + 1 :])))

    def movable(self) -> list[tuple[int, str]]:
        """All but what comes in first."""
        return [(k, s) for k, s in enumerate(self.whole()) if k != len(self.made)]

    def places(self) -> list[tuple[int, int]]:
        """Where a length stands that may be another."""
        return [(k, a) for k, s in self.movable() for a in range(len(axes(s)))]

    def alike(self) -> dict[str, list[tuple[int, int]]]:
        """Where the same length stands."""
        found: dict[str, list[tuple[int, int]]] = {}
        for k, a in self.places():
            found.setdefault(axes(self.whole()[k])[a], []).append((k, a))
        return found

    def distinct(self, sizes: Mapping[str, int]) -> int:
        return len({length(n, sizes) for s in self.whole() for n in axes(s)})


def axes(spec: str) -> Specs:
    if match := ARRAY.fullmatch(spec):
        return tuple(t for t in match["shape"].split(",") if t)
    return (spec[1:],) if re.fullmatch(r"#\w+", spec) else ()


def written(spec: str, lengths: Specs) -> str:
    match = ARRAY.fullmatch(spec)
    return f"{match['kind']}({','.join(lengths)})" if match else f"#{lengths[0]}"


def fitted(
    code: Code, starts: list[Shapes], run: Any, sizes: Mapping[str, int], graphs: str = ""
) -> Iterator[Shapes]:
    """From each seed, and from each with an axis more or fewer, the most general shapes at which forward runs."""
    progress = Progress(run, {f.__code__.co_filename for f in code.functions if hasattr(f, "__code__")}, sizes)
    found: set[Shapes] = set()
    for start in tries(starts, code, progress):
        if progress.over() or len(found) >= MOST:
            return
        shapes = mended(start, progress)
        if shapes is not None and (shapes := general(shapes, progress)) not in found:
            found.add(shapes)
            names = [p.name for p in data_arguments(code)]
            kinds = ["graph" if matches(graphs, normal(n)) else "set" for n in names]
            yield Shapes(shapes.made, tuple(map(beside_itself, shapes.given, kinds)))


def tries(starts: list[Shapes], code: Code, progress: Progress) -> Iterator[Shapes]:
    """Where to start from; after what names tell, with other axes: for a parameter none that the examples have."""
    for start in starts:
        yield from counted(start, code)
    yield from starts
    progress.barred = True
    for start in starts:
        yield from (*shorter(start, progress, True), *longer(start, progress))


class Progress:
    """How far the code gets with which shapes, and with what numbers in its mouth it stops."""

    def __init__(self, run: Any, files: set[str], sizes: Mapping[str, int]) -> None:
        self.run, self.files, self.sizes = run, files, sizes
        self.barred = False  # parameters from lengths that the examples have, but for the last
        self.tried: dict[Shapes, tuple[tuple[int, ...], set[int]]] = {}
        self.until = time.process_time() + SECONDS

    def over(self) -> bool:
        return len(self.tried) >= RUNS or time.process_time() > self.until

    def reached(self, shapes: Shapes) -> tuple[int, ...]:
        """The places where it stops, from the outermost function inwards."""
        if shapes not in self.tried:
            self.tried[shapes] = ((), set()) if self.over() else self.reach(shapes)
        return self.tried[shapes][0]

    def named(self, shapes: Shapes) -> set[int]:
        """The lengths that it names where it stops."""
        self.reached(shapes)
        return self.tried[shapes][1]

    def reach(self, shapes: Shapes) -> tuple[tuple[int, ...], set[int]]:
        phase = 0
        try:
            forward = self.run(shapes.made, shapes.given)
            phase = 1
            forward()
        except (Exception, SystemExit) as error:
            places, back = [phase], error.__traceback__
            while back is not None:
                if back.tb_frame.f_code.co_filename in self.files:
                    places.append(back.tb_lasti)
                back = back.tb_next
            return tuple(places), {int(n) for n in re.findall(r"\d+", str(error))}
        return DONE, set()


def mended(shapes: Shapes, progress: Progress) -> Shapes | None:
    """The shapes after changes each of which lets forward get further; None where none does."""
    for _ in range(STEPS):
        now = progress.reached(shapes)
        if now == DONE:
            return shapes
        for changes in (single, longer, double, shorter):
            best = max(
                changes(shapes, progress),
                key=lambda s: (progress.reached(s), s.distinct(progress.sizes)),
                default=shapes,
            )
            if progress.reached(best) > now:
                break
        else:
            return None
        shapes = best
    return None


def single(shapes: Shapes, progress: Progress) -> list[Shapes]:
    """One length another."""
    return [shapes.put_axis(k, a, n) for k, a in shapes.places() for n in lengths(shapes, k, a, progress)]


def longer(shapes: Shapes, progress: Progress) -> list[Shapes]:
    """An axis more; an array for what might be a number."""
    changed = []
    for k, spec in shapes.movable():
        own = axes(spec)
        if not ARRAY.fullmatch(spec):
            changed += [shapes.put(k, s) for s in ("(D,M)", "(D)", "()") if re.match(r"#|=[\d.]+$", spec)]
        elif len(own) < 4:
            new = [*letters(shapes, k, progress), "P"]
            changed += [
                shapes.put(k, written(spec, (*own[:a], n, *own[a:]))) for a in range(len(own) + 1) for n in new
            ]
    return changed


def shorter(shapes: Shapes, progress: Progress, rows: bool = False) -> list[Shapes]:
    """An axis fewer; with `rows` only of what has a row for each example."""
    arrays = [(k, s, axes(s)) for k, s in shapes.movable() if ARRAY.fullmatch(s) and ("N" in axes(s) or not rows)]
    return [shapes.put(k, written(s, own[:a] + own[a + 1 :])) for k, s, own in arrays for a in range(len(own))]


def double(shapes: Shapes, progress: Progress) -> list[Shapes]:
    """The same length another at two places, or wherever it stands."""
    changed = []
    for at in shapes.alike().values():
        for group in (*itertools.combinations(at, 2), *([tuple(at)] if len(at) > 2 else [])):
            shared = set.intersection(*(set(lengths(shapes, k, a, progress)) for k, a in group))
            changed += [everywhere(shapes, group, n) for n in sorted(shared)]
    return changed


def everywhere(shapes: Shapes, places: tuple[tuple[int, int], ...], length: str) -> Shapes:
    for k, a in places:
        shapes = shapes.put_axis(k, a, length)
    return shapes


def lengths(shapes: Shapes, at: int, axis: int, progress: Progress) -> list[str]:
    """The lengths that this axis may have: those of others, sums that are asked for, multiples of what comes in."""
    own = axes(shapes.whole()[at])[axis]
    plain = letters(shapes, at, progress)
    known = {length(n, progress.sizes) for n in plain} | withheld(shapes, at, progress)
    named = progress.named(shapes) - known
    sums = [f"{a}+{b}" for a, b in itertools.combinations(plain, 2) if length(f"{a}+{b}", progress.sizes) in named]
    wide = {n for s in shapes.given for n in axes(s)} & {*plain}
    many = [f"{k}{n}" for n in sorted(wide) for k in (2, 3, 4) if length(f"{k}{n}", progress.sizes) not in known]
    return [n for n in (*plain, *sums, *many) if n != own]


def letters(shapes: Shapes, at: int, progress: Progress) -> list[str]:
    """The lengths of other axes that this argument may have."""
    known = {n for s in shapes.whole() for n in (*axes(s), s.rpartition("<")[2]) if re.fullmatch(r"[A-Z]", n)}
    kept = withheld(shapes, at, progress)
    return sorted(n for n in known | {"M", "H"} if progress.sizes[n] not in kept)


def withheld(shapes: Shapes, at: int, progress: Progress) -> set[int]:
    """The numbers of examples, and of their steps: for what has one of each already."""
    if "N" in axes(shapes.whole()[at]):
        return set()
    steps = axes(shapes.given[0])[:-1] if progress.barred and ARRAY.fullmatch(shapes.whole()[at]) else ()
    return {progress.sizes[n] for n in ("N", *steps) if n in progress.sizes}


def counted(shapes: Shapes, code: Code) -> list[Shapes]:
    """Where entries are taken one by one, ``w[0] * left + w[1] * x``: as many as there are."""
    changed = []
    names = [p.name for p in (*code.constructor[: len(shapes.made)], *data_arguments(code))]
    for (k, spec), name in zip(enumerate(shapes.whole()), names):
        taken = {int(n) for n in re.findall(rf"(?<![\w.])(?:self\.)?{re.escape(name)}\[(\d+)\]", code.source.text)}
        if len(taken) > 1 and taken == {*range(len(taken))} and ARRAY.fullmatch(spec) and k != len(shapes.made):
            changed += [shapes.put(k, written(spec, (str(len(taken)), *rest))) for rest in ((), axes(spec)[1:])]
    return changed


def general(shapes: Shapes, progress: Progress) -> Shapes:
    """The same with lengths of their own wherever forward runs with them."""
    for count in (1, 2, 3):
        taken = {n for s in shapes.whole() for n in axes(s)}
        fresh = next((n for n in FRESH if n not in taken), "")
        for kept, at in shapes.alike().items():
            for group in itertools.combinations(at, count) if fresh and re.fullmatch("[A-MO-Z]", kept) else ():
                changed = everywhere(shapes, group, fresh)
                if (
                    changed.distinct(progress.sizes) > shapes.distinct(progress.sizes)
                    and progress.reached(changed) == DONE
                ):
                    return general(changed, progress)
    return shapes


def beside_itself(spec: str, kind: str) -> str:
    """What mixes the examples, a graph's neighbours, is no variable."""
    return f"{kind}{spec}" if axes(spec) == ("N", "N") and spec.startswith("(") else spec
