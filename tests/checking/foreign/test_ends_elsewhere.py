"""Backward may end elsewhere than forward does: at its logits, in two halves, in a sum that the caller takes."""

import pytest

from ..reports import named

TEXTS = {
    "policy": """
class Policy:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        logits = x @ self.W + self.b
        e = np.exp(logits - logits.max(axis=-1, keepdims=True))
        self.p = e / e.sum(axis=-1, keepdims=True)
        return self.p
    def backward(self, d_logits):
        self.dW, self.db = self.x.T @ d_logits, d_logits.sum(axis=0)
        return d_logits @ self.W.T
""",
    "gated": """
class Gated:
    def forward(self, x):
        self.a, self.b = np.split(x, 2, axis=-1)
        self.s = 1 / (1 + np.exp(-self.b))
        return self.a * self.s
    def backward(self):
        return np.concatenate([self.s, self.a * self.s * (1 - self.s)], axis=-1)
""",
    "halves": """
class Gated:
    def forward(self, x):
        self.a, self.b = np.split(x, 2, axis=-1)
        self.s = 1 / (1 + np.exp(-self.b))
        return self.a * self.s
    def backward(self, dout):
        da, db = dout * self.s, dout * self.a * self.s * (1 - self.s)
        return da, db
""",
    "summed": """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, 1 * dout
        return dout @ self.W.T
def step(layer, rate):
    layer.W -= rate * layer.dW
    layer.b -= rate * np.sum(layer.db, axis=0)
""",
    "angles": """
def turn_forward(x, freqs):
    angle = np.arange(x.shape[1])[:, None] * freqs
    c, s = np.cos(angle), np.sin(angle)
    a, b = x[..., 0::2], x[..., 1::2]
    y = np.empty_like(x)
    y[..., 0::2], y[..., 1::2] = a * c - b * s, a * s + b * c
    return y, (c, s)
def turn_backward(dy, cache):
    c, s = cache
    a, b = dy[..., 0::2], dy[..., 1::2]
    dx = np.empty_like(dy)
    dx[..., 0::2], dx[..., 1::2] = a * c + b * s, b * c - a * s
    return dx
""",
    "counted": """
class Turn:
    def __init__(self, dim):
        self.theta = 100.0 ** (-np.arange(0, dim, 2) / dim)
    def forward(self, x):
        angle = np.arange(x.shape[-2])[:, None] * self.theta
        self.c, self.s = np.cos(angle), np.sin(angle)
        a, b = np.split(x, 2, axis=-1)
        return np.concatenate([a * self.c - b * self.s, b * self.c + a * self.s], axis=-1)
    def backward(self, g):
        a, b = np.split(g, 2, axis=-1)
        return np.concatenate([a * self.c + b * self.s, b * self.c - a * self.s], axis=-1)
""",
}


@pytest.mark.parametrize(
    "text, name, outcome",
    [
        ("policy", "Policy", "correct"),
        ("gated", "Gated", "correct"),
        ("halves", "Gated", "correct"),
        ("summed", "Dense", "correct"),
        ("angles", "turn", "correct"),
        ("counted", "Turn", "correct"),
    ],
)
def test_right_where_it_ends(written, text, name, outcome):
    assert written(TEXTS[text]).check(name).outcome == outcome


@pytest.mark.parametrize(
    "text, name, edit, code",
    [
        ("policy", "Policy", ("self.x.T @ d_logits", "-self.x.T @ d_logits"), "sign"),
        ("policy", "Policy", ("d_logits.sum(axis=0)", "d_logits"), "unsummed"),
        ("gated", "Gated", ("1 - self.s", "1 + self.s"), "sign"),
        ("gated", "Gated", ("[self.s, self.a * self.s * (1 - self.s)]", "[self.a * self.s * (1 - self.s), self.s]"), "swapped"),
        ("halves", "Gated", ("dout * self.s,", "dout,"), "factor"),
        ("summed", "Dense", ("1 * dout", "-dout"), "sign"),
        ("summed", "Dense", ("np.sum(layer.db, axis=0)", "layer.db"), "unsummed"),
        ("angles", "turn", ("b * c - a * s\n    return dx", "b * c + a * s\n    return dx"), "sign"),
        ("counted", "Turn", ("b * self.c - a * self.s]", "b * self.c + a * self.s]"), "sign"),
    ],
)  # fmt: skip
def test_slips_are_told_where_it_ends(written, text, name, edit, code):
    report = written(TEXTS[text], *edit).check(name)
    assert report.outcome in ("wrong", "factor") and code in named(report, "fail")
