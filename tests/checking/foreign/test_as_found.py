"""What files as they are commonly found showed at first contact: courses' classes, networks of functions, notes."""

import pytest

from ..reports import findings, reasons

RIGHT = {
    "a loss beside its predictions, asked with the targets and an upstream gradient": """
class SigmoidLoss:
    def forward(self, x, y_batch):
        self.p = 1 / (1 + np.exp(-x))
        return self.p, -(y_batch * np.log(self.p + 1e-8) + (1 - y_batch) * np.log(1 - self.p + 1e-8))
    def backward(self, y, grad_output):
        return grad_output * (self.p - y)
""",
    "targets in a column": """
def bce_with_logits(logits, y):
    y = y.reshape(-1, 1)
    loss = np.mean(np.maximum(logits, 0) - logits * y + np.log1p(np.exp(-np.abs(logits))))
    grad = (1 / (1 + np.exp(-logits)) - y) / len(y)
    return loss, grad
""",
    "a network that asks its layers and returns nothing": """
class Dense:
    def __init__(self, n_in, n_out, rng):
        self.W, self.b = rng.standard_normal((n_in, n_out)), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, g):
        self.dW, self.db = self.x.T @ g, g.sum(axis=0)
        return g @ self.W.T
class Net:
    def __init__(self, sizes, seed=0):
        rng = np.random.default_rng(seed)
        self.layers = [Dense(n, m, rng) for n, m in zip(sizes, sizes[1:])]
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
""",
    "gradients that are kept and returned, those of the parameters first": """
class Dense:
    def __init__(self, n_in, n_out):
        self.filters, self.biases = np.random.randn(n_in, n_out), np.zeros((1, n_out))
    def forward(self, input_data):
        self.last = input_data
        return input_data @ self.filters + self.biases
    def backward(self, d_out):
        d_filters, d_biases, d_input = self.last.T @ d_out, d_out.sum(axis=0, keepdims=True), d_out @ self.filters.T
        self.d_filters, self.d_biases = d_filters, d_biases
        return d_filters, d_biases, d_input
""",
    "columns of scores, of which one row is one class": """
class SoftmaxLoss:
    def forward(self, z):
        e = np.exp(z - np.max(z, axis=0, keepdims=True))
        self.probs = e / np.sum(e, axis=0, keepdims=True)
        return self.probs
    def backward(self, y):
        return self.probs - y
""",
    "a pool's settings under another name": """
def max_pool_forward(x, max_pool_param):
    h, w, s = max_pool_param["pool_height"], max_pool_param["pool_width"], max_pool_param["pool_stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - h) // s, 1 + (W - w) // s))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * s:i * s + h, j * s:j * s + w].mean(axis=(2, 3))
    return out, (x, max_pool_param)
def max_pool_backward(dout, cache):
    x, p = cache
    h, w, s, dx = p["pool_height"], p["pool_width"], p["pool_stride"], np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * s:i * s + h, j * s:j * s + w] += dout[:, :, i, j][:, :, None, None] / (h * w)
    return dx
""",
    "pairs that tell their kind at the end": """
def scale_forward_conv(x, gamma):
    return x * gamma.reshape(1, -1, 1, 1), (x, gamma)
def scale_backward_conv(dout, cache):
    x, gamma = cache
    return dout * gamma.reshape(1, -1, 1, 1), (dout * x).sum(axis=(0, 2, 3))
""",
    "layers in a class that groups them": """
class Layers:
    class Affine:
        def __init__(self, W, b):
            self.W, self.b = W, b
        def forward(self, x):
            self.x = x
            return x @ self.W + self.b
        def backward(self, dout):
            self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
            return dout @ self.W.T
""",
    "a network's classes as the file makes its weights, and its data are not there": """
data = np.array(pd.read_csv("train.csv"))
m, n = data.shape
def init_params():
    return_ = np.random.rand(10, 784) - 0.5
    W1, b1, W2, b2 = return_, np.random.rand(10, 1), np.random.rand(10, 10) - 0.5, np.random.rand(10, 1)
    return W1, b1, W2, b2
def softmax(Z):
    return np.exp(Z) / np.exp(Z).sum(axis=0)
def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2 @ A1 + b2
    A2 = softmax(Z2)
    return Z1, A1, Z2, A2
def back_prop(Z1, A1, Z2, A2, W1, W2, X, Y):
    one_hot = np.zeros((10, Y.size))
    one_hot[Y, np.arange(Y.size)] = 1
    dZ2 = A2 - one_hot
    dW2 = 1 / m * dZ2 @ A1.T
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2 * (Z1 > 0)
    dW1 = 1 / m * dZ1 @ X.T
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2
""",
    "three layers of functions, and biases in rows": """
def forward_propagation(X, W1, b1, W2, b2, W3, b3):
    Z1 = X @ W1 + b1
    A1 = np.maximum(0, Z1)
    Z2 = A1 @ W2 + b2
    A2 = np.maximum(0, Z2)
    Z3 = A2 @ W3 + b3
    A3 = np.exp(Z3) / np.sum(np.exp(Z3), axis=1, keepdims=True)
    return Z1, A1, Z2, A2, Z3, A3
def backward_propagation(X, y, Z1, A1, Z2, A2, Z3, A3, W1, W2, W3):
    m, dZ3 = X.shape[0], A3.copy()
    dZ3[np.arange(m), y] -= 1
    dW3, db3 = A2.T @ dZ3 / m, np.sum(dZ3, axis=0, keepdims=True) / m
    dZ2 = dZ3 @ W3.T * (Z2 > 0)
    dW2, db2 = A1.T @ dZ2 / m, np.sum(dZ2, axis=0, keepdims=True) / m
    dZ1 = dZ2 @ W2.T * (Z1 > 0)
    dW1, db1 = X.T @ dZ1 / m, np.sum(dZ1, axis=0, keepdims=True) / m
    return dW1, db1, dW2, db2, dW3, db3
""",
    "pairs with a number, and an activation that says so": """
def act2(x): return 1 / (1 + np.exp(-x)) - 0.5
def act_der2(x): return act2(x + 0) * -act2(x) + 0.25
def soft_activation(z): return np.log1p(np.exp(z))
def soft_derivative(z): return 1 / (1 + np.exp(-z))
""",
    "a network told how many examples there are": """
class Net:
    def __init__(self, m):
        self.m, self.W1, self.b1 = m, np.random.rand(10, 784) - 0.5, np.random.rand(10, 1)
        self.W2, self.b2 = np.random.rand(10, 10) - 0.5, np.random.rand(10, 1)
    def forward_prop(self, X):
        Z1 = self.W1.dot(X) + self.b1
        A1 = np.maximum(Z1, 0)
        Z2 = self.W2.dot(A1) + self.b2
        A2 = np.exp(Z2) / sum(np.exp(Z2))
        return Z1, A1, Z2, A2
    def backward_prop(self, Z1, A1, Z2, A2, X, Y):
        one_hot = np.zeros((Y.size, Y.max() + 1))
        one_hot[np.arange(Y.size), Y] = 1
        dZ2 = A2 - one_hot.T
        dW2, db2 = 1 / self.m * dZ2.dot(A1.T), 1 / self.m * np.sum(dZ2, axis=1, keepdims=True)
        dZ1 = self.W2.T.dot(dZ2) * (Z1 > 0)
        dW1, db1 = 1 / self.m * dZ1.dot(X.T), 1 / self.m * np.sum(dZ1, axis=1, keepdims=True)
        return dW1, db1, dW2, db2
""",
    "the trace of one square matrix's inverse": """
class Spread:
    def forward(self, A):
        self.inv = np.linalg.inv(A)
        return np.trace(self.inv)
    def backward(self, dout=1.0): return -dout * (self.inv @ self.inv).T
""",
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_right_layers_are_told_right(written, text):
    reports = written(text).checks()
    assert reports
    for report in reports.values():
        assert report.outcome == "correct", str(report)


@pytest.mark.parametrize("name", [n for n in RIGHT if n.startswith("a network")][1:])
def test_a_bias_that_is_summed_over_everything_is_named(written, name):
    report = written(RIGHT[name], "np.sum(dZ1, axis=1, keepdims=True)", "np.sum(dZ1)").check()
    assert report.outcome == "wrong" and "keepdims=True" in reasons(report, "fail")[0].message


def test_biases_in_rows_are_given_as_rows_where_the_network_is_wrong_too(written):
    text = """
    def sigmoid(x): return 1 / (1 + np.exp(-x))
    def forward(x, W1, b1, W2, b2):
        z1 = x @ W1 + b1
        a1 = sigmoid(z1)
        z2 = a1 @ W2 + b2
        return z1, a1, z2, sigmoid(z2)
    def backward(z1, a1, z2, a2, x, y, W1, W2):
        dZ2 = a2 - y
        dZ1 = dZ2 @ W2.T
        dW2, db2 = a1.T @ dZ2, dZ2.sum(axis=0, keepdims=True)
        dW1, db1 = x.T @ dZ1, dZ1.sum(axis=0, keepdims=True)
        return dW1, dW2, db1, db2
    """
    report = written(text).check("forward")
    assert report.outcome == "wrong" and not findings(report, "warn", "shape")


def test_a_division_too_many_is_named_where_it_stands_and_not_where_it_is_returned(written):
    text = """
    def dense_forward(X, W, b):
        return X @ W + b
    def dense_backward(X, W, dZ):
        dW = X.T @ dZ / X.shape[0]
        db = np.sum(dZ, axis=0) / X.shape[0]
        dX = dZ @ W.T
        return dX, dW, db
    """
    told = " ".join(f.message for f in findings(written(text).check(), "fail"))
    assert "`X.T @ dZ / X.shape[0]` should read `X.T @ dZ`" in told


def test_a_method_in_notes_has_its_self(written):
    text = """
    ```python
    import numpy as np
    def _softmax(self, x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)
    def _softmax_backward(self, dout, y):
        return y * (dout - np.sum(dout * y, axis=-1, keepdims=True))
    ```
    """
    assert written(text, at="notes.md").check().outcome == "correct"


def test_a_gradient_that_was_summed_is_no_list_of_rows(written):
    text = """
    class Norm:
        def __init__(self, gamma=1, beta=0):
            self.gamma, self.beta = gamma, beta
        def forward(self, x):
            self.x, self.m = x, x.mean(axis=0)
            return self.gamma * (x - self.m) + self.beta
        def backward(self, d_out):
            d_gamma, d_beta = np.sum(d_out * (self.x - self.m), axis=0), np.sum(d_out, axis=0)
            dx = np.sum(d_out * self.gamma, axis=0)
            return d_gamma, d_beta, dx
    """
    assert "has shape (5,), x has (3, 5)" in findings(written(text).check(), "fail")[0].message


def test_an_upstream_gradient_of_what_forward_works_with_inside_may_come_first(written):
    text = """
    def cell_forward(xt, a_prev, parameters):
        Wf, Wy, by = parameters["Wf"], parameters["Wy"], parameters["by"]
        c_next = Wf @ np.concatenate((a_prev, xt))
        a_next = np.tanh(c_next)
        yt_pred = Wy @ a_next + by
        return a_next, c_next, yt_pred, (a_next, a_prev, xt, parameters)
    def cell_backward(dz, da_next, dc_next, cache):
        a_next, a_prev, xt, parameters = cache
        d, n = dc_next + da_next * (1 - a_next ** 2), len(a_prev)
        back = parameters["Wf"].T @ d
        return {"dxt": back[n:], "da_prev": back[:n], "dWf": d @ np.concatenate((a_prev, xt)).T,
                "dWy": dz @ a_next.T, "dby": dz.sum(axis=1, keepdims=True)}
    """
    assert written(text).check().outcome in ("correct", "hazards")


def test_a_networks_lists_of_gradients_leave_out_its_input(written):
    text = """
    class Net:
        def __init__(self, layer_sizes):
            self.weights = [np.random.randn(m, n) for n, m in zip(layer_sizes, layer_sizes[1:])]
        def forward(self, X):
            self.inputs = []
            for W in self.weights:
                self.inputs.append(X)
                X = X @ W.T
            return X
        def backward(self, dout):
            grads_W = []
            for i in reversed(range(len(self.weights))):
                dW = dout.T @ self.inputs[i] / len(dout)
                dout = dout @ self.weights[i]
                grads_W.insert(0, dW)
            grads_b = []
            return grads_W, grads_b
    """
    report = written(text).check()
    assert report.outcome == "factor" and not any("no gradient for X" in f.message for f in report.findings)


def test_a_window_s_side_is_squared_rather_than_a_number_of_channels(written):
    text = """
    class Conv:
        def __init__(self, in_channels, out_channels, kernel_size):
            self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, kernel_size
            self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
            self.b = np.zeros(out_channels)
        def windows(self, x):
            return np.lib.stride_tricks.sliding_window_view(x, (self.kernel_size,) * 2, axis=(2, 3))
        def forward(self, x):
            self.x = x
            out = np.einsum("nchwkl,ockl->nohw", self.windows(x), self.W)
            return out + self.b[:, None, None] * self.kernel_size * self.kernel_size
        def backward(self, dout):
            self.dW = np.einsum("nchwkl,nohw->ockl", self.windows(self.x), dout)
            self.db = dout.sum(axis=(0, 2, 3))
            dx = np.zeros_like(self.x)
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    k = self.kernel_size
                    dx[:, :, i:i + k, j:j + k] += np.einsum("no,ockl->nckl", dout[:, :, i, j], self.W)
            return dx
    """
    (told, *_) = [d for d in reasons(written(text).check(), "fail") if d.code in ("factor", "scale-n")]
    assert "kernel_size^2" in told.message


def test_a_constructor_that_reads_a_file_does_not_read_ours(written):
    text = """
    class Model:
        def __init__(self, train_file_name):
            self.rows = open(train_file_name).readlines()
        def forward(self, x): return 2 * x
        def backward(self, dout): return 2 * dout
    """
    report = written(text).check()
    assert report.outcome == "not-set-up" and "FileNotFoundError" in str(report)


def test_a_diagonal_of_slopes_is_a_vectors_and_a_sum_over_rows_stays_one_in_a_square(written):
    text = """
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))
    def D_sigmoid(z):
        return np.diag((sigmoid(z) * (1 - sigmoid(z))).squeeze())
    """
    assert written(text).check().outcome == "correct"
    text = """
    def CE_loss(y_hat, y_target):
        return -sum(y_target * np.log(y_hat))
    def D_CE_loss(y_hat, y_target):
        return -y_target * 1 / y_hat
    """
    assert written(text).check().outcome == "correct"


def test_a_layer_that_ends_in_a_softmax_and_starts_before_it_is_told_so(written):
    text = """
    class Classification:
        def __init__(self, n_in, n_out):
            self.weights, self.biases = np.random.randn(n_in, n_out), np.random.randn(n_out)
        def forward(self, inputs):
            self.inputs = inputs
            e = np.exp(np.dot(inputs, self.weights) + self.biases)
            self.output_probs = e / np.sum(e, axis=1, keepdims=True)
            return self.output_probs
        def backward(self, grad_outputs):
            self.grad_weights = np.dot(self.inputs.T, grad_outputs)
            self.grad_biases = np.sum(grad_outputs, axis=0)
            return np.dot(grad_outputs, self.weights.T)
    """
    told = reasons(written(text).check(), "fail")
    assert told and all("should read `self.output_probs * (grad_outputs - (grad_outputs" in d.message for d in told)


def test_an_activation_gives_its_slope_for_a_flag_and_an_older_generator_draws_numbers(written):
    text = """
    class Dense:
        def __init__(self, n_in, n_out, activation, rng, weights=None):
            self.f, self.W, self.b = activation, rng.randn(n_out, n_in), np.zeros((n_out, 1))
        def forward(self, x):
            self.z = np.dot(self.W, x) + self.b
            return self.f(self.z)
        def backward(self, x, upstream):
            aux = upstream * self.f(self.z, True)
            self.grad_b = aux.sum(axis=1, keepdims=True)
            self.grad_W = np.dot(aux, x.T)
            return np.dot(self.W.T, aux)
    """
    assert written(text).check().outcome == "correct"
