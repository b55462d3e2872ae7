"""Habits of files met for the first time: each is set up and proved, and a slip in it is found."""

import pytest

UNDER_ONE_NAME = "relu = (lambda x: np.maximum(0, x), lambda x: np.where(x > 0, 1, 0))"

FRESH = {  # what it is about -> text, a part of it, the same with a slip
    "a target y beside a prediction": ("""
class MAPE:
    def loss(self, y, y_pred):
        return np.abs(1 - y_pred / y)
    def grad(self, y, y_pred):
        return np.sign(y_pred / y - 1) / y
""", "/ y - 1) / y", "/ y - 1) * y"),
    "a gradient under a letter of its own": ("""
class Words:
    def __init__(self, vocab_size, dim):
        self.embeddings = np.random.randn(vocab_size, dim)
    def forward(self, ids):
        return self.embeddings[ids]
    def backward(self, dout, ids):
        self.dE = np.zeros_like(self.embeddings)
        np.add.at(self.dE, ids, dout)
""", "ids, dout)", "ids, 2 * dout)"),
    "a gradient after the loss": ("""
class Full:
    def __init__(self, n_in, n_out):
        self.weight, self.bias = np.zeros((n_in, n_out)), np.zeros(n_out)
    def forward(self, data):
        self.data = data
        return data @ self.weight + self.bias
    def backward(self, loss):
        self.deltaLossW, self.deltaLossB = self.data.T @ loss, loss.sum(axis=0)
        return loss @ self.weight.T
""", "loss.sum(axis=0)", "loss.mean(axis=0)"),
    "a stride that is the side of built-in windows": ("""
class Pool:
    def __init__(self, Stride):
        self.s = Stride
    def forward(self, x):
        self.x, s = x, self.s
        return np.array([[x[:, i:i + 2, j:j + 2].mean(axis=(1, 2)) for j in range(0, x.shape[2], s)]
                         for i in range(0, x.shape[1], s)]).transpose(2, 0, 1)
    def backward(self, dout):
        return dout.repeat(2, axis=1).repeat(2, axis=2) / 4
""", "/ 4", "/ 2"),
    "a derivative of the output alone": ("""
class Sigmoid:
    def forward(self, x):
        return 1 / (1 + np.exp(-x))
    def backward(self, delta):
        return delta * (1 - delta)
""", "delta * (1 - delta)", "delta * (1 + delta)"),
    "a backward beside the one function of its stem": ("""
def rows_lookup(E, ids):
    return E[ids]
def rows_backward(E, ids, dX):
    dE = np.zeros_like(E)
    np.add.at(dE, ids, dX)
    return dE
""", "at(dE, ids, dX)", "at(dE, ids, 2 * dX)"),
    "data that a network is built of": ("""
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
class Net:
    def __init__(self, x, y):
        self.input = x
        self.weights1, self.weights2 = np.random.rand(x.shape[1], 4), np.random.rand(4, 1)
        self.y = y
        self.output = np.zeros(y.shape)
    def feedforward(self):
        self.layer1 = sigmoid(self.input @ self.weights1)
        self.output = sigmoid(self.layer1 @ self.weights2)
    def backprop(self):
        d = 2 * (self.y - self.output) * self.output * (1 - self.output)
        self.d_weights2 = self.layer1.T @ d
        self.d_weights1 = self.input.T @ ((d @ self.weights2.T) * self.layer1 * (1 - self.layer1))
        self.weights1 += self.d_weights1
        self.weights2 += self.d_weights2
""", "* self.layer1 * (1", "* self.output * (1"),
    "a slope that is given the upstream gradient": ("""
class Bent:
    def __init__(self, f, d_f):
        self.f, self.d_f = f, d_f
    def forward(self, x):
        self.x = x
        return self.f(x)
    def backward(self, dout):
        return self.d_f(self.x, dout)
""", "self.d_f(self.x, dout)", "self.d_f(dout, self.x)"),
    "two functions under one name": (UNDER_ONE_NAME, "x > 0, 1, 0", "x > 0, 0, 1"),
    "a letter lost in a derivative's name, in Spanish": ("""
def sigmoide(x):
    return 1 / (1 + np.exp(-x))
def sigmide_derivada(s):
    return s * (1 - s)
""", "(1 - s)", "(1 + s)"),
    "an output by a name of its own": ("""
class Cubes:
    def forward(self, feed):
        self.x = feed
        self.cubed = feed ** 3
    def backward(self, dvalues):
        self.dinputs = 3 * self.x ** 2 * dvalues
""", "3 * self", "2 * self"),
    "a node that knows the arguments": ("""
class Product:
    @staticmethod
    def forward(x, y):
        return x * y
    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.args
        return grad * y, grad * x
""", "grad * y, grad * x", "grad * x, grad * y"),
    "gradients called derivatives": ("""
class Full:
    def __init__(self, n_in, n_out):
        self.weights, self.biases = np.random.randn(n_in, n_out), np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        self.output = x @ self.weights + self.biases
    def backprop(self, gradient):
        self.weights_deriv, self.biases_deriv = self.x.T @ gradient, gradient.sum(axis=0, keepdims=True)
        self.inputs_deriv = gradient @ self.weights.T
""", "gradient.sum(axis=0", "gradient.mean(axis=0"),
    "gradients that are gathered": ("""
class Full:
    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_out, n_in), np.random.randn(n_out, 1)
        self.weight_deltas, self.bias_deltas = np.zeros((n_out, n_in)), np.zeros((n_out, 1))
    def forward(self, x):
        self.x = x
        return self.weights @ x + self.bias
    def backprop(self, grad, lr):
        self.weight_deltas += lr * grad @ self.x.T
        self.bias_deltas += lr * grad.sum(axis=1, keepdims=True)
        return self.weights.T @ grad
""", "grad.sum(axis=1", "grad.mean(axis=1"),
    "an activation that is told to differentiate": ("""
class Full:
    def __init__(self, n_in, n_out, activation):
        self.weight, self.activation = np.random.randn(n_in, n_out), activation
    def forward(self, x):
        self.x = x
        return self.activation(x @ self.weight)
    def backward(self, delta):
        delta = self.activation(delta, derivative=True)
        self.d_weight = self.x.T @ delta
        return delta @ self.weight.T
""", "self.x.T @ delta", "2 * self.x.T @ delta"),
    "one sequence, its state a row, four gates": ("""
def decayed_forward(x, prev_h, Wx, Wh, b):
    steps, hs = [], []
    for t in range(len(x)):
        H = prev_h.shape[1]
        a = x[t][None] @ Wx + prev_h @ Wh + b
        steps.append((x[t][None], prev_h, Wx, Wh))
        prev_h = a[:, :H] + 2 * a[:, H:2 * H] + 3 * a[:, 2 * H:3 * H] + 4 * a[:, 3 * H:]
        hs.append(prev_h)
    return np.concatenate(hs), steps
def decayed_backward(dh, cache):
    back, dx = 0, []
    for t in reversed(range(len(dh))):
        x, prev_h, Wx, Wh = cache[t]
        g = dh[t][None] + back
        da = np.concatenate((g, 2 * g, 3 * g, 4 * g), axis=1)
        dx.insert(0, da @ Wx.T)
        parts = x.T @ da, prev_h.T @ da, da.sum(axis=0)
        sums = parts if t == len(dh) - 1 else [s + p for s, p in zip(sums, parts)]
        back = da @ Wh.T
    return np.concatenate(dx), back, sums[0], sums[1], sums[2]
""", "4 * g)", "3 * g)"),
    "backward_propagate": ("""
class Full:
    def __init__(self, n_in, n_out):
        self.weights = np.random.rand(n_in, n_out)
    def forward_propagate(self, x):
        self.x = x
        return x @ self.weights
    def backward_propagate(self, error, learning_rate):
        back = error @ self.weights.T
        self.weights -= learning_rate * self.x.T @ error
        return back
""", "learning_rate * self", "2 * learning_rate * self"),
    "what another function returns, in groups": ("""
def centred(x, gamma, axis):
    mean = x.mean(axis=axis, keepdims=True)
    middle = x - mean
    return gamma * middle, mean
def groups_forward(x, gamma):
    return centred(x, gamma, (1, 2, 4))
def groups_backward(dy, x, gamma, mean):
    dgamma = np.sum(dy * (x - mean), axis=(0, 1, 2), keepdims=True)
    dy = dy * gamma
    return dy - dy.mean(axis=(1, 2, 4), keepdims=True), dgamma
""", "axis=(0, 1, 2)", "axis=(0, 1, 3)"),
    "a number of filters": ("""
class Conv:
    def __init__(self, in_channel, filter, size):
        self.k, self.size = np.random.randn(size, size, filter), size
    def forward(self, image):
        self.image, s = image, self.size
        h, w = image.shape
        return np.array([[np.sum(self.k * image[i:i + s, j:j + s, None], axis=(0, 1))
                          for j in range(w - s + 1)] for i in range(h - s + 1)])
    def backward(self, dout, learning_rate):
        dk, s = np.zeros_like(self.k), self.size
        for i in range(dout.shape[0]):
            for j in range(dout.shape[1]):
                dk += self.image[i:i + s, j:j + s, None] * dout[i, j]
        self.k -= learning_rate * dk
""", "* dout[i, j]", "* dout[j, i % 2]"),
    "a misspelt backward": ("""
class Twice:
    def forward(self, x):
        return 2 * x
    def bakwards(self, dout):
        return 2 * dout
""", "2 * dout", "3 * dout"),
    "what a context keeps by name": ("""
from ..tensor import Function

class Swish(Function):
    @staticmethod
    def forward(ctx, a):
        s = 1 / (1 + np.exp(-a))
        ctx.save_for_backward(a=a, s=s)
        return a * s

    @staticmethod
    def backward(ctx, g):
        a, s = ctx['a'], ctx.s
        return g * (s + a * s * (1 - s)),
""", "s + a * s * (1 - s)", "s + a * (1 - s)"),
    "heaviside": ("""
def bent(x):
    return np.maximum(0, x)
def bent_deriv(x):
    return np.heaviside(x, 0)
""", "heaviside(x, 0)", "heaviside(-x, 0)"),
    "the precision of floats": ("""
class CrossEntropy:
    def forward(self, p, labels):
        self.p = p
        return -np.sum(labels * np.log(p + np.finfo(float).eps))
    def backward(self, labels):
        return -labels / (self.p + np.finfo(float).eps)
""", "return -labels / (", "return labels / ("),
}  # fmt: skip
AGREEING = {"data that a network is built of": "agrees"}  # where its proof takes too long


@pytest.mark.parametrize("what", FRESH)
def test_it_is_set_up_and_proved_and_a_slip_in_it_is_found(written, what):
    text, old, new = FRESH[what]
    found = written(text).check()
    assert found.outcome in ("correct", "hazards"), found
    assert found.verdict.status in ("proved", AGREEING.get(what)), found
    assert written(text, old, new).check().outcome in ("wrong", "factor")


LISTED = """
class Words:
    def __init__(self, W):
        self.W = W
    def forward(self, ids):
        self.ids = ids
        return self.W[ids]
    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        for i, word in enumerate(self.ids):
            self.dW[word] += dout[i]
"""


def test_ids_that_are_gone_through_one_by_one_are_a_list(written):
    """Several ids each are inputs that nobody asked for: what is lost there is a hazard."""
    found = written(LISTED).check()
    assert found.outcome == "hazards" and any("several word ids each" in f.message for f in found.findings), found
