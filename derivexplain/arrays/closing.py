"""From what the laws leave to the form people use: stored names, constants out of sums, common factors.

Every rewriting is an equality that follows from the formula's own equations; a rewriting is kept only where
it makes the line shorter. `close` returns the lines with their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sympy as sp

from ..indices import free, kinds, letters_of, parts, remake, remembered, substitute, unnest
from ..symbols import D, Over, SumOver, length
from .axes import Layout
from .stored import Rule, apply

Line = tuple[str, Any, tuple[Any, Any] | None]  # rewriting, the expression after it, what stood for what


# ---------------------------------------------------------------- tidy sums and products


def axis_of(k: sp.Symbol, body: Any, layout: Layout) -> sp.Symbol:
    """The axis that a letter counts, told by an entry that has it."""
    for atom in walk_entries(body):
        name, indices = parts(atom)
        if k not in indices:
            continue
        name = name[1:] if name not in layout.axes and name[1:] in layout.axes else name
        axes = layout.axes.get(name) or layout.axes.get(_output_of(name, layout), ())
        for axis, i in zip(axes, indices):
            if i == k:
                return axis
    return next((axis for axis, row in layout.others.items() if k in row), layout.letters.get(k, k))


def walk_entries(expr: Any) -> Iterator[Any]:
    """All entries, those by which a derivative is taken too."""
    if isinstance(expr, sp.Indexed):
        yield expr
    for a in expr.variables if isinstance(expr, D) else expr.args:
        yield from walk_entries(a)


def _output_of(name: str, layout: Layout) -> str:
    return next((o for o in layout.outputs if layout.upstream(o) == name), name)


@remembered
def tidy(expr: Any, layout: Layout) -> Any:
    """Factors that a sum does not move stand before it; a sum of equal terms is their number times one."""
    if isinstance(expr, D | sp.Indexed) or not expr.args:
        return expr
    if isinstance(expr, SumOver):
        axis = axis_of(expr.index, expr.body, layout)
        body = tidy(expr.body, layout)
        if body == 0:
            return body
        if expr.index not in free(body):
            return length(axis) * body
        outside = [f for f in sp.Mul.make_args(body) if expr.index not in free(f)]
        inside = [f for f in sp.Mul.make_args(body) if expr.index in free(f)]
        if len(inside) == 1 and isinstance(inside[0], sp.Add):
            return sp.Mul(*outside, SumOver(inside[0], expr.index))
        return sp.Mul(*outside, SumOver(sp.Mul(*inside), expr.index)) if outside else SumOver(body, expr.index)
    args = [tidy(a, layout) if isinstance(a, sp.Expr) and not a.is_Symbol else a for a in expr.args]
    if isinstance(expr, sp.Piecewise):
        return expr
    new = remake(expr, args) if any(a is not b for a, b in zip(args, expr.args, strict=True)) else expr
    return at_labels(new) if isinstance(new, sp.Mul) and sp.KroneckerDelta in kinds(new) else new


def at_labels(expr: sp.Mul) -> Any:
    """Beside a delta of k and label[n] everything at label[n] is at k."""
    for factor in expr.args:
        if isinstance(factor, sp.KroneckerDelta):
            a, b = sorted(factor.args, key=lambda i: isinstance(i, sp.Indexed))
            if isinstance(b, sp.Indexed) and a.is_Symbol:
                return factor * sp.Mul(*[f.xreplace({b: a}) for f in expr.args if f is not factor])
    return expr


@remembered
def split(expr: Any) -> Any:
    """A sum of several terms as several sums."""
    if isinstance(expr, D | sp.Indexed) or not expr.args:
        return expr
    if isinstance(expr, SumOver):
        body = split(expr.body)
        if isinstance(body, sp.Mul):
            body = multiplied_out(body)
        if isinstance(body, sp.Add):
            return sp.Add(*[SumOver(t, expr.index) for t in body.args])
        return SumOver(body, expr.index)
    if isinstance(expr, sp.Piecewise):
        return expr
    return remake(expr, [split(a) if isinstance(a, sp.Expr) else a for a in expr.args])


@remembered
def collect(expr: Any) -> Any:
    """What all terms share, taken out in front."""
    if isinstance(expr, sp.Mul):
        return expr.func(*[collect(a) for a in expr.args])
    if not isinstance(expr, sp.Add):
        return expr
    numbers, terms = zip(*(t.as_coeff_Mul() for t in expr.args), strict=True)
    powers = [t.as_powers_dict() for t in terms]
    shared: dict[Any, Any] = {}
    for base in powers[0]:
        exponents = [p.get(base, sp.Integer(0)) for p in powers]
        if all(e.is_number and e > 0 for e in exponents):
            shared[base] = min(exponents)
        elif all(e.is_number and e < 0 for e in exponents):
            shared[base] = max(exponents)
    shared.pop(sp.Integer(1), None)
    if not shared:
        return expr
    number = abs(numbers[0]) if len({abs(n) for n in numbers}) == 1 else sp.Integer(1)
    if all(n < 0 for n in numbers):
        number = -number
    rest = [
        sp.Mul(n / number, *[base ** (e - shared.get(base, 0)) for base, e in p.items()])
        for n, p in zip(numbers, powers, strict=True)
    ]
    return sp.Mul(number, *[base**e for base, e in shared.items()]) * sp.Add(*rest)


@remembered
def pretty(expr: Any, layout: Layout, taken: frozenset[Any]) -> Any:
    """Bound letters by their axis: its own letter where that is not taken, else the next one."""
    if isinstance(expr, Over):
        inner, body = expr.index, expr.body
        around = letters_of(body) - {inner}
        new = layout.spare(axis_of(inner, body, layout), {*taken, *around})
        body = substitute(body, {inner: new}) if new != inner else body
        return expr.func(pretty(body, layout, taken | {new}), new)
    if isinstance(expr, D | sp.Indexed) or not expr.args:
        return expr
    args = [pretty(a, layout, taken) if isinstance(a, sp.Basic) else a for a in expr.args]
    return remake(expr, args) if any(a is not b for a, b in zip(args, expr.args, strict=True)) else expr


# ---------------------------------------------------------------- shorter is better


@remembered
def cost(expr: Any, depth: int = 1) -> int:
    """How much there is to read and to compute: operations, dearer the more sums they stand under."""
    if isinstance(expr, D) or not expr.args:
        return 0
    if isinstance(expr, sp.Indexed):
        return 0
    if isinstance(expr, Over):
        return 2 * depth + cost(expr.body, 2 * depth)
    own = len(expr.args) - 1 if isinstance(expr, sp.Add | sp.Mul) else 1
    if isinstance(expr, sp.Mul) and expr.args[0] == -1:
        own -= 1
    return own * depth + sum(cost(a, depth) for a in expr.args)


@remembered
def into_fractions(expr: Any) -> Any:
    """Products multiplied into those brackets that hold fractions, which may cancel."""
    if isinstance(expr, sp.Mul):
        for bracket in expr.args:
            if isinstance(bracket, sp.Add) and any(map(is_fraction, bracket.args)):
                rest = sp.Mul(*[f for f in expr.args if f is not bracket])
                return sp.Add(*[into_fractions(rest * t) for t in bracket.args])
        return sp.Mul(*[into_fractions(f) for f in expr.args])
    if isinstance(expr, sp.Add):
        return sp.Add(*[into_fractions(t) for t in expr.args])
    if isinstance(expr, SumOver):  # nothing else would look there for what the terms have in common
        body = into_fractions(expr.body)
        return expr if body == expr.body else SumOver(collect(body), expr.index)
    return expr


def is_fraction(term: Any) -> bool:
    """Whether something stands in the denominator of a term."""
    return any(
        (f.is_Rational and not f.is_Integer)
        or (isinstance(f, sp.Pow | sp.exp) and f.as_base_exp()[1].could_extract_minus_sign())
        for f in sp.Mul.make_args(term)
    )


@remembered
def expanded(expr: Any, layout: Layout) -> Any:
    """The whole multiplied out, where terms may then meet; then what all of them share in front."""
    return collect(tidy(multiplied_out(expr), layout)) if has_inner_brackets(expr) else expr


@remembered
def has_inner_brackets(expr: Any) -> bool:
    """Whether a bracket stands among the terms of another, or one number before all terms: a(b + c) - ab, 2b + 2c."""
    if sp.Add not in kinds(expr):
        return False
    if isinstance(expr, sp.Add):
        numbers, terms = zip(*(t.as_coeff_Mul() for t in expr.args), strict=True)
        if len({abs(n) for n in numbers}) == 1 != abs(numbers[0]):
            return True
        if any(isinstance(f, sp.Add) for t in terms for f in sp.Mul.make_args(unnest(t)[1])):
            return True
    return any(map(has_inner_brackets, expr.args))


@remembered
def multiplied_out(expr: Any) -> Any:
    """Products of sums as sums of products, under sums too."""
    if isinstance(expr, D | sp.Indexed | sp.Piecewise) or not expr.args:
        return expr
    if isinstance(expr, sp.Mul):
        factors = [multiplied_out(f) for f in expr.args]
        bracket = next((f for f in factors if isinstance(f, sp.Add)), None)
        if bracket is None:
            return sp.Mul(*factors)
        factors.remove(bracket)
        return sp.Add(*[multiplied_out(sp.Mul(term, *factors)) for term in bracket.args])
    if isinstance(expr, sp.Add | Over):
        return remake(expr, [multiplied_out(a) for a in expr.args])
    return sp.expand_power_base(expr) if isinstance(expr, sp.Pow) else expr


def close(expr: Any, layout: Layout, table: Sequence[Rule]) -> list[Line]:
    """The lines from what the laws leave to the shortest form, one rewriting at a time."""
    lines: list[Line] = []

    def keep(law: str, new: Any, said: tuple[Any, Any] | None = None) -> None:
        nonlocal expr
        if new != expr:
            expr = new
            lines.append((law, new, said))

    keep("out-of-sum", tidy(expr, layout))
    improving = True
    while improving:
        improving = False
        for law, make, said in candidates(table, layout):
            new = make(expr)
            if new == expr:
                continue
            for better in (new, collect(new)):
                if cost(better) < cost(expr):
                    in_front = law == "multiply-out" and isinstance(better, sp.Mul)
                    keep("common-factor" if in_front else law, better, said)
                    improving = True
                    break
    return lines


def used(rule: Rule, expr: Any, layout: Layout) -> Any:
    """The expression after a rule; itself, where the rule has nothing to say."""
    if not rule.arrays <= free(expr) or type(rule.pattern) not in kinds(expr):
        return expr
    new = apply(rule, expr)
    return expr if new is expr else pretty(tidy(new, layout), layout, letters_of(new))


def candidates(
    table: Sequence[Rule], layout: Layout
) -> Iterator[tuple[str, Callable[[Any], Any], tuple[Any, Any] | None]]:
    """The rewritings to try, in this order."""
    over_sums = [r for r in table if isinstance(r.pattern, SumOver)]

    def by_sums(expr: Any) -> Any:
        fitting = [rule for rule in over_sums if rule.arrays <= free(expr)] if sp.Add in kinds(expr) else []
        new = tidy(split(expr), layout) if fitting else expr
        for rule in fitting:
            new = used(rule, new, layout)
        return new

    facts = [rule for rule in table if rule.law != "stored-name"]
    for rule in facts:
        yield rule.law, lambda e, rule=rule: used(rule, e, layout), rule.equation
    yield "split-sum", by_sums, None
    for rule in table[len(facts) :]:
        yield rule.law, lambda e, rule=rule: used(rule, e, layout), rule.equation
    yield "multiply-out", lambda e: tidy(into_fractions(e), layout), None
    yield "common-factor", collect, None
    yield "common-factor", lambda e: expanded(e, layout), None
