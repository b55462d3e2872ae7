"""How records show themselves: as text in a terminal, and in the languages that notebooks know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import story, typeset
from ..digits import shown
from ..errors import InputError, did_you_mean
from ..language import language

MARKS = {"proved": "proved", "agrees": "agrees", "refuted": "FALSE", "undecided": "?"}


def text(record: Any) -> str:
    """The record as a reader meets it in a terminal."""
    for cls, show in SHOWN.items():
        if isinstance(record, cls):
            return show(record)
    fields = record.to_dict()
    return f"{fields['kind']}: " + ", ".join(f"{k}={v}" for k, v in fields.items() if k not in ("schema", "kind"))


def mimebundle(record: Any) -> dict[str, str]:
    """The record for a notebook."""
    return {"text/plain": text(record)}


def code(derivation: story.Derivation, dialect: str) -> str:
    """The derived gradient as code."""
    if dialect != "numpy":
        raise InputError(f"there is no code dialect {dialect!r}", mend=did_you_mean(dialect, ["numpy"]))
    from ..axes import lay_out
    from ..codegen import numpy_code

    return numpy_code(derivation, lay_out(derivation.formula))


def formula(expr: Any) -> str:
    return typeset.text(typeset.tree(expr))


def derivation(d: story.Derivation) -> str:
    words = language("en")
    before = formula(d.steps[0].before) if d.steps else formula(d.result)
    rows = [(formula(s.after), words.word("laws", s.law), MARKS[s.verdict.status]) for s in d.steps]
    width = min(max((len(row[0]) for row in rows), default=0), 72)
    lines = [before, *(f"  = {shown:<{width}}  {law} [{mark}]" for shown, law, mark in rows)]
    if d.output_form is not None:
        lines.append(f"in terms of {d.formula.output}: {formula(d.output_form)}")
    elif d.output_form_reason:
        lines.append(d.output_form_reason)
    if d.conditions:
        lines.append("where " + ", ".join(map(formula, d.conditions)))
    return "\n".join(lines)


def verdict(v: story.Verdict) -> str:
    how = f" ({v.by})" if v.by else ""
    if v.status == "agrees":
        how = f" at {v.points} points to {v.digits} digits, not proved"
    lines = [f"{v.status}{how}"]
    lines += [f"  {name}: {formula(what) if hasattr(what, 'free_symbols') else what}" for name, what in v.understood]
    if v.conditions:
        lines.append("  where " + ", ".join(map(formula, v.conditions)))
    if v.exceptions:
        lines.append("  except at " + ", ".join(map(formula, v.exceptions)))
    if v.counterexample is not None:
        at = ", ".join(f"{name} = {value}" for name, value in v.counterexample.items())
        lines.append(f"  at {at}: claimed {v.claimed}, true {v.true}")
    lines += [f"  {d.message} [{d.code}]" for d in v.diagnosis]
    if v.note:
        lines.append(f"  note: {v.note}")
    return "\n".join(lines)


def report(r: story.Report) -> str:
    from .reports import text as told

    return told(r)


def run(r: story.Run) -> str:
    lines = [f"gradients of {r.of}"]
    wide = max(map(len, r.values), default=0)
    for name, value in r.values.items():
        slope = f"  gradient {shown(r.gradients[name], 'float')}" if name in r.gradients else ""
        lines.append(f"  {name:<{wide}}  {shown(value, 'float')}{slope}")
    return "\n".join(lines)


SHOWN: dict[type, Callable[[Any], str]] = {
    story.Derivation: derivation,
    story.Verdict: verdict,
    story.Report: report,
    story.Diagnosis: lambda d: f"{d.message} [{d.code}]",
    story.Line: lambda l: " = ".join(map(typeset.text, l.sides)),
    story.Run: run,
}
