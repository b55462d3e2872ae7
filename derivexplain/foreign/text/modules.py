"""Modules: as much of a file run as its layers need, and the files it imports from beside it.

Taken are imports, functions, classes, and assignments of what costs nothing: literals, names, arithmetic,
NumPy's and the standard library's small helpers. What else stands at top level is left alone: it trains,
plots and prints.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import importlib
import os
import re
import sys
import types
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy

from ...checking import chance
from ...checking.flow import UNRUN
from ...checking.older import HELPERS, as_older, old_names
from ...checking.stopping import LOST
from ...python_text import parse
from .factories import as_classes
from .standins import CURVES, USUAL, Base, Drawing, Framework, Harmless, draws, slopes, usual

PLAIN = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.UnaryOp,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.Name,
    ast.expr_context,
    ast.Attribute,
    ast.Subscript,
    ast.keyword,
)
CHEAP = frozenset(  # what the root of a call may be
    ("np", "numpy", "math", "os", "typing", "collections", "logging", "functools", "itertools", "operator", "enum")
    + ("float", "int", "bool", "str", "tuple", "list", "dict", "set", "range", "len", "abs", "max", "min", "random")
    + ("TypeVar", "NewType", "namedtuple", "partial")
)
DEFINED = (ast.FunctionDef, ast.ClassDef)
LATER = __future__.annotations.compiler_flag  # the types that a signature names may be anywhere
HARMFUL = re.compile(r"load|save|open|read|system|popen|remove|mkdir|walk|listdir|fromfile|genfromtxt|basicConfig")


@dataclass
class Module:
    """What a file holds: its text (line numbers are the file's), its tree, the module that came out of it."""

    path: str
    text: str
    tree: ast.Module
    home: types.ModuleType
    trouble: list[tuple[int, str]] = field(default_factory=list)
    earlier: dict[int, Any] = field(default_factory=dict)  # what is defined again further down, by its line

    @property
    def names(self) -> dict[str, Any]:
        return vars(self.home)

    @cached_property
    def definitions(self) -> list[ast.ClassDef | ast.FunctionDef]:
        """All classes and functions, wherever they stand: asked for every one of them."""
        return [n for n in ast.walk(self.tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)]


def taken(node: ast.stmt, space: Mapping[str, Any]) -> ast.stmt | None:
    """As much of a statement at top level as is run: see this room's first lines; `space`: the names it may read."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            return node
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return node if cheap(value, space) else None
        case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[], keywords=[])):
            return node if re.match(r"_?(setup|register)", name) else None  # a framework gives its classes operators
        case ast.If() if cheap(node.test, space):
            node.body = _kept(node.body, space) or [ast.copy_location(ast.Pass(), node)]
            node.orelse = _kept(node.orelse, space)
            return node
        case ast.Try():
            node.body = _kept(node.body, space) or [ast.copy_location(ast.Pass(), node)]
            for handler in node.handlers:
                handler.body = _kept(handler.body, space) or [ast.copy_location(ast.Pass(), handler)]
            node.orelse, node.finalbody = _kept(node.orelse, space), _kept(node.finalbody, space)
            return node
    return None


def _kept(body: list[ast.stmt], space: Mapping[str, Any]) -> list[ast.stmt]:
    return [kept for node in body if (kept := taken(node, space))]


def cheap(value: ast.expr | ast.keyword, space: Mapping[str, Any]) -> bool:
    """Whether an expression may be worked out unasked: nothing in it reads a file or runs the user's code."""
    if isinstance(value, ast.Lambda):
        return True
    match value:
        case ast.Dict(values=values) if values and all(map(of_bare, values)):
            return all(k is None or cheap(k, space) for k in value.keys)
        case ast.Call(func=function):
            root = function
            while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
                root = root.func if isinstance(root, ast.Call) else root.value
            known = isinstance(root, ast.Name) and (root.id in CHEAP or of_numbers(space.get(root.id)))
            if not known or HARMFUL.search(ast.unparse(function)):
                return False
        case _ if not isinstance(value, PLAIN):
            return False
    parts = (child for child in ast.iter_child_nodes(value) if isinstance(child, ast.expr | ast.keyword))
    return all(cheap(child, space) for child in parts)


def of_numbers(value: Any) -> bool:
    """Whether a name is NumPy, math or SciPy, whatever it is called, or a function of theirs: ``sqrt(2 / pi)``."""
    module = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", "")
    number = isinstance(value, types.ModuleType | types.BuiltinFunctionType | types.FunctionType | numpy.ufunc)
    return number and str(module).partition(".")[0] in ("numpy", "math", "scipy")


def shared(node: ast.stmt) -> str:
    """The name of an instance made of nothing that others may read, as a framework's graph: ``_GRAPH = Graph()``."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if made_bare(value, numbers=True):
            return name
    return ""


def made_bare(value: ast.expr, numbers: bool = False) -> bool:
    """An instance of a class made of nothing, as in a table of activations: ``{"relu": ReLU()}``; or of `numbers`."""
    match value:
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
            plain = (isinstance(g, ast.Constant) and isinstance(g.value, int | float) for g in given)
            return name[:1].isupper() and (all(plain) if numbers else not given)
    return False


def of_bare(value: ast.expr) -> bool:
    """The same, or what such instances have: ``{"relu": (Functions().relu, Functions().relu_grad)}``."""
    match value:
        case ast.Attribute(value=inner):
            return of_bare(inner)
        case ast.Tuple(elts=parts) if parts:
            return all(map(of_bare, parts))
    return made_bare(value)


@chance.repeatable()  # for what is imported by name
def load_module(path: str, whole: bool = False) -> Module:
    """As much of a file run as its layers need; one of a package that stumbles alone is taken out of the whole."""
    alone, folder = load(path, whole, {}), os.path.dirname(os.path.abspath(path))
    outer: list[str] = []
    while os.path.isfile(init := os.path.join(folder, "__init__.py")) and alone.trouble:
        outer.insert(0, init)
        folder = os.path.dirname(folder)
    if not outer:
        return alone
    seen: dict[str, Module] = {}
    for init in outer:
        load(init, False, seen)
    within = load(path, whole, seen)
    return within if len(within.trouble) < len(alone.trouble) else alone


def load(path: str, whole: bool, seen: dict[str, Module]) -> Module:
    """Run what is taken of a file, statement by statement; one that fails is noted and the rest goes on."""
    key = os.path.abspath(path)
    if key in seen:
        return seen[key]
    text, tree = as_classes(*parse(path))
    name = re.sub(r"\W", "_", Path(path).stem)
    home = types.ModuleType(name)
    home.__file__ = path
    module = seen[key] = Module(path, text, tree, home)
    space = vars(home)
    space.update(HELPERS)
    space[UNRUN] = () if whole else tuple(run_whole(tree))
    space["__builtins__"] = {**vars(builtins), "__import__": Importer(os.path.dirname(key), seen)}
    if name not in sys.stdlib_module_names:
        sys.modules.setdefault(name, home)  # pickling and dataclasses look classes up here
    read = {n.id for d in tree.body if isinstance(d, DEFINED) for n in ast.walk(d) if isinstance(n, ast.Name)}
    for node in list(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        if begins_anew(node, tree):  # what stands above goes on with its own
            above = [n for n in tree.body if isinstance(n, DEFINED) and n.lineno < node.lineno]
            module.earlier |= {n.lineno: space[n.name] for n in above if n.name in space}
            module.home = types.ModuleType(name)
            vars(module.home).update(space)
            space = vars(module.home)
        kept = node if whole or shared(node) in read else taken(node, space)
        if kept is None:
            continue
        try:
            for base in lost_bases(kept, space):
                space[base] = type(base, (Base,), {})
            with old_names():
                run(kept, path, space)
        except (Exception, SystemExit) as error:
            module.trouble.append((node.lineno, f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"))
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    if alias.name == "*" and isinstance(node, ast.ImportFrom):
                        space[LOST] = (*space.get(LOST, ()), node.module or "a package's __init__")
                    else:
                        backend = (alias.asname or alias.name) in ("np", "xp", "cp")  # import backend as xp
                        numbers = numpy if backend else None
                        lost = usual(alias.name, text) or numbers or Missing(alias.name, str(error))
                        space.setdefault(alias.asname or alias.name.split(".")[0], lost)
    for known, thing in {"np": numpy, "numpy": numpy, **USUAL, **slopes(text)}.items():
        space.setdefault(known, thing)
    return module


def begins_anew(node: ast.stmt, tree: ast.Module) -> bool:
    """Whether a page begins again with another array library: all classes that stand above stand below too."""
    if not isinstance(node, ast.Import) or not any(a.name in LIBRARIES for a in node.names):
        return False
    classes = [n for n in tree.body if isinstance(n, ast.ClassDef)]
    above, below = ({n.name for n in classes if (n.lineno < node.lineno) is up} for up in (True, False))
    return bool(above) and above <= below


LIBRARIES = ("torch", "tensorflow", "jax", "cupy", "mxnet", "paddle")


def run_whole(tree: ast.Module) -> set[str]:
    """The names that a file gives something at top level or as a global, whether or not that is taken."""
    nodes = [n for top in tree.body if not isinstance(top, DEFINED) for n in ast.walk(top)]
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    aliases = (a for n in nodes if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names)
    said = (name for n in ast.walk(tree) if isinstance(n, ast.Global) for name in n.names)
    return {*stored, *(a.asname or a.name.split(".")[0] for a in aliases), *said}


def run(node: ast.stmt, path: str, space: dict[str, Any]) -> None:
    """Running the user's own code is what checking means; types in signatures that are not there stay text."""
    for flags in (0, LATER):
        with as_older(node):
            code = compile(ast.Module([node], []), path, "exec", flags, dont_inherit=True)
        try:
            exec(code, space)
            return
        except (NameError, AttributeError, TypeError):
            if flags or not isinstance(node, ast.FunctionDef | ast.ClassDef):
                raise


def lost_bases(node: ast.stmt, space: Mapping[str, Any]) -> list[str]:
    """Base classes of a class that are defined nowhere: a page of notes has them on another page."""
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return [
        b.id
        for b in bases
        if isinstance(b, ast.Name) and not hasattr(builtins, b.id) and isinstance(space.get(b.id), Missing | None)
    ]


class Missing:
    """Stands for a module that could not be imported: complains when it is used, not before."""

    def __init__(self, name: str, why: str) -> None:
        self.__dict__.update(_name=name, _why=why)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("np", "numpy", "xp"):
            return numpy
        if draws(name):
            self.__dict__["gave"] = True
            return Drawing
        if name[:1].isupper():
            return type(name, (Base,), {})  # a base class of a library that is not installed
        if name in CURVES:
            self.__dict__["gave"] = True
            return USUAL[name]  # f.relu(x)
        return Missing(f"{self._name}.{name}", self._why)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], types.FunctionType | type) and not kwargs:
            return args[0]  # a decorator of a library that is not installed
        raise ImportError(f"{self._name} is not there ({self._why})")

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        return ()


class Importer:
    """``import`` as a file's code sees it: files beside it and in its packages are read as it is."""

    STAND_INS = {  # the same names on an ordinary machine
        "cupy": Framework("cupy"), "autograd": numpy, "minpy": numpy, "dezero": USUAL["dezero"],
        "opt_einsum": Framework("opt_einsum"), "chainer": Framework("chainer"), "caffe": Framework("caffe"),
        "jax": Framework("jax"),
        "tqdm": Harmless("tqdm"), "numba": Harmless("numba"),
    }  # fmt: skip
    TRACED = ("jax",)  # stood in for even where it is there: its functions by NumPy's, which can be followed

    def __init__(self, folder: str, seen: dict[str, Module]) -> None:
        self.folder, self.seen = folder, seen

    def __call__(self, name: str, space: Any = None, local: Any = None, names: Any = (), level: int = 0) -> Any:
        parts = name.split(".") if name else []
        names = tuple(names or ())
        if level:
            folder = self.folder
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            found = self.beside(folder, parts, names)
            if found is None:
                raise ImportError(f"there is no {'.' * level}{name} beside the file")
            return found
        above = [self.folder]  # the folders from which a script or a package's root would be found
        while len(above) < 5 and os.path.dirname(above[-1]) != above[-1]:
            above.append(os.path.dirname(above[-1]))
        own = [up for down, up in zip(above, above[1:]) if os.path.basename(down) == parts[0]]
        for folder in (self.folder, *own):
            base = os.path.join(folder, parts[0])
            regular = os.path.isfile(f"{base}.py") or os.path.isfile(os.path.join(base, "__init__.py"))
            if regular and (found := self.beside(folder, parts, names)):
                return found
        if parts[0] in self.TRACED:
            return self.STAND_INS[parts[0]]
        try:
            known = sys.modules.get(parts[0])
            if known is not None and known.__spec__ is None and parts[0] != "__main__":
                raise ImportError(f"No module named {parts[0]!r}")  # what `load` has put there is another folder's
            return importlib.__import__(name, space, local, names, 0)
        except ImportError:
            for folder in above:
                if found := self.beside(folder, parts, names):
                    return found
            if parts[0] in self.STAND_INS:
                return self.STAND_INS[parts[0]]
            raise

    def beside(self, folder: str, parts: list[str], names: tuple[str, ...]) -> types.ModuleType | None:
        """The module of these dotted parts under a folder, as ``import`` hands it out."""
        outer = home = self.module(folder) if not parts else None
        for k, part in enumerate(parts):
            inner = self.module(os.path.join(folder, *parts[: k + 1]))
            if inner is None:
                return None
            if home is not None and not hasattr(home, part):  # else a package's class would lose to its file
                setattr(home, part, inner)
            outer, home = outer or inner, inner
        for n in names:
            if home is not None and not hasattr(home, n):
                inner = self.module(os.path.join(folder, *parts, n))
                if inner is not None:
                    setattr(home, n, inner)
                else:
                    self.make(home, n)
        return home if names else outer

    def make(self, home: types.ModuleType, name: str) -> None:
        """An instance made of nothing that one file has and another asks for; alone no file needs it."""
        module = next((m for m in self.seen.values() if m.home is home), None)
        for node in module.tree.body if module else ():
            if shared(node) == name:
                with suppress(Exception, SystemExit):
                    run(node, home.__file__ or "", vars(home))

    def module(self, base: str) -> types.ModuleType | None:
        """The file base.py, or the folder as a package."""
        for path in (f"{base}.py", os.path.join(base, "__init__.py")):
            if os.path.isfile(path):
                return load(path, False, self.seen).home
        inside = os.listdir(base) if os.path.isdir(base) else ()
        holds_code = any(n.endswith(".py") or os.path.isdir(os.path.join(base, n)) for n in inside)
        return types.ModuleType(os.path.basename(base)) if holds_code else None
