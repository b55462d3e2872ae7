"""Unheard: parts of the upstream gradient of which a wrong gradient makes nothing."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding
from . import contract
from .mover import draws
from .outcome import Asked
from .subject import Bench, UserError
from .values import Slopes

MOST = 40  # parts that are left out, one run of backward each


def unheard(given: Sequence[Finding], example: Asked | None, slopes: Slopes | None) -> list[Finding]:
    """The findings; a wrong gradient of the example that has no reason yet is asked what it makes of each part."""
    findings = list(given)
    for k, f in enumerate(findings):
        at = f.counterexample or {}
        bare = (f.code, f.status, f.diagnosis) == ("values", "fail", ()) and "should read" not in f.message
        if bare and example and slopes and at.get("case") == example.bench.case.name:
            with contextlib.suppress(UserError):
                why = next(unused(str(at["variable"]), example, slopes), "")
                name = example.bench.subject.upstream
                findings[k] = replace(f, diagnosis=(Diagnosis("dout-ignored", why, name),)) if why else f
    return findings


def unused(variable: str, example: Asked, slopes: Slopes) -> Iterator[str]:
    """Along which axis only one entry is used, or which entries never are."""
    bench, name = example.bench, example.bench.subject.upstream
    if not name or len(example.douts) != 1 or sum(example.douts[0].shape) > MOST:
        return
    instance, args = bench.fresh()
    outs = bench.forward(instance, args)
    if draws(lambda: bench.subject.backward(instance, example.douts, args, outs)):
        return  # what is drawn anew is not what forward drew
    dout, value = example.douts[0], slopes.values[variable]
    for axis, n in enumerate(dout.shape if dout.ndim > 1 else ()):
        silent = []
        for k in range(n):
            part = one_place(dout, axis, k)
            without = np.asarray(bench.gradients((dout - part,)).gradients.get(variable))
            same = np.array_equal(without, np.asarray(example.gradients[variable]))
            if same and not slopes.compare(variable, np.zeros(value.shape), (part,)).ok:
                silent.append(k)
        left = [k for k in range(n) if k not in silent]
        if silent and len(left) == 1 and n > 2:
            yield f"of {name} only entry {left[0]} of axis {axis} is used: what comes in at the others is left out"
        elif silent and left:
            which = f"entries {', '.join(map(str, silent))}" if silent[1:] else f"entry {silent[0]}"
            yield f"what comes in at {which} of axis {axis} of {name} is never used"


def at_the_end(
    given: Sequence[Finding], bench: Bench, douts: tuple[np.ndarray, ...], gradients: Mapping[str, Any]
) -> list[Finding]:
    """The findings; of gradients right at the last step alone, whether what comes in before is never used."""
    findings, name = list(given), bench.subject.upstream
    for k, f in enumerate(findings):
        steps = (re.match(r"right at the last step of axis (\d)", d.message) for d in f.diagnosis)
        step = next(filter(None, steps), None)
        if step is None or len(douts) > 1 or douts[0].ndim <= (axis := int(step[1])):
            continue
        last = bench.gradients((one_place(douts[0], axis, -1),)).gradients
        if all(contract.close(g, gradients.get(n)) for n, g in last.items() if g is not None):
            says = (
                f"of {name} only the last step of axis {axis} is used: what comes in at all earlier ones is left out"
            )
            findings[k] = replace(f, diagnosis=(Diagnosis("dout-ignored", says, name),))
    return findings


def one_place(dout: np.ndarray, axis: int, k: int) -> np.ndarray:
    """What comes in at one place of an axis, and nothing at the others."""
    part = np.zeros_like(dout)
    np.moveaxis(part, axis, 0)[k] = np.moveaxis(dout, axis, 0)[k]
    return part
