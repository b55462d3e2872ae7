"""dx.explain: a target as a handout, or as one part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import rendering
from ..errors import InputError, did_you_mean, shorten
from ..language import Language
from ..language import language as find_language
from ..story import Document, Picture, Report
from ..typeset import read_notation
from .blocks import FOR, ORDER, Subject, blocks
from .derivation import derive
from .targets import Target, resolve
from .telling import Teller


def explain(
    target: Any,
    wrt: Any = None,
    format: str = "markdown",
    dialect: str = "portable",
    language: str = "en",
    audience: str = "teacher",
    detail: str = "normal",
    part: str | None = None,
    templates: Any = None,
    notation: Any = None,
    seed: int = 0,
) -> str | bytes:
    """A handout about a target, or with `part` one part of it without preamble.

    `format` is a folder of templates (markdown, latex, beamer, html, notebook, typst, text; pdf gives bytes);
    `audience` "teacher", "student" or "key"; `templates` a folder of your own templates, `notation` a TOML file
    or a mapping (see `derivexplain.typeset.notation`).
    """
    return handout(target, wrt, format, dialect, language, audience, detail, part, templates, notation, seed).content


@dataclass(frozen=True)
class Handout:
    """A finished handout, the pictures that belong beside it, and whether the check found an error."""

    content: str | bytes
    pictures: Mapping[str, str]
    failed: bool = False


def handout(
    target: Any,
    wrt: Any = None,
    format: str = "markdown",
    dialect: str = "portable",
    language: str = "en",
    audience: str = "teacher",
    detail: str = "normal",
    part: str | None = None,
    templates: Any = None,
    notation: Any = None,
    seed: int = 0,
    beside: str = "",
) -> Handout:
    """What `explain` gives; its pictures are files of the folder `beside`, where there is one."""
    own = folders(templates)
    speech = find_language(language, own)
    style = read_notation(notation)
    form = rendering.in_dialect(rendering.read_format(format, own), dialect)
    made = document(
        target, wrt, language=speech, audience=audience, detail=detail, part=part, notation=style, seed=seed
    )
    files = form.settings.get("pictures") == "file"
    if files:
        made = housed(made, beside, keep=bool(beside or part or form.settings.get("mermaid")))
    content = rendering.render(
        made, form.name, dialect=dialect, language=speech, part=part, templates=own, colours=style.colours
    )
    pictures = pictures_of(made) if files and beside else {}
    return Handout(content, pictures, made.meta.get("outcome", "correct") not in SOUND)


def cells(subject: Subject, seed: int) -> dict[str, str]:
    """What the code cells of a notebook run: the catalogue's layer, and the check again."""
    name = subject.target.name
    if subject.target.layer is None or subject.target.path:
        return {"reach": "", "recheck": ""}
    reach = (
        "import numpy as np\nimport derivexplain as dx\n\n"
        f"layer, inputs = dx.catalogue[{name!r}].example(np.random.default_rng({seed}))\nlayer.forward(*inputs)"
    )
    recheck = (
        f"import derivexplain as dx\n\nreport = dx.check({name!r}, seed={seed})\nassert report.ok\nprint(report)"
    )
    return {"reach": reach, "recheck": recheck}


SOUND = ("correct", "hazards")


def pictures_of(made: Document) -> dict[str, str]:
    """The pictures that Markdown names, as files."""
    items = [item for block in made.blocks for item in block.items]
    return {f"{item.name}.svg": item.svg for item in items if isinstance(item, Picture)}


def housed(made: Document, folder: str, keep: bool) -> Document:
    """Pictures named by the folder they will be in; without one they have no SVG to link to, or are not kept."""

    def moved(item: Any) -> Any:
        if not isinstance(item, Picture):
            return item
        return replace(item, name=f"{folder}/{item.name}") if folder else replace(item, svg="")

    kept = (b for b in made.blocks if keep or not any(isinstance(item, Picture) for item in b.items))
    return replace(made, blocks=tuple(replace(b, items=tuple(map(moved, b.items))) for b in kept))


def folders(templates: Any) -> tuple[Path, ...]:
    """The user's own template folders."""
    if templates is None:
        return ()
    given = [templates] if isinstance(templates, str | Path) else list(templates)
    found = tuple(Path(g) for g in given)
    for folder in found:
        if not folder.is_dir():
            raise InputError("there is no such folder of templates", read=str(folder))
    return found


def document(
    target: Any,
    wrt: Any = None,
    *,
    language: Language,
    audience: str = "teacher",
    detail: str = "normal",
    part: str | None = None,
    notation: Any = None,
    seed: int = 0,
) -> Document:
    """The Document of a target: what the templates get."""
    if audience not in FOR:
        raise InputError(f"there is no audience {audience!r}", mend=did_you_mean(audience, FOR))
    if part is not None and part not in ORDER:
        raise InputError(f"there is no part {part!r}", mend=did_you_mean(part, ORDER))
    words = {k: language.word("words", k) for k in ("if", "otherwise", "and", "or")}
    style = read_notation(notation).speaking(words)
    teller = Teller(language, style, audience, detail, seed)
    wanted = (part,) if part else FOR[audience]
    subject = gather(target, wrt, wanted, detail, seed, teller)
    made = blocks(subject, teller, wanted)
    if part and not made:
        raise InputError(f"{subject.title} has no part {part!r}", mend="leave part out to see those it has")
    title = language.say("titles", "handout" if subject.target.layer is not None else "formula", name=subject.title)
    meta = {"name": subject.target.name, "outcome": subject.report.outcome if subject.report else "correct"}
    meta |= cells(subject, seed)
    return Document(title, made, language.code, audience, meta)


def gather(target: Any, wrt: Any, wanted: Sequence[str], detail: str, seed: int, teller: Teller) -> Subject:
    """What the wanted parts need: derivatives, the check's report, a picture."""
    found = resolve(target, wrt=wrt)
    report: Report | None = None
    if found.formula is None or ("check" in wanted and found.subject is not None):
        from .checks import check

        report = check(target, seed=seed)
    if found.formula is None:
        found = formula_behind(found, report)
    derivations = tuple(derive(found, letter, detail=detail) for letter in letters(found, wrt))
    picture = None
    if "graph" in wanted:
        from .illustrations import graph_of

        picture = graph_of(found, teller)
    return Subject(found, derivations, report, picture)


def formula_behind(found: Target, report: Report | None) -> Target:
    """A stranger's code with the formula that the check recognised."""
    if report is None or not report.formula:
        raise InputError(
            "the formula of this code could not be found", mend="give it a formula", read=shorten(found.name)
        )
    return replace(found, formula=resolve(report.formula).formula)


def letters(found: Target, wrt: Any) -> list[Any]:
    """The letters to differentiate by: the one asked for, else those the layer claims, else all inputs."""
    formula = found.formula
    assert formula is not None
    if wrt is not None:
        return [wrt]
    claims: Mapping[str, Any] = getattr(found.layer, "claims", {})
    known = {str(getattr(s, "name", getattr(s, "label", s))): s for s in (*formula.inputs, *formula.params)}
    named = [known[name] for name in claims if name in known]
    chosen = named or list(formula.inputs)
    if not chosen:
        raise InputError("the formula has no letter to differentiate by", read=shorten(found.name))
    return chosen
