"""Layers of packages are set up by what their signatures say: sizes as tuples, own classes, tuples of arrays."""

import pytest

from ..reports import findings

STRICT = """
from __future__ import annotations
import numpy as np

class Activation:
    def __init__(self):
        pass
    def forward(self, x):
        raise NotImplementedError

class Square(Activation):
    def forward(self, x):
        return x * x
    def slope(self, x):
        return 2 * x

class Curve:
    def __init__(self, funct: Activation, size: tuple[int, ...]):
        if not isinstance(funct, Activation) or not isinstance(size, tuple):
            raise ValueError("wrong type")
        self.funct, self.size = funct, size
    def forward(self, x):
        assert x.shape[1:] == self.size
        self.x = x
        return self.funct.forward(x)
    def backward(self, dout):
        return dout * self.funct.slope(self.x)

class Upsampling:
    def __init__(self, rate: int):
        if not isinstance(rate, int):
            raise ValueError("wrong type")
        self.rate = rate
    def forward(self, x):
        return np.repeat(x, self.rate, axis=-1)
    def backward(self, dout):
        return dout.reshape(*dout.shape[:-1], -1, self.rate).sum(axis=-1)

class Conv3D:
    def __init__(self, layers: int, kernel_size: tuple[int, int, int], input_size: tuple[int, int, int, int]):
        self.size, self.kernel = input_size, kernel_size
        self.W = np.random.randn(layers, input_size[0], *kernel_size)
    def windows(self, x):
        return np.lib.stride_tricks.sliding_window_view(x, self.kernel, axis=(2, 3, 4))
    def forward(self, x):
        assert x.shape[1:] == self.size
        self.x = x
        return np.einsum("ncxyzijk,fcijk->nfxyz", self.windows(x), self.W)
    def backward(self, dout):
        self.dW = np.einsum("ncxyzijk,nfxyz->fcijk", self.windows(self.x), dout)
        dx = np.zeros_like(self.x)
        for i, j, k in np.ndindex(*self.kernel):
            a, b, c = dout.shape[2:]
            dx[:, :, i:i + a, j:j + b, k:k + c] += np.einsum("nfxyz,fc->ncxyz", dout, self.W[:, :, i, j, k])
        return dx

class Product:
    def forward(self, data: tuple[np.ndarray, ...], *_):
        if not isinstance(data, tuple):
            raise ValueError("must be a tuple")
        self.data = data
        return data[0] * data[1]
    def backward(self, dout):
        return dout * self.data[1], dout * self.data[0]

class Total:
    def forward(self, data: tuple[np.ndarray, ...]):
        return data[0] + data[1]
    def backward(self, dout):
        return dout.copy()
"""


@pytest.mark.parametrize("name", ["Curve", "Upsampling", "Conv3D", "Product", "Total"])
def test_what_a_signature_asks_for_is_given(written, name):
    report = written(STRICT).check(name)
    assert report.outcome == "correct", report


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Product", "dout * self.data[1], dout * self.data[0]", "dout * self.data[0], dout * self.data[1]"),
        ("Total", "dout.copy()", "2 * dout"),
        ("Upsampling", ".sum(axis=-1)", ".sum(axis=-1) / 2"),
    ],
)
def test_what_is_wrong_in_them_is_found(written, name, old, new):
    report = written(STRICT, old, new).check(name)
    assert report.outcome in ("wrong", "factor"), report


RIGHT = {
    "a derivative that may be left out goes with its function": """
class Dense:
    def __init__(self, units, act_func, act_deriv=None):
        self.f, self.d = act_func, act_deriv
    def forward(self, x):
        self.x = x
        return self.f(x)
    def backward(self, dout):
        return dout if self.d is None else dout * self.d(self.x)
""",
    "a dict by the keys that a constructor reads": """
class RNNCell:
    def __init__(self, parameter):
        self.p = {}
        self.p['weight_x'] = parameter['weight_x']
        self.p['weight_h'] = parameter['weight_h']
        self.p['bias'] = parameter['bias']
    def forward(self, x, h_prev):
        self.x, self.h = x, h_prev
        return x @ self.p['weight_x'] + h_prev @ self.p['weight_h'] + self.p['bias']
    def backward(self, dout):
        self.dweight_x, self.dweight_h = self.x.T @ dout, self.h.T @ dout
        self.dbias = dout.sum(axis=0)
        return dout @ self.p['weight_x'].T, dout @ self.p['weight_h'].T
""",
    "libraries that change no number need not be there": """
from tqdm import tqdm
from numba import njit
@njit(fastmath=True)
def square(x):
    return x * x
class L:
    def forward(self, x):
        self.x = x
        for _ in tqdm(range(1), unit='step'):
            return square(x)
    def backward(self, dout):
        return 2 * self.x * dout
""",
    "an optimizer for backward": """
class Dense:
    def __init__(self):
        self.weights = self.biases = None
    def forward(self, x):
        self.x = x
        return x @ self.weights + self.biases
    def backprop(self, gradient, optimizer):
        dx = gradient @ self.weights.T
        self.weights, self.biases = optimizer[0].apply_gradients(self.x.T @ gradient, gradient.sum(axis=0), self.weights, self.biases)
        return dx
""",
    "what is wanted by name": """
class Scale:
    def __init__(self, *, gamma):
        self.gamma = gamma
    def forward(self, *, inputs):
        self.x = inputs
        return inputs * self.gamma
    def backward(self, *, dout):
        self.dgamma = (dout * self.x).sum(axis=0)
        return dout * self.gamma
""",
    "gates with weights for what comes in and the state together": """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def cell_forward(x, h_prev, C_prev, Wf, Wi, Wc, Wo, bf, bi, bc, bo):
    u = np.vstack([h_prev, x])
    f, i, o, g = sigmoid(Wf @ u + bf), sigmoid(Wi @ u + bi), sigmoid(Wo @ u + bo), np.tanh(Wc @ u + bc)
    C = f * C_prev + i * g
    return o * np.tanh(C), (u, f, i, o, g, C, C_prev, Wf, Wi, Wc, Wo, len(h_prev))
def cell_backward(dh_next, cache):
    u, f, i, o, g, C, C_prev, Wf, Wi, Wc, Wo, n = cache
    dC = dh_next * o * (1 - np.tanh(C) ** 2)
    do, df, di = dh_next * np.tanh(C) * o * (1 - o), dC * C_prev * f * (1 - f), dC * g * i * (1 - i)
    dg = dC * i * (1 - g ** 2)
    du = Wf.T @ df + Wi.T @ di + Wc.T @ dg + Wo.T @ do
    dx, dh_prev, dC_prev = du[n:], du[:n], dC * f
    dWf, dWi, dWc, dWo = df @ u.T, di @ u.T, dg @ u.T, do @ u.T
    dbf, dbi, dbc, dbo = (d.sum(axis=1, keepdims=True) for d in (df, di, dg, do))
    return dx, dh_prev, dC_prev, dWf, dWi, dWc, dWo, dbf, dbi, dbc, dbo
""",
    "the gradient for the scores, of a cost of activations": """
class SquaredError:
    def __call__(self, y, y_pred):
        return self.loss(y, y_pred)
    @staticmethod
    def loss(y, y_pred):
        return 0.5 * np.linalg.norm(y_pred - y) ** 2
    @staticmethod
    def grad(y, y_pred, z, act_fn):
        return (y_pred - y) * act_fn.grad(z)
""",
    "a width that must be even": """
class Encoding:
    def __init__(self, max_length: int, dim_size: int):
        if dim_size % 2:
            raise ValueError('must be even')
        self.table = np.sin(np.ones((max_length, 1)) * np.arange(dim_size))
    def forward(self, x):
        return x + self.table[: len(x)]
    def backward(self, dout):
        return dout.copy()
""",
    "the batch counted among the axes by a builder": """
class Dense:
    def __init__(self, units):
        self.units = units
    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError('2D')
        self.W = np.random.randn(input_shape[-1], self.units)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
""",
    "a loss that finds its input and targets in the instance": """
class MeanSquareLoss:
    def __init__(self):
        self.input = self.y = self.mean_sq = None
    def forward_pass(self):
        self.mean_sq = 0.5 * np.mean(np.square(self.input - self.y))
    def backward_pass(self):
        self.dloss_din = (self.input - self.y) / self.y.size
""",
}  # fmt: skip
SLIPS = [
    ("a dict by the keys that a constructor reads", "self.h.T @ dout", "self.h.T @ dout * 2"),
    ("an optimizer for backward", "gradient.sum(axis=0)", "gradient.mean(axis=0)"),
    ("gates with weights for what comes in and the state together", "dC * f\n", "dC * i\n"),
    ("the gradient for the scores, of a cost of activations", " * act_fn.grad(z)", ""),
    ("a loss that finds its input and targets in the instance", " / self.y.size", ""),
]  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_it_is_set_up_and_right(written, what):
    report = written(RIGHT[what]).check()
    assert report.outcome == "correct", report


@pytest.mark.parametrize(("what", "old", "new"), SLIPS)
def test_a_slip_in_it_is_found(written, what, old, new):
    assert written(RIGHT[what], old, new).check().outcome in ("wrong", "factor")


def test_code_that_lays_windows_over_memory_is_edited_behind_a_fence(written):
    """A wrong stride would read and write beyond the array: such edits stop, the others are tried."""
    text = """
    class Pool:
        def forward(self, x):
            self.x = x
            return self.cut(x).sum(axis=-1)
        def cut(self, x):
            at = (*x.shape[:-1], x.shape[-1] - 1, 2), (*x.strides, x.strides[-1])
            return np.lib.stride_tricks.as_strided(x, *at)
        def backward(self, dout):
            dx = np.zeros_like(self.x)
            np.add.at(self.cut(dx), slice(None), dout[..., None] + self.x[..., 1:, None])
            return dx
    """
    report = written(text).check()
    (values,) = findings(report, "values")[:1]
    said = [values.message, *(d.message for d in values.diagnosis)]
    assert values.status == "fail" and any("should read `dout[..., None]`" in m for m in said)


def test_an_argument_that_the_code_itself_forgets_is_its_own_error(written):
    text = """
    class F:
        def run(self, x, training):
            return x
    class L:
        def forward(self, x):
            return F().run(x)
        def backward(self, dout):
            return dout
    """
    report = written(text).check()
    assert report.outcome == "crashes" and report.findings[0].where.endswith(":7")


def test_functions_of_a_framework_that_is_installed_get_its_tensors(written):
    pytest.importorskip("torch")
    text = """
    import torch
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, i):
            result = i.exp()
            ctx.save_for_backward(result)
            return result
        @staticmethod
        def backward(ctx, grad_output):
            result, = ctx.saved_tensors
            return grad_output * result
    """
    assert written(text).check().outcome == "correct"
    assert written(text, "output * result", "output + result").check().outcome == "wrong"
    text = """
    import torch
    def act_forward(Z):
        return torch.nn.Sigmoid()(Z), Z
    def act_backward(dA, cache):
        s = torch.sigmoid(cache)
        return dA * s * (1 - s)
    """
    assert written(text).check().outcome == "correct"


ERRORS = {  # text, what is said of it, the line
    "a number for an axis": ("""
def ReLU(z):
    return np.max(0, z)
def ReLU_prime(z):
    return (z > 0) * 1.0
""", "crashes", 3),
    "a number that is taken apart": ("""
class Pool:
    def __init__(self, size=2):
        self.size = size
    def forward(self, x):
        n = x.shape[0] - self.size[0]
        return x[:n]
    def backward(self, dout):
        return dout
""", "crashes", 6),
    "a size that nobody knows": ("""
class L:
    def forward(self, x):
        return x @ np.ones((77, 2))
    def backward(self, dout):
        return dout
""", "not-set-up", None),
    "what a stand-in gives": ("""
class L:
    def forward(self, x, t):
        loss, right = cross_entropy_error(x, t)
        return loss
    def backward(self, dout=1):
        return dout
""", "not-set-up", None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "outcome", "line"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_the_code_s_own_unless_it_comes_of_what_we_made_up(written, text, outcome, line):
    report = written(text).check()
    assert report.outcome == outcome, report
    assert line is None or report.findings[0].where.endswith(f":{line}")
