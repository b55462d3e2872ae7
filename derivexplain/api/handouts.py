"""dx.explain: a target as a handout, or as one part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from .. import rendering
from ..errors import InputError, did_you_mean
from ..language import Language
from ..language import language as find_language
from ..layers import catalogue
from ..story import Document, Picture
from ..typeset import Notation, read_notation
from .blocks import FOR, PARTS, blocks
from .gathering import Subject, gather
from .targets import Target, name_of
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
    asked = Wish(target, wrt, format, dialect, language, audience, detail, part, templates, notation, seed)
    return handout(asked).content


@dataclass(frozen=True)
class Wish:
    """What a handout is asked to be; see `explain`."""

    target: Any
    wrt: Any = None
    format: str = "markdown"
    dialect: str = "portable"
    language: str = "en"
    audience: str = "teacher"
    detail: str = "normal"
    part: str | None = None
    templates: Any = None
    notation: Any = None
    seed: int = 0

    def command(self, target: Target) -> str:
        """What makes it once more: the options that are not what they are anyway."""
        given = {f.name: (getattr(self, f.name), f.default) for f in fields(self)[1:]}
        odd = {k: v for k, (v, usual) in given.items() if v != usual and isinstance(v, str | int | Path)}
        return target.command("explain", **odd)


@dataclass(frozen=True)
class Handout:
    """A finished handout, the pictures that belong beside it, and whether the check found an error."""

    content: str | bytes
    pictures: Mapping[str, str]
    failed: bool = False


def handout(wish: Wish, beside: str = "") -> Handout:
    """What `explain` gives; its pictures are files of the folder `beside`, where there is one."""
    own = folders(wish.templates)
    speech = find_language(wish.language, own)
    style = read_notation(wish.notation)
    form = rendering.in_dialect(rendering.read_format(wish.format, own), wish.dialect)
    made = document(wish, speech, style)
    files = form.settings.get("pictures") == "file"
    if files:
        made = housed(made, beside, keep=bool(beside or wish.part or form.settings.get("mermaid")))
    content = rendering.render(
        made, form.name, dialect=wish.dialect, language=speech, part=wish.part, templates=own, colours=style.colours
    )
    return Handout(content, pictures_of(made) if files and beside else {}, failed(made))


def failed(made: Document) -> bool:
    return made.meta["outcome"] not in ("correct", "hazards")


def document(wish: Wish, language: Language, notation: Notation, ids: tuple[str, ...] = ()) -> Document:
    """What the templates get, in this language and notation; with `ids`, those parts of it that there are."""
    part, audience = wish.part, wish.audience
    if audience not in FOR:
        raise InputError(f"there is no audience {audience!r}", mend=did_you_mean(audience, FOR))
    wanted = ids or ((part,) if part else FOR[audience])
    for name in wanted:
        if name not in PARTS:
            raise InputError(f"there is no part {name!r}", mend=did_you_mean(name, PARTS))
    teller = Teller.speaking(language, notation, audience=audience, detail=wish.detail, seed=wish.seed)
    subject = gather(wish.target, wish.wrt, wanted, teller)
    subject = replace(subject, command=wish.command(subject.target))
    made = blocks(subject, teller, wanted)
    if part and not made:
        raise InputError(f"{subject.title} has no part {part!r}", mend="leave part out to see those it has")
    title = language.say("titles", "handout" if subject.target.layer is not None else "formula", name=subject.title)
    outcome = subject.report.outcome if subject.report else "correct"
    meta = {"name": subject.target.name, "outcome": outcome, **cells(subject, wish.seed)}
    return Document(title, made, language.code, audience, meta)


def cells(subject: Subject, seed: int) -> dict[str, str]:
    """What the code cells of a notebook run: the layer once more, and its check; code of their own has no cell."""
    found, name = subject.target, subject.target.name
    ours = found.layer is not None and found.layer is catalogue.get(name)
    if found.subject is None:
        letters = [name_of(d.wrt) for d in subject.derivations]
        recheck = DERIVE.format(name=name, letters=letters)
    else:
        recheck = CHECK.format(name=name, seed=seed) if ours or found.path else ""
    return {"reach": RUN.format(name=name, seed=seed) if ours else "", "recheck": recheck}


RUN = """import numpy as np
import derivexplain as dx

layer, inputs = dx.catalogue[{name!r}].example(np.random.default_rng({seed}))
layer.forward(*inputs)"""
CHECK = """import derivexplain as dx

report = dx.check({name!r}, seed={seed})
assert report.ok
print(report)"""
DERIVE = """import derivexplain as dx

for letter in {letters}:
    derivation = dx.derive({name!r}, letter)
    assert derivation.verdict.ok
    print(derivation)"""


# ---------------------------------------------------------------- files


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
