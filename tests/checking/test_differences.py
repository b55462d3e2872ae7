"""Slopes near a pole or a sharp bend are those of the shorter step; single precision loses small entries."""

from dataclasses import replace

import numpy as np
import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.checking import differences
from derivexplain.checking.choosing.search import choose
from derivexplain.checking.differences import Slopes
from derivexplain.checking.mover import Mover
from derivexplain.checking.subject import Bench, Case


class Div:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x / y

    def backward(self, dout):
        return dout / self.y, -dout * self.x / (self.y**2)


class Drawn:
    def forward(self, x):
        self.mask = np.random.rand(*np.shape(x)) > 0.5
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class Scaled:
    def __init__(self, gamma):
        self.gamma = gamma

    def forward(self, x):
        self.norm = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-6)
        self.xn = x / self.norm
        return self.gamma * self.xn

    def backward(self, grad):
        self.dgamma = np.sum(grad * self.xn, axis=tuple(range(grad.ndim - 1)))
        g = grad * self.gamma
        return (g - self.xn * np.mean(g * self.xn, axis=-1, keepdims=True)) / self.norm


def test_no_alarm_where_a_step_goes_past_a_pole():
    assert dx.check(Div, seed=17).outcome == "correct"


def test_no_alarm_where_a_step_goes_past_a_bend():
    assert dx.check(Scaled, seed=7).outcome == "correct"


def test_a_longer_step_that_disagrees_beyond_its_error_gives_way():
    long, short = (Slopes(*np.array([[[s]], [[s]], [[e]]], dtype=float)) for s, e in ((-41.0, 1e-3), (252.5, 2e-3)))
    assert differences._better(long, short, np.array([0])).low[0, 0] == 252.5


def test_one_case_tells_another_what_code_it_is_but_not_that_it_draws_no_numbers():
    def mover(layer, case, like=None):
        return Mover(Bench(choose(foreign.dress(layer, conventions), conventions.SIZES).subject, case), like)

    one, two = Case("the example", conventions.SIZES), Case("other numbers", conventions.SIZES, seed=1)
    plain = mover(Div, two, mover(Div, one))
    assert plain.same and not plain.chance
    assert mover(Drawn, two, mover(Drawn, one)).chance
    drawn = mover(Drawn, one)
    drawn.same, drawn.chance = True, False
    optional = replace(one, sample=drawn.bench.subject.sample, another=True)  # another way of making it may draw
    assert mover(Drawn, optional, drawn).chance


ROUNDED = """
class SigmoidWithLoss:
    def forward(self, x, t):
        self.t = (t > 0).astype(float)
        self.y = 1 / (1 + np.exp(-x))
        return -np.sum(self.t * np.log(self.y) + (1 - self.t) * np.log(1 - self.y)) / len(t)
    def backward(self, dout=1):
        return (self.y - self.t) * dout / len(self.t)
"""


@pytest.mark.parametrize("seed", [3, 4])
def test_digits_that_forward_loses_are_no_fault_of_backward(written, seed):
    """At 8 times as large, of 1 - y few digits are left: the slopes of forward jitter with them."""
    assert written(ROUNDED).check(seed=seed).outcome == "correct"
    assert written(ROUNDED, "- self.t) * dout", "- 0.9999 * self.t) * dout").check(seed=seed).outcome == "wrong"


@pytest.mark.parametrize(
    ("forward", "slope", "outcome"),
    [
        ("np.arcsin(x)", "1 / np.sqrt(1 - self.x**2)", "correct"),  # infinite at 1
        ("np.arccosh(1 + x**2)", "2 * self.x / np.sqrt((1 + self.x**2) ** 2 - 1)", "wrong"),  # a kink at 0
        ("np.sinc(x)", "(np.cos(np.pi * self.x) - np.sinc(self.x)) / self.x", "wrong"),  # 0 at 0
    ],
)
def test_a_gradient_may_be_infinite_where_forward_has_no_slope(forward, slope, outcome, written):
    text = "class Curve:\n    def forward(self, x):\n        self.x = x\n        return {}\n"
    report = written(f"{text.format(forward)}    def backward(self, dout):\n        return dout * {slope}\n").check()
    assert report.outcome == outcome, report
    assert outcome == "correct" or any(f.code == "finite" for f in report.findings)
