"""Writing: whether code writes into what it is given, where that shows and where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding
from .contract import Douts, same, shared
from .subject import Bench, UserError, copied, floats_within, name_path, reach
from .values import upstream


def untouched(bench: Bench, douts: Douts) -> Iterator[Finding]:
    """Arguments, parameters and the upstream gradient stay as they were; the result is new memory."""
    instance, args = bench.fresh()
    before = [copied(a) for a in args]
    outs = bench.forward(instance, args)
    held = {p: v.copy() for p, v in floats_within(instance) if p in bench.paths}
    changed = [*_changed(bench, "forward", args, before)]
    given = tuple(copied(d) for d in douts)
    answer = bench.backward(instance, given, args, outs)
    spoilt = [k for k, (a, b) in enumerate(zip(given, douts)) if not same(a, b)]
    if spoilt:
        where, line = trap(bench, douts)
        upstream_name = bench.subject.upstream_of(spoilt[0])
        yield Finding(
            "dout-untouched",
            "warn",
            f"backward overwrites its argument {upstream_name}"
            + (f": {line}" if line else "")
            + "; the caller's array is spoilt for every other use of it. Work on a copy.",
            where,
            diagnosis=(Diagnosis("mutation", f"{upstream_name} is changed in place", line),),
        )
    else:
        yield Finding("dout-untouched", "pass", "the upstream gradient is left as it was")
    changed += _changed(bench, "backward", args, before)
    yield from changed
    for path, kept in held.items():
        if "updates" not in bench.subject.notes and not same(reach(instance, path), kept):
            name = name_path(path)
            yield Finding(
                "parameters-untouched",
                "warn",
                f"backward changes the parameter {name}",
                diagnosis=(Diagnosis("mutation", f"{name} is changed in backward", name),),
            )
    yield from shared(bench, given, args, answer)
    if not spoilt and not changed:
        yield from unseen(bench, douts)


def _changed(bench: Bench, stage: str, args: tuple[Any, ...], before: list[Any]) -> Iterator[Finding]:
    for k, (a, b) in enumerate(zip(args, before)):
        if isinstance(a, np.ndarray) and not same(a, b):
            name = bench.subject.arguments[k].name
            where, line = trap_argument(bench, k, stage)
            yield Finding(
                "arguments-untouched",
                "warn",
                f"{stage} overwrites its argument {name}" + (f": {line}" if line else "") + "; work on a copy",
                where,
                diagnosis=(Diagnosis("mutation", f"{name} is changed in place", line),),
            )
            before[k] = copied(a)


def trap(bench: Bench, douts: Douts) -> tuple[str, str]:
    """The line that writes into dout: a read-only one makes NumPy stop there."""
    instance, args = bench.fresh()
    outs = bench.forward(instance, args)
    frozen = tuple(copied(d) for d in douts)
    for d in frozen:
        if isinstance(d, np.ndarray):
            d.setflags(write=False)
    try:
        bench.backward(instance, frozen, args, outs)
    except UserError as error:
        return error.where, error.line
    return "", ""


def trap_argument(bench: Bench, k: int, stage: str) -> tuple[str, str]:
    instance, args = bench.fresh()
    try:
        if stage == "forward":
            args[k].setflags(write=False)
        outs = bench.forward(instance, args)
        args[k].setflags(write=False)
        bench.backward(instance, upstream(outs, bench.rng(5)), args, outs)
    except UserError as error:
        return error.where, error.line
    return "", ""


def unseen(bench: Bench, douts: Douts) -> Iterator[Finding]:
    """What is written with the numbers that were there: ``np.clip(x, 0, 1, out=x)`` of those that are between."""
    instance, args = bench.fresh()
    given = tuple(copied(d) for d in douts)
    names = [(a, argument.name) for a, argument in zip(args, bench.subject.arguments)]
    names += [(d, bench.subject.upstream_of(k)) for k, d in enumerate(given)]
    held = [(a, name) for a, name in names if isinstance(a, np.ndarray) and a.flags.writeable]
    for array, _ in held:
        array.setflags(write=False)
    try:
        bench.backward(instance, given, args, bench.forward(instance, args))
    except UserError as error:
        if isinstance(error.error, ValueError) and "read-only" in error.words:
            told = [name for _, name in held if re.search(rf"\b{re.escape(name)}\b", error.line)]
            which = told[0] if told else "an argument"
            message = (
                f"{error.stage} writes into {which}: {error.line}; with other numbers it changes what it was given"
            )
            why = Diagnosis("mutation", f"{which} is written into", error.line)
            yield Finding("arguments-untouched", "warn", message, error.where, diagnosis=(why,))
