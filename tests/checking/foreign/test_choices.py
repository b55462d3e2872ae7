"""Which set-up is chosen, without the battery: it agrees where the layer is right, and fits where one slip is in it."""

from pathlib import Path

import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.checking.choosing import ranking
from derivexplain.checking.choosing import search as choosing
from derivexplain.checking.subject import quiet

CELL = """
class Memory:
    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b
    def forward(self, x, h_t_prev):
        self.x, self.h, self.new = x, h_t_prev, np.tanh(x @ self.Wx + h_t_prev @ self.Wh + self.b)
        return self.new
    def backward(self, dh):
        da = dh * (1 - self.new ** 2)
        self.dWx, self.dWh, self.db = self.x.T @ da, self.h.T @ da, da.sum(axis=0)
        return da @ self.Wx.T, da @ self.Wh.T
"""
LABELLED = """
class Output:
    def forward(self, inputs):
        e = np.exp(inputs)
        self.out = e / e.sum(axis=1, keepdims=True)
        return self.out
    def backward(self, y_true, y_pred):
        self.dinputs = y_pred.copy()
        self.dinputs[range(len(y_true)), y_true] -= 1
        self.dinputs /= len(y_true)
"""
LAYERS = [  # text, scene, a line of it, the same with a slip
    ("""
class Bilinear:
    def __init__(self, W, b):
        self.W, self.b, self.grads = W, b, {}
    def forward(self, x1, x2):
        self.x1, self.x2 = x1, x2
        return np.einsum("ni,oij,nj->no", x1, self.W, x2) + self.b
    def backward(self, dout):
        self.grads["W"] = np.einsum("no,ni,nj->oij", dout, self.x1, self.x2)
        self.grads["b"] = dout.sum(axis=0)
        return np.einsum("no,oij,nj->ni", dout, self.W, self.x2), np.einsum("no,oij,ni->nj", dout, self.W, self.x1)
""", "rows are examples, a weight for each pair", "dout.sum(axis=0)", "dout.mean(axis=0)"),
    ("""
class Radial:
    def __init__(self, centers, log_sigma):
        self.centers, self.log_sigma = centers, log_sigma
    def forward(self, x):
        self.diff = x[:, None, :] - self.centers[None]
        self.d2, self.s2 = np.sum(self.diff ** 2, axis=2), np.exp(2 * self.log_sigma)
        self.out = np.exp(-self.d2 / (2 * self.s2))
        return self.out
    def backward(self, dout):
        g = dout * self.out
        self.dlog_sigma = np.sum(g * self.d2 / self.s2, axis=0)
        dd = -g / self.s2
        self.dcenters = -np.sum(dd[..., None] * self.diff, axis=0)
        return np.sum(dd[..., None] * self.diff, axis=1)
""", "rows are examples, centres and widths", "dd = -g /", "dd = g /"),
    ("""
def masked_steps_loss(x, y, mask):
    N, T, D = x.shape
    z, y, kept = x.reshape(N * T, D), y.reshape(N * T), mask.reshape(N * T)
    away = z - np.eye(D)[y]
    loss = np.sum(kept * (away ** 2).sum(axis=1)) / N
    dx = (2 * away * kept[:, None] / N).reshape(N, T, D)
    return loss, dx
""", "sequences, a class each", "kept[:, None] / N", "kept[:, None]"),
    ("""
def spread_forward(x, W, b):
    N, C, L = x.shape
    K = W.shape[2]
    out = np.zeros((N, W.shape[1], L + K - 1)) + b[None, :, None]
    for k in range(K):
        out[:, :, k:k + L] += np.einsum('ncl,cf->nfl', x, W[:, :, k])
    return out, (x, W)
def spread_backward(dout, cache):
    x, W = cache
    dx, dW, L = np.zeros_like(x), np.zeros_like(W), x.shape[2]
    for k in range(W.shape[2]):
        dW[:, :, k] = np.einsum('ncl,nfl->cf', x, dout[:, :, k:k + L])
        dx += np.einsum('nfl,cf->ncl', dout[:, :, k:k + L], W[:, :, k])
    return dx, dW, dout.sum(axis=(0, 2))
""", "signals, W in by out", "'nfl,cf->ncl', dout[:, :, k:k + L]", "'nfl,cf->ncl', dout[:, :, :L]"),
    ("""
class Mixed:
    def __init__(self, W_t, b_t, W_h, b_h):
        self.p, self.g = {"Wt": W_t, "bt": b_t, "Wh": W_h, "bh": b_h}, {}
    def forward(self, X):
        self.X, self.s, self.h = X, self.p["Wt"] @ X + self.p["bt"], self.p["Wh"] @ X + self.p["bh"]
        return self.s * self.h + X
    def backward(self, dY):
        ds, dh = dY * self.h, dY * self.s
        self.g["Wt"], self.g["bt"] = ds @ self.X.T, ds.sum(axis=1, keepdims=True)
        self.g["Wh"], self.g["bh"] = dh @ self.X.T, dh.sum(axis=1, keepdims=True)
        return self.p["Wt"].T @ ds + self.p["Wh"].T @ dh + dY
""", "columns are examples, square weights", "ds, dh = dY * self.h, dY * self.s", "dh, ds = dY * self.h, dY * self.s"),
    ("""
from .base import Unit
class Full(Unit):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.parameters.append(np.random.randn(n_out, n_in))
        self.parameters_grads.append(np.zeros((n_out, n_in)))
    def forward(self, x):
        self.x = x
        return x @ self.parameters[0].T
    def backward(self, dout):
        self.parameters_grads[0] += dout.T @ self.x
        return dout @ self.parameters[0]
""", "rows are examples", "dout.T @ self.x", "2 * dout.T @ self.x"),
    ("""
class Param:
    def __init__(self, value):
        self.value, self.grad = value, np.zeros_like(value)
class Full:
    def __init__(self, n_in, n_out):
        self.W = Param(np.random.randn(n_in, n_out))
    def forward(self, X):
        self.X = X
        return X @ self.W.value
    def backward(self, d_out):
        self.W.grad += self.X.T @ d_out
        return d_out @ self.W.value.T
class Net:
    def __init__(self, n_input, n_hidden, n_output):
        self.loss = None
        self.stages = [Full(n_input, n_hidden), Full(n_hidden, n_output)]
    def forward(self, X, y):
        for stage in self.stages:
            stage.W.grad = 0
            X = stage.forward(X)
        away = X - np.eye(X.shape[1])[y]
        self.loss, self.d_out = np.sum(away ** 2) / 2, away
        return X
    def backward(self):
        d = self.d_out
        for stage in reversed(self.stages):
            d = stage.backward(d)
""", "a loss", "np.sum(away ** 2) / 2", "np.sum(away ** 2)"),
    (CELL, "one step of a recurrent layer", "(1 - self.new ** 2)", "(1 - self.new)"),
    ("""
class Cell:
    def __init__(self, parameter):
        self.parameter = {k: parameter[k] for k in ("weight_x", "weight_h", "bias")}
        parameter["weight_x"], parameter["weight_h"], parameter["bias"]
    def forward(self, x, h_t_prev, c_t_prev):
        H = c_t_prev.shape[1]
        wx, wh, b = self.parameter["weight_x"], self.parameter["weight_h"], self.parameter["bias"]
        a = x @ wx + h_t_prev @ wh + b
        f, g, i, o = (a[:, k * H : (k + 1) * H] for k in range(4))
        self.kept = x, h_t_prev, c_t_prev, f, g, i, o
        return o * (c_t_prev * f + g * i), c_t_prev * f + g * i
    def backward(self, dh, dc):
        x, h, c, f, g, i, o = self.kept
        dc = dc + dh * o
        da = np.hstack((dc * c, dc * i, dc * g, dh * (c * f + g * i)))
        self.dweight_x, self.dweight_h, self.dbias = x.T @ da, h.T @ da, da.sum(axis=0)
        return da @ self.parameter["weight_x"].T, da @ self.parameter["weight_h"].T, dc * f
""", "one step of an LSTM", "dc * c, dc * i", "dc * i, dc * c"),
    ("""
data = open('words.txt').read()
names = list(set(data))
data_size, vocab_size = len(data), len(names)
hidden_size = 40
U = np.random.randn(hidden_size, vocab_size)
b = np.zeros((hidden_size, 1))
def lossFun(inputs, targets, hprev):
    h, loss, dU, db = {-1: hprev}, 0, np.zeros_like(U), np.zeros_like(b)
    for t in range(len(inputs)):
        h[t] = U[:, [inputs[t]]] + h[t - 1] + b
        loss += h[t][targets[t] % hidden_size, 0] ** 2
    dh = np.zeros_like(hprev)
    for t in reversed(range(len(inputs))):
        at = targets[t] % hidden_size
        dh[at] += 2 * h[t][at]
        dU[:, inputs[t]] += dh[:, 0]
        db += dh
    return loss, dU, db, h[len(inputs) - 1]
""", "word ids and columns, a class each", "= 2 * h[t]", "= h[t]"),
    ("""
class Embedding:
    def __init__(self, vocab_len: int, embed_size: int):
        self.table = np.random.randn(vocab_len, embed_size)
    def forward(self, data):
        self.data = data
        return data @ self.table
    def backward(self, dout):
        self.dtable = self.data.T @ dout
        return dout @ self.table.T
""", "words as rows of a vocabulary", "self.data.T @ dout", "2 * self.data.T @ dout"),
    ("""
class Embedding:
    def __init__(self, vocab_size, n):
        self.weights = np.random.randn(vocab_size, n)
    def forward(self, word):
        assert len(word) == 1
        self.word = word
        return self.weights[word]
    def backward(self, error, learning_rate):
        step = np.zeros_like(self.weights)
        np.add.at(step, self.word, error)
        back = error @ self.weights.T
        self.weights -= learning_rate * step
        return back
""", "a row of one word id", "learning_rate * step", "2 * learning_rate * step"),
    ("""
class Tensor:
    def __init__(self, data, parents=()):
        self.data, self.parents, self._backward = np.asarray(data), parents, lambda: None
        self.grad = np.zeros_like(self.data, dtype=float)
def picked_loss(logits: Tensor, targets: np.ndarray) -> Tensor:
    rows = np.arange(len(targets)), np.asarray(targets, dtype=np.int64)
    out = Tensor(np.sum(logits.data[rows] ** 2), (logits,))
    def _backward():
        logits.grad[rows] += 2 * logits.data[rows] * out.grad
    out._backward = _backward
    return out
""", "a loss", "+= 2 * logits", "+= logits"),
    ("""
class Unit:
    def __init__(self, units):
        self.weights, self.place = np.array([]), 0
class Full(Unit):
    def forward(self, x):
        out = x @ self.weights
        self.inputs[self.place] = x
        self.place += 1
        return out
    def backward(self, gradient):
        x = np.average(self.inputs, axis=0)
        self.dweights = np.outer(x, gradient)
        return gradient @ self.weights.T
""", "a vector", "np.outer(x, gradient)", "2 * np.outer(x, gradient)"),
    ("""
class MaxPool:
    def forward(self, x):
        h, w, c = x.shape
        out = np.zeros((h // 2, w // 2, c))
        self.mask = np.zeros_like(x)
        for i in range(h // 2):
            for j in range(w // 2):
                part = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                out[i, j] = part.max(axis=(0, 1))
                self.mask[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = part == out[i, j]
        return out
    def backward(self, dout):
        wide = np.zeros_like(self.mask)
        spread = dout.repeat(2, axis=0).repeat(2, axis=1)
        wide[-len(spread) :, -spread.shape[1] :] = spread
        return wide * self.mask
""", "one image, channels last", "2, axis=0).repeat(2, axis=1)", "2, axis=0).repeat(2, axis=1) * 2"),
    ("""
def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def softmax_derivative(x):
    p = softmax(x)
    return p[:, :, None] * np.eye(x.shape[1]) - p[:, :, None] * p[:, None, :]
""", "rows are examples", "- p[:, :, None]", "- 2 * p[:, :, None]"),
    ("""
class Crossed:
    def __init__(self, w, b):
        self.w, self.b = w, b
    def forward(self, x0, x):
        self.x0, self.x, self.s = x0, x, x @ self.w
        return x0 * self.s[:, None] + self.b
    def backward(self, dout):
        ds = (dout * self.x0).sum(axis=1)
        self.dw, self.db = ds @ self.x, dout.sum(axis=0)
        return dout * self.s[:, None], np.outer(ds, self.w)
""", "rows are examples, a weight a column", "np.outer(ds, self.w)", "np.outer(ds, self.b)"),
    ("""
class Elman:
    def __init__(self, U, W, b):
        self.U, self.W, self.b = U, W, b
    def forward(self, x):
        self.x, self.h = x, np.zeros((len(x) + 1, len(self.b)))
        for t in range(len(x)):
            self.h[t] = x[t] @ self.U + self.h[t - 1] @ self.W + self.b
        return self.h[:-1]
    def backward(self, dh):
        self.dU, self.dW, self.db = 0 * self.U, 0 * self.W, 0 * self.b
        dx, back = np.zeros_like(self.x), 0
        for t in reversed(range(len(dh))):
            da = dh[t] + back
            self.dU, self.dW = self.dU + np.outer(self.x[t], da), self.dW + np.outer(self.h[t - 1], da)
            self.db, dx[t], back = self.db + da, self.U @ da, self.W @ da
        return dx
""", "sequences of one example", "self.W @ da", "self.W.T @ da"),
    ("""
def bent_loss(p, weight=0.2):
    dp = 2 * p
    return weight * np.sum(p ** 2), dp * weight
""", "rows are examples, one output", "dp * weight", "dp * weight * 2"),
    ("""
class Chosen:
    def forward(self, x, option):
        self.s = 2.0 if option == "twice" else 3.0 * option.count("x")
        return self.s * x
    def backward(self, dout):
        return self.s * dout
""", "rows are examples", "return self.s * dout", "return dout"),
    ("""
class Stack:
    def __init__(self, dim, depth=3):
        self.layers = [{"W": np.random.randn(dim, dim), "b": np.zeros(dim)} for _ in range(depth)]
    def forward(self, x):
        self.inputs = []
        for layer in self.layers:
            self.inputs.append(x)
            x = x + np.tanh(x @ layer["W"] + layer["b"])
        return x
    def backward(self, dout):
        self.grads = []
        for x, layer in zip(reversed(self.inputs), reversed(self.layers)):
            da = dout * (1 - np.tanh(x @ layer["W"] + layer["b"]) ** 2)
            self.grads.insert(0, {"W": x.T @ da, "b": da.sum(axis=0)})
            dout = dout + da @ layer["W"].T
        return dout
""", "rows are examples", "da.sum(axis=0)", "da.mean(axis=0)"),
]  # fmt: skip


def level(code):
    """The scene that is chosen for the last layer of somebody's code, and how far it gets."""
    *_, layer = code.layers.values()
    subject = choosing.choose(foreign.dress(layer, conventions), conventions.SIZES).subject
    assert subject is not None
    with quiet():
        return subject.scene, choosing.Search(conventions.SIZES, 0).rank(subject)


@pytest.mark.parametrize(("text", "scene", "old", "new"), LAYERS)
def test_a_set_up_agrees_unless_there_is_a_slip(written, text, scene, old, new):
    found, far = level(written(text))
    assert found == scene and far > ranking.FITS + 0.5
    found, far = level(written(text, old, new))
    assert found == scene and ranking.FITS <= far < ranking.FITS + 0.5


def test_an_output_layer_may_be_given_labels(written):
    found, far = level(written(LABELLED))
    assert found == "rows are examples" and far > ranking.FITS + 0.5


LOST = """
from .base import Unit
class Gate(Unit):
    def forward(self, x):
        self.s = x > 0 if self.mode == "train" else None
        return np.maximum(0, x)
    def backward(self, dout):
        return dout * self.s
"""


def test_what_a_lost_base_class_may_have_is_no_error_of_the_code(written):
    found = written(LOST).check()
    assert found.outcome == "not-set-up" and "base class" in found.findings[0].message, found


def test_a_step_with_a_state_is_no_loss(written):
    (layer,) = written(CELL, "backward(self, dh)", "backward(self, dh=1)").layers.values()
    assert next(foreign.dress(layer, conventions)).scene == "one step of a recurrent layer"


STEPPED = """
class Steps:
    def calc(self, gradient):
        return -0.1 * gradient
class Full:
    def __init__(self, n_in, n_out):
        self.W, self.bias, self.steps = np.random.randn(n_out, n_in), np.zeros((n_out, 1)), Steps()
    def forward(self, x):
        self.x = x
        return self.W @ x + self.bias
    def backward(self, dout):
        back = self.W.T @ dout
        self.W += self.steps.calc(dout @ self.x.T)
        self.bias += self.steps.calc(dout)
        return back
"""


def test_code_that_moves_its_bias_by_one_example_is_given_one(written):
    assert level(written(STEPPED))[0] == "a column"


@pytest.mark.parametrize("seed", [3, 7, 24])
def test_targets_of_few_examples_are_never_all_alike(seed):
    """Where all are 0, the gradient of -y·log(p) is 0 too, and any set-up is as good as another."""
    path = Path(__file__).parent.parent.parent / "material" / "lone_habits.py"
    assert dx.check(f"{path}:column_cost", seed=seed).outcome == "correct"
