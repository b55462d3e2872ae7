"""Layout: a diagram becomes a scene. Columns from left to right, rows so that wires run straight.

Rows and columns get wider until no label touches anything (`STRETCH`, at most `TRIES` times), in a small picture
a little more where that keeps lines from running through labels (`MORE` times).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import cos, hypot, radians, sin

from ..errors import InputError
from .diagram import SMALL, Diagram, Frame, Point, Scene, Sign, Spot, Vertex, Wire
from .layering import Grid, grid, port_offsets
from .lettering import width, words
from .signs import TOUCH, Board, label, sign

LIMIT = 400  # vertices; beyond it nobody reads the picture
RADIUS = 20.0
ROOM = {"leaf": 38.0, "end": 38.0, "node": 42.0, "fork": 34.0, "bend": 26.0}
MANY = 4  # operands; a node with more of them becomes a tall box that its leaves enter straight
LANE = 54.0  # between two wires that run side by side with their labels
STRETCH, TRIES, MORE = 1.18, 14, 2
SMALL_PICTURE = 60  # vertices
MARGIN = 14.0


def layout(diagram: Diagram) -> Scene:
    """Place everything. Raises InputError where the graph is too large to be read."""
    if len(diagram.vertices) > LIMIT:
        raise InputError(
            f"a picture of {len(diagram.vertices)} nodes cannot be read (at most {LIMIT})",
            mend="fold groups of nodes into boxes, or draw the part of it that one value needs",
        )
    where = grid(diagram)
    scene, faults, stretch = *_place(diagram, where, 1.0), 1.0
    more = MORE if len(diagram.vertices) <= SMALL_PICTURE else 0
    for _ in range(TRIES):
        more -= faults < TOUCH
        if not faults or more < 0:
            break
        stretch *= STRETCH
        wider, left = _place(diagram, where, stretch)
        if left < faults:
            scene, faults = wider, left
    return scene


def _place(diagram: Diagram, where: Grid, stretch: float) -> tuple[Scene, int]:
    """The scene, and its faults: labels that touch something (`TOUCH` each), lines through labels."""
    vertices = {v.id: v for v in diagram.vertices}
    operands = Counter(a.target for a in diagram.arcs)
    half = {v.id: _half(v, operands[v.id]) for v in diagram.vertices}
    ports = port_offsets(diagram)
    y = _rows(where, vertices, half, stretch)
    x = _columns(diagram, where, vertices, half, y, stretch)
    spots = {v.id: _spot(v, x[v.id], y[v.id], half[v.id]) for v in diagram.vertices}
    board = Board()
    for spot in spots.values():
        board.add(Sign((), spot.x, spot.y, 0, 2 * spot.half_width, 2 * spot.half_height))
    ways = []
    for k, arc in enumerate(diagram.arcs):
        bends = [(x[b], y[b]) for b in where.chains[k][1:-1]]
        ways.append(_way(spots[arc.source], spots[arc.target], bends, ports[k]))
        for a, b in zip(ways[-1], ways[-1][1:]):
            board.add_line(a, b)
    captions, faults = [], 0
    for spot in (s for s in spots.values() if s.vertex.caption):
        captions.append(_caption(spot, board))
        faults += board.faults(captions[-1])
        board.add(captions[-1])
    wires: dict[int, Wire] = {}
    for k in sorted(range(len(ways)), key=lambda k: _long(ways[k])):
        arrow = vertices[diagram.arcs[k].target].kind != "fork"
        wires[k], found = label(diagram.arcs[k], ways[k], board, arrow=arrow)
        faults += found
    frames = tuple(_frame(title, members, spots, board) for title, members in diagram.groups.items())
    drawn = tuple(wires[k] for k in range(len(ways)))
    return _fit(Scene(diagram, tuple(spots.values()), drawn, frames, tuple(captions), 0, 0)), faults


def _caption(spot: Spot, board: Board) -> Sign:
    """A node's name above it; the "+=" of a fork below, or where fewer wires run."""
    fork = spot.vertex.kind == "fork"
    away = spot.half_height + SMALL * 0.75
    places = [(0, away), (-SMALL, away), (0, -away), (-SMALL, -away)] if fork else [(0, -away)]
    signs = [sign(spot.vertex.caption, spot.x + dx, spot.y + dy, 0, SMALL) for dx, dy in places]
    return replace(min(signs, key=board.faults), role="sum" if fork else "name")


def _half(v: Vertex, operands: int) -> Point:
    """Half extents of a vertex: a circle, a box where the label or the list of operands is long, or its text."""
    wide = width(v.label, 15)
    if v.kind == "fork":
        return 4.0, 4.0
    if v.kind == "node":
        if wide <= 1.7 * RADIUS and operands <= MANY:
            return RADIUS, RADIUS
        return max(wide / 2 + 9, RADIUS), LANE * (operands - 1) / 1.8 if operands > MANY else 18.0
    return wide / 2, 9.0


def _spot(v: Vertex, x: float, y: float, half: Point) -> Spot:
    """Leaves end, and ends begin, where their wire does."""
    shift = {"leaf": -half[0] - 5, "end": half[0] + 5}.get(v.kind, 0.0)
    return Spot(v, x + shift, y, *half)


# ---------------------------------------------------------------- rows


def _rows(where: Grid, vertices: dict[str, Vertex], half: dict[str, Point], stretch: float) -> dict[str, float]:
    """Heights: each vertex near the mean of its neighbours, in order and well apart."""

    def room(v: str) -> float:
        if v not in vertices:
            return ROOM["bend"]
        crowded = vertices[v].kind == "leaf" and any(half.get(t, (0, 0))[1] > 2 * RADIUS for t, _ in after.get(v, ()))
        wide = LANE / 2 if crowded else max(ROOM[vertices[v].kind], half[v][1] + 22)
        return wide + (SMALL if vertices[v].caption else 0) / 2

    before: dict[str, list[tuple[str, float]]] = {}
    after: dict[str, list[tuple[str, float]]] = {}
    for link in (l for gap in where.gaps for l in gap):
        dip = _dip(link.port, half.get(link.target, (0, 0))[1])
        before.setdefault(link.target, []).append((link.source, -dip))
        after.setdefault(link.source, []).append((link.target, dip))
    y: dict[str, float] = {}
    apart: list[list[float]] = []
    for column in where.columns:
        at, steps = 0.0, []
        for k, v in enumerate(column):
            at += stretch * (room(column[k - 1]) + room(v)) if k else 0.0
            y[v] = at
            steps.append(at)
        apart.append(steps)
    for sweep in range(10):
        near = after if sweep % 2 == 0 else before
        order = range(len(where.columns))
        for c in reversed(order) if sweep % 2 == 0 else order:
            column = where.columns[c]
            wish = [sum(y[n] + d for n, d in near[v]) / len(near[v]) if v in near else y[v] for v in column]
            y.update(zip(column, _spread(wish, apart[c])))
    return y


def _spread(wish: list[float], apart: list[float]) -> list[float]:
    """The heights nearest to the wishes (least squares) that keep order and distances: pooled neighbours."""
    pools: list[list[float]] = []  # [sum, count]
    for w, a in zip(wish, apart):
        pools.append([w - a, 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    level = [total / count for total, count in pools for _ in range(int(count))]
    return [a + b for a, b in zip(level, apart)]


def _dip(port: float, half_height: float) -> float:
    """How far below the middle of a node an operand enters."""
    return (1.4 if half_height <= RADIUS else 1.8) * port * half_height


# ---------------------------------------------------------------- columns


def _columns(
    diagram: Diagram,
    where: Grid,
    vertices: dict[str, Vertex],
    half: dict[str, Point],
    y: dict[str, float],
    stretch: float,
) -> dict[str, float]:
    """Places from left to right: every gap as wide as its labels, its steepest wire and its leaves ask for."""
    need: dict[str, float] = {}
    for arc, chain in zip(diagram.arcs, where.chains):
        longest = max(width(arc.above, 15), width(arc.below, 15), 30)
        for v in chain[:-1]:
            need[v] = max(need.get(v, 0), longest / min(len(chain) - 1, 2) + 44)
    x: dict[str, float] = {}
    at, right = 0.0, dict[str, float]()
    for c, column in enumerate(where.columns):
        body = {v: half[v][0] if v in vertices and vertices[v].kind in ("node", "fork") else 0.0 for v in column}
        if c:
            gap = 40.0
            for link in where.gaps[c - 1]:
                rise = abs(y[link.target] - y[link.source])
                wanted = max(need[link.source] * stretch**0.5, 0.62 * rise)
                gap = max(gap, min(wanted, 420) + right[link.source] + body.get(link.target, 0.0))
            for v in column:
                if v in vertices and vertices[v].kind == "leaf":
                    gap = max(gap, _leaf_room(v, c, where, half, y) + 30)
            at += gap
        right = body
        x.update((v, at) for v in column)
    return x


def _leaf_room(leaf: str, c: int, where: Grid, half: dict[str, Point], y: dict[str, float]) -> float:
    """How much of the gap before it a leaf's text takes, where wires pass at its height."""
    for link in where.gaps[c - 1]:
        low, high = sorted((y[link.source], y[link.target]))
        if low - 34 < y[leaf] < high + 34:
            return 2 * half[leaf][0] + 60
    return 0.0


# ---------------------------------------------------------------- wires


def _way(source: Spot, target: Spot, bends: list[Point], port: float) -> tuple[Point, ...]:
    """From the rim of the source through the bends to the port on the rim of the target."""
    if target.vertex.kind == "node":
        if target.half_width == target.half_height == RADIUS:
            turn = radians(2 * 42 * port)
            end = (target.x - RADIUS * cos(turn), target.y + RADIUS * sin(turn))
        else:
            end = (target.x - target.half_width, target.y + _dip(port, target.half_height))
    elif target.vertex.kind == "end":
        end = (target.x - target.half_width - 5, target.y)
    else:
        end = (target.x, target.y)
    first = bends[0] if bends else end
    if source.vertex.kind == "leaf":
        start = (source.x + source.half_width + 5, source.y)
    elif source.vertex.kind == "fork":
        start = (source.x, source.y)
    elif source.half_width == source.half_height == RADIUS:
        long = hypot(first[0] - source.x, first[1] - source.y) or 1.0
        start = (
            source.x + RADIUS * (first[0] - source.x) / long,
            source.y + RADIUS * (first[1] - source.y) / long,
        )
    else:  # a tall box is left where the way is straight
        reach = max(source.half_height - RADIUS, 0)
        start = (source.x + source.half_width, min(max(first[1], source.y - reach), source.y + reach))
    return (start, *_straightened(start, bends, end), end)


def _straightened(start: Point, bends: list[Point], end: Point) -> list[Point]:
    """The bends without those that lie on the straight line between their neighbours."""
    kept: list[Point] = []
    for k, b in enumerate(bends):
        a, c = kept[-1] if kept else start, bends[k + 1] if k + 1 < len(bends) else end
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(area) > 2 * hypot(c[0] - a[0], c[1] - a[1]):
            kept.append(b)
    return kept


def _long(way: tuple[Point, ...]) -> float:
    return sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in zip(way, way[1:]))


# ---------------------------------------------------------------- frames and size


def _frame(title: str, members: tuple[str, ...], spots: dict[str, Spot], board: Board) -> Frame:
    """A frame round the members; without a box where a stranger stands inside it."""
    inside = [spots[m] for m in members if m in spots]
    left = min(s.x - s.half_width for s in inside) - 14
    right = max(s.x + s.half_width for s in inside) + 14
    top = min(s.y - s.half_height for s in inside) - 24
    bottom = max(s.y + s.half_height for s in inside) + 30
    strangers = [
        s
        for s in spots.values()
        if s.vertex.id not in members and left < s.x < right and top < s.y < bottom and s.vertex.kind != "fork"
    ]
    text = words(f"= {title}")
    for at in (bottom + 12, top - 12, bottom + 30, top - 30):
        caption = sign(text, (left + right) / 2, at)
        if not board.touches(caption) and not board.struck(caption):
            break
    board.add(caption)
    return Frame(caption, None if strangers else (left, top, right, bottom), members)


def _fit(scene: Scene) -> Scene:
    """The scene moved to the origin, with a margin round everything that is drawn."""
    points = [p for w in scene.wires for p in w.points] + [p for w in scene.wires if w.back for p in w.back]
    signs = [s for w in scene.wires for s in (w.above, w.below) if s] + list(scene.captions)
    signs += [f.title for f in scene.frames if f.title]
    points += [p for s in signs for p in s.corners]
    points += [(f.box[i], f.box[j]) for f in scene.frames if f.box for i, j in ((0, 1), (2, 3))]
    for s in scene.spots:
        points += [(s.x - s.half_width, s.y - s.half_height), (s.x + s.half_width, s.y + s.half_height)]
    dx = MARGIN - min((p[0] for p in points), default=0)
    dy = MARGIN - min((p[1] for p in points), default=0)

    def move(p: Point) -> Point:
        return p[0] + dx, p[1] + dy

    def moved(s: Sign | None) -> Sign | None:
        return replace(s, x=s.x + dx, y=s.y + dy) if s else None

    wires = tuple(
        replace(
            w,
            points=tuple(map(move, w.points)),
            above=moved(w.above),
            below=moved(w.below),
            back=(move(w.back[0]), move(w.back[1])) if w.back else None,
        )
        for w in scene.wires
    )
    frames = tuple(
        replace(f, title=moved(f.title), box=(*move(f.box[:2]), *move(f.box[2:])) if f.box else None)
        for f in scene.frames
    )
    return replace(
        scene,
        spots=tuple(replace(s, x=s.x + dx, y=s.y + dy) for s in scene.spots),
        wires=wires,
        frames=frames,
        captions=tuple(moved(c) for c in scene.captions),
        width=max((p[0] for p in points), default=0) + dx + MARGIN,
        height=max((p[1] for p in points), default=0) + dy + MARGIN,
    )
