"""Bytecode: the instructions of functions, read once each, whoever asks."""

from __future__ import annotations

import dis
import functools
import types
from typing import Any

Steps = tuple[dis.Instruction, ...]


def instructions(function: Any) -> Steps:
    """The instructions of a function, a method or a code object; none where it is written in no Python."""
    code = function if isinstance(function, types.CodeType) else getattr(function, "__code__", None)
    return read(code) if isinstance(code, types.CodeType) else ()


@functools.lru_cache(maxsize=2048)
def read(code: types.CodeType) -> Steps:
    return tuple(dis.get_instructions(code))
