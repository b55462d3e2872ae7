"""Convolutions, entry by entry in the formula and by windows in the code; what lies outside counts zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layer import SIZES, Layer, as_float


def windows(x, size, stride):
    """All windows of the last axes: (..., places, window), as a view."""
    axes = tuple(range(x.ndim - len(size), x.ndim))
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=axes)
    steps: tuple[Any, ...] = (..., *(slice(None, None, stride) for _ in size), *(slice(None) for _ in size))
    return view[steps]


def pad(x, p, axes):
    """Zeros around the last `axes` axes."""
    return np.pad(x, [(0, 0)] * (x.ndim - axes) + [(p, p)] * axes)


def unpad(x, p, axes):
    """The part without the border."""
    return x[(..., *(slice(p, n - p) for n in x.shape[-axes:]))]


class Conv1d(Layer):
    """A filter moved along a sequence, with stride s and a border of p zeros."""

    formula = "y[n,f,i] = sum(c, u, x[n,c,s*i + u - p]*W[f,c,u]) + b[f]"
    claims = {
        "x": "dx[n,c,a] = sum(f, i, g[n,f,i]*W[f,c,a + p - s*i])",
        "W": "sum(n, i, g[n,f,i]*x[n,c,s*i + u - p])",
        "b": "sum(n, i, g[n,f,i])",
    }
    params = ("W", "b")
    constants = ("s", "p")

    def __init__(self, W, b, s=1, p=0):
        self.W, self.b, self.s, self.p = as_float(W), as_float(b), s, p

    def forward(self, x):
        self.padded = pad(as_float(x), self.p, 1)
        self.windows = windows(self.padded, self.W.shape[2:], self.s)
        return np.einsum("nciu,fcu->nfi", self.windows, self.W) + self.b[:, None]

    def backward(self, dout):
        self.dW = np.einsum("nfi,nciu->fcu", dout, self.windows)
        self.db = dout.sum(axis=(0, 2))
        dx = np.zeros(self.padded.shape, np.result_type(dout, self.W))
        for u in range(self.W.shape[2]):
            stop = u + self.s * dout.shape[2]
            dx[:, :, u : stop : self.s] += np.einsum("nfi,fc->nci", dout, self.W[:, :, u])
        return unpad(dx, self.p, 1)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, c, f, w = sizes["M"], sizes["N"], sizes["D"], sizes["H"]
        return cls(rng.standard_normal((f, c, 3)), rng.standard_normal(f), 2, 1), (rng.standard_normal((n, c, w)),)


class Conv2d(Layer):
    """Filters moved over images, with stride s and a border of p zeros."""

    formula = "y[n,f,i,j] = sum(c, u, v, x[n,c,s*i + u - p,s*j + v - p]*W[f,c,u,v]) + b[f]"
    claims = {
        "x": "dx[n,c,a,d] = sum(f, i, j, g[n,f,i,j]*W[f,c,a + p - s*i,d + p - s*j])",
        "W": "sum(n, i, j, g[n,f,i,j]*x[n,c,s*i + u - p,s*j + v - p])",
        "b": "sum(n, i, j, g[n,f,i,j])",
    }
    params = ("W", "b")
    constants = ("s", "p")

    def __init__(self, W, b, s=1, p=0):
        self.W, self.b, self.s, self.p = as_float(W), as_float(b), s, p

    def forward(self, x):
        self.padded = pad(as_float(x), self.p, 2)
        self.windows = windows(self.padded, self.W.shape[2:], self.s)
        return np.einsum("ncijuv,fcuv->nfij", self.windows, self.W) + self.b[:, None, None]

    def backward(self, dout):
        self.dW = np.einsum("nfij,ncijuv->fcuv", dout, self.windows)
        self.db = dout.sum(axis=(0, 2, 3))
        dx = np.zeros(self.padded.shape, np.result_type(dout, self.W))
        rows, columns = (self.s * n for n in dout.shape[2:])
        for u, v in np.ndindex(*self.W.shape[2:]):
            part = np.einsum("nfij,fc->ncij", dout, self.W[:, :, u, v])
            dx[:, :, u : u + rows : self.s, v : v + columns : self.s] += part
        return unpad(dx, self.p, 2)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, c, f, h, w = 2, sizes["M"], sizes["N"], 5, 7
        return cls(rng.standard_normal((f, c, 3, 3)), rng.standard_normal(f), 2, 1), (
            rng.standard_normal((n, c, h, w)),
        )


class Conv2dIm2col(Conv2d):
    """The same by one matrix product: windows as rows, filters as columns; backward adds the rows back."""

    title = "Conv2d by im2col"

    def forward(self, x):
        self.padded = pad(as_float(x), self.p, 2)
        view = windows(self.padded, self.W.shape[2:], self.s)  # N, C, I, J, U, V
        self.out_shape = (len(view), *view.shape[2:4])
        self.col = view.transpose(0, 2, 3, 1, 4, 5).reshape(np.prod(self.out_shape), -1)
        y = self.col @ self.W.reshape(len(self.W), -1).T + self.b
        return y.reshape(*self.out_shape, -1).transpose(0, 3, 1, 2)

    def backward(self, dout):
        rows = dout.transpose(0, 2, 3, 1).reshape(-1, len(self.W))
        self.dW = (rows.T @ self.col).reshape(self.W.shape)
        self.db = rows.sum(axis=0)
        col = rows @ self.W.reshape(len(self.W), -1)
        col = col.reshape(*self.out_shape, *self.W.shape[1:]).transpose(0, 3, 1, 2, 4, 5)
        dx = np.zeros(self.padded.shape, col.dtype)
        height, width = (self.s * n for n in self.out_shape[1:])
        for u, v in np.ndindex(*self.W.shape[2:]):
            dx[:, :, u : u + height : self.s, v : v + width : self.s] += col[..., u, v]
        return unpad(dx, self.p, 2)


class ConvTranspose1d(Layer):
    """The backward pass of a convolution used forward: every entry spreads a filter (stride s, no border)."""

    formula = "y[n,f,a] = sum(c, i, u, x[n,c,i]*W[c,f,u]*delta(a, s*i + u)) + b[f]"
    claims = {
        "x": "sum(f, u, g[n,f,s*i + u]*W[c,f,u])",
        "W": "sum(n, i, x[n,c,i]*g[n,f,s*i + u])",
        "b": "sum(n, a, g[n,f,a])",
    }
    params = ("W", "b")
    constants = ("s",)

    def __init__(self, W, b, s=2):
        self.W, self.b, self.s = as_float(W), as_float(b), s

    def forward(self, x):
        self.x = as_float(x)
        n, _, length = self.x.shape
        _, f, k = self.W.shape
        y = np.zeros((n, f, self.s * (length - 1) + k), np.result_type(self.x, self.W))
        for u in range(k):
            y[:, :, u : u + self.s * length : self.s] += np.einsum("nci,cf->nfi", self.x, self.W[:, :, u])
        return y + self.b[:, None]

    def backward(self, dout):
        view = windows(np.asarray(dout), self.W.shape[2:], self.s)
        self.dW = np.einsum("nci,nfiu->cfu", self.x, view)
        self.db = dout.sum(axis=(0, 2))
        return np.einsum("nfiu,cfu->nci", view, self.W)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, c, f, w = sizes["M"], sizes["N"], sizes["D"], sizes["H"]
        return cls(rng.standard_normal((c, f, 3)), rng.standard_normal(f), 2), (rng.standard_normal((n, c, w)),)
