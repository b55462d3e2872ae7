"""Telling: expressions and derivations turned into the records that documents are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..checking.naming.numbers import number
from ..digits import exponent
from ..language import Language
from ..story import Blank, Block, Code, Finding, Item, Math, Paragraph, Report, Row, Step, Table, Text
from ..symbols import real
from ..typeset import Notation, Speller, nodes

LINE = 42.0  # letters of mathematics that fit on a line beside a remark
L = real("L")


@dataclass(frozen=True)
class Teller:
    """The language and the notation that a document is told in, and for whom."""

    language: Language
    notation: Notation
    audience: str = "teacher"
    detail: str = "normal"
    seed: int = 0

    @classmethod
    def speaking(cls, language: Language, notation: Notation, **how: Any) -> Teller:
        """A teller whose formulas speak its language too."""
        words = {k: language.word("words", k) for k in ("if", "otherwise", "and", "or")}
        return cls(language, notation.speaking(words), **how)

    @cached_property
    def speller(self) -> Speller:
        """One for the whole page: most of a line stood in the line before it."""
        return Speller(self.notation)

    def math(self, expr: Any, marks: Mapping[Any, str] | None = None) -> Math:
        return Math(self.speller.marking(marks or {}).spell(expr))

    def marks(self, step: Step) -> Mapping[Any, str]:
        """What is coloured in a step's line: the part that it made new, where that is worth it."""
        new = step.becomes
        worth = self.audience != "key" and new is not None and new != step.after and bool(getattr(new, "args", ()))
        return {new: "to"} if worth else {}

    def say(self, key: str, **pieces: Any) -> Text:
        return self.language.say("say", key, **{k: self.piece(v) for k, v in pieces.items()})

    def piece(self, value: Any) -> Any:
        return value if isinstance(value, str | Text | Math | Code) else self.math(value)

    def listed(self, values: Iterable[Any]) -> Text:
        """Formulas with commas between them."""
        pieces: list[Any] = []
        for value in map(self.piece, values):
            pieces += [self.language.word("words", "comma")] if pieces else []
            pieces += value.pieces if isinstance(value, Text) else [value]
        return Text(tuple(pieces))

    def law(self, step: Step) -> Text:
        """The name of a step's law, with what its letters stand for where that helps."""
        name = self.language.word("laws", step.law)
        if self.audience != "key" and step.law in NAMED_LETTERS and step.letters:
            pairs = [Math(relation(self.math(a).tree, self.math(b).tree)) for a, b in step.letters[:1]]
            if nodes.width(pairs[0].tree) < 16:
                return Text.of(name + self.language.word("words", "colon"), pairs[0])
        return Text.of(name)

    def block(self, id: str, *items: Item | None) -> Block | None:
        """A part of a handout; None where there is nothing to say in it."""
        kept = tuple(i for i in items if i is not None)
        return Block(id, Text.of(self.language.word("parts", id)), kept) if kept else None

    def below(self, bound: float) -> Text:
        """The bound that all differences stayed below."""
        return self.say("difference", bound=Math(nodes.Power(nodes.Number("10"), nodes.Number(str(exponent(bound))))))


NAMED_LETTERS = {"name-output", "solve-kernel", "stored-name", "pieces-output", "given-fact"}


def relation(left: Any, right: Any, sign: str = "=") -> nodes.Relation:
    return nodes.Relation((left, right), (sign,))


# ---------------------------------------------------------------- rows


def step_rows(teller: Teller, left: Any, steps: Sequence[Step]) -> tuple[Row, ...]:
    """``left = first``, then a row for each step with its law; a step's new part is coloured, but in a key."""
    rows: list[Row] = []
    start = steps[0].before if steps else None
    if start is not None and start != left:
        rows += broken(Row(teller.math(left), teller.math(start)))
    for step in steps:
        head = teller.math(left) if not rows else None
        right = teller.math(step.after, marks=teller.marks(step))
        rows += broken(Row(head, right, teller.law(step)))
    return tuple(rows)


def broken(row: Row, line: float = LINE) -> list[Row]:
    """The row, cut at top-level signs where it is too wide for the page."""
    right = row.right.tree if isinstance(row.right, Math) else None
    if not isinstance(right, nodes.Sum) or len(right.terms) < 2 or nodes.width(right) <= line:
        return [row]
    chunks: list[list[tuple[str, Any]]] = [[]]
    for term in right.terms:
        if chunks[-1] and nodes.width(nodes.Sum((*chunks[-1], term))) > line:
            chunks.append([])
        chunks[-1].append(term)
    rows = [Row(row.left, Math(nodes.Sum(tuple(chunks[0]))), row.remark, row.relation)]
    for (sign, first), *rest in chunks[1:]:
        rows.append(Row(None, Math(nodes.Sum((("+", first), *rest))), None, sign))
    return rows


def blanked(rows: Sequence[Row], keep: int = 1) -> tuple[Row, ...]:
    """The rows for a student: behind the first `keep` lines, what stands after the equals sign is left to write."""
    kept, line = [], 0
    for row in rows:
        line += row.relation == "="  # the other rows go on with the line above
        if line <= keep:
            kept.append(row)
        elif row.relation == "=":
            kept.append(Row(row.left, Blank(1), row.remark, row.relation))
    return tuple(kept)


def question(f: Finding, say: Language) -> str:
    """What was asked and how it went, in the reader's language where that has words for it."""
    table = "failed" if f.status in ("fail", "warn") else "findings"
    if say.code == "en" or not say.has(table, f.code):
        return f.message
    if table == "findings":
        return say.word(table, f.code)
    at = dict(f.counterexample or {})
    claimed, true = (number(at.get(k), at.get(o)) for k, o in (("claimed", "true"), ("true", "claimed")))
    entry = (
        f"{at.get('variable', '')}[{', '.join(map(str, at['index']))}]" if at.get("index") else at.get("variable", "")
    )
    slips = dict.fromkeys(say.word("slips", d.code) for d in f.diagnosis if say.has("slips", d.code))
    slip = say.tell("say", "slip", slip=say.word("words", "comma").join(slips)) if slips else ""
    return say.tell(table, f.code, entry=entry, claimed=claimed, true=true, message=f.message) + slip


def findings_table(report: Report, teller: Teller) -> tuple[Paragraph, Table]:
    """What a check found: a sentence over all of it, and a table of every question with its bound."""
    say = teller.language
    asked: dict[tuple[str, str], float] = {}  # what reads alike is said once, with the widest bound
    for f in report.findings:
        key = f.status, question(f, say)
        asked[key] = max(asked.get(key, 0.0), f.bound or 0.0)
    rows = []
    for (status, message), bound in asked.items():
        told = (message, say.word("words", "semicolon"), *teller.below(bound).pieces) if bound else (message,)
        rows.append((Text.of(say.word("status", status)), Text(told)))
    header = (Text.of(say.word("table", "outcome")), Text.of(say.word("table", "question")))
    right = "check_open" if any(f.status == "skip" for f in report.findings) else "check_ok"
    head = right if report.outcome == "correct" else "check_hazards" if report.ok else "check_wrong"
    return Paragraph(teller.say(head)), Table(header, tuple(rows))
