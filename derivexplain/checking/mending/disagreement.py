"""Disagreement: backward is right for another forward, one edit away; either of the two may be the slip."""

from __future__ import annotations

import ast
import contextlib
import re
import types
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...patience import patience
from ...story import Diagnosis, Finding
from ..mover import Mover
from ..running import compiled, definitions, running, written
from ..subject import Bench, Case, Path, Subject, UserError
from ..values import upstream
from ..watching import entering
from .edits import Edit, edits
from .mended import EDITED, LOOSE, file_of, line_of, smaller
from .places import called
from .trials import Trial
from .undone import compares

RANK = 5  # edits of forward up to this rank are tried: the plain ones, each of which a slip undoes
MOST = 400
STEPS = 120_000  # forward's own calls and lines that all the trying may run
SECONDS = 3.0  # of the processor
STEP = 1e-6
STEPPING = ("sign", "round", "rint", "floor", "ceil", "trunc", "fix")


def other_forward(
    benches: Sequence[Bench], wrong: tuple[str, ...], keeping: bool = False
) -> tuple[Diagnosis, str] | None:
    """The plainest edit of forward with which the gradients are right everywhere, and its line.

    First of what it keeps for backward; of that alone where it is `keeping` what it gives.
    """
    bench = benches[0]
    if "fused" in bench.subject.notes:
        return None
    instance, args = bench.fresh()
    with entering() as entered:
        before = [np.array(o) for o in bench.forward(instance, args)]
    shapes = [o.shape for o in before]
    outs = {bench: before} | {b: [np.array(o) for o in b.forward(*b.fresh())] for b in benches[1:3]}
    douts = upstream(tuple(before), bench.rng(2)) if bench.subject.upstream else tuple(map(np.ones_like, before))
    given = bench.gradients(douts).gradients
    moving = {n for n, g in given.items() if g is not None and np.any(np.abs(np.asarray(g, dtype=float)) > STEP)}
    numbers = {f"self.{k}" for k, v in getattr(instance, "__dict__", {}).items() if isinstance(v, int | float)}
    tries = min(MOST, STEPS // max(sum(entered.values()), 1))
    for function, tree, first in written(bench, entered):
        others = definitions(bench.subject.source).values()
        stored = stores(tree)
        modes = {id(n) for f in ast.walk(tree) if isinstance(f, ast.If) and flag(f.test) for n in ast.walk(f.test)}
        takes = {a.arg for a in tree.args.args}
        compared = {id(n.left) for n in ast.walk(tree) if isinstance(n, ast.Compare)}
        chosen = [e for e in edits(tree, others) if e.rank <= RANK and worth(e) and id(e.old) not in modes]
        chosen = [e for e in chosen if not (named(e.old) in wrong and named(e.new) in takes)]
        chosen = [e for e in chosen if not (id(e.old) in compared and ast.unparse(e.new) in numbers)]
        sizes = lengths(tree)
        chosen = [e for e in chosen if not (named(e.new) in sizes and named(e.old) not in sizes)]
        behind = {*stored, *led_to(tree, stored)}
        chosen = sorted(chosen, key=lambda e: (id(e.old) not in stored, id(e.old) not in behind))
        for edit in [e for e in chosen if id(e.old) in behind or not keeping][:tries]:
            with edit.made():
                code = None if nothing_left(tree) else compiled(tree, function)
            if code is None:
                continue
            with running(function, code):
                try:
                    right = along(bench, {*wrong} | moving, shapes)
                    right = right and all(Trial(b, wrong, 6).right(wrong) == wrong for b in benches[:3])
                    kept = right and all(all(map(np.array_equal, outs[b], b.forward(*b.fresh()))) for b in outs)
                except (UserError, ValueError, TypeError, AttributeError):  # what is held has another shape there
                    continue
            if right and not (kept and carries(tree, edit)) and kept >= keeping:
                inner = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda) and n is not tree]
                within = any(n is edit.old for f in inner for n in ast.walk(f))  # return y, backward
                return told(edit, bench, function, first, kept, within)
    return None


def beside_forward(
    given: Sequence[Finding], subject: Subject, paths: tuple[Path, ...], cases: Sequence[Case]
) -> list[Finding]:
    """The findings; wrong gradients of the example that nothing explains are held against other forwards.

    Where what was said of them is loose, against the same forward that keeps something else.
    """
    findings = list(given)
    failed = [k for k, f in enumerate(findings) if f.status == "fail" and f.code in ("values", "shape")]
    wanting = [k for k in failed if loosely(findings[k])]
    bare = [k for k in wanting if not findings[k].diagnosis]
    open_ = bare or wanting
    wrong = tuple(variable_of(findings[k]) for k in open_)
    at = [c for c in cases if not c.invented and not c.extreme and not c.another]
    first = findings[open_[0]] if open_ else None
    shaped = first and first.code == "shape" and first.message.startswith("the gradient")  # of the example
    if first and (shaped or (first.counterexample or {}).get("case") == at[0].name):
        with patience(SECONDS), contextlib.suppress(UserError, RecursionError):
            benches = [Bench(subject, c, paths) for c in at]
            if found := other_forward([*smaller(benches[0], wrong), *benches], wrong, not bare):
                for k in open_:
                    findings[k] = replace(findings[k], diagnosis=(found[0],), where=found[1])
    return findings


def loosely(finding: Finding) -> bool:
    """Whether no slip is named, but where the gradient is wrong, or what it looks like."""
    return not EDITED.search(finding.message) and all(LOOSE.search(d.message) for d in finding.diagnosis)


def variable_of(finding: Finding) -> str:
    """The variable whose gradient a finding is about."""
    shaped = re.search(r"gradient for (\S+) (has shape|is a single number)", finding.message)
    return shaped[1] if shaped else str((finding.counterexample or {}).get("variable"))


def stores(tree: ast.FunctionDef) -> set[int]:
    """The nodes of what a function keeps: ``self.x = x - x.mean()``, ``cache = (x, var)``, what it returns beside."""
    given = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return)]
    beside = [v.elts[-1] for v in given if isinstance(v, ast.Tuple)]
    names = {ast.unparse(v) for v in beside}
    kept = [
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign)
        and (isinstance(held(n.targets[0]), ast.Attribute) or ast.unparse(held(n.targets[0])) in names)
    ]
    return {id(n) for v in (*kept, *beside) for n in ast.walk(v)}


def led_to(tree: ast.FunctionDef, stored: set[int]) -> set[int]:
    """The nodes of what is worked out on the way to what a function keeps: ``k`` of ``self.at[i] = m + k``."""
    found, lines = set(stored), [n for n in ast.walk(tree) if isinstance(n, ast.Assign)]
    for _ in range(3):
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) in found}
        on_the_way = [n for n in lines if isinstance(n.targets[0], ast.Name) and n.targets[0].id in names]
        found |= {id(n) for line in on_the_way for n in ast.walk(line.value)}
    return found


def held(target: ast.expr) -> ast.expr:
    """What an assignment fills: ``self.at`` of ``self.at[i, j] = k``."""
    return target.value if isinstance(target, ast.Subscript) else target


def worth(edit: Edit) -> bool:
    """Whether forward would be another function: a number more, less or alone says nothing about a slip."""
    if isinstance(edit.new, ast.Call) and called(edit.new) == "reversed":
        return False  # each step would forget the one before
    if isinstance(edit.new, ast.Assign) and isinstance(edit.new.targets[0], ast.Tuple):
        return False  # each of the two names would be the other's: nobody writes that
    values = [getattr(n, "value", None) if isinstance(n, ast.stmt) else n for n in (edit.old, edit.new)]
    if flat(edit.new) and not flat(edit.old):
        return False
    if compares(values[0]) and not compares(values[1]):
        return False  # a mask that is summed picks rows
    return not isinstance(edit.old, ast.Constant) and not isinstance(edit.new, ast.Pass | ast.Constant)


def nothing_left(tree: ast.AST) -> bool:
    """Whether something is taken off itself, or made of itself: forward does not depend on it then."""
    taken = (n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub))
    return any(ast.unparse(n.left) == ast.unparse(n.right) for n in taken) or any(map(of_itself, ast.walk(tree)))


def of_itself(node: ast.AST) -> bool:
    """Whether entries of an array are set to entries of the same: ``y[:, k:] = y[:, :-k]``."""
    match node:
        case ast.Assign(
            targets=[ast.Subscript(ast.Name(name))], value=ast.Name(other) | ast.Subscript(ast.Name(other))
        ):
            return name == other
    return False


def lengths(tree: ast.FunctionDef) -> set[str]:
    """The names of lengths: no array is meant to be one."""
    lines = [n for n in ast.walk(tree) if isinstance(n, ast.Assign)]
    told = [n.targets[0] for n in lines if re.search(r"\.shape\b|\blen\(|^self\.[A-Z]$", ast.unparse(n.value))]
    return {n.id for t in told for n in ast.walk(t) if isinstance(n, ast.Name)}


def named(part: ast.AST) -> str:
    """A name alone: an argument in the place of another is held against itself, and every loss of it agrees."""
    return part.id if isinstance(part, ast.Name) else ""


def flag(part: ast.AST) -> bool:
    """Whether a test asks for a mode, in the other one of which backward has nothing to do: ``not self.training``."""
    while isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
        part = part.operand
    return isinstance(part, ast.Name | ast.Attribute)


def flat(part: ast.AST) -> bool:
    """Whether an expression takes a step, which has no slope anywhere."""
    return any(isinstance(n, ast.Call) and called(n) in STEPPING for n in ast.walk(part))


def along(bench: Bench, asked: set[str], shapes: Sequence[tuple[int, ...]]) -> bool:
    """A first look, at all variables: a difference quotient along a random direction; 0 = 0 says nothing.

    Those that are `asked` are wrong, or have a gradient that is not 0: no forward that stands still is meant.
    """
    results = bench.forward(*bench.fresh())
    if list(map(np.shape, results)) != shapes or any(np.asarray(o).dtype.kind not in "fiub" for o in results):
        return False  # no upstream gradient of this shape would have come
    outs = tuple(np.asarray(o, dtype=float) for o in results)
    douts = upstream(outs, bench.rng(2)) if bench.subject.upstream else tuple(map(np.ones_like, outs))
    given = bench.gradients(douts).gradients
    mover = Mover(bench)
    for name, value in bench.variables().items():
        if given.get(name) is None and name not in asked:
            continue
        gradient = np.asarray(given.get(name))
        if gradient.dtype.kind != "f" or gradient.shape != value.shape or not np.all(np.isfinite(gradient)):
            return False
        v = bench.rng(13).standard_normal(value.shape)
        ahead, behind = mover.at({name: value + STEP * v}), mover.at({name: value - STEP * v})
        slope = sum(float(np.sum(d * (a - b))) / (2 * STEP) for d, a, b in zip(douts, ahead, behind))
        claimed = float(np.sum(gradient * v))
        if not abs(slope - claimed) <= 1e-5 * (abs(slope) + abs(claimed)) + 1e-8:
            return False
        if name in asked and abs(slope) <= STEP:
            return False
    return True


def carries(tree: ast.FunctionDef, edit: Edit) -> bool:
    """Whether an edit is of what an instance carries on from call to call: ``self.mean = 0.9 * self.mean + ...``."""
    for node in (n for n in ast.walk(tree) if isinstance(n, ast.Assign | ast.AugAssign)):
        if any(n is edit.old for n in ast.walk(node)):
            target = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            return isinstance(node, ast.AugAssign) or target in map(ast.unparse, ast.walk(node.value))
    return False


def told(
    edit: Edit, bench: Bench, function: types.FunctionType, first: int, kept: bool, within: bool
) -> tuple[Diagnosis, str]:
    """What another forward, or what else forward might keep for backward, would make of the gradients."""
    old, new = ast.unparse(edit.old), ast.unparse(ast.fix_missing_locations(edit.new))
    line = line_of(edit, first)
    where = f"{file_of(function, bench)}:{line}"
    if kept and within:
        return Diagnosis(edit.code, f"`{old}` should read `{new}`", where), where
    if kept:
        message = f"what forward keeps is not what backward needs: `{old}` in line {line} should read `{new}`"
        return Diagnosis("argument", message, where), where
    message = f"backward is that of another forward: if `{old}` in line {line} read `{new}`, the two would agree"
    return Diagnosis("other-function", f"{message}; one of the two is wrong", where), where
