"""Identities that bring an answer into its usual spelling, one line a law.

`RELATIONS` say what a power of one kernel is, so that equal formulas are found equal; `QUOTIENTS` and `SQUARES`
replace a combination by one function. `POSITIVE` hold where the condition holds: who uses them checks the answer
over the whole domain.
"""

from __future__ import annotations

from sympy import Abs, Gt, Ne, cos, cosh, cot, coth, erfc, erfcinv, sign, sin, sinh, tan, tanh

from ..law import Law, u

RELATIONS: tuple[Law, ...] = (
    Law("pythagoras", cos(u) ** 2, 1 - sin(u) ** 2, level="full"),
    Law("hyperbolic-pythagoras", cosh(u) ** 2, 1 + sinh(u) ** 2, level="full"),
    Law("sign-quotient", sign(u), u / Abs(u), when=(Ne(u, 0),), level="full"),
)

QUOTIENTS: tuple[Law, ...] = (
    Law("sine-over-cosine", sin(u) / cos(u), tan(u)),
    Law("cosine-over-sine", cos(u) / sin(u), cot(u)),
    Law("sinh-over-cosh", sinh(u) / cosh(u), tanh(u)),
    Law("cosh-over-sinh", cosh(u) / sinh(u), coth(u)),
)

SQUARES: tuple[Law, ...] = (
    Law("one-plus-tangent-square", 1 + tan(u) ** 2, 1 / cos(u) ** 2),
    Law("one-plus-cotangent-square", 1 + cot(u) ** 2, 1 / sin(u) ** 2),
    Law("one-minus-sine-square", 1 - sin(u) ** 2, cos(u) ** 2),
    Law("one-minus-cosine-square", 1 - cos(u) ** 2, sin(u) ** 2),
    Law("one-plus-sinh-square", 1 + sinh(u) ** 2, cosh(u) ** 2),
    Law("cosh-square-minus-one", cosh(u) ** 2 - 1, sinh(u) ** 2),
    Law("one-minus-tanh-square", 1 - tanh(u) ** 2, 1 / cosh(u) ** 2),
)


POSITIVE: tuple[Law, ...] = (Law("absolute-of-positive", Abs(u), u, when=(Gt(u, 0),)),)

INVERSES: tuple[Law, ...] = (Law("complement-undone", erfcinv(erfc(u)), u),)

IDENTITIES = RELATIONS + QUOTIENTS + INVERSES
FOLDINGS = IDENTITIES + SQUARES
