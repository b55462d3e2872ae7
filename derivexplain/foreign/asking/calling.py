"""Calling: what backward is given, as a reading of its arguments says."""

from __future__ import annotations

import ast
import io
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...checking.penalty import MARK
from ..building.feeding import data_arguments
from ..text.code import Code
from ..text.madeup import Named, Optimizer
from ..text.things import normal

OFF = "=0.0"  # a penalty on the parameters, which is no slope of forward
HELD = ("output", "outputs", "y_pred", "probs")  # what a fused loss keeps of its activations


@dataclass(frozen=True)
class Reading:
    """What each argument of backward gets: "dout0", "arg1", "out0", "cache", "rate", "=0.9" ..."""

    gives: tuple[str, ...]
    guessed: bool = False  # no name says what one of them is
    off: tuple[str, ...] = ()  # what backward would add of its own accord, and is told not to

    @property
    def upstream(self) -> bool:
        return any(g.startswith("dout") for g in self.gives)

    @cached_property
    def outputs(self) -> int | None:
        """How many of forward's outputs have an upstream gradient; None for all of them."""
        ranks = [int(g[4:]) for g in self.gives if re.fullmatch(r"dout\d+", g)]
        return 1 + max(ranks) if ranks else None


class Node(types.SimpleNamespace):
    """A graph's node, which knows what forward was given."""

    def with_each(self, made: Callable[[Any], Any]) -> Node:
        """The same with each of these made into a tensor."""
        args = tuple(map(made, self.args))
        return Node(inputs=list(args), args=args, saved_tensors=args, op=self.op)


def give(what: str, instance: Any, douts: tuple[Any, ...], args: tuple[Any, ...], outs: tuple[Any, ...]) -> Any:
    """The argument of backward that a reading names."""
    if what == OFF:
        return vars(instance).get(MARK, 0.0)
    if what.startswith("="):
        return ast.literal_eval(what[1:])
    match = re.fullmatch(r"([a-z]+)(\d*)", what)
    assert match
    k = int(match[2] or 0)
    match match[1]:
        case "dout":
            d = douts[k]
            return d.item() if type(d) is np.ndarray and d.ndim == 0 else d
        case "douts":
            return douts
        case "args":
            return args
        case "arg":
            return args[k]
        case "out":
            return vars(instance)["_derivexplain_outputs"][k] if k else outs[0]
        case "held":  # the activations that a fused loss keeps
            return vars(instance)[next((n for n in HELD if n in vars(instance)), HELD[0])].copy()
        case "shape":
            return np.shape(args[0])
        case "zero":
            given = vars(instance)["_derivexplain_outputs"]
            return np.zeros(np.shape(given[k] if k < len(given) else outs[-1]))
        case "eye":  # the weights of a layer after it that changes nothing: of its rows, or of the column it is
            return np.eye(np.shape(outs[0])[-1] if np.shape(outs[0])[-1:] != (1,) else len(outs[0]))
        case "cache":
            return vars(instance).get("_derivexplain_cache")
        case "rate":
            return 1.0
        case "function":
            return vars(instance)["_derivexplain_forward"]
        case "stepper":
            return Optimizer()
        case "sink":
            return io.StringIO()
        case "box":  # where it is found again beside the parameters
            return vars(instance).setdefault("gradients", {})
        case "named":
            return Named(args[0], outs[0])
        case "node":  # the graph's node, which knows what forward was given
            return Node(inputs=list(args), args=args, saved_tensors=args, op=instance)
    raise AssertionError(what)


def output_taken(code: Code, reading: Reading) -> str:
    """The argument of backward that is called as one of forward's, and is right where it gets forward's output."""
    named = {normal(p.name) for p in data_arguments(code)}
    pairs = zip(code.backward_args, reading.gives)
    return next((p.name for p, g in pairs if g == "out0" and normal(p.name) in named), "")


def describe(code: Code, reading: Reading) -> str:
    """How backward is called, in words."""
    words = {
        "dout": "the upstream gradient",
        "douts": "the upstream gradients",
        "arg": "an argument of forward",
        "args": "what forward was given",
        "out": "the output",
        "cache": "the cache",
        "rate": "a learning rate",
        "function": "forward itself",
        "named": "what forward was given, by its name",
        "node": "a node with forward's inputs",
        "box": "a dict for gradients",
        "sink": "a file to write to",
        "zero": "zeros",
        "stepper": "an optimizer",
        "held": "the stored output",
        "eye": "the weights of a next layer that changes nothing",
        "shape": "the shape of what forward was given",
    }
    told = [g[1:] if g.startswith("=") else words[re.sub(r"\d", "", g)] for g in reading.gives]
    gives = ", ".join(told) or "nothing"
    return "loss and gradient in one call" if code.backward is None else f"backward is given {gives}"
