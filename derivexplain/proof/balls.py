"""The value of an expression at a point, enclosed in a ball; open derivatives by Taylor arithmetic.

Real meaning throughout, as code has it: a root or a logarithm of a negative number is undefined, and
of a Piecewise only the chosen branch is looked at. On a breakpoint both sides are asked: where they
agree the derivative exists, otherwise the point is a `Kink`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sympy as sp
from flint import arb, arb_series, fmpq
from sympy.core.function import ArgumentIndexError, Derivative
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from . import functions
from .numbers import (
    HUGE,
    ZERO,
    Jet,
    Kink,
    Number,
    Unclear,
    Undefined,
    Value,
    ball,
    exact,
    finite,
    head,
    integer_power,
    integral,
    is_zero,
    moderate,
    sign,
)

CONSTANTS: dict[Any, Callable[[], arb]] = {
    sp.pi: arb.pi,
    sp.E: arb.const_e,
    sp.EulerGamma: arb.const_euler,
    sp.Catalan: arb.const_catalan,
    sp.GoldenRatio: lambda: (1 + arb(5).sqrt()) / 2,
}


LETTERS = tuple(sp.Dummy(f"z{k}", real=True) for k in range(5))


class Balls:
    """Evaluates expressions at one point. `sided`: jets point to one side, so that switches are decided."""

    def __init__(self, letters: Mapping[sp.Expr, Value], sided: bool = False) -> None:
        self.letters, self.sided = letters, sided
        self.memo: dict[sp.Basic, Value] = dict(letters)

    def __call__(self, e: sp.Basic) -> Value:
        value = self.memo.get(e)
        if value is None:
            value = self.memo[e] = self.compute(e)
        return value

    def compute(self, e: sp.Basic) -> Value:
        if e.is_Rational:
            if e.q == 0:
                raise Undefined("not a number")
            return exact(e)
        handler = HANDLERS.get(type(e))
        if handler is not None:
            return handler(self, e)
        if e in CONSTANTS:
            return CONSTANTS[e]()
        if isinstance(e, Derivative):
            return self.derivative(e)
        if isinstance(e, sp.Function):
            return self.function(e)
        if e is sp.I or e.is_infinite or e is sp.nan:
            raise Undefined("not a real number")
        if isinstance(e, sp.Float):
            return exact(sp.Rational(e))
        raise Unclear(f"{type(e).__name__} has no ball arithmetic here")

    # ------------------------------------------------------------ arithmetic

    def add(self, e: sp.Add) -> Value:
        out = self(e.args[0])
        for a in e.args[1:]:
            v = self(a)
            out = v + out if isinstance(v, Jet) else out + v
        return out

    def mul(self, e: sp.Mul) -> Value:
        values = [self(a) for a in e.args]
        out = values[0]
        for v in values[1:]:
            out = v * out if isinstance(v, Jet) else out * v
        return out

    def power(self, e: sp.Pow) -> Value:
        base, exponent = self(e.base), self(e.exp)
        if (
            isinstance(exponent, fmpq)
            and exponent.q == 1
            and abs(exponent) <= 4096
            and (e.exp.is_integer or head(base) > 0)
        ):
            return integer_power(base, int(exponent.p))
        if not isinstance(exponent, Jet) and not isinstance(base, Jet):
            return self.number_power(base, exponent)
        b = head(base)
        if is_zero(b) and isinstance(exponent, fmpq) and exponent > 0 and isinstance(base, Jet):
            return self.root_at_zero(base, exponent)
        if is_zero(b) or b < 0:
            raise Undefined("a power of a number that is not positive")
        return self.smooth(sp.exp, exponent * self.smooth(sp.log, base))

    def number_power(self, base: Number, exponent: Number) -> Number:
        if is_zero(base):
            if exponent > 0:
                return ZERO
            raise Undefined("a power of zero") if exponent < 0 or is_zero(exponent) else Unclear("power")
        if base < 0:
            raise Undefined("a power of a negative number")
        if isinstance(exponent, fmpq) and exponent.q == 2:
            root = finite(ball(base).sqrt())
            return finite(root ** int(exponent.p)) if abs(exponent) < HUGE else self.tower(base, exponent)
        return self.tower(base, exponent)

    def tower(self, base: Number, exponent: Number) -> Number:
        return finite(ball(moderate(ball(exponent) * finite(ball(base).log()))).exp())

    def root_at_zero(self, base: Jet, exponent: fmpq) -> Value:
        """t^(p/q) right of zero: only as smooth as its leading power allows."""
        lead = next((k for k, a in enumerate(base.c) if not is_zero(a)), len(base.c))
        if lead * exponent >= len(base.c):
            return base * 0
        raise Undefined("a root that starts here")

    # ------------------------------------------------------------ functions

    def function(self, e: sp.Function) -> Value:
        values = [self(a) for a in e.args]
        if not any(isinstance(v, Jet) for v in values):
            return functions.apply(e.func, values)
        if len(values) == 1:
            return self.smooth(e.func, values[0])
        return self.chain(e.func, values)

    def smooth(self, function: Any, value: Value) -> Value:
        if not isinstance(value, Jet):
            return functions.apply(function, [value])
        name = functions.SERIES.get(function)
        if name is None:
            return self.chain(function, [value])
        start = functions.apply(function, [value.c[0]])
        jet = value.through(lambda s: getattr(arb_series, name)(s))
        return Jet([start, *jet.c[1:]])

    def chain(self, function: Any, values: list[Value]) -> Value:
        """A function of jets: its slopes times the jets' own, integrated."""
        letters = LETTERS[: len(values)]
        start = functions.apply(function, [head(v) for v in values])
        inner = Balls({z: v.shorter() if isinstance(v, Jet) else v for z, v in zip(letters, values)}, self.sided)
        slope: Value = ZERO
        for k, v in enumerate(values):
            if isinstance(v, Jet) and not all(is_zero(a) for a in v.c[1:]):
                partial, d = inner(partial_slope(function, len(values), k)), v.derivative()
                slope = d * partial + slope if isinstance(d, Jet) else partial * d + slope
        jet = integral(slope, start)
        n = next(len(v.c) for v in values if isinstance(v, Jet))
        return Jet(jet.c + [ZERO] * (n - len(jet.c)))

    # ------------------------------------------------------------ switches

    def sign(self, value: Value) -> int:
        if not isinstance(value, Jet):
            return sign(value)
        s = sign(value.c[0])
        if s or all(is_zero(a) for a in value.c[1:]):
            return s
        if not self.sided:
            raise Kink("a switch right here")
        return next(sign(a) for a in value.c if not is_zero(a))

    def absolute(self, e: sp.Abs) -> Value:
        value = self(e.args[0])
        return value * self.sign(value) if isinstance(value, Jet) else abs(value)

    def signum(self, e: sp.sign) -> Value:
        return fmpq(self.sign(self(e.args[0])))

    def heaviside(self, e: sp.Heaviside) -> Value:
        s = self.sign(self(e.args[0]))
        return fmpq(s > 0) if s else self(e.args[1])

    def extreme(self, e: sp.Max | sp.Min) -> Value:
        wanted = 1 if isinstance(e, sp.Max) else -1
        out = self(e.args[0])
        for a in e.args[1:]:
            other = self(a)
            try:
                ahead = self.sign(other - out if isinstance(other, Jet) else -(out - other))
            except Kink:
                raise
            except Unclear:
                if isinstance(out, Jet) or isinstance(other, Jet):
                    raise
                out = ball(out).max(ball(other)) if wanted > 0 else ball(out).min(ball(other))
                continue
            out = other if ahead == wanted else out
        return out

    def piecewise(self, e: sp.Piecewise) -> Value:
        for branch, condition in e.args:
            if self.holds(condition):
                return self(branch)
        raise Undefined("no branch holds here")

    def holds(self, c: sp.Basic) -> bool:
        if isinstance(c, BooleanTrue | BooleanFalse):
            return bool(c)
        if isinstance(c, sp.And):
            return all(self.holds(a) for a in c.args)
        if isinstance(c, sp.Or):
            return any(self.holds(a) for a in c.args)
        if isinstance(c, sp.Not):
            return not self.holds(c.args[0])
        if isinstance(c, sp.Xor):
            return sum(self.holds(a) for a in c.args) % 2 == 1
        if isinstance(c, Relational):
            return RELATIONS[c.rel_op](self.sign(self(c.lhs - c.rhs)))
        raise Unclear(f"the condition {c}")

    def steps(self, e: sp.floor | sp.ceiling | sp.frac) -> Value:
        value = self(e.args[0])
        whole = functions.floor(head(value))
        if isinstance(value, Jet):
            side = self.sign(value - whole)
            whole = whole - 1 if side < 0 else whole
        if isinstance(e, sp.frac):
            return value - whole
        return whole + (self.sign(value - whole) != 0) if isinstance(e, sp.ceiling) else whole

    def modulo(self, e: sp.Mod) -> Value:
        a, b = e.args
        return self(a - b * sp.floor(a / b))

    # ------------------------------------------------------------ open derivatives

    def derivative(self, e: Derivative) -> Value:
        """The witness: the body is evaluated on a jet, from both sides where there is a switch."""
        counts: dict[sp.Expr, int] = {}
        for v, n in e.variable_count:
            counts[v] = counts.get(v, 0) + int(n)
        (wrt, times), *others = counts.items()
        here = self.letters.get(wrt)
        if others or here is None or isinstance(here, Jet) or any(isinstance(v, Jet) for v in self.letters.values()):
            plain = plain_derivative(e)
            if isinstance(plain, Derivative) and plain.args == e.args:
                raise Unclear("a slope of a slope that nobody knows")
            return self(plain)
        try:
            return self.jet(e.expr, wrt, times, 0)
        except Kink:
            right, left = self.jet(e.expr, wrt, times, 1), self.jet(e.expr, wrt, times, -1)
            if right - left != 0 and not (ball(right) - ball(left)).contains(0):
                raise
            return right

    def jet(self, body: sp.Expr, wrt: sp.Expr, times: int, side: int) -> Number:
        start = [self.letters[wrt], fmpq(side or 1)] + [ZERO] * (times - 1)
        value = Balls({**self.letters, wrt: Jet(start)}, sided=side != 0)(body)
        if side and not (ball(head(value)) - ball(self(body))).contains(0):
            raise Kink("a jump right here")
        if not isinstance(value, Jet):
            return ZERO
        if side and times > 1 and not all(self.same_slope(body, wrt, k) for k in range(1, times)):
            raise Kink("a kink right here")
        out = value.c[times] * fmpq(side or 1) ** times
        for k in range(2, times + 1):
            out = out * k
        return out

    def same_slope(self, body: sp.Expr, wrt: sp.Expr, k: int) -> bool:
        return (ball(self.jet(body, wrt, k, 1)) - ball(self.jet(body, wrt, k, -1))).contains(0)


@cache
def partial_slope(function: Any, arity: int, k: int) -> sp.Expr:
    """The slope of a function in its argument k, written in LETTERS, as SymPy's own tables have it."""
    try:
        slope = function(*LETTERS[:arity], evaluate=False).fdiff(k + 1)
    except (ArgumentIndexError, NotImplementedError, TypeError):
        slope = None
    if slope is None or slope.has(Derivative, sp.Subs, sp.Integral, sp.Sum):
        raise Unclear(f"the slope of {function.__name__} in its argument {k + 1}")
    return slope


def plain_derivative(e: Derivative) -> sp.Expr:
    """SymPy's derivative, for what one jet cannot say (mixed and nested ones); steps have slope 0."""
    out = e.doit()
    return out.replace(sp.DiracDelta, lambda *_: sp.Integer(0))


RELATIONS: dict[str, Callable[[int], bool]] = {
    ">": lambda s: s > 0,
    ">=": lambda s: s >= 0,
    "<": lambda s: s < 0,
    "<=": lambda s: s <= 0,
    "==": lambda s: s == 0,
    "!=": lambda s: s != 0,
}

HANDLERS: dict[type, Callable[[Balls, Any], Value]] = {
    sp.Add: Balls.add,
    sp.Mul: Balls.mul,
    sp.Pow: Balls.power,
    sp.Abs: Balls.absolute,
    sp.sign: Balls.signum,
    sp.Heaviside: Balls.heaviside,
    sp.Max: Balls.extreme,
    sp.Min: Balls.extreme,
    sp.Piecewise: Balls.piecewise,
    sp.floor: Balls.steps,
    sp.ceiling: Balls.steps,
    sp.frac: Balls.steps,
    sp.Mod: Balls.modulo,
    sp.re: lambda self, e: self(e.args[0]),
    sp.conjugate: lambda self, e: self(e.args[0]),
    sp.im: lambda self, e: ZERO,
    sp.DiracDelta: lambda self, e: ZERO,
}
