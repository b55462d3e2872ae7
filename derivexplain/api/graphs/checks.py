"""g.check(): the gradients of a graph against differences of the whole, and against its symbolic derivative."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ... import computation as machine
from ... import proof
from ...arrays.probing import gradient_values
from ...digits import bound, exponent
from ...errors import DerivexplainError, InputError
from ...evaluation import evaluate, evaluate_formula
from ...story import Finding, Report, Run, Verdict
from ...symbols import UPSTREAM, real
from ..derivation import derive
from .composition import READABLE, Composition
from .derivations import derivation
from .indexed import compose, of_arrays

if TYPE_CHECKING:
    from .graph import Graph

RTOL, ATOL = 1e-7, 1e-9
BOUND = 1e-8  # that the differences stay below
STEPS = (1e-2, 1e-3, 1e-4, 1e-5)  # of the differences, in units of the input; the best agreement counts
ENTRIES = 12  # of a large array, so many directions are tried


def check(graph: Graph, *, of: str | None = None, values: Mapping[str, Any] | None = None, seed: int = 0) -> Report:
    """Every gradient of every input and parameter, held against two witnesses that know no backward.

    Where the end is an array, random numbers come back into it: ones would miss what adds up to nothing.
    """
    rng = np.random.default_rng(seed)
    run = machine.run(graph.computation(values), of=of)
    if np.ndim(run.values[run.of]):
        upstream = rng.standard_normal(np.shape(run.values[run.of]))
        run = machine.run(graph.computation(values), of=of, upstream=upstream)
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
        tried = sum(min(np.size(run.values[n]), ENTRIES) for n in inputs)
        bounds = [f.bound for f in findings if f.code == "value-differences" and f.bound is not None]
        verdict = Verdict("agrees", by="differences", points=tried, digits=-exponent(max(bounds, default=BOUND)))
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
        off, nearest = nearby(told, way.slopes(), 1e-3 * size / way.scale)
        if off > BOUND:
            left, right = way.sides()
            between = min(left, right) - 1e-4 * size <= told <= max(left, right) + 1e-4 * size
            if abs(left - right) < 1e-3 * (abs(left) + abs(right)) or not between:
                message = f"the gradient of '{name}' is {told:.10g}, differences of forward say {nearest:.10g}"
                return Finding("value-differences", "fail", message, counterexample={name: run.values[name]})
            kink = f"'{name}' stands at a kink: its gradient lies between the slopes {left:.4g} and {right:.4g}"
        else:
            worst = max(worst, off)
    if kink:
        return Finding("value-kink", "pass", kink)
    message = f"the gradient of '{name}' agrees with differences of forward"
    return Finding("value-differences", "pass", message, bound=bound(worst))


def nearby(told: float, slopes: Iterable[float], floor: float) -> tuple[float, float]:
    """The slope that is nearest to what is told, and how far off it is; the first good one will do."""
    best = (np.inf, np.nan)
    for s in slopes:
        best = min(best, (abs(told - s) / (max(abs(told), abs(s)) + floor), s))
        if best[0] <= BOUND / 100:
            break
    return best


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
        self.upstream = run.gradients[run.of]

    def at(self, t: float) -> float:
        moved = self.here + t * self.direction
        point = {**self.values, self.name: float(moved) if moved.ndim == 0 else moved}
        computation = self.graph.computation(point)
        operations = machine.needed(machine.ordered(computation), self.of)
        return float(np.sum(self.upstream * machine.forward(computation, operations)[self.of]))

    def slopes(self) -> Iterator[float]:
        """Extrapolated central differences at several steps; steps that leave the domain are left out."""
        none = True
        for h in (s * self.scale for s in STEPS):
            try:
                wide, narrow = (self.at(h) - self.at(-h)) / (2 * h), (self.at(h / 2) - self.at(-h / 2)) / h
            except InputError:
                continue
            none = False
            yield (4 * narrow - wide) / 3
        if none:
            raise InputError(
                f"no difference could be taken at '{self.name}'", mend="choose a point inside the domain"
            )

    def sides(self) -> tuple[float, float]:
        """The slopes to the left and to the right."""
        h = 1e-6 * self.scale
        here = self.at(0)
        return (here - self.at(-h)) / h, (self.at(h) - here) / h


def _symbolic(graph: Graph, run: Run, inputs: list[str]) -> tuple[list[Finding], Verdict]:
    """Each gradient against the derivative of the whole formula, where the graph has one."""
    witness = _of_the_equations if of_arrays(graph) else _of_the_formula
    try:
        findings = list(witness(graph, run, inputs))
    except DerivexplainError as error:
        return [Finding("value-symbolic", "skip", f"no formula of the whole: {error.wrong}")], Verdict("undecided")
    verdicts = [f.verdict for f in findings if f.verdict is not None]
    weakest = next((v for v in verdicts if v.status != "proved"), Verdict("proved", by="symbolic derivative"))
    return findings, weakest


def _of_the_formula(graph: Graph, run: Run, inputs: list[str]) -> Iterator[Finding]:
    """Numbers: SymPy's derivative of the one formula, at the point and against our derivation."""
    whole = Composition(graph, run.of)
    if len(whole.operations) > READABLE:
        raise InputError(f"{len(whole.operations)} nodes are too many for one formula")
    formula = whole.formula()
    env = {name: np.asarray(run.values[name], dtype=float) for name in whole.inputs}
    for name in inputs:
        slope = sp.diff(formula.expr, real(name))
        by_nodes = derivation(graph, name, of=run.of).result
        ours = by_nodes.xreplace({s: real(s.name) for s in by_nodes.free_symbols})
        verdict = proof.equal(slope, ours, domain=formula.domain, within=(formula.expr,))
        yield _agreement(name, run.gradients[name], float(evaluate(slope, env)), verdict)


def _of_the_equations(graph: Graph, run: Run, inputs: list[str]) -> Iterator[Finding]:
    """Arrays: the equations of all layers have to give the graph's values, their derivative its gradients."""
    whole = compose(graph, run)
    env = evaluate_formula(whole.formula, whole.values)
    if odd := [n for n in whole.computed if not np.allclose(env[n], run.values[n], RTOL, ATOL)]:
        message = f"forward's '{odd[0]}' is not what the formula of its layer says"
        yield Finding("value-symbolic", "fail", message, verdict=Verdict("refuted", by="numbers"))
        return
    env[UPSTREAM] = run.gradients[run.of]
    for name in inputs:
        derived = derive(whole.formula, name)
        yield _agreement(name, run.gradients[name], gradient_values(derived, env)[name], derived.verdict)


def _agreement(name: str, told: Any, truth: Any, verdict: Verdict) -> Finding:
    """A gradient of the graph beside that of the formula."""
    off = np.abs(np.asarray(told) - truth)
    if verdict.ok and np.all(off <= ATOL + RTOL * np.abs(truth)):
        return Finding(
            "value-symbolic", "pass", f"the gradient of '{name}' is that of the whole formula", verdict=verdict
        )
    place = np.unravel_index(np.argmax(off), np.shape(truth))
    told, truth = (float(np.asarray(side)[place]) for side in (told, truth))
    where = f"at {list(map(int, place))} " if place else ""
    message = f"the gradient of '{name}' is {where}{told:.10g}, the formula's derivative is {truth:.10g}"
    return Finding("value-symbolic", "fail", message, verdict=verdict)
