"""Penalty: whether what backward adds for its parameters, once it is asked to, is the slope of a penalty on them.

A regularization that forward knows nothing of is held against no slope: its strength is zero while the others are
measured. Switched on, it must add a multiple of each parameter, or of its signs, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding
from .subject import Bench, UserError, copied

STRENGTH = 0.3
MARK = "_derivexplain_penalty"  # where an instance has the strength of what is built in, or given to backward


def penalised(bench: Bench, douts: tuple[Any, ...], plain: Mapping[str, Any]) -> Iterator[Finding]:
    """A hazard for each penalty that is none on what it is added to; `plain` are the gradients without any."""
    for name in bench.subject.penalties:
        added = more(bench, name, douts, plain)
        words = "its own penalty" if name == MARK else f"{name} = {STRENGTH}"
        sizes: dict[str, float] = {}
        for variable, (value, extra) in added.items():
            found = multiples(value, extra)
            if found is None:
                others = [n for n, (v, _) in added.items() if n != variable and v.shape == value.shape]
                twin = next((n for n in others if multiples(added[n][0], extra) is not None), "")
                said = f"a multiple of {twin}" if twin else "what is no multiple of it, nor of its signs"
                yield told(f"with {words} backward adds to the gradient for {variable} {said}", variable)
            elif min(found) < 0:
                wrong = "takes from the gradient for {0} a multiple of {0}: the sign of the penalty is wrong"
                yield told(f"with {words} backward {wrong.format(variable)}", variable)
            elif value.size > 1:
                sizes |= {variable: max(found)} if sum(found) == max(found) else {}
        if sizes and max(sizes.values()) > 1.001 * min(sizes.values()):
            each = ", ".join(f"{size:.3g} times {variable}" for variable, size in sizes.items())
            yield told(f"with {words} backward adds {each}: not the same for each", "")


def told(message: str, variable: str) -> Finding:
    return Finding("penalty", "warn", message, diagnosis=(Diagnosis("term", message, variable),))


def switch_on(instance: Any, name: str) -> None:
    setattr(instance, name if hasattr(instance, name) else MARK, STRENGTH)


def more(
    bench: Bench, name: str, douts: tuple[Any, ...], plain: Mapping[str, Any]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The variables to whose gradient something is added at this strength, with their values and what it is."""
    instance, args = bench.fresh()
    values = bench.values(instance, args)
    switch_on(instance, name)
    try:
        outs = bench.forward(instance, args)
        given = bench.answer(instance, tuple(copied(d) for d in douts), args, outs).gradients
    except UserError:
        return {}
    both = {n: (plain[n], g) for n, g in given.items() if n in values and plain.get(n) is not None and g is not None}
    arrays = {n: (np.asarray(a, float), np.asarray(b, float)) for n, (a, b) in both.items()}
    fits = {n: b - a for n, (a, b) in arrays.items() if a.shape == b.shape == values[n].shape}
    small = {n: 1e-9 * (1 + np.max(np.abs(arrays[n][0]), initial=0.0)) for n in fits}
    return {n: (values[n], d) for n, d in fits.items() if np.max(np.abs(d), initial=0.0) > small[n]}


def multiples(value: np.ndarray, extra: np.ndarray) -> tuple[float, float] | None:
    """How often the entries of a parameter, and their signs, are added where anything is; None for anything else."""
    at = np.abs(extra) > 1e-9 * np.max(np.abs(extra))
    parts = np.stack([value[at], np.sign(value[at])], axis=-1)
    found, *_ = np.linalg.lstsq(parts, extra[at], rcond=None)
    whole = np.allclose(parts @ found, extra[at], rtol=1e-6, atol=1e-8 * np.max(np.abs(extra)))
    first, second = (0.0 if abs(c) < 1e-7 * np.max(np.abs(found)) else float(c) for c in found)
    return (first, second) if whole else None
