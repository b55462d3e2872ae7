"""Layers that are two methods of a class among others, by their names."""

import pytest

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
