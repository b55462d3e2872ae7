"""Costs of weights over data and targets, as courses on regression write them: the weights' gradient alone is owed."""

import cProfile

import numpy as np
import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.checking.choosing.search import choose
from derivexplain.checking.running import ran
from derivexplain.checking.subject import Bench, Case

from ..reports import findings, named, reasons

RIDGE = """

class Ridge:
    def __init__(self, lam=0.1):
        self.lam = lam

    def forward(self, w, X, y):
        self.w, self.X, self.y = w, X, y
        self.r = X @ w - y
        return np.mean(self.r**2) + self.lam * np.sum(w**2)

    def backward(self):
        return 2 * self.X.T @ self.r / len(self.y) + 2 * self.lam * self.w
"""
LOGISTIC = """

def cost(X, y, theta):
    h = 1 / (1 + np.exp(-X @ theta))
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))

def cost_gradient(X, y, theta):
    h = 1 / (1 + np.exp(-X @ theta))
    return X.T @ (h - y) / len(y)
"""
RANKING = """

def ranking_loss(better, worse):
    gap = 0.4 - better + worse
    loss = np.mean(np.maximum(gap, 0) ** 2)
    d = 2 * np.maximum(gap, 0) / gap.size
    return loss, -d, d
"""
MIXTURE = """

class Mixture:
    def forward(self, shares, mu, y):
        self.d, self.s = y - mu, np.exp(-((y - mu) ** 2))
        self.p = shares * self.s
        return np.sum(self.p)

    def backward(self, dout=1.0):
        ds, dmu = dout * self.s, dout * 2 * self.d * self.p
        return ds, dmu
"""


@pytest.mark.parametrize(("text", "name"), [(RIDGE, "Ridge"), (LOGISTIC, "cost"), (MIXTURE, "Mixture")])
def test_right_ones(written, text, name):
    assert written(text).check(name).outcome == "correct"


@pytest.mark.parametrize(
    ("text", "name", "old", "new", "code"),
    [
        (RIDGE, "Ridge", "+ 2 * self.lam", "- 2 * self.lam", "sign"),
        (RIDGE, "Ridge", "/ len(self.y) +", "+", "other-function"),
        (LOGISTIC, "cost", "(h - y)", "(y - h)", "sign"),
        (RANKING, "ranking_loss", "-d, d", "d, -d", "sign"),
    ],
)
def test_wrong_ones(written, text, name, old, new, code):
    report = written(text, old, new).check(name)
    assert not report.ok and code in named(report)
    shown = {f.counterexample["variable"] for f in report.findings if f.counterexample}
    assert shown <= {"w", "theta", "better", "worse"}


def test_three_arguments_alone_are_no_cost(written):
    text = """
    def scaled(a, b, c): return a * b * c
    def scaled_grad(a, b, c): return b * c
    """
    assert written(text).check("scaled").verdict.status == "proved"  # by the first of them, whatever the others are
    assert written(text, "return b * c", "return a + b * c").check("scaled").outcome == "not-set-up"


def test_a_check_may_be_profiled(written):
    profile = cProfile.Profile()
    wrong = written(RIDGE, "+ 2 * self.lam", "- 2 * self.lam")
    assert profile.runcall(wrong.check, "Ridge").outcome == "wrong"
    assert profile.getstats()


class Filter:
    calls = 0

    def __init__(self, W):
        self.W = W

    def forward(self, x):
        Filter.calls += 1
        self.x, k = x, self.W.shape[-1]
        self.windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", self.windows, self.W)

    def backward(self, dout):
        self.dW, dx, k = np.zeros_like(self.W), np.zeros_like(self.x), self.W.shape[-1]
        for n, f, h, w in np.ndindex(*dout.shape):
            self.dW[f] += self.windows[n, :, h, w] * dout[n, f, h, w] + 0.01 * self.W[f]
            dx[n, :, h : h + k, w : w + k] += self.W[f] * dout[n, f, h, w]
        return dx


def test_a_wrong_layer_is_measured_no_more_than_its_reasons_need():
    Filter.calls = 0
    assert dx.check(Filter).outcome == "wrong"
    assert 0 < Filter.calls < 1900


def test_the_lines_of_a_loop_are_counted_as_work():
    subject = choose(foreign.dress(Filter, conventions), conventions.SIZES).subject
    bench = Bench(subject, Case("the example", conventions.SIZES))
    turns = bench.forward(*bench.fresh())[0].size
    assert sum(ran(bench).values()) > 2 * turns


FITTED = """
class Regression:
    def __init__(self, n_features):
        self.W, self.b = np.full(n_features, 0.3), 0.1
    def predict(self, X):
        return X @ self.W + self.b
    def loss(self, X, y):
        return np.mean((self.predict(X) - y) ** 2)
    def gradient(self, X, y):
        e = self.predict(X) - y
        return 2 * X.T @ e / len(y), 2 * e.mean()
"""


def test_a_class_that_fits_its_weights_owes_their_gradients_alone(written):
    assert written(FITTED).check("Regression").verdict.status == "proved"
    report = written(FITTED, "2 * e.mean()", "e.mean()").check("Regression")
    assert report.outcome == "factor"
    assert any("the gradient for b is wrong" in f.message for f in findings(report, "fail"))


def test_a_factor_that_other_numbers_change_is_no_constant(written):
    report = written(FITTED, "X.T @ e", "X.T @ e * e.mean()").check("Regression")
    assert report.outcome == "wrong" and "times the true one" not in str(report), report


@pytest.mark.parametrize("names", ["X, y, w, b", "xs, ys, coef, intercept", "x, y, theta, c"])
def test_a_bias_may_come_before_its_weights_whatever_they_are_called(written, names):
    x, y, w, b = names.split(", ")
    text = f"""
    def compute_cost({names}):
        return np.mean(({x} @ {w} + {b} - {y}) ** 2) / 2
    def compute_gradient({names}):
        err = {x} @ {w} + {b} - {y}
        dj_dw, dj_db = {x}.T @ err / len({y}), err.mean()
        return dj_db, dj_dw
    """
    assert written(text).check("compute_cost").outcome == "correct"
    assert written(text, "err.mean()", "err.sum()").check("compute_cost").outcome == "factor"


def test_a_line_through_numbers_is_fitted_with_one_weight_and_one_bias(written):
    text = """
    def compute_cost(x, y, w, b):
        cost = 0
        for i in range(x.shape[0]):
            cost = cost + (w * x[i] + b - y[i]) ** 2
        return cost / (2 * x.shape[0])
    def compute_gradient(x, y, w, b):
        dj_dw = dj_db = 0
        for i in range(x.shape[0]):
            dj_dw = dj_dw + (w * x[i] + b - y[i]) * x[i]
            dj_db = dj_db + (w * x[i] + b - y[i])
        dj_dw, dj_db = dj_dw / x.shape[0], dj_db / x.shape[0]
        return dj_dw, dj_db
    """
    assert written(text).check().outcome == "correct"


def test_a_file_s_only_loss_and_only_gradient_take_the_same(written):
    text = """
    def compute_mse(y, tx, w):
        e = y - tx.dot(w)
        return e.dot(e) / 2 / len(y)
    def compute_gradient(y, tx, w):
        return -tx.T.dot(y - tx.dot(w)) / len(y)
    """
    assert written(text).check().outcome == "correct"


@pytest.mark.parametrize(
    ("loss", "slope", "before"),
    [
        ("-1 / m * np.sum(y * np.log(np.clip(a, 1e-15, 1 - 1e-15)))", "a - y", "softmax"),
        ("1 / m * np.sum((a - y) ** 2)", "2 * (a - y) * a * (1 - a)", "sigmoid"),
    ],
)
def test_a_gradient_for_scores_is_told_as_one_where_its_scale_is_another(written, loss, slope, before):
    text = f"""
    def cost(a, y):
        m = y.shape[1]
        return {loss}
    def cost_grad(a, y): return {slope}
    """
    report = written(text).check()
    (told,) = reasons(report)
    assert told.code == "other-argument" and f"before a {before}" in told.message


BESIDE = """
def forward(X, parameters):
    W, b = parameters["W"], parameters["b"]
    A = 1 / (1 + np.exp(-(np.dot(W, X) + b)))
    return A, (X, A)
def compute_cost(A, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
def backward(parameters, cache, Y):
    (X, A), m = cache, Y.shape[1]
    dZ = A - Y
    return {"dW": np.dot(dZ, X.T) / m, "db": np.sum(dZ, axis=1, keepdims=True) / m}
"""


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ((), []),
        (("X.T) / m", "X.T)", "keepdims=True) / m", "keepdims=True)"), ["summed-cost"]),
        (("X.T) / m", "X.T)", "keepdims=True) / m", "keepdims=True)", "(1 - A)) / m", "(1 - A))"), []),
    ],
)
def test_a_cost_beside_a_network_tells_the_scale_of_the_loss_inside(written, edits, told):
    report = written(BESIDE, *edits).check()
    assert [f.code for f in findings(report, "warn")] == told, report
    assert report.outcome == ("hazards" if told else "correct")


@pytest.mark.parametrize(("name", "outcome"), [("SoftmaxCrossEntropy", "factor"), ("Output", "not-set-up")])
def test_the_other_sign_is_a_slip_where_the_name_says_which_loss_is_inside(written, name, outcome):
    text = f"""
    class {name}:
        def forward(self, z):
            e = np.exp(z - z.max(axis=1, keepdims=True))
            self.p = e / e.sum(axis=1, keepdims=True)
            return self.p
        def backward(self, y): return y - self.p
    """
    assert written(text, "y - self.p", "self.p - y").check().ok
    assert written(text).check().outcome == outcome


@pytest.mark.parametrize(("slip", "outcome", "said"), [("A", "wrong", "`dZ = A - Y`"), ("Y - A", "not-set-up", "")])
def test_the_stated_cost_is_the_loss_inside_where_one_edit_bears_it_out(written, slip, outcome, said):
    report = written(BESIDE, "dZ = A - Y", f"dZ = {slip}").check()
    assert report.outcome == outcome and said in str(report), report  # the other sign may be another's convention


def test_half_of_the_gradients_say_more_than_a_cost_that_none_of_them_fits(written):
    report = written(BESIDE, " + (1 - Y) * np.log(1 - A)", "", '/ m, "db"', ', "db"').check()
    assert report.outcome == "factor" and "dW" in str(report), report
