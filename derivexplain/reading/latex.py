r"""LaTeX: the formulas people paste, translated into Python's syntax; what could mean two things is refused.

    \frac{1}{1 + e^{-x}}   ->  ((1)/((1)+(exp(-(x)))))

The translation is text again and goes through the one whitelist of `python`. e is Euler's number, ``y(1-y)``
a product, a subscript an index where something sums over indices and a part of the name elsewhere. An operator
(sum, max, d/dx) takes the rest of its product; a function without parentheses takes one factor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..errors import ReadError, shorten
from . import limits, vocabulary
from .characters import GREEK

TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\.\d+|[A-Za-z]|\S")
SKIPPED = re.compile(
    r"(?<!\\)\\(?:left|right|bigl|bigr|Bigl|Bigr|biggl|biggr|big|Big|bigg|displaystyle|textstyle|limits|nolimits"
    r"|quad|qquad|[,;:!> ])(?![A-Za-z])|~|\$+|\\[()\[\]]|\\(?:begin|end)\{(?:equation|align|aligned|gather)\*?\}"
)
NAMED = re.compile(r"\\(?:text|textrm|mathrm|operatorname\*?|mathop|begin|end|mathbf|boldsymbol)\s*\{[^{}]*\}"
                   r"|\\[A-Za-z]+|_\{[^{}]*\}|_\w")  # fmt: skip
WORDS = frozenset(["if", "for", "when", "where", "falls", "wenn", "and", "und"])
ELSE = frozenset(["otherwise", "else", "sonst"])
NAMES = {f"\\{name}": name for name in GREEK.values()} | {
    "\\lambda": "lamda", "\\Lambda": "Lamda", "\\varepsilon": "epsilon", "\\varphi": "phi", "\\vartheta": "theta",
    "\\varrho": "rho", "\\varsigma": "sigma", "\\ell": "l",
}  # fmt: skip
ACCENTS = {"\\hat": "hat", "\\widehat": "hat", "\\bar": "bar", "\\overline": "bar", "\\tilde": "tilde",
           "\\widetilde": "tilde"}  # fmt: skip
_PLAIN = ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "log", "ln", "exp")
FUNCTIONS = {f"\\{n}": n for n in _PLAIN} | {
    "\\arcsin": "asin", "\\arccos": "acos", "\\arctan": "atan", "\\arcsinh": "asinh",
}  # fmt: skip
GREEK_FUNCTIONS = {"\\sigma": "sigmoid", "\\Phi": "Phi", "\\phi": "phi", "\\varphi": "phi", "\\Gamma": "gamma",
                   "\\psi": "digamma", "\\zeta": "zeta"}  # fmt: skip
FONTS = frozenset(["\\mathbf", "\\boldsymbol", "\\bm", "\\mathit", "\\vec", "\\mathsf", "\\mathcal"])
SPELLED = frozenset(["\\mathrm", "\\operatorname", "\\operatorname*", "\\text", "\\textrm", "\\mathop"])
RELATIONS = {"<": "<", ">": ">", "=": "==", "\\lt": "<", "\\gt": ">", "\\le": "<=",
             "\\leq": "<=", "\\leqslant": "<=", "\\ge": ">=", "\\geq": ">=",
             "\\geqslant": ">=", "\\ne": "!=", "\\neq": "!="}  # fmt: skip
LOGIC = {"\\land": "and", "\\wedge": "and", "\\lor": "or", "\\vee": "or"}
TIMES = frozenset(["*", "\\cdot", "\\times", "\\odot", "\\ast"])
BARS = {"|": "|", "\\lvert": "\\rvert", "\\vert": "\\vert", "\\mid": "\\mid"}
CLOSING = {"(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace"}
DIFFERENTIAL = re.compile(
    r"\{ (d|\\partial)(?: \^ (?:\{ )?(\d)(?: \})?)?(?: (\\?[A-Za-z]+))? \} "
    r"\{ \1 \\?[A-Za-z]+(?: _ (?:\{[^{}]*\}|\w))?(?: \^ (?:\{ )?(\d)(?: \})?)? \}"
)
CLOSERS = frozenset(
    [")", "]", "}", "\\}", "\\rbrace", "\\rvert", "\\rfloor", "\\rceil", "&", "\\\\", ",", "\\end", ";"]
)
CONSTANTS = {"pi": "pi", "gamma_E": "EulerGamma"}
CALLED_BY_HABIT = frozenset("fhFL")


def is_latex(text: str) -> bool:
    return "\\" in text or "^{" in text or "_{" in text


def subscript_letters(text: str) -> set[str]:
    """The letters of the subscripts of a name to be defined: y_{ij} -> i, j."""
    return set(re.findall(r"[a-z]", text.partition("_")[2]))


def to_python(text: str, letters: Iterable[str] = (), indices: Iterable[str] = ()) -> str:
    """The formula in Python's syntax."""
    for symbol, name in GREEK.items():
        text = text.replace(symbol, f"\\{name} ".replace("lamda", "lambda").replace("Lamda", "Lambda"))
    text = SKIPPED.sub(" ", text)
    bound = set(re.findall(r"\\(?:sum|max|min|prod)(?:_\{?\s*([a-z])\b|_([a-z]))", text))
    several = re.findall(r"\\(?:sum|max|min)_\{([a-z\s,]+)[}=]", text)
    known = {a or b for a, b in bound} | {c for group in several for c in group if c.isalpha()} | set(indices)
    check_runs(text, frozenset(letters))
    reader = _Reader(TOKEN.findall(text), frozenset(letters), frozenset(known))
    return reader.whole()


def check_runs(text: str, letters: frozenset[str]) -> None:
    """Refuse letters in a row that look like a word: in LaTeX they would be a product."""
    for word in re.findall(r"[A-Za-z][A-Za-z\d]+", NAMED.sub(" ", text)):
        if (len(word) > 2 and not set(word) <= letters) or word in ("ln", "lg") or not word.isalpha():
            mend = "write functions as \\sin, names as \\mathrm{name}, products with spaces or \\cdot"
            raise ReadError(f"{shorten(word, 20)} could mean several things", mend=mend)


def has_indices(after: Sequence[str]) -> bool:
    """Whether the tokens after a name are a subscript that is more than a number."""
    return after[0] == "_" and not re.match(r"_ (\d+ |{ \d+ })", " ".join(after) + " ")


class _Reader:
    """Walks over the tokens; every method returns a piece of Python's syntax that stands for itself."""

    def __init__(self, tokens: list[str], letters: frozenset[str], indices: frozenset[str]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0
        self.letters, self.indices = letters, indices
        self.arrays = {t for t, *rest in zip(*(tokens[n:] + [""] * n for n in range(5))) if has_indices(rest)}
        self.called: set[str] = set()  # Greek letters that were read as functions
        self.plain: set[str] = set()  # and those that were read as letters

    # ------------------------------------------------------------ tokens

    def _peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self.at += 1
        return token

    def _skip(self, token: str) -> None:
        if self._take() != token:
            self.at -= 1
            found = self._peek()
            raise self._refuse(
                f"{token} is missing before {found}" if found else f"{token} is missing at the end", "add it"
            )

    def _refuse(self, wrong: str, mend: str) -> ReadError:
        return ReadError(wrong, mend=mend)

    # ------------------------------------------------------------ levels

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

    bars: tuple[str, ...] = ()  # the bars that are open

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

    def _group_text(self) -> str:
        r"""The letters in \text{...} or \mathrm{...}, as one word."""
        self._take()
        if self._peek() != "{":
            return self._take()
        self._take()
        word = ""
        while self._peek() not in ("}", ""):
            word += self._take().replace("\\_", "_")
        self._skip("}")
        return word

    def _is_word(self, word: str) -> bool:
        here = "".join(self.tokens[self.at : self.at + len(word) + 3])
        return here in (f"\\text{{{word}}}", f"\\mathrm{{{word}}}", f"\\textrm{{{word}}}")

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

    def _name(self) -> str:
        """A letter, with accents and subscripts; followed by brackets it is a factor, not a function."""
        token = self._take()
        if token in FONTS:
            if self._peek() == "{" and self._peek(1) == "1" and self._peek(2) == "}":
                return self._indicator()
            name = self._group_text_after(token)
        elif token in ACCENTS:
            inner = self._group_text_after(token)
            name = NAMES.get(inner, inner) + ACCENTS[token]
        else:
            name = NAMES.get(token, token)
        if token == "\\delta" and self._peek() == "_":
            return self._delta()
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
            if self.indices and not numbered:
                return self._entry(name)
            subscript = "_" + self._subscript_word()
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
        while self._peek() not in ("}", ""):
            token = self._peek()
            word += self._group_text() if token in SPELLED else NAMES.get(self._take(), token)
        self._skip("}")
        word = word.replace(",", "")
        if not word.isalnum():
            raise self._refuse(f"the subscript {shorten(word, 20)} is not understood", "write x_1 or x_{max}")
        return word

    def _entry(self, name: str) -> str:
        """``x_{ik}``, ``x_{i k}``, ``x_{n, c, u + i s}``: the entry x[i,k]."""
        if self._peek() != "{":
            place = self._atom()
            return f"N_{place}" if name == "N" and place in self.indices else f"{name}[{place}]"
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
