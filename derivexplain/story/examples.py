"""Numbers put through a graph, forward and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .record import Record


@dataclass(frozen=True)
class Share(Record):
    """What one operand of one node sends back to a value: a summand of its gradient."""

    node: str  # the first output of the node that sends it
    operand: int
    value: Any


@dataclass(frozen=True, repr=False)
class Run(Record):
    """Numbers put through a graph once: every value, every gradient of `of`, and what adds up to them.

    `order` names the nodes as forward visited them, `shares` holds for each value the summands of its
    gradient in the order in which backward added them.
    """

    of: str
    values: Mapping[str, Any]
    gradients: Mapping[str, Any]
    order: tuple[str, ...] = ()
    shares: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Line(Record):
    """One line of a worked example, ``left = symbols = numbers = value``, as trees of `typeset`.

    `left` is a letter (forward) or a derivative (backward), `symbols` what it is in letters (None for what
    is given), `numbers` the letters replaced by their numbers, None where that would say nothing new, and
    `result` the number (of an array, its shape); `value` is the same as plain data.
    """

    name: str
    left: Any
    symbols: Any = None
    numbers: Any = None
    result: Any = None
    value: Any = None
    shape: tuple[int, ...] | None = None
    layer: str = ""

    @property
    def sides(self) -> tuple[Any, ...]:
        """What stands between the equals signs."""
        return tuple(side for side in (self.left, self.symbols, self.numbers, self.result) if side is not None)
