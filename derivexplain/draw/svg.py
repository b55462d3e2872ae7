"""SVG: a scene as one self-contained picture, values in its title and description, no scripts.

Forward is dark and solid, backward red and dashed: they stay apart in grey print and for every eye.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from math import atan2, cos, hypot, sin

from . import lettering
from .diagram import Point, Scene, Sign, Spot, Wire

INK, RED, GREY, PAPER, TINT = "#1a1a1a", "#b5261e", "#5f5f5f", "#ffffff", "#eef3f8"
FACE = "'Latin Modern Roman','CMU Serif','Times New Roman',Times,serif"


def svg(scene: Scene, *, upto: int | None = None, name: str = "graph", style: str = "") -> str:
    """The picture; `upto` shows only so many backward steps, the last of them in bold.

    What belongs to backward step k has the class ``b<k>``, for a `style` sheet to show and hide.
    """
    marks: Callable[[int], str | None] = lambda step: _marks(step, upto)  # noqa: E731
    w, h = _n(scene.width), _n(scene.height)
    described = "\n".join(scene.diagram.notes)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        f'aria-labelledby="{name}-t {name}-d" font-family="{FACE}" font-size="15">',
        f'<title id="{name}-t">{escape(scene.diagram.title)}</title>',
        f'<desc id="{name}-d">{escape(described)}</desc>',
        f"<style>{style}</style>" if style else "",
        f'<rect width="{w}" height="{h}" fill="{PAPER}"/>',
        *(_frame(f.box) for f in scene.frames if f.box),
        *(_forward(wire) for wire in scene.wires),
        *(_spot(spot, scene) for spot in scene.spots),
        *(_text(c, RED if c.role == "sum" else GREY) for c in scene.captions),
        *(_text(f.title, GREY) for f in scene.frames if f.title),
    ]
    for wire in scene.wires:
        mark = marks(wire.arc.step)
        if wire.below and wire.back and mark is not None:
            out.append(f'<g class="b{wire.arc.step}"{mark}>{_back(wire.back)}{_text(wire.below, RED)}</g>')
    out.append("</svg>")
    return "\n".join(line for line in out if line) + "\n"


def _marks(step: int, upto: int | None) -> str | None:
    if upto is None or step < upto:
        return ""
    return ' font-weight="bold" stroke-width="2.2"' if step == upto else None


def _n(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0").replace("-0.0", "0")


def _frame(box: tuple[float, float, float, float]) -> str:
    x, y, right, bottom = box
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(right - x)}" height="{_n(bottom - y)}" rx="12" '
        f'fill="{TINT}" stroke="{GREY}" stroke-dasharray="2 3"/>'
    )


def _forward(wire: Wire) -> str:
    line = path(wire.points)
    head = _head(wire.points[-2], wire.points[-1], INK, 11) if wire.arrow else ""
    text = _text(wire.above, INK) if wire.above else ""
    return f'<path d="{line}" fill="none" stroke="{INK}" stroke-width="1.6"/>{head}{text}'


def _back(line: tuple[Point, Point]) -> str:
    (x0, y0), (x1, y1) = line
    long = hypot(x1 - x0, y1 - y0) or 1
    ex, ey = x1 - (x1 - x0) / long * 6, y1 - (y1 - y0) / long * 6
    dash = f'<path d="M{_n(x0)} {_n(y0)}L{_n(ex)} {_n(ey)}" stroke="{RED}" stroke-dasharray="5 3" fill="none"/>'
    return dash + _head(line[0], line[1], RED, 9)


def _head(a: Point, b: Point, colour: str, size: float) -> str:
    turn = atan2(b[1] - a[1], b[0] - a[0])
    wings = [
        (b[0] - size * cos(turn) + k * size * 0.42 * sin(turn), b[1] - size * sin(turn) - k * size * 0.42 * cos(turn))
        for k in (1, -1)
    ]
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in (b, *wings))
    return f'<polygon points="{points}" fill="{colour}"/>'


def path(points: tuple[Point, ...], bend: float = 16.0) -> str:
    """A line through the points, its corners rounded."""
    out = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for a, b, c in zip(points, points[1:], points[2:]):
        p, q = _towards(b, a, bend), _towards(b, c, bend)
        out.append(f"L{_n(p[0])} {_n(p[1])}Q{_n(b[0])} {_n(b[1])} {_n(q[0])} {_n(q[1])}")
    out.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(out)


def _towards(a: Point, b: Point, by: float) -> Point:
    long = hypot(b[0] - a[0], b[1] - a[1]) or 1
    share = min(by, long / 2) / long
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _spot(spot: Spot, scene: Scene) -> str:
    tinted = any(f.box is None and spot.vertex.id in f.members for f in scene.frames)
    fill = TINT if tinted else PAPER
    shape = ""
    if spot.vertex.kind == "fork":
        return f'<circle cx="{_n(spot.x)}" cy="{_n(spot.y)}" r="4" fill="{INK}"/>'
    if spot.vertex.kind == "node" and spot.half_width == spot.half_height:
        shape = f'<circle cx="{_n(spot.x)}" cy="{_n(spot.y)}" r="{_n(spot.half_width)}"'
    elif spot.vertex.kind == "node":
        shape = (
            f'<rect x="{_n(spot.x - spot.half_width)}" y="{_n(spot.y - spot.half_height)}" rx="9" '
            f'width="{_n(2 * spot.half_width)}" height="{_n(2 * spot.half_height)}"'
        )
    if shape:
        shape += f' fill="{fill}" stroke="{INK}" stroke-width="1.6"/>'
    large = spot.vertex.kind == "node" and lettering.plain(spot.vertex.label) in "+−×÷"
    size = 22 if large else 15
    turn = 0.0
    return shape + _text(Sign(spot.vertex.label, spot.x, spot.y, turn, 0, 0, size), INK)


def _text(sign: Sign, colour: str) -> str:
    if not sign.words:
        return ""
    drop = sign.size * 0.34  # from the middle of the box to the base line
    turn = "" if abs(sign.turn) < 0.05 else f' transform="rotate({sign.turn:.1f} {_n(sign.x)} {_n(sign.y)})"'
    size = "" if sign.size == 15 else f' font-size="{_n(sign.size)}"'
    place = f'x="{_n(sign.x)}" y="{_n(sign.y + drop)}" text-anchor="middle"{size}{turn}'
    return f'<text {place} fill="{colour}" stroke="none">{lettering.svg(sign.words)}</text>'
