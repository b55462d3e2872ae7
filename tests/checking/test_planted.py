"""Planted slips: which of them is told, where, and where nothing is to be told."""

import pytest

from .reports import codes, findings, reasons

JOINED = """
class Join:
    def forward(self, a, b):
        self.n = a.shape[1]
        return np.concatenate([a, b], axis=1)
    def backward(self, dout):
        da, db = np.split(dout, [self.n], axis=1)
        return da.copy(), db.copy()
"""
GATED = """
class Gated:
    def forward(self, x):
        a, b = np.split(x, 2, axis=-1)
        s = 1 / (1 + np.exp(-b))
        self.cache = a, s
        return a * s
    def backward(self, dout):
        a, s = self.cache
        return np.concatenate([dout * s, dout * a * s * (1 - s)], axis=-1)
"""
LARGEST = """
class Largest:
    def __init__(self, k=2):
        self.k = k
    def forward(self, x):
        self.shape = x.shape
        self.at = np.argsort(-x, axis=1)[:, :self.k]
        self.rows = np.arange(x.shape[0])[:, None]
        return x[self.rows, self.at]
    def backward(self, dout):
        dx = np.zeros(self.shape)
        dx[self.rows, self.at] = dout
        return dx
"""
DROPPED = """
class Drop:
    def __init__(self, p=0.5):
        self.p, self.mask = p, None
    def forward(self, x, train=True):
        if not train:
            self.mask = None
            return x
        self.mask = (np.random.rand(*x.shape) >= self.p) / (1 - self.p)
        return x * self.mask
    def backward(self, dout):
        return dout.copy() if self.mask is None else dout * self.mask
"""
TWO_KINDS = """
class Sure:
    def forward(self, z, t):
        self.p, self.t = 1 / (1 + np.exp(-z)), t
        self.q = np.where(t == 1, self.p, 1 - self.p)
        return -np.log(self.q).mean()
    def backward(self, dout=1):
        dp = np.where(self.t == 1, -1 / self.q, 1 / self.q)
        return dout * dp * self.p * (1 - self.p) / self.t.size
"""
BOTH = """
def both_forward(x, y, W):
    return np.einsum('ni,kij,nj->nk', x, W, y), (x, y, W)
def both_backward(dout, cache):
    x, y, W = cache
    dx = np.einsum('nk,kij,nj->ni', dout, W, y)
    dy = np.einsum('nk,kij,ni->nj', dout, W, x)
    return dx, dy, np.einsum('nk,ni,nj->kij', dout, x, y)
"""
LOOKED_UP = """
class LookUp:
    def forward(self, q, k, v):
        self.q, self.k, self.v = q, k, v
        return (q @ k.T) @ v
    def backward(self, d):
        da = d @ self.v.T
        dk = np.zeros_like(self.k)
        dk += da.T @ self.q
        return da @ self.k, dk, (self.q @ self.k.T).T @ d
"""
DIVERGING = """
class Diverging:
    def forward(self, z, p):
        e = np.exp(z)
        self.p, self.q = p, e / e.sum(axis=1, keepdims=True)
        return np.sum(p * (np.log(p) - np.log(self.q))) / len(z)
    def backward(self):
        return (self.q * self.p.sum(axis=1, keepdims=True) - self.p) / len(self.p)
"""
TURNED = """
class Turned:
    def __init__(self, *axes):
        self.axes = axes
    def forward(self, x):
        return x.transpose(self.axes).copy()
    def backward(self, dout):
        return dout.transpose(np.argsort(self.axes)).copy()
"""
SQUARE = """
class Square:
    def __init__(self, h=2, w=2):
        self.h, self.w = h, w
    def forward(self, x):
        return x * self.h
    def backward(self, dout):
        return dout * self.h
"""
CURVED = """
class Selu:
    alpha, scale = 1.67326, 1.0507
    def function(self, x):
        return self.scale * np.where(x > 0, x, self.alpha * (np.exp(x) - 1))
    def derivative(self, x):
        return self.scale * np.where(x > 0, 1, self.alpha * np.exp(x))
"""


@pytest.mark.parametrize(
    ("text", "name"), [(JOINED, "Join"), (GATED, "Gated"), (LARGEST, "Largest"), (DROPPED, "Drop")]
)
def test_what_is_right_is_right_without_a_hazard(written, text, name):
    assert written(text).check(name).outcome == "correct"


@pytest.mark.parametrize("split", ["2", "[dout.shape[1] - self.n]"])
def test_what_joins_its_arguments_is_asked_where_one_is_longer(written, split):
    report = written(JOINED, "[self.n]", split).check("Join")
    assert report.outcome in ("wrong", "crashes")
    assert any(f.status == "fail" and "one longer than the other" in f.message for f in report.findings)


def test_shares_add_up_to_one_without_rounding(written):
    assert written(DIVERGING).check("Diverging").verdict.status == "proved"


def test_as_many_keys_as_queries_need_not_be(written):
    assert written(LOOKED_UP).check("LookUp").outcome == "correct"
    report = written(LOOKED_UP, "zeros_like(self.k)", "zeros_like(self.q)").check("LookUp")
    assert report.outcome == "hazards"


def test_a_mask_of_training_is_no_mask_of_eval_mode(written):
    report = written(DROPPED, "            self.mask = None\n", "").check("Drop")
    assert report.outcome == "hazards"
    assert any("after a forward in training" in d.message for d in reasons(report, "warn"))


@pytest.mark.parametrize(
    ("text", "name", "old", "new", "word"),
    [
        (TWO_KINDS, "Sure", "np.where(self.t == 1, -1 / self.q, 1 / self.q)", "-1 / self.q", "where t is 0"),
        (BOTH, "both", "ni,nj->kij', d", "ni,mj->kij', d", "nk,ni,nj->kij"),
        (CURVED, "Selu", "return self.scale * np.where(x > 0, 1", "return np.where(x > 0, 1", "1/scale"),
        (CURVED, "Selu", "1, self.alpha * np", "1, np", "1/alpha"),
        (TURNED, "Turned", "np.argsort(self.axes)", "self.axes", "np.argsort(self.axes)"),
        (LARGEST, "Largest", "np.zeros", "np.ones", "nothing belongs there"),
    ],
)
def test_the_reason_names_what_was_planted(written, text, name, old, new, word):
    report = written(text, old, new).check(name)
    assert any(word in d.message for d in reasons(report, "fail"))


def test_settings_that_happen_to_be_equal_are_not_divided(written):
    report = written(SQUARE, "dout * self.h", "dout * self.h / (self.h * self.w)").check("Square")
    assert reasons(report, "fail")
    assert not any("self.h / self.w" in f.message + str(f.diagnosis) for f in report.findings)


def test_no_other_mode_of_forward_is_held_against_a_mask_that_is_drawn_anew(written):
    drawn = "dout * (np.random.rand(*dout.shape) >= self.p) / (1 - self.p)"
    report = written(DROPPED, "dout * self.mask\n", f"{drawn}\n").check("Drop")
    assert report.outcome == "wrong"
    assert not reasons(report, "fail")
    assert "source-random" in codes(report, "warn")


FIRST = """
class Softmax:
    def forward(self, x):
        e = np.exp(x)
        self.y = e / e.sum()
        return self.y
    def backward(self, dout):
        for i, d in enumerate(dout):
            if d != 0:
                back = -self.y[i] * self.y
                back[i] += self.y[i]
                return d * back
"""


@pytest.mark.parametrize(("edit", "told"), [(("", ""), True), (("d * back", "2 * d * back"), False)])
def test_what_takes_one_entry_of_dout_is_right_where_the_others_are_0(written, edit, told):
    report = written(FIRST, *edit).check()
    assert report.outcome == "wrong"
    said = [d.message for f in findings(report, "fail", "values") for d in f.diagnosis]
    assert any("one entry of dout alone is used" in m for m in said) is told


HEAD = """
class Head:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x, e = x, np.exp(x @ self.W)
        self.y = e / e.sum()
        return self.y
    def backward(self, dout):
        for i, d in enumerate(dout):
            if d != 0:
                back = -self.y[i] * self.y
                back[i] += self.y[i]
                self.dW = np.outer(self.x, d * back)
                return d * back @ self.W.T
"""


def test_of_two_entries_it_is_no_factor(written):
    report = written(HEAD).check()
    said = [d.message for f in findings(report, "fail", "values") for d in f.diagnosis]
    assert report.outcome == "wrong" and any("one entry of dout alone is used" in m for m in said)
