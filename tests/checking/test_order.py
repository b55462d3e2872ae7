"""Gradients in another order than the arguments are told; the code's own names say where channels are."""

import numpy as np
import pytest

import derivexplain as dx

from .reports import findings, named, reasons


def product(last):
    class Product:
        def forward(self, x, y):
            self.x, self.y = x, y
            return x * y

        if last:

            def backward(self, dz):
                dx = dz * self.y
                dy = dz * self.x
                return dy, dx

        else:

            def backward(self, dz):
                dx = dz * self.y
                dy = dz * self.x
                return dx, dy

    return Product


@pytest.mark.parametrize(("last", "outcome"), [(True, "wrong"), (False, "correct")])
def test_another_order_of_two_inputs_is_wrong(last, outcome):
    report = dx.check(product(last))
    assert report.outcome == outcome
    assert bool(findings(report, "order")) is last


POOL = """
def pool_forward(A, hparameters):
    m, H, W, C = A.shape
    f, s = hparameters["f"], hparameters["stride"]
    out = np.zeros((m, 1 + (H - f) // s, 1 + (W - f) // s, C))
    for h in range(out.shape[1]):
        for w in range(out.shape[2]):
            out[:, h, w] = A[:, h * s:h * s + f, w * s:w * s + f].mean(axis=(1, 2))
    return out, (A, hparameters)
def pool_backward(dA, cache):
    A, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    d = np.zeros(A.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            d[:, h * s:h * s + f, w * s:w * s + f] += dA[:, h, w][:, None, None] / (f * f)
    return d
"""


@pytest.mark.parametrize(
    ("edit", "outcome"), [(("", ""), "correct"), (("d[:, h * s:h * s + f", "d[:, h * s:f"), "wrong")]
)
def test_channels_are_where_the_code_says(written, edit, outcome):
    assert written(POOL, *edit).check().outcome == outcome


class LogSoftmax:
    def forward(self, x):
        m = x.max(axis=-1, keepdims=True)
        self.y = x - m - np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True))
        return self.y

    def backward(self, dy):
        return dy - np.exp(self.y) * dy.sum(axis=-1)


def test_a_backward_that_stops_is_not_given_whole_numbers_instead():
    assert dx.check(LogSoftmax).outcome == "crashes"


TWO = """
class Pair:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b
    def backward(self, dout):
        da, db = dout * self.b, dout * self.a
        return da, db
"""
ROWS = """
class Divergence:
    def forward(self, x, q):
        z = x - x.max(axis=1, keepdims=True)
        self.logp, self.q = z - np.log(np.exp(z).sum(axis=1, keepdims=True)), q
        return np.sum(q * (np.log(q) - self.logp)) / len(x)
    def backward(self, dout=1):
        p = np.exp(self.logp)
        return dout * (p * self.q.sum(axis=1, keepdims=True) - self.q) / len(p)
"""
MULTIPLIED = """
def double_forward(x, w, b):
    return x * w + b, (x, w)
def double_backward(d, cache):
    x, w = cache
    dx, dw, db = d * w, d * x, 1 * d
    return dx, dw, db
"""


MODULATED = """
class Modulated:
    def __init__(self, cond_dim, channels):
        self.Wg, self.Wb = np.ones((cond_dim, channels)), np.ones((cond_dim, channels))
    def forward(self, x, cond):
        self.x, self.cond, self.gamma = x, cond, 1 + cond @ self.Wg
        return self.gamma[:, :, None] * x + (cond @ self.Wb)[:, :, None]
    def backward(self, dout):
        dgamma, dbeta = (dout * self.x).sum(axis=2), dout.sum(axis=2)
        self.dWg, self.dWb = self.cond.T @ dgamma, self.cond.T @ dbeta
        return dout * self.gamma[:, :, None], dgamma @ self.Wg.T + dbeta @ self.Wb.T
"""


def test_a_backward_that_stops_at_shapes_guessed_for_several_inputs_is_not_accused(written):
    report = written(MODULATED).check()
    assert report.outcome in ("correct", "not-set-up") and not findings(report, "crash"), report


@pytest.mark.parametrize(
    ("text", "old", "new", "outcome"),
    [
        (TWO, "", "", "correct"),
        (TWO, "return da, db", "return db, da", "wrong"),
        (MULTIPLIED, "", "", "correct"),
        (MULTIPLIED, "return dx, dw, db", "return dw, db, dx", "hazards"),  # parameters first: a habit
        (MULTIPLIED, "return dx, dw, db", "return dx, db, dw", "wrong"),
        (ROWS, "", "", "correct"),
        (ROWS, "sum(axis=1, keepdims=True) - self.q", "sum(axis=1) - self.q", "crashes"),
        (ROWS, "np.exp(z).sum(axis=1, keepdims=True)", "np.exp(z).sum(axis=1)", "crashes"),
    ],
)
def test_gradients_in_each_others_places_and_lost_axes_are_wrong(written, text, old, new, outcome):
    assert written(text, old, new).check().outcome == outcome


def test_a_dropped_keepdims_is_named(written):
    report = written(ROWS, "sum(axis=1, keepdims=True) - self.q", "sum(axis=1) - self.q").check()
    (why,) = reasons(report, "fail")
    assert why.code == "axis" and "keepdims=True" in why.message


WEIGHTED = """
class WeightSum:
    def forward(self, hs, a):
        self.hs, self.a = hs, a
        return np.sum(hs * a[:, :, None], axis=1)
    def backward(self, dc):
        dt = np.repeat(dc[:, None], self.hs.shape[1], axis=1)
        da = np.sum(dt * self.hs, axis=2)
        return dt * self.a[:, :, None], da
"""


@pytest.mark.parametrize(
    ("old", "new", "outcome"), [("", "", "correct"), ("np.sum(dt * self.hs, axis=2)", "dt * self.hs", "wrong")]
)
def test_a_layer_of_two_arguments_is_no_loss(written, old, new, outcome):
    assert written(WEIGHTED, old, new).check().outcome == outcome


PRIME = """
def hard_sigmoid(z):
    return np.clip(0.2 * z + 0.5, 0, 1)
def hard_sigmoid_prime(z):
    lin = 0.2 * z + 0.5
    return {}
"""
HINGED = """
class LogCosh:
    def __call__(self, y_true, y_pred):
        return np.sum(np.log(np.cosh(y_pred - y_true)))
    def gradient(self, y_true, y_pred):
        return np.tanh({})
"""
NEAR = """
class NearLoss:
    def forward(self, a, b):
        self.d = a - b
        return (self.d**2).sum(axis=1)
    def backward(self, dout):
        da = 2 * self.d * dout[:, None]
        db = {}da
        return da, db
"""
SCALED = """
class RMSNorm:
    def __init__(self, g):
        self.g = g
    def forward(self, x):
        self.x = x
        return x * self.g
    def backward(self, dout):
        self.dg = {}
        return dout * self.g
"""
PRODUCT = """
class MatMul:
    def forward(self, A, B):
        self.A, self.B = A, B
        return A @ B
    def backward(self, dout):
        dA, dB = dout @ self.B.T, self.A.T @ dout
        return {}
"""
LOW_RANK = """
class Adapter:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1, W2
    def forward(self, x):
        self.x = x
        return x + x @ self.W1 @ self.W2
    def backward(self, d):
        h = d @ self.W2.T
        self.dW1, self.dW2 = self.x.T @ h, (self.x @ self.W1).T @ d
        return {}h @ self.W1.T
"""


@pytest.mark.parametrize(
    ("text", "edit", "outcome"),
    [
        (PRIME, "0.2 * ((lin > 0) & (lin < 1))", "correct"),
        (PRIME, "0.2 * ((z > 0) & (z < 1))", "wrong"),  # it would be right of the output
        (PRIME, "1.0 * ((lin > 0) & (lin < 1))", "factor"),
        (HINGED, "y_pred - y_true", "correct"),
        (HINGED, "y_true - y_pred", "factor"),  # it would be right for y_true
        (NEAR, "-", "correct"),
        (NEAR, "2 * ", "factor"),
        (SCALED, "(dout * self.x).sum(axis=0)", "correct"),
        (SCALED, "dout.sum(axis=0)", "wrong"),
        (PRODUCT, "dA, dB", "correct"),
        (PRODUCT, "dB, dA", "wrong"),
        (LOW_RANK, "d + ", "correct"),
        (LOW_RANK, "", "wrong"),
    ],
)
def test_no_reading_excuses_what_the_names_rule_out(written, text, edit, outcome):
    report = written(text.format(edit)).check()
    assert report.outcome == outcome, report
    assert "length of axis" not in str(report)


TWO = """
def d_loss(real_logits, fake_logits):
    sig = lambda z: 1 / (1 + np.exp(-z))
    loss = np.mean(np.log(1 + np.exp(-real_logits))) + np.mean(np.log(1 + np.exp(fake_logits)))
    dreal = (sig(real_logits) - 1) / real_logits.size
    dfake = -sig(fake_logits) / fake_logits.size
    return loss, dreal, dfake
"""


def test_none_of_two_arguments_that_have_a_gradient_each_is_labels(written):
    report = written(TWO).check("d_loss")
    assert report.outcome == "factor" and named(report) == {"sign"}, str(report)


def test_two_of_one_size_exchanged_in_a_cost_are_told_though_no_gradient_comes_in(written):
    text = """
    def energy(p, q):
        return np.sum(p**2 * q)
    def energy_gradient(p, q):
        dq, dp = p**2, 2 * p * q
        return dq, dp
    """
    assert findings(written(text).check("energy"), "fail", "order")
    assert written(text, "return dq, dp", "return dp, dq").check("energy").outcome == "correct"
