"""Layers that are two methods of a class among others, by their names."""

import pytest

import derivexplain as dx

ACTS = """
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
def test_methods_that_are_given_an_upstream_gradient_are_layers(written, name):
    assert written(ACTS).check(f"Acts.{name}").verdict.status == "proved"
    assert written(ACTS, "dout * ", "2 * dout * ").check(f"Acts.{name}").outcome in ("factor", "wrong")


NET = """
class Net:
    def __init__(self, n_in, n_out):
        self.W1 = np.random.randn(n_in, n_out)
    def dense(self, x, W):
        return x @ self.W1 + W
    def dense_backward(self, dout):
        return dout @ self.W1.T
"""


def test_the_steps_of_a_network_that_share_its_weights_are_no_layers(written):
    with pytest.raises(dx.DerivexplainError, match="no layer"):
        written(NET).check()
