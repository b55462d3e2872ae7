"""What all texts are made of: names, lengths, numbers, and how tightly an operation binds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from ..arrays.axes import Layout
from ..indices import parts
from ..symbols import D, SumOver, length

SUM, PRODUCT, UNARY, POWER, ATOM = range(5)
Text = tuple[str, int]  # with how tightly its outermost operation binds

FUNCTIONS = {
    **{n: f"np.{n}" for n in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sign", "floor")},
    "Abs": "np.abs", "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan", "asinh": "np.arcsinh",
    "acosh": "np.arccosh", "atanh": "np.arctanh", "ceiling": "np.ceil", "Mod": "np.mod", "atan2": "np.arctan2",
    **{n: f"np.vectorize(math.{n})" for n in ("erf", "erfc", "gamma")}, "loggamma": "np.vectorize(math.lgamma)",
}  # fmt: skip


IN_OTHERS: dict[str, Any] = {  # functions that NumPy lacks, said in those it has
    "cot": lambda u: 1 / sp.tan(u), "sec": lambda u: 1 / sp.cos(u), "csc": lambda u: 1 / sp.sin(u),
    "coth": lambda u: 1 / sp.tanh(u), "sech": lambda u: 1 / sp.cosh(u), "csch": lambda u: 1 / sp.sinh(u),
    "acot": lambda u: sp.atan(1 / u), "asec": lambda u: sp.acos(1 / u), "acsc": lambda u: sp.asin(1 / u),
    "acoth": lambda u: sp.atanh(1 / u), "asech": lambda u: sp.acosh(1 / u), "acsch": lambda u: sp.asinh(1 / u),
    "frac": lambda u: u - sp.floor(u), "sinc": lambda u: sp.sin(u) / u,
}  # fmt: skip


class NoPlainForm(Exception):
    """No array expression says this; loops do, unless it is a function that NumPy lacks."""


@dataclass
class Names:
    """The names of the code, and which of them the text has used."""

    layout: Layout
    used: set[str] = field(default_factory=set)

    def name(self, letter: str) -> str:
        """A letter of the formula as a name of the code: g is dout, g_h is dh."""
        for output in self.layout.outputs:
            if letter == self.layout.upstream(output):
                letter = "dout" if len(self.layout.outputs) == 1 else f"d{output}"
        self.used.add(letter)
        return letter

    def shape(self, name: str) -> str:
        self.used.add(name)
        return f"np.shape({name})"

    def count(self, expr: sp.Symbol) -> str:
        """A letter that is no index: a length, or a name."""
        lengths = {length(i): i for i in self.layout.letters.values()}
        return self.length(lengths[expr]) if expr in lengths else self.name(expr.name)

    def length(self, axis: sp.Symbol) -> str:
        """The length of an axis, read off an array that the code has anyway where there is one."""
        having = [n for n, axes in self.layout.axes.items() if axis in axes]
        best = next((n for n in having if n in self.used), having[0] if having else None)
        if best is None:
            for fact in self.layout.formula.facts:
                if str(fact.lhs) == f"N_{axis}":
                    return self.count(fact.rhs)
            raise NoPlainForm
        self.used.add(best)
        at = self.layout.axes[best].index(axis)
        return f"len({best})" if at == 0 else f"{best}.shape[{at}]"

    def arguments(self, own: set[str]) -> list[str]:
        """dout first, then the values used but not computed here, in the order of the formula."""
        incoming = [self.name(self.layout.upstream(o)) for o in self.layout.outputs]
        named = list(dict.fromkeys([*self.layout.axes, *(c.name for c in self.layout.constants), *self.layout.names]))
        return [n for n in incoming if n in self.used] + [n for n in named if n in self.used and n not in own]


def subscripts_known(layout: Layout) -> set[sp.Symbol]:
    """Every letter that may count an axis."""
    return {*layout.letters, *(i for others in layout.others.values() for i in others)}


def number(expr: Any) -> Text:
    if expr.is_Integer:
        return str(expr), ATOM if expr >= 0 else UNARY
    if expr == sp.pi:
        return "np.pi", ATOM
    if expr.is_Rational:
        return f"{expr.p} / {expr.q}", PRODUCT
    return repr(float(expr)), ATOM if expr >= 0 else UNARY


def below(factor: Any) -> bool:
    return isinstance(factor, sp.Pow) and factor.exp.is_number and bool(factor.exp < 0)


def rank(term: Any) -> int:
    """Plain products before sums."""
    return int(term.has(SumOver))


def order(factor: Any) -> tuple[int, str]:
    """Numbers first, then upstream gradients, letters, functions, brackets, sums."""
    if factor.is_number:
        return 0, str(factor)
    if isinstance(factor, D) or (isinstance(factor, sp.Indexed | sp.Symbol) and parts(factor)[0].startswith("g_")):
        return 1, str(factor)
    if isinstance(factor, sp.Indexed | sp.Symbol):
        return (1 if parts(factor)[0] == "g" else 2), str(factor)
    if factor.has(SumOver):
        return 5, str(factor)
    return (4 if isinstance(factor, sp.Add) else 3), str(factor)
