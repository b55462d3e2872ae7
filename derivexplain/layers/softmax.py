"""Softmax and its losses: exponentials shared out, and the short gradients that come of it."""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float


def softmax(x):
    """Shares of the exponentials along the last axis, without overflow."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(x):
    """Its logarithm, without the logarithm of a rounded zero."""
    z = x - x.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def shares(rng, *shape):
    """Random rows that add up to one."""
    return softmax(rng.standard_normal(shape))


class Softmax(Layer):
    """Every row turned into positive shares that add up to one."""

    formula = """
    s[i] = sum(k, exp(x[i,k]))
    y[i,j] = exp(x[i,j])/s[i]
    """
    claims = {"x": "y[i,j]*(g[i,j] - sum(k, g[i,k]*y[i,k]))"}

    def forward(self, x):
        self.y = softmax(as_float(x))
        return self.y

    def backward(self, dout):
        return self.y * (dout - (dout * self.y).sum(axis=-1, keepdims=True))


class LogSoftmax(Layer):
    """The logarithm of softmax."""

    formula = """
    s[i] = sum(k, exp(x[i,k]))
    p[i,j] = exp(x[i,j])/s[i]
    y[i,j] = log(p[i,j])
    """
    claims = {"x": "g[i,j] - p[i,j]*sum(k, g[i,k])"}

    def forward(self, x):
        self.y = log_softmax(as_float(x))
        return self.y

    def backward(self, dout):
        return dout - np.exp(self.y) * dout.sum(axis=-1, keepdims=True)


class SoftmaxWithLoss(Layer):
    """Softmax, then the cross entropy, mean over the examples; t is one-hot or any shares (Saitoh, app. A)."""

    formula = """
    s[n] = sum(k, exp(x[n,k]))
    y[n,k] = exp(x[n,k])/s[n]
    loss = -mean(n, sum(k, t[n,k]*log(y[n,k])))
    """
    facts = ("sum(k, t[n,k]) = 1",)
    claims = {"x": "g*(y[n,k] - t[n,k])/N_n", "t": "-g*log(y[n,k])/N_n"}

    def forward(self, x, t):
        x, self.t = as_float(x), as_float(t)
        self.log_y = log_softmax(x)
        self.y = np.exp(self.log_y)
        return -(self.t * self.log_y).sum() / len(x)

    def backward(self, dout=1):
        n = len(self.y)
        return dout * (self.y - self.t) / n, -dout * self.log_y / n

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls(), (rng.standard_normal((n, d)), shares(rng, n, d))


class SoftmaxWithLossSum(SoftmaxWithLoss):
    """The same with the sum over the examples: no division by their number."""

    formula = """
    s[n] = sum(k, exp(x[n,k]))
    y[n,k] = exp(x[n,k])/s[n]
    loss = -sum(n, k, t[n,k]*log(y[n,k]))
    """
    claims = {"x": "g*(y[n,k] - t[n,k])", "t": "-g*log(y[n,k])"}

    def forward(self, x, t):
        return super().forward(x, t) * len(self.y)

    def backward(self, dout=1):
        return super().backward(dout * len(self.y))


class SoftmaxWithLossAnyTargets(Layer):
    """The same for targets whose rows add up to anything: softmax is weighted with that sum."""

    formula = """
    s[n] = sum(k, exp(x[n,k]))
    y[n,k] = exp(x[n,k])/s[n]
    loss = -mean(n, sum(k, t[n,k]*log(y[n,k])))
    """
    claims = {"x": "g*(y[n,k]*sum(m, t[n,m]) - t[n,k])/N_n", "t": "-g*log(y[n,k])/N_n"}

    def forward(self, x, t):
        x, self.t = as_float(x), as_float(t)
        self.log_y = log_softmax(x)
        return -(self.t * self.log_y).sum() / len(x)

    def backward(self, dout=1):
        n = len(self.t)
        dx = dout * (np.exp(self.log_y) * self.t.sum(axis=1, keepdims=True) - self.t) / n
        return dx, -dout * self.log_y / n


class SoftmaxWithLossLabels(Layer):
    """Softmax with cross entropy for integer labels: one is taken off at the label."""

    formula = """
    s[n] = sum(k, exp(x[n,k]))
    y[n,k] = exp(x[n,k])/s[n]
    loss = -mean(n, log(y[n, label[n]]))
    """
    claims = {"x": "g*(y[n,k] - delta(k, label[n]))/N_n"}

    def __init__(self, label):
        self.label = np.asarray(label)

    def forward(self, x):
        log_y = log_softmax(as_float(x))
        self.y = np.exp(log_y)
        return -log_y[np.arange(len(log_y)), self.label].mean()

    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(dx)), self.label] -= 1
        return dout * dx / len(dx)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls(rng.integers(0, d, n)), (rng.standard_normal((n, d)),)


class CrossEntropy(Layer):
    """Cross entropy of given probabilities, mean over the examples."""

    formula = "loss = -mean(n, sum(k, t[n,k]*log(p[n,k])))"
    claims = {"p": "-g*t[n,k]/(N_n*p[n,k])", "t": "-g*log(p[n,k])/N_n"}
    domain = {"p": (0, 1)}

    def forward(self, p, t):
        self.p, self.t = as_float(p), as_float(t)
        return -(self.t * np.log(self.p)).sum() / len(self.p)

    def backward(self, dout=1):
        n = len(self.p)
        return -dout * self.t / (n * self.p), -dout * np.log(self.p) / n

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls(), (shares(rng, n, d), shares(rng, n, d))


class SigmoidWithLoss(Layer):
    """Sigmoid, then the binary cross entropy, mean over all entries."""

    formula = """
    y[n,k] = 1/(1 + exp(-x[n,k]))
    loss = -mean(n, k, t[n,k]*log(y[n,k]) + (1 - t[n,k])*log(1 - y[n,k]))
    """
    claims = {"x": "g*(y[n,k] - t[n,k])/(N_n*N_k)", "t": "-g*x[n,k]/(N_n*N_k)"}

    def forward(self, x, t):
        self.x, self.t = as_float(x), as_float(t)
        return (np.logaddexp(0, self.x) - self.t * self.x).mean()

    def backward(self, dout=1):
        y = 0.5 * (1 + np.tanh(0.5 * self.x))
        return dout * (y - self.t) / self.x.size, -dout * self.x / self.x.size

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls(), (rng.standard_normal((n, d)), rng.uniform(0, 1, (n, d)))
