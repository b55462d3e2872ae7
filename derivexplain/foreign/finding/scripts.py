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
from ..text.things import Methods, role, targeted
from .descents import descent, stepped
from .steps import names, reads


def scripts(module: Module, conventions: Any) -> Iterator[tuple[int, str, Methods]]:
    """The loops of a file that train, each with its line and the name of the file."""
    known = {n.name for n in module.tree.body if isinstance(n, ast.FunctionDef)}
    for k, loop in enumerate(module.tree.body):
        if isinstance(loop, ast.For) and (text := as_function(module.tree.body[:k], loop, module, conventions)):
            tree = ast.parse(text)
            (node,) = (n for n in tree.body if isinstance(n, ast.FunctionDef))
            if made := descent(node, replace(module, text=text, tree=tree), known, conventions):
                yield loop.lineno, node.name, made


def as_function(above: list[ast.stmt], loop: ast.For, module: Module, conventions: Any) -> str:
    """The file's lines with nothing but the loop, as a function of its data and targets; "" where it has none."""
    made = [s for s in above if isinstance(s, ast.Assign | ast.AnnAssign | ast.AugAssign)]
    stored = {n for s in made for n in names(s, ast.Store)}
    weights = stepped(ast.FunctionDef("", ast.arguments([], [], None, [], [], None, []), [*made, loop], []), [loop])
    rest = [n for n in dict.fromkeys(ordered(loop)) if n in stored - weights]
    targets = [n for n in rest if targeted(n, conventions)]
    data = [n for n in rest if role(n, conventions) == "x" and n not in targets]
    if not weights or len(data) != 1 or len(targets) != 1:
        return ""
    given = {*data, *targets}
    wanted, kept = reads(loop) - given, list[ast.stmt]([loop])
    for s in reversed(made):
        if names(s, ast.Store) & wanted and not names(s, ast.Store) & given:
            kept.insert(0, s)
            wanted |= reads(s) - given
    rows = placed(kept)
    if not rows:
        return ""
    lines = module.text.split("\n")
    new = [""] * len(lines)
    for stated, row in rows:
        for k, line in enumerate(lines[stated.lineno - 1 : stated.end_lineno]):
            new[row - 1 + k] = f"    {line}" if line.strip() else ""
    name = re.sub(r"\W", "_", Path(module.path).stem)
    new[rows[0][1] - 2] = f"def {name if name.isidentifier() else 'script'}({data[0]}, {targets[0]}):"
    return "\n".join(new)


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
