"""The calculus of one variable, as the table in a textbook: one line a law.

u, v, w are functions of x, c and n constants. The chain rule is inside each line, as the factor d(u). Laws
at level "full" are silent in a normal derivation: they finish what the line before has opened.
Order matters where two lines fit: the first one is taken.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy import (
    Abs,
    Ge,
    Gt,
    Heaviside,
    Le,
    Lt,
    Max,
    Mod,
    Ne,
    Piecewise,
    acos,
    acosh,
    acot,
    acoth,
    acsc,
    acsch,
    asec,
    asech,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    ceiling,
    cos,
    cosh,
    cot,
    coth,
    csc,
    csch,
    digamma,
    erf,
    erfc,
    erfcinv,
    erfi,
    erfinv,
    exp,
    floor,
    frac,
    gamma,
    log,
    loggamma,
    pi,
    sec,
    sech,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.miscellaneous import MinMaxBase
from sympy.functions.elementary.piecewise import ExprCondPair

from ..law import Law, Move, c, d, n, u, v, w, x
from ..matching import construct, depends, unnested
from ..symbols import D

LAWS: tuple[Law, ...] = (
    # the silent ones
    Law("constant", d(c), sp.Integer(0), level="full"),
    Law("identity", d(x), sp.Integer(1), level="full"),
    Law("constant-multiple", d(c * u), c * d(u), level="full"),
    # the rules
    Law("sum", d(u + v), d(u) + d(v)),
    Law("reciprocal", d(1 / u), -d(u) / u**2),
    Law("quotient", d(u / v), (d(u) * v - u * d(v)) / v**2),
    Law("product", d(u * v * w), d(u) * v * w + u * d(v) * w + u * v * d(w)),
    Law("product", d(u * v), d(u) * v + u * d(v)),
    Law("square-root", d(sqrt(u)), d(u) / (2 * sqrt(u)), when=(Gt(u, 0),)),
    Law("power", d(u**n), n * u ** (n - 1) * d(u)),
    Law("exponential", d(exp(u)), exp(u) * d(u)),
    Law("exponential-base", d(c**u), log(c) * c**u * d(u), when=(Gt(c, 0),)),
    Law("general-power", d(u**v), u**v * (d(v) * log(u) + v * d(u) / u), when=(Gt(u, 0),)),
    Law("logarithm", d(log(u)), d(u) / u, when=(Gt(u, 0),)),
    # circular functions
    Law("sine", d(sin(u)), cos(u) * d(u)),
    Law("cosine", d(cos(u)), -sin(u) * d(u)),
    Law("tangent", d(tan(u)), (1 + tan(u) ** 2) * d(u)),
    Law("cotangent", d(cot(u)), -(1 + cot(u) ** 2) * d(u)),
    Law("secant", d(sec(u)), sec(u) * tan(u) * d(u)),
    Law("cosecant", d(csc(u)), -csc(u) * cot(u) * d(u)),
    Law("arcsine", d(asin(u)), d(u) / sqrt(1 - u**2), when=(Lt(u**2, 1),)),
    Law("arccosine", d(acos(u)), -d(u) / sqrt(1 - u**2), when=(Lt(u**2, 1),)),
    Law("arctangent", d(atan(u)), d(u) / (1 + u**2)),
    Law("arccotangent", d(acot(u)), -d(u) / (1 + u**2)),
    Law("arcsecant", d(asec(u)), d(u) / (u**2 * sqrt(1 - 1 / u**2)), when=(Gt(u**2, 1),)),
    Law("arccosecant", d(acsc(u)), -d(u) / (u**2 * sqrt(1 - 1 / u**2)), when=(Gt(u**2, 1),)),
    Law("arctangent-of-two", d(atan2(u, v)), (d(u) * v - u * d(v)) / (u**2 + v**2)),
    # hyperbolic functions
    Law("hyperbolic-sine", d(sinh(u)), cosh(u) * d(u)),
    Law("hyperbolic-cosine", d(cosh(u)), sinh(u) * d(u)),
    Law("hyperbolic-tangent", d(tanh(u)), (1 - tanh(u) ** 2) * d(u)),
    Law("hyperbolic-cotangent", d(coth(u)), (1 - coth(u) ** 2) * d(u)),
    Law("hyperbolic-secant", d(sech(u)), -sech(u) * tanh(u) * d(u)),
    Law("hyperbolic-cosecant", d(csch(u)), -csch(u) * coth(u) * d(u)),
    Law("area-sine", d(asinh(u)), d(u) / sqrt(u**2 + 1)),
    Law("area-cosine", d(acosh(u)), d(u) / sqrt(u**2 - 1), when=(Gt(u, 1),)),
    Law("area-tangent", d(atanh(u)), d(u) / (1 - u**2), when=(Lt(u**2, 1),)),
    Law("area-cotangent", d(acoth(u)), d(u) / (1 - u**2), when=(Gt(u**2, 1),)),
    Law("area-secant", d(asech(u)), -d(u) / (u * sqrt(1 - u**2)), when=(Gt(u, 0), Lt(u, 1))),
    Law("area-cosecant", d(acsch(u)), -d(u) / (u**2 * sqrt(1 + 1 / u**2)), when=(Ne(u, 0),)),
    # the error function and the gamma function
    Law("error-function", d(erf(u)), 2 / sqrt(pi) * exp(-(u**2)) * d(u)),
    Law("error-function-complement", d(erfc(u)), -2 / sqrt(pi) * exp(-(u**2)) * d(u)),
    Law("error-function-imaginary", d(erfi(u)), 2 / sqrt(pi) * exp(u**2) * d(u)),
    Law("error-function-inverse", d(erfinv(u)), sqrt(pi) / 2 * exp(erfinv(u) ** 2) * d(u), when=(Lt(u**2, 1),)),
    Law(
        "error-function-complement-inverse",
        d(erfcinv(u)),
        -sqrt(pi) / 2 * exp(erfcinv(u) ** 2) * d(u),
        when=(Gt(u, 0), Lt(u, 2)),
    ),
    Law("gamma", d(gamma(u)), gamma(u) * digamma(u) * d(u)),
    Law("log-gamma", d(loggamma(u)), digamma(u) * d(u), when=(Gt(u, 0),)),
    # functions with kinks and jumps: true beside them
    Law("absolute-value", d(Abs(u)), sign(u) * d(u), when=(Ne(u, 0),)),
    Law("sign", d(sign(u)), sp.Integer(0), when=(Ne(u, 0),)),
    Law("step", d(Heaviside(u)), sp.Integer(0), when=(Ne(u, 0),)),
    Law("floor", d(floor(u)), sp.Integer(0), when=(Ne(u, floor(u)),)),
    Law("ceiling", d(ceiling(u)), sp.Integer(0), when=(Ne(u, floor(u)),)),
    Law("fraction", d(frac(u)), d(u), when=(Ne(u, floor(u)),)),
)

KNOWN: tuple[Law, ...] = (  # derived on pages of their own; index derivations, where they are parts, begin with these
    Law("sigmoid", d(1 / (1 + exp(-u))), 1 / (1 + exp(-u)) * (1 - 1 / (1 + exp(-u))) * d(u)),
)


def regions(node: D, moving: frozenset[Any]) -> Any:
    """The larger (the smaller) of several: in each region the one that is chosen there.

    Where two are equal the later one is taken, constants first, so that max(0, x) has slope 0 at 0 as in NumPy code.
    """
    expr = node.expr
    if not isinstance(expr, MinMaxBase):
        return None
    args = sorted(expr.args, key=lambda a: (not depends(a, moving), sp.default_sort_key(a)))
    beats, reaches = (Gt, Ge) if isinstance(expr, Max) else (Lt, Le)
    pieces = []
    for i, a in enumerate(args[:-1]):
        first = sp.And(*[compare(reaches if j < i else beats, a, b) for j, b in enumerate(args) if j != i])
        pieces.append((D(a, node.wrt), first))
    chosen = [leaf for a in args for leaf in (a.args if isinstance(a, MinMaxBase) else (a,))]
    chosen.sort(key=lambda a: not depends(a, moving))
    kinks = tuple(Ne(a, b) for i, a in enumerate(chosen) for b in chosen[i + 1 :] if depends(a - b, moving))
    return Piecewise(*pieces, (D(args[-1], node.wrt), True), evaluate=False), kinks


def compare(relation: Any, a: sp.Expr, b: sp.Expr) -> Any:
    """max(p, q) < b is p < b and q < b, and so on: conditions without max and min in them."""
    for one, other, flipped in ((a, b, relation), (b, a, {Gt: Lt, Lt: Gt, Ge: Le, Le: Ge}[relation])):
        if isinstance(one, MinMaxBase):
            every = isinstance(one, Max) == (flipped in (Lt, Le))
            return (sp.And if every else sp.Or)(*[compare(flipped, p, other) for p in one.args])
    return unnested(ExprCondPair(sp.S.One, relation(a, b)).cond)


def pieces(node: D, moving: frozenset[Any]) -> Any:
    """A function given by pieces is differentiated piece by piece, inside each region."""
    if not isinstance(node.expr, Piecewise):
        return None
    return Piecewise(*[(D(e, *node.variables), cond) for e, cond in node.expr.args], evaluate=False)


def remainder(node: D, moving: frozenset[Any]) -> Any:
    """u mod v = u - v floor(u/v): between its jumps it runs parallel to u - n v."""
    if not isinstance(node.expr, Mod):
        return None
    top, base = node.expr.args
    return D(top, node.wrt) - floor(top / base) * D(base, node.wrt), (Ne(node.expr, 0),)


def real_parts(node: D, moving: frozenset[Any]) -> Any:
    """Differentiation goes through re, im and conjugate of a function of a real variable."""
    if isinstance(node.expr, sp.re | sp.im | sp.conjugate):
        return node.expr.func(D(node.expr.args[0], node.wrt))
    return None


def undefined(node: D, moving: frozenset[Any]) -> Any:
    """The chain rule for a function that is only a name: f'(u) u', one term for each argument; and f'' after it."""
    expr = node.expr
    if isinstance(expr, sp.Derivative | sp.Subs) and expr.atoms(AppliedUndef):
        return sp.diff(expr, node.wrt)
    if not isinstance(expr, AppliedUndef):
        return None
    return sp.Add(*[_slot(expr, i) * D(a, node.wrt) for i, a in enumerate(expr.args) if depends(a, moving)])


def _slot(expr: sp.Expr, i: int) -> sp.Expr:
    """The partial derivative of f(..., a_i, ...) by its i-th argument, as a name: not to be taken any further."""
    a = expr.args[i]
    others = [b for j, b in enumerate(expr.args) if j != i]
    if a.is_Symbol and not any(b.has(a) for b in others):
        return sp.Derivative(expr, a)
    return expr.fdiff(i + 1)


def table(node: D, moving: frozenset[Any]) -> Any:
    """What no line above knows: SymPy's own table, argument by argument; else SymPy's answer as a whole."""
    expr, x_ = node.expr, node.wrt
    if isinstance(expr, sp.Sum) and not by_terms(expr, x_):
        return None
    try:
        terms = [(expr.fdiff(i + 1), a) for i, a in enumerate(expr.args) if depends(a, moving)]
        answer = sp.Add(*[construct(sp.Mul, [slope, D(a, x_)]) for slope, a in terms])
    except (sp.core.function.ArgumentIndexError, NotImplementedError, AttributeError, TypeError):
        answer = sp.S.NaN if isinstance(expr, sp.Product) or depends(expr, moving - {x_}) else sp.diff(expr, x_)
    if answer is sp.nan or any(
        not isinstance(n, D) and not n.atoms(AppliedUndef) for n in answer.atoms(sp.Derivative)
    ):
        plain = written_out(expr)
        return None if plain == expr else D(plain, x_)
    return answer


def written_out(expr: sp.Expr) -> sp.Expr:
    """The same with fewer kinds of functions in it: a product of finitely many factors, x(x + 1)(x + 2) for (x)_3."""
    return expr.doit() if isinstance(expr, sp.Product) else expr.func(*expr.args)


def by_terms(series: sp.Sum, x_: Any) -> bool:
    """Whether a sum may be differentiated term by term: a finite one, or a power series; Weierstrass's not."""
    finite = all(
        len(limits) == 3 and all(end.is_finite is not False for end in limits[1:]) for limits in series.limits
    )
    power = series.function.as_independent(x_, as_Add=False)[1]
    return finite or (power.is_Pow and not power.exp.has(x_) and power.base.is_polynomial(x_))


MOVES: tuple[Move, ...] = (
    Move("regions", regions),
    Move("pieces", pieces),
    Move("remainder", remainder),
    Move("real-parts", real_parts),
    Move("undefined-function", undefined),
    Move("table-entry", table),
)
