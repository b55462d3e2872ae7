"""Settings: a factor that an edit puts in, by the name of what the layer was set up with."""

from __future__ import annotations

import ast
import itertools
import types
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..running import compiled, running
from .assigning import with_value
from .edits import Edit
from .stock import known
from .trials import Trial


def as_setting(
    edit: Edit,
    of: tuple[types.FunctionType, ast.FunctionDef],
    whole: Sequence[ast.FunctionDef],
    trial: Trial,
    right: tuple[str, ...],
) -> Edit:
    """A factor of 2 or a half by the name of a setting, ``/ self.tau``, by which the layer multiplies or divides."""
    function, tree = of
    stands = edit.new.value if isinstance(edit.new, ast.Assign | ast.AugAssign | ast.Return) else edit.new
    match stands:
        case ast.BinOp(ast.Constant(value=2 | 0.5), ast.Mult(), value) if edit.code == "factor":
            factors = [n for n in known(tree, whole) if ast.unparse(n) in multiplying(whole)]
        case _:
            return edit
    for name, op in itertools.product(factors, (ast.Mult(), ast.Div())):
        scaled = ast.BinOp(value, op, name)
        other = replace(edit, new=scaled if stands is edit.new else with_value(edit.new, scaled))  # type: ignore[arg-type]
        with other.made():
            code = compiled(tree, function)
        with running(function, code or function.__code__):
            if set(trial.right(right)) == set(right):
                return other
    return edit


def multiplying(functions: Iterable[ast.AST]) -> set[str]:
    """The names that stand alone as a factor or a divisor."""
    nodes = (n for f in functions for n in ast.walk(f) if isinstance(n, ast.BinOp))
    by = [side for n in nodes if isinstance(n.op, ast.Mult | ast.Div) for side in (n.left, n.right)]
    return {ast.unparse(n) for n in by if isinstance(n, ast.Name | ast.Attribute)}
