"""Edits: a function's text with one small change, each the inverse of a slip that people make."""

from __future__ import annotations

import ast
import contextlib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .. import flow
from .assigning import GRADIENT, a_length, divided_after_loops, other_counts
from .calls import with_axis
from .changes import changes, slopes
from .echoes import echoes
from .forms import slope_forms
from .ground import Ground, Loop
from .lost import lost, put_through, undivided
from .places import (
    called,
    held,
    masks,
    mentions,
    neighbours,
    other_axes,
    shaped,
    throughout,
    turned,
    two_names,
    unread,
)
from .stock import bounds, is_number, known
from .windows import (
    exchanged,
    in_their_turn,
    in_their_window,
    moved_with,
    other_counters,
    sides_exchanged,
    strided_starts,
)

MOVED = ("argument", "constant", "factor", "extra")  # slips that move a bound, where they are of one
LAST = 9
KEYS = 12  # names in a box that are tried for another
LAST_OF_NUMBERS = 6  # a bound is a number, whatever it is


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
    """All of them, the plainest first, with what `others` store at hand too; `upstream` is easily forgotten."""
    others, ground = list(others), Ground(function)
    names = known(function, others)
    lists = dict(held(ground.nodes))
    found = [
        e
        for e in proposed(function, others, upstream, ground, names)
        if not asks_nothing(e, ground.comparisons)
        and not bound_by_itself(e, ground.clips)
        and not (id(e.old) in ground.tests and isinstance(e.old, ast.Compare) and e.new is e.old.left)
        and not (e.old in lists and mentions(e.new, lists[e.old]))
        and not strays(e, ground.loops)
        and (id(e.old) not in ground.set_in or may_be_set(e.new, upstream))
        and (id(e.old) not in ground.effects or isinstance(e.new, ast.Call))  # what it does is no slip of what it is
        and (id(e.old) not in ground.numbers or e.rank < LAST_OF_NUMBERS)
    ]
    return sorted((named(spoken(e), ground) for e in found), key=lambda e: e.rank)


def proposed(
    function: ast.FunctionDef, others: list[ast.FunctionDef], upstream: str, ground: Ground, names: list[ast.expr]
) -> Iterator[Edit]:
    """What may have been meant."""
    inside, limits = ground.inside, bounds([function, *others])
    for n in inside:
        yield from (Edit(rank, code, n, new) for rank, code, new in changes(n, names, limits))
    yield from (Edit(4, "argument", *pair) for pair in other_keys(function, others))
    yield from (Edit(3, *pair) for pair in slope_forms(function, [function, *others]))
    yield from (Edit(1, "extra", n, ast.Pass()) for n in ground.twice)
    yield from (Edit(1, "extra", loop, loop.body[0]) for loop in ground.repeats if len(loop.body) == 1)
    for n in inside:
        if isinstance(n, ast.If | ast.IfExp) and not isinstance(n.test, ast.Compare):
            yield Edit(2, "inverted", n.test, ast.UnaryOp(ast.Not(), n.test))
    for n in inside:
        yield from (Edit(3, "dout-ignored", n, c) for c in without(n, upstream))
    for n in inside if makes_softmax(others) else ():
        if isinstance(n, ast.Name) and n.id == upstream and isinstance(n.ctx, ast.Load):
            yield from (Edit(8, "path-missing", n, v) for y in names for v in through_softmax(n, y))
    yield from further(function, ground.values(upstream), names, others)
    yield from (Edit(5, "path-missing", *pair) for pair in taken_twice(inside, others))
    yield from (Edit(2, "state", *pair) for pair in begun_again(function))
    for n in (n.iter for n in ground.nodes if isinstance(n, ast.For)):  # layers, the last one first
        if isinstance(n, ast.Name | ast.Attribute):
            yield Edit(2, "inverted", n, ast.Call(ast.Name("reversed", ast.Load()), [n], []))
    yield from (Edit(2, "path-missing", *pair) for pair in without_result(inside, sorted(ground.unused)))
    for more in (lost(function, others, names), echoes(function, others, names, ground.left_alone)):
        yield from (Edit(*e) for e in more)
    yield from numbers([n for n in inside if is_number(n)], names, [function, *others])
    yield from (Edit(5, "swapped", two, new) for two, new in neighbours(ground.nodes))
    yield from (Edit(4, "scale-n", *pair) for pair in other_counts(function))
    yield from (Edit(3, "scale-n", *pair) for pair in divided_after_loops(function, names))
    yield from (Edit(3, "other-function", *pair) for pair in put_through(inside, others))
    yield from (
        Edit(5, "argument", *pair) for pair in undivided(inside, [function, *others], set(map(ast.unparse, names)))
    )
    windows = [*strided_starts(function, names), *moved_with(function)]
    windows += [*in_their_turn(function), *in_their_window(function)]
    yield from (Edit(2, "argument", *pair) for pair in other_counters(ground.loops, inside))
    yield from (Edit(4, "argument", *pair) for pair in sides_exchanged(inside))
    windows += exchanged(function, others, set(map(ast.unparse, names)))
    yield from (Edit(4, "argument", old, new) for old, new in windows if id(old) not in ground.left_alone)


def other_keys(function: ast.AST, others: Iterable[ast.AST]) -> Iterator[tuple[ast.Subscript, ast.Subscript]]:
    """``params["Wt"]`` for ``params["Wh"]``, where it is read: what else the layer keeps by name."""
    every = [n for f in (function, *others) for n in ast.walk(f) if isinstance(n, ast.Subscript)]
    words = [n.slice.value for n in every if isinstance(n.slice, ast.Constant) and isinstance(n.slice.value, str)]
    for n in ast.walk(function):
        match n:
            case ast.Subscript(value=box, slice=ast.Constant(value=str() as own), ctx=ast.Load() as read):
                for word in [w for w in dict.fromkeys(words) if w != own][:KEYS]:
                    yield n, ast.Subscript(box, ast.Constant(word), read)


def spoken(edit: Edit) -> Edit:
    """The edit as one would say it: 1 for what is divided by itself."""
    new = edit.new
    divided = isinstance(new, ast.BinOp) and isinstance(new.op, ast.Div)
    itself = divided and ast.unparse(new.left) == ast.unparse(new.right)  # type: ignore[attr-defined]
    return replace(edit, code="value-for-slope", new=ast.Constant(1)) if itself else edit


def may_be_set(new: ast.AST, upstream: str) -> bool:
    """Whether entries may be set in what comes instead: an array by its name, which is not the caller's."""
    named = isinstance(new, ast.Name | ast.Attribute | ast.Subscript)
    return named and not (upstream and mentions(new, upstream))


def named(edit: Edit, ground: Ground) -> Edit:
    """The edit, by what its place says of the slip; what was worked out and never used was meant to be."""
    at = id(edit.old)
    if isinstance(edit.new, ast.Name) and edit.new.id in ground.unused:
        edit = replace(edit, rank=min(edit.rank, 1))
    if edit.code == "constant" and at in ground.powers:
        edit = replace(edit, code="power")
    if edit.code == "swapped" and at in ground.returned and isinstance(edit.old, ast.Tuple):
        edit = replace(edit, rank=max(edit.rank - 1, 0))  # rather than what they are worked out of
    if edit.code == "sign" and at in ground.powers and isinstance(edit.old, ast.BinOp):
        edit = replace(edit, rank=6)  # of 2 - p and p - 2: where p is 3/2, the one is as large as 1 - p
    if at in ground.asked:
        edit = replace(edit, rank=LAST)  # the other way may do as well
    if isinstance(edit.new, ast.AugAssign) and edit.code == "unsummed" and at not in ground.looped:
        edit = replace(edit, code="path-missing")
    if edit.code == "sign" and at in ground.thresholds and isinstance(edit.old, ast.BinOp):
        edit = replace(edit, code="threshold", rank=5)  # the last step's bound may be out of reach, not T + 1
    if edit.code in MOVED and at in ground.thresholds:
        plain = not (isinstance(edit.old, ast.Constant) and isinstance(edit.new, ast.BinOp))  # 1 - b for 1
        edit = replace(edit, code="threshold", rank=min(edit.rank, 4) if plain else edit.rank)
    return edit


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


def bound_by_itself(edit: Edit, clips: list[ast.Call]) -> bool:
    """Whether a clip would have a bound that is worked out of what it clips: ``np.clip(p, 1 - p, 1)``."""
    clipped = [
        ast.unparse(c.args[0]) for c in clips if any(within is edit.old for b in c.args[1:] for within in ast.walk(b))
    ]
    return any(mentions(edit.new, text) for text in clipped)


def strays(edit: Edit, loops: list[Loop]) -> bool:
    """Whether what a loop counts with comes in outside of it, where it is the last number by chance."""
    here = {c for loop in loops if id(edit.old) in loop.inside for c in loop.letters}  # two may count with one letter
    away = {c for loop in loops for c in loop.letters} - here
    return (
        bool(away)
        and not isinstance(edit.old, ast.For)
        and any(n.id in away for n in ast.walk(edit.new) if isinstance(n, ast.Name))
    )


def makes_softmax(functions: list[ast.FunctionDef]) -> bool:
    """Whether forward may be a softmax: it names one, or sums exponentials."""
    text = "\n".join(map(ast.unparse, functions)).lower()
    return "softmax" in text or ("exp" in text and "sum(" in text)


def through_softmax(dout: ast.Name, y: ast.expr) -> Iterator[ast.expr]:
    """The upstream gradient of a softmax y as that of its scores, where backward starts at those."""
    if (name := ast.unparse(y)) != dout.id:
        yield ast.parse(f"{name} * ({dout.id} - ({dout.id} * {name}).sum(axis=-1, keepdims=True))", mode="eval").body


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
    for node in (n for n in ast.walk(function) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult)):
        for n, m in itertools.product((node.left, node.right), cut):
            if ast.unparse(n) == ast.unparse(m.left):
                yield Edit(5, "branch", n, m)
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
    counters = {n.target.id for n in ast.walk(function) if isinstance(n, ast.For) and isinstance(n.target, ast.Name)}
    for test in (n.test for n in ast.walk(function) if isinstance(n, ast.If)):
        if isinstance(test, ast.Name) and test.id in counters:  # if i: of which the first is left out
            yield Edit(0, "branch", test, ast.Constant(True))
    for call, told in itertools.product(*[along(function)] * 2):  # by another axis of the same text
        if ast.unparse(call[1]) != ast.unparse(told[1]):
            yield Edit(1, "axis", call[0], with_axis(call[0], told[1]))
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


def along(function: ast.AST) -> list[tuple[ast.Call, ast.expr]]:
    """The calls that say by which axis they go, and those axes by name or several of them."""
    every = [n for n in ast.walk(function) if isinstance(n, ast.Call)]
    return [(n, k.value) for n in every for k in n.keywords if k.arg == "axis"]


def numbers(constants: list[ast.Constant], names: list[ast.expr], functions: list[ast.FunctionDef]) -> Iterator[Edit]:
    """A number where another one of the layer's belongs, or one that it holds by name."""
    written = {n.value: n for f in functions for n in ast.walk(f) if is_number(n)}
    others = [n for v, n in written.items() if type(v) is float][:6]
    sides = [s for f in functions[:1] for n in ast.walk(f) if isinstance(n, ast.Compare) for s in n.comparators]
    limits = {id(n) for s in sides for n in ast.walk(s)}  # of -1 the 1, where forward has a 3
    for c in constants:
        more = [n for v, n in written.items() if type(v) is int and v > 0][:8] if id(c) in limits else []
        yield from (Edit(3, "threshold", c, n) for n in more if n.value != c.value)
        for name in names:
            yield Edit(8, "constant", c, name)
            yield Edit(9, "constant", c, ast.BinOp(ast.Constant(1), ast.Sub(), name))
        yield from (Edit(5, "constant", c, n) for n in others if n.value != c.value)


def taken_twice(nodes: Iterable[ast.AST], others: list[ast.FunctionDef]) -> Iterator[tuple[ast.Name, ast.expr]]:
    """``dG + dG.swapaxes(-1, -2)`` for ``dG``, where forward multiplies an array by itself: ``x @ x.T``."""
    calls = [n for f in others for n in ast.walk(f) if isinstance(n, ast.Call | ast.BinOp)]
    pairs = [(n.left, n.right) for n in calls if isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult)]
    products = [n for n in calls if isinstance(n, ast.Call) and called(n) in ("einsum", "dot", "matmul")]
    pairs += [(n.args[-2], n.args[-1]) for n in products if len(n.args) > 1]
    root = lambda e: re.sub(r"\.(T|transpose|swapaxes)\b.*", "", ast.unparse(e))  # noqa: E731
    if not any(len({*map(root, pair)}) == 1 for pair in pairs):
        return
    for n in (n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and GRADIENT.match(n.id)):
        yield n, ast.parse(f"{n.id} + {n.id}.swapaxes(-1, -2)", mode="eval").body


def begun_again(function: ast.FunctionDef) -> Iterator[tuple[ast.For, ast.If]]:
    """What is set before one loop, set again before the next one, which reads it: ``dh = np.zeros(n)``."""
    loops = [k for k, line in enumerate(function.body) if isinstance(line, ast.For)]
    for one, two in itertools.pairwise(loops):
        loop, after = function.body[one], function.body[one + 1 : two + 1]
        assert isinstance(loop, ast.For)
        within = flow.names(ast.walk(loop), ast.Store)
        later = {n.id for line in after for n in ast.walk(line) if isinstance(n, ast.Name)}
        again = flow.names((n for line in after[:-1] for n in ast.walk(line)), ast.Store)
        for line in function.body[:one]:
            match line:
                case ast.Assign(targets=[ast.Name(name)], value=ast.Call() as call) if called(call).startswith(
                    "zeros"
                ):
                    if name in within and name in later and name not in again:
                        yield loop, ast.If(ast.Constant(True), [loop, line], [])


def without_result(nodes: Iterable[ast.AST], unused: list[str]) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``d - total`` and ``d - total[:, None]`` for ``d``, where a total is worked out and never used.

    What is worked out for the step before, and never used, belongs to a gradient of it: ``dh = dout[t] + dh_next``.
    """
    nodes = list(nodes)
    gradients = [total for total in unused if GRADIENT.match(total)]
    for line in (n for n in nodes if gradients and isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)):
        if GRADIENT.match(line.targets[0].id) and line.targets[0].id not in unused:
            for total in gradients:
                yield line.value, ast.BinOp(line.value, ast.Add(), ast.Name(total, ast.Load()))
    taken_of = {id(n.value) for n in nodes if isinstance(n, ast.Subscript)}
    for n in (n for n in nodes if unused and isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)):
        for total in unused if GRADIENT.match(n.id) and id(n) not in taken_of else ():
            for text in (f"{n.id} - {total}", f"{n.id} - {total}[:, None]", f"{n.id} + {total}"):
                yield n, ast.parse(text, mode="eval").body


def without(node: ast.AST, upstream: str) -> Iterator[ast.AST]:
    """What is added or given back without the upstream gradient, times it."""
    if upstream and isinstance(node, ast.AugAssign | ast.Return | ast.Assign) and node.value is not None:
        names = [n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)]
        if upstream not in names and not isinstance(node.value, ast.Tuple) and not a_length(node.value):
            value = ast.BinOp(ast.Name(upstream, ast.Load()), ast.Mult(), node.value)
            given = {"value": value} if isinstance(node, ast.Return) else {k: getattr(node, k) for k in node._fields}
            yield type(node)(**{**given, "value": value})
