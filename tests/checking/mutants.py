"""One-edit mutants of right layers, made mechanically, with a judge of their own: the unedited code."""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Iterator

import numpy as np

from derivexplain import conventions, foreign
from derivexplain.checking.choosing.search import choose
from derivexplain.checking.parameters import prepare
from derivexplain.checking.subject import Bench, Case, UserError, quiet
from derivexplain.checking.values import upstream
from derivexplain.foreign.text import things

SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}


def edits(tree: ast.FunctionDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Copies of a function with one edit each."""
    nodes = list(ast.walk(tree))
    for k, node in enumerate(nodes):
        for what, change in changes(node):
            edited = copy.deepcopy(tree)
            target = list(ast.walk(edited))[k]
            try:
                change(target)
            except (AttributeError, IndexError):
                continue
            text = ast.unparse(ast.fix_missing_locations(edited))
            if text != ast.unparse(tree):
                yield what, edited


def changes(node):
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        yield "operator", lambda n: setattr(n, "op", SWAPS[type(n.op)]())
        yield "drop-left", lambda n: become(n, n.right)
        yield "drop-right", lambda n: become(n, n.left)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield "power", lambda n: setattr(n, "right", ast.Constant(n.right.value + 1))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", lambda n: become(n, n.operand)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield "constant", lambda n: setattr(n, "value", n.value + 1)
        yield "constant", lambda n: setattr(n, "value", n.value * 2)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose", lambda n: become(n, n.value)
    if isinstance(node, ast.Compare):
        other = {ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.Lt: ast.Gt, ast.GtE: ast.LtE}
        yield (
            "comparison",
            lambda n: setattr(n, "ops", [other[type(n.ops[0])]()] if type(n.ops[0]) in other else n.ops),
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("sum", "mean"):
        yield "reduction", lambda n: setattr(n.func, "attr", "mean" if n.func.attr == "sum" else "sum")
    if isinstance(node, ast.Return) and node.value is not None:
        yield (
            "negated",
            lambda n: (
                setattr(n, "value", ast.UnaryOp(ast.USub(), n.value)) if not isinstance(n.value, ast.Tuple) else None
            ),
        )
        if isinstance(node.value, ast.Tuple):
            yield "swapped", lambda n: n.value.elts.reverse()
    if isinstance(node, ast.AugAssign):
        yield "dropped", lambda n: become(n, ast.Pass())
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        yield "not-stored", lambda n: become(n, ast.Pass())


def become(node, other):
    node.__class__ = other.__class__
    node.__dict__ = copy.deepcopy(other).__dict__


def backward_of(thing):
    """The live function of a layer's backward."""
    if isinstance(thing, foreign.Pair):
        return thing.backward
    name = things.method(thing, conventions.BACKWARD)
    return getattr(thing, name)


def definition(module, function) -> ast.FunctionDef:
    """The tree of a live function, found by its first line."""
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.FunctionDef)
            and node.name == function.__name__
            and node.lineno == function.__code__.co_firstlineno
        ):
            return node
    raise LookupError(function)


def code_for(tree: ast.FunctionDef, path: str) -> types.CodeType:
    outer = compile(ast.fix_missing_locations(ast.Module([copy.deepcopy(tree)], [])), path, "exec")
    return next(c for c in outer.co_consts if isinstance(c, types.CodeType))


class Judge:
    """What the unedited code answers at several inputs; an edit is wrong where its answer is another."""

    def __init__(self, thing) -> None:
        subject = choose(foreign.dress(thing, conventions), conventions.SIZES).subject
        with quiet():
            self.subject, self.paths = prepare(subject, conventions.SIZES, 0)
        samples = [None, *(sample for what, sample in subject.options if what.startswith("targets"))]
        self.asked = [(seed, sample) for seed in (11, 12, 13) for sample in samples]
        self.right = [self.answers(*asked) for asked in self.asked]

    def answers(self, seed, sample):
        with quiet():
            bench = Bench(self.subject, Case("judge", conventions.SIZES, None, seed, sample=sample), self.paths)
            outs = bench.forward(*bench.fresh())
            return dict(bench.gradients(upstream(outs, bench.rng(1))).gradients)

    def wrong(self) -> bool:
        return any(self.differs(asked, right) for asked, right in zip(self.asked, self.right))

    def differs(self, asked, right) -> bool:
        try:
            now = self.answers(*asked)
        except UserError:
            return True
        for name, g in right.items():
            if g is None:
                continue
            other = now.get(name)
            if other is None or np.shape(other) != np.shape(g):
                return True
            scale = float(np.max(np.abs(g), initial=0.0)) or 1.0
            if not np.allclose(np.asarray(other, float), np.asarray(g, float), rtol=1e-6, atol=1e-6 * scale):
                return True
        return False


def all_mutants(path: str):
    """(name, layer, kind of edit, edited text, is it wrong?); live while it is yielded."""
    layers, module = foreign.find(path, conventions)
    for name, thing in layers:
        if isinstance(thing, foreign.Fused):
            continue
        function = backward_of(thing)
        tree = definition(module, function)
        judge = Judge(thing)
        seen = set()
        kept = function.__code__
        for what, edited in edits(tree):
            text = ast.unparse(edited)
            if text in seen:
                continue
            seen.add(text)
            try:
                code = code_for(edited, path)
            except (SyntaxError, TypeError, ValueError):
                continue
            if code.co_freevars != kept.co_freevars:
                continue
            function.__code__ = code
            try:
                yield name, thing, what, text, judge.wrong
            finally:
                function.__code__ = kept
