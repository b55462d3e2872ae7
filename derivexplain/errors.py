"""What the tool says when it cannot go on: one message, one exit code.

A message has three parts: what was read, what is wrong with it, how to mend it.
Deep code states the fact and the mend; the door (api, cli) adds what the user typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class DerivexplainError(Exception):
    """Base of every error of ours.

    Parameters: `wrong`, the fact in one sentence; `mend`, how to put it right; `read`, what was
    read (the user's own words, shortened); `where`, a place such as ``file.py:12:3``.
    """

    exit_code = 2
    code = "error"

    def __init__(self, wrong: str, *, mend: str = "", read: str = "", where: str = "") -> None:
        super().__init__(wrong)
        self.wrong, self.mend, self.read, self.where = wrong, mend, read, where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        read = f"{self.read}: " if self.read else ""
        mend = f"\n  {self.mend}" if self.mend else ""
        return f"{place}{read}{self.wrong}{mend}"

    def with_context(self, *, read: str = "", where: str = "") -> DerivexplainError:
        """Add what the door knows, where the deep code did not say it; returns itself."""
        self.read = self.read or shorten(read)
        self.where = self.where or where
        return self


class InputError(DerivexplainError):
    """What the user gave cannot be used (exit code 2)."""

    code = "bad-input"


class ShapeError(InputError):
    """Arrays have axes or sizes that the formula does not allow (exit code 2)."""

    code = "shapes"


class ReadError(InputError):
    """A text is not a formula that the reader accepts (exit code 2)."""

    code = "unreadable"


class InternalError(DerivexplainError):
    """The tool found itself in the wrong, e.g. a step that is false (exit code 3)."""

    exit_code = 3
    code = "internal"


def shorten(text: str, width: int = 60) -> str:
    """The text on one line, cut in the middle where it is longer than `width`."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in text).split())
    if len(line) <= width:
        return line
    half = (width - 3) // 2
    return f"{line[:half]}...{line[-half:]}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A mend that names the nearest known words, or lists them where there are few."""
    known = sorted(known)
    near = get_close_matches(word, known, n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    if len(known) <= 12:
        return "known: " + ", ".join(known)
    return ""
