"""Activations: functions of one number, applied to every entry."""

from __future__ import annotations

import numpy as np

from ..layer import Layer, as_float


class Relu(Layer):
    """The rectified linear unit, max(0, x). At the kink x = 0 the slope is taken to be 0.

    Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010.
    """

    formula = "y = max(0, x)"
    claims = {"x": "where(x > 0, 1, 0)"}
    kinks = {"x = 0": "0"}

    def forward(self, x):
        x = as_float(x)
        self.mask = x > 0
        return np.where(self.mask, x, 0 * x)

    def backward(self, dout):
        return dout * self.mask


class Sigmoid(Layer):
    """The logistic function, 1/(1 + e^(-x)): from 0 to 1, steepest at x = 0.

    The output is all that backward needs. Computed from e^(-|x|), which cannot overflow.
    """

    formula = "y = 1/(1 + exp(-x))"
    claims = {"x": "y*(1 - y)"}

    def forward(self, x):
        self.y = sigmoid(as_float(x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


class Tanh(Layer):
    """The hyperbolic tangent: from -1 to 1, steepest at x = 0."""

    formula = "y = tanh(x)"
    claims = {"x": "1 - y**2"}

    def forward(self, x):
        self.y = np.tanh(as_float(x))
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y**2)


def sigmoid(x):
    """1/(1 + e^(-x)) without overflow: e^(-|x|) is at most 1."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)
