"""Plots: curves over one axis in panels below each other, as a drawing.

Lines differ by dash and by colour, so that grey print and every eye keep them apart; a logarithmic panel
says so at its axis, and what lies beyond its range stands at its edge; other panels may have a range of their own
(`span`), at whose edge lines end. Labels are written where no line runs and no other label stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from ..digits import shown
from . import lettering
from .diagram import Point
from .strokes import Box, Drawing, Label, Line, Ring, Stroke
from .svg import GREY, INK, RED, TINT

COLOURS = (INK, RED, "#1f5fa8", "#7a4fa0", "#2f7d4f")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2")
WIDE, HIGH, LEFT, RIGHT, GAP = 560.0, 190.0, 66.0, 20.0, 46.0


@dataclass(frozen=True)
class Curve:
    """Points in the order of x; a value that is not finite breaks the line. `dots` draws them singly."""

    label: str
    xs: Sequence[float]
    ys: Sequence[float]
    dots: bool = False


@dataclass(frozen=True)
class Panel:
    """Curves over the same x; `marks` are places with a label, `bands` shaded stretches, `level` a line across."""

    curves: tuple[Curve, ...]
    title: str = ""
    log: bool = False
    marks: tuple[tuple[float, str], ...] = ()
    bands: tuple[tuple[float, float, str], ...] = ()
    level: tuple[float, str] | None = None
    span: tuple[float, float] | None = None


def plot(panels: Sequence[Panel], title: str, notes: Sequence[str] = (), name: str = "plot") -> Drawing:
    """The panels below each other."""
    low = min(x for p in panels for c in p.curves for x in c.xs)
    high = max(x for p in panels for c in p.curves for x in c.xs)
    frames = (_Frame(panel, low, high, 34 + k * (HIGH + GAP)) for k, panel in enumerate(panels))
    strokes = [stroke for frame in frames for stroke in frame.strokes()]
    return Drawing(name, title, tuple(notes), WIDE, len(panels) * (HIGH + GAP) + 30, strokes)


Bounds = tuple[float, float, float, float]  # left, upper, right, lower


class _Frame:
    """One panel and where its numbers lie."""

    def __init__(self, panel: Panel, low: float, high: float, top: float) -> None:
        self.panel, self.low, self.high, self.top = panel, low, high, top
        self.bottom: float
        self.upper: float
        values = [v for c in panel.curves for v in c.ys if isfinite(v) and (v > 0 or not panel.log)]
        values += [panel.level[0], panel.level[0] / 10] if panel.level else []  # room for what is less
        values = [min(max(v, panel.span[0]), panel.span[1]) for v in values] if panel.span else values
        self.labels: list[Bounds] = []
        if panel.log:
            self.bottom, self.upper = floor(log10(min(values, default=1))), ceil(log10(max(values, default=10)))
            self.upper = max(self.upper, self.bottom + 1)
        else:
            least, most = min(values, default=0), max(values, default=1)
            room = 0.06 * (most - least) or abs(most) or 1
            self.bottom, self.upper = least - room, most + room

    def x(self, value: float) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (value - self.low) / (self.high - self.low)

    def y(self, value: float) -> float:
        if self.panel.log:
            value = self.bottom if value <= 0 else log10(value)
        share = (value - self.bottom) / (self.upper - self.bottom)
        return self.top + HIGH * (1 - min(max(share, 0), 1))

    def strokes(self) -> Iterator[Stroke]:
        panel, bottom, right = self.panel, self.top + HIGH, WIDE - RIGHT

        def level(y: float, colour: str, width: float = 1.0, dash: str = "") -> Line:
            return Line((((LEFT, y), (right, y)),), colour, width, dash)

        def upright(x: float, top: float, end: float, dash: str = "") -> Line:
            return Line((((x, top), (x, end)),), GREY, dash=dash)

        for a, b, _ in panel.bands:
            start = self.x(max(a, self.low))
            yield Box(start, self.top, self.x(min(b, self.high)) - start, HIGH, fill=TINT)
        yield Box(LEFT, self.top, right - LEFT, HIGH, colour=GREY)
        for at in ticks(self.low, self.high):
            yield upright(self.x(at), bottom, bottom + 4)
            yield Label(self.x(at), bottom + 17, shown(at))
        for at, label in self.levels():
            yield level(self.y(at), "#d8d8d8", 0.6)
            yield Label(LEFT - 6, self.y(at) + 4, label, anchor="end")
        if panel.level:
            yield level(self.y(panel.level[0]), GREY, dash="1 3")
        for at, _ in panel.marks:
            yield upright(self.x(at), self.top, bottom, "3 3")
        for k, c in enumerate(panel.curves):
            yield from self.curve(k, c)
        if panel.level:
            y = self.y(panel.level[0])
            places = [(x, y - 4 + down) for down in (0, 14) for x in (right - 4, (LEFT + WIDE) / 2, LEFT + 40)]
            yield self.label(panel.level[1], 11, [(x, y, "end") for x, y in places])
        for a, b, label in panel.bands:
            middle, wide = (self.x(a) + self.x(b)) / 2, _width(label, 11)
            if self.x(b) - self.x(a) > wide:
                heights = [self.top + HIGH * share for share in (0.09, 0.2, 0.5, 0.8)]
                yield self.label(label, 11, [(middle - wide / 2, y, "start") for y in heights])
        for at, label in panel.marks:
            heights = [self.top + HIGH * share for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.92)]
            sides = ((self.x(at) + 5, "start"), (self.x(at) - 5, "end"))
            yield self.label(label, 12, [(x, y, anchor) for x, anchor in sides for y in heights])
        yield from self.legend()

    def label(self, text: str, size: float, places: Sequence[tuple[float, float, str]]) -> Label:
        """A text at the first of these places where nothing is, or where least is."""

        def box(place: tuple[float, float, str]) -> Bounds:
            x, y, anchor = place
            left = x if anchor == "start" else x - _width(text, size)
            return left - 2, y - size, left + _width(text, size) + 2, y + 3

        chosen = min(places, key=lambda place: self.crowd(box(place)))
        self.labels.append(box(chosen))
        x, y, anchor = chosen
        return Label(x, y, text, GREY, size, anchor)

    def crowd(self, box: Bounds) -> int:
        """How much stands in a box: labels and the frame's edges count for many points."""
        left, upper, right, lower = box
        beyond = left < LEFT or right > WIDE - RIGHT
        others = sum(left < r and l < right and upper < b and t < lower for l, t, r, b in self.labels)
        spots = ((self.x(x), self.y(y)) for c in self.panel.curves for x, y in zip(c.xs, c.ys) if isfinite(y))
        marks = sum(left < self.x(at) < right for at, _ in self.panel.marks)
        return 1000 * (beyond + others) + 100 * marks + sum(left < x < right and upper < y < lower for x, y in spots)

    def levels(self) -> list[tuple[float, str]]:
        if not self.panel.log:
            return [(v, shown(v)) for v in ticks(self.bottom, self.upper, 5)]
        step = max(1, ceil((self.upper - self.bottom) / 6))
        powers = range(int(self.bottom), int(self.upper) + 1, step)
        return [(10.0**p, {0: "1", 1: "10"}.get(p, f"1e{p}".replace("-", "−"))) for p in powers]

    def curve(self, k: int, c: Curve) -> Iterator[Stroke]:
        colour = COLOURS[k % len(COLOURS)]
        if c.dots:
            found = ((x, y) for x, y in zip(c.xs, c.ys) if isfinite(y) and self.inside(y))
            yield from (Ring(self.x(x), self.y(y), colour) for x, y in found)
            return
        runs: list[list[Point]] = []
        before = within = False
        for x, y in zip(c.xs, c.ys):
            here = isfinite(y)
            joined = here and before and (within or self.inside(y))  # beyond the edge no line runs along it
            before, within = here, here and self.inside(y)
            if here:
                runs += [] if joined else [[]]
                runs[-1].append((self.x(x), self.y(y)))
        yield Line(tuple(map(tuple, runs)), colour, 1.5, DASHES[k % len(DASHES)])

    def inside(self, value: float) -> bool:
        return self.panel.log or self.bottom <= value <= self.upper

    def legend(self) -> Iterator[Stroke]:
        at = LEFT
        if self.panel.title:
            yield Label(at, self.top - 8, self.panel.title, size=13, anchor="start")
            at += _width(self.panel.title, 13) + 16
        for k, c in enumerate(self.panel.curves):
            if not c.label:  # the panel's title says what it is
                continue
            colour, y = COLOURS[k % len(COLOURS)], self.top - 12
            if c.dots:
                yield Ring(at + 12, y, colour)
            else:
                yield Line((((at, y), (at + 24, y)),), colour, 1.5, DASHES[k % len(DASHES)])
            yield Label(at + 30, y + 4, c.label, anchor="start")
            at += 42 + _width(c.label, 12)


def ticks(low: float, high: float, about: int = 7) -> list[float]:
    """Round numbers between two ends, about so many."""
    raw = (high - low) / about
    power = 10.0 ** floor(log10(raw))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= raw)
    first = ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, floor(high / step + 1e-9) + 1)]


def _width(text: str, size: float) -> float:
    return lettering.width(lettering.words(text), size)
