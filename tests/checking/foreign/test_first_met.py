"""What ordinary files showed at first sight: things that stand elsewhere, nodes, costs whose prediction a logarithm tells."""

import pytest

from ..reports import findings

RIGHT = {
    "a loss of any name whose backward is given all of it again": (
        """
class SumSquares:
    def forward(self, scores, y):
        return 0.5 * np.sum((scores - y) ** 2)
    def backward(self, scores, y):
        return scores - y
""",
        "return scores - y",
        "return y - scores",
    ),
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
    "a chance to keep an entry, of which the rest is drawn, has no gradient": (
        """
def thin_forward(x, kp):
    rest = 1 - kp
    mask = (np.random.rand(*x.shape) < rest) / rest
    return x * mask, mask
def thin_backward(dout, mask):
    return dout * mask
""",
        "return dout * mask",
        "return dout / mask.size",
    ),
    "one neuron with as many weights as are built in, and a rate": (
        """
class Neuron:
    def __init__(self, learning_rate):
        self.weights, self.bias, self.rate = np.array([0.3, -0.8, 0.4]), np.random.randn(), learning_rate
    def predict(self, point):
        return np.tanh(np.dot(point, self.weights) + self.bias)
    def compute_gradients(self, point, target):
        y = self.predict(point)
        derror_dz = 2 * (y - target) * (1 - y**2)
        derror_dbias, derror_dweights = derror_dz * 1, derror_dz * point
        return derror_dbias, derror_dweights
""",
        "derror_dz * point",
        "derror_dz * point**2",
    ),
    "a cost with a column each, of a network whose sizes are built in": (
        """
class Net:
    def __init__(self):
        self.U, self.W = np.random.randn(2, 3), np.random.randn(3, 2)
    def forward(self, X):
        self.H = np.tanh(X @ self.U)
        return self.H @ self.W
    def cost_function(self, X, y):
        return 0.5 * sum((y - self.forward(X)) ** 2)
    def compute_gradients(self, X, y):
        d = self.forward(X) - y
        dU, dW = X.T @ (d @ self.W.T * (1 - self.H**2)), self.H.T @ d
        return dU, dW
""",
        "1 - self.H**2",
        "1 - self.H",
    ),
    "dweights for neuronWeights, where no others are called weights": (
        """
class Layer:
    def __init__(self, numInputs, numNeurons):
        self.neuronWeights = np.random.randn(numInputs, numNeurons)
        self.neuronBiases = np.zeros((1, numNeurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.neuronWeights + self.neuronBiases
    def backward(self, dvalues):
        self.dweights, self.dbiases = self.inputs.T @ dvalues, dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.neuronWeights.T
""",
        "self.inputs.T @ dvalues",
        "self.inputs.T @ dvalues**2",
    ),
    "an initializer that stands elsewhere": (
        """
from src import initializers
class Dense:
    def __init__(self, n_in, n_out):
        self.W = initializers.XavierNormal().sample(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
""",
        "self.x.T @ dout",
        "self.x.T @ dout**2",
    ),
    "a network whose cost is that of a layer, in a method of both": (
        """
class Squares:
    def forward(self, out, target):
        self.d = out - target
        return np.sum(self.d**2) / 2
    def backward(self):
        return self.d
class Net:
    def __init__(self, n_in, n_out):
        self.W, self.last = np.random.randn(n_in, n_out), Squares()
    def forward(self, x):
        self.x = x
        return x @ self.W
    def compute_loss(self, out, target):
        return self.last.forward(out, target)
    def backward(self):
        d = self.last.backward()
        self.dW = self.x.T @ d
        return d @ self.W.T
""",
        "self.x.T @ d\n",
        "self.x.T @ abs(d)\n",
    ),
    "columns of windows that are made elsewhere": (
        """
from utils import im2col_indices, col2im_indices
class Pool:
    def __init__(self, size=2):
        self.size = size
    def forward(self, x):
        n, c, h, w = self.shape = x.shape
        self.cols = im2col_indices(x.reshape(n * c, 1, h, w), self.size, self.size, padding=0, stride=self.size)
        self.best = np.argmax(self.cols, axis=0)
        out = self.cols[self.best, np.arange(self.best.size)]
        return out.reshape(h // self.size, w // self.size, n, c).transpose(2, 3, 0, 1)
    def backward(self, dout):
        (n, c, h, w), d = self.shape, np.zeros_like(self.cols)
        d[self.best, np.arange(self.best.size)] = dout.transpose(2, 3, 0, 1).ravel()
        dx = col2im_indices(d, (n * c, 1, h, w), self.size, self.size, padding=0, stride=self.size)
        return dx.reshape(n, c, h, w)
""",
        "dout.transpose(2, 3, 0, 1)",
        "dout.transpose(2, 3, 1, 0)",
    ),
    "steps that a rate has multiplied before": (
        """
class Red:
    def __init__(self, n_in, n_out, learning_rate):
        self.lr = learning_rate
        self.weights, self.bias = np.random.rand(n_out, n_in), np.zeros((n_out, 1))
    def forward_prop(self):
        self.output = self.weights.dot(self.input_vector) + self.bias
    def back_prop(self):
        error = np.subtract(self.targets_array, self.output)
        gradients = self.lr * error
        self.weights = np.add(self.weights, gradients.dot(self.input_vector.T))
        self.bias = self.bias + gradients
""",
        "gradients.dot(",
        "(gradients * error).dot(",
    ),
    "gradients at one place, of which names tell some, for one example": (
        """
def train(x, t, V, W, bv, bw):
    Z = np.tanh(np.dot(x, V) + bv)
    Ew = np.dot(Z, W) + bw - t
    Ev = (1 - Z**2) * np.dot(W, Ew)
    dW, dV = np.outer(Z, Ew), np.outer(x, Ev)
    loss = np.sum(Ew**2) / 2
    return loss, (dV, dW, Ev, Ew)
""",
        "(dV, dW, Ev, Ew)",
        "(dV, dW, Ew, Ev)",
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


HISTORY = """
def propagate(w, b, X, Y):
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return {"dw": X @ (A - Y).T / X.shape[1], "db": np.mean(A - Y)}, cost
def optimize(w, b, X, Y, turns, rate):
    costs = []
    for i in range(turns):
        grads, cost = propagate(w, b, X, Y)
        costs.append(cost)
        w = w - rate * grads["dw"]
        b = b - rate * grads["db"]
    return {"w": w, "b": b}, grads, costs
"""


def test_a_list_of_costs_is_none(written):
    assert {n: r.outcome for n, r in written(HISTORY).checks().items()} == {"propagate": "correct"}


def test_a_backward_that_states_its_loss_is_no_cost_of_what_comes_before(written):
    assert not written(BEFORE).layers
