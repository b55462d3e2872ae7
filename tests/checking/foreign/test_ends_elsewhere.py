"""Backward may end elsewhere than forward does: at its logits, in two halves, in boxes, in a sum that is yet to come."""

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
    "boxes": """
class Network:
    def __init__(self, layers):
        self.weights = [np.random.randn(n, m) * 0.3 for n, m in zip(layers, layers[1:])]
        self.biases = [np.zeros((1, n)) for n in layers[1:]]
    def forward(self, x):
        self.gradients, self.inputs = {"weights": [], "biases": []}, []
        for w, b in zip(self.weights, self.biases):
            self.inputs.append(x)
            x = np.tanh(x @ w + b)
        self.inputs.append(x)
        return x
    def backward(self, dout):
        for k in reversed(range(len(self.weights))):
            dz = dout * (1 - np.tanh(self.inputs[k] @ self.weights[k] + self.biases[k]) ** 2)
            self.gradients["weights"].insert(0, self.inputs[k].T @ dz)
            self.gradients["biases"].insert(0, dz.sum(axis=0, keepdims=True))
            dout = dz @ self.weights[k].T
        return dout
""",
    "shared": """
class Words:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]
    def forward(self, ids):
        self.ids = ids
        return self.params[0][ids]
    def backward(self, dout):
        self.grads[0][...] = 0
        np.add.at(self.grads[0], self.ids, dout)
class Scores:
    def __init__(self, W):
        self.params, self.grads = [W.T], [np.zeros_like(W.T)]
    def forward(self, x):
        self.x = x
        return x @ self.params[0]
    def backward(self, dout):
        self.grads[0][...] = self.x.reshape(-1, self.x.shape[-1]).T @ dout.reshape(-1, dout.shape[-1])
        return dout @ self.params[0].T
class Tied:
    def __init__(self, vocab_size, wordvec_size):
        W = np.random.randn(vocab_size, wordvec_size) * 0.1
        self.words, self.scores = Words(W), Scores(W)
        self.params, self.grads = [W], [np.zeros_like(W)]
    def forward(self, xs):
        return self.scores.forward(self.words.forward(xs))
    def backward(self, dout):
        self.words.backward(self.scores.backward(dout))
        self.grads[0][...] = self.words.grads[0] + self.scores.grads[0].T
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
        ("policy", "Policy", "hazards"),  # it is no gradient of what forward returns
        ("gated", "Gated", "correct"),
        ("halves", "Gated", "correct"),
        ("summed", "Dense", "correct"),
        ("angles", "turn", "correct"),
        ("counted", "Turn", "correct"),
        ("boxes", "Network", "correct"),
        ("shared", "Tied", "correct"),
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
        ("summed", "Dense", ("np.sum(layer.db, axis=0)", "np.sum(layer.db, axis=1)"), "unsummed"),
        ("angles", "turn", ("b * c - a * s\n    return dx", "b * c + a * s\n    return dx"), "sign"),
        ("boxes", "Network", ("self.biases[k]) ** 2)", "self.biases[k]))"), "power"),
        ("boxes", "Network", ("dz.sum(", "dz.mean("), "scale-n"),
        ("shared", "Words", ("np.add.at(self.grads[0], self.ids, dout)", "self.grads[0][self.ids] = dout"), "unsummed"),
        ("counted", "Turn", ("b * self.c - a * self.s]", "b * self.c + a * self.s]"), "sign"),
    ],
)  # fmt: skip
def test_slips_are_told_where_it_ends(written, text, name, edit, code):
    report = written(TEXTS[text], *edit).check(name)
    assert report.outcome in ("wrong", "factor") and code in named(report, "fail")
