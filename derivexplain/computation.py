"""A graph of layers with numbers put through: forward to the values, back to the gradients.

A `Computation` is plain data: named values, and operations that turn some into others. An operation
may stand anywhere in the list; `ordered` finds the order, or names the cycle. `run` keeps Python's
integers integers (200 stays 200) as long as that is exact.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

import numpy as np

from .errors import InputError, did_you_mean, shorten
from .layer import Layer
from .story import Run, Share

EXACT = 2**31  # products of two integers below it fit into 64 bits


@dataclass(frozen=True)
class Operation:
    """One node: `layer` takes the values `inputs` and gives the values `outputs`.

    `params` pairs an attribute of the layer with the value that stands in for it, as a further operand.
    """

    layer: Layer
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    params: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return self.outputs[0]

    @property
    def kind(self) -> Any:
        """The class of the layer: what two nodes of one kind share."""
        return type(self.layer)

    @property
    def operands(self) -> tuple[str, ...]:
        """Every value that goes in: the inputs, then the parameters."""
        return self.inputs + tuple(value for _, value in self.params)


@dataclass(frozen=True)
class Computation:
    """`given` are the values that nothing computes (None: not yet known), `constants` those among them
    that no gradient is asked for."""

    given: Mapping[str, Any]
    operations: tuple[Operation, ...]
    constants: frozenset[str] = field(default_factory=frozenset)


def ordered(computation: Computation) -> tuple[Operation, ...]:
    """The operations so that each comes after what it uses, else as they stand; InputError on a gap or a cycle."""
    maker = {o: op for op in computation.operations for o in op.outputs}
    known = (*computation.given, *maker)
    for op in computation.operations:
        for operand in op.operands:
            if operand not in maker and operand not in computation.given:
                raise InputError(
                    f"node '{op.name}' ({op.layer.name}) uses '{operand}', which nothing computes",
                    mend=did_you_mean(operand, known) or f"add it: g.input('{operand}', 1)",
                )
    waiting = {op.name: {maker[v].name for v in op.operands if v in maker} for op in computation.operations}
    users: dict[str, list[str]] = {}
    for name, needs in waiting.items():
        for need in needs:
            users.setdefault(need, []).append(name)
    place = {name: k for k, name in enumerate(waiting)}
    ready = [place[name] for name, needs in waiting.items() if not needs]  # a heap: its first is its least
    order: list[Operation] = []
    while ready:
        op = computation.operations[heappop(ready)]
        order.append(op)
        for user in users.get(op.name, ()):
            waiting[user].discard(op.name)
            if not waiting[user]:
                heappush(ready, place[user])
    if len(order) < len(waiting):
        raise InputError(
            "the graph has a cycle: " + " -> ".join(_cycle(waiting)),
            mend="a value cannot depend on itself; give the later use a name of its own",
        )
    return tuple(order)


def _cycle(waiting: Mapping[str, set[str]]) -> list[str]:
    """One cycle among the nodes that still wait, in the direction in which values flow."""
    walk = [next(name for name, needs in waiting.items() if needs)]
    while walk[-1] not in walk[:-1]:
        walk.append(min(waiting[walk[-1]]))
    return walk[walk.index(walk[-1]) :][::-1]


def sinks(computation: Computation) -> tuple[str, ...]:
    """The values that no operation uses, in order."""
    used = {v for op in computation.operations for v in op.operands}
    return tuple(o for op in computation.operations for o in op.outputs if o not in used)


def needed(operations: Iterable[Operation], of: str) -> tuple[Operation, ...]:
    """Those operations that `of` depends on, in the same order."""
    wanted, kept = {of}, []
    for op in reversed(tuple(operations)):
        if wanted & set(op.outputs):
            wanted |= set(op.operands)
            kept.append(op)
    return tuple(reversed(kept))


def run(computation: Computation, *, of: str | None = None, upstream: Any = None) -> Run:
    """Put the numbers through, and the gradient of `of` back (of its sum, where it is an array).

    `of` may be left out where there is one sink; `upstream` is what backward starts with, else ones.
    """
    operations = ordered(computation)
    target = the_sink(computation, of)
    operations = needed(operations, target)
    values = forward(computation, operations)
    gradients, shares = backward(computation, operations, values, target, upstream)
    return Run(target, values, gradients, tuple(op.name for op in operations), shares)


def the_sink(computation: Computation, of: str | None) -> str:
    """The value that is differentiated: the one asked for, or the only one that is not used."""
    if not computation.operations:
        raise InputError("the graph is empty", mend="add inputs and a layer: g.mul(g.input('x', 2), g.input('y', 3))")
    if of is None:
        ends = sinks(computation)
        if len(ends) != 1:
            raise InputError(
                f"the graph has {len(ends)} ends: " + ", ".join(ends),
                mend=f"say which one to differentiate: of='{ends[0] if ends else ''}'",
            )
        return ends[0]
    made = [o for op in computation.operations for o in op.outputs]
    if of not in made:
        raise InputError(f"no node computes '{of}'", mend=did_you_mean(of, made))
    return of


# ---------------------------------------------------------------- forward


def forward(computation: Computation, operations: Iterable[Operation]) -> dict[str, Any]:
    """Every value by its name: what is given, then what the operations make of it."""
    operations = tuple(operations)
    wanted = {v for op in operations for v in op.operands}
    values = {name: _number(name, value) for name, value in computation.given.items() if name in wanted}
    for op in operations:
        for attribute, value in op.params:
            setattr(op.layer, attribute, values[value])
        arguments = tuple(values[v] for v in op.inputs)
        results = _outputs(op, _call(op, arguments))
        for name, result in zip(op.outputs, results):
            values[name] = tidy(result)
            if not _finite(values[name]):
                numbers = ", ".join(f"{v} = {brief(values[v])}" for v in op.operands)
                raise InputError(
                    f"node '{name}' ({op.layer.name}) gives {brief(values[name])} for {numbers}",
                    mend="choose inputs at which every node is finite",
                )
    return values


def _number(name: str, value: Any) -> Any:
    if value is None:
        raise InputError(f"input '{name}' has no value", mend=f"give it one: g.input('{name}', 3) or g.run({name}=3)")
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < EXACT else float(value)
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise InputError(f"the value of input '{name}' is no real number", read=shorten(repr(value)))
    if not _finite(array):
        raise InputError(f"the value of input '{name}' is {brief(value)}", mend="give it a finite number")
    return float(value) if isinstance(value, float) else tidy(array)


def _call(op: Operation, arguments: tuple[Any, ...]) -> Any:
    """The layer's forward. Scalar integers are tried as such and kept where that is exact."""
    if all(isinstance(a, int) for a in arguments):
        exact = _try(op, arguments)
        floating = _forward(op, tuple(map(float, arguments)))
        if isinstance(tidy(exact), int) and tidy(exact) == tidy(floating) and abs(tidy(exact)) < EXACT:
            return _try(op, arguments)  # again, so that the layer remembers the integers
        if isinstance(tidy(exact), int) or exact is None:
            return _forward(op, tuple(map(float, arguments)))
    return _forward(op, arguments)


def _try(op: Operation, arguments: tuple[Any, ...]) -> Any:
    try:
        return _forward(op, arguments)
    except InputError:
        return None


def _forward(op: Operation, arguments: tuple[Any, ...]) -> Any:
    try:
        with np.errstate(all="ignore"):
            return op.layer.forward(*arguments)
    except Exception as error:
        given = ", ".join(f"{v}: {describe(a)}" for v, a in zip(op.inputs, arguments))
        raise InputError(
            f"node '{op.name}' ({op.layer.name}) cannot be computed from {given}: {shorten(str(error), 160)}",
            mend="shapes have to fit the layer's forward" if any(np.ndim(a) for a in arguments) else "",
        ) from error


def _outputs(op: Operation, result: Any) -> tuple[Any, ...]:
    results = result if isinstance(result, tuple) else (result,)
    if len(results) != len(op.outputs):
        raise InputError(
            f"node '{op.name}' ({op.layer.name}) gives {len(results)} values, {len(op.outputs)} were named",
            mend="name each of them: name=('h', 'c')",
        )
    return results


# ---------------------------------------------------------------- backward


def backward(
    computation: Computation, operations: tuple[Operation, ...], values: Mapping[str, Any], of: str, upstream: Any
) -> tuple[dict[str, Any], dict[str, tuple[Share, ...]]]:
    """The gradients, and for each its summands: every use of a value adds one."""
    start = _start(values[of], upstream)
    gradients: dict[str, Any] = {of: start}
    shares: dict[str, list[Share]] = {}
    for op in reversed(operations):
        if not any(o in gradients for o in op.outputs):
            continue
        douts = tuple(gradients.get(o, _zeros(values[o])) for o in op.outputs)
        for k, (operand, gradient) in enumerate(zip(op.operands, _backward(op, douts))):
            if gradient is None or operand in computation.constants:
                continue
            share = tidy(gradient)
            _fits(op, operand, values[operand], share)
            shares.setdefault(operand, []).append(Share(op.name, k, share))
            gradients[operand] = tidy(gradients[operand] + share) if operand in gradients else share
    for name in values:
        if name not in computation.constants:
            gradients.setdefault(name, _zeros(values[name]))
    return gradients, {name: tuple(parts) for name, parts in shares.items()}


def _start(value: Any, upstream: Any) -> Any:
    if upstream is None:
        return np.ones_like(value, dtype=float) if np.ndim(value) else 1
    start = tidy(np.asarray(upstream)) if not isinstance(upstream, int | float) else upstream
    if np.shape(start) != np.shape(value):
        raise InputError(f"upstream has the shape {np.shape(start)}, the end of the graph {np.shape(value)}")
    return start


def _zeros(value: Any) -> Any:
    return np.zeros(np.shape(value)) if np.ndim(value) else 0


def _backward(op: Operation, douts: tuple[Any, ...]) -> tuple[Any, ...]:
    """One gradient (or None) for each operand: the inputs, then the parameters."""
    douts = tuple(float(d) if isinstance(d, int) and abs(d) >= EXACT else d for d in douts)
    try:
        with np.errstate(all="ignore"):
            result = op.layer.backward(*(douts if len(douts) == 1 or _takes(op.layer, len(douts)) else (douts,)))
    except Exception as error:
        what = f"{type(error).__name__}: {shorten(str(error), 160)}"
        raise InputError(f"backward of node '{op.name}' ({op.layer.name}) fails: {what}") from error
    found = result if isinstance(result, tuple | list) else (result,)
    if len(found) < len(op.inputs):  # labels and the like: only the inputs with a claim get a gradient
        names = op.layer.inputs()
        claimed = [name in op.layer.claims for name in names]
        if sum(claimed) == len(found) and len(names) == len(op.inputs):
            parts = iter(found)
            found = tuple(next(parts) if c else None for c in claimed)
    if len(found) != len(op.inputs):
        given, wanted = len(found), len(op.inputs)
        raise InputError(
            f"backward of node '{op.name}' ({op.layer.name}) gives {given} gradients, it has {wanted} inputs",
            mend="return one gradient for each argument of forward",
        )
    return tuple(found) + tuple(getattr(op.layer, f"d{attribute}", None) for attribute, _ in op.params)


def _takes(layer: Layer, count: int) -> bool:
    """Whether backward asks for this many upstream gradients one by one."""
    parameters = inspect.signature(layer.backward).parameters.values()
    return len([p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]) >= count


def _fits(op: Operation, operand: str, value: Any, gradient: Any) -> None:
    if np.shape(gradient) != np.shape(value):
        raise InputError(
            f"backward of node '{op.name}' ({op.layer.name}) gives '{operand}' a gradient of shape "
            f"{np.shape(gradient)}, its value has {np.shape(value)}",
            mend="a gradient has the shape of its value: sum over the axes that were broadcast",
        )
    if not _finite(gradient):
        raise InputError(
            f"backward of node '{op.name}' ({op.layer.name}) gives '{operand}' the gradient {brief(gradient)}",
            mend="choose inputs at which the layer is differentiable",
        )


# ---------------------------------------------------------------- numbers


def tidy(value: Any) -> Any:
    """Python's own number for a scalar of 64 bits, an array otherwise: ``200``, not ``np.int64(200)``."""
    if value is None or isinstance(value, int | float) and not isinstance(value, bool | np.generic):
        return value
    array = np.asarray(value)
    if array.ndim == 0 and array.dtype.kind in "iuf" and (array.dtype.kind != "f" or array.itemsize == 8):
        return array.item()
    return array


def whole(value: float) -> int | float:
    """A float without a fraction as the integer that it is."""
    return int(value) if value.is_integer() and abs(value) < EXACT else value


def _finite(value: Any) -> bool:
    return np.asarray(value).dtype.kind not in "f" or bool(np.all(np.isfinite(value)))


def brief(value: Any) -> str:
    """A number as Python prints it; of an array, its worst entry or its shape."""
    if np.ndim(value) == 0:
        return str(value)
    if not _finite(value):
        bad = np.asarray(value)[~np.isfinite(value)]
        return f"{bad.flat[0]} in {bad.size} of {np.size(value)} entries"
    return describe(value)


def describe(value: Any) -> str:
    """A number, or the shape of an array."""
    return str(value) if np.ndim(value) == 0 else f"shape {np.shape(value)}"
