"""Edits: a function's text with one small change, each the inverse of a slip that people make."""

from __future__ import annotations

import ast
import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .assigning import GRADIENT, a_length, statements
from .calls import calls, each_turned
from .echoes import echoes
from .lost import diagonal, lost
from .places import (
    NEGATED,
    SWAPS,
    Change,
    a_size,
    bounding,
    called,
    exchanged_slopes,
    exchanges,
    held,
    masks,
    measured,
    mentions,
    neighbours,
    number,
    other_axes,
    shaped,
    signs,
    sizes,
    throughout,
    turned,
    two_names,
    unread,
)
from .stock import bounds, is_number, known
from .subscripts import letters
from .windows import exchanged, flipped_kernel, taken_otherwise

TURNED = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
MOVED = ("argument", "constant", "factor", "extra")  # slips that move a bound, where they are of one
COUNTED = ast.Constant | ast.BinOp | ast.UnaryOp  # numbers within lengths, which a small change leaves small
LAST = 9
HUNG = {"data": "grad", "grad": "data"}  # a node's value, and the gradient that hangs on it
WRAPS = ("sign", "exp", "sqrt", "abs")  # functions that are easily left out


@dataclass(frozen=True)
class Edit:
    """One change at a node: the slip that it undoes, and what comes instead; plainer changes have a lower rank."""

    rank: int
    code: str
    old: ast.AST
    new: ast.AST

    @contextlib.contextmanager
    def made(self) -> Iterator[None]:
        """The tree with the change, for as long as this lasts."""
        old, kept, kind = self.old, self.old.__dict__, self.old.__class__
        places = {k: kept[k] for k in ("lineno", "col_offset", "end_lineno", "end_col_offset") if k in kept}
        aside = kind.__new__(kind)  # what comes instead may contain the node itself
        aside.__dict__ = kept
        old.__class__, old.__dict__ = self.new.__class__, replaced(self.new, old, aside).__dict__ | places
        ast.fix_missing_locations(old)
        try:
            yield
        finally:
            old.__class__, old.__dict__ = kind, kept


def replaced(tree: ast.AST, node: ast.AST, other: ast.AST) -> ast.AST:
    """A copy of a tree with another node in the place of one."""
    if tree is node:
        return other
    again = tree.__class__.__new__(tree.__class__)
    swap = lambda v: replaced(v, node, other) if isinstance(v, ast.AST) else v  # noqa: E731
    again.__dict__ = {k: [*map(swap, v)] if isinstance(v, list) else swap(v) for k, v in tree.__dict__.items()}
    return again


def edits(function: ast.FunctionDef, others: Iterable[ast.FunctionDef] = (), upstream: str = "") -> list[Edit]:
    """All of them, the plainest first, with what `others` store at hand too; `upstream` is easily forgotten.

    Lengths and loops are left alone, so that every one of them ends.
    """
    others = list(others)
    names, nodes = known(function, others), list(ast.walk(function))
    limits = bounds([function, *others])
    wanted = [n for call in nodes for part in sizes(call) for n in ast.walk(part)]
    left_alone = {id(n) for n in wanted} | {id(n) for node in nodes for n in measured(node)}
    asked = {id(n) for node in nodes if isinstance(node, ast.Compare) for n in measured(node)}
    counts = {id(n) for node in nodes if a_size(node) for n in ast.walk(node.slice)}
    counts |= {id(n) for n in wanted if isinstance(n, COUNTED)}
    left_alone -= counts | {id(n) for n in nodes if id(n) in asked and isinstance(n, COUNTED)}
    left_alone |= {id(n) for k in nodes if isinstance(k, ast.keyword) and k.arg == "axis" for n in ast.walk(k.value)}
    left_alone |= {id(n) for f in nodes if isinstance(f, ast.FunctionDef | ast.Lambda) for n in ast.walk(f.args)}
    left_alone |= {id(n) for k in nodes if isinstance(k, ast.Slice) and k.step for n in ast.walk(k.step)}
    steps = [n.target for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Subscript)]
    left_alone |= {id(n) for target in steps for n in ast.walk(target.value)}  # elsewhere they would be lost
    inside = [n for n in nodes if id(n) not in left_alone]
    found = [Edit(*c[:2], n, c[2]) for n in inside for c in changes(n, names, limits)]
    tests = [n.test for n in inside if isinstance(n, ast.If | ast.IfExp) and not isinstance(n.test, ast.Compare)]
    found += [Edit(2, "inverted", test, ast.UnaryOp(ast.Not(), test)) for test in tests]
    found += [Edit(3, "dout-ignored", n, c) for n in inside for c in without(n, upstream)]
    given = [n for n in inside if isinstance(n, ast.Name) and n.id == upstream and isinstance(n.ctx, ast.Load)]
    found += [Edit(8, "path-missing", d, v) for d in given for y in names for v in through_softmax(d, y)]
    said = [n.value for n in inside if isinstance(n, ast.Assign | ast.AugAssign | ast.Return)]
    values = [v for v in said if v and not isinstance(v, ast.Tuple | ast.Constant) and not a_length(v)]
    values += [n for n in inside if isinstance(n, ast.Name) and n.id == upstream]  # before it is reshaped
    raised = {id(n.right) for n in nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)}
    raised |= {id(n.operand) for n in nodes if isinstance(n, ast.UnaryOp) and id(n) in raised}
    found = [replace(e, code="power") if id(e.old) in raised and e.code == "constant" else e for e in found]
    found += further(function, values, names, others)
    found += [Edit(*e) for e in (*lost(function, others, names), *echoes(function, others, names, left_alone))]
    found += numbers([n for n in inside if is_number(n)], names, [function, *others])
    found += [Edit(5, "swapped", two, new) for two, new in neighbours(nodes)]
    windows = exchanged(function, others, set(map(ast.unparse, names)))
    found += [Edit(4, "argument", old, new) for old, new in windows if id(old) not in left_alone]
    comparisons = [n for n in nodes if isinstance(n, ast.Compare)]
    found = [e for e in found if not asks_nothing(e, comparisons)]
    lists = dict(held(nodes))
    found = [e for e in found if e.old not in lists or not mentions(e.new, lists[e.old])]
    at_bounds = {id(n) for node in nodes for part in bounding(node) for n in ast.walk(part)}
    loops = [Loop.of(n) for n in nodes if isinstance(n, ast.For)]
    looped = {i for loop in loops for i in loop.inside}
    found = [e for e in found if not strays(e, loops)]
    bounds_ = counts | asked | {id(n) for s in nodes if isinstance(s, ast.Slice) for n in ast.walk(s)}
    found = [e for e in found if id(e.old) not in bounds_ or e.rank < 6]  # a bound is a number, whatever it is
    found = [replace(e, rank=LAST) if id(e.old) in asked else e for e in found]  # the other way may do as well
    once = [e for e in found if isinstance(e.new, ast.AugAssign) and e.code == "unsummed" and id(e.old) not in looped]
    found = [replace(e, code="path-missing") if e in once else e for e in found]
    moved = lambda e: replace(e, code="threshold", rank=min(e.rank, 4))  # noqa: E731
    closer = [moved(e) if id(e.old) in at_bounds and e.code in MOVED else e for e in found]
    return sorted(closer, key=lambda e: e.rank)


def asks_nothing(edit: Edit, comparisons: list[ast.Compare]) -> bool:
    """Whether a comparison would always say the same after an edit: ``x ** 2 >= 0``, ``exp(x) >= 0``, ``x >= x``."""
    for node in comparisons:
        sides = [node.left, *node.comparators]
        if edit.old in sides:
            new, others = edit.new, [s for s in sides if s is not edit.old]
            moved = isinstance(new, ast.BinOp) and isinstance(new.op, ast.Add | ast.Sub)
            bent = not moved and any(ast.unparse(n) == ast.unparse(edit.old) for n in ast.walk(new))
            alone = all(isinstance(s, ast.Constant) for s in others)
            return (bent and alone) or ast.unparse(new) in map(ast.unparse, others)
    return False


class Loop(NamedTuple):
    """What a loop counts with, and the nodes that stand in it."""

    letters: frozenset[str]
    inside: frozenset[int]

    @classmethod
    def of(cls, loop: ast.For) -> Loop:
        letters = (n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name))
        return cls(frozenset(letters), frozenset(map(id, ast.walk(loop))))


def strays(edit: Edit, loops: list[Loop]) -> bool:
    """Whether what a loop counts with comes in outside of it, where it is the last number by chance."""
    here = {c for loop in loops if id(edit.old) in loop.inside for c in loop.letters}  # two may count with one letter
    away = {c for loop in loops for c in loop.letters} - here
    return bool(away) and any(n.id in away for n in ast.walk(edit.new) if isinstance(n, ast.Name))


def further(
    function: ast.AST, values: list[ast.expr], names: list[ast.expr], others: list[ast.FunctionDef]
) -> Iterator[Edit]:
    """What takes more than a name: two names exchanged, a factor in its shape, a path through weights never read."""
    words = set(map(ast.unparse, names))
    gradients = [n for n in names if GRADIENT.match(ast.unparse(n))]
    paths = list(itertools.product(gradients, unread(function, names)))
    factors = shaped([function, *others], words)
    tried: set[frozenset[int]] = set()
    cut = masks([function, *others], words)
    for total in (n for n in ast.walk(function) if isinstance(n, ast.Call) and called(n) in ("sum", "mean", "dot")):
        for part in (getattr(total.func, "value", None), *total.args):
            if isinstance(part, ast.BinOp | ast.Name):
                yield from (Edit(7, "branch", part, ast.BinOp(part, ast.Mult(), m)) for m in cut)
    slopes_in = [n for n in ast.walk(function) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub)]
    rows = [n for n in ast.walk(function) if isinstance(n, ast.List) and isinstance(n.ctx, ast.Load)]
    for v in (*values, *slopes_in, *rows):
        yield from (Edit(7, "argument", v, new) for new in throughout(v, names))
        axes = frozenset(id(k) for k in ast.walk(v) if isinstance(k, ast.keyword) and k.arg == "axis")
        if axes not in tried:  # a part with all the axes of the whole would be the same edit
            yield from (Edit(4, "axis", v, new) for new in other_axes(v))
        tried.add(axes)
    for v in values:
        yield from (Edit(6, "swapped", v, new) for new in two_names(v, words))
        yield from (Edit(7, "factor", v, ast.BinOp(v, op(), f)) for f in factors for op in (ast.Mult, ast.Div))
        yield from (Edit(8, "factor", v, ast.BinOp(v, ast.Mult(), s)) for f in factors for s in slopes(f))
        yield from (Edit(7, "branch", v, ast.BinOp(v, ast.Mult(), m)) for m in cut)
        for d, weights in paths:
            for path in (
                ast.BinOp(d, ast.MatMult(), turned(weights)),
                ast.BinOp(turned(weights), ast.MatMult(), d),
                ast.BinOp(d, ast.Mult(), weights),
            ):
                yield Edit(7, "path-missing", v, ast.BinOp(v, ast.Add(), path))


def numbers(constants: list[ast.Constant], names: list[ast.expr], functions: list[ast.FunctionDef]) -> Iterator[Edit]:
    """A number where another one of the layer's belongs, or one that it holds by name."""
    written = {n.value: n for f in functions for n in ast.walk(f) if is_number(n)}
    others = [n for v, n in written.items() if type(v) is float][:6]
    for c in constants:
        for name in names:
            yield Edit(8, "constant", c, name)
            yield Edit(9, "constant", c, ast.BinOp(ast.Constant(1), ast.Sub(), name))
        yield from (Edit(5, "constant", c, n) for n in others if n.value != c.value)


def without(node: ast.AST, upstream: str) -> Iterator[ast.AST]:
    """What is added or given back without the upstream gradient, times it."""
    if upstream and isinstance(node, ast.AugAssign | ast.Return | ast.Assign) and node.value is not None:
        names = [n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)]
        if upstream not in names and not isinstance(node.value, ast.Tuple) and not a_length(node.value):
            value = ast.BinOp(ast.Name(upstream, ast.Load()), ast.Mult(), node.value)
            given = {"value": value} if isinstance(node, ast.Return) else {k: getattr(node, k) for k in node._fields}
            yield type(node)(**{**given, "value": value})


def changes(node: ast.AST, names: list[ast.expr], limits: list[ast.expr]) -> Iterator[Change]:
    if isinstance(node, ast.BinOp):
        yield from operations(node)
        yield from within_a_sum(node)
        yield from exchanged_slopes(node)
        yield from diagonal(node)
        yield from other_lengths(node)
        if isinstance(node.op, ast.Mult) and not (
            isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult)
        ):
            yield from ((6, "factor", ast.BinOp(node, ast.Mult(), name)) for name in names)
            yield from ((9, "factor", ast.BinOp(node, ast.Mult(), s)) for name in names for s in slopes(name))
        if isinstance(node.op, ast.Add | ast.Sub):  # 1 + x * (1 - s) for 1 + (1 - s)
            for name in names:
                more = [ast.BinOp(name, ast.Mult(), part) for part in (node.left, node.right)]
                yield 7, "factor", ast.BinOp(node.left, node.op, more[1])
                yield 7, "factor", ast.BinOp(more[0], node.op, node.right)
        if isinstance(node.op, ast.Mult | ast.MatMult):
            yield from ((9, "term", ast.BinOp(node, op(), name)) for name in names for op in (ast.Add, ast.Sub))
    if isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load):
        yield from exchanges(node)
        yield from signs(node) if isinstance(node, ast.List) else ()
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield 0, "sign", node.operand
        if isinstance(node.operand, ast.Name | ast.Attribute):
            yield from ((7, "term", ast.BinOp(name, ast.Sub(), node.operand)) for name in names)
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr == "T":
        yield 1, "transposed", node.value
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from other_names(node, names, limits)
        yield from flipped_kernel(node)
    if isinstance(node, ast.Call):
        yield from calls(node)
        yield from letters(node)
        if called(node) == "sum" and isinstance(node.func, ast.Attribute):  # J @ d
            gradients = [n for n in names if GRADIENT.match(ast.unparse(n))]
            yield from ((5, "dout-ignored", ast.BinOp(node.func.value, ast.MatMult(), d)) for d in gradients)
        if not re.match(r"(np|numpy|math)\.", ast.unparse(node.func)):  # the slope of an ELU is elu(x) + alpha
            yield from ((7, "term", ast.BinOp(node, ast.Add(), name)) for name in names)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield 4, "inverted" if "::-1" in ast.unparse(node.slice) else "argument", node.value
        yield 5, "power", ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield from ((8, "value-for-slope", s) for s in slopes(node))
        yield from ((6, "argument", n) for n in names if not GRADIENT.match(ast.unparse(n)))
    if isinstance(node, ast.Subscript):
        yield from taken_otherwise(node, names)
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in HUNG:
        yield (
            3,
            "dout-ignored" if node.attr == "data" else "argument",
            ast.Attribute(node.value, HUNG[node.attr], ast.Load()),
        )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield 1, "inverted", node.operand
    if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED:
        for other in (TURNED[type(node.ops[0])], NEGATED.get(type(node.ops[0]))):
            if other is not None:
                yield 2, "branch", ast.Compare(node.left, [other()], node.comparators)
        yield 5, "branch", node.left  # a mask that holds a scale, of which only the places are used
        if ast.unparse(node.comparators[0]) not in ("0", "0.0"):
            yield 4, "threshold", ast.Compare(node.left, node.ops, [ast.Constant(0)])
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value is not True:
        steps_away = [round(node.value + step, 12) for step in (1, -1)]  # 1.1 - 1 is 0.1
        scales = (2, 0.5, 3)[: 2 + (node.value != 1)]  # 3 for 1 is how many examples there are
        for value in (*steps_away, -node.value, *(node.value * k for k in scales)):
            yield 3, "constant", ast.Constant(int(value) if value == int(value) else value)
        if node.value > 1:
            yield 5, "root", wrapped("sqrt", node)
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
        yield from statements(node, names)


def operations(node: ast.BinOp) -> Iterator[Change]:
    kind = type(node.op)
    if kind in SWAPS:
        yield 1, "sign" if kind in (ast.Add, ast.Sub) else "inverted", ast.BinOp(node.left, SWAPS[kind](), node.right)
        code = "extra" if kind in (ast.Add, ast.Sub) else "factor"
        yield 4, code, node.left
        if kind in (ast.Add, ast.Mult):
            yield 4, code, node.right
        elif kind is ast.Div and not isinstance(node.right, ast.Name | ast.Attribute | ast.Constant):
            yield 5, "power", ast.BinOp(node.left, node.op, ast.BinOp(node.right, ast.Pow(), ast.Constant(2)))
        elif kind is ast.Sub:
            yield 2, "sign", ast.BinOp(node.right, node.op, node.left)
            yield 4, code, ast.UnaryOp(ast.USub(), node.right)
            yield 3, "factor" if isinstance(node.left, ast.Constant) else "argument", node.right
    if kind is ast.Pow:
        yield 1, "power", node.left
        if isinstance(node.right, ast.Constant) and isinstance(node.right.value, int | float):
            for step in (1, -1):
                yield 1, "power", ast.BinOp(node.left, node.op, ast.Constant(node.right.value + step))
        elif number(node.right) is None:
            for op in (ast.Sub(), ast.Add()):
                yield 3, "power", ast.BinOp(node.left, node.op, ast.BinOp(node.right, op, ast.Constant(1)))
    if kind in (ast.Add, ast.Sub):
        if ast.unparse(node.left) == ast.unparse(node.right):  # f + f for f * f
            yield 2, "power", ast.BinOp(node.left, ast.Mult(), node.right)
        yield 2, "sign", ast.BinOp(ast.UnaryOp(ast.USub(), node.left), node.op, node.right)
        for n in (2, 0.5):
            yield 4, "factor", ast.BinOp(ast.BinOp(ast.Constant(n), ast.Mult(), node.left), node.op, node.right)
            yield 4, "factor", ast.BinOp(node.left, node.op, ast.BinOp(ast.Constant(n), ast.Mult(), node.right))
    if kind is ast.MatMult:
        yield 3, "transposed", ast.BinOp(each_turned(node.left), node.op, node.right)
        yield 3, "transposed", ast.BinOp(node.left, node.op, each_turned(node.right))
        for left, right in itertools.product((node.left, turned(node.left)), (node.right, turned(node.right))):
            yield 2, "transposed", ast.BinOp(left, node.op, right)
            yield 3, "transposed", ast.BinOp(right, node.op, left)


def within_a_sum(node: ast.BinOp) -> Iterator[Change]:
    """Part of an expression summed or averaged along an axis, or a difference given to a function."""
    if isinstance(node.op, ast.Mult | ast.Pow):
        for name, axis in itertools.product(("sum", "mean"), (-1, 0, 1)):
            words = [ast.keyword("axis", ast.Constant(axis)), ast.keyword("keepdims", ast.Constant(True))]
            yield 5, "unsummed", ast.Call(ast.Attribute(node, name, ast.Load()), [], words)
    if isinstance(node.op, ast.Mult) and ".sum(" not in ast.unparse(node):  # softmax: y*(d - sum(d*y)), not y*d
        for y, d in ((node.left, node.right), (node.right, node.left)):
            words = [ast.keyword("axis", ast.Constant(-1)), ast.keyword("keepdims", ast.Constant(True))]
            total = ast.Call(ast.Attribute(ast.BinOp(d, ast.Mult(), y), "sum", ast.Load()), [], words)
            yield 6, "path-missing", ast.BinOp(y, ast.Mult(), ast.BinOp(d, ast.Sub(), total))
    if isinstance(node.op, ast.Add | ast.Sub):
        yield from ((8, "other-function", wrapped(name, node)) for name in WRAPS)


def other_lengths(node: ast.BinOp) -> Iterator[Change]:
    """Another length of the same array in a factor: ``/ len(y)`` for ``/ y.size``."""
    inner = node.right.value if isinstance(node.right, ast.Subscript) else node.right
    if isinstance(node.op, ast.Mult | ast.Div) and a_length(node.right):
        array = inner.args[0] if isinstance(inner, ast.Call) else getattr(inner, "value", inner)
        for text in ("len({})", "{}.size", "{}.shape[1]", "{}.shape[-1]"):
            length = ast.parse(text.format(ast.unparse(array)), mode="eval").body
            yield 5, "scale-n", ast.BinOp(node.left, node.op, length)


def other_names(node: ast.Name | ast.Attribute, names: list[ast.expr], limits: list[ast.expr]) -> Iterator[Change]:
    text = ast.unparse(node)
    words = [ast.unparse(n) for n in names]
    if text in words:
        yield 4, "power", ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield 5, "transposed", turned(node)
        yield from ((8, "value-for-slope" if isinstance(s.op, ast.Mult) else "factor", s) for s in slopes(node))
        for word, other in zip(words, names):
            if word != text:
                yield 5, "argument", other
                yield from ((9, "term", ast.BinOp(node, op(), other)) for op in (ast.Sub, ast.Add))
        for name in WRAPS:
            yield 8, "other-function", wrapped(name, node)
        yield from ((9, "factor", ast.BinOp(node, op(), other)) for other in names for op in (ast.Mult, ast.Div))
        for limit in limits:
            if ast.unparse(limit) not in ("0", "0.0", text):
                yield 8, "threshold", wrapped("clip", node, ast.UnaryOp(ast.USub(), limit), limit)


def through_softmax(dout: ast.Name, y: ast.expr) -> Iterator[ast.expr]:
    """The upstream gradient of a softmax y as that of its scores, where backward starts at those."""
    if (name := ast.unparse(y)) != dout.id:
        yield ast.parse(f"{name} * ({dout.id} - ({dout.id} * {name}).sum(axis=-1, keepdims=True))", mode="eval").body


def slopes(value: ast.expr) -> Iterator[Any]:
    """What the slope of a function with this output may be: 1 - y² of tanh, y(1 - y) and its part of a sigmoid."""
    for text in ("1 - ({0})", "1 - ({0}) ** 2", "({0}) * (1 - ({0}))"):
        yield ast.parse(text.format(ast.unparse(value)), mode="eval").body


def wrapped(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.parse(f"np.{name}", mode="eval").body, list(args), [])
