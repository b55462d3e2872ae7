"""Losses of one prediction and its target, entry by entry (no sum, no mean): x is predicted, t is wanted."""

from __future__ import annotations

import math

import numpy as np

from ..layer import Layer, as_float, unbroadcast
from .activations import sigmoid, softplus


class Pointwise(Layer):
    """What these losses share: prediction and target kept as arrays, gradients for both."""

    def keep(self, x, t):
        self.x, self.t = as_float(x), as_float(t)

    def both(self, dx, dt):
        return unbroadcast(dx, self.x.shape), unbroadcast(dt, self.t.shape)


class Mse(Pointwise):
    """The squared error of one entry."""

    title = "MSE"
    formula = "y = (x - t)**2"
    claims = {"x": "2*(x - t)", "t": "-2*(x - t)"}

    def forward(self, x, t):
        self.keep(x, t)
        return (self.x - self.t) ** 2

    def backward(self, dout):
        dx = dout * 2 * (self.x - self.t)
        return self.both(dx, -dx)


class Mae(Pointwise):
    """The absolute error of one entry."""

    title = "MAE"
    formula = "y = abs(x - t)"
    claims = {"x": "sign(x - t)", "t": "-sign(x - t)"}
    kinks = {"x = t": "0"}

    def forward(self, x, t):
        self.keep(x, t)
        return np.abs(self.x - self.t)

    def backward(self, dout):
        dx = dout * np.sign(self.x - self.t)
        return self.both(dx, -dx)


class Huber(Pointwise):
    """Squared near the target, straight beyond delta, smooth where they meet. Huber, 1964."""

    formula = "y = where(abs(x - t) <= delta, (x - t)**2/2, delta*(abs(x - t) - delta/2))"
    claims = {
        "x": "where(abs(x - t) <= delta, x - t, delta*sign(x - t))",
        "t": "where(abs(x - t) <= delta, t - x, delta*sign(t - x))",
    }
    constants = ("delta",)
    assumptions = {"delta": "delta > 0"}

    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, x, t):
        self.keep(x, t)
        far = np.abs(self.x - self.t)
        return np.where(far <= self.delta, far**2 / 2, self.delta * (far - self.delta / 2))

    def backward(self, dout):
        dx = dout * np.minimum(np.maximum(self.x - self.t, -self.delta), self.delta)
        return self.both(dx, -dx)


class SmoothL1(Pointwise):
    """Huber's loss over beta, with slope 1 far out. Girshick, Fast R-CNN, 2015."""

    title = "Smooth L1"
    formula = "y = where(abs(x - t) < beta, (x - t)**2/(2*beta), abs(x - t) - beta/2)"
    claims = {
        "x": "where(abs(x - t) < beta, (x - t)/beta, sign(x - t))",
        "t": "where(abs(x - t) < beta, (t - x)/beta, sign(t - x))",
    }
    constants = ("beta",)
    assumptions = {"beta": "beta > 0"}

    def __init__(self, beta=0.5):
        self.beta = beta

    def forward(self, x, t):
        self.keep(x, t)
        far = np.abs(self.x - self.t)
        return np.where(far < self.beta, far**2 / (2 * self.beta), far - self.beta / 2)

    def backward(self, dout):
        dx = dout * np.minimum(np.maximum((self.x - self.t) / self.beta, -1), 1)
        return self.both(dx, -dx)


class Bce(Pointwise):
    """The binary cross-entropy of a probability x, between 0 and 1."""

    title = "BCE"
    formula = "y = -(t*log(x) + (1 - t)*log(1 - x))"
    claims = {"x": "(x - t)/(x*(1 - x))", "t": "log(1 - x) - log(x)"}
    domain = {"x": (0, 1), "t": (0, 1)}

    def forward(self, x, t):
        self.keep(x, t)
        return -(self.t * np.log(self.x) + (1 - self.t) * np.log1p(-self.x))

    def backward(self, dout):
        dx = dout * (self.x - self.t) / (self.x * (1 - self.x))
        return self.both(dx, dout * (np.log1p(-self.x) - np.log(self.x)))


class BceWithLogits(Pointwise):
    """The binary cross-entropy of sigmoid(x), computed without overflow."""

    title = "BCE with logits"
    formula = "y = log(1 + exp(x)) - t*x"
    claims = {"x": "sigmoid(x) - t", "t": "-x"}

    def forward(self, x, t):
        self.keep(x, t)
        return softplus(self.x) - self.t * self.x

    def backward(self, dout):
        return self.both(dout * (sigmoid(self.x) - self.t), dout * -self.x)


class Hinge(Pointwise):
    """max(0, 1 - t x) for targets -1 and 1. Cortes and Vapnik, 1995."""

    formula = "y = max(0, 1 - t*x)"
    claims = {"x": "where(t*x < 1, -t, 0)", "t": "where(t*x < 1, -x, 0)"}
    kinks = {"t*x = 1": "0"}

    def forward(self, x, t):
        self.keep(x, t)
        self.mask = self.t * self.x < 1
        return np.maximum(0, 1 - self.t * self.x)

    def backward(self, dout):
        dout = dout * self.mask
        return self.both(-dout * self.t, -dout * self.x)


class LogCosh(Pointwise):
    """log cosh of the error: squared near 0, absolute far out, computed without overflow."""

    formula = "y = log(cosh(x - t))"
    claims = {"x": "tanh(x - t)", "t": "-tanh(x - t)"}

    def forward(self, x, t):
        self.keep(x, t)
        far = np.abs(self.x - self.t)
        return far + np.log1p(np.exp(-2 * far)) - math.log(2)

    def backward(self, dout):
        dx = dout * np.tanh(self.x - self.t)
        return self.both(dx, -dx)


class Quantile(Pointwise):
    """The pinball loss, whose best constant is the quantile q. Koenker and Bassett, 1978."""

    formula = "y = max(q*(t - x), (q - 1)*(t - x))"
    claims = {"x": "where(x < t, -q, 1 - q)", "t": "where(x < t, q, q - 1)"}
    kinks = {"x = t": "1 - q", "t = x": "q - 1"}
    constants = ("q",)
    domain = {"q": (0, 1)}

    def __init__(self, q=0.8):
        self.q = q

    def forward(self, x, t):
        self.keep(x, t)
        return np.maximum(self.q * (self.t - self.x), (self.q - 1) * (self.t - self.x))

    def backward(self, dout):
        dx = dout * np.where(self.x < self.t, -self.q, 1 - self.q).astype(self.x.dtype)
        return self.both(dx, -dx)
