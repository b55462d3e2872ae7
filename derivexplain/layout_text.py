"""Plain-text layout for templates: wrapping, underlining and columns, with East Asian widths counted right."""

from __future__ import annotations

import re
import textwrap
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from html import escape as html_escape
from typing import Any
from unicodedata import combining, east_asian_width

from markupsafe import Markup

from .story import Blank, Code, Math, Text
from .typeset import text as print_text

PAGE = 79  # columns of a terminal that wraps at 80
SHORT = 40  # columns of a formula that stands on one line
DEEPER = 4  # columns by which a line stands in that begins inside of brackets
SIGNS = re.compile(r"[()\[\]{}·*]| (?=[+-] )|(?<=;) ")  # brackets, and where a formula may be cut
KEPT = "\ue000"  # a blank where no line ends
EAST = "\u3000-\u9fff\uff00-\uffef"  # signs between which a line may end, but for these that end or begin one
OPENING, CLOSING = "「『（【《〔", "、。，．：；！？」』）】》〕"
WORD = re.compile(rf"[{OPENING}]*(?:[{EAST}]|[^\s{EAST}]+)[{CLOSING}]*\s*|\s+")


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else len(text) + sum(text.count(c) * _more(c) for c in {*text} if _more(c))


@cache
def _more(c: str) -> int:
    """What a sign takes beyond one column."""
    return -1 if combining(c) else int(east_asian_width(c) in "WF")


def pad(text: str, width: int, right: bool = False) -> str:
    gap = " " * max(0, width - columns(text))
    return gap + text if right else text + gap


def underlined(text: Any, sign: str) -> Markup:
    return Markup(f"{text}\n{sign * columns(str(text))}")


def wrapped(text: Any, width: int, ascii: bool = False) -> Markup:
    """Lines of so many columns, old line ends kept; East Asian text breaks anywhere, a short formula nowhere."""
    told = "".join(whole(p, ascii) for p in text.pieces) if isinstance(text, Text) else str(text)
    return Markup("\n".join(_wrapped(line, width) for line in told.split("\n")).replace(KEPT, " "))


def whole(piece: Any, ascii: bool) -> str:
    """A piece of a sentence; one that is no words, and short, is not parted at its blanks."""
    told = plain(piece, ascii)
    return told.replace(" ", KEPT) if isinstance(piece, Math | Code) and columns(told) <= SHORT else told


def _wrapped(text: str, width: int) -> str:
    lines, line = [], ""
    for word in WORD.findall(text):
        if line and columns(line + word.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
    return "\n".join([*lines, line.rstrip()])


def indented(text: Any) -> Markup:
    return Markup(textwrap.indent(str(text), "    "))


def equations(rows: Any, ascii: bool = False) -> Markup:
    """Aligned formulas: left sides end at the relation; remarks stand in a column, below where there is no room."""
    cells = [[plain(r.left, ascii), r.relation, plain(r.right, ascii), plain(r.remark, ascii)] for r in rows]
    for row, later in zip(cells, cells[1:]):
        if later[1] != "=":  # a step on several rows has its remark at the last of them
            row[3], later[3] = "", row[3] or later[3]
    left = max(columns(cell[0]) for cell in cells)
    lead = left + 3
    room = PAGE - lead - 3  # for a formula with its remark
    right = max((columns(b) for *_, b, told in cells if columns(b) + columns(told) <= room), default=0)
    lines = []
    for a, sign, b, remark in cells:
        first, *more = broken(b, PAGE - lead)
        lines.append(f"{pad(a, left, True)} {sign} {first}")
        lines += [f"{'':{left}} {line}" for line in more]
        if remark and columns(b) + columns(remark) <= room:
            lines[-1] += f"{'':{max(0, min(right, room - columns(remark)) - columns(b))}}   {remark}"
        elif remark:
            lines.append(f"{'':{lead}}   {remark}")
    return Markup("\n".join(line.rstrip() for line in lines))


def broken(formula: str, width: int) -> list[str]:
    """A formula on lines of this width; those that begin inside of brackets stand in."""
    lines = filled(formula, width) if columns(formula) > width else [(0, formula)]
    return [" " * indent + line for indent, line in lines]


def filled(formula: str, width: int, indent: int = 0) -> list[tuple[int, str]]:
    """Lines cut before signs, each with its indent; what stands in brackets is cut if it is too long itself."""
    depth, pieces = min(cut(formula), key=lambda found: pain(found, width - DEEPER), default=(0, [formula]))
    lines = [(indent, pieces[0])]
    for piece in pieces[1:]:
        if columns(lines[-1][1] + piece) <= width - lines[-1][0]:
            lines[-1] = (lines[-1][0], lines[-1][1] + piece)
        else:
            lines.append((DEEPER if depth else indent, piece.lstrip()))
    if len(lines) == 1:
        return lines
    whole = []
    for at, line in lines:
        (_, first), *more = filled(line, width, DEEPER) if columns(line) > width - at else [(at, line)]
        whole += [(at, first), *more]
    return whole


def cut(formula: str) -> Iterator[tuple[float, list[str]]]:
    """How deep in brackets a formula may be cut, and its pieces there; dots are cut as if they stood deeper."""
    places: dict[float, list[int]] = {}
    depth = 0
    for found in SIGNS.finditer(formula):
        c, k = found[0], found.start()
        depth += (c in "([{") - (c in ")]}")
        if k and c in "·* ":
            places.setdefault(depth + 0.8 * (c != " "), []).append(k)
    for deep, ends in sorted(places.items()):
        yield deep, [formula[a:b] for a, b in zip((0, *ends), (*ends, len(formula)))]


def pain(found: tuple[float, Sequence[str]], width: int) -> float:
    """How bad a cut is: so many brackets deep, and what is still too long."""
    depth, pieces = found
    return depth + sum(max(0, columns(piece) - width) for piece in pieces) / 50


def plain(piece: Any, ascii: bool = False) -> str:
    """Running text as a terminal shows it."""
    if isinstance(piece, Math):
        return print_text(piece.tree, ascii)
    if isinstance(piece, Text):
        return "".join(plain(p, ascii) for p in piece.pieces)
    return "" if piece is None else "_" * 16 if isinstance(piece, Blank) else getattr(piece, "text", str(piece))


def aligned(table: Any, ascii: bool = False) -> Markup:
    """A table in columns; the last one wraps."""
    rows = [[plain(cell, ascii) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(columns(row[j]) for row in rows) for j in range(len(rows[0]) - 1)]
    lead = "".join(" " * (w + 2) for w in widths)
    lines = []
    for row in rows:
        first = "".join(pad(cell, w + 2) for cell, w in zip(row, widths))
        last = str(wrapped(row[-1], max(24, PAGE - columns(lead)))).split("\n")
        lines += [first + last[0], *(lead + more for more in last[1:])]
    return Markup("\n".join(line.rstrip() for line in lines))


def svg_width(svg: Any) -> float:
    """The width that an SVG states, in its own units (600 where it states none)."""
    found = re.search(r'<svg[^>]*?\bwidth="([\d.]+)', str(svg)) or re.search(
        r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+)', str(svg)
    )
    return float(found[1]) if found else 600.0


def base64(text: Any) -> Markup:
    return Markup(b64encode(str(text).encode()).decode())


def attribute(text: Any) -> Markup:
    """Text for an attribute of HTML inside another format, on one line."""
    return Markup(html_escape(" ".join(str(text).split())))


LAYOUT: Mapping[str, Callable[..., Any]] = {
    "underlined": underlined,
    "wrapped": wrapped,
    "indented": indented,
    "equations": equations,
    "aligned": aligned,
    "oneline": lambda text: " ".join(str(text).split()),
    "base64": base64,
    "attribute": attribute,
}
