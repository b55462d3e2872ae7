"""Rendering: a document through the templates of a format, which is a folder that this room knows nothing about.

The templates say what a handout looks like; ``builtin:markdown/rows.md`` reaches ours from a folder of the user's.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    Undefined,
    nodes,
)
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from .cells import cells
from .errors import DerivexplainError, InputError, did_you_mean
from .formats import Format, format_of_file, formats, in_dialect, read_format, search_folders
from .formula_budget import too_dear
from .language import Language, builtin_folder
from .layout_text import LAYOUT, svg_width
from .story import Document, Rows
from .writer import Writer

__all__ = ["Format", "Writer", "format_of_file", "formats", "in_dialect", "line_now", "read_format", "render",
           "render_text"]  # fmt: skip


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
    settings = form.settings
    entry = ("part" if part else "handout") + settings.get("template_suffix", form.suffix)
    entry = settings.get("part", entry) if part else entry
    context = {"document": document, "format": form, "words": Words(language), "colours": dict(colours or {})}
    context["spelt"] = ()
    if part:
        context["block"] = next(b for b in document.blocks if b.id == part)
    where = file_of(env, entry) if templates else entry
    if templates:
        guarded(lambda: no_lost_blocks(env, entry), where, form)
    source = guarded(lambda: env.get_template(entry).render(context), where, form)
    if form.settings.get("budget") and (spelt := too_dear(rows_of(document, part), source, form)):
        source = guarded(lambda: env.get_template(entry).render(context, spelt=spelt), where, form)
    source = tidy(source)
    return compiled(source, form) if form.compile and not part else source


def rows_of(document: Document, part: str | None) -> list[Rows]:
    """The aligned formulas in the order of the page."""
    blocks = [b for b in document.blocks if part in (None, b.id)]
    return [item for b in blocks for item in b.items if isinstance(item, Rows)]


JINJA = {"variable": ("{{", "}}"), "block": ("{%", "%}")}  # its delimiters where a format has none of its own


def render_text(
    source: str,
    where: str,
    functions: Mapping[str, Any],
    form: Format,
    language: Language,
    own: tuple[Path, ...] = (),
    colours: Mapping[str, str] | None = None,
) -> str:
    """A lecturer's own document: its text is the template, `functions` is what it may call.

    It may include the styles and preambles of the format, so it knows all that they ask for.
    """
    env = environment(form, own)
    safe = {name: _marked(function) for name, function in functions.items()}
    no_foreign_calls(source, where, functions, form, own)
    context = {**safe, "words": Words(language), "format": form, "colours": dict(colours or {})}
    try:
        text = guarded(lambda: env.from_string(source).render(context), where, form, safe)
    except DerivexplainError as error:
        raise error.with_context(where=place(error, where)) from None
    whole = form.settings.get("document")  # prose of a format that has cells: they are made of all of it
    return guarded(lambda: env.get_template(whole).render(cells=cells(text)), whole, form) if whole else text


def no_foreign_calls(source: str, where: str, names: Iterable[str], form: Format, own: tuple[Path, ...]) -> None:
    """What another format would call is printed as it stands in this one, and nothing of it would be checked."""
    ours = {**JINJA, **form.delimiters}
    called = {"variable": rf"\s*(?:{'|'.join(names)})\s*\(", "block": r"\s*(?:for|if|set)\b"}
    for other in formats(own).values():
        for kind, words in called.items():
            start, end = {**JINJA, **other.delimiters}[kind]
            found = re.search(f"{re.escape(start)}{words}[^\n]*{re.escape(end)}", source)
            if found and start != ours[kind][0]:
                line = source.count("\n", 0, found.start()) + 1
                wrong = f"{start} ... {end} is nothing that a {form.suffix} document calls"
                raise InputError(wrong, where=f"{where}:{line}", mend=f"write {' ... '.join(ours[kind])}")


def file_of(env: ImmutableSandboxedEnvironment, name: str) -> str:
    """The file that a template is read from; its name where there is none."""
    assert env.loader is not None
    try:
        return env.loader.get_source(env, name)[1] or name
    except TemplateNotFound:
        return name


def no_lost_blocks(env: ImmutableSandboxedEnvironment, name: str) -> str:
    """A block that the template above does not have would be left out without a word."""
    assert env.loader is not None
    source, path, _ = env.loader.get_source(env, name)
    tree = env.parse(source)
    above = next(tree.find_all(nodes.Extends), None)
    if above is not None and isinstance(above.template, nodes.Const):
        known = blocks_of(env, str(above.template.value))
        for block in tree.body:
            if isinstance(block, nodes.Block) and block.name not in known:
                wrong = f"{above.template.value} has no block {block.name}"
                raise InputError(wrong, where=f"{path}:{block.lineno}", mend=did_you_mean(block.name, known))
    return ""


def blocks_of(env: ImmutableSandboxedEnvironment, name: str) -> set[str]:
    """The blocks of a template and of those that it extends."""
    assert env.loader is not None
    tree = env.parse(env.loader.get_source(env, name)[0])
    above = [e.template for e in tree.find_all(nodes.Extends) if isinstance(e.template, nodes.Const)]
    return {b.name for b in tree.find_all(nodes.Block)}.union(*(blocks_of(env, str(a.value)) for a in above))


def line_now() -> int:
    """The line of the template that is being run."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            return template.get_corresponding_lineno(frame.f_lineno)
        frame = frame.f_back
    raise RuntimeError("no template is being run")


def _marked(function: Any) -> Any:
    """A function whose text is ready to print: nothing escapes it again."""
    if not callable(function):
        return function
    return lambda *args, **kwargs: Markup(function(*args, **kwargs))


def tidy(source: str) -> str:
    """No blanks at ends of lines, at most one empty line in a row, one newline at the end."""
    lines = [line.rstrip(" \t") for line in source.split("\n")] + [""]
    return "\n".join(line for before, line in zip(("", *lines), lines) if line or before) or "\n"


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


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox; the fields of our records are for everybody to read."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        fields = getattr(type(obj), "__dataclass_fields__", ())
        if attribute in fields:
            return getattr(obj, attribute)
        found = super().getattr(obj, attribute)
        if fields and isinstance(found, Undefined) and not attribute.startswith("_"):
            wrong = f"a {type(obj).__name__.lower()} has no {attribute}; {did_you_mean(attribute, fields)}"
            return self.undefined(wrong)
        return found


_ENVIRONMENTS: dict[Any, tuple[Format, Sandbox]] = {}


def environment(form: Format, own: tuple[Path, ...]) -> Sandbox:
    """The environment of a format, made once as long as the format's folder stays as it is."""
    key = (form.name, form.settings.get("dialect"), own)
    if key not in _ENVIRONMENTS or _ENVIRONMENTS[key][0] != form:
        _ENVIRONMENTS[key] = (form, new_environment(form, own))
    return _ENVIRONMENTS[key][1]


def new_environment(form: Format, own: tuple[Path, ...]) -> Sandbox:
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
    env = Sandbox(
        loader=loader,
        autoescape=True,
        finalize=words.final,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=bool(own),
        **settings,
    )
    env.filters |= {
        "text": words.text, "math": words.math, "display": words.display, "remark": words.remark, "code": words.code,
        "json": lambda value, indent=None: Markup(json.dumps(str(value), ensure_ascii=False)),
        "plain": words.plain, "svgwidth": svg_width, **LAYOUT,
        "raw": Markup, "width": words.width, "span": words.span, "verbatim": words.verbatim,
    }  # fmt: skip
    return env


# ---------------------------------------------------------------- what can go wrong


def guarded(action: Callable[[], str], where: str, form: Format, functions: Iterable[str] = ()) -> str:
    """Run a template, which may call `functions`; whatever goes wrong in it is told with its file and line."""
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
            f"there is no template {error.name!r} for {form.name}",
            where=place(error, where),
            mend=meant(str(error.name), [f"builtin:{name}" for name in builtin_names()])
            or "add it to the format's folder",
        ) from None
    except RecursionError as error:
        wrong, mend = "a template includes itself without end", f'what it replaces is "builtin:{form.name}/..."'
        raise InputError(wrong, where=place(error, where), mend=mend) from None
    except (UndefinedError, SecurityError, TemplateError) as error:
        wrong, mend = str(error), ""
        if functions and (unknown := re.fullmatch(r"'(\w+)' is undefined", wrong)):
            quoted = f'a layer\'s name or a formula stands in quotes: "{unknown[1]}"'
            mend = meant(unknown[1], functions) or quoted
        raise InputError(wrong, where=place(error, where), read="template", mend=mend) from None
    except (TypeError, ValueError, AttributeError, KeyError, ZeroDivisionError, OverflowError) as error:
        raise InputError(f"{type(error).__name__}: {error}", where=place(error, where), read="template") from None


def meant(word: str, known: Iterable[str]) -> str:
    """What was meant, where a known word is near."""
    told = did_you_mean(word, known)
    return told if told.startswith("did you") else ""


def builtin_names() -> list[str]:
    """Our own templates, as a template of the user's names them."""
    return [path.relative_to(builtin_folder()).as_posix() for path in builtin_folder().glob("*/*.*")]


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
            "PDF without TeX needs the typst package", mend="pip install typst, or --format latex"
        ) from None
    for standards in (form.settings.get("pdf_standards"), None):  # a page that no standard fits is still a page
        try:
            return typst.compile(source.encode(), **({"pdf_standards": standards} if standards else {}))
        except Exception as error:  # the compiler's own errors have no common class
            problem = error
    raise InputError(f"typst could not set the document: {problem}")
