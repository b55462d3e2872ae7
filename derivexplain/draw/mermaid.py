"""Mermaid: the diagram as text that GitHub draws; no colours, values and gradients on the edges."""

from __future__ import annotations

from .diagram import Diagram, Vertex
from .lettering import Words, plain

SHAPES = {"node": ('(("', '"))'), "leaf": ('["', '"]'), "end": ('["', '"]'), "fork": ('(("', '"))')}


def mermaid(diagram: Diagram) -> str:
    """A flowchart; each edge says ``value | gradient``."""
    ids = {v.id: f"n{k}" for k, v in enumerate(diagram.vertices)}
    out = ["flowchart LR"]
    out += [f"  {ids[v.id]}{_shape(v)}" for v in diagram.vertices]
    for arc in diagram.arcs:
        text = " | ".join(t for t in (_text(arc.above), f"∂ {_text(arc.below)}" if arc.below else "") if t)
        out.append(f"  {ids[arc.source]} -->{f'|{chr(34)}{text}{chr(34)}|' if text else ''} {ids[arc.target]}")
    return "\n".join(out) + "\n"


def _shape(v: Vertex) -> str:
    left, right = SHAPES[v.kind]
    return f"{left}{_text(v.label) or ' '}{right}"


def _text(words: Words) -> str:
    out = "".join(c if c not in '"#&<>;|`' else f"#{ord(c)};" for c in plain(words))
    return out.replace("|", "#124;")
