"""Covering: the lines of backward that ran at none of the inputs, of which nothing can be said."""

from __future__ import annotations

import contextlib
import re
import sys
import types
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from ..bytecode import instructions
from ..story import Finding
from .penalty import switch_on
from .subject import Bench, Case, Path, Subject, UserError, quiet
from .values import upstream

SAYS_NOTHING = re.compile(
    r"(raise|assert|print|pass|else|elif|except|finally|warnings|logg\w+|return( None)?$)\b|\W|$"
)


def unrun(subject: Subject, paths: tuple[Path, ...], cases: Sequence[Case]) -> Iterator[Finding]:
    """A finding for the lines of each function that backward enters, and that no case led to."""
    ran: dict[types.CodeType, set[int]] = {}
    for k, case in enumerate(cases):
        if k > 0 and not any(map(left, ran, ran.values())):
            break
        follow(Bench(subject, case, paths), ran)
    for name in subject.penalties:
        follow(Bench(subject, cases[0], paths), ran, name)
    ahead = run_ahead(subject, cases[0]) if cases and any(map(left, ran, ran.values())) else {}
    for code, lines in ran.items():
        missed = sorted(left(code, lines | ahead.get(code, set())))  # f(x) and f(x, deriv=True) are one function
        missed = [n for n in missed if not SAYS_NOTHING.match(subject.source.line(n).strip())]
        if missed:
            which = f"line {missed[0]}" if len(missed) == 1 else f"{len(missed)} lines from {missed[0]} on"
            shown = subject.source.line(missed[0]).strip()
            says = f"{code.co_name}, {which}: no input led there, so nothing is said of it\n    {shown}"
            yield Finding("unrun", "skip", says, f"{subject.source.path}:{missed[0]}")


def run_ahead(subject: Subject, case: Case) -> dict[types.CodeType, set[int]]:
    """The lines that forward runs at a case, of functions with branches."""
    ran: dict[types.CodeType, set[int]] = {}
    bench = Bench(subject, case)
    with contextlib.suppress(UserError):
        instance, args = bench.fresh()
        with tracing(subject.source.path, ran):
            bench.forward(instance, args)
    return ran


def ran_at(subject: Subject, case: Case) -> set[int]:
    """The lines that backward runs at a case, of functions with branches."""
    ran: dict[types.CodeType, set[int]] = {}
    with quiet():
        follow(Bench(subject, case), ran)
    return {n for lines in ran.values() for n in lines}


def follow(bench: Bench, ran: dict[types.CodeType, set[int]], penalty: str = "") -> None:
    """Run forward and backward, noting the lines of backward, as far as it goes."""
    with contextlib.suppress(UserError):
        instance, args = bench.fresh()
        if penalty:
            switch_on(instance, penalty)
        outs = bench.forward(instance, args)
        douts = upstream(outs, bench.rng(2))
        with tracing(bench.subject.source.path, ran):
            bench.backward(instance, douts, args, outs)


@contextlib.contextmanager
def tracing(path: str, ran: dict[types.CodeType, set[int]]) -> Iterator[None]:
    """The lines that run in functions of a file which have branches, until all of one have."""
    before = sys.gettrace()

    def enter(frame: types.FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        if code.co_filename != path or not branches(code) or not left(code, ran.setdefault(code, set())):
            return None
        return step

    def step(frame: types.FrameType, event: str, _: Any) -> Any:
        ran[frame.f_code].add(frame.f_lineno)
        return step

    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(before)


@lru_cache(maxsize=256)
def branches(code: types.CodeType) -> bool:
    return any(i.opname.startswith("POP_JUMP") for i in instructions(code))


def left(code: types.CodeType, lines: set[int]) -> set[int]:
    """The lines of a function that are not among these."""
    return {n for _, _, n in code.co_lines() if n is not None and n != code.co_firstlineno} - lines
