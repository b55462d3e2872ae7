"""Activations given by pieces: rectifiers and hard thresholds, each with the slope it takes at its kinks."""

from __future__ import annotations

import numpy as np

from ..layer import Layer, as_float


class Relu(Layer):
    """The rectified linear unit, max(0, x). Nair and Hinton, ICML 2010."""

    title = "ReLU"
    formula = "y = max(0, x)"
    claims = {"x": "where(x > 0, 1, 0)"}
    kinks = {"x = 0": "0"}

    def forward(self, x):
        x = as_float(x)
        self.mask = x > 0
        return np.where(self.mask, x, 0 * x)

    def backward(self, dout):
        return dout * self.mask


class LeakyRelu(Layer):
    """x, or alpha*x for x <= 0, so that nothing dies. Maas, Hannun and Ng, ICML 2013."""

    title = "Leaky ReLU"
    formula = "y = where(x > 0, x, alpha*x)"
    claims = {"x": "where(x > 0, 1, alpha)"}
    kinks = {"x = 0": "alpha"}
    constants = ("alpha",)
    assumptions = {"alpha": "alpha > 0"}

    def __init__(self, alpha=0.01):
        self.alpha = alpha

    def forward(self, x):
        x = as_float(x)
        self.mask = x > 0
        return np.where(self.mask, x, self.alpha * x)

    def backward(self, dout):
        return np.where(self.mask, dout, self.alpha * dout)


class Prelu(Layer):
    """The leaky rectifier with a slope that is learnt. He, Zhang, Ren and Sun, ICCV 2015."""

    title = "PReLU"
    formula = "y = where(x > 0, x, alpha*x)"
    claims = {"x": "where(x > 0, 1, alpha)", "alpha": "where(x > 0, 0, x)"}
    kinks = {"x = 0": "alpha"}
    params = ("alpha",)

    def __init__(self, alpha=0.25):
        self.alpha = alpha

    def forward(self, x):
        self.x = as_float(x)
        return np.where(self.x > 0, self.x, self.alpha * self.x)

    def backward(self, dout):
        self.dalpha = np.sum(dout * np.where(self.x > 0, 0, self.x))
        return np.where(self.x > 0, dout, self.alpha * dout)


class Relu6(Layer):
    """The rectifier cut off at 6. Krizhevsky, 2010; used in MobileNet."""

    title = "ReLU6"
    formula = "y = min(max(0, x), 6)"
    claims = {"x": "where(x > 0 & x < 6, 1, 0)"}
    kinks = {"x = 0": "0", "x = 6": "0"}

    def forward(self, x):
        x = as_float(x)
        self.mask = (x > 0) & (x < 6)
        return np.minimum(np.maximum(x, 0), 6)

    def backward(self, dout):
        return dout * self.mask


class Elu(Layer):
    """The exponential linear unit. Clevert, Unterthiner and Hochreiter, ICLR 2016."""

    title = "ELU"
    formula = "y = where(x > 0, x, alpha*(exp(x) - 1))"
    claims = {"x": "where(x > 0, 1, y + alpha)"}
    kinks = {"x = 0": "alpha"}
    constants = ("alpha",)
    assumptions = {"alpha": "alpha > 0"}

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        x = as_float(x)
        self.mask = x > 0
        self.y = np.where(self.mask, x, self.alpha * np.expm1(np.minimum(x, 0)))
        return self.y

    def backward(self, dout):
        return np.where(self.mask, dout, dout * (self.y + self.alpha))


class Selu(Layer):
    """The self-normalising unit: scale times elu. Klambauer and others, NeurIPS 2017."""

    title = "SELU"
    formula = "y = scale*where(x > 0, x, alpha*(exp(x) - 1))"
    claims = {"x": "where(x > 0, scale, y + scale*alpha)"}
    kinks = {"x = 0": "scale*alpha"}
    constants = ("alpha", "scale")
    assumptions = {"alpha": "alpha > 0", "scale": "scale > 0"}

    def __init__(self, alpha=1.6732632423543772, scale=1.0507009873554805):
        self.alpha, self.scale = alpha, scale

    def forward(self, x):
        x = as_float(x)
        self.mask = x > 0
        self.y = self.scale * np.where(self.mask, x, self.alpha * np.expm1(np.minimum(x, 0)))
        return self.y

    def backward(self, dout):
        return np.where(self.mask, dout * self.scale, dout * (self.y + self.scale * self.alpha))


class Celu(Layer):
    """Elu made smooth at 0 for every alpha. Barron, 2017."""

    title = "CELU"
    formula = "y = where(x > 0, x, alpha*(exp(x/alpha) - 1))"
    claims = {"x": "where(x > 0, 1, y/alpha + 1)"}
    constants = ("alpha",)
    assumptions = {"alpha": "alpha > 0"}

    def __init__(self, alpha=1.5):
        self.alpha = alpha

    def forward(self, x):
        x = as_float(x)
        self.mask = x > 0
        self.y = np.where(self.mask, x, self.alpha * np.expm1(np.minimum(x, 0) / self.alpha))
        return self.y

    def backward(self, dout):
        return np.where(self.mask, dout, dout * (self.y / self.alpha + 1))


class Hardsigmoid(Layer):
    """Sigmoid by three straight lines, x/6 + 1/2 between 0 and 1. Courbariaux and others, 2015."""

    formula = "y = min(max(x/6 + 1/2, 0), 1)"
    claims = {"x": "where(x > -3 & x < 3, 1/6, 0)"}
    kinks = {"x = -3": "0", "x = 3": "0"}

    def forward(self, x):
        x = as_float(x)
        self.mask = (x > -3) & (x < 3)
        return np.minimum(np.maximum(x / 6 + 0.5, 0), 1)

    def backward(self, dout):
        return dout * self.mask / 6


class Hardswish(Layer):
    """x times hardsigmoid. Howard and others, MobileNetV3, 2019."""

    formula = "y = x*min(max(x/6 + 1/2, 0), 1)"
    claims = {"x": "where(x <= -3, 0, where(x >= 3, 1, x/3 + 1/2))"}
    kinks = {"x = -3": "0", "x = 3": "1"}

    def forward(self, x):
        self.x = as_float(x)
        return self.x * np.minimum(np.maximum(self.x / 6 + 0.5, 0), 1)

    def backward(self, dout):
        return dout * np.where(self.x <= -3, 0, np.where(self.x >= 3, 1, self.x / 3 + 0.5))


class Hardtanh(Layer):
    """x cut off at -1 and 1. Collobert, 2004."""

    formula = "y = min(max(x, -1), 1)"
    claims = {"x": "where(x > -1 & x < 1, 1, 0)"}
    kinks = {"x = -1": "0", "x = 1": "0"}

    def forward(self, x):
        x = as_float(x)
        self.mask = (x > -1) & (x < 1)
        return np.minimum(np.maximum(x, -1), 1)

    def backward(self, dout):
        return dout * self.mask


class Hardshrink(Layer):
    """x outside of [-lam, lam], 0 inside; it jumps at both ends. Donoho and Johnstone, 1994."""

    formula = "y = where(abs(x) > lam, x, 0)"
    claims = {"x": "where(abs(x) > lam, 1, 0)"}
    kinks = {"x = -lam": "0", "x = lam": "0"}
    constants = ("lam",)
    assumptions = {"lam": "lam > 0"}

    def __init__(self, lam=0.5):
        self.lam = lam

    def forward(self, x):
        x = as_float(x)
        self.mask = np.abs(x) > self.lam
        return np.where(self.mask, x, 0 * x)

    def backward(self, dout):
        return dout * self.mask


class Softshrink(Layer):
    """x moved towards 0 by lam, 0 where it would cross. Donoho and Johnstone, 1994."""

    formula = "y = where(x > lam, x - lam, where(x < -lam, x + lam, 0))"
    claims = {"x": "where(abs(x) > lam, 1, 0)"}
    kinks = {"x = -lam": "0", "x = lam": "0"}
    constants = ("lam",)
    assumptions = {"lam": "lam > 0"}

    def __init__(self, lam=0.5):
        self.lam = lam

    def forward(self, x):
        x = as_float(x)
        self.mask = np.abs(x) > self.lam
        return np.where(self.mask, x - self.lam * np.sign(x), 0 * x)

    def backward(self, dout):
        return dout * self.mask


class Threshold(Layer):
    """x above theta, a fixed value below; it jumps where the two differ."""

    formula = "y = where(x > theta, x, value)"
    claims = {"x": "where(x > theta, 1, 0)"}
    kinks = {"x = theta": "0"}
    constants = ("theta", "value")

    def __init__(self, theta=0.1, value=-0.5):
        self.theta, self.value = theta, value

    def forward(self, x):
        x = as_float(x)
        self.mask = x > self.theta
        return np.where(self.mask, x, 0 * x + self.value)

    def backward(self, dout):
        return dout * self.mask
