"""Where losses are asked: at any numbers, unless it is shares that they are of; lists are lists, gamma=1 is of columns."""

import pytest

from derivexplain import conventions
from derivexplain.foreign.building.counts import scenes

from ..reports import findings, named, reasons

TEXTS = {
    "far": """
class Huber:
    def forward(self, y_hat, y):
        self.e = y_hat - y
        return np.mean(np.where(np.abs(self.e) <= 1, 0.5 * self.e**2, np.abs(self.e) - 0.5))
    def backward(self):
        return np.where(np.abs(self.e) <= 1, self.e, np.sign(self.e)) / self.e.size
""",
    "margin": """
def hinge(y, y_hat): return np.mean(np.maximum(0, 1 - y * y_hat))
def hinge_grad(y, y_hat): return np.where(y * y_hat < 1, -y, 0) / y.size
""",
    "bounded": """
def logcosh(y, y_hat): return np.sum(np.log(np.cosh(y_hat - y)))
def logcosh_grad(y, y_hat): return np.clip(np.tanh(y_hat - y), -1, 1)
""",
    "lists": """
def huber(predicted: list[float], actual: list[float]) -> float:
    total = 0.0
    for p, a in zip(predicted, actual):
        err = abs(p - a)
        total += 0.5 * err**2 if err <= 1.0 else err - 0.5
    return total / len(predicted)
def huber_derivative(predicted: list[float], actual: list[float]) -> list[float]:
    grads = []
    for p, a in zip(predicted, actual):
        err = p - a
        grads.append((err if abs(err) <= 1.0 else 1.0 if err > 0 else -1.0) / len(predicted))
    return grads
""",
    "shares": """
def kl_divergence(predicted, actual):
    p, a = np.maximum(predicted, 1e-15), np.maximum(actual, 1e-15)
    return np.sum(a * np.log(a / p))
def kl_divergence_derivative(predicted, actual): return -actual / np.maximum(predicted, 1e-15)
""",
    "ones": """
class Norm:
    def __init__(self, gamma: float = 1.0, beta: float = 0.0): self.gamma, self.beta = gamma, beta
    def forward(self, x):
        self.x = x
        return self.gamma * x + self.beta
    def backward(self, delta):
        self.dgamma, self.dbeta = np.sum(delta * self.x, axis=0), np.sum(delta, axis=0)
        return delta * self.gamma
""",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_right_ones(written, text):
    report = written(text).check()
    assert report.outcome == "correct", str(report)


@pytest.mark.parametrize(
    ("key", "old", "new", "code"),
    [
        ("far", "self.e, np.sign", "self.e, 3 * np.sign", "factor"),
        ("margin", "np.where(y * y_hat < 1, -y, 0)", "-y", ""),
        ("bounded", "-1, 1)", "-0.7, 0.7)", "threshold"),
        ("shares", "return -actual", "return actual", "sign"),
        ("ones", "np.sum(delta, axis=0)", "np.mean(delta, axis=0)", "scale-n"),
    ],
)
def test_wrong_ones(written, key, old, new, code):
    report = written(TEXTS[key], old, new).check()
    assert not report.ok and report.outcome != "not-set-up", str(report)
    assert code in named(report, "fail") if code else "other-function" not in named(report, "fail"), reasons(report)


def test_a_slope_of_what_comes_out(written):
    text = """
    def softmax(z):
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    def softmax_prime(z, activations): return activations * (1 - activations)
    """
    assert "diagonal-only" in named(written(text).check(), "fail")


def test_where_the_shapes_are_right_what_is_not_there_is_told(written):
    text = """
    from no_such_windows import view_as_windows
    class Pool:
        def forward(self, inputs):
            H, W, C = inputs.shape
            return view_as_windows(inputs, (2, 2, C)).max(axis=(2, 3))
        def backward(self, dout): return dout
    """
    told = findings(written(text).check(), "fail")[0].message
    assert "view_as_windows is not there" in told


LAYERED = """
def forward_prop(W1, b1, W2, b2, W3, b3, X):
    A1 = np.tanh(W1 @ X + b1)
    A2 = np.tanh(W2 @ A1 + b2)
    A3 = W3 @ A2 + b3
    return A1, A2, A3
def back_prop(A1, A2, A3, W1, W2, W3, X, Y):
    dZ3 = A3 - Y
    dZ2 = W3.T @ dZ3 * (1 - A2 ** 2)
    dZ1 = W2.T @ dZ2 * (1 - A1 ** 2)
    db1, db2, db3 = (d.sum(axis=1, keepdims=True) for d in (dZ1, dZ2, dZ3))
    return dZ1 @ X.T, db1, dZ2 @ A1.T, db2, dZ3 @ A2.T, db3
"""
SPOKEN = {"forward_prop": "propaga", "back_prop": "retropropaga", "X, Y)": "X, digits)", "- Y": "- digits"}


def test_parameters_of_three_layers_given_one_by_one(written):
    report = written(LAYERED, "dZ3 * (1 - A2 ** 2)", "dZ3").check()
    assert report.outcome == "wrong" and not findings(report, "fail", "not-set-up"), str(report)


def test_a_network_in_other_words_with_targets_that_no_word_tells(written):
    text = LAYERED
    for old, new in SPOKEN.items():
        text = text.replace(old, new)
    assert written(text).check().outcome == "correct"


def test_parameters_of_three_layers_as_the_file_makes_them():
    shapes = {"W1": (64, 784), "b1": (64, 1), "W2": (32, 64), "b2": (32, 1), "W3": (10, 32), "b3": (10, 1)}
    (scene,) = scenes(shapes, conventions)
    assert (scene.roles["W3"], scene.roles["b3"]) == ("(10,T)", "(10,1)")  # as many classes as targets are made for
    assert (scene.roles["x"], scene.roles["W1"]) == ("(H,N)", "(D,H)")


GIVEN = {
    "whole": """
class Squared:
    def calculate(self, x, target):
        L = np.mean((x - target) ** 2)
        dL = 2 * (x - target) / x.size
        return (L, dL)
""",
    "beside": """
def softmax(x):
    y = np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True)
    D = np.stack([np.diag(row) - np.outer(row, row) for row in y])
    return (y, D)
""",
    "called": """
class Squared:
    def output_deriv(self, y, t): return 2 * (y - t) / len(y)
    def get_loss(self, true, predictions): return np.sum((true - predictions) ** 2) / len(true)
""",
    "done": """
class Squared:
    def execute(self, y_pred, y_true): return float(np.mean((y_pred - y_true) ** 2))
    def derivative(self, y_pred, y_true): return 2 / np.prod(y_true.shape) * (y_pred - y_true)
""",
}


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("whole", "2 * (x", "(x"),
        ("beside", "- np.outer", "+ np.outer"),
        ("called", "2 * (y", "(t"),
        ("done", "2 / ", "1 / "),
    ],
)
def test_losses_and_slopes_that_are_given_otherwise(written, key, old, new):
    assert written(GIVEN[key]).check().outcome == "correct"
    report = written(GIVEN[key], old, new).check()
    assert not report.ok and report.outcome != "not-set-up", str(report)


def test_an_attribute_that_stands_nowhere_else_stops_it(written):
    text = """
    class Layer:
        def __init__(self, n_in, n_out): self.weights = np.random.randn(n_in, n_out)
        def forward(self, x):
            self.x = x
            return x @ self.weight_matrix
        def backward(self, dout): return dout @ self.weights.T
    """
    assert written(text).check().outcome == "crashes"


EVERY = """
class Thinned:
    def __init__(self, stride=2): self.stride = stride
    def forward(self, signals):
        self.batch, self.channels, self.length = signals.shape
        return signals[:, :, ::self.stride].copy()
    def backward(self, dout):
        d = np.zeros((self.batch, self.channels, self.length))
        d[:, :, ::self.stride] = dout
        return d
"""


def test_a_signal_is_asked_where_the_last_step_does_not_fit(written):
    assert written(EVERY).check().outcome == "correct"
    report = written(EVERY, "self.length))", "1 + (dout.shape[2] - 1) * self.stride))").check()
    assert report.outcome == "hazards"
    assert any("one step longer: the gradient for signals has shape" in str(f) for f in findings(report, "warn"))


ROWS = """
class Lookup:
    def __init__(self, n_words, n_out): self.weights = np.random.randn(n_words, n_out)
    def forward(self, ids):
        self.ids = ids
        return self.weights[ids]
    def backward(self, dout):
        self.dweights = np.zeros_like(self.weights)
        for row, k in enumerate(self.ids):
            np.add.at(self.dweights, k, dout[row])
"""


def test_a_loop_that_does_the_same_each_time_is_too_much(written):
    assert written(ROWS).check().outcome == "correct"
    said = str(written(ROWS, "k, dout[row]", "self.ids, dout").check())
    assert "`for row, k in enumerate(self.ids)` does the same each time, and is too much" in said
