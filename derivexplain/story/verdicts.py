"""What is known of an equality, and the slip behind a false one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .record import Record


@dataclass(frozen=True)
class Diagnosis(Record):
    """A named slip: a stable `code`, a teacher's sentence, and the part of the formula it sits in."""

    code: str
    message: str
    location: str = ""

    __str__ = object.__str__


@dataclass(frozen=True, repr=False)
class Verdict(Record):
    """What can be said of "a equals b".

    `status` is "proved", "refuted", "agrees" or "undecided"; `by` names the rung that decided;
    `conditions` (SymPy relations such as x > 0) hold the proof; `exceptions` are points where forward
    has a kink; `points` and `digits` say how much was tried. A refuted verdict carries a
    `counterexample` (name -> Fraction or float) with both values there.
    """

    status: str
    by: str = ""
    conditions: tuple[Any, ...] = ()
    exceptions: tuple[Any, ...] = ()
    points: int = 0
    digits: int = 0
    counterexample: Mapping[str, Fraction | float] | None = None
    claimed: Any = None
    true: Any = None
    diagnosis: tuple[Diagnosis, ...] = ()
    understood: tuple[tuple[str, Any], ...] = ()  # ("forward", expr), ("claim", expr), ("domain", ...)
    note: str = ""

    @property
    def ok(self) -> bool:
        return self.status in ("proved", "agrees")


@dataclass(frozen=True)
class StepsVerdict(Record):
    """One Verdict a line of somebody's own derivation; behaves as a sequence of them."""

    verdicts: tuple[Verdict, ...]

    @property
    def first_false(self) -> int | None:
        """The index of the first line that does not equal the one before; None where all stand."""
        return next((i for i, v in enumerate(self.verdicts) if v.status == "refuted"), None)

    @property
    def ok(self) -> bool:
        return all(v.ok for v in self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    def __getitem__(self, i: Any) -> Any:
        return self.verdicts[i]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)
