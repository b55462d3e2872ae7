"""What single files of strangers showed at first contact: right layers that were accused, slips that were overlooked."""

import pytest

from ..reports import findings, reasons

FRESH = {
    "rectified": """
class Hidden:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.uniform(-1, 1, (n_in, n_out)), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return np.maximum(0, x @ self.W + self.b)
    def backward(self, delta):
        self.grad_W, self.grad_b = self.x.T @ delta, delta.sum(axis=0)
        return delta @ self.W.T * (self.x > 0)
""",
    "engine": """
class Var:
    def __init__(self, value, prev=()):
        self.value, self.prev = np.asarray(value, dtype=float), prev
        self.grad, self._backward = np.zeros_like(self.value), lambda: None
    def __neg__(self):
        out = Var(-self.value, (self,))
        def _backward():
            self.grad += -out.grad
        out._backward = _backward
        return out
    def __getitem__(self, k):
        return Var(self.value[k], (self,))
def beside(vars_list):
    out = Var(np.concatenate([v.value for v in vars_list], axis=-1), tuple(vars_list))
    ends = np.cumsum([0] + [v.value.shape[-1] for v in vars_list])
    def _backward():
        for k, v in enumerate(vars_list):
            v.grad += out.grad[..., ends[k]:ends[k + 1]]
    out._backward = _backward
    return out
""",
    "patches": """
class Grey:
    def __init__(self, kernel=3):
        self.k, self.W = kernel, np.random.randn(2, kernel * kernel)
    def forward(self, X):
        n, H, W = X.shape
        h, w, k = H - self.k + 1, W - self.k + 1, self.k
        found = [X[:, i:i + h, j:j + w].reshape(n, -1) for i in range(k) for j in range(k)]
        self._cache = np.stack(found, axis=-1)
        return (self._cache @ self.W.T).transpose(0, 2, 1).reshape(n, 2, h, w)
    def backward(self, dZ):
        dz = dZ.reshape(len(dZ), 2, -1).transpose(0, 2, 1)
        self.grad_W = np.einsum("npd,npo->od", self._cache, dz)
""",
    "margins": """
def log(m): return np.logaddexp(0, -m)
def log_grad(m): return -1 / (1 + np.exp(m))
""",
    "stepped": """
def scale_cached(x, gamma):
    return x * gamma, {"x": x, "gamma": gamma}
def scale_backward(dy, cache):
    return dy * cache["gamma"], (dy * cache["x"]).sum(axis=0)
""",
    "guessed": """
def mse(correct_val, predicted_val): return np.power(correct_val - predicted_val, 2)
def mse_prime(correct_val, predicted_val): return 2 * (predicted_val - correct_val) / correct_val.size
""",
    "filtered": """
def filter_forward(x, w):
    return np.array([np.sum(x[i:i + len(w)] * w) for i in range(len(x) - len(w) + 1)])
def filter_backward(x, w, grad_output):
    n, k = len(x), len(w)
    padded = np.pad(grad_output, (k - 1, k - 1))
    grad_x = np.array([np.sum(padded[i:i + k] * w[::-1]) for i in range(n)])
    return grad_x, np.array([np.sum(x[j:j + len(grad_output)] * grad_output) for j in range(k)])
""",
    "alone": """
def hinge_loss(w, x, y):
    return np.maximum(0.0, 1.0 - y * np.dot(x, w))
def hinge_grad(w, x, y):
    g = np.zeros(x.shape)
    if y * np.dot(x, w) < 1.0:
        g[:] = -y * x
    return g
""",
    "scaled": """
class Column:
    def __init__(self, input_size, output_size):
        self.weights, self.offset = np.random.randn(output_size, input_size), np.zeros((output_size, 1))
        self.E_weights, self.E_offset = 0, 0
    def forward(self, input_data):
        self.input = input_data
        return self.weights @ self.input + self.offset
    def backward(self, output_error, learning_rate):
        input_error = self.weights.T @ output_error
        weights_error = output_error @ self.input.T
        self.E_weights = 0.9 * self.E_weights + np.square(weights_error)
        self.E_offset = 0.9 * self.E_offset + np.square(output_error)
        self.weights -= learning_rate * weights_error / np.sqrt(self.E_weights + 1e-6)
        self.offset -= learning_rate * output_error / np.sqrt(self.E_offset + 1e-6)
        return input_error
""",
    "columns": """
def cross_entropy(y, yhat):
    return -(y.T @ np.log(yhat.clip(1e-9)) + (1 - y.T) @ np.log((1 - yhat).clip(1e-9))) / y.shape[1]
def d_cross_entropy(y, yhat):
    return -np.divide(y, yhat.clip(1e-9)) + np.divide(1 - y, (1 - yhat).clip(1e-9))
""",
    "drawn": """
def sample_latent(mean, log_variance, rng):
    noise = rng.normal(0.0, 1.0, size=len(mean))
    return mean + np.exp(0.5 * log_variance) * noise, noise
def sample_latent_backward(log_variance, noise, latent_gradients):
    return latent_gradients.copy(), latent_gradients * noise * 0.5 * np.exp(0.5 * log_variance)
""",
    "between": """
def cost(x, y=0.5): return np.sum(np.nan_to_num(-y * np.log(x) - (1 - y) * np.log(1 - x)))
def cost_prime(x, y=0.5): return -y / x + (1 - y) / (1 - x)
""",
    "asked": """
def cross_entropy(y_true, y_pred):
    if y_true == 0:
        return -np.log(1 - y_pred)
    elif y_true == 1:
        return -np.log(y_pred)
def d_cross_entropy(y_true, y_pred):
    if y_true == 0:
        return 1 / (1 - y_pred)
    elif y_true == 1:
        return -1 / y_pred
""",
    "activated": """
def tanh_activation(Z): return np.tanh(Z), Z
def tanh_backward(dA, cache): return dA * (1.0 - np.tanh(cache) ** 2)
""",
    "named": """
def sigmoid(Z): return 1 / (1 + np.exp(-Z))
def sigmoid_backward(dA, activation_cache):
    A = sigmoid(activation_cache["Z"])
    return dA * A * (1 - A)
""",
    "shaped": """
def avgpool_forward(A):
    n, c, h, w = A.shape
    return A.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5))
def avgpool_backward(dOut, A_shape):
    return np.broadcast_to(dOut[:, :, :, None, :, None] / 4, (*dOut.shape[:3], 2, dOut.shape[3], 2)).reshape(A_shape) * 1
""",
    "indexed": """
def multiclass_hinge(scores, target_index, margin=1.0):
    margins = np.maximum(0.0, scores - scores[target_index] + margin)
    margins[target_index] = 0.0
    return float(np.sum(margins))
def multiclass_hinge_gradient(scores, target_index, margin=1.0):
    grad = ((scores - scores[target_index] + margin) > 0).astype(float)
    grad[target_index] = 0.0
    grad[target_index] = -np.sum(grad)
    return grad
""",
    "normed": """
def cosine_loss(predictions, targets):
    p = predictions / (np.linalg.norm(predictions, axis=-1, keepdims=True) + 1e-8)
    t = targets / (np.linalg.norm(targets, axis=-1, keepdims=True) + 1e-8)
    return np.mean(1 - np.sum(p * t, axis=-1))
def cosine_loss_grad(predictions, targets):
    norm = np.linalg.norm(predictions, axis=-1, keepdims=True) + 1e-8
    p, t = predictions / norm, targets / (np.linalg.norm(targets, axis=-1, keepdims=True) + 1e-8)
    return -(t - np.sum(p * t, axis=-1, keepdims=True) * p) / norm / len(predictions)
""",
    "weighed": """
def l2_regularization(weights, lam=1e-4): return float(lam * np.sum(weights ** 2))
def l2_gradient(weights, lam=1e-4): return 2.0 * lam * weights
""",
    "sloped": """
class Dense:
    def __init__(self, num_inputs, layer_size, d_activation_fn, activation_fn):
        self.W, self.activation_fn, self.d_activation_fn = np.random.randn(num_inputs, layer_size), activation_fn, d_activation_fn
    def forward(self, x):
        self.x, self.y = x, self.activation_fn(x @ self.W)
        return self.y
    def backward(self, dL_dy):
        dL_dz = dL_dy * self.d_activation_fn(self.y)
        self.dL_dW = self.x.T @ dL_dz
        return dL_dz @ self.W.T
""",
    "misspelt": """
class Root:
    def farward(self, x):
        self.x = x
        return x ** 3
    def backward(self, dout): return 3 * self.x ** 2 * dout
""",
}  # fmt: skip


@pytest.mark.parametrize("text", FRESH.values(), ids=FRESH)
def test_right_layers_are_told_right(written, text):
    for report in written(text).checks().values():
        assert report.outcome in ("correct", "hazards"), str(report)
        assert not findings(report, "warn", "forward-formula")


WORDED = """
class Activation:
    def __init__(self, fn="relu"):
        self.function = fn
    def forward(self, x):
        self.x = x
        if self.function == "relu":
            self.y = np.maximum(x, 0)
        elif self.function == "sigmoid":
            self.y = 1 / (1 + np.exp(x))
        return self.y
    def backward(self, dout):
        return dout * (self.x > 0) if self.function == "relu" else dout * self.y * (1 - self.y)
"""


def test_words_that_an_instance_compares_under_another_name_are_tried(written):
    report = written(WORDED).check()
    assert any("fn = 'sigmoid'" in f.message for f in findings(report, "fail")), str(report)


HALVES = """
import math
import numpy as np
class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_out, n_in) / math.sqrt(n_in), np.zeros((n_out, 1))
    def forward(self, x):
        return (self.W @ x.T + self.b).T
    def backprop(self, x, upstream):
        return upstream @ self.W
    def update_weights(self, x, upstream, lr):
        self.W -= lr * upstream.T @ x
        self.b -= lr * upstream.sum(axis=0)[:, None]
"""


def test_the_parameters_half_is_asked_in_the_method_that_steps(written):
    report = written(HALVES).check()
    assert report.outcome in ("correct", "hazards") and report.verdict.status == "proved"
    assert not findings(report, "stand-in")  # the file does import math


@pytest.mark.parametrize(("axis", "of"), [("axis=0", "column"), ("axis=None", "every x_j (")])
def test_softmax_s_diagonal_is_named_along_any_axis(written, axis, of):
    text = f"""
    def softmax(x):
        e = np.exp(x - np.max(x, {axis}))
        return e / np.sum(e, {axis})
    def softmax_prime(x): return softmax(x) * (1 - softmax(x))
    """
    (told, *_) = reasons(written(text).check())
    assert told.code == "diagonal-only" and of in told.message


UNASKED = {
    "local slopes kept without an upstream gradient": """
class Product:
    def __init__(self, X, W):
        self.X, self.W = X, W
    def forward(self):
        self.Z = self.X @ self.W
    def backward(self):
        self.dZ_dW, self.dZ_dX = self.X.T, self.W
""",
    "an output that forward keeps among several": """
class Steps:
    def __init__(self, n):
        self.W = np.random.randn(n, n)
    def forward(self, X):
        self.H, self.last = self.steps(X)
    def steps(self, X):
        return [np.tanh(self.W @ x.reshape(-1, 1)) for x in X], [np.zeros((1, 1))]
    def backward(self, dvalues):
        dlast = dvalues[-1].reshape(len(self.W), 1)
""",
    "methods that take nothing": """
class MultiplyLayer:
    def __init__(self, X: np.ndarray, W: np.ndarray):
        self.X = X
        self.W = W
    def forward(self):
        self.Z = np.dot(self.X, self.W)
    def backward(self):
        self.dZ_dW = (self.X).T
        self.dZ_daZ_prev = self.W
""",
}  # fmt: skip


@pytest.mark.parametrize("text", UNASKED.values(), ids=UNASKED)
def test_what_cannot_be_asked_is_not_called_wrong(written, text):
    assert written(text).check().outcome == "not-set-up"


LACKING = """
def forward_propagation(x, model):
    a1 = np.tanh(np.dot(x, model["weights1"]) + model["biases1"])
    return 1 / (1 + np.exp(-np.dot(a1, model["weights2"]) - model["biases2"]))
def backward_propagation(x, y, a2, model):
    dZ2 = a2 - y
    dW2 = np.dot(a1.T, dZ2)
    dZ1 = np.dot(dZ2, model["weights2"].T) * (1 - a1**2)
    return np.dot(x.T, dZ1), np.sum(dZ1, axis=0), dW2, np.sum(dZ2, axis=0)
"""


def test_a_name_that_is_defined_nowhere_is_told_whatever_else_is_not_understood(written):
    report = written(LACKING).check()
    assert report.outcome == "crashes", report
    assert "name 'a1' is not defined" in str(report)
