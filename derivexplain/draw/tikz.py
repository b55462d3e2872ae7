"""TikZ: the same scene for TeX, from the same coordinates; needs the package tikz and nothing else."""

from __future__ import annotations

from . import lettering
from .diagram import Point, Scene, Sign, Spot

UNIT = 0.0185  # centimetres; with \footnotesize the letters have the size that the layout counts with


def tikz(scene: Scene, *, upto: int | None = None, overlay: bool = False) -> str:
    """A tikzpicture; `upto` shows only so many backward steps, `overlay` makes each a beamer slide."""
    out = [
        f"\\begin{{tikzpicture}}[x={UNIT}cm, y=-{UNIT}cm, font=\\fontsize{{8}}{{9.5}}\\selectfont, line width=.6pt,",
        "  forward/.style={draw=black!90, -{latex}, rounded corners=8pt},",
        "  stem/.style={draw=black!90},",
        "  back/.style={draw=dxred, dash pattern=on 2.4pt off 1.5pt, -{latex}},",
        "  grad/.style={text=dxred, inner sep=0pt}, val/.style={inner sep=0pt}]",
        "\\definecolor{dxred}{RGB}{181,38,30}",
    ]
    for frame in scene.frames:
        if frame.box:
            a, b = _p(frame.box[:2]), _p(frame.box[2:])
            out.append(f"\\draw[rounded corners=5pt, fill=black!4, draw=black!60, dotted] {a} rectangle {b};")
    for wire in scene.wires:
        style = "forward" if wire.arrow else "stem"
        out.append(f"\\draw[{style}] " + " -- ".join(map(_p, wire.points)) + ";")
        if wire.above:
            out.append(_sign(wire.above, "val"))
    for spot in scene.spots:
        tinted = any(f.box is None and spot.vertex.id in f.members for f in scene.frames)
        out.append(_spot(spot, "black!6" if tinted else "white"))
    out += [
        _sign(
            c,
            "grad, font=\\fontsize{6}{7}\\selectfont"
            if c.role == "sum"
            else "val, text=black!65, font=\\fontsize{6}{7}\\selectfont",
        )
        for c in scene.captions
    ]
    out += [_sign(f.title, "val, text=black!65") for f in scene.frames if f.title]
    for wire in sorted(scene.wires, key=lambda w: w.arc.step):
        if not (wire.below and wire.back) or (upto is not None and wire.arc.step > upto):
            continue
        drawn = f"\\draw[back] {_p(wire.back[0])} -- {_p(wire.back[1])};{_sign(wire.below, 'grad')}"
        out.append(f"\\visible<{wire.arc.step + 1}->{{{drawn}}}" if overlay else drawn)
    out.append("\\end{tikzpicture}")
    return "\n".join(out) + "\n"


def _p(point: Point) -> str:
    return f"({point[0]:.1f},{point[1]:.1f})"


def _sign(sign: Sign, style: str) -> str:
    turn = "" if abs(sign.turn) < 0.05 else f", rotate={-sign.turn:.1f}"
    return f"\\node[{style}{turn}] at ({sign.x:.1f},{sign.y:.1f}) {{{lettering.tex(sign.words)}}};"


def _spot(spot: Spot, fill: str) -> str:
    at = f"({spot.x:.1f},{spot.y:.1f})"
    label = lettering.tex(spot.vertex.label)
    if spot.vertex.kind == "fork":
        return f"\\fill {at} circle[radius=1.6pt];"
    if spot.vertex.kind != "node":
        return f"\\node[val] at {at} {{{label}}};"
    if spot.half_width == spot.half_height:
        shape = f"\\draw[fill={fill}] {at} circle[radius={spot.half_width * UNIT:.3f}cm];"
    else:
        corner = f"({spot.x - spot.half_width:.1f},{spot.y - spot.half_height:.1f})"
        other = f"({spot.x + spot.half_width:.1f},{spot.y + spot.half_height:.1f})"
        shape = f"\\draw[fill={fill}, rounded corners=3pt] {corner} rectangle {other};"
    return f"{shape}\\node[val] at {at} {{{label}}};"
