"""Reconstructed: an autoencoder, whose backward holds what it made of its input against this input itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...checking.subject import Subject
from ..text.code import Code
from ..text.things import matches, normal, required
from .implied import DIVISORS, LOSSES, Implied, Loss, inner


def reconstructs(code: Code, instance: Any, args: tuple[Any, ...], outs: tuple[Any, ...], conventions: Any) -> bool:
    """Whether backward takes no upstream gradient, but the input off the output, or the other way round.

    Both are kept, ``self.out - self.x``, or given again, ``x_hat - x``.
    """
    asked = [normal(p.name) for p in required(code.backward_args)]
    upstream = any(matches(conventions.UPSTREAM, n) and n not in ("out", "output") for n in asked)
    if code.style != "class" or code.local or upstream or len(args) != 1 or len(outs) != 1:
        return False
    x, out = args[0], outs[0]
    if not isinstance(x, np.ndarray) or x.shape != np.shape(out) or x.ndim == 0:
        return False
    kept = {n: v for n, v in vars(instance).items() if isinstance(v, np.ndarray) and v.shape == x.shape}
    known = [p.name for p in code.forward_args]
    given = [p.name for p in code.backward_args]
    ins = [*(f"self.{n}" for n, v in kept.items() if np.array_equal(v, x)), *(n for n in given if n in known)]
    made = [f"self.{n}" for n, v in kept.items() if np.array_equal(v, out)]
    made += [n for n in given if n not in known]
    text = code.source.text
    pairs = ((a, b) for i in ins for o in made for a, b in ((i, o), (o, i)))
    return any(re.search(rf"(?<![\w.]){re.escape(a)} *- *{re.escape(b)}\b(?! *[*@.\[(])", text) for a, b in pairs)


@dataclass(frozen=True)
class Reconstructed(Implied):
    """An autoencoder: its targets are its inputs."""

    @cached_property
    def at(self) -> Any:
        """No argument: the input itself."""
        return None

    @cached_property
    def wanted(self) -> list[Any]:
        return required(self.code.backward_args)

    def given(self, instance: Any, args: tuple[Any, ...], rate: float = 1.0) -> list[Any]:
        return super().given(instance, (*args, args[0]), rate)

    def forward(self, instance: Any, args: tuple[Any, ...], inside: Loss) -> tuple[Any, ...]:
        return (np.asarray(inside(self.output(instance, (*args, args[0])), args[0])),)


def subjects(code: Code, plain: Subject, call: Any, shape: tuple[int, ...], conventions: Any) -> Iterator[Subject]:
    """One subject for each loss of an output and its own input, and each scale."""
    layer = Reconstructed(code, plain, call, conventions, False)
    losses = [row for row in LOSSES if row[1] in ("real", "bits")]
    for kind, name, words, inside in inner(losses, list(DIVISORS.items()), lambda kind: True):
        steps = layer.rate or layer.moves
        yield replace(
            plain,
            forward=lambda i, a, inside=inside: layer.forward(i, a, inside),
            backward=layer.backward,
            arguments=tuple(replace(a, owed=False) for a in plain.arguments),
            upstream="",
            pointwise=False,
            options=(),
            multiple=(id(layer), kind, name),
            convention=f"backward holds the output against the input: {words}",
            notes=(*(["updates"] if steps else []), "implied"),
        )
