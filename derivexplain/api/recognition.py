"""Recognition: which layer of the catalogue a stranger's code is, by its name or by its numbers."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import replace
from typing import Any

import numpy as np

from ..checking.cases import cases
from ..checking.outcome import Examination, kink
from ..checking.subject import Bench, Case, UserError, quiet
from ..foreign.text.things import Fused, Pair, normal
from ..layer import SIZES, Layer
from ..layers import catalogue
from ..story import Finding
from .forwards import Mathematics, forward_differs
from .targets import Target

Run = tuple[Case, tuple[Any, ...], np.ndarray]

SUFFIXES = ("layer", "activation", "function", "activationfunction", "gate", "node", "op", "forward", "func", "act")


def bare(name: str) -> str:
    """relu for ReLU, ReluLayer, relu_forward."""
    word = normal(name.rpartition(".")[2])
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if word.endswith(suffix) and len(word) > len(suffix):
            word = word[: -len(suffix)]
    return word


ALIASES = {
    "multiply": "mul",
    "mult": "mul",
    "plus": "add",
    "addition": "add",
    "multiplication": "mul",
    "swish": "silu",
    "logistic": "sigmoid",
    "tanhyperbolic": "tanh",
    "hyperbolictangent": "tanh",
    "rectifiedlinearunit": "relu",
    "rectifier": "relu",
}
LOSSES = ("log", "exp", "square", "abs")  # short names of losses as well: log(margin) = logaddexp(0, -margin)


def recognised(told: Examination, found: Target, result: Mathematics) -> None:
    """A catalogue layer of the same name or with the same numbers; its formula is what forward should compute."""
    with quiet():
        _recognised(told, found, result, forward_runs(told))


def _recognised(told: Examination, found: Target, result: Mathematics, runs: list[Run]) -> None:
    assert told.example is not None
    known = found.subject.name if isinstance(found.subject, Pair | Fused) else found.name.rpartition(":")[2]
    title = bare(known)
    title = ALIASES.get(title, title)
    by_name = next((cls for cls in catalogue.values() if normal(cls.name) == title and plain(cls)), None)
    args = told.subject.arguments
    if len(told.example.outs) != 1 or len(args) > 2:
        return
    if by_name is not None and by_name.inputs() and len(by_name.inputs()) == len(args):
        result.text, result.how = by_name.name, "by name"
        verdict = alike(by_name, told, runs)
        if verdict is None:
            result.text = result.how = ""
        elif verdict is True:
            result.findings.append(
                Finding("forward-formula", "pass", f"forward is {by_name.name}: {by_name.formula}")
            )
        elif len(told.example.bench.variables()) > len(args):
            result.text = result.how = ""  # it has weights: an affine map comes before the function of its name
        elif exact(by_name) and isinstance(verdict, Finding) and not (by_name.name in LOSSES and right(told)):
            result.findings.append(of_its_own(verdict) if right(told) else verdict)
        else:
            result.text = result.how = ""
        if result.text:
            kinks_against(by_name, told)
            return
    for cls in catalogue.values():
        if plain(cls) and len(cls.inputs()) == len(args) and alike(cls, told, runs) is True:
            result.text, result.how = cls.name, "by numbers"
            result.findings.append(
                Finding("forward-formula", "pass", f"forward behaves as {cls.name}: {cls.formula}")
            )
            kinks_against(cls, told)
            return


def right(told: Examination) -> bool:
    """Whether backward is right for the forward that is there."""
    return bool(told.passed) and not told.vacuous and not any(f.status == "fail" for f in told.findings)


def of_its_own(finding: Finding) -> Finding:
    """Forward is another function than its name says, and backward is that function's: no slip is in it."""
    message = f"{finding.message}; backward is right for the forward that is there"
    return replace(finding, status="warn", message=message)


def plain(cls: type[Layer]) -> bool:
    """Elementwise with no shapes of its own: an example of any shape goes through."""
    return isinstance(cls.formula, str) and "[" not in cls.formula and not cls.params


def exact(cls: type[Layer]) -> bool:
    """Named without ambiguity: no constants that another author may choose otherwise."""
    return cls.name in (
        "relu",
        "sigmoid",
        "tanh",
        "exp",
        "log",
        "square",
        "sqrt",
        "add",
        "mul",
        "neg",
        "reciprocal",
        "sub",
        "div",
        "identity",
        "sin",
        "cos",
        "abs",
    )


def alike(cls: type[Layer], told: Examination, runs: list[Run]) -> bool | Finding | None:
    """Whether a catalogue layer gives the same numbers in every case; else where it differs; None: cannot say."""
    some = False
    for case, args, given in runs:
        try:
            wanted = np.asarray(instance_of(cls.name).forward(*(np.array(a) for a in args)), dtype=float)
        except Exception:
            return None
        if given.shape != wanted.shape:
            return None
        if not np.all(np.isfinite(wanted) & np.isfinite(given)):
            continue
        some, scale = True, 1 + float(np.max(np.abs(wanted), initial=0.0))
        if not np.allclose(given, wanted, rtol=1e-6, atol=1e-7 * scale):
            if np.allclose(given, wanted, rtol=0, atol=1e-4 * scale):
                return None  # cut off where it has all but reached its limit: as good as the named one, not the same
            return forward_differs(told, case, args, given, wanted, f"{cls.name}, {cls.formula}")
    return True if some else None


@functools.cache
def instance_of(name: str) -> Layer:
    return catalogue[name].example(np.random.default_rng(0), SIZES)[0]


def forward_runs(told: Examination) -> list[Run]:
    """Forward's numbers in the cases that are like the example."""
    assert told.example is not None
    first = told.example.bench
    found = []
    for case in cases(told.subject, first.case.sizes, first.case.seed)[:6]:
        bench = Bench(told.subject, case, first.paths)
        with contextlib.suppress(UserError):
            instance, args = bench.fresh()
            kept = tuple(np.array(a) for a in args)
            for out in bench.forward(instance, args)[:1]:  # none of an empty tuple
                found.append((case, kept, np.asarray(out, dtype=float)))
    return found


def kinks_against(cls: type[Layer], told: Examination) -> None:
    """Where forward has a kink, which value this code takes and which one the catalogue takes."""
    if not told.kinks or not cls.kinks:
        return
    theirs = "; ".join(f"{value} at {place}" for place, value in cls.kinks.items())
    told.findings[:] = [f for f in told.findings if f.code != "kink"]
    told.findings.append(kink(told, f" (the catalogue's {cls.name}: {theirs})"))
