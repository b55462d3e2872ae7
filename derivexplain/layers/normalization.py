"""Normalisation: subtract the mean, divide by the spread, scale and shift; over which axes is the choice.

All share one backward core, r*(d - mean(d) - xhat*mean(d*xhat)), the means taken over the axes that the
forward pass has averaged.
"""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float


def core(d, xhat, r, axis):
    """The gradient of x for d, the gradient of xhat."""
    mean = d.mean(axis=axis, keepdims=True)
    along = (d * xhat).mean(axis=axis, keepdims=True)
    return r * (d - mean - xhat * along)


class Scaled(Layer):
    """What the family shares: gamma and beta, and a small eps under the root."""

    params = ("gamma", "beta")
    constants = ("eps",)
    assumptions = {"eps": "eps > 0"}
    axis: int | tuple[int, ...] = 0  # averaged over
    others: int | tuple[int, ...] = 0  # over which gamma is the same

    def __init__(self, gamma, beta, eps=1e-5):
        self.gamma, self.beta, self.eps = as_float(gamma), as_float(beta), eps

    def normalise(self, x):
        """x with mean 0 and variance 1 along the axes; keeps xhat and r."""
        x = as_float(x)
        self.r = 1 / np.sqrt(x.var(axis=self.axis, keepdims=True) + self.eps)
        self.xhat = (x - x.mean(axis=self.axis, keepdims=True)) * self.r
        return self.xhat

    def forward(self, x):
        return self.gamma * self.normalise(x) + self.beta

    def backward(self, dout):
        self.dgamma = (dout * self.xhat).sum(axis=self.others)
        self.dbeta = dout.sum(axis=self.others)
        return core(dout * self.gamma, self.xhat, self.r, self.axis)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        return cls(rng.standard_normal(d), rng.standard_normal(d)), (rng.standard_normal((n, d)),)


class BatchNorm(Scaled):
    """Every feature normalised over the examples of the batch (training; variance with N)."""

    formula = """
    mu[j] = mean(n, x[n,j])
    v[j] = mean(n, (x[n,j] - mu[j])^2)
    r[j] = 1/sqrt(v[j] + eps)
    xhat[n,j] = (x[n,j] - mu[j])*r[j]
    y[n,j] = gamma[j]*xhat[n,j] + beta[j]
    """
    claims = {
        "x": "gamma[j]*r[j]*(g[n,j] - mean(m, g[m,j]) - xhat[n,j]*mean(m, g[m,j]*xhat[m,j]))",
        "gamma": "sum(n, g[n,j]*xhat[n,j])",
        "beta": "sum(n, g[n,j])",
    }


class BatchNormUnbiased(Scaled):
    """The same with the variance divided by N - 1: the middle term is divided by N - 1 too."""

    formula = """
    mu[j] = mean(n, x[n,j])
    v[j] = sum(n, (x[n,j] - mu[j])^2)/(N_n - 1)
    r[j] = 1/sqrt(v[j] + eps)
    xhat[n,j] = (x[n,j] - mu[j])*r[j]
    y[n,j] = gamma[j]*xhat[n,j] + beta[j]
    """
    claims = {
        "x": "gamma[j]*r[j]*(g[n,j] - mean(m, g[m,j]) - xhat[n,j]*sum(m, g[m,j]*xhat[m,j])/(N_n - 1))",
        "gamma": "sum(n, g[n,j]*xhat[n,j])",
        "beta": "sum(n, g[n,j])",
    }

    def normalise(self, x):
        x = as_float(x)
        self.r = 1 / np.sqrt(x.var(axis=0, ddof=1) + self.eps)
        self.xhat = (x - x.mean(axis=0)) * self.r
        return self.xhat

    def backward(self, dout):
        super().backward(dout)
        d = dout * self.gamma
        return self.r * (d - d.mean(axis=0) - self.xhat * (d * self.xhat).sum(axis=0) / (len(d) - 1))


class BatchNormEval(Scaled):
    """Inference: mean and variance are fixed numbers, and backward is a plain scaling."""

    title = "Batch norm at inference"
    formula = """
    r[j] = 1/sqrt(v[j] + eps)
    xhat[n,j] = (x[n,j] - mu[j])*r[j]
    y[n,j] = gamma[j]*xhat[n,j] + beta[j]
    """
    claims = {"x": "g[n,j]*gamma[j]*r[j]", "gamma": "sum(n, g[n,j]*xhat[n,j])", "beta": "sum(n, g[n,j])"}
    domain = {"v": (0, None)}

    def __init__(self, gamma, beta, mu, v, eps=1e-5):
        super().__init__(gamma, beta, eps)
        self.mu, self.v = as_float(mu), as_float(v)

    def normalise(self, x):
        self.r = 1 / np.sqrt(self.v + self.eps)
        self.xhat = (as_float(x) - self.mu) * self.r
        return self.xhat

    def backward(self, dout):
        super().backward(dout)
        return dout * self.gamma * self.r

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d = sizes["N"], sizes["D"]
        gamma, beta, mu = rng.standard_normal((3, d))
        return cls(gamma, beta, mu, rng.uniform(0.5, 2, d)), (rng.standard_normal((n, d)),)


class LayerNorm(Scaled):
    """Every example normalised over its features."""

    formula = """
    mu[n] = mean(j, x[n,j])
    v[n] = mean(j, (x[n,j] - mu[n])^2)
    r[n] = 1/sqrt(v[n] + eps)
    xhat[n,j] = (x[n,j] - mu[n])*r[n]
    y[n,j] = gamma[j]*xhat[n,j] + beta[j]
    """
    claims = {
        "x": """
        d[n,j] = g[n,j]*gamma[j]
        dx[n,j] = r[n]*(d[n,j] - mean(k, d[n,k]) - xhat[n,j]*mean(k, d[n,k]*xhat[n,k]))
        """,
        "gamma": "sum(n, g[n,j]*xhat[n,j])",
        "beta": "sum(n, g[n,j])",
    }
    axis = -1


class LayerNormOutside(Layer):
    """Layer normalisation with eps outside of the root, (x - mu)/(sigma + eps)."""

    formula = """
    mu[n] = mean(j, x[n,j])
    z[n,j] = x[n,j] - mu[n]
    sigma[n] = sqrt(mean(j, z[n,j]^2))
    y[n,j] = z[n,j]/(sigma[n] + eps)
    """
    claims = {
        "x": "(g[n,j] - mean(k, g[n,k]))/(sigma[n] + eps)"
        " - z[n,j]*mean(k, g[n,k]*z[n,k])/(sigma[n]*(sigma[n] + eps)^2)"
    }
    constants = ("eps",)
    assumptions = {"eps": "eps > 0"}

    def __init__(self, eps=0.1):
        self.eps = eps

    def forward(self, x):
        x = as_float(x)
        self.z = x - x.mean(axis=1, keepdims=True)
        self.sigma = np.sqrt((self.z**2).mean(axis=1, keepdims=True))
        return self.z / (self.sigma + self.eps)

    def backward(self, dout):
        s = self.sigma + self.eps
        along = (dout * self.z).mean(axis=1, keepdims=True)
        spread = np.where(self.sigma > 0, self.sigma, 1.0)  # where all are equal z is 0, whatever it is divided by
        return (dout - dout.mean(axis=1, keepdims=True)) / s - self.z * along / (spread * s**2)


class RmsNorm(Layer):
    """Divided by the root mean square of the features; no mean is taken off."""

    title = "RMS norm"
    formula = """
    q[n] = mean(j, x[n,j]^2)
    r[n] = 1/sqrt(q[n] + eps)
    xhat[n,j] = x[n,j]*r[n]
    y[n,j] = gamma[j]*xhat[n,j]
    """
    claims = {
        "x": """
        d[n,j] = g[n,j]*gamma[j]
        dx[n,j] = r[n]*(d[n,j] - xhat[n,j]*mean(k, d[n,k]*xhat[n,k]))
        """,
        "gamma": "sum(n, g[n,j]*xhat[n,j])",
    }
    params = ("gamma",)
    constants = ("eps",)
    assumptions = {"eps": "eps > 0"}

    def __init__(self, gamma, eps=1e-5):
        self.gamma, self.eps = as_float(gamma), eps

    def forward(self, x):
        x = as_float(x)
        self.r = 1 / np.sqrt((x**2).mean(axis=1, keepdims=True) + self.eps)
        self.xhat = x * self.r
        return self.gamma * self.xhat

    def backward(self, dout):
        self.dgamma = (dout * self.xhat).sum(axis=0)
        d = dout * self.gamma
        return self.r * (d - self.xhat * (d * self.xhat).mean(axis=1, keepdims=True))

    @classmethod
    def example(cls, rng, sizes=SIZES):
        return cls(rng.standard_normal(sizes["D"])), (rng.standard_normal((sizes["N"], sizes["D"])),)


class Images(Scaled):
    """Normalisation of images (N, C, H, W); gamma and beta are one number a channel."""

    others = (0, 2, 3)

    def forward(self, x):
        return self.gamma[:, None, None] * self.normalise(x) + self.beta[:, None, None]

    def backward(self, dout):
        self.dgamma = (dout * self.xhat).sum(axis=self.others)
        self.dbeta = dout.sum(axis=self.others)
        return core(dout * self.gamma[:, None, None], self.xhat, self.r, self.axis)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, c, h, w = sizes["M"], sizes["N"], sizes["D"], sizes["H"]
        return cls(rng.standard_normal(c), rng.standard_normal(c)), (rng.standard_normal((n, c, h, w)),)


class BatchNorm2d(Images):
    """Every channel of images normalised over batch, height and width."""

    formula = """
    mu[c] = mean(n, h, w, x[n,c,h,w])
    v[c] = mean(n, h, w, (x[n,c,h,w] - mu[c])^2)
    r[c] = 1/sqrt(v[c] + eps)
    xhat[n,c,h,w] = (x[n,c,h,w] - mu[c])*r[c]
    y[n,c,h,w] = gamma[c]*xhat[n,c,h,w] + beta[c]
    """
    axis = (0, 2, 3)
    claims = {
        "x": """
        d[n,c,h,w] = g[n,c,h,w]*gamma[c]
        a[c] = mean(n, h, w, d[n,c,h,w])
        b[c] = mean(n, h, w, d[n,c,h,w]*xhat[n,c,h,w])
        dx[n,c,h,w] = r[c]*(d[n,c,h,w] - a[c] - xhat[n,c,h,w]*b[c])
        """,
        "gamma": "sum(n, h, w, g[n,c,h,w]*xhat[n,c,h,w])",
        "beta": "sum(n, h, w, g[n,c,h,w])",
    }


class InstanceNorm(Images):
    """Every channel of every image normalised over height and width."""

    formula = """
    mu[n,c] = mean(h, w, x[n,c,h,w])
    v[n,c] = mean(h, w, (x[n,c,h,w] - mu[n,c])^2)
    r[n,c] = 1/sqrt(v[n,c] + eps)
    xhat[n,c,h,w] = (x[n,c,h,w] - mu[n,c])*r[n,c]
    y[n,c,h,w] = gamma[c]*xhat[n,c,h,w] + beta[c]
    """
    axis = (2, 3)
    claims = {
        "x": """
        d[n,c,h,w] = g[n,c,h,w]*gamma[c]
        a[n,c] = mean(h, w, d[n,c,h,w])
        b[n,c] = mean(h, w, d[n,c,h,w]*xhat[n,c,h,w])
        dx[n,c,h,w] = r[n,c]*(d[n,c,h,w] - a[n,c] - xhat[n,c,h,w]*b[n,c])
        """,
        "gamma": "sum(n, h, w, g[n,c,h,w]*xhat[n,c,h,w])",
        "beta": "sum(n, h, w, g[n,c,h,w])",
    }


class GroupNorm(Scaled):
    """Groups of channels normalised together; x has the axes (N, group, channel in the group, place)."""

    formula = """
    mu[n,q] = mean(c, p, x[n,q,c,p])
    v[n,q] = mean(c, p, (x[n,q,c,p] - mu[n,q])^2)
    r[n,q] = 1/sqrt(v[n,q] + eps)
    xhat[n,q,c,p] = (x[n,q,c,p] - mu[n,q])*r[n,q]
    y[n,q,c,p] = gamma[q,c]*xhat[n,q,c,p] + beta[q,c]
    """
    claims = {
        "x": """
        d[n,q,c,p] = g[n,q,c,p]*gamma[q,c]
        a[n,q] = mean(c, p, d[n,q,c,p])
        b[n,q] = mean(c, p, d[n,q,c,p]*xhat[n,q,c,p])
        dx[n,q,c,p] = r[n,q]*(d[n,q,c,p] - a[n,q] - xhat[n,q,c,p]*b[n,q])
        """,
        "gamma": "sum(n, p, g[n,q,c,p]*xhat[n,q,c,p])",
        "beta": "sum(n, p, g[n,q,c,p])",
    }
    axis = (2, 3)
    others = (0, 3)

    def forward(self, x):
        return self.gamma[..., None] * self.normalise(x) + self.beta[..., None]

    def backward(self, dout):
        self.dgamma = (dout * self.xhat).sum(axis=self.others)
        self.dbeta = dout.sum(axis=self.others)
        return core(dout * self.gamma[..., None], self.xhat, self.r, self.axis)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, q, c, p = sizes["M"], sizes["N"], sizes["D"], sizes["H"]
        return cls(rng.standard_normal((q, c)), rng.standard_normal((q, c))), (rng.standard_normal((n, q, c, p)),)


class L2Normalise(Layer):
    """Every row divided by its length: backward takes off what points along the row."""

    formula = """
    s[n] = sqrt(sum(j, x[n,j]^2))
    y[n,j] = x[n,j]/s[n]
    """
    claims = {"x": "(g[n,j] - y[n,j]*sum(k, g[n,k]*y[n,k]))/s[n]"}

    def forward(self, x):
        x = as_float(x)
        self.s = np.sqrt((x**2).sum(axis=1, keepdims=True))
        self.y = x / self.s
        return self.y

    def backward(self, dout):
        return (dout - self.y * (dout * self.y).sum(axis=1, keepdims=True)) / self.s


class CosineSimilarity(Layer):
    """The cosine of the angle between the rows of x and z."""

    formula = """
    a[n] = sqrt(sum(j, x[n,j]^2))
    b[n] = sqrt(sum(j, z[n,j]^2))
    y[n] = sum(j, x[n,j]*z[n,j])/(a[n]*b[n])
    """
    claims = {
        "x": "g[n]*(z[n,j]/(a[n]*b[n]) - y[n]*x[n,j]/a[n]^2)",
        "z": "g[n]*(x[n,j]/(a[n]*b[n]) - y[n]*z[n,j]/b[n]^2)",
    }

    def forward(self, x, z):
        self.x, self.z = as_float(x), as_float(z)
        self.a = np.sqrt((self.x**2).sum(axis=1))
        self.b = np.sqrt((self.z**2).sum(axis=1))
        self.y = (self.x * self.z).sum(axis=1) / (self.a * self.b)
        return self.y

    def backward(self, dout):
        a, b, y = self.a[:, None], self.b[:, None], self.y[:, None]
        dout = np.asarray(dout)[:, None]
        dx = dout * (self.z / (a * b) - y * self.x / a**2)
        dz = dout * (self.x / (a * b) - y * self.z / b**2)
        return dx, dz
