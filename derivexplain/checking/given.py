"""Given: what a layer was given here in place of an object of the user's, read off the line where it stops."""

from __future__ import annotations

import difflib
import re
import traceback
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from .source import methods_of
from .subject import UserError

OURS = f"{__package__.partition('.')[0]}."
PLAIN = (np.ndarray, float, int, str, type(None))


def asked_in_vain(error: UserError) -> str:
    """What is asked for an attribute that it has not, where it stands for something else: ``self.reg.update(w)``."""
    if not isinstance(error.error, AttributeError) or isinstance(owner := error.error.obj, type | types.ModuleType):
        return ""
    near = difflib.get_close_matches(error.error.name or "", dir(owner))  # x.shap is a slip
    ours = stands_in(owner)
    if not ours and (near or not isinstance(owner, PLAIN)):
        return ""
    read = ((name, getattr(value, "__func__", value), given) for name, value, given in read_there(error))
    return next((name for name, value, given in read if value is owner and (given or ours)), "")


def made_up(error: UserError) -> str:
    """What of ours the line reads at which the code stops."""
    return next((name for name, value, _ in read_there(error) if stands_in(value)), "")


def read_there(error: UserError) -> Iterator[tuple[str, Any, bool]]:
    """What the line reads where it stops, with its value; whether the function is given it, or the constructor."""
    frames = [frame for frame, _ in traceback.walk_tb(error.error.__traceback__)]
    theirs = [f for f in frames if error.where.startswith(f"{f.f_code.co_filename}:")]
    if not theirs:
        return
    frame = theirs[-1]
    instance, own = frame.f_locals.get("self"), frame.f_code
    init = getattr(methods_of(type(instance)).get("__init__"), "__code__", None)
    for name in re.findall(r"self\.\w+|(?<![.\w])\w+", error.line):
        kept = name.removeprefix("self.")
        if name in frame.f_locals:
            yield name, frame.f_locals[name], name in own.co_varnames[: own.co_argcount]
        elif kept != name and kept in getattr(instance, "__dict__", {}):
            yield name, vars(instance)[kept], init is not None and kept in init.co_varnames[: init.co_argcount]


def stands_in(value: Any) -> bool:
    """Whether this was made up in place of an optimizer, an activation, a layer; a context is what it is."""
    home = (value if isinstance(value, types.FunctionType) else type(value)).__module__ or ""
    known = isinstance(value, np.ndarray) or hasattr(type(value), "save_for_backward")
    return home.startswith(OURS) and not known


def heir(cls: type) -> bool:
    """Whether a class has a base that is not there, for which one of ours stands in."""
    return any(base.__module__.startswith(OURS) and "save_for_backward" in vars(base) for base in cls.__mro__)
