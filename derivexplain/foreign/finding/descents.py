"""Descents: plain functions that train, ``gradient_descent(X, y, w)``, told as classes that train themselves.

What a turn moves is kept, and so is what the function is given for it; the lines stay where they are.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...python_text import rewritten
from ..text.modules import Module
from ..text.things import Methods, matches, normal
from ..text.uses import moved_by
from .steps import names, reads
from .trained import forward, trained
from .training import TRAIN, trainings

STEPS = r"\b(lr|eta|alpha|\w*rate|step_?size|step|epsilon|a|l|r|gamma)\b|delta|grad|\d(e-\d+)? \*"
OTHERS = r"grad(?!_?desc)|back|deriv|prime|step\("  # a gradient that another function gives; not of a curve
CURVES = r"sigm|relu|tanh|act|soft|nonlin|logist"


def descents(module: Module, conventions: Any) -> Iterator[tuple[int, str, Methods]]:
    """The functions of a file that train, each with its line and name."""
    known = {n.name for n in module.tree.body if isinstance(n, ast.FunctionDef)}
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef) and (made := descent(node, module, known, conventions)):
            yield node.lineno, node.name, made


def descent(node: ast.FunctionDef, module: Module, known: set[str], conventions: Any) -> Methods | None:
    """A function that trains as a class; None where it is none."""
    asked = {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    loops = [n for n in node.body if isinstance(n, ast.For)]
    if not loops or node.lineno < 2 or node.decorator_list or any(gives_gradients(n) for n in asked & known):
        return None
    weights = stepped(node, loops)
    if not weights or not re.search(STEPS, ast.unparse(node)):
        return None
    node, module = with_rate(node, weights, module)
    kept: set[str] = set()
    for _ in range(2):
        text = as_class(node, module, weights, kept, conventions)
        tree = ast.parse(text)
        made = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == node.name)
        found = next(trainings(made, conventions, always=True), None)
        if found is None or (cut := found.cut()) is None:
            return None
        given = {a.arg for a in node.args.args} - {found.data, found.target}
        front = ast.parse(forward(found, *cut))
        wanted = (reads(front) & given) - {n for n in names(front, ast.Store) if n not in given}
        if wanted <= kept:
            break
        kept |= wanted
    return trained(made, type(node.name, (), {}), replace(module, text=text, tree=tree), conventions, always=True)


def with_rate(node: ast.FunctionDef, weights: set[str], module: Module) -> tuple[ast.FunctionDef, Module]:
    """The same where the rate is no number in every step, ``w -= 1e-6 * dw``, but an argument that has this value."""
    steps = [s for s in ast.walk(node) if isinstance(s, ast.stmt) and moves_name(s) in weights]
    factors = [rate_of(s) for s in steps]
    if not steps or len({f.value if f else None for f in factors}) > 1 or not factors[0] or RATE in reads(node):
        return node, module
    places = ((f.lineno, f.col_offset, f.end_col_offset or 0, RATE) for f in factors if f)
    text = "\n".join(rewritten(module.text.split("\n"), places))
    tree = ast.parse(text)
    again = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.lineno == node.lineno)
    again.args.args.append(ast.arg(RATE))
    again.args.defaults.append(factors[0])
    return again, replace(module, text=text, tree=tree)


def rate_of(s: ast.stmt) -> ast.Constant | None:
    """The number in front of what a line steps by: ``w -= 0.01 * x.T @ d / n``."""
    step = moved_by(s)
    first = step[1] if step else None
    while isinstance(first, ast.BinOp) and isinstance(first.op, ast.Mult | ast.Div | ast.MatMult):
        first = first.left
    return first if isinstance(first, ast.Constant) and isinstance(first.value, float) else None


RATE = "rate"


def gives_gradients(name: str) -> bool:
    return re.search(OTHERS, name) is not None and re.search(CURVES, name.lower()) is None


def kept_locally(node: ast.ClassDef, module: Module, conventions: Any) -> tuple[ast.ClassDef, Module] | None:
    """A class whose training keeps its weights in names of its own, ``W -= rate * dW``, as one that keeps them."""
    lines, found = module.text.split("\n"), False
    for m in node.body:
        if isinstance(m, ast.FunctionDef) and re.fullmatch(TRAIN, m.name.lower()):
            own = stepped(m, [n for n in m.body if isinstance(n, ast.For)]) - {a.arg for a in m.args.args}
            lines, found = kept_in(lines, m, own), found or bool(own)
    if not found:
        return None
    text = "\n".join(lines)
    tree = ast.parse(text)
    again = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.lineno == node.lineno)
    return again, replace(module, text=text, tree=tree)


def kept_in(lines: list[str], node: ast.FunctionDef, own: set[str]) -> list[str]:
    """The lines with these names of a function as attributes."""
    places = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in own]
    return rewritten(lines, ((n.lineno, n.col_offset, n.col_offset, "self.") for n in places))


def stepped(node: ast.FunctionDef, loops: list[ast.For]) -> set[str]:
    """The names that its loops move, which are there before them and are read for more than for their own step."""
    before = {a.arg for a in node.args.args}
    found: set[str] = set()
    for s in node.body:
        if s in loops:
            moves = {n for o in ast.walk(s) if isinstance(o, ast.stmt) and (n := moves_name(o))}
            others = (o for o in ast.walk(s) if isinstance(o, ast.Assign | ast.AugAssign) and not moves_name(o))
            tests = (o.test for o in ast.walk(s) if isinstance(o, ast.If))
            read = {n for e in (*(o.value for o in others), *tests) for n in reads(e)}
            found |= {n for n in moves & before if n in read}
        before |= names(s, ast.Store)
    return found


def moves_name(s: ast.stmt) -> str:
    """The name that a line moves: ``w -= rate * dw``, ``w = w - rate * dw``; "" for one that counts."""
    step = moved_by(s)
    if step is None or (isinstance(s, ast.AugAssign) and isinstance(s.value, ast.Constant)):
        return ""
    return step[0].id if isinstance(step[0], ast.Name) else ""


def as_class(node: ast.FunctionDef, module: Module, weights: set[str], kept: set[str], conventions: Any) -> str:
    """The file's text with the function as a method of a class of its name, which keeps its weights."""
    end = node.end_lineno or node.lineno
    lines = [n if node.lineno <= k <= end else "" for k, n in enumerate(module.text.split("\n"), 1)]
    own = {*weights, *kept}
    lines = kept_in(lines, node, own)
    init = [a for a in node.args.args if a.arg in own]
    rest = copy.deepcopy(node.args)
    named = dict(zip([a.arg for a in node.args.args][::-1], node.args.defaults[::-1]))
    rest.args = [ast.arg("self"), *(a for a in data_first(node, conventions) if a.arg not in own)]
    rest.defaults = [named[a.arg] for a in rest.args if a.arg in named]
    body = node.body[0].lineno - 1
    for k in range(node.lineno - 1, body):
        lines[k] = ""
    indented = [f"    {line}" if line.strip() else line for line in lines[body:end]]
    indented = [re.sub(r"^(\s*return)\b.*$", r"\1", line) if "return" in line else line for line in indented]
    lines[body:end] = indented
    lines[node.lineno - 2] = f"class {node.name}:"
    lines[node.lineno - 1] = f"    def {node.name}({ast.unparse(rest)}):"
    first = [f"{a.arg}={ast.unparse(named[a.arg])}" if a.arg in named else a.arg for a in init]
    sets = [f"        self.{a.arg} = {a.arg}" for a in init]
    if init:
        lines[end:end] = [f"    def __init__(self, {', '.join(sorted(first, key=lambda f: '=' in f))}):", *sets]
    return "\n".join(lines)


def data_first(node: ast.FunctionDef, conventions: Any) -> list[ast.arg]:
    """Its arguments, data and targets before the others."""
    told = f"{conventions.TARGET}|y"
    every = node.args.args
    at = next((k for k, a in enumerate(every) if k and matches(told, normal(a.arg))), 0)
    both = [every[at - 1], every[at]] if at else []
    return [*both, *(a for a in every if a not in both)]
