"""Set-ups of several weights at once: kernels a channel, pieces, gates over [h, x], pairs that are alike, mixtures."""

import re

import pytest

from ..reports import findings

LAYERS = """
class Pieces:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        z = np.einsum("nd,kdh->knh", x, self.W) + self.b[:, None, :]
        self.winner = z.argmax(axis=0)
        return z.max(axis=0)
    def backward(self, dout):
        dx, self.dW, self.db = np.zeros_like(self.x), np.zeros_like(self.W), np.zeros_like(self.b)
        for k in range(len(self.W)):
            d = np.where(self.winner == k, dout, 0)
            dx += d @ self.W[k].T
            self.dW[k] = self.x.T @ d
            self.db[k] = d.sum(axis=0)
        return dx
class Excite:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1, W2
    def forward(self, x):
        self.x, self.s = x, x.mean(axis=(2, 3))
        self.a = self.s @ self.W1
        self.e = 1 / (1 + np.exp(-np.maximum(self.a, 0) @ self.W2))
        return x * self.e[:, :, None, None]
    def backward(self, dout):
        dz = (dout * self.x).sum(axis=(2, 3)) * self.e * (1 - self.e)
        da = (dz @ self.W2.T) * (self.a > 0)
        self.dW1, self.dW2 = self.s.T @ da, np.maximum(self.a, 0).T @ dz
        ds = (da @ self.W1.T)[:, :, None, None]
        return dout * self.e[:, :, None, None] + ds / self.x[0, 0].size
class Depthwise:
    def __init__(self, weight):
        self.weight = weight
    def forward(self, x):
        self.x = x
        C, k, _ = self.weight.shape
        self.h, self.w = x.shape[2] - k + 1, x.shape[3] - k + 1
        out = np.zeros((len(x), C, self.h, self.w))
        for i in range(k):
            for j in range(k):
                out += self.weight[None, :, i, j, None, None] * x[:, :, i : i + self.h, j : j + self.w]
        return out
    def backward(self, dout):
        dx, self.dweight = np.zeros_like(self.x), np.zeros_like(self.weight)
        for i in range(self.weight.shape[1]):
            for j in range(self.weight.shape[2]):
                window = self.x[:, :, i : i + self.h, j : j + self.w]
                self.dweight[:, i, j] = (dout * window).sum(axis=(0, 2, 3))
                dx[:, :, i : i + self.h, j : j + self.w] += dout * self.weight[None, :, i, j, None, None]
        return dx
def gru_step_forward(x, h_prev, Wz, Wr, Wh):
    z_in = np.concatenate([h_prev, x], axis=1)
    z, r = 1 / (1 + np.exp(-z_in @ Wz)), 1 / (1 + np.exp(-z_in @ Wr))
    c_in = np.concatenate([r * h_prev, x], axis=1)
    c = np.tanh(c_in @ Wh)
    return (1 - z) * h_prev + z * c, (z_in, c_in, z, r, c, h_prev, Wz, Wr, Wh)
def gru_step_backward(dh, cache):
    z_in, c_in, z, r, c, h_prev, Wz, Wr, Wh = cache
    H = h_prev.shape[1]
    dz, dc = dh * (c - h_prev) * z * (1 - z), dh * z * (1 - c * c)
    dc_in = dc @ Wh.T
    dr = dc_in[:, :H] * h_prev * r * (1 - r)
    dz_in = dz @ Wz.T + dr @ Wr.T
    dh_prev = dh * (1 - z) + dc_in[:, :H] * r + dz_in[:, :H]
    return dc_in[:, H:] + dz_in[:, H:], dh_prev, z_in.T @ dz, z_in.T @ dr, c_in.T @ dc
class Alike:
    def forward(self, a, b, same):
        self.diff, self.same = a - b, same
        self.dist = np.sqrt((self.diff**2).sum(axis=1) + 1e-12)
        self.gap = np.maximum(1.5 - self.dist, 0)
        return np.sum(same * self.dist**2 + (1 - same) * self.gap**2) / (2 * len(a))
    def backward(self):
        da = (self.same - (1 - self.same) * self.gap / self.dist)[:, None] * self.diff / len(self.diff)
        return da, -da
class Scored:
    def __init__(self, W, v):
        self.W, self.v = W, v
    def forward(self, x):
        self.x, self.u = x, np.tanh(x @ self.W)
        e = np.exp(self.u @ self.v)
        self.a = e / e.sum(axis=1, keepdims=True)
        return (self.a[:, :, None] * x).sum(axis=1)
    def backward(self, dc):
        da = (self.x * dc[:, None, :]).sum(axis=2)
        ds = self.a * (da - (da * self.a).sum(axis=1, keepdims=True))
        dz = ds[:, :, None] * self.v * (1 - self.u**2)
        self.dv, self.dW = np.einsum("nt,ntm->m", ds, self.u), np.einsum("ntd,ntm->dm", self.x, dz)
        return self.a[:, :, None] * dc[:, None, :] + dz @ self.W.T
class Centres:
    def __init__(self, centers):
        self.centers = centers
    def forward(self, x, labels):
        self.labels, self.diff = labels, x - self.centers[labels]
        return 0.5 * np.sum(self.diff**2) / len(x)
    def backward(self):
        self.dcenters = np.zeros_like(self.centers)
        np.add.at(self.dcenters, self.labels, -self.diff / len(self.diff))
        return self.diff / len(self.diff)
class Mixture:
    def forward(self, scores, experts):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.w, self.experts = e / e.sum(axis=1, keepdims=True), experts
        return np.einsum("nk,nkd->nd", self.w, experts)
    def backward(self, dy):
        dexperts = self.w[:, :, None] * dy[:, None, :]
        dw = (self.experts * dy[:, None, :]).sum(axis=2)
        dscores = self.w * (dw - (dw * self.w).sum(axis=1, keepdims=True))
        return dscores, dexperts
class Smoothed:
    def __init__(self, classes=4, epsilon=0.1):
        self.K, self.epsilon = classes, epsilon
    def __call__(self, logits, labels):
        self.logp = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
        self.q = (1 - self.epsilon) * np.eye(self.K)[labels] + self.epsilon / self.K
        return -(self.q * self.logp).sum(axis=1).mean()
    def gradient(self):
        return (np.exp(self.logp) - self.q) / len(self.q)
class Slopes:
    def __init__(self, channels=3):
        self.a = np.full(channels, 0.25)
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.a.reshape(1, -1, 1, 1) * x)
    def backward(self, dout):
        self.da = (dout * self.x * (self.x <= 0)).sum(axis=(0, 2, 3))
        return dout * np.where(self.x > 0, 1, self.a.reshape(1, -1, 1, 1))
class StepsFirst:
    def __init__(self, n_in, n_hidden):
        self.Wx = np.random.randn(n_in, n_hidden) * 0.3
        self.Wh = np.random.randn(n_hidden, n_hidden) * 0.3
        self.b = np.zeros(n_hidden)
    def forward(self, xs, h0):
        self.xs, self.hs = xs, [h0]
        for x in xs:
            self.hs.append(np.tanh(x @ self.Wx + self.hs[-1] @ self.Wh + self.b))
        return np.stack(self.hs[1:])
    def backward(self, dhs):
        self.dWx, self.dWh, self.db = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.b)
        dxs, dnext = [None] * len(dhs), np.zeros_like(self.hs[0])
        for t in reversed(range(len(dhs))):
            dz = (dhs[t] + dnext) * (1 - self.hs[t + 1] ** 2)
            self.dWx += self.xs[t].T @ dz
            self.dWh += self.hs[t].T @ dz
            self.db += dz.sum(axis=0)
            dxs[t], dnext = dz @ self.Wx.T, dz @ self.Wh.T
        return dxs, dnext
def triplet_loss(anchor, positive, negative, margin=1.0):
    near, far = ((anchor - positive) ** 2).sum(axis=1), ((anchor - negative) ** 2).sum(axis=1)
    gap = near - far + margin
    on = 2 * (gap > 0)[:, None] / len(gap)
    da, dp, dn = on * (negative - positive), on * (positive - anchor), on * (anchor - negative)
    return np.maximum(gap, 0).mean(), (da, dp, dn)
def softmax_loss(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    error, rows = e / e.sum(axis=1, keepdims=True), np.arange(len(labels))
    loss = -np.log(error[rows, labels]).mean()
    error[rows, labels] -= 1
    return loss, error / len(labels)
def swish(x):
    return x / (1 + np.exp(-x))
def swish_backward_data(x, dy):
    s = 1 / (1 + np.exp(-x))
    return dy * (s + x * s * (1 - s))
def costfunction(theta, X, y, lam=1.0):
    p = 1 / (1 + np.exp(-X @ theta))
    fit = -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()
    return (fit + lam * (theta[1:] ** 2).sum() / 2) / len(y)
def gradientRegularized(theta, X, y, lam=1.0):
    p = 1 / (1 + np.exp(-X @ theta))
    return (X.T @ (p - y) + lam * np.r_[0, theta[1:]]) / len(y)
class PointConv:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return np.einsum("nchw,fc->nfhw", x, self.W) + self.b[:, None, None]
    def backward(self, dout):
        self.dW = np.einsum("nfhw,nchw->fc", dout, self.x)
        self.db = dout.sum(axis=(0, 2, 3))
        return np.einsum("nfhw,fc->nchw", dout, self.W)
class Gated:
    def __init__(self, Wf, Wg):
        self.Wf, self.Wg = Wf, Wg
    def forward(self, x):
        self.x, n = x, len(self.Wf)
        self.T = x.shape[1] - n + 1
        self.f = np.tanh(sum(x[:, k : k + self.T] @ self.Wf[k] for k in range(n)))
        self.g = sum(x[:, k : k + self.T] @ self.Wg[k] for k in range(n))
        return self.f * self.g
    def backward(self, dy):
        df, dg = dy * self.g * (1 - self.f**2), dy * self.f
        dx, self.dWf, self.dWg = np.zeros_like(self.x), np.zeros_like(self.Wf), np.zeros_like(self.Wg)
        for k in range(len(self.Wf)):
            window = self.x[:, k : k + self.T]
            self.dWf[k] = np.einsum("ntc,nto->co", window, df)
            self.dWg[k] = np.einsum("ntc,nto->co", window, dg)
            dx[:, k : k + self.T] += df @ self.Wf[k].T + dg @ self.Wg[k].T
        return dx
class Regress:
    def __init__(self, n_x, n_h):
        self.W, self.b = np.random.randn(n_h, n_x), np.zeros((n_h, 1))
    def forward(self, x, y):
        self.x, self.m = x, y.shape[1]
        self.a = 1 / (1 + np.exp(-(self.W @ x + self.b)))
        self.d = (self.a - y) / self.m
        return -np.sum(y * np.log(self.a) + (1 - y) * np.log(1 - self.a)) / self.m
    def backward(self):
        self.dW = self.d @ self.x.T
        self.db = self.d.sum(axis=1, keepdims=True)
        return self.W.T @ self.d
class PixelLoss:
    def forward(self, scores, labels):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        self.hot = np.moveaxis(np.eye(scores.shape[1])[labels], -1, 1)
        return -np.sum(self.hot * np.log(self.p)) / labels.size
    def backward(self):
        n, c, h, w = self.p.shape
        return (self.p - self.hot) / (n * h * w)
class Table:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]
    def forward(self, idx):
        self.idx = idx
        return self.params[0][idx]
    def backward(self, dout):
        self.grads[0][...] = 0
        np.add.at(self.grads[0], self.idx, dout)
class TableDot:
    def __init__(self, W):
        self.embed = Table(W)
        self.params, self.grads = self.embed.params, self.embed.grads
    def forward(self, h, idx):
        self.cache = h, self.embed.forward(idx)
        return np.sum(self.cache[1] * h, axis=1)
    def backward(self, dout):
        h, rows = self.cache
        self.embed.backward(dout[:, None] * h)
        return dout[:, None] * rows
class GRUCell:
    def __init__(self, Wz, Wr, Wh, Uz, Ur, Uh, bz, br, bh):
        self.Wz, self.Wr, self.Wh, self.Uz, self.Ur, self.Uh, self.bz, self.br, self.bh = Wz, Wr, Wh, Uz, Ur, Uh, bz, br, bh
    def forward(self, x, h):
        z = 1 / (1 + np.exp(-(x @ self.Wz + h @ self.Uz + self.bz)))
        r = 1 / (1 + np.exp(-(x @ self.Wr + h @ self.Ur + self.br)))
        c = np.tanh(x @ self.Wh + (r * h) @ self.Uh + self.bh)
        self.cache = x, h, z, r, c
        return (1 - z) * h + z * c
    def backward(self, dh):
        x, h, z, r, c = self.cache
        dc = dh * z * (1 - c ** 2)
        dz = dh * (c - h) * z * (1 - z)
        drh = dc @ self.Uh.T
        dr = drh * h * r * (1 - r)
        self.dWz, self.dUz, self.dbz = x.T @ dz, h.T @ dz, dz.sum(0)
        self.dWr, self.dUr, self.dbr = x.T @ dr, h.T @ dr, dr.sum(0)
        self.dWh, self.dUh, self.dbh = x.T @ dc, (r * h).T @ dc, dc.sum(0)
        return dz @ self.Wz.T + dr @ self.Wr.T + dc @ self.Wh.T, dh * (1 - z) + drh * r + dz @ self.Uz.T + dr @ self.Ur.T
def forget_step(x, h, Wf, Uf, bf, Wc, Uc, bc):
    f, c = 1 / (1 + np.exp(-(Wf @ x + Uf @ h + bf))), np.tanh(Wc @ x + Uc @ h + bc)
    return f * h + (1 - f) * c, (x, h, Wf, Uf, Wc, Uc, f, c)
def forget_step_backward(dout, cache):
    x, h, Wf, Uf, Wc, Uc, f, c = cache
    df, dc = dout * (h - c) * f * (1 - f), dout * (1 - f) * (1 - c**2)
    dbf, dbc = df.sum(axis=1, keepdims=True), dc.sum(axis=1, keepdims=True)
    dx, dh = Wf.T @ df + Wc.T @ dc, dout * f + Uf.T @ df + Uc.T @ dc
    return dx, dh, df @ x.T, df @ h.T, dbf, dc @ x.T, dc @ h.T, dbc
"""
SLIPS = [
    ("Pieces", "self.winner == k, dout, 0", "self.winner == k, 1.0, 0"),
    ("Excite", " + ds / self.x[0, 0].size", ""),
    ("Depthwise", "= (dout * window).sum(axis=(0, 2, 3))", "= window.sum(axis=(0, 2, 3))"),
    ("gru_step", "dh * (1 - z) + dc_in", "dc_in"),
    ("Alike", "return da, -da", "return da, da"),
    ("Scored", "* (1 - self.u**2)", "* 1"),
    ("Centres", "return self.diff / len(self.diff)", "return self.diff"),
    ("Mixture", "(self.experts * dy[:, None, :])", "self.experts"),
    ("Smoothed", "(np.exp(self.logp) - self.q)", "(self.q - np.exp(self.logp))"),
    ("StepsFirst", "self.hs[t].T @ dz", "self.hs[t + 1].T @ dz"),
    ("triplet_loss", "on * (positive - anchor)", "on * (anchor - positive)"),
    ("softmax_loss", "return loss, error / len(labels)", "return loss, error"),
    ("swish", "dy * (s + x", "dy * (1 + x"),
    ("costfunction", "(X.T @ (p - y) + lam", "(X.T @ (y - p) + lam"),
    ("Slopes", "(dout * self.x * (self.x <= 0))", "(dout * self.x)"),
    ("PointConv", '"nfhw,nchw->fc", dout, self.x', '"nfhw,nchw->fc", abs(dout), self.x'),
    ("Gated", "df @ self.Wf[k].T + dg @ self.Wg[k].T", "df @ self.Wf[k].T"),
    ("Regress", "self.db = self.d.sum(axis=1, keepdims=True)", "self.db = self.d.sum(keepdims=True)"),
    ("PixelLoss", "/ (n * h * w)", "/ n"),
    ("Regress", "self.dW = self.d @ self.x.T", "self.dW = self.d @ self.x.T * self.m"),
    ("GRUCell", "dh * (1 - z) + drh * r", "drh * r"),
    ("forget_step", "dout * f + Uf.T", "Uf.T"),
    ("TableDot", "self.embed.backward(dout[:, None] * h)", "self.embed.backward(dout[:, None] * rows)"),
]


@pytest.mark.parametrize(("name", "old", "new"), SLIPS)
def test_it_is_set_up_and_a_slip_in_it_is_named(written, name, old, new):
    right = written(LAYERS).check(name)
    assert right.outcome == "correct", right
    wrong = written(LAYERS, old, new).check(name)
    assert wrong.outcome in ("wrong", "factor"), wrong
    assert any(f.diagnosis for f in findings(wrong, "fail")), wrong


def test_a_layer_that_gives_two_gradients_is_no_loss(written):
    odd = re.sub(r"nk,nkd->nd(.*), experts", r"nk,nkde->nde\1, experts", LAYERS)  # four axes: no scene has them
    odd = odd.replace("self.experts * dy[:, None, :]).sum(axis=2)", "self.experts).sum(axis=(2, 3))")
    assert written(odd).check("Mixture").outcome != "correct"
