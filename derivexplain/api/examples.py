"""A run with numbers: forward and backward of a layer at small sizes, a line for all that goes in and comes out."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from typing import Any

import numpy as np

from ..checking.subject import quiet
from ..errors import InputError
from .setting_up import dressed
from .targets import Target, name_of


def example(found: Target, seed: int) -> tuple[list[str], bool]:
    """The lines of a target's run, none where there is no code, and whether it ends in one number."""
    if found.subject is None:
        return [], False
    outputs = found.formula.outputs if found.formula is not None else ()
    try:
        with quiet():
            return run(found.subject, seed, tuple(map(name_of, outputs)))
    except Exception as error:  # the layer may be anybody's
        raise InputError(
            f"the layer's example does not run: {type(error).__name__}: {error}", read=found.name
        ) from None


def run(thing: Any, seed: int, outputs: tuple[str, ...] = ()) -> tuple[list[str], bool]:
    """A line for all that goes in or comes out, at small sizes; none where nobody knows how to run it.

    `outputs` are the formula's names of what comes out. And whether that is one number, the end of a network.
    """
    subject, sizes, _ = dressed(thing, None, seed)
    if subject is None:
        return [], False
    rng = np.random.default_rng(seed)
    np.random.seed(seed)
    instance, inputs = subject.sample(rng, {**sizes, "N": 3, "D": 4, "M": 2, "H": 2, "T": 3})
    inputs = tuple(rounded(a) for a in inputs)
    outs = subject.forward(instance, inputs)
    douts = tuple(rounded(rng.standard_normal(np.shape(o))) if np.ndim(o) else 1.0 for o in outs)
    gradients = subject.backward(instance, douts, inputs, outs).gradients
    names = [a.name for a in subject.arguments][: len(inputs)]
    ends = ["y" if "y" not in names else "out"] if len(outs) == 1 else [f"out{i}" for i in range(1, len(outs) + 1)]
    if len(outputs) == len(outs):
        ends = [*outputs]
    rows = [*zip(names, inputs)]
    rows += [(p, getattr(instance, p)) for p in gradients if p not in names and hasattr(instance, p)]
    rows += held(instance, {name for name, _ in rows})
    rows += [*zip(ends, outs), *zip(["dout"] if len(outs) == 1 else [f"d{e}" for e in ends], douts)]
    gradients = {n: gradients[n] for n in sorted(gradients, key=lambda n: n not in names) if gradients[n] is not None}
    rows += [(f"d{n}", d) for n, d in gradients.items()]
    rows = [first(n, np.asarray(v)) for n, v in rows]
    width = max(len(n) for n, _ in rows)
    return [shown(n, v, width) for n, v in rows], not any(map(np.ndim, outs))


def held(instance: Any, known: Collection[str]) -> list[tuple[str, Any]]:
    """What else forward works with: constants, labels, a mask; numbers that the constructor was given."""
    try:
        names = [n for n in inspect.signature(type(instance)).parameters if n not in known and hasattr(instance, n)]
        found = [(n, np.asarray(getattr(instance, n))) for n in names]
    except (TypeError, ValueError):  # no signature, or lists that make no array
        return []
    return [(n, v) for n, v in found if v.dtype.kind in "biuf"]


def first(name: str, a: Any) -> tuple[str, Any]:
    """Of an array with many axes (images, filters) its first picture, by the name it has in NumPy."""
    depth = a.ndim - 2
    return (name, a) if depth < 2 else (f"{name}[{', '.join('0' * depth)}]", a[(0,) * depth])


def rounded(a: Any) -> Any:
    """Numbers that are easy to follow: one decimal, and none that rounds to a zero that was not there."""
    if np.asarray(a).dtype.kind != "f":
        return a
    short = np.round(a, 1)
    short = np.where((short == 0) & (a != 0), 0.1, short)
    if np.ndim(a) == 2 and np.allclose(a.sum(axis=1), 1) and np.all(a > 0):  # shares stay shares
        largest = np.arange(len(a)), short.argmax(axis=1)
        short[largest] = np.round(short[largest] + 1 - short.sum(axis=1), 1)
    return short


def shown(name: str, value: Any, width: int) -> str:
    """``name = array`` on as many lines as it takes, rounded to four digits."""
    value = np.asarray(value)
    if value.ndim == 0 and 0 < abs(value) < 1e-3:
        return f"{name:<{width}} = {float(value):.4g}"
    text = np.array2string(
        value, precision=4, suppress_small=True, separator=", ", max_line_width=88, threshold=60,
        floatmode="maxprec",
    )  # fmt: skip
    head = f"{name:<{width}} = "
    return head + text.replace("\n", "\n" + " " * len(head)).replace("-0. ", " 0. ").replace("-0.,", " 0.,")
