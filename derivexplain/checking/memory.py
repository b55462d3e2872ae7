"""Memory: what ``np.empty`` makes holds nan while code runs, so that entries which are never set show every time."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding

EMPTY = re.compile(r"\b(np|numpy)\.empty(_like)?\(")


PLAIN = np.empty, np.empty_like


@contextlib.contextmanager
def marked() -> Iterator[None]:
    """While this lasts, arrays without numbers are full of nan; those of a trace hold no numbers at all."""
    if np.empty is not PLAIN[0]:
        yield
        return
    np.empty, np.empty_like = full(PLAIN[0]), full(PLAIN[1])  # type: ignore[assignment]
    try:
        yield
    finally:
        np.empty, np.empty_like = PLAIN


def full(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **options: Any) -> Any:
        array = make(*args, **options)
        if array.dtype.kind in "fc":
            array[...] = np.nan
        return array

    return made


def never_set(finding: Finding, variable: str) -> Finding:
    """What is not finite in this gradient is what no line has set."""
    message = f"the gradient for {variable} has entries that are never set: np.empty leaves what was in memory there"
    return replace(finding, message=message, diagnosis=(Diagnosis("path-missing", message, variable),))
