"""A lecturer's notation: what letters look like, and the few words and signs that formulas use.

One TOML file says it all; what it leaves out stays as it is::

    log = "ln"                  # or "log"
    derivative = "∂"            # or "d"
    upstream = "δ"              # how the upstream gradient g is written
    loss = "J"                  # how the loss L is written
    transpose = "'"             # or "T"; "⊤" by default
    examples = "columns"        # or "rows": every array of the formulas is the transpose of the code's

    [names]
    y = "a"                     # a = σ(z)
    x = "z"

    [colours]
    from = "#b3261e"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import InputError, did_you_mean
from .nodes import Letter

GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK = dict(zip(GREEK_NAMES.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"))
GREEK |= {"eps": "ε", "lam": "λ", "lamda": "λ", "ell": "ℓ"}
ACCENTS = ("hat", "bar", "tilde", "dot")
SPLIT = re.compile(r"(?P<stem>[A-Za-z]+?)(?P<accent>_?(?:hat|bar|tilde|dot))?(?P<sub>_\w+|\d+)?")
WEIGHTS = re.compile(r"([WUV])([a-z]{1,3})|(b)([a-z])")  # Wx, Whf, bf: the weights and the bias of something
COLOURS = {"from": "#b3261e", "to": "#0b57d0", "wrong": "#b3261e"}
TRANSPOSES = {"⊤": "⊤", "T": "T", "'": "′"}
WORDS = {"if": "if", "otherwise": "otherwise", "and": "and", "or": "or"}


@dataclass(frozen=True)
class Notation:
    """How letters are written; `words` are those of the reader's language."""

    names: Mapping[str, str] = field(default_factory=dict)
    log: str = "log"
    derivative: str = "∂"
    upstream: str = "g"
    loss: str = "L"
    transpose: str = "⊤"
    examples: str = "rows"
    colours: Mapping[str, str] = field(default_factory=lambda: dict(COLOURS))
    words: Mapping[str, str] = field(default_factory=lambda: dict(WORDS))

    def letter(self, name: str, bold: bool = False) -> Letter:
        """The letter that a name is written with: mu is μ, x_hat is x̂, W1 is W₁, price stays a word."""
        special = {"g": self.upstream, "L": self.loss}
        if bold and self.upstream != "g":
            special["G"] = self.upstream  # the matrix of the upstream gradient
        written = self.names.get(name, special.get(name, name))
        return lettered(written, name, bold)

    def renames(self, name: str) -> bool:
        return self.letter(name) != Notation().letter(name)

    def keep_apart(self, names: Iterable[str]) -> None:
        """No two of these may look alike on a page: dz/dz would be said of dy/dx."""
        seen: dict[Any, str] = {}
        for name in names:
            written = replace(self.letter(name), name="")
            other = seen.setdefault(written, name)
            if other != name and (self.renames(name) or self.renames(other)):
                changed = name if self.renames(name) else other
                wrong = f"the notation writes {other} and {name} alike"
                raise InputError(wrong, mend=f"give {changed} another letter")

    @property
    def direction(self) -> int:
        """The step through indices and through factors of a matrix product: -1 where examples are columns."""
        return -1 if self.examples == "columns" else 1

    def speaking(self, words: Mapping[str, str]) -> Notation:
        return replace(self, words={**self.words, **words})


@lru_cache(maxsize=1 << 12)
def lettered(written: str, name: str, bold: bool) -> Letter:
    """The letter that is written so and stands for this name."""
    if written != name and not written.isascii():
        return replace(spelt(written, name), bold=bold)
    return replace(spelt(written), name=name, bold=bold)


def spelt(written: str, name: str = "") -> Letter:
    """A name taken apart into base, accent and subscript.

    One letter or a Greek name is a letter, with what it belongs to below (W_q, Wq); anything longer stays an
    upright word (price, apple_num).
    """
    for greek, sign in GREEK.items():
        if written == greek:
            return Letter(name or written, sign)
    if weights := WEIGHTS.fullmatch(written):
        base, sub = (part for part in weights.groups() if part)
        return Letter(name or written, base, sub=sub)
    found = SPLIT.fullmatch(written)
    if found is None:
        base, _, sub = written.partition("_")
        return Letter(name or written, base, sub=sub) if len(base) == 1 else Letter(name or written, written)
    stem, accent, sub = found["stem"], (found["accent"] or "").strip("_"), (found["sub"] or "").lstrip("_")
    base = GREEK.get(stem, stem)
    if len(base) > 1 or len(sub) > 3 and not sub.isdigit():
        return Letter(name or written, written)
    return Letter(name or written, base, accent, GREEK.get(sub, sub))


def read_notation(source: str | Path | Mapping[str, Any] | Notation | None) -> Notation:
    """A notation from a TOML file, a mapping of the same shape, or None for the standard one."""
    if source is None:
        return Notation()
    if isinstance(source, Notation):
        return source
    data, where = (source, "") if isinstance(source, Mapping) else (load(Path(source)), str(source))
    known = {f.name for f in fields(Notation)}
    settings: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise InputError(f"unknown key {key!r} in the notation", mend=did_you_mean(key, known), where=where)
        table = key in ("names", "colours", "words")
        if isinstance(value, Mapping) != table or not table and not isinstance(value, str):
            shape = "a table of texts" if table else "a text"
            raise InputError(f"the notation's {key!r} has to be {shape}", where=where)
        if table:
            bad = next((k for k, v in value.items() if not isinstance(v, str) or not v.strip()), None)
            if bad is not None:
                raise InputError(f"the notation's {key}.{bad} has to be a text", where=where)
        settings[key] = dict(value) if table else value
    check_choices(settings, where)
    if "colours" in settings:
        settings["colours"] = {**COLOURS, **settings["colours"]}
    if "words" in settings:
        settings["words"] = {**WORDS, **settings["words"]}
    return Notation(**settings)


CHOICES = {
    "log": ("log", "ln"),
    "derivative": ("∂", "d"),
    "transpose": tuple(TRANSPOSES),
    "examples": ("rows", "columns"),
}


def check_choices(settings: Mapping[str, Any], where: str) -> None:
    for key, choices in CHOICES.items():
        if key in settings and settings[key] not in choices:
            listed = " or ".join(repr(c) for c in choices)
            raise InputError(f"the notation's {key} is {settings[key]!r}", mend=f"write {listed}", where=where)
    for key, text in {
        **settings.get("names", {}),
        **{k: settings[k] for k in ("upstream", "loss") if k in settings},
    }.items():
        if not re.fullmatch(r"[^\W\d]\w{0,31}", text):
            raise InputError(
                f"{text!r} (for {key}) is not a name", mend="a letter, then letters, digits or _", where=where
            )
    for role, colour in settings.get("colours", {}).items():
        if role not in COLOURS:
            raise InputError(f"nothing has the colour {role!r}", mend=did_you_mean(role, COLOURS), where=where)
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise InputError(f"the colour of {role} is {colour!r}", mend='write it as "#rrggbb"', where=where)


def load(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(
            f"the notation cannot be read: {error.strerror}", mend="check the path", read=str(path)
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the notation is not TOML: {error}", where=str(path)) from None
