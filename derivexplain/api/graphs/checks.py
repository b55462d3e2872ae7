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
BOUND = 1e-8  # of the differences
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
    kinked = {n for n, f in zip(inputs, findings) if f.code == "value-kink"}
    symbolic, verdict = _symbolic(graph, run, [n for n in inputs if n not in kinked])
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
    size = float(np.sum(np.abs(run.values[run.of]))) or 1.0
    worst, kink = 0.0, ""
    for direction in _directions(here, rng):
        told = float(np.sum(np.asarray(run.gradients[name]) * direction))
        way = _Way(graph, run, name, here, direction, values)
        off, nearest = min(
            (abs(told - s) / (max(abs(told), abs(s)) + 1e-3 * size / way.scale), s) for s in way.slopes()
        )
        if off > BOUND:
            left, right = way.sides()
            between = min(left, right) - 1e-4 * size <= told <= max(left, right) + 1e-4 * size
            if abs(left - right) < 1e-3 * (abs(left) + abs(right)) or not between:
                message = f"the gradient of '{name}' is {told:.10g}, differences of forward say {nearest:.10g}"
                return Finding("value-differences", "fail", message, counterexample={name: run.values[name]})
            kink = f"'{name}' stands at a kink: its gradient lies between the slopes {left:.4g} and {right:.4g}"
        else:
            worst = max(worst, off)
    bound = next(b for b in ("1e-10", "1e-9", "1e-8") if worst <= float(b))
    told_so = kink or f"the gradient of '{name}' agrees with differences (< {bound})"
    return Finding("value-kink" if kink else "value-differences", "pass", told_so)


def _directions(here: Any, rng: np.random.Generator) -> list[Any]:
    if here.size <= ENTRIES:
        return list(np.eye(here.size).reshape(here.size, *here.shape))
    return [rng.standard_normal(here.shape) for _ in range(ENTRIES)]


class _Way:
    """The end of a graph along one direction from where an input stands."""

    def __init__(
        self, graph: Graph, run: Run, name: str, here: Any, direction: Any, values: Mapping[str, Any]
    ) -> None:
        self.graph, self.of, self.name, self.values = graph, run.of, name, values
        self.here, self.direction = here, direction
        self.scale = max(1.0, float(np.max(np.abs(here), initial=0)))

    def at(self, t: float) -> float:
        moved = self.here + t * self.direction
        point = {**self.values, self.name: float(moved) if moved.ndim == 0 else moved}
        computation = self.graph.computation(point)
        operations = machine.needed(machine.ordered(computation), self.of)
        return float(np.sum(machine.forward(computation, operations)[self.of]))

    def slopes(self) -> list[float]:
        """Extrapolated central differences at several steps; steps that leave the domain are left out."""
        found = []
        for h in (s * self.scale for s in STEPS):
            try:
                wide, narrow = (self.at(h) - self.at(-h)) / (2 * h), (self.at(h / 2) - self.at(-h / 2)) / h
            except InputError:
                continue
            found.append((4 * narrow - wide) / 3)
        if not found:
            raise InputError(
                f"no difference could be taken at '{self.name}'", mend="choose a point inside the domain"
            )
        return found

    def sides(self) -> tuple[float, float]:
        """The slopes to the left and to the right."""
        h = 1e-6 * self.scale
        here = self.at(0)
        return (here - self.at(-h)) / h, (self.at(h) - here) / h


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
