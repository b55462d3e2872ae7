"""Reported: a network's backward that returns how far off it was, ``return np.mean(error**2)``, and no gradient."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..text.code import Code, backward_of, method_of
from ..text.things import given_back, targeted

FAR_OFF = re.compile(r"\w*(err|loss|cost|diff|resid)\w*", re.IGNORECASE)
WHOLE = ("sum", "mean", "average", "norm", "float")  # of all entries, where no axis is told


def silent(code: Code, conventions: Any) -> Code:
    """The layer as one whose backward returns nothing, where what it returns is no gradient."""
    run = code.backward
    if run is None or not reports(code, conventions):
        return code
    return replace(code, backward=lambda *given: (run(*given), None)[1], returns=())


@lru_cache(64)
def reports(code: Code, conventions: Any) -> bool:
    """Whether all that backward returns says how far the output is off its targets, or how far on the whole."""
    last = getattr(code.functions[-1], "__name__", "") if code.functions else ""
    backward = backward_of(code) or method_of(code.source.text, last)
    given = given_back(backward)
    targets = {p.name for p in code.backward_args if p.name == "Y" or targeted(p.name, conventions)}
    if backward is None or not given or not targets or not (code.beside or keeps(backward)):
        return False
    return all(v is not None and tells(v, backward, targets) for v in given)


def keeps(backward: ast.FunctionDef) -> bool:
    """Whether it keeps what it works out in the instance: ``self.W -= rate * dW``, ``self.dW[i] = dW``."""
    stored = (
        n for n in ast.walk(backward) if isinstance(n, ast.Attribute | ast.Subscript) and isinstance(n.ctx, ast.Store)
    )
    return any(ast.unparse(n).startswith("self.") for n in stored)


def tells(value: ast.expr, backward: ast.FunctionDef, targets: set[str]) -> bool:
    """Whether a value is a single number worked out here, or what the output and the targets differ by."""
    if number(value):
        return True
    name = ast.unparse(value)
    set_ = [n for n in ast.walk(backward) if isinstance(n, ast.Assign) and name in map(ast.unparse, n.targets)]
    return bool(set_) and all(number(n.value) or (FAR_OFF.fullmatch(name) and off(n.value, targets)) for n in set_)


def number(value: ast.expr) -> bool:
    """Whether an expression reduces all that it is given: ``-np.sum(t * np.log(y)) / len(y)``."""
    match value:
        case ast.UnaryOp(operand=inner) | ast.BinOp(left=inner, op=ast.Div()) | ast.BinOp(right=inner, op=ast.Mult()):
            return number(inner)
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), keywords=words):
            free = isinstance(value.func, ast.Name) or ast.unparse(value.func.value) in ("np", "numpy", "np.linalg")
            return name in WHOLE and len(value.args) == free and not words
    return False


def off(value: ast.expr, targets: set[str]) -> bool:
    """Whether targets are taken off something, or it off them."""
    sides = [value.left, value.right] if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub) else []
    return any(isinstance(s, ast.Name) and s.id in targets for s in sides)
