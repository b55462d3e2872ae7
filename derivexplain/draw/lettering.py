"""Lettering: a few words of a picture as pieces with a style, their width, and how SVG and TeX write them.

Widths are upper bounds for the usual serif faces, since a picture does not know
the font that will be used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import combining, east_asian_width
from xml.sax.saxutils import escape

GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell"
)
GREEK = dict(zip(GREEK_NAMES.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩℓ"))
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}


@dataclass(frozen=True)
class Piece:
    """Text in one style: "" upright, "i" italic, "sub" or "sup" small and shifted."""

    text: str
    style: str = ""


Words = tuple[Piece, ...]


def words(text: str) -> Words:
    """Plain upright text."""
    return (Piece(text),) if text else ()


def letter(base: str, accent: str = "", sub: str = "") -> Words:
    """A letter of mathematics with its accent and index; a longer base is a word, spaces for underscores."""
    first = Piece(base + ACCENTS.get(accent, ""), "i") if len(base) == 1 else Piece(base.replace("_", " "))
    return (first, Piece(sub, "sub")) if sub else (first,)


def plain(pieces: Words) -> str:
    """The text alone."""
    return "".join(p.text for p in pieces)


# ---------------------------------------------------------------- width

_NARROW, _WIDE = set("fijlrtI.,:;|!'()[] /"), set("mwMWQ@%—")


def width(pieces: Words, size: float) -> float:
    """An upper bound of the width, in the units of the font size."""
    return sum(_em(c) * (0.72 if p.style in ("sub", "sup") else 1) for p in pieces for c in p.text) * size


def _em(char: str) -> float:
    if combining(char):
        return 0
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


_MATH = {
    "−": "-", "×": r"\times", "÷": r"\div", "·": r"\cdot", "√": r"\surd", "∂": r"\partial",
    "≤": r"\le", "≥": r"\ge", "⊗": r"\otimes", "∞": r"\infty", "<": "<", ">": ">", "|": "|", "′": "'",
    "½": r"\tfrac12", "≠": r"\ne", "∈": r"\in", "⁻": "^{-}",
} | {sign: f"\\{word}" for word, sign in GREEK.items()}  # fmt: skip
_MATH |= {sign: f"^{power}" for power, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", '"': r"\textquotedbl{}",
} | {sign: f"${command}$" for sign, command in _MATH.items()}  # fmt: skip


def tex(pieces: Words) -> str:
    """The same for TeX, every special escaped."""
    return "".join(_tex_piece(p) for p in pieces)


def _tex_piece(piece: Piece) -> str:
    text = _printable(piece.text)
    if piece.style == "i":
        base, accent = text[0], next((name for name, mark in ACCENTS.items() if mark == text[1:]), "")
        known = base if base.isascii() else _MATH.get(base, f"\\text{{{base}}}")
        return f"$\\{accent}{{{known}}}$" if accent else base if known.startswith("\\text") else f"${known}$"
    if piece.style in ("sub", "sup") and not text.isascii() and any(c not in _MATH and not c.isascii() for c in text):
        return f"${'_' if piece.style == 'sub' else '^'}{{\\text{{{''.join(_TEX.get(c, c) for c in text)}}}}}$"
    if piece.style in ("sub", "sup") and re.fullmatch(r"[\w.−]+", text) and "_" not in text:
        return f"${'_' if piece.style == 'sub' else '^'}{{\\mathrm{{{''.join(_MATH.get(c, c) for c in text)}}}}}$"
    return "".join(_TEX.get(c, c) for c in text)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
