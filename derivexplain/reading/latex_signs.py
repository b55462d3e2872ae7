"""LaTeX's signs: what each stands for, and the tokens of a formula as a stream."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import ReadError, shorten
from .characters import GREEK

TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\.\d+|[A-Za-z]|\S")
SKIPPED = re.compile(
    r"(?<!\\)\\(?:left|right|bigl|bigr|Bigl|Bigr|biggl|biggr|big|Big|bigg|displaystyle|textstyle|limits|nolimits"
    r"|quad|qquad|[,;:!> ])(?![A-Za-z])|~|\\[()]"
)
FRAME = re.compile(  # what displays a formula and says nothing about it
    r"\\(?:begin|end)\{(?:align(?:ed|at)?|equation|gather(?:ed)?|split|multline|displaymath)\*?\}(?:\[[tbc]\]|\{\d+\})?"
    r"|\\(?:label|tag)\*?\{[^{}]*\}|\\(?:nonumber|notag|displaystyle)\b|(?<!\\)\\[\[\]]|\$\$?"
)
TWICE = re.compile(  # {g_{u}}_{jk}: a name with a subscript, and indices
    r"\{([A-Za-z]+)_\{?(?:\\mathrm\s*\{)?(\w+)\}{0,2}\}(?=\s*_)"
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


def check_runs(text: str, letters: frozenset[str]) -> None:
    """Refuse letters in a row that look like a word: in LaTeX they would be a product."""
    for word in re.findall(r"[A-Za-z][A-Za-z\d]+", NAMED.sub(" ", text)):
        if (len(word) > 2 and not set(word) <= letters) or word in ("ln", "lg") or not word.isalpha():
            mend = "write functions as \\sin, names as \\mathrm{name}, products with spaces or \\cdot"
            raise ReadError(f"{shorten(word, 20)} could mean several things", mend=mend)


def has_indices(after: Sequence[str]) -> bool:
    """Whether the tokens after a name are a subscript that is more than a number."""
    return after[0] == "_" and not re.match(r"_ (\d+ |{ \d+ })", " ".join(after) + " ")


class Tokens:
    """The tokens of a formula, one after the other."""

    bars: tuple[str, ...] = ()  # the closing bars that are waited for

    def __init__(self, tokens: list[str], letters: frozenset[str], indices: frozenset[str]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0
        self.letters, self.indices = letters, indices
        self.arrays = {t for t, *rest in zip(*(tokens[n:] + [""] * n for n in range(5))) if has_indices(rest)}
        self.called: set[str] = set()  # Greek letters that were read as functions
        self.plain: set[str] = set()  # and those that were read as letters

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
