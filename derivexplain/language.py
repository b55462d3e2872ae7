"""Languages: the words of handouts, one TOML file each, with English where a language is silent.

Sentences hold places for formulas: ``"We differentiate {y} with respect to {x}."``; `Language.say` puts
formulas, code and words there and hands on a Text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import InputError, did_you_mean
from .story import Code, Math, Text

MARKER = ".derivexplain-templates"
PLACE = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1)
def builtin_folder() -> Path:
    """Where the templates are: inside the package (a wheel), or beside it (a checkout)."""
    here = Path(__file__).resolve().parent
    for folder in (here / "templates", here.parent / "templates"):
        if (folder / MARKER).is_file():
            return folder
    raise InputError("the templates are missing from this installation", mend="install derivexplain again")


@dataclass(frozen=True)
class Language:
    """The words of one language: tables of id -> sentence."""

    code: str
    tables: Mapping[str, Mapping[str, str]]

    def word(self, table: str, key: str, default: str | None = None) -> str:
        """The word of this id; an id unknown to all languages is made readable (`chain-rule` -> chain rule)."""
        fallback = key.replace("-", " ").replace("_", " ") if default is None else default
        return self.tables.get(table, {}).get(key, fallback)

    def has(self, table: str, key: str) -> bool:
        return key in self.tables.get(table, {})

    def say(self, table: str, key: str, **pieces: Any) -> Text:
        """The sentence with formulas, code or plain words in its places."""
        return self.fill(self.word(table, key), **pieces)

    def tell(self, table: str, key: str, **words: Any) -> str:
        """The sentence with plain words in its places."""
        return "".join(map(str, self.say(table, key, **words).pieces))

    def fill(self, sentence: str, **pieces: Any) -> Text:
        found: list[str | Math | Code] = []
        for i, part in enumerate(parted(sentence)):
            if i % 2 == 0:
                piece: Any = part
            else:
                piece = pieces.get(part, "{" + part + "}")
            if isinstance(piece, Text):
                found += piece.pieces
            elif piece != "":
                found.append(piece if isinstance(piece, str | Math | Code) else str(piece))
        return Text(tuple(found))


@lru_cache(maxsize=1 << 10)
def parted(sentence: str) -> list[str]:
    """Words and the names of places in turn."""
    return PLACE.split(sentence)


def languages(folders: Sequence[Path] = ()) -> list[str]:
    """The codes of the languages there are."""
    return sorted({p.stem for f in (*folders, builtin_folder()) for p in (f / "locale").glob("*.toml")})


def language(code: str | Language, folders: Sequence[Path] = ()) -> Language:
    """The language of this code; the user's own folders come before ours, and English fills the gaps."""
    if isinstance(code, Language):
        return code
    known = languages(folders)
    if code not in known:
        short = code.replace("_", "-").split("-")[0].lower()
        if short not in known:
            raise InputError(f"there is no language {code!r}", mend=did_you_mean(code, known))
        code = short
    tables: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys(("en", code)):
        for folder in (builtin_folder(), *reversed(folders)):
            path = folder / "locale" / f"{name}.toml"
            found = read_words(path)
            for table, words in (found if folder == builtin_folder() else checked(found, path)).items():
                tables.setdefault(table, {}).update(words)
    return Language(code, tables)


OPEN = ("laws", "findings")  # tables of ids that English need not know


def checked(words: Mapping[str, Mapping[str, str]], path: Path) -> Mapping[str, Mapping[str, str]]:
    """Somebody's words, each where a page looks for it: what is misspelt would be English without a word."""
    english = read_words(builtin_folder() / "locale" / "en.toml")
    tables = {**dict.fromkeys(OPEN, {}), **english}
    for table, pairs in words.items():
        if table not in tables or not isinstance(pairs, Mapping):
            raise InputError(
                f"there is no table [{table}] of words", mend=did_you_mean(table, tables), where=str(path)
            )
        for key, said in pairs.items():
            known = tables[table]
            if key not in known and table not in OPEN:
                raise InputError(f"no page says [{table}] {key}", mend=did_you_mean(key, known), where=str(path))
            if not isinstance(said, str):
                raise InputError(f"[{table}] {key} has to be a text", mend=f'write {key} = "..."', where=str(path))
            there = set(parted(known.get(key, said))[1::2])
            if odd := next((name for name in parted(said)[1::2] if name not in there), None):
                wrong = f"[{table}] {key} has no {{{odd}}}"
                raise InputError(wrong, mend=f"it has {', '.join(sorted(there)) or 'no places'}", where=str(path))
    return words


@lru_cache(maxsize=64)
def _parsed(path: Path, stamp: float) -> Mapping[str, Mapping[str, str]]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the words are not TOML: {error}", where=str(path)) from None


def read_words(path: Path) -> Mapping[str, Mapping[str, str]]:
    """The tables of one file; nothing where there is none."""
    try:
        stamp = path.stat().st_mtime
    except OSError:
        return {}
    return _parsed(path, stamp)
