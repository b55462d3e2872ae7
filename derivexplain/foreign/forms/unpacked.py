"""Unpacked arguments: ``w, b = weights``, several arrays in one argument, as layers that take each on its own.

So is a cache that whoever runs the layers makes of what forward took and gave: ``x, z = cache``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...bytecode import instructions
from ..building.feeding import SCALARS
from ..text.code import Code
from ..text.things import Parameter, matches, normal, positional, return_names, roles, targeted


def unpacked(code: Code, conventions: Any) -> Code:
    """The same with every argument that forward takes apart at once as its parts, in backward too.

    Two strides in one argument are no arrays; a Jacobian is one of the whole vector.
    """
    if matches(conventions.OF_VECTORS, normal(code.names[1])):
        return code
    front = code.function(code.front) or (*code.functions, None)[0]
    held = [p.name for p in code.forward_args]
    arrays = [n for n in held if not {*roles(n, conventions)[:1]} & {*SCALARS}]
    apart = {n: names for n in arrays if (names := parts(front, n)) and not {*names} & {*held}}
    back = code.function(code.back) or (None, *code.functions)[-1]
    taken, gives = {p.name for p in code.backward_args}, code.gives or given_out(front)
    kept = len(return_names(front)) > 1  # forward hands out its own cache
    for name in taken - {*held, *gives} if not kept else ():
        held_in = by_forwards_names(parts(back, name), [*held, *gives], conventions)
        inside = {*held_in}
        if len(taken) == 1 and inside & {*held}:  # x, y = data, of a forward(x)
            inside = {n for n in inside if not targeted(n, conventions)}
        if inside and inside <= {*held, *gives} - taken and not inside & {*apart}:
            apart[name] = held_in
    if not apart or code.style == "fused":
        return code
    forward, backward = code.forward, code.backward

    def run(instance: Any, *given: Any) -> Any:
        result = backward(instance, *whole(given, code.backward_args, apart)) if backward else None
        return flat(result) if isinstance(result, tuple) else result

    return replace(
        code,
        forward=lambda i, *given: forward(i, *whole(given, code.forward_args, apart)),
        backward=backward and run,
        forward_args=spread(code.forward_args, apart),
        backward_args=spread(code.backward_args, apart),
        gives=gives,
    )


def parts(function: Any, name: str) -> tuple[str, ...]:
    """The names into which a function takes its argument apart: ``w, b = weights``, ``self.a, self.b = pair``."""
    steps = instructions(function)
    for k, (loads, takes) in enumerate(zip(steps, steps[1:])):
        if loads.argval == name and loads.opname.startswith("LOAD_FAST") and takes.opname == "UNPACK_SEQUENCE":
            stored: list[str] = []
            for step in steps[k + 2 :]:
                if len(stored) < takes.argval and step.opname.startswith("LOAD_FAST"):
                    continue  # whose attributes they become
                if not step.opname.startswith(("STORE_FAST", "STORE_ATTR")) or len(stored) >= takes.argval:
                    break
                stored += step.argval if isinstance(step.argval, tuple) else (step.argval,)
            return tuple(stored) if len(stored) == takes.argval else ()
    return ()


def by_forwards_names(parts: Sequence[str], known: Sequence[str], conventions: Any) -> tuple[str, ...]:
    """The parts of a cache by the names that forward has for them: ``A, W, b, z`` of ``linear(x, w, b)``."""
    low = {normal(k): k for k in reversed(known)}
    played = {r: k for k in reversed(known) for r in roles(k, conventions)[:1]}
    found = [
        n if n in known else low.get(normal(n)) or played.get(next(iter(roles(n, conventions)), ""), n) for n in parts
    ]
    return tuple(found if len({*found}) == len(found) else parts)


def given_out(function: Any) -> tuple[str, ...]:
    """The name of the one thing that a function returns: ``return z``."""
    steps = instructions(function)
    last = next((a for a, b in zip(steps[-2:], steps[-1:]) if b.opname == "RETURN_VALUE"), None)
    return (last.argval,) if last is not None and last.opname == "LOAD_FAST" else ()


def spread(asked: Sequence[Parameter], apart: Mapping[str, Sequence[str]]) -> tuple[Parameter, ...]:
    return tuple(positional(n) if p.name in apart else p for p in asked for n in apart.get(p.name, (p.name,)))


def whole(given: Sequence[Any], asked: Sequence[Parameter], apart: Mapping[str, Sequence[str]]) -> list[Any]:
    """What is handed on: the parts of an argument as the one tuple that it is."""
    rest, found = list(given), []
    for p in asked[: len(given)]:
        taken, rest = rest[: len(apart.get(p.name, "1"))], rest[len(apart.get(p.name, "1")) :]
        if taken:
            found.append(tuple(taken) if p.name in apart else taken[0])
    return [*found, *rest]


def flat(result: tuple[Any, ...]) -> tuple[Any, ...]:
    """Gradients that come as they were given: dx, (dw, db), or [dx, dw], None, [db]."""
    lists = not all(map(of_arrays, result))  # return nabla_b, nabla_w: a list for each kind of parameter
    return tuple(g for r in result for g in (r if isinstance(r, tuple) or (lists and of_arrays(r)) else (r,)))


def of_arrays(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, np.ndarray) for v in value)
