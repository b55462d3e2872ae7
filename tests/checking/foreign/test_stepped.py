"""Layers that step at once, hand up their own deltas, or keep arrays that are called as gradients are."""

import pytest

from ..reports import findings, reasons

LAYERS = {  # a right layer, a slip in it
    "summed beside": ("""
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.kept = [np.zeros_like(self.W)]
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W)
    def backward(self, dout, learning_rate):
        dx = np.dot(dout, self.W.T)
        self.W -= learning_rate * np.dot(self.x.T, dout)
        return dx
    def compute_gradients(self, dout, learning_rate):
        self.kept[0] -= learning_rate * np.dot(self.x.T, dout)
        return np.dot(dout, self.W.T)
""", ("self.W -=", "self.W +=")),
    "hands up, by momentum": ("""
class Layer:
    def __init__(self, n_in, n_out):
        self.W, self.old_step = np.random.randn(n_out, n_in), np.zeros((n_out, n_in))
    def forward(self, x):
        self.x = x
        self.y = 1 / (1 + np.exp(-self.W.dot(x)))
        return self.y
    def backward(self, delta_next, W_next=None, learning_rate=0.1, momentum=0.0):
        error = delta_next if W_next is None else W_next.T.dot(delta_next)
        delta = error * self.y * (1 - self.y)
        delta_W = learning_rate * np.outer(delta, self.x) + momentum * self.old_step
        self.W -= delta_W
        self.old_step = delta_W
        return delta
""", ("* np.outer", "* 2 * np.outer")),
    "hands up, by weights": ("""
class Layer:
    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_out, n_in), np.random.randn(n_out)
    def forward(self, x):
        self.x = x
        self.y = np.tanh(self.weights @ x + self.bias)
        return self.y
    def backward(self, delta_next, next_weights, lr):
        delta = delta_next.dot(next_weights) * (1 - self.y ** 2)
        self.weights -= lr * np.outer(delta, self.x)
        self.bias -= lr * delta
        return delta
""", ("** 2", "")),
    "given slopes": ("""
class Curve:
    def __init__(self, y1, dy1, y2):
        self.y1, self.dy1, self.y2 = y1, dy1, y2
    def value(self, x):
        return (1 - x) ** 2 * self.y1 + x * (1 - x) * self.dy1 + x ** 2 * self.y2
    def derivative(self, x):
        return -2 * (1 - x) * self.y1 + (1 - 2 * x) * self.dy1 + 2 * x * self.y2
""", ("(1 - 2 * x)", "(1 - x)")),
    "lists of them": ("""
class Blend:
    def __init__(self, size):
        self.mean, self.W = np.zeros(3), np.random.randn(size)
    def fprop(self, x, state_in):
        u, v = x
        return u * v * self.W, None
    def bprop(self, x, state_in, y, state_out, gy, gState):
        u, v = x
        return [gy * v * self.W, gy * u * self.W], None, [(gy * u * v).sum(axis=0)]
""", ("[gy * v", "[2 * gy * v")),
    "cut short": ("""
class Slope:
    def update_output(self, inpt):
        self.output = np.maximum(inpt, 0)
        return self.output
    def update_grad_inpt(self, inpt, gradOutput):
        return gradOutput * (inpt > 0)
""", ("(inpt > 0)", "(inpt < 0)")),
    "what comes down": ("""
def scale_forward(X, w):
    return X * w, (X, w)
def scale_backward(out, dstream, cache):
    X, w = cache
    return dstream * w, (dstream * X).sum(axis=0)
""", ("dstream * w", "dstream / w")),
    "passes": ("""
class Square:
    def forwards_pass(self, v):
        self.v = v
        return v ** 2
    def backwards_pass(self, output_gradient):
        return 2 * self.v * output_gradient
""", ("2 *", "")),
    "a word put out": ("""
def naive_loss_and_gradient(input_vector, output_word_idx, output_vectors, dataset):
    s = output_vectors @ input_vector
    p = np.exp(s) / np.exp(s).sum()
    loss = -np.log(p[output_word_idx])
    p[output_word_idx] -= 1
    grad_in, grad_out = output_vectors.T @ p, np.outer(p, input_vector)
    return loss, grad_in, grad_out
""", ("-= 1", "+= 1")),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_right_by_its_own_habit(written, name):
    text, slip = LAYERS[name]
    report = written(text).check()
    assert report.verdict.status == "proved" and not findings(report, "warn"), report
    assert written(text, *slip).check().outcome in ("wrong", "factor")


EARLY = """
class Dense:
    def __init__(self, n_in, n_out):
        self.weight = np.random.randn(n_out, n_in)
    def forward(self, x):
        self.x = x
        return self.weight @ x
    def backprop(self, gradient, learning_rate):
        dw = np.outer(gradient, self.x)
        self.weight -= learning_rate * dw
        return self.weight.T @ gradient
"""
GUARDED = """
class Pool:
    def __init__(self, size):
        self.size, self.x = size, []
    def parts(self):
        return self.x.reshape(len(self.x), -1)
    def forward(self, x):
        self.x = x
        return self.parts().max(axis=1)
    def backward(self, dout):
        if self.x == []:
            return
        return (self.parts() == self.parts().max(axis=1, keepdims=True)) * dout[:, None]
"""


def test_a_step_that_is_taken_before_its_weights_are_used(written):
    assert "`self.weight -= learning_rate * dw` stands before" in str(reasons(written(EARLY).check()))


def test_where_a_guard_stops_no_value_in_it_is_the_slip(written):
    report = written(GUARDED).check()
    assert report.outcome == "crashes" and not reasons(report)
