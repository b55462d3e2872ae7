"""Misses: what is said of a gradient that is no slope of forward: where, how far off, and which slip it is."""

from __future__ import annotations

import re

import numpy as np

from ...story import Diagnosis, Finding
from .. import guards
from ..cases import TIES
from ..outcome import Asked, Examination
from ..subject import floats_within, name_path
from ..values import Comparison
from ..watching import entering, holding
from . import numbers
from .names import LEFT_OUT, TIED, left_out, name, tied
from .scene import Scene, constant_factor, entrywise, summed

STEPS = 100_000  # calls and lines for all slopes of a further case: the example has told most


def missed(told: Examination, asked: Asked, result: Comparison, status: str) -> Finding:
    """The finding for a wrong gradient: where, how far off, and which slip it is."""
    case = asked.bench.case.name
    single = [m for m in result.misses if m.index is not None]
    worst = max(single or result.misses, key=lambda m: m.excess)
    place_of = f"{result.name}[{', '.join(map(str, worst.index))}]" if worst.index else result.name
    if worst.index is None:
        place_of = f"{result.name} along a direction of all its entries"
    claimed, low, high = numbers.told(worst.claimed, worst.low, worst.high)
    has = f"has slope {low}" if worst.high == worst.low else f"allows {low} to {high}"
    say = f"backward says {claimed}, forward {has}"
    scene = full_scene(told, asked, result.name)
    bent = all(m.low < m.high for m in result.misses)  # at kinks alone, where no number is the slope
    why: tuple[Diagnosis, ...] = name(scene, result.name) if scene and not bent else ()
    if not re.search(r"\w\[[^\]\n]*\] *[-+]?= ", asked.bench.subject.source.text):  # no entry is set one by one
        why = tuple(d for d in why if "occur more than once" not in d.message)
    if case == TIES and (tied(result) or bent):
        why = (TIED,) if tied(result) else (LEFT_OUT,) if left_out(result) else ()
    factor = constant_factor(scene.true[result.name], scene.claimed[result.name]) if scene and not bent else None
    if factor is not None:
        told.factors[result.name] = factor
    if status == "fail":
        right = told.together or told.agreed[result.name]  # elsewhere: then it is no constant
        told.factor &= factor is not None and TIED not in why and not right
    message = f"{case}: the gradient for {place_of} is wrong: {say}"
    return Finding(
        "values",
        status,
        message,
        counterexample={
            "case": case,
            "variable": result.name,
            "index": list(worst.index) if worst.index is not None else None,
            "claimed": worst.claimed,
            "true": worst.low if worst.low == worst.high else [worst.low, worst.high],
        },
        diagnosis=why,
    )


def full_scene(told: Examination, asked: Asked, wanted: str) -> Scene | None:
    """Whole true gradients by differences, for naming; None where they are too large to be worth it."""
    bench, values, gradients, douts = asked.bench, asked.values, asked.gradients, asked.douts
    if sum(v.size for v in values.values()) > 600:
        return None
    if not told.steps:
        with entering() as entered:
            bench.forward(*bench.fresh())
        told.steps = sum(entered.values())
    if bench.case.name != "the example" and told.steps * values[wanted].size > STEPS:
        return None
    if told.every is None or told.every.bench is not bench:
        told.every = guards.slopes(bench, tuple(values), most=10**6, mixed=0)
    every = told.every
    true: dict[str, np.ndarray] = {}
    for variable, value in values.items():
        if variable != wanted and value.shape != np.asarray(gradients[wanted]).shape:
            continue  # cannot be mistaken for it
        gradient = gradients.get(variable)
        like = np.zeros(value.shape) if gradient is None or np.shape(gradient) != value.shape else gradient
        true[variable] = every.compare(variable, like, douts).whole(value.shape)
    if not np.all(np.isfinite(true[wanted])):
        return None
    instance, args = bench.fresh()
    own = {getattr(f, "__code__", None) for f in bench.subject.functions}
    with holding(own.__contains__) as locals_:
        outs = tuple(np.asarray(o, dtype=float) for o in bench.forward(instance, args))
    claimed = {n: np.asarray(g, dtype=float) for n, g in gradients.items() if g is not None and n in values}
    if claimed[wanted].size == true[wanted].size:
        claimed[wanted] = claimed[wanted].reshape(true[wanted].shape)
    kept = getattr(instance, "__dict__", {})
    boxes = [kept, *(v for v in (*kept.values(), *args) if isinstance(v, dict))]  # hparameters["f"]
    numbers_ = [(k, v) for b in boxes for k, v in b.items() if isinstance(v, int | float) and not isinstance(v, bool)]
    numbers_ += [(k, v) for k, v in vars(type(instance)).items() if isinstance(v, float)]
    constants = {str(k): float(v) for k, v in reversed(numbers_)}
    kept = [(p, v) for p, v in floats_within(instance) if not str(p[0]).startswith("_derivexplain")]
    more = {a.name: np.asarray(v) for a, v in zip(bench.subject.arguments, args) if not a.owed}
    held = {n: v.astype(float) for n, v in more.items() if v.dtype.kind == "f"}
    held |= {name_path(p): np.asarray(v, dtype=float) for p, v in kept}
    if not kept:  # functions keep nothing: what they had by name, but for gradients
        named = {n: v for n, v in locals_.items() if not n.lower().startswith(("d", "grad"))}
        held |= {n: v.copy() for n, v in named.items() if v.dtype.kind == "f"}
    indices = tuple(v for v in more.values() if v.dtype.kind in "iu")
    shape = values[wanted].shape
    for n, v in more.items():
        whole = bool(shape) and v.dtype.kind in "iu" and v.size > 0
        if whole and v.shape == shape[:-1] and v.min() >= 0 and v.max() < shape[-1]:
            held[f"one-hot {n}"] = np.eye(shape[-1])[v]
        if whole and v.shape == shape and np.unique(v).size == 2:
            held[n] = v.astype(float)
    held = {n: v for n, v in held.items() if n not in values}
    alone = entrywise(bench.subject.source.text)
    columns = bench.subject.scene.startswith("columns")
    steps = "updates" in bench.subject.notes and wanted not in [a.name for a in bench.subject.arguments]
    error = bench.subject.upstream if steps and re.search("err|resid", bench.subject.upstream.lower()) else ""
    return Scene(true, claimed, values, outs, douts, constants, held, indices, frozenset(more), alone, columns, error)


def borne_out(told: Examination, asked: Asked, finding: Finding) -> bool:
    """Whether a sum too few or too many, which the shapes suggest, is what the numbers say."""
    variable = next((d.location for d in finding.diagnosis if "summed" in d.message), "")
    if variable not in asked.values:
        return True
    scene = full_scene(told, asked, variable)
    return scene is None or summed(scene.true[variable], scene.claimed[variable])


def is_about(finding: Finding, variable: str) -> bool:
    at = finding.counterexample or {}
    return finding.code == "values" and finding.status == "fail" and at.get("variable") == variable
