"""Parameters that are plain numbers: a gradient that backward gives for one is checked like any other."""

import pytest

from ..reports import named, reasons

KEPT = """
class Bend:
    def __init__(self, alpha=0.25):
        self.alpha, self.{0} = alpha, 0.0
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)
    def backward(self, dout):
        self.{0} = np.sum(dout * self.x * (self.x <= 0))
        return np.where(self.x > 0, dout, self.alpha * dout)
"""
BOXED = """
class Scale:
    def __init__(self):
        self.gamma, self.beta = 1.0, 0.0
    def forward(self, x):
        self.x = x
        return self.gamma * x + self.beta
    def backward(self, dout):
        self.grads = {"gamma": np.sum(dout * self.x), "beta": np.sum(dout)}
        return dout * self.gamma
"""
RETURNED = """
def bend_forward(x, alpha{0}):
    return np.where(x > 0, x, alpha * x), (x, alpha)
def bend_backward(dout, cache):
    x, alpha = cache
    dalpha = np.sum(dout * x * (x <= 0))
    return np.where(x > 0, dout, alpha * dout), dalpha
"""
PLAIN = """
def bend_forward(x, alpha=0.25):
    return np.where(x > 0, x, alpha * x), (x, alpha)
def bend_backward(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, alpha * dout), np.sum(dout * x * (x <= 0))
"""
GATE = """
class Gate:
    def forward(self, x, beta=1.0):
        self.x, self.beta, self.s = x, beta, 1 / (1 + np.exp(-beta * x))
        return x * self.s
    def backward(self, dout):
        slope = self.s * (1 - self.s)
        dbeta = np.sum(dout * self.x ** 2 * slope)
        return dout * (self.s + self.beta * self.x * slope), dbeta
"""
LEFT_OUT = """
def dense_forward(x, w, bias=None):
    y = x @ w
    return (y if bias is None else y + bias), (x, w, bias)
def dense_backward(dout, cache):
    x, w, bias = cache
    dbias = None if bias is None else dout.sum(axis=0)
    return dout @ w.T, x.T @ dout, dbias
"""
EACH = {
    "kept": (KEPT.format("dalpha"), "self.x * (self.x <= 0)", "self.x", "branch"),
    "kept by another name": (KEPT.format("grad_alpha"), "self.x * (self.x <= 0)", "self.x", "branch"),
    "in a box": (BOXED, '"beta": np.sum(dout)', '"beta": 2 * np.sum(dout)', "factor"),
    "returned": (RETURNED.format("=0.25"), "x * (x <= 0)", "x", "branch"),
    "asked for": (RETURNED.format(""), "x * (x <= 0)", "x", "branch"),
    "without a name": (PLAIN, "x * (x <= 0)", "x", "branch"),
    "of what may be left out": (LEFT_OUT, "dout.sum(axis=0)", "-dout.sum(axis=0)", "sign"),
    "of a method's argument": (GATE, "self.x ** 2", "self.x", "power"),
}


@pytest.mark.parametrize("way", EACH)
def test_its_gradient_is_proved_or_told(way, written):
    text, old, new, code = EACH[way]
    report = written(text).check()
    assert report.outcome == "correct" and report.verdict.status == "proved", report
    report = written(text, old, new).check()
    assert report.outcome in ("wrong", "factor") and code in {d.code for d in reasons(report)}, report


STEPS = """
class Paths:
    def __init__(self, A):
        self.A = A
    def forward(self, E):
        self.E, self.a = E, np.zeros(E.shape)
        self.a[0] = E[0]
        for t in range(1, len(E)):
            self.a[t] = E[t] + np.log(np.exp(self.a[t - 1][:, None] + self.A).sum(axis=0))
        return np.log(np.exp(self.a[-1]).sum())
    def backward(self, dout=1.0):
        dE, self.dA = np.zeros(self.E.shape), np.zeros(self.A.shape)
        da = dout * np.exp(self.a[-1]) / np.exp(self.a[-1]).sum()
        for t in range(len(self.E) - 1, 0, -1):
            dE[t] = da
            m = np.exp(self.a[t - 1][:, None] + self.A)
            dm = m / m.sum(axis=0) * da
            self.dA += dm
            da = dm.sum(axis=1)
        dE[0] = da
        return dE
"""


def test_what_leads_from_each_to_each_is_no_number(written):
    assert written(STEPS).check().verdict.status == "proved"
    report = written(STEPS, "self.dA += dm", "self.dA = dm").check()
    assert report.outcome == "wrong" and "gradient for A" in str(report.findings)


WINDOWS = """
class Windows:
    def __init__(self, filters, bias, stride=2):
        self.filters, self.bias, self.stride = filters, bias, stride
    def forward(self, x):
        self.x, s = x, self.stride
        F, C, kh, kw = self.filters.shape
        out = np.zeros((len(x), F, (x.shape[2] - kh) // s + 1, (x.shape[3] - kw) // s + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                patch = x[:, :, i * s:i * s + kh, j * s:j * s + kw]
                out[:, :, i, j] = np.tensordot(patch, self.filters, axes=([1, 2, 3], [1, 2, 3])) + self.bias
        return out
    def backward(self, dout):
        dx, self.dfilters, s = np.zeros(self.x.shape), np.zeros(self.filters.shape), self.stride
        kh, kw = self.filters.shape[2:]
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                d = dout[:, :, i, j]
                patch = self.x[:, :, i * s:i * s + kh, j * s:j * s + kw]
                self.dfilters += np.tensordot(d, patch, axes=([0], [0]))
                dx[:, :, i * s:i * s + kh, j * s:j * s + kw] += np.tensordot(d, self.filters, axes=([1], [0]))
        self.dbias = dout.sum(axis=(0, 2, 3))
        return dx
"""


def test_a_bias_has_no_row_for_each_example(written):
    assert written(WINDOWS).check().verdict.status == "proved"
    report = written(WINDOWS, "axis=(0, 2, 3)", "axis=(2, 3)").check()
    assert report.outcome == "wrong" and "unsummed" in {d.code for d in reasons(report)}, report


DENSE = """
import random
class Dense:
    {extra}
    def __init__(self, n_in, n_out):
        {made}
    def forward(self, x):
        self.x = x
        return np.asarray(x @ {W})
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return np.asarray(dout @ np.transpose({W}))
"""
HELD = {
    "a list": ("pass", "self.W = np.random.randn(n_in, n_out).tolist()", "np.array(self.W)"),
    "lists in a dict": ("pass", "self.p = {'W': np.random.randn(n_in, n_out).tolist()}", "np.array(self.p['W'])"),
    "whole numbers": ("pass", "self.W = np.ones((n_in, n_out), dtype=int)", "self.W"),
    "the class": ("W = np.random.randn(5, 2)", "pass", "self.W"),
    "slots": ("__slots__ = ('W', 'dW', 'x')", "self.W = np.random.randn(n_in, n_out)", "self.W"),
    "a matrix": ("pass", "self.W = np.matrix(np.random.randn(n_in, n_out))", "self.W"),
}


@pytest.mark.parametrize("place", HELD)
def test_weights_are_found_wherever_they_are_held(place, written):
    text = DENSE.format(**dict(zip(("extra", "made", "W"), HELD[place])))
    assert written(text).check().verdict.status == "proved"
    report = written(text, "self.x.T @ dout", "2 * self.x.T @ dout").check()
    assert report.outcome == "factor" and "factor" in {d.code for d in reasons(report)}, report


def test_what_is_held_elsewhere_is_said_to_be_unseen(written):
    text = DENSE.format(extra="W = {}", made="self.W['w'] = np.random.randn(n_in, n_out)", W="Dense.W['w']")
    report = written(text, "self.dW", "self.dw", "self.W", "Dense.W").check()
    (told,) = [f for f in report.findings if f.code == "uncompared"]
    assert told.status == "skip" and "backward keeps dw" in told.message


NEURONS = """
import math, random
class Neuron:
    def __init__(self, n_in):
        self.w = [random.uniform(-1, 1) for _ in range(n_in)]
        self.b = 0.0
    def forward(self, x):
        self.x = x
        self.z = sum(wi * xi for wi, xi in zip(self.w, x)) + self.b
        return math.tanh(self.z)
    def backward(self, dout):
        d = dout * (1 - math.tanh(self.z) ** 2)
        self.dw = [d * xi for xi in self.x]
        self.db = d
        return [d * wi for wi in self.w]
class Dense:
    def __init__(self, n_in, n_out):
        self.weights = [[random.gauss(0, 1) for _ in range(n_in)] for _ in range(n_out)]
        self.biases = [0.0] * n_out
    def forward(self, inputs):
        self.inputs = inputs
        return [sum(w * x for w, x in zip(row, inputs)) + b for row, b in zip(self.weights, self.biases)]
    def backward(self, grad):
        self.grad_weights = [[g * x for x in self.inputs] for g in grad]
        self.grad_biases = [g for g in grad]
        return [sum(self.weights[j][i] * grad[j] for j in range(len(grad))) for i in range(len(self.inputs))]
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "variable"),
    [
        ("Neuron", "[d * xi ", "[2 * d * xi ", "w"),
        ("Neuron", "self.db = d", "self.db = -d", "b"),
        ("Dense", "[g for g", "[3 * g for g", "biases"),
        ("Dense", "[g * x for", "[g + x for", "weights"),
    ],
)
def test_lists_of_plain_python_are_for_one_example(name, old, new, variable, written):
    assert written(NEURONS).check(name).verdict.status == "proved"
    report = written(NEURONS, old, new).check(name)
    assert report.outcome in ("wrong", "factor"), report
    assert any(f"gradient for {variable}" in f.message for f in report.findings if f.status == "fail"), report


def test_a_number_whose_gradient_is_returned_by_its_name_is_learnt(written):
    text = """
class Neuron:
    def __init__(self, n_in):
        self.weights, self.bias = np.random.randn(n_in), 0.5
    def forward(self, x):
        self.x = x
        self.y = np.tanh(self.weights @ x + self.bias)
        return self.y
    def backward(self, dout):
        d = dout * (1 - self.y**2)
        return {"weights": d * self.x, "bias": d, "input": d * self.weights}
"""
    assert written(text).check().outcome == "correct"
    assert any("for bias" in f.message for f in written(text, ': d, "', ': 2 * d, "').check().findings)


def test_a_gradient_of_what_forward_does_not_read_is_told(written):
    text = """
class Linear:
    def __init__(self, n_in, n_out, bias=True):
        self.W, self.b, self.bias = np.random.randn(n_in, n_out), np.zeros(n_out), bias
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
"""
    assert written(text).check().outcome == "correct"
    report = written(text, "+ self.b\n", "+ self.bias\n").check()
    assert report.outcome == "hazards" and any(f.code == "unread" for f in report.findings)


NEURON = """
class Neuron:
    def __init__(self, input_size):
        self.weights = np.random.randn(input_size, 1)
        self.bias = np.random.randn()
    def forward(self, inputs):
        self.inputs = inputs.reshape(-1, 1)
        self.output = 1 / (1 + np.exp(-(self.inputs.T @ self.weights + self.bias)))
        return self.output.flatten()
    def backward(self, error, lr):
        d_error = error * self.output * (1 - self.output)
        d_inputs = d_error * self.weights
        self.weights -= lr * d_error * self.inputs
        self.bias -= lr * d_error
        return d_inputs.flatten()
"""


def test_a_number_that_is_stepped_gives_way_to_a_matrix(written):
    assert written(NEURON).check().outcome in ("correct", "hazards")
    assert "factor" in named(written(NEURON, "bias -= lr", "bias -= 2 * lr").check())


EVERY = """
class Every:
    def __init__(self, stride=2):
        self.stride = stride
    def forward(self, x):
        self.shape = x.shape
        return x[:, :: self.stride]
    def backward(self, dout):
        dx = np.zeros(self.shape)
        dx[:, :: self.stride] = dout
        return dx
    def get_config(self):
        return {"stride": self.stride}
"""


def test_the_settings_that_a_layer_tells_of_itself_are_not_learnt(written):
    assert written(EVERY).check().outcome == "correct"


ALL = """
class Scaled:
    def __init__(self, alpha):
        self.alpha = alpha
    def forward(self, x):
        self.x = x
        return np.tanh(x) * self.alpha
    def backward(self, d):
        self.dalpha = np.sum(d * np.tanh(self.x))
        return d * (1 - np.tanh(self.x)**2) * self.alpha
"""


@pytest.mark.parametrize("name", ["alpha", "scale", "zz"])
def test_what_is_learnt_alone_may_be_one_number_for_all_columns(written, name):
    """It was taken for one each, and the sum over all was accused."""
    report = written(ALL, "alpha", name).check()
    assert report.outcome == "correct"
    assert written(ALL, "alpha", name, "np.sum(d", "-np.sum(d").check().outcome in ("factor", "wrong")


def test_a_gradient_given_back_by_name_is_owed(written):
    """Without a usual name its variable was taken for an option, and nothing was compared."""
    named = ("self.dalpha = ", "alpha_grad = ", "**2) * self.alpha", "**2) * self.alpha, alpha_grad", "alpha", "g_")
    assert written(ALL, *named, "np.sum(d * np.tanh(self.x))", "np.sum(self.x)").check().outcome == "wrong"


def test_what_is_called_b_and_multiplies_is_an_input(written):
    text = """
    def bilinear_forward(x, b, W):
        return np.sum((x @ W) * b, axis=1), (x, b, W)
    def bilinear_backward(g, cache):
        x, b, W = cache
        d = g[:, None]
        return d * (b @ W.T), d * (x @ W), x.T @ (d * b)
    """
    assert written(text).check().outcome == "correct"


def test_an_offset_of_any_name_is_owed(written):
    """It begins as zeros, is added, and set nowhere else: no state and no setting. What is set again is a state."""
    text = """
    class Tied:
        def __init__(self, n_in, n_hidden):
            self.W = np.random.randn(n_in, n_hidden)
            self.c = np.zeros(n_in)
        def forward(self, x):
            self.x, self.h = x, x @ self.W
            return self.h @ self.W.T + self.c
        def backward(self, g):
            self.dW = self.x.T @ (g @ self.W) + g.T @ self.h
            self.dc = g.sum(axis=0)
            return g @ self.W @ self.W.T
    """
    assert written(text).check().outcome == "correct"
    assert written(text, "self.dc = g.sum(axis=0)", "pass").check().outcome == "wrong"
    again = ("self.dc = g.sum(axis=0)", "pass", "+ self.c\n", "+ self.c\n    def reset(self): self.c = 0 * self.c\n")
    assert written(text, *again).check().outcome == "correct"
