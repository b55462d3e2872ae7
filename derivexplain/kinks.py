"""Where a formula has two slopes: the places, the slope on either side, and whether they agree."""

from __future__ import annotations

from typing import Any

import sympy as sp

from .story import Kink


def find(f: sp.Expr, slope: sp.Expr, wrt: Any, domain: Any) -> tuple[Kink, ...]:
    return ()
