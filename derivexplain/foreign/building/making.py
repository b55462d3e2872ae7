"""Making: example arguments from short specifications.

``(N,D)`` normal numbers of this shape · ``one()`` a number that is an array · ``+(…)`` positive ·
``u(…)`` between 0 and 1 · ``p(…)`` rows (``p'`` columns) that sum to 1 · ``1hot(…)`` · ``bin(…)`` zeros and ones ·
``padded(N,T)`` the same, a mask with ones in every row and column · ``pm(…)`` plus and minus one ·
``set(…)`` numbers that are no variables · ``graph(N,N)`` ones for neighbours and for each with itself ·
``lab(N)<D`` integers below D · ``idx(…)<V`` the same with a repetition ·
``list(D)`` a list · ``#D`` the length D, ``#(C,D)`` a tuple of such · ``=…`` a literal ·
``both:(D,M)|(M)`` a tuple of such · ``fn:tanh`` a function or an optimizer · ``{'W': '(D,M)'}`` a dict of such.
"""

from __future__ import annotations

import ast
import copy
import math
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..text.madeup import Buffer, Optimizer, Pointwise, Words, difference, slope_by_output, slope_of_tanh, squares

SPEC = re.compile(r"(?P<kind>[a-z1+]*)(?P<turned>'?)\((?P<shape>[^)]*)\)(?:<(?P<below>\w+))?")


def drawn(*shape: Any, **_: Any) -> np.ndarray:
    """What an initializer of weights makes, asked for a shape: ``init((n, m))``, ``init(n, m)``."""
    return np.random.standard_normal(shape[0] if isinstance(shape[0], tuple | list) else shape)


FUNCTIONS = {
    "initializer": drawn,
    "buffer": Buffer(),
    "words": Words(),
    "tanh": Pointwise(),
    "tanh_prime": slope_of_tanh,
    "slope_by_output": slope_by_output,
    "squares": squares,
    "difference": difference,
    "optimizer": Optimizer(),
}
KINDS = {
    "": "real",
    "list": "real",
    "one": "real",
    "+": "positive",
    "u": "unit",
    "p": "simplex",
    "1hot": "one-hot",
    "bin": "one-hot",
    "padded": "one-hot",
    "pm": "one-hot",
    "set": "option",
    "graph": "option",
    "sym": "option",
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
        return length(spec[1:], sizes)
    match = SPEC.fullmatch(spec)
    assert match, spec
    number = lambda t: length(t, sizes)  # noqa: E731
    shape = tuple(number(t) for t in match["shape"].split(",") if t)
    normal = lambda: rng.standard_normal(shape)  # noqa: E731  (labels and one-hot must draw alike)
    turned = match["turned"] == "'"
    match match["kind"]:
        case "" | "set":
            return normal() if shape else float(normal())
        case "one":
            return np.array(normal())
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
        case "padded":  # sequences of several lengths, the first one whole
            ends = np.concatenate([[shape[1]], rng.integers(1, shape[1], shape[0] - 1)])
            return (np.arange(shape[1]) < ends[:, None]).astype(float)
        case "graph":
            return (abs(np.subtract.outer(*map(np.arange, shape))) <= 1).astype(float)
        case "sym":  # of x' A x half the gradients in print are A x
            return (a := normal()) + a.T
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
