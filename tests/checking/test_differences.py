"""Slopes near a pole or a sharp bend are those of the shorter step; single precision loses small entries."""

import numpy as np

import derivexplain as dx
from derivexplain.checking import differences
from derivexplain.checking.differences import Slopes


class Div:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x / y

    def backward(self, dout):
        return dout / self.y, -dout * self.x / (self.y**2)


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
