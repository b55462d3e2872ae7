"""From a graph to what is drawn: nodes and edges with their words, forks, folded groups, the order of backward."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import computation as machine
from ...computation import Operation
from ...digits import STYLES, shape, shown
from ...draw.diagram import Arc, Diagram, Vertex
from ...draw.lettering import Piece, Words, letter, words
from ...errors import InputError, did_you_mean
from ...language import Language, language
from ...story import Run
from ...typeset import read_notation

if TYPE_CHECKING:
    from .graph import Graph

GLYPHS = {
    "add": "+", "sub": "−", "mul": "×", "div": "÷", "neg": "×−1", "reciprocal": "1/x", "square": "x²", "sqrt": "√",
    "matmul": "dot", "abs": "|·|", "maximum": "max", "minimum": "min",
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How a graph is drawn.

    `gradients` False leaves the backward pass out; `symbols` writes ∂L/∂x in the place of its numbers. `names` writes
    the names of the nodes above them, `params` False leaves out the parameters of layers, `fold` draws groups (all,
    or those named) as one box. `style` is how numbers are shown ("short", "float", "exact"), `sizes` names lengths
    of shapes ({"N": 3, "D": 5} shows (N, D)), `notation` is a lecturer's TOML file or a mapping, `language` that
    of the title and of the text for those who cannot see the picture.
    """

    of: Any = None
    gradients: bool = True
    symbols: bool = False
    names: bool = False
    params: bool = True
    fold: bool | Collection[str] = False
    style: str = "short"
    sizes: Mapping[str, int] = field(default_factory=dict)
    notation: Any = None
    title: str = ""
    language: str | Language = "en"


def read_look(options: Mapping[str, Any]) -> Look:
    """The options of a picture, each of them known."""
    known = [f.name for f in fields(Look)]
    if wrong := next((o for o in options if o not in known), None):
        raise InputError(f"a picture has no option '{wrong}'", mend=did_you_mean(wrong, known))
    look = Look(**{**options, "sizes": options.get("sizes") or {}})
    if look.style not in STYLES:
        raise InputError(f"there is no style '{look.style}' of numbers", mend=did_you_mean(str(look.style), STYLES))
    return look


def diagram(graph: Graph, run: Run | None, look: Look) -> Diagram:
    """What is to be drawn."""
    computation = graph.computation()
    if run is None and not graph.missing():
        run = graph.run(of=look.of)
    end = run.of if run else machine.the_sink(computation, graph._name(look.of))
    return _Draughtsman(graph, run, look, end).diagram()


@dataclass(frozen=True)
class _Use:
    """A value goes into a vertex: at which port, and which summands of its gradient come back from there."""

    box: str
    port: int
    summands: tuple[tuple[str, int], ...]  # (node, operand)


class _Draughtsman:
    """One graph with the numbers of one run on its way to a diagram."""

    def __init__(self, graph: Graph, run: Run | None, look: Look, end: str) -> None:
        self.graph, self.look, self.end = graph, look, end
        self.given, self.constants = graph.computation().given, graph.computation().constants
        self.operations = machine.needed(machine.ordered(graph.computation()), end)
        self.folded = folded(graph, look.fold)
        self.home = {o: self.folded.get(op.name, op.name) for op in self.operations for o in op.outputs}
        self.values: Mapping[str, Any] = run.values if run else {}
        self.slopes: Mapping[str, Any] = run.gradients if run and look.gradients else {}
        self.summands = {
            (s.node, s.operand): s.value for shares in (run.shares if run else {}).values() for s in shares
        }
        self.notation = read_notation(look.notation)
        self.language = language(look.language)
        self.notation.keep_apart((*self.given, *self.home))
        backward = dict.fromkeys(self.home[op.name] for op in reversed(self.operations))
        self.step = {box: k for k, box in enumerate(backward, start=1)}

    def diagram(self) -> Diagram:
        vertices = {v.id: v for v in (*self.nodes(), *self.leaves(), *self.forks(), *self.ends())}
        groups = {t: tuple(n for n in members if n in vertices) for t, members in self.graph.groups.items()}
        return Diagram(
            tuple(vertices.values()),
            _dense([a for arcs in (*map(self.arcs, self.uses), self.last_arcs()) for a in arcs]),
            {t: members for t, members in groups.items() if members},
            self.look.title or self.language.tell("pictures", "graph", name=self.called(self.end)),
            tuple(self.notes()),
        )

    # ------------------------------------------------------------ vertices

    def nodes(self) -> Iterator[Vertex]:
        for op in self.operations:
            if op.name in self.folded:
                yield Vertex(self.home[op.name], "node", words(self.home[op.name]))
            else:
                caption = self.named(op.name) if self.look.names and op.name != self.end else ()
                yield Vertex(op.name, "node", self.glyph(op), caption)

    def leaves(self) -> Iterator[Vertex]:
        for value in self.uses:
            if value not in self.home:
                fixed = value in self.constants
                yield Vertex(value, "leaf", self.number(self.given[value]) if fixed else self.named(value))

    def forks(self) -> Iterator[Vertex]:
        for value, uses in self.uses.items():
            if len(uses) > 1:
                yield Vertex(f"{value}~fork", "fork", (), words("+=") if self.below(value) else ())

    def ends(self) -> Iterator[Vertex]:
        for value in self.sinks:
            yield Vertex(f"{value}~end", "end", self.named(value))

    @cached_property
    def sinks(self) -> tuple[str, ...]:
        """The end, and further outputs of the nodes that nothing uses."""
        used = {v for op in self.operations for v in op.operands}
        loose = (o for op in self.operations for o in op.outputs if o not in used and o != self.end)
        return (self.end, *loose)

    @cached_property
    def uses(self) -> dict[str, list[_Use]]:
        """Where each value goes, operands in order; a folded box takes a value once, a constant sits in its node."""
        found: dict[str, dict[tuple[str, int], list[tuple[str, int]]]] = {}
        ports: dict[str, int] = {}
        order: dict[tuple[str, str, int], int] = {}
        for op in self.operations:
            box, inside = self.home[op.name], self.fixed(op)
            for k, value in enumerate(op.operands):
                hidden = not self.look.params and k >= len(op.inputs)
                if value == inside or hidden or self.home.get(value) == box:
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

    # ------------------------------------------------------------ arcs

    def arcs(self, value: str) -> list[Arc]:
        """The value's way to where it is used: straight, or through a fork whose branches bring a summand each."""
        source, uses = self.home.get(value, value), self.uses[value]
        above = () if value in self.constants else self.above(value)
        below = self.below(value)
        if len(uses) == 1:
            return [self.arc(source, uses[0].box, uses[0].port, above, below, self.step[uses[0].box] + 1)]
        fork = f"{value}~fork"
        last = max(self.step[use.box] for use in uses)
        branches = (self.arc(fork, u.box, u.port, (), self.summand(u), self.step[u.box] + 1) for u in uses)
        return [self.arc(source, fork, 0, above, below, last + 1), *branches]

    def last_arcs(self) -> list[Arc]:
        return [self.arc(self.home[v], f"{v}~end", 0, self.above(v), self.below(v), 1) for v in self.sinks]

    def arc(self, source: str, target: str, port: int, above: Words, below: Words, step: int) -> Arc:
        return Arc(source, target, port, above, below, step if below else 0)

    # ------------------------------------------------------------ words

    def number(self, value: Any) -> Words:
        """A number, or the shape of an array."""
        if np.ndim(value):
            letters = {length: name for name, length in self.look.sizes.items()}
            return words(shape(tuple(letters.get(n, n) for n in np.shape(value))))
        return words(shown(value, self.look.style))

    def named(self, value: str) -> Words:
        if value in self.graph.titles:
            return words(self.graph.titles[value])
        found = self.notation.letter(value)
        return letter(found.base, found.accent, found.sub)

    def above(self, value: str) -> Words:
        return self.number(self.values[value]) if value in self.values else ()

    def below(self, value: str) -> Words:
        """The gradient: its number, or how it is written."""
        if not self.look.gradients or value in self.constants:
            return ()
        if self.look.symbols:
            d = self.notation.derivative
            return (Piece(d), *self.named_loss, Piece(f"/{d}"), *self.named(value))
        return self.number(self.slopes[value]) if value in self.slopes else ()

    @cached_property
    def named_loss(self) -> Words:
        found = self.notation.letter("L")
        return letter(found.base, found.accent, found.sub)

    def summand(self, use: _Use) -> Words:
        """What one use adds to a gradient."""
        found = [self.summands[s] for s in use.summands if s in self.summands]
        return self.number(sum(found)) if found and self.slopes and not self.look.symbols else ()

    def fixed(self, op: Operation) -> str | None:
        """The constant operand that is written inside the node: ``+1``."""
        return next((v for v in op.operands if v in self.constants), None) if len(op.operands) == 2 else None

    def glyph(self, op: Operation) -> Words:
        """What stands in the node: its sign, its name, and a constant operand."""
        glyph = getattr(op.layer, "glyph", "") or GLYPHS.get(op.layer.name, op.layer.name.replace("_", " "))
        if glyph.startswith("^") and len(glyph) > 1:
            return (Piece("x", "i"), Piece(glyph[1:].replace("-", "−"), "sup"))
        fixed = self.fixed(op)
        if fixed is None or np.ndim(self.given[fixed]):
            return words(glyph)
        number = shown(self.given[fixed])
        first = op.operands[0] == fixed
        return words(f"{number}{glyph}" if first and op.layer.name in ("sub", "div") else f"{glyph}{number}")

    def notes(self) -> Iterator[str]:
        """The picture in words: every node, every value, every gradient."""
        for op in self.operations:
            outputs, operands = (", ".join(map(self.called, names)) for names in (op.outputs, op.operands))
            yield f"{outputs} = {op.layer.name}({operands})"
        for name, value in self.values.items():
            if name not in self.constants:
                told = {"name": self.called(name), "value": shown(value, self.look.style)}
                if name in self.slopes:
                    told["gradient"] = shown(self.slopes[name], self.look.style)
                yield self.language.tell("pictures", "both" if name in self.slopes else "value", **told)

    def called(self, name: str) -> str:
        """A value in words: as the lecturer writes it, a constant by its number."""
        if name in self.constants:
            return shown(self.given[name], self.look.style)
        return self.graph.titles.get(name, self.notation.names.get(name, name))


def folded(graph: Graph, fold: bool | Collection[str]) -> dict[str, str]:
    """Node -> title of the group that is folded over it."""
    titles = list(graph.groups) if fold is True else [fold] if isinstance(fold, str) else list(fold or ())
    for t in titles:
        if t not in graph.groups:
            raise InputError(
                f"there is no group '{t}'", mend=did_you_mean(t, graph.groups) or "g.group('sigmoid', [...])"
            )
    return {node: t for t in titles for node in graph.groups[t]}


def _dense(arcs: Sequence[Arc]) -> tuple[Arc, ...]:
    """The arcs with their steps numbered 1, 2, 3 ... without gaps."""
    steps = {s: k for k, s in enumerate(sorted({a.step for a in arcs if a.step}), start=1)}
    return tuple(replace(a, step=steps.get(a.step, 0)) for a in arcs)
