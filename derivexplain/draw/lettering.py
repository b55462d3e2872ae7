"""Lettering: a few words of a picture as pieces with a style, their width, and how SVG and TeX write them.

A name that looks like a letter of mathematics (w0, alpha, x_i) is set as one, other names upright with
spaces for underscores. Widths are upper bounds for the usual serif faces, since a picture does not know
the font that will be used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

GREEK_NAMES = "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
GREEK = dict(zip(GREEK_NAMES.split(), "αβγδεζηθκλμνξπρστφχψω"))
_MATH = re.compile(
    r"(?P<letter>[A-Za-z]|" + "|".join(sorted(GREEK, key=len, reverse=True)) + r")_?(?P<sub>\d{0,3}|(?<=_)\w{1,2})"
)


@dataclass(frozen=True)
class Piece:
    """Text in one style: "" upright, "i" italic, "sub" or "sup" small and shifted."""

    text: str
    style: str = ""


Words = tuple[Piece, ...]


def words(text: str) -> Words:
    """Plain upright text."""
    return (Piece(text),) if text else ()


def name(text: str) -> Words:
    """A name as it is shown: ``w0`` as a letter with its index, ``apple_price`` as words."""
    match = _MATH.fullmatch(text)
    if not match:
        return words(text.replace("_", " "))
    letter = Piece(GREEK.get(match["letter"], match["letter"]), "i")
    return (letter, Piece(match["sub"], "sub")) if match["sub"] else (letter,)


def plain(pieces: Words) -> str:
    """The text alone."""
    return "".join(p.text for p in pieces)


# ---------------------------------------------------------------- width

_NARROW, _WIDE = set("fijlrtI.,:;|!'()[] /"), set("mwMWQ@%—")


def width(pieces: Words, size: float) -> float:
    """An upper bound of the width, in the units of the font size."""
    return sum(_em(c) * (0.72 if p.style in ("sub", "sup") else 1) for p in pieces for c in p.text) * size


def _em(char: str) -> float:
    if east_asian_width(char) in "WF":
        return 1.02
    if char in _NARROW:
        return 0.36
    if char in _WIDE:
        return 0.92
    if char in "+−=<>≤≥×÷∂·":
        return 0.72
    return 0.72 if char.isupper() else 0.52


# ---------------------------------------------------------------- writing


def svg(pieces: Words) -> str:
    """The content of an SVG text element; shifts are undone by the next piece."""
    out, shift = [], 0.0
    for p in pieces:
        here = {"sub": 0.28, "sup": -0.4}.get(p.style, 0.0)
        marks = ' font-style="italic"' if p.style == "i" else ""
        if p.style in ("sub", "sup"):
            marks += ' font-size="72%"'
        if here != shift:
            marks += f' dy="{(here - shift) * (1.39 if marks.endswith("72%" + chr(34)) else 1):.2f}em"'
        shift = here
        text = escape(_printable(p.text))
        out.append(f"<tspan{marks}>{text}</tspan>" if marks else text)
    return "".join(out)


_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "|": "$|$", '"': r"\textquotedbl{}",
    "<": "$<$", ">": "$>$",
    "−": "$-$", "×": r"$\times$", "÷": r"$\div$", "·": r"$\cdot$", "√": r"$\surd$", "²": "$^2$", "³": "$^3$",
    "∂": r"$\partial$",
    "≤": r"$\le$", "≥": r"$\ge$", "⊗": r"$\otimes$", "∞": r"$\infty$", "Σ": r"$\Sigma$",
} | {letter: f"$\\{word}$" for word, letter in GREEK.items()}  # fmt: skip


def tex(pieces: Words) -> str:
    """The same for TeX, every special escaped."""
    out = []
    for p in pieces:
        text = "".join(_TEX.get(c, c) for c in _printable(p.text))
        if p.style == "i":
            out.append(text if text.startswith("$") else f"${p.text}$")
        elif p.style in ("sub", "sup"):
            raised = f"${'_' if p.style == 'sub' else '^'}{{\\mathrm{{{p.text.replace('−', '-')}}}}}$"
            out.append(raised if re.fullmatch(r"[\w.−]+", p.text) and "_" not in p.text else text)
        else:
            out.append(text)
    return "".join(out)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
