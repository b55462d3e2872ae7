"""Dense layers: matrix products with their bias, in the layouts that are in use."""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float


class Matmul(Layer):
    """The product of two matrices; each gradient is the upstream one times the other, transposed."""

    formula = "y[i,j] = sum(k, x[i,k]*w[k,j])"
    claims = {"x": "sum(j, g[i,j]*w[k,j])", "w": "sum(i, x[i,k]*g[i,j])"}

    def forward(self, x, w):
        self.x, self.w = as_float(x), as_float(w)
        return self.x @ self.w

    def backward(self, dout):
        return dout @ self.w.T, self.x.T @ dout

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d, m = (sizes[s] for s in "NDM")
        return cls(), (rng.standard_normal((n, d)), rng.standard_normal((d, m)))


class Affine(Layer):
    """y = xW + b, one example a row (Saitoh, ch. 5.6.2); more axes than two are flattened to (N, -1)."""

    formula = "y[i,j] = sum(k, x[i,k]*W[k,j]) + b[j]"
    claims = {"x": "sum(j, g[i,j]*W[k,j])", "W": "sum(i, x[i,k]*g[i,j])", "b": "sum(i, g[i,j])"}
    params = ("W", "b")

    def __init__(self, W, b):
        self.W, self.b = as_float(W), as_float(b)

    def forward(self, x):
        self.x_shape = np.shape(x)
        self.x = as_float(x).reshape(-1, self.W.shape[0]) if np.ndim(x) < 3 else as_float(x).reshape(len(x), -1)
        y = self.x @ self.W + self.b
        return y if np.ndim(x) != 1 else y[0]

    def backward(self, dout):
        dout = np.reshape(dout, (len(self.x), -1))
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return (dout @ self.W.T).reshape(self.x_shape)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d, m = (sizes[s] for s in "NDM")
        return cls(rng.standard_normal((d, m)), rng.standard_normal(m)), (rng.standard_normal((n, d)),)


class AffineLastAxis(Layer):
    """The affine map of the last axis, at every place of the axes before it (sequences)."""

    formula = "y[n,t,m] = sum(d, x[n,t,d]*W[d,m]) + b[m]"
    claims = {
        "x": "sum(m, g[n,t,m]*W[d,m])",
        "W": "sum(n, t, x[n,t,d]*g[n,t,m])",
        "b": "sum(n, t, g[n,t,m])",
    }
    params = ("W", "b")

    def __init__(self, W, b):
        self.W, self.b = as_float(W), as_float(b)

    def forward(self, x):
        self.x = as_float(x)
        return self.x @ self.W + self.b

    def backward(self, dout):
        leading = tuple(range(self.x.ndim - 1))
        self.dW = np.tensordot(self.x, dout, axes=(leading, leading))
        self.db = dout.sum(axis=leading)
        return dout @ self.W.T

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, t, d, m = sizes["N"], sizes["H"], sizes["D"], sizes["M"]
        return cls(rng.standard_normal((d, m)), rng.standard_normal(m)), (rng.standard_normal((n, t, d)),)


class AffineColumns(Layer):
    """Z = WA + b, one example a column (the layout of the Coursera course); b is a column."""

    formula = "y[j,n] = sum(k, W[j,k]*a[k,n]) + b[j]"
    claims = {"a": "sum(j, W[j,k]*g[j,n])", "W": "sum(n, g[j,n]*a[k,n])", "b": "sum(n, g[j,n])"}
    params = ("W", "b")

    def __init__(self, W, b):
        self.W, self.b = as_float(W), as_float(b)

    def forward(self, a):
        self.a = as_float(a)
        return self.W @ self.a + self.b[:, None]

    def backward(self, dout):
        self.dW = dout @ self.a.T
        self.db = dout.sum(axis=1)
        return self.W.T @ dout

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d, m = (sizes[s] for s in "NDM")
        return cls(rng.standard_normal((m, d)), rng.standard_normal(m)), (rng.standard_normal((d, n)),)


class Linear(Layer):
    """y = x W^T + b with W of shape (out, in), as PyTorch stores it."""

    formula = "y[i,j] = sum(k, x[i,k]*W[j,k]) + b[j]"
    claims = {"x": "sum(j, g[i,j]*W[j,k])", "W": "sum(i, g[i,j]*x[i,k])", "b": "sum(i, g[i,j])"}
    params = ("W", "b")

    def __init__(self, W, b):
        self.W, self.b = as_float(W), as_float(b)

    def forward(self, x):
        self.x = as_float(x)
        return self.x @ self.W.T + self.b

    def backward(self, dout):
        self.dW = dout.T @ self.x
        self.db = dout.sum(axis=0)
        return dout @ self.W

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d, m = (sizes[s] for s in "NDM")
        return cls(rng.standard_normal((m, d)), rng.standard_normal(m)), (rng.standard_normal((n, d)),)


class Bias(Layer):
    """A bias added to every row: its gradient is the sum over the rows."""

    formula = "y[i,j] = x[i,j] + b[j]"
    claims = {"x": "g[i,j]", "b": "sum(i, g[i,j])"}
    params = ("b",)

    def __init__(self, b):
        self.b = as_float(b)

    def forward(self, x):
        return as_float(x) + self.b

    def backward(self, dout):
        self.db = dout.sum(axis=0)
        return np.array(dout)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls(rng.standard_normal(d)), (rng.standard_normal((n, d)),)
