"""Which SymPy function is which ball function: one row a function, all checked against mpmath by a test.

A row is a callable of exact numbers and balls. `SERIES` are the functions that flint also knows for
power series; every other one is differentiated by its own slope (`fdiff`) and integrated again.
`DOMAINS` says where a function is certainly not real.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from flint import acb, arb, fmpq
from sympy.functions.special import elliptic_integrals as elliptic

from .numbers import Number, Unclear, Undefined, ball, finite, is_zero, moderate

SPECIAL = 10_000  # special functions are not evaluated beyond this argument


def real_part(z: acb) -> arb:
    """The value of a complex function that should be real; what is not real is undefined."""
    if not z.is_finite():
        raise Unclear("precision")
    if not z.imag.contains(0):
        raise Undefined("not real")
    return z.real


def unary(name: str, bound: int = SPECIAL) -> Callable[[Number], arb]:
    method = getattr(arb, name)
    return lambda x: finite(method(ball(moderate(x, bound))))


def elementary(name: str) -> Callable[[Number], arb]:
    return unary(name, 1 << 40)


def through_acb(call: Callable[..., acb]) -> Callable[..., arb]:
    return lambda *args: real_part(call(*(acb(ball(moderate(a, SPECIAL))) for a in args)))


def small(value: Number) -> Number:
    return moderate(value, SPECIAL)


def log(x: Number) -> arb:
    return finite(ball(x).log())


def spherical(bessel: str) -> Callable[[Number, Number], arb]:
    return lambda n, z: getattr(ball(small(z)), bessel)(ball(small(n)) + arb(0.5)) * (arb.pi() / (2 * ball(z))).sqrt()


def orthogonal(name: str) -> Callable[..., arb]:
    """Families (n, parameters..., x): flint takes x first, and an integer degree as it is."""
    return lambda n, *rest: finite(getattr(ball(small(rest[-1])), name)(ball(small(n)), *map(ball, rest[:-1])))


def hypergeometric(a: list[Number], b: list[Number], z: Number) -> arb:
    z = acb(ball(moderate(z, 1000)))
    return real_part(z.hypgeom([acb(ball(small(p))) for p in a], [acb(ball(small(q))) for q in b]))


ROWS: dict[Any, Callable[..., Number]] = {
    sp.exp: elementary("exp"),
    sp.log: log,
    **{getattr(sp, n): elementary(n) for n in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{getattr(sp, n): elementary(n) for n in ("sinh", "cosh", "tanh", "coth", "sech", "csch")},
    **{getattr(sp, n): elementary(n) for n in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    sp.acot: lambda x: finite((1 / ball(x)).atan()) if not is_zero(x) else arb.pi() / 2,
    sp.asec: lambda x: finite((1 / ball(x)).acos()),
    sp.acsc: lambda x: finite((1 / ball(x)).asin()),
    sp.acoth: lambda x: finite((1 / ball(x)).atanh()),
    sp.asech: lambda x: finite((1 / ball(x)).acosh()),
    sp.acsch: lambda x: finite((1 / ball(x)).asinh()),
    sp.sinc: elementary("sinc"),
    sp.atan2: lambda y, x: finite(arb.atan2(ball(y), ball(x))),
    sp.erf: unary("erf", 1 << 20),
    sp.erfc: unary("erfc", 1 << 20),
    sp.erfi: unary("erfi", 1 << 20),
    sp.erf2: lambda x, y: ball(small(y)).erf() - ball(small(x)).erf(),
    sp.erfinv: unary("erfinv"),
    sp.erfcinv: unary("erfcinv"),
    sp.erf2inv: lambda x, y: finite((ball(y) + ball(small(x)).erf()).erfinv()),
    sp.gamma: unary("gamma"),
    sp.loggamma: unary("lgamma"),
    sp.digamma: unary("digamma"),
    sp.trigamma: through_acb(lambda x: x.polygamma(1)),
    sp.polygamma: through_acb(lambda n, x: x.digamma() if n == 0 else x.polygamma(n)),
    sp.harmonic: lambda n: finite((ball(small(n)) + 1).digamma() + arb.const_euler()),
    sp.factorial: lambda n: finite((ball(small(n)) + 1).gamma()),
    sp.binomial: lambda n, k: finite(
        (ball(small(n)) + 1).gamma() * (ball(small(k)) + 1).rgamma() * (ball(n) - ball(k) + 1).rgamma()
    ),
    sp.RisingFactorial: lambda x, n: finite(ball(small(x)).rising(ball(small(n)))),
    sp.FallingFactorial: lambda x, n: finite((ball(small(x)) + 1).gamma() * (ball(x) - ball(small(n)) + 1).rgamma()),
    sp.beta: lambda a, b: finite(ball(small(a)).gamma() * ball(small(b)).gamma() * (ball(a) + ball(b)).rgamma()),
    sp.lowergamma: through_acb(lambda s, x: x.gamma_lower(s)),
    sp.uppergamma: through_acb(lambda s, x: x.gamma_upper(s)),
    sp.betainc: through_acb(lambda a, b, lo, hi: hi.beta_lower(a, b) - lo.beta_lower(a, b)),
    sp.betainc_regularized: through_acb(lambda a, b, lo, hi: hi.beta_lower(a, b, 1) - lo.beta_lower(a, b, 1)),
    sp.zeta: through_acb(lambda s, *a: s.zeta(*a)),
    sp.dirichlet_eta: through_acb(lambda s: s.dirichlet_eta()),
    sp.polylog: through_acb(lambda s, z: z.polylog(s)),
    sp.Si: unary("si"),
    sp.Ci: unary("ci"),
    sp.Shi: unary("shi"),
    sp.Chi: unary("chi"),
    sp.Ei: unary("ei"),
    sp.li: unary("li"),
    sp.Li: lambda x: finite(ball(small(x)).li() - arb(2).li()),
    sp.expint: through_acb(lambda s, x: x.expint(s)),
    sp.fresnels: unary("fresnel_s"),
    sp.fresnelc: unary("fresnel_c"),
    sp.airyai: lambda x: finite(ball(small(x)).airy()[0]),
    sp.airyaiprime: lambda x: finite(ball(small(x)).airy()[1]),
    sp.airybi: lambda x: finite(ball(small(x)).airy()[2]),
    sp.airybiprime: lambda x: finite(ball(small(x)).airy()[3]),
    sp.besselj: through_acb(lambda n, x: x.bessel_j(n)),
    sp.bessely: through_acb(lambda n, x: x.bessel_y(n)),
    sp.besseli: through_acb(lambda n, x: x.bessel_i(n)),
    sp.besselk: through_acb(lambda n, x: x.bessel_k(n)),
    sp.jn: spherical("bessel_j"),
    sp.yn: spherical("bessel_y"),
    elliptic.elliptic_k: through_acb(lambda m: m.elliptic_k()),
    elliptic.elliptic_e: through_acb(lambda *a: a[0].elliptic_e() if len(a) == 1 else acb.elliptic_e_inc(*a)),
    elliptic.elliptic_f: through_acb(lambda z, m: acb.elliptic_f(z, m)),
    elliptic.elliptic_pi: through_acb(lambda *a: acb.elliptic_pi(*a) if len(a) == 2 else acb.elliptic_pi_inc(*a)),
    sp.LambertW: lambda x, *k: finite(ball(small(x)).lambertw(*(int(b.p) for b in k))),
    sp.legendre: orthogonal("legendre_p"),
    sp.chebyshevt: orthogonal("chebyshev_t"),
    sp.chebyshevu: orthogonal("chebyshev_u"),
    sp.hermite: orthogonal("hermite_h"),
    sp.laguerre: orthogonal("laguerre_l"),
    sp.assoc_laguerre: lambda n, a, x: finite(ball(small(x)).laguerre_l(ball(small(n)), ball(small(a)))),
    sp.gegenbauer: orthogonal("gegenbauer_c"),
    sp.jacobi: orthogonal("jacobi_p"),
}

SERIES: dict[Any, str] = {
    **{getattr(sp, n): n for n in ("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "erf", "erfc", "erfi")},
    sp.gamma: "gamma",
    sp.loggamma: "lgamma",
    sp.Si: "si",
    sp.Ci: "ci",
    sp.Shi: "shi",
    sp.Chi: "chi",
    sp.Ei: "ei",
    sp.li: "li",
    sp.fresnels: "fresnel_s",
    sp.fresnelc: "fresnel_c",
    sp.zeta: "zeta",
    sp.airyai: "airy_ai",
    sp.airybi: "airy_bi",
    sp.airyaiprime: "airy_ai_prime",
    sp.airybiprime: "airy_bi_prime",
}


def pole(x: Number) -> bool:
    """Is x certainly one of 0, -1, -2, ...?"""
    return isinstance(x, fmpq) and x.q == 1 and x <= 0


def beyond_one(x: Number) -> bool:
    return x > 1 or x < -1


DOMAINS: dict[Any, Callable[..., bool]] = {  # certainly undefined there
    sp.log: lambda x: x < 0 or is_zero(x),
    sp.asin: beyond_one,
    sp.acos: beyond_one,
    sp.atanh: lambda x: x > 1 or x < -1 or x == 1 or x == -1,
    sp.erfinv: lambda x: x > 1 or x < -1 or x == 1 or x == -1,
    sp.erfcinv: lambda x: x < 0 or x > 2 or is_zero(x) or x == 2,
    sp.acosh: lambda x: x < 1,
    sp.asec: lambda x: -1 < x < 1,
    sp.acsc: lambda x: -1 < x < 1,
    sp.acoth: lambda x: -1 < x < 1 or x == 1 or x == -1,
    sp.asech: lambda x: x < 0 or is_zero(x) or x > 1,
    sp.acsch: is_zero,
    **dict.fromkeys((sp.cot, sp.csc, sp.coth, sp.csch), is_zero),
    sp.gamma: pole,
    sp.digamma: pole,
    sp.trigamma: pole,
    sp.polygamma: lambda n, x: pole(x),
    sp.loggamma: lambda x: x < 0 or is_zero(x),
    sp.li: lambda x: x < 0 or x == 1,
    sp.Ei: is_zero,
    sp.Ci: lambda x: x < 0 or is_zero(x),
    sp.Chi: lambda x: x < 0 or is_zero(x),
    sp.atan2: lambda y, x: is_zero(y) and is_zero(x),
    sp.bessely: lambda n, x: x < 0 or is_zero(x),
    sp.besselk: lambda n, x: x < 0 or is_zero(x),
}


def apply(function: Any, args: list[Number]) -> Number:
    """The value of a function of numbers: enclosed, `Undefined` for certain, or `Unclear`."""
    row = ROWS.get(function)
    if row is None:
        raise Unclear(f"{function.__name__} has no ball arithmetic here")
    outside = DOMAINS.get(function)
    if outside is not None and outside(*args):
        raise Undefined(f"{function.__name__} is not real there")
    try:
        return row(*args)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError, AttributeError) as error:
        raise Unclear(str(error)) from None


def floor(x: Number) -> fmpq:
    if isinstance(x, fmpq):
        return fmpq(int(x.p) // int(x.q))
    down = moderate(x).floor().unique_fmpz()
    if down is None:
        raise Unclear("floor")
    return fmpq(down)
