"""Numbers in messages: short, but never so short that two different numbers look the same."""

from __future__ import annotations

import math
from typing import Any

TOLD = 6  # significant digits where they are enough
EVERY = 17


def told(*numbers: float) -> tuple[str, ...]:
    """The first number and those it is held against, with two digits at least of what parts them."""
    first, *others = (float(n) for n in numbers)
    gaps = [abs(first - n) for n in others if n != first and math.isfinite(first - n)]
    size = max((abs(n) for n in (first, *others) if math.isfinite(n)), default=0.0)
    digits = min(EVERY, math.ceil(math.log10(size / min(gaps))) + 2) if gaps and size else 0
    how = f"#.{digits}g" if digits > TOLD else f".{TOLD}g"
    return tuple(format(n, how) for n in (first, *others))


def number(value: Any, *others: Any) -> str:
    """A value of any kind as `told` tells it beside the others; what is no real number as it is."""
    try:
        return told(value, *others)[0]
    except (TypeError, ValueError):
        return str(value)
