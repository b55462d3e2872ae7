"""Layers that hand down gradients before activations are right by their own convention, which is told."""

import pytest

from ..reports import findings

ROWS = """
class Layer:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return {forward}
    def backward(self, delta):
        self.dW = self.x.T @ delta
        self.db = delta.sum(axis=0)
        return {backward}
"""

ONE = """
class Hidden:
    def __init__(self, n_in, n_out):
        self.W = np.random.uniform(-1, 1, (n_in, n_out))
        self.b = np.zeros(n_out)
    def forward(self, a):
        self.a = a
        self.out = np.tanh(np.dot(a, self.W) + self.b)
        return self.out
    def backward(self, delta):
        self.grad_W = np.atleast_2d(self.a).T.dot(np.atleast_2d(delta))
        self.grad_b = delta
        delta = delta.dot(self.W.T) * (1 - self.a ** 2)
        return delta
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROWS.format(forward="np.tanh(x @ self.W + self.b)", backward="(delta @ self.W.T) * (1 - self.x**2)"), "(tanh)"),
        (ROWS.format(forward="x @ self.W + self.b", backward="(delta @ self.W.T) * (self.x > 0)"), "any activation"),
        (ONE, "(tanh)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", range(2))
def test_gradients_before_activations_are_a_convention(written, text, said, seed):
    report = written(text).check(seed=seed)
    (told,) = findings(report, "reading")
    assert not findings(report, "fail") and report.ok
    assert report.verdict.status == "proved" and said in told.message


@pytest.mark.parametrize(
    "backward", ["delta @ self.W.T", "(delta @ self.W.T) * (1 - self.x)", "(delta @ self.W.T) * 2"]
)
def test_a_slope_that_is_forgotten_or_wrong_is_no_convention(written, backward):
    text = ROWS.format(forward="np.tanh(x @ self.W + self.b)", backward=backward)
    assert written(text).check().outcome == "wrong"
