"""Slips that a set-up may hide: one vector, a factor that is one, as many groups as channels."""

import pytest

from ..reports import findings

SLIPS = {
    "an upstream gradient that is never read, of two outputs": (
        """
class Cell:
    def __init__(self, W):
        self.W = W
    def forward(self, x, c_prev):
        self.x, self.c = x, np.tanh(x @ self.W) + c_prev
        return np.tanh(self.c), self.c
    def backward(self, dh_next, dc_next):
        ds = dh_next * (1 - np.tanh(self.c) ** 2)
        dz = ds * (1 - np.tanh(self.x @ self.W) ** 2)
        self.dW = self.x.T @ dz
        return dz @ self.W.T, ds
""",
        "wrong",
        "is wrong",
    ),
    "a sign, by the names of what a loss takes": (
        """
def pinball_loss(pred, y, tau=0.9):
    e = y - pred
    grad = np.where(e > 0, tau, tau - 1) / e.size
    return np.mean(np.maximum(tau * e, (tau - 1) * e)), grad
""",
        "factor",
        "pred",
    ),
    "a transposed product of one vector": (
        """
def forward_linear(weights, bias, data):
    return data.dot(weights) + bias
def backward_linear(weights, bias, data, grad):
    return np.outer(data, grad), 1 * grad, weights.T.dot(grad)
""",
        "crashes",
        "weights.T",
    ),
    "a factor that is one": (
        """
def well(x, sigma=1.0):
    return np.sum(x ** 2) / sigma ** 2
def well_grad(x, sigma=1.0):
    return 2 * x / sigma
""",
        "hazards",
        "sigma = 0.5",
    ),
    "an argument that has a gradient is no target": (
        """
def ratio_loss(a_raw, b_raw, mean):
    a, b = np.exp(a_raw), np.exp(b_raw)
    m = a / (a + b)
    loss = np.sum((m - mean) ** 2)
    da_raw = 2 * (m - mean) * m * (1 - m)
    db_raw = -2 * (m - mean) * m * m
    return loss, da_raw, db_raw
""",
        "wrong",
        "b_raw",
    ),
    "the number of groups, where each channel is one": (
        """
def group_norm(x, gamma, beta, G=2):
    N, C, H, W = x.shape
    g = x.reshape(N, G, C // G, H, W)
    std = np.sqrt(g.var(axis=(2, 3, 4), keepdims=True) + 1e-5)
    n = ((g - g.mean(axis=(2, 3, 4), keepdims=True)) / std).reshape(x.shape)
    return n * gamma + beta, (n, gamma, std)
def group_norm_backward(dout, cache):
    n, gamma, std = cache
    N, C, H, W = dout.shape
    d, g, m = (dout * gamma).reshape(N, std.shape[1], -1, H, W), n.reshape(N, std.shape[1], -1, H, W), H * W
    total = d.sum(axis=(2, 3, 4), keepdims=True), (d * g).sum(axis=(2, 3, 4), keepdims=True)
    dx = (m * d - total[0] - g * total[1]) / (m * std)
    over = (0, 2, 3)
    return dx.reshape(x_shape(n)), (dout * n).sum(axis=over, keepdims=True), dout.sum(axis=over, keepdims=True)
def x_shape(n):
    return n.shape
""",
        "hazards",
        "1 group",
    ),
    "rows of several axes, laid flat": (
        """
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x.reshape(x.shape[0], -1)
        return self.x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
""",
        "hazards",
        "rows of several axes: the gradient for x has shape (3, 10)",
    ),
    "a word that a method is handed": (
        """
class Layer:
    def __init__(self, n_in, n_out, f_function):
        self.f_function, self.W = f_function, np.random.randn(n_in, n_out)
    def activate(self, kind, s):
        return np.maximum(s, 0) if kind == 'relu' else 1 / (1 + np.exp(-s)) if kind == 'sigmoid' else s
    def slope(self, kind, s):
        if kind == 'sigmoid':
            return self.activate(kind, s) * (1 - self.activate(kind, s))
        return s > 0 if kind == 'relu' else np.ones_like(s)
    def forward(self, x):
        self.x = x
        self.a = self.activate(self.f_function, x @ self.W)
        return self.a
    def backward(self, dout):
        d = dout * self.slope(self.f_function, self.a)
        self.dW = self.x.T @ d
        return d @ self.W.T
""",
        "wrong",
        "f_function = 'sigmoid'",
    ),
}


@pytest.mark.parametrize(("text", "outcome", "words"), SLIPS.values(), ids=SLIPS)
def test_slips_that_a_set_up_would_hide_are_seen(written, text, outcome, words):
    (report,) = written(text).checks().values()
    assert report.outcome == outcome, str(report)
    assert any(words in f.message for f in findings(report, "fail") + findings(report, "warn"))
