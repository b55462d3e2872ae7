"""Text: code taken out of a file, and only as much of it run as layers need.

From a file are taken: imports (siblings are read the same way), functions, classes, and assignments of
literals or of names and arithmetic on them. Other statements at top level are left alone: they train,
plot and print.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import os
import re
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, shorten

LIMIT = 2_000_000  # characters of one file
FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<word>[\w+{.-]*)[^\n]*$", re.MULTILINE)


@dataclass
class Module:
    """What a file holds: its text (line numbers are the file's), its tree, the names that came out of it."""

    path: str
    text: str
    tree: ast.Module
    names: dict[str, Any] = field(default_factory=dict)
    trouble: list[tuple[int, str]] = field(default_factory=list)


def read(path: str) -> str:
    """The Python text of a file: cells or fences joined, every line where it stands in the file."""
    file = Path(path)
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
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if file.suffix == ".ipynb":
        return from_notebook(text, path)
    if file.suffix in (".md", ".markdown", ".rst", ".txt", ".qmd"):
        return from_markdown(text)
    return text


def _lost(path: str, error: UnicodeDecodeError) -> str:
    raise InputError(
        f"the file is not UTF-8 (byte {error.start})",
        mend="save it as UTF-8, or declare its coding in line 1",
        read=path,
    )


def from_notebook(text: str, path: str) -> str:
    """The code cells of a notebook one after another; magics and shell lines become empty."""
    try:
        cells = json.loads(text)
        cells = cells.get("cells") or [c for w in cells.get("worksheets", ()) for c in w.get("cells", ())]
        code = ["".join(c.get("source", c.get("input", ""))) for c in cells if c.get("cell_type") == "code"]
    except (ValueError, AttributeError, TypeError):
        raise InputError(
            "this is no notebook (its JSON cannot be read)", mend="save it again in Jupyter", read=path
        ) from None
    kept = []
    for cell in code:
        if re.match(r"\s*%%(?!time|capture)", cell):
            cell = re.sub(r"[^\n]+", "", cell)
        cell = re.sub(r"^(\s*)(?:%|!|\?).*$", r"\1pass", cell, flags=re.MULTILINE)
        kept.append(cell if _parses(cell) else re.sub(r"[^\n]+", "", cell))
    return "\n".join(kept)


def from_markdown(text: str) -> str:
    """The Python fences, each line where it stood; where there is no fence at all, indented or In [n] blocks."""
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
    return "\n".join(_only_parsing(out))


def _only_parsing(lines: list[str]) -> list[str]:
    """Fences that are no Python (console output, pseudo code) become empty, the rest stays."""
    blocks: list[list[int]] = [[]]
    for i, line in enumerate(lines):
        if line or (blocks[-1] and i and any(lines[i : i + 1])) or blocks[-1]:
            blocks[-1].append(i)
    text = "\n".join(lines)
    if _parses(text):
        return lines
    kept, start = list(lines), None
    for i in range(len(lines) + 1):
        inside = i < len(lines) and lines[i].strip()
        if inside and start is None:
            start = i
        elif not inside and start is not None and (i == len(lines) or _ends(lines, i)):
            if not _parses("\n".join(lines[start:i])):
                kept[start:i] = [""] * (i - start)
            start = None
    return kept


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


def parse(path: str) -> Module:
    """The file as a tree; a syntax error says where, and knows Python 2 when it sees it."""
    text = read(path)
    if len(text) > LIMIT:
        raise InputError("the file is too large", mend="put the layers into a file of their own", read=path)
    try:
        return Module(path, text, ast.parse(text, filename=path))
    except SyntaxError as error:
        line = (error.text or "").strip()
        old = re.match(r"(print\s+[^(=]|exec\s+['\"]|raise\s+\w+\s*,|except\s+\w+\s*,\s*\w+\s*:)", line)
        mend = "this is Python 2: convert it with 2to3 first" if old else "mend the syntax, then check again"
        raise InputError(
            f"syntax error: {error.msg}" + (f" in `{shorten(line)}`" if line else ""),
            mend=mend,
            where=f"{path}:{error.lineno}:{error.offset or 1}",
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(
            f"the file is no Python text ({error})", mend="check that this is the right file", read=path
        ) from None


SIMPLE = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.UnaryOp,
    ast.BinOp,
    ast.operator,
    ast.unaryop,
    ast.Name,
    ast.Load,
    ast.Attribute,
    ast.Lambda,
    ast.arguments,
    ast.arg,
)


def taken(node: ast.stmt) -> bool:
    """Whether a statement at top level is run: see this room's first lines."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return True
    if isinstance(node, ast.Assign | ast.AnnAssign):
        value = node.value
        return value is not None and (
            isinstance(value, ast.Lambda) or all(isinstance(n, SIMPLE) for n in ast.walk(value))
        )
    if isinstance(node, ast.Try):
        return all(isinstance(n, ast.Import | ast.ImportFrom | ast.Pass | ast.Assign) for n in node.body)
    return isinstance(node, ast.If) and all(isinstance(n, ast.Import | ast.ImportFrom) for n in node.body)


def load_module(path: str, whole: bool = False, seen: dict[str, Module] | None = None) -> Module:
    """Run what is taken of a file, statement by statement; one that fails is noted and the rest goes on."""
    seen = {} if seen is None else seen
    key = os.path.abspath(path)
    if key in seen:
        return seen[key]
    module = parse(path)
    seen[key] = module
    name = re.sub(r"\W", "_", Path(path).stem)
    home = types.ModuleType(name)
    home.__file__ = path
    space = home.__dict__
    module.names = space
    hook = Siblings(os.path.dirname(key), seen)
    space["__builtins__"] = {**vars(builtins), "__import__": hook}
    sys.modules.setdefault(name, home)  # pickling and dataclasses look classes up here
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        if not (whole or taken(node)):
            continue
        try:
            code = compile(ast.Module([node], []), path, "exec", dont_inherit=True)
            exec(code, space)  # running the user's own code is what checking means
        except (Exception, SystemExit) as error:
            module.trouble.append((node.lineno, f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"))
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    if alias.name != "*":
                        space.setdefault(alias.asname or alias.name.split(".")[0], Missing(alias.name, str(error)))
    import numpy

    space.setdefault("np", numpy)
    space.setdefault("numpy", numpy)
    return module


class Missing:
    """Stands for a module that could not be imported: complains when it is used, not before."""

    def __init__(self, name: str, why: str) -> None:
        self.__dict__.update(_name=name, _why=why)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name[:1].isupper():
            return type(name, (), {})  # a base class of a library that is not installed
        return Missing(f"{self._name}.{name}", self._why)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and callable(args[0]) and not kwargs:
            return args[0]  # a decorator of a library that is not installed
        raise ImportError(f"{self._name} is not there ({self._why})")

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return ()


class Siblings:
    """``import`` as a file's code sees it: files beside it are read as it is, the rest are ordinary packages."""

    def __init__(self, folder: str, seen: dict[str, Module]) -> None:
        self.folder, self.seen = folder, seen

    def __call__(self, name: str, space: Any = None, local: Any = None, names: Any = (), level: int = 0) -> Any:
        folder = self.folder
        for _ in range(max(level - 1, 0)):
            folder = os.path.dirname(folder)
        parts = name.split(".") if name else []
        found = self._beside(folder, parts, names)
        if found is None and level == 0 and parts:
            try:
                return importlib.__import__(name, space, local, names or (), 0)
            except ImportError:
                found = self._beside(os.path.dirname(folder), parts, names)
                if found is None and parts[0] == "cupy":
                    return importlib.import_module("numpy")
                if found is None:
                    raise
        if found is None:
            raise ImportError(f"there is no {'.' * level}{name} beside the file")
        return found

    def _beside(self, folder: str, parts: list[str], names: Any) -> Any:
        base = os.path.join(folder, *parts)
        if parts and os.path.isfile(base + ".py"):
            return self._home(base + ".py", parts, names)
        if os.path.isdir(base) and names:
            home = types.ModuleType(parts[-1] if parts else "package")
            if os.path.isfile(os.path.join(base, "__init__.py")):
                home.__dict__.update(load_module(os.path.join(base, "__init__.py"), seen=self.seen).names)
            hit = False
            for n in names:
                if os.path.isfile(os.path.join(base, f"{n}.py")):
                    setattr(home, n, self._home(os.path.join(base, f"{n}.py"), [n], (n,)))
                    hit = True
                hit |= hasattr(home, n)
            return home if hit or (parts and "*" in names) else None
        return None

    def _home(self, path: str, parts: list[str], names: Any) -> Any:
        module = load_module(path, seen=self.seen)
        home = types.ModuleType(parts[-1])
        home.__dict__.update({k: v for k, v in module.names.items() if not k.startswith("__")})
        for part in reversed(parts[:-1]) if not names else ():
            outer = types.ModuleType(part)
            setattr(outer, home.__name__, home)
            home = outer
        return home
