"""What is printed: a handout as blocks of finished text, formulas, code and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .record import Record


@dataclass(frozen=True)
class Math:
    """A formula inside text or on its own: a tree of `typeset`, printed by the format's own printer."""

    tree: Any


@dataclass(frozen=True)
class Code:
    """A few words of code inside text."""

    text: str


@dataclass(frozen=True)
class Text:
    """Running text: pieces that are str, Math or Code."""

    pieces: tuple[str | Math | Code, ...]

    @classmethod
    def of(cls, *pieces: str | Math | Code) -> Text:
        return cls(tuple(pieces))


@dataclass(frozen=True)
class Paragraph:
    text: Text
    kind: str = "paragraph"


@dataclass(frozen=True)
class Row:
    """One line of aligned formulas: ``left = right`` with a remark; `left` is None where it repeats.

    `right` is a Blank where a student writes.
    """

    left: Math | None
    right: Math | Blank
    remark: Text | None = None
    relation: str = "="


@dataclass(frozen=True)
class Rows:
    rows: tuple[Row, ...]
    label: str = ""
    kind: str = "rows"


@dataclass(frozen=True)
class Listing:
    source: str
    language: str = "python"
    kind: str = "code"


@dataclass(frozen=True)
class Table:
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    kind: str = "table"


@dataclass(frozen=True, repr=False)
class Picture(Record):
    """A picture in several languages of pictures, with the text that stands for it."""

    name: str
    svg: str
    tikz: str = ""
    mermaid: str = ""
    alt: str = ""
    caption: Text | None = None
    kind: str = "picture"


def sentence(title: str, notes: Iterable[str]) -> str:
    """The alternative text of a picture, for a voice that reads it aloud."""
    return f"{title}: {'; '.join(notes)}."


@dataclass(frozen=True)
class Blank:
    """Room for a student to write: so many lines."""

    lines: int
    kind: str = "blank"


Item = Paragraph | Rows | Listing | Table | Picture | Blank


@dataclass(frozen=True)
class Block:
    """A part of a handout: its stable id ("formula", "steps", "output", "code", "check", ...).

    `coloured` where colours in it show what a step made new, which formats that have colours say.
    """

    id: str
    title: Text
    items: tuple[Item, ...]
    coloured: bool = False


@dataclass(frozen=True)
class Document:
    """What the templates get: finished records, no computing left."""

    title: Text
    blocks: tuple[Block, ...]
    language: str = "en"
    audience: str = "teacher"
    meta: Mapping[str, str] = field(default_factory=dict)
