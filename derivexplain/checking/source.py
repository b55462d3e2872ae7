"""Source: texts, and slips that they alone show: misspelt methods, lost returns, attributes that nobody stores."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from types import FunctionType
from typing import Any

from ..story import Diagnosis, Finding
from .flow import outer, read_flow
from .subject import Source


@lru_cache(maxsize=256)
def text_of(function: Any) -> str:
    """A function's text; "" where it has none."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError, SyntaxError):
        return ""


def methods_of(cls: type) -> dict[str, FunctionType]:
    """The functions of a class and its bases, by name."""
    return {n: f for base in reversed(cls.__mro__) for n, f in vars(base).items() if inspect.isfunction(f)}


def read_source(
    source: Source,
    misspelt: Mapping[str, str],
    backward: Collection[str],
    cls: type | None = None,
    known: Mapping[str, Any] | None = None,
    own: Collection[str] = (),
) -> tuple[Finding, ...]:
    """What can be said from the text of one layer; nothing where it cannot be read. `known` are its globals.

    `own` are the names of its functions, where the text of a pair spans others too.
    """
    try:
        tree = ast.parse(textwrap.dedent(source.text))
    except (SyntaxError, ValueError):
        return ()
    if own_ones := [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in own]:
        tree.body = [n for n in tree.body if not isinstance(n, ast.FunctionDef) or n in own_ones]
    here = Place(source)
    found = list(read_flow(tree, here, known or {}, lambda name: is_backward(name, backward)))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            found += spelling(node, here, misspelt)
            found += never_stored(node, here, cls)
        if isinstance(node, ast.FunctionDef):
            found += no_return(node, here)
        if isinstance(node, ast.BinOp):
            found += precedence(node, here)
        if isinstance(node, ast.Assign):
            found += unpacking(node, here)
    return tuple(found)


class Place:
    """Turns a node into ``path:line`` of the user's file, and its line."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def __call__(self, node: ast.AST) -> str:
        return f"{self.source.path}:{self.source.first + node.lineno - 1}" if self.source.path else ""

    def text(self, node: ast.AST) -> str:
        return self.source.line(self.source.first + node.lineno - 1).strip()


def warn(code: str, message: str, where: str, kind: str = "state") -> Finding:
    return Finding(f"source-{code}", "warn", message, where, diagnosis=(Diagnosis(kind, message),))


def spelling(cls: ast.ClassDef, here: Place, misspelt: Mapping[str, str]) -> Iterator[Finding]:
    names = {n.name for n in cls.body if isinstance(n, ast.FunctionDef)}
    for node in cls.body:
        if isinstance(node, ast.FunctionDef) and (meant := misspelt.get(node.name)) and meant not in names:
            if node.name == "init" and "__init__" not in names and len(node.args.args) < 2:
                continue
            yield warn("misspelt", f"the method {node.name} looks like a slip for {meant}", here(node))


def stores(tree: ast.AST) -> set[str]:
    """Attributes of self that are given a value somewhere."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del) and is_self(node.value):
            found.add(node.attr)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            found.add("*")
        if isinstance(node, ast.Attribute) and node.attr in ("__dict__", "update"):
            found.add("*")
    return found


def is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def is_none(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def never_stored(cls: ast.ClassDef, here: Place, real: type | None) -> Iterator[Finding]:
    """Read in forward or backward, but only ever None, or never stored at all."""
    stored = stores(cls)
    if "*" in stored:
        return
    init = next((n for n in cls.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    nothing = set()
    for node in ast.walk(init) if init else ():
        if isinstance(node, ast.Assign) and is_none(node.value):
            nothing |= {t.attr for t in node.targets if isinstance(t, ast.Attribute)}
    for node in ast.walk(init) if init else ():  # only on one of two ways
        if isinstance(node, ast.Assign | ast.AnnAssign) and not is_none(node.value):
            nothing -= stores(node)
    set_ = (n for n in ast.walk(cls) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
    elsewhere = {n.attr for n in set_ if not is_self(n.value)}  # node.input = ..., by its neighbours
    for method in cls.body:
        if method is not init:
            elsewhere |= stores(method)
    known = {*(dir(real) if real else ()), *(getattr(n, "name", "") for n in cls.body)}
    bases = [b for b in cls.bases if not (isinstance(b, ast.Name) and b.id == "object")]
    seen = set()
    for method in cls.body:
        if not isinstance(method, ast.FunctionDef) or method is init:
            continue
        for node in ast.walk(method):
            if not (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and is_self(node.value)):
                continue
            name = node.attr
            if name in seen or name in elsewhere:
                continue
            if name in nothing:
                seen.add(name)
                message = f"self.{name} is read in {method.name}, but no method ever sets it: it stays None"
                yield Finding(
                    "source-never-set",
                    "fail",
                    message,
                    here(node),
                    diagnosis=(Diagnosis("state", message, f"self.{name}"),),
                )
            elif not bases and name not in stored | known and not name.startswith(("__", "_derivexplain")):
                seen.add(name)
                yield warn("never-stored", f"self.{name} is read in {method.name}, but nothing stores it", here(node))


def no_return(function: ast.FunctionDef, here: Place) -> Iterator[Finding]:
    """A gradient computed in the last line and not returned."""
    if function.name not in ("forward", "backward") or any(
        isinstance(n, ast.Return | ast.Yield) for n in ast.walk(function)
    ):
        return
    final = function.body[-1]
    target = final.targets[0] if isinstance(final, ast.Assign) else None
    if isinstance(target, ast.Name) and target.id not in outer(function) and not asks_a_part(final):
        message = f"{function.name} computes {target.id} and does not return it"
        yield warn("no-return", message, here(final), "extra")


def asks_a_part(line: ast.stmt) -> bool:
    """Whether it calls a method of what an instance keeps, ``d = self.first.backward(d)``, which works for itself."""
    called = line.value.func if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call) else None
    whose = called.value if isinstance(called, ast.Attribute) else None
    return isinstance(whose, ast.Attribute) and getattr(whose.value, "id", "") == "self"


def unreturned(source: Source, name: str) -> Finding | None:
    """A forward that gives nothing back: its last line works something out and loses it."""
    with suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(textwrap.dedent(source.text))):
            if not isinstance(node, ast.FunctionDef) or node.name != name:
                continue
            last, here = node.body[-1], Place(source)
            plain = isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name)
            worked_out = isinstance(last, ast.Expr) and isinstance(last.value, ast.BinOp | ast.Call)
            if (plain or worked_out) and not any(isinstance(n, ast.Return) for n in ast.walk(node)):
                said = f"{name} gives nothing back: what its last line works out is not returned"
                return Finding("crash", "fail", said, here(last))
    return None


def precedence(node: ast.BinOp, here: Place) -> Iterator[Finding]:
    """``1 / 1 + exp(-x)`` where 1/(1 + exp(-x)) was meant."""
    left = node.left
    if (
        isinstance(node.op, ast.Add)
        and isinstance(left, ast.BinOp)
        and isinstance(left.op, ast.Div)
        and all(isinstance(s, ast.Constant) and s.value in (1, 1.0) for s in (left.left, left.right))
    ):
        yield warn(
            "precedence",
            f"`{here.text(node)}` reads as (1/1) + ...; 1/(1 + ...) needs its brackets",
            here(node),
            "inverted",
        )


def unpacking(node: ast.Assign, here: Place) -> Iterator[Finding]:
    """``W = self.params`` where ``W, = self.params`` was meant."""
    target, value = node.targets[0], node.value
    if (
        isinstance(target, ast.Name)
        and target.id in ("W", "w", "b")
        and isinstance(value, ast.Attribute)
        and value.attr in ("params", "grads")
        and is_self(value.value)
    ):
        yield warn(
            "unpacking",
            f"{target.id} = self.{value.attr} is the whole list; {target.id}, = self.{value.attr} takes "
            f"its one entry",
            here(node),
        )


def gradient_line(
    source: Source, variable: str, backward: Collection[str], own: Collection[str] = (), ran: Collection[int] = ()
) -> str:
    """``path:line`` where backward works out the gradient of a variable: its last assignment, else the return.

    `own` are the names of the layer's functions, where its text spans others too; `ran` the lines that ran, if known.
    """
    try:
        tree = ast.parse(textwrap.dedent(source.text))
    except (SyntaxError, ValueError):
        return ""
    bare = plain(variable.split("[")[0] if not variable.endswith("']") else variable.split("'")[-2])
    here, best = Place(source), None
    within = {n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.name in own for n in ast.walk(f)}
    given = handed_out(tree)
    for function in given or ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or not (given or is_backward(function.name, backward)):
            continue
        if own and function.name not in own and function not in within:
            continue
        for node in ast.walk(function):
            if ran and getattr(node, "lineno", 0) + source.first - 1 not in ran:
                continue
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AugAssign)
                else []
            )
            words = {plain(word) for t in targets for word in spelled(t)}
            if {f"d{bare}", f"grad{bare}", f"{bare}grad", f"{bare}gradient"} & words or {bare, "grad"} <= words:
                best = node
            if isinstance(node, ast.Return) and node.value is not None and best is None:
                best = node
    return here(best) if best is not None else ""


def handed_out(tree: ast.AST) -> list[ast.AST]:
    """The functions within a function that it returns, as its backward: ``return y, pullback``."""
    found: list[ast.AST] = []
    for whole in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        within = {n.name: n for n in ast.walk(whole) if isinstance(n, ast.FunctionDef) and n is not whole}
        given = [n.value for n in ast.walk(whole) if isinstance(n, ast.Return)] if within else []
        parts = [p for v in given for p in (v.elts if isinstance(v, ast.Tuple) else [v])]
        names = {p.id for p in parts if isinstance(p, ast.Name)}
        found += [f for name, f in within.items() if name in names]
    return found


def is_backward(name: str, known: Collection[str]) -> bool:
    word = plain(name)
    return word in known or any(w in word for w in ("backward", "prime", "grad", "deriv", "backprop"))


def plain(name: str) -> str:
    return name.lower().replace("_", "")


def spelled(target: ast.expr) -> Iterator[str]:
    """Names, attributes and string keys in the target of an assignment."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield "d" + node.value
