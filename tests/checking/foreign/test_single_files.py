"""Single files: what is unrolled for an optimizer, how often a network runs by itself, words of further courses."""

import pytest

from ..reports import codes, findings, named

UNROLLED = """
class Curve:
    def __init__(self):
        self.inputs, self.hidden, self.outputs = 2, 3, 1
        self.W1 = np.random.randn(self.inputs, self.hidden)
        self.W2 = np.random.randn(self.hidden, self.outputs)
    def forward(self, X):
        self.h = np.tanh(X @ self.W1)
        return self.h @ self.W2
    def cost_function(self, X, y):
        return 0.5 * sum((y - self.forward(X)) ** 2)
    def slopes(self, X, y):
        d = self.forward(X) - y
        dW2, dW1 = self.h.T @ d, X.T @ ((d @ self.W2.T) * (1 - self.h ** 2))
        return dW1, dW2
    def compute_gradients(self, X, y):
        dW1, dW2 = self.slopes(X, y)
        return np.concatenate((dW1.ravel(), dW2.ravel()))
"""
EPOCHS = """
class Alone:
    def __init__(self, sizes):
        self.steps = []
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]
    def forward_propagate(self, x):
        for w in self.weights:
            x = np.tanh(w @ x)
        return x
    def back_propagate(self, x, y, step=0.1, epochs=400000):
        for _ in range(epochs):
            outs = [x]
            for w in self.weights:
                outs.append(np.tanh(w @ outs[-1]))
            d = (outs[-1] - y) * (1 - outs[-1] ** 2)
            for k in reversed(range(len(self.weights))):
                dw = d @ outs[k].T
                d = self.weights[k].T @ d * (1 - outs[k] ** 2)
                self.weights[k] = self.weights[k] - step * dw
"""
COURSE = """
from .base import Module
class Bent(Module):
    def compute_output(self, input):
        return np.tanh(input)
    def compute_grad_input(self, input, grad_output):
        return grad_output * (1 - np.tanh(input) ** 2)
class Lined(Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight, self.bias = np.random.randn(out_features, in_features), np.random.randn(out_features)
        self.grad_weight, self.grad_bias = np.zeros_like(self.weight), np.zeros_like(self.bias)
    def compute_output(self, input):
        return input @ self.weight.T + self.bias
    def compute_grad_input(self, input, grad_output):
        return grad_output @ self.weight
    def update_grad_parameters(self, input, grad_output):
        self.grad_weight += grad_output.T @ input
        self.grad_bias += grad_output.sum(axis=0)
"""
DELTA = """
def softmax(X):
    e = np.exp(X - X.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def cross_entropy(X, y):
    return -np.sum(np.log(softmax(X)[np.arange(len(y)), y])) / len(y)
def delta_cross_entropy(X, y):
    grad = softmax(X)
    grad[np.arange(len(y)), y] -= 1
    return grad / len(y)
"""
KEPT_BY_NAME = """
class Activations:
    def __init__(self):
        self.functions = {"bend": (self.bend, self.bend_grad)}
    def get_function(self, name):
        return self.functions[name][0]
    def get_gradient(self, name):
        return self.functions[name][1]
    def bend(self, x):
        return np.tanh(x)
    def bend_grad(self, x):
        return 1 - np.tanh(x) ** 2
"""
RIGHT = {"unrolled": (UNROLLED, "Curve"), "course": (COURSE, "Bent"), "lined": (COURSE, "Lined")}
RIGHT |= {"epochs": (EPOCHS, "Alone"), "delta": (DELTA, "cross_entropy")}


@pytest.mark.parametrize(("text", "name"), RIGHT.values(), ids=RIGHT)
def test_it_is_understood_and_proved(written, text, name):
    report = written(text).check(name)
    assert report.verdict.status == "proved" and not findings(report, "fail"), str(report)
    assert not findings(report, "nothing-returned"), str(report)


@pytest.mark.parametrize(
    ("text", "name", "old", "new", "code"),
    [
        (UNROLLED, "Curve", "(1 - self.h ** 2)", "(1 - self.h)", "power"),
        (UNROLLED, "Curve", "d = self.forward(X) - y", "d = self.forward(X) + y", "sign"),
        (COURSE, "Bent", "1 - np.tanh(input) ** 2", "1 + np.tanh(input) ** 2", "sign"),
        (COURSE, "Lined", "grad_output.sum(axis=0)", "grad_output.sum(axis=1)", "axis"),
        (EPOCHS, "Alone", "d * (1 - outs[k] ** 2)", "d * (1 - outs[k])", "power"),
        (DELTA, "cross_entropy", "grad / len(y)", "grad", "scale-n"),
    ],
)
def test_a_slip_in_it_is_named(written, text, name, old, new, code):
    report = written(text, old, new).check(name)
    assert not report.ok and code in named(report), str(report)


def test_what_looks_functions_up_is_no_layer(written):
    assert [*written(KEPT_BY_NAME).layers] == ["Activations.bend"]


COMPOSED = """
def forward_dense(X, w, b):
    output = X @ w + b
    kept = (X, w)
    return output, kept
def backward_dense(output, kept):
    X, w = kept
    dw, db, dx = X.T @ output, output.sum(axis=0), output @ w.T
    return dw, db, dx
def spread_forward(x, gamma, beta):
    return gamma * np.tanh(x) + beta, (x, gamma)
def spread_backward(dout, cache):
    x, gamma = cache
    return dout * gamma * (1 - np.tanh(x) ** 2), (dout * np.tanh(x)).sum(axis=0), dout.sum(axis=0)
def dense_spread_forward(x, w, b, gamma, beta):
    h, first = forward_dense(x, w, b)
    out, second = spread_forward(h, gamma, beta)
    return out, (first, second)
def dense_spread_backward(dout, cache):
    first, second = cache
    dh, dgamma, dbeta = spread_backward(dout, second)
    dw, db, dx = backward_dense(dh, first)
    return dw, db, dx, dgamma, dbeta
"""
HELD = """
class Held:
    def __init__(self):
        self.layers = []
    def loss(self, y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2)
    def loss_derivative(self, y_true, y_pred):
        return 2 * (y_pred - y_true) / y_true.size
    def add_layer(self, layer):
        self.layers.append(layer)
    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
"""
GIVEN = """
import acts
class Given:
    def __init__(self, n_in, n_out, act_func=None):
        self.w, self.b = np.random.randn(n_out, n_in), np.zeros((n_out, 1))
        self.act = act_func if act_func else acts.ReLU()
    def forward(self, x):
        self.x, self.z = x, self.w @ x + self.b
        return self.act.func(self.z)
    def backprop(self, da):
        dz = da * self.act.dfunc(self.z)
        self.dw, self.db = dz @ self.x.T, dz.sum(axis=1, keepdims=True)
        return self.w.T @ dz
"""
TOGETHER = """
class Together:
    def __init__(self, sizes):
        self.sizes = sizes
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.random.randn(n) for n in sizes[1:]]
    def feed_forward(self, arr):
        for w, b in zip(self.weights, self.biases):
            arr = np.tanh(w @ arr + b)
        return arr
    def backprop(self, data):
        arr, y = data
        outs, dw, db = [arr], [], []
        for w, b in zip(self.weights, self.biases):
            outs.append(np.tanh(w @ outs[-1] + b))
        delta = (outs[-1] - y) * (1 - outs[-1] ** 2)
        for k in range(1, len(self.sizes)):
            if k > 1:
                delta = self.weights[1 - k].T @ delta * (1 - outs[-k] ** 2)
            db.insert(0, delta)
            dw.insert(0, np.outer(delta, outs[-k - 1]))
        return db, dw
"""
ONE_EACH = {
    "spread": (COMPOSED, "dense_spread", "dw, db, dx, dgamma, dbeta", "dw, db, dx, dgamma, -dbeta", "hazards"),
    "output": (COMPOSED, "dense", "output.sum(axis=0)", "output.sum(axis=1)", "hazards"),
    "held": (HELD, "Held.loss", "2 * (y_pred", "2 * (y_true", "correct"),
    "given": (GIVEN, "Given", "self.act.dfunc(self.z)", "self.act.dfunc(self.x[:1])", "correct"),
    "together": (TOGETHER, "Together", "(1 - outs[-k] ** 2)", "(1 - outs[-k])", "correct"),
}


@pytest.mark.parametrize(("text", "name", "old", "new", "outcome"), ONE_EACH.values(), ids=ONE_EACH)
def test_it_is_set_up_as_it_stands_and_told_after_an_edit(written, text, name, old, new, outcome):
    report = written(text).check(name)
    assert report.outcome == outcome and report.verdict.status == "proved", str(report)
    assert not written(text, old, new).check(name).ok


@pytest.mark.parametrize("new", ["dw, dx, db, dgamma, dbeta", "dw, db, dx, dbeta, dgamma"])
def test_another_order_than_that_is_no_habit(written, new):
    report = written(COMPOSED, "dw, db, dx, dgamma, dbeta", new).check("dense_spread")
    assert findings(report, "fail", "order"), str(report)


ROUTED = """
def pool_forward(x, size=2):
    h, w = x.shape
    h, w = h // size, w // size
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            part = x[i * size:(i + 1) * size, j * size:(j + 1) * size]
            out[i, j] = part.mean()
    return out, x
def pool_backward(d_out, x, size=2):
    dx = np.zeros_like(x)
    for i in range(d_out.shape[0]):
        for j in range(d_out.shape[1]):
            dx[i * size:(i + 1) * size, j * size:(j + 1) * size] = d_out[i, j] / size ** 2
    return dx
"""
RUNNING = """
def norm_forward(x, gamma, beta, rm, rv, momentum=0.9):
    mu, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = (x - mu) / std
    rm[:] = momentum * rm + (1 - momentum) * mu
    rv[:] = momentum * rv + (1 - momentum) * var
    return gamma * xhat + beta, (xhat, gamma, std)
def norm_backward(dout, cache):
    xhat, gamma, std = cache
    d = dout * gamma
    dx = (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / std
    dgamma, dbeta = (dout * xhat).sum(axis=0), dout.sum(axis=0)
    return dx, dgamma, dbeta
"""
SIGNALS = """
def wave_forward(x, W, b):
    n, _, length = x.shape
    f, _, k = W.shape
    cols = np.stack([x[:, :, i:i + length - k + 1] for i in range(k)], axis=3)
    return np.einsum("nclk,fck->nfl", cols, W) + b, (cols, x.shape)
def wave_backward(dout, cache, W):
    cols, shape = cache
    dx, parts = np.zeros(shape), np.einsum("nfl,fck->nclk", dout, W)
    for i in range(W.shape[2]):
        dx[:, :, i:i + dout.shape[2]] += parts[:, :, :, i]
    return dx, np.einsum("nfl,nclk->fck", dout, cols), dout.sum(axis=(0, 2)).reshape(-1, 1)
"""
CHOOSER = """
def bend(z):
    return np.where(z > 0, z, 0.1 * z)
def bend_derivative(z):
    slope = np.zeros(z.shape)
    slope[z > 0] = 1
    slope[z < 0] = 0.1
    return slope
def by_text(name):
    if name == "bend":
        return bend, bend_derivative
    raise ValueError(name)
"""


@pytest.mark.parametrize("text", [ROUTED, RUNNING, SIGNALS], ids=["routed", "running", "signals"])
def test_nothing_is_said_against_it(written, text):
    report = written(text).check()
    told = codes(report, "fail") | codes(report, "warn")
    assert told <= {"arguments-untouched"}, str(report)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [(ROUTED, " / size ** 2", " / size"), (RUNNING, "- d.mean(axis=0)", ""), (SIGNALS, "+= parts", "= parts")],
    ids=["routed", "running", "signals"],
)
def test_but_against_a_slip(written, text, old, new):
    assert not written(text, old, new).check().ok


def test_a_strict_comparison_is_mended_at_its_bound(written):
    code = written(CHOOSER)
    assert [*code.layers] == ["bend"]
    assert "`z > 0` should read `z >= 0`" in str(code.check())
