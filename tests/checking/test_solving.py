"""Solving: a value that lacks a factor or a term is found by what it must be, however much is lost."""

import numpy as np
import pytest

from derivexplain.checking.mending.products import Known, Solved, lack

from .reports import findings, named, reasons
from .variants import CONTRAST, MASKED_LOSS

LAYERS = (
    """
class Gated:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1, W2
    def forward(self, x):
        self.x, self.a, self.b = x, x @ self.W1, x @ self.W2
        self.s = 1 / (1 + np.exp(-self.a))
        return self.a * self.s * self.b
    def backward(self, dout):
        db = dout * self.a * self.s
        da = dout * self.b * (self.s + self.a * self.s * (1 - self.s))
        self.dW1, self.dW2 = self.x.T @ da, self.x.T @ db
        return da @ self.W1.T + db @ self.W2.T
class Tied:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W)
        return x + self.h @ self.W.T
    def backward(self, dout):
        dz = (dout @ self.W) * (1 - self.h**2)
        self.dW = self.x.T @ dz + dout.T @ self.h
        return dout + dz @ self.W.T
"""
    + CONTRAST
    + """class Weighted:
    def forward(self, x, y):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p, self.y = e / e.sum(axis=1, keepdims=True), y
        self.w = 1.0 + np.cos(np.arange(len(x)))
        return -np.sum(self.w * np.log(self.p[np.arange(len(y)), y]))
    def backward(self):
        d = self.p.copy()
        d[np.arange(len(self.y)), self.y] -= 1
        d *= self.w[:, None]
        return d
class Kernels:
    def forward(self, q, k, v):
        self.q, self.k, self.v = np.exp(q), np.exp(k), v
        self.z = self.q @ self.k.sum(axis=0)
        self.y = self.q @ (self.k.T @ v) / self.z[:, None]
        return self.y
    def backward(self, dout):
        dn = dout / self.z[:, None]
        dz = -(dout * self.y).sum(axis=1) / self.z
        dq = dn @ (self.k.T @ self.v).T + dz[:, None] * self.k.sum(axis=0)
        dkv = self.q.T @ dn
        dk = self.v @ dkv.T + self.q.T @ dz
        return dq * self.q, dk * self.k, self.k @ dkv
"""
    + MASKED_LOSS
    + """def logistic_loss(z, t):
    t = (t > 0) * 1.0
    s = 1 / (1 + np.exp(-z))
    loss = -np.sum(t * np.log(s) + (1 - t) * np.log(1 - s))
    dz = s - t
    return loss, dz
"""
)


@pytest.mark.parametrize("name", ["Gated", "Tied", "Contrast", "Weighted", "Kernels", "masked_loss", "logistic_loss"])
def test_as_they_stand_they_are_right(written, name):
    assert written(LAYERS).check(name).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word", "line"),
    [
        ("Gated", "(self.s + self.a * self.s * (1 - self.s))", "self.s", "term", "* self.b * (1 - self.s)", 11),
        ("Tied", " + dout.T @ self.h", "", "term", "`self.dW` lacks the term dout.T @ self.h", 22),
        ("Contrast", "(self.p - np.eye(len(self.a)))", "self.p", "term", "`ds` lacks the term -(1/3) * np.eye(3)", 31),
        ("Weighted", "        d *= self.w[:, None]\n", "", "factor", "lacks the factor self.w[:, None]", 42),
        ("Kernels", " + dz[:, None] * self.k.sum(axis=0)", "", "term", "`dq` lacks the term dz[:, None] * self.k.sum", 52),
        ("masked_loss", "grad * keep[:, None]", "grad * 1", "factor", "`grad` lacks the factor keep[:, None]", 62),
        ("logistic_loss", "dz = s - t", "dz = (s - t) * (1 - s) * s", "extra", "a factor s * (1 - s) too many", 71),
    ],
)  # fmt: skip
def test_what_a_value_lacks_is_named_with_its_line(written, name, old, new, code, word, line):
    report = written(LAYERS, old, new).check(name)
    (told, *_) = findings(report, "fail", "values")
    assert told.diagnosis[0].code == code and word in told.diagnosis[0].message, report
    assert abs(int(told.where.rpartition(":")[2]) - line) <= 6


PATHS = """
class Cut:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1, W2
    def forward(self, x):
        self.x = x
        self.h = np.maximum(0, x @ self.W1)
        return self.h @ self.W2
    def backward(self, dout):
        dh = dout @ self.W2.T
        dz = dh * (self.h > 0)
        self.dW1, self.dW2 = self.x.T @ dz, self.h.T @ dout
        return dz @ self.W1.T
class Steps:
    def forward(self, x):
        self.h = np.zeros((len(x) + 1, x.shape[1]))
        for t in range(len(x)):
            self.h[t + 1] = np.tanh(x[t] + 0.5 * self.h[t])
        return self.h[1:]
    def backward(self, dout):
        dx, carry = np.zeros_like(dout), 0
        for t in reversed(range(len(dout))):
            dx[t] = (dout[t] + carry) * (1 - self.h[t + 1] ** 2)
            carry = 0.5 * dx[t]
        return dx
class Gate2d:
    def forward(self, x):
        self.x, m = x, x.mean(axis=1, keepdims=True)
        self.g = 1 / (1 + np.exp(-m))
        return x * self.g
    def backward(self, dout):
        ds = np.sum(dout * self.x, axis=1, keepdims=True) * self.g * (1 - self.g)
        return dout * self.g + ds / self.x.shape[1]
class Pooled:
    def __init__(self, v):
        self.v = v
    def forward(self, h):
        s = h @ self.v
        e = np.exp(s - s.max(axis=1, keepdims=True))
        self.h, self.a = h, e / e.sum(axis=1, keepdims=True)
        return np.einsum("nt,ntd->nd", self.a, h)
    def backward(self, dc):
        da = np.einsum("nd,ntd->nt", dc, self.h)
        ds = self.a * (da - np.sum(da * self.a, axis=1, keepdims=True))
        self.dv = np.einsum("nt,ntd->d", ds, self.h)
        return self.a[:, :, None] * dc[:, None, :] + ds[:, :, None] * self.v
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Pooled", "self.a[:, :, None] * dc[:, None, :] + ", "", "term", "dc[:, None] * self.a[..., None]"),
        ("Gate2d", " + ds / self.x.shape[1]", "", "path-missing", "the same along axis 1"),
        ("Cut", "dz = dh * (self.h > 0)", "dz = dh", "branch", "* (self.h > 0)`"),
        ("Steps", "(dout[t] + carry)", "dout[t]", "path-missing", "`dout[t] + carry`"),
    ],
)
def test_a_lost_path_or_mask_is_named(written, name, old, new, code, word):
    report = written(PATHS, old, new).check(name)
    assert code in named(report, "fail") and word in str(report) and "another forward" not in str(report), report


def test_what_holds_in_one_case_alone_is_not_said():
    def case(seed, times):
        a, b = np.random.default_rng(seed).standard_normal((2, 3, 5))
        return Solved(a, a * times(b), np.full(a.shape, True), Known.of({"b": b}))

    first, other = case(0, lambda b: b), case(1, np.cos)
    assert lack(first).words.startswith("lacks the factor b")
    assert lack(first, other) is None


def test_what_a_value_lacks_in_another_file_is_told_with_that_file(written):
    written(LAYERS, "(self.s + self.a * self.s * (1 - self.s))", "self.s", at="base.py")
    report = written("from base import Gated\nclass Mine(Gated):\n    pass\n").check("Mine")
    told = reasons(report, "fail")
    assert any("* self.b * (1 - self.s)" in d.message and d.location.endswith("base.py:11") for d in told)
