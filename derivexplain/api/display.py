"""How records show themselves: as text in a terminal, and in the languages that notebooks know."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from .. import story, typeset
from ..digits import shown
from ..errors import InputError, did_you_mean
from ..language import language
from .verdicts import steps_lines, verdict_lines

MARKS = {"proved": "proved", "agrees": "agrees", "refuted": "FALSE", "undecided": "?"}


def text(record: Any) -> str:
    """The record as a reader meets it in a terminal."""
    for cls, show in SHOWN.items():
        if isinstance(record, cls):
            return show(record)
    fields = record.to_dict()
    return f"{fields['kind']}: " + ", ".join(f"{k}={v}" for k, v in fields.items() if k not in ("schema", "kind"))


def mimebundle(record: Any) -> dict[str, str]:
    """The record for a notebook: HTML with MathML, Markdown, LaTeX and plain text; a picture as it is."""
    plain = text(record)
    if isinstance(record, story.Picture):
        return {"text/plain": record.alt, "text/html": record.svg}
    from .notebook import typeset as languages

    return {"text/plain": plain, **(languages(record) or {"text/html": f"<pre>{escape(plain)}</pre>"})}


def code(derivation: story.Derivation, dialect: str, loss: str = "L") -> str:
    """The derived gradient as code."""
    if dialect != "numpy":
        raise InputError(f"there is no code dialect {dialect!r}", mend=did_you_mean(dialect, ["numpy"]))
    from ..arrays.axes import lay_out
    from ..codegen import numpy_code
    from ..codegen.texts import NoPlainForm

    try:
        return numpy_code(derivation, lay_out(derivation.formula), loss=loss)
    except NoPlainForm as lacking:
        raise InputError(f"NumPy has nothing for {lacking}", mend="SciPy's scipy.special may have it") from None


def formula(expr: Any) -> str:
    return typeset.text(typeset.tree(expr))


def derivation(d: story.Derivation) -> str:
    words = language("en")
    rows = [(formula(s.after), words.word("laws", s.law), MARKS[s.verdict.status]) for s in d.steps]
    width = min(max((len(row[0]) for row in rows), default=0), 72)
    lines = [] if d.steps else [formula(d.result)]
    for k, (step, (after, law, mark)) in enumerate(zip(d.steps, rows)):
        if not k or step.before != d.steps[k - 1].after:  # a derivation of its own begins, as node by node
            lines.append(formula(step.before))
        lines.append(f"  = {after:<{width}}  {law} [{mark}]")
    if d.output_form is not None and d.output_form != d.result:
        lines.append(f"in terms of {d.formula.output}: {formula(d.output_form)}")
    elif d.output_form_reason:
        lines.append(d.output_form_reason)
    if d.conditions:
        lines.append("where " + ", ".join(map(formula, d.conditions)))
    return "\n".join(lines)


def report(r: story.Report) -> str:
    from .reports import text as told

    return told(r)


def run(r: story.Run) -> str:
    """Every value with its gradient; constants have none and stand in their nodes."""
    wide = max(map(len, r.gradients), default=0)
    rows = [(n, shown(v, "float"), shown(r.gradients[n], "float")) for n, v in r.values.items() if n in r.gradients]
    broad = max((len(value) for _, value, _ in rows), default=0)
    return "\n".join((f"gradients of {r.of}", *(f"  {n:<{wide}}  {v:>{broad}}  gradient {g}" for n, v, g in rows)))


SHOWN: dict[type, Callable[[Any], str]] = {
    story.Derivation: derivation,
    story.Verdict: lambda v: "\n".join(verdict_lines(v)),
    story.StepsVerdict: lambda v: "\n".join(steps_lines(v)),
    story.Report: report,
    story.Diagnosis: lambda d: f"{d.message} [{d.code}]",
    story.Line: lambda l: " = ".join(map(typeset.text, l.sides)),
    story.Run: run,
    story.Picture: lambda p: p.alt or p.name,
}
