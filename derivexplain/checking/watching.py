"""Watching: what is entered while the user's code runs, and what its functions hold when they return."""

from __future__ import annotations

import contextlib
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

OURS = os.path.dirname(os.path.dirname(__file__)), os.path.dirname(os.__file__), os.path.dirname(np.__file__)


@contextlib.contextmanager
def watching(look: Callable[[types.FrameType, str, Any], None]) -> Iterator[None]:
    """A look at every call and return while this lasts."""
    before: Any = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        if hasattr(before, "enable"):  # cProfile's is no function
            sys.setprofile(None)
            before.enable()
        else:
            sys.setprofile(before)


@contextlib.contextmanager
def entering() -> Iterator[dict[types.CodeType, int]]:
    """The user's functions that are entered, and how many calls and lines each makes in all."""
    found: dict[types.CodeType, int] = {}
    before = sys.gettrace()

    def look(frame: types.FrameType, event: str, _: Any) -> None:
        if event in ("call", "c_call") and not frame.f_code.co_filename.startswith(OURS):
            found[frame.f_code] = found.get(frame.f_code, 0) + 1

    def step(frame: types.FrameType, event: str, _: Any) -> Any:
        if event == "line":
            found[frame.f_code] = found.get(frame.f_code, 0) + 1
        return None if frame.f_code.co_filename.startswith(OURS) else step

    with watching(look):
        sys.settrace(step)
        try:
            yield found
        finally:
            sys.settrace(before)


@contextlib.contextmanager
def holding(of: Callable[[types.CodeType], bool], owner: Any = None) -> Iterator[dict[str, np.ndarray]]:
    """The arrays that these functions hold by name when they return; those of methods, if they are the owner's."""
    seen: dict[str, np.ndarray] = {}

    def look(frame: types.FrameType, event: str, _: Any) -> None:
        if event == "return" and of(frame.f_code) and (owner is None or frame.f_locals.get("self", owner) is owner):
            seen.update({n: v for n, v in frame.f_locals.items() if isinstance(v, np.ndarray)})

    with watching(look):
        yield seen
