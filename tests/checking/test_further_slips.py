"""Further slips: in single precision, in lengths, where nothing is finite; the edit that undoes them is told."""

import numpy as np
import pytest

from derivexplain.checking.naming.scene import summed

from .reports import findings, reasons

LAYERS = """
class Narrow:
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out).astype(np.float32)
    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.w)
    def backward(self, dout):
        rows = self.x.reshape(-1, self.x.shape[-1])
        y = np.tanh(self.x @ self.w)
        d = dout * (1 - y**2)
        self.dw = rows.T @ d.reshape(-1, d.shape[-1])
        return d @ self.w.T
class Ramp:
    def forward(self, x):
        self.on = x > 0
        return np.where(self.on, x, 0.1 * x)
    def backward(self, dout):
        self.dx = dout.copy()
        self.dx[~self.on] *= 0.1
        return self.dx
class Cut:
    def forward(self, x):
        self.on = x > 0
        return x * self.on
    def backward(self, dout):
        return dout * self.on
class Scaled:
    def __init__(self, W, head_dim=4):
        self.W, self.head_dim = W, head_dim
    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.W / np.sqrt(self.head_dim))
    def backward(self, dout):
        scale = 1 / np.sqrt(self.head_dim)
        d = scale * dout * (1 - np.tanh(scale * self.x @ self.W) ** 2)
        self.dW = self.x.T @ d
        return d @ self.W.T
class Silu:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x, self.z = x, x @ self.W
        self.s = 1 / (1 + np.exp(-self.z))
        return self.z * self.s
    def backward(self, dout):
        s, z = self.s, self.z
        d = dout * s * (1 + z * (1 - s))
        self.dW = self.x.T @ d
        return d @ self.W.T
class Slid:
    def __init__(self, k=2):
        self.k = k
    def forward(self, x):
        self.x, k = x, self.k
        out = np.zeros((len(x), x.shape[1] - k + 1))
        for j in range(out.shape[1]):
            out[:, j] = (x[:, j : j + k] ** 2).sum(axis=1)
        return out
    def backward(self, dout):
        dx, k = np.zeros_like(self.x), self.k
        for j in range(dout.shape[1]):
            dx[:, j : j + k] += 2 * dout[:, j, None] * self.x[:, j : j + k]
        return dx
class Soft:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y
    def backward(self, dout):
        dx = np.zeros_like(dout)
        for i, y in enumerate(self.y):
            y = y.reshape(len(y), 1)
            dx[i] = (np.diagflat(y) - y @ y.T) @ dout[i]
        return dx
class Single:
    def forward(self, x):
        self.x, self.best = x, x.astype(np.float32).max(axis=1, keepdims=True)
        return self.best
    def backward(self, dout):
        mask = (self.x.astype(np.float32) == self.best).astype(np.float32)
        return dout.astype(np.float32) * mask / mask.sum(axis=1, keepdims=True)
class Slots:
    def __init__(self):
        self.y = None
    def forward(self):
        self.loss = np.mean((self.input - self.y) ** 2)
    def backward(self):
        self.dinput = 2 * (self.input - self.y) / self.y.size
class Drops:
    def __init__(self, rate=0.3):
        self.rate = rate
    def forward(self, x):
        self.mask = np.random.rand(*x.shape) > self.rate
        return x * self.mask / (1 - self.rate)
    def backward(self, dout):
        return dout * self.mask / (1 - self.rate)
class Gelu:
    def forward(self, x):
        self.x = x
        return 0.5 * x * (1 + np.tanh(0.8 * (x + 0.045 * x**3)))
    def backward(self, dout):
        x, t = self.x, np.tanh(0.8 * (self.x + 0.045 * self.x**3))
        return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * 0.8 * (1 + 0.135 * x**2))
class Window:
    def __init__(self, k=2):
        self.k = k
    def forward(self, x):
        self.x, k = x, self.k
        out = np.zeros((x.shape[0], x.shape[1] - k + 1, x.shape[2] - k + 1))
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[:, i, j] = (x[:, i : i + k, j : j + k] ** 2).sum(axis=(1, 2))
        return out
    def backward(self, dout):
        dx, k = np.zeros_like(self.x), self.k
        for i in range(dout.shape[1]):
            for j in range(dout.shape[2]):
                top = i
                bottom = top + k
                left = j
                right = left + k
                dx[:, top:bottom, left:right] += 2 * dout[:, i, j, None, None] * self.x[:, top:bottom, left:right]
        return dx
def tanh(x):
    return np.tanh(x)
def tanh_prime(x):
    return 1 - x**2
class Placed:
    def __init__(self, levels):
        self.levels = levels
    def forward(self, x):
        self.t = x.shape[1]
        return x + self.levels[: self.t]
    def backward(self, dout):
        self.dlevels = np.zeros_like(self.levels)
        self.dlevels[: self.t] = dout.sum(axis=0)
        return dout.copy()
def mean_of_rows(y_pred, y_true):
    return ((y_pred - y_true) ** 2).sum() / len(y_pred)
def mean_of_rows_grad(y_pred, y_true):
    return 2 * (y_pred - y_true) / len(y_pred)
class Spectrum:
    def forward(self, x):
        self.F = np.fft.fft(x, axis=-1)
        return np.abs(self.F) ** 2
    def backward(self, dout):
        return 2 * self.F.shape[-1] * np.real(np.fft.ifft(dout * self.F, axis=-1))
class Ring:
    def forward(self, x):
        self.p = p = 1
        return np.concatenate([x[:, :, -p:], x, x[:, :, :p]], axis=2)
    def backward(self, dout):
        p = self.p
        dx = dout[:, :, p:-p].copy()
        dx[:, :, -p:] += dout[:, :, :p]
        dx[:, :, :p] += dout[:, :, -p:]
        return dx
class Words:
    def __init__(self, vocab, dim):
        self.weight = np.random.randn(vocab, dim)
    def forward(self, ids):
        self.ids = ids
        return self.weight[ids]
    def backward(self, dout):
        self.dweight = np.zeros_like(self.weight)
        np.add.at(self.dweight, self.ids, dout)
class Tail:
    def forward(self, x):
        self.x = x
        self.y = np.log(np.cumsum(np.exp(x), axis=-1))
        return self.y
    def backward(self, dout):
        w = dout * np.exp(-self.y)
        tail = np.cumsum(w[..., ::-1], axis=-1)[..., ::-1]
        return np.exp(self.x) * tail
class Pool:
    def __init__(self, v):
        self.v = v
    def forward(self, h):
        s = h @ self.v
        e = np.exp(s - s.max(axis=1, keepdims=True))
        self.a, self.h = e / e.sum(axis=1, keepdims=True), h
        return np.einsum("nt,ntd->nd", self.a, h)
    def backward(self, dc):
        da = np.einsum("nd,ntd->nt", dc, self.h)
        ds = self.a * (da - np.sum(da * self.a, axis=1, keepdims=True))
        self.dv = np.einsum("nt,ntd->d", ds, self.h)
        return self.a[:, :, None] * dc[:, None, :] + ds[:, :, None] * self.v
def logistic_cost(theta, X, y, lam):
    h = 1 / (1 + np.exp(-theta[0] - X @ theta[1:]))
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h)) + lam / (2 * len(y)) * np.sum(theta[1:] ** 2)
def logistic_gradient(theta, X, y, lam):
    m = len(y)
    h = 1 / (1 + np.exp(-theta[0] - X @ theta[1:]))
    grad = np.zeros_like(theta)
    grad[0] = np.sum(h - y) / m
    grad[1:] = X.T @ (h - y) / m + lam / m * theta[1:]
    return grad
def lasso_loss(w, X, y):
    return 0.5 * np.mean((X @ w - y) ** 2) + 0.1 * np.sum(np.abs(w))
def lasso_loss_grad(w, X, y):
    return X.T @ (X @ w - y) / len(y) + 0.1 * np.sign(w)
"""


NAMES = [
    *("Narrow", "Ramp", "Cut", "Scaled", "Silu", "Slid", "Soft", "Single", "Slots", "mean_of_rows", "Drops", "Gelu"),
    *("Window", "tanh", "Spectrum", "Ring", "Words", "Tail", "Pool", "logistic_cost", "lasso_loss"),
]


@pytest.mark.parametrize("name", NAMES)
def test_as_they_stand_they_are_right(written, name):
    assert written(LAYERS).check(name).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Narrow", "1 - y**2", "1 - y**3", "power", "for w, x are right"),
        ("Narrow", "self.x.shape[-1])\n", "self.x.shape[-2])\n", "constant", "should read `1`"),
        ("Ramp", "dx[~self.on] *= 0.1", "dx[~self.on] *= 1.1", "constant", "should read `0.1`"),
        ("Cut", "return dout * self.on", "return dout / self.on", "inverted", "should read `dout * self.on`"),
        ("Scaled", " scale = 1 / np.sqrt", " scale = np.sqrt", "inverted", "1 / np.sqrt(self.head_dim)"),
        ("Silu", "1 + z * (1 - s)", "1 + (1 - s)", "factor", "should read `1 + z * (1 - s)`"),
        ("Slid", "dx[:, j : j + k] +=", "dx[:, j:k] +=", "argument", "should read `dx[:, j:j + k]`"),
        ("Slid", "range(dout.shape[1])", "range(dout.shape[1] - 1)", "constant", "should read `0`"),
        ("Soft", "reshape(len(y), 1)", "reshape(len(y), 2)", "constant", "read `y.reshape(len(y), 1)`"),
        ("Single", "mask / mask.sum(axis=1", "mask / mask.sum(axis=0", "axis", "mask.sum(axis=1"),
        ("Drops", "dout * self.mask / (", "dout * self.mask * (", "factor", "(1 - rate)^2 (0.49)"),
        ("Gelu", "(0.5 * (1 + t)", "(0.5 * (2 + t)", "constant", "`2` should read `1`"),
        ("Window", "right = left + k", "right = left", "argument", "should read `left + k`"),
        ("Ramp", "self.dx = dout", "dx = dout", "state", "backward reads dx of Ramp"),
        ("tanh", "1 - x**2", "1 - x**3", "power", "the power of y should be 2"),  # it is given the output
        ("tanh", "1 - x**2", "1 + x**2", "sign", "`1 + x ** 2` should read `1 - x ** 2`"),
        ("Spectrum", "np.real", "np.imag", "other-function", "should read `np.real("),
        (
            "Ring",
            "        dx[:, :, -p:] += dout[:, :, :p]\n",
            "",
            "path-missing",
            "`dx[:, :, -p:] += dout[:, :, :p]` is missing",
        ),
        (
            "Words",
            "np.add.at(self.dweight, self.ids, dout)",
            "self.dweight[self.ids] = dout",
            "unsummed",
            "np.add.at",
        ),
        ("Tail", "return np.exp(self.x) * tail", "return tail", "factor", "the factor exp(x) is missing"),
        ("Pool", "+ ds[:, :, None]", "- ds[:, :, None]", "sign", "should read"),
        ("logistic_cost", "y) / m\n", "y) / m + lam / m * theta[0]\n", "extra", "should read `np.sum(h - y) / m`"),
        ("lasso_loss", "0.1 * np.sign", "0.1 * np.abs", "other-function", "should read `np.sign(w)`"),
        ("mean_of_rows", "(y_pred - y_true) / len", "(y_pred - y_true) * len", "scale-n", "9, the square of 3"),
    ],
)
def test_what_undoes_it_is_told(written, name, old, new, code, word):
    report = written(LAYERS, old, new).check(name)
    told = reasons(report, "fail")[0]
    assert told.code == code and word in told.message, report


def test_what_is_put_into_a_slot_is_no_attribute_that_stays_none(written):
    report = written(LAYERS, "(self.input - self.y) / self.y", "self.y").check("Slots")
    assert findings(report, "fail") and not any("stays None" in f.message for f in report.findings)


MEANT = """
EPS = 1e-8
class Bend:
    def forward(self, x):
        self.x, mask = x, x >= 0
        y = x + 1
        y[~mask] = 1 / (1 - x[~mask] + EPS)
        return y
    def backward(self, dout):
        slope, mask = np.ones_like(dout), self.x >= 0
        slope[~mask] = 1 / (1 - self.x[~mask] + EPS) ** 2
        return dout * slope
class Map:
    def __init__(self, channels):
        self.gamma, self.beta = np.ones((channels, 1)), np.zeros((channels, 1))
    def forward(self, x):
        z = x.reshape(*x.shape[:2], -1)
        self.r = np.sqrt(z.var(axis=-1, keepdims=True) + 1e-5)
        self.z = (z - z.mean(axis=-1, keepdims=True)) / self.r
        return (self.gamma * self.z + self.beta).reshape(x.shape)
    def backward(self, dout):
        d = dout.reshape(self.z.shape)
        self.dgamma, self.dbeta = (d * self.z).sum(axis=(0, 2))[:, None], d.sum(axis=(0, 2))[:, None]
        d = d * self.gamma
        d = (d - d.mean(-1, keepdims=True) - self.z * (d * self.z).mean(-1, keepdims=True)) / self.r
        return d.reshape(dout.shape)
class Either:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        if dout.ndim == 2:
            self.dW = self.x.T @ dout
        else:
            self.dW = np.einsum("nti,nto->io", self.x, dout)
        return dout @ self.W.T
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "outcome"),
    [
        ("Bend", "EPS) ** 2", "EPS)", "wrong"),  # not: right where it is positive
        ("Map", "- self.z * (d", "- 2 * self.z * (d", "wrong"),  # not: right where 0 = 0
        ("Either", "self.x.T @ dout", "self.x @ dout", "hazards"),  # not: right for sequences
    ],
)
def test_a_set_up_in_which_slips_cannot_show_is_not_what_was_meant(written, name, old, new, outcome):
    assert written(MEANT).check(name).outcome == "correct"
    assert written(MEANT, old, new).check(name).outcome == outcome


def test_without_the_line_that_stops_whatever_it_was_for_is_lost(written):
    stopping = "= dout.sum(axis=0)\n        return dout.c", "= lost\n        return dout.c"
    said = str(written(LAYERS, *stopping).check("Placed"))
    assert "stops with" in said and "should read" not in said and "is too much" not in said


def test_one_number_is_not_some_multiple_of_a_sum():
    assert summed(np.eye(3), np.array(3.0)) and not summed(np.eye(3), np.array(6.0))


ROW = """
class Row:
    def __init__(self, n_in, n_out):
        self.weights, self.biases = np.random.randn(n_in, n_out), np.random.randn(1, n_out)
    def forward(self, X):
        self.input = X.reshape(1, -1)
        return np.dot(self.input, self.weights) + self.biases
    def backward(self, grad, learning_rate):
        grad = grad.reshape(1, -1)
        given = np.dot(grad, self.weights.T)
        self.weights -= learning_rate * np.dot(self.input.T, grad)
        self.biases -= learning_rate * grad
        return given
"""


def test_what_makes_a_row_of_what_it_is_given_is_given_one(written):
    assert written(ROW).check("Row").outcome == "correct"


WINDOWS = """
def maxpool_forward(x, size=2, stride=2):
    n, c, h, w = x.shape
    oh, ow = (h - size) // stride + 1, (w - size) // stride + 1
    y = np.zeros((n, c, oh, ow))
    for i in range(oh):
        for j in range(ow):
            y[:, :, i, j] = x[:, :, i * stride:i * stride + size, j * stride:j * stride + size].max(axis=(2, 3))
    return y, (x, size, stride)
def maxpool_backward(g, cache):
    x, size, stride = cache
    n, c, oh, ow = g.shape
    dx = np.zeros_like(x)
    for a in range(n):
        for b in range(c):
            for i in range(oh):
                for j in range(ow):
                    win = x[a, b, i * stride:i * stride + size, j * stride:j * stride + size]
                    r, s = np.unravel_index(np.argmax(win), win.shape)
                    dx[a, b, i * stride + r, j * stride + s] += g[a, b, i, j]
    return dx
"""


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("dx[a, b, i * stride + r", "dx[a, b, r", "`r` should read `i * stride + r`"),
        ("win = x[a, b, i * stride:i * stride + size", "win = x[a, b, i * stride:size", "`i * stride + size`"),
    ],
)
def test_where_a_window_begins_is_missed(written, old, new, said):
    assert said in str(written(WINDOWS, old, new).check("maxpool"))


MAPS = """
def conv_forward(x, W, b):
    n, c, h, w = x.shape
    f, _, kh, kw = W.shape
    y = np.zeros((n, f, h - kh + 1, w - kw + 1))
    for i in range(h - kh + 1):
        for j in range(w - kw + 1):
            y[:, :, i, j] = np.einsum("nchw,fchw->nf", x[:, :, i:i + kh, j:j + kw], W) + b
    return y, (x, W)
def conv_backward(g, cache):
    x, W = cache
    f, _, kh, kw = W.shape
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), g.sum(axis=(0, 2, 3))
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            dW += np.einsum("nf,nchw->fchw", g[:, :, i, j], x[:, :, i:i + kh, j:j + kw])
            dx[:, :, i:i + kh, j:j + kw] += np.einsum("nf,fchw->nchw", g[:, :, i, j], W)
    return dx, dW, db
"""


def test_a_sum_over_the_filters_is_no_offset_for_each_example(written):
    """As many filters as examples, and either would have done."""
    report = written(MAPS, "axis=(0, 2, 3)", "axis=(1, 2, 3)").check()
    assert report.outcome == "wrong"
    assert "axis=(0, 2, 3)" in str(report)
