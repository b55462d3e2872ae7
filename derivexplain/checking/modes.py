"""Modes: what training leaves behind for a backward in eval mode."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..story import Finding
from .contract import Douts, close, state
from .subject import Answer, Bench, Case, UserError, copied


def after_training(bench: Bench, training: Case, douts: Douts, alone: Answer) -> Iterator[Finding]:
    """Where training has changed nothing that eval mode gives, it changes none of its gradients either."""
    instance, args = bench.fresh()
    try:
        fresh = [np.array(o) for o in bench.forward(*bench.fresh())]
        bench.forward(instance, Bench(bench.subject, training, bench.paths).fresh()[1])
        outs = bench.forward(instance, args)
        if not all(map(np.array_equal, fresh, outs)):
            return  # running means have moved
        after = bench.backward(instance, tuple(copied(d) for d in douts), args, outs).gradients
    except UserError:
        return
    for name, gradient in alone.gradients.items():
        if not close(gradient, after.get(name)):
            message = f"{bench.case.name}: after a forward in training the gradient for {name} is another one"
            yield state("other-data", f"{message}: something of it is kept")
            return
