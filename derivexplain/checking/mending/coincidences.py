"""Coincidences: edits that put a gradient right by chance alone, at the numbers that it happens to be tried at."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..subject import Bench
from .edits import Edit

ALONG_ONE = {"a column": r"\.(sum|mean)\(axis=(1|-1)\b", "a row": r"\.(sum|mean)\(axis=0\b"}  # a sum of one number


def by_chance(edit: Edit, bench: Bench) -> bool:
    """Whether an edit brings in a setting that is 0, 1, or says whether: any other such would do; or an idle sum."""
    held = getattr(bench.fresh()[0], "__dict__", {})
    if alike(edit.new, held):
        return True
    given = defaults(bench.subject.functions)
    plain = {f"self.{k}" for k, v in held.items() if is_plain(v)} | {k for k, v in given.items() if is_plain(v)}
    plain -= {word for name, _ in bench.subject.options for word in name.split()}  # asked with others too: "pad 0"
    plain |= {*bench.subject.rates}
    texts_ = [ast.unparse(ast.fix_missing_locations(e)) for e in (edit.old, edit.new)]
    old, new = (set(re.findall(r"(?:self\.)?\b[^\W\d]\w*", t)) for t in texts_)
    sums = ALONG_ONE.get(bench.subject.scene)
    if sums is not None and re.search(sums, texts_[1]) and not re.search(sums, texts_[0]):
        return True
    return not plain.isdisjoint(new - old) or (len(old) == 1 and old <= plain - new)


def is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | float) and value in (0, 1)


def alike(new: ast.AST, held: Mapping[str, Any]) -> bool:
    """Whether one setting is divided by another, or taken off it, and the two happen to be equal: a square window."""
    if not isinstance(new, ast.BinOp) or not isinstance(new.op, ast.Div | ast.FloorDiv | ast.Sub | ast.Mod):
        return False
    left, right = (held.get(ast.unparse(n).removeprefix("self.")) for n in (new.left, new.right))
    return isinstance(left, int | float) and left == right


def defaults(functions: Iterable[Any]) -> dict[str, Any]:
    """What the arguments of functions are where nobody gives them."""
    found: dict[str, Any] = {}
    for f in functions:
        code, values = getattr(f, "__code__", None), getattr(f, "__defaults__", None) or ()
        if code is not None and values:
            found |= zip(code.co_varnames[code.co_argcount - len(values) : code.co_argcount], values)
    return found
