"""Functions over plain numbers, weights among the arguments, gates within a cell: understood, tried and proved."""

import numpy as np
import pytest

from derivexplain.tracing import meant

from ..reports import findings

TWO_LAYERS = """
def net_forward(x, W1, b1, W2, b2):
    h = np.maximum(0, x @ W1 + b1)
    return h @ W2 + b2, (x, W1, h, W2)
def net_backward(dout, cache):
    x, W1, h, W2 = cache
    dh = (dout @ W2.T) * (h > 0)
    return dh @ W1.T, x.T @ dh, dh.sum(axis=0), h.T @ dout, dout.sum(axis=0)
"""


@pytest.mark.parametrize("seed", range(4))
def test_weights_among_the_arguments_keep_their_numbers_where_data_has_ties(written, seed):
    report = written(TWO_LAYERS).check(seed=seed)
    assert report.outcome == "correct" and report.verdict.status == "proved", report


LEAK = """
def leak(x):
    if x > 0:
        return x
    return 0.2 * x
def leak_derivative(x):
    return 1 if x > 0 else {}
"""


def test_a_function_of_one_number_is_tried_on_both_sides_of_zero(written):
    assert written(LEAK.format("0.2")).check().verdict.status == "proved"
    report = written(LEAK.format("0.5")).check()
    (found,) = findings(report, "fail", "values")
    assert report.outcome == "wrong" and [d.code for d in found.diagnosis] == ["constant", "slope"]


def test_a_sigmoid_that_is_cut_off_where_it_has_reached_its_limit_is_no_other_function(written):
    text = """
    import math
    def sigmoid(x):
        if x < -12:
            return 0.0
        return 1 / (1 + math.exp(-x))
    def sigmoid_derivative(x): return sigmoid(x) * (1 - sigmoid(x))
    """
    assert {written(text).check(seed=k).outcome for k in range(3)} == {"correct"}


def test_a_function_of_one_number_is_recognised_by_both_sides_of_zero(written):
    text = """
    def ramp(x): return max(0, x)
    def ramp_derivative(x): return 1 if x > 0 else 0
    """
    (said,) = findings(written(text).check(), "forward-formula")
    assert said.message.startswith("forward behaves as relu")


@pytest.mark.parametrize(
    ("value", "slope"),
    [
        ("math.atan(x)", "1 / (1 + x * x)"),
        ("1 / (1 + math.e ** (-x))", "curve(x) * (1 - curve(x))"),
        ("0.5 * x * (1 + math.erf(x / math.sqrt(2)))", "0.5 * (1 + math.erf(x / 2 ** 0.5)) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)"),
    ],
)  # fmt: skip
def test_the_standard_librarys_functions_are_followed(written, value, slope):
    text = f"""
    import math
    def curve(x): return {value}
    def curve_prime(x): return {slope}
    """
    report = written(text).check()
    assert report.outcome == "correct" and report.verdict.status == "proved"


DISTANCE = """
def distance_loss(y, t):
    return float(np.linalg.norm(y - t))
def distance_loss_backward(y, t):
    away = np.zeros(y.shape, dtype=np.float64)
    away += y - t
    return away / np.linalg.norm(y - t)
"""


def test_floats_norms_and_double_buffers_are_followed(written):
    report = written(DISTANCE).check()
    assert report.outcome == "correct" and report.verdict.status == "proved"


CELL = """
def cell_forward(x, h_prev, c_prev, parameters):
    z = parameters['Wf'] @ np.concatenate((h_prev, x)) + parameters['bf']
    f = 1 / (1 + np.exp(-z))
    c_next = f * c_prev + (1 - f)
    h_next = np.tanh(c_next)
    s = parameters['Wy'] @ h_next + parameters['by']
    e = np.exp(s - s.max(axis=0))
    p = e / e.sum(axis=0)
    return h_next, c_next, p, (x, h_prev, c_prev, f, c_next, h_next, parameters)
def cell_backward(dh_next, dc_next, cache, ds):
    x, h_prev, c_prev, f, c_next, h_next, parameters = cache
    n = len(h_prev)
    dc = dc_next + dh_next * (1 - h_next ** 2)
    df = dc * (c_prev - 1) * f * (1 - f)
    dboth = parameters['Wf'].T @ df
    return {'dx': dboth[n:], 'dh_prev': dboth[:n], 'dc_prev': dc * f, 'dWf': df @ np.concatenate((h_prev, x)).T,
            'dbf': df.sum(axis=1, keepdims=True), 'dWy': ds @ h_next.T, 'dby': ds.sum(axis=1, keepdims=True)}
"""


def test_an_upstream_gradient_of_what_is_within_gets_zeros(written):
    report = written(CELL, "cell_", "lstm_cell_").check()
    assert report.outcome == "correct", report


def test_an_upstream_gradient_that_comes_back_is_called_by_its_name(written):
    text = """
    def both_forward(x, y):
        return x * y, x + 0, (x, y)
    def both_backward(dp, ds, cache):
        x, y = cache
        ds += dp * y
        return ds, dp * x
    """
    said = [f.message for f in findings(written(text).check(), "warn")]
    assert any("overwrites its argument ds" in m for m in said) and any("ds itself" in m for m in said)


SURPRISE = """
TINY = 1e-9
def surprise_loss(p, t):
    return -np.sum(t * np.log(p + TINY)) / len(p)
def surprise_loss_backward(p, t):
    return -t / p / len(p)
"""


def test_a_guard_at_the_head_of_the_file_is_a_guard(written):
    report = written(SURPRISE).check()
    assert report.outcome == "correct" and "without its ε = 1e-09" in report.verdict.note


def test_numpy_is_as_it_was_after_a_trace(written):
    kept = np.array, np.exp, np.zeros, np.linalg.norm
    written(DISTANCE).check()
    assert kept == (np.array, np.exp, np.zeros, np.linalg.norm)


HUBER = """
def huber(t, y, delta=1.0):
    away = y - t
    small = np.abs(away) <= delta
    return np.mean(np.where(small, away ** 2 / 2, delta * (np.abs(away) - delta / 2)))
def huber_prime(t, y, delta=1.0):
    away = y - t
    return np.where(np.abs(away) <= delta, away, delta * np.sign(away)) / np.size(t)
"""


def test_an_option_of_forward_is_no_upstream_gradient_of_backward(written):
    report = written(HUBER).check()
    assert report.outcome == "correct" and report.verdict.status == "proved", report
    (found,) = findings(written(HUBER, " / np.size(t)", "").check(), "values")
    assert [d.code for d in found.diagnosis] == ["scale-n"]


OWN = """
def tanh(x): return (np.tanh(x) + 1) / 2
def tanh_prime(x): return (1 - np.tanh(x) ** 2) / 2
"""


def test_a_function_of_its_own_under_a_known_name_is_a_hazard_where_backward_is_right(written):
    report = written(OWN).check()
    (said,) = findings(report, "warn")
    assert report.outcome == "hazards" and said.code == "forward-formula"
    assert "backward is right for the forward that is there" in said.message
    report = written(OWN, "** 2) / 2", "** 2)").check()
    assert findings(report, "fail", "forward-formula")


def test_a_function_kept_in_a_class_has_the_name_of_the_function(written):
    text = """
    class Functions:
        def sigmoid(self, x): return 1 / (1 + np.exp(-x))
        def sigmoid_prime(self, x): return self.sigmoid(x) * (1 - self.sigmoid(x))
    """
    assert written(text).check().formula == "sigmoid"


def test_a_comparison_that_asks_nothing_mends_nothing(written):
    text = """
    def line(z): return z + 1
    def line_prime(z): return z >= 0
    """
    report = written(text).check()
    (found,) = findings(report, "fail", "values")
    assert [d.code for d in found.diagnosis] == ["slope"] and "should read" not in found.message


def test_a_slip_in_another_file_is_told_with_that_file(written):
    base = """
    class Base:
        def forward(self, x):
            self.x = x
            return self.f(x)
        def backward(self, dout):
            return dout * self.slope(self.x) + dout
    """
    text = """
    from base import Base
    class Square(Base):
        def f(self, x): return x ** 2
        def slope(self, x): return 2 * x
    """
    written(base, at="base.py")
    (found,) = findings(written(text).check(), "fail", "values")
    assert found.where.endswith("base.py:7")


@pytest.mark.parametrize("made", ["np.sum(x * w, axis=1) + float(b)", "np.array([float(v @ w) for v in x]) + b"])
def test_an_array_of_one_number_is_a_number(written, made):
    text = f"""
    def neuron_forward(x, w, b):
        b = np.reshape(b, (1, 1))
        return ({made}).ravel(), (x, w)
    def neuron_backward(dout, cache):
        x, w = cache
        return np.outer(dout, w), x.T @ dout, np.sum(dout)
    """
    x, w = np.arange(6.0).reshape(2, 3), np.array([0.5, -1.0, 2.0])
    report = written(text).check("neuron", inputs=(x, w, np.array(0.3)))
    assert report.outcome == "correct", report


def test_numbers_that_were_worked_out_are_read_as_what_they_round():
    assert str(meant(1 / 6)) == "1/6" and str(meant(0.1)) == "1/10" and str(meant(3 / np.sqrt(3.0))) == "sqrt(3)"
    assert str(meant(np.sqrt(2 / np.pi))) == "sqrt(2)/sqrt(pi)" and str(meant(2 * np.pi / 3)) == "2*pi/3"
    assert str(meant(np.log(2))) == "log(2)" and str(meant(1 / np.log(10))) == "1/log(10)"
    assert meant(0.7978845608028).is_Rational  # so many digits somebody wrote


MARGINS = """
def margin_loss(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(len(X)):
        s = X[i] @ W
        for j in range(W.shape[1]):
            if j != y[i] and s[j] - s[y[i]] + 1 > 0:
                loss += s[j] - s[y[i]] + 1
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / len(X) + reg * np.sum(W * W)
    dW = dW / len(X) + 2 * reg * W
    return loss, dW
"""


def test_data_for_which_no_gradient_is_owed_is_followed_too(written):
    report = written(MARGINS).check()
    assert report.outcome == "correct" and report.verdict.status == "proved", report


STRICT = """
def bend(x):
    return (x > 0) * x + (x < 0) * 0.1 * x
def bend_grad(x):
    return (x > 0) * 1.0 + (x {} 0) * 0.1
"""


def test_a_kink_that_no_branch_takes_in_is_told_as_such(written):
    (found,) = findings(written(STRICT.format("<")).check(), "fail")
    assert found.message.startswith("zeros and ties")
    assert "`x > 0` should read `x >= 0`" in found.diagnosis[0].message
    assert written(STRICT.format("<=")).check().outcome == "correct"
