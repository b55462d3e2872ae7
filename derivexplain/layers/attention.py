"""Attention: every query takes a mean of the values, weighted by how well the keys fit."""

from __future__ import annotations

import numpy as np

from ..layer import SIZES, Layer, as_float


def rows(S):
    """Softmax along the last axis."""
    e = np.exp(S - S.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def through_rows(A, dA):
    """The gradient of the scores S from that of A = rows(S)."""
    return A * (dA - (dA * A).sum(axis=-1, keepdims=True))


CORE = """
S[i,j] = c*sum(d, Q[i,d]*K[j,d])
Z[i] = sum(j, exp(S[i,j]))
A[i,j] = exp(S[i,j])/Z[i]
y[i,m] = sum(j, A[i,j]*V[j,m])
"""

SWEEP = """
dA[i,j] = sum(m, g[i,m]*V[j,m])
dS[i,j] = A[i,j]*(dA[i,j] - sum(l, dA[i,l]*A[i,l]))
"""


class Attention(Layer):
    """Scaled dot-product attention; c is usually 1/sqrt(d)."""

    formula = CORE
    claims = {
        "Q": SWEEP + "dQ[i,d] = c*sum(j, dS[i,j]*K[j,d])",
        "K": SWEEP + "dK[j,d] = c*sum(i, dS[i,j]*Q[i,d])",
        "V": "sum(i, A[i,j]*g[i,m])",
    }
    constants = ("c",)

    def __init__(self, c=1.0):
        self.c = c

    def forward(self, Q, K, V):
        self.Q, self.K, self.V = as_float(Q), as_float(K), as_float(V)
        self.A = rows(self.c * (self.Q @ self.K.T))
        return self.A @ self.V

    def backward(self, dout):
        dV = self.A.T @ dout
        dS = through_rows(self.A, dout @ self.V.T)
        return self.c * (dS @ self.K), self.c * (dS.T @ self.Q), dV

    @classmethod
    def example(cls, rng, sizes=SIZES):
        i, j, d, m = sizes["N"], sizes["H"], sizes["D"], sizes["M"]
        shapes = (i, d), (j, d), (j, m)
        return cls(d**-0.5), tuple(rng.standard_normal(s) for s in shapes)


class MaskedAttention(Attention):
    """The same where the mask (1 or 0) says which keys a query may see; the others get weight 0."""

    formula = """
    S[i,j] = c*sum(d, Q[i,d]*K[j,d])
    E[i,j] = exp(S[i,j])*mask[i,j]
    Z[i] = sum(j, E[i,j])
    A[i,j] = E[i,j]/Z[i]
    y[i,m] = sum(j, A[i,j]*V[j,m])
    """

    def __init__(self, mask, c=1.0):
        self.mask, self.c = np.asarray(mask), c

    def forward(self, Q, K, V):
        self.Q, self.K, self.V = as_float(Q), as_float(K), as_float(V)
        self.A = rows(np.where(self.mask > 0, self.c * (self.Q @ self.K.T), -np.inf))
        return self.A @ self.V

    @classmethod
    def example(cls, rng, sizes=SIZES):
        i, j, d, m = sizes["N"], sizes["H"], sizes["D"], sizes["M"]
        mask = np.tri(i, j, max(j - i, 0))  # a query sees the keys up to its own
        return cls(mask, d**-0.5), tuple(rng.standard_normal(s) for s in ((i, d), (j, d), (j, m)))


class MultiHeadAttention(Layer):
    """Self-attention of several heads; the weights carry the head as an axis of its own."""

    title = "Multi-head attention"
    formula = """
    q[h,i,d] = sum(a, x[i,a]*Wq[a,h,d])
    k[h,j,d] = sum(a, x[j,a]*Wk[a,h,d])
    v[h,j,d] = sum(a, x[j,a]*Wv[a,h,d])
    S[h,i,j] = c*sum(d, q[h,i,d]*k[h,j,d])
    Z[h,i] = sum(j, exp(S[h,i,j]))
    A[h,i,j] = exp(S[h,i,j])/Z[h,i]
    o[h,i,d] = sum(j, A[h,i,j]*v[h,j,d])
    y[i,b] = sum(h, d, o[h,i,d]*Wo[h,d,b])
    """
    params = ("Wq", "Wk", "Wv", "Wo")
    constants = ("c",)

    def __init__(self, Wq, Wk, Wv, Wo, c=1.0):
        self.Wq, self.Wk, self.Wv, self.Wo, self.c = as_float(Wq), as_float(Wk), as_float(Wv), as_float(Wo), c

    def forward(self, x):
        self.x = as_float(x)
        self.q, self.k, self.v = (np.einsum("ia,ahd->hid", self.x, W) for W in (self.Wq, self.Wk, self.Wv))
        self.A = rows(self.c * (self.q @ self.k.transpose(0, 2, 1)))
        self.o = self.A @ self.v
        return np.einsum("hid,hdb->ib", self.o, self.Wo)

    def backward(self, dout):
        do = np.einsum("ib,hdb->hid", dout, self.Wo)
        dv = self.A.transpose(0, 2, 1) @ do
        dS = through_rows(self.A, do @ self.v.transpose(0, 2, 1))
        dq = self.c * (dS @ self.k)
        dk = self.c * (dS.transpose(0, 2, 1) @ self.q)
        self.dWq, self.dWk, self.dWv = (np.einsum("ia,hid->ahd", self.x, d) for d in (dq, dk, dv))
        self.dWo = np.einsum("hid,ib->hdb", self.o, dout)
        pairs = (dq, self.Wq), (dk, self.Wk), (dv, self.Wv)
        return sum(np.einsum("hid,ahd->ia", d, W) for d, W in pairs)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        i, a, h, d, b = sizes["N"], sizes["D"], sizes["M"], sizes["H"], sizes["D"]
        Wq, Wk, Wv = rng.standard_normal((3, a, h, d)) / 2
        return cls(Wq, Wk, Wv, rng.standard_normal((h, d, b)) / 2, d**-0.5), (rng.standard_normal((i, a)),)


class ContextAttention(Layer):
    """Weights from one query, then a mean of the states (Saitoh 2, ch. 8.2): hs takes two paths."""

    formula = """
    s[n,t] = sum(k, hs[n,t,k]*h[n,k])
    Z[n] = sum(t, exp(s[n,t]))
    w[n,t] = exp(s[n,t])/Z[n]
    y[n,k] = sum(t, w[n,t]*hs[n,t,k])
    """

    def forward(self, hs, h):
        self.hs, self.h = as_float(hs), as_float(h)
        self.w = rows((self.hs * self.h[:, None]).sum(axis=2))
        return (self.w[:, :, None] * self.hs).sum(axis=1)

    def backward(self, dout):
        ds = through_rows(self.w, (dout[:, None] * self.hs).sum(axis=2))
        dhs = self.w[:, :, None] * dout[:, None] + ds[:, :, None] * self.h[:, None]
        return dhs, (ds[:, :, None] * self.hs).sum(axis=1)

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, t, k = sizes["N"], sizes["H"], sizes["D"]
        return cls(), (rng.standard_normal((n, t, k)), rng.standard_normal((n, k)))


class Rope(Layer):
    """Rotary position: pairs of features (a, b) turned by an angle that grows with the place."""

    title = "RoPE"
    formula = """
    u[t,k] = a[t,k]*cos(angle[t,k]) - b[t,k]*sin(angle[t,k])
    v[t,k] = a[t,k]*sin(angle[t,k]) + b[t,k]*cos(angle[t,k])
    """
    claims = {
        "a": "g_u[t,k]*cos(angle[t,k]) + g_v[t,k]*sin(angle[t,k])",
        "b": "g_v[t,k]*cos(angle[t,k]) - g_u[t,k]*sin(angle[t,k])",
    }

    def __init__(self, angle):
        self.angle = as_float(angle)

    def forward(self, a, b):
        a, b = as_float(a), as_float(b)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return a * cos - b * sin, a * sin + b * cos

    def backward(self, du, dv):
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return du * cos + dv * sin, dv * cos - du * sin

    @classmethod
    def example(cls, rng, sizes=SIZES):
        t, k = sizes["N"], sizes["D"]
        angle = np.arange(t)[:, None] / 10000 ** (np.arange(k) / k)
        return cls(angle), (rng.standard_normal((t, k)), rng.standard_normal((t, k)))


class Glu(Layer):
    """Gated linear unit: a, let through as far as the sigmoid of b opens."""

    title = "GLU"
    formula = """
    s[n,j] = 1/(1 + exp(-b[n,j]))
    y[n,j] = a[n,j]*s[n,j]
    """
    claims = {"a": "g[n,j]*s[n,j]", "b": "g[n,j]*y[n,j]*(1 - s[n,j])"}

    def forward(self, a, b):
        self.a = as_float(a)
        self.s = 0.5 * (1 + np.tanh(0.5 * as_float(b)))
        return self.a * self.s

    def backward(self, dout):
        return dout * self.s, dout * self.a * self.s * (1 - self.s)


class Swiglu(Layer):
    """Gated unit with swish: two linear maps of x, one gating the other."""

    title = "SwiGLU"
    formula = """
    a[n,j] = sum(d, x[n,d]*W[d,j])
    b[n,j] = sum(d, x[n,d]*V[d,j])
    s[n,j] = 1/(1 + exp(-a[n,j]))
    y[n,j] = a[n,j]*s[n,j]*b[n,j]
    """
    params = ("W", "V")

    def __init__(self, W, V):
        self.W, self.V = as_float(W), as_float(V)

    def forward(self, x):
        self.x = as_float(x)
        self.a, self.b = self.x @ self.W, self.x @ self.V
        self.s = 0.5 * (1 + np.tanh(0.5 * self.a))
        return self.a * self.s * self.b

    def backward(self, dout):
        db = dout * self.a * self.s
        da = dout * self.b * self.s * (1 + self.a * (1 - self.s))
        self.dW, self.dV = self.x.T @ da, self.x.T @ db
        return da @ self.W.T + db @ self.V.T

    @classmethod
    def example(cls, rng, sizes=SIZES):
        n, d, m = sizes["N"], sizes["D"], sizes["M"]
        return cls(*rng.standard_normal((2, d, m))), (rng.standard_normal((n, d)),)
