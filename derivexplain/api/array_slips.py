"""The slip in a wrong claim about an index formula: the one change that makes it right, told by numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, combinations
from typing import Any

import numpy as np
import sympy as sp

from ..arrays.axes import Layout
from ..errors import InputError
from ..indices import fresh, letters_of, mentioned, nest, parts
from ..story import Diagnosis, Equation
from ..symbols import Over, entry, length
from .verdicts import show

Change = tuple[str, str, Any, Any]  # code, what is said, where, the claim's right side after it


def name_array_slip(
    claim: Equation, layout: Layout, is_right: Callable[[Equation], bool], *, clue: Any = None
) -> tuple[Diagnosis, ...]:
    """What is wrong with a claim; empty where no single change mends it. `clue` is (claimed, true) where both are."""
    told = (
        *(_by_upstream(claim, layout), _by_factor(claim, layout, clue), _by_letters(claim)),
        *(_by_names(claim, layout), _by_diagonal(claim, layout)),
    )
    for code, says, where, rhs in chain.from_iterable(told):
        try:
            if is_right(Equation(claim.lhs, rhs)):
                return (Diagnosis(code, f"{says}: the gradient is {show(rhs)}", show(where)),)
        except InputError:
            continue  # it makes no sense so
    return ()


def _by_upstream(claim: Equation, layout: Layout) -> Iterator[Change]:
    """The upstream gradient left out: a local derivative in the place of the gradient."""
    for output in layout.outputs:
        g = entry(layout.upstream(output), *layout.axes[output])
        if parts(g)[0] not in mentioned(claim.rhs):
            says = f"the upstream gradient {show(g)} is not multiplied in"
            yield "dout-ignored", says, claim.rhs, claim.rhs * g
            for over in sorted(claim.rhs.atoms(Over), key=str):
                yield "dout-ignored", says, over, _put(claim, over, over.func(over.body * g, over.index))


def _by_diagonal(claim: Equation, layout: Layout) -> Iterator[Change]:
    """Only y_i(1 - y_i) of softmax's Jacobian, or g y(1 - y), in the place of the whole row."""
    for y in _entries(claim.rhs):
        for output in layout.outputs:
            g = entry(layout.upstream(output), *y.indices)
            if any(sp.expand(claim.rhs - factor * y * (1 - y)) == 0 for factor in (g, 1)):
                last = y.indices[-1]
                row = (g * y).xreplace({last: (k := fresh([claim.rhs, claim.lhs]))})
                says = f"every {parts(y)[0]} of a row depends on every entry of it, not on its own alone"
                yield "diagonal-only", says, claim.rhs, y * (g - nest(row, [k]))


def _by_factor(claim: Equation, layout: Layout, clue: Any) -> Iterator[Change]:
    """A constant, or a length, that stands too much or is missing."""
    if clue is None:
        return
    claimed, true = (np.ravel(v) for v in clue)
    there = np.abs(true) > 1e-9
    ratio = claimed[there] / true[there] if there.any() else np.ones(1)
    if not np.ptp(ratio) <= 1e-9 * abs(ratio[0]) or ratio[0] == 0:
        return
    if abs(ratio[0] + 1) < 1e-9:
        yield "sign", "the sign is wrong", claim.rhs, -claim.rhs
    for axis in dict.fromkeys(layout.letters.values()):
        n = length(axis)
        yield "scale-n", f"the factor {show(n)} stands too much", n, claim.rhs / n
        yield "scale-n", f"the factor {show(n)} is missing", n, claim.rhs * n
    factor = sp.Rational(float(ratio[0])).limit_denominator(200)
    yield "factor", f"the factor {factor} stands too much", claim.rhs, claim.rhs / factor


def _by_letters(claim: Equation) -> Iterator[Change]:
    """A sum that is missing, two subscripts that are exchanged."""
    stray = sorted(letters_of(claim.rhs) - set(parts(claim.lhs)[1]), key=str)
    if stray:
        named = " and ".join(map(str, stray))
        yield "unsummed", f"the sum over {named} is missing", claim.rhs, nest(claim.rhs, stray)
    for found in _entries(claim.rhs):
        name, indices = parts(found)
        for a, b in combinations(range(len(indices)), 2):
            turned = list(indices)
            turned[a], turned[b] = turned[b], turned[a]
            new = entry(name, *turned)
            says = f"{name} is transposed, {show(new)} belongs where {show(found)} stands"
            yield "transposed", says, found, _put(claim, found, new)
    for over in sorted(claim.rhs.atoms(Over), key=str):
        if over.index in letters_of(over.body):
            yield "unsummed", f"the sum over {over.index} stands too much", over, _put(claim, over, over.body)


def _by_names(claim: Equation, layout: Layout) -> Iterator[Change]:
    """An array in the place of another with the same axes."""
    every = {**layout.axes, **{layout.upstream(o): layout.axes[o] for o in layout.outputs}}
    for found in _entries(claim.rhs):
        name, indices = parts(found)
        for other, axes in every.items():
            if other != name and axes == every.get(name):
                new = entry(other, *indices)
                yield "swapped", f"{name} stands where {other} belongs", found, _put(claim, found, new)


def _entries(expr: Any) -> list[Any]:
    return sorted(expr.atoms(sp.Indexed), key=str)


def _put(claim: Equation, old: Any, new: Any) -> Any:
    return claim.rhs.xreplace({old: new})
