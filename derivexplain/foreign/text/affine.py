"""Affine: which argument is the data, which the matrix, or the filters, and which the offset in ``np.dot(A, h) + c``.

Whatever they are called: rows are examples where the data stand on the left, else columns.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import FunctionType
from typing import Any

from ...checking.source import text_of
from .code import Code, method_of, parsed
from .things import normal, required, roles
from .uses import kept_names, space_of

USUAL = (("x", "W", "b"), ("x", "h", "Wx", "Wh", "b"))  # roles that names tell
PRODUCTS = ("dot", "matmul")


@lru_cache(256)
def affine(code: Code, conventions: Any) -> dict[str, str]:
    """The shapes of forward's arguments; {} where their names say so, or where it is no such map of all of them."""
    front = method_of(code.source.text, code.names[0])
    given = [p.name for p in required(code.forward_args)]
    known = tuple(next(iter(roles(n, conventions)), "") for n in given)
    if front is None or len(given) < 3 or known in USUAL:  # a @ b: of two neither need be a matrix
        return {}
    for terms in sums(front, space_of(code)):
        products = [p for t in terms if (p := product(t)) is not None]
        offsets = [t for t in terms if product(t) is None]
        named = [*map(bare, (*itertools.chain(*products), *offsets))]
        cell = [n for n in given if n not in named] if len(products) == 2 and "lstm" in normal(code.name) else []
        if len(offsets) < 2 and sorted([*named, *cell[:1]]) == sorted(given):
            found = shapes(products, offsets, given, code.source.text, conventions)
            return gated(found, products[1], cell[0]) if cell else found
    return {}


def sums(function: ast.AST, known: Mapping[str, Any]) -> Iterator[list[ast.expr]]:
    """What is added up in a text, the longest sums before their parts; then in the functions that it calls."""
    nodes = [*ast.walk(function)]
    yield from (added(n) for n in nodes if isinstance(n, ast.BinOp | ast.Call))
    for call in (n for n in nodes if isinstance(n, ast.Call)):
        own = known.get(call.func.id) if isinstance(call.func, ast.Name) else None
        plain = all(isinstance(a, ast.Name) for a in call.args) and not call.keywords
        if plain and isinstance(own, FunctionType) and (text := text_of(own)):
            names = dict(zip(own.__code__.co_varnames, map(ast.unparse, call.args)))
            tree = parsed(text)
            for one in (n for n in ast.walk(tree) if isinstance(n, ast.Name)):
                one.id = names.get(one.id, one.id)
            yield from sums(tree, {})


def added(node: ast.expr) -> list[ast.expr]:
    plain = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)
    return [*added(node.left), *added(node.right)] if plain else [node]  # type: ignore[attr-defined]


def product(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return left, right
        case ast.Call(func=ast.Attribute(attr=name), args=[left, right]) if name in PRODUCTS:
            return left, right
        case ast.Call(func=ast.Attribute(attr="dot", value=left), args=[right]):
            return left, right
    return None


def gated(found: Mapping[str, str], second: tuple[ast.expr, ast.expr], cell: str) -> dict[str, str]:
    """The same for four gates side by side: the state, and the cell beside it, are a quarter as wide."""
    state = min(map(bare, second), key=lambda n: "N" not in found[n])
    wide = {n: shape.replace("M", "4M") if shape != "(M,M)" else "(M,4M)" for n, shape in found.items()}
    return wide | {state: found[state], cell: found[state]}


def bare(node: ast.expr) -> str:
    """The name of an operand, transposed or not; its text where it is more than that."""
    return ast.unparse(node.value) if turned(node) else ast.unparse(node)  # type: ignore[attr-defined]


def turned(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"


def shapes(
    products: list[tuple[ast.expr, ast.expr]], offsets: list[ast.expr], given: list[str], text: str, conventions: Any
) -> dict[str, str]:
    """By the name: data come before weights among the arguments, unless one of two is called as weights are.

    Of several products the second one's data are as wide as what comes out, as a state is.
    """
    found: dict[str, str] = {}
    for left, right in products:
        both = bare(left), bare(right)
        weights = [n for n in both if roles(n, conventions)[:1] == ["W"]]
        data = next((n for n in both if weights == [*({*both} - {n})]), min(both, key=given.index))
        rows = data == both[0]
        x, matrix = (left, right) if rows else (right, left)
        axes = "MM" if found else "DM"
        shape = f"(N,{axes[0]})" if rows else f"({axes[0]})" if "outer(" in text else f"({axes[0]},N)"
        wide = axes if rows != turned(matrix) else axes[::-1]
        found[data] = f"({shape[3:-1]},{shape[1]})" if turned(x) and "," in shape else shape
        found[bare(matrix)] = f"({wide[0]},{wide[1]})"
    kept = re.search(r"keepdims *= *True|sum\(.*\.reshape\(", text) is not None
    along = "(M)" if "N" not in shape or (rows and not kept) else "(1,M)" if rows else "(M,1)"
    return found | dict.fromkeys(map(bare, offsets), along)


@lru_cache(256)
def part_of(code: Code, name: str, conventions: Any) -> str:
    """Whether an argument is the weights, "W", or what is added for each output, "b", whatever it is called.

    Filters are an array of which three lengths or more are asked for, beside the data. "" for all others.
    """
    given = [p.name for p in required(code.constructor)] or [p.name for p in required(code.forward_args)][1:]
    filters = [n for n in given if parts_of(code, n) > 2]
    weights = filters or [n for n in given if roles(n, conventions)[:1] == ["W"]]
    added_to = [n for n in given if only_added(code, n)] if code.constructor and len(given) == 2 else []
    if len(added_to) == 1 and all(n in added_to or weighs_data(code, n) for n in given):  # params, intercept
        return "b" if name in added_to else "W" if name in given else ""
    if name not in given or len(weights) != 1:
        return ""
    summed = re.search(rf"(?m)^ *(self\.)?(d|g|grad)\w*?_?{re.escape(name)}\b.*=.*\bsum\(", code.source.text)
    offset = name not in weights and (filters or summed) and only_added(code, name)
    return "W" if name in filters else "b" if offset else ""


@lru_cache(64)
def assigned(text: str) -> list[tuple[str, str]]:
    """What is assigned to what, one by one: ``x, k = self.x, self.k`` are two, ``f, c = k.shape`` is one."""
    lines = (n for n in ast.walk(parsed(text)) if isinstance(n, ast.Assign))
    pairs = (pair for s in lines for pair in one_by_one(s.targets[0], s.value))
    return [(listed(place), listed(value)) for place, value in pairs]


def one_by_one(place: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """The parts of what is assigned, with what each is given, where they are as many; else the whole."""
    places, values = (getattr(v, "elts", [v]) for v in (place, value))
    return [*zip(places, values)] if len(places) == len(values) else [(place, value)]


def listed(value: ast.expr) -> str:
    return ", ".join(map(ast.unparse, getattr(value, "elts", [value])))


def own_names(code: Code, name: str) -> set[str]:
    """What an argument is called in methods, or in a function: ``k = self.k``, ``x, k = self.x, self.k``."""
    kept = {f"self.{n}" for n in kept_names(code, name)} if code.style == "class" and code.constructor else {name}
    for place, value in assigned(code.source.text):
        kept |= {place} if value in kept else set()
    return kept


def parts_of(code: Code, name: str) -> int:
    """How many lengths of an argument are asked for: ``f, c, h, w = k.shape``, ``k.shape[3]``; 0 for none."""
    text, own = code.source.text, own_names(code, name)
    if not own or ".shape" not in text:
        return 0
    wholes = {f"{n}.shape" for n in own}
    apart = [places.count(",") + 1 for places, value in assigned(text) if value in wholes]
    one = rf"(?<![\w.])(?:{'|'.join(map(re.escape, wholes))})\[(\d)\]"
    return max([0, *apart, *(int(k) + 1 for k in re.findall(one, text))])


def weighs_data(code: Code, name: str) -> bool:
    """Whether what is kept of an argument stands in a product with what forward is given first: ``x @ self.k``."""
    data, own = {p.name for p in code.forward_args[:1]}, own_names(code, name)
    nodes = (n for n in ast.walk(parsed(code.source.text)) if isinstance(n, ast.expr))
    pairs = (p for n in nodes if (p := product(n)) is not None)
    return any({*map(bare, pair)} & own and {*map(ast.unparse, pair)} & data for pair in pairs)


def only_added(code: Code, name: str) -> bool:
    """Whether forward adds an argument to something, along whichever axes, and does nothing else with it."""
    front = method_of(code.source.text, code.names[0]) or method_of(code.source.text, code.names[1])
    known = own_names(code, name)
    nodes = [*ast.walk(front)] if front else []
    steps = (n for n in nodes if isinstance(n, ast.Assign | ast.AugAssign) and known & {*places_of(n)})
    moved = {id(n) for step in steps for n in ast.walk(step)}  # a class that trains computes what it moves there
    nodes = [n for n in nodes if id(n) not in moved]
    plain = [n for n in nodes if isinstance(n, ast.BinOp | ast.AugAssign) and isinstance(n.op, ast.Add)]
    operands = [v for n in plain for v in ([n.left, n.right] if isinstance(n, ast.BinOp) else [n.value])]
    added_up = {id(along(v)) for v in operands}
    noted = {id(v) for n in nodes for v in held(n)}
    used = [n for n in nodes if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)]
    used = [n for n in used if ast.unparse(n) in known and id(n) not in noted]
    return bool(used) and all(id(n) in added_up for n in used)


def places_of(node: ast.Assign | ast.AugAssign) -> list[str]:
    return [ast.unparse(t) for t in getattr(node, "targets", None) or [node.target]]  # type: ignore[union-attr]


def held(node: ast.AST) -> list[ast.expr]:
    """What is kept as it is: ``c = self.c``, ``cache = (x, k, c)``."""
    match node:
        case ast.Assign(value=value):
            return [value]
        case ast.Tuple(elts=values) | ast.List(elts=values) | ast.Dict(values=values):
            return values
    return []


def along(node: ast.expr) -> ast.expr:
    """What is laid along other axes, ``b[:, None]``, ``b.reshape(1, -1)``, or picked out of, ``b[f]``."""
    while True:
        match node:
            case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(attr="reshape", value=inner)):
                node = inner
            case _:
                return node
