"""Diagnosis: names the slip by making it: the right derivative with one edit equals the wrong claim.

The right derivative is spelled in several ways (as the rules write it, in the output, as the caller has
it), since an edit is one edit only in the right spelling. An edit counts when it equals the claim at many
points of all regions, and then by the proof that the caller passes. No explanation is better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from ..story import Diagnosis
from ..symbols import real
from . import writing
from .case import understood
from .telling import Teller

__all__ = ["name_slip"]

LONGEST = 400  # operations, beyond which nothing is tried


def name_slip(
    true: Any,
    claimed: Any,
    *,
    wrt: Any,
    forward: Any = None,
    output: Any = None,
    slips: Any,
    functions: Iterable[tuple[str, Any, Any]] = (),
    spellings: Iterable[Any] = (),
    domain: Mapping[Any, Any] | None = None,
    equal: Callable[..., Any],
    show: Callable[[Any], str] = str,
) -> tuple[Diagnosis, ...]:
    """Which slip turns the right derivative into the claim; best first, empty where none does.

    `true` (None: taken from `forward`) and `claimed` may use the letter `output` (a Symbol, or its name) for
    the value of `forward`; `slips` is the room of rows; `functions` are (name, formula in x, slope in x and y)
    of other functions; `spellings` further ways to write `true`, asked for only where our own explain nothing;
    `equal` proves (`proof.equal`); `show` prints a formula.
    """
    if true is None:
        true = writing.unmarked(writing.slope(forward, wrt))
    if sp.count_ops(claimed) + sp.count_ops(true) > LONGEST:
        return ()
    y = output if isinstance(output, sp.Basic) else real(output or "y")
    with np.errstate(all="ignore"):
        case = understood(true, claimed, wrt, y, forward, domain or {})
        return Teller(case, slips, domain, equal, show).told(spellings, functions) if case else ()
