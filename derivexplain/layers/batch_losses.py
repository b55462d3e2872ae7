"""Losses over a batch: mean or sum is a choice, and a factor in every gradient."""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float
from .softmax import log_softmax, shares


class MeanSquaredError(Layer):
    """The mean over all entries: factor 2/size."""

    formula = "loss = mean(n, k, (x[n,k] - t[n,k])^2)"
    claims = {"x": "2*g*(x[n,k] - t[n,k])/(N_n*N_k)", "t": "-2*g*(x[n,k] - t[n,k])/(N_n*N_k)"}

    def forward(self, x, t):
        self.difference = as_float(x) - as_float(t)
        return (self.difference**2).mean()

    def backward(self, dout=1):
        dx = 2 * dout * self.difference / self.difference.size
        return dx, -dx


class HalfSquaredError(Layer):
    """Half the sum of squares, mean over the examples: gradient (x - t)/N."""

    formula = "loss = mean(n, sum(k, (x[n,k] - t[n,k])^2))/2"
    claims = {"x": "g*(x[n,k] - t[n,k])/N_n", "t": "-g*(x[n,k] - t[n,k])/N_n"}

    def forward(self, x, t):
        self.difference = as_float(x) - as_float(t)
        return 0.5 * (self.difference**2).sum() / len(self.difference)

    def backward(self, dout=1):
        dx = dout * self.difference / len(self.difference)
        return dx, -dx


class SumSquaredError(Layer):
    """Half the sum of squares (Saitoh, ch. 4): no factor at all."""

    formula = "loss = sum(n, k, (x[n,k] - t[n,k])^2)/2"
    claims = {"x": "g*(x[n,k] - t[n,k])", "t": "-g*(x[n,k] - t[n,k])"}

    def forward(self, x, t):
        self.difference = as_float(x) - as_float(t)
        return 0.5 * (self.difference**2).sum()

    def backward(self, dout=1):
        dx = dout * self.difference
        return dx, -dx


class MeanAbsoluteError(Layer):
    """The mean of the distances; where x = t the slope is taken as 0."""

    formula = "loss = mean(n, k, Abs(x[n,k] - t[n,k]))"
    claims = {"x": "g*sign(x[n,k] - t[n,k])/(N_n*N_k)", "t": "-g*sign(x[n,k] - t[n,k])/(N_n*N_k)"}

    def forward(self, x, t):
        self.difference = as_float(x) - as_float(t)
        return np.abs(self.difference).mean()

    def backward(self, dout=1):
        dx = dout * np.sign(self.difference) / self.difference.size
        return dx, -dx


class HuberLoss(Layer):
    """Square near zero, straight beyond delta, mean over all entries."""

    formula = """
    e[n,k] = x[n,k] - t[n,k]
    loss = mean(n, k, where(Abs(e[n,k]) <= a, e[n,k]^2/2, a*(Abs(e[n,k]) - a/2)))
    """
    claims = {"x": "g*where(Abs(e[n,k]) <= a, e[n,k], a*sign(e[n,k]))/(N_n*N_k)"}
    constants = ("a",)
    assumptions = {"a": "a > 0"}

    def __init__(self, a=1.0):
        self.a = a

    def forward(self, x, t):
        self.e = as_float(x) - as_float(t)
        size = np.abs(self.e)
        return np.where(size <= self.a, 0.5 * self.e**2, self.a * (size - 0.5 * self.a)).mean()

    def backward(self, dout=1):
        dx = dout * np.clip(self.e, -self.a, self.a) / self.e.size
        return dx, -dx


class MulticlassHinge(Layer):
    """The margin loss of a linear classifier (CS231n), margin 1, mean over the examples."""

    formula = """
    c[n] = x[n, label[n]]
    m[n,j] = max(0, x[n,j] - c[n] + 1)
    loss = mean(n, sum(j, m[n,j]*(1 - delta(j, label[n]))))
    """

    def __init__(self, label):
        self.label = np.asarray(label)

    def forward(self, x):
        x = as_float(x)
        rows = np.arange(len(x))
        margins = np.maximum(0, x - x[rows, self.label][:, None] + 1)
        margins[rows, self.label] = 0
        self.over = margins > 0
        return margins.sum() / len(x)

    def backward(self, dout=1):
        dx = self.over.astype(float)
        dx[np.arange(len(dx)), self.label] = -self.over.sum(axis=1)
        return dout * dx / len(dx)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls(rng.integers(0, d, n)), (rng.standard_normal((n, d)),)


class KullbackLeibler(Layer):
    """How far log-probabilities x are from the distribution t, mean over the examples."""

    title = "Kullback-Leibler"
    formula = "loss = mean(n, sum(k, t[n,k]*(log(t[n,k]) - x[n,k])))"
    claims = {"x": "-g*t[n,k]/N_n", "t": "g*(log(t[n,k]) - x[n,k] + 1)/N_n"}
    domain = {"t": (0, None)}

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls(), (log_softmax(rng.standard_normal((n, d))), shares(rng, n, d))

    def forward(self, x, t):
        self.t = as_float(t)
        self.gap = np.log(self.t) - as_float(x)
        return (self.t * self.gap).sum() / len(self.t)

    def backward(self, dout=1):
        n = len(self.t)
        return -dout * self.t / n, dout * (self.gap + 1) / n


class WeightDecay(Layer):
    """The penalty half lambda times the sum of squared weights."""

    formula = "loss = lam*sum(i, j, W[i,j]^2)/2"
    claims = {"W": "g*lam*W[i,j]"}
    constants = ("lam",)

    def __init__(self, lam=0.01):
        self.lam = lam

    def forward(self, W):
        self.W = as_float(W)
        return 0.5 * self.lam * (self.W**2).sum()

    def backward(self, dout=1):
        return dout * self.lam * self.W
