"""Targets: which argument of a backward is what its output is held against, where forward takes no targets."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Any

from ...bytecode import instructions
from .boxes import is_box
from .code import Code, method_of
from .modelled import modelled
from .things import Parameter, given_back, matches, normal, required, roles

WEIGHTS = frozenset({"W", "W1", "W2", "b", "b1", "b2"})


def explicit(code: Code, conventions: Any) -> bool:
    """Whether forward is given a network's parameters one by one."""
    named = sum(bool(WEIGHTS & {*roles(p.name, conventions)[:1]}) for p in code.forward_args) > 1
    return named or modelled(code, conventions) is not None


@lru_cache(64)
def target(code: Code, conventions: Any) -> Parameter | None:
    """The argument of backward that is the targets, where forward takes none and no upstream gradient comes in.

    Of a pair it is that of a softmax's output and the targets: ``softmax_backward(y_hat, y)``; or a network's, whose
    parameters forward is given.
    """
    known = {normal(p.name) for p in code.forward_args}
    wanted = required(code.backward_args) if code.style == "class" and not code.local else []
    if (first := taken_off(code, conventions)) is not None and normal(first.name) not in known:
        return first
    if code.style == "pair" and "softmax" in normal(code.name) and len(known) == 1:
        wanted = [p for p in code.backward_args if p.default is p.empty]
        wanted = wanted if len(wanted) == 2 else []
    elif network(code, conventions):
        wanted = required(code.backward_args)
    fresh = [p for p in wanted if normal(p.name) not in known]
    if any(matches(conventions.UPSTREAM, normal(p.name)) for p in fresh) or (len(fresh) == 1 and forgets(code)):
        return None
    told = conventions.TARGET + f"|{conventions.TARGET_WORD}" * (not code.noted)
    named = [p for pattern in (told, "y") for p in fresh if matches(pattern, normal(p.name))]
    return next(iter(named), None)  # backward(x, y, t) is given the output as y


def network(code: Code, conventions: Any) -> bool:
    """Whether a pair is a whole network's: all parameters are given, in a dict or one by one, or stand beside it."""
    boxed = any(is_box(code, p.name) for p in code.forward_args)
    return code.style == "pair" and not code.local and (boxed or bool(code.beside) or explicit(code, conventions))


def given_as(code: Code) -> str:
    """What forward calls what it returns: an argument of this name is no penalty, whatever l2 is elsewhere."""
    values = given_back(method_of(code.source.text, code.front))
    return normal(values[-1].id) if values and isinstance(values[-1], ast.Name) else ""


def taken_off(code: Code, conventions: Any) -> Parameter | None:
    """Backward's first argument where it is taken off what forward kept, ``self.y - grad_output``: no gradient is.

    Or any that is taken off the output, where backward is given that too: ``(output - gradient) / n``.
    """
    told = any(matches(conventions.TARGET, normal(p.name)) for p in code.forward_args)
    if code.style != "class" or code.local or told:
        return None
    if kept := held_against(code, conventions):
        return kept
    pairs = [(r"self\.\w+", p) for p in code.backward_args[:1]]
    pairs += [
        (rf"\b{q.name}", p) for q in code.backward_args if q.name in ("out", "output") for p in code.backward_args
    ]
    taken = (p for kept, p in pairs if re.search(rf"{kept} *- *{re.escape(p.name)}\b(?! *[*@.\[])", code.source.text))
    return next(taken, None)


def held_against(code: Code, conventions: Any) -> Parameter | None:
    """What forward's kept output is taken off, ``outputs - self.output``, where it is no forward's argument again."""
    known = {p.name for p in code.forward_args}
    fresh = [p for p in required(code.backward_args) if p.name not in known]
    told = [p for p in fresh if not matches(conventions.UPSTREAM, normal(p.name))]
    kept = rf"self\.({'|'.join(conventions.OUTPUT)})\b(?! *[*/@.\[(])"
    return next((p for p in told if re.search(rf"\b{p.name} *- *{kept}", code.source.text)), None)


def forgets(code: Code) -> bool:
    """Whether a class keeps nothing at all, nor its bases for it: its backward knows no more than it is given."""
    steps = (i for f in code.functions for i in instructions(f))
    return code.style == "class" and all(i.opname != "STORE_ATTR" for i in steps)
