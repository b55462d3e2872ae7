"""How a formula is best spelt: the cost of a spelling, and the cheapest of several that mean the same.

The rule of preference: fewest operations, an expression that occurs twice counted once; then a product before a
sum (y(1 - y) before y - y^2), no leading minus (y(1 - y) before -y(y - 1)), the shorter one.
A formula is respelt as a rational function of its kernels: e^x, sqrt(x), tanh x ... each taken as a letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .matching import construct

MANY = 60  # operations beyond which no other spelling is looked for


def cost(expr: Any) -> tuple[float, int, int]:
    """The rule of preference as a key: smaller is better."""
    expr = sp.sympify(expr)
    nodes = set(sp.preorder_traversal(expr))
    operations = sum(_operations(e) for e in nodes) + (1 if _leading_minus(expr) else 0)
    return operations, 1 if expr.is_Add else 0, len(str(expr))


def _operations(e: sp.Basic) -> float:
    if e.is_Add:
        return len(e.args) - 1 + (1 if all(_leading_minus(a) for a in e.args) else 0)
    if e.is_Mul:
        return len([a for a in e.args if a != -1]) - 1
    if e.is_Pow:
        return 1 if e.exp in (2, -1, sp.Rational(1, 2)) else 1.5
    if e.is_Number:
        return 0.25 * (e.is_Rational and not e.is_Integer)
    return 2 if e.args and not isinstance(e, sp.Tuple) else 0


def _leading_minus(e: sp.Basic) -> bool:
    return bool(e.is_number and e.is_negative) or (e.is_Mul and e.args[0].is_number and bool(e.args[0].is_negative))


def best(*spellings: Any) -> Any:
    """The preferred one of several spellings."""
    return min(spellings, key=cost)


def tidy(expr: sp.Expr) -> sp.Expr:
    """The cheapest spelling found for the formula; itself where none is cheaper."""
    if cost(expr)[0] > MANY:
        return expr
    if isinstance(expr, sp.Piecewise):
        return sp.Piecewise(*[(tidy(e), cond) for e, cond in expr.args], evaluate=False)
    return best(expr, *spellings(expr))


def spellings(expr: sp.Expr) -> Iterator[sp.Expr]:
    """Other spellings of the same value: fractions reduced, factored, multiplied out, split."""
    rational = Kernels.of(expr)
    try:
        reduced = sp.cancel(rational.expr)
    except (sp.PolynomialError, NotImplementedError):
        return
    over = sp.fraction(reduced)
    for shape in {reduced, sp.factor(reduced), sp.expand(reduced), *termwise(*over)}:
        yield orient(rational.back(shape))


def termwise(top: sp.Expr, below: sp.Expr) -> Iterable[sp.Expr]:
    """A fraction term by term: (y - 1)/y as 1 - 1/y."""
    if below != 1 and top.is_Add:
        yield sp.Add(*[sp.cancel(t / below) for t in top.args])
        yield sp.factor(top) / sp.factor(below)


def orient(expr: sp.Expr) -> sp.Expr:
    """Signs as a teacher writes them: y(1 - y), not -y(y - 1)."""
    if expr.is_Add:
        return sp.Add(*[orient(a) for a in expr.args])
    if not expr.is_Mul:
        return expr
    number, rest = expr.as_coeff_Mul()
    factors = list(sp.Mul.make_args(rest))
    for i, f in enumerate(factors):
        base, n = f.as_base_exp()
        odd = n.is_Integer and n % 2 == 1
        if base.is_Add and odd and (number.is_negative or _more_minus(base)):
            flipped = sp.Add(*[-a for a in base.args])
            if number.is_negative or not flipped.args or not _more_minus(flipped):
                factors[i], number = flipped**n, -number
        elif base.is_Add and n.is_Integer and n % 2 == 0 and _wants_flip(base):
            factors[i] = sp.Add(*[-a for a in base.args]) ** n
    return construct(sp.Mul, [number, *factors])


def _wants_flip(base: sp.Expr) -> bool:
    """y - 1 is written 1 - y where only its even power counts."""
    return bool(base.args[0].is_Number and base.args[0].is_negative)


def _more_minus(base: sp.Expr) -> bool:
    return all(_leading_minus(a) for a in base.args)


@dataclass(frozen=True)
class Kernels:
    """An expression as a rational function of letters, each standing for a kernel: e^(-x) for t."""

    expr: sp.Expr
    letters: tuple[tuple[sp.Symbol, sp.Expr], ...]

    @classmethod
    def of(cls, expr: sp.Expr, *others: sp.Expr) -> Kernels:
        found = kernels(expr, *others)
        return cls(found.into(expr), found.letters)

    def back(self, expr: sp.Expr) -> sp.Expr:
        return put_back(expr, dict(self.letters))


def put_back(expr: sp.Expr, letters: dict[Any, sp.Expr]) -> sp.Expr:
    """Letters exchanged for kernels, numbers not multiplied into sums."""
    if expr in letters:
        return letters[expr]
    if not expr.args:
        return expr
    return construct(expr.func, [put_back(a, letters) for a in expr.args])


@dataclass(frozen=True)
class Alphabet:
    """The kernels of some expressions, and how each is written with letters."""

    letters: tuple[tuple[sp.Symbol, sp.Expr], ...]
    words: tuple[tuple[sp.Expr, sp.Expr], ...]

    def into(self, expr: sp.Expr) -> sp.Expr:
        return _into(expr, dict(self.words))


def _into(expr: sp.Expr, words: dict[sp.Expr, sp.Expr]) -> sp.Expr:
    if expr in words:
        return words[expr]
    if not expr.args:
        return expr
    return expr.func(*[_into(a, words) for a in expr.args])


def kernels(*expressions: sp.Expr) -> Alphabet:
    """All kernels: what is not built by +, *, / and whole powers. Powers of one exponential or root share one."""
    nodes: dict[sp.Expr, None] = {}

    def walk(e: sp.Expr) -> None:
        if e.is_Add or e.is_Mul:
            for a in e.args:
                walk(a)
        elif e.is_Pow and e.exp.is_Integer:
            walk(e.base)
        elif e.args:
            nodes[e] = None
            if e.is_Pow and e.exp.is_Rational:
                walk(e.base)

    for e in expressions:
        walk(e)
    letters: list[tuple[sp.Symbol, sp.Expr]] = []
    words: list[tuple[sp.Expr, sp.Expr]] = []

    def letter(kernel: sp.Expr) -> sp.Symbol:
        positive = isinstance(kernel, sp.exp) or kernel.is_positive
        t = sp.Dummy(f"t{len(letters)}", **({"positive": True} if positive else {"real": True}))
        letters.append((t, kernel))
        return t

    families: dict[Any, list[sp.Expr]] = {}
    for e in nodes:
        if isinstance(e, sp.exp):
            families.setdefault(("exp", e.args[0].as_coeff_Mul()[1]), []).append(e)
        elif e.is_Pow and e.exp.is_Rational:
            families.setdefault(("root", e.base), []).append(e)
        else:
            words.append((e, letter(e)))
    for (kind, base), members in families.items():
        powers = [m.args[0].as_coeff_Mul()[0] if kind == "exp" else m.exp for m in members]
        unit = sp.gcd_list(powers) if all(p.is_Rational for p in powers) else None
        if unit is None:
            words += [(m, letter(m)) for m in members]
            continue
        unit = abs(unit) * (-1 if kind == "exp" and all(p < 0 for p in powers) else 1)
        t = letter(sp.exp(unit * base) if kind == "exp" else base**unit)
        words += [(m, t ** int(p / unit)) for m, p in zip(members, powers, strict=True)]
    return Alphabet(tuple(letters), tuple(words))
