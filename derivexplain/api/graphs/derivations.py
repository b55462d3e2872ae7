"""The derivative of a graph: node by node from the end, then the whole in the form that people use.

The sigmoid by nodes: dy/dv3 = -y**2, dy/dv2 = dy/dv3*1, dy/dv1 = dy/dv2*v2, dy/dx = dy/dv1*(-1), together
y**2*v2, with v2 put in y**2*exp(-x), and that is y*(1 - y).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy as sp

from ... import proof
from ...errors import InputError, did_you_mean
from ...story import Derivation, Step, Verdict
from ...symbols import D, Letters, real
from ..derivation import derive, outward
from ..targets import name_of
from .composition import READABLE, Composition
from .indexed import compose, of_arrays
from .local import local_verdict

if TYPE_CHECKING:
    from .graph import Graph

RANK = ("refuted", "undecided", "agrees", "proved")


def derivation(graph: Graph, wrt: str, *, of: str | None = None, detail: str = "normal") -> Derivation:
    """The derivation of a graph by one of its inputs: of arrays by the reverse sweep over all its equations."""
    if of_arrays(graph):
        run = graph.run(of=of)
        formula = compose(graph, run).formula
        known = [name_of(s) for s in (*formula.inputs, *formula.params)]
        if wrt not in known:
            raise InputError(f"'{run.of}' does not depend on an input '{wrt}'", mend=did_you_mean(wrt, known))
        return replace(derive(formula, wrt, detail=detail), name=run.of)
    whole = Composition(graph, of)
    if wrt not in whole.inputs:
        raise InputError(f"'{whole.of}' does not depend on an input '{wrt}'", mend=did_you_mean(wrt, whole.inputs))
    steps = list(node_steps(whole, wrt))
    if len(whole.operations) > READABLE:
        equations = tuple(map(whole.equation, whole.operations))
        formula = replace(Composition.formula(_first(whole)), equations=equations, outputs=(real(whole.of),))
        reason = f"{len(whole.operations)} nodes: one formula of the inputs would not be readable"
        found = Derivation(
            formula, real(wrt), 1, tuple(steps), steps[-1].after, None, None, reason,
            verdict=weakest(steps), detail=detail, name=whole.of,
        )  # fmt: skip
        return outward(found, Letters())
    formula = whole.formula()
    found = derive(formula, wrt, detail=detail)
    steps += closing_steps(whole, wrt, steps, inward(found))
    return replace(
        outward(replace(inward(found), steps=tuple(steps)), Letters()), verdict=weakest(steps), name=whole.of
    )


def _first(whole: Composition) -> Composition:
    """The same with its first node only, to take the letters from."""
    import copy

    small = copy.copy(whole)
    small.operations, small.of = whole.operations[:1], whole.operations[0].name
    return small


def node_steps(whole: Composition, wrt: str) -> list[Step]:
    """dL/dv for every value between the end and `wrt`: a sum over its uses of upstream times local."""
    depends = {wrt}
    for op in whole.operations:
        if depends & set(op.operands):
            depends.add(op.name)
    end = real(whole.of)
    uses: dict[str, list[tuple[Any, int]]] = {}
    for op in whole.operations:
        if op.name in depends:
            for k, v in enumerate(op.operands):
                if v in depends:
                    uses.setdefault(v, []).append((op, k))
    steps = []
    for v in [op.name for op in reversed(whole.operations) if op.name in depends and op.name != whole.of] + [wrt]:
        terms, verdicts = [], []
        for op, k in uses.get(v, ()):
            local = whole.local(op, k)
            upstream = sp.S.One if op.name == whole.of else D(end, real(op.name))
            terms.append(
                local if upstream == 1 else upstream if local == 1 else sp.Mul(upstream, local, evaluate=False)
            )
            verdicts.append(local_verdict(op.kind, k))
        after = terms[0] if len(terms) == 1 else sp.Add(*terms, evaluate=False)
        law = "chain" if len(terms) == 1 else "gradient-sum"
        definitions = tuple((whole.equation(op).lhs, whole.equation(op).rhs) for op, _ in uses.get(v, ()))
        steps.append(Step(law, D(end, real(v)), after, worst(verdicts), letters=definitions))
    return steps


def closing_steps(whole: Composition, wrt: str, steps: Sequence[Step], found: Derivation) -> list[Step]:
    """All lines together, the names put in, the form that people use."""
    known: dict[Any, Any] = {}
    for step in steps:
        known[step.before] = (
            sp.expand_mul(step.after.xreplace(known)) if step.law == "chain" else step.after.xreplace(known)
        )
    end, letter = real(whole.of), real(wrt)
    table = whole.composed()
    start, together = D(end, letter), sp.sympify(known[steps[-1].before]).doit(deep=True)
    inner = {k: v for k, v in table.items() if k != end}
    stages = [("insert-gradient", together), ("stored-name", together.xreplace(inner))]
    form = found.output_form if found.output_form is not None else found.result
    stages.append(("name-output" if found.output_form is not None else "tidy", form))
    out: list[Step] = []
    before: Any = steps[-1].after if len(steps) == 1 else start
    for law, after in stages:
        if after == before:
            continue
        verdict = proof.equal(
            told(before, table, start), told(after, table, start), domain=found.formula.domain, within=(table[end],)
        )
        out.append(Step(law, before, after, verdict, letters=tuple(table.items()) if law == "stored-name" else ()))
        before = after
    return out


def told(expr: Any, table: dict[Any, Any], start: Any) -> Any:
    """An expression with every name put back to what it stands for."""
    if expr == start:
        return D(table[start.expr], start.wrt)
    return expr.xreplace(table)


def inward(found: Derivation) -> Derivation:
    """The derivation in the machines' letters."""
    moves = lambda e: e.xreplace({s: real(s.name) for s in e.free_symbols}) if isinstance(e, sp.Basic) else e  # noqa: E731
    return replace(
        found, wrt=moves(found.wrt), result=moves(found.result), output_form=moves(found.output_form), steps=()
    )


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    return min(verdicts, key=lambda v: RANK.index(v.status)) if verdicts else Verdict("proved", by="identical")


def weakest(steps: Sequence[Step]) -> Verdict:
    """What can be said of the whole: what can be said of its weakest line."""
    return worst([s.verdict for s in steps])
