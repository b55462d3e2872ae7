"""A worked example as a handout: the picture, the forward lines, the backward lines, the check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import rendering
from ...language import Language
from ...language import language as find_language
from ...story import Block, Document, Line, Math, Paragraph, Report, Row, Rows, Run, Table, Text
from ...typeset import nodes, read_notation
from ..handouts import folders
from .checks import check

if TYPE_CHECKING:
    from .graph import Graph


def explain(
    graph: Graph,
    format: str = "markdown",
    run: Run | None = None,
    *,
    dialect: str = "portable",
    language: str = "en",
    templates: Any = None,
    style: str = "float",
    title: str = "",
    **options: Any,
) -> str | bytes:
    """The worked example in a format of the handouts; `options` go to the picture."""
    own = folders(templates)
    speech = find_language(language, own)
    form = rendering.in_dialect(rendering.read_format(format, own), dialect)
    made = document(graph, run, speech, style=style, title=title, **options)
    colours = read_notation(None).colours
    return rendering.render(made, form.name, dialect=dialect, language=speech, templates=own, colours=colours)


def document(
    graph: Graph, run: Run | None, speech: Language, *, style: str = "float", title: str = "", **options: Any
) -> Document:
    """The worked example as a document."""
    run = run or graph.run()
    forward, backward = graph.lines(run, style=style)
    picture = graph.picture(run, **{"names": any(op != run.of for op in run.order), **options})
    part = lambda id, *items: Block(id, Text.of(speech.word("parts", id)), items)  # noqa: E731
    caption = Paragraph(speech.say("say", "caption_graph"), "small")
    blocks = (
        part("graph", picture, caption),
        part("forward", Rows(tuple(map(row, forward)), "forward")),
        part("backward", Rows(tuple(map(row, backward)), "backward")),
        part("check", *checked(check(graph, of=run.of, values=inputs(graph, run)), speech)),
    )
    name = graph.titles.get(run.of, run.of.replace("_", " "))
    heading = Text.of(title) if title else speech.say("titles", "worked", name=name)
    return Document(heading, blocks, speech.code, "teacher", {"name": run.of})


def inputs(graph: Graph, run: Run) -> dict[str, Any]:
    """The numbers of the inputs in this run."""
    computation = graph.computation()
    return {n: run.values[n] for n in computation.given if n in run.values and n not in computation.constants}


def row(line: Line) -> Row:
    """A line as a row: the left side, then everything that it equals."""
    left, *rest = line.sides
    right = rest[0] if len(rest) == 1 else nodes.Relation(tuple(rest), ("=",) * (len(rest) - 1))
    return Row(Math(left), Math(right))


def checked(report: Report, speech: Language) -> tuple[Any, ...]:
    """What the check found, as a sentence and a table."""
    rows = tuple((Text.of(speech.word("status", f.status)), Text.of(f.message)) for f in report.findings)
    header = (Text.of(speech.word("table", "outcome")), Text.of(speech.word("table", "question")))
    head = speech.say("say", "check_ok" if report.ok else "check_wrong")
    return Paragraph(head), Table(header, rows)
