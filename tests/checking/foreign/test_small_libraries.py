"""Habits of one author's little library: layers that share a base, a dict for gradients, strengths of penalties."""

import pytest

RIGHT = {
    "Named": """
class Named:
    def __init__(self, n_in, n_out, name="Named"):
        self.name = name
        self.store = {f"{name}/W": np.random.randn(n_in, n_out), f"{name}/b": np.zeros(n_out)}
    def forward(self, x): return x @ self.store[f"{self.name}/W"] + self.store[f"{self.name}/b"], {}
    def backward(self, x, cache, upstream_gradient, gradients):
        gradients[f"{self.name}/W"] = x.T @ upstream_gradient
        gradients[f"{self.name}/b"] = upstream_gradient.sum(axis=0)
        return upstream_gradient @ self.store[f"{self.name}/W"].T
""",
    "Penalised": """
class Penalised:
    def __init__(self, n_in, n_out, l1, l2):
        self.W, self.l1, self.l2 = np.random.randn(n_in, n_out), l1, l2
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout + self.l1 * np.sign(self.W) + 2 * self.l2 * self.W
        return dout @ self.W.T
""",
    "Softmax": """
class Softmax:
    def __init__(self): self.eps = 1e-10
    def forward(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        self.y = e / (e.sum(axis=-1, keepdims=True) + self.eps)
        return self.y
    def backward(self, dout): return self.y * (dout - (dout * self.y).sum(axis=-1, keepdims=True))
""",
    "Normal": """
class Normal:
    def __init__(self, input_d): self.gamma = np.ones((1, input_d, 1, 1))
    def forward(self, x):
        self.std = np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + 1e-5)
        self.h = (x - x.mean(axis=(0, 2, 3), keepdims=True)) / self.std
        return self.gamma * self.h
    def backward(self, dout):
        n, c, h, w = dout.shape
        self.dgamma = (dout * self.h).sum(axis=(0, 2, 3), keepdims=True)
        d = dout * self.gamma
        mean = lambda a: a.sum(axis=(0, 2, 3), keepdims=True) / (n * h * w)
        return (d - mean(d) - self.h * mean(d * self.h)) / self.std
""",
    "Lookup": """
class Lookup:
    def __init__(self, input_d, output_d): self.n, self.W = input_d, np.random.randn(input_d, output_d)
    def forward(self, ids):
        self.hot = np.zeros((ids.size, self.n))
        self.hot[np.arange(ids.size), ids.astype(int).reshape(-1)] = 1
        return (self.hot @ self.W).reshape(*ids.shape, -1)
    def backward(self, dout): self.dW = self.hot.T @ dout.reshape(len(self.hot), -1)
""",
    "Bare": """
class Bare:
    def __init__(self, nodes, input_shape=None): self.nodes, self.input_shape = nodes, input_shape
    def init(self): self.weights = np.random.random((self.input_shape, self.nodes))
    def set_input_shape(self, input_shape): self.input_shape = input_shape
    def feed_forward(self, x):
        self.x = x
        return x @ self.weights
    def back_propagate(self, grad):
        self.dweights = self.x.T @ grad
        return grad @ self.weights.T
""",
    "ScoresLoss": """
class ScoresLoss:
    EPS = 1e-7
    def forward(self, pred, target):
        p = np.exp(pred - np.max(pred)) / np.sum(np.exp(pred - np.max(pred)))
        return -np.log(p[target] + self.EPS) if isinstance(target, int) else -np.sum(target * np.log(p + self.EPS))
    def backward(self, pred, target):
        p = np.exp(pred - np.max(pred)) / np.sum(np.exp(pred - np.max(pred)))
        return p - (np.eye(len(p))[target] if isinstance(target, int) else target)
""",
    "Stepping": """
learning_rate = 0.001
class Stepping:
    def __init__(self, n_in, n_out): self.weights = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.weights
    def backward(self, dout):
        dx = dout @ self.weights.T
        self.weights -= learning_rate * (self.x.T @ dout)
        return dx
""",
    "Shifted": """
class Operation:
    def forward(self, given):
        self.given = given
        return self.output_of()
    def backward(self, output_grad):
        self.output_grad = output_grad
        self.grad_parameters = self.gradient_of()
        return output_grad.copy()
    def output_of(self): raise NotImplementedError
    def gradient_of(self): raise NotImplementedError
class Shifted(Operation):
    def __init__(self, biases): self.parameter_matrix = biases
    def output_of(self): return self.given + self.parameter_matrix
    def gradient_of(self): return np.sum(self.output_grad, axis=0, keepdims=True)
""",
    "Listed": """
class Listed:
    def __init__(self, n_in, n_out): self.shape = n_in, n_out
    def initialize(self, optimizer):
        self.W, self.b, self.optimizer = np.random.rand(*self.shape), np.zeros(self.shape[1]), optimizer
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        dx, dW, db = dout @ self.W.T, self.x.T @ dout, dout.sum(axis=0)
        self.W, self.b = self.optimizer.update([self.W, self.b], [dW, db])
        return dx
""",
    "Keyed": """
class Inner:
    def __init__(self, n_in, n_out): self.w, self.b = np.random.randn(n_in, n_out), np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.w + self.b
    def backward(self, grad, optimizer, key):
        dw, db, dx = self.x.T @ grad, grad.sum(axis=0, keepdims=True), grad @ self.w.T
        optimizer.update([self.w, self.b], [dw, db], key)
        return dx
class Keyed:
    def __init__(self, dim): self.one, self.two = Inner(dim, dim), Inner(dim, dim)
    def forward(self, x): return self.two.forward(np.tanh(self.one.forward(x)))
    def backward(self, grad, optimizer, key):
        d = self.two.backward(grad, optimizer, key + "_two")
        return self.one.backward(d * (1 - self.two.x ** 2), optimizer, key + "_one")
""",
    "Tabled": """
class Functions:
    def square(self, x): return x ** 2
    def square_grad(self, x): return 2 * x
TABLE = {"square": (Functions().square, Functions().square_grad)}
class Tabled:
    def __init__(self, name="square"): self.f, self.slope = TABLE[name]
    def forward(self, x):
        self.x = x
        return self.f(x)
    def backward(self, dout): return dout * self.slope(self.x)
""",
    "Averaged": """
class Averaged:
    def __init__(self, size: tuple[int, int], activation):
        rows, columns = size
        self.W, self.b, self.activation = np.random.randn(columns, rows), np.random.randn(columns, 1), activation
    def forward(self, X):
        self.X, self.Z = X, self.W @ X + self.b
        return self.activation.forward(self.Z)
    def backward(self, dY, batch_size):
        dZ = self.activation.backward(self.Z) * dY
        self.dW, self.db = dZ @ self.X.T / batch_size, dZ.sum(axis=1, keepdims=True) / batch_size
        return self.W.T @ dZ
""",
    "Clearing": """
class Clearing:
    def __init__(self, n): self.params, self.grads, self.cache = {"g": np.ones(n)}, {"g": np.zeros(n)}, {}
    def forward(self, x):
        self.cache["x"], self.rows = x, (x, x ** 2)
        return x ** 2 * self.params["g"]
    def backward(self, dout):
        x, square = self.cache["x"], self.rows[1]
        self.cache.clear()
        self.rows = None
        self.grads["g"] = np.sum(dout * square, axis=0)
        return dout * 2 * x * self.params["g"]
""",
    "KeepsZ": """
class KeepsZ:
    def __init__(self, n_in, n_out): self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.X = x
        self.Z = x @ self.W + self.b
        return self.Z
    def backward(self, dz):
        dW, db = self.X.T @ dz, dz.sum(axis=0)
        dz = dz @ self.W.T
        return dz, dW, db
""",
    "LowRank": """
class LowRank:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)  # frozen, as it comes
        self.down, self.up = np.random.randn(n_in, 4), np.zeros((4, n_out))
    def forward(self, x):
        self.x, self.h = x, x @ self.down
        return x @ self.W + self.h @ self.up
    def backward(self, dout):
        self.grad_up, self.grad_down = self.h.T @ dout, self.x.T @ (dout @ self.up.T)
        return dout @ self.W.T + dout @ self.up.T @ self.down.T
""",
    "FusedLoss": """
class Squash:
    def forward(self, z): return 1 / (1 + np.exp(-z))
class FusedLoss:
    def __init__(self): self.activation = Squash()
    def loss(self, Y, Y_hat):
        p = self.activation.forward(Y_hat)
        return -np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p)) / len(Y)
    def gradient(self, Y, Y_hat): return (self.activation.forward(Y_hat) - Y) / len(Y)
""",
    "Axes": """
class Axes:
    def __init__(self, d_in=None, d_out=None):
        assert len(d_in) == len(d_out) == 1
        self.d_in, self.weights = d_in, np.random.randn(d_in[0], d_out[0])
    def forward(self, x):
        self.x = x
        return x @ self.weights
    def backward(self, dout):
        self.dweights = self.x.T @ dout
        return (dout @ self.weights.T).reshape(len(self.x), *self.d_in)
""",
    "Flat": """
class Flat:
    def __init__(self, d_in=None): self.d_in = d_in
    def forward(self, x): return 2 * x.reshape(len(x), -1)
    def backward(self, dout): return 2 * dout.reshape(len(dout), *self.d_in)
""",
    "Logistic": """
class Logistic:
    def __call__(self, x): return 1 / (1 + np.exp(-x))
    def d(self, x): return self(x) * (1 - self(x))
""",
}


@pytest.mark.parametrize("name", RIGHT)
def test_it_is_set_up_and_right(written, name):
    assert written(RIGHT[name]).check(name).outcome in ("correct", "hazards")


def test_a_base_whose_steps_are_for_others_to_write_is_no_layer(written):
    assert list(written(RIGHT["Shifted"]).layers) == ["Shifted"]


@pytest.mark.parametrize("kept", ["self.gamma", "self.store['norm/gamma']"])
def test_a_factor_that_starts_as_one_may_not_be_forgotten(written, kept):
    text = f"""
    class Norm:
        def __init__(self, n):
            self.store = {{}}
            {kept} = np.ones(n)
        def forward(self, x):
            self.s = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
            self.h = (x - x.mean(axis=-1, keepdims=True)) / self.s
            return {kept} * self.h
        def backward(self, dout):
            self.dgamma = (dout * self.h).sum(axis=0)
            d = dout * {kept}
            return (d - d.mean(axis=-1, keepdims=True) - self.h * (d * self.h).mean(axis=-1, keepdims=True)) / self.s
    """
    assert written(text).check().outcome == "correct"
    assert written(text, f"d = dout * {kept}", "d = dout").check().outcome == "wrong"


def test_numbers_that_math_does_not_take_are_no_error(written):
    text = """
    import math
    class Node:
        def __init__(self, data, parents=()): self.data, self.grad, self.parents = data, 0.0, parents
        def log(self):
            out = Node(math.log(self.data), (self,))
            def _backward(): self.grad += out.grad / self.data
            out._backward = _backward
            return out
        def backward(self):
            self.grad = 1.0
            self._backward()
    """
    assert written(text).check("Node.log").outcome == "correct"


def test_a_weight_that_nobody_calls_frozen_is_owed_its_gradient(written):
    assert written(RIGHT["LowRank"], "  # frozen, as it comes", "").check("LowRank").outcome == "wrong"
