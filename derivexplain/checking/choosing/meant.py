"""Meant: what the text of a layer says of the inputs that it is made for."""

from __future__ import annotations

import re

from .. import guards
from ..subject import Subject


def takes_numbers(subject: Subject) -> bool:
    """Whether the code makes whole numbers of what it is given: ``ids.astype(int)``."""
    return re.search(r"(astype\(|dtype *= *)(np\.)?u?int|\bint\(", subject.source.text) is not None


def keeps(subject: Subject) -> bool:
    """Whether the code keeps summed axes elsewhere, and learns nothing: its rows are examples."""
    text = subject.source.text
    return re.search(r"keepdims *= *True", text) is not None and re.search(r"axis *= *(1|-1)\b", text) is not None


def bounded(subject: Subject) -> bool:
    """Whether a guard keeps what comes in within bounds: beyond them there is nothing to be meant."""
    taken = re.search(r"log|clip|max|min", subject.source.text) is not None
    return taken and guards.find(subject.functions, None) > 0


def by_axes(subject: Subject) -> bool:
    """Whether other code runs for another number of axes: rows of examples are meant as well."""
    return re.search(r"\.ndim *[=!<>]=|\blen\([\w.]+\.shape\) *[=!<>]=", subject.source.text) is not None
