"""Rates, upstream gradients and dicts of options by what is done with them; one example by its outer products."""

import pytest

ROWS = [  # text, old, new: what has to fail
    pytest.param(
        """
class Layer:
    def __init__(self, n_in, n_out, pace=0.5):
        self.W, self.b, self.pace = np.random.randn(n_in, n_out), np.zeros(n_out), pace
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        dx = dout @ self.W.T
        self.W -= self.pace * self.x.T @ dout
        self.b = self.b - self.pace * dout.sum(axis=0)
        return dx
""",
        "self.pace * dout.sum(axis=0)",
        "self.pace * self.x.sum()",
        id="all steps are multiplied by a rate of any name",
    ),
    pytest.param(
        """
class Layer:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout, alpha):
        dx = dout @ self.W.T
        self.W += -alpha * (self.x.T @ dout)
        return dx
""",
        "+= -alpha",
        "+= alpha",
        id="a rate with a minus before it",
    ),
    pytest.param(
        """
def affine_forward(x, theta, theta0):
    return x @ theta + theta0, (x, theta)
def affine_backward(eta, cache):
    x, theta = cache
    dx, dw = eta @ theta.T, x.T @ eta
    db = np.sum(eta, axis=0)
    return dx, dw, db
""",
        "np.sum(eta, axis=0)",
        "np.sum(eta, axis=1)",
        id="eta in matrix products is no rate; theta0 is an offset",
    ),
    pytest.param(
        """
def pool_forward(x, how):
    k, s = how["size"], how["stride"]
    n, c, h, w = x.shape
    out = np.zeros((n, c, (h - k) // s + 1, (w - k) // s + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * s : i * s + k, j * s : j * s + k].mean(axis=(2, 3))
    return out, (x, how)
def pool_backward(dout, cache):
    x, how = cache
    k, s = how["size"], how["stride"]
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * s : i * s + k, j * s : j * s + k] += dout[:, :, i : i + 1, j : j + 1] / k**2
    return dx
""",
        "/ k**2",
        "/ k",
        id="a dict of sizes of any name",
    ),
    pytest.param(
        """
def standardise_forward(x, given):
    r = np.sqrt(x.var(axis=0) + given.get("eps", 1e-5))
    xh = (x - x.mean(axis=0)) / r
    return xh, (xh, r)
def standardise_backward(dout, cache):
    xh, r = cache
    return (dout - dout.mean(axis=0) - xh * (dout * xh).mean(axis=0)) / r
""",
        "dout - dout.mean(axis=0)",
        "dout",
        id="a dict of options that may be left out",
    ),
    pytest.param(
        """
def bell(s, derive=False):
    if derive:
        return -2 * s * np.exp(-s * s)
    return np.exp(-s * s)
""",
        "-2 * s",
        "2 * s",
        id="derive",
    ),
    pytest.param(
        """
def conv1d_forward(x, w, b):
    n = len(x) - len(w) + 1
    return np.array([np.sum(x[i : i + len(w)] * w) for i in range(n)]) + b, (x, w)
def conv1d_backward(dout, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(len(dout)):
        dx[i : i + len(w)] += dout[i] * w
        dw += dout[i] * x[i : i + len(w)]
    return dx, dw, np.sum(dout)
""",
        "+= dout[i] * w",
        "= dout[i] * w",
        id="a window along one vector, and one offset",
    ),
    pytest.param(
        """
class Layer:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        dW = self.x[np.newaxis].T @ dout[np.newaxis]
        return self.W @ dout, dW, dout.copy()
""",
        "dout.copy()",
        "2 * dout",
        id="a vector made a column by another axis",
    ),
    pytest.param(
        """
class Squares:
    def cost(self, guess, truth):
        return np.sum((guess - truth) ** 2) / len(guess)
    def delta(self, guess, truth):
        return 2 * (guess - truth) / len(guess)
""",
        "return 2 *",
        "return -2 *",
        id="cost and delta",
    ),
]


@pytest.mark.parametrize(("text", "old", "new"), ROWS)
def test_by_what_is_done_with_it(written, text, old, new):
    assert written(text).check().outcome == "correct"
    assert written(text, old, new).check().outcome in ("wrong", "factor")


PAIR = """
def linear(w, b, x):
    return x @ w + b
def linear_backward(dout, w, b, x):
    dx, dw, db = dout @ w.T, x.T @ dout, dout.sum(axis=0)
    return dx, dw, db
"""


@pytest.mark.parametrize(("order", "outcome"), [("dx, dw, db", "hazards"), ("dx, db, dw", "wrong")])
def test_data_first_is_a_habit_whatever_forward_takes_first(written, order, outcome):
    assert written(PAIR, "return dx, dw, db", f"return {order}").check().outcome == outcome
