"""Looking rows up: what was taken several times gets the sum of what comes back."""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float


class Embedding(Layer):
    """The row of W for every index; repeated indices add."""

    formula = "y[n,d] = W[index[n], d]"
    claims = {"W": "dW[v,d] = sum(n, g[n,d]*delta(v, index[n]))"}

    def __init__(self, index):
        self.index = np.asarray(index)

    def forward(self, W):
        self.W = as_float(W)
        return self.W[self.index]

    def backward(self, dout):
        dW = np.zeros(self.W.shape, np.result_type(dout, self.W))
        np.add.at(dW, self.index, dout)
        return dW

    @classmethod
    def example(cls, rng, sizes=SIZES):
        rows = rng.integers(0, sizes["N"], sizes["D"])  # more places than rows: some repeat
        return cls(rows), (rng.standard_normal((sizes["N"], sizes["M"])),)
