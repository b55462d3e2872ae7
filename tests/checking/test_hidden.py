"""Hidden: slips that some inputs hide are looked for where they show."""

import pytest

from .reports import findings, named, reasons
from .variants import CONTRAST

LAYERS = (
    """
class OneByOne:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.random.randn(1, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad, learning_rate):
        dx = grad @ self.W.T
        self.W -= learning_rate * (self.x.T @ grad)
        self.b -= learning_rate * grad
        return dx
"""
    + CONTRAST
    + """class WeightedBCE:
    def forward(self, z, t):
        self.t = np.asarray(t > 0, dtype=float)
        self.p = 1.0 / (1.0 + np.exp(-z))
        return -(3 * self.t * np.log(self.p) + (1 - self.t) * np.log(1 - self.p)).mean()
    def backward(self):
        return ((1 - self.t) * self.p - 3 * self.t * (1 - self.p)) / self.p.size
"""
)


def test_what_is_right_for_one_row_alone_is_a_hazard(written):
    report = written(LAYERS).check("OneByOne")
    (told,) = findings(report, "warn")
    assert report.outcome == "hazards" and told.message.startswith("more rows than one: backward stops")


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("Contrast", "ds.T @ self.a", "ds @ self.a", "transposed"),  # b is no target: two gradients are given
        ("WeightedBCE", "(1 - self.t) * self.p - 3", "-3", "term"),  # no target is 0 among shares
    ],
)
def test_inputs_at_which_a_slip_cannot_show_are_not_taken(written, name, old, new, code):
    assert written(LAYERS).check(name).ok
    report = written(LAYERS, old, new).check(name)
    assert code in named(report, "fail"), report


PRODUCT = """
class MatMul:
    def forward(self, A, B):
        self.A, self.B = A, B
        return np.dot(A, B)
    def backward(self, dout):
        dA = np.dot(dout, self.B.T)
        dB = np.dot(dout, self.A.T)
        return dA, dB
"""


def test_where_nothing_fits_the_plainest_set_up_stays(written):
    (told, *_) = written(PRODUCT).check("MatMul").findings
    assert told.code == "crash" and told.diagnosis[0].code == "transposed"


CLASSES = """
def softmax_loss_naive(W, X, y, reg=0.05):
    loss, dW = 0.0, np.zeros_like(W)
    for i in range(len(X)):
        scores = X[i].dot(W)
        p = np.exp(scores - scores.max())
        p /= p.sum()
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    loss = loss / len(X) + reg * np.sum(W * W)
    dW = dW / len(X) + 2 * reg * W
    return loss, dW
class RBF:
    def __init__(self, centers):
        self.c = centers
    def forward(self, x):
        self.d = x[:, None, :] - self.c[None, :, :]
        self.y = np.exp(-(self.d**2).sum(-1))
        return self.y
    def backward(self, dout):
        w = -2 * dout * self.y
        self.dc = -(w[:, :, None] * self.d).sum(0)
        return (w[:, :, None] * self.d).sum(1)
"""


def test_weights_over_data_and_labels_and_centres_are_set_up(written):
    assert written(CLASSES).check("softmax_loss_naive").outcome == "correct"
    assert written(CLASSES).check("RBF").outcome == "correct"
    report = written(CLASSES, "+ 2 * reg * W", "+ 2 * reg").check("softmax_loss_naive")
    told = reasons(report, "fail")
    assert told[0].code == "factor" and "variance" not in str(report)  # weights have no path through a variance


LOGITS = """
class BCEWithLogits:
    def forward(self, logits, labels):
        self.z, self.t = logits, labels
        return np.sum(np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits))))
    def backward(self):
        return 1 / (1 + np.exp(-self.z)) - self.t
"""


def test_logits_are_no_probabilities(written):
    report = written(LOGITS).check("BCEWithLogits")
    assert report.ok and "all negative" in str(report)


SHAPES = {  # text, what is said of it
    "no two lengths are equal where one may stand for the other": ("""
class Concat:
    def forward(self, xs):
        self.sizes = [x.shape[0] for x in xs]
        return np.concatenate(xs, axis=1)
    def backward(self, dout):
        return np.split(dout, np.cumsum(self.sizes)[:-1], axis=1)
""", "wrong"),
    "a bias of the shape of its gradient is preferred": ("""
class Cell:
    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b
    def forward(self, x, h):
        self.x, self.h = x, h
        self.y = np.tanh(x @ self.Wx + h @ self.Wh + self.b)
        return self.y
    def backward(self, d):
        da = d * (1 - self.y**2)
        self.dWx, self.dWh, self.db = self.x.T @ da, self.h.T @ da, da.sum(axis=0)
        return da @ self.Wx.T, da @ self.Wh.T
""", "correct"),
    "a bias has as few axes as may be: (M,) and not (1, M)": ("""
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0, keepdims=True)
        return dout @ self.W.T
""", "hazards"),
    "a row of two hides what comes of its order": ("""
class PowerSpectrum:
    def forward(self, x):
        self.F = np.fft.fft(x, axis=-1)
        return np.abs(self.F) ** 2
    def backward(self, dout):
        n = self.F.shape[-1]
        return 2 * n * np.real(np.fft.ifft(dout * np.conj(self.F), axis=-1))
""", "wrong"),
    "of three that tie in a sort, one is neither first nor last": ("""
class SortRows:
    def forward(self, x):
        self.order = np.argsort(x, axis=1)
        return np.take_along_axis(x, self.order, axis=1)
    def backward(self, dout):
        dx = np.zeros_like(dout)
        np.put_along_axis(dx, self.order, dout, axis=1)
        return dx
""", "correct"),
    "shapes that nothing bears out accuse nobody": ("""
def negative_sampling_loss_and_gradient(center, outside, negatives):
    s, t = 1 / (1 + np.exp(-outside @ center)), 1 / (1 + np.exp(negatives @ center))
    loss = -np.log(s) - np.sum(np.log(t))
    dcenter, doutside = (s - 1) * outside + (1 - t) @ negatives, (s - 1) * center
    dnegatives = np.outer(1 - t, center)
    return loss, dcenter, doutside, dnegatives
""", "not-set-up"),
    "of one head alone, its width would be the whole": ("""
class Heads:
    def __init__(self, d_model, n_head):
        self.n_head, self.W = n_head, np.random.randn(d_model, 2 * d_model)
    def split(self, z):
        return z.reshape(*z.shape[:2], self.n_head, -1).transpose(0, 2, 1, 3)
    def forward(self, x):
        self.x = x
        self.q, self.k = map(self.split, np.split(x @ self.W, 2, axis=-1))
        return self.q @ self.k.swapaxes(2, 3) / np.sqrt(self.q.shape[-1])
    def backward(self, dout):
        d = dout / np.sqrt(self.x.shape[-1])
        both = [g.transpose(0, 2, 1, 3).reshape(self.x.shape) for g in (d @ self.k, d.swapaxes(2, 3) @ self.q)]
        dz = np.concatenate(both, axis=-1)
        self.dW = np.einsum("bti,btj->ij", self.x, dz)
        return dz @ self.W.T
""", "factor"),
    "pairs of one user and one item hide how many there are": ("""
class Ratings:
    def __init__(self, n_users, n_items, k):
        self.P, self.Q = np.random.randn(n_users, k), np.random.randn(n_items, k)
    def loss(self, users, items, ratings):
        err = np.sum(self.P[users] * self.Q[items], axis=1) - ratings
        grads = {"P": np.zeros_like(self.P), "Q": np.zeros_like(self.Q)}
        np.add.at(grads["P"], users, err[:, None] * self.Q[items])
        np.add.at(grads["Q"], items, err[:, None] * self.P[users] / len(ratings))
        return 0.5 * np.mean(err**2), grads
""", "factor"),
    "what np.empty leaves may be zeros": ("""
class Haar:
    def forward(self, x):
        return np.concatenate([x[:, ::2] + x[:, 1::2], x[:, ::2] - x[:, 1::2]], axis=1)
    def backward(self, dout):
        s, d = np.split(dout, 2, axis=1)
        dx = np.empty_like(dout)
        dx[:, ::2] = s + d
        dx[:, : s.shape[1]] = s - d
        return dx
""", "wrong"),
    "what stops at ties is an error": ("""
class Square:
    def forward(self, x):
        self.x = x
        return x * x
    def backward(self, d):
        if (self.x == 0).any():
            raise ValueError
        return 2 * d * self.x
""", "crashes"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "outcome"), SHAPES.values(), ids=SHAPES)
def test_shapes_hide_nothing(written, text, outcome):
    assert written(text).check().outcome == outcome


def test_what_is_never_set_is_told_as_such(written):
    (told,) = findings(written(SHAPES["what np.empty leaves may be zeros"][0]).check(), "fail", "finite")
    assert "never set" in told.message


TWICE = """
class Scale:
    def __init__(self, a):
        self.a = a
    def forward(self, x):
        self.x = x
        return self.a * x
    def backward(self, dy):
        self.da = (dy * self.x).sum(axis=0)
        return self.a * dy
class Twice:
    def __init__(self, a, b):
        self.one, self.two = Scale(a), Scale(b)
    def forward(self, x):
        return self.two.forward(self.one.forward(x))
    def backward(self, dy):
        return self.one.backward(self.two.backward(dy))
"""


def test_numbers_instead_of_arrays_hide_what_is_kept_for_them(written):
    assert written(TWICE).check("Twice").outcome == "correct"
    report = written(TWICE, "self.one.backward(self.two.backward(dy))", "self.two.backward(self.one.backward(dy))")
    assert not report.check("Twice").ok
