"""Reading: a text becomes SymPy through a whitelist, in Python's syntax or in LaTeX; nothing is evaluated.

A name is a function where it is called and a letter otherwise. ``^`` and ``**`` are powers, decimals are
read exactly (0.1 is 1/10), ``E`` and the e of ``e^x`` are Euler's number, and e anywhere else is refused as
ambiguous unless it is declared a letter. LaTeX is told by its backslashes and braces. What could be read
in two ways is refused with a message that says how to write it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp

from ..errors import ReadError, shorten
from ..story import Equation
from ..symbols import output_name, real
from .characters import plain
from .latex import to_python
from .latex_signs import FRAME, is_latex, subscript_letters
from .python import Builder, index_names
from .syntax import parse, prepare

_LINE_END = re.compile(r"\\\\(?:\[[^\]]*\])?")  # with the space below it

__all__ = ["read", "read_chain", "read_equations"]


def read(
    text: str, *, letters: Iterable[str] = (), indices: Iterable[str] = (), latex: bool | None = None
) -> sp.Expr:
    """The expression that a text says.

    `letters` are names known to be letters (so that e may be one), `indices` names known to be indices;
    `latex` says which syntax it is where the text itself does not tell (``x y``).
    Raises ReadError with what is wrong and how to mend it.
    """
    return _read([text], letters, indices, latex=latex)[0]


def read_chain(text: str, *, letters: Iterable[str] = (), indices: Iterable[str] = ()) -> tuple[sp.Expr, ...]:
    """The members of ``a = b = c``, in order; also over several lines, as written on a board."""
    members = [m.strip() for line in lines(text) for m in _sides(line)]
    return tuple(_read([m for m in members if m], letters, indices))


def read_equations(text: str, *, letters: Iterable[str] = (), indices: Iterable[str] = ()) -> tuple[Equation, ...]:
    """One equation a line or between semicolons: ``name = body`` or ``name[i,j] = body``.

    A single expression without a name is the output's: y, or out where y is one of its letters.
    """
    pairs = [_sides(line) for line in lines(text)]
    if len(pairs) == 1 and len(pairs[0]) == 1:
        body = read(pairs[0][0], letters=letters, indices=indices)
        return (Equation(real(output_name(str(s) for s in body.free_symbols)), body),)
    for line in pairs:
        if len(line) != 2:
            wrong = "has no = sign" if len(line) == 1 else "has more than one = sign"
            raise ReadError(f"the line {shorten('='.join(line), 40)} {wrong}", mend="write name = body, one a line")
    sides = _read([s for pair in pairs for s in pair], letters, indices, [lhs for lhs, _ in pairs])
    for lhs in sides[::2]:
        if not (lhs.is_Symbol or isinstance(lhs, sp.Indexed)) or lhs.is_integer:
            what = "a number" if lhs.is_number else "an index" if lhs.is_Symbol else "no name"
            raise ReadError(
                f"{shorten(str(lhs), 40)} is {what}, nothing to define", mend="write y = ... or y[i,j] = ..."
            )
    names = [str(lhs.base.label if isinstance(lhs, sp.Indexed) else lhs) for lhs in sides[::2]]
    if twice := next((n for n in names if names.count(n) > 1), None):
        raise ReadError(f"{twice} is defined twice", mend="give every equation a name of its own")
    return tuple(Equation(lhs, rhs) for lhs, rhs in zip(sides[::2], sides[1::2]))


def lines(text: str) -> list[str]:
    """The lines that say something; one ends at ; or at a line's end outside of brackets, in LaTeX at \\\\."""
    bare = FRAME.sub("\n", plain(_text(text)))
    shown = (line.split("&&")[0] for line in _split(bare, _ends_line))  # behind && stands a remark
    return [line for line in shown if line.strip()]


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise ReadError(f"a {type(given).__name__} is no text", mend="give the formula as a string")
    return given


def _sides(line: str) -> list[str]:
    """The members of an equation; an = inside brackets or cases belongs to a condition."""
    return _split(line, _equals)


def _ends_line(text: str, at: int) -> int:
    if end := _LINE_END.match(text, at):
        return end.end() - at
    return 1 if text[at] in ";\n" and text[at - 1 : at] != "\\" else 0


def _equals(text: str, at: int) -> int:
    if text.startswith("&=", at):
        return 2
    return (
        1 if text[at] == "=" and text[at - 1 : at] not in ("<", ">", "=", "!") and text[at + 1 : at + 2] != "=" else 0
    )


def _split(text: str, ends: Callable[[str, int], int]) -> list[str]:
    """The text cut where `ends` tells the width of a separator, outside of brackets and of \\begin ... \\end."""
    parts, depth, at, start = [], 0, 0, 0
    while at < len(text):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if text[at] == "\\":
            depth += text.startswith("\\begin{cases", at) - text.startswith("\\end{cases", at)
        width = ends(text, at) if depth <= 0 else 0
        if width:
            parts.append(text[start:at])
            start = at + width
        at += width or 1
    return [*parts, text[start:]]


def _read(
    texts: list[str],
    letters: Iterable[str],
    indices: Iterable[str],
    defined: Iterable[str] = (),
    latex: bool | None = None,
) -> list[sp.Expr]:
    """Several texts of one formula: a name that is an index in one of them is one in all."""
    shown = " = ".join(map(str, texts))
    try:
        letters, indices = frozenset(letters), frozenset(indices)
        texts = [_text(t) for t in texts]
        if any(map(is_latex, texts)) if latex is None else latex:
            indices |= {i for t in defined for i in subscript_letters(t)}
            texts = [to_python(t, letters, indices) for t in texts]
        trees = [parse(prepare(plain(t))) for t in texts]
        found = indices | index_names(trees)
        return [Builder(found, letters).expression(tree) for tree in trees]
    except ReadError as error:
        raise error.with_context(read=shown) from None
