"""Otherwise: what was meant where no set-up agrees, told by one slip that spoils every gradient of a network.

Undone, one of the usual losses fits them all: ``s * (1 - s)`` of what goes into a sigmoid, say. A loss of one's own
is no slip: nothing is undone in what is done to the targets.
"""

from __future__ import annotations

import ast
import itertools
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..flow import names
from ..mending.edits import edits
from ..running import compiled, ran, running, texts, written
from ..subject import Bench, Case, Subject, UserError, quiet
from ..values import contract
from ..watching import entering
from .ranking import Attempt, Known, run
from .search import Choice, choose

MOST = 160  # edits that are tried
PLAIN = 5  # the rank up to which an edit says what a slip was
LOSSES = 80  # set-ups of one scene
LINEAR = {"dot", "matmul", "multiply", "sum", "mean", "outer", "transpose", "reshape"}  # of these no loss is made


def chosen(candidates: Callable[[], Iterator[Subject]], sizes: Mapping[str, int], seed: int = 0) -> Choice:
    """The choice among the candidates; doubtful, where none agrees but for one such slip."""
    choice = choose(candidates(), sizes, seed)
    if choice.unclear is None or "implied" not in choice.unclear.notes:
        return choice
    with quiet():
        meant = but_for_a_slip(choice.unclear, candidates(), sizes, seed)
    return replace(choice, doubtful=meant) if meant is not None else choice


def but_for_a_slip(
    subject: Subject, candidates: Iterator[Subject], sizes: Mapping[str, int], seed: int
) -> Subject | None:
    """The set-up at which all gradients are right after one edit of backward, if there is one."""
    bench = Bench(subject, Case("the example", sizes, None, seed))
    try:
        with entering() as in_front:
            bench.forward(*bench.fresh())
        entered = ran(bench)
    except UserError:
        return None
    usual = Usual(subject, candidates, sizes, seed)
    for function, code in itertools.islice(edited(bench, entered, in_front), MOST):
        with running(function, code):
            if (found := usual.fitting()) is not None:
                return found
    return None


def edited(
    bench: Bench, entered: Mapping[types.CodeType, int], in_front: Collection[types.CodeType]
) -> Iterator[tuple[types.FunctionType, types.CodeType]]:
    """The functions that backward alone runs, helpers first, each with its code after a plain edit."""
    whole, target = texts(bench), bench.subject.arguments[-1].name
    for function, tree, _ in sorted(written(bench, entered), key=lambda w: w[0] in bench.subject.functions):
        if function.__code__ in in_front:
            continue
        left_alone = about_targets(tree, target)
        for edit in edits(tree, whole):
            if edit.rank <= PLAIN and not any(map(left_alone, (edit.old, edit.new))):
                with edit.made():
                    code = compiled(tree, function)
                if code is not None:
                    yield function, code


class Usual:
    """The usual losses at one set-up, each with the slopes of its own, measured once."""

    def __init__(self, subject: Subject, candidates: Iterator[Subject], sizes: Mapping[str, int], seed: int) -> None:
        known, self.trials = Known(), dict[Any, list[tuple[Subject, Attempt]]]()
        scene = itertools.dropwhile(lambda c: c.scene != subject.scene, candidates)
        for c in itertools.islice(itertools.takewhile(lambda c: c.scene == subject.scene, scene), LOSSES):
            try:
                ran_once = run(Bench(c, Case("the example", sizes, None, seed)))
                attempt = known.attempt(c, sizes, seed, ran_once, 4)
            except UserError:
                continue
            if len(attempt.values) > 1 and c.multiple is not None and attempt.outs[0]:
                self.trials.setdefault(c.multiple, []).append((c, attempt))

    def fitting(self) -> Subject | None:
        """The first of which backward gives the gradients as it is now."""
        given: dict[object, Mapping[str, Any]] = {}  # by the kind of targets
        for (_, kind, _), alike in self.trials.items():
            _, first = alike[0]
            if kind not in given:
                try:
                    given[kind] = first.bench.gradients(first.douts).gradients
                except UserError:
                    given[kind] = {}
            times = multiple(first, given[kind])
            meant = [(s, t) for s, t in alike if np.isclose(float(t.douts[0]), times * float(first.douts[0]), 1e-3)]
            for subject, attempt in meant:
                if all(agrees(attempt, n, given[kind].get(n)) for n in attempt.values):
                    return subject
        return None


def multiple(attempt: Attempt, given: Mapping[str, Any]) -> float:
    """How many times a loss the one is whose gradient this may be, by one slope; 0 where it can be none."""
    name, value = next(iter(attempt.values.items()))
    gradient = np.asarray(given.get(name))
    if gradient.dtype.kind != "f" or gradient.size != value.size:
        return 0.0
    along, found = attempt.measured.of(name, 0)
    slopes = contract(found, [np.asarray(d, dtype=float).ravel() for d in attempt.douts])[0]
    at = int(np.argmax(np.abs(slopes)))
    return float((along @ gradient.ravel())[at] / slopes[at]) if slopes[at] else 0.0


def agrees(attempt: Attempt, name: str, given: object) -> bool:
    """Whether this is the gradient for a variable, and is one: not all zeros."""
    gradient = np.asarray(given)
    fits = gradient.dtype.kind == "f" and gradient.size == attempt.values[name].size and np.any(gradient)
    shaped = gradient.reshape(attempt.values[name].shape) if fits else gradient
    found = attempt.measured.compare(name, shaped, attempt.douts, brief=True) if fits else None
    return found is not None and found.ok and found.size > 0  # of what has no slopes anything would do


def about_targets(tree: ast.FunctionDef, target: str) -> Callable[[ast.AST], bool]:
    """Whether a part of a text is left alone: what is worked out of the targets, and what bends that."""
    known = {target}
    for line in (n for n in ast.walk(tree) if isinstance(n, ast.Assign | ast.AugAssign)):
        if known & names(ast.walk(line.value), ast.Load):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            known |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)} - {"self"}
    inside: set[int] = set()
    for n in ast.walk(tree):
        bent = isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)
        bent |= isinstance(n, ast.Call) and ast.unparse(n.func).split(".")[-1] not in LINEAR
        if bent and known & names(ast.walk(n), ast.Load):
            inside |= {id(part) for part in ast.walk(n)}
    return lambda part: id(part) in inside or bool(known & names(ast.walk(part), ast.Load))
