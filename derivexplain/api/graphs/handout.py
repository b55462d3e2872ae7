"""A worked example as a handout: the picture, the forward lines, the backward lines, the check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import __version__, rendering
from ...errors import InputError, did_you_mean
from ...language import language as find_language
from ...story import Block, Document, Line, Math, Paragraph, Row, Rows, Run, Text
from ...typeset import nodes, read_notation
from ..evidence import joined
from ..handouts import folders, housed
from ..telling import Teller, blanked, findings_table
from .checks import check
from .composition import Composition

if TYPE_CHECKING:
    from .graph import Graph

AUDIENCES = ("teacher", "student", "key")


def explain(
    graph: Graph,
    format: str = "markdown",
    run: Run | None = None,
    *,
    dialect: str = "portable",
    language: str = "en",
    audience: str = "teacher",
    templates: Any = None,
    notation: Any = None,
    style: str = "short",
    title: str = "",
    **options: Any,
) -> str | bytes:
    """The worked example in a format of the handouts; `options` go to the picture."""
    if audience not in AUDIENCES:
        raise InputError(f"there is no audience {audience!r}", mend=did_you_mean(audience, AUDIENCES))
    own = folders(templates)
    speech = find_language(language, own)
    written = read_notation(notation)
    teller = Teller.speaking(speech, written, audience=audience)
    form = rendering.in_dialect(rendering.read_format(format, own), dialect)
    made = document(graph, run, teller, style=style, title=title, **options)
    if form.settings.get("pictures") == "file":
        made = housed(made, "", keep=bool(form.settings.get("mermaid")))
    return rendering.render(made, form.name, dialect=dialect, language=speech, templates=own, colours=written.colours)


def document(
    graph: Graph, run: Run | None, teller: Teller, *, style: str = "short", title: str = "", **options: Any
) -> Document:
    """The worked example as a document."""
    run = run or graph.run()
    speech = teller.language
    name = graph.titles.get(run.of, run.of.replace("_", " "))
    heading = Text.of(title) if title else speech.say("titles", "worked", name=name)
    parts = tuple(part for part in blocks(graph, run, teller, style, options) if part is not None)
    meta = {"name": run.of, "outcome": "correct", **cells(graph, run)}
    return Document(heading, parts, speech.code, teller.audience, meta)


def cells(graph: Graph, run: Run) -> dict[str, str]:
    """What the code cells of a notebook run: the graph made again from its formula, and its check."""
    try:
        whole = Composition(graph, run.of)
        formula = "; ".join(f"{e.lhs} = {e.rhs}" for e in map(whole.equation, whole.operations))
    except InputError:  # nodes of arrays
        return {"reach": "", "recheck": ""}
    values = inputs(graph, run)
    if any(map(np.ndim, values.values())):
        return {"reach": "", "recheck": ""}
    values = {name: np.asarray(value).item() for name, value in values.items()}
    reach = f"import derivexplain as dx\n\ngraph = dx.Graph.from_formula({formula!r}, **{values})\nprint(graph.run())"
    return {"reach": reach, "recheck": "report = graph.check()\nassert report.ok\nprint(report)"}


def blocks(graph: Graph, run: Run, t: Teller, style: str, options: dict[str, Any]) -> Iterator[Block | None]:
    """A student's picture has the numbers that come in, and lines to fill; a key has the lines alone."""
    student = t.audience == "student"
    if t.audience != "key":
        names = any(op != run.of for op in run.order)
        look = {"names": names, "gradients": not student, "style": style, **options}
        look = {"notation": t.notation, "language": t.language, **look}
        picture = graph.picture(run, **look)
        yield t.block("graph", picture, None if student else Paragraph(t.say("caption_graph"), "small"))
    for id, lines in zip(("forward", "backward"), graph.lines(run, style=style, notation=t.notation)):
        rows = tuple(map(row, lines))
        fill = Paragraph(t.say("fill")) if student else None
        yield t.block(id, fill, Rows(asked(lines, rows) if student else rows, id))
    told = [t.say("version", version=f"{__version__} (numpy {np.__version__})")]
    if t.audience == "teacher":
        report = check(graph, of=run.of, values=inputs(graph, run))
        yield t.block("check", *findings_table(report, t))
        bounds = [f.bound for f in report.findings if f.bound is not None]
        told += [t.say("bounds", below=t.below(max(bounds)))] if bounds else []
    yield t.block("stamp", Paragraph(joined(t, *told), "small"))


def asked(lines: Sequence[Line], rows: Sequence[Row]) -> tuple[Row, ...]:
    """What is given stands; what follows from it is left to write."""
    kept = next((k for k, line in enumerate(lines) if line.symbols is not None), len(lines))
    return blanked(rows, kept)


def inputs(graph: Graph, run: Run) -> dict[str, Any]:
    """The numbers of the inputs in this run."""
    computation = graph.computation()
    return {n: run.values[n] for n in computation.given if n in run.values and n not in computation.constants}


def row(line: Line) -> Row:
    """A line as a row: the left side, then everything that it equals."""
    left, *rest = line.sides
    right = rest[0] if len(rest) == 1 else nodes.Relation(tuple(rest), ("=",) * (len(rest) - 1))
    return Row(Math(left), Math(right))
