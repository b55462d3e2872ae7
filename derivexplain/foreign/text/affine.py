"""Affine: which argument is the data, which the matrix and which the offset in ``np.dot(A, h) + c``.

Whatever they are called: rows are examples where the data stand on the left, else columns.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .code import Code, method_of
from .things import required, roles

PRODUCTS = ("dot", "matmul")


@lru_cache(256)
def affine(code: Code, conventions: Any) -> dict[str, str]:
    """The shapes of forward's arguments; {} where their names say so, or where it is no such map of all of them."""
    front = method_of(code.source.text, code.names[0])
    given = [p.name for p in required(code.forward_args)]
    known = [roles(n, conventions)[:1] for n in given]
    if front is None or len(given) not in (2, 3) or known in (usual := [["x"], ["W"], ["b"]], usual[:2]):
        return {}
    for left, right, offset in maps(front):
        named = [n for n in (left, right, offset) if n is not None]
        if sorted(map(bare, named)) == sorted(given):
            return shapes(left, right, offset, given, code.source.text, conventions)
    return {}


def maps(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr, ast.expr | None]]:
    """The products in a text, with what is added to each, if anything is."""
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if found := product(one):
                    yield *found, other
    for node in ast.walk(function):
        if isinstance(node, ast.expr) and (found := product(node)):
            yield *found, None


def product(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return left, right
        case ast.Call(func=ast.Attribute(attr=name), args=[left, right]) if name in PRODUCTS:
            return left, right
        case ast.Call(func=ast.Attribute(attr="dot", value=left), args=[right]):
            return left, right
    return None


def bare(node: ast.expr) -> str:
    """The name of an operand, transposed or not; its text where it is more than that."""
    return ast.unparse(node.value) if turned(node) else ast.unparse(node)  # type: ignore[attr-defined]


def turned(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"


def shapes(
    left: ast.expr, right: ast.expr, offset: ast.expr | None, given: list[str], text: str, conventions: Any
) -> dict[str, str]:
    """By the name: the data come first among the arguments, unless one is called as weights are."""
    first = next((n for n in given if n in (bare(left), bare(right))), "")
    weights = [n for n in map(bare, (left, right)) if "W" in roles(n, conventions)[:1]]
    data = next((n for n in (bare(left), bare(right)) if weights == [*({bare(left), bare(right)} - {n})]), first)
    rows = data == bare(left)
    x, matrix = (left, right) if rows else (right, left)
    kept = re.search(r"keepdims *= *True|\.reshape\(", text) is not None
    shape = "(N,D)" if rows else "(D)" if "outer(" in text else "(D,N)"
    wide = "(D,M)" if rows != turned(matrix) else "(M,D)"
    along = "(M)" if shape == "(D)" or (rows and not kept) else "(1,M)" if rows else "(M,1)"
    if turned(x):
        shape = {"(N,D)": "(D,N)", "(D,N)": "(N,D)"}.get(shape, shape)
    return {data: shape, bare(matrix): wide} | ({bare(offset): along} if offset is not None else {})
