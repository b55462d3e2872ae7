"""Reports as text for a terminal, and as records again once they have crossed the border of a child process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..digits import exponent
from ..python_text import shown_line
from ..story import Diagnosis, Finding, Report, Verdict

MARKS = {"pass": "ok  ", "fail": "FAIL", "warn": "warn", "skip": "skip"}
SAYS = {
    "correct": "correct",
    "hazards": "right, with hazards",
    "factor": "off by a constant factor",
    "wrong": "wrong",
    "vacuous": "nothing to check",
    "forward-differs": "forward is not what its name or formula says",
    "crashes": "stops with an error",
    "not-set-up": "could not be set up",
}


def headline(report: Report) -> str:
    """One line: the target, the outcome, the strongest that can be said."""
    v = report.verdict
    how = ""
    if v.status == "proved":
        how = f"; backward proved ({v.by})"
    elif v.status == "agrees":
        how = f"; backward agrees with {v.points} slopes of forward to {v.digits} digits"
    return f"{report.target}: {SAYS[report.outcome]}{how}"


def text(report: Report, passes: bool = True) -> str:
    """The report as a student reads it: failures first, each with the offending line."""
    lines = [headline(report)]
    equations = report.formula.strip().splitlines()
    if len(equations) == 1:
        lines.append(f"  held against {report.formula.strip()} ({report.how})")
    elif equations:
        lines += [f"  held against these equations ({report.how}):", *(f"    {e.strip()}" for e in equations)]
    order = {"fail": 0, "warn": 1, "skip": 2, "pass": 3}
    for finding in sorted(report.findings, key=lambda f: order[f.status]):
        if finding.status in ("pass", "skip") and not passes:
            continue
        lines += told(finding)
    if report.next_step:
        lines.append(f"  next: {report.next_step}")
    lines.append(f"  seed {report.seed}; every example is drawn from it")
    return "\n".join(lines)


def told(finding: Finding) -> list[str]:
    """A finding in a few lines: the message, the reason, the line of code."""
    message, *more = finding.message.split("\n")
    if finding.bound is not None:
        message += f"; differences < 1e{exponent(finding.bound)}"
    lines = [f"  {MARKS[finding.status]} {message}"]
    for d in finding.diagnosis[:2]:
        if d.message and d.message not in message:
            lines.append(f"       because: {d.message} [{d.code}]")
    path, _, number = finding.where.rpartition(":")
    code, cell = shown_line(path, int(number)) if number.isdigit() else ("", "")
    lines += [f"       {line.strip()}" for line in more if line.strip() != code]
    if finding.where:
        lines.append(f"       {finding.where}{cell}: {code}" if code else f"       {finding.where}")
    return lines


def passed(report: Report, strict: bool) -> bool:
    """Whether this report counts as agreement; strictly: proved, and no hazard."""
    if strict:
        return report.outcome == "correct" and report.verdict.status == "proved"
    return report.outcome in ("correct", "hazards") and report.verdict.status in ("proved", "agrees")


# ---------------------------------------------------------------- across the border


def lost(name: str, reason: str, message: str, seed: int) -> Report:
    """The report of a layer whose child process did not come back."""
    mend = {
        "time": "Look for an endless loop; --timeout gives more time.",
        "memory": "Look for an array far too large.",
    }
    return Report(
        name,
        "crashes",
        (Finding(reason, "fail", message),),
        Verdict("undecided", by="not run"),
        seed,
        next_step=mend.get(reason, "Take exits out of the layer's code."),
    )


def revived(data: Mapping[str, Any]) -> Report:
    """The record that a plain report came from."""
    fields = {k: v for k, v in data.items() if k not in ("schema", "kind")}
    fields["findings"] = tuple(_finding(f) for f in fields["findings"])
    fields["verdict"] = _verdict(fields["verdict"])
    return Report(**fields)


def _finding(data: Mapping[str, Any]) -> Finding:
    fields = {k: v for k, v in data.items() if k != "kind"}
    fields["diagnosis"] = _diagnoses(fields["diagnosis"])
    fields["verdict"] = _verdict(fields["verdict"]) if fields["verdict"] else None
    return Finding(**fields)


def _verdict(data: Mapping[str, Any]) -> Verdict:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "kind"}
    fields["diagnosis"] = _diagnoses(fields["diagnosis"])
    return Verdict(**fields)


def _diagnoses(data: Any) -> tuple[Diagnosis, ...]:
    return tuple(Diagnosis(**{k: v for k, v in d.items() if k != "kind"}) for d in data)
