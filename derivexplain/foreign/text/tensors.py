"""Tensors: frameworks with an array class of their own, whose operations note how gradients run back.

``out = Tensor(self.data * other.data)``, ``out._backward = ...``: such an operation is a pair. Its forward puts
arrays into tensors and takes one out; its backward hangs the upstream gradient on the result, lets everything
that was noted run, last node first, and reads the gradients off the tensors that went in.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ...checking.subject import Source
from .modules import Module
from .things import Pair, Parameter, forward_of, matches, normal, parameters, positional, required, roles


@dataclass(frozen=True)
class Tensor:
    """A class whose instances hold an array and its gradient, under these names."""

    cls: type
    value: str
    gradient: str
    flags: tuple[str, ...]  # what says that gradients are wanted
    keeps: tuple[str, ...] = ()  # what tells its backward to keep what it runs, for another time

    def made(self, array: Any, wanted: bool = True) -> Any:
        return self.cls(array, **dict.fromkeys(self.flags, wanted))

    def array(self, thing: Any) -> Any:
        """What a tensor holds; anything else as it is."""
        if isinstance(thing, tuple):
            return tuple(map(self.array, thing))
        return self.array(getattr(thing, self.value)) if isinstance(thing, self.cls) else thing

    def takes(self, value: Any) -> bool:
        """Whether this goes into a tensor where it is an argument."""
        return isinstance(value, np.ndarray) and value.dtype.kind in "fO"

    def hanging(self, thing: Any) -> Any:
        found = self.array(getattr(thing, self.gradient, None))
        return None if found is None else np.asarray(found)

    def wraps(self, name: str) -> bool:
        """Whether gradients are tensors as well: they hang as such, or backward reads its argument as one."""
        if isinstance(getattr(self.made(np.zeros(2)), self.gradient), self.cls):
            return True
        try:
            text = inspect.getsource(self.cls)
        except (OSError, TypeError, SyntaxError):
            return False
        return bool(name) and re.search(rf"\b{name}\.{self.value}\b", text) is not None

    def nodes(self, out: Any) -> list[Any]:
        """The result and what it was made of, each before what it is made of itself."""
        order: list[Any] = []
        seen: set[int] = set()

        def visit(node: Any) -> None:
            if id(node) not in seen:
                seen.add(id(node))
                for parent in self.parents(node):
                    visit(parent)
                order.append(node)

        visit(out)
        return order[::-1]

    def parents(self, node: Any) -> Iterator[Any]:
        return self.within([v for k, v in held(node).items() if k != self.gradient])

    def within(self, value: Any) -> Iterator[Any]:
        """The tensors in lists of lists: parents, or pairs of a parent and its closure."""
        if isinstance(value, self.cls):
            yield value
        elif isinstance(value, list | tuple | set):
            for part in value:
                yield from self.within(part)

    def clear(self, *nodes: Any) -> None:
        """Gradients as those of fresh tensors are."""
        for node in nodes:
            setattr(node, self.gradient, getattr(self.made(np.array(self.array(node))), self.gradient))

    def run_back(self, out: Any, dout: Any, leaves: Iterable[Any] = (), own: Callable[[], Any] | None = None) -> None:
        """Gradients of all that the result was made of, from the upstream gradient alone.

        A layer's `own` backward reads it off the result, where tensors note nothing themselves.
        """
        self.clear(*self.nodes(out), *leaves)
        back = getattr(out, "backward", None)
        given = parameters(back) if callable(back) else ()
        kept = dict.fromkeys(self.keeps, True)
        tried = [self.made(dout), dout] if self.wraps(given[0].name if given else "") else [dout, self.made(dout)]
        noted = [own] if own else [n for node in self.nodes(out) for n in noted_by(node)]
        if given and not (noted and isinstance(given[0].default, bool)):  # backward(create_graph=False) starts from 1
            try:
                self.started(out, tried[0], given[0], kept)
            except (TypeError, AttributeError, ValueError) as first:
                try:
                    self.started(out, tried[1], given[0], kept)
                except (TypeError, AttributeError, ValueError):
                    raise first from None
            return
        setattr(out, self.gradient, tried[0])
        for run in noted:
            run()

    def started(self, out: Any, dout: Any, first: Parameter, kept: Mapping[str, bool]) -> None:
        """Run a result's backward: what it is given first is the upstream gradient, or a switch (retain_grad)."""
        if isinstance(first.default, bool):
            setattr(out, self.gradient, dout)
            out.backward(**kept)
        else:
            out.backward(dout, **kept)


def held(node: Any) -> Mapping[str, Any]:
    slots = [s for base in type(node).__mro__ for s in getattr(base, "__slots__", ())]
    return {**{s: getattr(node, s, None) for s in slots}, **getattr(node, "__dict__", {})}


def noted_by(node: Any) -> list[Callable[[], None]]:
    """The closures that a node was given to run when gradients come back."""
    functions = [v for k, v in held(node).items() if inspect.isfunction(v) and re.search("back|grad", k)]
    return [f for f in functions if not required(parameters(f))]


def notes_back(out: Any) -> bool:
    """Whether a tensor knows itself how gradients run back, and needs no tape beside it."""
    return callable(getattr(out, "backward", None)) or bool(noted_by(out))


def tensor_of(functions: Iterable[Any], conventions: Any) -> Tensor | None:
    """The tensor class that some functions work with: one they can name, or one of a file read beside theirs."""
    spaces = [getattr(f, "__globals__", {}) for f in functions]
    readers = [b.get("__import__") for s in spaces if isinstance(b := s.get("__builtins__"), dict)]
    files = [vars(m.home) for r in readers for m in getattr(r, "seen", {}).values()]
    return next((t for s in (*spaces, *files) if (t := tensor_in(s, conventions))), None)


def tensor_in(space: Mapping[str, Any], conventions: Any) -> Tensor | None:
    """The tensor class among these names: one whose constructor takes an array and has a place for a gradient."""
    for thing in space.values():
        if isinstance(thing, type) and inspect.isfunction(thing.__init__) and (found := tensor(thing, conventions)):
            return found
    return None


@lru_cache(maxsize=1024)
def tensor(cls: type, conventions: Any) -> Tensor | None:
    given = parameters(cls.__init__, bound=True)
    if len(required(given)) != 1 or not {"forward", "backward"} - set(dir(cls)):
        return None
    stored = {normal(n): n for n in cls.__init__.__code__.co_names}
    value = next((stored[n] for n in conventions.TENSOR_VALUE if n in stored), "")
    gradient = next((stored[n] for n in conventions.TENSOR_GRADIENT if n in stored), "")
    if not value or not gradient:
        return None
    flags = tuple(p.name for p in given if matches(conventions.TENSOR_FLAG, normal(p.name)))
    asked = parameters(cls.backward) if inspect.isfunction(getattr(cls, "backward", None)) else ()
    keeps = tuple(p.name for p in asked if matches(conventions.TENSOR_KEEPS, normal(p.name)))
    found = Tensor(cls, value, gradient, flags, keeps)
    return found if any(holds(found, np.full((2,) * n, 0.5)) for n in (1, 2, 3)) else None


def holds(kind: Tensor, array: np.ndarray) -> bool:
    """Whether a class takes an array and hands it out again, with a place for a gradient beside it."""
    try:
        probe = kind.made(array)
        return np.array_equal(np.asarray(kind.array(probe), dtype=float), array) and hasattr(probe, kind.gradient)
    except (Exception, SystemExit):
        return False


def operations(module: Module, conventions: Any) -> Iterator[tuple[int, Pair]]:
    """The operations on tensors that a file defines: methods of the class, and functions beside it."""
    kind = tensor_in(module.names, conventions)
    if kind is None:
        return
    for node in module.tree.body:
        thing = module.names.get(getattr(node, "name", ""))
        parts = node.body if isinstance(node, ast.ClassDef) and thing is kind.cls else [node]
        for part in parts:
            mine = isinstance(part, ast.FunctionDef) and normal(part.name) not in conventions.BACKWARD
            if isinstance(part, ast.FunctionDef) and mine and (notes(part, kind.cls) or dispatched(part, kind.cls)):
                function = thing if part is node else getattr(kind.cls, part.name)
                name = part.name if part is node else f"{kind.cls.__name__}.{part.name}"
                yield part.lineno, operation(function, part, name, kind, module, conventions)


def taped_class(cls: type, node: ast.ClassDef, conventions: Any) -> type | None:
    """A layer whose forward notes itself how gradients run back: as one with a backward that adds nothing to that."""
    front = forward_of(cls, conventions)
    own = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == front), None)
    if own is None or not notes(own) or tensor_of([getattr(cls, front)], conventions) is None:
        return None
    return type(cls.__name__, (cls,), {"backward": nothing_more})


def nothing_more(_: Any) -> None:
    """A backward that leaves all to what the results have noted."""


def notes(node: ast.FunctionDef, tensor: type | None = None) -> bool:
    """Whether a function defines within itself how gradients go back; a private one, of tensors and nothing else."""
    inner = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.Lambda) and n is not node]
    private = node.name.startswith("_") and not node.name.startswith("__")
    if private and tensor is not None:
        private = any(getattr(a.annotation, "id", "") != tensor.__name__ for a in node.args.args)
        private = private or re.search("vjp|grad|back", node.name) is not None  # what runs back itself
    named = any(re.match(r"_?(back|vjp|pullback)", getattr(n, "name", "")) for n in inner)
    return bool(inner) and not private and (named or "grad" in ast.unparse(node)) and node.name != "__init__"


def dispatched(node: ast.FunctionDef, tensor: type) -> bool:
    """Whether a function says of which tensors its result was made: the class's backward knows the rest."""
    if not callable(getattr(tensor, "backward", None)) or node.name.startswith("__init"):
        return False
    made = [n for n in ast.walk(node) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == tensor.__name__]
    return any(re.fullmatch(r"creat(ors?|ion_?op)", k.arg or "") for n in made for k in n.keywords)


def operation(
    function: Any, node: ast.FunctionDef, name: str, kind: Tensor, module: Module, conventions: Any
) -> Pair:
    """An operation as a pair of functions of arrays; arguments that are no tensors get what is usual for them.

    What is said to be an array stays one: the targets of ``cross_entropy(logits: Tensor, targets: np.ndarray)``.
    """
    given = [p for p in parameters(function) if p.default is p.empty and p.kind != p.VAR_KEYWORD]
    usual = {p.name: v for p in given for w, v in conventions.OPERANDS if matches(w, normal(p.name))}
    if node.name in ("__pow__", "__getitem__", "__rpow__"):
        usual[given[-1].name] = slice(0, 2) if "item" in node.name else 3
    if re.search("transpose|permute", node.name):
        usual |= {n: (1, 0) for n, v in usual.items() if v == 0}
    lists = {p.name for p in given if p.name not in usual and matches(conventions.TENSORS, normal(p.name))}
    lists -= {p.name for p in given if p.kind == p.VAR_POSITIONAL}
    free = [
        positional(f"{p.name}{k}" if p.name in lists else p.name).replace(
            annotation=p.empty if p.name in lists else p.annotation
        )
        for p in given
        if p.name not in usual
        for k in range(1 + (p.name in lists))  # stack([a, b]), each of them one array
    ]

    along = [p for p in parameters(function) if p.default is None and matches("axis|axes|dims?", normal(p.name))][:1]
    along = [] if any(p.kind == p.VAR_POSITIONAL for p in given) else along
    hints = [str(p.annotation) for p in free]
    fixed = ["angles" in roles(p.name, conventions) for p in free]
    bare = [k for k, hint in enumerate(hints) if fixed[k] or ("array" in hint and kind.cls.__name__ not in hint)]

    def forward(*arrays: Any) -> tuple[Any, Any]:
        chosen = dict(zip((p.name for p in along), arrays[len(free) :]))
        arrays = arrays[: len(free)] if along else arrays
        tensors = [a if k in bare or counts(a) else kind.made(a) for k, a in enumerate(arrays)]
        left = iter(tensors)
        take = lambda p: [next(left), next(left)] if p.name in lists else next(left)  # noqa: E731
        values = [(usual[p.name] if p.name in usual else take(p), p.kind == p.VAR_POSITIONAL) for p in given]
        several = [v if star and isinstance(v, tuple) else (v,) for v, star in values]
        out = function(*(v for part in several for v in part), **chosen)
        if not isinstance(out, kind.cls):
            raise TypeError(f"{name} returns {type(out).__name__}, no {kind.cls.__name__}")
        return kind.array(out), (tensors, out)

    def backward(dout: Any, cache: Any) -> dict[str, Any]:
        tensors, out = cache
        kind.run_back(out, np.array(dout))
        held = [isinstance(t, kind.cls) for t in tensors]
        return {p.name: kind.hanging(t) for p, t, own in zip(free, tensors, held) if own}

    axes = [positional(p.name).replace(default=None) for p in along]
    forward.__signature__ = inspect.Signature([*free, *axes])  # type: ignore[attr-defined]
    functions = (function, kind.cls.backward) if dispatched(node, kind.cls) else (function,)
    text = "\n".join(module.text.split("\n")[node.lineno - 1 : node.end_lineno])
    return Pair(name, forward, backward, source=Source(module.path, text, node.lineno), functions=functions)


def counts(value: Any) -> bool:
    """Whether these are whole numbers: labels, which are no tensor."""
    return np.asarray(value).dtype.kind in "iu"
