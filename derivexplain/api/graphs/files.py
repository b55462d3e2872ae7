"""A worked example as text, and as a file: SVG, TeX, HTML with steps, Markdown."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import typeset
from ...errors import InputError
from ...story import Line, Run

if TYPE_CHECKING:
    from .graph import Graph


def line(one: Line) -> str:
    """A line on one line: ∂price/∂apple = ∂price/∂apple_price·apple_num = 1.1·2 = 2.2."""
    return " = ".join(map(typeset.text, one.sides))


def told(graph: Graph, run: Run, style: str = "short", notation: Any = None) -> str:
    """The worked example for a terminal."""
    forward, backward = graph.lines(run, style=style, notation=notation)
    return "\n".join(("forward", *(f"  {line(l)}" for l in forward), "backward", *(f"  {line(l)}" for l in backward)))


def write(graph: Graph, run: Run, path: str, **options: Any) -> None:
    """Write the picture in the language that the file's ending names, whole or not at all."""
    from .diagrams import read_look
    from .pictures import animation

    target = Path(path)
    picture, picked = graph.picture(run, **options), read_look(options)
    if target.suffix == ".svg":
        text = picture.svg
    elif target.suffix == ".tex":
        text = picture.tikz
    elif target.suffix in (".html", ".htm"):
        head = f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>{picture.name}</title>\n'
        text = head + animation(graph, run, **options) + "</html>\n"
    elif target.suffix == ".md":
        text = (
            f"```mermaid\n{picture.mermaid}```\n\n```text\n{told(graph, run, picked.style, picked.notation)}\n```\n"
        )
    else:
        raise InputError("a picture is .svg, .tex, .html or .md", read=path, mend="choose one of these endings")
    save(target, text)


def save(target: Path, text: str) -> None:
    """Write a file whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=target.suffix)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except OSError as error:
        raise InputError(f"it cannot be written: {error.strerror}", read=str(target)) from None
