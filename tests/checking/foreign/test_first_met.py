"""What ordinary files showed at first sight: things that stand elsewhere, nodes, costs whose prediction a logarithm tells."""

import pytest

from ..reports import findings

RIGHT = {
    "a slope that stands elsewhere is of what it is handed": (
        """
from common.functions import *
class Gate:
    def forward(self, x):
        self.x = x
        return sigmoid(x)
    def backward(self, dout):
        x = self.x
        return dout * sigmoid_grad(x)
""",
        "dout * sigmoid",
        "dout + sigmoid",
    ),
    "or of what came out": (
        """
from activations import tanh, tanh_derivative
class Tanh:
    def forward(self, x):
        self.y = tanh(x)
        return self.y
    def backward(self, dout):
        return dout * tanh_derivative(self.y)
""",
        "dout * tanh",
        "dout + tanh",
    ),
    "an initializer and a length that stand elsewhere": (
        """
from initializers import he_normal
from config import IMAGE_SIZE
class Dense:
    def __init__(self, n_out):
        self.W, self.b = he_normal(IMAGE_SIZE * IMAGE_SIZE, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
""",
        "dout.sum(axis=0)",
        "dout.mean(axis=0)",
    ),
    "of y and what stands in a logarithm the second is predicted": (
        """
class CrossEntropy:
    def function(self, y, rho):
        return -y * np.log(rho) - (1 - y) * np.log(1 - rho)
    def gradient(self, y, rho):
        return -(y / rho) + (1 - y) / (1 - rho)
""",
        "/ (1 - rho)",
        "* (1 - rho)",
    ),
    "a node's function and slope, whatever runs them": (
        """
class Node:
    def __init__(self):
        self.input, self.output, self.gradient_in, self.incoming, self.outgoing = None, None, 0.0, [], []
    def forward_prop(self):
        self.output = self.func(self.input)
        for node in self.outgoing:
            node.input = self.output
    def back_prop(self):
        for node in self.incoming:
            node.gradient_in += self.gradient(node.output) * self.gradient_in
class Sigmoid(Node):
    def func(self, x):
        return 1 / (1 + np.exp(-x))
    def gradient(self, x):
        return self.func(x) * (1 - self.func(x))
""",
        "(1 - self",
        "(1 + self",
    ),
    "columns are examples, and the weights have a row for each of what comes in": (
        """
def linear_forward(A, W, b):
    return W.T @ A + b, (A, W, b)
def linear_backward(dZ, cache):
    A, W, b = cache
    return W @ dZ, A @ dZ.T, dZ.sum(axis=1, keepdims=True)
""",
        "dZ.sum(axis=1",
        "dZ.mean(axis=1",
    ),
    "functions of a module that stands elsewhere": (
        """
from library.func import f
class ReLU:
    def forward(self, x):
        self.x = x
        return f.relu(x)
    def backward(self, dout):
        return dout * (self.x > 0)
""",
        "self.x > 0",
        "self.x > 1",
    ),
    "beside a cost's gradient those of its parameters, of which there are none": (
        """
class SquaredError:
    def forward(self, y_true, y):
        return np.sum((y - y_true) ** 2, axis=0)
    def backward(self, y_true, y):
        dy = 2 * (y - y_true)
        return dy, {}
""",
        "2 * (y",
        "3 * (y",
    ),
    "gradients that are appended to a list come in the order of their names": (
        """
class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros((1, n_out))
    def forward(self, X):
        self.X = X
        return X @ self.W + self.b
    def backward(self, grad):
        found = []
        grad_b = grad.sum(axis=0, keepdims=True)
        found.append(grad_b)
        grad_W = self.X.T @ grad
        found.append(grad_W)
        grad_X = grad @ self.W.T
        found.append(grad_X)
        return found
""",
        "grad.sum(axis=0, keepdims=True)",
        "grad",
    ),
}


@pytest.mark.parametrize("what", RIGHT)
def test_what_was_accused_or_not_set_up_is_right_and_its_slip_is_told(written, what):
    text, old, new = RIGHT[what]
    name = [*written(text).layers][-1]
    right, wrong = (written(text, *edit).check(name) for edit in ((), (old, new)))
    assert right.outcome in ("correct", "hazards"), right
    assert wrong.outcome in ("wrong", "factor"), wrong
    if "elsewhere" in what:
        assert findings(right, "skip", "stand-in")


ELSEWHERE = """
from activations import relu
class Dense:
    def __init__(self, n_in, n_out):
        self.act = relu()
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x, self.z = x, x @ self.W
        return self.act.f(self.z)
    def backward(self, dout):
        dz = dout * self.act.df(self.z)
        self.dW = self.x.T @ dz
        return dz @ self.W.T
"""


def test_a_class_that_stands_elsewhere_is_no_crash(written):
    report = written(ELSEWHERE).check()
    assert report.outcome == "not-set-up" and "relu is not there" in report.findings[0].message


COSTS = """
def compute_mse(y, tx, w):
    e = y - tx @ w
    return e @ e / 2 / len(y)
def compute_gradient(y, tx, w):
    return -tx.T @ (y - tx @ w) / len(y)
def compute_sigmoid_gradient(y, tx, w, lambda_=0):
    h = 1 / (1 + np.exp(-(tx @ w)))
    return -tx.T @ ((y - h) * h * (1 - h)) / len(y) + 2 * lambda_ * w
def compute_loss(y, tx, w, lambda_=0, squared=True):
    e = y - 1 / (1 + np.exp(-(tx @ w)))
    return e @ e / (2 * len(y)) + lambda_ * w @ w if squared else np.sum(np.abs(e))
"""


def test_costs_that_their_names_leave_open_are_paired_by_what_they_take(written):
    assert {r.outcome for r in written(COSTS).checks().values()} == {"correct"}


BEFORE = """
def backward_propagation(X, y, A1, A2, W1, b1, W2, b2, lam):
    m = len(X)
    loss = -np.sum(np.log(A2[np.arange(m), y])) / m + lam / (2 * m) * (np.sum(W1**2) + np.sum(W2**2))
    dZ2 = A2.copy()
    dZ2[np.arange(m), y] -= 1
    dW2, db2 = A1.T @ dZ2 / m + lam / m * W2, dZ2.sum(axis=0) / m
    dZ1 = dZ2 @ W2.T * (A1 > 0)
    dW1, db1 = X.T @ dZ1 / m + lam / m * W1, dZ1.sum(axis=0) / m
    return dW1, db1, dW2, db2, loss
"""


def test_a_backward_that_states_its_loss_is_no_cost_of_what_comes_before(written):
    assert not written(BEFORE).layers
