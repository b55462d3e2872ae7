"""Frameworks of teaching code are understood: what goes round forward, parameters and tensors of their own."""

import numpy as np
import pytest

from derivexplain.foreign.forms import implied

from ..reports import reasons

CALLED = """
class Layer:
    def __call__(self, x):
        self.inputs = x
        return self.forward(x)
class Tanh(Layer):
    def forward(self, x):
        return np.tanh(x)
    def backward(self, grad):
        return grad * (1 - np.tanh(self.inputs) ** 2)
class Bare:
    def __call__(self, x):
        self.inputs = x
        return self.forward()
    def forward(self):
        return np.tanh(self.inputs)
    def backward(self, grad):
        return grad * (1 - np.tanh(self.inputs) ** 2)
class Wrong(Layer):
    def forward(self, x):
        return np.tanh(x)
    def backward(self, grad):
        return grad * (1 - self.inputs**2)
"""
HELD = """
class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)
class Linear:
    def __init__(self, n_in, n_out):
        self.weight = Parameter(np.random.randn(n_in, n_out))
        self.bias = Parameter(np.random.randn(n_out))
    def forward(self, x):
        self.x = x
        return x @ self.weight.data + self.bias.data
    def backward(self, d_out):
        self.weight.grad = self.x.T @ d_out
        self.bias.grad = d_out.sum(axis=0)
        return d_out @ self.weight.data.T
class Unsummed(Linear):
    def backward(self, d_out):
        self.weight.grad = self.x.T @ d_out
        self.bias.grad = d_out.mean(axis=0)
        return d_out @ self.weight.data.T
"""


def test_targets_are_made_for_a_network_with_one_number_as_its_output():
    assert np.shape(implied.made("one-hot", (), np.random.default_rng(0))) == ()


CHECKED = """
import functools
import inspect
import numpy as np
def typed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        for name, value in inspect.signature(function).bind(*args, **kwargs).arguments.items():
            if not isinstance(value, function.__annotations__.get(name, object)):
                raise TypeError(f"{name} must be {function.__annotations__[name]}")
        return function(*args, **kwargs)
    return wrapper
class Activation:
    pass
class HardTanh(Activation):
    def forward(self, x):
        return np.clip(x, -1, 1)
    def backward(self, y):
        return (y > -1) * (y < 1) * 1.0 + 0.5
class Tanh(Activation):
    def forward(self, x):
        return np.tanh(x)
    def backward(self, x):
        return 1 - np.tanh(x) ** 2
class Apply:
    @typed
    def __init__(self, funct: Activation):
        self.funct = funct
    def forward(self, x):
        self.x = x
        return self.funct.forward(x)
    def backward(self, dout):
        return dout * self.funct.backward(self.x)
class Slow:
    def process(self, grad):
        return -0.01 * grad
class Stepping:
    def __init__(self, dim):
        self.gamma, self.opt = np.ones(dim), Slow()
    def forward(self, x):
        self.x = x
        return self.gamma * x
    def backward(self, dout):
        dx = self.gamma * dout
        self.gamma += self.opt.process(dout * self.x).sum(axis=0)
        return dx
class Elsewhere:
    def forward(self, x: Array):
        return 2 * x
    def backward(self, dout: Array) -> Array:
        return 2 * dout
class Scaled:
    def forward(self, x, factor=2.0, training=False):
        if training:
            self.mask = np.ones_like(x)
        return factor * x
    def backward(self, dout):
        return 2.0 * dout * self.mask
"""


@pytest.mark.parametrize("name", ["Apply", "Stepping", "Elsewhere", "Scaled"])
def test_signatures_that_are_checked_and_flags_that_must_be_set(written, name):
    """Types of a signature are checked by some and defined nowhere by others; training is off by default in a third."""
    report = written(CHECKED).check(name)
    assert report.outcome in ("correct", "hazards") and report.ok, report


def test_a_factor_that_both_take_is_not_given_to_forward_alone(written):
    text = """
    def elu(z, alpha=1.0):
        return np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0)) - 1))
    def elu_prime(z, alpha=1.0):
        return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))
    """
    assert written(text).check().outcome == "correct"


BARE = """
class Fed:
    def __init__(self):
        self.input_tensor = None
    def forward(self, is_training=True):
        return np.tanh(self.input_tensor.copy())
    def backward(self, grad):
        return grad * (1 - np.tanh(self.input_tensor) ** 2)
class Pool:
    def __init__(self, pool_size):
        self.pool_size, self.shape = pool_size, None
    def forward(self, x):
        height, width = self.pool_size
        return x[:, : self.shape[0], :height, :width].mean(axis=(2, 3))
    def backward(self, dout):
        return dout
class Base:
    def __init__(self):
        self.weights = np.array([])
    def forward(self, x):
        return np.dot(x, self.weights)
    def backward(self, dout):
        return np.dot(dout, self.weights.T)
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [("Fed", "'NoneType' object has no attribute 'copy'"), ("Pool", "cannot unpack"), ("Base", "")],
)
def test_what_cannot_be_set_up_is_no_crash_and_the_likeliest_try_is_told(written, name, said):
    report = written(BARE).check(name)
    assert report.outcome == "not-set-up" and said in report.findings[0].message, report
    assert "inputs=(x, ...)" in report.next_step


MORE = """
import backend as xp
import numpy as np
class Norm:
    def __init__(self, dim):
        self.gamma = xp.ones(dim)
    def forward(self, x):
        self.x = x
        return self.gamma * x
    def backward(self, dout):
        self.dgamma = xp.sum(dout * self.x, axis=0)
        return dout * self.gamma
class Embedding:
    def __init__(self, num_emb, num_dim):
        self.weight = {"val": np.random.randn(num_emb, num_dim), "grad": 0}
    def forward(self, x):
        self.x = x
        return self.weight["val"][x]
    def backward(self, grad):
        self.weight["grad"] = np.zeros_like(self.weight["val"])
        np.add.at(self.weight["grad"], self.x, grad)
class Halves:
    def forward(self, image):
        self.shape = image.shape
        height, width = image.shape
        return image[: height // 2 * 2].reshape(height // 2, 2, width).sum(axis=1)
    def backward(self, d_out):
        d = np.zeros(self.shape)
        for i in range(0, self.shape[0], 2):
            for k in range(2):
                d[i + k] = d_out[i // 2]
        return d
class Gate:
    def forward(self, x, h_prev):
        N, H = h_prev.shape
        return h_prev * np.sigmoid(x[:, :H])
    def backward(self, dout):
        return dout, dout
class Entropy:
    @staticmethod
    def forward(pred, truth):
        return -np.mean(np.sum(truth * np.log(pred), axis=1))
    @staticmethod
    def backward(pred, truth):
        return pred - truth
def double(z):
    return 2 * z, z
def triple(z):
    return 3 * oops(z)
def double_backward(dA, cache):
    return 2 * dA
"""


@pytest.mark.parametrize(
    ("name", "outcome", "said"),
    [
        ("Norm", "correct", ""),
        ("Embedding", "correct", ""),
        ("Halves", "correct", ""),
        ("Gate", "crashes", "module 'numpy' has no attribute 'sigmoid'"),
        ("Entropy", "wrong", "not for pred itself: there it is -truth/pred, at the loss's scale"),
        ("double", "correct", ""),
    ],
)
def test_further_habits_of_strangers(written, name, outcome, said):
    report = written(MORE).check(name)
    assert report.outcome == outcome, report
    assert any(said in told.message for told in (*report.findings, *reasons(report))), report
    assert not any("oops" in f.message for f in report.findings)


NETWORKS = """
class Columns:
    def __init__(self, n_x, n_h, n_y):
        self.W1 = np.random.randn(n_h, n_x) * 0.5
        self.b1 = np.zeros((n_h, 1))
        self.W2 = np.random.randn(n_y, n_h) * 0.5
        self.b2 = np.zeros((n_y, 1))
    def forward(self, X):
        self.A1 = np.tanh(self.W1 @ X + self.b1)
        self.A2 = 1 / (1 + np.exp(-(self.W2 @ self.A1 + self.b2)))
        return self.A2
    def backward(self, X, Y):
        m = X.shape[1]
        dZ2 = self.A2 - Y
        dZ1 = self.W2.T @ dZ2 * (1 - self.A1**2)
        db1, db2 = dZ1.sum(axis=1, keepdims=True) / m, dZ2.sum(axis=1, keepdims=True) / m
        return {"dW1": dZ1 @ X.T / m, "db1": db1, "dW2": dZ2 @ self.A1.T / m, "db2": db2}
class Ascending:
    def __init__(self, input_size, output_size):
        self.w = np.random.randn(input_size, output_size)
    def forward(self, X):
        return 1 / (1 + np.exp(-np.dot(X, self.w)))
    def backward(self, X, y, o):
        delta = (y - o) * o * (1 - o)
        self.w += X.T.dot(delta)
def layer_norm_fwd(x, g, b, eps=1e-5):
    mu = x.mean(-1, keepdims=True)
    std = np.sqrt(x.var(-1, keepdims=True) + eps)
    xhat = (x - mu) / std
    return g * xhat + b, (xhat, std, g)
def layer_norm_bwd(dout, cache):
    xhat, std, g = cache
    dxhat = dout * g
    dx = (dxhat - dxhat.mean(-1, keepdims=True) - xhat * (dxhat * xhat).mean(-1, keepdims=True)) / std
    return dx, (dout * xhat).sum(0), dout.sum(0)
"""


FIRST = """
class Kept:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
class Stepped(Kept):
    def backward(self, dout, lr):
        self.W -= lr * self.x.T @ dout
class Lost(Kept):
    def backward(self, dout):
        dx = dout @ self.W.T
        self.dW = self.x.T @ dout
class Unkept(Kept):
    def backward(self, dout):
        self.dW = self.x.T @ dout
        dout @ self.W.T
class Doubled(Kept):
    def backward(self, dout):
        self.dW = 2 * self.x.T @ dout
class Sigmoid:
    def Sigmoid(self, Input):
        return 1 / (1 + np.exp(-Input))
    def Derivative(self, Input):
        return Input * (1 - Input)
class Pooling:
    def __init__(self, stride_shape, pooling_shape):
        self.stride_shape, self.pooling_shape = stride_shape, pooling_shape
    def forward(self, input_tensor):
        self.shape = input_tensor.shape
        (h, w), (n, c, *_) = self.pooling_shape, self.shape
        self.rows, self.columns = (self.shape[2] - h) // self.stride_shape[0] + 1, self.shape[3] - w + 1
        out = [
            [input_tensor[:, :, i : i + h, j : j + w].mean(axis=(2, 3)) for j in range(self.columns)]
            for i in range(self.rows)
        ]
        return np.transpose(np.array(out), (2, 3, 0, 1))
    def backward(self, error_tensor):
        h, w = self.pooling_shape
        d = np.zeros(self.shape)
        for i in range(self.rows):
            for j in range(self.columns):
                d[:, :, i : i + h, j : j + w] += error_tensor[:, :, i, j][:, :, None, None] / (h * w)
        return d
class Recurrent:
    def __init__(self, input_size, output_size, hidden_size=3):
        self.Whh = np.random.randn(hidden_size, hidden_size)
        self.Wxh = np.random.randn(hidden_size, input_size)
        self.Why = np.random.randn(output_size, hidden_size)
    def forward(self, inputs):
        self.inputs, self.hs = inputs, [np.zeros((len(self.Whh), 1))]
        for x in inputs:
            self.hs.append(np.tanh(self.Wxh @ x + self.Whh @ self.hs[-1]))
        return self.Why @ self.hs[-1]
    def backprop(self, d_y, learn_rate=2e-2):
        d_Why, d_h = d_y @ self.hs[-1].T, self.Why.T @ d_y
        d_Whh, d_Wxh = np.zeros_like(self.Whh), np.zeros_like(self.Wxh)
        for t in reversed(range(len(self.inputs))):
            temp = (1 - self.hs[t + 1] ** 2) * d_h
            d_Whh += temp @ self.hs[t].T
            d_Wxh += temp @ self.inputs[t].T
            d_h = self.Whh.T @ temp
        self.Whh -= learn_rate * d_Whh
        self.Wxh -= learn_rate * d_Wxh
        self.Why -= learn_rate * d_Why
"""
OUTCOMES = {
    "what goes round forward keeps what backward wants": (CALLED, {"Tanh": "correct", "Bare": "correct", "Wrong": "wrong"}),
    "gradients hang on parameters beside an upstream gradient": (HELD, {"Linear": "correct", "Unsummed": "factor"}),
    "networks hold their loss": (NETWORKS, {"Columns": "correct", "Ascending": "correct"}),
    "letters for gain and bias": (NETWORKS, {"layer_norm": "correct"}),
    "a first layer gives nothing back": (FIRST, {"Kept": "hazards", "Stepped": "correct", "Lost": "wrong", "Doubled": "factor", "Unkept": "wrong"}),
    "a first layer and others": (FIRST, {"Sigmoid": "hazards", "Pooling": "correct", "Recurrent": "correct"}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "name", "outcome"),
    [(what, name, outcome) for what, (_, layers) in OUTCOMES.items() for name, outcome in layers.items()],
)
def test_frameworks_of_strangers(written, what, name, outcome):
    report = written(OUTCOMES[what][0]).check(name)
    assert report.outcome == outcome, report
