"""Derived gradients as NumPy text: matrix products and sums over axes where there are such, else plain loops.

`numpy_code(derivation, layout)` is the text of one function of the upstream gradient and of stored values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from ..arrays.axes import Layout
from ..arrays.closing import axis_of
from ..arrays.contraction import Letters, contraction
from ..indices import derivatives, letters_of, parts, subscripts, unnest
from ..story import Derivation, Gradient
from ..symbols import UPSTREAM, D, MaxOver, SumOver, length, real
from .loops import ATOM, FUNCTIONS, POWER, PRODUCT, SUM, UNARY, Loops, Text, number, subscripts_known


class NoPlainForm(Exception):
    """No array expression says this; loops do."""


def numpy_code(derivation: Derivation, layout: Layout, name: str = "") -> str:
    """One function: the gradients of the sweep in order, the wanted one returned."""
    coder = Coder(layout)
    if not derivation.gradients:
        return elementwise(derivation, coder, name)
    body = [line for g in needed(derivation.gradients) for line in coder.statement(g).splitlines()]
    wanted = derivation.gradients[-1].name
    arguments = coder.arguments({f"d{g.name}" for g in derivation.gradients})
    said = f"dL/d{wanted}, of the shape of {wanted}."
    return function_text(name or f"grad_{wanted}", arguments, said, [*body, f"return d{wanted}"])


def needed(gradients: Sequence[Gradient]) -> list[Gradient]:
    """Those that the last one is made of; others were only steps on the way."""
    names, found = {gradients[-1].name}, []
    for gradient in reversed(gradients):
        if gradient.name in names:
            found.append(gradient)
            names |= {parts(d.wrt)[0] for d in derivatives(gradient.form)}
    return found[::-1]


def elementwise(derivation: Derivation, coder: Coder, name: str) -> str:
    """The same for a formula without indices: upstream gradient times derivative."""
    wrt = parts(derivation.wrt)[0]
    form = derivation.result if derivation.output_form is None else derivation.output_form
    text = coder.text(
        sp.Mul(real(UPSTREAM), *sp.Mul.make_args(form), evaluate=False) if form != 1 else real(UPSTREAM), ()
    )[0]
    said = f"dL/d{wrt}: the upstream gradient times the derivative."
    if derivation.order > 1:
        text, said = coder.text(form, ())[0], f"The derivative of order {derivation.order} by {wrt}."
    return function_text(name or f"grad_{wrt}", coder.arguments(set()), said, [f"return {text}"])


def function_text(name: str, arguments: list[str], said: str, body: list[str]) -> str:
    """A function's text, with the imports it needs."""
    lines = [f"def {name}({', '.join(arguments)}):", f'    """{said}"""', *("    " + line for line in body)]
    imports = [f"import {m}" for m in ("math", "numpy as np") if any(m.split()[-1] + "." in line for line in lines)]
    return "\n".join([*imports, *["", ""] * bool(imports), *lines]) + "\n"


@dataclass
class Coder:
    """What is known while text is made: the layout, and which names the text has used."""

    layout: Layout
    used: set[str] = field(default_factory=set)
    sizes: set[sp.Symbol] = field(default_factory=set)

    # ------------------------------------------------------------ statements

    def statement(self, gradient: Gradient) -> str:
        out = parts(gradient.symbol.wrt)[1]
        name = f"d{gradient.name}"
        before = set(self.used)
        if any(parts(d.wrt)[0] == gradient.name for d in derivatives(gradient.form)):
            return Loops(self).statement(name, gradient.form, out)  # back through time
        try:
            if (scattered := self.scatter(gradient, out)) is not None:
                return scattered
            text = self.text(gradient.form, out)[0]
            if letters_of(gradient.form) != set(out):
                text = f"np.broadcast_to({text}, {self.shape(gradient.name)})"
            return f"{name} = {text}"
        except NoPlainForm:
            self.used = before
            return Loops(self).statement(name, gradient.form, out)

    def scatter(self, gradient: Gradient, out: Letters) -> str | None:
        """Rows of an array that were looked up: what comes back is added where it was taken from."""
        letters, body = unnest(gradient.form)
        deltas = [f for f in sp.Mul.make_args(body) if isinstance(f, sp.KroneckerDelta)]
        if len(deltas) != 1 or not letters or not out:
            return None
        labels = [a for a in deltas[0].args if isinstance(a, sp.Indexed)]
        if len(labels) != 1 or set(deltas[0].args) != {labels[0], out[0]} or set(labels[0].indices) != set(letters):
            return None
        value = self.text(body / deltas[0], (*labels[0].indices, *out[1:]))[0]
        name = f"d{gradient.name}"
        self.used.add(parts(labels[0])[0])
        return f"{name} = np.zeros({self.shape(gradient.name)})\nnp.add.at({name}, {parts(labels[0])[0]}, {value})"

    def shape(self, name: str) -> str:
        self.used.add(name)
        return f"np.shape({name})"

    def arguments(self, own: set[str]) -> list[str]:
        """dout first, then the values used but not computed here, in the order of the formula."""
        incoming = [self.name(self.layout.upstream(o)) for o in self.layout.outputs]
        named = list(dict.fromkeys([*self.layout.axes, *(c.name for c in self.layout.constants), *self.layout.names]))
        return [n for n in incoming if n in self.used] + [n for n in named if n in self.used and n not in own]

    def name(self, letter: str) -> str:
        """A letter of the formula as a name of the code: g is dout, g_h is dh."""
        for output in self.layout.outputs:
            if letter == self.layout.upstream(output):
                letter = "dout" if len(self.layout.outputs) == 1 else f"d{output}"
        self.used.add(letter)
        return letter

    def length(self, axis: sp.Symbol) -> str:
        """The length of an axis, read off an array that the code has anyway where there is one."""
        having = [n for n, axes in self.layout.axes.items() if axis in axes]
        best = next((n for n in having if n in self.used), having[0] if having else None)
        if best is None:
            for fact in self.layout.formula.facts:
                if str(fact.lhs) == f"N_{axis}":
                    return self.text(fact.rhs, ())[0]
            raise NoPlainForm
        self.used.add(best)
        at = self.layout.axes[best].index(axis)
        return f"len({best})" if at == 0 else f"{best}.shape[{at}]"

    # ------------------------------------------------------------ expressions

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
        raise NoPlainForm

    def symbol(self, expr: sp.Symbol, out: Letters) -> Text:
        lengths = {length(i): i for i in self.layout.letters.values()}
        if expr in lengths:
            return self.length(lengths[expr]), ATOM
        if expr in out:
            return self.placed(f"np.arange({self.length(self.layout.letters.get(expr, expr))})", (expr,), out)
        return self.name(expr.name), ATOM

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
            if isinstance(factor, SumOver) and (mean := self.mean(factor, factors, out)):
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

    def mean(self, factor: SumOver, factors: list[Any], out: Letters) -> str | None:
        """A sum divided by the number of its terms, the division taken out of `factors`; or None."""
        letters, body = unnest(factor)
        counts = [1 / length(axis_of(k, body, self.layout)) for k in letters]
        if not all(c in factors for c in counts) or len(set(counts)) != len(counts):
            return None
        if contraction(letters, body, out) is not None:
            return None
        for gone in (factor, *counts):
            factors.remove(gone)
        return self.reduced(letters, body, out, "mean")[0]

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

    # ------------------------------------------------------------ sums

    def sum_over(self, expr: SumOver, out: Letters) -> Text:
        letters, body = unnest(expr)
        product = contraction(letters, body, out)
        if product is not None:
            c = product
            left = self.inner(c.left, (*c.shared, *c.rows, c.over), ATOM)
            right = self.inner(c.right, (*c.shared, c.over, *c.columns), ATOM)
            text = f"{left} @ {right}"
            have = (*c.shared, *c.rows, *c.columns)
            if gaps(have, out):
                return self.placed(f"({text})", have, out)
            return text, PRODUCT
        factors = sp.Mul.make_args(body)
        if len(factors) > 1 and not any(letters_of(f) == letters_of(body) for f in factors):
            return self.einsum(letters, factors, out)
        return self.reduced(letters, body, out, "sum")

    def einsum(self, letters: list[sp.Symbol], factors: Iterable[Any], out: Letters) -> Text:
        """A product of arrays none of which has all axes, summed without ever being built."""
        groups: dict[frozenset[Any], Any] = {}
        for factor in sorted(factors, key=order):
            key = frozenset(letters_of(factor))
            groups[key] = groups.get(key, sp.Integer(1)) * factor
        operands, names = [], []
        for factor in groups.values():
            own = natural_order(factor)
            operands.append(self.text(factor, own)[0])
            names.append(own)
        have = tuple(i for i in out if any(i in own for own in names))
        signature = ",".join("".join(i.name for i in own) for own in names) + "->" + "".join(i.name for i in have)
        if any(len(i.name) > 1 for own in names for i in own):
            raise NoPlainForm
        text = f"np.einsum({signature!r}, {', '.join(operands)})".replace("'", '"')
        return self.placed(text, have, out) if gaps(have, out) else (text, ATOM)

    def reduced(self, letters: list[sp.Symbol], body: Any, out: Letters, kind: str) -> Text:
        """A body summed (averaged, searched) along axes; kept with length 1 where others follow them."""
        free = letters_of(body)
        left = [k for k in letters if k in free]
        if left != letters:
            raise NoPlainForm
        room: list[sp.Symbol] = []  # where every letter of the body stands
        for i in out:
            if i in free:
                room.append(i)
            else:
                same = [k for k in left if axis_of(k, body, self.layout) == self.layout.letters.get(i, i)]
                if same:
                    room.append(same[0])
                    left.remove(same[0])
        room = self.natural(body, [i for i in room if i in out], [*[i for i in room if i not in out], *left], room)
        axes = [room.index(k) for k in letters]
        first = min((n for n, i in enumerate(room) if i in out), default=len(room))
        keep = any(n > first for n in axes) and tuple(i for i in room if i not in letters) != out
        axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, sorted(axes)))})"
        arguments = f"axis={axis}, keepdims=True" if keep else f"axis={axis}"
        if len(axes) == len(room):
            arguments = ""
        text = f"{self.inner(body, tuple(room), ATOM)}.{kind}({arguments})"
        have = tuple(i for i in room if i in out)
        if not keep and have and gaps(have, out):
            return self.placed(text, have, out)
        if keep and gaps(tuple(i if i in out else o for i, o in zip(room, out)), out):
            raise NoPlainForm
        return text, ATOM

    def natural(self, body: Any, kept: list[Any], gone: list[Any], room: list[Any]) -> list[Any]:
        """The order of axes that needs no transposing, where the kept ones stay in order."""
        if len(room) == len(kept) + len(gone) and any(i not in kept for i in room):
            return room
        arrays = [parts(a)[1] for a in body.atoms(sp.Indexed)]
        best = max(arrays, key=lambda a: (len(set(a) & {*kept, *gone}), str(a)), default=())
        found = [i for i in best if i in kept or i in gone]
        rest = [k for k in gone if k not in found]
        if [i for i in found if i in kept] == kept:
            return rest + found
        return gone + kept

    def max_over(self, expr: MaxOver, out: Letters) -> Text:
        letters, body = [], expr
        while isinstance(body, MaxOver):
            letters.append(body.index)
            body = body.body
        return self.reduced(letters, body, out, "max")

    RULES: tuple[tuple[Any, Callable[..., Text]], ...] = (
        (sp.Add, add),
        (sp.Mul, mul),
        (sp.exp, exp),
        (sp.Pow, power),
        (SumOver, sum_over),
        (MaxOver, max_over),
        (sp.Piecewise, piecewise),
        (sp.core.relational.Relational, relation),
        (sp.Max | sp.Min, extreme),
        (sp.KroneckerDelta, delta),
    )


def natural_order(expr: Any) -> Letters:
    """The letters of an expression in the order of the entry that has most of them."""
    found = letters_of(expr)
    entries = [a.indices for a in sorted(expr.atoms(sp.Indexed), key=str)]
    best = max(entries, key=lambda e: len(found & set(e)), default=())
    first = tuple(dict.fromkeys(i for i in best if i in found))
    return (*first, *sorted(found - set(first), key=str))


def gaps(have: Letters, out: Letters) -> bool:
    """Whether an axis of `out` that is missing stands after one that is there."""
    present = [i in have for i in out]
    return True in present and not all(present[present.index(True) :])


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


def run(code: str, values: Mapping[str, Any]) -> Any:
    """The value of a generated function, its arguments taken by name from `values`."""
    import numpy as np

    space: dict[str, Any] = {"np": np}
    exec(compile(code, "<derived>", "exec"), space)  # our own text, made from a formula's tree
    function = next(v for k, v in space.items() if callable(v) and k != "__builtins__" and hasattr(v, "__code__"))
    return function(*(values[n] for n in function.__code__.co_varnames[: function.__code__.co_argcount]))


__all__ = ["numpy_code", "run", "subscripts"]
