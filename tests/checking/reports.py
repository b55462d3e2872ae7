"""What a report says, by a word: findings of a status or a code, and the reasons that they give."""

from __future__ import annotations

from derivexplain.story import Diagnosis, Finding, Report


def findings(report: Report, *words: str) -> list[Finding]:
    """Those that have each of these words for their status or their code."""
    return [f for f in report.findings if {f.status, f.code}.issuperset(words)]


def codes(report: Report, *words: str) -> set[str]:
    return {f.code for f in findings(report, *words)}


def reasons(report: Report, *words: str) -> list[Diagnosis]:
    return [d for f in findings(report, *words) for d in f.diagnosis]


def named(report: Report, *words: str) -> set[str]:
    return {d.code for d in reasons(report, *words)}
