"""Scripts: files that train at their top level, ``for t in range(500): ...``, told as a function of data and targets.

Taken are the loop and what it needs of the lines above it; the lines stay where they are, and none of them is run
as a script.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..text.modules import Module
from ..text.things import Methods, matches, normal, role, targeted
from .descents import descent, stepped
from .steps import names, reads


def scripts(module: Module, conventions: Any) -> Iterator[tuple[int, str, Methods]]:
    """The loops of a file that train, each with its line and the name of the file."""
    known = {n.name for n in module.tree.body if isinstance(n, ast.FunctionDef)}
    for k, loop in enumerate(module.tree.body):
        if isinstance(loop, ast.For) and (text := as_function(module.tree.body[:k], loop, module, conventions)):
            try:
                tree = ast.parse(text)
            except SyntaxError:  # several statements in a line
                continue
            (node,) = (n for n in tree.body if isinstance(n, ast.FunctionDef))
            if made := descent(node, replace(module, text=text, tree=tree), known, conventions):
                yield loop.lineno, node.name, made


def as_function(above: list[ast.stmt], loop: ast.For, module: Module, conventions: Any) -> str:
    """The file's lines with nothing but the loop, as a function of its data and targets; "" where it has none."""
    made = [s for s in above if isinstance(s, ast.Assign | ast.AnnAssign | ast.AugAssign)]
    stored = {n for s in made for n in names(s, ast.Store)}
    weights = stepped(ast.FunctionDef("", ast.arguments([], [], None, [], [], None, []), [*made, loop], []), [loop])
    plain = (ast.Constant, ast.List, ast.Dict)  # rates, and what is noted down
    numbers = {n for s in made if isinstance(s.value, plain) for n in names(s, ast.Store)}
    rest = [n for n in dict.fromkeys(ordered(loop)) if n in stored - weights - numbers]
    targets = [n for n in rest if targeted(n, conventions)]
    others = [n for n in rest if n not in targets]
    data = [n for n in others if role(n, conventions) == "x"] or (others if len(others) == 1 else [])
    begun = {n for s in ast.walk(loop) if isinstance(s, ast.Assign) for n in names(s, ast.Store)}
    added = {n for s in ast.walk(loop) if isinstance(s, ast.AugAssign) for n in names(s, ast.Store)}
    if not weights or len(data) != 1 or len(targets) != 1 or added - begun - stored:  # made elsewhere
        return ""
    given = {*data, *targets}
    wanted = given_by({*reads(loop)} - given, [s for s in made if not names(s, ast.Store) & given])
    kept = [*(s for s in made if names(s, ast.Store) & wanted - given), loop]
    apart: dict[ast.stmt, Any] = {s: told_apart(s, conventions) for s in kept if isinstance(s, ast.Assign)}
    rates = [f"{n}={v}" for said, _ in apart.values() for n, v in said.items()]
    rows = placed([s for s in kept if s not in apart or not apart[s][0] or apart[s][1]])
    if not rows:
        return ""
    lines = module.text.split("\n")
    new = [""] * len(lines)
    makes = " ".join(ast.unparse(s) for s in made if names(s, ast.Store) & given_by(given, made))
    counted = {n for n in numbers if re.search(rf"\(\(?{n},", makes)}
    for stated, row in rows:
        for k, line in enumerate(lines[stated.lineno - 1 : stated.end_lineno]):
            new[row - 1 + k] = f"    {line}" if line.strip() else ""
        if stated in apart and apart[stated][0]:
            new[row - 1] = f"    {apart[stated][1]}"
        if isinstance(stated, ast.Assign) and names(stated, ast.Store) <= counted:  # m = 100; X = rand(m, 1)
            new[row - 1] = f"    {ast.unparse(stated.targets[0])} = len({data[0]})"
    name = re.sub(r"\W", "_", Path(module.path).stem)
    asked = ", ".join([*data, *targets, *rates])
    new[rows[0][1] - 2] = f"def {name if name.isidentifier() else 'script'}({asked}):"
    return "\n".join(new)


def given_by(wanted: set[str], made: list[Any]) -> set[str]:
    """Names, and those of which the lines make them."""
    found = {*wanted}
    for s in reversed(made):
        found |= reads(s) if names(s, ast.Store) & found else set()
    return found


def told_apart(s: ast.Assign, conventions: Any) -> tuple[dict[str, str], str]:
    """The rates and the strengths of penalties that a line says, ``lr, reg = 0.1, 1e-3``, and what else."""
    known = rf"{conventions.RATE}|{conventions.PENALTY}|reg\w*|lam\w*"
    places, values = ((e.elts if isinstance(e, ast.Tuple) else [e]) for e in (s.targets[0], s.value))
    if len(places) != len(values) or not all(isinstance(p, ast.Name) for p in places):
        return {}, ""
    said = {ast.unparse(p): v for p, v in zip(places, values)}
    rates = {
        n: ast.unparse(v)
        for n, v in said.items()
        if isinstance(v, ast.Constant) and isinstance(v.value, float) and matches(known, normal(n))
    }
    return rates, "; ".join(f"{n} = {ast.unparse(v)}" for n, v in said.items() if n not in rates)


def placed(kept: list[ast.stmt]) -> list[tuple[ast.stmt, int]]:
    """The lines at which statements stand; the first ones stand further down where there is no room for a head."""
    rows: list[tuple[ast.stmt, int]] = []
    least = 3
    for s in kept:
        rows.append((s, max(s.lineno, least)))
        least = rows[-1][1] + (s.end_lineno or s.lineno) - s.lineno + 1
    return rows if rows[-1][1] == kept[-1].lineno else []


def ordered(loop: ast.For) -> Iterator[str]:
    """The names that a loop reads, in its order."""
    return (n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
