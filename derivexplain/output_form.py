"""y' in terms of y, found by solving y = f(x) inward; or why there is no such form.

A candidate is taken only when it agrees with the derivative over the whole domain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .inversion import Known, peel
from .law import Law
from .matching import replace
from .proof import equal
from .spelling import tidy

Stage = tuple[str, sp.Expr, tuple[tuple[Any, Any], ...]]


@dataclass(frozen=True)
class Form:
    """What was found: the form and its kind ("pure" | "mixed" | None), the lines that lead to it, or the reason."""

    kind: str | None = None
    expr: Any = None
    steps: tuple[Stage, ...] = ()
    reason: str = ""
    witness: tuple[Any, Any] | None = None


NONE = Form()


def find(
    f: sp.Expr,
    slope: sp.Expr,
    x: Any,
    y: Any,
    domain: Mapping[Any, Any],
    identities: Sequence[Law] = (),
    outputs: Mapping[Any, sp.Expr] | None = None,
) -> Form:
    """The derivative in terms of the output, where there is such a form."""
    if not slope.has(x):
        final = tidy(slope)
        return Form("pure", final, (("tidy", final, ()),) if final != slope else ())
    return pure(f, slope, x, y, domain) or NONE


def pure(f: sp.Expr, slope: sp.Expr, x: Any, y: Any, domain: Mapping[Any, Any]) -> Form | None:
    """A form in y alone."""
    for steps in candidates(f, slope, x, y):
        final = steps[-1][1]
        if equal(slope, replace(final, {y: f}), domain=domain, effort="quick").ok:
            return Form("pure", final, tuple(steps))
    return None


def candidates(f: sp.Expr, slope: sp.Expr, x: Any, y: Any) -> Iterator[list[Stage]]:
    """Ways from the derivative to a form in y, each as lines: name the output, solve for the kernel, tidy."""
    for known in peel(f, y, x):
        named = shown(slope, known[:2])
        steps: list[Stage] = [("name-output", named, ((y, f),))] if named != slope else []
        if named.has(x):
            for kernel, value in known[1:]:
                solved = replace(named, {kernel: tidy(value)})
                if not solved.has(x):
                    break
            else:
                continue
            steps.append(("solve-kernel", solved, ((kernel, tidy(value)),)))
            named = solved
        final = tidy(named)
        if final != named:
            steps.append(("tidy", final, ()))
        if steps:
            yield steps


def shown(slope: sp.Expr, known: Known) -> sp.Expr:
    """The derivative with those parts that y names outright: f itself, 1/f, what is left of f without a constant."""
    return replace(slope, dict(known))
