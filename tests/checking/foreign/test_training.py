"""Training in one method: forward, backward and the step at once, as ``train(X, y)`` and ``fit(X, y)`` have them."""

import re

import pytest

from ..reports import findings, reasons

TRAINING = """
class Shallow:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.lr = lr
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros(n_out)
    def train(self, X, y, epochs=100):
        for epoch in range(epochs):
            h = np.maximum(0, X @ self.W1 + self.b1)
            out = h @ self.W2 + self.b2
            loss = np.mean((out - y) ** 2)
            dout = 2 * (out - y) / y.size
            dh = (dout @ self.W2.T) * (h > 0)
            self.W2 -= self.lr * h.T @ dout
            self.b2 -= self.lr * dout.sum(axis=0)
            self.W1 -= self.lr * X.T @ dh
            self.b1 -= self.lr * dh.sum(axis=0)
            if epoch % 10 == 0:
                print(epoch, loss)
class Logistic:
    def __init__(self, lr=0.1, turns=100):
        self.lr, self.turns = lr, turns
        self.w, self.b = None, None
    def fit(self, X, y):
        n, d = X.shape
        self.w = np.zeros(d)
        self.b = 0
        for _ in range(self.turns):
            p = self.sigmoid(X @ self.w + self.b)
            dw = X.T @ (p - y) / n
            db = np.sum(p - y) / n
            self.w -= self.lr * dw
            self.b = self.b - self.lr * db
    def predict(self, X):
        return (self.sigmoid(X @ self.w + self.b) > 0.5).astype(int)
    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))
class Thinking:
    def __init__(self):
        self.weights = np.random.random((3, 1))
    def think(self, inputs):
        return 1 / (1 + np.exp(-np.dot(inputs, self.weights)))
    def train(self, inputs, training_outputs, iterations):
        for i in range(iterations):
            output = self.think(inputs)
            error = training_outputs - output
            self.weights += np.dot(inputs.T, error * output * (1 - output))
class Classes:
    def __init__(self, alpha=0.1):
        self.alpha = alpha
    def fit(self, X, Y, turns=10, alpha=0.2):
        n, d = X.shape
        k = Y.shape[1]
        self.params = {"W": np.zeros((d, k)), "b": np.zeros(k)}
        for _ in range(turns):
            z = np.exp(X @ self.params["W"] + self.params["b"])
            p = z / z.sum(axis=1, keepdims=True)
            self.params["W"] -= alpha * X.T @ (p - Y) / n
            self.params["b"] -= alpha * (p - Y).mean(axis=0)
        return self
class OneByOne:
    def __init__(self, eta=0.1, epochs=10):
        self.eta, self.epochs = eta, epochs
    def fit(self, X, y):
        self.w = np.zeros(X.shape[1])
        for _ in range(self.epochs):
            for x, t in zip(X, y):
                self.w += self.eta * (t - x @ self.w) * x
class Batches:
    def __init__(self, n):
        self.w = np.zeros(n)
    def train(self, X, y, lr=0.1, batch=32):
        for k in range(100):
            rows = np.random.choice(len(X), batch)
            self.w -= lr * X[rows].T @ (X[rows] @ self.w - y[rows])
"""


@pytest.mark.parametrize("name", ["Shallow", "Logistic", "Thinking", "Classes", "OneByOne"])
def test_a_method_that_trains_is_a_forward_and_a_backward(written, name):
    assert written(TRAINING).check(name).outcome == "correct"


def test_a_turn_that_takes_some_of_the_examples_has_no_gradient_of_all(written):
    assert "Batches" not in written(TRAINING).layers


@pytest.mark.parametrize(
    "name, old, new, line",
    [
        ("Shallow", "(dout @ self.W2.T) * (h > 0)", "dout @ self.W2.T", 13),
        ("Shallow", "h.T @ dout", "(h > 0).T @ dout", 14),
        ("Shallow", "self.b1 -= self.lr * dh.sum(axis=0)", "self.b1 += self.lr * dh.sum(axis=0)", 17),
        ("Shallow", "self.W2 -= self.lr * h.T @ dout", "self.W2 -= self.lr * h.T @ (out - y)", None),
        ("Classes", "X.T @ (p - Y) / n", "X.T @ (p - Y)", None),
        ("Logistic", "X.T @ (p - y) / n", "X.T @ ((p - y) * p) / n", 30),
        ("Logistic", "np.sum(p - y) / n", "np.sum(p - y)", None),
    ],
)
def test_slips_in_it_are_told_at_their_lines(written, name, old, new, line):
    report = written(TRAINING, old, new).check(name)
    assert report.outcome in ("wrong", "factor")
    assert line is None or f":{line}" in "".join(f.where for f in findings(report, "fail"))


RECONSTRUCTING = """
class Coder:
    def __init__(self, n_visible, n_hidden):
        self.W, self.b = np.random.randn(n_visible, n_hidden), np.zeros(n_hidden)
        self.V, self.c = np.random.randn(n_hidden, n_visible), np.zeros(n_visible)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W + self.b)
        self.out = self.h @ self.V + self.c
        return self.out
    def backward(self):
        d = (self.out - self.x) / len(self.x)
        self.dV, self.dc = self.h.T @ d, d.sum(axis=0)
        dh = d @ self.V.T * (1 - self.h**2)
        self.dW, self.db = self.x.T @ dh, dh.sum(axis=0)
"""
ASKING = RECONSTRUCTING.replace("backward(self)", "backward(self, x)").replace("self.out - self.x", "self.out - x")


@pytest.mark.parametrize("text", [RECONSTRUCTING, ASKING])
def test_an_autoencoder_is_held_against_what_goes_in(written, text):
    assert written(text).check("Coder").outcome == "correct"
    report = written(text, "(1 - self.h**2)", "(1 - self.h)").check("Coder")
    assert report.outcome == "wrong"
    assert any("self.h ** 2" in d.message for d in reasons(report, "fail"))


POLICY = """
class Policy:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def loss(self, states, actions, returns):
        z = states @ self.W
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return -np.mean(np.log(p[np.arange(len(actions)), actions]) * returns)
    def grad(self, states, actions, returns):
        z = states @ self.W
        d = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        d[np.arange(len(actions)), actions] -= 1
        d *= returns[:, None]
        return states.T @ d / len(actions)
class Margins:
    def __init__(self, C=1.0):
        self.C = C
    def hinge_loss(self, w, b, X, y):
        return w @ w / 2 + self.C * np.sum(np.maximum(0, 1 - y * (X @ w + b)))
    def gradient(self, w, b, X, y):
        near = y * (X @ w + b) < 1
        return w - self.C * y[near] @ X[near], -self.C * np.sum(y[near])
    def predict(self, X):
        return np.sign(X @ self.w + self.b)
class Columns:
    def __init__(self, d, k):
        self.W, self.b = np.random.randn(k, d), np.zeros((k, 1))
    def softmax(self, X):
        e = np.exp(self.W @ X + self.b)
        return e / e.sum(axis=0)
    def compute_cost(self, X, Y):
        return -np.sum(Y * np.log(self.softmax(X))) / X.shape[1]
    def compute_gradients(self, X, Y):
        g = self.softmax(X) - Y
        return g @ X.T / X.shape[1], g.sum(axis=1, keepdims=True) / X.shape[1]
"""


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("Policy", "d *= returns[:, None]", "pass"),
        ("Margins", "return w - self.C", "return -self.C"),
        ("Columns", "g.sum(axis=1, keepdims=True) / X.shape[1]", "g.sum(axis=1, keepdims=True)"),
    ],
)
def test_costs_that_a_class_has_beside_its_gradient(written, name, old, new):
    assert written(POLICY).check(name).outcome == "correct"
    assert written(POLICY, old, new).check(name).outcome in ("wrong", "factor")


def test_a_weight_that_begins_as_a_number_beside_others_is_learnt_too(written):
    text = """
    class Regression:
        def __init__(self, lr=0.01, n_iters=1000): self.lr, self.n_iters = lr, n_iters
        def fit(self, X, y):
            n, d = X.shape
            self.w, self.b = np.zeros(d), 0
            for _ in range(self.n_iters):
                out = X @ self.w + self.b
                self.w -= self.lr * (1 / n) * np.dot(X.T, out - y)
                self.b -= self.lr * (1 / n) * np.sum(out - y)
    """
    assert written(text).check("Regression").outcome == "correct"
    assert not written(text, "np.dot(X.T, out - y)", "2 * np.dot(X.T, out - y)").check("Regression").ok
    assert not written(text, "(1 / n) * np.sum(out - y)", "np.sum(out - y)").check("Regression").ok


def test_a_penalty_called_lam_is_off_while_slopes_are_measured(written):
    text = """
    class Ridge:
        def __init__(self, lr=0.01, lam=0.1): self.lr, self.lam = lr, lam
        def fit(self, X, y):
            self.w = np.zeros(X.shape[1])
            for _ in range(100):
                self.w -= self.lr * (X.T @ (X @ self.w - y) + self.lam * self.w)
    """
    assert written(text).check("Ridge").ok


def test_a_penalty_of_any_name_is_off_in_a_method_that_training_asks_for_its_slopes(written):
    text = """
    class Ridge:
        def __init__(self, rate=0.1, weak=0.2):
            self.rate, self.weak = rate, weak
        def _predict(self, X):
            return X @ self.coef_
        def _slope(self, X, y, out):
            return X.T @ (out - y) / len(y) + self.weak * self.coef_
        def fit(self, X, y):
            self.coef_ = np.zeros(X.shape[1])
            for _ in range(100):
                out = self._predict(X)
                dw = self._slope(X, y, out)
                self.coef_ = self.coef_ - self.rate * dw
    """
    assert written(text).check("Ridge").outcome == "correct"
    assert not written(text, "(out - y)", "(out + y)").check("Ridge").ok


def test_a_step_that_a_method_takes_and_what_is_only_written_down(written):
    text = """
from sklearn.metrics import accuracy_of_somebody
class Regression:
    def __init__(self, rate=0.1):
        self.rate, self.scores = rate, []
    def fit(self, x, y, epochs):
        self.weights, self.bias = np.zeros(x.shape[1]), 0
        for _ in range(epochs):
            pred = np.matmul(self.weights, x.transpose()) + self.bias
            self.update(*self.compute_gradients(x, y, pred))
            self.scores.append(accuracy_of_somebody(y, pred))
    def compute_loss(self, y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2)
    def compute_gradients(self, x, y_true, y_pred):
        return x.T @ (y_pred - y_true), np.sum(y_pred - y_true)
    def update(self, step, step_of_bias):
        self.weights = self.weights - self.rate * step
        self.bias = self.bias - self.rate * step_of_bias
"""
    assert written(text).check("Regression").outcome == "correct"


HELPED = """
class Logit:
    def __init__(self, rate, turns, l2_penality):
        self.rate, self.turns, self.l2_penality = rate, turns, l2_penality
    def fit(self, X, Y):
        self.m, self.n = X.shape
        self.W = np.zeros(self.n); self.b = 0
        self.X = X
        self.Y = Y
        for i in range(self.turns):
            self.update_weights()
    def update_weights(self):
        A = 1 / (1 + np.exp(-(self.X.dot(self.W) + self.b)))
        tmp = A - self.Y
        dW = (np.dot(self.X.T, tmp) + self.l2_penality * self.W) / self.m
        db = np.sum(tmp) / self.m
        self.W = self.W - self.rate * dW
        self.b = self.b - self.rate * db
"""


def test_a_step_may_be_a_method_of_what_is_kept(written):
    assert written(HELPED).check().outcome == "correct"


def test_a_slip_in_such_a_step_is_told(written):
    wrong = written(HELPED, "np.dot(self.X.T, tmp)", "np.dot(self.X.T, A)").check()  # of zeros as targets it is right
    assert wrong.outcome == "wrong" and findings(wrong, "fail", "values")[0].where.endswith(":15")


USUAL = {
    "hats and costs that are noted": ("""
class Logistic:
    def __init__(self, lr=0.1, turns=100):
        self.lr, self.turns = lr, turns
    def fit(self, X, y):
        n, d = X.shape
        self.w = np.zeros(d)
        self.costs = []
        for _ in range(self.turns):
            y_hat = 1 / (1 + np.exp(-(X @ self.w)))
            self.costs.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
            self.w -= self.lr * (X.T @ (y_hat - y)) / n
""", ("(y_hat - y)", "(y - y_hat)"), "factor"),
    "targets that are made of labels first": ("""
class Classes:
    def __init__(self, lr=0.1, turns=10):
        self.lr, self.turns = lr, turns
    def coded(self, y, k):
        return np.eye(k)[y]
    def fit(self, X, y):
        n, d = X.shape
        k = len(np.unique(y))
        Y = self.coded(y, k)
        self.W = np.zeros((d, k))
        for _ in range(self.turns):
            p = np.exp(X @ self.W)
            p /= p.sum(axis=1, keepdims=True)
            self.W -= self.lr * X.T @ (p - Y) / n
""", ("(p - Y)", "(Y - p)"), "factor"),
    "how often before the rate, and a cost by how many there are": ("""
class Logistic:
    def train(self, X, y_true, n_iters, learning_rate):
        n_samples, n_features = X.shape
        self.weights = np.zeros((n_features, 1))
        for i in range(n_iters):
            p = 1 / (1 + np.exp(-np.dot(X, self.weights)))
            cost = (-1 / n_samples) * np.sum(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))
            self.weights = self.weights - learning_rate * (1 / n_samples) * np.dot(X.T, (p - y_true))
            if i % 100 == 0:
                print(cost)
""", ("(p - y_true)", "(y_true - p)"), "factor"),
    "a penalty of any name": ("""
class Shrinking:
    def __init__(self, alpha=1.0, eta=0.01, turns=10):
        self.alpha, self.eta, self.turns = alpha, eta, turns
    def fit(self, X, y):
        self.w = np.zeros(X.shape[1])
        for _ in range(self.turns):
            errors = y - X @ self.w
            self.w += self.eta * (X.T @ errors - self.alpha * self.w)
""", ("- self.alpha", "+ self.alpha"), "hazards"),
    "a penalty that is built in": ("""
class Shrinking:
    def fit(self, X, y, rate=0.1):
        self.w = np.zeros(X.shape[1])
        for _ in range(9):
            slope = X.T @ (X @ self.w - y) + 0.01 * self.w
            self.w -= rate * slope
""", ("+ 0.01", "- 0.01"), "hazards"),
}  # fmt: skip


def test_a_bias_that_begins_as_zero_hides_no_slip(written):
    text, *_ = USUAL["a penalty of any name"]
    text = text.replace("self.w = np", "self.b = 0.0\n        self.w = np").replace(
        "X @ self.w\n", "(X @ self.w + self.b)\n"
    )
    text += "            self.b += self.eta * errors.sum()\n"
    assert written(text).check().outcome == "correct"
    assert "no multiple of it" in str(written(text, "alpha * self.w", "alpha * self.b").check())


@pytest.mark.parametrize("name", USUAL)
def test_a_regression_that_fits_itself(written, name):
    text, slip, told = USUAL[name]
    assert written(text).check().verdict.status == "proved"
    report = written(text, *slip).check()
    assert report.outcome == told and re.search("the sign .*is wrong", str(report))
