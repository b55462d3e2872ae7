"""Round trip: what is printed reads back as the same value. Random expressions as text, ASCII and LaTeX.

    python benchmarks/round_trip.py [COUNT [FIRST]]        10,000 expressions by default, beginning with number 0

Expressions are held apart (unevaluated products, fractions in fractions), have cases, functions, and in every third
of them indices, sums, maxima and deltas. Those that have no value at the point where they are compared do not count,
nor those with a power that the reader refuses.
"""

from __future__ import annotations

import random
import sys
import time

import numpy as np
import sympy as sp

from derivexplain.errors import DerivexplainError
from derivexplain.evaluation import evaluate
from derivexplain.reading import read
from derivexplain.reading.limits import EXPONENT
from derivexplain.symbols import MaxOver, SumOver, entry, index, length, real
from derivexplain.typeset import latex, text, tree

POINT = {"x": 0.37, "y": 1.61, "z": 2.43, "a": -0.82, "mu": 0.55, "xhat": 1.17, "w_1": 0.71, "price": 1.3, "pi": 9.9}
I, J, K = map(index, "ijk")
ARRAYS = {
    name: np.random.default_rng(n).uniform(0.2, 1.8, shape)
    for n, (name, shape) in enumerate({"X": (2, 3), "W": (3, 2), "b": (3,), "t": (2,)}.items())
}
PLACES = {"X": (I, K), "W": (K, J), "b": (K,), "t": (I,)}
SIZES = {"i": 2, "j": 2, "k": 3}
NUMBERS = (
    *map(sp.Integer, (1, 2, 3, 10, -1, -4)),
    *map(sp.Rational, ("1/2", "3/5", "-2/3", "0.1", "2.25")),
    sp.pi,
    sp.E,
)
OF_NUMBERS = (sp.sin, sp.cos, sp.tanh, sp.exp, sp.log, sp.sqrt, sp.atan)  # others the reader does not work out
FUNCTIONS = (
    *OF_NUMBERS, sp.tan, sp.sinh, sp.cosh, sp.sech, sp.asin, sp.asinh, sp.atanh, sp.erf, sp.sign, sp.Abs, sp.floor,
    sp.ceiling, sp.gamma, sp.loggamma, sp.digamma, lambda u: sp.polygamma(1, u),
)  # fmt: skip
POWERS = (2, 3, -1, -2, sp.Rational(1, 2), sp.Rational(-3, 2))
UNREAL = (sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I, sp.re, sp.im)
RELATIONS = (sp.Gt, sp.Lt, sp.Ge, sp.Le)


def grown(rng: random.Random, depth: int, arrays: bool) -> sp.Expr:
    """An expression at most so deep."""
    if depth == 0 or rng.random() < 0.08:
        return leaf(rng, arrays)
    a, b = (grown(rng, depth - 1, arrays) for _ in range(2))
    functions = FUNCTIONS if a.free_symbols else OF_NUMBERS
    over = sp.Mul(a, sp.Pow(b, -1, evaluate=False), evaluate=False)
    forms = (
        lambda: sp.Add(a, b, evaluate=False),
        lambda: sp.Add(a, sp.Mul(-1, b, evaluate=False), evaluate=False),
        lambda: a + b,
        lambda: a - b,
        lambda: -a,
        lambda: sp.Mul(a, b, evaluate=False),
        lambda: sp.Mul(a, b, leaf(rng, arrays), evaluate=False),
        lambda: a * b,
        lambda: over,
        lambda: sp.Mul(*over.args, sp.Pow(leaf(rng, arrays), -2, evaluate=False), evaluate=False),
        lambda: a / b,
        lambda: sp.Pow(abs(a) if a.is_number else a, rng.choice(POWERS), evaluate=rng.random() < 0.5),
        lambda: sp.Pow(sp.Abs(a) + 1, b, evaluate=False),
        lambda: sp.exp(-a, evaluate=rng.random() < 0.5),
        lambda: rng.choice(functions)(a),
        lambda: rng.choice(functions)(a) ** 2,
        lambda: sp.Max(a, b) if rng.random() < 0.5 else sp.Min(a, b, 0),
        lambda: cases(rng, a, b, arrays),
    )  # fmt: skip
    reductions = (
        lambda: SumOver(a, K),
        lambda: SumOver(SumOver(a, K), J),
        lambda: MaxOver(a, K),
        lambda: a / length(I),
    )
    return rng.choice(forms + reductions * 2 if arrays else forms)()


def leaf(rng: random.Random, arrays: bool) -> sp.Expr:
    if arrays and rng.random() < 0.6:
        name = rng.choice(sorted(ARRAYS))
        return sp.KroneckerDelta(I, J) if rng.random() < 0.1 else entry(name, *PLACES[name])
    return rng.choice(NUMBERS) if rng.random() < 0.35 else real(rng.choice(sorted(set(POINT) - {"pi"})))


def cases(rng: random.Random, a: sp.Expr, b: sp.Expr, arrays: bool) -> sp.Expr:
    """Two values by a condition, sometimes three, sometimes by a chain such as 0 < x < 1."""
    x = real("x") if not arrays else entry("b", K)
    first = rng.choice(RELATIONS)(x, rng.choice(NUMBERS))
    if rng.random() < 0.3:
        first = rng.choice((sp.And, sp.Or))(x > -1, rng.choice(RELATIONS)(x, rng.choice((1, real("z")))))
    middle = [(leaf(rng, arrays), x > sp.Rational(1, 3))] if rng.random() < 0.3 else []
    return sp.Piecewise((a, first), *middle, (b, True))


def value(expr: sp.Expr) -> np.ndarray:
    return evaluate(expr, {**POINT, **ARRAYS}, SIZES, (I, J, K))


def expressions(first: int, count: int):
    """So many expressions, from this number on, each with its number and its value."""
    number, found = first, 0
    while found < count:
        if made := valued(number):
            found += 1
            yield number, *made
        number += 1


def valued(number: int) -> tuple[sp.Expr, np.ndarray] | None:
    """The expression of this number with its value; None where a part of it is no real number, or a large one."""
    rng = random.Random(number)
    try:
        expr = grown(rng, rng.randint(1, 4), arrays=number % 3 == 0)
        powers = expr.atoms(sp.Pow)
        refused = any(p.base.doit().is_zero or p.exp.is_Rational and abs(p.exp) > EXPONENT for p in powers)
        if refused or not expr.free_symbols or expr.doit().has(*UNREAL):
            return None
        true = value(expr)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError, DerivexplainError):
        return None
    fine = np.isrealobj(true) and np.all(np.isfinite(true)) and np.max(np.abs(true)) < 1e9
    return (expr, true) if fine else None


def faults(expr: sp.Expr, true: np.ndarray, number: int) -> list[str]:
    """What was printed and does not read back as the same value."""
    node, wrong, indices = tree(expr), [], "" if number % 3 else "ijk"
    for printed, tex in ((text(node), False), (text(node, ascii=True), False), (latex(node), True)):
        try:
            again = value(read(printed, latex=tex, indices=indices))
            if not np.allclose(again, true, rtol=1e-7, atol=1e-9):
                wrong.append(f"{printed}\n    another value: {np.ravel(again)[:3]} is not {np.ravel(true)[:3]}")
        except DerivexplainError as error:
            wrong.append(f"{printed}\n    {error}")
    return wrong


if __name__ == "__main__":
    count, first = (int(a) for a in (*sys.argv[1:], *("10000", "0")[len(sys.argv) - 1 :]))
    begin, bad, number = time.perf_counter(), 0, first
    for number, expr, true in expressions(first, count):
        for fault in (found := faults(expr, true, number)):
            print(f"{number}: {fault}")
        bad += bool(found)
    print(f"{count} expressions ({first} to {number}) in {time.perf_counter() - begin:.0f} s: {bad} do not read back")
    sys.exit(bool(bad))
