"""The code in a handout: whole enough to run, with what the class inherits and what it calls."""

import math
import textwrap

import numpy as np
import pytest

from derivexplain.api.sources import method_source
from derivexplain.layer import Layer, as_float
from derivexplain.layers import catalogue

METHODS = ("__init__", "forward", "backward")


@pytest.mark.parametrize(
    "name", ["sigmoid", "batch_norm", "layer_norm", "rms_norm", "conv2d", "affine", "max_pool", "gelu"]
)
def test_the_code_shown_is_enough_to_run(name):
    """The methods put into a class again, with nothing but NumPy and the base class, do what the layer does."""
    cls = catalogue[name]
    source = method_source(cls, METHODS)
    space = {"np": np, "math": math, "as_float": as_float, "Layer": Layer, "Any": object}
    exec(compile("class Shown(Layer):\n" + textwrap.indent(source, "    "), "<shown>", "exec"), space)
    shown = space["Shown"]
    helpers = {n: f for n, f in vars(shown).items() if callable(f) and not hasattr(cls, n)}
    space.update(helpers)  # functions of the file stand among the methods in a handout
    layer, inputs = cls.example(np.random.default_rng(0))
    other = shown.__new__(shown)
    vars(other).update(vars(layer))
    y = layer.forward(*inputs)
    assert np.array_equal(other.forward(*inputs), y)
    dout = np.ones(np.shape(y))
    assert np.array_equal(other.backward(dout), layer.backward(dout))


def test_a_hidden_method_keeps_its_head():
    source = method_source(catalogue["batch_norm"], METHODS, hide=("backward",), hint="your turn")
    assert "def backward(self, dout):\n    ...  # your turn" in source
    assert "core" not in source and "axis = 0" in source
