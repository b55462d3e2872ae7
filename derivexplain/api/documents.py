"""A lecturer's own documents: prose with ``{{ explain("sigmoid") }}`` and its kin, built to any text format.

The functions give text in the document's own format; a check or a verification that fails is remembered, and
the build fails with it, so that no wrong formula gets printed.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sympy as sp

from .. import rendering
from ..errors import DerivexplainError, InputError, did_you_mean
from ..language import Language
from ..language import language as find_language
from ..story import Block, Code, Document, Formula, Item, Listing, Math, Paragraph, Picture, Row, Rows, Text, Verdict
from ..symbols import D, Letters
from ..typeset import Notation, read_notation
from .blocks import PARTS
from .checks import check as run_check
from .derivation import derive
from .evidence import code_notes
from .files import write
from .gathering import names_in
from .handouts import Handout, Wish, document, failed, folders
from .targets import resolve
from .telling import L, Teller, relation
from .verdicts import place
from .verification import verify as run_verify


@dataclass
class Build:
    """One document under way: how it writes, and what it met."""

    form: rendering.Format
    language: Language
    notation: Notation
    own: tuple[Path, ...]
    folder: Path
    house: str = ""  # where its pictures will be, beside it
    seed: int = 0
    pictures: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    ahead: dict[str, int] = field(default_factory=dict)  # labels spoken of before they are there, and in which line

    def teller(self) -> Teller:
        return Teller.speaking(self.language, self.notation, seed=self.seed)

    def target(self, target: Any) -> Any:
        """A file's name is meant from the document's own folder."""
        if isinstance(target, str) and ".py:" in target and not Path(target).is_absolute():
            return str(self.folder / target)
        return target

    def fail(self, what: str) -> None:
        """Something false, remembered with its line in the document."""
        self.failures.append(f"line {rendering.line_now()}: {what}")

    def put(self, *items: Item) -> str:
        """Items of a document, written in the document's format."""
        made = Document(Text.of(""), (Block("part", Text.of(""), items),), self.language.code)
        return self.write(made, "part")

    def write(self, made: Document, part: str) -> str:
        block = next(b for b in made.blocks if b.id == part)
        made = replace(made, blocks=(replace(block, items=tuple(map(self.housed, block.items))),))
        dialect = self.form.settings.get("dialect", "portable")
        colours = self.notation.colours
        out = rendering.render(
            made,
            self.form.name,
            dialect=dialect,
            language=self.language,
            part=part,
            templates=self.own,
            colours=colours,
        )
        return str(out).rstrip("\n")

    def parts(self, target: Any, ids: Sequence[str], asked: bool = True, **how: Any) -> str:
        """Some parts of a handout, one after the other, without their titles; those asked for have to be there."""
        wish = Wish(self.target(target), **{"seed": self.seed, **how})
        made = document(wish, self.language, self.notation, tuple(ids))
        there = {block.id for block in made.blocks}
        for id in ids:
            if asked and id not in there:
                has = ", ".join(
                    block.id for block in document(wish, self.language, self.notation, tuple(PARTS)).blocks
                )
                raise InputError(f"{target} has no part {id!r}", mend=f"it has {has}")
        if failed(made):
            self.fail(f"{target}: {made.meta['outcome']}")
        return "\n\n".join(self.write(made, block.id) for block in made.blocks)

    # ------------------------------------------------------------ what a document may call

    def explain(
        self,
        target: Any,
        wrt: Any = None,
        audience: str = "teacher",
        detail: str = "normal",
        part: str | None = None,
        parts: Sequence[str] | None = None,
        seed: int | None = None,
    ) -> str:
        """The parts that are asked for, else what prose mostly wants of the formula."""
        ids = [part] if part else [parts] if isinstance(parts, str) else parts
        how = {"wrt": wrt, "audience": audience, "detail": detail, "seed": self.seed if seed is None else seed}
        return self.parts(target, ids or ("formula", "steps", "output"), asked=bool(ids), **how)

    def steps(self, target: Any, wrt: Any = None, audience: str = "teacher", detail: str = "normal") -> str:
        return self.parts(target, ["steps"], wrt=wrt, audience=audience, detail=detail)

    def part(self, target: Any, part: str, wrt: Any = None, audience: str = "teacher", detail: str = "normal") -> str:
        return self.parts(target, [part], wrt=wrt, audience=audience, detail=detail)

    def stated(self, target: Any) -> tuple[Formula, bool]:
        """The formula that a target states, and whether it is nothing but that."""
        found = resolve(self.target(target))
        if found.formula is None:
            raise InputError(
                "it states no formula", read=str(target), mend=f"steps({target!r}) looks for it in the code"
            )
        self.notation.keep_apart(names_in(found.formula))
        return found.formula, found.subject is None

    def formula(self, target: Any, label: str = "") -> str:
        """A formula on its own line; with a `label` it has a number, which `ref` gives."""
        found, whole = self.stated(target)
        t = self.teller()
        bare = isinstance(target, str) and "=" not in target and whole
        rows = [
            Row(None if bare else t.math(e.lhs), t.math(e.rhs), None, "" if bare else "=") for e in found.equations
        ]
        if label:
            if label in self.labels:
                raise InputError(f"two formulas have the label {label!r}", mend="give each a label of its own")
            self.labels[label] = len(self.labels) + 1
            rows[-1] = Row(rows[-1].left, rows[-1].right, Text.of(f"({self.labels[label]})"), rows[-1].relation)
        return self.put(Rows(tuple(rows), label))

    def ref(self, label: str) -> str:
        """The number of a formula; where that comes later, a sign in its place until all is written."""
        if label in self.labels:
            return f"({self.labels[label]})"
        self.ahead.setdefault(label, rendering.line_now())
        return AHEAD % list(self.ahead).index(label)

    def numbered(self, text: str, where: str) -> str:
        """The text with the numbers of the formulas that came later."""
        for k, (label, line) in enumerate(self.ahead.items()):
            if label not in self.labels:
                mend = did_you_mean(label, self.labels) if self.labels else "formula(..., label='...') gives one"
                raise InputError(f"no formula has the label {label!r}", where=f"{where}:{line}", mend=mend)
            text = text.replace(AHEAD % k, f"({self.labels[label]})")
        return text

    def math(self, target: Any) -> str:
        """A formula inside a sentence: an expression, an equation or a condition."""
        found, whole = self.stated(target)
        told, t = found.equations[-1], self.teller()
        text = target if isinstance(target, str) and whole else ""
        right = t.math(stated_condition(text, Letters().outward(told.rhs)))
        if "=" in COMPARED.sub("", text):
            right = Math(relation(t.math(told.lhs).tree, right.tree))
        return self.inline(right)

    def inline(self, text: Text | Math) -> str:
        """Words inside a sentence."""
        return str(rendering.Writer(self.form).text(text))

    def check(
        self, target: Any, inputs: Any = None, formula: Any = None, claims: Any = None, seed: int | None = None
    ) -> str:
        seed = self.seed if seed is None else seed
        report = run_check(self.target(target), inputs, formula, claims, seed=seed)
        if report.outcome not in ("correct", "hazards"):
            first = next((f"; {f.message}" for f in report.findings if f.status == "fail"), "")
            self.fail(f"check({target!r}): {report.outcome}{first}")
        said = "checked" if report.outcome == "correct" else "checked_hazards"
        status = self.language.word("status", report.verdict.status)
        return self.inline(self.teller().say(said, name=Code(str(target)), verdict=status))

    def verify(self, forward: Any, claim: Any, wrt: Any = None, domain: Any = None, output: str = "y") -> str:
        """The claim as an equation, and what can be said of it; a wrong one fails the build."""
        verdict: Verdict = run_verify(forward, claim, wrt, domain, output)
        if not verdict.ok:
            at = f" at {place(verdict)}" if verdict.counterexample else ""
            why = "".join(f"; {d.message}" for d in verdict.diagnosis[:1])
            self.fail(f"verify({forward!r}, {claim!r}): {verdict.status}{at}{why}")
        t, known = self.teller(), dict(verdict.understood)
        of = L if isinstance(known["wrt"], sp.Indexed) else known.get("output", known["forward"])
        equations = [(D(of, known["wrt"]), known["claim"])]
        if "output" in known:
            equations.append((known["output"], known["forward"]))
        shown = t.listed(Math(relation(*(t.math(side).tree for side in sides))) for sides in equations)
        return self.inline(t.say("claimed", claim=shown, verdict=self.language.word("status", verdict.status)))

    def code(self, target: Any, wrt: Any = None) -> str:
        d, t = derive(self.target(target), wrt), self.teller()
        notes = (Paragraph(text, "small") for text in code_notes(d.formula, t))
        return self.put(*notes, Listing(d.code("numpy", loss=self.notation.loss).rstrip()))

    def graph(self, target: Any, **values: Any) -> str:
        """The computational graph of a formula, with these values put through."""
        from .graphs import Graph

        found = target if isinstance(target, Graph) else Graph.from_formula(target, **values)
        if values and (missing := found.missing()):
            mend = f"graph({target!r}, {', '.join(f'{n}={v}' for n, v in values.items())}, {missing[0]}=...)"
            raise InputError(f"no value for {', '.join(missing)}", mend=mend)
        return self.put(found.picture(notation=self.notation, language=self.language))

    def plot(self, target: Any, wrt: Any = None, domain: tuple[Any, Any] = (-6, 6)) -> str:
        """The function and its derivative as a picture."""
        from .plots import plot

        return self.put(plot(self.target(target), wrt, domain=domain, language=self.language, notation=self.notation))

    def housed(self, item: Item) -> Item:
        """Every picture has a file of its own, in a folder that is the document's own."""
        if not isinstance(item, Picture) or self.form.settings.get("pictures") != "file":
            return item
        picture = replace(item, name=f"{self.house}/{item.name}-{len(self.pictures) + 1}")
        self.pictures[f"{picture.name}.svg"] = picture.svg
        return picture

    @property
    def functions(self) -> dict[str, Callable[..., str]]:
        names = ("explain", "steps", "part", "formula", "ref", "math", "check", "verify", "code", "graph", "plot")
        return {name: self.called(name) for name in names}

    def called(self, name: str) -> Callable[..., str]:
        """A function as a document calls it: in a language and a notation of its own, where it says so."""

        def call(*given: Any, **how: Any) -> str:
            for key in how.keys() & OF_ALL.keys():
                raise InputError(f"{name}() takes no {key}: a document has one {key}", mend=OF_ALL[key])
            speech, style = how.pop("language", None), how.pop("notation", None)
            here = replace(
                self,
                language=self.language if speech is None else find_language(speech, self.own),
                notation=self.notation if style is None else read_notation(style),
            )
            function = getattr(here, name)
            try:
                inspect.signature(function).bind(*given, **how)
            except TypeError as error:
                takes = ", ".join((*inspect.signature(function).parameters, "language", "notation"))
                raise InputError(f"{name}(): {error}", mend=f"it takes {takes}") from None
            return function(*given, **how)

        return call


AHEAD = "\ue000%d\ue001"  # letters that no text uses

COMPARED = re.compile(r"[<>!=]=|<|>|≤|≥|≠|\\(?:leq?|geq?|neq?|lt|gt)\b")
INDICATED = re.compile(r"where|Piecewise|cases|math|\[")  # texts that speak of cases, or of 1 and 0, themselves


def stated_condition(text: str, expr: Any) -> Any:
    """What a text such as x > 0 says: alone in a sentence it is a condition, and not 1 where it holds."""
    if COMPARED.search(text) and not INDICATED.search(text) and isinstance(expr, sp.Piecewise):
        (value, condition), *rest = expr.args
        if value == 1 and [tuple(pair) for pair in rest] == [(0, True)]:
            return condition
    return expr


OF_ALL = {  # what all of a document shares, and who says it
    "format": "the ending of its name says it: page.md.j2, page.tex.j2",
    "dialect": "say it once for all: derivexplain build --dialect",
    "templates": "say it once for all: derivexplain build --templates",
}


def build(
    source: str | Path,
    *,
    language: str = "en",
    dialect: str | None = None,
    templates: Any = None,
    notation: Any = None,
    seed: int = 0,
) -> tuple[str, Handout]:
    """One document: its file name without ``.j2``, and what it came to (with what failed in it).

    Without a dialect it is the one that asks least of a preamble of somebody else's.

    The format follows from the ending: ``lecture.md.j2``, ``.ipynb.j2`` (Markdown in cells), ``.tex.j2``,
    ``.html.j2``, ``.typ.j2``, ``.pdf.j2`` (Typst, compiled).
    """
    path = Path(source)
    own = folders(templates)
    name = path.name.removesuffix(".j2")
    format = rendering.format_of_file(name, own)
    if name == path.name or format is None:
        endings = ".md.j2, .ipynb.j2, .tex.j2, .html.j2, .typ.j2, .pdf.j2 or .txt.j2"
        raise InputError(f"a document's name ends in {endings}", read=str(source))
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        wrong = "the document cannot be read: it is not UTF-8"
        raise InputError(wrong, mend="save it as UTF-8", read=str(source)) from None
    except OSError as error:
        wrong = f"the document cannot be read: {error.strerror}"
        raise InputError(wrong, mend="check the path", read=str(source)) from None
    form = rendering.read_format(format, own)
    form = rendering.in_dialect(form, dialect or ("plain" if "plain" in form.dialects else "portable"))
    house = f"{Path(name).stem}_files"
    made = Build(form, find_language(language, own), read_notation(notation), own, path.parent, house, seed)
    out = rendering.render_text(text, str(path), made.functions, form, made.language, own, made.notation.colours)
    if made.failures:
        raise WrongDocument("wrong mathematics in the document", mend="\n  ".join(made.failures), where=str(path))
    whole = made.numbered(out.rstrip("\n") + "\n", str(path))
    return name, Handout(rendering.compiled(whole, form) if form.compile else whole, made.pictures)


class WrongDocument(DerivexplainError):
    """A document holds a check or a claim that fails (exit code 1): nothing is written."""

    exit_code = 1
    code = "wrong-document"


def build_all(sources: Sequence[str | Path], folder: str | Path, **how: Any) -> list[Path]:
    """Build documents into a folder; nothing is written unless all of them are right."""
    made = [build(source, **how) for source in sources]
    if twice := [name for name, n in Counter(name for name, _ in made).items() if n > 1]:
        raise InputError("two documents come to this file", read=twice[0], mend="build them into two folders")
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise InputError("this is a file, not a folder", read=str(folder), mend="name a folder to write into")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder: {error.strerror}", read=str(folder)) from None
    for name, result in made:
        write(target / name, result.content, result.pictures)
    return [target / name for name, _ in made]
