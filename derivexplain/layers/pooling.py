"""Pooling: one number for every window of an image."""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float


def blocks(x, k):
    """Images cut into k by k windows side by side: (N, C, places, k, places, k)."""
    n, c, h, w = x.shape
    return x[:, :, : h // k * k, : w // k * k].reshape(n, c, h // k, k, w // k, k)


class Windowed(Layer):
    """What the family shares: windows of k by k, side by side."""

    constants = ("k",)
    facts = ("N_u = k", "N_v = k")

    def __init__(self, k=2):
        self.k = k

    @classmethod
    def example(cls, rng, sizes=SIZES):
        return cls(2), (rng.standard_normal((sizes["N"], sizes["M"], 4, 6)),)


class MaxPool(Windowed):
    """The largest entry of every window takes the whole gradient; of equal ones, the first."""

    formula = """
    z[n,c,i,u,j,v] = x[n,c,k*i + u,k*j + v]
    y[n,c,i,j] = max(u, v, z[n,c,i,u,j,v])
    """

    def forward(self, x):
        x = as_float(x)
        self.x_shape = x.shape
        windows = blocks(x, self.k).transpose(0, 1, 2, 4, 3, 5)
        windows = windows.reshape(*windows.shape[:4], -1)
        self.winner = windows.argmax(axis=-1)
        return windows.max(axis=-1)

    def backward(self, dout):
        dx = np.zeros(self.x_shape, np.asarray(dout).dtype)
        n, c, i, j = np.indices(self.winner.shape)
        u, v = np.divmod(self.winner, self.k)
        dx[n, c, i * self.k + u, j * self.k + v] = dout
        return dx


class AvgPool(Windowed):
    """The mean of every window; each entry gets an equal share of the gradient."""

    formula = "y[n,c,i,j] = sum(u, v, x[n,c,k*i + u,k*j + v])/k^2"

    def forward(self, x):
        x = as_float(x)
        self.x_shape = x.shape
        return blocks(x, self.k).mean(axis=(3, 5))

    def backward(self, dout):
        dx = np.zeros(self.x_shape, np.result_type(dout, 1.0))
        share = np.repeat(np.repeat(dout, self.k, axis=2), self.k, axis=3) / self.k**2
        dx[:, :, : share.shape[2], : share.shape[3]] = share
        return dx


class GlobalAvgPool(Layer):
    """The mean of every channel over the whole image."""

    formula = "y[n,c] = mean(h, w, x[n,c,h,w])"
    claims = {"x": "g[n,c]/(N_h*N_w)"}

    def forward(self, x):
        self.x_shape = np.shape(x)
        return as_float(x).mean(axis=(2, 3))

    def backward(self, dout):
        n, c, h, w = self.x_shape
        return np.broadcast_to(np.asarray(dout)[:, :, None, None] / (h * w), self.x_shape).copy()

    @classmethod
    def example(cls, rng, sizes=SIZES):
        return cls(), (rng.standard_normal((sizes["N"], sizes["M"], sizes["D"], sizes["H"])),)
