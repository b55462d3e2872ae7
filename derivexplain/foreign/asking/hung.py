"""Hung gradients: code reads the upstream gradient off its output, ``out.g``, and hangs results on its inputs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...checking.proving import put_in
from ...checking.subject import Answer, Subject, floats_within, is_float, name_path
from ..text.code import Code, backward_of
from ..text.standins import Boxed
from ..text.things import matches, normal, required
from .outputs import as_output, kept_losses

HELD = "_derivexplain_hung"


def mark(code: Code, conventions: Any) -> str:
    """The attribute in which gradients hang: g for ``inp.g = mask * out.g``; "" where none does.

    A backward that is given its upstream gradient hangs at most its parameters': ``self.weight.grad = x.T @ dout``;
    one that starts from a loss that is kept, as a network's, as well.
    """
    given = any(matches(conventions.UPSTREAM, normal(p.name)) for p in code.backward_args[:1])
    found = None if given or kept_losses(code) else re.search(conventions.HUNG, code.source.text)
    return found[1] if found and not gives_what_it_was_not_given(code) else ""


def gives_what_it_was_not_given(code: Code) -> bool:
    """Whether a class's backward takes something that is not forward's, and returns a value: ``backward(eta)``."""
    known = {p.name for p in code.forward_args}
    if code.style != "class" or not any(p.name not in known for p in required(code.backward_args)):
        return False
    back = backward_of(code)
    return back is not None and any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(back))


def subject(code: Code, plain: Subject, conventions: Any, scalar: bool) -> Iterator[Subject]:
    """The one way to call such code: with arrays that take attributes; a loss may read no upstream gradient."""
    word, text = mark(code, conventions), code.source.text
    given = order(code, [a.name for a in plain.arguments], conventions)
    if given is None:
        return

    def forward(instance: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        boxed = tuple(box(a, word) for a in args)
        for _, array in list(floats_within(instance)):
            if not isinstance(array, Boxed):
                put_in(instance, array, box(array, word))
        result = instance(*boxed) if code.style == "class" and callable(instance) else code.forward(instance, *boxed)
        out = result if isinstance(result, Boxed) else np.asarray(as_output(result)).view(Boxed)
        for k, v in list(vars(instance).items()):
            if v is result:
                setattr(instance, k, out)
        vars(instance)[HELD] = boxed, out
        return (np.asarray(as_output(out)),)

    def backward(instance: Any, douts: tuple[Any, ...], args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
        boxed, out = vars(instance)[HELD]
        setattr(out, word, douts[0])
        assert code.backward is not None
        code.backward(instance, *(out if g == "out" else boxed[int(g)] for g in given))
        found = {a.name: hanging(v, word) for a, v in zip(plain.arguments, boxed) if a.owed}
        kept = [(p, v) for p, v in floats_within(instance) if not str(p[0]).startswith("_derivexplain")]
        found |= {name_path(p): hanging(v, word) for p, v in kept if isinstance(v, Boxed)}
        return Answer({k: v for k, v in found.items() if v is not None})

    yield Subject(
        *(code.name, plain.sample, forward, backward, plain.arguments, code.source),
        upstream=f"out.{word}" if not scalar or re.search(rf"out\w*\.{word}\b(?!\s*\+?=)", text) else "",
        scene=plain.scene,
        narrow=plain.narrow,
        fixed_sizes=plain.fixed_sizes,
        convention=f"gradients hang on the arrays themselves (.{word})",
        functions=code.functions,
        learned=conventions.LEARNED,
    )


def order(code: Code, names: list[str], conventions: Any) -> list[str] | None:
    """What backward's arguments are: "out", or the place of one of forward's; None where there are too many."""
    left = [str(k) for k in range(len(names))]
    found: list[str] = []
    for p in required(code.backward_args):
        same = [str(k) for k, n in enumerate(names) if n == p.name and str(k) in left]
        if not same and matches(conventions.RESULT, normal(p.name)):
            found.append("out")
        elif same or left:
            found.append((same or left)[0])
            left.remove(found[-1])
        else:
            return None
    return found


def box(value: Any, word: str) -> Any:
    """An array that takes attributes, with zeros hanging on it for those who add to them."""
    if not is_float(value):
        return value
    boxed = np.asarray(value).view(Boxed)
    boxed.zeros = np.zeros_like(np.asarray(value))  # type: ignore[attr-defined]
    setattr(boxed, word, boxed.zeros)  # type: ignore[attr-defined]
    return boxed


def hanging(value: Any, word: str) -> Any:
    """What was hung on an array; None where nothing came to the zeros of before."""
    gradient = getattr(value, word, None)
    untouched = gradient is getattr(value, "zeros", None) and not np.any(gradient)
    return None if gradient is None or untouched else np.asarray(gradient)
