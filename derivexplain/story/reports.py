"""What was found about code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .record import Record
from .verdicts import Diagnosis, Verdict


@dataclass(frozen=True)
class Finding(Record):
    """One question put to a layer: a stable `code`, how it went, and a message a student can use.

    `status` is "pass", "fail", "warn" or "skip"; `where` is ``path:line`` of the user's own code; `bound` is a
    power of ten that every difference between numbers stayed below, in units of the largest of them (or of 1).
    """

    code: str
    status: str
    message: str
    where: str = ""
    counterexample: Mapping[str, Any] | None = None
    diagnosis: tuple[Diagnosis, ...] = ()
    verdict: Verdict | None = None
    bound: float | None = None


OUTCOMES = ("correct", "hazards", "factor", "wrong", "vacuous", "forward-differs", "crashes", "not-set-up")


@dataclass(frozen=True, repr=False)
class Report(Record):
    """All findings about one layer; `outcome` is one of `OUTCOMES`, `verdict` about its backward pass."""

    target: str
    outcome: str
    findings: tuple[Finding, ...]
    verdict: Verdict
    seed: int = 0
    formula: str = ""  # the mathematics it was held against, as text
    how: str = ""  # where that mathematics came from: "given", "by name", "by numbers", "traced"
    next_step: str = ""

    @property
    def ok(self) -> bool:
        """At least one value finding passed and none failed."""
        passed = any(f.status == "pass" and f.code.startswith("value") for f in self.findings)
        return passed and not any(f.status == "fail" for f in self.findings)
