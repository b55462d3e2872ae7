"""Slips: the mistakes people make with derivatives, each an equation from the right part to the wrong one.

A row reads: where `right` belongs, `wrong` was written. Holes: u is a part (of a sum or product: one
member, v the rest), n a rational number, k another constant (log 2, 1/sqrt(2), pi), s any quantity at hand,
x the input, y the output, z another letter. Marked rules of the textbook form of the derivative:
``chain(u, v, p)`` is u = f'(g) times the inner derivative v = g', beside p = f'(g'); ``product(u, v, p, q)`` is p*v + u*q with the
slopes p of u and q of v; ``quotient(u, v, p, q)`` is (p*v - u*q)/v**2. Rows stand best first: of two
rows that explain a claim, the earlier one is told first.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from .symbols import real

u, v, n, k, s, x, y, z, p, q = (real(name) for name in "uvnksxyzpq")
chain, product, quotient = map(sp.Function, ("chain", "product", "quotient"))


@dataclass(frozen=True)
class Slip:
    """One row; `says` is the sentence, with the holes, {part} (what it happened to), {wrong} and {whole}."""

    code: str
    right: sp.Expr
    wrong: sp.Expr
    says: str


SLIPS = (
    Slip("sign", u, -u, "the sign of {part} is wrong"),
    Slip("output-for-input", x, y, "the output {y} stands where the input {x} belongs"),
    Slip("input-for-output", y, x, "the input {x} stands where the output {y} belongs"),
    Slip("swapped", u - v, v - u, "the operands of {part} are swapped"),
    Slip("chain", chain(u, v, p), u, "the inner derivative {v} is missing (chain rule)"),
    Slip(
        "chain",
        chain(u, v, p),
        p,
        "the outer derivative is taken at the inner derivative {v}; at the inner function it is {u}, and {v} is a factor",
    ),
    Slip(
        "product-rule",
        product(u, v, p, q),
        p * q,
        "a product was differentiated factor by factor; the product rule is u'v + uv'",
    ),
    Slip(
        "product-rule",
        product(u, v, p, q),
        p * v,
        "the product rule's second term, {u} times the slope of {v}, is missing",
    ),
    Slip(
        "product-rule",
        product(u, v, p, q),
        u * q,
        "the product rule's first term, {v} times the slope of {u}, is missing",
    ),
    Slip(
        "product-rule",
        product(u, v, p, q),
        p * v - u * q,
        "the product rule adds its two terms, it does not subtract them",
    ),
    Slip("factor", product(u, v, p, q), 2 * p * v + u * q, "{v} times the slope of {u} has a factor 2 too much"),
    Slip("factor", product(u, v, p, q), p * v + 2 * u * q, "{u} times the slope of {v} has a factor 2 too much"),
    Slip(
        "product-rule",
        quotient(u, v, p, q),
        p / q,
        "a quotient was differentiated part by part; the quotient rule is (u'v - uv')/v^2",
    ),
    Slip(
        "sign",
        quotient(u, v, p, q),
        (p * v + u * q) / v**2,
        "the quotient rule subtracts its second term, it does not add it",
    ),
    Slip("swapped", quotient(u, v, p, q), (u * q - p * v) / v**2, "the two terms of the quotient rule are swapped"),
    Slip("power", quotient(u, v, p, q), (p * v - u * q) / v, "the denominator {v} must be squared (quotient rule)"),
    Slip(
        "factor",
        quotient(u, v, p, q),
        p * v - u * q,
        "the quotient rule's denominator, the square of {v}, is missing",
    ),
    Slip("product-rule", quotient(u, v, p, q), p / v, "the quotient rule's second term is missing"),
    Slip("product-rule", quotient(u, v, p, q), -u * q / v**2, "the quotient rule's first term is missing"),
    Slip("root", u ** sp.Rational(1, 2), u, "the square root of {u} is missing"),
    Slip("root", u ** -sp.Rational(1, 2), 1 / u, "the square root of {u} is missing"),
    Slip("constant", k * v, v, "the constant {k} is missing"),
    Slip("factor", u * v, v, "the factor {u} is missing"),
    Slip("term", u + v, v, "the term {u} is missing"),
    Slip("term", u - v, v, "{v} stands alone where {part} belongs"),
    Slip("power", u**n, u, "the power of {u} should be {n}"),
    Slip("power", u**n, u ** (n - 1), "the power of {u} should be {n}"),
    Slip("power", u**n, u ** (n + 1), "the power of {u} should be {n}"),
    Slip("power", u, u**2, "{part} should not be squared"),
    Slip("root", u, u**2, "{part} should not be squared: a root is missing"),
    Slip("power", u, u**3, "{part} should not be cubed"),
    Slip("inverted", u, 1 / u, "{part} is turned upside down"),
    Slip("inverted", k * v, v / k, "the constant {k} is turned upside down"),
    Slip("swapped", u**v, v**u, "base and exponent are swapped in {part}"),
    Slip("root", u, u ** sp.Rational(1, 2), "there should be no root over {part}"),
    Slip("other-function", sp.sin(u), sp.cos(u), "sin({u}) belongs where cos({u}) stands"),
    Slip("other-function", sp.cos(u), sp.sin(u), "cos({u}) belongs where sin({u}) stands"),
    Slip("other-function", sp.sinh(u), sp.cosh(u), "sinh({u}) belongs where cosh({u}) stands"),
    Slip("other-function", sp.cosh(u), sp.sinh(u), "cosh({u}) belongs where sinh({u}) stands"),
    Slip("other-function", sp.tan(u), sp.cot(u), "tan({u}) belongs where cot({u}) stands"),
    Slip("other-function", sp.cosh(u), sp.cos(u), "cosh({u}) belongs where cos({u}) stands"),
    Slip("other-function", sp.cos(u), sp.cosh(u), "cos({u}) belongs where cosh({u}) stands"),
    Slip("other-function", sp.sinh(u), sp.sin(u), "sinh({u}) belongs where sin({u}) stands"),
    Slip("other-function", sp.sin(u), sp.sinh(u), "sin({u}) belongs where sinh({u}) stands"),
    Slip("other-function", sp.sin(u), sp.tan(u), "sin({u}) belongs where tan({u}) stands"),
    Slip("other-function", sp.cos(u), sp.tan(u), "cos({u}) belongs where tan({u}) stands"),
    Slip("other-function", sp.tanh(u), 1 / (1 + sp.exp(-u)), "tanh({u}) belongs where sigmoid({u}) stands"),
    Slip("other-function", 1 / (1 + sp.exp(-u)), sp.tanh(u), "sigmoid({u}) belongs where tanh({u}) stands"),
    Slip("other-function", sp.exp(u), u, "exp is missing around {u}"),
    Slip("other-function", sp.log(u), u, "log is missing around {u}"),
    Slip("other-function", sp.tanh(u), u, "tanh is missing around {u}"),
    Slip("other-function", sp.erf(u), u, "erf is missing around {u}"),
    Slip("swapped", z, x, "{x} stands where {z} belongs"),
    Slip("swapped", x, z, "{z} stands where {x} belongs"),
    Slip("extra", u, u * s, "there is a factor {s} too many at {part}"),
    Slip("factor", u, u / s, "the factor {s} is missing at {part}"),
    Slip("extra", u, u + s, "there is a term {s} too many"),
    Slip("extra", u, u - s, "there is a term -({s}) too many"),
)

# The same the other way round: what stands in a claim, and what belongs there. Tried where no slip leads to the
# claim, since it may be spelled as nobody here spells it.
REPAIRS = (
    Slip("sign", u, -u, "the sign of {part} is wrong"),
    Slip("input-for-output", x, y, "the input {x} stands where the output {y} belongs"),
    Slip("output-for-input", y, x, "the output {y} stands where the input {x} belongs"),
    Slip("swapped", u - v, v - u, "the operands of {part} are swapped"),
    Slip("root", u, u ** sp.Rational(1, 2), "the square root of {part} is missing"),
    Slip("power", u**n, u ** (n + 1), "{part} has the wrong power, {wrong} belongs there"),
    Slip("power", u**n, u ** (n - 1), "{part} has the wrong power, {wrong} belongs there"),
)

# What a number can be mistaken for; where it stands says what the slip is called.
NUMBERS = (-n, n - 1, n + 1, 2 * n, n / 2, 1 / n, sp.S.Zero, sp.S.One)
PLACES = {
    "exponent": ("power", "the exponent of {base} should be {n}, not {wrong}"),
    "condition": ("threshold", "the bound should be {n}, not {wrong}"),
    "branch": ("slope", "the slope should be {n}, not {wrong}"),
    "factor": ("factor", "the factor should be {n}, not {wrong}"),
    "term": ("constant", "the number should be {n}, not {wrong}"),
}

# What an argument or a part can be mistaken for, and what may be lost or stand too much.
ARGUMENTS = (-u, 2 * u, u / 2, u**2, 1 / u, u + 1, u - 1, 1 - u, sp.exp(u), u ** sp.Rational(1, 2))
QUANTITIES = (
    x, y, 1 - y, 1 + y, 1 - x, sp.Integer(2), sp.Integer(3), sp.Integer(4), sp.log(2), sp.log(10), sp.pi, sp.pi / 180,
    sp.sqrt(2), sp.sqrt(sp.pi), sp.sqrt(2 * sp.pi), sp.exp(x), sp.exp(-x), x**2,
)  # fmt: skip

_S = 1 / (1 + sp.exp(-x))
_PHI = (1 + sp.erf(x / sp.sqrt(2))) / 2

# How derivatives are spelled in the output: tried as further spellings of the right derivative.
FORMS = (
    y, 1 + y, sp.exp(x - y), 1 / sp.sqrt(x**2 - 1), 1 / (1 + sp.Abs(x)) ** 2,
    1 / (sp.Abs(x) * sp.sqrt(x**2 - 1)), 1 / (sp.Abs(x) * sp.sqrt(x**2 + 1)),
    y * (1 - y), 1 - y**2, 1 + y**2, 1 - y, 1 / (2 * y), -(y**2), sp.cos(y) ** 2, sp.exp(-y), 1 - sp.exp(-y),
    1 - sp.exp(y), sp.sqrt(1 + y**2), sp.sqrt(1 - y**2), y / x, y / (2 * x), -y / x, 1 / (3 * y**2), 2 * y / x, -x / y,
    x / y, 2 * x * y, -2 * x * y, -x * y, 1 / sp.cosh(y), 1 / sp.cos(y), 1 - sp.tanh(y) ** 2, y * sp.log(2), y * sp.log(10),
    (1 - sp.Abs(y)) ** 2, y * (1 - sp.log(y)), -y * sp.log(y), 1 / sp.cosh(x) ** 2, 1 / sp.cos(x) ** 2,
    1 + sp.tan(x) ** 2, _S * (1 - _S), _S + x * _S * (1 - _S), _S + y * (1 - _S),
    _PHI + x * sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi),
)  # fmt: skip
