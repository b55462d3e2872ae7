"""Rational functions of letters and of functions: what cancels is found without a common denominator."""

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from derivexplain.proof.rational import cancels
from derivexplain.reading import read

SAME = [
    ("exp(x)/(1 + exp(x))^2", "1/(1 + exp(x))*(1 - 1/(1 + exp(x)))"),
    ("exp(x)/(exp(x) + exp(z))*exp(z)/(exp(x) + exp(z))", "exp(x)/(exp(x) + exp(z))*(1 - exp(x)/(exp(x) + exp(z)))"),
    ("x/x^3 + tanh(z)^2 - 1", "1/x^2 - (1 - tanh(z))*(1 + tanh(z))"),
    ("a/(x + z) + a/(x + z + b)", "a*(2*x + 2*z + b)/((x + z)*(x + z + b))"),
    ("(sqrt(2)*x - sqrt(2))*sqrt(2)/(exp(z) + sqrt(2))", "2*(x - 1)/(exp(z) + sqrt(2))"),
    ("x*z*(1/(z + 1) - 1/z) + a/z/x", "x*z/(z + 1) - x + a/x/z"),
    ("(x + 1/(1 + z) - 1)/(x + 1/(1 + z))", "1 - 1/(x + 1/(1 + z))"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_what_is_one_is_found(a, b):
    a, b = read(a), read(b)
    assert cancels(a, b)
    assert not cancels(a, b + sp.Symbol("x", real=True) / 10**9)


def test_a_term_that_its_denominator_has_twice_is_nobodys_letter():
    x = sp.Symbol("x", real=True)
    assert not cancels(1 / (x + x**2) - x / (x + x**2), sp.S.Zero)
    assert not cancels(x / (x + x**2), sp.S.One / x)


@pytest.mark.parametrize("other", [sp.Max(sp.Symbol("x", real=True), 0), sp.Float(0.5), sp.I, sp.oo])
def test_what_is_no_rational_function_is_left_to_others(other):
    assert not cancels(other, sp.S.Zero) and not cancels(other * sp.Symbol("x", real=True), sp.S.Zero)


def test_a_root_is_nobodys_letter():
    divisor = sp.sqrt(2) + sp.Symbol("x", real=True)
    assert not cancels(1 / divisor + divisor**2, 1 / divisor + 2)


x, z = sp.symbols("x z", real=True)
LEAVES = st.sampled_from([x, z, sp.exp(x), sp.tanh(z), sp.S.One, sp.Integer(2), -sp.S.One, sp.sqrt(2)])
FORMULAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a: a**-1 if a != 0 else a, inner),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(FORMULAS, FORMULAS)
def test_nothing_else_is_said_to_be_one(a, b):
    """Where two formulas are not one, some numbers show it; products multiplied out are one, where they are seen."""
    point = {x: sp.Rational(1, 3), z: sp.Rational(5, 7)}
    for one, other in ((a, b), (a * b, sp.expand(a * b)), (a * (b + x), a * b), (a + b, sp.together(a + b))):
        if cancels(one, other):
            assert abs(sp.N((one - other).subs(point), 30)) < 1e-15


def test_many_denominators_stay_small():
    """Their common denominator would have three to the twelfth terms."""
    letters = sp.symbols("x:12", real=True)
    slope = sum((sp.exp(x) / (1 + sp.exp(x)) ** 2 for x in letters), sp.S.Zero)
    assert cancels(slope, sum(1 / (1 + sp.exp(x)) - 1 / (1 + sp.exp(x)) ** 2 for x in letters))
