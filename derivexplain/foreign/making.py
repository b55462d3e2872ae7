"""Making: example arguments from short specifications.

``(N,D)`` normal numbers of this shape · ``+(…)`` positive · ``u(…)`` between 0 and 1 · ``p(…)`` rows (``p'``
columns) that sum to 1 · ``1hot(…)`` · ``bin(…)`` zeros and ones · ``pm(…)`` plus and minus one ·
``set(…)`` numbers that are no variables · ``graph(N,N)`` ones for neighbours and for each with itself ·
``lab(N)<D`` integers below D · ``idx(…)<V`` the same with a repetition ·
``list(D)`` a list · ``#D`` the length D, ``#(C,D)`` a tuple of such · ``=…`` a literal ·
``both:(D,M)|(M)`` a tuple of such · ``fn:tanh`` a function or an optimizer · ``{'W': '(D,M)'}`` a dict of such.
"""

from __future__ import annotations

import ast
import copy
import dis
import inspect
import itertools
import math
import operator
import re
from collections.abc import Iterator, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from .things import normal, parameters, required

SPEC = re.compile(r"(?P<kind>[a-z1+]*)(?P<turned>'?)\((?P<shape>[^)]*)\)(?:<(?P<below>\w+))?")


class Optimizer:
    """Takes a step of the gradient itself, so that an updated parameter tells its gradient."""

    def update(self, *given: Any) -> Any:
        given = tuple(g for g in given if not isinstance(g, str | int))  # under which name it remembers them
        if len(given) == 2 and all(isinstance(g, list) for g in given):  # all parameters of a layer at once
            for p, g in zip(*given):
                p -= g  # whether what is given back is taken or not
            return given[0]
        if len(given) == 4:  # weights and biases at once
            return tuple(p - g for p, g in paired(*given))
        return given[0] - given[1] if len(given) == 2 else None

    step = update

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
            continue  # arrays and numbers, asked for every fresh instance
        if step := next((n for n in dir(kept) if normal(n) in STEPS and moves(getattr(type(kept), n, None))), ""):
            whole: Any = Optimizer().update
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
    if not inspect.isfunction(method) or len(required(parameters(method, bound=True))) not in (2, 4):
        return False
    before = itertools.pairwise(dis.get_instructions(method))
    return any(b.opname == "RETURN_VALUE" and (a.opname, a.argval) != ("LOAD_CONST", None) for a, b in before)


def slope_of_tanh(x: Any, dout: Any = 1.0) -> Any:
    """The derivative of tanh; where an upstream gradient is given too, times that."""
    return dout * (1 - np.tanh(x) ** 2)


def slope_by_output(y: Any, dout: Any = 1.0) -> Any:
    """The derivative of tanh where y is its output, as some layers that keep only their output call it."""
    return dout * (1 - y**2)


class Pointwise:
    """tanh as a function, and as an object with a function and its derivative, whatever they are called.

    A backward that follows a forward is given an upstream gradient; without one, or given what forward was given, it
    is a derivative like others. That is asked for of what the function was given, or of what it gave.
    """

    __slots__ = ("gave", "kept")

    def __call__(self, x: Any, **flags: Any) -> Any:
        if any(flags.values()):  # act(delta, derivative=True), of what it was last called with
            return x * slope_of_tanh(self.kept) if hasattr(self, "kept") else slope_of_tanh(x)
        return self.forward_(x)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in self.__slots__:
            raise AttributeError(name)
        if re.match("forward", name.lower()):
            return self.forward_
        if name.lower().startswith("back") and hasattr(self, "kept"):
            return lambda dout, *_: slope_of_tanh(self.kept, 1.0 if dout is self.kept else dout)
        slope = re.search("prime|deriv|grad|backward|^d_?(f|act)|_d$|^d$", name.lower())
        return self.slope if slope else self.forward_

    def forward_(self, x: Any) -> Any:
        self.kept, y = x, np.tanh(x)
        self.gave = [*getattr(self, "gave", ())[-STEPS_KEPT:], y]
        return y

    def slope(self, x: Any, *dout: Any) -> Any:
        taken = any(same(x, y) for y in getattr(self, "gave", ()))
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


def drawn(*shape: Any, **_: Any) -> np.ndarray:
    """What an initializer of weights makes, asked for a shape: ``init((n, m))``, ``init(n, m)``."""
    return np.random.standard_normal(shape[0] if isinstance(shape[0], tuple | list) else shape)


class Boxed(np.ndarray):
    """An array that answers to .data as a framework's variable does."""

    @property
    def data(self) -> np.ndarray:  # type: ignore[override]
        return np.asarray(self)


FUNCTIONS = {
    "initializer": drawn,
    "buffer": Buffer(),
    "words": Words(),
    "tanh": Pointwise(),
    "tanh_prime": slope_of_tanh,
    "slope_by_output": slope_by_output,
    "optimizer": Optimizer(),
}
KINDS = {
    "": "real",
    "list": "real",
    "+": "positive",
    "u": "unit",
    "p": "simplex",
    "1hot": "one-hot",
    "bin": "one-hot",
    "pm": "one-hot",
    "set": "option",
    "graph": "option",
    "lab": "labels",
    "idx": "index",
}


def kind(spec: str) -> str:
    match = SPEC.fullmatch(spec)
    return KINDS[match["kind"]] if match else "option"


def guess_kind(value: Any) -> str:
    """What numbers an argument of the user's takes, judged by the ones given."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return "labels" if array.dtype.kind in "iub" and array.size else "option"
    if array.size and np.all((array == 0) | (array == 1)):
        return "one-hot"
    if array.ndim and array.size > 1 and np.all(array >= 0) and np.allclose(array.sum(axis=-1), 1):
        return "simplex"
    if array.size and np.all((array > 0) & (array < 1)):
        return "unit"
    return "positive" if array.size and np.all(array > 0) else "real"


def make(spec: str, rng: np.random.Generator, sizes: Mapping[str, int]) -> Any:
    """The argument of this specification."""
    if spec.startswith("="):
        return copy.deepcopy(ast.literal_eval(spec[1:]))
    if spec == "fn:older_rng":
        return np.random.RandomState(int(rng.integers(1 << 31)))
    if spec.startswith("fn:"):
        made = rng if spec == "fn:rng" else copy.copy(FUNCTIONS[spec[3:]])
        if isinstance(made, Words):
            made.known = sizes["V"]
        return made
    if spec.startswith("{"):
        return {k: make(v, rng, sizes) for k, v in ast.literal_eval(spec).items()}
    if spec.startswith("of:"):
        return SimpleNamespace(**{n: 0.7 + 0.2 * k for k, n in enumerate(spec[3:].split(","))})
    if spec.startswith("both:"):
        return tuple(make(part, rng, sizes) for part in spec[5:].split("|"))
    if spec.startswith("#("):
        return tuple(length(t, sizes) for t in spec[2:-1].split(",") if t)
    if spec.startswith("#"):
        return sizes[spec[1:]]
    match = SPEC.fullmatch(spec)
    assert match, spec
    number = lambda t: length(t, sizes)  # noqa: E731
    shape = tuple(number(t) for t in match["shape"].split(",") if t)
    normal = lambda: rng.standard_normal(shape)  # noqa: E731  (labels and one-hot must draw alike)
    turned = match["turned"] == "'"
    match match["kind"]:
        case "" | "set":
            return normal() if shape else float(normal())
        case "list":
            return normal().tolist()
        case "+":
            return np.abs(normal()) + 0.5
        case "u":
            return 0.05 + 0.9 * rng.random(shape) if shape else 0.05 + 0.9 * float(rng.random())
        case "p":
            e = np.exp(normal())
            return e / e.sum(axis=0 if turned else -1, keepdims=True)
        case "1hot":
            return one_hot(shape[::-1] if turned else shape, rng).T if turned else one_hot(shape, rng)
        case "bin":
            return either(normal()).astype(float)
        case "graph":
            return (abs(np.subtract.outer(*map(np.arange, shape))) <= 1).astype(float)
        case "pm":
            return np.where(either(normal()), 1.0, -1.0)
        case "lab" | "idx":
            numbers = rng.integers(0, number(match["below"]), shape)
            if match["kind"] == "idx" and numbers.size > 1:
                numbers.ravel()[-1] = numbers.ravel()[0]
            if match["kind"] == "lab" and numbers.size > 1 and not numbers.any():
                numbers.flat[0] = number(match["below"]) - 1  # what is multiplied by 0 does not show
            return numbers if shape else int(numbers)
    raise AssertionError(spec)


def length(text: str, sizes: Mapping[str, int]) -> int:
    """A length: ``3``, ``D``, ``4H``, ``H+D``, ``DH+H``."""
    total = 0
    for term in text.split("+"):
        match = re.fullmatch(r"(\d*)([A-Z]*)", term)
        assert match, text
        total += int(match[1] or 1) * math.prod(sizes[letter] for letter in match[2])
    return total


def either(numbers: Any) -> np.ndarray:
    """Above 0 or not, each at least once: of targets that are all 0 a gradient may be 0 as well."""
    above = np.asarray(numbers > 0)
    if above.size > 1 and above.all() == above.any():
        above.flat[0] = not above.flat[0]
    return above


def one_hot(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]


class Named(dict[str, Any]):
    """What others keep of a forward that keeps nothing: ``cache["Z"]`` is its input, ``cache["A"]`` its output."""

    def __init__(self, given: Any, out: Any) -> None:
        self.given, self.out = given, out

    def __missing__(self, key: str) -> Any:
        return self.out if re.fullmatch("a|y|h|out.*|act.*", str(key).lower()) else self.given
