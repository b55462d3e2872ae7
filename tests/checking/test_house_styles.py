"""Layers in styles of their own, and what an edit makes of them: right ones are right, slips and hazards are told."""

import ast

import pytest

from derivexplain.checking.mending.calls import calls
from derivexplain.checking.mending.disagreement import nothing_left
from derivexplain.checking.mending.windows import bounds_moved

from .reports import codes, named

LAYERS = """
class Affine:
    def __init__(self, n_in, n_out):
        self.params = {"weight": np.random.randn(n_in, n_out), "bias": np.zeros(n_out)}
        self.grads = {}
    def forward(self, batch):
        self.kept = batch
        return batch @ self.params["weight"] + self.params["bias"]
    def backward(self, upstream):
        self.grads["weight"] = self.kept.T @ upstream
        self.grads["bias"] = upstream.sum(axis=0)
        return upstream @ self.params["weight"].T
class Logistic:
    def __call__(self, z):
        self.a = 1 / (1 + np.exp(-z))
        return self.a
    def gradient(self, upstream):
        return upstream * self.a * (1 - self.a)
def rectify_fwd(x):
    return np.maximum(x, 0), x > 0
def rectify_bwd(g, mask):
    return g * mask
def norm(x, gamma, beta, running, momentum=0.9):
    mu, var = x.mean(0), x.var(0)
    running["mean"] = momentum * running["mean"] + (1 - momentum) * mu
    running["var"] = momentum * running["var"] + (1 - momentum) * var
    inv = 1 / np.sqrt(var + 1e-5)
    hat = (x - mu) * inv
    return gamma * hat + beta, (hat, inv, gamma)
def norm_backward(dy, cache):
    hat, inv, gamma = cache
    d = dy * gamma
    return inv * (d - d.mean(0) - hat * (d * hat).mean(0)), (dy * hat).sum(0), dy.sum(0)
class Net:
    def __init__(self, n_in, n_out):
        self.p = {"W1": np.random.randn(n_in, 4) / 2, "b1": np.zeros(4), "W2": np.random.randn(4, n_out) / 2}
    def loss(self, X, y):
        W1, b1, W2 = (self.p[k] for k in ("W1", "b1", "W2"))
        hid, n = np.tanh(X @ W1 + b1), len(X)
        e = np.exp(hid @ W2)
        prob = e / e.sum(axis=1, keepdims=True)
        value = -np.log(prob[range(n), y]).mean()
        prob[range(n), y] -= 1
        g = prob / n
        d = g @ W2.T * (1 - hid ** 2)
        grads = {"W1": X.T @ d, "b1": d.sum(axis=0), "W2": hid.T @ g}
        return value, grads
def mix(q, k, v):
    s = np.tanh(q * k)
    return s * v, (q, k, v, s)
def mix_grad(do, saved):
    q, k, v, s = saved
    d = do * v * (1 - s ** 2)
    return d * k, d * q, do * s
def lstm_step(x, h, c, p):
    z = np.concatenate([x, h], axis=1)
    i, f, o, g = np.split(np.tanh(z @ p["W"] + p["b"]), 4, axis=1)
    new = f * c + i * g
    return o * new, new, (z, i, f, o, g, c, new, p)
def lstm_step_backward(dh, dnew, saved):
    z, i, f, o, g, c, new, p = saved
    d = dnew + dh * o
    gates = np.concatenate([i, f, o, g], axis=1)
    da = np.concatenate([d * g, d * c, dh * new, d * i], axis=1) * (1 - gates ** 2)
    dz, D = da @ p["W"].T, z.shape[1] - c.shape[1]
    return dz[:, :D], dz[:, D:], d * f, {"W": z.T @ da, "b": da.sum(axis=0)}
class Concat:
    def __init__(self, axis=1):
        self.axis = axis
    def forward(self, left, right):
        self.at = left.shape[self.axis]
        return np.concatenate((left, right), axis=self.axis)
    def backward(self, dout):
        left, right = np.split(dout, [self.at], axis=self.axis)
        return left.copy(), right.copy()
class Product:
    def forward(self, x):
        self.x = x
        return np.prod(x, axis=1)
    def backward(self, grad):
        rest = [np.prod(np.delete(self.x, k, axis=1), axis=1) for k in range(self.x.shape[1])]
        return grad[:, None] * np.stack(rest, axis=1)
def average(x, k=2, s=1):
    out = np.zeros((len(x), 1 + (x.shape[1] - k) // s))
    for j in range(out.shape[1]):
        out[:, j] = x[:, j * s : j * s + k].mean(axis=1)
    return out, (x, k, s)
def average_backward(dout, cache):
    x, k, s = cache
    dx = np.zeros(x.shape)
    for j in range(dout.shape[1]):
        dx[:, j * s : j * s + k] += dout[:, j, None] / k
    return dx
class Entropy:
    def value(self, pred, target):
        p = np.clip(pred, 1e-12, 1 - 1e-12)
        return -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))
    def grad(self, pred, target):
        return (pred - target) / (pred * (1 - pred)) / pred.size
def overlap(pred, target):
    inter = np.minimum(pred[:, 1], target[:, 1]) - np.maximum(pred[:, 0], target[:, 0])
    return -np.mean(inter)
def overlap_grad(pred, target):
    low, high = pred[:, 0] > target[:, 0], pred[:, 1] < target[:, 1]
    return np.stack([1.0 * low, -1.0 * high], axis=1) / len(pred)
class Apart:
    def forward(self, x, y):
        self.d = x - y
        return np.sum(self.d ** 2)
    def backward(self, dout=1.0):
        return 2 * dout * self.d, -2 * dout * self.d
class Scaled:
    def __init__(self, dim):
        self.gamma = np.full(dim, 0.5)
    def forward(self, x):
        self.x = x
        return self.gamma * np.sum(x * x, axis=1, keepdims=True)
    def backward(self, dout):
        self.dgamma = np.sum(dout * np.sum(self.x ** 2, axis=1, keepdims=True), axis=0)
        return 2 * self.x * (dout * self.gamma).sum(axis=1, keepdims=True)
class Correlation:
    def forward(self, p, t):
        self.a, self.b = p - p.mean(), t - t.mean()
        self.n = np.sqrt(np.sum(self.a ** 2)), np.sqrt(np.sum(self.b ** 2))
        self.r = np.sum(self.a * self.b) / (self.n[0] * self.n[1])
        return 1 - self.r
    def backward(self):
        return self.r * self.a / self.n[0] ** 2 - self.b / (self.n[0] * self.n[1])
"""
SLIPS = [  # layer, old, new, what becomes of it, a slip or a finding
    ("Logistic", "upstream * self.a *", "self.a *", "wrong", "dout-ignored"),
    ("rectify", "np.maximum(x, 0), x > 0", "np.maximum(x, 0), x > 1", "wrong", "argument"),
    ("norm", "(d * hat).mean(0)", "(d * hat).mean(1, keepdims=True)", "wrong", "axis"),
    ("Net.loss", "X.T @ d,", "X.T @ d / 2,", "factor", "factor"),
    ("mix", "return d * k, d * q", "return d * k, d * k", "wrong", "other-argument"),
    ("lstm_step", "d * f, {", "d, {", "wrong", "factor"),
    ("Concat", "[self.at]", "[dout.shape[1] // 2]", "wrong", "shape"),
    (
        "Product",
        "np.prod(np.delete(self.x, k, axis=1), axis=1)",
        "np.prod(self.x, axis=1) / (self.x[:, k] + 1e-8)",
        "wrong",
        "values",
    ),
    ("overlap", "1.0 * low", "-1.0 * low", "wrong", "sign"),
    ("Apart", "-2 * dout", "2 * dout", "factor", "sign"),
    ("Scaled", "(dout * self.gamma).sum", "dout.sum", "wrong", "factor"),
    ("Correlation", "return self.r * self.a / self.n[0] ** 2 -", "return -", "wrong", "path-missing"),
]
HAZARDS = [
    ("Affine", "        self.grads = {}\n", "    grads = {}\n", "two-instances"),
    ("Logistic", "upstream * self.a * (1 - self.a)", "(upstream * self.a * (1 - self.a)).astype('f2')", "dtype"),
    ("Concat", "[self.at], axis=self.axis", "[self.at], axis=1", "shape"),
    ("average", "dx[:, j * s : j * s + k]", "dx[:, j : j + k]", "values"),
    ("Entropy", "1 - 1e-12)\n", "1 - 1e-12, out=pred)\n", "arguments-untouched"),
]


@pytest.mark.parametrize("name", dict.fromkeys(row[0] for row in SLIPS + HAZARDS))
def test_layers_of_any_style_are_right(written, name):
    assert written(LAYERS).check(name).outcome == "correct"


@pytest.mark.parametrize("name, old, new, outcome, told", SLIPS)
def test_a_slip_in_any_style_is_told(written, name, old, new, outcome, told):
    report = written(LAYERS, old, new).check(name)
    assert report.outcome == outcome
    assert told in named(report, "fail") | codes(report, "fail")


@pytest.mark.parametrize("name, old, new, told", HAZARDS)
def test_a_hazard_in_any_style_is_told_as_one(written, name, old, new, told):
    report = written(LAYERS, old, new).check(name)
    assert report.outcome == "hazards"
    assert told in codes(report, "warn")


def test_what_overflows_is_told_with_its_line_and_is_no_error(written):
    report = written(LAYERS, "1 / (1 + np.exp(-z))", "np.exp(z) / (1 + np.exp(z))").check("Logistic")
    assert report.outcome == "correct"
    assert [f.where[-3:] for f in report.findings if "overflow" in f.message] == [":15"]


CLOSURE = """
def curve(u):
    t = np.tanh(u)
    def pullback(ct):
        return ct * (1 - t * t)
    return t, pullback
"""


@pytest.mark.parametrize(
    "slip, code", [("(1 - t)", "power"), ("(1 - t) ** 2", "power"), ("(1 - u * u)", "input-for-output")]
)
def test_what_a_function_returns_as_its_backward_is_told_in_its_own_line(written, slip, code):
    report = written(CLOSURE, "(1 - t * t)", slip).check()
    assert named(report, "fail") == {code}
    assert {f.where[-2:] for f in report.findings if f.code == "values"} == {":5"}


def test_edits_leave_other_parts_as_they_are_and_know_turned_shapes():
    cut = ast.parse("dx[:, a:b - 1, c:d]", mode="eval").body
    assert ast.unparse(next(bounds_moved(cut))[2]) == "dx[:, a:b, c:d]"
    flat = ast.parse("w.reshape(-1, n)", mode="eval").body
    assert "w.reshape(n, -1).T" in [ast.unparse(new) for _, _, new in calls(flat)]
    assert [nothing_left(ast.parse(text)) for text in ("y = a - a", "y = a - b")] == [True, False]
