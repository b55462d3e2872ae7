"""Numbers put into formulas: every index is a named axis, broadcast by its name.

    evaluate(x[i, k] entries, SumOver, MaxOver, KroneckerDelta, N_k, Piecewise, functions ..., env) -> array

No code is generated and none is run: the formula is walked. An entry whose index lies outside its axis
counts as zero (a padded border, the state before the first step). An open derivative is taken by an
imaginary step on the one entry it asks for, so that a formula with derivatives still to be taken has a
value too, found without any law.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, reduce
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from sympy.logic.boolalg import BooleanFunction, BooleanTrue
from sympy.utilities.lambdify import MPMATH_TRANSLATIONS

from .errors import InputError
from .story import Formula
from .symbols import D, MaxOver, Over, SumOver, entry, length

STEP = 1e-150  # of an imaginary step: no subtraction, so no cancellation
Axes = tuple[sp.Symbol, ...]
Value = tuple[Any, Axes]


@dataclass(frozen=True)
class Named:
    """An array whose last axes go by names of their own, beside those that its entry's indices name."""

    array: Any
    axes: Axes


@dataclass(frozen=True)
class Setting:
    """What a formula is evaluated in: values by name, and the length of every index."""

    env: Mapping[str, Any]
    sizes: Mapping[str, int]


def evaluate(
    expr: Any, env: Mapping[str, Any], sizes: Mapping[str, int] | None = None, axes: Axes | None = None
) -> Any:
    """The values of a formula: an array with an axis for each free index, in the order of `axes`
    (of their names, if not given). Without indices: what NumPy's broadcasting makes of it."""
    expr = sp.sympify(expr, strict=True)
    setting = Setting(env, {**lengths_inside(expr, env, sizes or {}), **measure(expr, env), **(sizes or {})})
    with np.errstate(all="ignore"):
        value, found = walk(expr, setting)
    wanted = tuple(sorted(found, key=lambda s: s.name)) if axes is None else axes
    missing = [a for a in found if a not in wanted]
    if missing:
        raise InputError(f"the index {missing[0]} is free in {expr}", mend="sum over it, or name it on the left side")
    return spread(value, found, wanted, setting)


def evaluate_formula(
    formula: Formula,
    env: Mapping[str, Any],
    sizes: Mapping[str, int] | None = None,
    nudges: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The values of all named equations, in order, beside the given ones: name -> array.

    A name that is given already tells how long its axes are, and is computed anew. `nudges` are added to the
    names they are given for, before anything else sees them.
    """
    values = dict(env)
    sizes = {**told_by_outputs(formula, env), **stated_lengths(formula, env), **(sizes or {})}
    for equation in formula.equations:
        name, indices = parts(equation.lhs)
        nudge = (nudges or {}).get(name, 0)
        own = measure(equation.lhs, values) if name in values else {}
        known = {**sizes, **measure(equation.rhs, values), **own}
        if own_past(equation.rhs, name):
            values[name] = recur(name, indices, equation.rhs, values, known, nudge)
        else:
            values[name] = evaluate(equation.rhs, values, known, indices if indices else None) + nudge
    return values


def told_by_outputs(formula: Formula, env: Mapping[str, Any]) -> dict[str, int]:
    """Lengths read off names that are given although the formula computes them."""
    given = [e.lhs for e in formula.equations if parts(e.lhs)[0] in env]
    return {i.name: n for lhs in given for _, i, n in counted(lhs, env)}


def stated_lengths(formula: Formula, env: Mapping[str, Any]) -> dict[str, int]:
    """Lengths that a fact states: the window letter u runs over k places, N_u = k."""
    stated = {f.lhs.name: f.rhs for f in formula.facts if f.lhs.is_Symbol and f.lhs.name.startswith("N_")}
    return {
        n[2:]: int(evaluate(rhs, env)) for n, rhs in stated.items() if all(s.name in env for s in rhs.free_symbols)
    }


def parts(lhs: Any) -> tuple[str, tuple[Any, ...]]:
    """The name and the indices of an entry."""
    return (lhs.base.label.name, lhs.indices) if isinstance(lhs, sp.Indexed) else (lhs.name, ())


def own_past(rhs: Any, name: str) -> bool:
    return any(parts(a)[0] == name for a in rhs.atoms(sp.Indexed))


def recur(
    name: str, indices: Axes, rhs: Any, env: Mapping[str, Any], sizes: Mapping[str, int], nudge: Any = 0
) -> Any:
    """A recursion over its first index: every step from the ones before it."""
    time, rest = indices[0], indices[1:]
    values = np.zeros([sizes[i.name] for i in indices]) + nudge * 0
    for t in range(sizes[time.name]):
        now = evaluate(rhs.xreplace({time: sp.Integer(t)}), {**env, name: values}, sizes, rest)
        values = values.astype(np.result_type(values, now))
        values[t] = now + (nudge[t] if np.ndim(nudge) else nudge)
    return values


def measure(expr: Any, env: Mapping[str, Any]) -> dict[str, int]:
    """The length of each free index, read off the arrays whose entries it counts."""
    return agreed(counted(expr, env))


def agreed(told: Iterable[tuple[str, sp.Symbol, int]]) -> dict[str, int]:
    """One length for each index; raises InputError where two arrays disagree."""
    sizes: dict[str, int] = {}
    for name, i, n in told:
        if sizes.setdefault(i.name, n) != n:
            raise InputError(
                f"the index {i} runs over {sizes[i.name]} and over {n} values in {name}",
                mend="give the arrays sizes that agree",
            )
    return sizes


def lengths_inside(expr: Any, env: Mapping[str, Any], known: Mapping[str, int] = {}) -> dict[str, int]:  # noqa: B006
    """The lengths of bound indices, for an N_k that stands outside of its sum and is not known."""
    lengths = [s.name[2:] for s in expr.free_symbols if s.is_Symbol and s.name.startswith("N_")]
    if all(name in known for name in lengths):
        return {}
    return {i.name: n for over in sorted(expr.atoms(Over), key=str) for _, i, n in counted(over.body, env)}


def counted(expr: Any, env: Mapping[str, Any]) -> Iterator[tuple[str, sp.Symbol, int]]:
    """(array, letter, length) for every entry with a plain letter that is free."""
    if isinstance(expr, Over):
        yield from ((name, i, n) for name, i, n in counted(expr.body, env) if i != expr.index)
    elif isinstance(expr, sp.Indexed):
        name, indices = parts(expr)
        if name in env:
            value = env[name]
            shape = value.array.shape[: -len(value.axes) or None] if isinstance(value, Named) else np.shape(value)
            if len(shape) != len(indices):
                raise InputError(
                    f"{expr} has {len(indices)} indices, but {name} has shape {shape}",
                    mend=f"give {name} {len(indices)} axes",
                )
            yield from ((name, i, n) for i, n in zip(indices, shape, strict=True) if i.is_Symbol)
        for i in indices:
            yield from counted(i, env)
    else:
        for a in expr.args:
            yield from counted(a, env)


def within(expr: Over, setting: Setting) -> Setting:
    """The setting inside a reduction, where its letter has the length that the body tells."""
    told = [(name, i, n) for name, i, n in counted(expr.body, setting.env) if i == expr.index]
    return replace(setting, sizes={**setting.sizes, **agreed(told)}) if told else setting


# ---------------------------------------------------------------- values with named axes


def spread(value: Any, found: Axes, wanted: Axes, setting: Setting | None = None) -> Any:
    """A value brought to the wanted axes; where it lacks one, it is repeated (or has length 1)."""
    value = np.asarray(value)
    if not found and not wanted:
        return value[()]
    present = [a for a in wanted if a in found]
    trailing = value.ndim - len(found)
    order = [found.index(a) for a in present] + list(range(len(found), value.ndim))
    shape = iter(np.transpose(value, order).shape)
    full = [next(shape) if a in found else 1 for a in wanted]
    value = np.transpose(value, order).reshape(full + [*value.shape[len(found) :]][:trailing])
    if setting is None:
        return value
    return np.broadcast_to(value, [size(a, setting) for a in wanted]).copy() if not trailing else value


def together(values: list[Value]) -> tuple[list[Any], Axes]:
    """Values over the union of their axes, ready for NumPy's broadcasting."""
    axes: Axes = tuple(dict.fromkeys(a for _, found in values for a in found))
    if all(found == axes for _, found in values):
        return [v for v, _ in values], axes
    return [spread(v, found, axes) for v, found in values], axes


def size(i: sp.Symbol, setting: Setting) -> int:
    try:
        return setting.sizes[i.name]
    except KeyError:
        raise InputError(
            f"nothing tells how far the index {i} runs", mend=f"give its length in sizes={{'{i}': ...}}"
        ) from None


def walk(expr: Any, setting: Setting) -> Value:
    """The value of a node, with the axes it has."""
    if (rule := rule_for(type(expr))) is not None:  # type: ignore[arg-type]
        return rule(expr, setting)
    raise InputError(
        f"{expr} cannot be evaluated with numbers", mend="write it with the functions that the reader knows"
    )


@cache
def rule_for(kind: type) -> Callable[[Any, Setting], Value] | None:
    """The rule for nodes of a type: the first that fits."""
    found = next((rule for known, rule in RULES if issubclass(kind, known)), None)
    return function if found is None and issubclass(kind, sp.Function) else found


def number(expr: Any, setting: Setting) -> Value:
    return (int(expr) if expr.is_Integer else float(expr)), ()


def symbol(expr: sp.Symbol, setting: Setting) -> Value:
    if expr.is_integer and expr.name in setting.sizes:
        return np.arange(setting.sizes[expr.name]), (expr,)
    if expr.name in setting.env:
        value = setting.env[expr.name]
        return (value.array, value.axes) if isinstance(value, Named) else (value, ())
    if expr.name.startswith("N_") and expr.name[2:] in setting.sizes:
        return setting.sizes[expr.name[2:]], ()
    if expr.is_integer:
        size(expr, setting)
    raise InputError(f"the letter {expr} has no value", mend=f"give one: {expr} = ...")


def indexed(expr: sp.Indexed, setting: Setting) -> Value:
    name, indices = parts(expr)
    if name not in setting.env:
        raise InputError(f"the array {name} has no value", mend=f"give one for {expr}")
    return gather(setting.env[name], indices, setting)


def gather(value: Any, indices: tuple[Any, ...], setting: Setting) -> Value:
    """The entries of an array at any indices, zero outside of it."""
    if isinstance(value, Named):
        value, indices = value.array, indices + value.axes
    value = np.asarray(value)
    plain = all(i.is_Symbol and setting.sizes.get(i.name) == n for i, n in zip(indices, value.shape, strict=True))
    if plain and len(set(indices)) == len(indices):
        return value, indices
    if not indices:
        return value, ()
    places, axes = together([walk(i, setting) for i in indices])
    places = list(np.broadcast_arrays(*(np.asarray(np.real(p)).astype(int) for p in places)))
    inside = reduce(np.logical_and, ((p >= 0) & (p < n) for p, n in zip(places, value.shape, strict=True)))
    found = value[tuple(np.clip(p, 0, n - 1) for p, n in zip(places, value.shape, strict=True))]
    return np.where(inside, found, 0), axes


def sum_over(expr: SumOver, setting: Setting) -> Value:
    setting = within(expr, setting)
    value, axes = walk(expr.body, setting)
    if expr.index not in axes:
        return value * size(expr.index, setting), axes
    at = axes.index(expr.index)
    return np.sum(value, axis=at), axes[:at] + axes[at + 1 :]


def max_over(expr: MaxOver, setting: Setting) -> Value:
    setting = within(expr, setting)
    value, axes = walk(expr.body, setting)
    if expr.index not in axes:
        return value, axes
    at = axes.index(expr.index)
    best = np.expand_dims(np.argmax(np.real(value), axis=at), at)
    return np.take_along_axis(value, best, at).squeeze(at), axes[:at] + axes[at + 1 :]


def delta(expr: sp.KroneckerDelta, setting: Setting) -> Value:
    (a, b), axes = together([walk(expr.args[0], setting), walk(expr.args[1], setting)])
    return np.equal(a, b).astype(float), axes


def derivative(expr: D, setting: Setting) -> Value:
    """The gradient of the end result where its name is given; any other by an imaginary step."""
    name, indices = parts(expr.wrt)
    if expr.expr.is_Symbol and "d" + name in setting.env:
        return gather(setting.env["d" + name], indices, setting) if indices else (setting.env["d" + name], ())
    value = setting.env[name]
    if isinstance(value, Named) or not all(i.is_Symbol for i in indices):
        raise InputError(f"{expr} cannot be taken by numbers", mend="ask for the derivative by one plain entry")
    nudge = np.zeros(2 * np.shape(value), complex)
    for place in np.ndindex(*np.shape(value)):
        nudge[2 * place] = 1j * STEP
    nudged = np.reshape(value, np.shape(value) + (1,) * np.ndim(value)) + nudge
    probes = tuple(sp.Symbol(i.name + "'", integer=True) for i in indices)  # apart from letters bound inside
    sizes = {**setting.sizes, **{i.name: n for i, n in zip(probes, np.shape(value), strict=True)}}
    env = {**setting.env, name: Named(nudged, probes)}
    result, axes = walk(expr.expr, replace(setting, env=env, sizes=sizes))
    result = np.imag(result) / STEP
    for i, probe in zip(indices, probes, strict=True):
        result, axes = identify(result, axes, probe, i)
    return result, axes


def identify(value: Any, axes: Axes, old: sp.Symbol, new: sp.Symbol) -> Value:
    """The axis `old` by its true name; where that axis is there already, their common diagonal."""
    if old not in axes:
        return value, axes
    if new not in axes:
        return value, tuple(new if a == old else a for a in axes)
    rest = tuple(a for a in axes if a not in (old, new))
    return np.diagonal(value, axis1=axes.index(old), axis2=axes.index(new)), (*rest, new)


def combine(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Setting], Value]:
    def rule(expr: Any, setting: Setting) -> Value:
        values, axes = together([walk(a, setting) for a in expr.args])
        return reduce(operation, values), axes

    return rule


def power(expr: sp.Pow, setting: Setting) -> Value:
    if expr.base == sp.E:
        value, axes = walk(expr.exp, setting)
        return np.exp(value), axes
    (base, exponent), axes = together([walk(expr.base, setting), walk(expr.exp, setting)])
    if expr.exp == sp.S.Half:
        return np.sqrt(base), axes
    return np.power(np.asarray(base, dtype=np.result_type(base, float)), exponent), axes


def relation(expr: Any, setting: Setting) -> Value:
    (a, b), axes = together([walk(a, setting) for a in expr.args])
    return RELATIONS[expr.rel_op](np.real(a), np.real(b)), axes


def boolean(expr: Any, setting: Setting) -> Value:
    operation = {"And": np.logical_and, "Or": np.logical_or, "Not": np.logical_not}[expr.func.__name__]
    values, axes = together([walk(a, setting) for a in expr.args])
    return (operation(values[0]) if len(values) == 1 else reduce(operation, values)), axes


def piecewise(expr: sp.Piecewise, setting: Setting) -> Value:
    flat = [walk(part, setting) for pair in expr.args for part in (pair.cond, pair.expr)]
    values, axes = together(flat)
    values = list(np.broadcast_arrays(*values))
    return np.select(values[0::2], values[1::2], default=np.nan), axes


def function(expr: Any, setting: Setting) -> Value:
    values, axes = together([walk(a, setting) for a in expr.args])
    numpy_one = FUNCTIONS.get(expr.func.__name__)
    if numpy_one is not None:
        return numpy_one(*values), axes
    letters = [sp.Dummy(real=True) for _ in values]
    reals = [np.real(v) for v in values]
    bare = expr.func(*letters)
    result = tabulate(bare, letters, reals)
    if any(np.iscomplexobj(v) for v in values):
        slopes = [tabulate(bare.fdiff(n + 1), letters, reals) for n in range(len(values))]
        result = result + 1j * sum(s * np.imag(v) for s, v in zip(slopes, values, strict=True))
    return result, axes


def tabulate(expr: Any, letters: list[Any], arrays: list[Any]) -> Any:
    """A SymPy expression at every number of the arrays: slow, for functions that NumPy lacks; nan at poles."""
    name = MPMATH_TRANSLATIONS.get(expr.func.__name__, expr.func.__name__)
    known = (MATH.get(expr.func) or getattr(mpmath, name, None)) if expr.args == tuple(letters) else None

    def one(*numbers: Any) -> float:
        try:
            if known:
                value = known(*numbers)
                return float("nan") if getattr(value, "imag", 0) else float(getattr(value, "real", value))
            return float(expr.evalf(17, subs=dict(zip(letters, numbers, strict=True))))
        except (TypeError, ValueError, OverflowError):
            return float("nan")

    return np.asarray(np.frompyfunc(one, len(letters), 1)(*arrays), float)


def erfinv(y: float) -> float:
    """By the normal distribution, and one step of Newton's."""
    x = statistics.NormalDist().inv_cdf((1 + y) / 2) / math.sqrt(2)
    return x - (math.erf(x) - y) * math.sqrt(math.pi) / 2 * math.exp(x * x)


MATH: dict[Any, Callable[..., float]] = {
    sp.erf: math.erf, sp.erfc: math.erfc, sp.erfinv: erfinv, sp.gamma: math.gamma,
}  # fmt: skip


def absolute(z: Any) -> Any:
    return np.where(np.real(z) < 0, -z, z)


RELATIONS = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (np.exp, np.log, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh)},
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "Abs": absolute, "sign": lambda z: np.sign(np.real(z)),
    "floor": lambda z: np.floor(np.real(z)), "ceiling": lambda z: np.ceil(np.real(z)),
    "Heaviside": lambda z, at_zero=0.5: np.heaviside(np.real(z), np.real(at_zero)),
    "cot": lambda z: 1 / np.tan(z), "sec": lambda z: 1 / np.cos(z), "csc": lambda z: 1 / np.sin(z),
    "coth": lambda z: 1 / np.tanh(z), "sech": lambda z: 1 / np.cosh(z), "csch": lambda z: 1 / np.sinh(z),
}  # fmt: skip

RULES: tuple[tuple[Any, Callable[[Any, Setting], Value]], ...] = (
    (sp.Number | sp.NumberSymbol, number),
    (sp.Symbol, symbol),
    (sp.Indexed, indexed),
    (sp.Add, combine(np.add)),
    (sp.Mul, combine(np.multiply)),
    (sp.Pow | sp.exp, power),
    (SumOver, sum_over),
    (MaxOver, max_over),
    (sp.KroneckerDelta, delta),
    (sp.Max, combine(lambda a, b: np.where(np.real(a) >= np.real(b), a, b))),
    (sp.Min, combine(lambda a, b: np.where(np.real(a) <= np.real(b), a, b))),
    (sp.Piecewise, piecewise),
    (D, derivative),
    (sp.core.relational.Relational, relation),
    (BooleanFunction, boolean),
    (BooleanTrue | sp.logic.boolalg.BooleanFalse, lambda expr, setting: (bool(expr), ())),
)

__all__ = ["Named", "entry", "evaluate", "evaluate_formula", "length", "measure", "parts"]
