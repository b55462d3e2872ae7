"""Spellings: the rule of preference, and that a new spelling never changes the value."""

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from derivexplain.api.derivation import SPELLING
from derivexplain.proof import equal
from derivexplain.spelling import cost, orient, tidy
from derivexplain.symbols import real

x, y, a = real("x"), real("y"), sp.Symbol("a", positive=True)


@pytest.mark.parametrize(
    "first, second",
    [
        (y * (1 - y), y - y**2),
        (y * (1 - y), sp.Mul(-1, y, y - 1, evaluate=False)),
        (1 - y**2, sp.Mul(1 - y, 1 + y, evaluate=False)),
        (1 / (x * (1 - x)), 1 / (x - x**2)),
        (1 - sp.exp(-y), (sp.exp(y) - 1) * sp.exp(-y)),
    ],
)
def test_the_preferred_spelling_costs_less(first, second):
    assert cost(first) < cost(second)


@pytest.mark.parametrize(
    "long, short",
    [
        (y**2 * (1 / y - 1), y * (1 - y)),
        (-y * (y - 1), y * (1 - y)),
        (2 * x * sp.exp(-(x**2)) - 2 * x * (x**2 + 1) * sp.exp(-(x**2)), -2 * x**3 * sp.exp(-(x**2))),
        ((1 + sp.Abs(x) - x * sp.sign(x)) / (1 + sp.Abs(x)) ** 2, (1 + sp.Abs(x)) ** -2),
        (
            1 / sp.sqrt(1 + a * x**2) - a * x**2 / (1 + a * x**2) ** sp.Rational(3, 2),
            (1 + a * x**2) ** sp.Rational(-3, 2),
        ),
        (sp.sin(x) ** 2 + sp.cos(x) ** 2 + x, 1 + x),
        (sp.cos(x) / sp.sin(x), sp.cot(x)),
        (x**2 / sp.Abs(x), sp.Abs(x)),
        (3 * x**3 / sp.Abs(x), 3 * x * sp.Abs(x)),
    ],
)
def test_tidy(long, short):
    assert tidy(long, SPELLING.result) == short


def test_what_is_short_or_opaque_stays():
    for expr in (x, 2 * x, x**2, sp.Integral(sp.exp(-(x**2)), (x, 0, y)), sp.Derivative(sp.Function("f")(x), x)):
        assert tidy(expr, SPELLING.result) == expr


def test_signs_are_turned_in_pairs():
    assert orient(y * (y - 1) * (2 * y - 1)) == y * (1 - y) * (1 - 2 * y)
    assert orient(y * (y - 1)) == y * (y - 1)
    assert orient(-sp.sign(y - x)) == sp.sign(x - y)


LEAVES = (x, y, sp.exp(x), sp.exp(-x), sp.Integer(2), sp.sqrt(1 + x**2), sp.tanh(x), sp.Abs(y), sp.sin(x), sp.cos(x))
leaf = st.sampled_from(LEAVES)
formulas = st.recursive(
    leaf,
    lambda e: st.one_of(
        st.builds(lambda p, q: p + q, e, e),
        st.builds(lambda p, q: p * q, e, e),
        st.builds(lambda p, q: p / (3 + q**2), e, e),
        st.builds(lambda p: p**2, e),
    ),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(formulas)
def test_a_new_spelling_has_the_same_value_and_costs_no_more(expr):
    new = tidy(expr, SPELLING.form)
    assert cost(new) <= cost(expr)
    assert equal(expr, new).ok, (expr, new)
