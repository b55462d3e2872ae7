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
    wanted, kept = reads(loop) - {*data, *targets}, list[ast.stmt]([])
    for s in reversed(made):
        if names(s, ast.Store) & wanted and not names(s, ast.Store) & {*data, *targets}:
            kept.append(s)
            wanted |= reads(s) - {*data, *targets}
    kept.append(loop)
    first = min(s.lineno for s in kept)
    if first < 3:  # there is no room for a head
        return ""
    lines = module.text.split("\n")
    new = [""] * len(lines)
    for line in kept:
        for row in range(line.lineno - 1, line.end_lineno or line.lineno):
            new[row] = f"    {lines[row]}" if lines[row].strip() else ""
    name = re.sub(r"\W", "_", Path(module.path).stem)
    new[first - 2] = f"def {name if name.isidentifier() else 'script'}({data[0]}, {targets[0]}):"
    return "\n".join(new)


def ordered(loop: ast.For) -> Iterator[str]:
    """The names that a loop reads, in its order."""
    return (n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
