r"""Values in LaTeX: numbers, brackets, bars, functions, fractions, sums, open derivatives, cases."""

from __future__ import annotations

from ..errors import shorten
from . import limits, vocabulary
from .latex_names import Names
from .latex_signs import (
    BARS,
    CLOSING,
    DIFFERENTIAL,
    ELSE,
    FONTS,
    FUNCTIONS,
    GREEK_FUNCTIONS,
    NAMES,
    SPELLED,
    TIMES,
    WORDS,
)


class Values(Names):
    """Every method returns a value in Python's syntax that stands for itself; what is made of several comes after."""

    def _begins_factor(self, token: str) -> bool:
        raise NotImplementedError

    def _condition(self) -> str:
        raise NotImplementedError

    def _exponent(self) -> str:
        raise NotImplementedError

    def _factor(self) -> str:
        raise NotImplementedError

    def _product(self) -> str:
        raise NotImplementedError

    # ------------------------------------------------------------ groups

    def _group(self) -> str:
        """What stands in braces, or the one sign without them."""
        if self._peek() != "{":
            token = self._peek()
            if len(token) > 1 and token[0].isdigit():  # \frac12
                self.tokens[self.at : self.at + 1] = list(token)
            return self._atom()
        self._take()
        inside = self._condition()
        self._skip("}")
        return f"({inside})"

    def _bracket(self) -> str:
        opening = self._take()
        inside = self._condition()
        self._skip(CLOSING[opening])
        return f"({inside})"

    def _arguments(self) -> list[str]:
        """Arguments in brackets of any kind, or in braces around brackets."""
        if self._peek() == "{" and self._peek(1) in CLOSING:
            self._take()
            inside = self._arguments()
            self._skip("}")
            return inside
        opening = self._take()
        closing = "}" if opening == "{" else CLOSING[opening]
        found = [self._condition()]
        while self._peek() == ",":
            self._take()
            found.append(self._condition())
        self._skip(closing)
        return found

    # ------------------------------------------------------------ atoms

    def _atom(self) -> str:
        self.depth += 1
        if self.depth > limits.DEPTH:
            raise self._refuse(f"nested more than {limits.DEPTH} deep", "name parts of it, or shorten it")
        result = self._value()
        self.depth -= 1
        return result

    def _value(self) -> str:
        token = self._peek()
        if not token:
            raise self._refuse("something is missing at the end", "check braces and signs")
        if token[0].isdigit() or token[0] == ".":
            return self._take()
        if token in CLOSING:
            return self._bracket()
        if token == "{":
            return self._group()
        if token in BARS:
            return self._bar()
        if token in FUNCTIONS or token in ("\\max", "\\min"):
            self._take()
            return self._apply(FUNCTIONS.get(token, token[1:]))
        if token in SPELLED:
            return self._spelled()
        method = getattr(self, "_read_" + token[1:], None) if token[0] == "\\" and token[1:].isalpha() else None
        if method:
            self._take()
            return method()
        if token == "\\psi" and self.tokens[self.at + 1 : self.at + 4] == ["^", "{", "("]:
            return self._polygamma()
        if token in GREEK_FUNCTIONS and self._peek(1) == "(" and NAMES[token] not in self.letters:
            self.called.add(self._take())
            return self._apply(GREEK_FUNCTIONS[token])
        if token in FONTS and self.tokens[self.at + 1 : self.at + 4] == ["{", "1", "}"]:
            self._take()
            return self._indicator()
        if token == "\\delta" and self._peek(1) == "_":
            self._take()
            return self._delta()
        return self._name()

    def _polygamma(self) -> str:
        r"""``\psi^{(1)}(x)``: the raised order in its own brackets is a derivative's, no power."""
        self.at += 2
        order = self._group()
        return f"polygamma({order}, {', '.join(self._arguments())})"

    def _bar(self) -> str:
        opening = self._take()
        outer, self.bars = self.bars, (*self.bars, BARS[opening])
        inside = self._sum()
        self._skip(BARS[opening])
        self.bars = outer
        return f"Abs({inside})"

    def _read_lfloor(self, name: str = "floor", closing: str = "\\rfloor") -> str:
        inside = self._sum()
        self._skip(closing)
        return f"{name}({inside})"

    def _read_lceil(self) -> str:
        return self._read_lfloor("ceiling", "\\rceil")

    def _delta(self) -> str:
        self._take()
        if self._peek() == "{":
            held, self.indices = self.indices, self.indices or frozenset("i")
            places = self._entry("delta")
            self.indices = held
            if places.count(",") == 1:
                return f"delta({places[6:-1]})"
        raise self._refuse("a delta needs two indices", "write \\delta_{ij}")

    def _indicator(self) -> str:
        self.at += 3
        if self._peek() == "_":
            self._take()
            return f"where({self._group()}, 1, 0)"
        if self._peek() in CLOSING:
            return f"where({self._bracket()}, 1, 0)"
        raise self._refuse("an indicator needs its condition", "write \\mathbf{1}[x > 0]")

    _read_mathbb = _indicator

    def _spelled(self) -> str:
        word = self._group_text()
        if word in ("e", "d") or len(word) == 1:
            return "E" if word == "e" else self._subscripted(word)
        if word in vocabulary.KNOWN and word not in self.letters:
            if self._peek() in ("^", "(", "{", "_") or self._begins_factor(self._peek()):
                return self._apply(word)
        elif self._peek() == "(" and word not in self.letters:
            raise self._refuse(f"there is no function {shorten(word, 30)}", f"write {word} \\cdot (...)")
        if not word.replace("_", "").isalnum() or not word[0].isalpha():
            raise self._refuse(f"the name {shorten(word, 30)!r} is not understood", "use letters and digits")
        return self._subscripted(word)

    # ------------------------------------------------------------ functions and operators

    def _apply(self, name: str) -> str:
        power = base = ""
        while self._peek() in ("^", "_"):
            if self._take() == "^":
                power = self._exponent()
                if power.strip("()").startswith("-"):
                    raise self._refuse(
                        f"{name}^{{-1}} may be the inverse function or 1/{name}", f"write arc{name} or 1/{name}"
                    )
            elif name in ("max", "min"):
                return self._operator(name, power)
            elif name in ("log", "ln"):
                base = self._group()
            else:
                raise self._refuse(f"{name} has a subscript", "write a function such as \\log_2")
        if self._peek() in CLOSING or (self._peek() == "{"):
            arguments = self._arguments()
        elif name in ("max", "min"):
            raise self._refuse(f"{name} needs its arguments", f"write \\{name}(0, x)")
        else:
            arguments = [self._lone_argument(name)]
        call = f"{name}({', '.join(arguments + ([base] if base else []))})"
        return f"({call})**({power})" if power else call

    def _lone_argument(self, name: str) -> str:
        r"""``\sin x``, ``\sin 2x``, ``\log x^2``: one factor, with a number before it; more is refused."""
        number = ""
        if self._peek()[:1].isdigit():
            number = self._take()
            if not self._begins_factor(self._peek()) or self._peek() in FUNCTIONS:
                return number
        argument = self._factor()
        after = self._peek()
        if after == "/" or (self._begins_factor(after) and after not in FUNCTIONS and after not in TIMES):
            raise self._refuse(f"where the argument of {name} ends cannot be told", f"write \\{name}(...)")
        return f"{number}*{argument}" if number else argument

    def _operator(self, name: str, power: str = "") -> str:
        r"""``\sum_{k}`` and ``\max_k``: over the rest of the product."""
        held = self.indices
        if self._peek() == "{":
            self._take()
            bound = [self._take()]
            while self._peek() in (",",) or self._peek().isalpha():
                token = self._take()
                bound += [token] if token != "," else []
            if self._peek() == "=":
                self._take()
                if self._take() not in ("0", "1") or len(bound) != 1:
                    raise self._refuse("a sum must begin at the first entry", "write \\sum_{k}")
            self._skip("}")
        else:
            bound = [self._take()]
        if self._peek() == "^":
            self._take()
            upper = self._group()
            if upper.strip("()").isdigit():
                raise self._refuse("a sum runs over a whole axis here", "write \\sum_{k}, or write the terms out")
        if power or not all(len(b) == 1 and b.isalpha() for b in bound):
            raise self._refuse(f"the index of \\{name} is not understood", f"write \\{name}_{{k}}")
        self.indices = held | frozenset(bound)
        body = self._product()
        self.indices = held
        return f"{name}({', '.join(bound)}, {body})"

    def _read_sum(self) -> str:
        self._skip("_")
        return self._operator("sum")

    def _read_sqrt(self) -> str:
        if self._peek() == "[":
            self._take()
            degree = self._sum()
            self._skip("]")
            return f"root({self._group()}, {degree})"
        return f"sqrt({self._group()})"

    def _read_frac(self) -> str:
        start = self.at
        letter = self._differential()
        if letter:
            return letter
        self.at = start
        above = self._group()
        below = self._group()
        return f"({above}/{below})"

    _read_dfrac = _read_tfrac = _read_cfrac = _read_frac

    def _differential(self) -> str:
        r"""``\frac{d}{dx}``, ``\frac{\partial^2}{\partial x^2}``, ``\frac{\partial L}{\partial x}``, else ""."""
        if self._peek() != "{":
            return ""
        flat = " ".join(self.tokens[self.at : self.at + 60]).replace("\\mathrm { d }", "d")
        match = DIFFERENTIAL.match(flat)
        if not match:
            return ""
        _, order, above, again = match.groups()
        if (order or "1") != (again or "1"):
            raise self._refuse("the orders of the derivative differ", "write \\frac{d^2}{dx^2}")
        self._group_raw()
        below = self.at
        self._take()
        while self._peek() in ("d", "\\partial", "\\mathrm"):
            self._group_text() if self._peek() == "\\mathrm" else self._take()
        variable = self._name()
        self.at = below
        self._group_raw()
        if above:
            body = NAMES.get(above, above)
        else:
            bracketed = self._peek() in CLOSING
            start = self.at
            body = self._factor() if bracketed else self._product()
            if bracketed and self._begins_factor(self._peek()):
                self.at = start
                raise self._refuse("where the derivative ends cannot be told", "put all of it in parentheses")
        return f"D({body}, {variable}{', ' + order if order else ''})"

    def _group_raw(self) -> None:
        """Past a group in braces, whatever it holds."""
        depth = 0
        while self.at < len(self.tokens):
            token = self._take()
            depth += (token == "{") - (token == "}")
            if not depth:
                return

    def _read_begin(self) -> str:
        self.at -= 1
        if self._group_text() != "cases":
            raise self._refuse("of all environments only cases is read", "write \\begin{cases} ...")
        pairs = []
        while self._peek() != "\\end":
            body = self._sum()
            while self._peek() in (",", "&"):
                self._take()
            pairs.append(f"({body}, {self._case()})")
            if self._peek() == "\\\\":
                self._take()
            elif self._peek() != "\\end":
                raise self._refuse("a case does not end", "write \\\\ between cases and \\end{cases} at the end")
        self._group_text()
        return f"Piecewise({', '.join(pairs)})"

    def _case(self) -> str:
        while self._peek() in ("\\text", "\\mathrm", "\\textrm", ","):
            word = "," if self._peek() == "," else self._group_text()
            if word == ",":
                self._take()
            elif word in ELSE:
                return "True"
            elif word not in WORDS:
                raise self._refuse(f"the word {shorten(word, 20)} is not understood", "write if, or otherwise")
        return self._condition()
