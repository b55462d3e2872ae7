"""The writer: pieces of a document as the text of a format, escaped where they are words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from . import typeset
from .errors import InputError, did_you_mean
from .formats import Format
from .layout_text import columns
from .story import Blank, Code, Math, Text
from .typeset import nodes
from .typeset.latex import escape as escape_latex

PRINTERS: Mapping[str, Callable[..., str]] = {
    "latex": typeset.latex,
    "mathml": typeset.mathml,
    "typst": typeset.typst,
    "text": typeset.text,
}
IN_FORMULA: Mapping[str, Callable[[str], str]] = {  # how words inside a formula are made safe
    "latex": escape_latex,
    "typst": lambda words: words.replace("\\", "\\\\").replace('"', '\\"'),
}


OPENING, CLOSING = "([“（「『", ",.;:!?)]’”，。；：、！？）」』"  # signs that touch a formula


def ready(text: str) -> Markup:
    """Text that nothing escapes again; made without asking whether it knows to write itself."""
    return str.__new__(Markup, text)


def escaping(signs: Mapping[str, str]) -> Callable[[str], str]:
    """Writes some signs otherwise; `str.translate` takes fifteen times as long where not all is ASCII."""
    some = re.compile("[" + "".join(map(re.escape, signs)) + "]" if signs else "(?!)")
    return lambda text: some.sub(lambda found: signs[found[0]], text)


class Writer:
    """Turns pieces of a document into the format's own text."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.printer = PRINTERS.get(form.math)
        if self.printer is None:
            raise InputError(f"format {form.name}: no printer {form.math!r}", mend=did_you_mean(form.math, PRINTERS))
        self.inline = [part for part in re.split("(%[sa])", form.inline) if part]
        self.gaps, self.glue = form.settings.get("gap", ""), form.settings.get("glue", "")
        self.escaped = escaping(form.escape)
        code = form.escape if form.escape_code is None else form.escape_code
        self.escaped_code = escaping({**code, **form.settings.get("escape_in_code", {})})

    def final(self, value: Any) -> Any:
        """What a template prints, escaped unless it is ready."""
        if isinstance(value, Text | Math | Code):
            return self.text(value)
        if isinstance(value, str) and not hasattr(value, "__html__"):
            return ready(self.escaped(value))
        return value

    def text(self, value: Any) -> Markup:
        """Running text with its formulas and code."""
        return ready(self.told(value))

    def told(self, value: Any) -> str:
        if isinstance(value, Math):
            return "".join(self.place(part, value) for part in self.inline)
        if isinstance(value, Code):
            return self.form.code.replace("%s", self.escaped_code(value.text))
        if isinstance(value, Text):
            found = list(map(self.told, value.pieces))
            if self.gaps:
                pairs = zip(("", *value.pieces), value.pieces)
                found = [self.gap(*pair) + told for pair, told in zip(pairs, found)]
            return "".join(self.glued(value.pieces, found) if self.glue else found)
        return value if isinstance(value, Markup) else self.escaped(str(value))

    def place(self, part: str, value: Math) -> str:
        """What stands in the format's `inline` around a formula: %s is the formula, %a the same as plain text."""
        if part == "%s":
            return self.print(value)
        return self.escaped_code(self.plain(value)) if part == "%a" else part

    def glued(self, pieces: Sequence[Any], found: list[str]) -> list[str]:
        """Formulas with the signs that touch them, where a line could end between the two."""
        for k, piece in enumerate(pieces):
            if isinstance(piece, Math):
                head = tail = ""
                if k and isinstance(pieces[k - 1], str):
                    whole = found[k - 1]
                    found[k - 1] = whole.rstrip(OPENING)
                    head = whole[len(found[k - 1]) :]
                if k + 1 < len(pieces) and isinstance(pieces[k + 1], str):
                    whole = found[k + 1]
                    found[k + 1] = whole.lstrip(CLOSING)
                    tail = whole[: len(whole) - len(found[k + 1])]
                found[k] = self.glue.replace("%s", head + found[k] + tail) if head or tail else found[k]
        return found

    def gap(self, before: Any, after: Any) -> str:
        """What stands between a formula and an East Asian sign: GitHub takes no formula that is glued to one."""
        glued = isinstance(before, Math) and isinstance(after, str) and after[:1].isalnum()
        glued |= isinstance(after, Math) and isinstance(before, str) and not before[-1:].isascii()
        return self.gaps if glued else ""

    def math(self, value: Any) -> Markup:
        """A formula (or a blank) as it stands inside a displayed formula."""
        if isinstance(value, Blank):
            return Markup(self.form.settings.get("blank", "____"))
        return ready("" if value is None else self.print(value))

    def display(self, value: Any) -> Markup:
        """A formula on its own, for printers that tell the two apart."""
        if isinstance(value, Blank):
            return self.math(value)
        return ready("" if value is None else self.print(value, display=True))

    def remark(self, value: Any) -> Markup:
        """Words beside a formula, as part of the mathematics."""
        pieces = value.pieces if isinstance(value, Text) else (value,)
        out = []
        for piece in pieces:
            if isinstance(piece, Math):
                out.append(self.print(piece))
            else:
                words = piece.text if isinstance(piece, Code) else str(piece)
                escape = IN_FORMULA.get(self.form.math, self.escaped)
                out.append(self.form.words.replace("%s", escape(words)))
        return Markup(self.form.join.join(out))

    def code(self, value: Any) -> Markup:
        return ready(self.escaped_code(str(value)))

    def verbatim(self, value: Any) -> Markup:
        """Source text, set in a block that takes it as it is."""
        return Markup(str(value))

    def print(self, value: Math, display: bool = False) -> str:
        assert self.printer is not None
        tree = value.tree
        if self.form.math == "mathml":
            return self.printer(tree, display=display)
        if self.form.math == "text":
            return self.printer(tree, ascii=bool(self.form.settings.get("ascii")))
        return self.printer(tree, colours=self.form.colours)

    def span(self, rows: Any) -> float:
        """About how many letters wide aligned rows are, remarks included."""
        return sum(max(map(self.width, (getattr(row, side) for row in rows))) for side in ("left", "right", "remark"))

    def width(self, value: Any) -> float:
        if isinstance(value, Math):
            return nodes.width(value.tree)
        if isinstance(value, Text):
            return sum(map(self.width, value.pieces))
        text = self.plain(value or "")
        return 0.8 * len(text) + 1.2 * (columns(text) - len(text))  # a Chinese character is two letters of a formula

    def plain(self, value: Any) -> str:
        """Running text without any markup: titles of windows, alternative texts."""
        if isinstance(value, Text):
            return "".join(self.plain(p) for p in value.pieces)
        if isinstance(value, Math):
            return typeset.text(value.tree)
        return getattr(value, "text", "" if isinstance(value, Blank) else str(value))
