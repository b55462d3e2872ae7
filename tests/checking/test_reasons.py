"""Reasons: what is lost on the way to a gradient (a sign, a bound, a label, an axis) is told, with its line."""

import pytest

from .reports import findings, named, reasons

LOSSES = """
class Huber:
    def __init__(self, delta=0.8):
        self.delta = delta
    def __call__(self, y_pred, y_true):
        r = y_pred - y_true
        small = np.abs(r) <= self.delta
        return np.mean(np.where(small, r**2 / 2, self.delta * (np.abs(r) - self.delta / 2)))
    def grad(self, y_pred, y_true):
        r = y_pred - y_true
        return np.clip(r, -self.delta, self.delta) / r.size
class Absolute:
    def forward(self, y, t):
        self.d = y - t
        return np.abs(self.d).mean()
    def backward(self):
        return np.sign(self.d) / self.d.size
class Picked:
    def forward(self, x, y):
        p = np.exp(x - x.max(axis=1, keepdims=True))
        self.p, self.y = p / p.sum(axis=1, keepdims=True), y
        return -np.log(self.p[np.arange(len(y)), y]).mean()
    def backward(self):
        d = self.p.copy()
        d[np.arange(len(self.y)), self.y] -= 1
        return d / len(self.y)
class Unit:
    def forward(self, x):
        self.n = np.linalg.norm(x, axis=1, keepdims=True)
        self.y = x / self.n
        return self.y
    def backward(self, dy):
        return (dy - self.y * (dy * self.y).sum(axis=1, keepdims=True)) / self.n
class Joined:
    def forward(self, xs):
        self.cut = xs[0].shape[1]
        return np.concatenate(xs, axis=1)
    def backward(self, dout):
        return np.split(dout, [self.cut, 2 * self.cut], axis=1)
class Shares:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y
    def backward(self, dout):
        return self.y * (dout - (dout * self.y).sum(axis=1, keepdims=True))
class Binary:
    def forward(self, p, y):
        self.p, self.y = p, y
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    def backward(self):
        return (self.p - self.y) / self.p / (1 - self.p) / self.y.size
class Gate:
    def forward(self, x, h):
        self.x, self.g, self.s = x, np.tanh(h), 1 / (1 + np.exp(-x))
        return self.s * self.g
    def backward(self, d):
        ds, dg = d * self.g, d * self.s
        dx = ds * self.s * (1 - self.s)
        dh = dg * (1 - self.g**2)
        return dx, dh
class Own:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in)
    def forward(self, x):
        self.x = x
        return self.W @ x
    def backward(self, g, lr):
        dx = self.W.T @ g
        self.W -= lr * (g @ self.x.T)
        return dx
class Looked:
    def forward(self, q, k):
        self.q, self.k = q, k
        e = np.exp(q @ k.T)
        self.a = e / e.sum(-1, keepdims=True)
        return self.a
    def backward(self, d):
        dz = self.a * (d - (d * self.a).sum(-1, keepdims=True))
        return dz @ self.k, dz.T @ self.q
class Raised:
    def __init__(self, p=3):
        self.p = p
    def forward(self, x):
        self.x = np.abs(x)
        self.side, self.y = np.sign(x), (self.x**self.p).sum(axis=1, keepdims=True) ** (1 / self.p)
        return self.y
    def backward(self, d):
        return d * self.side * (self.x / (self.y + 1e-300)) ** (self.p - 1)
def pinball(pred, y, q=0.8):
    e = y - pred
    return np.mean(np.maximum(q * e, (q - 1) * e))
def pinball_grad(pred, y, q=0.8):
    e = y - pred
    return np.where(e > 0, -q, 1 - q) / e.size
def ridge_loss(w, X, y):
    lam = 0.1
    err = X @ w - y
    loss = (err @ err + lam * w @ w) / 2
    dw = X.T @ err + lam * w
    return loss, dw
"""


@pytest.mark.parametrize("name", ["Huber", "Absolute", "Picked", "Unit", "Joined", "Shares", "ridge_loss"])
def test_as_they_stand_they_are_right(written, name):
    assert written(LOSSES).check(name).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Huber", "        r = y_pred - y_true\n        return", "        r = -y_true\n        return", "term", "y_pred"),
        ("Huber", "np.clip(r, -self.delta, self.delta)", "r", "threshold", "np.clip(r, -self.delta, self.delta)"),
        ("Huber", "np.clip(r, -self.delta, self.delta)", "np.clip(r, -self.delta, r)", "threshold", "read `self.delta`"),
        ("Huber", "self.delta) / r.size", "self.delta) * len(r)", "scale-n", "45"),
        ("Absolute", "np.sign(self.d)", "self.d", "argument", "np.sign(self.d)"),
        ("Picked", "        d[np.arange(len(self.y)), self.y] -= 1\n", "", "term", "one-hot y"),
        ("Picked", "d[np.arange(len(self.y)), self.y]", "d[:, self.y]", "argument", "np.arange(len(self.y))"),
        ("Unit", ").sum(axis=1, keepdims=True)) /", ").sum(axis=0, keepdims=True)) /", "axis", "axis=1"),
        ("Unit", "(dy * self.y).sum(axis=1, keepdims=True)", "dy * self.y", "unsummed", "sum(axis=-1"),
        ("Shares", "e / e.sum(axis=1, keepdims=True)", "e / e.sum(axis=0, keepdims=True)", "other-function", "e.sum(axis=1"),
        ("Shares", "self.y = e /", "self.y = e * e /", "other-function", "the two would agree"),
        ("Binary", " / (1 - self.p)", "", "argument", "must be -y/p + (1 - y)/(1 - p)"),
        ("Binary", "(self.p - self.y) / self.p / (1 - self.p)", "-self.y / self.p", "term", "(1 - y)/(1 - p) is missing"),
        ("Gate", "(1 - self.g**2)", "self.g * (1 - self.g)", "term", "derived: (1 - tanh(h)²)"),
        ("Gate", "dg * (1 - self.g**2)", "dg", "factor", "the factor 1 - tanh(h)² is missing"),
        ("Gate", "(1 - self.g**2)", "self.g", "value-for-slope", "1 - self.g ** 2"),
        ("Own", "        dx = self.W.T @ g\n        self.W -= lr * (g @ self.x.T)\n        return dx", "        self.W -= lr * (g @ self.x.T)\n        return self.W.T @ g", "mutation", "used for the last time"),
        ("pinball", "1 - q) / e", "q - 1) / e", "sign", "`q - 1` should read `1 - q`"),
        ("Raised", "(self.p - 1)", "self.p", "power", "** (self.p - 1)`"),
        ("Looked", "(d - (d * self.a).sum(-1, keepdims=True))", "d", "path-missing", "sum(axis=-1"),
        ("Joined", ", 2 * self.cut], axis=1)", ", 2 * self.cut])", "axis", "axis=1"),
        ("ridge_loss", "dw = X.T @ err + lam * w", "dw = X.T @ err + lam", "factor", "lam * w"),
        ("ridge_loss", "dw = X.T", "dw = y.T", "argument", "read `X`"),
    ],
)  # fmt: skip
def test_what_was_lost_is_named(written, name, old, new, code, word):
    report = written(LOSSES, old, new).check(name)
    assert report.outcome in ("wrong", "factor", "crashes")
    assert code in named(report, "fail") and word in str(report), report


def test_a_label_lost_in_a_function_is_named(written):
    text = """
    def softmax_loss(x, y):
        p = np.exp(x - x.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        n = len(y)
        loss = -np.log(p[np.arange(n), y]).mean()
        dx = p.copy()
        dx /= n
        return loss, dx
    """
    told = reasons(written(text).check(), "fail")
    assert any(d.code == "term" and "one-hot y" in d.message for d in told), told


TERMS = """
class Focal:
    def forward(self, p, y):
        self.p, self.y = p, y
        self.pt = y * p + (1 - y) * (1 - p)
        return -np.mean((1 - self.pt) ** 2 * np.log(self.pt))
    def backward(self):
        pt = self.pt
        dpt = 2 * (1 - pt) * np.log(pt) - (1 - pt) ** 2 / pt
        return dpt * (2 * self.y - 1) / pt.size
class Counts:
    def forward(self, log_rate, counts):
        self.rate, self.counts = np.exp(log_rate), counts
        return np.mean(self.rate - counts * log_rate)
    def backward(self):
        return (self.rate - self.counts) / self.counts.size
class Entropy:
    def loss(self, y_true, y_pred):
        return -np.sum(y_true * np.log(y_pred))
    def gradient(self, y_true, y_pred):
        return -y_true / y_pred
def svm_loss(x, y):
    n = x.shape[0]
    margins = np.maximum(0, x - x[range(n), y].reshape(-1, 1) + 1)
    margins[range(n), y] = 0
    loss = np.sum(margins) / n
    hit = (margins > 0).astype(float)
    hit[range(n), y] = -np.sum(hit, axis=1)
    dx = hit / n
    return loss, dx
def nll_loss(scores, y):
    n = len(y)
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    loss = -logp[np.arange(n), y].sum() / n
    dscores = np.exp(logp)
    dscores[np.arange(n), y] -= 1
    dscores /= n
    return loss, dscores
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Focal", "2 * (1 - pt) * np.log(pt) - ", "-", "product-rule", "first term"),
        ("Focal", " - (1 - pt) ** 2 / pt", "", "product-rule", "second term"),
        ("Counts", "(self.rate - self.counts)", "self.rate", "term", "counts is missing"),
        ("Entropy", "return -y_true / y_pred", "return -y_true * np.log(y_pred)", "value-for-slope", "derived: -y_true/y_pred"),
        ("svm_loss", "    hit[range(n), y] = -np.sum(hit, axis=1)\n", "", "term", "each row's label (y)"),
        ("svm_loss", "hit[range(n), y] = -np.sum(hit, axis=1)", "hit[range(n), y] = -1", "term", "dx = hit / n"),
        ("nll_loss", "    dscores[np.arange(n), y] -= 1\n", "", "term", "one-hot y"),
    ],
)  # fmt: skip
def test_what_a_loss_lost_is_named_by_its_own_term(written, name, old, new, code, word):
    report = written(TERMS, old, new).check(name)
    told = reasons(report, "fail")
    assert told and told[0].code == code and word in str(report), report


def test_a_gradient_that_forgets_the_upstream_gradient_in_a_loop_has_that_for_its_reason(written):
    text = """
    class Largest:
        def forward(self, x):
            self.x, self.at = x, x.argmax(axis=1)
            return x.max(axis=1)
        def backward(self, dout):
            dx = np.zeros_like(self.x)
            for n in range(len(dout)):
                dx[n, self.at[n]] += 1
            return dx
    """
    (told,) = findings(written(text).check("Largest"), "fail", "values")
    assert "dout-ignored" in {d.code for d in told.diagnosis}


GELU = """
def gelu_forward(x):
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    return 0.5 * x * (1 + t), (x, t, c)
def gelu_backward(dout, cache):
    x, t, c = cache
    du = c * (1 + 3 * 0.44715 * x**2)
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * du)
"""


def test_a_number_of_the_code_is_named_before_one_worked_out_of_it(written):
    (told,) = findings(written(GELU).check("gelu_forward"), "fail", "values")
    assert "`0.44715` should read `0.044715`" in told.diagnosis[0].message


def test_a_whole_sum_that_divides_is_told_apart_from_its_first_part(written):
    text = """
    def softmax_loss(W, X, y, reg):
        p = np.exp(X.dot(W) - X.dot(W).max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        n = len(X)
        loss = -np.log(p[np.arange(n), y]).mean() + 0.5 * reg * np.sum(W * W)
        p[np.arange(n), y] -= 1
        dW = X.T.dot(p)
        dW /= n + reg * W
        return loss, dW
    """
    (told, *_) = reasons(written(text).check(), "fail")
    assert "`dW /= n + reg * W` should read `dW = dW / n + reg * W`" in told.message


def test_a_layer_with_weights_is_not_held_against_the_function_of_its_name(written):
    text = """
    class ReLULayer:
        def __init__(self, n_in, n_out):
            self.W, self.b = np.random.randn(n_in, n_out), np.zeros((1, n_out))
        def forward(self, X):
            self.Z = np.dot(X, self.W) + self.b
            return np.maximum(0, self.Z)
        def backward(self, dz):
            return dz * (dz > 0)
    """
    report = written(text).check()
    assert report.outcome == "wrong" and not any("differs from relu" in f.message for f in report.findings)


def test_an_average_over_examples_and_an_old_range_are_known(written):
    text = """
    from past.builtins import xrange
    class Dense:
        def __init__(self, n_in, n_out):
            self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
        def forward(self, x):
            self.x = x
            return np.array([x[i].dot(self.W) + self.b for i in xrange(len(x))])
        def backward(self, delta):
            self.dW = self.x.T.dot(delta)
            self.db = np.average(delta, axis=0)
            return delta.dot(self.W.T)
    """
    assert "should read `np.sum(delta, axis=0)`" in str(written(text).check())
