"""Where backward stops at what we made up for an object of the user's, it need not be at fault."""

import pytest

from .reports import findings

DENSE = """
class Dense:
    def __init__(self, n_in, n_out, {}):
        self.W, self.kept = np.random.randn(n_in, n_out), {}
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        {}
        return dout @ self.W.T
"""


def checked(written, wants, name, line):
    return written(DENSE.format(wants, name, line), "kept", name).check("Dense")


@pytest.mark.parametrize(
    ("name", "wants", "line"),
    [
        ("optimizer", "optimizer", "self.W -= self.optimizer.rate(3) * self.x.T @ dout"),
        ("optimizer", "optimizer", "a, b = self.optimizer.update(self.x.T @ dout)"),
        ("penalty", "penalty=None", "self.dW = self.penalty.added(self.x.T @ dout)"),
        ("activation", "activation", "self.dW = self.x.T @ self.activation.backward(dout, 1, self.W)[0][0]"),
    ],
)
def test_an_object_that_we_do_not_know_is_asked_for(written, name, wants, line):
    report = checked(written, wants, name, line)
    assert report.outcome == "not-set-up", report
    (told,) = [f.message for f in findings(report, "fail")]
    assert f"self.{name}" in told and "is meant to be something else" in told


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("self.dW = self.x.TT @ dout", "AttributeError"),
        ("self.dW = self.y.T @ dout", "AttributeError"),
        ("self.dW = (self.x.T @ dot)", "NameError"),
    ],
)
def test_a_slip_of_the_users_stays_one(written, line, error):
    report = checked(written, "optimizer", "optimizer", line)
    assert report.outcome == "crashes" and any(error in f.message for f in report.findings), report


REFUSING = """
class Outer:
    def forward(self, a):
        self.a = a
        return np.sort(a, axis=-1)
    def backward(self, dout):
        if self.a.ndim > 1:
            raise NotImplementedError("one axis")
        return dout[np.argsort(np.argsort(self.a))]
"""


def test_a_backward_that_refuses_what_it_is_given_is_not_accused(written):
    report = written(REFUSING).check()
    assert report.outcome == "not-set-up" and "is meant for other inputs" in str(report.findings), report


TIED = """
class Table:
    def __init__(self, count, width):
        self.W = np.random.randn(count, width)
class Tied:
    def __init__(self, embedding: Table):
        self.kept = embedding.W
    def forward(self, x):
        self.x = x
        return x @ self.kept.data.T
    def backward(self, dout):
        return dout @ self.kept.data
"""


def test_what_is_taken_of_a_stand_in_is_no_more_than_that(written):
    report = written(TIED).check("Tied")
    assert report.outcome == "not-set-up" and "asks self.kept for data" in str(report.findings), report
