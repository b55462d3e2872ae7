"""A node for a function that the catalogue has no layer for: forward and backward walk its formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from ...evaluation import evaluate
from ...layer import Layer, as_float, unbroadcast
from ...story import Equation
from ...symbols import output_name, real


def elementary(expr: sp.Expr, letters: Sequence[str], title: str) -> Layer:
    """A layer that computes a scalar formula of these letters, entry by entry."""
    slopes = {name: sp.diff(expr, real(name)) for name in letters}

    class Elementary(Layer):
        formula = (Equation(real(output_name(letters)), expr),)
        claims = slopes

        @classmethod
        def inputs(cls) -> tuple[str, ...]:
            return tuple(letters)

        def forward(self, *values: Any) -> Any:
            self.env = dict(zip(letters, map(as_float, values)))
            return np.asarray(evaluate(expr, self.env))

        def backward(self, dout: Any) -> Any:
            found = [dout * np.asarray(evaluate(slopes[n], self.env)) for n in letters]
            grads = tuple(unbroadcast(g, self.env[n].shape) for n, g in zip(letters, found))
            return grads if len(grads) > 1 else grads[0]

    Elementary.name = Elementary.title = title
    return Elementary()
