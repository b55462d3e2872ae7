"""Identities that bring an answer into its usual spelling: what is known of a power of a kernel, one line a law."""

from __future__ import annotations

from sympy import Abs, Ne, cos, cosh, sign, sin, sinh

from ..law import Law, u

IDENTITIES: tuple[Law, ...] = (
    Law("pythagoras", cos(u) ** 2, 1 - sin(u) ** 2),
    Law("hyperbolic-pythagoras", cosh(u) ** 2, 1 + sinh(u) ** 2),
    Law("sign-quotient", sign(u), u / Abs(u), when=(Ne(u, 0),)),
    Law("absolute-square", Abs(u) ** 2, u**2),
)
