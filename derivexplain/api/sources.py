"""Sources: the methods of a layer as they stand in its file."""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
from collections.abc import Iterator, Sequence


def method_source(cls: type, names: Sequence[str], hide: Sequence[str] = (), hint: str = "...") -> str:
    """The methods without the class's indentation; `hide` keeps only their heads.

    Functions of the class's own file that they call stand before them.
    """
    parts = [*helper_sources(cls, [n for n in names if n not in hide])]
    for name in names:
        method = cls.__dict__.get(name)
        if method is None:
            continue
        with contextlib.suppress(OSError, TypeError):
            source = textwrap.dedent(inspect.getsource(getattr(method, "__func__", method))).rstrip()
            parts.append(headed(source, hint) if name in hide else source)
    return "\n\n".join(parts)


def helper_sources(cls: type, names: Sequence[str]) -> Iterator[str]:
    """The functions of the class's own file that its methods call, as they stand there."""
    methods = [getattr(m, "__func__", m) for name in names if (m := cls.__dict__.get(name)) is not None]
    called = dict.fromkeys(n for m in methods if inspect.isfunction(m) for n in m.__code__.co_names)
    for name in called:
        helper = methods[0].__globals__.get(name)
        if inspect.isfunction(helper) and helper.__module__ == cls.__module__:
            with contextlib.suppress(OSError, TypeError):
                yield inspect.getsource(helper).rstrip()


def headed(source: str, hint: str) -> str:
    """The head of a function, its body left to the reader."""
    function = ast.parse(source).body[0]
    first = function.body[0].lineno - 1  # type: ignore[attr-defined]
    return "\n".join([*source.splitlines()[:first], f"    ...  # {hint}"])
