"""Slips that a wide reading of a layer would overlook: each is told, and the layer without it is right."""

from types import SimpleNamespace

import numpy as np
import pytest

from derivexplain.checking.mending.trials import Trial

from .reports import named, reasons

LAYERS = """
class Variable:
    def __init__(self, data):
        self.data, self.grad, self.creator = data, None, None
class Function:
    def __call__(self, input):
        output = Variable(self.forward(input.data))
        output.creator = self
        self.input, self.output = input, output
        return output
class Exp(Function):
    def forward(self, x):
        return np.exp(x)
    def backward(self, gy):
        return np.exp(self.input.data) * gy
class Flat:
    def __init__(self, units):
        self.units, self.W = units, None
    def forward(self, x):
        self.shape = x.shape
        if x.ndim == 1:
            x = x.reshape(1, -1)
        if self.W is None:
            self.W = np.random.randn(x.shape[-1], self.units)
        self.x = x
        return x @ self.W
    def backward(self, g):
        g = g.reshape(-1, self.units)
        self.dW = self.x.T @ g
        return (g @ self.W.T).reshape(self.shape)
class Descent:
    def __init__(self, rate=0.01):
        self.rate = rate
    def process_grad(self, grad):
        return -self.rate * grad
class Dense:
    def __init__(self, n_in, n_out, optimizer=Descent()):
        self.W, self.b, self.optimizer = np.random.randn(n_in, n_out), np.zeros(n_out), optimizer
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        dx, step = grad @ self.W.T, self.optimizer.process_grad(grad)
        self.W += self.x.T @ step
        self.b += step.sum(axis=0)
        return dx
class Dropout:
    def __init__(self, rate=0.1):
        self.rate = rate
    def forward(self, x, training=True):
        self.mask = np.random.binomial(1, 1 - self.rate, x.shape) if training else np.ones(x.shape)
        return x * self.mask
    def backward(self, grad):
        return grad * self.mask
class Column:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.random.randn(n_out, 1)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b.T
    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True).T
        return grad @ self.W.T
class Mask:
    def forward(self, X):
        self.mask = X > 0
        return X * self.mask
    def backward(self, dA_prev):
        return dA_prev * self.mask
class Loss:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
class Squares(Loss):
    def forward(self, y_pred, y_true):
        return np.mean((y_true - y_pred) ** 2, axis=-1)
    def backward(self, dvalues, y_true):
        self.dinputs = -2 * (y_true - dvalues) / dvalues.size
class Activation:
    def __init__(self, kind):
        self.kind = kind
    def forward(self, x):
        self.x = x
        if self.kind == "relu":
            return np.maximum(0, x)
        elif self.kind == "tanh":
            return np.tanh(x)
        elif self.kind == "logistic":
            return 1 / (1 + np.exp(-x))
    def backward(self, g):
        if self.kind == "relu":
            return g * (self.x > 0)
        elif self.kind == "tanh":
            return g * (1 - np.tanh(self.x) ** 2)
        elif self.kind == "logistic":
            s = 1 / (1 + np.exp(-self.x))
            return g * s * (1 - s)
def squashed(name, x):
    if name == "linear":
        return x
    if name == "tanh":
        return np.tanh(x)
def d_squashed(name, x):
    if name == "linear":
        return np.ones(x.shape)
    if name == "tanh":
        return 1 - np.tanh(x) ** 2
def pool_forward(A, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    n, H, W, c = A.shape
    out = np.zeros((n, (H - f) // s + 1, (W - f) // s + 1, c))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            window = A[:, i * s : i * s + f, j * s : j * s + f]
            if mode == "max":
                out[:, i, j] = window.max(axis=(1, 2))
            elif mode == "average":
                out[:, i, j] = window.mean(axis=(1, 2))
    return out, (A, hparameters)
def pool_backward(dout, cache, mode="max"):
    A, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    dA = np.zeros(A.shape)
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            rows, columns = slice(i * s, i * s + f), slice(j * s, j * s + f)
            g = dout[:, i, j][:, None, None]
            if mode == "max":
                mask = A[:, rows, columns] == A[:, rows, columns].max(axis=(1, 2), keepdims=True)
                dA[:, rows, columns] += g * mask / mask.sum(axis=(1, 2), keepdims=True)
            elif mode == "average":
                dA[:, rows, columns] += g / (f * f)
    return dA
def dense_forward(h, W, b):
    return h @ W + b, (h, W)
def dense_backward(dout, cache):
    h, W = cache
    return dout @ W.T, h.T @ dout, dout.sum(axis=0)
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "outcome", "code"),
    [
        ("Exp", "np.exp(self.input.data) * gy", "gy", "wrong", "factor"),  # no derivative of the output: a base keeps it
        ("Flat", "g.reshape(-1, self.units)", "g.reshape(1, self.units)", "crashes", ""),  # for ids of words it is right
        ("Dense", "step.sum(axis=0)", "step.mean(axis=0)", "factor", "scale-n"),
        ("Dropout", "return grad * self.mask", "return grad", "wrong", "factor"),  # often none of a few is dropped
        ("Column", "keepdims=True).T", "keepdims=True)", "wrong", "transposed"),
        ("Mask", "dA_prev * self.mask", "self.mask", "wrong", "dout-ignored"),  # no derivative of the output
        ("Squares", "dvalues.size", "dvalues.shape[1]", "factor", "scale-n"),  # its base takes the mean
        ("Activation", "s * (1 - s)", "s * (1 + s)", "wrong", "sign"),  # each word that the code compares
        ("squashed", "np.ones(x.shape)", "-np.ones(x.shape)", "wrong", "sign"),
        ("pool", "g / (f * f)", "g / (f + f)", "wrong", "factor"),  # another mode, and no window of two
        ("dense", "dout @ W.T", "dout @ W", "crashes", "transposed"),  # mended though b may be a row
    ],
)  # fmt: skip
def test_what_was_overlooked_is_told(written, name, old, new, outcome, code):
    assert written(LAYERS).check(name).outcome in ("correct", "hazards")
    report = written(LAYERS, old, new).check(name)
    assert report.outcome == outcome, report
    assert not code or code in named(report), report


NARROW = """
class Narrow:
    def __init__(self, shape):
        self.W, self.b = (np.random.randn(*s).astype("float32") for s in (shape, (1, shape[1])))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0, keepdims=True)
        return dout @ self.W.T
class Hidden:
    def __init__(self, n_in, n_out):
        self.W, self.f = np.random.randn(n_in, n_out), self.__tanh
    def __tanh(self, x):
        return np.tanh(x)
    def forward(self, x):
        self.x, self.y = x, self.f(x @ self.W)
        return self.y
    def backward(self, dout):
        d = dout * (1 - self.y**2)
        self.dW = self.x.T @ d
        return d @ self.W.T
class Middle:
    def __init__(self, n_in, n_out, activation="tanh", below="tanh"):
        self.W, self.activation, self.below = np.random.randn(n_in, n_out), activation, below
    def forward(self, x):
        self.x = x
        if self.activation == "logistic":
            return 1 / (1 + np.exp(-x @ self.W))
        return np.tanh(x @ self.W)
    def backward(self, delta):
        self.dW = self.x.T @ delta
        slope = self.x * (1 - self.x) if self.below == "logistic" else 1 - self.x**2
        return (delta @ self.W.T) * slope
class Biased:
    def __init__(self, n_in, n_out, use_bias=True):
        self.W, self.b, self.use_bias = np.random.randn(n_in, n_out), np.zeros(n_out), use_bias
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0) if self.use_bias else np.zeros(self.b.shape)
        return dout @ self.W.T
def scaled_forward(x, w):
    x = x - 1
    return w * x, (x, w)
def scaled_backward(dout, cache):
    x, w = cache
    return dout * w, (dout * x).sum(axis=0)
"""


@pytest.mark.parametrize("name", ["Narrow", "Hidden", "Middle", "Biased", "scaled"])
def test_narrow_parameters_a_private_method_and_a_cache_of_its_own_are_no_slips(written, name):
    report = written(NARROW).check(name)
    assert report.outcome == "correct", report


def test_a_forward_that_stops_the_third_time_is_told_as_its_own_error(written):
    text = """
    class Thrice:
        def __init__(self):
            self.n = 0
        def forward(self, x):
            self.n += 1
            if self.n == 3:
                raise IndexError("three times")
            self.x = x
            return x * x
        def backward(self, dout):
            return 2 * self.x * dout
    """
    report = written(text).check()
    assert any("three times" in f.message for f in report.findings), report


def test_an_edit_after_which_another_gradient_has_another_shape_does_not_stand():
    trial = Trial.__new__(Trial)
    subject = SimpleNamespace(notes=())
    trial.bench = SimpleNamespace(subject=subject, variables=lambda: {"W": np.ones((3, 7))})
    trial.before, trial.given = {"W": np.ones((3, 7))}, lambda: {"W": np.ones((7, 3))}
    assert not trial.others_stand(set())
    trial.given = lambda: {"W": np.ones((3, 7))}
    assert trial.others_stand(set())


def test_a_layer_that_runs_with_as_many_outputs_as_inputs_alone_is_looked_at_there(written):
    text = """
    class Dense:
        def __init__(self, n_in, n_out):
            self.W, self.b = np.random.randn(n_in, n_out), np.zeros((n_out, 1))
        def forward(self, x):
            self.x = x
            return np.dot(self.W, x) + self.b
        def backward(self, dout):
            self.dW, self.db = np.dot(dout, self.x.T), dout.sum(axis=1, keepdims=True)
            return np.dot(self.W.T, dout)
    """
    assert written(text).check().outcome == "correct"
    assert [s.code for s in reasons(written(text, "self.W.T, dout", "self.W, dout").check())] == ["transposed"]


def test_as_many_outputs_as_inputs_do_not_stand_for_what_runs_with_fewer(written):
    text = """
    class Dense:
        def __init__(self, n_in, n_out): self.W = np.random.randn(n_in, n_out)
        def forward(self, x):
            self.x = x
            return x @ self.W
        def backward(self, dout):
            self.dW = self.x.T @ dout
            return dout @ self.W.T
    """
    assert written(text).check().outcome == "correct"
    assert (
        written(text, "return dout @ self.W.T", "return (dout @ self.W.T)[:, : dout.shape[1]]").check().outcome
        == "wrong"
    )
