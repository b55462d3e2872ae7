"""What is printed reads back as the same value: plain text and LaTeX, random expressions."""

import math

import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from derivexplain.reading import read
from derivexplain.symbols import real
from derivexplain.typeset import latex, text, tree

LETTERS = [real(n) for n in "xyz"]
NUMBERS = [sp.Integer(n) for n in (1, 2, 3, 7)] + [sp.Rational(1, 2), sp.Rational(3, 5)]
AT = {LETTERS[0]: 0.37, LETTERS[1]: 1.61, LETTERS[2]: 2.43}


def join(args):
    kind, a, b = args
    return {
        "+": lambda: sp.Add(a, b, evaluate=False),
        "-": lambda: sp.Add(a, sp.Mul(-1, b, evaluate=False), evaluate=False),
        "*": lambda: sp.Mul(a, b, evaluate=False),
        "*+": lambda: a * b,
        "/": lambda: sp.Mul(a, sp.Pow(b, -1, evaluate=False), evaluate=False),
        "^2": lambda: sp.Pow(a, 2, evaluate=False),
        "neg": lambda: -a,
        "exp": lambda: sp.exp(-a, evaluate=False),
        "log": lambda: sp.log(1 + sp.Abs(a)),
        "tanh": lambda: sp.tanh(a),
        "sqrt": lambda: sp.sqrt(1 + a**2),
        "max": lambda: sp.Max(0, a),
    }[kind]()


KINDS = ["+", "-", "*", "*+", "/", "^2", "neg", "exp", "log", "tanh", "sqrt", "max"]
EXPRESSIONS = st.recursive(
    st.sampled_from(LETTERS + NUMBERS),
    lambda inner: st.tuples(st.sampled_from(KINDS), inner, inner).map(join),
    max_leaves=8,
)


def value(expr):
    try:
        return complex(sp.N(expr.subs(AT)))
    except (TypeError, ZeroDivisionError, OverflowError):
        return complex("nan")


def same(a, b):
    return (math.isnan(a.real) and math.isnan(b.real)) or abs(a - b) <= 1e-9 * max(1, abs(a))


@settings(max_examples=600, deadline=None, derandomize=True)
@given(EXPRESSIONS)
def test_text_and_latex_read_back(expr):
    true = value(expr)
    if math.isnan(true.real) or abs(true) > 1e12:
        return
    node = tree(expr)
    for printed, tex in ((text(node), False), (text(node, ascii=True), False), (latex(node), True)):
        assert same(value(read(printed, latex=tex)), true), printed
