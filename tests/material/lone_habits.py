"""Layers that lean on what is not in their file, or say in unusual words what they do; all of them right."""

import copy

import numpy as np
from frame.base import Stage  # of another file, which is not there

import toolbox  # likewise


# ---- base classes and helpers of another page
class Scale(Module):  # noqa: F821
    def __init__(self, n_out):
        self.gain = np.linspace(0.5, 1.5, n_out)

    def forward(self, x):
        self.x = x
        return x * self.gain

    def backward(self, dout):
        self.dgain = np.sum(dout * self.x, axis=0)
        return dout * self.gain


class Times(Function):  # noqa: F821
    def forward(self, a, b):
        return a * b

    def backward(self, gy):
        a, b = self.inputs[0].data, self.inputs[1].data
        return gy * b, gy * a


class Sine(Stage):
    def forward(self, x):
        return toolbox.np.sin(x)

    def backward(self, gy):
        (x,) = self.inputs
        from dezero.functions import cos

        return gy * cos(x)


class Gate:
    def forward(self, x):
        self.y = sigmoid(x)  # noqa: F821
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


# ---- the gradient under a name of its own
class Square:
    def forward(self, x):
        self.x = x
        self.output = x**2

    def backward(self, upstream):
        self.carried = 2 * self.x * upstream


class Momentum:
    def __init__(self, W, b):
        self.w, self.b = W, b
        self.Dw, self.Db = np.zeros_like(W), np.zeros_like(b)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, grad_output, learning_rate=0.0, momentum=0.0):
        self.dldw, self.dldb = self.x.T @ grad_output, grad_output.sum(axis=0)
        self.Dw = momentum * self.Dw - learning_rate * self.dldw
        self.Db = momentum * self.Db - learning_rate * self.dldb
        return grad_output @ self.w.T


# ---- one row at a time, updated on the spot
class RowDense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.rand(n_in, n_out) - 0.5
        self.bias = np.random.rand(1, n_out) - 0.5

    def forward_propagation(self, data):
        self.input = data
        return np.dot(data, self.weights) + self.bias

    def backward_propagation(self, output_error, learning_rate):
        back = np.dot(output_error, self.weights.T)
        self.weights -= learning_rate * np.dot(self.input.T, output_error)
        self.bias -= learning_rate * output_error
        return back


# ---- functions handed in, and words that only the code knows
class Pointwise:
    def __init__(self, activation_function):
        self.f = activation_function

    def forward_propagation(self, x):
        self.x = x
        return self.f.activation(x)

    def backward_propagation(self, output_error, learning_rate):
        return output_error * self.f.activation_derivative(self.x)


class WithSlope:
    def __init__(self, activation, activation_d):
        self.activation, self.activation_d = activation, activation_d

    def forward(self, x):
        self.x = x
        return self.activation(x)

    def backward(self, dout):
        return dout * self.activation_d(self.x)


CURVES = {"cube": (lambda x: x**3, lambda x: 3 * x**2)}


class Named:
    def __init__(self, kind):
        self.curve, self.slope = CURVES[kind]

    def forward(self, x):
        self.x = x
        return self.curve(x)

    def backward(self, dout):
        return dout * self.slope(self.x)


class Nested:
    """Its functions see each other from inside of the constructor."""

    def __init__(self):
        def bell(x):
            return np.exp(-(x**2))

        def bell_prime(x):
            return -2 * x * bell(x)

        self.f, self.df = bell, bell_prime

    def forward(self, x):
        self.x = x
        return self.f(x)

    def backward(self, dout):
        return dout * self.df(self.x)


def checked(rule):
    def decorated(function):
        def wrapper(*args, **kwargs):
            assert rule(args[1:])
            return function(*args, **kwargs)

        return wrapper

    return decorated


class Decorated:
    @checked(lambda args: all(isinstance(a, int) for a in args))
    def __init__(self, n_in, n_out):
        self.W = np.random.rand(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T


class Built:
    def __init__(self, n_units, input_shape=None):
        self.n_units, self.input_shape, self.W = n_units, input_shape, None

    def init_param(self, optimizer):
        self.W = np.random.rand(self.input_shape[-1], self.n_units)
        self.optimizer = copy.copy(optimizer)

    def forward_pass(self, data):
        self.data = data
        return data @ self.W

    def backward_pass(self, accum_grad):
        back = accum_grad @ self.W.T
        self.W = self.optimizer.update(self.W, self.data.T @ accum_grad)
        return back


# ---- losses
def log_loss(x, y):
    stabilizer = 1e-10
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = -np.mean(np.log(p[rows, y] + stabilizer))
    dx = p.copy()
    dx[rows, y] -= 1
    return loss, dx / len(x)


class Focal:
    """Takes probabilities, as its clip says."""

    def forward(self, y_true, y_pred):
        p = np.clip(y_pred, 1e-12, 1 - 1e-12)
        return np.mean(-y_true * (1 - p) ** 2 * np.log(p))

    def backward(self, y_true, y_pred):
        p = np.clip(y_pred, 1e-12, 1 - 1e-12)
        return y_true * (2 * (1 - p) * np.log(p) - (1 - p) ** 2 / p) / p.size


def column_cost(AL, Y):
    m = Y.shape[1]
    cost = -np.dot(Y, np.log(AL).T) / m
    return cost[0, 0]


def column_cost_grad(AL, Y):
    return -Y / AL / Y.shape[1]


# ---- ways of calling
def smoothed(x):
    e = np.exp(x - np.max(x))
    return e / e.sum()


def smoothed_grad(s):
    jacobian = np.diag(s)
    for i in range(len(s)):
        for j in range(len(s)):
            jacobian[i][j] = s[i] * (1 - s[i]) if i == j else -s[i] * s[j]
    return jacobian


def squash(x, deriv=False):
    if deriv:
        return x * (1 - x)  # of the output
    return 1 / (1 + np.exp(-x))


class Noted:
    @staticmethod
    def forward(ctx, x):
        y = np.tanh(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        return grad_output * (1 - y**2)


class ProductNode:
    def compute(self, a, b):
        return a * b

    def gradient(self, out_grad, node):
        a, b = node.inputs
        return out_grad * b, out_grad * a


class Log:
    def forward(self, x):
        self.x = x
        return np.log(x)

    def backward(self, dout):
        return dout / self.x


class Chance:
    def __init__(self, n_in: int, n_out: int, rng: np.random.Generator):
        self.weight = rng.normal(size=(n_in, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.weight

    def backward(self, g):
        self.weight_grad = self.x.T @ g
        return g @ self.weight.T


class Queued:
    """Made at the first forward; keeps every input in a list until it is emptied."""

    def __init__(self, n_out):
        self.X, self.n_out, self.parameters = [], n_out, None

    def forward(self, X):
        if self.parameters is None:
            self.parameters = {"W": np.random.rand(X.shape[1], self.n_out)}
        self.X.append(X)
        return X @ self.parameters["W"]

    def backward(self, dLdy):
        grads = [(dy @ self.parameters["W"].T, x.T @ dy) for dy, x in zip([dLdy], self.X)]
        self.gradients = {"W": grads[0][1]}
        return grads[0][0]


class Table:
    def __init__(self, vocab_size, d_model):
        self.embedding_matrix = np.random.rand(vocab_size, d_model)
        self.gradients = {}

    def forward(self, x):
        self.tokens = x
        return self.embedding_matrix[x]

    def backward(self, dLdY):
        self.gradients["dLdE"] = np.zeros_like(self.embedding_matrix)
        np.add.at(self.gradients["dLdE"], self.tokens, dLdY)


class Inside:
    """Computes in single precision and hands out double."""

    def forward(self, x):
        self.y = np.tanh(x.astype(np.float32)).astype(np.float64)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y**2)


# ---- the loss inside of backward
class TwoLayers:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1, self.b1 = np.random.randn(input_size, hidden_size), np.zeros((1, hidden_size))
        self.W2, self.b2 = np.random.randn(hidden_size, output_size), np.zeros((1, output_size))

    def forward(self, X):
        self.hidden = np.tanh(X @ self.W1 + self.b1)
        scores = self.hidden @ self.W2 + self.b2
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        return self.output

    def backward(self, X, y, learning_rate):
        d2 = (self.output - y) / len(X)
        d1 = d2 @ self.W2.T * (1 - self.hidden**2)
        self.W2 -= learning_rate * self.hidden.T @ d2
        self.b2 -= learning_rate * d2.sum(axis=0, keepdims=True)
        self.W1 -= learning_rate * X.T @ d1
        self.b1 -= learning_rate * d1.sum(axis=0, keepdims=True)


class Logistic:
    def __init__(self, n):
        self.w = np.zeros(n)

    def forward(self, X):
        return 1 / (1 + np.exp(-X @ self.w))

    def backward(self, X, y_hat, y):
        dw = X.T @ (y_hat - y) / len(X)
        db = np.mean(y_hat - y)
        return dw, db


class ProbabilityOutput:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.out = e / e.sum(axis=1, keepdims=True)
        return self.out

    def backward(self, y_true):
        return (self.out - y_true) / len(y_true)


# ---- an optimizer of its own inside of backward
class Adaptive:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
        self.m, self.v = np.zeros((n_in, n_out)), np.zeros((n_in, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights

    def backward(self, grad_output, learning_rate):
        grad_weights = self.inputs.T @ grad_output
        back = grad_output @ self.weights.T
        self.m = 0.9 * self.m + 0.1 * grad_weights
        self.v = 0.999 * self.v + 0.001 * grad_weights**2
        m_hat, v_hat = self.m / 0.1, self.v / 0.001
        self.weights -= learning_rate * m_hat / (np.sqrt(v_hat) + 1e-8)
        return back
