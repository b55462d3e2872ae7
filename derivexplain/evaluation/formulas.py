"""Whole formulas: one expression, or named equations in order, recursions step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from ..errors import InputError
from ..indices import parts
from ..story import Formula
from .lengths import counted, lengths_inside, measure
from .named import Axes, spread
from .nodes import Setting, walk


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
    return np.array(spread(value, found, wanted, setting.sizes))[()]


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


def own_past(rhs: Any, name: str) -> bool:
    """Whether an equation uses earlier entries of what it defines."""
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
