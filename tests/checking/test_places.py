"""Places: something where nothing belongs, nothing where something does, right numbers in the wrong place."""

import ast

import pytest

from derivexplain.checking.mending.edits import edits

from .reports import reasons
from .variants import MASKED_LOSS

LAYERS = (
    """
class Pool:
    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        self.cells = x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2)
        return self.cells.max(axis=(3, 5))
    def backward(self, dout):
        dx = np.zeros_like(self.x)
        for i in np.ndindex(*dout.shape):
            n, c, h, w = i
            window = self.cells[n, c, h, :, w]
            r, q = np.unravel_index(window.argmax(), window.shape)
            dx[n, c, 2 * h + r, 2 * w + q] += dout[i]
        return dx
class Shuffle:
    def forward(self, x):
        n, c, h, w = x.shape
        self.shape = x.shape
        return x.reshape(n, 1, c, 1, h, w).transpose(0, 1, 4, 2, 5, 3).reshape(n, 1, c * h, w)
    def backward(self, dout):
        n, c, h, w = self.shape
        return dout.reshape(n, 1, h, c, w, 1).transpose(0, 1, 3, 5, 2, 4).reshape(n, c, h, w)
class Jacobians:
    def forward(self, z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y
    def backward(self, dout):
        dz = np.zeros_like(dout)
        for k, (y, g) in enumerate(zip(self.y, dout)):
            J = np.diag(y) - np.outer(y, y)
            dz[k] = J @ g
        return dz
class Words:
    def __init__(self, W):
        self.W = W
    def forward(self, idx):
        self.idx = idx
        return self.W[idx]
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, self.idx, dout)
class Padded:
    def forward(self, x):
        self.before, self.length = 2, x.shape[-1]
        return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(2, 1)])
    def backward(self, dout):
        return dout[..., self.before : self.before + self.length]
class Rms:
    def forward(self, x):
        self.x, self.m = x, (x**2).mean(axis=-1, keepdims=True) + 1e-3
        return x * self.m**-0.5
    def backward(self, d):
        return d * self.m**-0.5 - self.x * (d * self.x).mean(axis=-1, keepdims=True) * self.m**-1.5
class Level:
    def forward(self, mu, log_var):
        self.mu, self.inv = mu, np.exp(-log_var)
        return 0.5 * np.mean(log_var + mu**2 * self.inv)
    def backward(self, dout=1.0):
        return dout * self.mu * self.inv / self.mu.size, dout * 0.5 * (1 - self.mu**2 * self.inv) / self.mu.size
"""
    + MASKED_LOSS
)
HALF = """dx = np.zeros(dout.shape[:-1] + (self.length,))
        dx[..., ::2] = dout[..., 2:-1][..., ::2]
        return dx"""


@pytest.mark.parametrize("name", ["Pool", "Shuffle", "Words", "Padded", "Rms", "Level", "masked_loss"])
def test_as_they_stand_they_are_right(written, name):
    assert written(LAYERS).check(name).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Pool", "argmax", "argmin", "inverted", "read `window.argmax()`"),
        ("Pool", "2 * h + r, 2 * w + q", "2 * h, 2 * w", "swapped", "stand in other places"),
        ("Pool", "2 * h + r, 2 * w + q]", "2 * h : 2 * h + 2, 2 * w : 2 * w + 2]", "other-function", "as for a sum"),
        ("Padded", "return dout[..., self.before : self.before + self.length]", HALF, "path-missing", "entries get nothing"),
        ("Shuffle", "(0, 1, 3, 5, 2, 4)", "(0, 1, 5, 2, 3, 4)", "transposed", "(0, 1, 5, 3, 2, 4)"),
        ("Jacobians", "J @ g", "J.sum(axis=0)", "dout-ignored", "read `J @ g`"),
        ("Jacobians", "J @ g", "J.sum(axis=0) * k", "path-missing", "zero everywhere"),
        ("Words", "np.add.at(self.dW, self.idx, dout)", "self.dW[self.idx] += dout", "unsummed", "np.add.at("),
        ("Padded", "self.before : self.before + self.length", ": self.length", "argument", "self.before + self.length"),
        ("Rms", "self.m**-1.5", "self.m**-0.5", "power", "read `1.5`"),
        ("Level", "(1 - self.mu**2 * self.inv)", "(-self.mu**2 * self.inv)", "term", "a constant term"),
        ("masked_loss", "grad * keep[:, None]", "grad * 1", "factor", "nothing belongs there"),
    ],
)  # fmt: skip
def test_what_is_said_of_places_is_true_of_all_of_them(written, name, old, new, code, word):
    report = written(LAYERS, old, new).check(name)
    told = reasons(report, "fail")
    assert told and told[0].code == code and word in str(report), report


def test_an_axis_wrong_throughout_is_tried_once():
    text = "def backward(dout, y):\n    return y * (dout - dout.mean(axis=0) - y * (dout * y).mean(axis=0))\n"
    (function,) = ast.parse(text).body
    throughout = [e for e in edits(function) if e.code == "axis" and e.rank == 4]
    assert len(throughout) == 6  # -1, 0, 1, with and without keepdims
