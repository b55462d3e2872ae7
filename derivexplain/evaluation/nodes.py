"""The value of a node, with the axes it has: one rule for each kind of node."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from typing import Any

import numpy as np
import sympy as sp
from sympy.logic.boolalg import BooleanFunction, BooleanTrue

from ..errors import InputError
from ..indices import mentioned, parts
from ..symbols import D, MaxOver, Over, SumOver
from .functions import FUNCTIONS, RELATIONS, tabulate
from .lengths import agreed, counted, counters, shape_of
from .named import Axes, Named, Value, size, together, union

LETTERS = tuple(sp.Dummy(f"z{k}", real=True) for k in range(5))  # arguments of a function by itself
STEP = 1e-150  # of an imaginary step: no subtraction, so no cancellation


@dataclass(frozen=True)
class Setting:
    """What a formula is evaluated in: values by name, and the length of every index.

    The values of nodes are kept, so that lines which share their parts are cheap; `inner` are the settings
    inside sums whose letter has a length of its own, and those where one array is nudged. `now` are letters
    that stand at one step of a recursion.
    """

    env: Mapping[str, Any]
    sizes: Mapping[str, int]
    now: Mapping[Any, sp.Integer] = field(default_factory=dict)
    still: Setting | None = None  # before the nudge
    moved: set[str] = field(default_factory=set)  # what a nudge has changed
    known: dict[Any, Value] = field(default_factory=dict, repr=False, compare=False)
    inner: dict[Any, Setting] = field(default_factory=dict, repr=False, compare=False)

    def within(self, over: Over) -> Setting:
        """The setting inside a reduction, where its letter has the length that the body tells."""
        told = {shape_of(self.env[name])[at] for name, at in counters(over) if name in self.env}
        if told <= {self.sizes.get(over.index.name)}:
            return self
        ((letter, n),) = agreed(c for c in counted(over.body, self.env) if c[1] == over.index.name).items()
        return self.inner.setdefault((letter, n), Setting(self.env, {**self.sizes, letter: n}, self.now))

    def step(self, i: Any) -> int | None:
        """The step of a recursion that an index stands at."""
        if self.now and self.now.keys() & i.free_symbols:
            i = i.xreplace(self.now)
        return int(i) if i.is_Integer else None

    def nudged(self, name: str) -> Setting:
        """The setting where each entry of an array is nudged, each one along axes of its own."""
        value = self.env[name]
        step, probes = nudge(name, np.shape(value))
        lengths = dict(zip(probes, np.shape(value), strict=True))
        moved = Named(np.reshape(value, np.shape(value) + (1,) * len(probes)) + step, probes)
        return Setting({**self.env, name: moved}, {**self.sizes, **lengths}, self.now, self, {name})


def nudge(name: str, shape: tuple[int, ...]) -> tuple[Any, Axes]:
    """Imaginary steps on every entry of an array, each one along axes of its own, and the letters of those."""
    step = STEP * 1j * np.eye(math.prod(shape)).reshape(2 * shape)
    return step, tuple(f"{name}'{n}" for n in range(len(shape)))


def walk(expr: Any, setting: Setting) -> Value:
    """The value of a node, with the axes it has."""
    if expr.args and (found := setting.known.get(expr)) is not None:
        return found
    if setting.still and expr.args and setting.moved.isdisjoint(mentioned(expr)):
        return walk(expr, setting.still)
    if (rule := rule_for(type(expr))) is not None:  # type: ignore[arg-type]
        return setting.known.setdefault(expr, rule(expr, setting)) if expr.args else rule(expr, setting)
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
    if expr in setting.now:
        return int(setting.now[expr]), ()
    if expr.is_integer and expr.name in setting.sizes:
        return np.arange(setting.sizes[expr.name]), (expr.name,)
    if expr.name in setting.env:
        value = setting.env[expr.name]
        return (value.array, value.axes) if isinstance(value, Named) else (value, ())
    if expr.name.startswith("N_") and expr.name[2:] in setting.sizes:
        return setting.sizes[expr.name[2:]], ()
    if expr.is_integer:
        size(expr.name, setting.sizes)
    raise InputError(f"the letter {expr} has no value", mend=f"give one: {expr} = ...")


def indexed(expr: sp.Indexed, setting: Setting) -> Value:
    name, indices = parts(expr)
    if name not in setting.env:
        raise InputError(f"the array {name} has no value", mend=f"give one for {expr}")
    return gather(setting.env[name], indices, setting)


def gather(value: Any, indices: tuple[Any, ...], setting: Setting) -> Value:
    """The entries of an array at any indices, zero outside of it."""
    value, own = (value.array, value.axes) if isinstance(value, Named) else (np.asarray(value), ())
    while indices and (step := setting.step(indices[0])) is not None:
        indices = indices[1:]
        value = value[step] if 0 <= step < len(value) else np.zeros_like(value[0])
    if not indices and not own:
        return value, ()
    letters = tuple(i.name for i in indices if i.is_Symbol) + own
    plain = len(set(letters)) == value.ndim == len(indices) + len(own)
    if plain and all(setting.sizes.get(i) == n for i, n in zip(letters, value.shape, strict=True)):
        return value, letters
    places, axes = together(
        [*(walk(i, setting) for i in indices), *((np.arange(setting.sizes[i]), (i,)) for i in own)]
    )
    places = list(np.broadcast_arrays(*(np.asarray(np.real(p)).astype(int) for p in places)))
    inside = reduce(np.logical_and, ((p >= 0) & (p < n) for p, n in zip(places, value.shape, strict=True)))
    found = value[tuple(np.clip(p, 0, n - 1) for p, n in zip(places, value.shape, strict=True))]
    return np.where(inside, found, 0), axes


def sum_over(expr: SumOver, setting: Setting) -> Value:
    """Nested sums of a product in one go."""
    letters: dict[str, int] = {}
    body: Any = expr
    while isinstance(body, SumOver) and body.index.name not in letters:
        setting = setting.within(body)
        letters[body.index.name] = size(body.index.name, setting.sizes)
        body = body.body
    values = [walk(factor, setting) for factor in sp.Mul.make_args(body)]
    for factor, (value, found) in zip(sp.Mul.make_args(body), values, strict=True):
        if np.ndim(value) != len(found):
            raise InputError(
                f"{factor} stands for an array of shape {np.shape(value)} in a sum", mend="give it indices"
            )
    axes = union(tuple(found for _, found in values))
    rest = tuple(a for a in axes if a not in letters)
    times = math.prod(n for k, n in letters.items() if k not in axes)
    place = {a: n for n, a in enumerate(axes)}
    operands = [part for value, found in values for part in (countable(value), [place[a] for a in found])]
    result = np.einsum(*operands, [place[a] for a in rest])
    return (result * times if times != 1 else result), rest


def countable(value: Any) -> Any:
    """A value as it is added up: truth values and small whole numbers are counted without end."""
    value = np.asarray(value)
    return value.astype(int) if value.dtype.kind in "biu" else value


def max_over(expr: MaxOver, setting: Setting) -> Value:
    setting = setting.within(expr)
    value, axes = walk(expr.body, setting)
    if expr.index.name not in axes:
        return value, axes
    at = axes.index(expr.index.name)
    best = np.expand_dims(np.argmax(np.real(value), axis=at), at)
    return np.take_along_axis(value, best, at).squeeze(at), axes[:at] + axes[at + 1 :]


def delta(expr: sp.KroneckerDelta, setting: Setting) -> Value:
    (a, b), axes = together([walk(expr.args[0], setting), walk(expr.args[1], setting)])
    return np.equal(a, b).astype(float), axes


def derivative(expr: D, setting: Setting) -> Value:
    """The gradient of the end result where its name is given; any other by an imaginary step."""
    name, indices = parts(expr.wrt)
    if expr.expr.is_Symbol and expr.expr.name not in setting.env and "d" + name in setting.env:
        return gather(setting.env["d" + name], indices, setting) if indices else (setting.env["d" + name], ())
    if isinstance(setting.env[name], Named) or not all(i.is_Symbol for i in indices):
        raise InputError(f"{expr} cannot be taken by numbers", mend="ask for the derivative by one plain entry")
    nudged = setting.inner[name] = setting.inner.get(name) or setting.nudged(name)
    result, axes = walk(expr.expr, nudged)
    result = np.imag(result) / STEP
    for i, probe in zip(indices, nudged.env[name].axes, strict=True):
        result, axes = identify(result, axes, probe, i.name)
    return result, axes


def identify(value: Any, axes: Axes, old: str, new: str) -> Value:
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
    letters = LETTERS[: len(values)]
    reals = [np.real(v) for v in values]
    bare = expr.func(*letters)
    result = tabulate(bare, letters, reals)
    if any(np.iscomplexobj(v) for v in values):
        slopes = [tabulate(bare.fdiff(n + 1), letters, reals) for n in range(len(values))]
        result = result + 1j * sum(s * np.imag(v) for s, v in zip(slopes, values, strict=True))
    return result, axes


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
    (sp.Max, combine(lambda a, b: np.where((np.real(a) >= np.real(b)) | (a != a), a, b))),
    (sp.Min, combine(lambda a, b: np.where((np.real(a) <= np.real(b)) | (a != a), a, b))),
    (sp.Piecewise, piecewise),
    (D, derivative),
    (sp.core.relational.Relational, relation),
    (BooleanFunction, boolean),
    (BooleanTrue | sp.logic.boolalg.BooleanFalse, lambda expr, setting: (bool(expr), ())),
)
