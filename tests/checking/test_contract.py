"""Hazards: each is told, none is called an error."""

import numpy as np
import pytest

import derivexplain as dx

from .reports import findings


class Base:
    def forward(self, x):
        self.x = x
        return x * x

    def backward(self, dout):
        return 2 * dout * self.x


class WritesIntoArgument(Base):
    def forward(self, x):
        self.x = x.copy()
        x *= x
        return x.copy()


class Accumulates(Base):
    total = None

    def backward(self, dout):
        self.total = (0 if self.total is None else self.total) + 2 * dout * self.x
        return self.total


class Shared(Base):
    kept: list = []

    def forward(self, x):
        self.kept[:] = [x]
        return x * x

    def backward(self, dout):
        return 2 * dout * self.kept[0]


class Stale(Base):
    first = None

    def forward(self, x):
        if self.first is None:
            self.first = x.copy()
        return x * x

    def backward(self, dout):
        return 2 * dout * self.first


class Narrow(Base):
    def backward(self, dout):
        return (2 * dout * self.x).astype(np.float32)


class Spoils(Base):
    def backward(self, dout):
        dout *= 2 * self.x
        return dout.copy()


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        (WritesIntoArgument, "arguments-untouched"),
        (Accumulates, "second-backward"),
        (Shared, "two-instances"),
        (Stale, "other-data"),
        (Spoils, "dout-untouched"),
    ],
)
def test_a_hazard_is_told(layer, code):
    report = dx.check(layer)
    assert report.outcome == "hazards" and report.ok
    assert findings(report, "warn", code)


def test_the_line_that_writes_is_shown():
    report = dx.check(Spoils)
    (found,) = findings(report, "dout-untouched")
    assert "dout *= 2 * self.x" in found.message and found.where.rpartition(":")[2].isdigit()


def test_users_arrays_and_chance_are_left_alone():
    x = np.arange(6.0).reshape(2, 3)
    kept, state = x.copy(), np.random.get_state()[1].copy()
    dx.check(WritesIntoArgument, inputs=(x,))
    assert np.array_equal(x, kept) and np.array_equal(np.random.get_state()[1], state)


class Elu:
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * (np.exp(x) - 1))

    def backward(self, dout):
        return dout * np.where(self.x > 0, 1, np.exp(self.x))


class RightElu(Elu):
    def backward(self, dout):
        return dout * np.where(self.x > 0, 1, self.alpha * np.exp(self.x))


def test_a_constant_that_is_one_may_not_be_forgotten():
    report = dx.check(Elu)
    (told,) = findings(report, "warn")
    assert report.outcome == "hazards" and told.message.startswith("alpha = 0.5: the gradient for x")
    assert dx.check(RightElu).outcome == "correct"


class Reciprocal:
    def forward(self, x):
        if np.any(x == 0):
            raise ValueError("division by zero")
        self.x = x
        return 1 / x

    def backward(self, dout):
        return -dout / self.x**2


def test_what_forward_refuses_is_no_error():
    found = dx.check(Reciprocal)
    assert found.outcome == "correct", found
    assert any("refuses it" in f.message and f.status == "skip" for f in found.findings)


ADDING = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
        self.zero_grad()
    def zero_grad(self):
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, g):
        self.dW += self.x.T @ g
        self.db += g.sum(axis=0)
        return g @ self.W.T
"""


@pytest.mark.parametrize(
    "old, new, outcome",
    [
        ("", "", "correct"),  # gradients add up until they are set back
        ("    def zero_grad(self):", "    def begin(self):", "crashes"),
        ("zero_grad", "zeroGradParameters", "correct"),
        ("zero_grad", "begin", "hazards"),  # nobody knows that it sets them back
    ],
)
def test_gradients_may_add_up_until_they_are_set_back(written, old, new, outcome):
    assert written(ADDING, old, new).check().outcome == outcome
