"""Nothing rather than something wrong: reasons that the numbers do not bear out are not given."""

import numpy as np
import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.checking.choosing import search as choosing
from derivexplain.checking.mending import mended as mending
from derivexplain.checking.subject import Bench, Case

from .reports import findings, named, reasons

LAYERS = """
class Pool:
    def forward(self, x):
        self.shape = x.shape
        N, H, C = x.shape
        out = np.zeros((N, 1 + (H - 2) // 1, C))
        for h in range(out.shape[1]):
            out[:, h] = x[:, h : h + 2].mean(axis=1)
        return out

    def backward(self, dout):
        dx = np.zeros(self.shape)
        for h in range(dout.shape[1]):
            dx[:, h:h + 2] += dout[:, h][:, None] / 2
        return dx


class Sum:
    def forward(self, x):
        self.shape = x.shape
        m = x.max(axis=-1, keepdims=True)
        self.y = x - m - np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True))
        return self.y

    def backward(self, dy):
        return dy - np.exp(self.y) * dy.sum(axis=-1, keepdims=True)


class MSE:
    def forward(self, y, t):
        self.y, self.t = y, t
        return np.mean((y - t) ** 2)

    def backward(self):
        return 2 * (self.y - self.t) / self.y.size


class Squares:
    def forward(self, y_pred, y):
        self.y_pred, self.y = y_pred, y
        return (y_pred - y) ** 2 / 2

    def backward(self, dout):
        return dout * -(self.y - self.y_pred)


class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / np.sum(e, axis=1, keepdims=True)
        return self.y

    def backward(self, dout):
        return self.y * (dout - np.sum(self.y * dout, axis=1, keepdims=True))


class Gate:
    def forward(self, x, h):
        self.x, self.h, self.z = x, h, 1 / (1 + np.exp(-x))
        return (1 - self.z) * np.tanh(h) + self.z * h

    def backward(self, dout):
        dz = dout * (self.h - np.tanh(self.h))
        return dz * self.z * (1 - self.z), dout * (self.z + (1 - self.z) * (1 - np.tanh(self.h) ** 2))
class SquareLoss:
    def loss(self, y, y_pred):
        return 0.5 * np.power((y - y_pred), 2)

    def gradient(self, y, y_pred):
        return -(y - y_pred)


class Running:
    def forward(self, x):
        self.x = x
        return np.cumsum(x**2, axis=1)

    def backward(self, dout):
        later = np.cumsum(dout[:, ::-1], axis=1)[:, ::-1]
        return 2 * self.x * later


class Unit:
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x, self.norm = x, np.sqrt((self.W**2).sum())
        return x @ self.W / self.norm

    def backward(self, dout):
        d = self.x.T @ dout
        self.dW = d / self.norm - self.W * (d * self.W).sum() / self.norm**3
        return dout @ self.W.T / self.norm


class Odd:
    def forward(self, x):
        self.shape = x.shape
        pairs = x[:, :, : x.shape[2] // 2 * 2].reshape(*x.shape[:2], -1, 2)
        self.at = pairs.argmax(axis=-1)[..., None]
        return pairs.max(axis=-1)

    def backward(self, dout):
        pairs, dx = np.zeros((*dout.shape, 2)), np.zeros(self.shape)
        np.put_along_axis(pairs, self.at, dout[..., None], axis=-1)
        dx[:, :, : dout.shape[2] * 2] = pairs.reshape(*dout.shape[:2], -1)
        return dx


class Power:
    def forward(self, x):
        self.x = x
        self.y = np.exp(np.sin(x).sum(axis=1, keepdims=True))
        return self.y
    def backward(self, dout):
        return dout * self.y * np.cos(self.x)


class Rewarded:
    def forward(self, logits, actions, returns):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p, self.actions, self.returns = e / e.sum(axis=1, keepdims=True), actions, returns
        return -np.mean(np.log(self.p[np.arange(len(actions)), actions]) * returns)

    def backward(self):
        d = self.p.copy()
        d[np.arange(len(d)), self.actions] -= 1
        return d * self.returns[:, None] / len(d)


class Channels:
    def __init__(self, rate=0.4):
        self.rate = rate

    def forward(self, x):
        self.mask = (np.random.rand(x.shape[0], 1, 1, x.shape[3]) > self.rate) / (1 - self.rate)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


def elastic_net_loss(w, X, y, l1=0.1, l2=0.1):
    r = X @ w - y
    return 0.5 * np.mean(r**2) + l1 * np.sum(np.abs(w)) + 0.5 * l2 * np.sum(w**2)


def elastic_net_gradient(w, X, y, l1=0.1, l2=0.1):
    r = X @ w - y
    return X.T @ r / len(y) + l1 * np.sign(w) + l2 * w
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "never"),
    [
        ("Running", "2 * self.x * later", "2 * self.x * dout", "derived"),  # entries mix, though the first alone does not
        ("Unit", " - self.W * (d * self.W).sum() / self.norm**3", "", "regularisation"),  # lost, not added
        ("Odd", "pairs, self.at,", "pairs, self.at * 0,", "last step"),  # which is not read at all
        ("Power", "dout * self.y", "dout * np.exp(np.sin(self.x))", "another forward"),  # summed too late
        ("SquareLoss", "-(y - y_pred)", "--y_pred", "number should be"),  # a target's own number
        ("SquareLoss", "-(y - y_pred)", "-y", "y_pred - 0."),  # it has a letter
        ("Pool", "dx[:, h:h + 2] +=", "dx[:, h:2] +=", "another forward"),  # one of other shape
        ("Sum", "self.y = x - m - np.log", "self.y = -m - np.log", "Logsigmoid"),
        ("MSE", "2 * (self.y - self.t) / self.y.size", "2 / self.y.size", "summed"),
        ("Squares", "-(self.y - self.y_pred)", "-(-self.y_pred)", "number should be"),
        ("Softmax", "e / np.sum(e, axis=1, keepdims=True)", "e / e", "should read"),  # nothing moves
        ("Rewarded", "d * self.returns[:, None]", "d", "more than once"),  # these are labels
        ("Channels", "dout * self.mask", "dout * (self.mask == 0)", "other paths"),  # there are none
        ("elastic_net_loss", " + l1 * np.sign(w)", "", "read `np.sign"),  # which never moves
        ("Gate", "dz = dout * (self.h - np.tanh(self.h))", "dz = dout * self.h * 1.1", "read `1`"),
    ],
)  # fmt: skip
def test_what_the_numbers_do_not_bear_out_is_not_said(written, name, old, new, never):
    assert LAYERS.count(old) == 1
    report = written(LAYERS, old, new).check(name)
    assert report.outcome == "wrong"
    fails = findings(report, "fail")
    assert never not in " ".join([f.message for f in fails] + [d.message for f in fails for d in f.diagnosis])


class Many:
    def forward(self, x):
        self.ones = np.ones(x.shape)
        return np.arctan(x * self.ones)

    def backward(self, dout):
        return np.zeros(dout.shape)


def test_no_other_forward_that_never_moves_is_told():
    report = dx.check(Many, inputs=(np.random.default_rng(0).standard_normal((31, 23)),))
    assert report.outcome == "wrong" and "another forward" not in str(report)


class Faint:
    def forward(self, x):
        return 1 + 1e-5 * np.tanh(x)

    def backward(self, dout):
        return 3.0 * dout


def test_slopes_that_are_next_to_nothing_are_mended_by_nothing():
    candidates = foreign.dress(Faint, conventions)
    subject = choosing.choose(candidates, conventions.SIZES).subject
    bench = Bench(subject, Case("the example", conventions.SIZES))
    assert mending.Trial(bench, ("x",), 6).still == {"x"}


SCORED = """
class Luong:
    def __init__(self, dim):
        self.W = np.random.randn(dim, dim)
    def forward(self, query, values):
        self.q, self.v, self.qw = query, values, query @ self.W
        s = np.exp(np.matmul(values, self.qw[:, :, None])[:, :, 0])
        self.p = s / s.sum(1, keepdims=True)
        return np.matmul(self.p[:, None, :], values)[:, 0, :]
    def backward(self, dout):
        dp = np.matmul(self.v, dout[:, :, None])[:, :, 0]
        dv = self.p[:, :, None] * dout[:, None, :]
        ds = self.p * (dp - (self.p * dp).sum(1, keepdims=True))
        dqw = np.matmul(ds[:, None, :], self.v)[:, 0, :]
        dv += ds[:, :, None] * self.qw[:, None, :]
        self.dW = self.q.T @ dqw
        return dqw @ self.W.T, dv
"""
SIGNED = """
class Preferred:
    def __init__(self, n_users, n_items, k):
        self.U, self.V = np.random.randn(n_users, k), np.random.randn(n_items, k)
    def forward(self, u, i, j):
        self.u, self.i, self.j = u, i, j
        self.x = np.sum(self.U[u] * (self.V[i] - self.V[j]), axis=1)
        return np.mean(np.exp(-self.x))
    def backward(self):
        g = -np.exp(-self.x)[:, None] / len(self.x)
        self.dU, self.dV = np.zeros_like(self.U), np.zeros_like(self.V)
        np.add.at(self.dU, self.u, g * (self.V[self.i] - self.V[self.j]))
        np.add.at(self.dV, self.i, g * self.U[self.u])
        np.add.at(self.dV, self.j, g * self.U[self.u])
"""


def test_values_with_a_row_for_every_two_examples_are_no_graph(written):
    report = written(SCORED, "ds[:, :, None] * self.qw", "ds[:, :, None] * self.q").check("Luong")
    assert report.outcome == "wrong" and named(report) == {"argument"}, str(report)


def test_a_forward_that_stands_still_is_no_other_forward(written):
    report = written(SCORED, "        dv += ds[:, :, None] * self.qw[:, None, :]\n", "").check("Luong")
    assert report.outcome == "wrong" and "other-function" not in named(report), str(report)


def test_rows_that_are_added_up_are_not_said_to_be_counted_once(written):
    report = written(SIGNED).check("Preferred")
    assert report.outcome == "wrong" and "unsummed" not in named(report), str(report)


def test_what_cancels_in_the_code_is_named_where_it_stands(written):
    text = """
    class Swish:
        def forward(self, x):
            self.s = 1 / (1 + np.exp(-x))
            self.out = x * self.s
            return self.out
        def backward(self, dout):
            return dout * (self.out + self.s * (1 - self.out))
    """
    report = written(text, "self.s * (1 - self.out)", "(1 - self.out)").check()
    assert "self.s * (1 - self.out)" in reasons(report, "fail")[0].message


def test_what_is_divided_by_a_half_is_not_said_to_be_added_to_itself(written):
    text = """
    class Dropped:
        def __init__(self, n_in, n_out, keep=0.5):
            self.W, self.keep = np.random.randn(n_in, n_out), keep
        def forward(self, x):
            self.x, self.mask = x, np.random.rand(len(x), self.W.shape[1]) < self.keep
            return x @ self.W * self.mask / self.keep
        def backward(self, d):
            d = d * self.mask
            d = d / self.keep
            self.dW = self.x.T @ d
            return d @ self.W.T
    """
    report = written(text, "d = d / self.keep", "d = d").check()
    assert report.outcome == "factor" and "+=" not in str(report)


def test_a_number_is_no_other_by_as_much_as_there_are_examples(written):
    text = """
    class Adaline:
        def __init__(self, n_features, lr=0.01):
            self.w, self.b, self.lr = np.random.randn(n_features), 0.1, lr
        def forward(self, X):
            self.X, self.out = X, X @ self.w + self.b
            return self.out
        def backward(self, y):
            errors = y - self.out
            self.w += self.lr * 2.0 * self.X.T @ errors / self.X.shape[0]
            self.b += self.lr * 2.0 * errors.mean()
    """
    report = written(text, "errors.mean()", "errors.sum()").check()
    assert report.outcome == "factor" and "`6`" not in str(report)


LAYERED = """
class Twice:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]
    def forward(self, x):
        self.x = x
        return x @ self.params[0]
    def backward(self, dout):
        self.grads[0][...] = self.x.T @ dout
        return dout @ self.params[0].T
class Net:
    def __init__(self, n_in, n_out):
        self.one, self.two = Twice(np.random.randn(n_in, 7)), Twice(np.random.randn(7, n_out))
    def forward(self, x):
        return self.two.forward(self.one.forward(x))
    def backward(self, dout):
        d = self.two.backward(dout)
        self.one.backward(d)
        return d @ self.one.params[0].T
"""


TWICE_ADDED = """
class Words:
    def __init__(self, W):
        self.W, self.dW = W, np.zeros_like(W)
    def forward(self, idx):
        self.idx = idx
        return self.W[idx]
    def backward(self, dout):
        self.dW[...] = 0
        np.add.at(self.dW, self.idx, dout)
        np.add.at(self.dW, 0 * self.idx, dout)
"""


def test_a_call_for_what_it_does_is_not_left_out(written):
    assert written(LAYERED).check("Net").outcome == "correct"
    report = written(LAYERED, "self.one.backward(d)\n", "self.one.backward(dout)\n").check("Net")
    said = [d.message for f in report.findings for d in f.diagnosis]
    assert report.outcome == "crashes" and not any("should read `dout`" in message for message in said)
    report = written(TWICE_ADDED).check("Words")
    assert report.outcome == "wrong" and "dout)` should read `self.dW`" not in str(report)
