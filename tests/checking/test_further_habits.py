"""Functions over plain numbers, weights among the arguments, gates within a cell: understood, tried and proved."""

import numpy as np
import pytest

import derivexplain as dx


def layers(tmp_path, text, name=""):
    path = tmp_path / "layer.py"
    path.write_text("import math\nimport numpy as np\n" + text)
    return dx.check(f"{path}:{name}" if name else str(path))


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
def test_weights_among_the_arguments_keep_their_numbers_where_data_has_ties(tmp_path, seed):
    path = tmp_path / "net.py"
    path.write_text("import numpy as np\n" + TWO_LAYERS)
    report = dx.check(str(path), seed=seed)
    assert report.outcome == "correct" and report.verdict.status == "proved", report


LEAK = """
def leak(x):
    if x > 0:
        return x
    return 0.2 * x
def leak_derivative(x):
    return 1 if x > 0 else {}
"""


def test_a_function_of_one_number_is_tried_on_both_sides_of_zero(tmp_path):
    assert layers(tmp_path, LEAK.format("0.2")).verdict.status == "proved"
    report = layers(tmp_path, LEAK.format("0.5"))
    (found,) = [f for f in report.findings if f.code == "values" and f.status == "fail"]
    assert report.outcome == "wrong" and [d.code for d in found.diagnosis] == ["constant", "slope"]


def test_a_sigmoid_that_is_cut_off_where_it_has_reached_its_limit_is_no_other_function(tmp_path):
    text = (
        "def sigmoid(x):\n    if x < -12:\n        return 0.0\n    return 1 / (1 + math.exp(-x))\n"
        "def sigmoid_derivative(x):\n    return sigmoid(x) * (1 - sigmoid(x))\n"
    )
    for seed in range(3):
        path = tmp_path / "s.py"
        path.write_text("import math\n" + text)
        assert dx.check(str(path), seed=seed).outcome == "correct"


def test_a_function_of_one_number_is_recognised_by_both_sides_of_zero(tmp_path):
    text = "def ramp(x):\n    return max(0, x)\ndef ramp_derivative(x):\n    return 1 if x > 0 else 0\n"
    (said,) = [f.message for f in layers(tmp_path, text).findings if f.code == "forward-formula"]
    assert said.startswith("forward behaves as relu")


@pytest.mark.parametrize(
    ("value", "slope"),
    [
        ("math.atan(x)", "1 / (1 + x * x)"),
        ("1 / (1 + math.e ** (-x))", "logistic(x) * (1 - logistic(x))"),
        ("0.5 * x * (1 + math.erf(x / math.sqrt(2)))", "0.5 * (1 + math.erf(x / 2 ** 0.5)) + "
         "x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)"),
    ],
)  # fmt: skip
def test_the_standard_librarys_functions_are_followed(tmp_path, value, slope):
    report = layers(tmp_path, f"def logistic(x):\n    return {value}\ndef logistic_prime(x):\n    return {slope}\n")
    assert report.outcome == "correct"
    assert report.verdict.status == ("proved" if "erf" not in value else "agrees")  # 2 ** 0.5 is a rounded root


DISTANCE = """
def distance_loss(y, t):
    return float(np.linalg.norm(y - t))
def distance_loss_backward(y, t):
    away = np.zeros(y.shape, dtype=np.float64)
    away += y - t
    return away / np.linalg.norm(y - t)
"""


def test_floats_norms_and_double_buffers_are_followed(tmp_path):
    report = layers(tmp_path, DISTANCE)
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


def test_an_upstream_gradient_of_what_is_within_gets_zeros(tmp_path):
    report = layers(tmp_path, CELL.replace("cell_", "lstm_cell_"))
    assert report.outcome == "correct", report


def test_an_upstream_gradient_that_comes_back_is_called_by_its_name(tmp_path):
    text = (
        "def both_forward(x, y):\n    return x * y, x + 0, (x, y)\n"
        "def both_backward(dp, ds, cache):\n    x, y = cache\n    ds += dp * y\n    return ds, dp * x\n"
    )
    said = [f.message for f in layers(tmp_path, text).findings if f.status == "warn"]
    assert any("overwrites its argument ds" in m for m in said) and any("ds itself" in m for m in said)


SURPRISE = """
TINY = 1e-9
def surprise_loss(p, t):
    return -np.sum(t * np.log(p + TINY)) / len(p)
def surprise_loss_backward(p, t):
    return -t / p / len(p)
"""


def test_a_guard_at_the_head_of_the_file_is_a_guard(tmp_path):
    report = layers(tmp_path, SURPRISE)
    assert report.outcome == "correct" and "without its ε = 1e-09" in report.verdict.note


def test_numpy_is_as_it_was_after_a_trace(tmp_path):
    kept = np.array, np.exp, np.zeros, np.linalg.norm
    layers(tmp_path, DISTANCE)
    assert kept == (np.array, np.exp, np.zeros, np.linalg.norm)
