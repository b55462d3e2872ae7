"""Undone: the edit that undoes a slip is found where loops take windows, batches are turned, and labels lack a term."""

import pytest

from .reports import findings

LAYERS = """
class Average:
    def __init__(self, size=3, stride=2):
        self.size, self.stride = size, stride
    def forward(self, x):
        self.shape = x.shape
        k, s = self.size, self.stride
        out = np.empty((*x.shape[:2], (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[:, :, i, j] = x[:, :, i * s : i * s + k, j * s : j * s + k].mean(axis=(2, 3))
        return out
    def backward(self, dout):
        k, s = self.size, self.stride
        dx = np.zeros(self.shape)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                dx[:, :, i * s : i * s + k, j * s : j * s + k] += dout[:, :, i, j][:, :, None, None] / (k * k)
        return dx
class Attends:
    def forward(self, q, k, v):
        self.q, self.k, self.v = q, k, v
        e = np.exp(q @ k.transpose(0, 2, 1))
        self.a = e / e.sum(axis=-1, keepdims=True)
        return self.a @ v
    def backward(self, dout):
        da = dout @ self.v.transpose(0, 2, 1)
        dv = self.a.transpose(0, 2, 1) @ dout
        ds = self.a * (da - (da * self.a).sum(axis=-1, keepdims=True))
        return ds @ self.k, ds.transpose(0, 2, 1) @ self.q, dv
def rnn_forward(x, h0, Wx, Wh):
    h, hs = h0, np.zeros((*x.shape[:2], h0.shape[1]))
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t].dot(Wx) + h.dot(Wh))
        hs[:, t] = h
    return hs, (x, h0, Wx, Wh, hs)
def rnn_backward(dhs, cache):
    x, h0, Wx, Wh, hs = cache
    dx, dWx, dWh, dh = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), 0
    for t in reversed(range(x.shape[1])):
        da = (dhs[:, t] + dh) * (1 - hs[:, t] ** 2)
        prev = hs[:, t - 1] if t > 0 else h0
        dx[:, t] = da.dot(Wx.T)
        dWx += x[:, t].T.dot(da)
        dWh += prev.T.dot(da)
        dh = da.dot(Wh.T)
    return dx, dh, dWx, dWh
class Weighted:
    def __init__(self, v, g):
        self.v, self.g = v, g
    def forward(self, x):
        self.x = x
        self.n = np.sqrt((self.v**2).sum(axis=0))
        self.w = self.v * (self.g / self.n)
        return x @ self.w
    def backward(self, dy):
        dw = self.x.T @ dy
        self.dg = (dw * self.v).sum(axis=0) / self.n
        self.dv = self.g / self.n * dw - self.g * self.dg / self.n**2 * self.v
        return dy @ self.w.T
class Hard:
    def forward(self, x):
        self.x = x
        return np.clip(0.2 * x + 0.5, 0, 1)
    def backward(self, dout):
        inside = (self.x > -2.5) & (self.x < 2.5)
        return dout * np.where(inside, 0.2, 0)
class Warm:
    def forward(self, x):
        e = np.exp((x - x.max(axis=1, keepdims=True)) / 2.5)
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p
    def backward(self, dp):
        inner = (dp * self.p).sum(axis=1, keepdims=True)
        return self.p * (dp - inner) / 2.5
class Rows:
    def forward(self, x):
        e = np.exp(x / 2.5)
        self.p = e / e.sum(axis=1)[:, None]
        return self.p
    def backward(self, dp):
        return np.stack([(np.diag(p) - np.outer(p, p)) @ d / 2.5 for p, d in zip(self.p, dp)])
class Logs:
    def forward(self, x):
        self.out = x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
        return self.out
    def backward(self, dout):
        return dout - np.exp(self.out) * dout.sum(axis=-1, keepdims=True)
class Twice:
    def forward(self, x):
        self.x = x
        self.mu = x.mean(axis=(2, 3), keepdims=True)
        return (x - self.mu) ** 2
    def backward(self, dout):
        d = 2 * dout * (self.x - self.mu)
        return d - d.mean(axis=(2, 3), keepdims=True)
class Mishes:
    def forward(self, x):
        self.x = x
        self.t = np.tanh(np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0))
        return x * self.t
    def backward(self, dout):
        s = 1 / (1 + np.exp(-self.x))
        return dout * (self.t + self.x * (1 - self.t**2) * s)
class Heads:
    def forward(self, q, k, v):
        n, t, d = q.shape
        q, k, v = (z.reshape(n, t, 2, d // 2).swapaxes(1, 2) for z in (q, k, v))
        e = np.exp(np.matmul(q, k.swapaxes(-1, -2)))
        self.p, self.q, self.k, self.v = e / e.sum(-1, keepdims=True), q, k, v
        return np.matmul(self.p, v).swapaxes(1, 2).reshape(n, t, d)
    def backward(self, dout):
        n, t, d = dout.shape
        do = dout.reshape(n, t, 2, d // 2).swapaxes(1, 2)
        dp = np.matmul(do, self.v.swapaxes(-1, -2))
        ds = self.p * (dp - np.sum(dp * self.p, axis=-1, keepdims=True))
        dq, dk = np.matmul(ds, self.k), np.matmul(ds.swapaxes(-1, -2), self.q)
        dv = np.matmul(self.p.swapaxes(-1, -2), do)
        dq, dk, dv = (z.swapaxes(1, 2).reshape(n, t, d) for z in (dq, dk, dv))
        return dq, dk, dv
class Pairs:
    def __init__(self, w, V):
        self.w, self.V = w, V
    def forward(self, x):
        self.x, self.xv = x, x @ self.V
        return x @ self.w + 0.5 * (self.xv**2 - x**2 @ self.V**2).sum(axis=1)
    def backward(self, dout):
        d = dout[:, None]
        self.dw = self.x.T @ dout
        self.dV = self.x.T @ (d * self.xv) - self.V * ((self.x**2).T @ d)
        return d * (self.w + self.xv @ self.V.T - self.x * (self.V**2).sum(axis=1))
class Padded:
    def __init__(self, W, pad=1):
        self.W, self.pad = W, pad
    def forward(self, x):
        p, k = self.pad, self.W.shape[2]
        self.xp, self.size = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))), x.shape[2:]
        h, w = self.xp.shape[2] - k + 1, self.xp.shape[3] - k + 1
        y = np.zeros((len(x), len(self.W), h, w))
        for i in range(h):
            for j in range(w):
                y[:, :, i, j] = np.tensordot(self.xp[:, :, i : i + k, j : j + k], self.W, ((1, 2, 3), (1, 2, 3)))
        return y
    def backward(self, dout):
        p, k, dxp = self.pad, self.W.shape[2], np.zeros_like(self.xp)
        self.dW = np.zeros_like(self.W)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                top, left = i * 1, j * 1
                d = dout[:, :, i, j]
                dxp[:, :, top : top + k, left : left + k] += np.tensordot(d, self.W, (1, 0))
                self.dW += np.tensordot(d, self.xp[:, :, top : top + k, left : left + k], (0, 0))
        return dxp[:, :, p : p + self.size[0], p : p + self.size[1]]
def softsign(x):
    return x / (1 + np.abs(x))
def softsign_derivative(x):
    return 1 / (1 + np.abs(x)) ** 2
def two_layer_loss(W1, b1, W2, b2, X, y):
    N = len(X)
    h = np.maximum(X @ W1 + b1, 0)
    s = h @ W2 + b2
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).mean() + 0.05 * ((W1**2).sum() + (W2**2).sum())
    ds = p.copy()
    ds[np.arange(N), y] -= 1
    ds /= N
    dW2, db2 = h.T @ ds + 0.1 * W2, ds.sum(axis=0)
    dh = ds @ W2.T
    dh[h <= 0] = 0
    dW1, db1 = X.T @ dh + 0.1 * W1, dh.sum(axis=0)
    return loss, dW1, db1, dW2, db2
def overlap(pred, true):
    return 1 - 2 * np.sum(pred * true) / (np.sum(pred) + np.sum(true))
def overlap_grad(pred, true):
    total = np.sum(pred) + np.sum(true)
    return -2 * (true * total - np.sum(pred * true)) / total**2
def margins_loss(W, X, y, reg=0.05):
    rows = np.arange(len(X))
    s = X @ W
    m = np.maximum(0, s - s[rows, y][:, None] + 1)
    m[rows, y] = 0
    loss = m.sum() / len(X) + reg * np.sum(W * W)
    mask = (m > 0).astype(float)
    mask[rows, y] = -mask.sum(axis=1)
    dW = X.T @ mask / len(X) + 2 * reg * W
    return loss, dW
def naive_loss(W, X, y):
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(len(X)):
        f = X[i] @ W
        p = np.exp(f) / np.exp(f).sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] += p[j] * X[i]
        dW[:, y[i]] -= X[i]
    loss = loss / len(X) + 0.1 * (W**2).sum()
    dW = dW / len(X) + 0.2 * W
    return loss, dW
"""
WINDOW = "dx[:, :, i * s : i * s + k, j * s : j * s + k]"
NAMES = [
    *("Average", "Attends", "rnn", "Weighted", "Hard", "Warm", "Rows", "Logs", "Twice", "Mishes"),
    *("Heads", "Pairs", "Padded", "softsign", "two_layer_loss", "overlap", "margins_loss", "naive_loss"),
]


@pytest.mark.parametrize("name", NAMES)
def test_as_they_stand_they_are_right(written, name):
    assert written(LAYERS).check(name).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Average", WINDOW, "dx[:, :, i : i + k, j : j + k]", "argument", "`dx[:, :, i * s:i * s + k, j * s:j * s + k]`"),
        ("Attends", "ds.transpose(0, 2, 1) @", "ds @", "transposed", "ds.swapaxes(-1, -2)"),
        ("Attends", "dv = self.a.transpose(0, 2, 1) @", "dv = self.a @", "transposed", "self.a.swapaxes(-1, -2)"),
        ("Attends", "return ds @ self.k,", "return ds.transpose(0, 2, 1) @ self.k,", "transposed", "should read `ds"),
        ("Attends", "self.a * (da - (da * self.a).sum(axis=-1, keepdims=True))", "da * self.a * (1 - self.a)", "diagonal-only", "(da - (da * self.a).sum("),
        ("rnn", "hs[:, t - 1] if t > 0 else h0", "hs[:, t]", "argument", "if t > 0 else h0"),
        ("rnn", "hs[:, t - 1] if t > 0 else h0", "hs[:, t - 1]", "argument", "if t > 0 else h0"),
        ("Weighted", ".sum(axis=0) / self.n\n", ".sum(axis=0)\n", "factor", "for g, v are right"),
        ("Hard", "inside, 0.2, 0)", "inside, 0, 0.2)", "inverted", "np.where(inside, 0.2, 0)"),
        ("Warm", "self.p * (dp - inner) / 2.5", "dp * self.p * (1 - self.p) / 2.5", "diagonal-only", "(dp * self.p).sum("),
        ("Rows", "np.diag(p) - np.outer(p, p)", "np.diag(p * (1 - p))", "diagonal-only", "only the diagonal"),
        ("Logs", "dout.sum(axis=-1, keepdims=True)", "dout", "unsummed", "exp(y)·dout is not summed"),
        ("Twice", "d.mean(axis=(2, 3)", "d.mean(axis=(0, 2, 3)", "axis", "axis=(2, 3)"),
        ("Mishes", "(self.t + self.x * (1 - self.t**2) * s)", "self.t", "term", "dout * s * self.x * (1 - self.t ** 2)"),
        ("Heads", "self.p.swapaxes(-1, -2), do", "self.p, do", "transposed", "matmul(self.p.swapaxes(-1, -2), do)"),
        ("Pairs", "self.w + self.xv", "self.w - self.xv", "sign", "self.w + self.xv"),
        ("Padded", "p : p + self.size[0], p : p + self.size[1]", ": self.size[0], : self.size[1]", "argument", "p:p +"),
        ("Padded", "self.xp[:, :, top : top + k, left : left + k]", "self.xp[:, :, left : left + k, top : top + k]", "argument", "`self.xp[:, :, top:top + k, left:left + k]`"),
        ("softsign", "(1 + np.abs(x)) ** 2", "(1 + np.abs(x))", "power", "1 / (1 + np.abs(x)) ** 2"),
        ("two_layer_loss", "    ds /= N\n", "", "scale-n", "`ds /= N` is missing after"),
        ("two_layer_loss", "    ds[np.arange(N), y] -= 1\n", "", "term", "lacks the term -np.eye(2)[y]"),
        ("overlap", "total**2", "total", "power", "total ** 2"),
        ("margins_loss", "    mask[rows, y] = -mask.sum(axis=1)\n", "", "term", "-np.eye(2)[y] * mask.sum(axis=1"),
        ("naive_loss", "        dW[:, y[i]] -= X[i]\n", "", "term", "X.T @ np.eye(2)[y]"),
        ("naive_loss", "p[j] * X[i]", "X[i]", "factor", "X[i] * p[j]"),
        ("naive_loss", "+ 0.2 * W", "+ 0.1 * W", "factor constant", ""),
    ],
)  # fmt: skip
def test_what_undoes_it_is_told(written, name, old, new, code, word):
    told = findings(written(LAYERS, old, new).check(name), "fail")
    first = [f.diagnosis[0] for f in told if f.diagnosis]
    assert first and {d.code for d in first} <= set(code.split())
    assert word in first[0].message


CUT = """
class Cropped:
    def __init__(self, pad=1):
        self.pad = pad
    def forward(self, x):
        self.x = x
        return x[:, self.pad : -self.pad] ** 2
    def backward(self, dout):
        p = self.pad
        full = np.zeros(self.x.shape)
        full[:, p : p + dout.shape[1]] = dout
        return 2 * self.x * full
class Both:
    def __init__(self, W, V):
        self.W, self.V = W, V
    def forward(self, x):
        self.x = x
        return np.concatenate([x @ self.W, x[::-1] @ self.V], axis=1)
    def backward(self, dout):
        k = self.W.shape[1]
        d, e = dout[:, :k], dout[::-1, k:]
        self.dW, self.dV = self.x.T @ d, self.x.T @ e
        return d @ self.W.T + e @ self.V.T
"""


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Cropped", "full[:, p : p + dout.shape[1]]", "full[:, : dout.shape[1]]"),
        ("Both", "dout[::-1, k:]", "dout[:, k:]"),
    ],
)
def test_where_an_array_is_cut_or_turned_round_is_told(written, name, old, new):
    assert written(CUT).check(name).ok
    told = findings(written(CUT, old, new).check(name), "fail")
    assert old.replace(" : ", ":") in told[0].diagnosis[0].message, told
