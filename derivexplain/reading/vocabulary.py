"""The vocabulary: which functions a formula may name, and what each of them means in SymPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import sympy as sp
from sympy import functions as sf

from ..errors import ReadError
from ..symbols import D
from . import limits

CONSTANTS = {"pi": sp.pi, "E": sp.E, "EulerGamma": sp.EulerGamma}

# Functions of the field, each a formula in the reader's own language. Nothing else needs to know them.
# A parameter that libraries have a default for may be left out.
FIELD = """
sigmoid(x) = 1/(1 + exp(-x))
softplus(x) = log(1 + exp(x))
relu(x) = Max(0, x)
relu6(x) = Min(Max(0, x), 6)
leaky_relu(x, a=0.01) = where(x > 0, x, a*x)
elu(x, a=1) = where(x > 0, x, a*(exp(x) - 1))
silu(x) = x/(1 + exp(-x))
mish(x) = x*tanh(log(1 + exp(x)))
gelu(x) = x*(1 + erf(x/sqrt(2)))/2
softsign(x) = x/(1 + Abs(x))
logsigmoid(x) = -log(1 + exp(-x))
logit(p) = log(p/(1 - p))
step(x) = where(x > 0, 1, 0)
Phi(x) = (1 + erf(x/sqrt(2)))/2
phi(x) = exp(-x^2/2)/sqrt(2*pi)
clip(x, a, b) = Min(Max(x, a), b)
log1p(x) = log(1 + x)
expm1(x) = exp(x) - 1
log2(x) = log(x)/log(2)
log10(x) = log(x)/log(10)
square(x) = x^2
reciprocal(x) = 1/x
hypot(x, y) = sqrt(x^2 + y^2)
logaddexp(a, b) = log(exp(a) + exp(b))
xlogy(x, y) = x*log(y)
deg2rad(x) = x*pi/180
rad2deg(x) = x*180/pi
sinpi(x) = sin(pi*x)
cospi(x) = cos(pi*x)
sind(x) = sin(pi*x/180)
cosd(x) = cos(pi*x/180)
tand(x) = tan(pi*x/180)
invsqrt(x) = 1/sqrt(x)
E1(x) = expint(1, x)
selu(x) = 1.0507009873554805*where(x > 0, x, 1.6732632423543772*(exp(x) - 1))
hardtanh(x) = Min(Max(x, -1), 1)
betainc_regularized(a, b, u, v) = betainc(a, b, u, v)/beta(a, b)
logsubexp(a, b) = log(exp(a) - exp(b))
prelu(x, a) = where(x > 0, x, a*x)
celu(x, a=1) = where(x > 0, x, a*(exp(x/a) - 1))
hardsigmoid(x) = Min(Max(x/6 + 1/2, 0), 1)
hardswish(x) = x*Min(Max(x/6 + 1/2, 0), 1)
hardshrink(x, b=1/2) = where(Abs(x) > b, x, 0)
softshrink(x, b=1/2) = where(x > b, x - b, where(x < -b, x + b, 0))
tanhshrink(x) = x - tanh(x)
squareplus(x, b=4) = (x + sqrt(x^2 + b))/2
isru(x, a=1) = x/sqrt(1 + a*x^2)
huber(r, d=1) = where(Abs(r) <= d, r^2/2, d*(Abs(r) - d/2))
log_cosh(x) = log(cosh(x))
log1mexp(x) = log(1 - exp(x))
log2mexp(x) = log(2 - exp(x))
logexpm1(x) = log(exp(x) - 1)
log1psq(x) = log(1 + x^2)
logmxp1(x) = log(x) - x + 1
log1pmx(x) = log(1 + x) - x
logaddexp2(a, b) = log(2^a + 2^b)/log(2)
xlogx(x) = x*log(x)
xlog1py(x, y) = x*log(1 + y)
xexpx(x) = x*exp(x)
xexpy(x, y) = x*exp(y)
entr(x) = -x*log(x)
rel_entr(x, y) = x*log(x/y)
kl_div(x, y) = x*log(x/y) - x + y
squared_difference(x, y) = (x - y)^2
lerp(a, b, t) = a + t*(b - a)
fma(a, b, c) = a*b + c
ldexp(x, n) = x*2^n
copysign(x, y) = where(y >= 0, Abs(x), -Abs(x))
trunc(x) = sign(x)*floor(Abs(x))
fmod(x, y) = x - y*sign(x/y)*floor(Abs(x/y))
floor_divide(x, y) = floor(x/y)
secd(x) = sec(pi*x/180)
cscd(x) = csc(pi*x/180)
cotd(x) = cot(pi*x/180)
asind(x) = asin(x)*180/pi
acosd(x) = acos(x)*180/pi
atand(x) = atan(x)*180/pi
tanpi(x) = tan(pi*x)
gudermannian(x) = 2*atan(tanh(x/2))
erfcx(x) = exp(x^2)*erfc(x)
logerfc(x) = log(erfc(x))
dawson(x) = sqrt(pi)*exp(-x^2)*erfi(x)/2
log_ndtr(x) = log(erfc(-x/sqrt(2))/2)
ndtri(p) = sqrt(2)*erfinv(2*p - 1)
betaln(a, b) = loggamma(a) + loggamma(b) - loggamma(a + b)
gammainc(a, x) = lowergamma(a, x)/gamma(a)
gammaincc(a, x) = uppergamma(a, x)/gamma(a)
spence(x) = polylog(2, 1 - x)
i0e(x) = exp(-Abs(x))*besseli(0, x)
i1e(x) = exp(-Abs(x))*besseli(1, x)
""" + "".join(
    f"{short}{n}(x) = {name}({n}, x)\n"
    for short, name in (("j", "besselj"), ("y", "bessely"), ("i", "besseli"), ("k", "besselk"))
    for n in (0, 1)
)

SAME = {  # another name of the same function: NumPy's, ChainRules', a lecturer's
    "logistic": "sigmoid", "expit": "sigmoid", "sigma": "sigmoid", "ReLU": "relu", "swish": "silu",
    "Softplus": "softplus",
    "log_sigmoid": "logsigmoid", "norm_cdf": "Phi", "normcdf": "Phi", "norm_pdf": "phi", "normpdf": "phi",
    "ndtr": "Phi", "clamp": "clip", "degrees": "rad2deg", "radians": "deg2rad", "rsqrt": "invsqrt",
    "abs": "Abs", "fabs": "Abs", "absolute": "Abs", "sgn": "sign", "ceil": "ceiling", "heaviside": "Heaviside",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "arccot": "acot", "arcsec": "asec", "arccsc": "acsc",
    "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "pow": "power", "Pow": "power", "log_e": "log",
    "maximum": "max", "Max": "max", "minimum": "min", "Min": "min", "lgamma": "loggamma",
    "gammaln": "loggamma", "psi": "digamma", "Gamma": "gamma", "lambertw": "LambertW",
    "Derivative": "D", "diff": "D", "kron": "delta", "KroneckerDelta": "delta",
    "select": "where", "If": "where", "expi": "Ei", "inv": "reciprocal", "abs2": "square",
    "fmax": "max", "fmin": "min", "Mod": "mod", "remainder": "mod", "log1pexp": "softplus", "logcosh": "log_cosh",
    "hard_tanh": "hardtanh", "hard_sigmoid": "hardsigmoid", "hard_swish": "hardswish", "hard_silu": "hardswish",
    "xexp": "xexpx", "muladd": "fma", "gd": "gudermannian", "lbeta": "betaln", "logbeta": "betaln", "rem": "fmod",
    "igamma": "gammainc", "igammac": "gammaincc", "ellipk": "elliptic_k", "ellipe": "elliptic_e", "ifelse": "where",
    "sinint": "Si", "cosint": "Ci", "expinti": "Ei", "exp1": "E1", "besselj0": "j0", "besselj1": "j1",
    "bessely0": "y0", "bessely1": "y1", "jv": "besselj", "yv": "bessely", "iv": "besseli", "kv": "besselk",
}  # fmt: skip

UNFIT = {"Piecewise", "piecewise_fold", "piecewise_exclusive", "Id", "sqrt", "cbrt", "root", "real_root", "ln",
         "Max", "Min", "bspline_basis", "bspline_basis_set", "interpolating_spline", "jn_zeros", "polarify",
         "unpolarify", "transpose", "adjoint", "conjugate", "KroneckerDelta", "re", "im", "arg", "polar_lift",
         "periodic_argument", "unbranched_argument", "principal_branch", "exp_polar", "hyper", "meijerg",
         "Eijk", "LeviCivita", "multigamma", "SingularityFunction"}  # fmt: skip
COUNTING = {"factorial", "factorial2", "binomial", "rf", "ff", "RisingFactorial", "FallingFactorial", "harmonic"}
_CLASSES = {
    n: kind
    for n in sf.__all__
    if n not in UNFIT
    and isinstance(kind := getattr(sf, n), type)
    and (n in COUNTING or not kind.__module__.startswith("sympy.functions.combinatorial"))
}
_CHEAP = frozenset([
    "exp", "log", "sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth", "sech", "csch", "asin",
    "acos", "atan", "acot", "asec", "acsc", "asinh", "acosh", "atanh", "acoth", "asech", "acsch", "sign", "Abs",
    "erf", "erfc", "erfi", "atan2", "Heaviside", "sinc",
])  # fmt: skip

SMALL = 8  # gamma(8) is a number at once, gamma(10**6) has five million digits
_UNASKED = frozenset(["polylog"])  # it would simplify its arguments first


def _log(x: sp.Expr, *base: sp.Expr) -> sp.Expr:
    return sp.log(x) / sp.log(base[0]) if base else sp.log(x)


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """A power that is small enough to be held."""
    limits.check_power(base, exponent)
    if base.is_Add and not is_light(base):
        return sp.Pow(base, exponent, evaluate=False)  # SymPy would ask for the sign of 1 + gamma(10**6)
    result = base**exponent
    if result.is_Pow:
        limits.check_power(result.base, result.exp)
    return result


def _cbrt(x: sp.Expr) -> sp.Expr:
    """The real cube root: odd, unlike x**(1/3), which is real only for x >= 0."""
    return sp.cbrt(x) if x.is_nonnegative else sp.sign(x) * sp.cbrt(sp.Abs(x))


def _derivative(f: sp.Expr, *variables: sp.Expr) -> sp.Expr:
    pairs: list[Any] = []
    for v in variables:
        if v.is_Integer and v > limits.ORDER:
            raise ValueError(f"a derivative of order {v} is beyond {limits.ORDER}")
        if v.is_Integer and v > 0 and pairs and not isinstance(pairs[-1], tuple):
            pairs[-1] = (pairs[-1], v)
        elif v.is_Symbol or isinstance(v, sp.Indexed):
            pairs.append(v)
        else:
            raise ValueError("what one differentiates by must be a letter")
    return D(f, *pairs)


_OWN: dict[str, tuple[Callable[..., Any], int, int]] = {  # name: meaning, least and most arguments
    "log": (_log, 1, 2),
    "ln": (sp.log, 1, 1),
    "sqrt": (sp.sqrt, 1, 1),
    "cbrt": (_cbrt, 1, 1),
    "root": (lambda x, n: power(x, 1 / n), 2, 2),
    "power": (power, 2, 2),
    "exp2": (lambda x: power(sp.Integer(2), x), 1, 1),
    "exp10": (lambda x: power(sp.Integer(10), x), 1, 1),
    "exp": (sp.exp, 1, 1),
    "max": (sp.Max, 1, 60),
    "min": (sp.Min, 1, 60),
    "mod": (sp.Mod, 2, 2),
    "D": (_derivative, 2, 8),
}


OF_ARRAYS = {  # what people call as a function of a whole array, and how it is written here
    "softmax": "exp(x[i])/sum(j, exp(x[j]))", "log_softmax": "x[i] - log(sum(j, exp(x[j])))",
    "logsumexp": "log(sum(j, exp(x[j])))", "norm": "sqrt(sum(j, x[j]^2))", "dot": "sum(j, x[j]*w[j])",
    "matmul": "sum(k, x[i,k]*W[k,j])", "transpose": "x[j,i]", "trace": "sum(j, x[j,j])",
}  # fmt: skip
LINES = {
    name: (parameters, body)
    for name, parameters, body in (
        (*head.rstrip(")").split("("), body)
        for head, body in (line.split(" = ", 1) for line in FIELD.strip().splitlines())
    )
}
KNOWN = frozenset({*_OWN, *_CLASSES, *SAME, *LINES, "where", "sum", "mean", "delta", "Piecewise", "Rational",
                   "And", "Or", "Not", "Eq", "Ne", "Lt", "Le", "Gt", "Ge"})  # fmt: skip


def inverse(value: sp.Expr) -> sp.Expr:
    if value == 0:
        raise ReadError("a division by zero", mend="mend the denominator")
    return power(value, sp.S.NegativeOne)


def is_light(expr: sp.Expr) -> bool:
    """Whether SymPy can look into the numbers in it at once: gamma(50) in a logarithm it would work out."""
    return all(type(f).__name__ in _CHEAP or f.free_symbols for f in expr.atoms(sp.Function))


def _put(meaning: sp.Expr, moves: dict[Any, Any]) -> sp.Expr:
    """The meaning with its parameters replaced; a special function of numbers stays as it stands."""
    if not meaning.args:
        return moves.get(meaning, meaning)
    args = [_put(a, moves) for a in meaning.args]
    name = type(meaning).__name__
    special = isinstance(meaning, sp.Function) and name not in _CHEAP
    if special and (name in _UNASKED or any(a.is_number and not (a.is_Rational and abs(a) <= SMALL) for a in args)):
        return meaning.func(*args, evaluate=False)
    return meaning.func(*args)


@cache
def _arity(cls: type) -> tuple[int, ...]:
    n = cls.nargs if hasattr(cls, "nargs") else None
    try:
        return tuple(sorted(int(k) for k in n)) if n not in (None, sp.S.Naturals0) else ()
    except TypeError:
        return ()


# A function of the field: its parameters, what the last of them are where they are left out, and its formula.
Meaning = tuple[tuple[sp.Symbol, ...], tuple[sp.Expr, ...], sp.Expr]


def call(name: str, args: tuple[sp.Expr, ...], field: Callable[[str], Meaning] | None = None) -> sp.Expr:
    """The function of this name applied; ValueError says what is wrong with the arguments.

    `field` gives what a function of the field means.
    """
    name = SAME.get(name, name)
    heavy = not all(map(is_light, args))
    if heavy and (name in LINES or name in _OWN) and any(a.is_number and not is_light(a) for a in args):
        raise ValueError(f"{name} of a special function of numbers is not worked out here")
    if name in LINES:
        parameters, defaults, meaning = field(name)
        _count(name, len(args), len(parameters) - len(defaults), len(parameters))
        args = (*args, *defaults[len(args) - len(parameters) + len(defaults) :])
        return _put(meaning, dict(zip(parameters, args)))
    if name in _OWN:
        function, least, most = _OWN[name]
        _count(name, len(args), least, most)
        return function(*args)
    cls = _CLASSES[name]
    allowed = (2,) if name == "beta" else _arity(cls)
    if allowed and len(args) not in allowed:
        _count(name, len(args), allowed[0], allowed[-1])
    if heavy or name in _UNASKED or (name not in _CHEAP and any(a.is_number for a in args)):
        return cls(*args, evaluate=False)  # gamma(10**6) takes seconds merely to construct
    try:
        return cls(*args)
    except TypeError:
        raise ValueError(f"{name} does not take {len(args)} arguments like these") from None


def _count(name: str, given: int, least: int, most: int) -> None:
    if not least <= given <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise ValueError(f"{name} takes {wanted} argument{'s' if most > 1 else ''}, not {given}")
