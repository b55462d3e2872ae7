"""Arithmetic: one operator, one layer; either operand may be broadcast."""

from __future__ import annotations

import numpy as np

from ..layer import Layer, as_float, unbroadcast

LOG_2 = float(np.log(2))


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


class Sub(Layer):
    """x - y."""

    formula = "out = x - y"
    claims = {"x": "1", "y": "-1"}

    def forward(self, x, y):
        self.x_shape, self.y_shape = np.shape(x), np.shape(y)
        return np.subtract(x, y)

    def backward(self, dout):
        return unbroadcast(np.array(dout), self.x_shape), unbroadcast(np.negative(dout), self.y_shape)


class Div(Layer):
    """x/y: the quotient itself serves in the gradient of y."""

    formula = "out = x/y"
    claims = {"x": "1/y", "y": "-out/y"}

    def forward(self, x, y):
        self.x_shape, self.y = np.shape(x), as_float(y)
        self.out = x / self.y
        return self.out

    def backward(self, dout):
        dx = dout / self.y
        return unbroadcast(dx, self.x_shape), unbroadcast(-dx * self.out, self.y.shape)


class Pow(Layer):
    """x to the power y, for x > 0."""

    formula = "out = x**y"
    claims = {"x": "y*out/x", "y": "out*log(x)"}
    domain = {"x": (0, None)}

    def forward(self, x, y):
        self.x, self.y = as_float(x), as_float(y)
        self.out = self.x**self.y
        return self.out

    def backward(self, dout):
        dx = unbroadcast(dout * self.y * self.out / self.x, self.x.shape)
        return dx, unbroadcast(dout * self.out * np.log(self.x), self.y.shape)


class Maximum(Layer):
    """The larger of x and y; a tie gives the gradient to y."""

    formula = "out = max(x, y)"
    claims = {"x": "where(x > y, 1, 0)", "y": "where(x > y, 0, 1)"}
    kinks = {"x = y": "0", "y = x": "1"}

    def forward(self, x, y):
        self.x, self.y = np.asarray(x), np.asarray(y)
        return np.maximum(self.x, self.y)

    def backward(self, dout):
        first = self.x > self.y
        return unbroadcast(dout * first, self.x.shape), unbroadcast(dout * ~first, self.y.shape)


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


class Log1p(Layer):
    """log(1 + x), exact for small x too; for x > -1."""

    formula = "y = log(1 + x)"
    claims = {"x": "1/(1 + x)"}
    domain = {"x": (-1, None)}

    def forward(self, x):
        self.x = as_float(x)
        return np.log1p(self.x)

    def backward(self, dout):
        return dout / (1 + self.x)


class Expm1(Layer):
    """e^x - 1, exact for small x too: the output is one short of the slope."""

    formula = "y = exp(x) - 1"
    claims = {"x": "y + 1"}

    def forward(self, x):
        self.y = np.expm1(as_float(x))
        return self.y

    def backward(self, dout):
        return dout * (self.y + 1)


class Exp2(Layer):
    """2 to the power x."""

    formula = "y = 2**x"
    claims = {"x": "y*log(2)"}

    def forward(self, x):
        self.y = np.exp2(as_float(x))
        return self.y

    def backward(self, dout):
        return dout * self.y * LOG_2


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


class Rsqrt(Layer):
    """One over the square root, for x > 0."""

    formula = "y = 1/sqrt(x)"
    claims = {"x": "-y**3/2"}
    domain = {"x": (0, None)}

    def forward(self, x):
        self.y = 1 / np.sqrt(as_float(x))
        return self.y

    def backward(self, dout):
        return dout * -(self.y**3) / 2


class Square(Layer):
    """x squared."""

    formula = "y = x**2"
    claims = {"x": "2*x"}

    def forward(self, x):
        self.x = as_float(x)
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


class Abs(Layer):
    """The absolute value; its slope is the sign of x, and 0 at the kink."""

    formula = "y = abs(x)"
    claims = {"x": "sign(x)"}
    kinks = {"x = 0": "0"}

    def forward(self, x):
        self.x = as_float(x)
        return np.abs(self.x)

    def backward(self, dout):
        return dout * np.sign(self.x)


class Sin(Layer):
    """The sine."""

    formula = "y = sin(x)"
    claims = {"x": "cos(x)"}

    def forward(self, x):
        self.x = as_float(x)
        return np.sin(self.x)

    def backward(self, dout):
        return dout * np.cos(self.x)


class Cos(Layer):
    """The cosine."""

    formula = "y = cos(x)"
    claims = {"x": "-sin(x)"}

    def forward(self, x):
        self.x = as_float(x)
        return np.cos(self.x)

    def backward(self, dout):
        return dout * -np.sin(self.x)


class Atan(Layer):
    """The arctangent."""

    formula = "y = atan(x)"
    claims = {"x": "1/(1 + x**2)"}

    def forward(self, x):
        self.x = as_float(x)
        return np.arctan(self.x)

    def backward(self, dout):
        return dout / (1 + self.x**2)
