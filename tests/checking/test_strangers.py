"""Frameworks of teaching code are understood: what goes round forward, parameters and tensors of their own."""

import numpy as np
import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.foreign import implied

CALLED = """
import numpy as np
class Layer:
    def __call__(self, x):
        self.inputs = x
        return self.forward(x)
class Tanh(Layer):
    def forward(self, x):
        return np.tanh(x)
    def backward(self, grad):
        return grad * (1 - np.tanh(self.inputs) ** 2)
class Bare:
    def __call__(self, x):
        self.inputs = x
        return self.forward()
    def forward(self):
        return np.tanh(self.inputs)
    def backward(self, grad):
        return grad * (1 - np.tanh(self.inputs) ** 2)
class Wrong(Layer):
    def forward(self, x):
        return np.tanh(x)
    def backward(self, grad):
        return grad * (1 - self.inputs**2)
"""

HELD = """
import numpy as np
class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)
class Linear:
    def __init__(self, n_in, n_out):
        self.weight = Parameter(np.random.randn(n_in, n_out))
        self.bias = Parameter(np.random.randn(n_out))
    def forward(self, x):
        self.x = x
        return x @ self.weight.data + self.bias.data
    def backward(self, d_out):
        self.weight.grad = self.x.T @ d_out
        self.bias.grad = d_out.sum(axis=0)
        return d_out @ self.weight.data.T
class Unsummed(Linear):
    def backward(self, d_out):
        self.weight.grad = self.x.T @ d_out
        self.bias.grad = d_out.mean(axis=0)
        return d_out @ self.weight.data.T
"""


def layers(tmp_path, text):
    path = tmp_path / "framework.py"
    path.write_text(text)
    return dict(foreign.find(str(path), conventions)[0])


@pytest.mark.parametrize(("name", "outcome"), [("Tanh", "correct"), ("Bare", "correct"), ("Wrong", "wrong")])
def test_a_call_that_goes_round_forward_keeps_what_backward_wants(tmp_path, name, outcome):
    assert dx.check(layers(tmp_path, CALLED)[name]).outcome == outcome


@pytest.mark.parametrize(("name", "outcome"), [("Linear", "correct"), ("Unsummed", "factor")])
def test_gradients_hang_on_parameters_beside_an_upstream_gradient(tmp_path, name, outcome):
    report = dx.check(layers(tmp_path, HELD)[name])
    assert report.outcome == outcome, report


def test_targets_are_made_for_a_network_with_one_number_as_its_output():
    assert np.shape(implied.made("one-hot", (), np.random.default_rng(0))) == ()
