"""Tables: functions beside their derivatives, in a dictionary's entries, a tuple, or what one function returns."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...checking.subject import Source
from ..text.modules import Module
from ..text.things import (
    Pair,
    given_back,
    joined,
    matches,
    normal,
    parameters,
    required,
    source_of,
    undecorated,
    written,
)


def entries(module: Module, conventions: Any) -> Iterator[tuple[int, Pair]]:
    """``{"tanh": (f, df)}``, ``{"tanh": {"f": f, "df": df}}``, and two dictionaries with the same keys."""
    tables = {name: (table, node) for node in module.tree.body for name, table in table_of(node, module)}
    for name, (table, node) in tables.items():
        beside = {k: tables[n] for n in slopes_of(name, tables, conventions) for k in tables[n][0]}
        for key, text in texts(node):
            value, places = table.get(key), [text]
            if key in beside:
                other, far = beside[key]
                value, places = (value, other[key]), [text, *(t for k, t in texts(far) if k == key)]
            if isinstance(value, dict) and len(value) == 2 and sloped(list(value)[1], conventions):
                value = tuple(value.values())
            value = tuple(map(called, value)) if isinstance(value, tuple | list) else ()
            if len(value) == 2 and all(map(takes_one, value)):
                front, back = value
                lines = [(ast.get_source_segment(module.text, p) or "", p.lineno) for p in places]
                source = Source(module.path, *joined([Source(module.path, *line) for line in lines]))
                yield text.lineno, Pair(f"{name}.{key}", front, back, True, source)


def couples(module: Module, conventions: Any) -> Iterator[tuple[int, Pair]]:
    """``sigm = (lambda x: ..., lambda x: ...)``: a function and its derivative under one name."""
    for node in module.tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=[a, b]) | ast.List(elts=[a, b])):
                value = module.names.get(name)
                alike = isinstance(a, ast.Lambda) and isinstance(b, ast.Lambda)
                if not (alike or (isinstance(b, ast.Name) and sloped(b.id, conventions))):
                    continue
                if isinstance(value, tuple | list) and len(value) == 2 and all(map(takes_one, value)):
                    text = Source(module.path, ast.get_source_segment(module.text, node) or "", node.lineno)
                    yield node.lineno, Pair(name, value[0], value[1], True, text)


def table_of(node: ast.stmt, module: Module) -> Iterator[tuple[str, Any]]:
    """The name and the dictionary that a statement gives it."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict()):
            if isinstance(table := module.names.get(name), dict):
                yield name, table


def texts(node: Any) -> list[tuple[Any, ast.expr]]:
    """What stands in a dictionary, key by key."""
    return [(k.value, v) for k, v in zip(node.value.keys, node.value.values) if isinstance(k, ast.Constant)]


def slopes_of(name: str, tables: Mapping[str, Any], conventions: Any) -> list[str]:
    """The dictionary that holds the derivatives of this one's functions: the only other one whose name says so."""
    others = [n for n in tables if n != name and sloped(n, conventions)]
    return others if len(others) == 1 and not sloped(name, conventions) else []


def sloped(name: Any, conventions: Any) -> bool:
    """Whether a name says that derivatives are kept under it."""
    return isinstance(name, str) and matches(rf"({conventions.SLOPE})s?(func(tion)?s?)?", normal(name))


def called(function: Any) -> Any:
    """What an entry calls: a ufunc of NumPy's as a function of its own."""
    return (lambda x: function(x)) if isinstance(function, np.ufunc) and function.nin == 1 else function


def takes_one(function: Any) -> bool:
    return inspect.isfunction(function) and len(required(parameters(function))) == 1


def gives_slope(function: Any, module: Module, conventions: Any) -> Pair | None:
    """A function of one array that returns its value and its derivative: ``return s, ds``."""
    node = written(function, module)
    if node is None:
        return None
    returns = given_back(node)
    match returns[-1:]:
        case [ast.Tuple(elts=[ast.Name(id=value), ast.Name(id=slope)])]:
            said = slope in (f"d{value}", f"d_{value}", "D", "J") or re.search("prime|deriv|grad|jac", slope.lower())
            if inspect.isroutine(module.names.get(slope)):
                return None  # what looks functions up by name: return tanh, tanh_derivative
            if said and takes_one(function) and value != required(parameters(function))[0].name:
                first, second = (lambda x: function(x)[0]), (lambda x: function(x)[1])
                return Pair(node.name, first, second, True, source_of(function, module), (undecorated(function),))
    return None
