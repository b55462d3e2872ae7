"""Reported: a network's backward that returns how far off it was, ``return np.mean(error**2)``, and no gradient."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..text.code import Code, method_of
from ..text.things import given_back, second, targeted

FAR_OFF = re.compile(r"\w*(err|loss|cost|diff|resid)\w*", re.IGNORECASE)
WHOLE = ("sum", "mean", "average", "norm", "float")  # of all entries, where no axis is told


def silent(code: Code, conventions: Any) -> Code:
    """The layer as one whose backward keeps to itself what it returns that is no gradient: ``return loss, grads``."""
    run, told = code.backward, reported(code, conventions)
    if run is None or not any(told):
        return code
    names = [n for n, t in zip(code.returns, told) if not t] if len(code.returns) == len(told) else code.returns

    def backward(*given: Any) -> Any:
        result = run(*given)
        parts = result if isinstance(result, tuple) else (result,)
        if len(parts) != len(told):
            return result
        rest = tuple(p for p, t in zip(parts, told) if not t)
        return rest if len(rest) > 1 else next(iter(rest), None)

    return replace(code, backward=backward, returns=() if all(told) else tuple(names))


def reports(code: Code, conventions: Any) -> bool:
    """Whether all that backward returns is no gradient."""
    told = reported(code, conventions)
    return bool(told) and all(told)


@lru_cache(64)
def reported(code: Code, conventions: Any) -> tuple[bool, ...]:
    """Which parts of what backward returns say how far the output is off its targets, or how far on the whole."""
    backward = method_of(code.source.text, code.names[1])
    given = given_back(backward)
    if given and given[-1] and len(given) == 1 and steps_given(backward, given[-1]):
        return (True,) * len(given[-1].elts)
    targets = {p.name for p in code.backward_args if targeted(p.name, conventions)}
    if backward is None or not given or code.style == "fused":
        return ()
    rows = [v.elts if isinstance(v, ast.Tuple) else [v] for v in given if v is not None]
    if len(rows) < len(given) or len({*map(len, rows)}) > 1:
        return ()
    curved = tuple(second(v) for v in rows[-1])
    if any(curved) and not all(curved):
        return curved
    if not targets:
        return ()
    told = tuple(all(tells(v, backward, targets) for v in parts) for parts in zip(*rows))
    if len(told) > 1:  # the mean of an error may be the gradient of a bias
        told = tuple(t and FAR_OFF.fullmatch(ast.unparse(v)) is not None for t, v in zip(told, rows[-1]))
    return told if not all(told) or code.beside or keeps(backward) else ()


def keeps(backward: ast.FunctionDef) -> bool:
    """Whether it keeps what it works out in the instance: ``self.W -= rate * dW``, ``self.dW[i] = dW``."""
    places = [n for n in ast.walk(backward) if isinstance(n, ast.Attribute | ast.Subscript)]
    return any(isinstance(n.ctx, ast.Store) and ast.unparse(n).startswith("self.") for n in places)


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
        case ast.BinOp(left=one, op=ast.Add() | ast.Sub(), right=two):
            return number(one) and number(two)
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


def steps_given(backward: ast.FunctionDef | None, value: ast.expr | None) -> bool:
    """Whether what is returned are the steps that the parameters take: ``self.w -= rate * d * x``, ``d * x, d``."""
    parts = [factors(e) for e in value.elts] if isinstance(value, ast.Tuple) else []
    nodes = ast.walk(backward) if backward and parts else ()
    steps = [n for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.op, ast.Sub)]
    taken = [factors(n.value) for n in steps if ast.unparse(n.target).startswith("self.")]
    fits = [[len(t) == len(p) + 1 and not Counter(p) - Counter(t) for t in taken] for p in parts]
    return 1 < len(parts) == len(taken) and all(sum(row) == 1 for row in (*fits, *zip(*fits)))


def factors(value: ast.expr) -> list[str]:
    """What a product multiplies."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        return [*factors(value.left), *factors(value.right)]
    return [ast.unparse(value)]
