"""Homework as it is handed in: optimizers that are not there, lists of numbers, caches that the caller makes."""

import pytest

from ..reports import named

STEPPED = """
class Dense:
    def __init__(self, units, input_shape=None): self.units, self.input_shape, self.W = units, input_shape, None
    def initialize(self, optimizer=None):
        self.W = np.random.uniform(-1, 1, (self.input_shape[0], self.units))
        self.w0 = np.zeros((1, self.units))
        self.opt = copy.copy(optimizer)
    def forward_pass(self, X, training=True):
        self.X = X
        return X @ self.W + self.w0
    def backward_pass(self, accum_grad):
        W = self.W
        self.opt.update(self.W, self.X.T @ accum_grad)
        self.opt.update(self.w0, np.sum(accum_grad, axis=0, keepdims=True))
        return accum_grad @ W.T
"""
NETWORK = """
class Network:
    def __init__(self, dims):
        self.params, self.L = {}, len(dims) - 1
        for l in range(1, len(dims)):
            self.params[f"W{l}"] = np.random.randn(dims[l], dims[l - 1])
            self.params[f"b{l}"] = np.zeros((dims[l], 1))
    def forward_propagation(self, X):
        A, caches = X, []
        for l in range(1, self.L + 1):
            W, b = self.params[f"W{l}"], self.params[f"b{l}"]
            Z = W @ A + b
            caches.append((A, W, b, Z))
            A = np.maximum(0, Z) if l < self.L else np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True)
        return A, caches
    def backward_propagation(self, AL, Y, caches):
        grads, m, dZ = {}, AL.shape[1], AL - Y
        for l in reversed(range(1, self.L + 1)):
            A, W, b, Z = caches[l - 1]
            grads[f"dW{l}"] = dZ @ A.T / m
            grads[f"db{l}"] = dZ.sum(axis=1, keepdims=True) / m
            if l > 1:
                dZ = (W.T @ dZ) * (caches[l - 2][3] > 0)
        return grads
"""
ONE_BY_ONE = """
class Net:
    def __init__(self, layers, alpha=0.1):
        self.layers, self.alpha = layers, alpha
        self.weights = [np.random.randn(layers[i - 1], layers[i]) for i in range(1, len(layers))]
        self.biases = [np.random.randn(layers[i]) for i in range(1, len(layers))]
    def feedforward(self, inputs):
        self.activations = [inputs]
        for w, b in zip(self.weights, self.biases):
            self.activations.append(1 / (1 + np.exp(-(self.activations[-1] @ w + b))))
        return self.activations[-1]
    def backpropagate(self, expected):
        a = self.activations
        deltas = [(expected - a[-1]) * a[-1] * (1 - a[-1])]
        for i in range(len(self.weights) - 1, 0, -1):
            deltas.append((deltas[-1] @ self.weights[i].T) * a[i] * (1 - a[i]))
        deltas.reverse()
        for i in range(len(self.weights)):
            self.weights[i] += self.alpha * np.array([a[i]]).T.dot(np.array([deltas[i]]))
            self.biases[i] += self.alpha * deltas[i]
"""
LISTS = """
class Little:
    def __init__(self, hidden_size=4, lr=0.05):
        self.hidden_size, self.lr = hidden_size, lr
        self.w1 = [[random.gauss(0, 0.5) for _ in range(2)] for _ in range(hidden_size)]
        self.b1, self.w2, self.b2 = [0.1] * hidden_size, [random.gauss(0, 0.5) for _ in range(hidden_size)], 0.0
    def forward(self, x):
        self.x = x
        self.h = [math.tanh(w[0] * x[0] + w[1] * x[1] + b) for w, b in zip(self.w1, self.b1)]
        self.out = 1 / (1 + math.exp(-sum(w * h for w, h in zip(self.w2, self.h)) - self.b2))
        return self.out
    def backward(self, target):
        d = self.out - target
        for i in range(self.hidden_size):
            dh = d * self.w2[i] * (1 - self.h[i] ** 2)
            self.w2[i] -= self.lr * d * self.h[i]
            for j in range(2):
                self.w1[i][j] -= self.lr * dh * self.x[j]
            self.b1[i] -= self.lr * dh
        self.b2 -= self.lr * d
"""
CACHED = """
def linear_forward(x, w, b):
    z = np.dot(w, x) + b
    return z
def linear_backward(dZ, cache):
    A, W, b, z = cache
    return np.dot(W.T, dZ), np.dot(dZ, A.T), np.sum(dZ, axis=1, keepdims=True)
"""
PENALTY = """
def l2_regularization(weights, lambda_reg):
    penalty = 0.0
    for w in weights:
        penalty += w * w
    return lambda_reg * 0.5 * penalty
def l2_gradient(weights, lambda_reg):
    return [lambda_reg * w for w in weights]
"""
LETTERS = """
def mean_squared_error(y_pred, y_true):
    return np.mean((y_pred - y_true) ** 2)
def mse_derivative(y_pred, y_true):
    return 2 * (y_pred - y_true) / y_pred.size
"""
EITHER = """
class Layer:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_out, n_in), np.zeros((n_out, 1))
    def forward(self, A):
        self.A, self.Z = A.copy(), np.dot(self.W, A) + self.b
        return np.tanh(self.Z)
    def backward(self, dA, dZ=None):
        if dZ is None:
            dZ = dA * (1 - np.tanh(self.Z) ** 2)
        self.dW, self.db = np.dot(dZ, self.A.T), np.sum(dZ, axis=1, keepdims=True)
        return np.dot(self.W.T, dZ)
"""
EACH_SIZE = """
class Network:
    def __init__(self, *sizes: int):
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
    def forward(self, x):
        for b, w in zip(self.biases, self.weights):
            x = np.tanh(np.dot(w, x) + b)
        return x
    def backward(self, x, y):
        acts, dbs, dws = [x], [], []
        for b, w in zip(self.biases, self.weights):
            acts.append(np.tanh(np.dot(w, acts[-1]) + b))
        delta = (acts[-1] - y) * (1 - acts[-1] ** 2)
        for l in range(1, len(acts)):
            dbs.insert(0, delta.sum(axis=1, keepdims=True))
            dws.insert(0, np.dot(delta, acts[-l - 1].T))
            delta = np.dot(self.weights[-l].T, delta) * (1 - acts[-l - 1] ** 2)
        return dbs, dws
"""
THROUGH_TIME = """
class RNN:
    def __init__(self, word_dim, hidden_dim, bptt_truncate=3):
        self.word_dim, self.hidden_dim, self.bptt_truncate = word_dim, hidden_dim, bptt_truncate
        self.U = np.random.uniform(-1, 1, (hidden_dim, word_dim))
        self.V = np.random.uniform(-1, 1, (word_dim, hidden_dim))
        self.W = np.random.uniform(-1, 1, (hidden_dim, hidden_dim))
    def forward_propagation(self, x):
        s, o = np.zeros((len(x) + 1, self.hidden_dim)), np.zeros((len(x), self.word_dim))
        for t in range(len(x)):
            s[t] = np.tanh(self.U[:, x[t]] + self.W.dot(s[t - 1]))
            e = np.exp(self.V.dot(s[t]))
            o[t] = e / e.sum()
        return [o, s]
    def calculate_loss(self, x, y):
        return sum(-np.sum(np.log(self.forward_propagation(x[i])[0][np.arange(len(y[i])), y[i]])) for i in range(len(y)))
    def bptt(self, x, y):
        o, s = self.forward_propagation(x)
        dU, dV, dW = np.zeros(self.U.shape), np.zeros(self.V.shape), np.zeros(self.W.shape)
        o[np.arange(len(y)), y] -= 1.0
        for t in range(len(y))[::-1]:
            dV += np.outer(o[t], s[t])
            d = self.V.T.dot(o[t]) * (1 - s[t] ** 2)
            for k in range(max(0, t - self.bptt_truncate), t + 1)[::-1]:
                dW += np.outer(d, s[k - 1])
                dU[:, x[k]] += d
                d = self.W.T.dot(d) * (1 - s[k - 1] ** 2)
        return [dU, dV, dW]
"""
ALL_STAGES = """
class Net:
    def __init__(self, layer_sizes):
        self.weights = [np.random.randn(n, m) for n, m in zip(layer_sizes, layer_sizes[1:])]
        self.biases = [np.zeros((1, m)) for m in layer_sizes[1:]]
    def forward(self, X):
        activations, weighted_sums = [X], []
        for w, b in zip(self.weights, self.biases):
            weighted_sums.append(activations[-1] @ w + b)
            activations.append(1 / (1 + np.exp(-weighted_sums[-1])))
        return activations, weighted_sums
    def backward(self, X, y, activations, weighted_sums):
        delta, dws, dbs = activations[-1] - y, [], []
        for i in range(len(self.weights) - 1, -1, -1):
            dws.insert(0, activations[i].T @ delta / len(X))
            dbs.insert(0, delta.sum(axis=0, keepdims=True) / len(X))
            if i > 0:
                delta = delta @ self.weights[i].T * activations[i] * (1 - activations[i])
        return dws, dbs
"""
ROWS = """
class CrossEntropy:
    def forward(self, A, Y):
        self.A, self.Y, m = A, Y, Y.shape[1]
        return -(np.dot(Y, np.log(A).T) + np.dot(1 - Y, np.log(1 - A).T)) / m
    def backward(self):
        return -(self.Y / self.A - (1 - self.Y) / (1 - self.A)) / self.Y.shape[1]
"""
FLATTENED = """
class FullyConnected:
    def __init__(self, input_size, output_size):
        self.input_size = input_size
        self.weights = np.random.randn(output_size, input_size) * np.sqrt(1 / self.input_size)
        self.biases = np.random.rand(output_size, 1)
    def forward(self, data):
        self.data = data
        return np.dot(self.weights, data.flatten().reshape(1, -1).T) + self.biases
    def backward(self, output_derivative, learning_rate):
        back = np.dot(self.weights.T, output_derivative).reshape(self.data.shape)
        self.weights -= learning_rate * np.dot(output_derivative, self.data.flatten().reshape(1, -1))
        self.biases -= learning_rate * output_derivative
        return back
"""
UNNAMED = """
def compute_cost(X, y, w, b):
    return sum((np.dot(X[i], w) + b - y[i]) ** 2 for i in range(len(X))) / (2 * len(X))
def compute_gradient(X, y, w, b):
    grad_n, total = np.zeros(X.shape[1]), 0
    for i in range(len(X)):
        grad_n += (np.dot(X[i], w) + b - y[i]) * X[i]
        total += np.dot(X[i], w) + b - y[i]
    return grad_n / len(X), total / len(X)
"""
OF_A_CLASS = """
class LinearRegression:
    def __init__(self, eta=0.01): self.eta, self.w, self.b = eta, None, None
    def fit(self, X, y): self.w, self.b = self._descend(X, y)
    def _compute_cost(self, X, y_vector, w_vector, b):
        return np.mean((X.dot(w_vector) + b - y_vector) ** 2) / 2
    def _compute_partial_derivative(self, X, y_vector, w_vector, b):
        error = X.dot(w_vector) + b - y_vector
        dj_dw, dj_db = np.dot(X.T, error) / len(X), error.mean()
        return dj_dw, dj_db
"""
ACTIVATING = """
class Activation:
    def __init__(self, activFunc): self.func = activFunc
    def forward(self, inputData):
        self.input = inputData
        return self.func(self.input)
    def backward(self, output_error, lr):
        return np.multiply(self.func.prime(self.input), output_error)
"""
ONE_FOR_BOTH = """
class Layer:
    def __init__(self, input_size, output_size, learning_rate=0.01):
        self.weights = np.random.randn(input_size, output_size)
        self.bias = np.zeros((1, output_size))
        self.lr = learning_rate
    def forward(self, inputs):
        self.inputs = inputs
        self.z = np.dot(inputs, self.weights) + self.bias
        return np.tanh(self.z)
    def backward(self, output_error, output_delta):
        delta = output_delta * (1 - np.tanh(self.z) ** 2)
        before = np.dot(delta, self.weights.T)
        self.weights -= self.lr * np.dot(self.inputs.T, delta)
        self.bias -= self.lr * np.sum(delta, axis=0, keepdims=True)
        return before
"""
CLASSIFIER = """
def softmax_classifier(scores, y):
    n_values = len(y)
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    data_loss = np.sum(-np.log(probs[range(n_values), y])) / n_values
    dscores = probs
    dscores[range(n_values), y] -= 1
    dscores /= n_values
    return data_loss, dscores
"""
READIED = """
class TwoLayer:
    def init_two_layer_network(self, input_size, hidden_size, output_size):
        self.model = {"W1": np.random.randn(input_size, hidden_size), "b1": np.zeros(hidden_size)}
        self.model["W2"] = np.random.randn(hidden_size, output_size)
    def train_step(self, x_train, y_train):
        hidden = np.tanh(x_train.dot(self.model["W1"]) + self.model["b1"])
        exp_scores = np.exp(hidden.dot(self.model["W2"]))
        probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
        loss = np.sum(-np.log(probs[range(len(x_train)), y_train])) / len(x_train)
        dscores = probs.copy()
        dscores[range(len(x_train)), y_train] -= 1
        dscores /= len(x_train)
        dh = dscores.dot(self.model["W2"].T) * (1 - hidden**2)
        grads = {"W2": hidden.T.dot(dscores), "W1": x_train.T.dot(dh)}
        grads["b1"] = np.sum(dh, axis=0)
        return loss, grads
"""
COMPARED = """
class Layer:
    def __init__(self, n_inputs, n_neurons, activation_func):
        self.weights = np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
        self.activation_func = activation_func
    def forward(self, inputs):
        self.z = np.dot(inputs, self.weights) + self.biases
        self.a = self.activation_func(self.z)
        return self.a
    def backward(self, inputs, truths, rate):
        delta = act_prime(self.activation_func, self.z) * 2 * (self.a - truths)
        self.weights -= np.dot(inputs.T, delta) * rate
        self.biases -= np.sum(delta, axis=0) * rate
def bent(inputs):
    return np.maximum(0, inputs)
def tanh(inputs):
    return np.tanh(inputs)
def act_prime(func, x):
    if func == tanh:
        return 1 - np.tanh(x) ** 2
    elif func == bent:
        return np.where(x > 0, 1, 0)
"""
RIGHT = {
    "two upstream gradients, of which one is read": (ONE_FOR_BOTH, "tanh(self.z) ** 2)", "tanh(self.z))"),
    "data in the name of a loss": (CLASSIFIER, "dscores /= n_values", "dscores /= 2"),
    "a method that is given sizes makes the parameters": (READIED, "(1 - hidden**2)", "(1 - hidden)"),
    "one of the file's own functions, which is compared": (COMPARED, "np.sum(delta", "np.mean(delta"),
    "gradients of a cost that have no names": (UNNAMED, "+ b - y[i]) * X[i]", "- b - y[i]) * X[i]"),
    "a cost and its partial derivatives in a class": (OF_A_CLASS, "error.mean()", "-error.mean()"),
    "a function and its slope by half a word": (
        ACTIVATING,
        "self.func.prime(self.input)",
        "-self.func.prime(self.input)",
    ),
    "an upstream gradient of which one stands for the other": (EITHER, "1 - np.tanh", "1 + np.tanh"),
    "sizes one by one": (EACH_SIZE, "(1 - acts[-l - 1] ** 2)", "(1 - acts[-l - 1])"),
    "back through time, which is cut short": (THROUGH_TIME, "(1 - s[t] ** 2)", "(1 - s[t])"),
    "all activations, and what comes before them": (ALL_STAGES, "* (1 - activations[i])", ""),
    "a product of rows, which is a loss of one row alone": (ROWS, "(1 - self.Y) /", "self.Y /"),
    "a width by which new weights are divided": (FLATTENED, "self.weights.T", "-self.weights.T"),
    "an optimizer that nobody gives, and whose result is not taken": (STEPPED, "np.sum(accum", "np.mean(accum"),
    "caches of all layers in a list, beside a dict of parameters": (NETWORK, "(caches[l - 2][3] > 0)", "1"),
    "widths that are called layers, a rate that is called alpha": (ONE_BY_ONE, "* deltas[i]", "* sum(deltas[i])"),
    "weights in lists that are moved entry by entry": (LISTS, "lr * dh * self.x[j]", "lr * dh * self.x[1 - j]"),
    "a cache that the caller makes of what forward calls otherwise": (CACHED, "np.dot(dZ, A.T)", "-np.dot(dZ, A.T)"),
    "a penalty's weight, and a list of one gradient a row": (PENALTY, "[lambda_reg * w", "[0.5 * lambda_reg * w"),
    "a loss whose derivative goes by its letters": (LETTERS, " / y_pred.size", ""),
}


@pytest.mark.parametrize(("text", "old", "new"), RIGHT.values(), ids=RIGHT)
def test_it_is_right_as_it_stands_and_not_after_an_edit(written, text, old, new):
    text = f"import copy, math, random\n{text}"
    assert written(text).check().outcome == "correct"
    assert written(text, old, new).check().outcome in ("wrong", "factor")


STEP = """
def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
def step_forward(x, prev_h, Wx, Wh, b):
    z = x @ Wx + prev_h @ Wh + b
    return 2 * sigmoid(2 * z) - 1, (x, prev_h, Wx, Wh, z)
def step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, z = cache
    dz = dnext_h * 4 * sigmoid(2 * z) ** 2 * np.exp(-2 * z)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)
"""


def test_what_overflows_only_with_weights_as_large_as_the_data_is_a_hazard(written):
    report = written(STEP).check()
    assert report.outcome == "hazards", report
    assert all("1000 times" in f.message for f in report.findings if f.status == "warn")


AVERAGED = """
def linear_activation_forward(A_prev, W, b, activation):
    Z = np.dot(W, A_prev) + b
    A = np.tanh(Z) if activation == "tanh" else np.maximum(0, Z)
    return A, (A_prev, W, b, Z)
def linear_activation_backward(dA, cache, activation):
    A_prev, W, b, Z = cache
    dZ = dA * (1 - np.tanh(Z) ** 2) if activation == "tanh" else dA * (Z > 0)
    m = A_prev.shape[1]
    return np.dot(W.T, dZ), (1 / m) * np.dot(dZ, A_prev.T), (1 / m) * np.sum(dZ, axis=1, keepdims=True)
"""


def test_a_factor_is_not_told_as_a_number_that_should_be_how_many_examples_there_are(written):
    report = written(AVERAGED).check()
    assert "scale-n" in named(report, "fail"), report
    assert "should read `3`" not in str(report)
