"""One neuron, one vector, one map, one small network: what is wrong there is told, not taken for other shapes."""

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
ROWS = """
def affine_forward(theta, theta0, x):
    return np.dot(x, theta.T) + theta0, (x, theta)
def affine_backward(dout, cache):
    x, theta = cache
    dx, dw = np.dot(dout, theta), np.dot(dout.T, x)
    db = np.sum(dout, axis=0)
    return dw, db, dx
"""
KEPT = """
class Layer:
    def __init__(self, in_dim, out_dim):
        self.Theta, self.theta0 = np.random.randn(in_dim, out_dim), np.zeros(out_dim)
    def forward(self, A):
        self.A = A
        return A.dot(self.Theta) + self.theta0
    def backward(self, dZ):
        self.weights_gradient, self.bias_gradient = self.A.T.dot(dZ), dZ.sum(axis=0)
        return dZ.dot(self.Theta.T)
"""
NETWORK = """
class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros(n_out)
    def forward(self, X):
        self.X, self.H = X, np.tanh(X @ self.W1 + self.b1)
        e = np.exp(self.H @ self.W2 + self.b2)
        self.P = e / e.sum(axis=1, keepdims=True)
        return self.P
    def backward(self, y):
        d2 = (self.P - y) / len(y)
        d1 = np.dot(d2, self.W2.T) * (1 - self.H**2)
        dW2, db2, dW1, db1 = np.dot(self.H.T, d2), d2.sum(axis=0), np.dot(self.X.T, d1), d1.sum(axis=0)
        self.grads = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""
SQUARED = """
class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.W2 = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_out)
    def forward(self, X):
        self.X, self.H = X, np.tanh(X @ self.W1)
        self.P = np.tanh(self.H @ self.W2)
        return self.P
    def backward(self, y):
        d2 = (self.P - y) * (1 - self.P**2)
        d1 = np.dot(d2, self.W2.T) * (1 - self.H**2)
        self.dW2, self.dW1 = np.dot(self.H.T, d2), np.dot(self.X.T, d1)
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


@pytest.mark.parametrize("text", [NEURON, STEPPED, VECTOR, COLUMNS, ROWS, KEPT, NETWORK, SQUARED, TRAINED])
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
        (ROWS, "np.dot(dout, theta)", "np.dot(theta, dout)", "transposed"),
        (KEPT, "dZ.sum(axis=0)", "dZ.sum(axis=1)", "axis"),
        (NETWORK, "self.P - y", "y - self.P", "sign"),
        (SQUARED, "np.dot(self.X.T, d1)", "np.dot(self.X, d1)", "transposed"),
        (SQUARED, "np.dot(self.X.T, d1)", "self.X @ d1", "transposed"),
        (TRAINED, "np.mean(d)", "np.sum(d)", "scale-n"),
    ],
)
def test_their_slips_are_told(written, text, old, new, code):
    report = written(text, old, new).check()
    assert report.outcome in ("wrong", "factor", "crashes")
    assert code in {d.code for d in reasons(report)}
