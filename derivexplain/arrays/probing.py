"""Numbers for an index formula at small shapes, with the true gradients there, found without any law.

The gradient of a name is what an imaginary nudge on it does to L = sum of upstream gradients times outputs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ..evaluation import (
    STEP,
    Named,
    Setting,
    at_step,
    blocks,
    evaluate,
    evaluate_formula,
    recurs,
    runs,
    spread,
    stated_lengths,
    walk,
)
from ..indices import derivatives, parts
from ..layer import inside
from ..story import Derivation, Gradient
from ..symbols import SumOver, length
from .axes import Layout, lay_out

SHAPES = ((2, 3, 5, 7), (3, 2, 7, 5))  # pairwise different primes, each axis another one in the second
SMALL = ((2, 3), (3, 2))  # where there are many axes

PLACE = "'"  # the axis along which every nudged entry has a place of its own
WHERE = ((1.0, 0.0), (0.3, 1.5), (0.3, -1.5), (1.0, 9.0), (1.0, -9.0), (0.1, 0.0))  # until log and sqrt are defined


@dataclass(frozen=True)
class Probe:
    """A formula's values at one shape: inputs, names, upstream gradients."""

    layout: Layout
    sizes: Mapping[str, int]
    env: Mapping[str, Any]

    @classmethod
    def at(cls, layout: Layout, which: int, seed: int = 0) -> Probe:
        sizes = lengths(layout, which)
        for scale, middle in WHERE:
            rng = np.random.default_rng([seed, which])
            env = dict(inputs(layout, sizes, rng, scale, middle))
            with np.errstate(all="ignore"):
                env = evaluate_formula(layout.formula, env, sizes)
            if all(np.all(np.isfinite(value)) for value in env.values()):
                break
        for name in layout.outputs:
            env[layout.upstream(name)] = rng.standard_normal(np.shape(env[name]))
        return cls(layout, sizes, env)

    @cached_property
    def setting(self) -> Setting:
        """What lines are evaluated in: the values, and beside them the gradients found so far, dx for x."""
        return Setting(dict(self.env), self.sizes)

    def __call__(self, expr: Any, axes: tuple[sp.Symbol, ...]) -> Any:
        """The value of a line of a derivation."""
        setting: Any = self.setting
        for name in {parts(d.wrt)[0] for d in derivatives(expr) if d.expr.is_Symbol}:
            setting.env.setdefault(f"d{name}", self.gradients[name])
        with np.errstate(all="ignore"):
            return spread(*walk(expr, setting), names(axes), self.sizes)

    @cached_property
    def gradients(self) -> dict[str, Any]:
        """The derivative of L by every entry of every array, the names before it held fixed.

        All entries are nudged in one run, each at a place of its own along one more axis.
        """
        shapes = {n: np.shape(self.env[n]) for n in (*self.layout.given, *self.layout.names)}
        ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
        places = {n: slice(end - math.prod(shapes[n]), end) for n, end in zip(shapes, ends, strict=True)}

        def nudged(name: str, value: Any) -> Named:
            moved = np.empty((*shapes[name], ends[-1]), complex)
            moved[...] = value
            own = np.arange(math.prod(shapes[name]))
            moved.reshape(own.size, -1)[own, own + places[name].start] += STEP * 1j
            return Named(moved, (PLACE,))

        whole = {*self.layout.labels, *(c.name for c in self.layout.constants if c.is_integer)}
        given = {n: self.env[n] for n in self.layout.given}
        env = {n: v if n in whole else nudged(n, np.expand_dims(v, -1)) for n, v in given.items()}
        sizes = {**self.sizes, PLACE: ends[-1]}

        def value(rhs: Any, letters: Iterable[sp.Symbol], now: Mapping[Any, sp.Integer] = {}) -> Any:  # noqa: B006
            return spread(*walk(rhs, Setting(env, sizes, now)), (*names(letters), PLACE))

        with np.errstate(all="ignore"):
            for block in blocks(self.layout.formula.equations):
                (first, indices), *_ = heads = [parts(e.lhs) for e in block]
                if not recurs(block):
                    env[first] = nudged(first, value(block[0].rhs, indices))
                    continue
                env |= {n: nudged(n, 0.0) for n, _ in heads}
                for t in range(shapes[first][0]):
                    for e in block:
                        name, rest, now = at_step(e.lhs, t)
                        env[name].array[t] += value(e.rhs, rest, now)
            total: Any = 0
            for output in self.layout.outputs:
                weight = np.expand_dims(self.env[self.layout.upstream(output)], -1)
                total = total + np.sum(env[output].array * weight, axis=tuple(range(len(shapes[output]))))
        return {n: np.imag(total[places[n]]).reshape(shapes[n]) / STEP for n in shapes}


def backwards(gradients: Sequence[Gradient]) -> Iterator[Sequence[Gradient]]:
    """The gradients in order, those together that use each other's later entries."""
    uses = [{parts(d.wrt)[0] for d in derivatives(g.form)} for g in gradients]
    return (gradients[run] for run in runs([g.name for g in gradients], uses))


def through_time(block: Sequence[Gradient]) -> bool:
    """Whether the gradients are computed step by step, the last one first."""
    return len(block) > 1 or any(parts(d.wrt)[0] == block[0].name for d in derivatives(block[0].form))


def names(letters: Iterable[sp.Symbol]) -> tuple[str, ...]:
    return tuple(i.name for i in letters)


def lengths(layout: Layout, which: int) -> dict[str, int]:
    """A length for every letter; letters that count one axis share it."""
    uses = Counter(axis for axes in layout.axes.values() for axis in axes)  # an axis of many arrays is a short one
    own = list(dict.fromkeys([*(axis for axis, _ in uses.most_common()), *layout.letters.values()]))
    primes = SHAPES[which] if len(own) <= 4 else SMALL[which] * len(own)
    of_axis = {axis: primes[n] for n, axis in enumerate(own)}
    sizes = {letter.name: of_axis[axis] for letter, axis in layout.letters.items()}
    constants = {c: whole(c, layout) for c in layout.constants if c.is_integer}
    sizes |= stated_lengths(layout.formula, {c.name: int(n) for c, n in constants.items()})
    for e in layout.formula.equations:  # an axis counted by s*i + u is as long as that asks for
        for atom in e.rhs.atoms(sp.Indexed):
            for axis, i in zip(layout.axes[parts(atom)[0]], atom.indices, strict=True):
                if not i.is_Symbol and not i.atoms(sp.Indexed):
                    top = i.xreplace({**constants, **{k: sp.Integer(sizes[k.name] - 1) for k in layout.letters}})
                    sizes[axis.name] = max(sizes[axis.name], int(top) + 1)
    for axis, others in layout.others.items():
        sizes |= {i.name: sizes[axis.name] for i in others}
    return sizes


def sizes_from(layout: Layout, env: Mapping[str, Any]) -> dict[str, int]:
    """The length of every letter, read off the arrays that are there."""
    sizes = stated_lengths(layout.formula, env)
    for name, axes in layout.axes.items():
        if name in env:
            sizes |= {i.name: n for i, n in zip(axes, np.shape(env[name]))}
    for letter, axis in (*layout.letters.items(), *((i, a) for a, row in layout.others.items() for i in row)):
        if axis.name in sizes:
            sizes[letter.name] = sizes[axis.name]
    return sizes


def gradient_values(derivation: Derivation, env: Mapping[str, Any]) -> dict[str, Any]:
    """The gradients of a derivation with indices, as arrays by name; `env` holds inputs, names and g."""
    layout = lay_out(derivation.formula)
    values: dict[str, Any] = dict(env)
    for block in backwards(derivation.gradients):
        sizes = {**sizes_from(layout, env)}
        if not through_time(block):
            (gradient,) = block
            name, indices = parts(gradient.symbol.wrt)
            own = {i.name: n for i, n in zip(indices, np.shape(env[name]))}
            values[f"d{name}"] = evaluate(gradient.form, values, {**sizes, **own}, indices)
            continue
        values |= {f"d{g.name}": np.zeros(np.shape(env[g.name])) for g in block}
        for t in reversed(range(len(env[block[0].name]))):  # the last time step first
            for gradient in block:
                name, rest, now = at_step(gradient.symbol.wrt, t)
                own = {i.name: n for i, n in zip(rest, np.shape(env[name])[1:])}
                values[f"d{name}"][t] = evaluate(gradient.form, values, {**sizes, **own}, rest, now)
    return {g.name: values[f"d{g.name}"] for g in derivation.gradients}


def whole(constant: sp.Symbol, layout: Layout) -> int:
    """The value of a whole-number constant: a stride of 2, a border of 1."""
    integers = [c for c in layout.constants if c.is_integer]
    return 1 if constant.name in ("p", "pad") else 2 if len(integers) else 1


def inputs(
    layout: Layout, sizes: Mapping[str, int], rng: np.random.Generator, scale: float = 1.0, middle: float = 0.0
) -> Any:
    """Random values for everything that is given: normal numbers moved into the domain, labels, constants."""
    domain = {getattr(k, "name", str(k)): v for k, v in layout.formula.domain.items()}
    for name in layout.given:
        if name in layout.axes:
            shape = tuple(sizes[i.name] for i in layout.axes[name])
            if name in layout.labels:
                yield name, rng.integers(0, label_range(name, layout, sizes), shape)
            else:
                yield (
                    name,
                    _normalised(name, inside(middle + scale * rng.standard_normal(shape), domain.get(name)), layout),
                )
    for c in layout.constants:
        if c.is_integer:
            yield c.name, whole(c, layout)
        else:
            yield c.name, float(inside(rng.standard_normal(), domain.get(c.name, (0.2, 1.8))))


def _normalised(name: str, value: Any, layout: Layout) -> Any:
    """A value that keeps the facts stated of it: rows that add up to one."""
    for fact in layout.formula.facts:
        body = fact.lhs.body if isinstance(fact.lhs, SumOver) else None
        if isinstance(body, sp.Indexed) and parts(body)[0] == name and fact.rhs == 1:
            value = np.exp(value)
            value = value / value.sum(axis=body.indices.index(fact.lhs.index), keepdims=True)
    return value


def label_range(name: str, layout: Layout, sizes: Mapping[str, int]) -> int:
    """How many values a label may take: the length of the axis it chooses from."""
    for e in layout.formula.equations:
        for atom in sorted(e.rhs.atoms(sp.Indexed), key=str):
            for axis, i in zip(layout.axes[parts(atom)[0]], atom.indices, strict=True):
                if isinstance(i, sp.Indexed) and parts(i)[0] == name:
                    return sizes[axis.name]
        for delta in sorted(e.rhs.atoms(sp.KroneckerDelta), key=str):
            for a, b in (delta.args, delta.args[::-1]):
                if isinstance(a, sp.Indexed) and parts(a)[0] == name and b in layout.letters:
                    return sizes[b.name]
    return 2


__all__ = ["Probe", "gradient_values", "length", "sizes_from"]
