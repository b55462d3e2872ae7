"""What loops count, windows share out and steps hand on: slips that stand in one place, told by that place."""

import ast

import pytest

from derivexplain.checking.mending import disagreement, mended, solving
from derivexplain.checking.mending.edits import edits

from .reports import findings, reasons

LAYERS = """
class Shifted:
    def __init__(self, n_in, n_out, taps=2):
        self.W = np.random.randn(taps, n_out, n_in)
    def forward(self, x):
        self.x = x
        y = np.zeros((len(self.W[0]), x.shape[1]))
        for k in range(len(self.W)):
            y[:, k:] += self.W[k] @ x[:, : x.shape[1] - k]
        return y
    def backward(self, dy):
        dx, self.dW = np.zeros_like(self.x), np.zeros_like(self.W)
        for k in range(len(self.W)):
            sent = self.W[k].T @ dy
            self.dW[k] = dy[:, k:] @ self.x[:, : dy.shape[1] - k].T
            dx[:, : dy.shape[1] - k] += sent[:, k:]
        return dx
class Pool:
    def forward(self, x):
        self.cells = x.reshape(len(x), -1, 2)
        return self.cells.max(axis=2)
    def backward(self, dout):
        largest = self.cells == self.cells.max(axis=2, keepdims=True)
        return (dout[:, :, None] * largest).reshape(len(dout), -1)
class Mean:
    def forward(self, x):
        self.shape = x.shape
        return x.mean(axis=2)
    def backward(self, dout):
        return np.repeat(dout[:, :, None], self.shape[2], axis=2) / self.shape[2]
class Laid:
    def __init__(self, k=2):
        self.w = np.random.randn(k)
    def windows(self, x):
        shape = (len(x), x.shape[1] - len(self.w) + 1, len(self.w))
        return np.lib.stride_tricks.as_strided(x, shape, (*x.strides, x.strides[1]))
    def forward(self, x):
        self.x = np.ascontiguousarray(x)
        return self.windows(self.x) @ self.w
    def backward(self, dout):
        k = len(self.w) - 1
        self.dw = np.einsum("nik,ni->k", self.windows(self.x), dout)
        return self.windows(np.pad(dout, ((0, 0), (k, k)))) @ self.w[::-1]
class Scaled:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
class Dropout:
    def __init__(self, rate=0.5):
        self.rate = rate
    def forward(self, x):
        self.mask = (np.random.rand(*x.shape) > self.rate) / (1 - self.rate)
        return x * self.mask
    def backward(self, dout):
        return dout * self.mask
class Rows:
    def forward(self, x, w):
        self.x, self.w = x, w
        y = np.zeros(x.shape)
        for n in range(len(x)):
            for j in range(len(w)):
                y[n, j] = x[n, j] * w[j]
        return y
    def backward(self, dy):
        dx, dw = np.zeros_like(self.x), np.zeros_like(self.w)
        for n in range(len(dy)):
            for j in range(len(dw)):
                dx[n, j] = dy[n, j] * self.w[j]
                dw[j] += dy[n, j] * self.x[n, j]
        return dx, dw
"""
SLIPS = [  # the layer, its slip, and what is said of it
    ("Shifted", "dx[:, : dy.shape[1] - k] += sent[:, k:]", "dx[:, k:] += sent[:, : dy.shape[1] - k]", "should read"),
    ("Pool", "dout[:, :, None] * largest", "dout[:, :, None] / 2 * np.ones(largest.shape)", "equally among 2"),
    (
        "Mean",
        "np.repeat(dout[:, :, None],",
        "np.repeat(dout.mean(axis=0, keepdims=True).repeat(len(dout), axis=0)[:, :, None],",
        "along axis 0 each entry is given the mean",
    ),
    ("Laid", "@ self.w[::-1]", "@ self.w", "self.w[..., ::-1]"),
    (
        "Scaled",
        "self.x = x\n        return x @ self.W",
        "self.x = x / 255.0\n        return x @ self.W",
        "`x / 255.0` in line",
    ),
    ("Dropout", "return dout * self.mask", "return dout * (self.mask > 0)", "rate or 1 - rate (0.5)"),
    ("Rows", "dy[n, j] * self.w[j]", "dy[n, j] * self.w[0]", "should read `self.w[j]`"),
]


@pytest.mark.parametrize("name, old, new, said", SLIPS, ids=[s[0] for s in SLIPS])
def test_the_place_is_told(written, name, old, new, said):
    report = written(LAYERS, old, new).check(name)
    assert report.outcome in ("wrong", "factor")
    assert said in " ".join(
        [f.message for f in findings(report, "fail")] + [d.message for d in reasons(report, "fail")]
    )


def test_a_part_of_what_comes_in_that_is_never_used_is_told(written, monkeypatch):
    for room, most in ((mended, "MOST"), (solving, "RUNS"), (disagreement, "MOST")):
        monkeypatch.setattr(room, most, 0)
    report = written(LAYERS, "self.x.T @ dout", "self.x[:-1].T @ dout[:-1]").check("Scaled")
    assert "what comes in at entry 2 of axis 0 of dout is never used" in str(report), report


def test_no_forward_is_told_that_makes_an_array_of_itself(written, monkeypatch):
    monkeypatch.setattr(mended, "MOST", 0)
    monkeypatch.setattr(solving, "RUNS", 0)
    old = "            dx[:, : dy.shape[1] - k] += sent[:, k:]"
    report = written(LAYERS, old, "            if k == 0:\n                dx += sent").check("Shifted")
    assert report.outcome == "wrong" and not any(d.code == "other-function" for d in reasons(report, "fail"))


STEPS = """
class Steps:
    def __init__(self, n_in, n_h):
        self.Wx, self.Wh = np.random.randn(n_in, n_h), np.random.randn(n_h, n_h)
    def forward(self, x):
        self.x, self.h = x, [np.zeros((len(x), len(self.Wh)))]
        for t in range(x.shape[1]):
            self.h.append(x[:, t] @ self.Wx + self.h[t] @ self.Wh)
        return np.stack(self.h[1:], axis=1)
    def backward(self, dh):
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        dx, sent = np.zeros_like(self.x), 0
        for t in reversed(range(dh.shape[1])):
            dz = dh[:, t] + sent
            self.dWx += self.x[:, t].T @ dz
            self.dWh += self.h[t].T @ dz
            dx[:, t] = dz @ self.Wx.T
            sent = dz @ self.Wh.T
        return dx
"""


def test_a_transpose_is_missed_though_one_unit_needs_none(written):
    report = written(STEPS, "sent = dz @ self.Wh.T", "sent = dz @ self.Wh").check("Steps")
    assert report.outcome == "wrong" and any("self.Wh.T" in d.message for d in reasons(report, "fail"))


@pytest.mark.parametrize(
    "loop, said",
    [
        ("range(dh.shape[1], -1, -1)", "range(dh.shape[1] - 1, -1, -1)"),
        ("reversed(range(dh.shape[1] + 1))", "range(dh.shape[1])"),
    ],
)
def test_a_loop_that_begins_one_step_too_late_is_told(written, loop, said):
    report = written(STEPS, "reversed(range(dh.shape[1]))", loop).check("Steps")
    assert report.outcome == "crashes" and f"should read `{said}`" in str(report)


def test_what_comes_in_at_earlier_steps_is_no_part_of_what_flows_back(written, monkeypatch):
    for room, most in ((mended, "MOST"), (solving, "RUNS"), (disagreement, "MOST")):
        monkeypatch.setattr(room, most, 0)
    old = "            dz = dh[:, t] + sent"
    report = written(
        STEPS, old, "            dz = sent\n            if t == dh.shape[1] - 1:\n                dz = dh[:, t]"
    ).check("Steps")
    assert "of dh only the last step of axis 1 is used" in " ".join(d.message for d in reasons(report, "fail"))


MEANT = [  # backward, forward, and an edit that is tried
    ("m = x.shape[2]\n    return d / m", "", "x.shape[2]", "x[0, 0].size"),
    ("N, C, H, W = x.shape\n    m = N\n    return d / m", "", "N", "x.size // x.shape[1]"),
    ("return x.T @ (x @ w - y)", "h = sigmoid(x @ w)", "x @ w", "sigmoid(x @ w)"),
    ("return d * xhat", "xhat = (x - mu) / std", "xhat", "x - mu"),
    (
        "for i in range(N):\n        for j in y:\n            dW[i] += x[j]\n    dW += W\n    return dW",
        "",
        "",
        "dW /= N",
    ),
    ("return np.clip(p, 1, 2)", "", "1", "not 1 - p"),
    ("return d if t == 1 else 0", "", "t == 1", "not t"),
]


@pytest.mark.parametrize("back, front, old, new", MEANT)
def test_what_was_meant_is_tried(back, front, old, new):
    write = lambda text: ast.parse(f"def f(d, x, w, y, N, W, mu, p, t):\n    {text}").body[0]  # noqa: E731
    edited = edits(write(back), [write(front or "pass")])
    tried = [(ast.unparse(e.old), ast.unparse(ast.fix_missing_locations(e.new))) for e in edited]
    found = any(o.startswith(old) and n.endswith(new.removeprefix("not ")) for o, n in tried)
    assert found != new.startswith("not ")
