"""The same gradient entry by entry, where no array expression says it: plain loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from ..arrays.closing import axis_of
from ..errors import InputError
from ..indices import parts, unnest
from ..story import Gradient
from ..symbols import D, MaxOver, SumOver
from .texts import FUNCTIONS, Names, number, subscripts_known


def entry_by_entry(names: Names, gradient: Gradient) -> list[str]:
    """One entry after the other."""
    name, out = f"d{gradient.name}", parts(gradient.symbol.wrt)[1]
    whole = names.shape(gradient.name)
    if not out:
        return [f"{name} = {text(names, gradient.form)}"]
    return [
        f"{name} = np.zeros({whole})",
        f"for {', '.join(i.name for i in out)}{',' * (len(out) == 1)} in np.ndindex({name}.shape):",
        f"    {name}[{', '.join(i.name for i in out)}] = {text(names, gradient.form)}",
    ]


def back_through_time(names: Names, block: Sequence[Gradient]) -> list[str]:
    """Gradients that need each other's later entries: the last step first, all of them at each step."""
    lines = [f"d{g.name} = np.zeros({names.shape(g.name)})" for g in block]
    time = parts(block[0].symbol.wrt)[1][0]
    lines.append(f"for {time} in reversed(range(len(d{block[0].name}))):")
    for gradient in block:
        name, (own, *rest) = f"d{gradient.name}", parts(gradient.symbol.wrt)[1]
        form = gradient.form.xreplace({own: time})
        if not rest:
            lines.append(f"    {name}[{time}] = {text(names, form)}")
            continue
        letters = ", ".join(i.name for i in rest)
        lines.append(f"    for {letters}{',' * (len(rest) == 1)} in np.ndindex({name}.shape[1:]):")
        lines.append(f"        {name}[{time}, {letters}] = {text(names, form)}")
    return lines


def place(names: Names, i: Any) -> str:
    """A subscript; its constants are arguments, its lengths are read off arrays."""
    if i.is_Add or i.is_Mul:
        return str(i.xreplace({s: sp.Symbol(text(names, s)) for s in i.free_symbols if s.is_Symbol}))
    return text(names, i)


def text(names: Names, expr: Any) -> str:
    """A number's text, every index a letter that a loop sets; entries outside an array count zero."""
    if isinstance(expr, D | sp.Indexed):
        name, indices = parts(expr.wrt if isinstance(expr, D) else expr)
        name = f"d{name}" if isinstance(expr, D) else names.name(name)
        if not indices:
            return name
        places = [place(names, i) for i in indices]
        entry = f"{name}[{', '.join(places)}]"
        odd = [(n, places[n]) for n, i in enumerate(indices) if i.is_Add or i.is_Mul]
        if not odd:
            return entry
        inside = " and ".join(f"0 <= {i} < {name}.shape[{n}]" for n, i in odd)
        return f"({entry} if {inside} else 0)"
    if isinstance(expr, sp.Symbol):
        if expr in subscripts_known(names.layout):
            return expr.name
        return names.count(expr)
    if expr.is_Number or expr.is_NumberSymbol:
        return number(expr)[0] if expr >= 0 and expr.is_Integer else f"({number(expr)[0]})"
    if isinstance(expr, SumOver):
        letters, body = unnest(expr)
        spans = " ".join(f"for {k} in range({names.length(axis_of(k, body, names.layout))})" for k in letters)
        return f"sum({text(names, body)} {spans})"
    if isinstance(expr, MaxOver):
        span = names.length(axis_of(expr.index, expr.body, names.layout))
        return f"max({text(names, expr.body)} for {expr.index} in range({span}))"
    if isinstance(expr, sp.KroneckerDelta):
        return f"({text(names, expr.args[0])} == {text(names, expr.args[1])})"
    if isinstance(expr, sp.Add):
        first, *terms = sorted(expr.args, key=lambda t: t.could_extract_minus_sign())
        rest = [f" - {text(names, -t)}" if t.could_extract_minus_sign() else f" + {text(names, t)}" for t in terms]
        return f"({text(names, first)}{''.join(rest)})"
    if isinstance(expr, sp.Mul):
        factors = expr.args[1:] if expr.args[0] == -1 else expr.args
        return ("-" if len(factors) < len(expr.args) else "") + f"({' * '.join(text(names, f) for f in factors)})"
    if isinstance(expr, sp.Pow) and expr.exp == -1:
        return f"(1 / {text(names, expr.base)})"
    if isinstance(expr, sp.Pow):
        return f"{text(names, expr.base)}**{text(names, expr.exp)}"
    if isinstance(expr, sp.exp):
        return f"np.exp({text(names, expr.args[0])})"
    if isinstance(expr, sp.Piecewise):
        said = text(names, expr.args[-1].expr)
        for value, condition in reversed(expr.args[:-1]):
            said = f"({text(names, value)} if {text(names, condition)} else {said})"
        return said
    if isinstance(expr, sp.core.relational.Relational):
        return f"{text(names, expr.lhs)} {expr.rel_op} {text(names, expr.rhs)}"
    if isinstance(expr, sp.Function) and expr.func.__name__ in FUNCTIONS:
        return f"{FUNCTIONS[expr.func.__name__]}({', '.join(text(names, a) for a in expr.args)})"
    raise InputError(f"no code can be made for {expr}", mend="read the gradient in index notation: .result")
