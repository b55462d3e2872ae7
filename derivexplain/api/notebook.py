"""Records in a notebook: the same pieces as in a handout, in every language that notebooks know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import sympy as sp

from .. import story
from ..digits import shown
from ..language import language
from ..rendering import render
from ..story import Code, Item, Math, Paragraph, Row, Rows, Table, Text
from ..symbols import real
from ..typeset import Notation
from .blocks import chains
from .reports import headline
from .telling import Teller, relation, step_rows
from .verdicts import MARKS, bounds, status_line, value

STYLE = (
    "<style>.dx td,.dx th{border:0;text-align:left;background:none;padding:.2em .5em}"
    ".dx .mark-to{color:#0b57d0}</style>"
)

DIALECTS = {"html": "portable", "markdown": "portable", "latex": "plain"}  # nobody defines our colours there

LETTERS = ("wrt", "output")  # what is understood of the letters, beside the formulas


def typeset(record: Any) -> dict[str, str]:
    """HTML with MathML, Markdown and LaTeX of a record; nothing where there is only text to show."""
    show = next((show for cls, show in SHOWN.items() if isinstance(record, cls)), None)
    if show is None:
        return {}
    teller = Teller.speaking(language("en"), Notation())
    title = Text.of(type(record).__name__)
    document = story.Document(title, (story.Block("shown", title, tuple(show(record, teller))),))
    made = {
        format: str(render(document, format, dialect=dialect, language=teller.language, part="shown"))
        for format, dialect in DIALECTS.items()
    }
    made["html"] = f'{STYLE}<div class="dx">{made["html"]}</div>'
    return {f"text/{format}": source for format, source in made.items()}


def derivation(d: story.Derivation, t: Teller) -> Iterator[Item]:
    for left, steps, form in chains(d):
        yield Rows(step_rows(t, left, steps) or (Row(t.math(left), t.math(form)),))


# ---------------------------------------------------------------- verdicts


def verdict(v: story.Verdict, t: Teller) -> Iterator[Item]:
    yield Paragraph(Text.of(status_line(v)))
    yield from asked(v, t)
    for words, told in (("where", v.conditions), ("except at", v.exceptions)):
        if told:
            yield Paragraph(Text.of(f"{words} ", *t.listed(told).pieces))
    if v.counterexample is not None:
        both = (": claimed ", number(v.claimed, t), ", true ", number(v.true, t))
        yield Paragraph(Text.of("at ", *place(v, t), *both))
    for d in v.diagnosis:
        yield from diagnosis(d, t)
    if v.note:
        yield Paragraph(Text.of(f"note: {v.note}"), "small")


def asked(v: story.Verdict, t: Teller) -> Iterator[Item]:
    """What was understood: formulas on their lines, letters and domains in a sentence."""
    known = [(name, what) for name, what in v.understood if isinstance(what, sp.Basic) and name not in LETTERS]
    if known:
        yield Rows(tuple(Row(None, t.math(what), Text.of(name), "") for name, what in known))
    rest = [(name, what) for name, what in v.understood if (name, what) not in known]
    if rest:
        told = ((", ", f"{name} ", t.math(w) if isinstance(w, sp.Basic) else bounds(w)) for name, w in rest)
        yield Paragraph(Text(tuple(piece for pieces in told for piece in pieces)[1:]))


def steps_verdict(result: story.StepsVerdict, t: Teller) -> Iterator[Item]:
    """The lines as on a board; below them, why the first false one is false."""
    rows = []
    for i, v in enumerate(result):
        mark = "given" if v.by == "given" else MARKS[v.status]
        note = f"{mark}, {v.note}" if v.note and v.status != "refuted" else mark
        rows.append(Row(None, t.math(dict(v.understood)["line"]), Text.of(note), "=" if i else ""))
    yield Rows(tuple(rows))
    false = result.first_false
    if false is None:
        return
    v = result[false]
    yield Paragraph(Text.of(f"line {false + 1} is the first false one"))
    if v.note:
        yield Paragraph(Text.of(v.note))
    before = (": it is ", number(v.claimed, t), ", the one before ", number(v.true, t))
    yield Paragraph(Text.of("at ", *place(v, t), *before))
    for d in v.diagnosis:
        yield from diagnosis(d, t)


def diagnosis(d: story.Diagnosis, t: Teller) -> Iterator[Item]:
    yield Paragraph(Text.of(f"{d.message} [", Code(d.code), "]"))


def place(v: story.Verdict, t: Teller) -> Iterable[str | Math | Code]:
    """Where the values were compared."""
    for k, (name, at) in enumerate((v.counterexample or {}).items()):
        if k:
            yield ", "
        known = number(at, t)
        plain = isinstance(known, str) or not name.isidentifier()
        yield Code(f"{name} = {at}") if plain else Math(relation(t.math(real(name)).tree, known.tree))


def number(n: Any, t: Teller) -> Any:
    """An exact number as a formula; others as a terminal shows them."""
    exact = isinstance(n, int | Fraction | sp.Rational)
    return t.math(sp.Rational(str(n))) if exact and len(str(n)) < 12 else value(n)


# ---------------------------------------------------------------- code and graphs


def report(r: story.Report, t: Teller) -> Iterator[Item]:
    yield Paragraph(Text.of(headline(r)))
    if r.formula:
        yield Paragraph(Text.of("held against ", Code("; ".join(r.formula.strip().splitlines())), f" ({r.how})"))
    yield findings(r.findings, t)
    if r.next_step:
        yield Paragraph(Text.of(f"next: {r.next_step}"))
    yield Paragraph(Text.of(f"seed {r.seed}; every example is drawn from it"), "small")


def findings(found: Iterable[story.Finding], t: Teller) -> Table:
    """What failed stands first, each with its reason and its line of code."""
    word = t.language.word
    order = ("fail", "warn", "skip", "pass")
    rows = []
    for f in sorted(found, key=lambda f: order.index(f.status)):
        told: list[Any] = [f.message.partition("\n")[0]]
        if f.bound is not None:
            told += ["; ", *t.below(f.bound).pieces]
        for d in f.diagnosis[:2]:
            if d.message and d.message not in f.message:
                told += [f"; because: {d.message} [", Code(d.code), "]"]
        if f.where:
            told += ["; ", Code(f.where)]
        rows.append((Text.of(word("status", f.status)), Text(tuple(told))))
    return Table((Text.of(word("table", "outcome")), Text.of(word("table", "question"))), tuple(rows))


def line(l: story.Line, t: Teller) -> Iterator[Item]:
    from .graphs.handout import row

    yield Rows((row(l),))


def run(r: story.Run, t: Teller) -> Iterator[Item]:
    """Every value with its gradient; constants have none and stand in their nodes."""
    yield Paragraph(Text.of("gradients of ", letter(r.of, t)))
    rows = [
        (Text.of(letter(name, t)), *(Text.of(shown(n, "float")) for n in (value, r.gradients[name])))
        for name, value in r.values.items()
        if name in r.gradients
    ]
    yield Table((Text.of("name"), Text.of("value"), Text.of("gradient")), tuple(rows))


def letter(name: str, t: Teller) -> Math:
    return Math(t.notation.letter(name))


SHOWN: dict[type, Callable[[Any, Teller], Iterator[Item]]] = {
    story.Derivation: derivation,
    story.Verdict: verdict,
    story.StepsVerdict: steps_verdict,
    story.Diagnosis: diagnosis,
    story.Report: report,
    story.Finding: lambda f, t: iter((findings((f,), t),)),
    story.Line: line,
    story.Run: run,
}
