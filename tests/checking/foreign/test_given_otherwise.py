"""Layers that are given inputs, sizes and parameters otherwise, or hand on something else than a gradient of inputs."""

import pytest

from ..reports import findings

EACH = {
    "built of inputs": """
class Function:
    def __init__(self, *args):
        self.args = args
class Mul(Function):
    def forward(self):
        return self.args[0].data * self.args[1].data
    def backward(self, grad):
        return grad * self.args[1].data, grad * self.args[0].data
class Times:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def forward(self):
        return self.x * self.y
    def backward(self, dout):
        return dout * self.y, dout * self.x
""",
    "put in": """
class Squash:
    def set_input(self, x):
        self.x = x
    def forward(self):
        self.y = np.tanh(self.x)
        return self.y
    def backward(self, dout):
        return dout * (1 - self.y ** 2)
""",
    "in one": """
class Full:
    def __init__(self, params):
        self.W, self.b = params
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
""",
    "by enum": """
from enum import Enum
class Curve(Enum):
    SIGMOID = 1
    TANH = 2
class Curved:
    def __init__(self, n_in, n_out, activation: Curve):
        self.W, self.curve = np.random.randn(n_in, n_out), activation
    def forward(self, x):
        if not isinstance(self.curve, Curve):
            raise ValueError(self.curve)
        self.x, z = x, x @ self.W
        self.y = 1 / (1 + np.exp(-z)) if self.curve == Curve.SIGMOID else np.tanh(z)
        return self.y
    def backward(self, dout):
        d = dout * (self.y * (1 - self.y) if self.curve == Curve.SIGMOID else 1 - self.y ** 2)
        self.dW = self.x.T @ d
        return d @ self.W.T
""",
    "features first": """
class BatchNorm:
    def __init__(self, input_shape):
        self.n, self.m = input_shape
        self.gamma, self.beta = np.ones((self.n, 1)), np.zeros((self.n, 1))
    def forward(self, x):
        self.s = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        self.h = (x - x.mean(axis=1, keepdims=True)) / self.s
        return self.gamma * self.h + self.beta
    def backward(self, dout):
        self.dgamma, self.dbeta = (dout * self.h).sum(axis=1, keepdims=True), dout.sum(axis=1, keepdims=True)
        d = dout * self.gamma
        mean = lambda a: a.mean(axis=1, keepdims=True)
        return (d - mean(d) - self.h * mean(d * self.h)) / self.s
""",
    "with the batch": """
class Conv:
    def __init__(self, shape, output_channels, ksize=3):
        self.ksize, self.out = ksize, np.zeros((shape[0], shape[1] - ksize + 1, shape[2] - ksize + 1, output_channels))
        self.weights = np.random.standard_normal((ksize, ksize, shape[-1], output_channels))
    def forward(self, x):
        self.x, k, (n, h, w, c) = x, self.ksize, x.shape
        for i in range(self.out.shape[1]):
            for j in range(self.out.shape[2]):
                self.out[:, i, j] = np.tensordot(x[:, i:i + k, j:j + k], self.weights, 3)
        return self.out.copy()
    def backward(self, eta):
        k, dx, self.w_gradient = self.ksize, np.zeros_like(self.x), np.zeros_like(self.weights)
        for i in range(eta.shape[1]):
            for j in range(eta.shape[2]):
                dx[:, i:i + k, j:j + k] += np.tensordot(eta[:, i, j], self.weights, (1, 3))
                self.w_gradient += np.tensordot(self.x[:, i:i + k, j:j + k], eta[:, i, j], (0, 0))
        return dx
""",
    "rows of tables": """
class Factors:
    def __init__(self, n_users, n_items, k):
        self.P, self.Q = np.random.randn(n_users, k), np.random.randn(n_items, k)
    def forward(self, u, i):
        self.u, self.i = u, i
        return (self.P[u] * self.Q[i]).sum(axis=-1)
    def backward(self, dout):
        dP, dQ = np.zeros_like(self.P), np.zeros_like(self.Q)
        np.add.at(dP, self.u, dout[:, None] * self.Q[self.i])
        np.add.at(dQ, self.i, dout[:, None] * self.P[self.u])
        return dP, dQ
class SkipGram:
    def __init__(self, vocab_size, embed_dim):
        self.W_in, self.W_out = np.random.randn(vocab_size, embed_dim), np.random.randn(embed_dim, vocab_size)
    def forward(self, center, context):
        self.center, self.context, self.h = center, context, self.W_in[center]
        e = np.exp(self.h @ self.W_out)
        self.p = e / e.sum()
        return -np.log(self.p[context])
    def backward(self):
        d = self.p.copy()
        d[self.context] -= 1
        self.dW_out, self.dW_in = np.outer(self.h, d), np.zeros_like(self.W_in)
        self.dW_in[self.center] = self.W_out @ d
""",
    "state space": """
class States:
    def __init__(self, A, B, C):
        self.A, self.B, self.C = A, B, C
    def forward(self, u):
        self.u, self.h = u, np.zeros((len(u) + 1, len(self.A)))
        for t in range(len(u)):
            self.h[t + 1] = self.A @ self.h[t] + self.B @ u[t]
        return self.h[1:] @ self.C.T
    def backward(self, dy):
        self.dA, self.dB, self.dC = np.zeros_like(self.A), np.zeros_like(self.B), dy.T @ self.h[1:]
        du, dh = np.zeros_like(self.u), np.zeros(len(self.A))
        for t in reversed(range(len(self.u))):
            dh = dh + self.C.T @ dy[t]
            self.dA += np.outer(dh, self.h[t])
            self.dB += np.outer(dh, self.u[t])
            du[t], dh = self.B.T @ dh, self.A.T @ dh
        return du
""",
    "scores below": """
class Handing:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_out, n_in), np.zeros((n_out, 1))
    def forward(self, a):
        self.a, self.z = a, self.W @ a + self.b
        return np.tanh(self.z)
    def backward(self, delta, z_prev):
        self.dW, self.db = delta @ self.a.T, delta.sum(axis=1, keepdims=True)
        return self.W.T @ delta * (1 - np.tanh(z_prev) ** 2)
""",
    "delta rule": """
class Perceptrons:
    def __init__(self, structure):
        self.weights = [np.random.rand(a, b) for a, b in zip(structure[:-1], structure[1:])]
    def forward(self, x):
        self.kept = [x]
        for w in self.weights:
            self.kept.append(np.tanh(self.kept[-1] @ w))
        return self.kept[-1]
    def backward(self, target, lr):
        error = target - self.kept[-1]
        for i in reversed(range(len(self.weights))):
            delta = error * (1 - self.kept[i + 1] ** 2)
            error = delta @ self.weights[i].T
            self.weights[i] += lr * self.kept[i].T @ delta
        return error
""",
    "other names": """
class Square:
    def get_loss(self, y_pred, y_true):
        self.p, self.t = y_pred, y_true
        return np.mean((y_pred - y_true) ** 2)
    def get_gradient(self):
        return 2 * (self.p - self.t) / self.p.size
class Plain:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def compute_gradients(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
class Halves:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        return dout @ self.W.T
    def deriv_w(self, dout):
        return self.x.T @ dout
class Curve:
    def forward(self, x):
        return 1 / (1 + np.exp(-x))
    def jacobian(self, x):
        return self.forward(x) * (1 - self.forward(x))
""",
}  # fmt: skip


@pytest.mark.parametrize("habit", EACH)
def test_a_right_layer_is_found_right(written, habit):
    for report in written(EACH[habit]).checks().values():
        assert report.outcome == "correct", str(report)


@pytest.mark.parametrize(
    ("habit", "old", "new"),
    [
        ("built of inputs", "return dout * self.y, dout * self.x", "return dout * self.x, dout * self.y"),
        ("put in", " ** 2", ""),
        ("state space", "np.outer(dh, self.h[t])", "np.outer(dh, self.h[t + 1])"),
        ("scores below", "** 2)", ")"),
    ],
)
def test_a_slip_in_it_is_found(written, habit, old, new):
    *_, report = written(EACH[habit], old, new).checks().values()
    assert report.outcome == "wrong"


def test_a_lost_upstream_gradient_is_told_where_shapes_forbid_slopes(written):
    text = """
    class Full:
        def __init__(self, W):
            self.W = W
        def forward(self, x):
            self.x = x
            self.out = x @ self.W
            return self.out
        def backward(self):
            self.dW = self.x.T @ self.out
            return self.out @ self.W.T
    """
    report = written(text).check()
    assert report.outcome == "wrong"
    assert any("the same whatever" in f.message for f in findings(report, "linear"))


def test_an_engine_is_asked_with_a_repeated_operand_where_it_says_that_it_sums(written):
    text = """
    def unbroadcast(g, shape):
        while g.ndim > len(shape):
            g = g.sum(axis=0)
        for k, n in enumerate(shape):
            g = g.sum(axis=k, keepdims=True) if n == 1 else g
        return g
    class Tensor:
        def __init__(self, data, parents=()):
            self.data, self.parents, self._backward = np.asarray(data, dtype=float), parents, lambda: None
            self.grad = np.zeros_like(self.data)
        def __mul__(self, other):
            out = Tensor(self.data * other.data, (self, other))
            def _backward():
                self.grad += unbroadcast(other.data * out.grad, self.data.shape)
                other.grad += unbroadcast(self.data * out.grad, other.data.shape)
            out._backward = _backward
            return out
    """
    report = written(text).check()
    assert report.outcome == "correct", str(report)
    report = written(text, "g.sum(axis=0)", "g.mean(axis=0)").check()
    assert report.outcome in ("factor", "wrong") and any("a row for all" in f.message for f in report.findings)


def test_a_tie_is_told_at_the_line_that_ran(written):
    text = """
    def most_forward(x, mode="max"):
        return (x.max(axis=1) if mode == "max" else x.mean(axis=1)), x
    def most_backward(dout, x, mode="max"):
        if mode == "max":
            dx = (x == x.max(axis=1, keepdims=True)) * dout[:, None]
        else:
            dx = np.ones(x.shape) / x.shape[1] * dout[:, None]
        return dx
    """
    report = written(text).check()
    assert [f.where.rpartition(":")[2] for f in findings(report, "fail", "values")] == ["6"]


def test_a_lost_factor_of_a_penalty_is_no_penalty_added(written):
    text = """
    class Elastic:
        def __init__(self, l1=0.01, l2=0.02):
            self.l1, self.l2 = l1, l2
        def __call__(self, w):
            return self.l1 * np.abs(w).sum() + self.l2 * (w ** 2).sum()
        def grad(self, w):
            return self.l1 * np.sign(w) + w
    """
    report = written(text).check()
    (wrong,) = findings(report, "fail", "values")
    assert "has the factor 1, where 0.04 belongs" in wrong.diagnosis[0].message
