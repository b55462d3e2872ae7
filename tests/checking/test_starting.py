"""Starting: parameters that start as ones or zeros hide what is lost, and bounds what lies within; both are looked at."""

import pytest

LAYERS = """
class Norm:
    def __init__(self, features):
        self.gamma = np.ones(features)
        self.beta = np.zeros(features)
    def forward(self, x):
        self.std = np.sqrt(x.var(axis=0) + 1e-3)
        self.xn = (x - x.mean(axis=0)) / self.std
        return self.gamma * self.xn + self.beta
    def backward(self, dout):
        self.dgamma = (dout * self.xn).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        d = dout * self.gamma
        return (d - d.mean(axis=0) - self.xn * (d * self.xn).mean(axis=0)) / self.std
class Boxed:
    def __init__(self, n_in):
        self.params = {"g": np.ones((1, n_in)), "b": np.zeros((1, n_in))}
        self.grads = {}
    def forward(self, x):
        self.x = x
        return np.tanh(x) * self.params["g"] + self.params["b"]
    def backward(self, dout):
        self.grads["g"] = (dout * np.tanh(self.x)).sum(axis=0, keepdims=True)
        self.grads["b"] = dout.sum(axis=0, keepdims=True)
        return dout * (1 - np.tanh(self.x) ** 2) * self.params["g"]
class Steps:
    def __init__(self, Wx, Wh):
        self.Wx, self.Wh = Wx, Wh
        self.h0 = np.zeros((3, Wh.shape[0]))
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.Wx + self.h0 @ self.Wh)
        return self.h
    def backward(self, dh):
        dz = dh * (1 - self.h ** 2)
        self.dWx = self.x.T @ dz
        self.dWh = np.zeros_like(self.Wh)
        return dz @ self.Wx.T
class Pairs:
    def __init__(self, margin=2.0):
        self.margin = margin
    def forward(self, x1, x2, y):
        self.y, self.diff = y, x1 - x2
        self.d = np.sqrt(np.sum(self.diff ** 2, axis=1) + 1e-6)
        return np.mean(y * self.d ** 2 + (1 - y) * np.maximum(self.margin - self.d, 0) ** 2)
    def backward(self):
        dd = 2 * self.y * self.d - 2 * (1 - self.y) * (self.margin - self.d) * (self.d < self.margin)
        g = (dd / self.d)[:, None] * self.diff / len(self.y)
        return g, -g
"""


@pytest.mark.parametrize("name", ["Norm", "Boxed", "Steps", "Pairs"])
def test_as_they_stand_they_are_right(written, name):
    assert written(LAYERS).check(name).ok  # a first state that is no parameter stays 0


@pytest.mark.parametrize(
    ("name", "old", "new", "word"),
    [
        ("Norm", "d = dout * self.gamma", "d = dout", "`d = dout` should read `d = dout * self.gamma`"),
        ("Norm", "self.xn * (d * self.xn)", "self.xn * (dout * self.xn)", "`dout` should read `d`"),
        ("Norm", "self.dbeta = dout.sum(axis=0)", "self.dbeta = dout.sum(axis=0) + 0.1 * self.beta", "self.beta"),
        ("Boxed", ' ** 2) * self.params["g"]', " ** 2)", "* self.params['g']`"),
        ("Pairs", "self.d - 2 * (1 - self.y)", "self.d - 2 * self.y", "`self.y` should read `1 - self.y`"),
    ],
)
def test_a_slip_that_the_first_numbers_hide_is_named(written, name, old, new, word):
    report = written(LAYERS, old, new).check(name)
    assert report.outcome == "wrong" and word in str(report), report


MADE_BY_FIT = """
class LinearRegression:
    def __init__(self, lr=0.01):
        self.lr = lr
    def predict(self, X):
        return np.dot(X, self.w) + self.b
    def gradient_descent(self, X, y):
        e = self.predict(X) - y
        self.w -= self.lr * np.dot(X.T, e) / len(y)
        self.b -= self.lr * np.sum(e) / len(y)
    def fit(self, X, y):
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        for _ in range(100):
            self.gradient_descent(X, y)
"""


def test_what_steps_move_another_method_makes(written):
    report = written(MADE_BY_FIT).check()
    assert report.outcome == "not-set-up"
    assert any("needs w, which fit sets" in f.message for f in report.findings)
