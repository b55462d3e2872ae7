"""Proof by algebra: both sides become fractions over kernels, cell by cell, and the difference must vanish.

Whatever switches (Abs, Max, Piecewise, sign) is decided by signs; where a sign is open the cell is
split, and every part has to be proved. A proof holds wherever both sides are defined.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef, Derivative
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from .balls import LETTERS, RELATIONS, partial_slope
from .field import Ratio, Unprovable
from .kernels import Kernels
from .numbers import Unclear, Undefined
from .recurrences import RECURRENCES
from .signs import Empty

MOST_DEGREE = 24
UNDOES = {sp.erfinv: "erf", sp.erf: "erfinv"}
ODD = (sp.atan, sp.asin, sp.erf, sp.erfi, sp.erfinv, sp.Si, sp.Shi, sp.fresnels, sp.fresnelc)


class Converter:
    """SymPy to the field, in one cell."""

    def __init__(self, kernels: Kernels, memo: dict[sp.Basic, Ratio] | None = None) -> None:
        self.kernels, self.field, self.signs = kernels, kernels.field, kernels.signs
        self.memo = {} if memo is None else memo

    def __call__(self, e: sp.Basic) -> Ratio:
        found = self.memo.get(e)
        if found is None:
            found = self.memo[e] = self.compute(e)
        return found

    def compute(self, e: sp.Basic) -> Ratio:
        if e.is_Rational:
            if e.q == 0:
                raise Undefined("not a number")
            return self.field.number(int(e.p), int(e.q))
        rule = RULES.get(type(e))
        if rule is not None:
            return rule(self, e)
        if isinstance(e, Derivative):
            return self.derivative(e)
        if isinstance(e, sp.Symbol | sp.Indexed | sp.KroneckerDelta):
            return self.letter(e)
        if isinstance(e, AppliedUndef):
            return self.unknown(e.func, (0,) * len(e.args), e.args)
        if e is sp.E:
            return self.kernels.exp(self.field.one)
        if e in (sp.pi, sp.EulerGamma, sp.Catalan):
            return self.kernels.constant(str(e))
        if isinstance(e, sp.Function):
            return self.opaque(e)
        raise Unprovable(type(e).__name__)

    # ------------------------------------------------------------ letters and arithmetic

    def letter(self, e: sp.Expr) -> Ratio:
        k, new = self.field.kernel(("letter", e), "letter", e)
        if new:
            k.slope = lambda letter: self.field.one if letter == e else self.field.zero
        return self.field.ratio(k)

    def unknown(self, f: Any, orders: tuple[int, ...], args: tuple[sp.Expr, ...]) -> Ratio:
        """An undefined function, or one of its partial derivatives: a letter that knows the chain rule."""
        inside = [self(a) for a in args]
        keys = tuple(self.field.canonical(r).key for r in inside)
        k, new = self.field.kernel(("unknown", f, orders, keys), "function")
        if new:

            def slope(letter: Any) -> Ratio:
                out = self.field.zero
                if letter == f(*args) and not any(orders):
                    return self.field.one
                for i, r in enumerate(inside):
                    d = self.field.derivative(r, letter)
                    if not d.is_zero:
                        more = tuple(n + (i == j) for j, n in enumerate(orders))
                        out = out + self.unknown(f, more, args) * d
                return out

            k.slope = slope
        return self.field.ratio(k)

    def add(self, e: sp.Add) -> Ratio:
        out = self(e.args[0])
        for a in e.args[1:]:
            out = out + self(a)
        return out

    def mul(self, e: sp.Mul) -> Ratio:
        out = self(e.args[0])
        for a in e.args[1:]:
            out = out * self(a)
        return out

    def power(self, e: sp.Pow) -> Ratio:
        base, exponent = e.base, e.exp
        if exponent.is_Integer:
            u = self(base)
            return self.kernels.high_power(u, int(exponent)) if abs(exponent) > 12 else u ** int(exponent)
        if exponent.is_Rational:
            return self.kernels.power(self(base), Fraction(int(exponent.p), int(exponent.q)))
        if exponent.is_integer:
            u = self.field.canonical(self(base))
            if self.signs.known_sign(u) != 1:
                return self.kernels.whole_power(u, self(exponent))
        number = self.field.canonical(self(exponent)).rational()
        if number is not None:
            return self.kernels.power(self(base), Fraction(*number))
        return self.kernels.exp(self(exponent) * self.kernels.log(self(base)))

    def derivative(self, e: Derivative) -> Ratio:
        out = self(e.expr)
        for v, n in e.variable_count:
            if not n.is_Integer:
                raise Unprovable("a derivative of symbolic order")
            for _ in range(int(n)):
                out = self.field.derivative(out, v)
        return out

    def substituted(self, e: sp.Subs) -> Ratio:
        """f'(g(x)) as SymPy writes it."""
        inner = e.expr
        if not (isinstance(inner, Derivative) and isinstance(inner.expr, AppliedUndef)):
            return self(e.doit())
        counts = {v: int(n) for v, n in inner.variable_count}
        put = dict(zip(e.variables, e.point))
        args = inner.expr.args
        return self.unknown(
            inner.expr.func, tuple(counts.get(a, 0) for a in args), tuple(put.get(a, a) for a in args)
        )

    # ------------------------------------------------------------ switches

    def sign(self, r: Ratio) -> int:
        return self.signs.of(self.field.canonical(r))

    def absolute(self, e: sp.Abs) -> Ratio:
        r = self.field.canonical(self(e.args[0]))
        return r * self.field.number(self.signs.of(r))

    def extreme(self, e: sp.Max | sp.Min) -> Ratio:
        wanted = 1 if isinstance(e, sp.Max) else -1
        out = self(e.args[0])
        for a in e.args[1:]:
            other = self(a)
            out = other if self.sign(other - out) == wanted else out
        return out

    def heaviside(self, e: sp.Heaviside) -> Ratio:
        s = self.sign(self(e.args[0]))
        return self.field.number(int(s > 0)) if s else self(e.args[1])

    def piecewise(self, e: sp.Piecewise) -> Ratio:
        for branch, condition in e.args:
            if self.holds(condition):
                return self(branch)
        raise Empty

    def holds(self, c: sp.Basic) -> bool:
        if isinstance(c, BooleanTrue | BooleanFalse):
            return bool(c)
        if isinstance(c, sp.And):
            return all(self.holds(a) for a in c.args)
        if isinstance(c, sp.Or):
            return any(self.holds(a) for a in c.args)
        if isinstance(c, sp.Not):
            return not self.holds(c.args[0])
        if isinstance(c, Relational):
            difference = self.field.canonical(self(c.lhs) - self(c.rhs))
            if c.rel_op in ("==", "!=") and not difference.is_zero:  # in the open cell, never on its edge
                if not isinstance(c.lhs - c.rhs, sp.Expr):
                    raise Unprovable("a condition")
                return c.rel_op == "!="
            return RELATIONS[c.rel_op](self.signs.of(difference))
        raise Unprovable(f"the condition {c}")

    # ------------------------------------------------------------ functions

    def sine(self, e: sp.Function) -> Ratio:
        return self.trigonometric(e, 0)

    def cosine(self, e: sp.Function) -> Ratio:
        return self.trigonometric(e, 1)

    def trigonometric(self, e: sp.Function, which: int) -> Ratio:
        u = e.args[0]
        constant, rest = u.as_independent(*u.free_symbols, as_Add=True) if u.free_symbols else (u, sp.S.Zero)
        turn = constant / sp.pi
        if constant != 0 and turn.is_Rational and turn.q in (1, 2, 3, 4, 6):
            s0, c0 = self(sp.sin(constant)), self(sp.cos(constant))
            s, c = self.kernels.sincos(self(rest))
            return s * c0 + c * s0 if which == 0 else c * c0 - s * s0
        return self.kernels.sincos(self(u))[which]

    def opaque(self, e: sp.Function) -> Ratio:
        return self.function(e.func, [self.field.canonical(self(a)) for a in e.args])

    def function(self, function: Any, inside: list[Ratio]) -> Ratio:
        """A function about which only its slopes are known; its arguments in canonical form are its name."""
        rule = RECURRENCES.get(function)
        moved = rule(self, inside) if rule is not None else None
        if moved is not None:
            return moved
        odd = function in ODD
        negative = odd and not inside[0].is_zero and inside[0].num.leading_coefficient() < 0
        if negative:
            inside = [-inside[0]]
        inner = self.kernels.single(inside[0].num) if function in UNDOES and inside[0].den.is_one() else None
        if inner is not None and inner.name == UNDOES[function]:
            return -inner.data if negative else inner.data
        key = ("function", function, tuple(r.key for r in inside))
        kind = "odd" if odd else "lambertw" if function is sp.LambertW and len(inside) == 1 else "function"
        k, new = self.field.kernel(key, kind, inside[0] if inside else None, function.__name__)
        if new:
            k.slope = self.slope(function, inside)
        return -self.field.ratio(k) if negative else self.field.ratio(k)

    def slope(self, function: Any, inside: list[Ratio]) -> Callable[[Any], Ratio]:
        if function in (sp.floor, sp.ceiling):
            return lambda letter: self.field.zero

        def slope(letter: Any) -> Ratio:
            out = self.field.zero
            for i, r in enumerate(inside):
                d = self.field.derivative(r, letter)
                if not d.is_zero:
                    try:
                        partial = partial_slope(function, len(inside), i)
                    except Unclear as why:
                        raise Unprovable(str(why)) from None
                    out = out + Converter(self.kernels, dict(zip(LETTERS, inside)))(partial) * d
            return out

        return slope


def polynomial(self: Converter, e: sp.Function) -> Ratio:
    """An orthogonal polynomial of a small degree is written out."""
    plain = e.func(*e.args) if e.args[0].is_Integer and e.args[0] <= MOST_DEGREE else e
    return self.opaque(e) if isinstance(plain, e.func) else self(plain)


def zeta(self: Converter, e: sp.zeta) -> Ratio:
    """Hurwitz's zeta of a whole number is a polygamma function."""
    s = e.args[0]
    if len(e.args) == 1 or not (s.is_Integer and 2 <= s <= MOST_DEGREE):
        return self.opaque(e)
    return self(sp.polygamma(s - 1, e.args[1]) * (-1) ** s / sp.factorial(s - 1))


def rewritten(new: Callable[..., sp.Expr]) -> Callable[[Converter, Any], Ratio]:
    return lambda self, e: self(new(*e.args))


def by_exponential(times: int, make: Callable[[Ratio, Ratio], Ratio]) -> Callable[[Converter, Any], Ratio]:
    """A function of e^x, or of e^2x."""
    return lambda self, e: make(self.kernels.exp(self(e.args[0]) * self.field.number(times)), self.field.one)


def log(x: sp.Expr) -> sp.Expr:
    """As it stands: SymPy would think for milliseconds whether a sum in it may vanish."""
    return sp.log(x, evaluate=False)


def atan(self: Converter, e: sp.atan) -> Ratio:
    """atan u and atan 1/u are one kernel: their sum is a quarter turn on either side of 0."""
    u = self.field.canonical(self(e.args[0]))
    turned = u.inverse() if not u.is_zero else u
    if u.is_zero or min(u.key, (-u).key) <= min(turned.key, (-turned).key):
        return self.opaque(e)
    quarter = self.kernels.constant("pi") * self.field.number(self.sign(u), 2)
    z = sp.Dummy("z", real=True)
    return quarter - Converter(self.kernels, {z: turned}).opaque(sp.atan(z, evaluate=False))


one, half = sp.Integer(1), sp.Rational(1, 2)
RULES: dict[type, Callable[[Converter, Any], Ratio]] = {
    sp.Add: Converter.add,
    sp.Mul: Converter.mul,
    sp.Pow: Converter.power,
    sp.Subs: Converter.substituted,
    sp.exp: lambda self, e: self.kernels.exp(self(e.args[0])),
    sp.log: lambda self, e: self.kernels.log(self(e.args[0])),
    sp.sin: Converter.sine,
    sp.cos: Converter.cosine,
    sp.tan: lambda self, e: self.sine(e) / self.cosine(e),
    sp.cot: lambda self, e: self.cosine(e) / self.sine(e),
    sp.sec: lambda self, e: self.cosine(e).inverse(),
    sp.csc: lambda self, e: self.sine(e).inverse(),
    sp.sinh: by_exponential(1, lambda p, one: (p - p.inverse()) / (one + one)),
    sp.cosh: by_exponential(1, lambda p, one: (p + p.inverse()) / (one + one)),
    sp.sech: by_exponential(1, lambda p, one: (one + one) / (p + p.inverse())),
    sp.csch: by_exponential(1, lambda p, one: (one + one) / (p - p.inverse())),
    sp.tanh: by_exponential(2, lambda p, one: (p - one) / (p + one)),
    sp.coth: by_exponential(2, lambda p, one: (p + one) / (p - one)),
    sp.asinh: rewritten(lambda x: log(x + sp.sqrt(x**2 + 1))),
    sp.acosh: rewritten(lambda x: log(x + sp.sqrt(x - 1) * sp.sqrt(x + 1))),
    sp.atanh: rewritten(lambda x: log((1 + x) / (1 - x)) / 2),
    sp.acoth: rewritten(lambda x: log((x + 1) / (x - 1)) / 2),
    sp.asech: rewritten(lambda x: log((1 + sp.sqrt(1 - x**2)) / x)),
    sp.acsch: rewritten(lambda x: log(1 / x + sp.sqrt(1 / x**2 + 1))),
    sp.atan: atan,
    sp.acot: rewritten(lambda x: sp.atan(1 / x)),
    sp.acos: rewritten(lambda x: sp.pi / 2 - sp.asin(x)),
    sp.asec: rewritten(lambda x: sp.pi / 2 - sp.asin(1 / x)),
    sp.acsc: rewritten(lambda x: sp.asin(1 / x)),
    sp.erfc: rewritten(lambda x: 1 - sp.erf(x)),
    sp.erf2: rewritten(lambda x, y: sp.erf(y) - sp.erf(x)),
    sp.erfcinv: rewritten(lambda x: sp.erfinv(1 - x)),
    sp.sinc: rewritten(lambda x: sp.sin(x) / x),
    sp.factorial: rewritten(lambda n: sp.gamma(n + 1)),
    sp.binomial: rewritten(lambda n, k: sp.gamma(n + 1) / sp.gamma(k + 1) / sp.gamma(n - k + 1)),
    sp.beta: rewritten(lambda a, b: sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b)),
    sp.RisingFactorial: rewritten(lambda x, n: sp.gamma(x + n) / sp.gamma(x)),
    sp.FallingFactorial: rewritten(lambda x, n: sp.gamma(x + 1) / sp.gamma(x - n + 1)),
    sp.digamma: rewritten(lambda x: sp.polygamma(0, x)),
    sp.trigamma: rewritten(lambda x: sp.polygamma(1, x)),
    sp.harmonic: rewritten(lambda n: sp.polygamma(0, n + 1) + sp.EulerGamma),
    sp.lowergamma: rewritten(lambda s, x: sp.gamma(s) - sp.uppergamma(s, x)),
    sp.Li: rewritten(lambda x: sp.li(x) - sp.li(2)),
    sp.zeta: zeta,
    **dict.fromkeys((sp.legendre, sp.hermite, sp.laguerre, sp.assoc_laguerre), polynomial),
    **dict.fromkeys((sp.chebyshevt, sp.chebyshevu, sp.gegenbauer, sp.jacobi), polynomial),
    sp.Abs: Converter.absolute,
    sp.sign: lambda self, e: self.field.number(self.sign(self(e.args[0]))),
    sp.Heaviside: Converter.heaviside,
    sp.Max: Converter.extreme,
    sp.Min: Converter.extreme,
    sp.Piecewise: Converter.piecewise,
    sp.ceiling: rewritten(lambda x: -sp.floor(-x)),
    sp.frac: rewritten(lambda x: x - sp.floor(x)),
    sp.Mod: rewritten(lambda a, b: a - b * sp.floor(a / b)),
    sp.re: rewritten(lambda x: x),
    sp.conjugate: rewritten(lambda x: x),
    sp.im: lambda self, e: self.field.zero,
    sp.DiracDelta: lambda self, e: self.field.zero,
}
