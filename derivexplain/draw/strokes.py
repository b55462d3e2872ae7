"""Strokes: lines, boxes, rings and labels at their coordinates, written as SVG or as TikZ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from . import lettering
from .diagram import Point
from .svg import FACE, INK, PAPER
from .tikz import UNIT


@dataclass(frozen=True)
class Line:
    """One or several runs of points; `dash` is lengths on and off, separated by blanks."""

    runs: tuple[tuple[Point, ...], ...]
    colour: str
    width: float = 1.0
    dash: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle from its upper left corner, filled or drawn."""

    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Ring:
    """A value by itself."""

    x: float
    y: float
    colour: str


@dataclass(frozen=True)
class Label:
    """Words whose anchor (start, middle or end) stands on the base line."""

    x: float
    y: float
    text: str
    colour: str = INK
    size: float = 12
    anchor: str = "middle"


Stroke = Line | Box | Ring | Label


@dataclass(frozen=True)
class Drawing:
    """Strokes on a sheet, y downwards, with what a picture says of itself."""

    name: str
    title: str
    notes: tuple[str, ...]
    width: float
    height: float
    strokes: Sequence[Stroke]


# ---------------------------------------------------------------- SVG


def svg(drawing: Drawing) -> str:
    """One self-contained picture, values in its title and description."""
    name, wide, high = drawing.name, f"{drawing.width:g}", f"{drawing.height:g}"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}" role="img" aria-labelledby="{name}-t {name}-d" font-family="{FACE}" font-size="13">',
        f'<title id="{name}-t">{escape(drawing.title)}</title>'
        f'<desc id="{name}-d">{escape(chr(10).join(drawing.notes))}</desc>',
        f'<rect width="{wide}" height="{high}" fill="{PAPER}"/>',
        *map(_svg, drawing.strokes),
        "</svg>",
    ]
    return "\n".join(out) + "\n"


def _svg(stroke: Stroke) -> str:
    if isinstance(stroke, Line):
        way = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run) for run in stroke.runs)
        dash = f' stroke-dasharray="{stroke.dash}"' if stroke.dash else ""
        return f'<path d="{way}" fill="none" stroke="{stroke.colour}" stroke-width="{stroke.width:g}"{dash}/>'
    if isinstance(stroke, Box):
        place = f'x="{stroke.x:.1f}" y="{stroke.y:.1f}" width="{stroke.width:.1f}" height="{stroke.height:.1f}"'
        line = f' stroke="{stroke.colour}"' if stroke.colour else ""
        return f'<rect {place} fill="{stroke.fill or "none"}"{line}/>'
    if isinstance(stroke, Ring):
        return f'<circle cx="{stroke.x:.1f}" cy="{stroke.y:.1f}" r="2.6" fill="none" stroke="{stroke.colour}"/>'
    place = f'x="{stroke.x:.1f}" y="{stroke.y:.1f}" font-size="{stroke.size:g}" text-anchor="{stroke.anchor}"'
    return f'<text {place} fill="{stroke.colour}">{escape(stroke.text)}</text>'


# ---------------------------------------------------------------- TikZ


def tikz(drawing: Drawing) -> str:
    """The same for TeX: needs the package tikz and nothing else."""
    colours = sorted({c for s in drawing.strokes for c in (getattr(s, "colour", ""), getattr(s, "fill", "")) if c})
    out = [
        f"\\begin{{tikzpicture}}[x={UNIT}cm, y=-{UNIT}cm, inner sep=0pt]",
        *(f"\\definecolor{{{_colour(c)}}}{{HTML}}{{{c[1:].upper()}}}" for c in colours),
        f"\\useasboundingbox (0,0) rectangle ({drawing.width:g},{drawing.height:g});",
        *map(_tikz, drawing.strokes),
        "\\end{tikzpicture}",
    ]
    return "\n".join(out) + "\n"


def _colour(code: str) -> str:
    return f"dx{code[1:].lower()}"


def _at(x: float, y: float) -> str:
    return f"({x:.1f},{y:.1f})"


def _pen(colour: str, width: float = 1.0, dash: str = "") -> str:
    lengths = [f"{word} {float(n) / 2:g}pt" for word, n in zip(("on", "off") * 2, dash.split())]
    pattern = f", dash pattern={' '.join(lengths)}" if lengths else ""
    return f"draw={_colour(colour)}, line width={width / 2:g}pt{pattern}"


def _tikz(stroke: Stroke) -> str:
    if isinstance(stroke, Line):
        way = " ".join(" -- ".join(_at(x, y) for x, y in run) for run in stroke.runs)
        return f"\\path[{_pen(stroke.colour, stroke.width, stroke.dash)}] {way};"
    at = _at(stroke.x, stroke.y)
    if isinstance(stroke, Box):
        style = f"fill={_colour(stroke.fill)}" if stroke.fill else _pen(stroke.colour)
        return f"\\path[{style}] {at} rectangle {_at(stroke.x + stroke.width, stroke.y + stroke.height)};"
    if isinstance(stroke, Ring):
        return f"\\path[{_pen(stroke.colour)}] {at} circle[radius=1.4pt];"
    side = {"start": "base west", "middle": "base", "end": "base east"}[stroke.anchor]
    font = f"\\fontsize{{{stroke.size * 0.53:.1f}}}{{{stroke.size * 0.63:.1f}}}\\selectfont"
    words = lettering.tex(lettering.words(stroke.text))
    return f"\\node[anchor={side}, text={_colour(stroke.colour)}, font={font}] at {at} {{{words}}};"
