"""A page's budget of formulas: readers such as GitHub stop drawing formulas once a page has cost too much.

Every formula costs one, and one more for each brace that opens in it. Where a page would pass its budget, the
costliest aligned formulas are set as plain text instead, so that all others are drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any


def cost(formula: str) -> int:
    return 1 + formula.count("{")


def displayed(source: str, opening: str, closing: str) -> list[str]:
    """The displayed formulas of a page, each fenced by lines of its own."""
    fenced = rf"^{re.escape(opening)}\n(.*?)\n{re.escape(closing)}$"
    return re.findall(fenced, source, re.DOTALL | re.MULTILINE)


def inline(source: str, pattern: str) -> list[str]:
    opening, closing = map(re.escape, pattern.split("%s"))
    return re.findall(f"{opening}([^\n]+?){closing}", source)


def too_dear(rows: Sequence[Any], source: str, form: Any) -> tuple[Any, ...]:
    """Those of the aligned formulas (all that the page displays, in order) that the page cannot afford."""
    costs = [cost(formula) for formula in displayed(source, form.open_math, form.close_math)]
    left = sum(costs) + sum(map(cost, inline(source, form.inline))) - form.budget
    spelt = []
    for price, item in sorted(zip(costs, rows), key=lambda pair: -pair[0]):
        if left > 0 or price > form.budget / 2:  # one formula may take half of it
            spelt.append(item)
            left -= price
    return tuple(spelt)
