"""Coincidences: edits that put a gradient right by chance alone, at the numbers that it happens to be tried at."""

from __future__ import annotations

import ast
import re

from ..subject import Bench
from .edits import Edit

ALONG_ONE = {"a column": r"\.(sum|mean)\(axis=(1|-1)\b", "a row": r"\.(sum|mean)\(axis=0\b"}  # a sum of one number


def by_chance(edit: Edit, bench: Bench) -> bool:
    """Whether an edit brings in a setting that is 0, 1, or says whether: any other such would do; or an idle sum."""
    held = getattr(bench.fresh()[0], "__dict__", {})
    plain = {f"self.{k}" for k, v in held.items() if isinstance(v, bool | int | float) and v in (0, 1)}
    plain |= {*bench.subject.rates}
    texts_ = [ast.unparse(ast.fix_missing_locations(e)) for e in (edit.old, edit.new)]
    old, new = (set(re.findall(r"(?:self\.)?\b[^\W\d]\w*", t)) for t in texts_)
    sums = ALONG_ONE.get(bench.subject.scene)
    if sums is not None and re.search(sums, texts_[1]) and not re.search(sums, texts_[0]):
        return True
    return not plain.isdisjoint(new - old) or (len(old) == 1 and old <= plain)
