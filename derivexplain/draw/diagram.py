"""What is drawn: a diagram of vertices and arcs before the layout, a scene of placed shapes after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import cos, radians, sin

from .lettering import Words

FONT = 15.0  # of labels, in the scene's units
SMALL = 12.0


@dataclass(frozen=True)
class Vertex:
    """`kind`: "node" (an operator in a circle or box), "leaf" (the name of what is given), "end" (the
    name of what comes out), "fork" (a value goes two ways). `caption` stands above a node."""

    id: str
    kind: str
    label: Words = ()
    caption: Words = ()


@dataclass(frozen=True)
class Arc:
    """A value on its way to operand `port` of the target: `above` forward, `below` coming back.

    `step` is the backward step in which its gradient becomes known, 0 where none does.
    """

    source: str
    target: str
    port: int = 0
    above: Words = ()
    below: Words = ()
    step: int = 0


@dataclass(frozen=True)
class Diagram:
    """`groups` maps a title to the ids of its members; `notes` says in words what a screen reader reads."""

    vertices: tuple[Vertex, ...]
    arcs: tuple[Arc, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    title: str = ""
    notes: tuple[str, ...] = ()

    def until(self, step: int) -> Diagram:
        """The same with the gradients of the first backward steps only."""
        arcs = tuple(a if a.step <= step else replace(a, below=()) for a in self.arcs)
        return replace(self, arcs=arcs)


Point = tuple[float, float]


@dataclass(frozen=True)
class Sign:
    """A label with its place: the centre, the turn in degrees (clockwise), the box it fills.

    `role` is "name" for the name of a node, "sum" for the += of a fork, else empty.
    """

    words: Words
    x: float
    y: float
    turn: float
    width: float
    height: float
    size: float = FONT
    role: str = ""

    @cached_property
    def corners(self) -> tuple[Point, ...]:
        c, s = cos(radians(self.turn)), sin(radians(self.turn))
        w, h = self.width / 2, self.height / 2
        return tuple(
            (self.x + a * c - b * s, self.y + a * s + b * c) for a, b in ((-w, -h), (w, -h), (w, h), (-w, h))
        )


@dataclass(frozen=True)
class Spot:
    """A placed vertex: its centre and half extents."""

    vertex: Vertex
    x: float
    y: float
    half_width: float
    half_height: float


@dataclass(frozen=True)
class Wire:
    """A placed arc: the line from the source to the target's rim, its signs, and the arrow coming back."""

    arc: Arc
    points: tuple[Point, ...]
    above: Sign | None = None
    below: Sign | None = None
    back: tuple[Point, Point] | None = None
    arrow: bool = True


@dataclass(frozen=True)
class Frame:
    """The frame of a group; `box` is left, top, right, bottom, None where strangers stand in between."""

    title: Sign | None
    box: tuple[float, float, float, float] | None
    members: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """Everything placed, from the origin at the upper left."""

    diagram: Diagram
    spots: tuple[Spot, ...]
    wires: tuple[Wire, ...]
    frames: tuple[Frame, ...]
    captions: tuple[Sign, ...]
    width: float
    height: float

    @property
    def steps(self) -> int:
        return max((w.arc.step for w in self.wires), default=0)
