"""Calls: what may be changed of a call: its function, its arguments, its axes."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence

from .places import ALONG, Change, called, number, numpys, root, turned, two_exchanged

REDUCED = {"sum": "mean", "mean": "sum", "average": "sum"}
LARGEST = ("max", "min", "amax", "amin")  # one of many, where all of them are added up
INSTEAD = {"abs": "sign", "real": "imag", "imag": "real", "fft": "ifft", "ifft": "fft"}
INSTEAD |= {"ones": "zeros", "ones_like": "zeros_like"}
INSTEAD |= {"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "log": "exp"}
OPPOSITE = {"argmax": "argmin", "max": "min", "maximum": "minimum", "floor": "ceil"}
OPPOSITE |= {v: k for k, v in OPPOSITE.items()}
MADE = ("zeros", "zeros_like", "ones", "ones_like", "empty", "empty_like")
WHOLE = re.compile(r"(np\.)?(u?int\d*|bool_?)$|'u?int\d*'$|[\w.]+\.dtype$")
ALONE = {"reversed": "inverted", **dict.fromkeys(("clip", "maximum", "minimum"), "threshold")}  # a call too many
SWAPPED = {"add": "subtract", "subtract": "add"}  # np.add.at, np.subtract.at


def like(node: ast.Call, args: Sequence[ast.expr], keywords: Sequence[ast.keyword] | None = None) -> ast.Call:
    """The same function called with others."""
    return ast.Call(node.func, [*args], [*(node.keywords if keywords is None else keywords)])


def with_axis(node: ast.Call, axis: ast.expr | int, *more: ast.keyword) -> ast.Call:
    """The call with this axis, where its axis stands or at its end, and with further keywords."""
    value = ast.Constant(axis) if isinstance(axis, int) else axis
    known = [k if k.arg != "axis" else ast.keyword("axis", value) for k in node.keywords]
    new = [] if any(k.arg == "axis" for k in node.keywords) else [ast.keyword("axis", value)]
    return like(node, node.args, [*known, *new, *more])


def calls(node: ast.Call) -> Iterator[Change]:
    """All that may be changed of a call."""
    for family in (functions, numbers_kept, ends, transposes, branches, reshapes, axes, products, opposites):
        yield from family(node, called(node))
    if node.args and not node.keywords:
        yield 4, ALONE.get(called(node), "other-function"), node.args[0]
    if called(node) in REDUCED and not node.args and isinstance(node.func, ast.Attribute):
        yield 3, "axis", node.func.value


def functions(node: ast.Call, name: str) -> Iterator[Change]:
    """Another function, another exponent, the other sign within."""
    if name in REDUCED and isinstance(node.func, ast.Attribute):
        yield 1, "scale-n", instead(node, REDUCED[name])
    if name in LARGEST and isinstance(node.func, ast.Attribute):
        yield 3, "other-function", instead(node, "sum")
    if name == "power" and len(node.args) == 2 and isinstance(exponent := number(node.args[1]), int | float):
        for step in (1, -1):
            yield 1, "power", like(node, [node.args[0], ast.Constant(exponent + step)], [])
    if len(node.args) == 1 and isinstance(arg := node.args[0], ast.BinOp) and isinstance(arg.op, ast.Pow):
        yield 2, "power", ast.BinOp(like(node, [arg.left]), ast.Pow(), arg.right)  # tanh(x)**2 for tanh(x**2)
    if name in ("exp", "exp2", "expm1", "tanh", "sinh", "sign") and len(node.args) == 1:
        yield 2, "sign", like(node, [ast.UnaryOp(ast.USub(), node.args[0])])
    if name in INSTEAD:
        yield 3, "other-function", instead(node, INSTEAD[name])


def numbers_kept(node: ast.Call, name: str) -> Iterator[Change]:
    """No array of whole numbers: what is put into one loses its fraction."""
    whole = [k for k in node.keywords if k.arg == "dtype" and WHOLE.match(ast.unparse(k.value))]
    if whole:
        yield 1, "other-function", like(node, node.args, [k for k in node.keywords if k not in whole])
    elif len(node.args) == 2 and name in (*MADE, "array", "asarray") and WHOLE.match(ast.unparse(node.args[1])):
        yield 1, "other-function", like(node, node.args[:1])
    elif name == "astype" and node.args and WHOLE.match(ast.unparse(node.args[0])):
        yield 1, "other-function", getattr(node.func, "value", node)


def ends(node: ast.Call, name: str) -> Iterator[Change]:
    """One more or one less where a window ends at a border: ``min(i + 1, n)`` for ``min(i, n)``."""
    if isinstance(node.func, ast.Name) and name in ("min", "max") and len(node.args) == 2:
        for k, op in itertools.product((0, 1), (ast.Add(), ast.Sub())):
            if isinstance(node.args[k], ast.Name | ast.BinOp):
                moved = ast.BinOp(node.args[k], op, ast.Constant(1))
                yield 3, "constant", like(node, [*node.args[:k], moved, *node.args[k + 1 :]])


def transposes(node: ast.Call, name: str) -> Iterator[Change]:
    """Other axes exchanged, or none."""
    ours = root(node) == "np"
    if name == "transpose":
        own = getattr(node.args[-1], "elts", []) if ours else node.args
        if len(node.args) == 1 + ours:
            given = node.args[-1]
            named = given.value if isinstance(given, ast.Subscript) else given
            if isinstance(named, ast.Name | ast.Attribute):  # axes that are turned back
                back = ast.Call(ast.parse("np.argsort", mode="eval").body, [named], [])
                yield 1, "inverted", like(node, [*node.args[:-1], back])
        for mixed in itertools.permutations(own) if len(own) in (3, 4) else two_exchanged(own):
            order = [*node.args[:-1], ast.Tuple([*mixed], ast.Load())] if ours else mixed
            yield 2, "transposed", like(node, order, [])
    if name in ("transpose", "swapaxes") and node.args:
        yield 3, "transposed", node.args[0] if ours else getattr(node.func, "value", node)


def branches(node: ast.Call, name: str) -> Iterator[Change]:
    """``np.where`` with its branches exchanged, with another sign, or the slope of a branch that is a line."""
    if name != "where" or len(node.args) != 3:
        return
    yield 2, "inverted", like(node, [node.args[0], *node.args[:0:-1]])
    for k in (1, 2):
        other_sign = ast.UnaryOp(ast.USub(), node.args[k])
        yield 3, "sign", like(node, [*node.args[:k], other_sign, *node.args[k + 1 :]])
    for k, n in itertools.product((1, 2), (1, 0)):
        if isinstance(node.args[k], ast.Name | ast.Attribute | ast.BinOp):
            yield 3, "slope", like(node, [*node.args[:k], ast.Constant(n), *node.args[k + 1 :]])


def reshapes(node: ast.Call, name: str) -> Iterator[Change]:
    """Another length than the one written out; axes exchanged before."""
    if name != "reshape":
        return
    if len(node.args) == 2 and isinstance(node.func, ast.Attribute) and "-1" in map(ast.unparse, node.args):
        yield 2, "transposed", ast.Attribute(like(node, node.args[::-1], []), "T", ast.Load())  # w.reshape(n, -1).T
    for k, given in enumerate(node.args):
        if isinstance(given, ast.Constant):
            one = given.value != 1  # else: all the rows, not one
            length = ast.Constant(1) if one else ast.UnaryOp(ast.USub(), ast.Constant(1))
            changed = like(node, [*node.args[:k], length, *node.args[k + 1 :]], [])
            yield (0, "constant", changed) if one else (3, "argument", changed)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        for order in ((0, 2, 3, 1), (0, 3, 1, 2), (1, 0, 2, 3), (1, 2, 3, 0)):
            turn = ast.Attribute(node.func.value, "transpose", ast.Load())
            before = ast.Call(turn, [ast.Constant(axis) for axis in order], [])
            yield 5, "transposed", ast.Call(ast.Attribute(before, "reshape", ast.Load()), node.args, node.keywords)


def axes(node: ast.Call, name: str) -> Iterator[Change]:
    """Other axes, one where none is told, and the axes kept."""
    told = next((k.value for k in node.keywords if k.arg == "axis"), None)
    keep = ast.keyword("keepdims", ast.Constant(True))
    if isinstance(told, ast.Tuple):
        n = len(told.elts)
        for size in (n, n + 1, n - 1):
            for several in itertools.combinations(range(6 if size == n else 4), size):
                new = ast.Tuple([ast.Constant(a) for a in several], ast.Load())
                yield 1 if size == n else 2, "axis", with_axis(node, new)
    elif told is not None:
        for axis in (0, 1, -1, 2):
            yield 1, "axis", with_axis(node, axis)
    if name in ("sum", "mean", "max") and len(node.args) in (1, 2) and len(node.args) == 1 + (root(node) == "np"):
        for axis in (0, 1, -1):
            yield 1, "axis", like(node, [*node.args[:-1], ast.Constant(axis)])
    if name in ("sum", "mean") and told is None and isinstance(node.func, ast.Attribute):
        for axis in (0, 1, -1):
            bare = like(node, node.args, [])
            yield from ((2, "axis", with_axis(bare, axis, *more)) for more in ([keep], []))
    kept = any(k.arg == "keepdims" for k in node.keywords)
    if name in (*REDUCED, "max", "norm", "var", "std") and told is not None and not kept:
        yield 1, "axis", like(node, node.args, [*node.keywords, keep])
    if name in ALONG and told is None:
        for axis in (1, -1, 0):
            yield 2, "axis", with_axis(node, axis)


def products(node: ast.Call, name: str) -> Iterator[Change]:
    """A factor transposed, or the factors exchanged."""
    if name == "dot" and len(node.args) == 1 and isinstance(node.func, ast.Attribute):  # x.reshape(n, -1).dot(d)
        one, two = node.func.value, node.args[0]
        for left, right in ((turned(one), two), (one, turned(two)), (two, one)):
            yield 2, "transposed", ast.Call(ast.Attribute(left, "dot", ast.Load()), [right], [])
    if name not in ("dot", "matmul") or len(node.args) != 2:
        return
    one, two = node.args
    turn = turned if name == "dot" else each_turned
    exchanged = [[two, one]] if name == "dot" else []
    for args in ([turn(one), two], [one, turn(two)], *exchanged):
        yield 2, "transposed", like(node, args)


def opposites(node: ast.Call, name: str) -> Iterator[Change]:
    """The other end, the other order, the other sign: ``reversed(range(n))``, ``np.min`` for ``np.max``."""
    if name == "range":
        yield 2, "inverted", ast.Call(ast.Name("reversed", ast.Load()), [node], [])
        for k, end in enumerate(node.args[:2]):  # range(n, -1, -1), range(n) and range(1, n): one too far
            if not isinstance(end, ast.Constant | ast.UnaryOp):
                yield 3, "constant", like(node, [*node.args[:k], one_less(end), *node.args[k + 1 :]])
    if name in OPPOSITE:
        yield 0, "inverted", instead(node, OPPOSITE[name])  # rather than a sign before and after
    if name == "at" and isinstance(node.func, ast.Attribute) and called_in(node.func.value) in SWAPPED:
        opposite = numpys(SWAPPED[called_in(node.func.value)])
        yield 1, "sign", ast.Call(ast.Attribute(opposite, "at", ast.Load()), node.args, node.keywords)
    if name == "sqrt":  # scale = 1 / np.sqrt(d)
        yield 4, "inverted", ast.BinOp(ast.Constant(1), ast.Div(), node)
    if name in ("ones_like", "zeros_like"):
        other = "zeros_like" if name == "ones_like" else "ones_like"
        yield 3, "other-function", ast.Call(numpys(other), node.args, [])
    if name == "cumsum" and node.args:  # what comes later sums what came before
        along = [k for k in node.keywords if k.arg == "axis"] or [ast.keyword("axis", ast.Constant(0))]
        yield 3, "inverted", flipped(like(node, [flipped(node.args[0], along), *node.args[1:]]), along)


def one_less(end: ast.expr) -> ast.expr:
    match end:
        case ast.BinOp(whole, ast.Add(), ast.Constant(value=1)):
            return whole
    return ast.BinOp(end, ast.Sub(), ast.Constant(1))


def instead(node: ast.Call, name: str) -> ast.Call:
    """The same call of another function beside the one that is called: ``np.sign(w)`` for ``np.abs(w)``."""
    inner = node.func
    func = ast.Attribute(inner.value, name, ast.Load()) if isinstance(inner, ast.Attribute) else ast.Name(name)
    if name == "sign" and not isinstance(inner, ast.Attribute):  # for Python's own abs
        func = ast.Attribute(ast.Name("np"), name, ast.Load())
    return ast.Call(func, node.args, node.keywords)


def each_turned(batch: ast.expr) -> ast.expr:
    axes: list[ast.expr] = [ast.Constant(-1), ast.Constant(-2)]
    return ast.Call(ast.Attribute(batch, "swapaxes", ast.Load()), axes, [])


def called_in(holder: ast.expr) -> str:
    return holder.attr if isinstance(holder, ast.Attribute) else ""


def flipped(value: ast.expr, along: list[ast.keyword]) -> ast.expr:
    return ast.Call(numpys("flip"), [value], along)
