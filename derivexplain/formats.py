"""Formats: folders of templates, each with a ``format.toml`` that says how it writes.

Which printer of `typeset`, how words are escaped, its delimiters and dialects. A folder of the user's comes before
ours.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import InputError, did_you_mean
from .language import builtin_folder


@dataclass(frozen=True)
class Format:
    """What a format's folder says of itself; `settings` holds whatever its templates ask for."""

    name: str
    suffix: str
    folders: tuple[str, ...]  # its own, then those that it extends
    math: str = "latex"
    inline: str = "%s"
    code: str = "%s"
    words: str = "%s"  # words between formulas, inside a formula
    colours: bool = False
    join: str = ""
    escape: Mapping[str, str] = field(default_factory=dict)
    escape_code: Mapping[str, str] | None = None
    delimiters: Mapping[str, Any] = field(default_factory=dict)
    dialects: Mapping[str, Any] = field(default_factory=dict)
    compile: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["settings"][name]
        except KeyError:
            raise AttributeError(name) from None


def search_folders(own: Sequence[Path]) -> tuple[Path, ...]:
    return (*own, builtin_folder())


def formats(own: Sequence[Path] = ()) -> dict[str, Format]:
    """All formats there are, by name."""
    names = {p.parent.name for folder in search_folders(own) for p in folder.glob("*/format.toml")}
    return {name: read_format(name, own) for name in sorted(names)}


def read_format(name: str, own: Sequence[Path] = ()) -> Format:
    """The format of this name, with what it inherits."""
    for folder in search_folders(own):
        path = folder / name / "format.toml"
        if path.is_file():
            data = _toml(path, path.stat().st_mtime)
            break
    else:
        known = {p.parent.name for folder in search_folders(own) for p in folder.glob("*/format.toml")}
        raise InputError(f"there is no format {name!r}", mend=did_you_mean(name, known))
    data = dict(data)
    parent = read_format(data.pop("extends"), own) if "extends" in data else None
    known_keys = set(Format.__dataclass_fields__) - {"name", "folders", "settings"}
    plain = {k: v for k, v in data.items() if k in known_keys}
    settings = {k: v for k, v in data.items() if k not in known_keys}
    for key, value in plain.items():
        if Format.__dataclass_fields__[key].type == "str" and not isinstance(value, str):
            raise InputError(
                f"{key} is a text", read=f"{key} = {value!r}", where=str(path), mend=f'write {key} = "..."'
            )
    if parent is None:
        if "suffix" not in plain:
            raise InputError("a format needs a suffix", mend='write suffix = ".md"', where=str(path))
        return Format(name=name, folders=(name,), settings=settings, **plain)
    return replace(
        parent, name=name, folders=(name, *parent.folders), settings={**parent.settings, **settings}, **plain
    )


@lru_cache(maxsize=64)
def _toml(path: Path, stamp: float) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"this is not TOML: {error}", where=str(path)) from None


def in_dialect(form: Format, dialect: str) -> Format:
    """The format with the settings of one of its dialects ("portable" is the plain format)."""
    if dialect == "portable" or dialect in form.dialects:
        changes = dict(form.dialects.get(dialect, {}))
        known = {k: v for k, v in changes.items() if k in Format.__dataclass_fields__}
        rest = {k: v for k, v in changes.items() if k not in known}
        return replace(form, settings={**form.settings, **rest, "dialect": dialect}, **known)
    known_dialects = ["portable", *form.dialects]
    raise InputError(f"{form.name} has no dialect {dialect!r}", mend=did_you_mean(dialect, known_dialects))


def format_of_file(path: str | Path, own: Sequence[Path] = ()) -> str | None:
    """The format whose suffix a file's name has; the first by name where several have it, and None for none."""
    suffix = Path(path).suffix.lower()
    found = [f for f in formats(own).values() if f.suffix == suffix]
    found.sort(key=lambda f: (not f.settings.get("default_for_suffix", False), f.name))
    return found[0].name if found else None
