"""Stock: the values, bounds and numbers that a function has at hand."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TypeGuard

from .places import called


def known(function: ast.FunctionDef, others: Iterable[ast.FunctionDef]) -> list[ast.expr]:
    """What values a function has at hand: its arguments, its own names, attributes; in the order of the text."""
    found: dict[str, ast.expr] = {}
    asked = {id(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}  # a method is no value
    apart = {
        n.value.id
        for n in ast.walk(function)
        if isinstance(n, ast.Assign) and isinstance(n.value, ast.Name) and isinstance(n.targets[0], ast.Tuple)
    }  # x, y = saved
    for a in (*function.args.args, *function.args.kwonlyargs):
        if a.arg not in ("self", "cls", "ctx", "cache", *apart):
            found[a.arg] = ast.Name(a.arg, ast.Load())
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = ast.Name(node.id, ast.Load())
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self" and id(node) not in asked:
            found[ast.unparse(node)] = ast.Attribute(node.value, node.attr, ast.Load())
    for node in (n for other in others for n in ast.walk(other)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.setdefault(ast.unparse(node), ast.Attribute(node.value, node.attr, ast.Load()))
    return list(found.values())


def bounds(functions: Iterable[ast.FunctionDef]) -> list[ast.expr]:
    """What the layer clips at or compares sizes with: a bound that backward may have lost."""
    found: dict[str, ast.expr] = {}
    for node in (n for f in functions for n in ast.walk(f)):
        given = node.comparators if isinstance(node, ast.Compare) else []
        if isinstance(node, ast.Call) and called(node) == "clip":
            given = node.args[-1:]
        found |= {ast.unparse(g): g for g in given if isinstance(g, ast.Name | ast.Attribute | ast.Constant)}
    return [g for g in found.values() if not isinstance(g, ast.Constant) or is_number(g)][:3]


def is_number(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)
