"""Python text: what a file has of it, be it a script, a notebook or a page of notes; lines keep their numbers."""

from __future__ import annotations

import ast
import json
import linecache
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import InputError, shorten

LIMIT = 2_000_000  # characters of one file
PAGES = (".md", ".markdown", ".rst", ".txt", ".qmd")
FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<word>[\w+{.-]*)[^\n]*$", re.MULTILINE)

BACKWARD = re.compile(r"\bdef +\w*(backward|backprop|grad|prime|deriv)\w*\((?![^)]*\.\.\.)")  # and no pseudo code


def read(path: str) -> str:
    """The Python text of a file: cells or fences joined, every line where it stands in the file."""
    file = Path(path)
    text = _text(file)
    if file.suffix == ".ipynb":
        return from_notebook(text, path)
    if file.suffix in PAGES:
        return from_markdown(text)
    return text


def _text(file: Path) -> str:
    """What a file holds, as it stands."""
    path = str(file)
    if file.is_dir():
        raise InputError("this is a folder", mend="name the files: derivexplain check folder/*.py", read=path)
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such file", mend="check the path", read=path) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be read ({error.strerror})", mend="check its permissions", read=path
        ) from None
    if len(data) > 4 * LIMIT:
        raise InputError("the file is too large", mend="put the layers into a file of their own", read=path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        declared = re.match(rb"(?:[^\n]*\n)?[ \t]*#.*?coding[:=][ \t]*([-\w.]+)", data)
        try:
            text = data.decode(declared[1].decode()) if declared else _lost(path, error)
        except (LookupError, UnicodeDecodeError):
            text = _lost(path, error)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lost(path: str, error: UnicodeDecodeError) -> str:
    raise InputError(
        f"the file is not UTF-8 (byte {error.start})",
        mend="save it as UTF-8, or declare its coding in line 1",
        read=path,
    )


def from_notebook(text: str, path: str) -> str:
    """The code cells of a notebook one after another; magics and shell lines become empty."""
    return "\n".join(cell if _parses(cell) else re.sub(r"[^\n]+", "", cell) for cell in _python_cells(text, path))


def _python_cells(text: str, path: str) -> Iterator[str]:
    """The code cells without magics and shell lines, as they stand."""
    for cell in code_cells(text, path):
        if re.match(r"\s*%%(?!time|capture)", cell):
            cell = re.sub(r"[^\n]+", "", cell)
        yield re.sub(r"^(\s*)(?:%|!|\?).*$", r"\1pass", cell, flags=re.MULTILINE)


def code_cells(text: str, path: str) -> list[str]:
    try:
        cells = json.loads(text)
        cells = cells.get("cells") or [c for w in cells.get("worksheets", ()) for c in w.get("cells", ())]
        return ["".join(c.get("source", c.get("input", ""))) for c in cells if c.get("cell_type") == "code"]
    except (ValueError, AttributeError, TypeError):
        raise InputError(
            "this is no notebook (its JSON cannot be read)", mend="save it again in Jupyter", read=path
        ) from None


def shown_line(path: str, number: int) -> tuple[str, str]:
    """A line of a file of code, and in which cell of a notebook it stands."""
    if not path.endswith(".ipynb"):
        return linecache.getline(path, number).strip(), ""
    try:
        cells = code_cells(Path(path).read_text("utf-8-sig"), path)
    except (OSError, ValueError, InputError):
        return "", ""
    for k, cell in enumerate(cells, 1):
        lines = cell.split("\n")
        if number <= len(lines):
            return lines[number - 1].strip(), f" (code cell {k}, line {number})"
        number -= len(lines)
    return "", ""


def from_markdown(text: str) -> str:
    """The Python fences, each line where it stood; where there is no fence at all, indented or In [n] blocks."""
    lines = _fenced(text)
    if not _parses("\n".join(lines)):
        for start, end in _blocks(lines):  # console output, pseudo code
            if not _parses("\n".join(lines[start:end])):
                lines[start:end] = [""] * (end - start)
    return "\n".join(lines)


def _fenced(text: str) -> list[str]:
    """The lines inside Python fences; all others empty."""
    out, open_mark, keep, indent = [], "", False, 0
    for line in text.split("\n"):
        match = FENCE.match(line)
        if match and not open_mark:
            open_mark, indent = match["mark"], len(match["indent"])
            keep = match["word"].strip("{}.").lower() in ("", "python", "py", "python3", "ipython", "pycon")
            out.append("")
        elif match and open_mark and match["mark"].startswith(open_mark[:3]) and not match["word"]:
            open_mark = ""
            out.append("")
        else:
            out.append(line[indent:] if open_mark and keep else "")
    return out


def _blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """From where to where the lines stand together: up to an empty line that something at the margin follows."""
    start = None
    for i in range(len(lines) + 1):
        inside = i < len(lines) and lines[i].strip()
        if inside and start is None:
            start = i
        elif not inside and start is not None and (i == len(lines) or _ends(lines, i)):
            yield start, i
            start = None


def passed_over(path: str) -> list[InputError]:
    """What is wrong with cells and fences that hold a backward pass and are no Python; all others are read."""
    file, blocks, end = Path(path), [], 0
    if file.suffix == ".ipynb":
        for cell in _python_cells(_text(file), path):
            blocks.append((end, cell))
            end += cell.count("\n") + 1
    elif file.suffix in PAGES:
        lines = _fenced(_text(file))
        blocks = [(start, "\n".join(lines[start:end])) for start, end in _blocks(lines)]
    found = []
    for above, block in blocks:
        if BACKWARD.search(block):
            try:
                ast.parse(block)
            except SyntaxError as error:
                found.append(_complaint(error, path, above))
    return found


def rewritten(lines: Iterable[str], places: Iterable[tuple[int, int, int, str]]) -> list[str]:
    """The lines with other words in them: in which line, counted from 1, from which byte to which, and what."""
    new = [*lines]
    for row, start, end, word in sorted(places, reverse=True):
        line = new[row - 1].encode()
        new[row - 1] = (line[:start] + word.encode() + line[end:]).decode()
    return new


def _ends(lines: list[str], i: int) -> bool:
    """Whether a block of code ends at this empty line: what follows starts at the margin."""
    following = next((line for line in lines[i:] if line.strip()), "")
    return not following.startswith((" ", "\t", ")", "]", "}"))


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def parse(path: str) -> tuple[str, ast.Module]:
    """The file's text and tree; a syntax error says where, and knows Python 2 when it sees it."""
    text = read(path)
    if len(text) > LIMIT:
        raise InputError("the file is too large", mend="put the layers into a file of their own", read=path)
    if not path.endswith(".py"):  # where the text of a function is looked up by its lines: of cells, not of JSON
        linecache.cache[path] = len(text), None, [f"{line}\n" for line in text.split("\n")], path
    try:
        return text, ast.parse(text, filename=path)
    except SyntaxError as error:
        raise _complaint(error, path) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(
            f"the file is no Python text ({error})", mend="check that this is the right file", read=path
        ) from None


def _complaint(error: SyntaxError, path: str, above: int = 0) -> InputError:
    """What is wrong, and where; `above` lines stand before the text."""
    line, number = (error.text or "").strip(), (error.lineno or 1) + above
    old = re.match(r"(print\s+[^(=]|exec\s+['\"]|raise\s+\w+\s*,|except\s+\w+\s*,\s*\w+\s*:)", line)
    return InputError(
        f"syntax error: {error.msg}" + (f" in `{shorten(line)}`" if line else "") + shown_line(path, number)[1],
        mend="this is Python 2: convert it with 2to3 first" if old else "mend the syntax, then check again",
        where=f"{path}:{number}:{error.offset or 1}",
    )
