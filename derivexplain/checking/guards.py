"""Guards: the small ε inside a logarithm or a clip, taken out for a second look.

``log(y + 1e-7)`` is not exactly ``log(y)``, and y - t is not exactly its derivative. Where backward is the
exact derivative of forward without its ε, that is said, and is no error.
"""

from __future__ import annotations

import contextlib
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from ..bytecode import instructions
from .parameters import widened
from .subject import Bench, Subject, UserError
from .values import FEW, Slopes
from .watching import OURS

TINY = 1e-4  # a constant below this, in a function that takes logarithms, guards against log(0)
NAMES = re.compile(r"_?(eps|epsilon|delta|tiny|small|e)_?")
BARE = 1e-6  # a bare logarithm near its pole magnifies the rounding of what it is given
GUARDED = {"log", "log2", "log10", "clip", "maximum"}
ROOTS = {"sqrt", "std", "var", "power"}  # there an epsilon is part of the formula
SLIGHT = 1e-6  # the largest epsilon that only guards a division


def reachable(functions: tuple[Callable[..., Any], ...], depth: int = 3) -> list[types.FunctionType]:
    """These functions and those of the same files, or of those beside them, that they call by name.

    So are the methods of classes of which they make layers within: ``self.softmax = Softmax()``.
    """
    found: dict[int, types.FunctionType] = {}

    def walk(function: Any, left: int) -> None:
        function = getattr(function, "__func__", getattr(function, "__wrapped__", function))
        if not isinstance(function, types.FunctionType) or id(function) in found:
            return
        if "site-packages" in function.__code__.co_filename:
            return
        found[id(function)] = function
        if left:
            names, space = names_in(function.__code__), function.__globals__
            beside = [vars(m) for n in names if own(m := space.get(n))]  # import functions as f; f.softmax(x)
            for name in names:
                for place in (space, *beside):
                    thing = place.get(name)
                    for part in methods(thing) if isinstance(thing, type) else (thing,):
                        walk(part, left - 1)

    for f in functions:
        walk(f, depth)
    return list(found.values())


def names_in(code: types.CodeType) -> list[str]:
    """The names that a function reads, those of its comprehensions among them: ``[Relu() for _ in range(n)]``."""
    return [*code.co_names, *(n for c in code.co_consts if isinstance(c, types.CodeType) for n in names_in(c))]


def methods(cls: type) -> list[types.FunctionType]:
    """The functions that a class of the user's has itself."""
    found = [f for f in vars(cls).values() if isinstance(f, types.FunctionType)]
    return [f for f in found if not f.__code__.co_filename.startswith(OURS)]


def own(module: Any) -> bool:
    """Whether this is a module of the user's, as it was read beside the layer's file."""
    return isinstance(module, types.ModuleType) and module.__spec__ is None


def used(functions: tuple[Callable[..., Any], ...]) -> dict[str, Any]:
    """The globals that these functions read, by name."""
    return {
        i.argval: f.__globals__.get(i.argval)
        for f in reachable(functions)
        if not f.__code__.co_filename.startswith(OURS)  # what stands in for others reads names of its own
        for i in instructions(f)
        if i.opname == "LOAD_GLOBAL"
    }


def constants_without(consts: tuple[Any, ...]) -> tuple[tuple[Any, ...], float]:
    """A function's constants with guards at 0 (and 1 - ε at 1), and the largest guard that went."""
    largest = 0.0
    out: list[Any] = []
    for c in consts:
        if isinstance(c, float) and 0 < c <= TINY:
            largest = max(largest, c)
            out.append(0.0)
        elif isinstance(c, float) and 0 < 1 - c <= TINY:
            out.append(1.0)
        else:
            out.append(c)
    return tuple(out), largest


def find(functions: tuple[Callable[..., Any], ...], instance: Any) -> float:
    """The largest guard in forward; 0 where there is none."""
    with without(functions) as largest:
        return max(largest, *(v for _, v in held(functions, instance)), 0.0)


def held(functions: tuple[Callable[..., Any], ...], instance: Any) -> list[tuple[str, float]]:
    """Guards that an instance or its class holds, where forward takes logarithms or divides, and no roots."""
    every = reachable(functions)
    names = {n for f in every for n in f.__code__.co_names}
    logs = names & {"log", "log2", "log10"} and "sqrt" not in names
    divided = not names & ROOTS and any(divides(f.__code__) for f in every)
    if not hasattr(instance, "__dict__") or not (logs or divided):
        return []
    largest = TINY if logs else SLIGHT
    kept = [(n, getattr(instance, n, None)) for n in sorted(names) if NAMES.fullmatch(n.lower())]
    return [(k, v) for k, v in kept if isinstance(v, float) and 0 < v <= largest]


@lru_cache(maxsize=1024)
def divides(code: types.CodeType) -> bool:
    """Whether a function divides and takes no roots."""
    if set(code.co_names) & ROOTS or {0.5, -0.5} & {c for c in code.co_consts if isinstance(c, float)}:
        return False
    return any(i.opname.startswith("BINARY") and i.argrepr.strip("=") == "/" for i in instructions(code))


def shared(functions: tuple[Callable[..., Any], ...]) -> list[tuple[dict[str, Any], str]]:
    """The guards among the globals that these functions read, and where they stand; none where roots are taken."""
    every = reachable(functions)
    names = {n for f in every for n in f.__code__.co_names}
    if names & ROOTS or not (names & GUARDED or any(divides(f.__code__) for f in every)):
        return []
    largest = TINY if names & GUARDED else SLIGHT
    found = {(id(f.__globals__), n): (f.__globals__, n) for f in every for n in f.__code__.co_names}
    tiny = ((s, n) for s, n in found.values() if isinstance(s.get(n), float) and 0 < s[n] <= largest)
    return [(s, n) for s, n in tiny if NAMES.fullmatch(n.lower())]


@contextlib.contextmanager
def without(functions: tuple[Callable[..., Any], ...]) -> Iterator[float]:
    """These functions at work without their guards."""
    kept: list[tuple[types.FunctionType, types.CodeType, Any]] = []
    spaces: list[tuple[dict[str, Any], str, float]] = []
    largest = 0.0
    for space, name in shared(functions):  # EPS = 1e-12 at the head of the file
        spaces.append((space, name, space[name]))
        largest = max(largest, space[name])
        space[name] = 0.0
    for f in reachable(functions):
        names = set(f.__code__.co_names)
        if "sqrt" in names or not (names & GUARDED or divides(f.__code__)):
            continue
        consts, one = constants_without(f.__code__.co_consts)
        defaults, two = constants_without(f.__defaults__ or ())
        if not names & GUARDED and max(one, two) > SLIGHT:
            continue
        if consts != f.__code__.co_consts or two:
            kept.append((f, f.__code__, f.__defaults__))
            f.__code__ = f.__code__.replace(co_consts=consts)
            f.__defaults__ = defaults or None
            largest = max(largest, one, two)
    try:
        yield largest
    finally:
        for space, name, value in spaces:
            space[name] = value
        for f, code, defaults_ in kept:
            f.__code__, f.__defaults__ = code, defaults_


def excused(bench: Bench, variable: str, gradient: np.ndarray, douts: tuple[np.ndarray, ...]) -> bool:
    """Whether backward is the derivative of forward without the ε that guards its logarithm."""
    elsewhere = bench.case.name != "the example"  # where nothing can be measured, the example has decided
    with without(bench.subject.functions):
        plain = Bench(without_held(bench.subject), bench.case, bench.paths)
        try:
            if not all(np.all(np.isfinite(o)) for o in plain.forward(*plain.fresh())):
                return elsewhere
            slopes = Slopes(plain, most=FEW, mixed=1)
            found = slopes.compare(variable, gradient, douts, BARE)
            if not found.ok:  # backward has the ε too
                bare = np.asarray(plain.gradients(douts).gradients.get(variable))
                near = 1e-4 * float(np.max(np.abs(gradient), initial=0.0))
                if bare.shape == gradient.shape and np.allclose(bare, gradient, rtol=1e-4, atol=near):
                    found = slopes.compare(variable, bare, douts, BARE)
        except UserError:
            return False
    return found.ok and (found.tried > 0 or elsewhere)


def slopes(bench: Bench, names: tuple[str, ...], most: int, mixed: int, like: Slopes | None = None) -> Slopes:
    """The slopes of forward in double precision, without its guards where it has any and is finite so.

    `like` are those of another case of the same code, as for any slopes.
    """
    given, bench = bench, Bench(widened(bench.subject, bench.paths), bench.case, bench.paths)
    with without(bench.subject.functions) as largest:
        plain = Bench(without_held(bench.subject), bench.case, bench.paths)
        instance, args = bench.fresh()
        if largest or held(bench.subject.functions, instance):
            with contextlib.suppress(UserError):
                if all(np.all(np.isfinite(o)) for o in plain.forward(*plain.fresh())):
                    found = Slopes(plain, most=most, mixed=mixed, like=like)
                    found.bench = given
                    for name in names:
                        found.of(name)
                    return found
    found = Slopes(bench, most=most, mixed=mixed, like=like)
    found.bench = given
    return found


def without_held(subject: Subject) -> Subject:
    """The subject with the guards that its instances hold set to 0."""

    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = subject.sample(rng, sizes)
        for k, _ in held(subject.functions, instance):
            setattr(instance, k, 0.0)
        return instance, args

    return replace(subject, sample=sample)
