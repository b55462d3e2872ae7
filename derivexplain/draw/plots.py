"""Plots: curves over one axis in panels below each other, as one self-contained SVG.

Lines differ by dash and by colour, so that grey print and every eye keep them apart; a logarithmic panel
says so at its axis, and what lies beyond its range stands at its edge; other panels may have a range of their own
(`span`), at whose edge lines end. Labels are written where no line runs and no other label stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

from ..digits import shown
from .svg import FACE, GREY, INK, PAPER, RED, TINT

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


def plot(panels: Sequence[Panel], title: str, notes: Sequence[str] = (), name: str = "plot") -> str:
    """The panels below each other as SVG."""
    total = len(panels) * (HIGH + GAP) + 30
    low = min(x for p in panels for c in p.curves for x in c.xs)
    high = max(x for p in panels for c in p.curves for x in c.xs)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE:g} {total:g}" width="{WIDE:g}" '
        f'height="{total:g}" role="img" aria-labelledby="{name}-t {name}-d" font-family="{FACE}" font-size="13">',
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(chr(10).join(notes))}</desc>',
        f'<rect width="{WIDE:g}" height="{total:g}" fill="{PAPER}"/>',
    ]
    for k, panel in enumerate(panels):
        out += _Frame(panel, low, high, 34 + k * (HIGH + GAP)).lines()
    return "\n".join((*out, "</svg>")) + "\n"


Box = tuple[float, float, float, float]


class _Frame:
    """One panel and where its numbers lie."""

    def __init__(self, panel: Panel, low: float, high: float, top: float) -> None:
        self.panel, self.low, self.high, self.top = panel, low, high, top
        self.bottom: float
        self.upper: float
        values = [v for c in panel.curves for v in c.ys if isfinite(v) and (v > 0 or not panel.log)]
        values += [panel.level[0], panel.level[0] / 10] if panel.level else []  # room for what is less
        values = [min(max(v, panel.span[0]), panel.span[1]) for v in values] if panel.span else values
        self.labels: list[Box] = []
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

    def lines(self) -> Iterator[str]:
        panel, bottom = self.panel, self.top + HIGH
        for a, b, _ in panel.bands:
            left, right = self.x(max(a, self.low)), self.x(min(b, self.high))
            yield f'<rect x="{left:.1f}" y="{self.top}" width="{right - left:.1f}" height="{HIGH}" fill="{TINT}"/>'
        size = f'width="{WIDE - LEFT - RIGHT}" height="{HIGH}"'
        yield f'<rect x="{LEFT}" y="{self.top}" {size} fill="none" stroke="{GREY}"/>'
        for at in ticks(self.low, self.high):
            yield f'<path d="M{self.x(at):.1f} {bottom}v4" stroke="{GREY}"/>' + _text(
                self.x(at), bottom + 17, shown(at)
            )
        for at, label in self.levels():
            y = self.y(at)
            yield f'<path d="M{LEFT} {y:.1f}h{WIDE - LEFT - RIGHT}" stroke="#d8d8d8" stroke-width=".6"/>'
            yield _text(LEFT - 6, y + 4, label, INK, 12, "end")
        if panel.level:
            y = self.y(panel.level[0])
            yield f'<path d="M{LEFT} {y:.1f}H{WIDE - RIGHT}" stroke="{GREY}" stroke-dasharray="1 3"/>'
        for at, _ in panel.marks:
            yield f'<path d="M{self.x(at):.1f} {self.top}v{HIGH}" stroke="{GREY}" stroke-dasharray="3 3"/>'
        yield from (self.curve(k, c) for k, c in enumerate(panel.curves))
        if panel.level:
            places = [(x, y - 4 + down) for down in (0, 14) for x in (WIDE - RIGHT - 4, (LEFT + WIDE) / 2, LEFT + 40)]
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

    def label(self, text: str, size: float, places: Sequence[tuple[float, float, str]]) -> str:
        """A text at the first of these places where nothing is, or where least is."""

        def box(place: tuple[float, float, str]) -> Box:
            x, y, anchor = place
            left = x if anchor == "start" else x - _width(text, size)
            return left - 2, y - size, left + _width(text, size) + 2, y + 3

        chosen = min(places, key=lambda place: self.crowd(box(place)))
        self.labels.append(box(chosen))
        x, y, anchor = chosen
        return _text(x, y, text, GREY, size, anchor)

    def crowd(self, box: Box) -> int:
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

    def curve(self, k: int, c: Curve) -> str:
        colour = COLOURS[k % len(COLOURS)]
        if c.dots:
            found = [(x, y) for x, y in zip(c.xs, c.ys) if isfinite(y) and self.inside(y)]
            return "".join(
                f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="2.6" fill="none" stroke="{colour}"/>'
                for x, y in found
            )
        way, before, within = [], False, False
        for x, y in zip(c.xs, c.ys):
            here = isfinite(y)
            joined = here and before and (within or self.inside(y))  # beyond the edge no line runs along it
            before, within = here, here and self.inside(y)
            if here:
                way.append(f"{'L' if joined else 'M'}{self.x(x):.1f} {self.y(y):.1f}")
        dash = f' stroke-dasharray="{DASHES[k % len(DASHES)]}"' if DASHES[k % len(DASHES)] else ""
        return f'<path d="{"".join(way)}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>'

    def inside(self, value: float) -> bool:
        return self.panel.log or self.bottom <= value <= self.upper

    def legend(self) -> Iterator[str]:
        at = LEFT
        if self.panel.title:
            yield _text(at, self.top - 8, self.panel.title, INK, 13, "start")
            at += 8.2 * len(self.panel.title) + 16
        for k, c in enumerate(self.panel.curves):
            colour, y = COLOURS[k % len(COLOURS)], self.top - 12
            if c.dots:
                yield f'<circle cx="{at + 12:.1f}" cy="{y}" r="2.6" fill="none" stroke="{colour}"/>'
            else:
                dash = f' stroke-dasharray="{DASHES[k % len(DASHES)]}"' if DASHES[k % len(DASHES)] else ""
                yield f'<path d="M{at:.1f} {y}h24" stroke="{colour}" stroke-width="1.5"{dash}/>'
            yield _text(at + 30, y + 4, c.label, INK, 12, "start")
            at += 42 + 7.2 * len(c.label)


def ticks(low: float, high: float, about: int = 7) -> list[float]:
    """Round numbers between two ends, about so many."""
    raw = (high - low) / about
    power = 10.0 ** floor(log10(raw))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= raw)
    first = ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, floor(high / step + 1e-9) + 1)]


def _width(text: str, size: float) -> float:
    return 0.5 * size * len(text)


def _text(x: float, y: float, text: str, colour: str = INK, size: float = 12, anchor: str = "middle") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}">{escape(text)}</text>'
