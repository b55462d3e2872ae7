"""Steps by a learning rate: one that forgets it is told, where it is 1 no number would tell."""

import pytest

from .reports import findings, reasons

DENSE = """
class Dense:
    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_out, n_in), np.random.randn(n_out, 1)
    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias
    def backward(self, d, learning_rate):
        dx = self.weights.T @ d
        self.weights -= learning_rate * (d @ self.x.T)
        self.bias -= learning_rate * d.sum(axis=1, keepdims=True)
        return dx
"""
INSIDE = """
class Line:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.random.randn(n_out)
    def forward(self, X):
        return X @ self.W + self.b
    def backward(self, X, y, out, lr):
        d = (out - y) / len(X)
        self.W = self.W - lr * (X.T @ d)
        self.b = self.b - lr * d.sum(axis=0)
"""
GATHERED = """
class Gathered:
    def __init__(self, W, b):
        self.W, self.b, self.dW = W, b, np.zeros_like(W)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout, lr):
        self.dW = self.x.T @ dout
        self.W -= lr * self.dW
        self.db = dout.sum(axis=0)
        self.b -= lr * self.db
        return dout @ (self.W + lr * self.dW).T
"""


@pytest.mark.parametrize("text", [DENSE, INSIDE, GATHERED])
def test_steps_by_the_rate_are_right(written, text):
    report = written(text).check()
    assert report.outcome in ("correct", "hazards") and not findings(report, "rate")


@pytest.mark.parametrize(
    ("text", "old", "new", "name"),
    [
        (DENSE, "self.bias -= learning_rate * d", "self.bias -= d", "bias"),
        (DENSE, "self.weights -= learning_rate * ", "self.weights -= ", "weights"),
        (INSIDE, "self.b - lr * d", "self.b - d", "b"),
        (GATHERED, "self.b -= lr * self.db", "self.b -= self.db", "b"),
    ],
)
def test_one_that_forgets_it_is_told(written, text, old, new, name):
    report = written(text, old, new).check()
    (finding,) = findings(report, "fail", "rate")
    assert report.outcome == "wrong" and f"moves {name} by its gradient" in finding.message
    assert new in _line(finding.where)
    assert {d.code for d in reasons(report, "fail", "rate")} == {"factor"}


def test_a_rate_that_no_step_follows_is_none(written):
    report = written(DENSE, "learning_rate * ", "0.5 * ").check()
    assert not findings(report, "rate")


def test_steps_up_by_an_error_may_go_down(written):
    error = (
        DENSE.replace("(self, d,", "(self, error,").replace("d @ self", "error @ self").replace("T @ d", "T @ error")
    )
    up = error.replace("-=", "+=").replace("d.sum", "error.sum")
    told = {d.message for d in reasons(written(up).check(), "fail", "values") if d.code == "sign"}
    assert len(told) == 2 and all("either error is targets less outputs" in words for words in told), told
    told = {d.message for d in reasons(written(DENSE.replace("-=", "+=")).check(), "fail", "values")}
    assert all(words.startswith("the sign is wrong") for words in told), told


def _line(where):
    path, _, number = where.rpartition(":")
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()[int(number) - 1]
