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
    further = NETWORK.replace("        self.W2 -=", "        error = d1 @ self.W1.T - 0 * X\n        self.W2 -=")
    assert written(further).check("Net").ok
    assert not written(further, "return error", "return 2 * error").check("Net").ok
    assert not written(further, "error = d1", "error = 2 * d1").check("Net").ok


KEPT = {
    "lists of gradients beside lists of parameters": """
class Net:
    def __init__(self, layers):
        self.W = [np.random.randn(a, b) for a, b in zip(layers[:-1], layers[1:])]
        self.B = [np.zeros((1, b)) for b in layers[1:]]
    def forward(self, X):
        self.A = [X]
        for w, b in zip(self.W, self.B):
            self.A.append(np.tanh(self.A[-1] @ w + b))
        return self.A[-1]
    def backward(self, Y):
        loss = np.mean((self.A[-1] - Y) ** 2)
        delta = 2 * (self.A[-1] - Y) / Y.size * (1 - self.A[-1] ** 2)
        self.dW, self.dB = [None] * len(self.W), [None] * len(self.B)
        for i in range(len(self.W) - 1, -1, -1):
            self.dW[i], self.dB[i] = self.A[i].T @ delta, delta.sum(axis=0, keepdims=True)
            delta = delta @ self.W[i].T * (1 - self.A[i] ** 2)
        return loss
""",
    "a loss before the gradients, of scores": """
class Net:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {"W1": np.random.randn(input_size, hidden_size), "W2": np.random.randn(hidden_size, output_size)}
    def forward(self, X):
        self.X, self.h = X, np.maximum(0, X.dot(self.params["W1"]))
        return self.h.dot(self.params["W2"])
    def backward(self, scores, y, reg=0.0):
        N = len(y)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).mean() + reg * np.sum(self.params["W1"] ** 2)
        p[np.arange(N), y] -= 1
        d = p / N
        grads = {"W2": self.h.T.dot(d)}
        grads["W1"] = self.X.T.dot(d.dot(self.params["W2"].T) * (self.h > 0)) + 2 * reg * self.params["W1"]
        return loss, grads
""",
    "lists turned into columns": """
class Net:
    def __init__(self, inputs, hidden, outputs, rate):
        self.wih, self.who = np.random.randn(hidden, inputs), np.random.randn(outputs, hidden)
        self.lr = rate
    def forward(self, inputs_list):
        self.inputs = np.array(inputs_list, ndmin=2).T
        self.hidden = np.tanh(np.dot(self.wih, self.inputs))
        return np.dot(self.who, self.hidden)
    def backward(self, targets_list):
        errors = np.dot(self.who, self.hidden) - np.array(targets_list, ndmin=2).T
        back = np.dot(self.who.T, errors) * (1 - self.hidden ** 2)
        self.who -= self.lr * np.dot(errors, self.hidden.T)
        self.wih -= self.lr * np.dot(back, self.inputs.T)
""",
}


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("lists of gradients beside lists of parameters", "self.A[i].T @ delta,", "self.A[i].T @ delta * 3,"),
        ("a loss before the gradients, of scores", " * (self.h > 0)", ""),
        ("a loss before the gradients, of scores", "self.h.T.dot(d)}", "-self.h.T.dot(d)}"),
        (
            "lists turned into columns",
            "self.lr * np.dot(back, self.inputs.T)",
            "self.lr * np.dot(errors, self.inputs.T)",
        ),
        ("lists turned into columns", "* (1 - self.hidden ** 2)", "* (1 - self.hidden)"),
    ],
)
def test_gradients_are_found_where_they_are_kept(written, text, old, new):
    assert written(KEPT[text]).check("Net").ok
    assert not written(KEPT[text], old, new).check("Net").ok


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
    report = written(MEAN).check("Loss")
    assert not report.ok and "a single number" in str(report)  # it is taken for the gradient that it should be
