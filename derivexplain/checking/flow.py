"""Flow: where values go in the text of a layer: never used, overwritten in a loop, drawn anew, from outside."""

from __future__ import annotations

import ast
import builtins
import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding

USUAL = 3  # gradients of a file that are added to, where that is its habit
UNRUN = "__unrun__"  # among a file's names: those that are given something only where it is run itself
Where = tuple[str, str, ast.AST, str]  # code, message, node, diagnosis


def read_flow(tree: ast.AST, here: Any, known: Mapping[str, Any], is_backward: Any) -> Iterator[Finding]:
    """What the text suggests; `known` are the globals that its functions see."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    inner = {g for f in functions for g in ast.walk(f) if g is not f and isinstance(g, ast.FunctionDef)}
    for function in functions:
        found = list(free(function, known)) if known and function not in inner else []  # outer ones read inner ones
        if is_backward(function.name):
            found += [
                *unused(function),
                *overwritten(function),
                *drawn(function),
                *replaced(function, here.source.path),
            ]
        for code, message, node, kind in found:
            yield Finding(f"source-{code}", "warn", message, here(node), diagnosis=(Diagnosis(kind, message),))


def names(nodes: Iterable[ast.AST], context: type) -> set[str]:
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def unused(function: ast.FunctionDef) -> Iterator[Where]:
    """A result that is worked out, given a name, and never looked at again."""
    nodes = list(ast.walk(function))
    read = names(nodes, ast.Load) | outer(function)
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp | ast.Call):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id not in read and not target.id.startswith("_"):
                    yield "unused", f"{target.id} is computed and never used", node, "path-missing"


def outer(function: ast.FunctionDef) -> set[str]:
    """The names that a function sets outside of itself: ``global W``."""
    return {name for n in ast.walk(function) if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}


def overwritten(function: ast.FunctionDef) -> Iterator[Where]:
    """A gradient set with = at every turn of a loop, so that the last turn alone is left."""
    seen: set[ast.AST] = set()
    for loop in ast.walk(function):
        if not isinstance(loop, ast.For):
            continue
        for node in (n for n in ast.walk(loop) if n not in seen):
            seen.add(node)
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            text = ast.unparse(target) if target is not None else ""
            if isinstance(target, ast.Attribute):
                others = (n for n in ast.walk(loop) if isinstance(n, ast.Attribute) and n is not target)
                again = any(ast.unparse(n) == text for n in others)
            elif isinstance(target, ast.Subscript):  # windows that overlap: i : i + k, not i * k : (i + 1) * k
                ends = [n.upper for n in ast.walk(target) if isinstance(n, ast.Slice)]
                again = not any(isinstance(e, ast.BinOp) and not isinstance(e.op, ast.Mult) for e in ends)
            else:
                continue
            if not again:
                message = f"{text} is set anew at every turn of the loop; contributions must be added (+=)"
                yield "overwritten", message, node, "unsummed"


def replaced(function: ast.FunctionDef, path: str) -> Iterator[Where]:
    """What hangs on an argument set with =, where the file's other operations add to it: ``x.grad += ...``."""
    for node in (n for n in function.body if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Attribute)):
        target, text = node.targets[0], ast.unparse(node.targets[0])
        word = getattr(target, "attr", "")
        others = {ast.unparse(n) for n in ast.walk(node.value) if isinstance(n, ast.Attribute) and n.attr == word}
        if not others or text in others or not isinstance(getattr(target, "value", None), ast.Name):
            continue  # it starts anew, or is added to by hand
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if len(re.findall(rf"\w\.{word} *\+= ", Path(path).read_text(encoding="utf-8"))) >= USUAL:
                message = f"{text} is set with =, others of the file are added to: of two uses of it one is lost"
                yield "replaced", f"{message} (+=)", node, "unsummed"


DRAWS = re.compile(  # np.random.rand, self.rng.normal
    r"\.random\.|\b_?(rng|gen|generator|random_?state)\.(standard_normal|normal|uniform|random|binomial|randn?)\."
)


def drawn(function: ast.FunctionDef) -> Iterator[Where]:
    idle = [n for n in ast.walk(function) if isinstance(n, ast.If) and ast.unparse(n.test) == "False"]
    left_out = {id(part) for n in idle for part in ast.walk(n)}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and id(node) not in left_out and DRAWS.search(f"{ast.unparse(node.func)}."):
            message = f"{function.name} draws random numbers of its own; forward's must be kept and used"
            yield "random", message, node, "state"
            return


def free(function: ast.FunctionDef, known: Mapping[str, Any]) -> Iterator[Where]:
    """Names from outside that nothing defines, or that stand for data: a notebook's globals."""
    nodes = list(ast.walk(function))
    arguments = {a.arg for n in nodes if isinstance(n, ast.arguments) for a in bound(n)}
    inside = names(nodes, ast.Store) | arguments | imported(nodes) | {"self", function.name}
    inside |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    inside |= {n.name for n in nodes if isinstance(n, ast.ExceptHandler) and n.name}
    told: set[str] = set()
    arrays: list[ast.Name] = []
    for node in nodes:
        if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)) or node.id in inside | told:
            continue
        told.add(node.id)
        if node.id not in known and node.id not in known.get(UNRUN, ()) and not hasattr(builtins, node.id):
            message = f"{node.id} is defined nowhere in the file: a global of a notebook? Give it as an argument"
            yield "free-name", message, node, "state"
        elif isinstance(known.get(node.id), np.ndarray) and known[node.id].dtype.kind == "f":
            arrays.append(node)
    if arrays:
        words = ", ".join(n.id for n in sorted(arrays, key=lambda n: (n.lineno, n.col_offset)))
        which, them = (f"array {words}", "it") if len(arrays) == 1 else (f"arrays {words}", "them")
        message = f"{function.name} uses the global {which}: whoever changes {them} changes the layer"
        yield "global", message, arrays[0], "state"


def bound(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (a for a in (arguments.vararg, arguments.kwarg) if a)


def imported(nodes: Iterable[ast.AST]) -> set[str]:
    found = (n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom))
    return {(alias.asname or alias.name).split(".")[0] for n in found for alias in n.names}
