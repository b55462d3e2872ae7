"""Packages of graph layers, of layers that hang on the one before, of losses that hand on what they are given."""

import pytest

import derivexplain as dx

MIXING = """
class Mixing:
    def __init__(self, in_feats, out_feats):
        self.own, self.near = np.random.randn(in_feats, out_feats), np.random.randn(in_feats, out_feats)
    def forward(self, h, adj):
        self.h, self.mean = h, adj / adj.sum(axis=1, keepdims=True)
        self.a = np.tanh(h @ self.own + self.mean @ h @ self.near)
        return self.a
    def backward(self, dout, lr):
        dz = dout * (1 - self.a ** 2)
        dh = dz @ self.own.T + self.mean.T @ dz @ self.near.T
        self.own -= lr * self.h.T @ dz
        self.near -= lr * (self.mean @ self.h).T @ dz
        return dh
"""
SPECTRAL = """
class Spectral:
    def __init__(self, in_feat, out_feat): self.w = np.random.randn(in_feat, out_feat)
    def forward(self, X, A):
        root = np.linalg.inv(np.sqrt(np.diag(A.sum(axis=1))))
        self.X, self.S = X, root @ A @ root
        return self.S @ X @ self.w
    def backward(self, grad):
        self.dw = self.X.T @ self.S @ grad
        return self.S @ grad @ self.w.T
"""
NEAREST = """
class Nearest:
    def __init__(self, in_feat, out_feat): self.w = np.random.randn(in_feat, out_feat)
    def forward(self, X, A):
        self.X, self.h, self.A = X, X @ self.w, A
        out = np.zeros_like(self.h)
        for i, j in np.ndindex(*A.shape):
            if A[i, j] == 1:
                out[i] += self.h[j] ** 2
        return out
    def backward(self, grad):
        dh = np.zeros_like(self.h)
        for i, j in np.ndindex(*self.A.shape):
            if self.A[i, j] == 1:
                dh[j] += 2 * self.h[j] * grad[i]
        self.dw = self.X.T @ dh
        return dh @ self.w.T
"""
HANDING = """
class Costs:
    def __init__(self, n): self.loss, self.n = np.zeros(n), 0
class HalfSquareLoss(Costs):
    def forward(self, x, t):
        self.n += 1
        self.x, self.t = x, t
        self.loss += 0.5 * (self.x - self.t) ** 2
        return self.x
    def backward(self): return self.x - self.t
"""
FOUND = [  # what is right, and a slip in it
    ("Mixing", MIXING, "self.mean.T @ dz", "self.mean @ dz"),
    ("Spectral", SPECTRAL, "self.S @ grad", "grad"),
    ("Nearest", NEAREST, "dh[j] += 2", "dh[i] += 2"),
    ("HalfSquareLoss", HANDING, "return self.x - self.t", "return self.t - self.x"),
]


def written(tmp_path, text, name):
    path = tmp_path / "layers.py"
    path.write_text(f"import numpy as np\n{text}")
    return dx.check(f"{path}:{name}")


@pytest.mark.parametrize(("name", "text", "right", "wrong"), FOUND)
def test_right_and_wrong_ones(tmp_path, name, text, right, wrong):
    found = written(tmp_path, text, name)
    assert found.outcome in ("correct", "hazards"), found
    assert [f.code for f in found.findings if f.status == "warn"] in ([], ["second-forward"]), found
    assert right in text
    assert written(tmp_path, text.replace(right, wrong), name).outcome in ("wrong", "factor")


def test_a_loss_that_hands_on_what_it_is_given_and_keeps_nothing_says_nothing_of_its_gradient(tmp_path):
    text = HANDING.replace("        self.loss += 0.5 * (self.x - self.t) ** 2\n", "")
    assert written(tmp_path, text, "HalfSquareLoss").outcome == "not-set-up"
