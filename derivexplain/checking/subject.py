"""The subject: any layer as the questions see it, and the bench on which fresh copies of it are put to work."""

from __future__ import annotations

import contextlib
import copy
import random
import re
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from . import chance, memory
from .older import old_names

Path = tuple[Any, ...]  # ("params", "W"): attribute, then keys


@dataclass(frozen=True)
class Argument:
    """An argument of forward: its name, what numbers it takes, whether a gradient is owed for it.

    `kind` is "real", "positive", "unit" (between 0 and 1), "simplex" (rows that sum to 1), "labels",
    "one-hot", "index", or "option" for what is no data.
    """

    name: str
    kind: str = "real"
    owed: bool = True


@dataclass(frozen=True)
class Answer:
    """What backward gave: a gradient by the name of its variable; `problem` where the shape of the answer is off."""

    gradients: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Source:
    """The user's text: the file, the lines of this layer, and the first one's number."""

    path: str = ""
    text: str = ""
    first: int = 1

    def line(self, number: int) -> str:
        lines = self.text.splitlines()
        return lines[number - self.first] if 0 <= number - self.first < len(lines) else ""


SLOW = 0.25  # a learning rate at which it shows that it is forgotten


@dataclass(frozen=True)
class Subject:
    """A layer, whoever wrote it, in one dress.

    `sample(rng, sizes)` gives a fresh instance and arguments for its forward, the same for the same rng;
    `forward(instance, args)` a tuple of outputs; `backward(instance, douts, args, outs)` an Answer.
    """

    name: str
    sample: Callable[[np.random.Generator, Mapping[str, int]], tuple[Any, tuple[Any, ...]]]
    forward: Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]
    backward: Callable[[Any, tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]], Answer]
    arguments: tuple[Argument, ...]
    source: Source = Source()
    upstream: str = "dout"  # its name in backward; "" where backward takes none
    upstreams: tuple[str, ...] = ()  # the same for each output, where there are several
    pointwise: bool = False  # backward gives the local derivative
    convention: str = ""  # how it was understood, for the reader
    scene: str = ""
    learned: str = ".*"  # pattern of the parameters that a gradient is owed for; other arrays are constants
    narrow: bool = False  # set up at inputs where slips cannot show: one row, one number
    functions: tuple[Callable[..., Any], ...] = ()  # what forward and backward run: for a look at their text
    fixed_sizes: bool = False
    options: tuple[tuple[str, Callable[..., tuple[Any, tuple[Any, ...]]]], ...] = ()  # the same data in another form
    notes: tuple[str, ...] = field(default=())
    off: tuple[str, ...] = ()  # what backward adds by itself ("decay=0.001") and was told not to
    penalties: tuple[str, ...] = ()  # how much backward adds for its parameters, of which forward knows nothing
    frozen: tuple[str, ...] = ()  # what nobody learns: the text says so, or it is a state
    rates: tuple[str, ...] = ()  # arguments of backward that are learning rates: 1, which is no number of the layer's
    slower: Callable[..., Any] | None = None  # backward, called with `SLOW` for its learning rate
    output_taken: str = ""  # what backward calls as forward calls its argument, and is right for the output alone
    reading: str = ""  # how backward is read, where gradients of outputs and inputs are not what it is about
    multiple: tuple[Any, ...] | None = None  # a layer and its loss: where both are the same, so many times it
    undivided: Callable[[Mapping[str, int]], str] | None = None  # a cost that is the mean of the loss inside
    returned: tuple[str, ...] = ()  # forward's arguments in the order in which backward returns their gradients
    instead: tuple[Subject, ...] = ()  # where it is wrong: the same with something else given to backward

    def owes(self, variable: str) -> bool:
        """Whether a gradient is owed: for arguments, and for parameters by their names."""
        return any(a.name == variable for a in self.arguments) or (
            self.learns(variable) and variable not in self.frozen
        )

    def upstream_of(self, output: int) -> str:
        """What backward calls the upstream gradient of this output."""
        return self.upstreams[output] if output < len(self.upstreams) else self.upstream or "dout"

    def learns(self, variable: str) -> bool:
        """Whether this is what a parameter may be called."""
        bare = re.sub(r"[^a-z0-9]", "", re.split(r"[\[./]", variable)[-1].lower())
        return re.fullmatch(self.learned, bare) is not None


class UserError(Exception):
    """The user's code stopped: with what, and where in it, which is looked up only when somebody asks."""

    def __init__(self, error: BaseException, stage: str, path: str = "", like: UserError | None = None) -> None:
        super().__init__(str(error))
        self.error, self.stage, self.path, self.like = error, stage, path, like

    @cached_property
    def at(self) -> tuple[str, str]:
        """``path:line`` and the text of that line; of another error where this only says it in other words."""
        return self.like.at if self.like else last_line(self.error, self.path)

    @property
    def where(self) -> str:
        return self.at[0]

    @property
    def line(self) -> str:
        return self.at[1]

    @property
    def words(self) -> str:
        text = " ".join(str(self.error).split())
        return f"{type(self.error).__name__}: {text[:200]}" if text else type(self.error).__name__


OURS = __file__.rsplit("/", 2)[0]


def last_line(error: BaseException, path: str = "") -> tuple[str, str]:
    """``path:line`` and the text of the deepest line that is the user's own."""
    frames = traceback.extract_tb(error.__traceback__)
    mine = [f for f in frames if path and f.filename == path]
    if not mine:
        mine = [
            f
            for f in frames
            if not f.filename.startswith((OURS, "<__array", "<frozen")) and "/site-packages/" not in f.filename
        ]
    if not mine:
        return "", ""
    return f"{mine[-1].filename}:{mine[-1].lineno}", (mine[-1].line or "").strip()


class Sink:
    """Swallows what is printed and counts it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.size = 0

    def write(self, text: str) -> int:
        self.size += len(text)
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


@contextlib.contextmanager
def quiet() -> Iterator[Sink]:
    """The user's code at work: prints swallowed, warnings off, chance restored afterwards and repeatable within."""
    sink, state, plain = Sink(), np.random.get_state(), random.getstate()
    try:
        with (
            contextlib.redirect_stdout(sink),  # type: ignore[type-var]
            contextlib.redirect_stderr(sink),  # type: ignore[type-var]
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            old_names(),
            chance.repeatable(),
        ):
            warnings.simplefilter("ignore")
            yield sink
    finally:
        np.random.set_state(state)
        random.setstate(plain)


# ---------------------------------------------------------------- parameters: float arrays inside an instance


def is_float(value: Any) -> bool:
    """An array of floats, or of traced scalars that stand for floats."""
    if not isinstance(value, np.ndarray):
        return False
    return value.dtype.kind == "f" or (value.dtype.kind == "O" and value.size > 0 and hasattr(value.flat[0], "tape"))


def floats_within(instance: Any, depth: int = 2) -> Iterator[tuple[Path, np.ndarray]]:
    """Every float array that an instance holds, itself or in its lists, dicts and plain objects; each once."""
    seen: set[int] = set()

    def walk(value: Any, path: Path, left: int) -> Iterator[tuple[Path, np.ndarray]]:
        if id(value) in seen:
            return
        if is_float(value):
            seen.add(id(value))
            yield path, value
        elif isinstance(value, dict) and left >= 0:
            seen.add(id(value))
            for k in value:
                yield from walk(value[k], (*path, k), left - 1)
        elif isinstance(value, list | tuple) and left >= 0 and len(value) < 40:
            seen.add(id(value))
            for k, v in enumerate(value):
                yield from walk(v, (*path, k), left)  # a layer in a list is as near as one outside
        elif hasattr(value, "__dict__") and left >= 0 and not isinstance(value, type) and not callable_only(value):
            seen.add(id(value))
            for k in vars(value):
                yield from walk(vars(value)[k], (*path, k), left - 1)

    # plain attributes before those inside lists: the name W says more than params[0]
    if hasattr(instance, "__dict__"):
        held = vars(instance)
        seen.add(id(instance))
        for k in held:
            if is_float(held[k]):
                yield from walk(held[k], (k,), depth)
        for k in held:
            if not is_float(held[k]):
                yield from walk(held[k], (k,), depth - 1)


def callable_only(value: Any) -> bool:
    return type(value).__module__ in ("builtins", "types", "numpy.random", "numpy.random.mtrand")


NOT_THERE = (KeyError, AttributeError, IndexError, TypeError)  # what reach raises where nothing stands


def reach(instance: Any, path: Path) -> Any:
    """What stands at a path inside an instance."""
    value = instance
    for key in path:
        value = value[key] if isinstance(value, dict | list | tuple) else getattr(value, key)
    return value


def stands(instance: Any, path: Path) -> bool:
    """Whether there is anything at a path inside an instance."""
    with contextlib.suppress(*NOT_THERE):
        return reach(instance, path) is not None
    return False


def name_path(path: Path) -> str:
    """W for ("W",), params['W'] for ("params", "W"), params[0] for ("params", 0)."""
    head = str(path[0])
    for key in path[1:]:
        head += f"[{key!r}]" if isinstance(key, int) else f"['{key}']" if head.isidentifier() else f".{key}"
    return head


# ---------------------------------------------------------------- the bench

DATA = ("real", "positive", "unit", "simplex")
ENDS = "ends at "  # how a note begins of what forward works out on its way, where backward starts


@dataclass(frozen=True)
class Case:
    """At which inputs a question is put: a seed, sizes, and a change of the example's numbers.

    `invented` marks inputs that we made up: what shows only there is a hazard, not an error. `extreme`
    asks for finite gradients only; `optional` inputs may be refused by backward as well as by forward.
    `measured` is the change with which the slopes are measured, where it is another one.
    """

    name: str
    sizes: Mapping[str, int]
    change: Callable[[np.ndarray, str], Any] | None = None
    seed: int = 0
    invented: bool = False
    extreme: bool = False
    optional: bool = False
    sample: Callable[..., tuple[Any, tuple[Any, ...]]] | None = None
    measured: Callable[[np.ndarray, str], Any] | None = None
    another: bool = False  # its sample gives arguments of another form, or of another meaning
    weights: bool = True  # whether weights among forward's arguments are changed as well


FAR_TOO_LARGE = 2**24  # entries of a gradient at examples as small as ours


class Bench:
    """One subject at one case: hands out fresh copies, runs them forward and backward on private data."""

    def __init__(self, subject: Subject, case: Case, parameters: tuple[Path, ...] = ()) -> None:
        self.subject, self.case, self.paths = subject, case, parameters
        self.path = subject.source.path
        self.generators = chance.shared(subject.functions)
        self.unset = memory.EMPTY.search(subject.source.text) is not None

    def fresh(self, other: bool = False) -> tuple[Any, tuple[Any, ...]]:
        """A new instance with the same parameters, and its arguments; `other` gives other data for the latter."""
        sample = self.case.sample or self.subject.sample
        instance, args = self.guard("set-up", sample, self.rng(), self.case.sizes)
        if other:
            _, args = self.guard("set-up", sample, self.rng(1), self.case.sizes)
        if self.case.change:
            learned = [self.subject.learns(k.name) for k in self.subject.arguments]
            kept = [w and not self.case.weights and not all(learned) for w in learned]
            args = tuple(
                self.changed(a, k.kind)
                if (is_float(a) or isinstance(a, float)) and k.kind in DATA and not keep
                else a
                for a, k, keep in zip(args, self.subject.arguments, kept)
            )
        return instance, args

    def changed(self, value: Any, kind: str) -> Any:
        """The case's change of one argument; a number stays a number."""
        assert self.case.change is not None
        new = self.case.change(np.asarray(value), kind)
        return float(new) if isinstance(value, float) and np.ndim(new) == 0 else new

    def rng(self, shift: int = 0) -> np.random.Generator:
        """A generator in the same state for the same case and shift."""
        return np.random.Generator(np.random.PCG64(seeds(self.case.seed, shift)))

    def guard(self, stage: str, function: Callable[..., Any], *args: Any) -> Any:
        """Run the user's code from a known state of chance; what it raises becomes a UserError with its line."""
        seed = self.case.seed + (1 if stage == "backward" else 0)  # a mask drawn anew in backward is another one
        np.random.seed(seed)
        random.seed(seed)
        chance.CLOCK.looks = seed
        try:
            with contextlib.ExitStack() as around:
                if self.generators:
                    around.enter_context(chance.known(self.generators, seed))
                if self.unset and stage != "set-up":
                    around.enter_context(memory.marked())
                return function(*args)
        except (Exception, SystemExit) as error:
            raise UserError(error, stage, self.path) from error

    def forward(self, instance: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return self.guard("forward", self.subject.forward, instance, args)

    def backward(self, instance: Any, douts: Any, args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
        """Gradients for what is asked after: the arguments, and those parameters that forward depends on."""
        answer = self.guard("backward", self.subject.backward, instance, douts, args, outs)
        asked = {a.name for a in self.subject.arguments if a.owed} | {name_path(p) for p in self.paths}
        return Answer({k: v for k, v in answer.gradients.items() if k in asked}, answer.problem)

    def gradients(self, douts: tuple[Any, ...]) -> Answer:
        """Forward, then right away backward, all of it fresh; the result is a private copy."""
        instance, args = self.fresh()
        return self.answer(instance, douts, args, self.forward(instance, args))

    def answer(self, instance: Any, douts: tuple[Any, ...], args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
        """Backward on copies of the upstream gradients, right after forward; the result is a private copy."""
        answer = self.backward(instance, tuple(copied(d) for d in douts), args, outs)
        if any(isinstance(v, np.ndarray) and v.size > FAR_TOO_LARGE for v in answer.gradients.values()):
            raise UserError(MemoryError("an array far too large"), "backward")  # as a copy; a view takes no room
        return Answer({k: copied(v) for k, v in answer.gradients.items()}, answer.problem)

    def variables(self) -> dict[str, np.ndarray]:
        """What a gradient is owed for: arguments and parameters by name, with their values as float64 or float32."""
        return self.values(*self.fresh())

    def values(self, instance: Any, args: tuple[Any, ...]) -> dict[str, np.ndarray]:
        """Private copies of what an instance and its arguments hold for the variables."""
        found = {
            k.name: np.array(a, copy=True)
            for a, k in zip(args, self.subject.arguments)
            if k.owed and np.asarray(a).dtype.kind == "f"
        }
        for path in self.paths:
            with contextlib.suppress(*NOT_THERE):
                if (value := reach(instance, path)) is not None:
                    found.setdefault(name_path(path), np.array(value, copy=True))
        return found


@lru_cache(maxsize=64)
def seeds(seed: int, shift: int) -> np.random.SeedSequence:
    """Mixed once: most of what a new generator costs."""
    return np.random.SeedSequence([seed, shift])


def copied(value: Any) -> Any:
    """A private copy of arrays and of containers that hold them."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict | list):
        return copy.deepcopy(value)
    return value
