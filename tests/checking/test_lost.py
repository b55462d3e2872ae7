"""Lost: a root, a sign, a length or a path that a value of backward was left without is told with its line."""

import ast

import pytest

from derivexplain.checking.mending.edits import edits

from .reports import named

LAYERS = """
class Scores:
    def forward(self, q, k):
        self.q, self.k = q, k
        self.d = q.shape[1]
        return np.tanh(q @ k.T / np.sqrt(self.d))
    def backward(self, dout):
        y = np.tanh(self.q @ self.k.T / np.sqrt(self.d))
        ds = dout * (1 - y**2) / np.sqrt(self.d)
        return ds @ self.k, ds.T @ self.q
class Huber:
    def __init__(self, delta=0.8):
        self.delta = delta
    def forward(self, y_pred, y_true):
        self.r = y_pred - y_true
        small = np.abs(self.r) <= self.delta
        return np.sum(np.where(small, self.r**2 / 2, self.delta * (np.abs(self.r) - self.delta / 2)))
    def backward(self):
        small = np.abs(self.r) <= self.delta
        return np.where(small, self.r, self.delta * np.sign(self.r))
class Bins:
    def forward(self, x):
        self.shape = x.shape
        n = x.shape[1]
        self.ends = [(0, n), (n // 2, n)]
        return np.stack([x[:, a:b].mean(axis=1) for a, b in self.ends], axis=1)
    def backward(self, dout):
        dx = np.zeros(self.shape)
        for i, (a, b) in enumerate(self.ends):
            dx[:, a:b] += dout[:, i : i + 1] / (b - a)
        return dx
class Turns:
    def forward(self, x):
        angle = np.arange(1, len(x) + 1)[:, None] / np.arange(1, x.shape[1] // 2 + 1)
        self.c, self.s = np.cos(angle), np.sin(angle)
        a, b = x[:, : x.shape[1] // 2 * 2 : 2], x[:, 1::2]
        return np.concatenate([a * self.c - b * self.s, a * self.s + b * self.c, x[:, x.shape[1] // 2 * 2 :]], axis=1)
    def backward(self, dy):
        n = self.c.shape[1]
        da, db = dy[:, :n], dy[:, n : 2 * n]
        dx = np.zeros_like(dy)
        dx[:, : 2 * n : 2] = da * self.c + db * self.s
        dx[:, 1::2] = -da * self.s + db * self.c
        dx[:, 2 * n :] = dy[:, 2 * n :]
        return dx
class Padded:
    def forward(self, x):
        p = np.pad(x, ((0, 0), (1, 1)))
        self.n = x.shape[1]
        return p[:, :-2] + 2 * p[:, 1:-1] - 3 * p[:, 2:]
    def backward(self, dout):
        dp = np.zeros((len(dout), self.n + 2))
        dp[:, :-2] += dout
        dp[:, 1:-1] += 2 * dout
        dp[:, 2:] -= 3 * dout
        return dp[:, 1:-1]
class Distances:
    def forward(self, x, c):
        self.diff = x[:, None] - c[None]
        return (self.diff**2).sum(axis=2)
    def backward(self, dout):
        w = 2 * dout[:, :, None] * self.diff
        return w.sum(axis=1), -w.sum(axis=0)
class Ranking:
    def __init__(self, margin=0.5):
        self.margin = margin
    def forward(self, high, low):
        self.gap = self.margin - high + low
        return np.maximum(self.gap, 0).mean()
    def backward(self):
        m = (self.gap > 0) / self.gap.size
        return -m, m
class Kernel:
    def __init__(self, degree=3):
        self.degree = degree
    def forward(self, a, b):
        self.a, self.b = a, b
        self.k = a @ b.T + 1
        return self.k**self.degree
    def backward(self, dk):
        d = dk * self.degree * self.k ** (self.degree - 1)
        return d @ self.b, d.T @ self.a
class Shares:
    def forward(self, q, k):
        self.q, self.k = q, k
        e = np.exp(q @ k.T)
        self.a = e / e.sum(axis=1, keepdims=True)
        return self.a
    def backward(self, da):
        ds = self.a * (da - (da * self.a).sum(axis=1, keepdims=True))
        return ds @ self.k, ds.T @ self.q
class Running:
    def forward(self, x):
        return np.cumsum(x, axis=1)
    def backward(self, dout):
        return np.cumsum(dout[:, ::-1], axis=1)[:, ::-1]
"""


@pytest.mark.parametrize(
    "name", ["Scores", "Huber", "Bins", "Turns", "Padded", "Distances", "Ranking", "Kernel", "Shares", "Running"]
)
def test_as_they_stand_they_are_right(written, name):
    assert written(LAYERS).check(name).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Scores", "(1 - y**2) / np.sqrt(self.d)", "(1 - y**2)", "scale-n", "/ np.sqrt(self.d)`: then"),
        ("Huber", "self.r, self.delta * np.sign(self.r))", "self.r, self.delta)", "sign", "self.delta * np.sign(self.r)`"),
        ("Huber", "self.r, self.delta * np.sign(self.r))", "self.r, np.sign(self.r))", "factor", "* self.delta`"),
        ("Bins", " / (b - a)", "", "scale-n", "/ (b - a)`"),
        ("Bins", "dx[:, a:b] +=", "dx[:, a : b - 1] +=", "argument", "should read `dx[:, a:b]`"),
        ("Turns", "da * self.c + db * self.s", "da * self.c", "path-missing", "`da * self.c + db * self.s`"),
        ("Turns", "-da * self.s + db", "da * self.s + db", "sign", "-(da * self.s) + db * self.c"),
        ("Padded", "return dp[:, 1:-1]", "return dp[:, :-2]", "argument", "should read `dp[:, 1:-1]`"),
        ("Distances", "-w.sum(axis=0)", "0 * self.diff.sum(axis=0)", "path-missing", "w.sum(axis=0)"),
        ("Ranking", "return -m, m", "return m, m", "sign", "for high is the negative"),
        ("Ranking", "self.gap > 0", "self.gap > self.margin", "threshold", "should read `self.gap > 0`"),
        ("Kernel", "dk * self.degree *", "dk *", "factor", "* self.degree`"),
        ("Shares", "self.a * (da - (da * self.a).sum(axis=1, keepdims=True))", "self.a * (1 - self.a) * da", "diagonal-only", "self.a * (da - "),
        ("Running", "np.cumsum(dout[:, ::-1], axis=1)[:, ::-1]", "dout.copy()", "path-missing", "passed on unchanged"),
    ],
)  # fmt: skip
def test_what_is_lost_is_named(written, name, old, new, code, word):
    report = written(LAYERS, old, new).check(name)
    assert code in named(report, "fail") and word in str(report) and "another forward" not in str(report), report


def test_two_loops_may_count_with_the_same_letter():
    text = "def f(a, d):\n for t in a:\n  d[t] += 1\n for t in a:\n  d[t] = 2\n return d"
    found = {(ast.unparse(e.old), ast.unparse(e.new)) for e in edits(ast.parse(text).body[0])}
    assert ("d[t] = 2", "d[t] += 2") in found


def test_shares_are_lost_of_their_logarithms(written):
    text = """
    def log_softmax_forward(x):
        m = x.max(axis=1, keepdims=True)
        y = x - m - np.log(np.exp(x - m).sum(axis=1, keepdims=True))
        return y, (y,)
    def log_softmax_backward(g, saved):
        y, = saved
        return g - np.exp(y) * g.sum(axis=1, keepdims=True)
    """
    report = written(text, "np.exp(y) * g", "g").check()
    assert "`g.sum(axis=1, keepdims=True)` should read `np.exp(y) * g.sum(axis=1, keepdims=True)`" in str(report)


def test_a_path_through_a_box_is_lost(written):
    text = """
    class Three:
        def __init__(self, Wq, Wk, Wv):
            self.params = {"Wq": Wq, "Wk": Wk, "Wv": Wv}
        def forward(self, x):
            self.x = x
            self.q, self.k, self.v = x @ self.params["Wq"], x @ self.params["Wk"], x @ self.params["Wv"]
            return self.q * self.k + np.sin(self.v)
        def backward(self, g):
            dq, dk, dv = g * self.k, g * self.q, g * np.cos(self.v)
            self.grads = [self.x.T @ dq, self.x.T @ dk, self.x.T @ dv]
            return dq @ self.params["Wq"].T + dk @ self.params["Wk"].T + dv @ self.params["Wv"].T
    """
    report = written(text, ' + dv @ self.params["Wv"].T', "").check()
    assert "+ dv @ self.params['Wv'].T`: then the gradient for x is right" in str(report)
