"""Habits met in single files of strangers: set up without help, found right where they are, and wrong where one slips."""

import pytest

PAIR_OF_SIZES = """
from typing import Tuple
class Layer:
    def __init__(self, shape: Tuple[int, int]):
        self.W = np.random.randn(shape[0], shape[1])
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad):
        self.grad_W = self.x.T @ grad
        return grad @ self.W.T
"""
BESIDE = """
class SoftmaxCrossEntropy:
    def forward(self, x, y):
        e = np.exp(x)
        self.p, self.y = e / e.sum(axis=1, keepdims=True), y
        return self.p, -np.log(self.p) * y
    def derivative(self):
        return self.p - self.y
"""
TARGETS = """
class SigmoidCrossEntropy:
    def forward(self, x):
        self.a = 1 / (1 + np.exp(-x))
        return self.a
    def backward(self, grad_output=None, rate=0.0):
        return (self.a - grad_output) / grad_output.shape[0]
"""
CATALAN = """
class Capa:
    def __init__(self, entrada, sortida):
        self.W, self.b = np.random.randn(sortida, entrada), np.random.randn(sortida, 1)
    def propaga(self, entrada):
        self.entrada = entrada
        return self.W.dot(entrada) + self.b
    def retropropaga(self, delta, alfa):
        nou = self.W.T.dot(delta)
        self.W -= alfa * delta.dot(self.entrada.T)
        self.b -= alfa * delta.sum(axis=1, keepdims=True)
        return nou
"""
CORRELATED = """
from scipy.signal import convolve2d as convolve, correlate2d as correlate
class Convolution:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x = x
        return correlate(x, self.W, mode="valid")
    def backward(self, dout):
        self.dW = correlate(self.x, dout, mode="valid")
        return convolve(dout, self.W, mode="full")
"""
STEPPING = """
class Descent:
    def calc(self, rate, gradient):
        return -rate * gradient / (1 + np.abs(gradient))
class Dense:
    def __init__(self, input_size, output_size):
        self.W, self.optimizer = np.random.randn(output_size, input_size), Descent()
    def forward(self, x):
        self.x = x
        return self.W @ x
    def backward(self, dout):
        given = self.W.T @ dout
        self.W += self.optimizer.calc(0.05, dout @ self.x.T)
        return given
"""
UNREAD = """
class LayerNorm:
    def __init__(self, dim):
        self.gamma = np.ones(dim)
    def forward(self, x):
        self.scale = np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5)
        self.x = x / self.scale
        return self.x
    def backward(self, dout):
        dx = dout * self.gamma
        self.grad_x = (dx - self.x * (dx * self.x).mean(axis=1, keepdims=True)) / self.scale
"""
STEP = """
class RNN:
    def __init__(self, weight_input, weight_hidden, bias):
        self.params, self.grads = [weight_input, weight_hidden, bias], [0, 0, 0]
    def forward(self, input, hidden_prev):
        wx, wh, b = self.params
        self.kept = input, hidden_prev, np.tanh(hidden_prev @ wh + input @ wx + b)
        return self.kept[2]
    def backward(self, dhidden_next):
        wx, wh, b = self.params
        x, h, out = self.kept
        dt = dhidden_next * (1 - out * out)
        self.grads = [x.T @ dt, h.T @ dt, dt.sum(axis=0)]
        return dt @ wx.T, dt @ wh.T
"""
ROWS = [  # text, what is said of its layers, edits
    ("""
class Dense:
    def __init__(self, m, n, activation_function):
        self.W, self.b, self.squash = np.random.randn(m, n), np.zeros((n, 1)), activation_function
    def forward(self, x):
        self.x = x
        return self.squash.forward_pass(self.W.T @ x + self.b)
    def backward(self, dout):
        dz = self.squash.backward_pass(dout)
        self.dW, self.db = self.x @ dz.T, np.reshape(dz.sum(axis=1), newshape=(len(dz), 1))
        self.dx = self.W @ dz
        return self.dW, self.db, self.dx
""", {"Dense": "correct"}),
    (PAIR_OF_SIZES, {"Layer": "correct"}),
    (BESIDE, {"SoftmaxCrossEntropy": "correct"}),
    (BESIDE, {"SoftmaxCrossEntropy": "factor"}, "self.p - self.y", "self.y - self.p"),
    ("""
class CrossEntropyLoss:
    def __init__(self, output_dim):
        self.hot = np.zeros((output_dim, 1))
    def forward(self, z, target):
        self.target, self.p = target, np.exp(z) / np.exp(z).sum()
        self.hot[target] = 1
        return -(self.hot * np.log(self.p)).sum()
    def backward(self):
        last = self.p - self.hot
        self.hot[self.target] = 0
        return last
""", {"CrossEntropyLoss": "hazards"}),
    ("""
class CrossEntropyLoss:
    def __init__(self, y: np.ndarray):
        self.y = np.clip(y, 1e-7, 1.0 - 1e-7)
    def forward(self, x):
        self.p = np.clip(x, 1e-7, 1.0 - 1e-7)
        return -(self.y * np.log(self.p) + (1 - self.y) * np.log(1 - self.p))
    def backward(self, upstream):
        return (self.p - self.y) / (self.p - self.p**2) * upstream
""", {"CrossEntropyLoss": "correct"}),
    (TARGETS, {"SigmoidCrossEntropy": "correct"}),
    (TARGETS, {"SigmoidCrossEntropy": "not-set-up"}, "(self.a - ", "self.a * (self.a - "),
    ("""
class Multiply:
    def forward(self, x1, x2):
        self.x1, self.x2 = x1, x2
        return x1 * x2
    def backward(self, dout):
        return [self.x2 * dout, self.x1 * dout]
class Add:
    def forward(self, x1: float, x2: float):
        return x1 + x2
    def derivative(self, x1, x2):
        return [1.0, 1.0]
""", {"Multiply": "correct", "Add": "correct"}),
    (CATALAN, {"Capa": "correct"}),
    (CATALAN, {"Capa": "factor"}, "alfa * delta.sum", "alfa / delta.shape[1] * delta.sum"),
    ("""
class Full:
    def __init__(self, input_shape, output_shape):
        self.W, self.bias = np.random.rand(input_shape[1], output_shape[1]), np.random.rand(1, output_shape[1])
    def forward(self, x):
        self.x = x
        return x @ self.W + self.bias
    def backward(self, error, learning_rate):
        given = error @ self.W.T
        self.W -= learning_rate * self.x.T @ error
        self.bias -= learning_rate * error
        return given
""", {"Full": "hazards"}),
    ("""
from numpy.lib.stride_tricks import as_strided
class MeanPool:
    def __init__(self, input_shape, kernel_size=2):
        self.shape, self.k = input_shape, kernel_size
    def forward(self, x):
        c, h, w, k = *self.shape, self.k
        s = x.strides
        wide = as_strided(x, (c, h // k, w // k, k, k), (s[0], k * s[1], k * s[2], s[1], s[2]))
        return wide.mean(axis=(3, 4))
    def backward(self, dout):
        return np.repeat(np.repeat(dout, self.k, axis=1), self.k, axis=2) / self.k**2
""", {"MeanPool": "correct"}),
    ("""
def rotate_forward(x, cos, sin):
    d = x.shape[-1] // 2
    a, b, c, s = x[..., :d], x[..., d:], cos[: x.shape[2]][None, None], sin[: x.shape[2]][None, None]
    return np.concatenate([a * c - b * s, a * s + b * c], axis=-1)
def rotate_backward(dx, cos, sin):
    return rotate_forward(dx, cos, -sin)
""", {"rotate": "correct"}),
    ("""
class Tensor:
    __slots__ = ("data", "grad")
    def __init__(self, data):
        self.data, self.grad = np.asarray(data, dtype=float), None
class Square:
    def __call__(self, x):
        return Tensor(np.asarray(x) ** 2)
    def gradient(self, x):
        return 2 * x
""", {"Square": "correct"}),
    ("""
class Drop:
    @staticmethod
    def forward(ctx, x, mask):
        ctx.save_for_backward(mask=mask)
        return x * mask
    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.saved_data["mask"], None
""", {"Drop": "correct"}),
    ("""
class Tensor:
    def __init__(self, data, parents=(), back=None):
        self.data, self.parents, self.back, self.grad = np.asarray(data, dtype=float), parents, back, None
    def collect(self, g):
        self.grad = g if self.grad is None else self.grad + g
    def backward(self, g=None):
        self.grad = np.ones_like(self.data) if g is None else g
        self.back(self.grad)
def turned(x, cos, sin):
    a, b = x[..., 0::2], x[..., 1::2]
    return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)
def rotate(a, cos, sin):
    def back(g):
        h, out = g.shape[-1] // 2, np.empty_like(g)
        out[..., 0::2], out[..., 1::2] = g[..., :h] * cos + g[..., h:] * sin, g[..., h:] * cos - g[..., :h] * sin
        a.collect(out)
    return Tensor(turned(a.data, cos, sin), (a,), back)
def cross_entropy_grad(z, targets):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    p[np.arange(len(targets)), targets] -= 1
    return p / len(targets)
def cross_entropy(z, targets):
    p = np.exp(z.data) / np.exp(z.data).sum(axis=1, keepdims=True)
    def back(g):
        z.collect(g * cross_entropy_grad(z.data, targets))
    return Tensor(-np.log(p[np.arange(len(targets)), targets]).mean(), (z,), back)
""", {"rotate": "correct", "cross_entropy": "correct"}),
    ("""
class Neuron:
    def __init__(self, input_size, kind="tanh"):
        self.weights, self.bias, self.slope = np.random.randn(input_size), np.random.randn(), None
        self.kept = {}
        if kind:
            self.slope = np.cosh
    def forward(self, x):
        out = np.tanh(np.dot(self.weights, x) + self.bias)
        self.kept = {"input": x.copy(), "weights": self.weights.copy(), "out": out}
        return out
    def backward(self, upstream):
        d = upstream * (1 - self.kept["out"] ** 2) * self.slope(0.0)
        return {"weights": d * self.kept["input"], "bias": d, "input": d * self.weights}
class Softmax:
    def __init__(self, size):
        self.y = np.zeros(size)
    def forward(self, x):
        e = np.exp(x - x.max())
        self.y = e / e.sum()
        return self.y
    def backward(self, grad_y):
        return (np.diag(self.y) - np.outer(self.y, self.y)) @ grad_y
""", {"Neuron": "correct", "Softmax": "correct"}),
    (STEP, {"RNN": "correct"}),
    (STEP, {"RNN": "wrong"}, "dt @ wh.T", "dt @ wh"),
    ("""
class Back:
    def __init__(self, op, *given):
        self.op, self.given = op, given
    def __call__(self, grad=None):
        self.op.bwd(Tensor(np.array([1.0])[0]) if grad is None else grad, *self.given)
class Tensor:
    def __init__(self, data, requires_grad=False, backward=None):
        self.data, self.requires_grad, self.grad = np.copy(data), requires_grad, None
        self.backward = backward or Back(self)
    def bwd(self, grad):
        self.grad = grad
class Op:
    def __call__(self, *given):
        return self.fwd(*given)
class MSE(Op):
    def fwd(self, input: Tensor, target: Tensor) -> Tensor:
        return Tensor(((input.data - target.data) ** 2).mean(), True, Back(self, input, target))
    def bwd(self, input_grad: Tensor, input: Tensor, target: Tensor):
        if input.requires_grad:
            input.backward(Tensor(input_grad.data * 2 * (input.data - target.data) / input.data.size))
""", {"MSE": "correct"}),
    (PAIR_OF_SIZES, {"Layer": "correct"}, "shape: Tuple[int, int]", "input_len, nodes", "shape[0], shape[1]", "input_len, nodes"),
    ("""
from dataclasses import dataclass
@dataclass(frozen=True)
class NetConfig:
    n_embd: int = 192
    n_head: int = 6
    dropout: float = 0.0
class Heads:
    def __init__(self, config):
        self.heads, self.W = config.n_head, np.random.randn(config.n_embd, config.n_embd // config.n_head)
    def forward(self, x):
        B, T, C = x.shape
        self.x = x.reshape(B, T, self.heads, C // self.heads)
        self.mixed = self.x @ self.W.T
        return self.mixed.sum(axis=2)
    def backward(self, dout):
        d = np.repeat(dout[:, :, None], self.heads, axis=2)
        self.dW = np.einsum("bthc,bthd->cd", d, self.x)
        return (d @ self.W).reshape(*dout.shape[:2], -1)
""", {"Heads": "correct"}),
    (CORRELATED, {"Convolution": "correct"}),
    (STEPPING, {"Dense": "hazards"}),
    (UNREAD, {"LayerNorm": "wrong"}),
    (UNREAD, {"LayerNorm": "correct"}, "dout * self.gamma", "dout"),
    ("""
class Losses:
    @staticmethod
    def mse(y_true, y_pred, derivative=False):
        if derivative:
            return 2 * (y_pred - y_true) / y_true.size
        return np.mean((y_true - y_pred) ** 2)
""", {"Losses.mse": "correct"}),
    ("""
def activation(name, x):
    if name == "square":
        return x * x
    return np.zeros(x.shape)
def dactivation(name, x):
    if name == "square":
        return 2 * x
    return np.zeros(x.shape)
""", {"activation": "correct"}),
    ("""
from backend import np
from activations import *
from base import Layer
class Norm(Layer):
    def __init__(self, d):
        self.gamma = np.ones(d)
    def forward(self, x):
        self.x = x * 2 if self.is_training else x
        return self.gamma * self.x
    def backward(self, dout):
        self.dgamma = (dout * self.x).sum(axis=0)
        return dout * self.gamma * 2
class Squashed(Layer):
    def __init__(self):
        self.squash = Tanh()
    def forward(self, x):
        return self.squash(x)
    def backward(self, dout):
        return dout * self.squash.slope
""", {"Norm": "correct", "Squashed": "not-set-up"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "outcomes", "edits"), [(text, outcomes, edits) for text, outcomes, *edits in ROWS])
def test_strange_files(written, text, outcomes, edits):
    if "scipy" in text:
        pytest.importorskip("scipy")
    reports = {name: written(text, *edits).check(name) for name in outcomes}
    assert {name: r.outcome for name, r in reports.items()} == outcomes, reports


@pytest.mark.parametrize(("text", "needs"), [(CORRELATED, "scipy"), (STEPPING, "numpy")])
def test_windows_and_steps_of_its_own_are_no_hindrance_to_a_proof(written, text, needs):
    pytest.importorskip(needs)
    assert written(text).check().verdict.status == "proved"
