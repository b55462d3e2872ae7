"""Assigning: small changes of whole statements: of what is assigned, added to or given back."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from .places import SWAPS, Change, called, number, numpys, turned

GRADIENT = re.compile(r"(self\.)?_*(d|g|err|res|out|nabla)", re.IGNORECASE)  # names that a gradient goes by
COUNT = re.compile(r"_?([Nnm]|num_\w+|n_\w+|batch(_?size)?)$")  # names that the number of examples goes by
BOXES = re.compile(r"cache|param|grad|shape|dim|hyper|saved", re.IGNORECASE)  # no length of theirs is N


def statements(node: ast.stmt, names: list[ast.expr]) -> Iterator[Change]:
    target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    if isinstance(node, ast.Assign) and isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        if ast.unparse(target) not in map(ast.unparse, ast.walk(node.value)):  # d = d * mask is no sum
            yield 2, "unsummed", ast.AugAssign(target, ast.Add(), node.value)
        if isinstance(target, ast.Subscript):
            yield 5, "extra", ast.Pass()
            if isinstance(target.slice, ast.Name | ast.Attribute):  # rows that are named twice are set twice
                yield 3, "unsummed", added_at(target, node.value)
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=[one, two])], value=ast.Call()):
            yield 2, "swapped", ast.Assign([ast.Tuple([two, one], ast.Store())], node.value)
        case ast.Expr(ast.Call(keywords=[ast.keyword("out")]) as call) if called(call) == "clip":
            yield 1, "dout-nonlinear", ast.Pass()  # a gradient that is cut off where it stands
    if isinstance(node, ast.Assign | ast.AugAssign):
        yield from divided_after(node, names)
    if isinstance(node, ast.AugAssign):
        yield 3, "extra", ast.Pass()
        if isinstance(node.op, ast.Add):
            yield 2, "extra", ast.copy_location(ast.Assign([node.target], node.value), node)
        if isinstance(node.target, ast.Subscript) and isinstance(node.op, ast.Add):
            yield 2, "unsummed", added_at(node.target, node.value)
            if (line := mirrored(node)) is not None:
                yield 4, "path-missing", ast.If(ast.Constant(True), [node, line], [])
        match node:
            case ast.AugAssign(op=ast.Mult() | ast.Div(), value=ast.BinOp(one, ast.Add() | ast.Sub() as op, two)):
                # dW /= N + reg * W for dW = dW / N + reg * W
                scaled = ast.BinOp(with_load(node.target), node.op, one)
                yield 3, "extra", ast.Assign([node.target], ast.BinOp(scaled, op, two))
        if type(node.op) in SWAPS:
            yield 1, "sign", ast.AugAssign(node.target, SWAPS[type(node.op)](), node.value)
    if (
        isinstance(node, ast.Assign | ast.AugAssign | ast.Return)
        and node.value is not None
        and not a_length(node.value)
    ):
        again: Callable[[ast.expr], ast.stmt] = lambda v: with_value(node, v)  # noqa: E731
        if isinstance(node.value, ast.Tuple):
            for k, part in enumerate(node.value.elts):
                for rank, code, new in additions(part, names, True):
                    elements = [*node.value.elts[:k], new, *node.value.elts[k + 1 :]]
                    yield rank, code, again(ast.Tuple(elements, ast.Load()))
        else:
            last = isinstance(node, ast.Return) or GRADIENT.match(ast.unparse(target or node)) is not None
            yield from ((rank, code, again(new)) for rank, code, new in additions(node.value, names, last))


def added_at(target: ast.Subscript, value: ast.expr) -> ast.Expr:
    """``np.add.at(target, index, value)``, which counts every row as often as it is named."""
    at = ast.Attribute(numpys("add"), "at", ast.Load())
    return ast.Expr(ast.Call(at, [target.value, target.slice, value], []))


def with_load(target: ast.expr) -> ast.expr:
    """A target of an assignment as what is read there."""
    return ast.parse(ast.unparse(target), mode="eval").body


def mirrored(node: ast.AugAssign) -> ast.AugAssign | None:
    """What is added at one end, at the other: ``dx[:, 1] += d[:, 0]`` for ``dx[:, -2] += d[:, -1]``."""
    there, value = node.target, node.value
    if not isinstance(there, ast.Subscript) or not isinstance(value, ast.Subscript):
        return None
    ends = [other_end(part.slice) for part in (there, value)]
    if any(ast.unparse(e) == ast.unparse(part.slice) for e, part in zip(ends, (there, value))):
        return None
    target = ast.Subscript(there.value, ends[0], ast.Store())
    return ast.AugAssign(target, node.op, ast.Subscript(value.value, ends[1], ast.Load()))


def other_end(index: ast.expr) -> ast.expr:
    """An index counted from the other end: 1 for -2, ``:p`` for ``-p:``."""
    match index:
        case ast.Tuple(elts=parts):
            return ast.Tuple([other_end(part) for part in parts], ast.Load())
        case ast.Slice(lower=ast.UnaryOp(op=ast.USub(), operand=n), upper=None, step=None):
            return ast.Slice(None, n, None)
        case ast.Slice(lower=None, upper=ast.Name() as n, step=None):
            return ast.Slice(ast.UnaryOp(ast.USub(), n), None, None)
    at = number(index)
    return index if type(at) is not int else ast.parse(str(-at - 1), mode="eval").body


def divided_after(node: ast.Assign | ast.AugAssign, names: list[ast.expr]) -> Iterator[Change]:
    """A line ``ds /= N`` that is left out after the last one that works out ds."""
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    whole = target.value if isinstance(target, ast.Subscript) else target
    if isinstance(whole, ast.Name) and GRADIENT.match(whole.id):
        for n in (n for n in names if isinstance(n, ast.Name) and COUNT.match(n.id)):
            line = ast.AugAssign(ast.Name(whole.id, ast.Store()), ast.Div(), n)
            yield 3, "scale-n", ast.If(ast.Constant(True), [node, line], [])


def with_value(node: ast.Assign | ast.AugAssign | ast.Return, value: ast.expr) -> ast.stmt:
    """The same statement with another value."""
    if isinstance(node, ast.AugAssign):
        return ast.AugAssign(node.target, node.op, value)
    return ast.Return(value) if isinstance(node, ast.Return) else ast.Assign(node.targets, value)


def a_length(value: ast.expr) -> bool:
    """``x.shape[0]``, ``len(x)``, ``x.size``."""
    inner = value.value if isinstance(value, ast.Subscript) else value
    counted = isinstance(inner, ast.Attribute) and inner.attr in ("shape", "size")
    return counted or (isinstance(inner, ast.Call) and called(inner) == "len")


def other_counts(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``m = x.shape[2] * x.shape[3]`` for ``m = x.shape[2]``: over how many entries a mean was taken."""
    axes: dict[str, str] = {}  # N, C, H, W = x.shape
    lines = [n for n in ast.walk(function) if isinstance(n, ast.Assign)]
    deep = ".shape[2]" in ast.unparse(function)  # where there are two axes only, x[0, 0] is a number
    for line in lines:
        match line:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Attribute(array, "shape")):
                axes |= {n.id: ast.unparse(array) for n in names if isinstance(n, ast.Name)}
                deep |= len(names) > 2
    for line in lines:
        given = line.value.id if isinstance(line.value, ast.Name) else ""
        if isinstance(line.targets[0], ast.Name) and (a_length(line.value) or given in axes):
            of = axes.get(given) or re.sub(r"^len\((.*)\)$|\.(shape|size)\b.*$", r"\1", ast.unparse(line.value))
            image = ("{0}.size // {0}.shape[1]", "{0}[0, 0].size") if deep else ()
            for text in ("{0}.size", "{0}.size // len({0})", *image, "{0}.shape[1]"):
                yield line.value, ast.parse(text.format(of), mode="eval").body


def divided_after_loops(function: ast.FunctionDef, names: list[ast.expr]) -> Iterator[tuple[ast.For, ast.If]]:
    """``dW /= N`` after the loop that adds up dW, before what comes besides."""
    for loop in (line for line in function.body if isinstance(line, ast.For)):
        added = {ast.unparse(n.target).partition("[")[0] for n in ast.walk(loop) if isinstance(n, ast.AugAssign)}
        for d in sorted(a for a in added if GRADIENT.match(a)):
            for n in (n for n in names if isinstance(n, ast.Name) and COUNT.match(n.id)):
                line = ast.parse(f"{d} /= {n.id}").body[0]
                yield loop, ast.If(ast.Constant(True), [loop, line], [])


def additions(value: ast.expr, names: list[ast.expr], gradient: bool) -> Iterator[tuple[int, str, ast.expr]]:
    """A whole value with something more done to it: a sign, a sum, a factor, a term."""
    if isinstance(value, ast.Constant):
        return  # another number is tried by itself
    yield 2, "sign", ast.UnaryOp(ast.USub(), value)
    yield 1, "transposed", turned(value)
    for axis in (0, 1):
        words = [ast.keyword("axis", ast.Constant(axis))]
        yield 1, "unsummed", ast.Call(ast.Attribute(value, "sum", ast.Load()), [], words)
    if isinstance(value, ast.Call) and called(value) in ("zeros", "zeros_like"):
        return  # another multiple of them is another type at most
    for n in (2, 0.5):
        yield 3, "factor", ast.BinOp(ast.Constant(n), ast.Mult(), value)
    for name in names:
        one_minus = ast.BinOp(ast.Constant(1), ast.Sub(), name)
        length = ast.Call(ast.Name("len", ast.Load()), [name], [])
        square = ast.BinOp(ast.Constant(1), ast.Sub(), ast.BinOp(name, ast.Pow(), ast.Constant(2)))
        for factor in (name, one_minus, square):
            yield 6, "factor", ast.BinOp(value, ast.Mult(), factor)
        for divisor in (name, one_minus):
            yield 6, "factor", ast.BinOp(value, ast.Div(), divisor)
        if gradient and not BOXES.search(ast.unparse(name)):
            yield 7, "scale-n", ast.BinOp(value, ast.Div(), length)
            yield 7, "scale-n", ast.BinOp(value, ast.Mult(), length)
        yield 8, "term", ast.BinOp(value, ast.Add(), name)
        yield 8, "term", ast.BinOp(value, ast.Sub(), name)
