"""Habits of little frameworks met for the first time: each is set up without help, and what is right is told so."""

import pytest

from ..reports import findings

RIGHT = {
    ("a bias of one entry is added to an entry", "Conv"): """
class Conv:
    def __init__(self, in_channels, out_channels, kernel_size):
        self.W, self.b = np.random.randn(out_channels, in_channels, kernel_size, kernel_size), np.zeros((out_channels, 1))
        self.k = kernel_size
    def forward(self, x):
        self.x = x
        y = np.zeros((len(x), len(self.W), x.shape[2] - self.k + 1, x.shape[3] - self.k + 1))
        for n, f, i, j in np.ndindex(*y.shape):
            y[n, f, i, j] = np.sum(x[n, :, i:i + self.k, j:j + self.k] * self.W[f]) + self.b[f]
        return y
    def backward(self, dout):
        dx, self.dW, self.db = np.zeros_like(self.x), np.zeros_like(self.W), np.zeros_like(self.b)
        for n, f, i, j in np.ndindex(*dout.shape):
            self.dW[f] += dout[n, f, i, j] * self.x[n, :, i:i + self.k, j:j + self.k]
            self.db[f, 0] += dout[n, f, i, j:j + 1]
            dx[n, :, i:i + self.k, j:j + self.k] += dout[n, f, i, j] * self.W[f]
        return dx
""",
    ("an optimizer steps weights and biases at once", "Dense"): """
class SGD:
    def __init__(self, rate): self.rate = rate
    def update(self, weights, biases, dw, db):
        weights -= self.rate * dw
        biases -= self.rate * db
        return weights, biases
class Dense:
    def __init__(self, n_in, n_out):
        self.weights, self.bias, self.opt = np.random.randn(n_out, n_in), np.random.randn(n_out, 1), SGD(0.1)
    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias
    def backward(self, output_gradient):
        dw, dx = np.dot(output_gradient, self.input.T), np.dot(self.weights.T, output_gradient)
        self.weights, self.bias = self.opt.update(self.weights, self.bias, dw, output_gradient)
        return dx
""",
    ("an optimizer that is handed in steps both", "Dense"): """
class Dense:
    def __init__(self, n_in, n_out): self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout, optimizer):
        dx = dout @ self.W.T
        self.W, self.b = optimizer.update(self.W, self.b, self.x.T @ dout, dout.sum(axis=0))
        return dx
""",
    ("a small whole number of no known name", "Turned"): """
class Turned:
    def __init__(self, n_in, n_out, tensor_order):
        self.W, self.axes = np.random.randn(n_in, n_out), tuple(range(tensor_order - 1))
    def forward(self, X): return np.tensordot(X, self.W, axes=(-1, 0))
    def backward(self, X, gY): return np.tensordot(gY, self.W.T, axes=(-1, 0)), np.tensordot(X, gY, axes=(self.axes, self.axes))
""",
    ("CuPy draws in a precision that it is told", "Linear"): """
import cupy as cp
class Linear:
    def __init__(self, n_in, n_out): self.W = cp.random.normal(0.0, 0.5, (n_in, n_out), dtype=cp.float32)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
""",
    ("einsum by another library's name", "Linear"): """
from opt_einsum import contract
class Linear:
    def __init__(self, n_in, n_out): self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return contract("nd,dm->nm", x, self.W)
    def backward(self, dout):
        self.dW = contract("nd,nm->dm", self.x, dout)
        return contract("nm,dm->nd", dout, self.W)
""",
    ("the output's Jacobian, of what nobody keeps", "Softmax"): """
class Softmax:
    def forward(self, x):
        e = np.exp(x - np.max(x))
        return e / np.sum(e)
    def backward(self, y): return np.diag(y) - np.outer(y, y)
""",
    ("a loss of one example's scores", "Loss"): """
class Softmax:
    def __call__(self, x):
        e = np.exp(x - np.max(x))
        return e / np.sum(e)
class Loss:
    def forward(self, x, y): return -np.sum(y * np.log(Softmax()(x)))
    def backward(self, x, y): return Softmax()(x) - y
""",
    ("a loss of one row: its class is where the largest of all targets stands", "CrossEntropy"): """
class CrossEntropy:
    def forward(self, scores, targets):
        self.p = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
        self.at = targets.argmax()
        return -np.log(self.p[self.at])
    def backward(self):
        d = self.p.copy()
        d[self.at] -= 1
        return d
""",
    ("a network with as many layers as it is told, and a key for each", "Net"): """
class Affine:
    def __init__(self, W, b): self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T
class Relu:
    def forward(self, x):
        self.on = x > 0
        return x * self.on
    def backward(self, d): return d * self.on
class SoftmaxLoss:
    def forward(self, u, t):
        e = np.exp(u - u.max(axis=1, keepdims=True))
        self.y, self.t = e / e.sum(axis=1, keepdims=True), t
        return -np.sum(t * np.log(self.y)) / len(u)
    def backward(self): return (self.y - self.t) / len(self.t)
class Net:
    def __init__(self, input_size, hidden_sizes, output_size, decay=0.0):
        sizes = [input_size] + list(hidden_sizes) + [output_size]
        self.params, self.layers, self.decay = {}, [], decay
        for k in range(len(sizes) - 1):
            self.params[f"W{k + 1}"] = np.random.randn(sizes[k], sizes[k + 1])
            self.params[f"b{k + 1}"] = np.zeros(sizes[k + 1])
            self.layers += [Affine(self.params[f"W{k + 1}"], self.params[f"b{k + 1}"]), Relu()]
        self.layers.pop()
        self.last = SoftmaxLoss()
    def predict(self, X):
        for layer in self.layers: X = layer.forward(X)
        return X
    def loss(self, X, T): return self.last.forward(self.predict(X), T)
    def backward(self):
        d = self.last.backward()
        for layer in reversed(self.layers): d = layer.backward(d)
        grads = {}
        for k, layer in enumerate(self.layers[::2]):
            grads[f"W{k + 1}"], grads[f"b{k + 1}"] = layer.dW, layer.db
        for key in grads:
            if key.startswith("W"): grads[key] = grads[key] + self.decay * self.params[key]
        return grads
""",
    ("a function of one number and another takes no word ids", "elu"): """
def elu(x, alpha): return x if x >= 0 else alpha * (np.exp(x) - 1)
def elu_prime(x, alpha): return 1 if x > 0 else alpha * np.exp(x)
""",
    ("a column is meant where the bias takes what comes as it is", "Dense"): """
class Dense:
    def __init__(self, n_in, n_out):
        self.weights, self.biases = np.random.randn(n_out, n_in), np.random.randn(n_out, 1)
        self.prev = np.zeros((n_in, 1))
    def feedforward(self, prev):
        self.prev = prev
        return np.matmul(self.weights, prev) + self.biases
    def backprop(self, delta):
        new = np.matmul(self.weights.transpose(), delta)
        nabla_b = delta.copy()
        nabla_w = np.matmul(delta, self.prev.transpose())
        return new, nabla_w, nabla_b
    def update(self, nabla_w, nabla_b):
        self.weights -= nabla_w
        self.biases -= nabla_b
""",
    ("a loss has a gradient, and sends it through a network", "Squared"): """
class Squared:
    def loss(self, y_true, y_pred): return 0.5 * np.sum((y_true - y_pred) ** 2)
    def gradient(self, y_true, y_pred): return y_pred - y_true
    def backward_propagation(self, layers, y_true, y_pred):
        for layer in reversed(layers): y_pred = layer.backward(y_pred)
""",
    ("a layer is told whether it is the first", "Scaled"): """
class Scaled:
    def __init__(self, n_in): self.W = np.random.randn(n_in)
    def forward(self, x):
        self.x = x
        return x * self.W
    def backward(self, dout, is_first_layer):
        self.dW = (dout * self.x).sum(axis=0)
        if is_first_layer: return None
        return dout * self.W
""",
    ("a strength made of a number beside the class", "Dense"): """
class Strength:
    def __init__(self, rate): self.rate = rate
SCALE = Strength(0.5)
class Dense:
    def __init__(self, n_in, n_out, scale=SCALE): self.W, self.scale = np.random.randn(n_in, n_out), scale
    def forward(self, x):
        self.x = x
        return self.scale.rate * x @ self.W
    def backward(self, dout):
        self.dW = self.scale.rate * self.x.T @ dout
        return self.scale.rate * dout @ self.W.T
""",
    ("dropout that learns only when told, and takes more", "Dropout"): """
class Dropout:
    def __init__(self, p): self.p = p
    def forward(self, X, is_training=False, *args, **kwargs):
        if not is_training: return X * (1 - self.p)
        self.W = (np.random.random(X.shape) >= self.p).astype(float)
        return X * self.W
    def backward(self, dout, *args, **kwargs): return dout * self.W
""",
    ("a cache of words before is not for backward", "Scores"): """
class Scores:
    def __init__(self, n_in, n_out): self.W, self.kept = np.random.randn(n_in, n_out), None
    def forward(self, x, use_cache=False):
        if use_cache: return self._cached(x)
        self.x = x
        return np.tanh(x @ self.W)
    def _cached(self, x):
        self.kept = x if self.kept is None else np.concatenate([self.kept, x])
        return np.tanh(self.kept @ self.W)
    def backward(self, dout):
        d = dout * (1 - np.tanh(self.x @ self.W) ** 2)
        self.dW = self.x.T @ d
        return d @ self.W.T
""",
    ("backward writes into a file", "Linear"): """
class Linear:
    def __init__(self, n_in, n_out): self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout, outfile):
        outfile.write("linear" + str(dout.shape))
        self.dW = self.x.T @ dout
        return dout @ self.W.T
""",
    ("targets, and a file to write into", "Softmax"): """
class Softmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.out = e / np.sum(e, axis=1, keepdims=True)
        return self.out
    def backward(self, Y, log):
        log.write("softmax")
        return self.out - Y
""",
    ("sizes called inputs, whose gradient is kept", "Layer_Dense"): """
class Layer_Dense:
    def __init__(self, inputs, neurons): self.weights = np.random.randn(inputs, neurons)
    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights
    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dinputs = dvalues @ self.weights.T
        return self.dinputs
""",
    ("gradients that an optimizer is given on request", "Affine"): """
class Affine:
    def __init__(self, n_in, n_out): self.weights, self.bias = np.zeros((n_in, n_out)), np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        return x.dot(self.weights) + self.bias
    def backward(self, dout, update=False, **kwargs):
        dw, db = self.x.T.dot(dout), np.sum(dout, axis=0).reshape(self.bias.shape)
        if update: kwargs["optimizer"].apply({"weights": dw, "bias": db})
        return dout.dot(self.weights.T)
""",
    ("a penalty of what is learned is handed on, and added to no gradient", "Linear"): """
class Linear:
    def __init__(self, n_in, n_out, reg=1e-3): self.W, self.reg = np.random.randn(n_in, n_out), reg
    def forward(self, input): return np.dot(input, self.W)
    def backward(self, input, output, gradient):
        self.dW = np.dot(input.T, gradient)
        return np.dot(gradient, self.W.T), 0.5 * self.reg * np.sum(self.W * self.W)
""",
    ("initializers are handed in as functions", "Affine"): """
class Affine:
    def __init__(self, shape, weight_initializer, bias_initializer):
        self.W, self.b = weight_initializer(shape), bias_initializer((1, shape[1]))
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b
    def backward(self, dout):
        self.dW, self.db = np.dot(self.x.T, dout), np.sum(dout, axis=0, keepdims=True)
        return np.dot(dout, self.W.T)
""",
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(n, t) for (_, n), t in RIGHT.items()], ids=[w for w, _ in RIGHT])
def test_it_is_set_up_and_right(written, name, text):
    report = written(text).check(name)
    assert report.outcome == "correct", report


def test_what_a_file_imports_of_python_s_own_is_no_stand_in(written):
    text = """
    import math
    def tanh(x): return math.tanh(x)
    def tanh_prime(x): return 1 - math.tanh(x) ** 2
    """
    assert not findings(written(text).check(), "stand-in")
    assert len(findings(written(text, "import math\n", "").check(), "stand-in")) == 1


def test_what_a_call_builds_is_asked_for(written):
    text = """
    class Dense:
        def __init__(self, n_out): self.n_out = n_out
        def __call__(self, n_in, rate):
            self.W, self.rate = np.random.randn(n_in, self.n_out), rate
            return self.n_out
        def feed(self, x):
            self.x = x
            return x @ self.W
        def back(self, error):
            before, self.W = self.W, self.W - self.rate * self.x.T @ error
            return error @ before.T
    """
    report = written(text).check()
    assert report.outcome == "not-set-up" and "needs W, which __call__ sets" in report.findings[0].message


def test_a_scale_of_the_other_argument_s_gradient_is_not_told_as_this_one_s_sign(written):
    text = """
    class MSE:
        def __call__(self, y, y_hat):
            self.y, self.y_hat = y, y_hat
            return np.mean(np.square(y - y_hat))
        def backwards(self): self.downstream_grad = 2 * (self.y - self.y_hat)
    """
    report = written(text).check()
    assert report.outcome == "factor" and "the gradient for y[" in report.findings[0].message, report


def test_every_word_of_a_table_in_the_class_is_tried(written):
    text = """
    class Bend:
        def __init__(self, kind="tanh"):
            kinds = {"tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2), "square": (np.square, np.ones_like)}
            self.f, self.slope = kinds[kind]
        def forward(self, x):
            self.x = x
            return self.f(x)
        def backward(self, dout): return dout * self.slope(self.x)
    """
    report = written(text).check()
    assert report.outcome == "wrong" and any("kind = 'square'" in f.message for f in report.findings), report


def test_what_a_file_that_is_not_there_has_is_no_fault(written):
    other = """
    class Half:
        def forward(self, x): return x / 2
        def backward(self, dout): return dout / 2
    """
    assert written(other, at="other/utils.py").check().ok  # of the same name, and no file of this folder
    text = """
    import utils
    class Linear:
        def __init__(self, n_in, n_out): self.W = utils.drawn(n_in, n_out)
        def forward(self, x):
            self.x = x
            return x @ self.W
        def backward(self, dout): return dout @ self.W.T
    """
    report = written(text).check()
    assert report.outcome == "not-set-up" and "cannot be imported: utils" in report.findings[0].message, report


def test_a_gradient_that_is_nan_is_a_finding_and_no_error_of_the_check(written):
    text = """
    def pow_forward(a, exponent): return a ** exponent
    def pow_backward(grad_output, a, exponent): return exponent * (a ** (exponent - 1)) * grad_output
    """
    report = written(text).check("pow")
    (fault,) = findings(report, "fail")
    assert "no gradient for exponent" in fault.message
