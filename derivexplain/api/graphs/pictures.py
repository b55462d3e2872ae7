"""Pictures of a graph: its values above the edges, its gradients below; still, step by step, as slides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...draw import layout, mermaid, stepper, svg, tikz
from ...draw.diagram import Diagram, Scene
from ...language import Language, language
from ...story import Picture, Run, sentence
from .diagrams import diagram, read_look

if TYPE_CHECKING:
    from .graph import Graph


def picture(graph: Graph, run: Run | None = None, **look: Any) -> Picture:
    """The graph with its numbers (or without, where inputs have none); `look` as in `diagrams.Look`."""
    d = diagram(graph, run, read_look(look))
    scene = layout.layout(d)
    return Picture(
        "graph", svg.svg(scene, name=_id(d)), tikz.tikz(scene), mermaid.mermaid(d), sentence(d.title, d.notes)
    )


def frames(graph: Graph, run: Run | None = None, **look: Any) -> tuple[Picture, ...]:
    """The forward pass, then one picture for each backward step, the newest gradients in bold."""
    scene, speech = placed(graph, run, **look), language_of(look)
    d = scene.diagram
    return tuple(
        Picture(
            f"graph-{k}",
            svg.svg(scene, upto=k, name=f"graph-{k}"),
            tikz.tikz(scene, upto=k),
            mermaid.mermaid(d.until(k)),
            sentence(speech.tell("pictures", "step", title=d.title, step=k), d.notes),
        )
        for k in range(scene.steps + 1)
    )


def animation(graph: Graph, run: Run | None = None, *, name: str = "graph", **look: Any) -> str:
    """HTML in which the reader steps through the backward pass; style sheets only, no script."""
    return stepper.stepper(placed(graph, run, **look), name, language_of(look).word("pictures", "forward"))


def slides(graph: Graph, run: Run | None = None, **look: Any) -> str:
    """A tikzpicture for beamer that shows one backward step more on every slide."""
    return tikz.tikz(placed(graph, run, **look), overlay=True)


def placed(graph: Graph, run: Run | None = None, **look: Any) -> Scene:
    """The laid out picture, before it is written in a language."""
    return layout.layout(diagram(graph, run, read_look(look)))


def language_of(look: Mapping[str, Any]) -> Language:
    """The language that a picture's words are in."""
    return language(look.get("language", "en"))


def _id(d: Diagram) -> str:
    """What this picture's marks begin with, so that several may stand on one page."""
    ends = [v.id.removesuffix("~end") for v in d.vertices if v.kind == "end"]
    return "graph-" + "-".join(ends)
