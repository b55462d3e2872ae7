"""Rounding: gradients that are off by no more than what backward works with is rounded.

That is its own constants, 0.797885 for sqrt(2/pi), or what it keeps in single precision.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from .running import compiled, ran, running, texts, written
from .source import text_of
from .subject import Bench, UserError
from .values import Comparison, Slopes

DIGITS = 4  # from which on a constant may stand for a longer one
SINGLE = re.compile(r"float32|\bsingle\b|['\"]<?f4?['\"]")
NEARBY = 1e-6  # of the largest slope: what single precision may cost
NEAR = 1e-3  # of the largest slope: what is further off is no rounding


def excused(
    bench: Bench, slopes: Slopes, name: str, gradient: np.ndarray, douts: tuple[np.ndarray, ...], result: Comparison
) -> float:
    """By how much of the largest slope a gradient is off, where rounded constants can bring that about; else 0.

    They can where every entry comes as near to its slope as a constant does within half a unit of its last digit.
    """
    off = max((max(m.low - m.claimed, m.claimed - m.high) for m in result.misses), default=0.0)
    if not 0 < off <= NEAR * result.size or "fused" in bench.subject.notes:
        return 0.0
    if off <= NEARBY * result.size and any(SINGLE.search(text_of(f)) for f in bench.subject.functions):
        return off / result.size
    reach = np.zeros(gradient.shape)
    for moved in nudged(bench, douts):
        other = moved.get(name)
        if other is not None and np.shape(other) == gradient.shape:
            reach += np.abs(np.asarray(other, dtype=float) - gradient)
    true = slopes.compare(name, gradient, douts).true if np.any(reach) else {}
    near = all(abs(gradient[k] - t) <= 1.2 * reach[k] + 1e-9 * result.size for k, t in true.items())
    return off / result.size if true and near else 0.0


def nudged(bench: Bench, douts: tuple[np.ndarray, ...]) -> list[Mapping[str, np.ndarray | None]]:
    """The gradients with one of backward's long constants half a unit of its last digit up, for each of them."""
    found: list[Mapping[str, np.ndarray | None]] = []
    entered = ran(bench)
    trees = list(written(bench, entered))
    names = {function.__name__ for function, _, _ in trees}
    elsewhere = [n for f in texts(bench) if f.name not in names for n in ast.walk(f) if isinstance(n, ast.Constant)]
    shared = {n.value for n in elsewhere}  # what forward has as well is no rounding of another number
    for function, tree, _ in trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or type(node.value) is not float or node.value in shared:
                continue
            kept, parts = node.value, Decimal(repr(node.value)).normalize().as_tuple()
            if len(parts.digits) < DIGITS or not isinstance(parts.exponent, int):
                continue
            node.value = kept + 0.5 * 10.0**parts.exponent
            code = compiled(tree, function)
            node.value = kept
            try:
                if code is not None:
                    with running(function, code):
                        found.append(bench.gradients(douts).gradients)
            except UserError:
                continue
    return found
