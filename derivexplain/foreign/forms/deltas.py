"""Deltas: layers whose backward hands down gradients before activations, delta, and not gradients of outputs.

``dW = x.T @ delta; return delta @ W.T * f_deriv(x)`` belongs to y = f(x W + b) with x = f(z) all the same: it is
given the gradient before the layer's own activation, and gives back the one before the activation below.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...checking.subject import Answer, Subject
from ..text.code import Code, backward_of
from ..text.things import matches, normal

BELOW = {  # an activation, and its slope by its output
    "tanh": (np.tanh, lambda y: 1 - y**2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda y: y * (1 - y)),
    "relu": (lambda z: np.maximum(0, z), lambda y: np.asarray(y > 0, dtype=float)),
}
STEP, NEAR = 1e-5, 1e-4
OWN = {**BELOW, "none": (lambda z: z, lambda y: np.ones(np.shape(y)))}


def subjects(code: Code, plain: Subject, conventions: Any) -> Iterator[Subject]:
    """A layer that goes on multiplying after the product with its weights, as one between pre-activations."""
    if len(plain.arguments) != 1 or plain.pointwise or not plain.upstream or not multiplies_after(code):
        return
    before = any(matches(conventions.SCORES_BELOW, normal(p.name)) for p in code.backward_args)  # backward(d, z_prev)
    for own, below in itertools.product(OWN, BELOW):
        activation, slope = BELOW[below][0], OWN[own][1]

        def forward(instance: Any, args: tuple[Any, ...], activation: Any = activation) -> tuple[Any, ...]:
            vars(instance)["_derivexplain_below"] = given = (activation(args[0]),)
            return plain.forward(instance, given)

        def backward(instance: Any, douts: Any, args: Any, outs: tuple[Any, ...], slope: Any = slope) -> Answer:
            delta = tuple(d * slope(o) for d, o in zip(douts, outs))
            given = args if before else vars(instance)["_derivexplain_below"]
            return plain.backward(instance, delta, given, outs)

        mine = f"its own activation ({own})" if own != "none" else "any activation of its own"
        said = (
            f"backward is given the gradient before {mine} and gives back the one before that of its input ({below})"
        )
        found = replace(plain, forward=forward, backward=backward, reading=said, options=())  # it holds for these
        if agrees(found, conventions):
            yield found


def agrees(subject: Subject, conventions: Any) -> bool:
    """Whether the input's gradient is a slope of forward along a direction: a look before it is tried in earnest."""
    rng = np.random.default_rng(0)
    fresh, (z, *_) = subject.sample(rng, conventions.SIZES)
    try:
        instance = copy.deepcopy(fresh)
        outs = subject.forward(instance, (z,))
        douts = tuple(rng.standard_normal(np.shape(o)) for o in outs)
        gradient = subject.backward(instance, douts, (z,), outs).gradients[subject.arguments[0].name]
        v = rng.standard_normal(np.shape(z)) * STEP
        ahead, behind = (subject.forward(copy.deepcopy(fresh), (z + s * v,)) for s in (1, -1))
        rise = sum(float(np.sum(d * (a - b))) for d, a, b in zip(douts, ahead, behind)) / 2
        return bool(abs(np.sum(gradient * v) - rise) <= NEAR * abs(rise))
    except Exception:  # whatever a stranger's code does there
        return False


def multiplies_after(code: Code) -> bool:
    """Whether a class's backward multiplies entries once more where it has taken delta @ W.T, or further down."""
    if (backward := backward_of(code)) is None:
        return False
    nodes = [*ast.walk(backward)]
    products = [n.lineno for n in nodes if is_product(n) and ".T" in ast.unparse(n)]
    times = [n for n in nodes if isinstance(n, ast.BinOp | ast.AugAssign) and isinstance(n.op, ast.Mult)]
    return bool(products) and any(n.lineno >= min(products) for n in times)


def is_product(node: ast.AST) -> bool:
    """Whether this is a product of matrices."""
    called = node.func if isinstance(node, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else ""
    return name in ("dot", "matmul") or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult))
