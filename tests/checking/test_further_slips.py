"""Further slips: in single precision, in lengths, where nothing is finite; the edit that undoes them is told."""

import pytest

from .variants import edited

LAYERS = """import numpy as np
class Narrow:
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out).astype(np.float32)
    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.w)
    def backward(self, dout):
        rows = self.x.reshape(-1, self.x.shape[-1])
        y = np.tanh(self.x @ self.w)
        d = dout * (1 - y**2)
        self.dw = rows.T @ d.reshape(-1, d.shape[-1])
        return d @ self.w.T
class Ramp:
    def forward(self, x):
        self.on = x > 0
        return np.where(self.on, x, 0.1 * x)
    def backward(self, dout):
        self.dx = dout.copy()
        self.dx[~self.on] *= 0.1
        return self.dx
class Cut:
    def forward(self, x):
        self.on = x > 0
        return x * self.on
    def backward(self, dout):
        return dout * self.on
"""


@pytest.mark.parametrize("name", ["Narrow", "Ramp", "Cut"])
def test_as_they_stand_they_are_right(tmp_path, name):
    assert edited(tmp_path, LAYERS, name).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Narrow", "1 - y**2", "1 - y**3", "power", "for w, x are right"),
        ("Narrow", "self.x.shape[-1])\n", "self.x.shape[-2])\n", "constant", "should read `1`"),
        ("Ramp", "dx[~self.on] *= 0.1", "dx[~self.on] *= 1.1", "constant", "should read `0.1`"),
        ("Cut", "return dout * self.on", "return dout / self.on", "inverted", "should read `dout * self.on`"),
    ],
)
def test_what_undoes_it_is_told(tmp_path, name, old, new, code, word):
    findings = edited(tmp_path, LAYERS, name, old, new).findings
    first = [f.diagnosis[0] for f in findings if f.status == "fail" and f.diagnosis]
    assert first and first[0].code == code and word in first[0].message, findings
