"""Setting up: a thing that was found as a subject that can be asked, or why it could not be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .. import conventions, foreign
from ..checking.choosing.otherwise import chosen
from ..checking.source import unreturned
from ..checking.stopping import not_here, reads_nothing, stopped, stuck
from ..checking.subject import Subject, UserError, quiet
from ..errors import DerivexplainError, InputError
from ..foreign.text.things import forward_of, method, parameters, required, source_of
from ..layer import SIZES, Layer
from ..story import Finding
from .targets import is_layer


def dressed(
    thing: Any, inputs: tuple[Any, ...] | None, seed: int
) -> tuple[Subject | None, Mapping[str, int], tuple[Finding, ...]]:
    """The thing as a subject, with the sizes to ask it at; and why nothing could be set up, or what is doubtful."""
    if is_layer(thing) or (isinstance(thing, type | Layer) and _is_ours(thing)):
        try:
            with quiet():
                return foreign.dress_layer(thing, SIZES, inputs), SIZES, ()
        except (DerivexplainError, NotImplementedError):
            raise
        except Exception:
            pass  # a subclass with a constructor of its own goes the way of a stranger
    if callable(thing) and not isinstance(thing, type) and not hasattr(thing, "forward") and not _has_both(thing):
        thing = foreign.Factory(getattr(thing, "__name__", "factory"), thing)
    if isinstance(thing, foreign.Factory):
        fresh = _called(thing)
        if not _has_both(fresh):
            raise InputError(
                f"calling it gives {type(fresh).__name__}, which has no forward and backward",
                mend="a factory takes no arguments and returns a fresh layer",
                read=thing.name,
            )
    elif not isinstance(thing, foreign.Pair | foreign.Fused) and not _has_both(thing):
        cls = thing if isinstance(thing, type) else type(thing)
        lost = "backward" if forward_of(cls, conventions) else "forward"
        raise InputError(f"class {cls.__name__} has no {lost}", mend=_lost_mend(cls, lost), read=cls.__name__)
    choice = chosen(lambda: foreign.dress(thing, conventions, inputs), conventions.SIZES, seed)
    if choice.subject is not None:
        return choice.subject, conventions.SIZES, ()
    return choice.doubtful, conventions.SIZES, why_not(choice.errors, thing)


def _is_ours(thing: Any) -> bool:
    return issubclass(thing if isinstance(thing, type) else type(thing), Layer)


def _has_both(thing: Any) -> bool:
    cls = thing if isinstance(thing, type) else type(thing)
    return bool(forward_of(cls, conventions) and method(cls, conventions.BACKWARD))


def _lost_mend(cls: type, lost: str) -> str:
    wrong = [n for n in vars(cls) if conventions.MISSPELT.get(n) == lost]
    return f"{wrong[0]} looks like a slip for {lost}" if wrong else f"write a method {lost}"


def _called(factory: foreign.Factory) -> Any:
    try:
        with quiet():
            return factory.make()
    except TypeError as error:
        raise InputError(
            f"it cannot be called without arguments ({error})",
            mend="give a class, an instance, or a factory such as lambda: MyLayer(W, b)",
            read=factory.name,
        ) from None


def why_not(errors: tuple[Any, ...], thing: Any) -> tuple[Finding, ...]:
    """Nothing ran: the user's own error where every try met the same one, else what to pass.

    A function that gives its loss and gradient together may stop at its gradient.
    """
    if not errors:
        return (Finding("not-set-up", "fail", "no way to call forward was found"),)
    if any(type(e.error) is NameError for e in errors):  # else a branch for none of the words that we know
        errors = tuple(e for e in errors if not isinstance(e.error, UnboundLocalError))
    first = errors[0]
    if any("forward returns NoneType" in e.words for e in errors) and (lost := unreturned(*forward_text(thing))):
        return (lost,)
    nowhere = [e for e in errors if type(e.error) is NameError and e.where]
    furthest = max(nowhere or errors, key=lambda e: int(e.where.rpartition(":")[2] or 0))
    if isinstance(furthest.error, ImportError):  # where the shapes were right
        return (not_here(furthest),)
    if isinstance(first.error, AttributeError) and isinstance(first.error.obj, foreign.Base):
        said = f"{first.words}, which may be its base class's: that is not there; put its file beside this one"
        return (Finding("not-set-up", "fail", f"{first.stage} stops with {said}\n    {first.line}", first.where),)
    if isinstance(first.error, LookupError) and first.stage == "backward":
        return (Finding("not-set-up", "fail", str(first)),)
    if all(is_own(e) for e in errors):
        return (stopped(first),)
    made_of_nothing = not isinstance(thing, type) or not required(parameters(thing.__init__, bound=True))  # type: ignore[misc]
    if made_of_nothing and (same := stuck(errors)) and not any(f"{name}(" in same.line for name in foreign.USUAL):
        return (stopped(same),)  # what stands in for a function may give something else than that
    shapes = "does not have enough dimensions" in furthest.words  # of a number, where an array is meant
    if (
        not shapes
        and isinstance(thing, foreign.Fused)
        and re.match(r"(d(?!iff|ist|ata|im|et|en|ot)|grad)\w*(\[.*\])? *[-+*/]?= ", furthest.line)
    ):
        return (stopped(furthest),)
    own = is_name(furthest) or reads_nothing(furthest, forward_text(thing)[0].text)
    if furthest.where and (own or "output from dtype('float64') to dtype('bool')" in furthest.words):
        return (stopped(furthest),)  # past all shapes; no truth values are ever given: mask *= 0.5 is its own
    first = next((e for e in errors if is_own(e) and not isinstance(e.error, ImportError)), first)
    said = f"forward could not be run: {len(errors)} ways were tried; {stopped(first).message}"
    return (Finding("not-set-up", "fail", said, first.where),)


def forward_text(thing: Any) -> tuple[Any, str]:
    """The text that holds a thing's forward, and forward's name in it."""
    if isinstance(thing, foreign.Pair | foreign.Fused):
        return thing.source, getattr(thing.forward, "__name__", "")
    cls = thing if isinstance(thing, type) else type(thing)
    return getattr(cls, "__derivexplain_source__", None) or source_of(cls), forward_of(cls, conventions)


OWN = (NameError, ImportError, SystemExit, RecursionError, MemoryError, PermissionError, NotImplementedError)


OURS = r"'(int|float|str|list|tuple|NoneType)'|'numpy\."  # what we gave, and what nobody has set


def is_name(error: UserError) -> bool:
    """Whether a name is defined nowhere: np.sigmoid, or one that was never given."""
    return isinstance(error.error, NameError) or "module 'numpy" in error.words


def is_own(error: UserError) -> bool:
    """Whether an error is the code's own, whatever it is given."""
    if isinstance(error.error, AttributeError):
        return not re.search(OURS, error.words)
    forgot = isinstance(error.error, TypeError) and "required positional argument" in error.words
    return isinstance(error.error, OWN) or (forgot and bool(error.where))  # a call of its own, no call of ours
