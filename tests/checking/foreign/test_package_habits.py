"""Habits met in packages of several files: each is set up without help, and what is right in them is not told wrong."""

import pytest

from ..reports import findings

LAYERS = {
    ("a loss is what inherits from one", "CELogits"): """
class Loss:
    def __call__(self, y, out): return self.forward(y, out)
class CELogits(Loss):
    def forward(self, y, out): return (-y * out).sum(axis=1) + np.log(np.exp(out).sum(axis=1))
    def backward(self, y, out): return -y + np.exp(out) / np.exp(out).sum(axis=1).reshape(-1, 1)
""",
    ("y beside what a model says of it", "Logits"): """
class Logits:
    def forward(self, y, yhat): return (-y * yhat).sum(axis=1) + np.log(np.exp(yhat).sum(axis=1))
    def backward(self, y, yhat): return -y + np.exp(yhat) / np.exp(yhat).sum(axis=1).reshape(-1, 1)
""",
    ("a backward for the input, another for the parameters", "Linear"): """
class Linear:
    def __init__(self, n_in, n_out):
        self._parameters, self._gradient = np.random.randn(n_in, n_out), np.zeros((n_in, n_out))
    def forward(self, X): return X @ self._parameters
    def backward_update_gradient(self, X, delta): self._gradient = X.T @ delta
    def backward_delta(self, X, delta): return delta @ self._parameters.T
""",
    ("parameters made from a first batch", "Linear"): """
class Linear:
    def __init__(self, name="linear", output_shape=4): self.params, self.out = {}, output_shape
    def warmup(self, warmup_data):
        self.params["w"] = np.random.randn(np.prod(warmup_data.shape[1:]), self.out)
        self.params["b"] = np.random.randn(self.out)
    def forward(self, input): return linear_forward(input, (self.params["w"], self.params["b"]))
    def grad(self, input, dout): return linear_backward(input, (self.params["w"], self.params["b"]), dout)
def linear_forward(x, weights):
    w, b = weights
    return x @ w + b
def linear_backward(x, weights, dout):
    w, b = weights
    return {"x": dout @ w.T, "w": x.T @ dout, "b": dout.sum(axis=0)}
""",
    ("weights taken apart, and their gradients given together", "dense"): """
def dense_forward(x, weights):
    w, b = weights
    return x @ w + b, (x, weights)
def dense_backward(dout, cache):
    x, (w, b) = cache
    return dout @ w.T, (x.T @ dout, dout.sum(axis=0))
""",
    ("two strides in one argument, or one for both axes", "pool"): """
def pool_forward(x, pool_size, stride):
    if isinstance(stride, int): sh = sw = stride
    else: sh, sw = stride
    if isinstance(pool_size, int): h = w = pool_size
    else: h, w = pool_size
    out = np.zeros((*x.shape[:2], (x.shape[2] - h) // sh + 1, (x.shape[3] - w) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + h, j * sw:j * sw + w].mean(axis=(2, 3))
    return out, (x.shape, h, w, sh, sw)
def pool_backward(dout, cache):
    shape, h, w, sh, sw = cache
    dx = np.zeros(shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * sh:i * sh + h, j * sw:j * sw + w] += dout[:, :, i:i + 1, j:j + 1] / (h * w)
    return dx
""",
    ("a gradient for each example, turned", "Layer"): """
class Layer:
    def __init__(self, in_dim, out_dim): self.weights = np.random.randn(out_dim, 2 * in_dim)
    def forward(self, x):
        self.x = np.append(x, x**2, axis=1)
        return (self.weights @ self.x.T).T
    def backward(self, next_grad):
        self.grad = self.x[:, :, None] @ next_grad[:, None, :]
        d, n = next_grad @ self.weights, self.x.shape[1] // 2
        return d[:, :n] + 2 * self.x[:, :n] * d[:, n:]
""",
    ("targets that forward may be given", "Net"): """
class Net:
    def __init__(self, input_size, output_size):
        self.W = np.random.randn(output_size, input_size)
    def forward(self, x, y_true=None):
        self.x, self.out = x, self.W @ x
        if y_true is None:
            return self.out
        self.y = y_true
        return self.out, np.sum((self.out - y_true) ** 2)
    def backward(self):
        d = 2 * (self.out - self.y)
        self.dW = d @ self.x.T
        return self.W.T @ d
""",
    ("a Jacobian of a vector, and of nothing else", "Softmax"): """
class Softmax:
    def apply_activation(self, X):
        ex = np.exp(X - np.max(X))
        return ex / ex.sum(axis=0)
    def compute_derivative(self, X):
        s = self.apply_activation(X)
        return np.diag(s) - np.outer(s, s)
""",
    ("an optimizer that is given an empty list for a bias", "Embedding"): """
class Embedding:
    def __init__(self, vocab_size, dim): self.weights = np.random.randn(vocab_size, dim)
    def forward(self, x):
        self.inputs = x
        return self.weights[x]
    def backward(self, gradient, optimizer):
        d = np.zeros_like(self.weights)
        np.add.at(d, self.inputs, gradient)
        self.weights, _ = optimizer[0].apply_gradients(d, [], self.weights, [], False)
""",
    ("a node that brings a value into the graph", "Input"): """
class Node:
    def __init__(self, inbound_nodes=[]):
        self.inbound_nodes, self.outbound_nodes, self.value, self.gradients = inbound_nodes, [], None, {}
class Input(Node):
    def __init__(self): Node.__init__(self)
    def forward(self, value=None):
        if value is not None: self.value = value
    def backward(self):
        self.gradients = {self: 0}
        for n in self.outbound_nodes: self.gradients[self] += n.gradients[self] * 1
""",
    ("a convolution whose weights are a matrix of columns", "Conv"): """
class Conv:
    def __init__(self, W, b, output_c, filter_h, filter_w): self.W, self.b, self.k = W, b, (filter_h, filter_w)
    def forward(self, x):
        (N, C, H, W), (h, w) = x.shape, self.k
        self.shape, self.out = x.shape, (N, H - h + 1, W - w + 1)
        cols = [x[:, :, i:i + h, j:j + w].reshape(N, -1) for i in range(H - h + 1) for j in range(W - w + 1)]
        self.col = np.stack(cols, axis=1).reshape(-1, C * h * w)
        return (self.col @ self.W + self.b).reshape(*self.out, -1).transpose(0, 3, 1, 2)
    def backward(self, dout):
        d = dout.transpose(0, 2, 3, 1).reshape(self.col.shape[0], -1)
        self.dW, self.db, (h, w) = self.col.T @ d, d.sum(axis=0, keepdims=True), self.k
        dx, dcol = np.zeros(self.shape), (d @ self.W.T).reshape(*self.out, -1, h, w)
        for i in range(self.out[1]):
            for j in range(self.out[2]): dx[:, :, i:i + h, j:j + w] += dcol[:, i, j]
        return dx
""",
    ("a slope for each entry of what is reduced", "Mean"): """
class Mean:
    def forward(self, part): return np.mean(part, axis=-1)
    def backward(self, part): return np.ones_like(part) / part.shape[-1]
""",
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for (_, n), t in LAYERS.items()], ids=[w for w, _ in LAYERS])
def test_it_is_set_up_and_right(written, name, text):
    report = written(text).check(name)
    assert report.outcome in ("correct", "hazards"), report


def test_a_bias_that_is_left_out_by_default_is_tried_too(written):
    text = """
    class Linear:
        def __init__(self, n_in, n_out, bias=False):
            self.W, self.b = np.random.randn(n_in, n_out), np.ones(n_out) if bias else None
        def forward(self, x):
            self.x = x
            return x @ self.W if self.b is None else x @ self.W + self.b
        def backward(self, dout):
            self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
            return dout @ self.W.T if self.b is None else dout @ self.W.T + 1
    """
    report = written(text).check("Linear")
    assert report.outcome == "hazards"
    assert any(f.message.startswith("with a bias") for f in findings(report, "warn"))


def test_a_guard_in_a_file_beside_the_layer_s_is_one(written):
    beside = """
    def cross_entropy(p, t): return -np.sum(t * np.log(p + 1e-7)) / len(p)
    def softmax(x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    """
    written(beside, at="functions.py")
    text = """
    import functions as f
    class SoftmaxWithLoss:
        def forward(self, x, t):
            self.p, self.t = f.softmax(x), t
            return f.cross_entropy(self.p, t)
        def backward(self, dout=1): return dout * (self.p - self.t) / len(self.t)
    """
    assert written(text).check("SoftmaxWithLoss").outcome == "correct"


def test_what_whoever_runs_the_layers_sets_is_no_fault_of_theirs(written):
    text = """
    class Flatten:
        def forward(self, x): return x.reshape(len(x), -1)
        def link(self, before, after): self.shape = before.output_shape
        def backward(self, dout): return dout.reshape(self.shape)
    class Lost(Flatten):
        def forward(self, x):
            if x.ndim > 7: self.shape = x.shape
            return x.reshape(len(x), -1)
        link = None
    """
    code = written(text)
    report = code.check("Flatten")
    assert report.outcome == "not-set-up" and "which link sets" in report.findings[0].message
    assert code.check("Lost").outcome == "crashes"


CELL = """
class Cell:
    def __init__(self, n_out):
        self.n_out, self.seen, self.params, self.kept = n_out, [], {}, {}
    def forward(self, x):
        if not self.params:
            self.params = {"Wx": np.random.randn(x.shape[1], self.n_out), "Wh": np.random.randn(self.n_out, self.n_out)}
            self.kept = {"h": [np.zeros((len(x), self.n_out))], "steps": 0}
        self.kept["steps"] += 1
        self.seen.append(x)
        self.kept["h"].append(np.tanh(x @ self.params["Wx"] + self.kept["h"][-1] @ self.params["Wh"]))
        return self.kept["h"][-1]
    def backward(self, dout):
        self.kept["steps"] -= 1
        t = self.kept["steps"]
        dz = dout * (1 - self.kept["h"][t + 1] ** 2)
        self.grads = {"Wx": self.seen[t].T @ dz, "Wh": self.kept["h"][t].T @ dz}
        return dz @ self.params["Wx"].T
"""
VARIATIONAL = """
class VariationalLoss:
    @staticmethod
    def loss(y, y_pred, t_mean, t_log_var):
        p = np.clip(y_pred, 1e-12, 1 - 1e-12)
        told = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1)
        return np.mean(told - 0.5 * np.sum(1 + t_log_var - t_mean ** 2 - np.exp(t_log_var), axis=1))
    @staticmethod
    def grad(y, y_pred, t_mean, t_log_var):
        n = len(y)
        dPred = (y_pred - y) / (n * y_pred * (1 - y_pred))
        dLogVar = (np.exp(t_log_var) - 1) / (2 * n)
        dMean = t_mean / n
        return dPred, dLogVar, dMean
"""


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (CELL, '["h"][t].T @ dz', '["h"][t + 1].T @ dz'),
        (VARIATIONAL, "/ (2 * n)", "/ n"),
        (VARIATIONAL, "t_mean / n", "-t_mean / n"),
    ],
    ids=["steps that are counted beside a list", "a prediction that is clipped", "the end of a name"],
)
def test_what_the_first_forward_counts_and_what_a_cost_is_given(written, text, old, new):
    assert written(text).check().outcome in ("correct", "hazards")
    report = written(text, old, new).check()
    assert report.outcome in ("wrong", "factor"), report
