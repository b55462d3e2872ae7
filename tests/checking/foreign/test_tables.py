"""Functions that hand out their backward, or stand beside their derivative in a table or a tuple."""

import pytest

from ..reports import reasons

RIGHT = {
    "a pullback": """
def bent(x):
    y = np.tanh(x)
    def backward(dout):
        return dout * (1 - y**2)
    return y, backward
""",
    "a pullback of one line, first": """
def bent(x):
    y = np.tanh(x)
    return (lambda dout: dout * (1 - y**2)), y
""",
    "a pullback with parameters": """
def bent(x, W, b):
    y = np.tanh(x @ W + b)
    def pullback(dy):
        dz = dy * (1 - y**2)
        db = dz.sum(axis=0)
        return dz @ W.T, x.T @ dz, db
    return y, pullback
""",
    "a class whose forward hands it out": """
class Bent:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def __call__(self, x):
        y = np.tanh(x @ self.W)
        def backprop(dy):
            dz = dy * (1 - y**2)
            self.dW = x.T @ dz
            return dz @ self.W.T
        return y, backprop
""",
    "a table of both, one of them a function of NumPy": """
FUNCTIONS = {
    "bent": (lambda x: np.tanh(x), lambda x: (1 - np.tanh(x)**2)),
    "tanh": (
        np.tanh,
        lambda x: 1 - np.tanh(x)**2,
    ),
}
""",
    "a table of both by their names": """
FUNCTIONS = {"bent": {"f": lambda x: np.tanh(x), "df": lambda x: (1 - np.tanh(x)**2)}}
""",
    "two tables": """
ACTIVATIONS = {"bent": lambda x: np.tanh(x)}
DERIVATIVES = {"bent": lambda x: (1 - np.tanh(x)**2)}
""",
    "value and derivative in one": """
def bent(x):
    t = np.tanh(x)
    dt = (1 - t**2)
    return t, dt
""",
    "boxes that hold a gradient, read by the layer": """
class Box:
    def __init__(self, data):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)
class Bent:
    def __call__(self, a):
        self.a, self.y = a, Box(np.tanh(a.data))
        return self.y
    def backward(self):
        self.a.grad += self.y.grad * (1 - self.y.data**2)
""",
    "an optimizer that it brings itself": """
class Sgd:
    def __init__(self, lr=0.01):
        self.lr = lr
    def update(self, w, grad):
        return w - self.lr * grad
class Bent:
    def __init__(self, n_in, n_out, optimizer=Sgd()):
        self.W, self.b, self.optimizer = np.random.randn(n_in, n_out), np.zeros(n_out), optimizer
    def forward(self, x):
        self.x, self.y = x, np.tanh(x @ self.W + self.b)
        return self.y
    def backward(self, accum_grad):
        dz = accum_grad * (1 - self.y**2)
        dx = dz @ self.W.T
        self.W = self.optimizer.update(self.W, self.x.T @ dz)
        self.b = self.optimizer.update(self.b, dz.sum(axis=0))
        return dx
""",
    "the parameters' gradients in a list of their own": """
class Bent:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.kept = x, np.tanh(x @ self.W + self.b)
        return self.kept[1]
    def backward(self, dout):
        dz = dout * (1 - self.kept[1]**2)
        return dz @ self.W.T, [self.kept[0].T @ dz, dz.sum(axis=0)]
""",
    "arguments that only their names tell apart": """
class Bent:
    def fprop(self, inputs):
        return np.tanh(inputs)
    def bprop(self, inputs, outputs, grads_wrt_outputs):
        return grads_wrt_outputs * (1 - outputs**2)
""",
    "a local name for the upstream gradient": """
class Bent:
    def activate(self, z):
        self.a = np.tanh(z)
        return self.a
    def delta(self, error):
        return error * (1 - self.a**2)
""",
}


@pytest.mark.parametrize("way", RIGHT)
def test_what_stands_beside_it_is_its_backward(written, way):
    for report in written(RIGHT[way]).checks().values():
        assert report.outcome == "correct" and report.verdict.status == "proved", report


@pytest.mark.parametrize("way", RIGHT)
def test_a_wrong_one_is_told_with_its_reason(written, way):
    head, _, tail = RIGHT[way].rpartition("**2")
    *_, report = written(head + tail).checks().values()
    assert report.outcome == "wrong", report
    assert any("power" in d.code or "**" in d.message or "²" in d.message for d in reasons(report))
