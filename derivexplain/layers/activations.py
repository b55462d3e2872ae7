"""Activations: functions of one number, applied to every entry.

At a kink backward takes the value that the layer states; it is the one most libraries take.
"""

from __future__ import annotations

import math

import numpy as np

from ..layer import Layer, as_float


class Identity(Layer):
    """x itself, as an output layer for regression has it."""

    formula = "y = x"
    claims = {"x": "1"}

    def forward(self, x):
        return np.array(x)

    def backward(self, dout):
        return np.array(dout)


class AffineScalar(Layer):
    """a*x + b with two numbers that are learnt."""

    formula = "y = a*x + b"
    claims = {"x": "a", "a": "x", "b": "1"}
    params = ("a", "b")

    def __init__(self, a=2.0, b=-1.0):
        self.a, self.b = a, b

    def forward(self, x):
        self.x = as_float(x)
        return self.a * self.x + self.b

    def backward(self, dout):
        self.da, self.db = np.sum(dout * self.x), np.sum(dout)
        return dout * self.a


class Gelu(Layer):
    """x times the normal distribution function, by erf. Hendrycks and Gimpel, 2016."""

    title = "GELU"
    formula = "y = x*(1 + erf(x/sqrt(2)))/2"
    claims = {"x": "Phi(x) + x*phi(x)"}

    def forward(self, x):
        self.x = as_float(x)
        self.cdf = (1 + erf(self.x / math.sqrt(2))) / 2
        return self.x * self.cdf

    def backward(self, dout):
        density = np.exp(-self.x * self.x / 2) / math.sqrt(2 * math.pi)
        return dout * (self.cdf + self.x * density)


class GeluTanh(Layer):
    """The approximation of gelu by tanh: its own function with its own derivative. Hendrycks and Gimpel, 2016."""

    title = "GELU by tanh"
    formula = "y = x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2"
    claims = {
        "x": "(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2"
        " + x*(1 - tanh(sqrt(2/pi)*(x + 0.044715*x**3))**2)*sqrt(2/pi)*(1 + 0.134145*x**2)/2"
    }

    def forward(self, x):
        self.x = as_float(x)
        self.t = np.tanh(math.sqrt(2 / math.pi) * (self.x + 0.044715 * self.x**3))
        return self.x * (1 + self.t) / 2

    def backward(self, dout):
        inner = math.sqrt(2 / math.pi) * (1 + 0.134145 * self.x**2)
        return dout * ((1 + self.t) / 2 + self.x * (1 - self.t**2) * inner / 2)


class Silu(Layer):
    """x times sigmoid, also called swish. Elfwing and others, 2017; Ramachandran and others, 2017."""

    title = "SiLU"
    formula = "y = x/(1 + exp(-x))"
    claims = {"x": "y + sigmoid(x)*(1 - y)"}

    def forward(self, x):
        x = as_float(x)
        self.s = sigmoid(x)
        self.y = x * self.s
        return self.y

    def backward(self, dout):
        return dout * (self.y + self.s * (1 - self.y))


class Mish(Layer):
    """x times tanh of softplus. Misra, BMVC 2020."""

    formula = "y = x*tanh(log(1 + exp(x)))"
    claims = {"x": "tanh(softplus(x)) + x*(1 - tanh(softplus(x))**2)*sigmoid(x)"}

    def forward(self, x):
        self.x = as_float(x)
        self.t = np.tanh(softplus(self.x))
        return self.x * self.t

    def backward(self, dout):
        return dout * (self.t + self.x * (1 - self.t**2) * sigmoid(self.x))


class Softplus(Layer):
    """A smooth rectifier, log(1 + e^(beta x))/beta. Dugas and others, NeurIPS 2000."""

    formula = "y = log(1 + exp(beta*x))/beta"
    claims = {"x": "1 - exp(-beta*y)"}
    constants = ("beta",)
    assumptions = {"beta": "beta > 0"}

    def __init__(self, beta=1.0):
        self.beta = beta

    def forward(self, x):
        self.y = softplus(self.beta * as_float(x)) / self.beta
        return self.y

    def backward(self, dout):
        return dout * -np.expm1(-self.beta * self.y)


class Softsign(Layer):
    """x/(1 + |x|). Bergstra and others, 2009."""

    formula = "y = x/(1 + abs(x))"
    claims = {"x": "(1 - abs(y))**2"}

    def forward(self, x):
        x = as_float(x)
        self.below = 1 + np.abs(x)
        return x / self.below

    def backward(self, dout):
        return dout / self.below**2


class Logsigmoid(Layer):
    """The logarithm of sigmoid, computed without overflow."""

    formula = "y = -log(1 + exp(-x))"
    claims = {"x": "1 - exp(y)"}

    def forward(self, x):
        self.y = -softplus(-as_float(x))
        return self.y

    def backward(self, dout):
        return dout * -np.expm1(self.y)


class Sigmoid(Layer):
    """The logistic function, from 0 to 1 and steepest at 0; its output is all that backward needs."""

    formula = "y = 1/(1 + exp(-x))"
    claims = {"x": "y*(1 - y)"}

    def forward(self, x):
        self.y = sigmoid(as_float(x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


class Tanh(Layer):
    """The hyperbolic tangent: from -1 to 1, steepest at 0."""

    formula = "y = tanh(x)"
    claims = {"x": "1 - y**2"}

    def forward(self, x):
        self.y = np.tanh(as_float(x))
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y**2)


class Tanhshrink(Layer):
    """x - tanh x."""

    formula = "y = x - tanh(x)"
    claims = {"x": "(x - y)**2"}

    def forward(self, x):
        x = as_float(x)
        self.t = np.tanh(x)
        return x - self.t

    def backward(self, dout):
        return dout * self.t**2


class Squareplus(Layer):
    """(x + sqrt(x^2 + b))/2, a rectifier without exponentials. Barron, 2021."""

    formula = "y = (x + sqrt(x**2 + b))/2"
    claims = {"x": "(1 + x/sqrt(x**2 + b))/2"}
    constants = ("b",)
    assumptions = {"b": "b > 0"}

    def __init__(self, b=4.0):
        self.b = b

    def forward(self, x):
        self.x = as_float(x)
        self.root = np.sqrt(self.x**2 + self.b)
        return (self.x + self.root) / 2

    def backward(self, dout):
        return dout * (1 + self.x / self.root) / 2


class Isru(Layer):
    """The inverse square root unit, x/sqrt(1 + alpha x^2). Carlile and others, 2017."""

    title = "ISRU"
    formula = "y = x/sqrt(1 + alpha*x**2)"
    claims = {"x": "(1 - alpha*y**2)**(3/2)"}
    constants = ("alpha",)
    assumptions = {"alpha": "alpha > 0"}

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        x = as_float(x)
        self.root = 1 / np.sqrt(1 + self.alpha * x**2)
        return x * self.root

    def backward(self, dout):
        return dout * self.root**3


class Gaussian(Layer):
    """The bell curve e^(-x^2)."""

    formula = "y = exp(-x**2)"
    claims = {"x": "-2*x*y"}

    def forward(self, x):
        self.x = as_float(x)
        self.y = np.exp(-self.x * self.x)
        return self.y

    def backward(self, dout):
        return dout * -2 * self.x * self.y


# ---------------------------------------------------------------- without overflow


def sigmoid(x):
    """1/(1 + e^(-x)): e^(-|x|) is at most 1."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def softplus(x):
    """log(1 + e^x)."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def erf(x):
    """The error function, entry by entry."""
    values = np.frompyfunc(lambda v: v.erf() if hasattr(v, "erf") else math.erf(v), 1, 1)(x)
    return np.asarray(values).astype(x.dtype)
