"""Sources: the code of a layer as it stands in its file, with what it inherits and what it calls."""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

from ..layer import Layer


def method_source(cls: type, names: Sequence[str], hide: Sequence[str] = (), hint: str = "...") -> str:
    """The methods without the class's indentation; `hide` keeps only their heads.

    Before them stand the constants and methods of the class that they use, and the functions of their own
    files that they call.
    """
    wanted = [m for n in names if (m := own(cls, n)) is not None]
    shown = [m for m in wanted if m.__name__ not in hide]
    used = list(called(cls, shown))
    helpers = [m for m in used if m.__qualname__ == m.__name__]
    parts = ["\n".join(constants(cls, [*shown, *used]))]
    for function in (*helpers[::-1], *(m for m in used if m not in helpers and m not in wanted), *wanted):
        with contextlib.suppress(OSError, TypeError):
            source = source_of(function)
            parts.append(headed(source, hint) if function.__name__ in hide else source)
    return "\n\n".join(filter(None, parts))


@lru_cache(maxsize=1 << 10)
def source_of(function: Any) -> str:
    """What the file says of a function: Python looks for its end token by token, which is done once."""
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def own(cls: type, name: str) -> Any:
    """What a class has under this name, from itself or a base that somebody wrote; None where it has nothing."""
    for base in cls.__mro__:
        if base not in (Layer, object) and name in vars(base):
            found = inspect.unwrap(getattr(vars(base)[name], "__func__", vars(base)[name]))
            return found if inspect.isfunction(found) else None
    return None


def called(cls: type, functions: Sequence[Any]) -> Iterator[Any]:
    """The functions of the same file and the methods of the class that these call, and so on."""
    seen, waiting = set(functions), list(functions)
    while waiting:
        function = waiting.pop(0)
        for name in names_in(function.__code__):
            other = function.__globals__.get(name)
            if not (inspect.isfunction(other) and other.__module__ == function.__module__):
                other = None if name.startswith("__") else own(cls, name)
            if other is not None and other not in seen:
                seen.add(other)
                waiting.append(other)
                yield other


def names_in(code: CodeType) -> Iterator[str]:
    """Global names and attributes, also those inside of comprehensions."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from names_in(inner)


def constants(cls: type, functions: Sequence[Any]) -> Iterator[str]:
    """``name = value`` for what the class sets once for all its instances and the functions read."""
    read = {n for f in functions for n in names_in(f.__code__) if not hasattr(Layer, n)}
    values = {
        n: v for base in reversed(cls.__mro__) if base is not object for n, v in vars(base).items() if n in read
    }
    for name, value in values.items():
        if isinstance(value, type):
            yield f"{name} = {value.__name__}"
        elif isinstance(value, bool | int | float | str | tuple):
            yield f"{name} = {value!r}"


def headed(source: str, hint: str) -> str:
    """The head of a function, its body left to the reader."""
    function = ast.parse(source).body[0]
    first = function.body[0].lineno - 1  # type: ignore[attr-defined]
    return "\n".join([*source.splitlines()[:first], f"    ...  # {hint}"])
