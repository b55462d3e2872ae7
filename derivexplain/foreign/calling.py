"""Calling: the ways in which backward may want to be called, likeliest first."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from .arguments import data_arguments
from .code import Code, matches
from .finding import normal

MOST_READINGS = 16


@dataclass(frozen=True)
class Reading:
    """What each argument of backward gets: "dout0", "arg1", "out0", "cache", "rate", "mean" ..."""

    gives: tuple[str, ...]

    @property
    def upstream(self) -> bool:
        return any(g.startswith("dout") for g in self.gives)


def readings(code: Code, n_args: int, n_outs: int, cache: bool, scalar: bool, conventions: Any) -> list[Reading]:
    """How backward may want to be called, likeliest first."""
    if code.backward is None:
        return [Reading(())]
    found = [p for p in code.backward_args if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    use = []
    for p in found:
        if p.default is p.empty or (
            matches(conventions.UPSTREAM, normal(p.name)) and not matches(conventions.RATE, normal(p.name))
        ):
            use.append(p)
        else:
            break
    if any(p.kind == p.VAR_POSITIONAL for p in code.backward_args) and not use:
        return [Reading(tuple(f"dout{k}" for k in range(n_outs))), Reading(())]
    names = [normal(p.name) for p in data_arguments(code)]
    choices: list[list[str]] = []
    douts = itertools.count()
    for p in use:
        n = normal(p.name)
        again = [f"arg{i}" for i, a in enumerate(names) if a == n]
        if len(use) == 1 and (code.local or again) and not (matches(r"d?dout|gradoutput|accumgrad", n)):
            result = matches(conventions.RESULT, n) and not again
            choices.append(
                ["out0", "arg0", "dout0"]
                if result
                else [*again, "arg0", "out0", "dout0"]
                if code.local or again
                else ["dout0"]
            )
        elif cache and matches(conventions.CACHE, n):
            choices.append(["cache"])
        elif matches(conventions.RATE, n) and len(use) > 1:
            choices.append(["rate"])
        elif again:
            choices.append([*again, "dout0"] if len(use) > 1 else [*again, "dout0", "out0"])
        elif matches(conventions.TARGET, n) and len(names) > 1:
            choices.append([f"arg{i}" for i in _target_first(names, conventions)])
        elif matches(conventions.UPSTREAM, n):
            k = next(douts)
            own = f"dout{k}" if k < n_outs else "zero"
            choices.append(
                [own, "arg0", *(["held"] if len(use) > 1 else [])] if scalar else [own]
            )  # a loss may be given its predictions under this name
        elif matches(conventions.PREDICTION, n) and scalar and len(use) > 1:
            choices.append(["arg0", "arg1", "dout0"] if len(names) > 1 else ["arg0", "dout0"])
        else:
            everything = [f"arg{i}" for i in range(n_args)]
            choices.append(["dout0", "out0", *everything, *(["cache"] if cache else [])])
    combos = [Reading(c) for c in itertools.product(*choices)]
    sane = [r for r in combos if len(set(r.gives)) == len(r.gives)]
    named = [p.default is not p.empty for p in use]
    if use and all(named) and scalar:
        sane.append(Reading(()))
    return list(dict.fromkeys(sane or combos))[:MOST_READINGS]


def _target_first(names: list[str], conventions: Any) -> list[int]:
    return sorted(range(len(names)), key=lambda i: not matches(conventions.TARGET, names[i]))
