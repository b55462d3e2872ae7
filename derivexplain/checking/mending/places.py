"""Places: small changes of rows of results and of what is taken from an array."""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeGuard

SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
NEGATED = {ast.Gt: ast.LtE, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.LtE: ast.Gt}
ALONG = ("split", "concatenate", "stack", "cumsum", "flip", "repeat")  # what works along the first axis by itself

SIZES = (
    "range",
    "zeros",
    "ones",
    "empty",
    "full",
    "arange",
    "eye",
    "reshape",
    "tile",
    "repeat",
    "pad",
    "rand",
    "randn",
)

Change = tuple[int, str, ast.AST]  # rank, slip, what comes instead


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def turned(node: ast.expr) -> ast.expr:
    return (
        node.value if isinstance(node, ast.Attribute) and node.attr == "T" else ast.Attribute(node, "T", ast.Load())
    )


def numpys(name: str) -> ast.expr:
    return ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())


def neighbours(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Two assignments after each other, and the second so that each gets the other's value."""
    for body in (body for n in nodes for body in (getattr(n, "body", []), getattr(n, "orelse", []))):
        for one, two in itertools.pairwise(body if isinstance(body, list) else []):
            match one, two:
                case ast.Assign(targets=[a]), ast.Assign(targets=[b]) if not isinstance(a, ast.Tuple):
                    now = ast.parse(ast.unparse(a), mode="eval").body
                    values = ast.Tuple([two.value, now], ast.Load())
                    yield two, ast.Assign([ast.Tuple([a, b], ast.Store())], values)


def two_names(value: ast.expr, words: Collection[str]) -> Iterator[ast.expr]:
    """An expression with two of its names in each other's place."""
    texts = {ast.unparse(n): n for n in ast.walk(value) if isinstance(n, ast.Name | ast.Attribute)}
    for a, b in itertools.combinations([t for t in texts if t in words][:6], 2):
        yield Renamed({a: texts[b], b: texts[a]}).visit(copy.deepcopy(value))


def throughout(value: ast.expr, names: list[ast.expr]) -> Iterator[ast.expr]:
    """An expression with a name that it has more than once in favour of another: ``1 - h * h`` for ``1 - x * x``."""
    count = Counter(ast.unparse(n) for n in ast.walk(value) if isinstance(n, ast.Name | ast.Attribute))
    words = {ast.unparse(n): n for n in names}
    for a in [t for t, n in count.items() if n > 1 and t in words]:
        yield from (Renamed({a: n}).visit(copy.deepcopy(value)) for t, n in words.items() if t != a)


def other_axes(value: ast.expr) -> Iterator[ast.expr]:
    """An expression with an axis that it has more than once in favour of another, which may need keepdims too."""
    found = [k.value for k in ast.walk(value) if isinstance(k, ast.keyword) and k.arg == "axis"]
    for old in [axis for axis, n in Counter(map(number, found)).items() if n > 1 and axis is not None]:
        for new, keep in itertools.product((-1, 0, 1), ([], [ast.keyword("keepdims", ast.Constant(True))])):
            again = copy.deepcopy(value)
            for call in (n for n in ast.walk(again) if isinstance(n, ast.Call)):
                for k in [k for k in call.keywords if k.arg == "axis" and number(k.value) == old]:
                    k.value = ast.Constant(new)
                    call.keywords += [*keep] if all(k.arg != "keepdims" for k in call.keywords) else []
            yield again


class Renamed(ast.NodeTransformer):
    """An expression with others in the places of names, and of calls as they stand."""

    def __init__(self, others: Mapping[str, ast.expr]) -> None:
        self.others = others

    def visit(self, node: ast.AST) -> ast.AST:
        other = self.others.get(ast.unparse(node)) if isinstance(node, ast.Name | ast.Attribute | ast.Call) else None
        return other or self.generic_visit(node)


def shaped(functions: Sequence[ast.AST], words: Collection[str]) -> list[ast.expr]:
    """What the layer takes of its values to fit others: ``gamma.reshape(1, C, 1, 1)``, ``h[t + 1]``, ``p[j]``."""
    found: dict[str, ast.expr] = {}
    counted = [n.target for n in ast.walk(functions[0]) if isinstance(n, ast.For) and isinstance(n.target, ast.Name)]
    for node in (n for f in functions for n in ast.walk(f)):
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr="reshape")):
                pass
            case ast.Subscript(value=ast.Name() as inner, slice=ast.Subscript()) if inner.id in words:
                taken = [ast.Subscript(inner, ast.Name(c.id, ast.Load()), ast.Load()) for c in counted]
                found |= {ast.unparse(t): t for t in taken}
                continue
            case ast.Subscript(value=inner):
                pass
            case _:
                continue
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - {"self", "np"}
        if ast.unparse(inner) in words and used <= {*words, ast.unparse(inner)}:
            found[ast.unparse(node)] = ast.parse(ast.unparse(node), mode="eval").body
    return list(found.values())[:8]


def masks(functions: Iterable[ast.AST], words: Collection[str]) -> list[ast.Compare]:
    """Where the layer cuts off: ``h > 0`` for ``h = np.maximum(z, 0)``; what it compares with 0, both ways."""
    found: dict[str, ast.Compare] = {}
    for node in (n for f in functions for n in ast.walk(f)):
        match node:
            case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=ast.Call() as call):
                if called(call) == "maximum" and any(number(a) == 0 for a in call.args):
                    name = ast.parse(ast.unparse(target), mode="eval").body
                    found[ast.unparse(target)] = ast.Compare(name, [ast.Gt()], [ast.Constant(0)])
            case ast.Call(args=[ast.Name() | ast.Attribute() as left, ast.Constant(value=0)]) if (
                called(node) == "maximum"
            ):
                if ast.unparse(left) in words:
                    found.setdefault(f"{ast.unparse(left)} > 0", ast.Compare(left, [ast.Gt()], [ast.Constant(0)]))
            case ast.Compare(
                left=ast.Name() | ast.Attribute() as left, ops=[op], comparators=[ast.Constant(value=0)]
            ):
                if ast.unparse(left) in words and type(op) in NEGATED:
                    for kind in (type(op), NEGATED[type(op)]):
                        asked = ast.Compare(left, [kind()], [ast.Constant(0)])
                        found[ast.unparse(asked)] = asked
    return list(found.values())[:4]


def unread(function: ast.AST, names: Iterable[ast.expr]) -> list[ast.expr]:
    """Weights that a function has at hand and never looks at: a path of the graph through them is left out."""
    loads = (n for n in ast.walk(function) if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load))
    measured_only = {id(n) for m in ast.walk(function) for n in (*measured(m), *likened(m))}
    read = {ast.unparse(n) for n in loads if id(n) not in measured_only}
    return [n for n in names if ast.unparse(n) not in read and re.match(r"(self\.)?[A-Z]\w*$", ast.unparse(n))][:3]


def exchanged_slopes(node: ast.BinOp) -> Iterator[Change]:
    """The slope of a sigmoid where tanh's belongs, or none, and the other way round."""
    yield from other_brackets(node)
    match node:
        case ast.BinOp(ast.BinOp(before, ast.Mult(), y), ast.Mult(), ast.BinOp(ast.Constant(value=1), ast.Sub(), z)):
            if ast.unparse(y) == ast.unparse(z):
                tanh = ast.BinOp(ast.Constant(1), ast.Sub(), ast.BinOp(y, ast.Pow(), ast.Constant(2)))
                yield 3, "other-function", ast.BinOp(before, ast.Mult(), tanh)
                yield 4, "extra", before
        case ast.BinOp(ast.Constant(value=1), ast.Sub(), ast.BinOp(y, ast.Pow(), ast.Constant(value=2))):
            sigmoid = ast.BinOp(y, ast.Mult(), ast.BinOp(ast.Constant(1), ast.Sub(), y))
            yield 3, "other-function", sigmoid
        case ast.BinOp(ast.Constant(value=1), ast.Sub(), ast.Call() as y):  # 1 - tanh(z)
            yield 4, "power", ast.BinOp(ast.Constant(1), ast.Sub(), ast.BinOp(y, ast.Pow(), ast.Constant(2)))
        case ast.BinOp(_, ast.Pow(), ast.Constant(value=2)):  # y**2 for 1 - y**2
            yield 3, "term", ast.BinOp(ast.Constant(1), ast.Sub(), node)


def other_brackets(node: ast.BinOp) -> Iterator[Change]:
    """1 - y**2 for (1 - y)**2, and the other way round."""
    match node:
        case ast.BinOp(ast.BinOp(a, ast.Add() | ast.Sub() as op, b), ast.Pow(), n):
            yield 2, "power", ast.BinOp(a, op, ast.BinOp(b, ast.Pow(), n))
        case ast.BinOp(a, ast.Add() | ast.Sub() as op, ast.BinOp(b, ast.Pow(), n)):
            yield 2, "power", ast.BinOp(ast.BinOp(a, op, b), ast.Pow(), n)


def two_exchanged(row: Sequence[ast.expr]) -> Iterator[list[ast.expr]]:
    """A row with two of its entries in each other's place, neighbours first."""
    for i, j in sorted(itertools.combinations(range(len(row)), 2), key=lambda pair: pair[1] - pair[0]):
        again = list(row)
        again[i], again[j] = again[j], again[i]
        yield again


def signs(row: ast.List) -> Iterator[Change]:
    """An entry of an array that is written out, with the other sign."""
    for k, entry in enumerate(row.elts):
        if number(entry) is None and not isinstance(entry, ast.List):
            yield 2, "sign", ast.List([*row.elts[:k], ast.UnaryOp(ast.USub(), entry), *row.elts[k + 1 :]], ast.Load())


def exchanges(node: ast.Tuple | ast.List) -> Iterator[Change]:
    """Two entries of a row of results in each other's place."""
    if any(isinstance(e, ast.Constant | ast.UnaryOp | ast.Slice) for e in node.elts):
        return  # axes and places
    for elements in two_exchanged(node.elts):
        yield 2, "swapped", type(node)(elements, ast.Load())


def number(node: ast.AST) -> int | float | None:
    """The number that is written there, with its sign."""
    try:
        value = ast.literal_eval(node)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return None
    return value if type(value) in (int, float) else None


def root(node: ast.Call) -> str:
    return getattr(getattr(node.func, "value", None), "id", "")


# ---------------------------------------------------------------- what stands where


def bounding(node: ast.AST) -> Iterator[ast.AST]:
    """What a comparison or a clip takes for its bounds."""
    if isinstance(node, ast.Compare):
        yield from node.comparators
    elif isinstance(node, ast.Call) and called(node) == "clip":
        yield from node.args[1:]


def sizes(node: ast.AST) -> Iterator[ast.AST]:
    """What a call takes that wants lengths: another one there could cost a lot."""
    if isinstance(node, ast.Call) and called(node) in SIZES:
        yield from (*node.args, *node.keywords)


def measured(node: ast.AST) -> Iterator[ast.AST]:
    """What only its length or its number of axes is asked of, and comparisons of such."""
    if isinstance(node, ast.Attribute) and node.attr in ("shape", "size", "ndim"):
        yield node.value
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len":
        yield from (n for a in node.args for n in ast.walk(a))
    elif isinstance(node, ast.Compare) and re.search(r"\.(shape|size|ndim)\b|\blen\(", ast.unparse(node)):
        yield from ast.walk(node)


def a_size(node: ast.AST) -> TypeGuard[ast.Subscript]:
    """``x.shape[k]``: along another axis it costs no more."""
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape"


def likened(node: ast.AST) -> Iterator[ast.AST]:
    """What gives nothing but its shape to new zeros."""
    if isinstance(node, ast.Call) and called(node) == "zeros_like":
        yield from (n for a in node.args for n in ast.walk(a))


def held(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.AST, str]]:
    """What is put into a list, and which: a list within itself is looked through without end."""
    for node in nodes:
        if isinstance(node, ast.Call) and re.search(r"\.(append|insert)$", ast.unparse(node.func)):
            yield from ((n, ast.unparse(node.func).rpartition(".")[0]) for a in node.args for n in ast.walk(a))


def mentions(tree: ast.AST, text: str) -> bool:
    """Whether a name or an attribute stands in an expression."""
    return any(ast.unparse(n) == text for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute))
