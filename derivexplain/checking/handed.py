"""Handed out: lists of gradients whose arrays others hold, as an optimizer or a network that gathers them does.

Where backward fills some of them in place, ``self.grads[0][...] = dW``, and puts a new array in another's place,
``self.grads[1] = db``, whoever holds the old one sees no gradient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding

Lists = dict[str, tuple[list[np.ndarray], list[np.ndarray]]]  # the arrays, and what stood in them


def lists_of(instance: Any) -> Lists:
    """The lists of arrays that an instance calls its gradients, as they are."""
    found = {n: v for n, v in getattr(instance, "__dict__", {}).items() if re.search("grad", n) and type(v) is list}
    whole = {n: v for n, v in found.items() if len(v) > 1 and all(isinstance(a, np.ndarray) for a in v)}
    return {n: ([*v], [a.copy() for a in v]) for n, v in whole.items()}


def partly_replaced(before: Lists, instance: Any) -> Iterator[Finding]:
    """A hazard for each list of which some arrays were filled and others put in the place of what was there."""
    for name, (arrays, values) in before.items():
        now = getattr(instance, name, None)
        if type(now) is not list or len(now) != len(arrays):
            continue
        filled = [k for k, (a, b) in enumerate(zip(now, arrays)) if a is b and not np.array_equal(b, values[k])]
        others = [k for k, (a, b) in enumerate(zip(now, arrays)) if a is not b]
        if filled and others:
            message = (
                f"backward fills {name}[{filled[0]}] and puts another array in the place of {name}[{others[0]}]: "
                f"whoever holds that one, as a network that gathers {name}, sees no gradient in it"
            )
            yield Finding("replaced", "warn", message, diagnosis=(Diagnosis("state", message, name),))
