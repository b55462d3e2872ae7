"""Turns: what a loop of training takes in one turn: all examples, one of them, or as many as a batch holds.

Where each step is taken for one example, that one is given alone; a batch is as long as all examples are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

ALL = "..."  # the place of an example that is given alone: X[...] is X


@dataclass(frozen=True)
class Turn:
    """One turn of a loop: over what it goes instead, and what that makes of its names."""

    over: str
    binds: tuple[str, ...] = ()  # what forward is told of them
    targets: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    single: bool = False


def whole_turn(loop: ast.For, data: str, target: str) -> Turn | None:
    """The one turn of a loop over examples or batches; None for one that only counts, or anything else."""
    over, name = loop.iter, ast.unparse(loop.target)
    while isinstance(over, ast.Call) and ast.unparse(over.func).split(".")[-1] in ("tqdm", "list") and over.args:
        over = over.args[0]
    if not isinstance(over, ast.Call):
        return None
    asked, given = ast.unparse(over.func), [ast.unparse(a) for a in over.args]
    parts = [ast.unparse(e) for e in loop.target.elts] if isinstance(loop.target, ast.Tuple) else [name]
    if asked == "zip" and {*given} == {data, target} and len(parts) == 2:
        return paired(parts, given, data)
    if asked == "enumerate" and len(parts) == 2 and len(given) == 1:
        if given[0] == data:
            return Turn(f"[({ALL}, {data})]", (f"{name} = {ALL}, {data}",), (), (parts[0],), True)
        inner, pair = over.args[0], loop.target.elts[1] if isinstance(loop.target, ast.Tuple) else None
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "zip" and isinstance(pair, ast.Tuple):
            both = [ast.unparse(a) for a in inner.args]
            if {*both} == {data, target} and len(pair.elts) == 2:
                made = paired([ast.unparse(e) for e in pair.elts], both, data)
                binds = (*made.binds, f"{parts[0]} = {ALL}")
                return Turn(f"[({ALL}, ({', '.join(both)}))]", binds, made.targets, (parts[0],), True)
    if re.fullmatch(r"range|(np\.random\.|rng\.|self\.rng\.)?permutation", asked) and isinstance(
        loop.target, ast.Name
    ):
        taken = rf"\b{re.escape(data)}\[{re.escape(name)}[\],]"
        if len(given) == 1 and re.search(taken, ast.unparse(loop)):
            return Turn(f"[{ALL}]", (f"{name} = {ALL}",), (), (name,), True)
        if len(given) == 3 and given[0] == "0":
            return Turn("[0]", (f"{name} = 0",), (), (name, *named(over.args[2])))
    return None


def named(node: ast.AST) -> Iterator[str]:
    """What the length of a batch is called."""
    yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    yield from (ast.unparse(n) for n in ast.walk(node) if isinstance(n, ast.Attribute))


def paired(parts: list[str], given: list[str], data: str) -> Turn:
    """For x, t in zip(X, y)."""
    at = given.index(data)
    return Turn(f"[({', '.join(given)})]", (f"{parts[at]} = {data}",), (parts[1 - at],), (), True)


def unmixed(s: ast.stmt) -> list[ast.stmt]:
    """Several assignments in one line, ``xb, yb = X[i:j], y[i:j]``, one by one."""
    if not isinstance(s, ast.Assign) or not isinstance(s.targets[0], ast.Tuple) or not isinstance(s.value, ast.Tuple):
        return [s]
    places, values = s.targets[0].elts, s.value.elts
    made = {n.id for p in places for n in ast.walk(p) if isinstance(n, ast.Name)}
    again = {n.id for v in values for n in ast.walk(v) if isinstance(n, ast.Name)} & made
    if len(places) != len(values) or again:
        return [s]
    return [ast.copy_location(ast.Assign([p], v), s) for p, v in zip(places, values)]


def unshuffled(text: str) -> str:
    """The same with all examples in their order: what is drawn among them is all of them."""
    text = re.sub(r"\b[\w.]+\.permutation\(([\w.]+(?:\[0\])?|len\(\w+\))\)", r"np.arange(\1)", text)
    return re.sub(r"(?m)^( *)[\w.]+\.shuffle\(\w+\)", r"\1pass", text)


def of_two_classes(text: str) -> str:
    """The same where the classes are those of the targets that are made here."""
    return re.sub(r"\bnp\.unique\((y\w*|labels|targets?|Y\w*)\)", "np.arange(2)", text)
