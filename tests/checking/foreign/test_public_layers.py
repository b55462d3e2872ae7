"""Layers as public packages have them: set up without help, right where they are, and told where one slips."""

import pytest

from derivexplain import conventions, foreign

from ..reports import findings, reasons

KEPT_BY_A_FRAMEWORK = """
from lone.core import Function
class Times(Function):
    def forward(self, a, b):
        return a * b
    def backward(self, gy):
        a, b = self.input_data
        return gy * b, gy * a
class Sin(Function):
    def forward(self, x):
        return np.sin(x)
    def backward(self, gy):
        x, = self.inputs
        return gy * cos(x)
class Cos(Function):
    def forward(self, x):
        return np.cos(x)
    def backward(self, gy):
        return -gy * np.sin(self.inputs[0])
def cos(x):
    return Cos()(x)
"""
STEPS_ELSEWHERE = """
class Centred:
    def __init__(self, dim):
        self.gamma = np.ones(dim)
    def forward(self, x):
        self.x = x - x.mean(axis=1, keepdims=True)
        return self.x * self.gamma
    def backward(self, grad_y):
        self.grad_gamma = np.sum(grad_y * self.x, axis=0)
        g = grad_y * self.gamma
        self.grad_x = g - g.mean(axis=1, keepdims=True)
    def update_weights(self):
        self.optimizer.update(self.gamma, self.grad_gamma, "gamma")
"""
FUNCTIONS = """
def flatten(x):
    return x.reshape(len(x), -1), x.shape
def unflatten(dout, cache):
    return dout.reshape(cache) * 1
def tanh_act(x):
    return np.tanh(x)
def tanh_derivative(x):
    return 1 - np.tanh(x) ** 2
"""
OF_ONE = '''
def tanh(x):
    return np.tanh(x)
def tanh_derivative(x):
    return 1 - np.tanh(x) ** 2
def softmax(x):
    e = np.exp(x - np.max(x, axis=0, keepdims=True))
    return e / np.sum(e, axis=0, keepdims=True)
def softmax_derivative(x):
    """Its Jacobian.

    x: Output of softmax
    """
    s = x.reshape(-1, 1)
    return np.diagflat(s) - np.dot(s, s.T)
'''
REFUSED = """
class Dropout:
    def __init__(self, rate=0):
        if not 0 < rate < 1:
            raise ValueError("between 0 and 1")
        self.rate = rate
    def forward(self, x):
        self.mask = np.random.rand(*x.shape) < self.rate
        return x * self.mask / self.rate
    def backward(self, da, y):
        return da * self.mask / self.rate
"""
NEURON = """
class Neuron:
    def __init__(self, input_size, rate=0.01):
        self.rate, self.bias = rate, np.random.normal(0, 0.1)
        self.weights = np.random.normal(0, 0.1, input_size)
    def forward(self, features):
        return np.maximum(0, np.dot(features, self.weights) + self.bias)
    def backward(self, error, features):
        d = error * (np.dot(features, self.weights) + self.bias > 0)
        self.weights -= self.rate * d * features
        self.bias -= self.rate * d
        return d * features, d
"""
BOTH = """
class Activation:
    def __init__(self, activation_funcs):
        self.f = activation_funcs[0]
        self.df = activation_funcs[1]
    def forward(self, s):
        self.s = s
        return self.f(s)
    def backward(self, grad):
        return grad * self.df(self.s)
"""
SLOPE_ONE = """
class Linear:
    def forward(self, x):
        return x
    def derivative(self, x):
        return 1
"""
BESIDE = """
class Softmax:
    def forward(self, x):
        e = np.exp(x)
        return e / np.sum(e, axis=1, keepdims=True)
    def backward(self, d):
        return d
class Mish:
    def forward(self, x):
        return x * np.tanh(np.log(1 + np.exp(x)))
    def derivative(self, x):
        t = np.tanh(np.log(1 + np.exp(x)))
        return t + x * (1 - t ** 2) / (1 + np.exp(-x))
class CrossEntropy:
    def loss(self, y_true, y_pred):
        return -np.sum(y_true * np.log(y_pred)) / len(y_true)
    def derivative(self, y_true, y_pred):
        return (y_pred - y_true) / len(y_true)
"""
SIBLINGS = """
class Unit:
    def __init__(self, n):
        self.b = np.random.randn(n)
    def forward(self, x):
        return np.maximum(x + self.b, 0)
    def backward(self, d):
        self.db = d.sum(axis=0)
        return d
class Two:
    def __init__(self, n):
        self.units = [Unit(n), Unit(n)]
        self.units[1].b = np.full(n, 99.0)
    def forward(self, x):
        return self.units[0].forward(x) + self.units[1].forward(x)
    def backward(self, d):
        return self.units[0].backward(d) + self.units[1].backward(d)
"""
CASES = (  # text, edit, name, outcome
    (KEPT_BY_A_FRAMEWORK, (), "Times", "correct"),
    (KEPT_BY_A_FRAMEWORK, ("gy * b, gy * a", "gy * a, gy * b"), "Times", "wrong"),
    (KEPT_BY_A_FRAMEWORK, (), "Sin", "correct"),
    (KEPT_BY_A_FRAMEWORK, ("x, = self.inputs", "x = self.inputs"), "Sin", "crashes"),
    (STEPS_ELSEWHERE, (), "Centred", "correct"),
    (STEPS_ELSEWHERE, ("g.mean(axis=1", "g.mean(axis=0"), "Centred", "wrong"),
    (STEPS_ELSEWHERE, ("return self.x * self.gamma", "return 1 * self.x"), "Centred", "wrong"),
    (FUNCTIONS, (), "tanh_act", "correct"),
    (FUNCTIONS, ("1 - np.tanh(x)", "2 - np.tanh(x)"), "tanh_act", "wrong"),
    (FUNCTIONS, (), "flatten", "correct"),
    (FUNCTIONS, ("reshape(cache) * 1", "reshape(cache) * 1.5"), "flatten", "factor"),
    (REFUSED, (), "Dropout", "correct"),
    (REFUSED, ("da * self.mask / self.rate", "da * self.mask"), "Dropout", "wrong"),
    (NEURON, (), "Neuron", "correct"),
    (NEURON, ("self.rate * d * features", "self.rate * error * features"), "Neuron", "wrong"),
    (BOTH, (), "Activation", "correct"),
    (BOTH, ("grad * self.df", "grad + self.df"), "Activation", "wrong"),
    (SLOPE_ONE, (), "Linear", "correct"),
    (SLOPE_ONE, ("return x", "return 2 * x"), "Linear", "factor"),
    (OF_ONE, (), "softmax", "hazards"),
    (OF_ONE, ("- np.dot(s, s.T)", "+ np.dot(s, s.T)"), "softmax", "wrong"),
)


@pytest.mark.parametrize("text, edit, name, outcome", CASES)
def test_right_and_wrong_ones(written, text, edit, name, outcome):
    assert written(text, *edit).check(name).outcome == outcome


def test_the_list_of_inputs_is_no_array(written):
    report = written(KEPT_BY_A_FRAMEWORK, "x, = self.inputs", "x = self.inputs").check("Sin")
    assert [d.code for d in reasons(report, "fail")] == ["state"] and "x, = self.inputs" in str(report)


def test_what_backward_computes_with_in_vain_is_no_factor_put_in(written):
    edited = written(STEPS_ELSEWHERE, "return self.x * self.gamma", "return 1 * self.x")
    (said,) = [f for f in findings(edited.check("Centred"), "fail") if "does not read" in f.message]
    assert [d.code for d in said.diagnosis] == ["extra"]


def test_what_is_not_written_yet_is_no_layer(tmp_path):
    path = tmp_path / "begun.py"
    path.write_text("""import numpy as np
def fc_forward(x, w, b):
    out = None
    # to be written
    return out, (x, w, b)
def fc_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
def relu_forward(x):
    out = None
    out = np.maximum(0, x)
    return out, x
def relu_backward(dout, cache):
    return dout * (cache > 0)
""")
    assert list(dict(foreign.find(str(path), conventions)[0])) == ["relu"]


def test_only_a_cost_is_right_beside_a_softmax_that_hands_on(written):
    assert "right together with CrossEntropy" in str(written(BESIDE).check("Softmax"))


def test_what_is_right_for_one_of_several_alike_is_in_no_other_s_place(written):
    assert "other-argument" not in {d.code for d in reasons(written(SIBLINGS).check("Two"), "fail")}


ONE_COLUMN = """
def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum()
def softmax_derivative(x):
    s = softmax(x).reshape(-1, 1)
    return np.diagflat(s) - np.dot(s, s.T)
class Cell:
    def forward(self, x, h):
        self.x, self.h = x, h
        return x * h, x + h
    def backward(self, dout):
        da, db = dout
        return da * self.h + db, da * self.x + db
"""


@pytest.mark.parametrize(
    "name, old, new", [("softmax", "- np.dot", "+ np.dot"), ("Cell", "da * self.h + db", "da * self.h")]
)
def test_a_jacobian_of_one_column_and_two_gradients_in_one_argument(written, name, old, new):
    assert written(ONE_COLUMN).check(name).outcome == "correct"
    assert written(ONE_COLUMN, old, new).check(name).outcome == "wrong"
