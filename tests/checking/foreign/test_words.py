"""Vectors of words: skip-grams and bags of words, with a softmax or with words that do not occur beside each other."""

import pytest

from ..reports import named

TEXTS = {
    "by ids": """
class Skip:
    def __init__(self, vocab_size, dim, lr=0.05):
        self.W_in, self.W_out = np.random.randn(vocab_size, dim) * 0.1, np.random.randn(dim, vocab_size) * 0.1
        self.lr = lr
    def forward(self, center):
        self.center, self.h = center, self.W_in[center]
        e = np.exp(self.h @ self.W_out)
        self.p = e / e.sum()
        return self.p
    def backward(self, context):
        d = self.p.copy()
        d[context] -= 1
        back = self.W_out @ d
        self.W_out -= self.lr * np.outer(self.h, d)
        self.W_in[self.center] -= self.lr * back
""",
    "by vectors of a vocabulary": """
class Skip:
    def __init__(self, vocab_size, dim):
        self.W1, self.W2 = np.random.randn(vocab_size, dim) * 0.1, np.random.randn(dim, vocab_size) * 0.1
    def forward(self, x):
        self.x, self.h = x, self.W1.T @ x
        e = np.exp(self.W2.T @ self.h)
        self.p = e / e.sum()
        return self.p
    def backward(self, t):
        d = self.p - t
        self.dW1, self.dW2 = np.outer(self.x, self.W2 @ d), np.outer(self.h, d)
""",
    "with negative samples": """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
class Sampled:
    def __init__(self, vocab_size, dim):
        self.W_in, self.W_out = np.random.randn(vocab_size, dim) * 0.1, np.random.randn(vocab_size, dim) * 0.1
    def forward(self, center, context, negatives):
        self.ids = center, context, negatives
        self.v, self.u, self.n = self.W_in[center], self.W_out[context], self.W_out[negatives]
        self.yes, self.no = sigmoid(self.u @ self.v), sigmoid(-self.n @ self.v)
        return -np.log(self.yes) - np.sum(np.log(self.no))
    def backward(self):
        center, context, negatives = self.ids
        self.dW_in, self.dW_out = np.zeros_like(self.W_in), np.zeros_like(self.W_out)
        self.dW_in[center] += (self.yes - 1) * self.u + (1 - self.no) @ self.n
        self.dW_out[context] += (self.yes - 1) * self.v
        np.add.at(self.dW_out, negatives, np.outer(1 - self.no, self.v))
""",
    "of vectors": """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def sampled_loss_and_gradient(center_vec, outside_vec, negative_vecs):
    p, n = sigmoid(outside_vec @ center_vec), sigmoid(-negative_vecs @ center_vec)
    loss = -np.log(p) - np.sum(np.log(n))
    grad_center = (p - 1) * outside_vec + (1 - n) @ negative_vecs
    grad_outside, grad_negative = (p - 1) * center_vec, np.outer(1 - n, center_vec)
    return loss, grad_center, grad_outside, grad_negative
""",
    "in bags": """
class Bag:
    def __init__(self, vocab_size, hidden_size):
        self.W_in = 0.1 * np.random.randn(vocab_size, hidden_size)
        self.W_out = 0.1 * np.random.randn(hidden_size, vocab_size)
    def forward(self, contexts, target):
        self.contexts, self.target, self.h = contexts, target, self.W_in[contexts].mean(axis=1)
        e = np.exp(self.h @ self.W_out)
        self.p = e / e.sum(axis=1, keepdims=True)
        return -np.log(self.p[np.arange(len(target)), target]).mean()
    def backward(self):
        n, c = self.contexts.shape
        d = self.p.copy()
        d[np.arange(n), self.target] -= 1
        d /= n
        self.dW_out, self.dW_in = self.h.T @ d, np.zeros_like(self.W_in)
        for k in range(c):
            np.add.at(self.dW_in, self.contexts[:, k], d @ self.W_out.T / c)
""",
}


@pytest.mark.parametrize("text", TEXTS)
def test_they_are_right(written, text):
    report = written(TEXTS[text]).check()
    assert report.outcome == "correct" and report.verdict.status == "proved"


@pytest.mark.parametrize(
    ("text", "old", "new", "code"),
    [
        ("by ids", "self.W_out @ d", "self.W_out @ self.p", "argument"),
        ("by vectors of a vocabulary", "self.W2 @ d", "self.W2 @ self.p", "argument"),
        ("with negative samples", "(self.yes - 1) * self.v", "self.yes * self.v", "argument"),
        ("of vectors", "(p - 1) * center_vec", "p * center_vec", "argument"),
        ("in bags", " / c)", ")", "scale-n"),
    ],
)
def test_their_slips_are_named(written, text, old, new, code):
    report = written(TEXTS[text], old, new).check()
    assert not report.ok and code in named(report, "fail")


FULLY = """
def fc(X, W, b):
    return X @ W + b, (X, W, b)
def d_fc(eta, cache):
    X, W, b = cache
    return eta @ W.T, X.T @ eta, eta.sum(axis=0)
def bend(x):
    return np.tanh(x), x
def d_bend(x, cache):
    return 1 - np.tanh(x)**2
"""


def test_what_is_kept_tells_an_upstream_gradient_of_any_name(written):
    """d_fc(eta, cache) is given one; d_bend(x, cache) is given what the function is, and gives a slope."""
    assert {r.outcome for r in written(FULLY).checks().values()} == {"correct"}


PLAIN = """
class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, sens):
        self.dW, self.db = self.x.T @ sens, sens.sum(axis=0)
        return sens @ self.W.T
"""
PAIRED = """
def linear_forward(x, W, b):
    return x @ W + b, (x, W, b)
def linear_backward(sens, cache):
    x, W, b = cache
    return sens @ W.T, x.T @ sens, sens.sum(axis=0)
"""


STEPPED = PLAIN.replace("(self, sens)", "(self, sens, rate)").replace("return ", "dx = ")
STEPPED = STEPPED.replace("dx = x @", "return x @").replace("self.dW, self.db =", "dW, db =")
STEPPED += "        self.W -= rate * dW\n        self.b -= rate * db\n        return dx\n"


@pytest.mark.parametrize("text", [PLAIN, PAIRED, STEPPED])
@pytest.mark.parametrize("name", ["d", "incoming", "z"])
def test_what_is_multiplied_by_is_an_upstream_gradient_of_any_name(written, text, name):
    """Where its product does not fit, other things were given for it, and the layer was not set up."""
    old, new = ("W.T", "W")
    report = written(text, "sens", name, old, new).check()
    assert report.outcome == "crashes" and f"should read `{name} @" in str(report)


def test_a_state_alone_is_data_too(written):
    text = """
    class Scale:
        def __init__(self, scale):
            self.scale = scale
        def forward(self, h_in):
            self.x = h_in
            return h_in * self.scale
        def backward(self, d):
            self.dscale = (d * self.x).sum(axis=0)
            return d * self.scale
    """
    assert written(text).check().outcome == "correct"


def test_an_upstream_gradient_that_is_never_read_is_one(written):
    """It was taken for the output of relu6, of which backward gave the slope: told correct."""
    text = """
    def relu6(x):
        return np.minimum(np.maximum(0, x), 6), {"x": x}
    def relu6_backward(sens, ctx):
        x = ctx["x"]
        return sens * ((x > 0) & (x < 6))
    """
    assert written(text).check().outcome == "correct"
    assert written(text, "sens * (", "1.0 * (").check().outcome == "wrong"


def test_the_new_state_of_a_gru_has_weights_of_its_own(written):
    text = """
    class GRUCell:
        def __init__(self, Wz, Uz, Wn, Un):
            self.Wz, self.Uz, self.Wn, self.Un = Wz, Uz, Wn, Un
        def forward(self, x, h):
            self.x, self.h = x, h
            self.z = 1 / (1 + np.exp(-(x @ self.Wz + h @ self.Uz)))
            self.n = np.tanh(x @ self.Wn + h @ self.Un)
            return (1 - self.z) * self.n + self.z * h
        def backward(self, g):
            dn = g * (1 - self.z) * (1 - self.n**2)
            dz = g * (self.h - self.n) * self.z * (1 - self.z)
            self.dWz, self.dUz = self.x.T @ dz, self.h.T @ dz
            self.dWn, self.dUn = self.x.T @ dn, self.h.T @ dn
            return dz @ self.Wz.T + dn @ self.Wn.T, g * self.z + dz @ self.Uz.T + dn @ self.Un.T
    """
    assert written(text).check().outcome == "correct"
    lost = ("self.dWn, self.dUn = self.x.T @ dn, self.h.T @ dn", "self.dWn = self.x.T @ dn")
    assert written(text, *lost).check().outcome == "wrong"
