"""Rendering: a document through the templates of a format, which is a folder that this room knows nothing about.

``templates/<format>/format.toml`` says how the format writes (which printer of `typeset`, how words are escaped,
its delimiters, its dialects); the folder's templates say what a handout looks like. A folder of the user's comes
before ours, and ``builtin:markdown/rows.md`` reaches ours from there.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from . import typeset
from .errors import DerivexplainError, InputError, did_you_mean
from .formula_budget import too_dear
from .language import Language, builtin_folder
from .layout_text import LAYOUT, svg_width
from .story import Blank, Code, Document, Math, Rows, Text
from .typeset import nodes
from .typeset.latex import escape as escape_latex

PRINTERS: Mapping[str, Callable[..., str]] = {
    "latex": typeset.latex,
    "mathml": typeset.mathml,
    "typst": typeset.typst,
    "text": typeset.text,
}
IN_FORMULA: Mapping[str, Callable[[str], str]] = {  # how words inside a formula are made safe
    "latex": escape_latex,
    "typst": lambda words: words.replace("\\", "\\\\").replace('"', '\\"'),
}


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


# ---------------------------------------------------------------- formats are folders


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


# ---------------------------------------------------------------- writing


def render(
    document: Document,
    format: str = "markdown",
    *,
    dialect: str = "portable",
    language: Language,
    part: str | None = None,
    templates: Sequence[Path] = (),
    colours: Mapping[str, str] | None = None,
) -> str | bytes:
    """The document as text (bytes for a compiled format); with `part`, that block alone, without preamble."""
    form = in_dialect(read_format(format, templates), dialect)
    env = environment(form, tuple(templates))
    entry = ("part" if part else "handout") + form.settings.get("template_suffix", form.suffix)
    context = {"document": document, "format": form, "words": Words(language), "colours": dict(colours or {})}
    context["spelt"] = ()
    if part:
        context["block"] = next(b for b in document.blocks if b.id == part)
    source = guarded(lambda: env.get_template(entry).render(context), entry, form)
    if form.settings.get("budget") and (spelt := too_dear(rows_of(document, part), source, form)):
        source = guarded(lambda: env.get_template(entry).render(context, spelt=spelt), entry, form)
    source = tidy(source)
    return compiled(source, form) if form.compile and not part else source


def rows_of(document: Document, part: str | None) -> list[Rows]:
    """The aligned formulas in the order of the page."""
    blocks = [b for b in document.blocks if part in (None, b.id)]
    return [item for b in blocks for item in b.items if isinstance(item, Rows)]


def render_text(
    source: str,
    where: str,
    functions: Mapping[str, Any],
    form: Format,
    language: Language,
    own: tuple[Path, ...] = (),
) -> str:
    """A lecturer's own document: its text is the template, `functions` is what it may call."""
    env = environment(form, own)
    safe = {name: _marked(function) for name, function in functions.items()}
    return guarded(lambda: env.from_string(source).render(**safe, words=Words(language), format=form), where, form)


def _marked(function: Any) -> Any:
    """A function whose text is ready to print: nothing escapes it again."""
    if not callable(function):
        return function
    return lambda *args, **kwargs: Markup(function(*args, **kwargs))


def tidy(source: str) -> str:
    """No blanks at ends of lines, at most one empty line in a row, one newline at the end."""
    source = re.sub(r"[ \t]+$", "", source, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", source).strip("\n") + "\n"


class Words:
    """The language as templates see it: ``words.check``, ``words("laws", id)``."""

    def __init__(self, language: Language) -> None:
        self.language, self.code = language, language.code

    def __getattr__(self, key: str) -> str:
        if key.startswith("_") or not self.language.has("words", key):
            raise AttributeError(key)
        return self.language.word("words", key)

    def __call__(self, table: str, key: str) -> str:
        return self.language.word(table, key)


_ENVIRONMENTS: dict[Any, tuple[Format, ImmutableSandboxedEnvironment]] = {}


def environment(form: Format, own: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    """The environment of a format, made once as long as the format's folder stays as it is."""
    key = (form.name, form.settings.get("dialect"), own)
    if key not in _ENVIRONMENTS or _ENVIRONMENTS[key][0] != form:
        _ENVIRONMENTS[key] = (form, new_environment(form, own))
    return _ENVIRONMENTS[key][1]


def new_environment(form: Format, own: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    """Jinja in a sandbox, with the format's delimiters, escaping and filters."""
    folders = search_folders(own)
    paths = [folder / name for name in form.folders for folder in folders] + list(own)
    loader = ChoiceLoader(
        [FileSystemLoader([str(p) for p in paths if p.is_dir()])]
        + [PrefixLoader({"builtin": FileSystemLoader(str(builtin_folder()))}, delimiter=":")]
    )
    words = Writer(form)
    settings: dict[str, Any] = {}
    for kind, (start, end) in form.delimiters.items():
        settings[f"{kind}_start_string"], settings[f"{kind}_end_string"] = start, end
    env = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=True,
        finalize=words.final,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        **settings,
    )
    env.filters |= {
        "text": words.text, "math": words.math, "display": words.display, "remark": words.remark, "code": words.code,
        "json": lambda value, indent=None: Markup(json.dumps(str(value), ensure_ascii=False)),
        "plain": words.plain, "svgwidth": svg_width, **LAYOUT,
        "raw": Markup, "width": words.width, "span": words.span, "verbatim": words.verbatim,
    }  # fmt: skip
    return env


class Writer:
    """Turns pieces of a document into the format's own text."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.printer = PRINTERS.get(form.math)
        if self.printer is None:
            raise InputError(f"format {form.name}: no printer {form.math!r}", mend=did_you_mean(form.math, PRINTERS))
        self.table = str.maketrans(dict(form.escape))
        code = form.escape if form.escape_code is None else form.escape_code
        self.code_table = str.maketrans({**code, **form.settings.get("escape_in_code", {})})

    def final(self, value: Any) -> Any:
        """What a template prints, escaped unless it is ready."""
        if isinstance(value, Text | Math | Code):
            return self.text(value)
        if isinstance(value, str) and not hasattr(value, "__html__"):
            return Markup(value.translate(self.table))
        return value

    def text(self, value: Any) -> Markup:
        """Running text with its formulas and code."""
        if isinstance(value, Math):
            return Markup(self.form.inline.replace("%s", self.print(value)))
        if isinstance(value, Code):
            return Markup(self.form.code.replace("%s", value.text.translate(self.code_table)))
        if isinstance(value, Text):
            pairs = zip(("", *value.pieces), value.pieces)
            return Markup("").join(piece for a, b in pairs for piece in (self.gap(a, b), self.text(b)))
        return value if isinstance(value, Markup) else Markup(str(value).translate(self.table))

    def gap(self, before: Any, after: Any) -> Markup:
        """What stands between a formula and an East Asian sign: GitHub takes no formula that is glued to one."""
        glued = isinstance(before, Math) and isinstance(after, str) and after[:1].isalnum()
        glued |= isinstance(after, Math) and isinstance(before, str) and not before[-1:].isascii()
        return Markup(self.form.settings.get("gap", "") if glued else "")

    def math(self, value: Any) -> Markup:
        """A formula (or a blank) as it stands inside a displayed formula."""
        if isinstance(value, Blank):
            return Markup(self.form.settings.get("blank", "____"))
        return Markup("" if value is None else self.print(value))

    def display(self, value: Any) -> Markup:
        """A formula on its own, for printers that tell the two apart."""
        if isinstance(value, Blank):
            return self.math(value)
        return Markup("" if value is None else self.print(value, display=True))

    def remark(self, value: Any) -> Markup:
        """Words beside a formula, as part of the mathematics."""
        pieces = value.pieces if isinstance(value, Text) else (value,)
        out = []
        for piece in pieces:
            if isinstance(piece, Math):
                out.append(self.print(piece))
            else:
                words = piece.text if isinstance(piece, Code) else str(piece)
                escape = IN_FORMULA.get(self.form.math, lambda w: w.translate(self.table))
                out.append(self.form.words.replace("%s", escape(words)))
        return Markup(self.form.join.join(out))

    def code(self, value: Any) -> Markup:
        return Markup(str(value).translate(self.code_table))

    def verbatim(self, value: Any) -> Markup:
        """Source text, set in a block that takes it as it is."""
        return Markup(str(value))

    def print(self, value: Math, display: bool = False) -> str:
        assert self.printer is not None
        tree = value.tree
        if self.form.math == "mathml":
            return self.printer(tree, display=display)
        if self.form.math == "text":
            return self.printer(tree, ascii=bool(self.form.settings.get("ascii")))
        return self.printer(tree, colours=self.form.colours)

    def span(self, rows: Any) -> float:
        """About how many letters wide aligned rows are, remarks included."""
        return sum(max(map(self.width, (getattr(row, side) for row in rows))) for side in ("left", "right", "remark"))

    def width(self, value: Any) -> float:
        if isinstance(value, Math):
            return nodes.width(value.tree)
        return sum(map(self.width, value.pieces)) if isinstance(value, Text) else 0.8 * len(self.plain(value or ""))

    def plain(self, value: Any) -> str:
        """Running text without any markup: titles of windows, alternative texts."""
        if isinstance(value, Text):
            return "".join(self.plain(p) for p in value.pieces)
        if isinstance(value, Math):
            return typeset.text(value.tree)
        return getattr(value, "text", "" if isinstance(value, Blank) else str(value))


# ---------------------------------------------------------------- what can go wrong


def guarded(action: Callable[[], str], where: str, form: Format) -> str:
    """Run a template; whatever goes wrong in it is told with its file and line."""
    try:
        return action()
    except DerivexplainError:
        raise
    except TemplateSyntaxError as error:
        raise InputError(
            f"{error.message}", where=f"{error.filename or where}:{error.lineno}", read="template"
        ) from None
    except TemplateNotFound as error:
        raise InputError(
            f"there is no template {error.name!r} for {form.name}", mend="add it to the format's folder"
        ) from None
    except (UndefinedError, SecurityError, TemplateError) as error:
        raise InputError(str(error), where=place(error, where), read="template") from None
    except (TypeError, ValueError, AttributeError, KeyError, ZeroDivisionError, OverflowError) as error:
        raise InputError(f"{type(error).__name__}: {error}", where=place(error, where), read="template") from None


def place(error: BaseException, where: str) -> str:
    """The template's file and line, from the traceback that Jinja rewrites."""
    found = where
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            name = where if code.co_filename.startswith("<") else code.co_filename
            found = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def compiled(source: str, form: Format) -> bytes:
    """Typst source as a PDF, by the typst package where it is installed."""
    if form.compile != "typst":
        raise InputError(f"format {form.name}: nothing compiles {form.compile!r}", mend='write compile = "typst"')
    try:
        import typst
    except ImportError:
        raise InputError(
            "PDF without TeX needs the typst package", mend='pip install "derivexplain[pdf]", or --format latex'
        ) from None
    try:
        return typst.compile(source.encode(), **form.settings.get("compile_options", {}))
    except Exception as error:  # the compiler's own errors have no common class
        raise InputError(f"typst could not set the document: {error}") from None
