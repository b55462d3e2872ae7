"""Dropout: entries left out at random in training, nothing at all later."""

from __future__ import annotations

from ..layer import SIZES, Layer, as_float


class Dropout(Layer):
    """Inverted dropout with a given mask: what stays is divided by its probability 1 - p."""

    formula = "y[n,j] = x[n,j]*m[n,j]/(1 - p)"
    claims = {"x": "g[n,j]*m[n,j]/(1 - p)"}
    constants = ("p",)
    domain = {"p": (0, 1)}

    def __init__(self, m, p=0.5):
        self.m, self.p = as_float(m), p

    def forward(self, x):
        return as_float(x) * self.m / (1 - self.p)

    def backward(self, dout):
        return dout * self.m / (1 - self.p)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls((rng.random((n, d)) > 0.25).astype(float), 0.25), (rng.standard_normal((n, d)),)


class DropoutPlain(Dropout):
    """The older form (Saitoh, ch. 6.4.3): the mask alone in training, a factor 1 - p at inference."""

    formula = "y[n,j] = x[n,j]*m[n,j]"
    claims = {"x": "g[n,j]*m[n,j]"}
    constants = ()
    domain = {}

    def forward(self, x):
        return as_float(x) * self.m

    def backward(self, dout):
        return dout * self.m


class DropoutEval(Layer):
    """The older form at inference: every entry times the probability of having stayed."""

    formula = "y[n,j] = (1 - p)*x[n,j]"
    claims = {"x": "(1 - p)*g[n,j]"}
    constants = ("p",)
    domain = {"p": (0, 1)}

    def __init__(self, p=0.5):
        self.p = p

    def forward(self, x):
        return (1 - self.p) * as_float(x)

    def backward(self, dout):
        return (1 - self.p) * dout
