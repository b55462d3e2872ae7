"""Evidence: the parts of a handout that show code, a run of it and its check."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

from .. import __version__
from ..errors import DerivexplainError
from ..story import Block, Code, Derivation, Formula, Listing, Math, Paragraph, Text
from .gathering import Subject
from .sources import method_source
from .targets import name_of
from .telling import Teller, findings_table

OURS = ("as_float", "unbroadcast")  # functions of ours that layers call, and readers do not know


def code_block(s: Subject, t: Teller) -> Block | None:
    if s.cls is not None:
        hide = ("backward",) if t.audience == "student" else ()
        source = method_source(s.cls, ("__init__", "forward", "backward"), hide, t.language.word("say", "your_turn"))
        if source:
            about = Paragraph(t.say("code", dout=Code("dout")))
            ours = (t.say(name, name=Code(name)) for name in OURS if f"{name}(" in source)
            notes = [Paragraph(text, "small") for text in (*ours, *code_notes(s.target.formula, t))]
            return t.block("code", about, *notes, Listing(source))
    if t.audience == "student":
        return None
    listings = []
    for d in s.derivations:
        try:
            listings.append(d.code("numpy", loss=t.notation.loss).rstrip())
        except (DerivexplainError, NotImplementedError):
            continue
    if not listings:
        return None
    notes = [Paragraph(text, "small") for text in code_notes(s.target.formula, t)]
    return t.block("code", Paragraph(t.say("generated")), *notes, Listing("\n\n".join(listings)))


def code_notes(formula: Formula | None, t: Teller) -> Iterator[Text]:
    """Where the lecturer's notation parts from the code: other letters, arrays that are transposed."""
    if formula is None:
        return
    names = dict.fromkeys(map(name_of, (*formula.inputs, *formula.params, *formula.outputs)))
    pairs = [(t.notation.letter(name), Code(name)) for name in names if t.notation.renames(name)]
    if pairs:
        yield t.say("renamed", names=t.listed(Text((Math(letter), " = ", code)) for letter, code in pairs))
    if any(isinstance(e.lhs, sp.Indexed) for e in formula.equations) and t.notation.examples == "columns":
        yield t.say("columns")


def example_block(s: Subject, t: Teller) -> Block | None:
    """Forward and backward on a few round numbers."""
    lines, end = s.example
    about = Paragraph(t.say("example_end" if end else "example"))
    alone = "code" not in s.wanted  # else it stands above, by the code
    notes = [Paragraph(text, "small") for text in code_notes(s.target.formula, t) if alone]
    return t.block("example", about, *notes, Listing("\n".join(lines), "text")) if lines else None


def check_block(s: Subject, t: Teller) -> Block | None:
    if s.report is not None:
        return t.block("check", *findings_table(s.report, t))
    verdict = t.language.word("status", weakest(s.derivations))
    return t.block("check", Paragraph(t.say("check_formula", verdict=verdict)))


def weakest(derivations: tuple[Derivation, ...]) -> str:
    scale = ("refuted", "undecided", "agrees", "proved")
    return min((d.verdict.status for d in derivations), key=scale.index, default="undecided")


def stamp_block(s: Subject, t: Teller) -> Block | None:
    versions = f"{__version__} (numpy {np.__version__}, sympy {sp.__version__})"
    text = t.say("stamp", version=versions, seed=str(t.seed), command=Code(s.command))
    if s.report is not None:
        bounds = [f.bound for f in s.report.findings if f.bound is not None]
        found = [t.say("bounds", below=t.below(max(bounds)))] if bounds else []
        text = joined(t, text, *found, t.say("again", command=Code(s.target.command("check", seed=t.seed))))
    return t.block("stamp", Paragraph(text, "small"))


def joined(t: Teller, *sentences: Text) -> Text:
    """Sentences one after the other."""
    space = t.language.word("words", "space")
    return Text(tuple(p for k, s in enumerate(sentences) for p in ((space,) if k else ()) + s.pieces))
