"""Made up: what stands in for an object that somebody's constructor or backward wants.

A function of one variable, an optimizer, a corpus, a buffer, a dict that answers to names.
"""

from __future__ import annotations

import copy
import inspect
import itertools
import operator
import re
import sys
import types
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np

from ...bytecode import instructions
from .things import normal, parameters, required


def slope_of_tanh(x: Any, dout: Any = 1.0) -> Any:
    """The derivative of tanh; where an upstream gradient is given too, times that."""
    return dout * (1 - np.tanh(x) ** 2)


def slope_by_output(y: Any, dout: Any = 1.0) -> Any:
    """The derivative of tanh where y is its output, as some layers that keep only their output call it."""
    return dout * (1 - y**2)


def squares(y: Any, t: Any) -> Any:
    """A loss: half the squared error."""
    return np.sum((y - t) ** 2) / 2


def difference(y: Any, t: Any) -> Any:
    """Its slope by the first; by the second the other way round."""
    return y - t


class Pointwise:
    """tanh as a function, and as an object with a function and its derivative, whatever they are called.

    A backward that follows a forward is given an upstream gradient; without one, or given what forward was given, it
    is a derivative like others. That is asked for of what the function was given, or of what it gave.
    """

    __slots__ = ("gave", "kept")

    def __call__(self, x: Any, *also: Any, **flags: Any) -> Any:
        if any(f is True for f in also):  # act(z, True), act(y, True)
            return self.slope(x)
        if any(flags.values()):  # act(delta, derivative=True), of what it was last called with
            known = [getattr(self, "kept", x), *getattr(self, "gave", ())]
            return self.slope(x) if any(same(x, k) for k in known) else x * slope_of_tanh(self.kept)
        return self.forward_(x)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in self.__slots__:
            raise AttributeError(name)
        if re.match("forward", name.lower()):
            return self.forward_
        if name.lower().startswith("back") and hasattr(self, "kept"):
            return self.run_back
        slope = re.search("prime|deriv|grad|backward|^d_?(f|act)|_d$|^d$", name.lower())
        return self.slope if slope else self.forward_

    def forward_(self, x: Any) -> Any:
        self.kept, y = x, np.tanh(x)
        self.gave = [*getattr(self, "gave", ())[-STEPS_KEPT:], y]
        return y

    def run_back(self, dout: Any, *also: Any) -> Any:
        if also and isinstance(also[0], np.ndarray) and (dout is self.kept or self.gives(dout)):
            return self.slope(dout, also[0])  # act.backward(z, da)
        if self.gives(dout):
            return slope_by_output(dout)
        return slope_of_tanh(self.kept, 1.0 if dout is self.kept else dout)

    def gives(self, y: Any) -> bool:
        """Whether this is what it gave."""
        return any(same(y, known) for known in getattr(self, "gave", ()))

    def slope(self, x: Any, *dout: Any) -> Any:
        taken = self.gives(x)
        return (slope_by_output if taken else slope_of_tanh)(x, *dout)


STEPS_KEPT = 40  # of a sequence


def same(a: Any, b: Any) -> bool:
    """Whether two arrays hold the same numbers; of traced ones the same objects."""
    if np.shape(a) != np.shape(b):
        return False
    pairs = zip(np.ravel(a), np.ravel(b))
    return all(p is q for p, q in pairs) if np.asarray(a).dtype == object else bool(np.all(a == b))


class Words:
    """A corpus to draw words from, by their numbers: so few that some come twice; read through, all there are."""

    known = 0  # of the vocabulary

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.known))

    def __len__(self) -> int:
        return self.known

    def draw(self, *_: Any) -> int:
        return int(np.random.randint(0, 2))

    sampleTokenIdx = sample_token_idx = sample = draw  # noqa: N815


class Buffer:
    """What a network makes for its layers to write into, an example at a place: of a batch of one, the last."""

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last: Any = None

    def __setitem__(self, _: Any, value: Any) -> None:
        self.last = value

    def __getitem__(self, place: Any) -> Any:
        return [self.last] if isinstance(place, slice) else self.last

    def __iter__(self) -> Iterator[Any]:
        return iter([self.last])

    def __len__(self) -> int:
        return 1

    def __array__(self, *given: Any, **named: Any) -> np.ndarray:
        return np.array([self.last])


def stepped(*given: Any) -> Any:
    """Parameters after a step of the gradient itself: one, or weights and biases at once."""
    given = tuple(g for g in given if not isinstance(g, str | int))  # under which name it remembers them
    if len(given) == 2 and all(isinstance(g, list) for g in given):  # all parameters of a layer at once
        for p, g in zip(*given):
            p -= g  # whether what is given back is taken or not
        return given[0]
    if len(given) == 4:
        return tuple(p - g for p, g in paired(*given))
    return given[0] - given[1] if len(given) == 2 else None


class Optimizer:
    """Takes a step of the gradient itself, so that an updated parameter tells its gradient."""

    def update(self, *given: Any) -> Any:
        moved, caller = stepped(*given), sys._getframe(1)
        held = getattr(caller.f_locals.get("self"), "__dict__", {})
        if isinstance(moved, np.ndarray) and dropped(caller):  # it is the optimizer who moves the parameter
            held.update({name: moved for name, kept in held.items() if any(kept is g for g in given)})
        return moved

    step = __call__ = update

    def build(self, *_: Any) -> None:
        """Shapes are nothing to it."""

    def apply_gradients(self, *given: Any) -> Any:
        """Parameters after a step each: as many as there are gradients before them."""
        given = tuple(g for g in given if not isinstance(g, bool | str))
        gradients, parameters = given[: len(given) // 2], given[len(given) // 2 :]
        pairs = zip(parameters, gradients, strict=True)
        moved = tuple(p if isinstance(p, list) else p - g for p, g in pairs)  # [] where a layer has no bias
        return moved if len(moved) > 1 else moved[0]

    def __getitem__(self, _: int) -> Optimizer:
        return self  # one for weights, one for biases


def dropped(caller: types.FrameType) -> bool:
    """Whether a caller takes nothing of what it is given back: ``opt.update(W, dW)``, on a line of its own."""
    rest = (i.opname for i in instructions(caller.f_code) if i.offset > caller.f_lasti)
    return next(rest, "") == "POP_TOP"


def paired(w: Any, b: Any, c: Any, d: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Two parameters, each with its gradient: ``(W, b, dW, db)`` or ``(W, dW, b, db)``, as the shapes say."""
    beside = np.shape(w) == np.shape(b) != np.shape(c)
    return ((w, b), (c, d)) if beside else ((w, c), (b, d))


STEPS = ("update", "step", "apply", "optimize", "updateweights", "getupdate", "updateparam", "updateparams")


SCALES = (*STEPS, "processgrad", "processgradient", "calculate", "getstep", "getdelta", "scale")


def whole_steps(instance: Any) -> bool:
    """Have the optimizers that an instance keeps take steps of the gradient itself: ``W = opt.update(W, dW)``."""
    found = False
    for name, kept in list(getattr(instance, "__dict__", {}).items()):
        if not hasattr(kept, "__dict__") or isinstance(kept, Optimizer):
            continue  # arrays and numbers
        if step := stepping(kept.__class__):
            whole: Any = stepped
        else:
            scaled = ((n, unit(kept, n)) for n in dir(kept) if normal(n) in SCALES)
            step, scale = next((found for found in scaled if found[1]), ("", 0.0))
            if not step:
                continue
            whole = partial(operator.mul, np.sign(scale))
        own, found = copy.copy(kept), True
        setattr(own, step, whole)
        setattr(instance, name, own)
    return found


@cache  # asked of every instance
def stepping(kind: Any) -> str:
    """The method by which objects of this class take a step; else ""."""
    return next((n for n in dir(kind) if normal(n) in STEPS and moves(getattr(kind, n, None))), "")


def unit(optimizer: Any, step: str) -> float:
    """What an optimizer makes of a gradient of 1, ``opt.process_grad(dW)``; 0 where that is no multiple of it."""
    method = getattr(type(optimizer), step, None)
    if not inspect.isfunction(method) or len(required(parameters(method, bound=True))) != 1:
        return 0.0
    try:
        one, two = (float(getattr(copy.deepcopy(optimizer), step)(np.array(g))) for g in (1.0, 2.0))
    except Exception:
        return 0.0
    return one if abs(two - 2 * one) <= 1e-9 * abs(one) else 0.0


def moves(method: Any) -> bool:
    """Whether a method is given a parameter and a gradient, or two of each, and gives parameters back."""
    if not inspect.isfunction(method):
        return False
    asked = [p.name for p in required(parameters(method, bound=True))]
    named = bool(asked) and re.fullmatch(r"(\w+_)?(name|key|id|idx|index)", asked[0]) is not None
    if len(asked) - named not in (2, 4):
        return False
    run = [*instructions(method)]
    if any(i.argrepr == "@" or i.argval in ("dot", "matmul") for i in run):
        return False  # one step in time: cell.step(x, h)
    before = itertools.pairwise(run)
    return any(b.opname == "RETURN_VALUE" and (a.opname, a.argval) != ("LOAD_CONST", None) for a, b in before)


class Named(dict[str, Any]):
    """What others keep of a forward that keeps nothing: ``cache["Z"]`` is its input, ``cache["A"]`` its output."""

    def __init__(self, given: Any, out: Any) -> None:
        self.given, self.out = given, out

    def __missing__(self, key: str) -> Any:
        return self.out if re.fullmatch("a|y|h|out.*|act.*", str(key).lower()) else self.given
