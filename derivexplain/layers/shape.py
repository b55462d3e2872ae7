"""Layers that move, repeat and reduce entries: what is copied forward adds up backward, and the reverse."""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float


class Repeat(Layer):
    """One row repeated for every example; backward is the sum over the copies."""

    formula = "y[i,j] = x[j]"
    claims = {"x": "sum(i, g[i,j])"}

    def __init__(self, times=3):
        self.times = times

    def forward(self, x):
        return np.repeat(as_float(x)[None, :], self.times, axis=0)

    def backward(self, dout):
        return dout.sum(axis=0)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        return cls(sizes["N"]), (rng.standard_normal(sizes["D"]),)


class SumReduce(Layer):
    """The sum over the rows; backward repeats the gradient for every row."""

    formula = "y[j] = sum(i, x[i,j])"
    claims = {"x": "g[j]"}

    def forward(self, x):
        self.x_shape = np.shape(x)
        return as_float(x).sum(axis=0)

    def backward(self, dout):
        return np.broadcast_to(dout, self.x_shape).copy()


class MeanReduce(Layer):
    """The mean over the rows; backward gives every row an equal share."""

    formula = "y[j] = mean(i, x[i,j])"
    claims = {"x": "g[j]/N_i"}

    def forward(self, x):
        self.x_shape = np.shape(x)
        return as_float(x).mean(axis=0)

    def backward(self, dout):
        return np.broadcast_to(dout / self.x_shape[0], self.x_shape).copy()


class MaxReduce(Layer):
    """The largest entry of every row; backward gives it the whole gradient (of equal ones, the first)."""

    formula = "y[i] = max(j, x[i,j])"
    claims = {"x": "g[i]*where(Eq(x[i,j], y[i]), 1, 0)"}

    def forward(self, x):
        x = as_float(x)
        self.x_shape, self.winner = x.shape, x.argmax(axis=1)
        return x.max(axis=1)

    def backward(self, dout):
        dx = np.zeros(self.x_shape, np.asarray(dout).dtype)
        dx[np.arange(len(dx)), self.winner] = dout
        return dx


class Transpose(Layer):
    """Rows become columns; backward turns them back."""

    formula = "y[j,i] = x[i,j]"
    claims = {"x": "g[j,i]"}

    def forward(self, x):
        return as_float(x).T.copy()

    def backward(self, dout):
        return np.array(dout).T


class Reshape(Layer):
    """All axes but the first laid end to end; backward restores the shape."""

    formula = "y[n,k] = sum(c, p, x[n,c,p]*delta(k, c*N_p + p))"
    claims = {"x": "g[n, c*N_p + p]"}

    def forward(self, x):
        self.x_shape = np.shape(x)
        return as_float(x).reshape(self.x_shape[0], -1).copy()

    def backward(self, dout):
        return np.array(dout).reshape(self.x_shape)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        return cls(), (rng.standard_normal((sizes["N"], sizes["M"], sizes["D"])),)


class Concat(Layer):
    """Two blocks of columns side by side; backward gives each its own columns back."""

    formula = "y[n,k] = sum(i, a[n,i]*delta(k, i)) + sum(j, b[n,j]*delta(k, N_i + j))"
    claims = {"a": "g[n,i]", "b": "g[n, N_i + j]"}

    def forward(self, a, b):
        self.width = np.shape(a)[1]
        return np.concatenate([as_float(a), as_float(b)], axis=1)

    def backward(self, dout):
        return dout[:, : self.width].copy(), dout[:, self.width :].copy()

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n = sizes["N"]
        return cls(), (rng.standard_normal((n, sizes["D"])), rng.standard_normal((n, sizes["M"])))


class Split(Layer):
    """Columns cut in two blocks, from u and from w on, each with an upstream gradient of its own."""

    formula = """
    a[n,i] = x[n, u + i]
    b[n,j] = x[n, w + j]
    """
    claims = {"x": "g_a[n, m - u] + g_b[n, m - w]"}
    constants = ("u", "w")

    def __init__(self, w, u=0):
        self.u, self.w = u, w

    def forward(self, x):
        self.x_shape = np.shape(x)
        x = as_float(x)
        return x[:, self.u : self.w].copy(), x[:, self.w :].copy()

    def backward(self, da, db):
        dx = np.zeros(self.x_shape, np.asarray(da).dtype)
        dx[:, self.u : self.w] = da
        dx[:, self.w :] = db
        return dx

    @classmethod
    def example(cls, rng, sizes=SIZES):
        return cls(sizes["M"]), (rng.standard_normal((sizes["N"], sizes["D"])),)


class Slice(Layer):
    """Columns from `start` to before `stop`; backward leaves zeros where nothing was taken."""

    formula = "y[n,k] = x[n, start + k]"
    claims = {"x": "g[n, m - start]"}
    constants = ("start",)

    def __init__(self, start=1, stop=4):
        self.start, self.stop = start, stop

    def forward(self, x):
        self.x_shape = np.shape(x)
        return as_float(x)[:, self.start : self.stop].copy()

    def backward(self, dout):
        dx = np.zeros(self.x_shape, np.asarray(dout).dtype)
        dx[:, self.start : self.stop] = dout
        return dx
