"""Reading: a text becomes SymPy through a whitelist, in Python's syntax or in LaTeX; nothing is evaluated.

A name is a function where it is called and a letter otherwise. ``^`` and ``**`` are powers, decimals are
read exactly (0.1 is 1/10), ``E`` and the e of ``e^x`` are Euler's number, and e anywhere else is refused as
ambiguous unless it is declared a letter. LaTeX is told by its backslashes and braces. What could be read
in two ways is refused with a message that says how to write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import sympy as sp

from ..errors import ReadError, shorten
from ..story import Equation
from ..symbols import output_name, real
from .characters import plain
from .python import Builder, index_names, parse, prepare

_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")

__all__ = ["read", "read_chain", "read_equations"]


def read(text: str, *, letters: Iterable[str] = (), indices: Iterable[str] = ()) -> sp.Expr:
    """The expression that a text says.

    `letters` are names known to be letters (so that e may be one), `indices` names known to be indices.
    Raises ReadError with what is wrong and how to mend it.
    """
    return _read([text], letters, indices)[0]


def read_chain(text: str, *, letters: Iterable[str] = (), indices: Iterable[str] = ()) -> tuple[sp.Expr, ...]:
    """The members of ``a = b = c``, in order; also over several lines, as written on a board."""
    members = [m.strip() for line in lines(text) for m in _EQUALS.split(line)]
    return tuple(_read([m for m in members if m], letters, indices))


def read_equations(text: str, *, letters: Iterable[str] = (), indices: Iterable[str] = ()) -> tuple[Equation, ...]:
    """One equation a line or between semicolons: ``name = body`` or ``name[i,j] = body``.

    A single expression without a name is the output's: y, or out where y is one of its letters.
    """
    pairs = [_EQUALS.split(line) for line in lines(text)]
    if len(pairs) == 1 and len(pairs[0]) == 1:
        body = read(pairs[0][0], letters=letters, indices=indices)
        return (Equation(real(output_name(str(s) for s in body.free_symbols)), body),)
    for line in pairs:
        if len(line) != 2:
            wrong = "has no = sign" if len(line) == 1 else "has more than one = sign"
            raise ReadError(f"the line {shorten('='.join(line), 40)} {wrong}", mend="write name = body, one a line")
    sides = _read([side for pair in pairs for side in pair], letters, indices)
    for lhs in sides[::2]:
        if not (lhs.is_Symbol or isinstance(lhs, sp.Indexed)) or lhs.is_integer:
            raise ReadError(f"{shorten(str(lhs), 40)} is no name to define", mend="write y = ... or y[i,j] = ...")
    names = [str(lhs.base.label if isinstance(lhs, sp.Indexed) else lhs) for lhs in sides[::2]]
    if twice := next((n for n in names if names.count(n) > 1), None):
        raise ReadError(f"{twice} is defined twice", mend="give every equation a name of its own")
    return tuple(Equation(lhs, rhs) for lhs, rhs in zip(sides[::2], sides[1::2]))


def lines(text: str) -> list[str]:
    """The lines of a text that say something; a line ends at ; or at a line's end outside parentheses."""
    found, depth, current = [], 0, ""
    for character in plain(text):
        depth += (character in "([{") - (character in ")]}")
        if character == ";" or (character == "\n" and depth <= 0):
            found.append(current)
            current = ""
        else:
            current += character
    return [line for line in (*found, current) if line.strip()]


def _read(texts: list[str], letters: Iterable[str], indices: Iterable[str]) -> list[sp.Expr]:
    """Several texts of one formula: a name that is an index in one of them is one in all."""
    try:
        trees = [parse(prepare(_as_python(plain(t)))) for t in texts]
        found = frozenset(indices) | index_names(trees)
        return [Builder(found, frozenset(letters)).expression(tree) for tree in trees]
    except ReadError as error:
        raise error.with_context(read=" = ".join(map(str, texts))) from None


def _as_python(text: str) -> str:
    return text
