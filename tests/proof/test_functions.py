"""Every row of the ball functions against mpmath, and every slope against a central difference of balls."""

import mpmath as mp
import pytest
import sympy as sp
from flint import arb

from derivexplain.proof import functions
from derivexplain.proof.balls import Balls
from derivexplain.proof.numbers import Unclear, Undefined, ball, exact, precision
from derivexplain.symbols import D, real

POINTS = {1: ("1/3", "5/2", "-7/10"), 2: ("1/2", "5/7"), 3: ("3/7", "1/2", "2/5"), 4: ("3/2", "5/3", "1/9", "3/4")}
ARITY = {
    **dict.fromkeys((sp.polygamma,), ("1", "4/3")),
    **dict.fromkeys((sp.betainc, sp.betainc_regularized), POINTS[4]),
    sp.assoc_laguerre: ("2", "1/2", "5/7"),
    sp.gegenbauer: ("2", "1/2", "5/7"),
    sp.jacobi: ("2", "1/2", "1/3", "5/7"),
    sp.polylog: ("2", "1/3"),
    sp.zeta: ("3",),
    sp.LambertW: ("5/7",),
    **dict.fromkeys((sp.legendre, sp.chebyshevt, sp.chebyshevu, sp.hermite, sp.laguerre), ("3", "5/7")),
    sp.erf2inv: ("1/5", "1/7"),
    **dict.fromkeys((sp.acosh, sp.asec, sp.acsc, sp.acoth), ("5/2",)),
}
TWO = (sp.atan2, sp.erf2, sp.binomial, sp.RisingFactorial, sp.FallingFactorial, sp.beta, sp.lowergamma, sp.uppergamma)
TWO += (sp.expint, sp.besselj, sp.bessely, sp.besseli, sp.besselk, sp.jn, sp.yn, functions.elliptic.elliptic_f)


KEEN = (sp.betainc, sp.betainc_regularized)  # classes that always evaluate
SPHERICAL = lambda bessel: lambda n, z: mp.sqrt(mp.pi / (2 * z)) * bessel(n + mp.mpf(1) / 2, z)  # noqa: E731
MPMATH = {  # where SymPy does not evaluate without rewriting
    sp.erf2: lambda a, b: mp.erf(b) - mp.erf(a),
    sp.erfcinv: lambda a: mp.erfinv(1 - a),
    sp.erf2inv: lambda a, b: mp.erfinv(b + mp.erf(a)),
    sp.betainc_regularized: lambda a, b, lo, hi: mp.betainc(a, b, lo, hi, regularized=True),
    sp.jn: SPHERICAL(mp.besselj),
    sp.yn: SPHERICAL(mp.bessely),
    functions.elliptic.elliptic_f: mp.ellipf,
    functions.elliptic.elliptic_pi: mp.ellippi,
    sp.laguerre: lambda n, z: mp.laguerre(n, 0, z),
    sp.assoc_laguerre: mp.laguerre,
}


def arguments(function):
    if function in ARITY:
        return tuple(map(sp.Rational, ARITY[function]))
    if function is functions.elliptic.elliptic_pi:
        return tuple(map(sp.Rational, POINTS[2]))
    return tuple(map(sp.Rational, POINTS[2] if function in TWO else ("1/3",)))


@pytest.mark.parametrize("function", list(functions.ROWS), ids=lambda f: f.__name__)
def test_value_agrees_with_mpmath(function):
    args = arguments(function)
    with precision(120):
        value = ball(functions.apply(function, [exact(a) for a in args]))
    with mp.workdps(30):
        if function in MPMATH:
            expected = MPMATH[function](*(mp.mpf(int(a.p)) / int(a.q) for a in args))
        else:
            expected = mp.mpf(str(function(*args, evaluate=False).evalf(25)))
        assert abs(mp.mpf(value.mid().str(28, radius=False)) - expected) < mp.mpf(10) ** -22


@pytest.mark.parametrize("function", list(functions.ROWS), ids=lambda f: f.__name__)
def test_slope_agrees_with_a_difference_of_balls(function):
    x = real("x")
    args = arguments(function)
    e = function(*args[:-1], x) if function in KEEN else function(*args[:-1], x, evaluate=False)
    h = sp.Rational(1, 10**20)
    with precision(600):
        try:
            slope = ball(Balls({x: exact(args[-1])})(D(e, x)))
        except Unclear:
            pytest.skip("SymPy has no slope for it")
        right, left = (ball(Balls({x: exact(args[-1] + s * h)})(e)) for s in (1, -1))
        assert abs((right - left) / (2 * arb(exact(h))) - slope) < arb(10) ** -30


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        (lambda x: sp.log(x), -1),
        (lambda x: sp.sqrt(x), -1),
        (lambda x: sp.asin(x), 2),
        (lambda x: 1 / x, 0),
        (lambda x: sp.gamma(x), -2),
        (lambda x: x ** sp.Rational(1, 3), -8),
        (lambda x: sp.acosh(x), 0),
        (lambda x: sp.Piecewise((sp.log(x), x < 0)), 1),
    ],
)
def test_certainly_undefined(expression, at):
    x = real("x")
    with pytest.raises(Undefined):
        Balls({x: exact(at)})(expression(x))


def test_of_a_piecewise_only_the_chosen_branch_is_looked_at():
    x = real("x")
    assert Balls({x: exact(-1)})(sp.Piecewise((sp.log(x), x > 0), (7, True))) == 7


def test_an_arb_function_of_a_huge_argument_is_unclear_not_slow():
    x = real("x")
    with pytest.raises(Unclear):
        Balls({x: exact(10**15)})(sp.exp(x))


def test_incomplete_elliptic_integrals():
    x, half, third = real("x"), sp.Rational(1, 2), sp.Rational(1, 3)
    for e, expected in (
        (sp.elliptic_e(x, half), mp.ellipe(mp.mpf(1) / 3, 0.5)),
        (sp.elliptic_pi(half, x, third), mp.ellippi(0.5, mp.mpf(1) / 3, mp.mpf(1) / 3)),
    ):
        assert abs(float(Balls({x: exact(third)})(e).mid()) - float(expected)) < 1e-14
