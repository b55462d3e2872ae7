"""Array expressions: a formula's text that broadcasts against arrays with the axes asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from ..arrays.contraction import Letters
from ..indices import parts
from ..symbols import D, MaxOver, SumOver, length
from . import sums
from .texts import (
    ATOM,
    FUNCTIONS,
    IN_OTHERS,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Names,
    NoPlainForm,
    Text,
    below,
    number,
    order,
    rank,
    subscripts_known,
)


class Coder(Names):
    """Expressions as text, each with how tightly its outermost operation binds."""

    def inner(self, expr: Any, out: Letters, tighter: int) -> str:
        """The text of an operand, in brackets where it binds less tightly."""
        text, binds = self.text(expr, out)
        return text if binds >= tighter else f"({text})"

    def text(self, expr: Any, out: Letters) -> Text:
        """An expression that broadcasts against arrays with the axes `out`."""
        if isinstance(expr, D):
            name, indices = parts(expr.wrt)
            return self.array(f"d{name}", indices, out)
        if isinstance(expr, sp.Indexed):
            return self.indexed(expr, out)
        if isinstance(expr, sp.Symbol):
            return self.symbol(expr, out)
        if expr.is_Number or expr.is_NumberSymbol:
            return number(expr)
        for kind, rule in self.RULES:
            if isinstance(expr, kind):
                return rule(self, expr, out)
        if isinstance(expr, sp.Function) and expr.func.__name__ in FUNCTIONS:
            inside = ", ".join(self.text(a, out)[0] for a in expr.args)
            return f"{FUNCTIONS[expr.func.__name__]}({inside})", ATOM
        if expr.func.__name__ in IN_OTHERS:
            return self.text(IN_OTHERS[expr.func.__name__](*expr.args), out)
        raise NoPlainForm(expr.func.__name__)

    def symbol(self, expr: sp.Symbol, out: Letters) -> Text:
        if expr in out:
            return self.placed(f"np.arange({self.length(self.layout.letters.get(expr, expr))})", (expr,), out)
        return self.count(expr), ATOM

    def indexed(self, expr: sp.Indexed, out: Letters) -> Text:
        name, indices = parts(expr)
        looked_up = indices[0]
        if isinstance(looked_up, sp.Indexed) and all(i in out for i in (*looked_up.indices, *indices[1:])):
            label = self.name(parts(looked_up)[0])
            return self.placed(f"{self.name(name)}[{label}]", (*looked_up.indices, *indices[1:]), out)
        return self.array(self.name(name), indices, out)

    def array(self, name: str, indices: Letters, out: Letters) -> Text:
        if not indices:
            return name, ATOM
        plain, cuts = [], []
        for at, i in enumerate(indices):
            letter, first = self.shifted(i)
            axis = self.axes_of(name)[at] if self.axes_of(name) else None
            same = axis is None or self.layout.letters.get(letter, letter) in (axis, self.layout.letters.get(axis))
            if first is None and (same or self.counts(letter, axis)):
                cuts.append(":")
            else:
                start, stop = self.text(first or sp.Integer(0), ())[0], self.length(self.layout.letters[letter])
                cuts.append(f":{stop}" if first is None else f"{start} : {start} + {stop}")
            plain.append(letter)
        if len(set(plain)) != len(plain) or not set(plain) <= set(out):
            raise NoPlainForm
        if any(c != ":" for c in cuts):
            name += f"[{', '.join(cuts)}]"
        return self.placed(name, tuple(plain), out)

    def shifted(self, i: Any) -> tuple[Any, Any]:
        """A subscript as letter and first place: j, or N_i + j, which stays inside the array."""
        if i.is_Symbol:
            return i, None
        letters = [s for s in i.free_symbols if s in subscripts_known(self.layout)]
        lengths = {length(s) for s in self.layout.letters.values()}
        if len(letters) == 1 and i - letters[0] in lengths:
            return letters[0], i - letters[0]
        raise NoPlainForm

    def counts(self, letter: Any, axis: Any) -> bool:
        return any(letter in row for row in (self.layout.others.get(axis, []), [axis]))

    def axes_of(self, name: str) -> Letters:
        """The axes of an array of the code: dout has those of the output, dx those of x."""
        if name == "dout":
            return self.layout.axes[self.layout.outputs[0]]
        return self.layout.axes.get(name) or self.layout.axes.get(name[1:], ())

    def placed(self, name: str, indices: Letters, out: Letters) -> Text:
        """An array with its axes brought to the order of `out`, new axes put in where it has none."""
        order = [indices.index(i) for i in out if i in indices]
        if order != sorted(order):
            name += ".T" if order == [1, 0] else f".transpose({', '.join(map(str, order))})"
        present = [i in indices for i in out]
        first = present.index(True)
        if not all(present[first:]):
            name += "[" + ", ".join(":" if p else "None" for p in present[first:]) + "]"
        return name, ATOM

    def add(self, expr: sp.Add, out: Letters) -> Text:
        terms = sorted(expr.args, key=lambda t: (t.could_extract_minus_sign(), rank(t), str(t)))
        text = self.inner(terms[0], out, SUM)
        for term in terms[1:]:
            sign = "-" if term.could_extract_minus_sign() else "+"
            text += f" {sign} {self.inner(-term if sign == '-' else term, out, PRODUCT)}"
        return text, SUM

    def mul(self, expr: sp.Mul, out: Letters) -> Text:
        factors = list(expr.args)
        if factors[0].is_Number and factors[0] < 0:
            return f"-{self.inner(-expr, out, PRODUCT)}", UNARY if len(factors) == 2 and factors[0] == -1 else PRODUCT
        means = []
        for factor in list(factors):
            if isinstance(factor, SumOver) and (mean := sums.mean(self, factor, factors, out)):
                means.append(mean)
        above = [f for f in factors if not below(f)]
        under = [1 / f for f in factors if below(f)]
        above = [f for f in above if f != 1]
        for f in list(above):
            if f.is_Rational and not f.is_Integer:
                above.remove(f)
                above += [sp.Integer(f.p)] if f.p != 1 else []
                under.append(sp.Integer(f.q))
        top = [self.inner(f, out, POWER if n else PRODUCT) for n, f in enumerate(sorted(above, key=order))] + means
        text = " * ".join(top) or "1"
        if under:
            bottom = [self.inner(f, out, POWER) for f in sorted(under, key=order)]
            text += f" / {bottom[0]}" if len(bottom) == 1 else f" / ({' * '.join(bottom)})"
        return text, PRODUCT

    def power(self, expr: sp.Pow, out: Letters) -> Text:
        if expr.base == sp.E:
            return f"np.exp({self.text(expr.exp, out)[0]})", ATOM
        if expr.exp == sp.S.Half:
            return f"np.sqrt({self.text(expr.base, out)[0]})", ATOM
        if expr.exp.is_number and expr.exp < 0:
            return f"1 / {self.inner(1 / expr, out, POWER)}", PRODUCT
        return f"{self.inner(expr.base, out, ATOM)}**{self.inner(expr.exp, out, ATOM)}", POWER

    def exp(self, expr: sp.exp, out: Letters) -> Text:
        return f"np.exp({self.text(expr.args[0], out)[0]})", ATOM

    def piecewise(self, expr: sp.Piecewise, out: Letters) -> Text:
        text = self.text(expr.args[-1].expr, out)[0]
        for value, condition in reversed(expr.args[:-1]):
            text = f"np.where({self.text(condition, out)[0]}, {self.text(value, out)[0]}, {text})"
        return text, ATOM

    def relation(self, expr: Any, out: Letters) -> Text:
        return f"{self.inner(expr.lhs, out, SUM)} {expr.rel_op} {self.inner(expr.rhs, out, SUM)}", SUM - 1

    def extreme(self, expr: Any, out: Letters) -> Text:
        name = "np.maximum" if isinstance(expr, sp.Max) else "np.minimum"
        text = self.text(expr.args[0], out)[0]
        for a in expr.args[1:]:
            text = f"{name}({text}, {self.text(a, out)[0]})"
        return text, ATOM

    def delta(self, expr: sp.KroneckerDelta, out: Letters) -> Text:
        a, b = (self.inner(x, out, SUM) for x in sorted(expr.args, key=lambda x: x.is_Symbol))
        return f"({a} == {b})", ATOM

    RULES: tuple[tuple[Any, Callable[..., Text]], ...] = (
        (sp.Add, add),
        (sp.Mul, mul),
        (sp.exp, exp),
        (sp.Pow, power),
        (SumOver, sums.sum_over),
        (MaxOver, sums.max_over),
        (sp.Piecewise, piecewise),
        (sp.core.relational.Relational, relation),
        (sp.Max | sp.Min, extreme),
        (sp.KroneckerDelta, delta),
    )
