r"""LaTeX: the formulas people paste, translated into Python's syntax; what could mean two things is refused.

    \frac{1}{1 + e^{-x}}   ->  ((1)/((1)+(exp(-(x)))))

The translation is text again and goes through the one whitelist of `python`. e is Euler's number, ``y(1-y)``
a product, a subscript an index where something sums over indices and a part of the name elsewhere. An operator
(sum, max, d/dx) takes the rest of its product; a function without parentheses takes one factor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import shorten
from .characters import GREEK
from .latex_signs import BARS, CLOSERS, FRAME, LOGIC, RELATIONS, SKIPPED, TIMES, TOKEN, TWICE, check_runs
from .latex_values import Values


def to_python(text: str, letters: Iterable[str] = (), indices: Iterable[str] = ()) -> str:
    """The formula in Python's syntax."""
    for symbol, name in GREEK.items():
        text = text.replace(symbol, f"\\{name} ".replace("lamda", "lambda").replace("Lamda", "Lambda"))
    text = SKIPPED.sub(" ", FRAME.sub(" ", text))
    text = TWICE.sub(r"\\mathrm{\1_\2}", text)
    bound = set(re.findall(r"\\(?:sum|max|min|prod)(?:_\{?\s*([a-z])\b|_([a-z]))", text))
    several = re.findall(r"\\(?:sum|max|min)_\{([a-z\s,]+)[}=]", text)
    known = {a or b for a, b in bound} | {c for group in several for c in group if c.isalpha()} | set(indices)
    check_runs(text, frozenset(letters))
    reader = Reader(TOKEN.findall(text), frozenset(letters), frozenset(known))
    return reader.whole()


class Reader(Values):
    """From the loosest sign to the tightest: conditions, sums, products, powers."""

    def whole(self) -> str:
        result = self._condition()
        if self._peek():
            raise self._refuse(f"{self._peek()} is unexpected here", "check brackets and commas")
        twofold = self.called & self.plain
        if twofold:
            name = sorted(twofold)[0]
            raise self._refuse(f"{name} stands for a function and for a letter", "rename the letter")
        return result

    def _condition(self) -> str:
        result = self._relation()
        while word := self._connective():
            self._group_text() if self._peek() not in LOGIC else self._take()
            result += f" {word} {self._relation()}"  # Python's own precedence: and before or
        return result

    def _connective(self) -> str:
        """The "and" or "or" that stands here as a sign or as a word."""
        return LOGIC.get(self._peek()) or next((word for word in ("and", "or") if self._is_word(word)), "")

    def _relation(self) -> str:
        result = self._sum()
        while self._peek() in RELATIONS:
            result += f" {RELATIONS[self._take()]} {self._sum()}"
        return result

    def _sum(self) -> str:
        parts = []
        while self._peek() in ("+", "-"):
            parts.append(self._take())
        parts.append(self._product())
        while self._peek() in ("+", "-"):
            parts.append(self._take())
            parts.append(self._product())
        return "".join(parts)

    def _product(self) -> str:
        factors: list[str] = []
        sign = ""
        number_before = False
        while True:
            token = self._peek()
            if token in TIMES or token == "/":
                if not factors:
                    raise self._refuse(f"{token} has nothing before it", "check the signs")
                self._take()
                sign, number_before = ("/" if token == "/" else "*"), False
                while self._peek() == "-":
                    sign += self._take()
                continue
            if not self._begins_factor(token):
                break
            if factors and not sign and "/" in "".join(f[:1] for f in factors):
                raise self._refuse("what is divided by cannot be told", "write \\frac{...}{...}")
            is_number = token[0].isdigit() or token[0] == "."
            if number_before and is_number:
                raise self._refuse("two numbers stand side by side", "write \\cdot between them")
            factor = self._factor()
            factors.append((sign or ("*" if factors else "")) + factor)
            sign, number_before = "", is_number
        if sign or not factors:
            raise self._refuse(
                f"something is missing {'before ' + token if token else 'at the end'}", "check the signs"
            )
        return "".join(factors)

    def _begins_factor(self, token: str) -> bool:
        if not token or token in CLOSERS or token in RELATIONS or token in LOGIC or token in "+-^_'!":
            return False
        return not (token in BARS.values() and self.bars and token == self.bars[-1]) and not self._connective()

    def _factor(self) -> str:
        base = self._atom()
        if self._peek() in ("'", "!"):
            raise self._refuse(f"{self._peek()} after {shorten(base, 20)}", "write \\frac{d}{dx} for a derivative")
        if self._peek() == "^":
            self._take()
            exponent = self._exponent()
            if self._peek() == "^":
                raise self._refuse("a power of a power", "put braces around what is meant")
            return f"({base})**({exponent})" if base != "E" else f"exp({exponent})"
        return "exp(1)" if base == "E" else base

    def _exponent(self) -> str:
        """What stands raised: a group in braces, a digit or a letter."""
        token = self._peek()
        if token in ("\\top", "\\prime", "\\circ", "\\dagger", "*") or (token == "T" and "T" not in self.letters):
            raise self._refuse(f"^{token} is no power", "write entries such as W_{jk} for a transpose")
        if token == "{":
            if self._peek(1) in ("\\top", "\\prime", "\\circ") or (self._peek(1) == "T" and "T" not in self.letters):
                raise self._refuse("a transpose or a prime is no power", "write entries such as W_{jk}")
            return self._group()
        if len(token) > 1 and token[0].isdigit():
            raise self._refuse(f"^{token} raises only the first digit in LaTeX", f"write ^{{{token}}}")
        if token in ("+", "-"):
            raise self._refuse("a sign stands raised without braces", "write e^{-x}")
        return self._atom()
