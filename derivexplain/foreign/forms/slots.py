"""Slots: layers whose forward reads its input off the instance, and backward what comes back.

``def forward(self): self.output = self.input @ self.W`` and ``def backward(self): self.dloss_din = self.dloss_dout @
self.W.T`` take no arguments: what they read and never set is what they are given. So is what a constructor keeps for
such a forward: ``Multiply(x, y).forward()``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from ...bytecode import instructions
from ...checking.source import text_of
from ..text.code import Code, Holder
from ..text.standins import Boxed
from ..text.things import matches, normal, positional, required, targeted
from ..text.uses import read


def slotted(code: Code, conventions: Any) -> Code:
    """The same with what forward and backward read off the instance as their arguments, where they have none."""
    if code.style != "class" or code.backward is None or required(code.forward_args):
        return code
    if (whole := of_its_inputs(code)) is not None:
        return whole
    if required(code.backward_args):
        return of_its_own(code, conventions)
    named = {f.__name__: f for f in reversed(code.functions)}
    front, back = named.get(code.front), named.get(code.back)
    if front is None or back is None:
        return code
    given = next((n for n in read(front) if normal(n) in conventions.SLOTS), "")
    above = next((n for n in read(back) if n != given and matches(conventions.UPSTREAM, normal(n))), "")
    if given and not above:
        whole = of_a_loss(code, front, given, conventions)
        above = next((n for n in read(back) if targeted(n, conventions)), "")
        if whole is not code or not above:
            return whole  # else a network, whose backward finds the targets there
    if not given or not above:
        return code
    forward, backward = code.forward, code.backward

    def put(name: str, run: Any) -> Any:
        def whole(instance: Any, value: Any) -> Any:
            setattr(instance, name, value)
            return run(instance)

        return whole

    asked = [(positional(n),) for n in (given, above)]
    new = replace(code, forward=put(given, forward), backward=put(above, backward))
    return replace(new, forward_args=asked[0], backward_args=asked[1], slotted=True)


def of_its_inputs(code: Code) -> Code | None:
    """The same where the constructor is given what forward reads, all of it: an instance is made for each forward."""
    front = code.function(code.front)
    init = code.function("__init__")
    if code.forward_args or front is None or init is None or not code.constructor:
        return None
    kept, text = {*read(front)}, text_of(init)
    own = [(p.name, rf"\bself\.(\w+) *= *{p.name} *$") for p in code.constructor]
    named = {n: [*re.findall(line, text, re.M), *(a for a in set_by(init) if a.strip("_") == n)] for n, line in own}
    if not all(kept & {*names} for names in named.values()):
        return None
    asked, boxed = code.constructor, False
    if asked[0].kind == asked[0].VAR_POSITIONAL:  # self.args[0].data, self.args[1].data
        (several, *_), last = named[asked[0].name], text_of(front)
        taken = {int(n) for n in re.findall(rf"\bself\.{several}\[(\d)\]", last)}
        asked = tuple(positional(n) for n in "xyz"[: len(taken)]) if taken == {*range(len(taken))} else ()
        boxed = f"self.{several}[0].data" in last
    if not asked or any(p.kind != p.POSITIONAL_OR_KEYWORD for p in asked):
        return None
    forward, backward, build = code.forward, code.backward, code.build

    def run(instance: Any, *given: Any) -> Any:
        fed = [np.asarray(g).view(Boxed) for g in given] if boxed else list(given)
        vars(instance)["_derivexplain_layer"] = fresh = build(fed)
        result = forward(fresh)
        return np.asarray(result) if boxed else result

    def run_back(instance: Any, *given: Any) -> Any:
        return backward(vars(instance)["_derivexplain_layer"], *given) if backward else None

    new = replace(code, constructor=(), builders=(), build=lambda _: Holder(), forward=run, backward=run_back)
    return replace(new, forward_args=asked, calling=False, by_run=False)


def of_its_own(code: Code, conventions: Any) -> Code:
    """The same where forward alone takes no arguments, and reads what another method puts into the instance."""
    front = code.function(code.front)
    given = [n for n in read(front) if normal(n) in conventions.SLOTS] if front and not code.forward_args else []
    if len(given) != 1 or any(re.search(rf"\bself\.{given[0]} *= *[^N]", text_of(f)) for f in before(code)):
        return code
    forward = code.forward

    def run(instance: Any, value: Any) -> Any:
        setattr(instance, given[0], value)
        return forward(instance)

    return replace(code, forward=run, forward_args=(positional(given[0]),))


def before(code: Code) -> list[Any]:
    return [f for f in code.functions if f.__name__ in ("__init__", code.back)]


def of_a_loss(code: Code, front: Any, given: str, conventions: Any) -> Code:
    """The same for a loss, which finds its targets in the instance too; the one thing that it sets is the loss."""
    target = next((n for n in read(front) if targeted(n, conventions)), "")
    (out, *more), forward = (*sorted(set_by(front)), ""), code.forward
    if not target or not out or any(more):
        return code

    def whole(instance: Any, value: Any, wanted: Any) -> Any:
        setattr(instance, given, value)
        setattr(instance, target, wanted)
        result = forward(instance)
        return getattr(instance, out) if result is None else result

    asked = (positional(given), positional(target))
    return replace(code, forward=whole, forward_args=asked)


def set_by(function: Any) -> set[str]:
    """The attributes that a function sets in its instance."""
    return {i.argval for i in instructions(function) if i.opname == "STORE_ATTR"}
