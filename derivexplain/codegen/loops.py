"""The same gradient entry by entry: plain loops where no array expression says it, and what all texts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import sympy as sp

from ..arrays.axes import Layout
from ..arrays.closing import axis_of
from ..arrays.contraction import Letters
from ..errors import InputError
from ..indices import derivatives, parts, unnest
from ..symbols import D, MaxOver, SumOver

SUM, PRODUCT, UNARY, POWER, ATOM = range(5)
Text = tuple[str, int]  # with how tightly its outermost operation binds

FUNCTIONS = {
    **{n: f"np.{n}" for n in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sign", "floor")},
    "Abs": "np.abs", "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan", "asinh": "np.arcsinh",
    "acosh": "np.arccosh", "atanh": "np.arctanh", "ceiling": "np.ceil",
    **{n: f"np.vectorize(math.{n})" for n in ("erf", "erfc", "gamma")}, "loggamma": "np.vectorize(math.lgamma)",
}  # fmt: skip


class Names(Protocol):
    """What the loops ask of the coder: names, lengths and shapes as the code has them."""

    layout: Layout

    def name(self, letter: str) -> str: ...
    def symbol(self, expr: sp.Symbol, out: Letters) -> Text: ...
    def length(self, axis: sp.Symbol) -> str: ...
    def shape(self, name: str) -> str: ...


@dataclass
class Loops:
    """The same entry by entry: slow, and plain enough to be believed."""

    coder: Names

    def statement(self, name: str, expr: Any, out: Letters) -> str:
        whole = self.coder.shape(name[1:])
        if not out:
            return f"{name} = {self.text(expr)}"
        places = f"[{', '.join(i.name for i in out)}]"
        own = any(parts(d.wrt)[0] == name[1:] for d in derivatives(expr))
        run = f"reversed(list(np.ndindex({name}.shape)))" if own else f"np.ndindex({name}.shape)"
        head = f"{name} = np.zeros({whole})\nfor {', '.join(i.name for i in out)}{',' * (len(out) == 1)} in {run}:"
        return f"{head}\n    {name}{places} = {self.text(expr)}"

    def place(self, i: Any) -> str:
        """A subscript; its constants are arguments, its lengths are read off arrays."""
        if i.is_Add or i.is_Mul:
            return str(i.xreplace({s: sp.Symbol(self.text(s)) for s in i.free_symbols if s.is_Symbol}))
        return self.text(i)

    def text(self, expr: Any) -> str:
        """A number's text, every index a letter that a loop sets; entries outside an array count zero."""
        coder = self.coder
        if isinstance(expr, D | sp.Indexed):
            name, indices = parts(expr.wrt if isinstance(expr, D) else expr)
            name = f"d{name}" if isinstance(expr, D) else coder.name(name)
            if not indices:
                return name
            places = [self.place(i) for i in indices]
            entry = f"{name}[{', '.join(places)}]"
            odd = [(n, places[n]) for n, i in enumerate(indices) if i.is_Add or i.is_Mul]
            if not odd:
                return entry
            inside = " and ".join(f"0 <= {i} < {name}.shape[{n}]" for n, i in odd)
            return f"({entry} if {inside} else 0)"
        if isinstance(expr, sp.Symbol):
            if expr in subscripts_known(coder.layout):
                return expr.name
            return coder.symbol(expr, ())[0]
        if expr.is_Number or expr.is_NumberSymbol:
            return number(expr)[0] if expr >= 0 and expr.is_Integer else f"({number(expr)[0]})"
        if isinstance(expr, SumOver):
            letters, body = unnest(expr)
            spans = " ".join(f"for {k} in range({coder.length(axis_of(k, body, coder.layout))})" for k in letters)
            return f"sum({self.text(body)} {spans})"
        if isinstance(expr, MaxOver):
            span = coder.length(axis_of(expr.index, expr.body, coder.layout))
            return f"max({self.text(expr.body)} for {expr.index} in range({span}))"
        if isinstance(expr, sp.KroneckerDelta):
            return f"({self.text(expr.args[0])} == {self.text(expr.args[1])})"
        if isinstance(expr, sp.Add | sp.Mul):
            sign = " + " if isinstance(expr, sp.Add) else " * "
            return "(" + sign.join(self.text(a) for a in expr.args) + ")"
        if isinstance(expr, sp.Pow) and expr.exp == -1:
            return f"(1 / {self.text(expr.base)})"
        if isinstance(expr, sp.Pow):
            return f"{self.text(expr.base)}**{self.text(expr.exp)}"
        if isinstance(expr, sp.exp):
            return f"np.exp({self.text(expr.args[0])})"
        if isinstance(expr, sp.Piecewise):
            text = self.text(expr.args[-1].expr)
            for value, condition in reversed(expr.args[:-1]):
                text = f"({self.text(value)} if {self.text(condition)} else {text})"
            return text
        if isinstance(expr, sp.core.relational.Relational):
            return f"{self.text(expr.lhs)} {expr.rel_op} {self.text(expr.rhs)}"
        if isinstance(expr, sp.Function) and expr.func.__name__ in FUNCTIONS:
            return f"{FUNCTIONS[expr.func.__name__]}({', '.join(self.text(a) for a in expr.args)})"
        raise InputError(f"no code can be made for {expr}", mend="read the gradient in index notation: .result")


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
