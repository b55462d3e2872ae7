"""Surroundings: what a function takes from its file's top level: sizes, and the arrays that it learns.

``loss, dW, db = lossFun(inputs, targets)`` of weights that stand beside it. Where the file works sizes out of data
that are not there, they are what a scene has under such names, and what is made of them is made again.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from ...bytecode import instructions
from ...checking.older import old_names
from .gradients import among
from .modules import Module, run, taken
from .things import roles

LARGE = 1000  # entries of the arrays that a function takes: with a hundred units a slope of each takes minutes


def settle(function: Callable[..., Any], module: Module, conventions: Any) -> None:
    """Give a function the names that it takes from a top level that stopped before it had them; large arrays anew."""
    made = [n for n in module.tree.body if isinstance(n, ast.Assign)]
    named = {t.id: n for n in made for target in n.targets for t in ast.walk(target) if isinstance(t, ast.Name)}
    read = [n for n in read_by(function.__code__) if n in named]
    large = sum(np.size(a) for n in read if isinstance(a := module.names.get(n), np.ndarray)) > LARGE
    if not large and all(n in module.names for n in read):
        return
    sizes = {n: length for n in named if (length := size(n, conventions))}
    module.names.update(sizes)
    for node in made:
        if not any(named[n] is node for n in sizes) and (kept := taken(node, {})) is not None:
            with suppress(Exception, SystemExit), old_names():
                run(kept, module.path, module.names)


def size(name: str, conventions: Any) -> int:
    """The length that a scene has under this name: vocab_size, hidden_size; 0 for what is no length."""
    spec = next((conventions.COMMON.get(role, "") for role in roles(name, conventions)), "")
    return int(conventions.SIZES.get(spec[1:], 0)) if spec[:1] == "#" and len(name) > 1 else 0


def read_by(code: types.CodeType) -> Iterator[str]:
    """The names of a function's surroundings, those of the functions in it as well."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from read_by(inner)


def learned(
    function: Callable[..., Any], gradients: tuple[str, ...], conventions: Any, backward: Any = None
) -> dict[str, np.ndarray]:
    """The arrays beside a function that backward steps, or whose gradients come back: W for ``return loss, dW``."""
    own = instructions(backward)
    stepped = {i.argval for i in own if i.opname == "STORE_GLOBAL"}  # global W; W -= rate * dW
    space: Mapping[str, Any] = getattr(function, "__globals__", {})
    names = read_by(function.__code__) if hasattr(function, "__code__") else ()
    arrays = {n: space[n] for n in names if isinstance(space.get(n), np.ndarray) and space[n].dtype.kind == "f"}
    return {n: a for n, a in arrays.items() if n in stepped or among(gradients, n, conventions)}


def beside(function: Callable[..., Any], names: tuple[str, ...]) -> Callable[..., Any]:
    """The same as a function of an instance that holds what it takes from around it."""

    def call(instance: Any, *given: Any, **named: Any) -> Any:
        if not names:
            return function(*given, **named)
        space = function.__globals__
        space.update({n: vars(instance)[n] for n in names})
        result = function(*given, **named)
        vars(instance).update({n: space[n] for n in names})  # stepped, it may be another
        return result

    return call
