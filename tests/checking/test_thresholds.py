"""Thresholds: a condition of backward's own that decides as forward's does at most inputs is found out beside it."""

import pytest

BENT = """
class Relu6:
    def forward(self, x):
        self.x = x
        return np.minimum(np.maximum(x, 0), 6)
    def backward(self, dout):
        return dout * ((self.x > 0) & (self.x < 6))
class Elu:
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, np.exp(x) - 1)
    def backward(self, dout):
        return dout * np.where(self.x > 0, 1, np.exp(self.x))
class HardSigmoid:
    def forward(self, x):
        self.x = x
        return np.maximum(0, np.minimum(1, 0.2 * x + 0.5))
    def backward(self, dout):
        return dout * 0.2 * ((self.x > -2.5) & (self.x < 2.5))
class Sigmoid:
    def forward(self, x):
        self.x, self.y = x, 1 / (1 + np.exp(-x))
        return self.y
    def backward(self, dout):
        e = np.exp(-np.abs(self.x))
        return dout * np.where(self.y > 0.5, self.y * (1 - self.y), e / (1 + e) ** 2)
"""
HINGE = """
def hinge_loss(X, y, w, b):
    scores = X.dot(w) + b
    loss = np.mean(np.maximum(0, 1 - y * scores))
    active = y * scores < 1
    dw = -(active * y) @ X / len(y)
    db = -np.mean(active * y)
    return loss, dw, db
"""


def test_a_threshold_at_another_place_that_means_the_same_is_right(written):
    assert {n: r.verdict.status for n, r in written(BENT).checks().items()} == dict.fromkeys(
        ("Relu6", "Elu", "HardSigmoid", "Sigmoid"), "proved"
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "line"),
    [
        ("Relu6", "self.x < 6", "self.x < 5.9", "`5.9` should read `6`"),
        ("Elu", "where(self.x > 0", "where(self.x > 0.02", "`self.x > 0.02` should read `self.x > 0`"),
        ("HardSigmoid", "self.x > -2.5", "self.x > -2.6", ""),
        ("Sigmoid", "self.y > 0.5", "self.y > 2", ""),
    ],
)
def test_one_that_is_off_by_little_is_wrong(written, name, old, new, line):
    report = written(BENT, old, new).check(name)
    assert (report.outcome == "wrong") == (name != "Sigmoid")  # whose formulas are equal on either side
    assert line in str(report)


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_a_margin_without_its_offset_is_told_whatever_the_numbers(written, seed):
    report = written(HINGE, "active = y * scores", "active = y * X.dot(w)").check(seed=seed)
    assert report.outcome == "wrong"
    said = [d.message for f in report.findings for d in f.diagnosis]
    assert said and all("`X.dot(w)` should read `X.dot(w) + b`" in s for s in said)  # neither 2 for 1 nor 1 - b


PAIRS = """
class LargerOfTwo:
    def forward(self, x):
        self.x, self.y = x, x[:, :2].max(axis=1, keepdims=True)
        return self.y
    def backward(self, dout):
        mask = self.x[:, :2] == self.y
        dx = np.zeros_like(self.x)
        dx[:, :2] = mask * dout / mask.sum(axis=1, keepdims=True)
        return dx
"""


def test_ties_are_met_in_a_part_of_a_row_too(written):
    right = written(PAIRS).check()
    assert right.outcome == "correct" and "threshold" not in asked_at(right)
    wrong = written(PAIRS, " / mask.sum(axis=1, keepdims=True)", "").check()
    assert wrong.outcome == "wrong" and "tie for the largest" in str(wrong)


NEAR = """
class Leaky:
    def forward(self, x):
        self.y = np.where(x > 0, x, 0.1 * x)
        return self.y
    def backward(self, dout):
        return dout * np.where(self.y > 0, 1, 0.1)
class Scale:
    def __init__(self, n):
        self.s = np.random.rand(n) + 1
    def forward(self, x):
        self.x = x
        return x / self.s
    def backward(self, dout):
        s = np.where(self.s > 1e-8, self.s, 1e-8)
        self.ds = -(dout * self.x).sum(axis=0) / s**2
        return dout / s
class Square:
    def forward(self, x):
        self.x = x
        return x**2
    def backward(self, dout):
        return dout * 2 * np.where(self.x < 100, self.x, 100)
class Cube:
    def forward(self, x):
        self.x = x
        return x**3
    def backward(self, dout):
        return dout * 3 * np.where(self.x == 1, 1, self.x**2)
"""


def asked_at(report):
    return " ".join(f.message for f in report.findings if f.message.startswith("backward agrees"))


@pytest.mark.parametrize("name", ["Leaky", "Square", "Cube"])
def test_neither_a_multiple_of_forwards_own_nor_what_is_far_or_equal_is_asked_about(written, name):
    report = written(NEAR).check(name)
    assert report.outcome == "correct" and asked_at(report) and "threshold" not in asked_at(report)


def test_what_is_positive_stays_so_beside_a_guard(written):
    assert written(NEAR).check("Scale").outcome == "correct"
    assert written(NEAR, "dout / s\n", "dout * s\n").check("Scale").outcome == "wrong"
