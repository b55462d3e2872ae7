"""Arithmetic: one operator, one layer; either operand may be broadcast."""

from __future__ import annotations

import numpy as np

from ..layer import Layer, as_float, unbroadcast


class Add(Layer):
    """x + y. Passes the upstream gradient on to both operands."""

    formula = "out = x + y"
    claims = {"x": "1", "y": "1"}

    def forward(self, x, y):
        self.x_shape, self.y_shape = np.shape(x), np.shape(y)
        return np.add(x, y)

    def backward(self, dout):
        dx = unbroadcast(np.array(dout), self.x_shape)
        dy = unbroadcast(np.array(dout), self.y_shape)
        return dx, dy


class Mul(Layer):
    """x * y. Swaps the operands: each gradient is the upstream gradient times the other operand."""

    formula = "out = x*y"
    claims = {"x": "y", "y": "x"}

    def forward(self, x, y):
        self.x, self.y = np.asarray(x), np.asarray(y)
        return self.x * self.y

    def backward(self, dout):
        dx = unbroadcast(dout * self.y, self.x.shape)
        dy = unbroadcast(dout * self.x, self.y.shape)
        return dx, dy


class Neg(Layer):
    """-x."""

    formula = "y = -x"
    claims = {"x": "-1"}

    def forward(self, x):
        return np.negative(x)

    def backward(self, dout):
        return np.negative(dout)


class Exp(Layer):
    """The exponential function: its own derivative."""

    formula = "y = exp(x)"
    claims = {"x": "y"}

    def forward(self, x):
        self.y = np.exp(as_float(x))
        return self.y

    def backward(self, dout):
        return dout * self.y


class Log(Layer):
    """The natural logarithm, for x > 0."""

    formula = "y = log(x)"
    claims = {"x": "1/x"}
    domain = {"x": (0, None)}

    def forward(self, x):
        self.x = as_float(x)
        return np.log(self.x)

    def backward(self, dout):
        return dout / self.x


class Sqrt(Layer):
    """The square root, for x > 0: its slope is half the reciprocal of the output."""

    formula = "y = sqrt(x)"
    claims = {"x": "1/(2*y)"}
    domain = {"x": (0, None)}

    def forward(self, x):
        self.y = np.sqrt(as_float(x))
        return self.y

    def backward(self, dout):
        return dout / (2 * self.y)


class Square(Layer):
    """x squared."""

    formula = "y = x**2"
    claims = {"x": "2*x"}

    def forward(self, x):
        self.x = np.asarray(x)
        return self.x**2

    def backward(self, dout):
        return dout * 2 * self.x


class Reciprocal(Layer):
    """1/x, for x other than 0: its slope is minus the square of the output."""

    formula = "y = 1/x"
    claims = {"x": "-y**2"}

    def forward(self, x):
        self.y = 1 / as_float(x)
        return self.y

    def backward(self, dout):
        return -dout * self.y**2
