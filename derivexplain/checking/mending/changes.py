"""Changes: what may be changed at one node of backward, and which slip that undoes."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Any

from .assigning import GRADIENT, a_length, statements
from .calls import calls, each_turned
from .lost import diagonal
from .places import NEGATED, SWAPS, Change, called, exchanged_slopes, exchanges, number, signs, turned
from .subscripts import letters
from .windows import flipped_kernel, taken_otherwise, uncropped

TURNED = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
BETWEEN = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.FloorDiv: ast.Div}  # of masks, and of whole numbers
STRICT = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt}  # at the bound itself
HUNG = {"data": "grad", "grad": "data"}  # a node's value, and the gradient that hangs on it
WRAPS = ("sign", "exp", "sqrt", "abs")  # functions that are easily left out


def changes(node: ast.AST, names: list[ast.expr], limits: list[ast.expr]) -> Iterator[Change]:
    """All that may be changed at a node: `names` is what stands at hand, `limits` what the layer compares with."""
    read = isinstance(getattr(node, "ctx", None), ast.Load)
    match node:
        case ast.BinOp():
            yield from in_a_formula(node, names)
        case ast.Tuple() | ast.List() if read:
            yield from exchanges(node)
            yield from signs(node) if isinstance(node, ast.List) else ()
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            yield 0, "sign", inner
            if isinstance(inner, ast.Name | ast.Attribute):
                yield from ((7, "term", ast.BinOp(name, ast.Sub(), inner)) for name in names)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=inner):
            yield 1, "inverted", inner
        case ast.Name() | ast.Attribute() if read:
            yield from of_a_name(node, names, limits)
        case ast.Call():
            yield from of_a_call(node, names)
        case ast.IfExp():  # either of the two, always
            yield 3, "branch", node.body
            yield 4, "branch", node.orelse
        case ast.Subscript():
            yield from of_a_part(node, names) if read else ()
            yield from taken_otherwise(node, names)
        case ast.Compare(ops=[op, *_]) if type(op) in TURNED:
            yield from of_a_comparison(node)
        case ast.Constant(value=int() | float()) if node.value is not True:
            yield from of_a_number(node)
        case ast.Assign() | ast.AugAssign() | ast.Return() | ast.Expr():
            yield from statements(node, names)


def in_a_formula(node: ast.BinOp, names: list[ast.expr]) -> Iterator[Change]:
    """Another operation, factors and terms that are missing, a sum within."""
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


def of_a_name(node: ast.Name | ast.Attribute, names: list[ast.expr], limits: list[ast.expr]) -> Iterator[Change]:
    """Another name, the same turned, what hangs on it."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield 1, "transposed", node.value
    yield from other_names(node, names, limits)
    yield from flipped_kernel(node)
    yield from uncropped(node, names)
    if isinstance(node, ast.Attribute) and node.attr in HUNG:
        code = "dout-ignored" if node.attr == "data" else "argument"
        yield 3, code, ast.Attribute(node.value, HUNG[node.attr], ast.Load())


def of_a_call(node: ast.Call, names: list[ast.expr]) -> Iterator[Change]:
    """Other arguments or another function; a product with the gradient for a sum."""
    yield from calls(node)
    yield from letters(node)
    if called(node) == "sum" and isinstance(node.func, ast.Attribute):  # J @ d
        gradients = [n for n in names if GRADIENT.match(ast.unparse(n))]
        yield from ((5, "dout-ignored", ast.BinOp(node.func.value, ast.MatMult(), d)) for d in gradients)
    if not re.match(r"(np|numpy|math)\.", ast.unparse(node.func)):  # the slope of an ELU is elu(x) + alpha
        yield from ((7, "term", ast.BinOp(node, ast.Add(), name)) for name in names)


def of_a_part(node: ast.Subscript, names: list[ast.expr]) -> Iterator[Change]:
    """The whole for a part that is read, its slope, or something else."""
    yield 4, "inverted" if "::-1" in ast.unparse(node.slice) else "argument", node.value
    yield 5, "power", ast.BinOp(node, ast.Pow(), ast.Constant(2))
    yield from ((8, "value-for-slope", s) for s in slopes(node))
    sent = isinstance(node.value, ast.Name) and GRADIENT.match(node.value.id) is not None  # dz for dh[:, t]
    yield from ((6, "argument", n) for n in names if sent == bool(GRADIENT.match(ast.unparse(n))))


def of_a_comparison(node: ast.Compare) -> Iterator[Change]:
    """The other branch, another threshold, or the mask itself where it holds a scale."""
    op = type(node.ops[0])
    for other in dict.fromkeys((TURNED[op], NEGATED.get(op), STRICT.get(op))):
        if other is not None:
            yield 2, "branch", ast.Compare(node.left, [other()], node.comparators)
    if not isinstance(node.ops[0], ast.Eq | ast.NotEq) and not isinstance(node.comparators[0], ast.Constant):
        yield 4, "branch", ast.Compare(node.left, [ast.Eq()], node.comparators)
    yield 5, "branch", node.left  # of which only the places are used
    if isinstance(node.comparators[0], ast.Constant):  # a case that forward does not have: any bound would do
        yield 2, "extra", ast.Constant(False)
    if ast.unparse(node.comparators[0]) not in ("0", "0.0"):
        yield 3, "threshold", ast.Compare(wrapped("abs", node.left), node.ops, node.comparators)
        yield 4, "threshold", ast.Compare(node.left, node.ops, [ast.Constant(0)])


def of_a_number(node: ast.Constant) -> Iterator[Change]:
    """Another number."""
    held: Any = node.value
    steps_away = [round(held + step, 12) for step in (1, -1)]  # 1.1 - 1 is 0.1
    scales = (2, 0.5, 3)[: 2 + (held != 1)]  # 3 for 1 is how many examples there are
    for value in (*steps_away, -held, *(held * k for k in scales)):
        yield 3, "constant", ast.Constant(int(value) if value == int(value) else value)
    if held > 1:
        yield 5, "root", wrapped("sqrt", node)


def operations(node: ast.BinOp) -> Iterator[Change]:
    kind = type(node.op)
    if kind in SWAPS:
        yield 1, "sign" if kind in (ast.Add, ast.Sub) else "inverted", ast.BinOp(node.left, SWAPS[kind](), node.right)
        code = "extra" if kind in (ast.Add, ast.Sub) else "factor"
        if kind is ast.Div and a_length(node.right):
            yield 2, "scale-n", node.left
        yield 4, code, node.left
        if kind in (ast.Add, ast.Mult):
            yield 4 - 2 * (code == "factor" and isinstance(node.left, ast.Constant)), code, node.right  # 2 * d
        elif kind is ast.Div and not isinstance(node.right, ast.Name | ast.Attribute | ast.Constant):
            yield 5, "power", ast.BinOp(node.left, node.op, ast.BinOp(node.right, ast.Pow(), ast.Constant(2)))
        elif kind is ast.Div:  # of a variance, by its root
            yield 5, "power", ast.BinOp(node.left, node.op, ast.BinOp(node.right, ast.Pow(), ast.Constant(3)))
        elif kind is ast.Sub:
            yield 2, "sign", ast.BinOp(node.right, node.op, node.left)
            yield 4, code, ast.UnaryOp(ast.USub(), node.right)
            yield 3, "factor" if isinstance(node.left, ast.Constant) else "argument", node.right
            if isinstance(node.right, ast.BinOp):  # d * y * (1 - y) for d * y - (1 - y)
                yield 5, "factor", ast.BinOp(node.left, ast.Mult(), node.right)
    if kind in (ast.Add, ast.Mult) and all(isinstance(n, ast.Name | ast.Attribute) for n in (node.left, node.right)):
        other = ast.Mult() if kind is ast.Add else ast.Add()  # y * alpha for y + alpha
        yield 5, "term" if kind is ast.Mult else "factor", ast.BinOp(node.left, other, node.right)
    if kind is ast.Mult and all(GRADIENT.match(ast.unparse(n)) for n in (node.left, node.right)):
        yield 4, "dout-nonlinear", ast.BinOp(node.left, ast.Add(), node.right)  # of two gradients no product is one
    if kind in BETWEEN:
        code = "branch" if kind is not ast.FloorDiv else "other-function"
        yield 1, code, ast.BinOp(node.left, BETWEEN[kind](), node.right)
    if kind is ast.Pow:
        yield 1, "power", node.left
        if (
            number(node.right) == 2
            and isinstance(node.left, ast.BinOp)
            and isinstance(node.left.op, ast.Add | ast.Sub)
        ):
            a, b = (
                n if number(n) == 1 else ast.BinOp(n, node.op, node.right) for n in (node.left.left, node.left.right)
            )
            yield 2, "power", ast.BinOp(a, node.left.op, b)  # (1 - y)**2 for 1 - y**2
        if number(node.right) == 2:
            yield 6, "other-function", wrapped("abs", node.left)
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


def slopes(value: ast.expr) -> Iterator[Any]:
    """What the slope of a function with this output may be: 1 - y² of tanh, y(1 - y) and its part of a sigmoid."""
    for text in ("1 - ({0})", "1 - ({0}) ** 2", "({0}) * (1 - ({0}))"):
        yield ast.parse(text.format(ast.unparse(value)), mode="eval").body


def wrapped(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.parse(f"np.{name}", mode="eval").body, list(args), [])
