"""Forms: a slope by what comes out of a function, ``s * (1 - s)``, for one by what goes in, or the reverse."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator

from .places import Renamed


def slope_forms(
    function: ast.FunctionDef, others: Iterable[ast.FunctionDef]
) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """What a derivative of one argument works out, and the same of the function's value there, or without it."""
    given = [a.arg for a in function.args.args if a.arg != "self"]
    if len(given) != 1:
        return
    curves = called_with_one(others)
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Assign) and node.value is not None:
            inside = [ast.unparse(n) for n in ast.walk(node.value) if of_one(n, given[0])]
            for whole in dict.fromkeys(inside):
                new = Renamed({whole: ast.Name(given[0], ast.Load())}).visit(copy.deepcopy(node.value))
                yield "value-for-slope", node.value, new
            plain = isinstance(node, ast.Return) and not inside and isinstance(node.value, ast.BinOp)
            for curve in curves if plain else ():
                value = ast.Call(curve, [ast.Name(given[0], ast.Load())], [])
                yield "input-for-output", node.value, Renamed({given[0]: value}).visit(copy.deepcopy(node.value))


def of_one(node: ast.AST, name: str) -> bool:
    """Whether it is a function of an argument as it is: ``self.sigmoid(x)``."""
    match node:
        case ast.Call(args=[ast.Name(id=given)], keywords=[]):
            return given == name
    return False


def called_with_one(functions: Iterable[ast.FunctionDef]) -> list[ast.expr]:
    """The functions of these that they call with one argument: ``sigmoid(z)``, ``self.act(z)``, and tanh."""
    functions = list(functions)
    own = {f.name for f in functions}
    found: dict[str, ast.expr] = {}
    for call in (n for f in functions for n in ast.walk(f) if isinstance(n, ast.Call)):
        word = ast.unparse(call.func)
        if len(call.args) == 1 and not call.keywords and (word.removeprefix("self.") in own or word == "np.tanh"):
            found[word] = call.func
    return list(found.values())
