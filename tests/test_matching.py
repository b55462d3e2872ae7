"""Matching: holes, sums and products as a whole, filling without multiplying numbers into sums."""

import sympy as sp

from derivexplain.law import HOLES, Law, c, d, n, u, v
from derivexplain.matching import apply, construct, fill, match, replace
from derivexplain.symbols import D, real

x, a = real("x"), real("a")
MOVING = frozenset({x})


def test_constants_go_to_c_and_the_rest_to_u():
    assert match(c * u, 3 * a * x * sp.sin(x), MOVING, {}) == {c: 3 * a, u: x * sp.sin(x)}
    assert match(c * u, x * sp.sin(x), MOVING, {}) is None


def test_denominators_are_taken_together():
    bound = match(u / v, sp.sin(x) / (x * (1 + x) ** 2), MOVING, {})
    assert bound == {u: sp.sin(x), v: x * (1 + x) ** 2}
    assert match(1 / u, 1 / (x * sp.sin(x)), MOVING, {}) == {u: x * sp.sin(x)}


def test_an_exponent_hole_takes_constants_only():
    assert match(u**n, x**a, MOVING, {}) == {u: x, n: a}
    assert match(u**n, x**x, MOVING, {}) is None


def test_a_hole_stands_for_one_thing():
    assert match(sp.sin(u) / sp.cos(u), sp.sin(x) / sp.cos(a), MOVING, {}) is None


def test_conditions_that_hold_anyway_are_not_stated():
    law = Law("logarithm", d(sp.log(u)), d(u) / u, when=(sp.Gt(u, 0),))
    assert apply(law, D(sp.log(x), x), MOVING).conditions == (x > 0,)
    assert apply(law, D(sp.log(1 + x**2), x), MOVING).conditions == ()
    assert apply(law, D(sp.log(-1 - x**2), x), MOVING) is None


def test_numbers_are_not_multiplied_into_sums():
    assert construct(sp.Mul, [sp.Integer(2), x + 1]) == sp.Mul(2, x + 1, evaluate=False)
    assert fill(2 * HOLES["u"], {u: x + 1}).is_Mul
    assert replace(2 * sp.sin(x), {sp.sin(x): 1 + x}).is_Mul
