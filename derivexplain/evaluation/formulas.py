"""Whole formulas: one expression, or named equations in order, recursions step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from ..errors import InputError
from ..indices import parts
from ..story import Formula
from .lengths import agreed, counted, lengths_inside, measure
from .named import size, spread
from .nodes import Setting, walk
from .recursion import Block, at_step, blocks, recurs

Letters = tuple[sp.Symbol, ...]


def evaluate(
    expr: Any,
    env: Mapping[str, Any],
    sizes: Mapping[str, int] | None = None,
    axes: Letters | None = None,
    now: Mapping[sp.Symbol, sp.Integer] | None = None,
) -> Any:
    """The values of a formula: an array with an axis for each free index, in the order of `axes`
    (of their names, if not given). Without indices: what NumPy's broadcasting makes of it.
    Letters in `now` stand at one step of a recursion."""
    expr = sp.sympify(expr, strict=True)
    lengths = {**lengths_inside(expr, env, sizes or {}), **measure(expr, env), **(sizes or {})}
    return values_in(Setting(env, lengths, now or {}), expr, axes)


def values_in(setting: Setting, expr: Any, axes: Letters | None) -> Any:
    """The values of a formula where every length is known."""
    with np.errstate(all="ignore"):
        value, found = walk(expr, setting)
    wanted = tuple(sorted(found) if axes is None else (i.name for i in axes))
    missing = [a for a in found if a not in wanted]
    if missing:
        raise InputError(
            f"the index {missing[0]} is free: no sum runs over it", mend="sum over it, or name it on the left side"
        )
    return np.array(spread(value, found, wanted, setting.sizes))[()]


def evaluate_formula(
    formula: Formula, env: Mapping[str, Any], sizes: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """The values of all named equations, in order, beside the given ones: name -> array.

    A name that is given already tells how long its axes are, and is computed anew.
    """
    values = dict(env)
    sizes = {**told_by_outputs(formula, env), **stated_lengths(formula, env), **(sizes or {})}
    for block in blocks(formula.equations):
        lengths: dict[str, dict[str, int]] = {}
        shapes = dict(values)
        for e in block:
            name, indices = parts(e.lhs)
            told = agreed([*counted(e.lhs, values), *counted(e.rhs, shapes)])
            lengths[name] = {**lengths_inside(e.rhs, shapes, sizes), **sizes, **told}
            if recurs(block):
                shapes[name] = np.zeros([size(i.name, lengths[name]) for i in indices])
        if recurs(block):
            values |= recur(block, shapes, lengths)
        else:
            values[name] = evaluate(e.rhs, values, lengths[name], indices if indices else None)
    return values


def recur(block: Block, env: dict[str, Any], lengths: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """A recursion over the first index of its names: every step from the ones before it."""
    for t in range(len(env[parts(block[0].lhs)[0]])):
        for equation in block:
            name, rest, now = at_step(equation.lhs, t)
            env[name][t] = values_in(Setting(env, lengths[name], now), equation.rhs, rest)
    return {name: env[name] for name in lengths}


def told_by_outputs(formula: Formula, env: Mapping[str, Any]) -> dict[str, int]:
    """Lengths read off names that are given although the formula computes them."""
    given = [e.lhs for e in formula.equations if parts(e.lhs)[0] in env]
    return {i: n for lhs in given for _, i, n in counted(lhs, env)}


def stated_lengths(formula: Formula, env: Mapping[str, Any]) -> dict[str, int]:
    """Lengths that a fact states: the window letter u runs over k places, N_u = k."""
    stated = {f.lhs.name: f.rhs for f in formula.facts if f.lhs.is_Symbol and f.lhs.name.startswith("N_")}
    return {
        n[2:]: int(evaluate(rhs, env)) for n, rhs in stated.items() if all(s.name in env for s in rhs.free_symbols)
    }
