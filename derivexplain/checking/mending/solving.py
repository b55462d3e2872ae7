"""Solving: which one value of backward, had it been another, would make every gradient right; and what it lacks."""

from __future__ import annotations

import ast
import contextlib
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...patience import patience
from ...story import Diagnosis, Finding
from ..running import compiled, ran, running, written
from ..subject import Bench, Case, Path, Subject, UserError
from ..watching import holding
from .edits import Edit
from .mended import EDITED, LOOSE, SMALLER, file_of, resized, runs
from .products import Known, Lack, Solved, lack, stands
from .trials import Trial

LARGEST = 100  # entries of a value that is solved for: one run for each
NEAR = 1e-6  # of the largest slope
CHANCE = ("threshold",)  # where it shows may have a bound by chance
PROBE = "_derivexplain_probe"
RUNS = 2000
SECONDS = 5.0  # of the processor, for all the runs: what takes longer is left unnamed
STEPS = 400_000  # calls and lines that all the runs may make


class Probe:
    """Stands round one value of a function: notes it, and gives it on with something added."""

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []
        self.shift: np.ndarray | None = None

    def __call__(self, value: object) -> object:
        self.seen.append(np.array(value, dtype=float) if np.asarray(value).dtype.kind == "f" else np.empty(0))
        return value if self.shift is None else value + self.shift


def lacking(
    given: Sequence[Finding], subject: Subject, paths: tuple[Path, ...], cases: Sequence[Case]
) -> list[Finding]:
    """The findings; wrong gradients of the example without a reason of their own are traced to what a value lacks."""
    findings = list(given)
    like = [c for c in cases if not c.invented and not c.extreme and not c.another]
    fails = [k for k, f in enumerate(findings) if f.status == "fail" and f.code == "values"]
    at = {k: findings[k].counterexample or {} for k in fails}
    wrong = {str(at[k]["variable"]): k for k in fails if at[k].get("case") == like[0].name}
    open_ = tuple(n for n, k in wrong.items() if vague(findings[k]))
    if open_:
        with patience(SECONDS), contextlib.suppress(UserError, RecursionError, np.linalg.LinAlgError):
            for names, why in told(fitting([Bench(subject, c, paths) for c in like[:3]], open_), open_, set(wrong)):
                for k in {wrong[n] for n in names}:
                    both = (why, *(d for d in findings[k].diagnosis if d.code not in CHANCE))
                    findings[k] = replace(findings[k], diagnosis=both, where=why.location)
    return findings


def fitting(benches: list[Bench], names: tuple[str, ...]) -> list[Bench]:
    """The same at smaller sizes, where what is wrong has more entries than are solved for."""
    held = benches[0].variables()
    few = [resized(b, {**SMALLER, "Y": 3, "X": 4}) for b in benches]
    if all(held[n].size <= LARGEST for n in names if n in held) or not all(map(runs, few)):
        return benches
    return few


def vague(finding: Finding) -> bool:
    """Whether nothing is said of a finding, or only where it shows."""
    said = " ".join((finding.message, *(d.message for d in finding.diagnosis)))
    return not EDITED.search(said) and all(LOOSE.search(d.message) for d in finding.diagnosis)


def unnamed(findings: Sequence[Finding]) -> bool:
    """Whether there is a wrong gradient of which nothing is said but where it is wrong."""
    return any(f.status == "fail" and f.code in ("values", "finite") and vague(f) for f in findings)


def told(
    benches: Sequence[Bench], open_: tuple[str, ...], wrong: set[str]
) -> Iterator[tuple[tuple[str, ...], Diagnosis]]:
    """What is lacking, where: for all that is open together, else for each gradient by itself."""
    entered = ran(benches[0])
    left = min(RUNS, STEPS // max(sum(entered.values()), 1))
    done: set[str] = set()
    for names in dict.fromkeys([open_, *((n,) for n in open_)]):
        trials = [Trial(b, names, 10**6) for b in benches[:2]]
        if done & set(names) or any(t.mute or t.still & set(names) for t in trials):
            continue
        best: tuple[int, Diagnosis] | None = None
        for function, tree, first in written(benches[0], entered):
            for target, part, before in values(tree):
                found: list[Solved] = []
                for trial in trials:
                    one = solved(trial, function, tree, (target, part, before), (names, wrong - set(names)), left)
                    if one is None:
                        break
                    found.append(one)
                what = lack(*found) if len(found) == len(trials) else None
                if what is not None and (best is None or what.size < best[0]):
                    rest = [Trial(b, names, 10**6) for b in benches[2:]] if what.code == "factor" else []
                    asked = (target, part, before), (names, wrong - set(names)), left
                    if any((one := solved(t, function, tree, *asked)) and not stands(what, one) for t in rest):
                        continue  # right by chance: a label for a mask that it has like the others
                    line = first - 1 + part.lineno
                    best = what.size, worded(what, target, part, names, f"{file_of(function, benches[0])}:{line}")
        if best is not None:
            done |= set(names)
            yield names, best[1]


def worded(what: Lack, target: str, part: ast.expr, names: tuple[str, ...], where: str) -> Diagnosis:
    which = f"the gradient for {names[0]} is" if len(names) == 1 else f"the gradients for {', '.join(names)} are"
    value = f"`{target}`" if target else f"`{ast.unparse(part)}`"
    return Diagnosis(what.code, f"{value} {what.words} {which} right", where)


def values(tree: ast.FunctionDef) -> Iterator[tuple[str, ast.expr, set[str]]]:
    """What a function works out once: its name, its expression, and the names that were there before."""
    before = {a.arg for a in tree.args.args}
    for statement in flat(tree.body):
        if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
            yield from (("", part, set(before)) for part in statement.value.elts)
        elif isinstance(statement, ast.Return) and statement.value is not None:
            yield "", statement.value, set(before)
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name | ast.Attribute):
                yield ast.unparse(target), statement.value, before - {ast.unparse(target)}
        stored = [n for n in ast.walk(statement) if isinstance(n, ast.Name | ast.Attribute)]
        before |= {ast.unparse(n) for n in stored if isinstance(n.ctx, ast.Store)}


def flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.If | ast.With):
            yield from flat(statement.body)
            yield from flat(getattr(statement, "orelse", []))
        else:
            yield statement


def solved(
    trial: Trial,
    function: types.FunctionType,
    tree: ast.FunctionDef,
    value: tuple[str, ast.expr, set[str]],
    asked: tuple[tuple[str, ...], set[str]],
    most: int,
) -> Solved | None:
    """What a value must be for some gradients to be right and all but some others to stay; None where nothing is."""
    target, part, before = value
    probe = Probe()
    with Edit(0, "", part, ast.Call(ast.Name(PROBE, ast.Load()), [part], [])).made():
        code = compiled(tree, function)
    if code is None:
        return None
    function.__globals__[PROBE] = probe
    try:
        with running(function, code):
            with holding(lambda c: c is code) as locals_:
                now = trial.given()
            if len(probe.seen) != 1 or not 0 < probe.seen[0].size <= min(LARGEST, most):
                return None
            said = probe.seen[0]
            aim = wanted(trial, now, *asked)
            if aim is None:
                return None
            names, goal = aim
            start = joined(now, names)
            columns = []
            for k in range(said.size):
                probe.shift = np.zeros(said.shape)
                probe.shift.flat[k] = 1.0
                moved = joined(trial.given(), names)
                if moved is None or moved.shape != goal.shape:
                    return None
                columns.append(moved - start)
            slopes = np.stack(columns, axis=1)
            sure = np.any(np.abs(slopes) > 1e-12, axis=0)
            if not sure.any():
                return None
            step, _, rank, _ = np.linalg.lstsq(slopes[:, sure], goal - start, rcond=1e-9)
            if rank < sure.sum():
                return None
            whole = np.zeros(said.size)
            whole[sure] = step
            probe.shift = whole.reshape(said.shape)
            then = joined(trial.given(), names)
            size = float(np.max(np.abs(goal), initial=0.0))
            if then is None or np.max(np.abs(then - goal)) > NEAR * size or not trial.forward_stands():
                return None
    finally:
        function.__globals__.pop(PROBE, None)
    held = {n: v for n, v in locals_.items() if n in before} | ({target: said} if target else {})
    instance = trial.ready[0] if trial.ready else trial.bench.fresh()[0]
    held |= {f"self.{n}": v for n, v in getattr(instance, "__dict__", {}).items() if not n.startswith("_deriv")}
    return Solved(said, said + probe.shift, sure.reshape(said.shape), Known.of(held))


def wanted(
    trial: Trial, now: Mapping[str, object], wrong: tuple[str, ...], free: set[str]
) -> tuple[list[str], np.ndarray] | None:
    """The gradients as they must be: the wrong ones as measured, the others as they are, but for what is `free`."""
    names, parts = [], []
    for n, g in now.items():
        gradient = np.asarray(g)
        if n in free or gradient.dtype.kind != "f" or not np.all(np.isfinite(gradient)):
            continue
        if n in wrong:
            value = trial.slopes.values[n]
            found = trial.slopes.compare(n, np.zeros(value.shape), trial.douts).true
            if gradient.shape != value.shape or len(found) != value.size:
                return None
            gradient = np.array([found[i] for i in np.ndindex(value.shape)])
        names.append(n)
        parts.append(gradient.ravel())
    return (names, np.concatenate(parts)) if set(wrong) <= set(names) else None


def joined(given: Mapping[str, object], names: Sequence[str]) -> np.ndarray | None:
    if any(given.get(n) is None for n in names):
        return None
    return np.concatenate([np.asarray(given[n], dtype=float).ravel() for n in names])
