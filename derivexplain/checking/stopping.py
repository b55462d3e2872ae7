"""What is said where the user's code stops: as a crash with its own line, or as what it lacks."""

from __future__ import annotations

from dataclasses import replace

from ..story import Finding
from .cases import EVAL
from .subject import Case, UserError


def stopped(error: UserError) -> Finding:
    """The user's code raised: with its own line."""
    if isinstance(error.error, ImportError):
        return not_here(error)
    line = f"\n    {error.line}" if error.line else ""
    return Finding("crash", "fail", f"{error.stage} stops with {error.words}{line}", error.where)


def not_here(error: UserError) -> Finding:
    """The code needs a module that cannot be imported: no fault of the layer."""
    line = f"\n    {error.line}" if error.line else ""
    mend = "install it, or put its file beside this one"
    message = f"{error.stage} needs what cannot be imported: {error}; {mend}{line}"
    return Finding("not-set-up", "fail", message, error.where)


def elsewhere(error: UserError, case: Case) -> list[Finding]:
    """The same in a case beyond the example, where it may be no fault."""
    if error.stage == "set-up":
        return [Finding("case", "skip", f"{case.name}: cannot be set up ({error.words})", error.where)]
    if case.name == EVAL and error.stage == "backward":
        return [Finding("case", "skip", f"{case.name}: backward is not meant to run ({error.words})", error.where)]
    status = "warn" if case.invented or case.another else "fail"  # an exception in another form tells itself
    return [replace(stopped(error), status=status, message=f"{case.name}: {stopped(error).message}")]
