"""Methods that give a loss and its gradients together: networks, classifiers, and losses without a backward."""

import pytest

NETWORK = """

class Net:
    def __init__(self, input_size, hidden_size, classes):
        draw = np.random.default_rng(0).standard_normal
        self.params = {"W1": draw((input_size, hidden_size)), "W2": draw((hidden_size, classes))}
    def loss(self, X, y=None, reg=0.0):
        W1, W2 = self.params["W1"], self.params["W2"]
        h = np.tanh(X @ W1)
        p = np.exp(h @ W2)
        if y is None:
            return p
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(X)), y]).mean() + reg * (W1 ** 2).sum()
        p[np.arange(len(X)), y] -= 1
        p /= len(X)
        grads = {"W2": h.T @ p}
        grads["W1"] = X.T @ (p @ W2.T * (1 - h ** 2)) + 2 * reg * W1
        return loss, grads
"""
MACHINE = """

class Machine:
    def __init__(self):
        self.W = None
    def loss(self, X, y, reg):
        scores, rows = X.dot(self.W), np.arange(len(X))
        margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
        margins[rows, y] = 0
        over = (margins > 0).astype(float)
        over[rows, y] = -over.sum(axis=1)
        dW = X.T.dot(over) / len(X) + 2 * reg * self.W
        return margins.sum() / len(X) + reg * (self.W ** 2).sum(), dW
"""
SQUARES = """

class Fit:
    def __init__(self, inputs, outputs):
        self.W, self.b = 0.1 * np.ones((inputs, outputs)), np.zeros(outputs)
    def loss(self, X, y):
        loss, grads = X.sum(), {}
        return loss, grads

class Squares(Fit):
    def loss(self, X, y):
        d = X @ self.W + self.b - y
        loss, grads = 0.5 * np.sum(d ** 2), {"W": X.T @ d, "b": d.sum(0)}
        return loss, grads
"""
CALLED = """

class Entropy:
    def __call__(self, logits, labels):
        e = np.exp(logits)
        grad, rows = e / e.sum(axis=1, keepdims=True), np.arange(len(labels))
        loss = -np.mean(np.log(grad[rows, labels]))
        grad[rows, labels] -= 1
        return loss, grad / len(labels)
"""


@pytest.mark.parametrize(
    ("text", "name", "old", "new", "of"),
    [
        (NETWORK, "Net.loss", "* (1 - h ** 2)", "* (1 - h)", "params['W1']"),
        (NETWORK, "Net.loss", "+ 2 * reg", "+ reg", "params['W1']"),
        (MACHINE, "Machine.loss", "over.sum(axis=1)", "over.sum(axis=1) / 2", "W"),
        (SQUARES, "Squares.loss", "d.sum(0)", "2 * d.sum(0)", "b"),
        (CALLED, "Entropy", "grad / len(labels)", "grad", "logits"),
    ],
)
def test_a_loss_with_its_gradients_is_checked(written, text, name, old, new, of):
    right = written(text).check(name)
    assert (right.outcome, right.verdict.status) == ("correct", "proved"), right.findings
    wrong = written(text, old, new).check(name)
    assert not wrong.ok and f"the gradient for {of}" in str(wrong), wrong
