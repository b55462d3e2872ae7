"""Layers that are two methods of a class among others, by their names."""

import pytest

import derivexplain as dx

ACTS = """import numpy as np
class Acts:
    def swish(self, x):
        self.x = x
        self.s = 1 / (1 + np.exp(-x))
        return x * self.s
    def swish_backward(self, dout):
        return dout * (self.s + self.x * self.s * (1 - self.s))
    @staticmethod
    def relu_forward(x):
        return np.maximum(0, x), x
    @staticmethod
    def relu_backward(dout, cache):
        return dout * (cache > 0)
"""


@pytest.mark.parametrize("name", ["swish", "relu"])
def test_methods_that_are_given_an_upstream_gradient_are_layers(tmp_path, name):
    path = tmp_path / "acts.py"
    path.write_text(ACTS)
    assert dx.check(f"{path}:Acts.{name}").verdict.status == "proved"
    path.write_text(ACTS.replace("dout * ", "2 * dout * "))
    assert dx.check(f"{path}:Acts.{name}").outcome in ("factor", "wrong")


NET = """import numpy as np
class Net:
    def __init__(self, n_in, n_out):
        self.W1 = np.random.randn(n_in, n_out)
    def dense(self, x, W):
        return x @ self.W1 + W
    def dense_backward(self, dout):
        return dout @ self.W1.T
"""


def test_the_steps_of_a_network_that_share_its_weights_are_no_layers(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(NET)
    with pytest.raises(dx.DerivexplainError, match="no layer"):
        dx.check(str(path))
