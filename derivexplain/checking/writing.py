"""Writing: whether code writes into what it is given, where that shows and where it does not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding
from .contract import Douts, same, shared
from .subject import Bench, UserError, copied, floats_within, name_path, reach


def untouched(bench: Bench, douts: Douts) -> Iterator[Finding]:
    """Arguments, parameters and the upstream gradient stay as they were; the result is new memory."""
    instance, args = bench.fresh()
    before = [copied(a) for a in args]
    outs = bench.forward(instance, args)
    held = {p: v.copy() for p, v in floats_within(instance) if p in bench.paths}
    changed = [*_changed(bench, "forward", args, before, douts)]
    given = tuple(copied(d) for d in douts)
    answer = bench.backward(instance, given, args, outs)
    spoilt = [k for k, (a, b) in enumerate(zip(given, douts)) if not same(a, b)]
    if spoilt:
        upstream_name = bench.subject.upstream_of(spoilt[0])
        error, _ = trap(bench, douts, [bench.subject.upstream_of(k) for k in range(len(douts))])
        where, line = error.at if error else ("", "")
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
    changed += _changed(bench, "backward", args, before, douts)
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


def _changed(bench: Bench, stage: str, args: tuple[Any, ...], before: list[Any], douts: Douts) -> Iterator[Finding]:
    for k, (a, b) in enumerate(zip(args, before)):
        if isinstance(a, np.ndarray) and not same(a, b):
            name = bench.subject.arguments[k].name
            error, _ = trap(bench, douts, [name], late=stage == "backward")
            where, line = error.at if error else ("", "")
            yield Finding(
                "arguments-untouched",
                "warn",
                f"{stage} overwrites its argument {name}" + (f": {line}" if line else "") + "; work on a copy",
                where,
                diagnosis=(Diagnosis("mutation", f"{name} is changed in place", line),),
            )
            before[k] = copied(a)


def trap(
    bench: Bench, douts: Douts, names: Collection[str], late: bool = False
) -> tuple[UserError | None, list[str]]:
    """What stops where these arrays may not be written to, `late` in backward alone; and which of them are arrays.

    NumPy stops at the line that writes.
    """
    instance, args = bench.fresh()
    given = tuple(copied(d) for d in douts)
    every = [(argument.name, a) for argument, a in zip(bench.subject.arguments, args)]
    every += [(bench.subject.upstream_of(k), d) for k, d in enumerate(given)]
    held = {n: a for n, a in every if n in names and isinstance(a, np.ndarray) and a.flags.writeable}
    try:
        outs = bench.forward(instance, args) if late else ()
        for array in held.values():
            array.setflags(write=False)
        bench.backward(instance, given, args, outs if late else bench.forward(instance, args))
    except UserError as error:
        return error, list(held)
    return None, list(held)


def unseen(bench: Bench, douts: Douts) -> Iterator[Finding]:
    """What is written with the numbers that were there: ``np.clip(x, 0, 1, out=x)`` of those that are between."""
    upstreams = [bench.subject.upstream_of(k) for k in range(len(douts))]
    error, held = trap(bench, douts, [*(a.name for a in bench.subject.arguments), *upstreams])
    if error is not None and isinstance(error.error, ValueError) and "read-only" in error.words:
        told = [name for name in held if re.search(rf"\b{re.escape(name)}\b", error.line)]
        which = told[0] if told else "an argument"
        message = f"{error.stage} writes into {which}: {error.line}; with other numbers it changes what it was given"
        why = Diagnosis("mutation", f"{which} is written into", error.line)
        yield Finding("arguments-untouched", "warn", message, error.where, diagnosis=(why,))
