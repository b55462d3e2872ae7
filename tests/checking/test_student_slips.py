"""Slips as students make them: what forward keeps, what is cropped, cut to whole numbers, or set where it is added."""

import pytest

from .reports import findings, reasons

CENTRED = """
class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW = self.x.T @ d
        self.db = d.sum(axis=0)
        return d @ self.W.T
"""
NORMED = """
def norm_forward(x, gamma, beta):
    var = x.var(axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = (x - x.mean(axis=0)) / std
    cache = (xhat, gamma, std)
    return gamma * xhat + beta, cache
def norm_backward(dout, cache):
    xhat, gamma, std = cache
    d = dout * gamma
    dx = (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / std
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
"""
PEAKS = """
class Peaks:
    def __init__(self, size=2, step=2):
        self.size, self.step = size, step
    def forward(self, x):
        self.x = x
        k, s = self.size, self.step
        rows, cols = (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1
        out = np.zeros((*x.shape[:2], rows, cols))
        for i in range(rows):
            for j in range(cols):
                out[:, :, i, j] = x[:, :, i * s:i * s + k, j * s:j * s + k].max(axis=(2, 3))
        return out
    def backward(self, dout):
        k, s = self.size, self.step
        dx = np.zeros_like(self.x)
        for n, c, i, j in np.ndindex(*dout.shape):
            part = self.x[n, c, i * s:i * s + k, j * s:j * s + k]
            p, q = np.unravel_index(part.argmax(), part.shape)
            dx[n, c, i * s + p, j * s + q] += dout[n, c, i, j]
        return dx
"""
STEPS = """
class Steps:
    def __init__(self, Wx, Wh):
        self.Wx, self.Wh = Wx, Wh
    def forward(self, x, h0):
        self.x, self.hs = x, [h0]
        for t in range(x.shape[1]):
            self.hs.append(np.tanh(x[:, t] @ self.Wx + self.hs[-1] @ self.Wh))
        return np.stack(self.hs[1:], axis=1)
    def backward(self, d):
        dx, carry = np.zeros_like(self.x), np.zeros_like(self.hs[0])
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        for t in reversed(range(self.x.shape[1])):
            da = (d[:, t] + carry) * (1 - self.hs[t + 1] ** 2)
            self.dWx += self.x[:, t].T @ da
            self.dWh += self.hs[t].T @ da
            dx[:, t] = da @ self.Wx.T
            carry = da @ self.Wh.T
        return dx, carry
"""
SLID = """
def slid_forward(x, w, b, pad=1):
    N, C, H, W = x.shape
    F, _, K, _ = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, H + 2 * pad - K + 1, W + 2 * pad - K + 1))
    for i, j in np.ndindex(*out.shape[2:]):
        out[:, :, i, j] = np.tensordot(xp[:, :, i:i + K, j:j + K], w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, pad, xp)
def slid_backward(dout, cache):
    x, w, pad, xp = cache
    K = w.shape[2]
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        dxp[:, :, i:i + K, j:j + K] += np.tensordot(dout[:, :, i, j], w, axes=(1, 0))
        dw += np.tensordot(dout[:, :, i, j], xp[:, :, i:i + K, j:j + K], axes=(0, 0))
    dx = dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]
    return dx, dw, dout.sum(axis=(0, 2, 3))
"""
BENT = """
class Bent:
    def __init__(self, delta=1.0):
        self.delta = delta
    def forward(self, y, t):
        self.e = y - t
        near = np.abs(self.e) <= self.delta
        return np.where(near, self.e ** 2 / 2, self.delta * (np.abs(self.e) - self.delta / 2)).mean()
    def backward(self):
        near = np.abs(self.e) <= self.delta
        return np.where(near, self.e, self.delta * np.sign(self.e)) / self.e.size
"""
HYPERBOLIC = """
def hyperbolic(z):
    return np.tanh(z)
def hyperbolic_prime(z):
    return 1 - np.tanh(z) ** 2
"""
LEAKY = """
class Learned:
    def __init__(self, n):
        self.a = np.full(n, 0.25)
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.a * x)
    def backward(self, d):
        self.da = np.sum(np.where(self.x > 0, 0, self.x) * d, axis=0)
        return d * np.where(self.x > 0, 1, self.a)
"""
GROUPS = """
def grouped_forward(x, gamma, beta, G):
    N, C, H, W = x.shape
    parts = x.reshape(N, G, C // G, H, W)
    m, v = parts.mean(axis=(2, 3, 4), keepdims=True), parts.var(axis=(2, 3, 4), keepdims=True)
    istd = 1 / np.sqrt(v + 1e-5)
    xn = ((parts - m) * istd).reshape(N, C, H, W)
    return gamma * xn + beta, (xn, istd, gamma, G)
def grouped_backward(dout, cache):
    xn, istd, gamma, G = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * xn).sum(axis=(0, 2, 3), keepdims=True)
    d, parts = ((a).reshape(N, G, C // G, H, W) for a in (dout * gamma, xn))
    dx = d - d.mean(axis=(2, 3, 4), keepdims=True) - parts * (d * parts).mean(axis=(2, 3, 4), keepdims=True)
    return (dx * istd).reshape(N, C, H, W), dgamma, dbeta
"""
HARD = """
class Hard:
    def forward(self, x):
        self.mask = (x > -1) & (x < 1)
        return np.clip(x, -1, 1)
    def backward(self, d):
        return d * self.mask
"""
LOGISTIC = """
class Logistic:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y
    def backward(self, d):
        return d * self.y * (1 - self.y)
"""
CARRIED = """
class Carried:
    def __init__(self, n):
        self.p = {"Wh": np.random.randn(n, n), "bh": np.zeros(n), "Wt": np.random.randn(n, n), "bt": np.zeros(n)}
        self.grads = {}
    def forward(self, x):
        h = np.tanh(x @ self.p["Wh"] + self.p["bh"])
        t = 1 / (1 + np.exp(-(x @ self.p["Wt"] + self.p["bt"])))
        self.kept = x, h, t
        return t * h + (1 - t) * x
    def backward(self, d):
        x, h, t = self.kept
        dt, dh = d * (h - x) * t * (1 - t), d * t * (1 - h ** 2)
        for key, g in (("h", dh), ("t", dt)):
            self.grads["W" + key], self.grads["b" + key] = x.T @ g, g.sum(axis=0)
        return dh @ self.p["Wh"].T + dt @ self.p["Wt"].T + d * (1 - t)
"""
FRAMED = """
class Framed:
    def __init__(self, pad=1):
        self.pad = pad
    def forward(self, x):
        p = self.pad
        return np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    def backward(self, d):
        p = self.pad
        h, w = d.shape[2:]
        return d[:, :, p:h - p, p:w - p].copy()
"""
COLUMNS = """
class Columns:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_out, n_in), np.zeros((n_out, 1))
    def forward(self, A):
        self.A, self.Z = A, self.W @ A + self.b
        return np.maximum(0, self.Z)
    def backward(self, dA):
        dZ = np.array(dA, copy=True)
        dZ[self.Z <= 0] = 0
        self.dW, self.db = dZ @ self.A.T, np.sum(dZ, axis=1, keepdims=True)
        return self.W.T @ dZ
"""
MEANS = """
class Means:
    def __init__(self, pool_h=2, pool_w=2, stride=2):
        self.pool_h, self.pool_w, self.stride = pool_h, pool_w, stride
    def forward(self, X):
        self.shape = X.shape
        rows, cols = ((n - k) // self.stride + 1 for n, k in zip(X.shape[2:], (self.pool_h, self.pool_w)))
        out = np.zeros((*X.shape[:2], rows, cols))
        for i, j in np.ndindex(rows, cols):
            a, b = i * self.stride, j * self.stride
            out[:, :, i, j] = X[:, :, a:a + self.pool_h, b:b + self.pool_w].mean(axis=(2, 3))
        return out
    def backward(self, dout):
        dX, area = np.zeros(self.shape), self.pool_h * self.pool_w
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                a, b = i * self.stride, j * self.stride
                dX[:, :, a:a + self.pool_h, b:b + self.pool_w] += dout[:, :, i:i + 1, j:j + 1] / area
        return dX
"""
PAIRED = """
class Paired:
    def __init__(self, margin=2.0):
        self.margin = margin
    def forward(self, a, b, y):
        self.diff, self.y = a - b, y
        self.d = np.sqrt(np.sum(self.diff ** 2, axis=1) + 1e-9)
        far = np.maximum(0, self.margin - self.d) ** 2
        return (y * self.d ** 2 + (1 - y) * far).mean() / 2
    def backward(self):
        push = (1 - self.y) * np.maximum(0, self.margin - self.d) / self.d
        grad = (self.y - push)[:, None] * self.diff / len(self.y)
        return grad, -grad
"""
SUMS = """
class Tensor:
    def __init__(self, data, parents=(), back=None):
        self.data, self.parents, self.back = np.asarray(data, dtype=float), parents, back
        self.grad = np.zeros_like(self.data)
    def backward(self, grad):
        self.grad = self.grad + grad
        if self.back:
            self.back(grad)
    def sum(self, axis=None, keepdims=False):
        def back(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            self.backward(np.broadcast_to(g, self.data.shape))
        return Tensor(self.data.sum(axis=axis, keepdims=keepdims), (self,), back)
"""
RIGHT = (CENTRED, NORMED, PEAKS, STEPS, SLID, BENT, HYPERBOLIC, LEAKY, GROUPS, HARD, LOGISTIC, CARRIED, FRAMED)
RIGHT += (COLUMNS, MEANS, SUMS, PAIRED)
KEPT = "what forward keeps is not what backward needs: "


@pytest.mark.parametrize("text", RIGHT)
def test_right_as_it_stands(text, written):
    (report,) = written(text).checks().values()
    assert report.outcome == "correct"


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (CENTRED, "self.x = x", "self.x = x - x.mean()", f"{KEPT}`x - x.mean()` in line 6 should read `x`"),
        (NORMED, "(xhat, gamma, std)\n    return", "(xhat, gamma, var)\n    return", f"{KEPT}`var` in line 6"),
        (PEAKS, "zeros_like(self.x)", "zeros_like(self.x, dtype=int)", "should read `np.zeros_like(self.x)`"),
        (PEAKS, "i * s + p, j * s + q", "p, q", "should read `dx[n, c, i * s + p, j * s + q]`"),
        (STEPS, "carry = da", "carry += da", "`carry += da @ self.Wh.T` should read `carry = da @ self.Wh.T`"),
        (SLID, "[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]", "", "`dxp` should read `dxp[:, :, pad:dxp"),
        (BENT, "near = np.abs(self.e) <= self.delta\n        return np.where(near, self.e,",
         "near = self.e <= self.delta\n        return np.where(near, self.e,", "should read `np.abs(self.e) <= "),
        (HYPERBOLIC, "np.tanh(z) ** 2", "np.tanh(z ** 2)", "`np.tanh(z ** 2)` should read `np.tanh(z) ** 2`"),
        (LEAKY, ", axis=0)", ")", "should read `np.sum(np.where(self.x > 0, 0, self.x) * d, axis=0)`"),
        (GROUPS, "(dout * xn).sum(axis=(0, 2, 3)", "(dout * xn).sum(axis=(2, 3)", "not summed over the axes along"),
        (HARD, "(x > -1) & (x < 1)", "(x > -1) | (x < 1)", f"{KEPT}`(x > -1) | (x < 1)` in line 4 should read"),
        (LOGISTIC, "self.y * (1", "self.y - (1", "should read `d * self.y * (1 - self.y)`"),
        (CARRIED, 'dt @ self.p["Wt"]', 'dt @ self.p["Wh"]', "`self.p['Wh']` should read `self.p['Wt']`"),
        (FRAMED, "p:h - p, p:w - p", "p:h, p:w", "`d[:, :, p:h, p:w]` should read `d[:, :, p:h - p, p:w - p]`"),
        (COLUMNS, "self.W.T @ dZ", "self.W.T @ dA", "`dA` should read `dZ`"),
        (COLUMNS, "np.sum(dZ, axis=1, keepdims=True)", "np.sum(dZ)", "should read `np.sum(dZ, axis=1, keepdims="),
    ],
)  # fmt: skip
def test_the_slip_is_told(text, old, new, said, written):
    (report,) = written(text, old, new).checks().values()
    assert report.outcome == "wrong"
    assert any(said in d.message for d in reasons(report, "fail"))


def test_an_argument_that_forward_overwrites_is_not_overwritten_by_measuring(written):
    (report,) = written(CENTRED, "self.x = x\n", "self.x = x\n        self.x += 0.01\n").checks().values()
    assert report.outcome == "hazards" and findings(report, "warn", "arguments-untouched")


def test_what_a_loop_counts_with_is_no_reason_outside_of_it(written):
    (report,) = written(MEANS, "self.pool_h * self.pool_w", "1").checks().values()
    assert report.outcome == "factor" and "should read" not in findings(report, "fail", "values")[0].message


def test_another_length_of_images_is_no_reason_where_it_is_right_by_chance(written):
    (report,) = written(MEANS, "self.pool_h * self.pool_w", "dout.shape[2] * dout.shape[3]").checks().values()
    assert report.outcome == "factor" and "should read" not in findings(report, "fail", "values")[0].message


def test_a_sum_over_one_axis_is_tried_as_well(written):
    (report,) = written(SUMS, "np.expand_dims(g, axis)", "g.sum()").checks().values()
    assert report.outcome == "hazards"
    assert [f.message[:8] for f in findings(report, "warn", "values")] == ["axis = 0", "axis = 1"]


def test_which_channels_belong_together_is_tried_with_more_than_one_in_a_group(written):
    turned = "(a).reshape(N, C // G, G, H, W).transpose(0, 2, 1, 3, 4) for a"
    (report,) = written(GROUPS, "(a).reshape(N, G, C // G, H, W) for a", turned).checks().values()
    assert [f.message.partition(":")[0] for f in findings(report, "warn", "values")] == ["2 groups of 2"]


def test_a_label_is_no_mask_that_it_is_like_by_chance(written):
    slip = written(PAIRED, "np.maximum(0, self.margin - self.d) / self.d", "(self.margin - self.d) / self.d")
    (report,) = slip.checks().values()
    assert report.outcome == "wrong" and not any("self.y" in d.message for d in reasons(report, "fail"))


def test_a_call_that_stands_there_twice_is_too_much(written):
    text = """
        class Rows:
            def __init__(self, vocab_size, dim):
                self.table = np.random.randn(vocab_size, dim)
            def forward(self, ids):
                self.ids = ids
                return self.table[ids]
            def backward(self, d):
                self.dtable = np.zeros_like(self.table)
                np.add.at(self.dtable, self.ids, d)
    """
    line = "np.add.at(self.dtable, self.ids, d)"
    assert [r.outcome for r in written(text).checks().values()] == ["correct"]
    (report,) = written(text, line, f"{line}\n        {line}").checks().values()
    assert f"`{line}` is too much" in findings(report, "fail", "values")[0].message
