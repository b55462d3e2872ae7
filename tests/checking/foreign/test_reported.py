"""What a network's backward returns may say how far off it was, and be no gradient."""

import pytest

from ..reports import findings

NETWORK = """
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.W2 = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_out)
    def forward(self, X):
        self.h = np.tanh(X @ self.W1)
        self.out = 1 / (1 + np.exp(-self.h @ self.W2))
        return self.out
    def backward(self, X, y, lr=0.1):
        error = self.out - y
        d2 = error * self.out * (1 - self.out)
        d1 = d2 @ self.W2.T * (1 - self.h ** 2)
        self.W2 -= lr * self.h.T @ d2
        self.W1 -= lr * X.T @ d1
        return error
"""
GIVEN = "        return error\n"


@pytest.mark.parametrize("value", ["error", "np.mean(np.abs(error))", "(error ** 2).mean()", "-np.sum(error) / 3"])
def test_it_is_no_gradient(written, value):
    text = NETWORK.replace(GIVEN, f"        return {value}\n")
    assert written(text).check("Net").outcome == "correct"
    slip = written(text, "X.T @ d1", "X.T @ d1 * 2").check("Net")
    assert not slip.ok and "W1" in str(findings(slip, "fail"))


BESIDE = """
W, b = np.random.randn(4, 2), np.random.randn(2)
def forward(X):
    return np.tanh(X @ W + b)
def backward(X, Y, output):
    global W, b
    error = output - Y
    d = error * (1 - output ** 2)
    W -= 0.1 * X.T @ d
    b -= 0.1 * np.sum(d, axis=0)
    return error
"""


def test_nor_is_it_of_a_network_beside_its_weights(written):
    assert written(BESIDE).check("forward").outcome == "hazards"  # global arrays
    assert not written(BESIDE, "np.sum(d, axis=0)", "np.mean(d, axis=0)").check("forward").ok


def test_what_is_worked_out_further_is_one(written):
    further = NETWORK.replace("        self.W2 -=", "        error = d1 @ self.W1.T\n        self.W2 -=")
    assert written(further).check("Net").ok
    assert not written(further, "return error", "return 2 * error").check("Net").ok


MEAN = """
class Loss:
    def forward(self, x, y):
        self.x, self.y = x, y
        return np.mean((x - y) ** 2)
    def backward(self, y):
        error = self.x - y
        return np.mean(2 * error)
"""


def test_a_loss_that_averages_its_gradient_is_wrong(written):
    assert not written(MEAN).check("Loss").ok
