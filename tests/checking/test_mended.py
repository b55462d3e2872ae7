"""Mended: in code in files, the edit that puts a gradient right tells its slip, also where it takes more than a name."""

import pytest

from .reports import findings, named, reasons

IMAGES = """
def scatter(cols, shape, k):
    x = np.zeros(shape)
    for i in range(k):
        for j in range(k):
            x[:, :, i:i + shape[2] - k + 1, j:j + shape[3] - k + 1] += cols[:, :, i, j]
    return x
class Filter:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x, k = x, self.W.shape[-1]
        self.win = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", self.win, self.W)
    def backward(self, dout):
        self.dW = np.einsum("nfhw,nchwij->fcij", dout, self.win)
        cols = np.einsum("nfhw,fcij->ncijhw", dout, self.W)
        return scatter(cols, self.x.shape, self.W.shape[-1])
class SoftSign:
    def forward(self, a):
        self.den = 1 + np.abs(a)
        return a / self.den
    def backward(self, grad):
        return grad * np.power(self.den, -2)
class Shifted:
    def forward(self, x):
        self.on = x > 0.5
        return (x - 0.5) * self.on
    def backward(self, dout):
        dx = np.zeros_like(dout)
        for i in np.ndindex(*dout.shape):
            if self.on[i]:
                dx[i] = dout[i]
        return dx
class Quick:
    def forward(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-1.7 * x))
        return x * self.s
    def backward(self, dout):
        dx = dout * self.s
        dx += dout * 1.7 * self.x * self.s * (1 - self.s)
        return dx
class Closeness:
    def forward(self, a, b):
        self.a, self.b = a, b
        self.na, self.nb = np.linalg.norm(a, axis=1, keepdims=True), np.linalg.norm(b, axis=1, keepdims=True)
        self.cos = (a * b).sum(axis=1, keepdims=True) / (self.na * self.nb)
        return self.cos
    def backward(self, dout):
        da = dout * (self.b / (self.na * self.nb) - self.cos * self.a / self.na**2)
        db = dout * (self.a / (self.na * self.nb) - self.cos * self.b / self.nb**2)
        return da, db
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Filter", "+= cols[:, :, i, j]", "= cols[:, :, i, j]", "unsummed", "layers.py:6"),
        ("Filter", "cols[:, :, i, j]", "cols[:, :, j, i]", "transposed", "fcji->ncijhw"),
        ("Filter", "fcij->ncijhw\", dout, self.W)", "fcij->ncijhw\", dout, self.W[:, :, ::-1, ::-1])", "inverted", "W[:, :, :, :]"),
        ("SoftSign", "self.den, -2", "self.den, -3", "power", "`np.power(self.den, -2)`"),
        ("Shifted", "if self.on[i]", "if not self.on[i]", "inverted", "`self.on[i]`"),
        ("Quick", "dx += dout * 1.7", "dx += 1.7", "dout-ignored", "dout * "),
        ("Closeness", "self.cos * self.b / self.nb**2", "self.cos * self.b / self.na**2", "argument", "`self.nb`"),
        ("Closeness", "- self.cos * self.b", "+ self.cos * self.b", "sign", "read `self.a"),
    ],
)  # fmt: skip
def test_the_edit_says_more_than_what_the_numbers_have_in_common(written, name, old, new, code, word):
    report = written(IMAGES, old, new).check(name)
    told = reasons(report, "fail", "values")
    assert [d.code for d in told] == [code] and word in str(report), report


GATED = """
class SwiGLU:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1, W2

    def forward(self, x):
        self.x, self.a, self.b = x, np.dot(x, self.W1), np.dot(x, self.W2)
        self.s = 1 / (1 + np.exp(-self.a))
        return self.a * self.s * self.b

    def backward(self, dout):
        swish = self.a * self.s
        db = dout * swish
        da = dout * self.b * (self.s + swish * (1 - self.s))
        self.dW1 = np.dot(self.x.T, da)
        self.dW2 = np.dot(self.x.T, db)
        return np.dot(da, self.W1.T) + np.dot(db, self.W2.T)


class Scaled:
    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta

    def forward(self, x):
        self.x, self.shape = x.reshape(len(x), -1), x.shape
        y = self.x / np.sqrt((self.x**2).mean(1, keepdims=True))
        self.y = y.reshape(x.shape)
        return self.gamma.reshape(1, -1, 1, 1) * self.y + self.beta.reshape(1, -1, 1, 1)

    def backward(self, dout):
        d = (dout * self.gamma.reshape(1, -1, 1, 1)).reshape(self.x.shape)
        y, r = self.y.reshape(d.shape), np.sqrt((self.x**2).mean(1, keepdims=True))
        self.dgamma = (dout * self.y).sum(axis=(0, 2, 3))
        self.dbeta = dout.sum(axis=(0, 2, 3))
        return ((d - y * (d * y).mean(1, keepdims=True)) / r).reshape(self.shape)


class Cumsum:
    def forward(self, x):
        return np.cumsum(x, axis=1)

    def backward(self, dout):
        return np.flip(np.cumsum(np.flip(dout, axis=1), axis=1), axis=1)


class Selu:
    def forward(self, x):
        self.x = x
        return 1.05 * (np.maximum(x, 0) + 1.67 * np.expm1(np.minimum(x, 0)))

    def backward(self, dy):
        up = 1.05 * (self.x > 0)
        down = 1.05 * 1.67 * np.exp(np.minimum(self.x, 0)) * (self.x <= 0)
        return dy * (up + down)


class Huber:
    def __init__(self, beta=0.7):
        self.beta = beta

    def forward(self, x):
        self.x, a = x, np.abs(x)
        return np.where(a < self.beta, 0.5 * x**2 / self.beta, a - 0.5 * self.beta)

    def backward(self, dout):
        return dout * np.where(np.abs(self.x) < self.beta, self.x / self.beta, np.sign(self.x))


class Steps:
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x, self.h = x, np.zeros((len(x), x.shape[1] + 1, self.W.shape[1]))
        for t in range(x.shape[1]):
            self.h[:, t + 1] = np.tanh(x[:, t] @ self.W) + self.h[:, t]
        return self.h[:, 1:].copy()

    def backward(self, dout):
        dx, carry = np.zeros_like(self.x), 0
        self.dW = np.zeros_like(self.W)
        for t in reversed(range(self.x.shape[1])):
            carry = carry + dout[:, t]
            y = self.h[:, t + 1] - self.h[:, t]
            da = carry * (1 - y * y)
            for n in range(len(da)):
                self.dW += np.outer(self.x[n, t], da[n])
                dx[n, t] = da[n] @ self.W.T
        return dx


class Largest:
    def forward(self, x):
        self.x, self.best = x, x.argmax(axis=1)
        return x.max(axis=1)

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        dx[np.arange(len(dout)), self.best] = dout
        return dx
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("SwiGLU", " + np.dot(db, self.W2.T)", "", "path-missing", "db @ self.W2.T`: then"),
        ("SwiGLU", "np.dot(da, self.W1.T) + np.dot(db,", "np.dot(db, self.W1.T) + np.dot(da,", "swapped", "should read"),
        ("SwiGLU", "(self.s + swish * (", "(swish * (", "term", "should read `swish * (1 - self.s) + self.s`"),
        ("SwiGLU", "(self.s + swish * (1 - self.s))", "self.s", "", ""),  # no forward of ones
        ("Scaled", "(dout * self.gamma.reshape(1, -1, 1, 1))", "dout", "factor", "dout * self.gamma.reshape"),
        ("Cumsum", "np.flip(np.cumsum(np.flip(dout, axis=1), axis=1), axis=1)", "np.cumsum(dout, axis=1)", "inverted", "flip"),
        ("Selu", "(self.x <= 0)", "(self.x > 0)", "branch", "should read `self.x <= 0`"),
        ("Huber", "np.abs(self.x) < self.beta,", "np.abs(self.x) < 1.5,", "threshold", "should read `self.beta`"),
        ("Steps", "reversed(range(self.x.shape[1]))", "range(self.x.shape[1])", "inverted", "should read `reversed"),
        ("Steps", "1 - y * y", "1 - carry * carry", "argument", "should read `1 - y * y`"),
        ("Steps", "self.x[n, t], da", "self.x[0, t], da", "argument", "should read `self.x[n, t]`"),
        ("Largest", "np.zeros_like", "np.ones_like", "other-function", "np.zeros_like"),
        ("Largest", "] = dout", "] = dout * self.x.max(axis=1)", "factor", "should read `dout`"),
    ],
)  # fmt: skip
def test_what_takes_more_than_a_name_is_tried(written, name, old, new, code, word):
    report = written(GATED, old, new).check(name)
    told = named(report, "fail", "values")
    assert report.outcome == "wrong"
    assert code in told and word in str(report) if code else "other-function" not in told


def test_a_loss_that_gives_its_gradient_too_is_mended(written):
    text = """
    def ridge(theta, X, y, lam=0.1):
        m = len(y)
        err = X @ theta - y
        cost = (err @ err + lam * theta @ theta) / (2 * m)
        grad = (X.T @ err + lam / theta) / m
        return cost, grad
    """
    (said,) = findings(written(text).check(), "fail", "values")
    assert said.where.endswith(":6") and [d.code for d in said.diagnosis] == ["inverted"]


def test_what_a_function_of_ones_own_lacks_is_added(written):
    """The slope of an ELU is its value plus alpha: no function around its argument."""
    text = """
    def elu(x, alpha=1.0):
        return np.where(x >= 0, x, alpha * (np.exp(x) - 1))
    def elu_grad(x, alpha=1.0):
        return np.where(x >= 0, 1, elu(x, alpha))
    """
    (why, *_) = reasons(written(text).check(), "fail")
    assert why.code == "term" and "`elu(x, alpha)` should read `elu(x, alpha) + alpha`" in why.message


WRITTEN_OUT = """
class Sines:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x = x
        return np.sin(x) @ self.W
    def backward(self, dout):
        self.dW = np.sin(self.x).T @ dout
        return dout @ self.W.T * np.cos(self.x)
class Haar:
    def forward(self, x):
        a, b = x[:, 0::2], x[:, 1::2]
        return np.concatenate([a + b, a - b], axis=1) / np.sqrt(2.0)
    def backward(self, dout):
        s, d = np.split(dout, 2, axis=1)
        dx = np.zeros_like(dout)
        dx[:, 0::2] = (s + d) / np.sqrt(2.0)
        dx[:, 1::2] = (s - d) / np.sqrt(2.0)
        return dx
class Tail:
    def forward(self, x):
        self.x = x
        return np.cumsum(x**2, axis=1)[:, ::-1]
    def backward(self, dout):
        return 2 * self.x * np.cumsum(dout, axis=1)[:, ::-1]
class Pairs:
    def __init__(self, n_users, n_items, k):
        self.P, self.Q = np.random.randn(n_users, k), np.random.randn(n_items, k)
    def loss(self, users, items, ratings):
        err = np.sum(self.P[users] * self.Q[items], axis=1) - ratings
        grads = {"P": np.zeros_like(self.P), "Q": np.zeros_like(self.Q)}
        np.add.at(grads["P"], users, err[:, None] * self.Q[items])
        np.add.at(grads["Q"], items, err[:, None] * self.P[users])
        return 0.5 * np.sum(err**2), grads
def bearing(x):
    r2 = x @ x
    r = np.sqrt(r2)
    return np.array([r, np.arctan2(x[1], x[0])])
def bearing_jacobian(x):
    r2 = x[0] ** 2 + x[1] ** 2
    r = np.sqrt(r2)
    return np.array([[x[0] / r, x[1] / r], [-x[1] / r2, x[0] / r2]])
def logistic_cost(theta, X, y):
    h = 1 / (1 + np.exp(-X @ theta))
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
def logistic_gradient(theta, X, y):
    h = 1 / (1 + np.exp(-X @ theta))
    return X.T @ (h - y) / len(y)
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Sines", "np.cos(self.x)", "np.sin(self.x)", "other-function", "np.cos(self.x)"),
        ("Haar", "(s + d) / np.sqrt(2.0)", "(s + d) / 2.0", "root", "np.sqrt(2.0)"),
        ("Tail", "(dout, axis=1)[:, ::-1]", "(dout, axis=1)", "inverted", "[:, ::-1]"),
        ("Pairs.loss", "err[:, None] * self.P[users])", "err[:, None] * self.Q[items])", "argument", "read `self.P[users]"),
        ("bearing", "[-x[1] / r2", "[x[1] / r2", "sign", "-(x[1] / r2)"),
        ("bearing", "[-x[1] / r2, x[0] / r2]", "[-x[1] / r, x[0] / r]", "argument", "[-x[1] / r2, x[0] / r2]"),
        ("logistic_cost", "(h - y)", "((h - y) * h * (1 - h))", "extra", "read `h - y`"),
    ],
)  # fmt: skip
def test_what_is_written_out_is_told_apart_entry_by_entry(written, name, old, new, code, word):
    assert written(WRITTEN_OUT).check(name).ok
    report = written(WRITTEN_OUT, old, new).check(name)
    assert code in named(report, "fail") and word in str(report), report
