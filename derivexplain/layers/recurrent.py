"""Recurrent cells, one step of each; the weights of each gate go by a name of their own."""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float


def sigmoid(z):
    """1/(1 + exp(-z)) without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * z))


class RnnCell(Layer):
    """One step of a plain recurrent net: h' = tanh(x Wx + h Wh + b)."""

    title = "RNN cell"
    formula = """
    a[n,j] = sum(d, x[n,d]*Wx[d,j]) + sum(l, h[n,l]*Wh[l,j]) + b[j]
    y[n,j] = tanh(a[n,j])
    """
    params = ("Wx", "Wh", "b")

    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = as_float(Wx), as_float(Wh), as_float(b)

    def forward(self, x, h):
        self.x, self.h = as_float(x), as_float(h)
        self.y = np.tanh(self.x @ self.Wx + self.h @ self.Wh + self.b)
        return self.y

    def backward(self, dout):
        da = dout * (1 - self.y**2)
        self.dWx, self.dWh, self.db = self.x.T @ da, self.h.T @ da, da.sum(axis=0)
        return da @ self.Wx.T, da @ self.Wh.T

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d, k = sizes["N"], sizes["D"], sizes["H"]
        cell = cls(rng.standard_normal((d, k)) / 2, rng.standard_normal((k, k)) / 2, rng.standard_normal(k))
        return cell, (rng.standard_normal((n, d)), rng.standard_normal((n, k)))


GATE = "{z}[n,j] = sum(d, x[n,d]*Wx{g}[d,j]) + sum(l, h[n,l]*Wh{g}[l,j]) + b{g}[j]\n"


class LstmCell(Layer):
    """One step of an LSTM: forget, new, input and output gate, each with its own weights (order f, g, i, o)."""

    title = "LSTM cell"
    formula = (
        "".join(GATE.format(z=f"a_{g}", g=g) for g in "fgio")
        + """
    f[n,j] = 1/(1 + exp(-a_f[n,j]))
    u[n,j] = tanh(a_g[n,j])
    i[n,j] = 1/(1 + exp(-a_i[n,j]))
    o[n,j] = 1/(1 + exp(-a_o[n,j]))
    cn[n,j] = f[n,j]*c[n,j] + u[n,j]*i[n,j]
    m[n,j] = tanh(cn[n,j])
    hn[n,j] = o[n,j]*m[n,j]
    """
    )
    params = tuple(w + g for w in ("Wx", "Wh", "b") for g in "fgio")
    outputs = ("hn", "cn")

    def __init__(self, *weights):
        for name, value in zip(self.params, weights, strict=True):
            setattr(self, name, as_float(value))

    def forward(self, x, h, c):
        self.x, self.h, self.c = as_float(x), as_float(h), as_float(c)
        self.f, self.i, self.o = (sigmoid(self.gate(g)) for g in "fio")
        self.u = np.tanh(self.gate("g"))
        cn = self.f * self.c + self.u * self.i
        self.m = np.tanh(cn)
        return self.o * self.m, cn

    def gate(self, g):
        Wx, Wh, b = (getattr(self, w + g) for w in ("Wx", "Wh", "b"))
        return self.x @ Wx + self.h @ Wh + b

    def backward(self, dhn, dcn):
        dc = dcn + dhn * self.o * (1 - self.m**2)
        da = {
            "f": dc * self.c * self.f * (1 - self.f),
            "g": dc * self.i * (1 - self.u**2),
            "i": dc * self.u * self.i * (1 - self.i),
            "o": dhn * self.m * self.o * (1 - self.o),
        }
        for g, d in da.items():
            setattr(self, f"dWx{g}", self.x.T @ d)
            setattr(self, f"dWh{g}", self.h.T @ d)
            setattr(self, f"db{g}", d.sum(axis=0))
        dx = sum(d @ getattr(self, f"Wx{g}").T for g, d in da.items())
        dh = sum(d @ getattr(self, f"Wh{g}").T for g, d in da.items())
        return dx, dh, dc * self.f

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d, k = sizes["N"], sizes["D"], sizes["H"]
        shapes = {"Wx": (d, k), "Wh": (k, k), "b": (k,)}
        weights = [rng.standard_normal(shapes[name[:-1]]) / 2 for name in cls.params]
        return cls(*weights), tuple(rng.standard_normal((n, size)) for size in (d, k, k))


class GruCell(Layer):
    """One step of a GRU: the reset gate r acts on h before its weights (Saitoh 2, app. C)."""

    title = "GRU cell"
    formula = """
    a_z[n,j] = sum(d, x[n,d]*Wxz[d,j]) + sum(l, h[n,l]*Whz[l,j]) + bz[j]
    a_r[n,j] = sum(d, x[n,d]*Wxr[d,j]) + sum(l, h[n,l]*Whr[l,j]) + br[j]
    z[n,j] = 1/(1 + exp(-a_z[n,j]))
    r[n,j] = 1/(1 + exp(-a_r[n,j]))
    q[n,j] = r[n,j]*h[n,j]
    a_t[n,j] = sum(d, x[n,d]*Wxt[d,j]) + sum(l, q[n,l]*Wht[l,j]) + bt[j]
    t[n,j] = tanh(a_t[n,j])
    y[n,j] = (1 - z[n,j])*h[n,j] + z[n,j]*t[n,j]
    """
    params = tuple(w + g for w in ("Wx", "Wh", "b") for g in "zrt")

    def __init__(self, *weights):
        for name, value in zip(self.params, weights, strict=True):
            setattr(self, name, as_float(value))

    def forward(self, x, h):
        self.x, self.h = as_float(x), as_float(h)
        self.z = sigmoid(self.x @ self.Wxz + self.h @ self.Whz + self.bz)
        self.r = sigmoid(self.x @ self.Wxr + self.h @ self.Whr + self.br)
        self.q = self.r * self.h
        self.t = np.tanh(self.x @ self.Wxt + self.q @ self.Wht + self.bt)
        return (1 - self.z) * self.h + self.z * self.t

    def backward(self, dout):
        dt = dout * self.z * (1 - self.t**2)
        dq = dt @ self.Wht.T
        dz = dout * (self.t - self.h) * self.z * (1 - self.z)
        dr = dq * self.h * self.r * (1 - self.r)
        for g, d, state in (("z", dz, self.h), ("r", dr, self.h), ("t", dt, self.q)):
            setattr(self, f"dWx{g}", self.x.T @ d)
            setattr(self, f"dWh{g}", state.T @ d)
            setattr(self, f"db{g}", d.sum(axis=0))
        dx = dz @ self.Wxz.T + dr @ self.Wxr.T + dt @ self.Wxt.T
        dh = dout * (1 - self.z) + dq * self.r + dz @ self.Whz.T + dr @ self.Whr.T
        return dx, dh

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d, k = sizes["N"], sizes["D"], sizes["H"]
        shapes = {"Wx": (d, k), "Wh": (k, k), "b": (k,)}
        weights = [rng.standard_normal(shapes[name[:-1]]) / 2 for name in cls.params]
        return cls(*weights), tuple(rng.standard_normal((n, size)) for size in (d, k))
