"""Engines and functions met in packages: how their operands, caches and gradients are given."""

import pytest

ENGINE = """
class Tensor:
    def __init__(self, data, requires_grad=False, parents=()):
        self.data, self.requires_grad = np.asarray(data, dtype=float), requires_grad
        self.grad, self._backward, self._parents = None, lambda: None, parents
    def backward(self, create_graph=False):
        self.grad = np.ones_like(self.data)
        order = []
        def visit(node):
            for parent in node._parents:
                visit(parent)
            order.append(node)
        visit(self)
        for node in reversed(order):
            node._backward()
"""
SQUARE = """
def square(a):
    out = Tensor(a.data ** 2, True, (a,))
    def _backward():
        a.grad = 2 * a.data * out.grad + (0 if a.grad is None else a.grad)
    out._backward = _backward
    return out
"""
STACK = """
def stack(tensors: list[Tensor], axis=0):
    out = Tensor(np.stack([t.data for t in tensors], axis=axis), True, tuple(tensors))
    def _backward():
        for k, t in enumerate(tensors):
            t.grad = np.take(out.grad, k, axis=axis) + (0 if t.grad is None else t.grad)
    out._backward = _backward
    return out
"""


@pytest.mark.parametrize(
    ("name", "text", "old", "new"),
    [("square", SQUARE, "2 * a.data", "3 * a.data"), ("stack", STACK, ", k,", ", 0,")],
)
def test_a_backward_that_starts_from_ones_is_gone_round(written, name, text, old, new):
    assert written(ENGINE + text).check(name).outcome in ("correct", "hazards")
    assert written(ENGINE + text, old, new).check(name).outcome in ("wrong", "factor")


SCALE = """
from engine import Tensor
class Scale:
    def __init__(self, n): self.gamma = Tensor(np.ones(n), True)
    def __call__(self, x): return self.forward(x)
    def forward(self, x):
        out = Tensor(self.gamma.data * x.data ** 2, True, (x, self.gamma))
        def _backward():
            x.grad = 2 * x.data * self.gamma.data * out.grad
            self.gamma.grad = (x.data ** 2 * out.grad).sum(axis=0)
        out._backward = _backward
        return out
"""


def test_a_layer_whose_forward_notes_how_gradients_run_back(written):
    written(ENGINE, at="engine.py")
    assert written(SCALE).check("Scale").outcome in ("correct", "hazards")
    for edit in (("self.gamma.data * out", "out"), ("(x.data ** 2", "2 * (x.data ** 2")):
        assert written(SCALE, *edit).check("Scale").outcome in ("wrong", "factor")


FUNCTIONS = {
    "_sigmoid": """
def _sigmoid(x, *, context=None):
    out = 1 / (1 + np.exp(-x))
    if context is not None:
        context["out"] = out
    return out
def _sigmoid_grad(dout, x, *, context=None):
    return dout * context["out"] * (1 - context["out"])
def sigmoid(x):
    return _sigmoid(x)
""",
    "linear": """
def linear_forward(A_prev, W, b):
    Z = W @ A_prev + b
    return Z
def linear_backward(dZ, cache, W, b):
    A_prev, Z = cache
    return W.T @ dZ, dZ @ A_prev.T, dZ.sum(axis=1, keepdims=True)
""",
    "Pooled": """
class Pooled:
    def __init__(self, kernel_size):
        self.kh, self.kw = kernel_size
    def forward(self, x):
        n, c, h, w = x.shape
        self.shape = x.shape
        return x.reshape(n, c, h // self.kh, self.kh, w // self.kw, self.kw).mean(axis=(3, 5))
    def backward(self, dout):
        return np.repeat(np.repeat(dout, self.kh, axis=2), self.kw, axis=3) / (self.kh * self.kw)
""",
    "SquaredLoss": """
class SquaredLoss:
    def forward(self, y, p):
        self.y, self.p = y, p
        return np.mean((p - y) ** 2)
    def backward(self):
        gP = 2 * (self.p - self.y) / self.y.size
        gY = -gP
        return gY, gP
""",
    "SquaredError": """
class SquaredError:
    def calc_loss(self, y_true, y_pred): return np.mean((y_pred - y_true) ** 2)
    def calc_dloss(self, y_true, y_pred): return 2 * (y_pred - y_true) / y_true.size
""",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_habits_of_packages(written, name):
    assert written(FUNCTIONS[name]).check(name).outcome in ("correct", "hazards")


@pytest.mark.parametrize(("old", "new", "variable"), [("gY = -gP", "gY = gP", "y"), ("gP = 2", "gP = 3", "p")])
def test_a_loss_that_gives_both_gradients_is_asked_for_both(old, new, variable, written):
    assert written(FUNCTIONS["SquaredLoss"]).check().verdict.status == "proved"
    report = written(FUNCTIONS["SquaredLoss"], old, new).check()
    assert report.outcome in ("wrong", "factor") and f"gradient for {variable}" in str(report.findings), report
