"""Slips of further kinds: a case too many, a sum for a product, the other end, one beside a mean of gradients."""

import ast

import numpy as np
import pytest

from derivexplain.checking.mending.disagreement import lengths
from derivexplain.checking.parameters import measured

from .reports import findings, reasons

SOFT = """
class Soft:
    def __init__(self, alpha=1.3):
        self.alpha = alpha
    def forward(self, x):
        self.neg = x < 0
        self.y = np.where(self.neg, self.alpha * np.expm1(np.minimum(x, 0)), x)
        return self.y.copy()
    def backward(self, d):
        return d * np.where(self.neg, self.y + self.alpha, 1)
"""
PLUS = """
def soft_plus(x):
    return np.logaddexp(0, x)
def soft_plus_prime(x):
    return 1 / (1 + np.exp(-x))
"""
CENTRED = """
class Centred2d:
    def __init__(self, channels):
        self.beta = np.zeros(channels)
    def forward(self, x):
        return x - x.mean(axis=(0, 2, 3), keepdims=True) + self.beta[:, None, None]
    def backward(self, d):
        axes = (0, 2, 3)
        self.dbeta = d.sum(axis=axes)
        return d - d.mean(axis=axes, keepdims=True)
"""
CAUSAL = """
class Causal:
    def __init__(self, width, n_in, n_out):
        self.W = np.random.randn(width, n_in, n_out)
    def forward(self, x):
        self.x = np.pad(x, ((0, 0), (len(self.W) - 1, 0), (0, 0)))
        return sum(self.x[:, k:k + x.shape[1]] @ w for k, w in enumerate(self.W))
    def backward(self, d):
        T = d.shape[1]
        dx, self.dW = np.zeros_like(self.x), np.zeros_like(self.W)
        for k, w in enumerate(self.W):
            self.dW[k] = np.einsum("nti,nto->io", self.x[:, k:k + T], d)
            dx[:, k:k + T] += d @ w.T
        return dx[:, -T:]
"""
LARGEST = """
class Largest:
    def forward(self, x):
        self.x = x
        return x.max(axis=1)
    def backward(self, d):
        hit = self.x == self.x.max(axis=1, keepdims=True)
        return hit * d[:, None] / hit.sum(axis=1, keepdims=True)
"""
COLUMNS = """
def columns_forward(A, W, b):
    return np.dot(W, A) + b, (A, W)
def columns_backward(dZ, cache):
    A, W = cache
    m = A.shape[1]
    return np.dot(W.T, dZ), np.dot(dZ, A.T) / m, np.sum(dZ, axis=1, keepdims=True) / m
"""
GATED = """
class Gated:
    def __init__(self, n):
        self.W, self.b = np.random.randn(n, 2 * n), np.concatenate([np.zeros(n), np.ones(n)])
    def forward(self, x):
        self.x, n = x, x.shape[1]
        z = x @ self.W + self.b
        self.a, self.s = z[:, :n], 1 / (1 + np.exp(-z[:, n:]))
        return self.a * self.s
    def backward(self, d):
        dz = np.hstack([d * self.s, d * self.a * self.s * (1 - self.s)])
        self.dW, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.W.T
"""
FLATTEN = """
class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)
    def backward(self, d):
        return d.reshape(self.shape).copy()
"""
PICKED = """
class Picked:
    def forward(self, x):
        self.blank = np.zeros_like(x)
        return x[:, ::2].copy()
    def backward(self, d):
        dx = self.blank.copy()
        dx[:, ::2] = d
        return dx
"""
ROWS = """
def softmax_loss(W, X, y):
    n, m = X.shape
    dW, loss = np.zeros_like(W), 0.0
    for i in range(n):
        p = np.exp(X[i] @ W)
        p /= p.sum()
        loss -= np.log(p[y[i]])
        p[y[i]] -= 1
        dW += np.outer(X[i], p)
    return loss, dW
"""
TWO_WAYS = """
class TwoWays:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y + 2 * x
    def backward(self, d):
        d_straight = 2 * d
        dx = d * (1 - self.y ** 2) + d_straight
        return dx
"""
HARD = """
def hard_swish(x):
    return x * np.clip(x + 3, 0, 6) / 6
def hard_swish_derivative(x):
    return np.where(x <= -3, 0.0, np.where(x >= 3, 1.0, (2 * x + 3) / 6))
"""
PINBALL = """
def pinball(y_hat, y, tau=0.8):
    return np.mean(np.maximum(tau * (y - y_hat), (tau - 1) * (y - y_hat)))
def d_pinball(y_hat, y, tau=0.8):
    return np.where(y > y_hat, -tau, 1 - tau) / y.size
"""
NOISE = """
class Noise:
    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)
    def forward(self, mu, sigma):
        self.eps = self.rng.normal(size=mu.shape)
        return mu + sigma * self.eps
    def backward(self, d):
        return d.copy(), d * self.eps
"""
CHAIN = """
class Half:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, d):
        self.dW = self.x.T @ d
        return d @ self.W.T
class Chain:
    def __init__(self, n_in, n_out):
        self.layers = [Half(n_in, 4), Half(4, n_out)]
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(d)
        return d
"""
BUT = "but for the number of examples"


@pytest.mark.parametrize("text", [CENTRED, CAUSAL, FLATTEN])
def test_right_as_it_stands(text, written):
    (report,) = written(text).checks().values()
    assert report.outcome == "correct"


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (SOFT, "self.y + self.alpha", "self.y * self.alpha", "should read `self.y + self.alpha`"),
        (PLUS, "1 / (1 + np.exp(-x))", "np.where(x > 5, x, 1 / (1 + np.exp(-x)))", "`x > 5` should read `False`"),
        (CENTRED, "mean(axis=axes", "mean(axis=0", "should read `d.mean(axis=axes, keepdims=True)`"),
        (CAUSAL, "dx[:, -T:]", "dx[:, :T]", "`dx[:, :T]` should read `dx[:, -T:]`"),
        (LARGEST, "self.x.max(axis=1, k", "self.x.min(axis=1, k", "should read `self.x.max(axis=1, keepdims=True)`"),
        (CENTRED, "d - d.mean", "d - 0.5 * d.mean", "the same along axes 0, 2 and 3"),
        (TWO_WAYS, " + d_straight", "", "should read `d * (1 - self.y ** 2) + d_straight`"),
        (HARD, "x <= -3", "x <= -1", "`1` should read `3`"),
        (PICKED, "np.zeros_like(x)", "np.ones_like(x)", "the same number, 1, is given whatever comes in, nothing"),
        (ROWS, "        dW +=", "        if i: dW +=", "`i` should read `True`"),
        (COLUMNS, "np.dot(W.T, dZ)", "np.dot(W, dZ)", f"should read `np.dot(W.T, dZ)`: then the gradients for A, W, b are, {BUT}"),
    ],
)  # fmt: skip
def test_the_slip_is_told(text, old, new, said, written):
    (report,) = written(text, old, new).checks().values()
    assert report.outcome in ("wrong", "crashes")
    assert any(said in d.message for d in reasons(report, "fail"))


def test_a_slope_that_forward_reads_is_no_rate_of_a_step(written):
    adds = "self.y[self.neg] += self.alpha; self.y[~self.neg] = 1; return d * self.y"
    (report,) = written(SOFT, "return d * np.where(self.neg, self.y + self.alpha, 1)", adds).checks().values()
    assert report.outcome == "hazards" and findings(report, "warn", "second-backward")


def test_biases_that_begin_as_ones_are_no_region(written):
    (report,) = written(GATED, "(1 - self.s)]", "1]").checks().values()
    assert report.outcome == "wrong" and not any("b > 0" in d.message for d in reasons(report, "fail"))


def test_a_length_of_what_is_learnt_has_other_numbers_too():
    v = np.random.default_rng(0).normal(size=(4, 3))
    assert measured(np.linalg.norm(v, axis=0), [v]) and not measured(v[0].copy(), [v, v[1]])


def test_images_are_flattened_and_a_shape_is_kept_by_each_of_two(written):
    (flat,) = written(FLATTEN, "d.reshape(self.shape).copy()", "d.copy()").checks().values()
    assert flat.outcome == "wrong" and findings(flat, "fail", "shape")
    (shared,) = written(FLATTEN, "self.shape = x", "Flatten.shape = x").checks().values()
    assert shared.outcome == "hazards" and findings(shared, "warn", "two-instances")


def test_numbers_worked_out_beforehand_are_the_same_but_for_their_last_place(written):
    (report,) = written(PINBALL).checks().values()
    assert report.verdict.status == "proved"
    (wrong,) = written(PINBALL, "1 - tau", "1.0001 - tau").checks().values()
    assert wrong.outcome == "wrong"


def test_backward_draws_from_a_generator_of_its_own(written):
    (report,) = written(NOISE, "d * self.eps", "d * self.rng.normal(size=d.shape)").checks().values()
    assert report.outcome == "wrong" and findings(report, "warn", "source-random")


def test_a_length_is_not_meant_for_an_array():
    lines = "def f(self, x):\n    n, m = x.shape\n    H = self.H\n    y = x * 2"
    assert lengths(ast.parse(lines).body[0]) == {"n", "m", "H"}


def test_layers_are_gone_through_from_the_last(written):
    report = written(CHAIN, "reversed(self.layers)", "self.layers").check("Chain")
    assert report.outcome == "crashes"
    assert any("`self.layers` should read `reversed(self.layers)`" in d.message for d in reasons(report, "fail"))
