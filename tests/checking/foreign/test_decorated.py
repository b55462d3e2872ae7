"""What a decorator of the file's own goes round is looked at itself: its arguments, its text, its lines."""

import numpy as np
import pytest

from derivexplain.foreign.text.things import undecorated

from ..reports import reasons

DECORATORS = {
    "counting": """
def seen(function):
    def wrapper(*given, **named):
        wrapper.calls += 1
        return function(*given, **named)
    wrapper.calls = 0
    return wrapper
""",
    "with options": """
def told(label):
    def decorate(function):
        def inner(*args, **kwargs):
            print(label)
            return function(*args, **kwargs)
        return inner
    return decorate
""",
}
PAIR = """
@seen
def dense_forward(x, w, b):
    return x @ w + b, (x, w)
@seen
def dense_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
"""
CLASS = """
class Dense:
    def __init__(self, W):
        self.W = W
    @seen
    def forward(self, x):
        self.x = x
        return x @ self.W
    @seen
    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
"""
FLAG = """
@seen
def sigmoid(x, deriv=False):
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s) if deriv else s
"""
LOSS = """
@seen
def svm_loss(scores, y):
    n = len(y)
    over = np.maximum(0, scores - scores[np.arange(n), y][:, None] + 1)
    over[np.arange(n), y] = 0
    d = (over > 0).astype(float)
    d[np.arange(n), y] -= d.sum(axis=1)
    return over.sum() / n, d / n
"""
BOTH = """
@seen
def bend(x):
    y = np.tanh(x)
    dy = 1 - y ** 2
    return y, dy
"""
FORMS = [
    (PAIR, "w.T, ", "w, ", "transposed"),
    (CLASS, "self.W.T", "self.W", "transposed"),
    (FLAG, "(1 - s)", "(1 + s)", "sign"),
    (LOSS, "d / n\n", "d\n", "scale-n"),
    (BOTH, "y ** 2", "y", "power"),
]


@pytest.mark.parametrize("way", DECORATORS)
@pytest.mark.parametrize(("text", "old", "new", "code"), FORMS)
def test_it_is_proved_or_told_with_its_line(way, text, old, new, code, written):
    text = DECORATORS[way] + text.replace("@seen", "@seen" if way == "counting" else "@told(0)")
    (report,) = written(text).checks().values()
    assert report.outcome == "correct" and report.verdict.status == "proved", report
    (report,) = written(text, old, new).checks().values()
    assert code in {d.code for d in reasons(report)}, report.findings
    assert next(f.where for f in report.findings if f.status == "fail"), report


def test_a_wrapper_round_what_is_no_function_of_pythons_is_all_that_there_is():
    def seen(function):
        def wrapper(*given, **named):
            wrapper.calls += 1  # it holds itself
            return function(*given, **named)

        return wrapper

    wrapper = seen(np.tanh)
    assert undecorated(wrapper) is wrapper
