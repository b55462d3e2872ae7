"""Functions as people write them: where the cache stands, what backward asks for again, dicts by their keys, stops."""

import pytest

from ..reports import findings

RIGHT = {
    "the cache stands second": """
def whiten_forward(x, gamma, beta, eps=1e-5, mean=None):
    rest = x.mean(axis=0) if mean is None else mean
    cache = {"d": x - rest, "gamma": gamma, "w": 1 / np.sqrt(x.var(axis=0) + eps)}
    return gamma * cache["d"] * cache["w"] + beta, cache, 0.9 * rest
def whiten_backward(dout, cache):
    d, w, g = cache["d"], cache["w"], dout * cache["gamma"]
    unit = d * w
    dx = w * (g - g.mean(axis=0) - unit * (g * unit).mean(axis=0))
    return {"dx": dx, "dgamma": (dout * unit).sum(axis=0), "dbeta": dout.sum(axis=0)}
""",
    "the shape of the input is asked for": """
def halve_forward(h):
    n = h.shape[1] // 2 * 2
    return np.maximum(h[:, 0:n:2], h[:, 1:n:2]), h[:, 0:n:2] >= h[:, 1:n:2]
def halve_backward(dout, first, in_shape):
    dx = np.zeros(in_shape)
    n = in_shape[1] // 2 * 2
    dx[:, 0:n:2], dx[:, 1:n:2] = dout * first, dout * ~first
    return dx
""",
    "a second argument that the derivative has alone": """
def line(x, slope):
    return x * slope
def line_prime(slope):
    return slope
""",
    "a derivative of a loss is given the cache": """
def soft_loss(x, y, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    s = e / e.sum(axis=axis, keepdims=True)
    return -np.mean(np.log(s[np.arange(len(x)), y])), (s, y)
def d_soft_loss(cache):
    s, y = cache
    return (s - np.eye(s.shape[1])[y]) / len(s)
""",
    "a vector of scores": """
def share(z):
    e = np.exp(z - z.max())
    return e / e.sum()
def share_backward(out, g):
    return out * (g - float(np.dot(g, out)))
""",
    "turned by angles": """
def turn_forward(x, cos, sin):
    a, b = x[..., 0::2], x[..., 1::2]
    return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)
def turn_backward(dout, cos, sin):
    half = dout.shape[-1] // 2
    a, b = dout[..., :half], dout[..., half:]
    dx = np.empty_like(dout)
    dx[..., 0::2], dx[..., 1::2] = a * cos + b * sin, b * cos - a * sin
    return dx
""",
    "weights by their keys, in a dict of any name": """
def gated_forward(X, p):
    gate, up = X @ p["Wg"], X @ p["Wu"]
    s = 1 / (1 + np.exp(-gate))
    h = gate * s * up
    return h @ p["Wd"], (X, p, gate, up, s, h)
def gated_backward(dout, cache):
    X, p, gate, up, s, h = cache
    dh = dout @ p["Wd"].T
    dgate, dup = dh * up * s * (1 + gate * (1 - s)), dh * gate * s
    return dgate @ p["Wg"].T + dup @ p["Wu"].T, {"Wg": X.T @ dgate, "Wu": X.T @ dup, "Wd": h.T @ dout}
""",
    "d_x for xt, beside gradients that have their names": """
def step_forward(xt, a_prev, param):
    a_next = np.tanh(xt @ param["W_xh"] + a_prev @ param["W_hh"] + param["b_h"])
    return a_next, a_next @ param["W_hy"] + param["b_y"], (a_next, a_prev, xt, param)
def step_backward(da_next, cache):
    a_next, a_prev, xt, param = cache
    dh = da_next * (1 - a_next ** 2)
    d_x, d_Wxh, d_Whh = dh @ param["W_xh"].T, xt.T @ dh, a_prev.T @ dh
    d_a_prev, d_bh = dh @ param["W_hh"].T, dh.sum(axis=0)
    return d_x, d_a_prev, d_Whh, d_Wxh, d_bh
""",
    "a weight for each row of columns": """
def rootnorm(x, w, eps=1e-5):
    return x * w.reshape(-1, 1) / np.sqrt(np.mean(x * x, axis=0, keepdims=True) + eps)
def rootnorm_backward(dy, x, w, eps=1e-5):
    rms = np.sqrt(np.mean(x * x, axis=0, keepdims=True) + eps)
    g = dy * w.reshape(-1, 1)
    return (g - x * np.mean(g * x, axis=0, keepdims=True) / rms ** 2) / rms, np.sum(dy * x / rms, axis=1)
""",
    "classes in rows, examples in columns": """
def column_loss(logits, targets):
    S = targets.shape[0]
    e = np.exp(logits - logits.max(axis=0, keepdims=True))
    dlogits = e / e.sum(axis=0, keepdims=True)
    loss = -np.sum(np.log(dlogits[targets, np.arange(S)])) / S
    dlogits[targets, np.arange(S)] -= 1
    return loss, dlogits / S
""",
    "what is desired comes first": """
def cross_loss(yd, yp):
    loss = -np.sum(yd * np.log(yp), axis=1)
    deriv = -(yd / yp)
    return loss, deriv
""",
    "a network's cost, of sizes that it has built in": """
class Curve:
    def __init__(self):
        self.inputs, self.hidden = 2, 3
        self.W1, self.W2 = np.random.randn(2, 3), np.random.randn(3, 1)
    def forward(self, X):
        self.h = np.tanh(X @ self.W1)
        return self.h @ self.W2
    def cost_function(self, X, y):
        return 0.5 * sum((y - self.forward(X)) ** 2)
    def cost_function_prime(self, X, y):
        d = self.forward(X) - y
        dJdW2, dJdW1 = self.h.T @ d, X.T @ ((d @ self.W2.T) * (1 - self.h ** 2))
        return dJdW1, dJdW2
""",
    "what is given again is called as what forward returned": """
def lone_layer_forward_propagation(A_prev, W_curr, b_curr, activation="bend"):
    Z = W_curr @ A_prev + b_curr
    return np.tanh(Z), Z
def lone_layer_backward_propagation(dA_curr, W_curr, b_curr, Z_curr, A_prev, activation="bend"):
    dZ = dA_curr * (1 - np.tanh(Z_curr) ** 2)
    return W_curr.T @ dZ, dZ @ A_prev.T, dZ.sum(axis=1, keepdims=True)
""",
    "a softmax's gradient, with the cross entropy in it": """
def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)
def softmax_backward(y_hat, y):
    return y_hat - y
""",
    "a bias for each row of an image's windows": """
def windows_forward(X, W, b):
    n, _, h, w = X.shape
    out = np.zeros((len(W), h - 2, w - 2, n))
    cols = np.stack([X[:, :, i:i + 3, j:j + 3].ravel() for i in range(h - 2) for j in range(w - 2)])
    cols = cols.reshape(h - 2, w - 2, n, -1).reshape(-1, W[0].size).T
    out = (W.reshape(len(W), -1) @ cols + b).reshape(len(W), h - 2, w - 2, n)
    return out.transpose(3, 0, 1, 2), (X, W, cols)
def windows_backward(dy, cache):
    X, W, cols = cache
    g = dy.transpose(1, 2, 3, 0).reshape(len(W), -1)
    dX = np.zeros_like(X)
    for i in range(3):
        for j in range(3):
            dX[:, :, i:i + dy.shape[2], j:j + dy.shape[3]] += np.einsum("nfhw,fc->nchw", dy, W[:, :, i, j])
    return dX, (g @ cols.T).reshape(W.shape), g.sum(axis=1, keepdims=True)
""",
    "one image with its filters' channels last": """
def spread_forward(image, filters, biases):
    h, w, c_in = image.shape
    f, k, _, c_in = filters.shape
    cols = np.stack([image[i:i + h - k + 1, j:j + w - k + 1] for i in range(k) for j in range(k)], axis=2)
    flat = filters.reshape(f, k * k, c_in)
    return np.einsum("hwkc,fkc->hwf", cols, flat) + biases, (image, filters, cols)
def spread_backward(d_output, cache):
    image, filters, cols = cache
    k, (h, w, f) = filters.shape[1], d_output.shape
    d_image = np.zeros_like(image)
    for i in range(k):
        for j in range(k):
            d_image[i:i + h, j:j + w] += d_output @ filters[:, i, j]
    return d_image, np.einsum("hwf,hwkc->fkc", d_output, cols).reshape(filters.shape), d_output.sum(axis=(0, 1))
""",
    "two layers and their loss in one function": """
def forward_backward(X_batch, y_batch, w1, b1, w2, b2, slip=False):
    N = len(X_batch)
    a = np.tanh(X_batch @ w1 + b1)
    z = a @ w2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(N), y_batch]))
    dz = (p - np.eye(p.shape[1])[y_batch]) / N
    da = dz @ w2.T * (1 - a ** 2)
    dw1, db1, dw2, db2 = X_batch.T @ da, da.sum(axis=0), a.T @ dz, dz.sum(axis=0)
    return loss, dw1, db1, dw2, db2
""",
    "a network of these sizes, told to keep what backward wants": """
class Tower:
    def __init__(self, sizes, seed=0):
        rng = np.random.default_rng(seed)
        self.W = [rng.standard_normal((a, b)) for a, b in zip(sizes[:-1], sizes[1:])]
        self.b = [np.zeros(b) for b in sizes[1:]]
    def forward(self, x, keep=False):
        a = [x]
        for W, b in zip(self.W, self.b):
            a.append(np.tanh(a[-1] @ W + b))
        if keep:
            self._kept = a
        return a[-1]
    def backward(self, dout):
        gW, gb, a, d = [None] * len(self.W), [None] * len(self.W), self._kept, dout
        for i in reversed(range(len(self.W))):
            d = d * (1 - a[i + 1] ** 2)
            gW[i], gb[i], d = a[i].T @ d, d.sum(0), d @ self.W[i].T
        self.input_grad = d
        return [*gW, *gb]
""",
    "alpha is the rate of its steps": """
class Stepping:
    def __init__(self, n_features, n_classes):
        self.weights = np.random.randn(n_features, n_classes)
        self.biases = np.zeros((1, n_classes))
    def forward(self, X):
        return np.tanh(X @ self.weights + self.biases)
    def backprop(self, X, y, alpha):
        out = self.forward(X)
        error = 2 * (out - y) * (1 - out ** 2)
        self.weights -= alpha * X.T @ error / len(X)
        self.biases -= alpha * error.mean(axis=0)
""",
    "a base class that is not there keeps what is saved": """
from .tensor import Function
class Bend(Function):
    def forward(self, x):
        y = np.tanh(x)
        self.save_for_backward(y)
        return y
    def backward(self, grad):
        y, = self.saved_tensors
        return grad * (1 - y ** 2)
""",
    "out and derivate": """
class Bent:
    def __init__(self, mu=1):
        self.mu = mu
    def out(self, x):
        return np.tanh(self.mu * x)
    def derivate(self, x):
        return self.mu * (1 - np.tanh(self.mu * x) ** 2)
""",
    "a cost over a slope and where it starts": """
def square_loss(X, y, m, b):
    return np.mean((X @ m + b - y) ** 2)
def square_loss_gradient(X, y, m, b):
    error = X @ m + b - y
    m_grad, b_grad = 2 * X.T @ error / len(y), 2 * np.mean(error)
    return m_grad, b_grad
""",
    "a cost and its gradient, for each other by their first words": """
def cost(theta, X, y):
    h = 1 / (1 + np.exp(-X @ theta))
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
def gradient(theta, X, y):
    return X.T @ (1 / (1 + np.exp(-X @ theta)) - y) / len(X)
""",
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_one_is_set_up_and_proved(written, name):
    report = written(RIGHT[name]).check()
    assert report.outcome in ("correct", "hazards"), report
    assert report.verdict.status in ("proved", "agrees"), report


def test_a_slip_in_a_networks_cost_is_found(written):
    text = RIGHT["a network's cost, of sizes that it has built in"]
    assert written(text, " * (1 - self.h ** 2)", "").check().outcome == "wrong"


def test_a_step_has_nothing_to_check(written):
    text = """
    def step(x): return 1 if x > 0 else 0
    def step_prime(): return 0
    """
    assert written(text).check().outcome == "vacuous"


@pytest.mark.parametrize("last", ["((a - b) ** 2).mean()", "loss = np.mean((a - b) ** 2)"])
def test_a_forward_that_gives_nothing_back_is_told(written, last):
    text = f"""
    def mse(a, b):
        {last}
    def mse_der(a, b): return 2 * (a - b) / a.size
    """
    report = written(text).check()
    assert report.outcome == "crashes" and report.findings[0].where.endswith(":3")
    assert "mse gives nothing back" in report.findings[0].message


def test_methods_on_a_page_beside_their_class(written):
    text = """
    # A value

    words, (not code
    ```python
    class Value:
        def __init__(self, data, children=()):
            self.data, self.grad, self._backward, self._children = data, 0.0, lambda: None, set(children)
    ```
    more
    ```python
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    ```
    """
    assert written(text, at="page.md").check().outcome in ("correct", "hazards")


def test_half_of_a_pair_stands_in_the_file_beside_it(written):
    front = """
    def bend_forward(x): return np.tanh(x), x
    def bare_forward(x): return x, x
    """
    back = """
    from front import bend_forward, bare_forward
    def bend_backward(dout, cache): return dout * (1 - np.tanh(cache) ** 2)
    """
    written(front, at="front.py")
    reports = written(back, at="back.py").checks()
    assert {name: r.outcome for name, r in reports.items()} == {"bend": "correct"}


def test_a_layer_of_which_the_example_shows_nothing_is_no_constant(written):
    """All of a ReLU's entries may be cut off at the example: others are looked at."""
    text = """
    def cut_forward(A, W, b):
        Z = W @ A + b
        return np.maximum(0, Z), (A, W, Z)
    def cut_backward(dA, cache):
        A, W, Z = cache
        dZ = dA * (Z > 0)
        return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)
    """
    assert {written(text).check("cut", seed=k).outcome for k in range(3)} == {"correct"}


ROUNDED = """
def bent(x):
    return 1.7159 * np.tanh(2 / 3 * x + 0.044715 * x ** 3)
def bent_backward(dout, x):
    u = 0.66667 * x + 0.044715 * x ** 3
    return dout * 1.7159 * (1 - np.tanh(u) ** 2) * (0.66667 + 0.134145 * x ** 2)
"""


def test_constants_that_are_rounded_make_nothing_wrong(written):
    report = written(ROUNDED).check()
    (said,) = findings(report, "rounded-constants")
    assert report.outcome == "hazards" and "off by" in said.message and report.verdict.status == "agrees"


@pytest.mark.parametrize(
    "old, new", [("0.134145", "0.134845"), ("(0.66667 +", "(0.66674 +"), ("1.7159 * (1", "1.7158 * (1")]
)
def test_what_rounding_does_not_explain_is_wrong(written, old, new):
    assert written(ROUNDED, old, new).check().outcome in ("wrong", "factor")


def test_two_matrices_a_and_b_are_a_product_and_no_bias(written):
    text = """
    def matmul(A, B): return A @ B
    def matmul_bwd(A, B, dY): return dY @ B.T, A.T @ dY
    """
    assert written(text).check().verdict.status == "proved"
    assert written(text, "A.T @ dY", "2 * A.T @ dY").check().outcome in ("wrong", "factor")


STOPPED = """
def bent_dense_forward(x, w, b, activation):
    z = x @ w + b
    if activation == "sigmoid":
        kept = x, w, 1 / (1 + np.exp(-u))
    elif activation == "relu":
        kept = x, w, np.maximum(u, 0)
    return kept[2], kept
def bent_dense_backward(dout, cache, activation):
    x, w, s = cache
    dz = dout * s * (1 - s)
    return dz @ w.T, x.T @ dz, dz.sum(axis=0)
def hinge_loss(w, x, y, reg):
    gap = w @ x - (w @ x)[y, np.arange(len(y))] + 1
    over = gap > 0
    loss = (gap * over).sum() / len(y) - 1 + reg * (w * w).sum() / 2
    over *= np.ones(over.shape)
    over[y, np.arange(len(y))] = 1 - over.sum(axis=0)
    dw = over @ x.T / len(y) + reg * w
    return loss, dw
"""


@pytest.mark.parametrize(
    ("name", "error", "line"), [("bent_dense", "NameError: name 'u'", 7), ("hinge_loss", "Cannot cast ufunc", 17)]
)
def test_code_that_cannot_run_is_told_where_it_gets_furthest(written, name, error, line):
    report = written(STOPPED).check(name)
    assert report.outcome == "crashes" and error in report.findings[0].message, report
    assert report.findings[0].where.endswith(f":{line}")
