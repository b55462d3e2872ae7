"""One neuron, one vector, one training function: what is wrong there is told, not taken for other shapes."""

import pytest

from ..reports import reasons

NEURON = """
class Neuron:
    def __init__(self, n):
        self.w, self.bias = np.random.randn(n), 0.0
    def forward(self, x):
        self.x = x
        self.y = 1 / (1 + np.exp(-(np.dot(self.w, x) + self.bias)))
        return self.y
    def backward(self, dout):
        d = dout * self.y * (1 - self.y)
        self.dw, self.dbias = d * self.x, d
        return d * self.w
"""
STEPPED = """
class Neuron:
    def __init__(self, n):
        self.w, self.bias = np.random.randn(n), 0.0
    def forward(self, x):
        self.x = x
        self.y = np.tanh(np.dot(self.w, x) + self.bias)
        return self.y
    def backward(self, dout, rate):
        d = dout * (1 - self.y**2)
        dx = d * self.w
        self.w -= rate * d * self.x
        self.bias -= rate * d
        return dx
"""
VECTOR = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b
    def backward(self, dout):
        self.dW, self.db = np.outer(self.x, dout), dout.copy()
        return np.dot(self.W, dout)
"""
COLUMNS = """
def dense(weight, bias, a):
    return weight.dot(a) + bias, (a, weight)
def dense_grad(dout, cache):
    a, weight = cache
    dw, db, da = dout.dot(a.T), np.sum(dout, axis=1, keepdims=True), weight.T.dot(dout)
    return dw, db, da
"""
TRAINED = """
def fit(features, t, params, intercept_, lr, turns):
    m = len(t)
    for _ in range(turns):
        d = 1 / (1 + np.exp(-(np.dot(features, params) + intercept_))) - t
        dw, db = np.dot(features.T, d) / m, np.mean(d)
        params = params - lr * dw
        intercept_ = intercept_ - lr * db
    return params, intercept_
"""


@pytest.mark.parametrize("text", [NEURON, STEPPED, VECTOR, COLUMNS, TRAINED])
def test_they_are_right(written, text):
    assert written(text).check().outcome == "correct"


@pytest.mark.parametrize(
    ("text", "old", "new", "code"),
    [
        (NEURON, "d = dout * self.y", "d = self.y", "dout-ignored"),
        (NEURON, "self.dbias = d * self.x, d", "self.dbias = d * self.x, 1 / d", "inverted"),
        (NEURON, "d * self.x, d", "self.x, d", "dout-ignored"),
        (STEPPED, "self.bias -= rate * d", "self.bias -= rate / d", "inverted"),
        (STEPPED, "self.bias -= rate * d", "self.bias -= d", "factor"),
        (VECTOR, "np.dot(self.W, dout)", "np.dot(dout, self.W)", "transposed"),
        (COLUMNS, "axis=1", "axis=0", "axis"),
        (TRAINED, "np.mean(d)", "np.sum(d)", "scale-n"),
    ],
)
def test_their_slips_are_told(written, text, old, new, code):
    report = written(text, old, new).check()
    assert report.outcome in ("wrong", "factor", "crashes")
    assert code in {d.code for d in reasons(report)}
