"""Plugged in: operations that a framework calls in a way of its own, as layers that take arrays and give arrays.

Chainer's ``forward(inputs)`` and ``backward(inputs, grad_outputs)`` take and give tuples; Caffe's ``forward(bottom,
top)`` and ``backward(top, propagate_down, bottom)`` read and fill blobs.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..text.things import method, parameters, positional, required

FUNCTION = r"\bFunction(Node)?$"  # a base class of Chainer's operations


def plugged(cls: type, node: ast.ClassDef, conventions: Any) -> type | None:
    """The class with forward and backward of arrays, where it has one of these forms; else None."""
    ways = (conventions.FORWARD, conventions.BACKWARD)
    front, back = (method(cls, (f"{names[0]}cpu", *names)) for names in ways)
    written = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    if not {front, back} <= {*written}:
        return None
    asked = [[p.name for p in required(parameters(getattr(cls, n), bound=True))] for n in (front, back)]
    if asked == [["bottom", "top"], ["top", "propagate_down", "bottom"]]:
        form, names = CAFFE, items([*written.values()], "bottom")
        diffs = (rf"bottom\[({k}|\D\w*)\]\.diff" for k in range(len(names)))
        owed = [re.search(d, ast.unparse(written[back])) is not None for d in diffs]
        names = [n if o or n[0] != "x" else "t" for n, o in zip(names, owed)]
    elif [len(a) for a in asked] == [1, 2] and any(
        re.search(r"\bFunction(Node)?$", ast.unparse(b)) for b in node.bases
    ):
        form, names = CHAINER, items([written[front]], asked[0][0])
        owed = [True] * len(names)
    else:
        return None
    if not names:
        return None

    def forward(self: Any, *given: Any) -> Any:
        return form.forward(cls, self, front, given)

    def backward(self: Any, dout: Any) -> dict[str, Any]:
        found = form.backward(cls, self, back, dout, owed)
        return {n: g for n, g, o in zip(names, found, owed) if o and g is not None}

    forward.__signature__ = inspect.Signature([*map(positional, ("self", *names))])
    keys = dict.fromkeys(re.findall(r"\[['\"](\w+)['\"]\]", ast.unparse(node)), 1)
    own = {"forward": forward, "backward": backward, "setup": None, "param_str": json.dumps(keys)}
    return type(cls.__name__, (cls,), {**own, "__module__": cls.__module__})


def items(nodes: Sequence[ast.FunctionDef], whole: str) -> list[str]:
    """What a function calls the items of one of its arguments: ``x, W = inputs``, ``labels = bottom[1].data``."""
    names: dict[int, str] = {}
    for node in (n for function in nodes for n in ast.walk(function)):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=several)], value=value) if stem(value) == whole:
                names |= {k: ast.unparse(e) for k, e in enumerate(several)}
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (found := place(value, whole)) is not None:
                names[found] = name
            case ast.Subscript() if (found := place(node, whole)) is not None:
                names.setdefault(found, f"x{found + 1}" if found else "x")
            case ast.Compare(left=ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)])) if name == whole:
                for k in range(getattr(node.comparators[0], "value", 0)):
                    names.setdefault(k, f"x{k + 1}" if k else "x")
    return [names.get(k, f"x{k + 1}") for k in range(max(names, default=-1) + 1)]


def stem(value: ast.expr) -> str:
    """The argument itself in ``inputs`` or ``inputs[:2]``."""
    match value:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name), slice=ast.Slice()):
            return name
    return ""


def place(value: ast.expr, whole: str) -> int | None:
    """Which item an expression is, whatever is done to it: ``bottom[1].data.astype(int)`` is the second."""
    match value:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int() as k)) if name == whole:
            return k
        case ast.Attribute(value=inner) | ast.Call(func=ast.Attribute(value=inner)):
            return place(inner, whole)
    return None


def called(cls: type, self: Any, front: str, given: tuple[Any, ...]) -> Any:
    vars(self)["_derivexplain_given"] = given
    out = getattr(cls, front)(self, given)
    return out[0] if isinstance(out, tuple) and len(out) == 1 else out


def chained(cls: type, self: Any, back: str, dout: Any, _: list[bool]) -> Sequence[Any]:
    found = getattr(cls, back)(self, vars(self)["_derivexplain_given"], (dout,))
    return found if isinstance(found, tuple) else (found,)


class Blob:
    """An array and its gradient, by the names that Caffe has for them."""

    def __init__(self, data: np.ndarray) -> None:
        self.data, self.diff = data, np.zeros(data.shape, dtype=data.dtype)

    def reshape(self, *shape: int) -> None:
        self.data, self.diff = (np.zeros(shape, dtype=self.data.dtype) for _ in range(2))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def count(self) -> int:
        return self.data.size

    num, channels, height, width = (property(lambda self, k=k: self.data.shape[k]) for k in range(4))


def filled(cls: Any, self: Any, front: str, given: tuple[Any, ...]) -> Any:
    bottom = [Blob(np.array(g)) for g in given]
    top = [Blob(np.zeros_like(bottom[0].data))]
    for name in ("setup", "reshape", front):
        getattr(cls, name, nothing)(self, bottom, top)
    vars(self)["_derivexplain_given"] = bottom, top
    out = top[0].data
    return out.reshape(()) if out.size == 1 else out  # a loss


def nothing(*_: Any) -> None:
    """What a layer does that has no step of this name."""


def emptied(cls: Any, self: Any, back: str, dout: Any, owed: list[bool]) -> Sequence[Any]:
    bottom, top = vars(self)["_derivexplain_given"]
    top[0].diff[...] = dout
    getattr(cls, back)(self, top, owed, bottom)
    return [b.diff for b in bottom]


@dataclass(frozen=True)
class Form:
    """How a framework calls forward and backward: on an instance of a class, by these names, with arrays."""

    forward: Callable[[type, Any, str, tuple[Any, ...]], Any]
    backward: Callable[[type, Any, str, Any, list[bool]], Sequence[Any]]


CHAINER, CAFFE = Form(called, chained), Form(filled, emptied)
