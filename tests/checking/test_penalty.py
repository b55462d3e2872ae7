"""Penalties that only backward knows of: switched on, they are slopes of a penalty on the parameters."""

import pytest

from .reports import findings

DENSE = """
class Dense:
    def __init__(self, n_inputs, n_neurons, weight_regularizer_l1=0, weight_regularizer_l2=0):
        self.weights, self.biases = np.random.randn(n_inputs, n_neurons), np.zeros((1, n_neurons))
        self.weight_regularizer_l1, self.weight_regularizer_l2 = weight_regularizer_l1, weight_regularizer_l2
    def forward(self, inputs):
        self.inputs, self.output = inputs, np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if self.weight_regularizer_l1 > 0:
            signs = np.ones_like(self.weights)
            signs[self.weights < 0] = -1
            self.dweights += self.weight_regularizer_l1 * signs
        if self.weight_regularizer_l2 > 0:
            self.dweights += 2 * self.weight_regularizer_l2 * self.weights
        self.dinputs = np.dot(dvalues, self.weights.T)
"""
NETWORK = """
def forward_propagation(X, parameters):
    W1, W2 = parameters["W1"], parameters["W2"]
    A1 = np.tanh(W1 @ X)
    A2 = 1 / (1 + np.exp(-W2 @ A1))
    return A2, (A1, W1, A2, W2)
def backward_propagation(X, Y, cache, lambd):
    A1, W1, A2, W2 = cache
    m = X.shape[1]
    dZ2 = A2 - Y
    dZ1 = W2.T @ dZ2 * (1 - A1 ** 2)
    return {"dW1": (dZ1 @ X.T + lambd * W1) / m, "dW2": (dZ2 @ A1.T + lambd * W2) / m}
"""


@pytest.mark.parametrize("text", [DENSE, NETWORK], ids=["layer", "network"])
def test_a_right_penalty_is_none_of_our_business(written, text):
    (report,) = written(text).checks().values()
    assert report.outcome == "correct" and not findings(report, "skip", "unrun"), str(report)


@pytest.mark.parametrize(
    ("text", "old", "new", "words"),
    [
        (DENSE, "signs[self.weights < 0]", "signs[self.dweights < 0]", "no multiple of it"),
        (DENSE, "l2 * self.weights", "l2 * self.weights ** 2", "no multiple of it"),
        (DENSE, "+= 2 *", "-= 2 *", "the sign of the penalty"),
        (NETWORK, "lambd * W2", "2 * lambd * W2", "not the same for each"),
        (NETWORK, "lambd * W1", "lambd * np.sign(W1) * W1 ** 2", "no multiple of it"),
    ],
)
def test_what_is_no_slope_of_a_penalty_is_told(written, text, old, new, words):
    (report,) = written(text, old, new).checks().values()
    assert report.outcome == "hazards" and words in findings(report, "warn", "penalty")[0].message
