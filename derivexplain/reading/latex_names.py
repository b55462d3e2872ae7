"""Names in LaTeX: letters, subscripts, entries of arrays, spelled-out names."""

from __future__ import annotations

from ..errors import shorten
from .latex_signs import ACCENTS, CALLED_BY_HABIT, CONSTANTS, FONTS, GREEK_FUNCTIONS, NAMES, SPELLED, Tokens


class Names(Tokens):
    """Every method returns a name in Python's syntax; what stands in a subscript is read by those who come after."""

    def _sum(self) -> str:
        raise NotImplementedError

    def _atom(self) -> str:
        raise NotImplementedError

    def _name(self) -> str:
        """A letter, with accents and subscripts; followed by brackets it is a factor, not a function."""
        token = self._take()
        if token in FONTS:
            name = self._group_text_after(token)
        elif token in ACCENTS:
            inner = self._group_text_after(token)
            name = NAMES.get(inner, inner) + ACCENTS[token]
        else:
            name = NAMES.get(token, token)
        if token in GREEK_FUNCTIONS:
            self.plain.add(token)
        if not name.isascii() or not name.replace("_", "").isalnum() or not name[0].isalpha():
            raise self._refuse(f"{token} is not understood", "use letters, \\frac, \\sqrt, \\sum and named functions")
        return self._subscripted(name)

    def _group_text_after(self, token: str) -> str:
        self.at -= 1
        return self._group_text()

    def _subscripted(self, name: str) -> str:
        subscript = ""
        if self._peek() == "_":
            numbered = self.tokens[self.at - 1] not in self.arrays  # w_1 beside x_{ik}
            self._take()
            named = self._ends_in_comma()
            if self.indices and not numbered and not named:
                return self._entry(name)
            subscript = self._subscript_word()
            known = name + subscript in self.letters  # W_q for somebody's Wq
            subscript = subscript if known else "_" + subscript
            if named:  # W_{h{,}l j}: the entry l, j of W_h
                return self._entry(name + subscript, opened=True)
        full = name + subscript
        if full == "e" and "e" not in self.letters:
            return "E"
        if full in CONSTANTS:
            return CONSTANTS[full]
        if self._peek() == "(" and name not in self.letters:
            lonely = self._peek(1).isalpha() and self._peek(2) in (")", ",")
            if name in CALLED_BY_HABIT or lonely:
                raise self._refuse(
                    f"{full}({self._peek(1)}...) may be a function or a product", f"write {full} \\cdot (...)"
                )
        return full

    def _subscript_word(self) -> str:
        if self._peek() != "{":
            token = self._take()
            return NAMES.get(token, token)
        word = ""
        self._take()
        while self._peek() not in ("}", "") and not self._at_comma():
            token = self._peek()
            word += self._group_text() if token in SPELLED else NAMES.get(self._take(), token)
        for sign in "{,}" if self._at_comma() else "}":
            self._skip(sign)
        word = word.replace(",", "")
        if not word.isalnum():
            raise self._refuse(f"the subscript {shorten(word, 20)} is not understood", "write x_1 or x_{max}")
        return word

    def _at_comma(self, ahead: int = 0) -> bool:
        return [self._peek(ahead + n) for n in range(3)] == ["{", ",", "}"]

    def _ends_in_comma(self) -> bool:
        """Whether the subscript ahead begins with a part of the name: ``{h{,}l j}``."""
        start, self.at = self.at, self.at + 1
        end = self._closing() if self.tokens[start : start + 1] == ["{"] else self.at
        self.at = start
        return any(self._at_comma(k - start) for k in range(start + 1, end))

    def _entry(self, name: str, opened: bool = False) -> str:
        """``x_{ik}``, ``x_{i k}``, ``x_{n, c, u + i s}``: the entry x[i,k]; its brace may be open already."""
        if not opened and self._peek() != "{":
            place = self._atom()
            return f"N_{place}" if name == "N" and place in self.indices else f"{name}[{place}]"
        if not opened:
            self._take()
        places = []
        if any(t in (",", "+", "-") for t in self.tokens[self.at : self._closing()]):
            places = [self._sum()]
            while self._peek() == ",":
                self._take()
                places.append(self._sum())
        else:
            while self._peek() not in ("}", ""):
                places.append(self._atom())
        self._skip("}")
        if name == "N" and len(places) == 1:
            return f"N_{places[0]}"
        return f"{name}[{','.join(places)}]"

    def _closing(self) -> int:
        """Where the group in braces ends in which we are."""
        depth = 0
        for at in range(self.at, len(self.tokens)):
            depth += (self.tokens[at] == "{") - (self.tokens[at] == "}")
            if depth < 0:
                return at
        return len(self.tokens)
