"""Cells: a lecturer's Markdown as a notebook, a cell for each section, and code cells where the prose has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

CODE = re.compile(r"^```\{code-cell\}.*$")  # as MyST writes it
FENCE = re.compile(r"^(```+|~~~+)")
SECTION = re.compile(r"^##? ")


def cells(text: str) -> Iterator[tuple[str, str]]:
    """The kind of each cell (markdown, code) and what stands in it."""
    kind, lines, fence = "markdown", list[str](), ""
    for line in text.splitlines():
        ends = fence and line.rstrip() == fence
        if ends and kind == "code" or not fence and (CODE.match(line) or SECTION.match(line)):
            yield from cell(kind, lines)
            kind, lines = "code" if CODE.match(line) else "markdown", []
            if CODE.match(line) or ends:
                fence = "" if ends else "```"
                continue
        elif ends:
            fence = ""
        elif not fence and (opened := FENCE.match(line)):
            fence = opened[1]
        lines.append(line)
    yield from cell(kind, lines)


def cell(kind: str, lines: list[str]) -> Iterator[tuple[str, str]]:
    if told := "\n".join(lines).strip("\n"):
        yield kind, told
