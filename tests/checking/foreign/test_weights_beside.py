"""Weights beside each other, columns a step a layer, gradients named after what forward was given: set up unasked."""

import pytest

from ..reports import named

FOUND = {
    "triplet": """
class Triplet:
    def forward(self, anchor, positive, negative):
        self.a, self.p, self.n = anchor, positive, negative
        h = np.sum((anchor - positive) ** 2, axis=1) - np.sum((anchor - negative) ** 2, axis=1) + 1
        self.active = (h > 0).astype(float)[:, None]
        return np.mean(np.maximum(h, 0))

    def backward(self, dout=1.0):
        c = dout * 2 * self.active / len(self.a)
        da = c * (self.n - self.p)
        dp = c * (self.p - self.a)
        dn = c * (self.a - self.n)
        return da, dp, dn
""",
    "length and direction": """
class WeightNorm:
    def __init__(self, V, g):
        self.V, self.g = V, g

    def forward(self, x):
        self.x, self.norm = x, np.sqrt((self.V**2).sum(axis=0))
        return x @ (self.g * self.V / self.norm)

    def backward(self, dout):
        dW, unit = self.x.T @ dout, self.V / self.norm
        self.dg = (dW * unit).sum(axis=0)
        self.dV = self.g / self.norm * (dW - self.dg * unit)
        return dout @ (self.g * self.V / self.norm).T
""",
    "maxout": """
def maxout_forward(x, W1, b1, W2, b2):
    z1, z2 = x @ W1 + b1, x @ W2 + b2
    return np.maximum(z1, z2), (x, W1, W2, z1, z2)

def maxout_backward(dout, cache):
    x, W1, W2, z1, z2 = cache
    d1, d2 = np.where(z1 >= z2, dout, 0), np.where(z1 >= z2, 0, dout)
    return d1 @ W1.T + d2 @ W2.T, x.T @ d1, d1.sum(0), x.T @ d2, d2.sum(0)
""",
    "columns": """
class RNN:
    def __init__(self, Wax, Waa, ba):
        self.Wax, self.Waa, self.ba = Wax, Waa, ba

    def forward(self, x):
        self.x, self.a = x, np.zeros((len(self.ba), x.shape[1], x.shape[2] + 1))
        for t in range(x.shape[2]):
            self.a[:, :, t + 1] = np.tanh(self.Wax @ x[:, :, t] + self.Waa @ self.a[:, :, t] + self.ba)
        return self.a[:, :, 1:].copy()

    def backward(self, da):
        dx, carry = np.zeros(self.x.shape), 0
        self.dWax, self.dWaa, self.dba = np.zeros_like(self.Wax), np.zeros_like(self.Waa), np.zeros_like(self.ba)
        for t in reversed(range(self.x.shape[2])):
            dz = (da[:, :, t] + carry) * (1 - self.a[:, :, t + 1] ** 2)
            dx[:, :, t] = self.Wax.T @ dz
            self.dWax += dz @ self.x[:, :, t].T
            self.dWaa += dz @ self.a[:, :, t].T
            self.dba += dz.sum(axis=1, keepdims=True)
            carry = self.Waa.T @ dz
        return dx
""",
}  # fmt: skip


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_shapes_and_names_that_go_together_are_found(written, text):
    assert written(text).check().outcome == "correct"


ATTENTION = """
class WeightSum:
    def forward(self, hs, a):
        N, T, H = hs.shape
        ar = a.reshape(N, T, 1).repeat(H, axis=2)
        self.cache = hs, ar
        return np.sum(hs * ar, axis=1)

    def backward(self, dc):
        hs, ar = self.cache
        N, T, H = hs.shape
        dt = dc.reshape(N, 1, H).repeat(T, axis=1)
        da = dt * hs
        return dt * ar, da
"""


def test_a_forgotten_sum_does_not_hide_along_an_axis_of_one(written):
    report = written(ATTENTION).check()
    assert report.outcome == "wrong" and "unsummed" in named(report)


MARGIN = """
def svm_loss(scores, y):
    n = scores.shape[0]
    margins = scores - scores[np.arange(n), y][:, None] + 1.0
    margins[np.arange(n), y] = -np.inf
    j = margins.argmax(axis=1)
    worst = np.maximum(margins.max(axis=1), 0)
    loss = worst.mean()
    ds = np.zeros_like(scores)
    on = {} / n
    ds[np.arange(n), j] += on
    ds[np.arange(n), y] -= on
    return loss, ds
"""


@pytest.mark.parametrize(("on", "outcome"), [("(worst > 0).astype(float)", "correct"), ("np.ones(n)", "wrong")])
def test_rows_whose_label_is_well_ahead_are_asked_too(written, on, outcome):
    assert written(MARGIN.format(on)).check().outcome == outcome
