"""Order: in which order backward returns its gradients, and whether that misleads whoever unpacks them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ..story import Diagnosis, Finding
from .subject import Bench


def ordered(bench: Bench) -> Iterator[Finding]:
    """Gradients that are told apart by their names alone: whoever unpacks them in forward's order is misled."""
    subject = bench.subject
    returned = list(subject.returned)
    taken = [a.name for a in subject.arguments if a.name in returned]
    if returned != taken:
        message = (
            f"backward returns the gradients for {', '.join(returned)} in this order, forward takes "
            f"{', '.join(taken)}: right by their names, wrong for whoever unpacks them in forward's order"
        )
        if not subject.upstream and len(returned) == 2 and told_by_size(bench, *returned):
            return  # return dj_db, dj_dw, as a cost's gradients often come
        # all parameters before data (dW, db, dx), or after, is a habit; two of one kind exchanged is none
        learned = [n for n in taken if re.fullmatch(subject.learned, n.lower().replace("_", ""))]
        usual = returned in list(habits(taken, learned)) and [*map(str.lower, learned)] != ["b"]
        usual |= len(taken) > 2 and returned == [*taken[1:], taken[0]]  # whatever they are called
        status = "warn" if usual else "fail"
        yield Finding("order", status, message, diagnosis=(Diagnosis("swapped", "the order of what is returned"),))


def told_by_size(bench: Bench, bias: str, weight: str) -> bool:
    """Whether what comes first is one number, or fewer, and the other more: nobody takes one for the other."""
    _, args = bench.fresh()
    sizes = {a.name: np.size(v) for a, v in zip(bench.subject.arguments, args)}
    return sizes.get(bias, 0) < sizes.get(weight, 0)


def habits(taken: list[str], learned: list[str]) -> Iterator[list[str]]:
    """Forward's order with parameters before data, or after: all of them, or those of a first layer before others."""
    yield [*(n for n in taken if n not in learned), *learned]
    for k in range(len(taken), 0, -1):
        own = [n for n in taken[:k] if n in learned]
        if k == len(taken) or len(own) > 1:
            yield [*own, *(n for n in taken[:k] if n not in learned), *taken[k:]]
