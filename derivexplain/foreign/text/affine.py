"""Affine: which argument is the data, which the matrix and which the offset in ``np.dot(A, h) + c``.

Whatever they are called: rows are examples where the data stand on the left, else columns.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from .code import Code, method_of
from .things import normal, required, roles

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
    for terms in sums(front):
        products = [p for t in terms if (p := product(t)) is not None]
        offsets = [t for t in terms if product(t) is None]
        named = [*map(bare, (*itertools.chain(*products), *offsets))]
        cell = [n for n in given if n not in named] if len(products) == 2 and "lstm" in normal(code.name) else []
        if len(offsets) < 2 and sorted([*named, *cell[:1]]) == sorted(given):
            found = shapes(products, offsets, given, code.source.text, conventions)
            return gated(found, products[1], cell[0]) if cell else found
    return {}


def sums(function: ast.FunctionDef) -> Iterator[list[ast.expr]]:
    """What is added up in a text, the longest sums before their parts."""
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp | ast.Call):
            yield added(node)


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
    kept = re.search(r"keepdims *= *True|\.reshape\(", text) is not None
    along = "(M)" if "N" not in shape or (rows and not kept) else "(1,M)" if rows else "(M,1)"
    return found | dict.fromkeys(map(bare, offsets), along)
