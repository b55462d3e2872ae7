"""Ground: backward's text as a place for edits: what may be changed in it, and what must be left alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from .assigning import a_length
from .places import a_size, bounding, called, measured, sizes

COUNTED = ast.Constant | ast.BinOp | ast.UnaryOp  # numbers within lengths, which a small change leaves small


def ids(parts: Iterable[ast.AST | None]) -> set[int]:
    """All nodes of some parts."""
    return {id(n) for part in parts if part is not None for n in ast.walk(part)}


def counted(value: ast.expr, letters: set[str]) -> bool:
    """Whether a place is worked out from what a loop counts with: ``i * stride``."""
    match value:
        case ast.BinOp(left, ast.Mult() | ast.Add(), right):
            return any(isinstance(n, ast.Name) and n.id in letters for n in (left, right))
    return False


class Loop(NamedTuple):
    """What a loop counts with, or works out of that, and the nodes that stand in it."""

    letters: frozenset[str]
    inside: frozenset[int]

    @classmethod
    def of(cls, loop: ast.For) -> Loop:
        letters = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        for part in (n for n in ast.walk(loop) if isinstance(n, ast.Assign)):
            values = getattr(part.value, "elts", [part.value])
            targets = getattr(part.targets[0], "elts", part.targets)
            pairs = zip(targets, values) if len(values) == len(targets) else ()
            letters |= {t.id for t, v in pairs if isinstance(t, ast.Name) and counted(v, letters)}
        return cls(frozenset(letters), frozenset(map(id, ast.walk(loop))))


class Ground:
    """A function's nodes. Lengths and loops are left alone, so that every edit of it ends."""

    def __init__(self, function: ast.FunctionDef) -> None:
        self.nodes = list(ast.walk(function))
        self.loops = [Loop.of(n) for n in self.nodes if isinstance(n, ast.For)]
        self.comparisons = [n for n in self.nodes if isinstance(n, ast.Compare)]

        self.clips = [n for n in self.nodes if isinstance(n, ast.Call) and called(n) == "clip" and n.args]
        self.tests = {id(n.test) for n in self.nodes if isinstance(n, ast.If | ast.IfExp)}

    @cached_property
    def looped(self) -> set[int]:
        """What stands in a loop."""
        return {i for loop in self.loops for i in loop.inside}

    @cached_property
    def asked(self) -> set[int]:
        """What is compared by its shape."""
        return {id(n) for node in self.comparisons for n in measured(node)}

    @cached_property
    def counts(self) -> set[int]:
        """Which axis of a shape is asked, and the numbers within lengths."""
        lengths = [n for call in self.nodes for part in sizes(call) for n in ast.walk(part)]
        return ids(node.slice for node in self.nodes if a_size(node)) | {
            id(n) for n in lengths if isinstance(n, COUNTED)
        }

    @cached_property
    def left_alone(self) -> set[int]:
        """What no edit may touch."""
        nodes = self.nodes
        lengths = ids(part for call in nodes for part in sizes(call))
        lengths |= {id(n) for node in nodes for n in measured(node)}
        lengths -= self.counts | {id(n) for n in nodes if id(n) in self.asked and isinstance(n, COUNTED)}
        axes = ids(n.value for n in nodes if isinstance(n, ast.keyword) and n.arg == "axis")
        arguments = ids(n.args for n in nodes if isinstance(n, ast.FunctionDef | ast.Lambda))
        strides = ids(n.step for n in nodes if isinstance(n, ast.Slice))
        steps = [n.target for n in nodes if isinstance(n, ast.AugAssign)]  # elsewhere they would be lost
        found = lengths | axes | arguments | strides | ids(t.value for t in steps if isinstance(t, ast.Subscript))
        return found | ids(loop.iter for loop in self.repeats)

    @cached_property
    def returned(self) -> set[int]:
        """What is given back."""
        return {id(n.value) for n in self.nodes if isinstance(n, ast.Return)}

    @cached_property
    def repeats(self) -> list[ast.For]:
        """Loops that do the same each time: nothing in them reads what they count with."""
        found = []
        for loop in (n for n in self.nodes if isinstance(n, ast.For)):
            counters = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
            names = (n for line in loop.body for n in ast.walk(line) if isinstance(n, ast.Name))
            if not any(n.id in counters for n in names):
                found.append(loop)
        return found

    @cached_property
    def inside(self) -> list[ast.AST]:
        """What may be changed."""
        return [n for n in self.nodes if id(n) not in self.left_alone]

    def values(self, upstream: str) -> list[ast.expr]:
        """What is worked out, kept or given back; the upstream gradient too, before it is reshaped."""
        said = [n.value for n in self.inside if isinstance(n, ast.Assign | ast.AugAssign | ast.Return)]
        values = [v for v in said if v and not isinstance(v, ast.Tuple | ast.Constant) and not a_length(v)]
        return values + [n for n in self.inside if isinstance(n, ast.Name) and n.id == upstream]

    @cached_property
    def powers(self) -> set[int]:
        """Exponents, with what a sign stands before."""
        found = {id(n.right) for n in self.nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)}
        return found | {id(n.operand) for n in self.nodes if isinstance(n, ast.UnaryOp) and id(n) in found}

    @cached_property
    def thresholds(self) -> set[int]:
        """What a comparison or a clip takes for its bounds."""
        return ids(part for node in self.nodes for part in bounding(node))

    @cached_property
    def set_in(self) -> set[int]:
        """Arrays of which entries are set: ``d`` of ``d[mask] = 0``, and of ``np.add.at(d, ids, g)``."""
        stored = (n for n in self.nodes if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
        at = (n.args[0] for n in self.nodes if isinstance(n, ast.Call) and called(n) == "at" and n.args)
        return {id(n.value) for n in stored} | {*map(id, at)}

    @cached_property
    def twice(self) -> list[ast.Expr]:
        """Calls for what they do that stand there a second time."""
        calls = [n for n in self.nodes if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)]
        texts = [ast.unparse(n) for n in calls]
        return [n for k, n in enumerate(calls) if texts[k] in texts[:k]]

    @cached_property
    def unused(self) -> set[str]:
        """Names that are worked out and never looked at."""
        names = [n for n in self.nodes if isinstance(n, ast.Name)]
        read = {n.id for n in names if not isinstance(n.ctx, ast.Store)}
        added = {n.target.id for n in self.nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
        return {n.id for n in names if isinstance(n.ctx, ast.Store)} - read - added - {"_"}

    @cached_property
    def effects(self) -> set[int]:
        """Calls whose result is not asked for: ``layer.backward(d)``, ``np.add.at(dW, ids, d)``."""
        return {id(n.value) for n in self.nodes if isinstance(n, ast.Expr)}

    @cached_property
    def numbers(self) -> set[int]:
        """Where a number must stand, whatever it is."""
        return self.counts | self.asked | ids(n for n in self.nodes if isinstance(n, ast.Slice))
