"""Signs: labels laid along their wires so that none touches another, a vertex, or (if possible) a line.

A `Board` remembers what is taken, in cells, so that asking stays cheap in large pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import atan2, ceil, degrees, floor, hypot

from .diagram import FONT, Arc, Point, Sign, Wire
from .lettering import Words, width

CELL = 90.0
SPREAD = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78, 0.15, 0.85)
TOUCH = 1000  # how much worse a label on a label is than a line through it
ARROW = 9.0  # how far below the wire the arrow comes back


class Board:
    """Boxes that nothing may touch, and lines that nothing should."""

    def __init__(self) -> None:
        self.boxes: dict[tuple[int, int], list[Sign]] = {}
        self.lines: dict[tuple[int, int], list[tuple[Point, Point]]] = {}

    def add(self, box: Sign) -> None:
        for cell in _cells(box.corners):
            self.boxes.setdefault(cell, []).append(box)

    def add_line(self, a: Point, b: Point) -> None:
        steps = max(1, ceil(hypot(b[0] - a[0], b[1] - a[1]) / CELL * 2))
        way = [(a[0] + (b[0] - a[0]) * k / steps, a[1] + (b[1] - a[1]) * k / steps) for k in range(steps + 1)]
        for cell in sorted({c for p, q in zip(way, way[1:]) for c in _cells((p, q))}):
            self.lines.setdefault(cell, []).append((a, b))

    def touches(self, box: Sign) -> bool:
        """Whether a box overlaps one that is there."""
        return any(overlap(box, other) for cell in _cells(box.corners) for other in self.boxes.get(cell, ()))

    def struck(self, box: Sign, own: Iterable[tuple[Point, Point]] = ()) -> int:
        """How many lines run through a box."""
        found = {line for cell in _cells(box.corners) for line in self.lines.get(cell, ())}
        return sum(cuts(line, box) for line in found.difference(own))

    def faults(self, box: Sign, own: Iterable[tuple[Point, Point]] = ()) -> int:
        """How badly a box stands: `TOUCH` where it overlaps another, and one for each line through it."""
        return TOUCH * self.touches(box) + self.struck(box, own)


def _cells(points: Iterable[Point]) -> Iterator[tuple[int, int]]:
    xs, ys = zip(*points)
    for i in range(floor(min(xs) / CELL), floor(max(xs) / CELL) + 1):
        for j in range(floor(min(ys) / CELL), floor(max(ys) / CELL) + 1):
            yield i, j


def overlap(a: Sign, b: Sign) -> bool:
    """Whether two turned boxes overlap: no axis of either separates them."""
    if hypot(a.x - b.x, a.y - b.y) > hypot(a.width, a.height) / 2 + hypot(b.width, b.height) / 2:
        return False
    p, q = a.corners, b.corners
    for corners in (p, q):
        for (x0, y0), (x1, y1) in ((corners[0], corners[1]), (corners[1], corners[2])):
            dx, dy = x1 - x0, y1 - y0
            mine, theirs = [x * dx + y * dy for x, y in p], [x * dx + y * dy for x, y in q]
            if max(mine) <= min(theirs) or max(theirs) <= min(mine):
                return False
    return True


def cuts(line: tuple[Point, Point], box: Sign) -> bool:
    """Whether a line runs through a box: no side of the box separates them, and its corners lie on both sides."""
    (x0, y0), (x1, y1) = line
    p = box.corners
    for (ax, ay), (bx, by) in ((p[0], p[1]), (p[1], p[2])):
        dx, dy = bx - ax, by - ay
        start, end = x0 * dx + y0 * dy, x1 * dx + y1 * dy
        if max(start, end) <= ax * dx + ay * dy or min(start, end) >= bx * dx + by * dy:
            return False
    sides = [(x - x0) * (y1 - y0) - (y - y0) * (x1 - x0) for x, y in p]
    return min(sides) < 0 < max(sides)


def sign(words: Words, x: float, y: float, turn: float = 0.0, size: float = FONT) -> Sign:
    """A label centred at a point."""
    return Sign(words, x, y, turn, width(words, size), size * 1.12, size)


def label(arc: Arc, points: tuple[Point, ...], board: Board, *, arrow: bool = True) -> tuple[Wire, int]:
    """The wire with its signs where they disturb least, and how badly they stand even there."""
    own = tuple(zip(points, points[1:]))
    segments = sorted(own, key=lambda s: -hypot(s[1][0] - s[0][0], s[1][1] - s[0][1]))
    best, least = None, 0
    for segment, t in [(s, t) for t in SPREAD for s in segments[:3]]:
        wire = _lay(arc, points, segment, t, arrow)
        boxes = [s for s in (wire.above, wire.below, wire.back and _thin(wire.back)) if s]
        faults = sum(board.faults(box, own) for box in boxes)
        if best is None or faults < least:
            best, least = wire, faults
        if not faults:
            break
    assert best is not None
    for s in (best.above, best.below):
        if s:
            board.add(s)
    if best.back:
        board.add(_thin(best.back))
        board.add_line(*best.back)
    return best, least


def _thin(line: tuple[Point, Point]) -> Sign:
    (x0, y0), (x1, y1) = line
    long = hypot(x1 - x0, y1 - y0)
    return Sign((), (x0 + x1) / 2, (y0 + y1) / 2, degrees(atan2(y0 - y1, x0 - x1)), long, 5.0)


def _lay(arc: Arc, points: tuple[Point, ...], segment: tuple[Point, Point], t: float, arrow: bool) -> Wire:
    (x0, y0), (x1, y1) = segment
    long = hypot(x1 - x0, y1 - y0) or 1.0
    ux, uy = (x1 - x0) / long, (y1 - y0) / long
    nx, ny = -uy, ux  # to the right of the way: below a wire that goes right
    turn = degrees(atan2(uy, ux))
    above, below = sign(arc.above, 0, 0, turn), sign(arc.below, 0, 0, turn)
    reach = max(above.width if arc.above else 0, below.width if arc.below else 0, 36 if arc.below else 0)
    low, high = 3 + reach / 2, long - 13 - reach / 2  # clear of the arrowhead
    at = min(max(t * long, low), high) if low < high else (low + high) / 2
    cx, cy = x0 + ux * at, y0 + uy * at

    def beside(s: Sign, off: float) -> Sign:
        return Sign(s.words, cx + nx * off, cy + ny * off, turn, s.width, s.height, s.size)

    upper = beside(above, -(above.height / 2 + 2)) if arc.above else None
    if not arc.below:
        return Wire(arc, points, upper, None, None, arrow)
    lower = beside(below, ARROW + below.height / 2 + 4)
    half = min(max(below.width, 36), max(long - 22, 16)) / 2
    mx, my = cx + nx * ARROW, cy + ny * ARROW
    back = ((mx + ux * half, my + uy * half), (mx - ux * half, my - uy * half))
    return Wire(arc, points, upper, lower, back, arrow)
