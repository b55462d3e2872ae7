"""What is said where the user's code stops: as a crash with its own line, or as what it lacks."""

from __future__ import annotations

import difflib
import itertools
import re
import traceback
import types
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..bytecode import instructions
from ..story import Diagnosis, Finding
from .cases import EVAL
from .flow import UNRUN
from .given import OURS, asked_in_vain, heir, made_up, stands_in
from .source import methods_of
from .subject import Bench, Case, Subject, UserError

WHOLE = "self.inputs takes the list of all inputs"  # what is said by the one that a framework keeps
LOST = "__lost__"  # among a file's names: the modules whose names it takes with a star, and which are not there


def stopped(error: UserError) -> Finding:
    """The user's code raised: with its own line."""
    if isinstance(error.error, ImportError) or (isinstance(error.error, NameError) and starred(error)):
        return not_here(error)
    line = f"\n    {error.line}" if error.line else ""
    if isinstance(error.error, NameError) and error.error.name in noted(error, UNRUN):
        said = f"{error.stage} needs {error.error.name}, which the file gives only where it is run itself"
        return Finding("not-set-up", "fail", f"{said}{line}", error.where)
    if slip := misspelt_constructor(error.error):
        said = f"{error.stage} needs {getattr(error.error, 'name', '')}, which {slip} sets: a slip for __init__?"
        return Finding("crash", "fail", f"{said}{line}", error.where)
    if setter := readied_by(error.error):
        said = f"{error.stage} needs {getattr(error.error, 'name', '')}, which {setter} sets: call that before"
        return Finding("not-set-up", "fail", f"{said}{line}", error.where)
    if given := asked_in_vain(error):
        said = f"{error.stage} asks {given} for {getattr(error.error, 'name', '')}: it is meant to be something else"
        return Finding("not-set-up", "fail", f"{said} than what it was given here{line}", error.where)
    if lost := base_s(error.error):
        said = f"{error.stage} needs {lost}, which a base class may keep that is not in this file"
        return Finding("not-set-up", "fail", f"{said}{line}", error.where)
    said = f"{error.stage} stops with {error.words}{line}"
    return Finding("crash", "fail", said, error.where, diagnosis=tuple(never_set(error)))


def never_set(error: UserError) -> Iterator[Diagnosis]:
    """What is read off a layer, and no method of its class ever sets; what is read whole instead of its one entry."""
    if isinstance(error.error, TypeError) and WHOLE in error.words:
        yield Diagnosis("state", f"x = {WHOLE} where `x, = self.inputs` is meant", "inputs")
    lost, owner = getattr(error.error, "name", ""), getattr(error.error, "obj", None)
    own = methods_of(type(owner))
    if isinstance(error.error, AttributeError) and own and not setters(type(owner), lost) and not stands_in(owner):
        said = f"{error.stage} reads {lost} of {type(owner).__name__}, but no method there ever sets it"
        yield Diagnosis("state", said, lost)


def base_s(error: BaseException) -> str:
    """What is read off a layer whose base class is not there, if nothing that it sets itself is called nearly so."""
    if not isinstance(error, AttributeError) or not error.name:
        return ""
    cls = type(error.obj.__self__ if isinstance(error.obj, super) else error.obj)
    own = [f for f in methods_of(cls).values() if not f.__module__.startswith(OURS)] if heir(cls) else ()
    if not own:
        return ""
    set_ = {n for f in own for n in stored(f)}
    return "" if difflib.get_close_matches(error.name, [error.name, *set_], 2)[1:] else error.name


RUNS = r"forward|backward|prop|__call__|__init__|activat|predict|grad|deriv"  # what is run, and sets attributes


def readied_by(error: BaseException) -> str:
    """The method that sets an attribute which is lacking, called by whoever runs the layers: no fault of its own."""
    if not isinstance(error, AttributeError) or not error.name or isinstance(error.obj, type):
        return ""
    own = methods_of(type(error.obj))
    found = [n for n in setters(type(error.obj), error.name) if not steps(own[n], error.name)]
    others = [n for n in found if n.startswith("forward")]
    if others and "forward" in own and "forward" not in found:
        return others[0]  # forward_train(x), where only forward(x) was run
    builds = {"__call__"} - {n for n, f in own.items() if any(re.search(RUNS, c) for c in f.__code__.co_names)}
    return "" if any(re.search(RUNS, n.lower()) for n in {*found} - builds) else (*found, "")[0]


def steps(function: types.FunctionType, name: str) -> bool:
    """Whether a function reads an attribute before it sets it: ``self.w -= rate * dw`` moves what is there."""
    own, run = function.__code__.co_varnames[:1], itertools.pairwise(instructions(function))
    copied = ("COPY", "DUP_TOP")  # before what is added to
    first = next((b for a, b in run if b.argval == name and (a.argval in own or a.opname in copied)), None)
    return first is not None and first.opname != "STORE_ATTR"


def misspelt_constructor(error: BaseException) -> str:
    """The method that sets what is lacking and is called nearly as a constructor: ``__inint__``, ``_init_``."""
    if not isinstance(error, AttributeError) or not error.name or isinstance(error.obj, type):
        return ""
    found = (re.sub(r"^_[^\W_]\w*?(?=__\w)", "", n) for n in setters(type(error.obj), error.name))  # __: its class
    near = (n for n in found if n[:1] == n[-1:] == "_" and difflib.get_close_matches(n.strip("_"), ["init"], 1, 0.7))
    return next(near, "") if "__init__" not in vars(type(error.obj)) else ""


def reads_nothing(error: UserError, text: str) -> bool:
    """Whether a class that has no other base reads an attribute of its own that stands nowhere else in its text."""
    found = error.error
    if not isinstance(found, AttributeError) or type(found.obj).__bases__ != (object,):
        return False
    own = re.search(rf"^\s*class {type(found.obj).__name__}\b", text, re.M) is not None
    return own and len(re.findall(rf"\b{found.name}\b", text)) == 1


def setters(cls: type, name: str) -> list[str]:
    """The methods that set an attribute, or a property that sets it."""
    kept = {n: v.fset for c in reversed(cls.__mro__) for n, v in vars(c).items() if isinstance(v, property)}
    names = {name, *(n for n, f in kept.items() if isinstance(f, types.FunctionType) and name in stored(f))}
    return [n for n, f in methods_of(cls).items() if names & stored(f)]


def stored(function: types.FunctionType) -> set[str]:
    """The attributes that a function sets."""
    return {i.argval for i in instructions(function) if i.opname == "STORE_ATTR"}


def not_here(error: UserError) -> Finding:
    """The code needs a module that cannot be imported: no fault of the layer."""
    line = f"\n    {error.line}" if error.line else ""
    mend = "install it, or put its file beside this one"
    known = starred(error)
    why = f"{error}, which may be one of {', '.join(known)}" if known else str(error)
    message = f"{error.stage} needs what cannot be imported: {why}; {mend}{line}"
    return Finding("not-set-up", "fail", message, error.where)


def starred(error: UserError) -> tuple[str, ...]:
    """Modules that are not there, from which the file that an error comes from takes whatever they have."""
    return noted(error, LOST)


def noted(error: UserError, what: str) -> tuple[str, ...]:
    """What was noted among the names of the file that an error comes from, as it was read."""
    frames = [frame for frame, _ in traceback.walk_tb(error.error.__traceback__)]
    found: tuple[str, ...] = frames[-1].f_globals.get(what, ()) if frames else ()
    return found


SHAPES = (
    r"backward stops with (ValueError: .*(broadcast|mismatch|not aligned|cannot reshape|must match|subscripts)|"
    r"IndexError: tuple index out of range\n.*\.shape\[)"  # of a vector, where rows are meant
)


def unfit(findings: Sequence[Finding], subject: Subject, error: UserError | None = None) -> list[Finding]:
    """The findings; a backward that stops at what it was given by guess need not be at fault: shapes, stand-ins.

    Asked after mending: where one edit lets it go on, and rightly, that is the slip.
    """
    guessed = not subject.scene.startswith(("your inputs", "a loss")) and (
        sum(a.kind != "option" for a in subject.arguments) > 1 or "shaped by forward" in subject.scene
    )
    other = otherwise(error) if error is not None and error.stage == "backward" else ""
    shapes = "forward is meant for other shapes than any that were tried" * guessed
    said = [other or shapes * (re.match(SHAPES, f.message) is not None) for f in findings]
    return [
        replace(f, code="not-set-up", message=f"{f.message}\n    either this is wrong, or {why}")
        if why and f.code == "crash" and f.status == "fail" and not f.diagnosis
        else f
        for f, why in zip(findings, said)
    ]


def otherwise(error: UserError) -> str:
    """How what stops backward may be meant where it stops at something that we made up, or refuses by itself."""
    if ours := made_up(error):
        return f"{ours} is meant to be something else than what it was given here"
    refuses = re.match(r"raise |assert |$", error.line) is not None  # or no line of the user's is to blame
    return "backward is meant for other inputs than any that were tried" * refuses


def elsewhere(error: UserError, case: Case) -> list[Finding]:
    """The same in a case beyond the example, where it may be no fault."""
    if error.stage == "set-up":
        return [Finding("case", "skip", f"{case.name}: cannot be set up ({error.words})", error.where)]
    if error.stage == "forward" and re.match(r"raise |assert ", error.line.strip()):
        return [Finding("case", "skip", f"{case.name}: forward refuses it ({error.words})", error.where)]
    undefined = isinstance(error.error, np.linalg.LinAlgError) or "math domain error" in error.words
    if error.stage == "forward" and isinstance(error.error, ValueError) and undefined:
        return [Finding("case", "skip", f"{case.name}: forward is not defined there ({error.words})", error.where)]
    if error.stage == "forward" and isinstance(error.error, ValueError | IndexError):  # it picks by its numbers
        return [Finding("case", "skip", f"{case.name}: forward itself stops ({error.words})", error.where)]
    if case.name == EVAL and error.stage == "backward":
        return [Finding("case", "skip", f"{case.name}: backward is not meant to run ({error.words})", error.where)]
    status = "warn" if case.invented or case.another else "fail"  # an exception in another form tells itself
    return [replace(stopped(error), status=status, message=f"{case.name}: {stopped(error).message}")]


def overflowing(bench: Bench) -> Finding:
    """What is said where forward is not finite: with the line where what overflows becomes nan, as inf / inf."""
    case, told = bench.case, []
    for stops in (np.errstate(over="raise"), np.errstate(invalid="raise")) if case.extreme else ():
        try:
            with stops:
                bench.forward(*bench.fresh())
        except UserError as error:
            told += [error] if isinstance(error.error, FloatingPointError) else []
    message = f"{case.name}: forward itself is not finite there"
    if len(told) == 2:
        return Finding("case", "skip", f"{message}: {told[0].words.split(': ', 1)[-1]}", told[0].where)
    return Finding("case", "skip", message)


UNFIT = (
    "ndarray|must be|expected|argument|not supported between|unsupported operand|NoneType|'list'|'float'|required"
    "|memoryview"  # x.data of an array, where a box is meant
    "|to Python scalars"  # math.exp of what may be a number beside vectors
)


def stuck(errors: Sequence[UserError]) -> UserError | None:
    """The error of a kind of value at one line that forward meets whatever shape it is given: its own."""
    (words, where), times = Counter((e.words, e.where) for e in errors).most_common(1)[0]
    found = next(e for e in errors if e.words == words and e.where == where)
    often = isinstance(found.error, TypeError) and times >= max(5, 0.7 * len(errors))  # a number may stop elsewhere
    return found if often and where and found.stage == "forward" and not re.search(UNFIT, words) else None
