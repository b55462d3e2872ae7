"""Which set-up is chosen, without the battery: it agrees where the layer is right, and fits where one slip is in it."""

import pytest

from derivexplain import conventions, foreign
from derivexplain.checking import choosing

MASKED_STEPS = """
def masked_steps_loss(x, y, mask):
    N, T, D = x.shape
    z, y, kept = x.reshape(N * T, D), y.reshape(N * T), mask.reshape(N * T)
    away = z - np.eye(D)[y]
    loss = np.sum(kept * (away ** 2).sum(axis=1)) / N
    dx = (2 * away * kept[:, None] / N).reshape(N, T, D)
    return loss, dx
"""
SPREAD = """
def spread_forward(x, W, b):
    N, C, L = x.shape
    K = W.shape[2]
    out = np.zeros((N, W.shape[1], L + K - 1)) + b[None, :, None]
    for k in range(K):
        out[:, :, k:k + L] += np.einsum('ncl,cf->nfl', x, W[:, :, k])
    return out, (x, W)
def spread_backward(dout, cache):
    x, W = cache
    dx, dW, L = np.zeros_like(x), np.zeros_like(W), x.shape[2]
    for k in range(W.shape[2]):
        dW[:, :, k] = np.einsum('ncl,nfl->cf', x, dout[:, :, k:k + L])
        dx += np.einsum('nfl,cf->ncl', dout[:, :, k:k + L], W[:, :, k])
    return dx, dW, dout.sum(axis=(0, 2))
"""
BOXED = """
class Mixed:
    def __init__(self, W_t, b_t, W_h, b_h):
        self.p, self.g = {"Wt": W_t, "bt": b_t, "Wh": W_h, "bh": b_h}, {}
    def forward(self, X):
        self.X, self.s, self.h = X, self.p["Wt"] @ X + self.p["bt"], self.p["Wh"] @ X + self.p["bh"]
        return self.s * self.h + X
    def backward(self, dY):
        ds, dh = dY * self.h, dY * self.s
        self.g["Wt"], self.g["bt"] = ds @ self.X.T, ds.sum(axis=1, keepdims=True)
        self.g["Wh"], self.g["bh"] = dh @ self.X.T, dh.sum(axis=1, keepdims=True)
        return self.p["Wt"].T @ ds + self.p["Wh"].T @ dh + dY
"""
LAYERS = [  # text, scene, a line of it, the same with a slip
    (MASKED_STEPS, "sequences, a class each", "kept[:, None] / N", "kept[:, None]"),
    (SPREAD, "signals, W in by out", "'nfl,cf->ncl', dout[:, :, k:k + L]", "'nfl,cf->ncl', dout[:, :, :L]"),
    (
        BOXED,
        "columns are examples, square weights",
        "ds, dh = dY * self.h, dY * self.s",
        "dh, ds = dY * self.h, dY * self.s",
    ),
]


def level(path, text):
    """The scene that is chosen for the one layer of a text, and how far it gets."""
    path.write_text("import numpy as np\n" + text)
    ((_, layer),), _ = foreign.find(str(path), conventions)
    subject = choosing.choose(foreign.dress(layer, conventions), conventions.SIZES).subject
    assert subject is not None
    with choosing.quiet():
        return subject.scene, choosing.rank(subject, conventions.SIZES, 0)


@pytest.mark.parametrize(("text", "scene", "right", "wrong"), LAYERS)
def test_a_set_up_agrees_unless_there_is_a_slip(tmp_path, text, scene, right, wrong):
    assert right in text
    found, far = level(tmp_path / "right.py", text)
    assert found == scene and far > choosing.FITS + 0.5
    found, far = level(tmp_path / "wrong.py", text.replace(right, wrong))
    assert found == scene and choosing.FITS <= far < choosing.FITS + 0.5
