"""Pictures of a graph: its values above the edges, its gradients below, forks, groups, step by step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import computation as machine
from ...computation import Computation, Operation
from ...digits import shape, shown
from ...draw import layout, lettering, mermaid, stepper, svg, tikz
from ...draw.diagram import Arc, Diagram, Scene, Vertex
from ...draw.lettering import Piece, Words, words
from ...errors import InputError, did_you_mean
from ...story import Picture, Run, sentence

if TYPE_CHECKING:
    from .graph import Graph

GLYPHS = {
    "add": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "×−1", "reciprocal": "1/x", "square": "x²", "sqrt": "√",
    "matmul": "dot", "absolute": "|·|", "maximum": "max", "minimum": "min",
}  # fmt: skip


def picture(
    graph: Graph,
    run: Run | None = None,
    *,
    of: Any = None,
    gradients: bool = True,
    names: bool = False,
    params: bool = True,
    fold: bool | Collection[str] = False,
    style: str = "short",
    sizes: Mapping[str, int] | None = None,
    title: str = "",
) -> Picture:
    """The graph with its numbers (or without, where inputs have none).

    `names` writes the names of the nodes above them; `fold` draws groups (all, or those named) as one box;
    `style` is how numbers are shown ("short", "float", "exact"); `sizes` names lengths of shapes
    ({"N": 3, "D": 5} shows (N, D)).
    """
    d = diagram(
        graph,
        run,
        of=of,
        gradients=gradients,
        names=names,
        params=params,
        fold=fold,
        style=style,
        sizes=sizes,
        title=title,
    )
    scene = layout.layout(d)
    return Picture(
        "graph", svg.svg(scene, name=_id(d)), tikz.tikz(scene), mermaid.mermaid(d), sentence(d.title, d.notes)
    )


def frames(graph: Graph, run: Run | None = None, **options: Any) -> tuple[Picture, ...]:
    """The forward pass, then one picture for each backward step, the newest gradients in bold."""
    scene = placed(graph, run, **options)
    d = scene.diagram
    return tuple(
        Picture(
            f"graph-{k}",
            svg.svg(scene, upto=k, name=f"graph-{k}"),
            tikz.tikz(scene, upto=k),
            mermaid.mermaid(_until(d, k)),
            sentence(f"{d.title}, step {k}", d.notes),
        )
        for k in range(scene.steps + 1)
    )


def animation(graph: Graph, run: Run | None = None, *, name: str = "graph", **options: Any) -> str:
    """HTML in which the reader steps through the backward pass; style sheets only, no script."""
    return stepper.stepper(placed(graph, run, **options), name)


def slides(graph: Graph, run: Run | None = None, **options: Any) -> str:
    """A tikzpicture for beamer that shows one backward step more on every slide."""
    return tikz.tikz(placed(graph, run, **options), overlay=True)


def placed(graph: Graph, run: Run | None = None, **options: Any) -> Scene:
    """The laid out picture, before it is written in a language."""
    return layout.layout(diagram(graph, run, **options))


def _id(d: Diagram) -> str:
    """What this picture's marks begin with, so that several may stand on one page."""
    ends = [v.id.removesuffix("~end") for v in d.vertices if v.kind == "end"]
    return "graph-" + "-".join(ends)


def _until(d: Diagram, step: int) -> Diagram:
    kept = tuple(a if a.step <= step else Arc(a.source, a.target, a.port, a.above, (), a.step) for a in d.arcs)
    return Diagram(d.vertices, kept, d.groups, d.title, d.notes)


# ---------------------------------------------------------------- from the graph to a diagram


@dataclass(frozen=True)
class _Use:
    """A value goes into a vertex: at which port, and which summands of its gradient come back from there."""

    box: str
    port: int
    summands: tuple[tuple[str, int], ...]  # (node, operand)


def diagram(
    graph: Graph,
    run: Run | None = None,
    *,
    of: Any = None,
    gradients: bool = True,
    names: bool = False,
    params: bool = True,
    fold: bool | Collection[str] = False,
    style: str = "short",
    sizes: Mapping[str, int] | None = None,
    title: str = "",
) -> Diagram:
    """What is to be drawn; see `picture` for the options."""
    computation = graph.computation()
    run = run or _numbers(graph, of)
    target = run.of if run else machine.the_sink(computation, graph._name(of))
    operations = machine.needed(machine.ordered(computation), target)
    boxes = _boxes(graph, fold)
    home = {o: boxes.get(op.name, op.name) for op in operations for o in op.outputs}
    hidden = set() if params else {v for op in operations for _, v in op.params}
    uses = {v: places for v, places in _uses(operations, home, computation.constants).items() if v not in hidden}
    letters = {length: letter for letter, length in (sizes or {}).items()}
    values, slopes = (run.values, run.gradients if gradients else {}) if run else ({}, {})
    summands = {(s.node, s.operand): s.value for parts in (run.shares.values() if run else ()) for s in parts}
    step = {box: k for k, box in enumerate(dict.fromkeys(home[op.name] for op in reversed(operations)), start=1)}

    def number(table: Mapping[str, Any], name: str) -> Words:
        if name not in table:
            return ()
        if np.ndim(table[name]):
            return words(shape(tuple(letters.get(n, n) for n in np.shape(table[name]))))
        return words(shown(table[name], style))

    def named(value: str) -> Words:
        return words(graph.titles[value]) if value in graph.titles else lettering.name(value)

    vertices: dict[str, Vertex] = {}
    for op in operations:
        box = home[op.name]
        caption = named(op.name) if names and op.name != target else ()
        folded = Vertex(box, "node", lettering.name(box))
        vertices[box] = folded if op.name in boxes else Vertex(box, "node", _glyph(op, computation), caption)
    arcs: list[Arc] = []
    for value, places in uses.items():
        if value not in home:
            fixed = value in computation.constants
            vertices[value] = Vertex(value, "leaf", number(computation.given, value) if fixed else named(value))
        source = home.get(value, value)
        above = () if value in computation.constants else number(values, value)
        below = number(slopes, value)
        if len(places) == 1:
            use = places[0]
            arcs.append(Arc(source, use.box, use.port, above, below, step[use.box] + 1 if below else 0))
            continue
        fork = f"{value}~fork"
        vertices[fork] = Vertex(fork, "fork", (), words("+=") if below else ())
        last = max(step[use.box] for use in places)
        arcs.append(Arc(source, fork, 0, above, below, last + 1 if below else 0))
        for use in places:
            found = [summands[s] for s in use.summands if s in summands]
            part = number({"": sum(found)}, "") if found and below else ()
            arcs.append(Arc(fork, use.box, use.port, (), part, step[use.box] + 1 if part else 0))
    for end in (target, *_loose(operations, target)):
        vertices[f"{end}~end"] = Vertex(f"{end}~end", "end", named(end))
        arcs.append(Arc(home[end], f"{end}~end", 0, number(values, end), number(slopes, end), 1 if slopes else 0))
    drawn = {t: tuple(n for n in m if n in vertices) for t, m in graph.groups.items()}
    return Diagram(
        tuple(vertices.values()),
        _dense(arcs),
        {t: m for t, m in drawn.items() if m},
        title or f"Computational graph of {graph.titles.get(target, target)}",
        _notes(graph, run, operations, style),
    )


def _uses(
    operations: Sequence[Operation], home: Mapping[str, str], constants: Collection[str]
) -> dict[str, list[_Use]]:
    """Where each value goes, operands in order; a folded box takes a value once, a constant sits in its node."""
    found: dict[str, dict[tuple[str, int], list[tuple[str, int]]]] = {}
    ports: dict[str, int] = {}
    order: dict[tuple[str, str, int], int] = {}
    for op in operations:
        box = home[op.name]
        inside = _fixed(op, constants)
        for k, value in enumerate(op.operands):
            if value == inside or home.get(value) == box:
                continue
            entry = (box, k if box == op.name else -1)
            places = found.setdefault(value, {})
            if entry not in places:
                order[value, *entry] = ports[box] = ports.get(box, -1) + 1
            places.setdefault(entry, []).append((op.name, k))
    return {
        value: [_Use(box, order[value, box, k], tuple(parts)) for (box, k), parts in places.items()]
        for value, places in found.items()
    }


def _fixed(op: Operation, constants: Collection[str]) -> str | None:
    """The constant operand that is written inside the node: ``+1``."""
    return next((v for v in op.operands if v in constants), None) if len(op.operands) == 2 else None


def _loose(operations: Sequence[Operation], target: str) -> tuple[str, ...]:
    """Further outputs that nothing uses."""
    used = {v for op in operations for v in op.operands}
    return tuple(o for op in operations for o in op.outputs if o not in used and o != target)


def _numbers(graph: Graph, of: Any) -> Run | None:
    """A run, or None where an input has no value yet."""
    if any(v is None for v in graph.computation().given.values()):
        return None
    return graph.run(of=of)


def _boxes(graph: Graph, fold: bool | Collection[str]) -> dict[str, str]:
    """Node -> title of the group that is folded over it."""
    titles = list(graph.groups) if fold is True else [fold] if isinstance(fold, str) else list(fold or ())
    for t in titles:
        if t not in graph.groups:
            raise InputError(
                f"there is no group '{t}'", mend=did_you_mean(t, graph.groups) or "g.group('sigmoid', [...])"
            )
    return {node: t for t in titles for node in graph.groups[t]}


def _glyph(op: Operation, computation: Computation) -> Words:
    """What stands in the node: its sign, its name, and a constant operand."""
    glyph = getattr(op.layer, "glyph", "") or GLYPHS.get(op.layer.name, op.layer.name.replace("_", " "))
    if glyph.startswith("^") and len(glyph) > 1:
        return (Piece("x", "i"), Piece(glyph[1:].replace("-", "−"), "sup"))
    fixed = _fixed(op, computation.constants)
    if fixed is None or np.ndim(computation.given[fixed]):
        return words(glyph)
    number = shown(computation.given[fixed])
    first = op.operands[0] == fixed
    return words(f"{number}{glyph}" if first and op.layer.name in ("sub", "div") else f"{glyph}{number}")


def _dense(arcs: list[Arc]) -> tuple[Arc, ...]:
    """The arcs with their steps numbered 1, 2, 3 ... without gaps."""
    steps = {s: k for k, s in enumerate(sorted({a.step for a in arcs if a.step}), start=1)}
    return tuple(Arc(a.source, a.target, a.port, a.above, a.below, steps.get(a.step, 0)) for a in arcs)


def _notes(graph: Graph, run: Run | None, operations: Any, style: str) -> tuple[str, ...]:
    """The picture in words: every node, every value, every gradient."""
    out = [f"{', '.join(op.outputs)} = {op.layer.name}({', '.join(op.operands)})" for op in operations]
    if run:
        constants = graph.computation().constants
        for name, value in run.values.items():
            if name not in constants:
                slope = f", gradient {shown(run.gradients[name], style)}" if name in run.gradients else ""
                out.append(f"{graph.titles.get(name, name)}: value {shown(value, style)}{slope}")
    return tuple(out)
