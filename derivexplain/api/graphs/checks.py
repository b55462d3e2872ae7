"""g.check(): the gradients of a graph against differences of the whole, and against its symbolic derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ... import computation as machine
from ... import proof
from ...errors import DerivexplainError, InputError
from ...evaluation import evaluate
from ...story import Finding, Report, Run, Verdict
from ...symbols import real
from .composition import READABLE, Composition
from .derivations import derivation

if TYPE_CHECKING:
    from .graph import Graph

RTOL, ATOL = 1e-7, 1e-9
STEPS = (1e-2, 1e-3, 1e-4)  # of the differences, in units of the input; the best agreement counts
ENTRIES = 12  # of a large array, so many directions are tried


def check(graph: Graph, *, of: str | None = None, values: Mapping[str, Any] | None = None, seed: int = 0) -> Report:
    """Every gradient of every input and parameter, held against two witnesses that know no backward."""
    run = machine.run(graph.computation(values), of=of)
    rng = np.random.default_rng(seed)
    findings = []
    inputs = [n for n in graph.computation().given if n in run.gradients and n in run.values]
    inputs = [n for n in inputs if n in run.shares and np.asarray(run.values[n]).dtype.kind in "iuf"]
    for name in inputs:
        findings.append(_differences(graph, run, name, values or {}, rng))
    symbolic, verdict = _symbolic(graph, run, inputs)
    findings += symbolic
    wrong = [f for f in findings if f.status == "fail"]
    vacuous = not inputs or all(not np.any(run.gradients[n]) for n in inputs)
    if not findings or vacuous and not wrong:
        findings.append(Finding("vacuous", "fail", "every gradient is zero, so nothing was compared"))
    outcome = "wrong" if wrong else "vacuous" if vacuous else "correct"
    if wrong:
        verdict = Verdict("refuted", by="differences")
    elif verdict.status != "proved":
        verdict = Verdict("agrees", by="differences", points=len(inputs), digits=7)
    return Report(f"graph of {run.of}", outcome, tuple(findings), verdict, seed, next_step=_next(wrong))


def _next(wrong: list[Finding]) -> str:
    return "check the layers of this graph one by one: dx.check(MyLayer)" if wrong else ""


def _differences(graph: Graph, run: Run, name: str, values: Mapping[str, Any], rng: np.random.Generator) -> Finding:
    """One gradient against Richardson's central differences, along each entry or random directions."""
    here = np.asarray(run.values[name], dtype=float)
    directions = _directions(here, rng)
    worst = 0.0
    for direction in directions:
        told = float(np.sum(np.asarray(run.gradients[name]) * direction))
        found = min(
            (abs(told - s) / max(1.0, abs(told), abs(s)), s)
            for s in _slopes(graph, run, name, here, direction, values)
        )
        worst = max(worst, found[0])
        if found[0] > RTOL * 10:
            message = f"the gradient of '{name}' is {told:.10g}, differences of forward say {found[1]:.10g}"
            return Finding("value-differences", "fail", message, counterexample={name: run.values[name]})
    bound = next((b for b in ("1e-9", "1e-8", "1e-7", "1e-6") if worst < float(b)), "1e-5")
    return Finding("value-differences", "pass", f"the gradient of '{name}' agrees with differences (< {bound})")


def _directions(here: Any, rng: np.random.Generator) -> list[Any]:
    if here.size <= ENTRIES:
        return list(np.eye(here.size).reshape(here.size, *here.shape))
    return [rng.standard_normal(here.shape) for _ in range(ENTRIES)]


def _slopes(graph: Graph, run: Run, name: str, here: Any, direction: Any, values: Mapping[str, Any]) -> list[float]:
    def at(t: float) -> float:
        moved = here + t * direction
        point = {**values, name: float(moved) if moved.ndim == 0 else moved}
        return float(np.sum(machine.run(graph.computation(point), of=run.of).values[run.of]))

    slopes = []
    for h in (s * max(1.0, float(np.max(np.abs(here), initial=0))) for s in STEPS):
        try:
            wide, narrow = (at(h) - at(-h)) / (2 * h), (at(h / 2) - at(-h / 2)) / h
        except InputError:
            continue
        slopes.append((4 * narrow - wide) / 3)
    if not slopes:
        raise InputError(f"no difference could be taken at '{name}'", mend="choose a point away from the edge")
    return slopes


def _symbolic(graph: Graph, run: Run, inputs: list[str]) -> tuple[list[Finding], Verdict]:
    """Each gradient against SymPy's derivative of the whole formula, where the graph has one."""
    try:
        whole = Composition(graph, run.of)
        if len(whole.operations) > READABLE:
            raise InputError(f"{len(whole.operations)} nodes are too many for one formula")
        if any(np.ndim(run.values[v]) for v in whole.given):
            raise InputError("its values are arrays")
        formula = whole.formula()
    except DerivexplainError as error:
        return [Finding("value-symbolic", "skip", f"no formula of the whole: {error.wrong}")], Verdict("undecided")
    env = {name: np.asarray(run.values[name], dtype=float) for name in whole.inputs}
    findings, verdicts = [], []
    for name in inputs:
        slope = sp.diff(formula.expr, real(name))
        truth, told = float(evaluate(slope, env)), float(run.gradients[name])
        by_nodes = derivation(graph, name, of=run.of).result
        ours = by_nodes.xreplace({s: real(s.name) for s in by_nodes.free_symbols})
        verdict = proof.equal(slope, ours, domain=formula.domain, within=(formula.expr,))
        verdicts.append(verdict)
        good = np.isclose(told, truth, rtol=RTOL, atol=ATOL) and verdict.ok
        message = f"the gradient of '{name}' is that of the whole formula" if good else (
            f"the gradient of '{name}' is {told:.10g}, the formula's derivative is {truth:.10g}"
        )  # fmt: skip
        findings.append(Finding("value-symbolic", "pass" if good else "fail", message, verdict=verdict))
    weakest = next((v for v in verdicts if v.status != "proved"), Verdict("proved", by="symbolic derivative"))
    return findings, weakest
