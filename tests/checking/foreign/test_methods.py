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


@pytest.mark.parametrize(
    ("front", "back"),
    [
        ("transform", "backward"),
        ("evaluate_all", "propagate_back"),
        ("activate", "activate_prime"),
        ("func", "dfunc"),
    ],
)
def test_the_only_other_method_is_forward_whatever_it_is_called(written, front, back):
    text = f"class Curve:\n    def {front}(self, x):\n        self.x = x\n        return x ** 2\n"
    text += f"    def {back}(self, dout):\n        return 2 * self.x * dout\n"
    assert written(text).layers.keys() == {"Curve"}


@pytest.mark.parametrize("back", ["f_local_grad", "f_slope", "diff_f", "prime_f", "d_f_dx"])
def test_a_derivative_belongs_to_its_function_and_not_to_itself(written, back):
    text = f"def {{}}(x):\n    return x ** 2\ndef {back}(x):\n    return 2 * x\n"
    assert written(text.format("f")).layers.keys() == {"f"}
    assert not written(text.format("other")).layers


def test_a_derivative_whose_function_is_not_there_is_no_layer(written):
    assert not written("def softplus_stable_grad(x):\n    return 1 / (1 + np.exp(-x))\n").layers
