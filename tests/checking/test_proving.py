"""What is proved from the code, and why the rest is not."""

import copy

import numpy as np
import pytest
import sympy as sp

import derivexplain as dx
from derivexplain.checking import proving
from derivexplain.symbols import real

from .reports import findings

x, y = real("x"), real("y")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Network:
    """Two layers of sigmoids: a common denominator of all their slopes would be far too long."""

    def __init__(self, n_in, n_hidden):
        self.V, self.W = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, 2)

    def forward(self, x):
        self.x, self.h = x, sigmoid(x @ self.V)
        self.y = sigmoid(self.h @ self.W)
        return self.y

    def backward(self, dout):
        dz = dout * self.y * (1 - self.y)
        self.dW = self.h.T @ dz
        dh = dz @ self.W.T * self.h * (1 - self.h)
        self.dV = self.x.T @ dh
        return dh @ self.V.T


class Grid:
    """Sizes of its own."""

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(5, 3)

    def backward(self, dout):
        return dout.reshape(self.shape)


class Copied:
    """A mask made of a copy."""

    def forward(self, x):
        out = copy.deepcopy(x)
        out[x <= 0] = 0
        return out * x

    def backward(self, dout, x):
        out = copy.deepcopy(x)
        out[x <= 0] = 0
        return 2 * out * dout


class Single:
    """Buffers and sums in single precision."""

    def forward(self, x):
        self.y = np.zeros(x.shape, dtype=np.float32)
        self.y[:] = np.tanh(x, dtype=np.float32)
        return np.mean(self.y, axis=0, dtype=np.float32)

    def backward(self, dout):
        return dout * (1 - self.y**2) / len(self.y)


class Twice:
    """Normalised twice: a root within a root."""

    def norm(self, x):
        r = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + 0.1)
        return (x - x.mean(axis=-1, keepdims=True)) * r, r

    def back(self, d, n, r):
        return r * (d - d.mean(axis=-1, keepdims=True) - n * (d * n).mean(axis=-1, keepdims=True))

    def forward(self, x):
        self.a, self.r = self.norm(x)
        self.t = np.tanh(self.a)
        self.b, self.s = self.norm(self.t)
        return self.b

    def backward(self, dout):
        return self.back(self.back(dout, self.b, self.s) * (1 - self.t**2), self.a, self.r)


@pytest.mark.parametrize("layer", [Network, Grid, Copied, Single, Twice, "multi_head_attention", "sigmoid_with_loss"])
def test_what_is_proved(layer):
    report = dx.check(layer)
    assert report.verdict.status == "proved", str(report)


@pytest.mark.parametrize(
    ("layer", "where"), [("softmax_with_loss", "rows of t add up to 1"), ("exp2", "all real inputs")]
)
def test_where_it_is_proved_is_told(layer, where):
    (said,) = findings(dx.check(layer), "proof")
    assert said.verdict.status == "proved" and said.message.endswith(where)


class Narrow:
    def forward(self, x):
        self.x = x.astype(np.float64)
        return np.exp(self.x)

    def backward(self, dout):
        return dout * np.exp(self.x)


class Long:
    def forward(self, x):
        self.y = np.exp(np.linalg.eigvalsh(x.T @ x).sum()) * x * 0 + np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y**2)


@pytest.mark.parametrize(
    ("layer", "reason", "line"),
    [
        (Narrow, "forward cannot be run on letters", "x.astype(np.float64)"),
        (Long, "forward cannot be run on letters", "eigvalsh"),
    ],
)
def test_what_is_not_says_why_and_where(layer, reason, line):
    report = dx.check(layer)
    assert report.ok and report.verdict.status == "agrees"
    (finding,) = findings(report, "unproved")
    path, _, number = finding.where.rpartition(":")
    assert finding.status == "skip" and reason in finding.message
    with open(path, encoding="utf-8") as file:
        assert line in file.read().splitlines()[int(number) - 1]


class Normalised:
    """Normalises what it normalised: written out, its formulas have no end."""

    def forward(self, x):
        self.kept = []
        for _ in range(4):
            r = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + 0.1)
            x = np.tanh((x - x.mean(axis=-1, keepdims=True)) * r)
            self.kept.append((x, r))
        return x

    def backward(self, dout):
        for y, r in reversed(self.kept):
            d, xhat = dout * (1 - y**2), np.arctanh(y)
            dout = r * (d - d.mean(axis=-1, keepdims=True) - xhat * (d * xhat).mean(axis=-1, keepdims=True))
        return dout


def test_what_is_too_long_comes_to_an_end(monkeypatch):  # in one call of SymPy it took minutes
    monkeypatch.setattr(proving, "SECONDS", 0.5)
    report = dx.check(Normalised)
    (told, *_) = findings(report, "unproved")
    assert report.outcome == "correct" and "too long" in told.message


class Newton:
    """A root by Newton's method; each step holds the one before three times. The slope should have 3 y²."""

    def forward(self, x):
        y = np.cbrt(x)
        for _ in range(8):
            y = y - (y**3 + y - x) / (3 * y**2 + 1)
        self.y = y
        return y

    def backward(self, dout):
        return dout / (2 * self.y**2 + 1)


def test_a_slip_in_what_is_too_long_is_named():
    (failed, *_) = findings(dx.check(Newton), "fail")
    assert failed.diagnosis[0].code == "constant" and "`2` should read `3`" in failed.diagnosis[0].message
    assert "your local derivative" not in failed.message


@pytest.mark.parametrize("base", [-x, x + y, sp.exp(x) - 1])
def test_a_root_is_a_letter_of_its_own_and_its_powers_are_that_letters(base):
    root = sp.sqrt(base)
    general = proving.Generalised(root, base)
    letter = general(root)
    assert letter.is_Symbol and letter not in (x, y) and general(base) == letter**2
    assert base == -x or general(1 / (base * root)) == letter**-3  # of -x, x remains
    assert not proving.equal(root, base)


def test_no_general_proof_is_tried_of_what_is_too_long(monkeypatch):
    monkeypatch.setattr(proving.proof, "equal", lambda *_, **__: pytest.fail("it was tried"))
    e = x
    for _ in range(10):
        e = sp.Add(e, sp.Mul(e, e, evaluate=False), evaluate=False)  # three times as long, written out
    assert not proving.shown(e, y)
