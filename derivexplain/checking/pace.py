"""Pace: a backward that steps its parameters by a learning rate does so for every one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding
from .subject import SLOW, Bench, Path, UserError, copied, name_path, reach


def unrated(bench: Bench, douts: tuple[np.ndarray, ...]) -> Iterator[Finding]:
    """Parameters that move as far at a quarter of the rate, where others move a quarter as far."""
    subject = bench.subject
    if subject.slower is None or len(bench.paths) < 2:
        return
    try:
        whole, slow = moved(bench, douts, subject.backward), moved(bench, douts, subject.slower)
    except UserError:
        return  # told elsewhere
    steps = {p: (whole[p], slow[p]) for p in bench.paths if np.any(whole[p])}
    if not any(np.allclose(b, SLOW * a, rtol=1e-6, atol=0) for a, b in steps.values()):
        return  # momentum, or a rate that is none
    for path in (p for p, (a, b) in steps.items() if np.allclose(a, b, rtol=1e-6, atol=0)):
        name = name_path(path)
        yield Finding(
            "rate",
            "fail",
            f"backward moves {name} by its gradient whatever the learning rate, unlike the other parameters",
            line_of(bench, path),
            diagnosis=(Diagnosis("factor", f"the step of {name} lacks the learning rate"),),
        )


def moved(bench: Bench, douts: tuple[np.ndarray, ...], backward: Callable[..., Any]) -> dict[Path, np.ndarray]:
    """How far a backward moves each parameter."""
    instance, args = bench.fresh()
    outs = bench.forward(instance, args)
    before = {p: reach(instance, p).copy() for p in bench.paths}
    bench.guard("backward", backward, instance, tuple(copied(d) for d in douts), args, outs)
    return {p: reach(instance, p) - old for p, old in before.items()}


def line_of(bench: Bench, path: Path) -> str:
    """Where a parameter is moved; "" where the text does not say so in one line."""
    source, name = bench.subject.source, re.escape(name_path(path))
    step = rf"\bself\.{name} *([-+]=|= *self\.{name} *[-+])"
    lines = [k for k, line in enumerate(source.text.splitlines(), source.first) if re.search(step, line)]
    return f"{source.path}:{lines[0]}" if len(lines) == 1 else ""
