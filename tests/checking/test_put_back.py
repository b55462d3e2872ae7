"""What a line of backward was left without is put back as the rest of the layer says it: which edits are tried."""

import ast

import numpy as np
import pytest

from derivexplain.checking.mending.edits import edits
from derivexplain.checking.mending.products import Known, Solved, lacks
from derivexplain.checking.naming.scene import constant_factor

SLIPS = {  # forward, backward, what should read, what it reads
    "an array taken where the result is put": (
        "self.x = x",
        "for c in range(3): dx[:, c] += dout[:, c]",
        "dout[:, c]",
        "dout[:, c] * self.x[:, c]",
    ),
    "what is taken off where the result is put": (
        "self.z = x",
        "for t in a: df[t] = dout[t] * prev\nreturn df @ self.z.T",
        "prev",
        "prev - self.z[t]",
    ),
    "the step before the first is nothing": (
        "",
        "for t in a: d[t] = c[t - 1]",
        "c[t - 1]",
        "c[t - 1] if t > 0 else 0",
    ),
    "each in its turn": ("", "for k, i in a: d[i] = dout[:, :n]", ":n", "k * n:(k + 1) * n"),
    "the other part of two": ("", "return dab[:, :k] + dz", "dab[:, :k]", "dab[:, k:]"),
    "a bend of forward's": (
        "self.pos = e > 0\ny = np.where(self.pos, e, self.slope * e)",
        "return de @ self.slope",
        "de",
        "np.where(self.pos, de, self.slope * de)",
    ),
    "all of them, and not the largest": ("", "return dout.max(axis=1)", "dout.max(axis=1)", "dout.sum(axis=1)"),
    "all steps, and not the first": ("", "return dout[..., 0]", "dout[..., 0]", "dout.sum(axis=-1)"),
    "a mean that is never used": ("", "m = dout.mean(axis=1)\nreturn dout", "dout", "dout - m[:, None]"),
    "a state that begins again": (
        "",
        "dh = np.zeros(3)\nfor t in a: dh = dh + d[t]\nfor t in b: dh = dh + e[t]",
        "for t in a:\n    dh = dh + d[t]",
        "if True:\n    for t in a:\n        dh = dh + d[t]\n    dh = np.zeros(3)",
    ),
    "a row of what is learnt": ("y = c * self.p[2]", "dc = dout", "dout", "dout + dout * self.p[2]"),
    "the other half of a square": ("y = x @ x.T", "return dG @ x", "dG", "dG + dG.swapaxes(-1, -2)"),
    "a length and not a square": ("", "return dout / np.sqrt(z ** 2 + 1)", "z ** 2", "np.abs(z)"),
    "a sum of two gradients": ("", "return dout * dh", "dout * dh", "dout + dh"),
    "what stands on the left": ("y = self.A @ x", "self.A\nreturn dout", "dout", "self.A.T @ dout"),
    "where it is cut off": ("y = np.maximum(self.z, 0)", "return dout * self.z", "self.z", "self.z > 0"),
    "a length too many": ("", "return dout / y.shape[1]", "dout / y.shape[1]", "dout"),
    "two, which is too much": ("", "return 2 * dout", "2 * dout", "dout"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_it_is_tried(name):
    front, back, old, new = SLIPS[name]
    texts = [f"def forward(self, x):\n{front or 'pass'}", f"def backward(self, dout):\n{back}"]
    first, second = (ast.parse("\n    ".join(t.splitlines())).body[0] for t in texts)
    whole = [first, second]
    tried = [
        (ast.unparse(e.old), ast.unparse(ast.fix_missing_locations(e.new))) for e in edits(second, whole, "dout")
    ]
    assert any((o, n) == (old, new) or n in (f"return {new}", f"dc = {new}") for o, n in tried)


def test_what_is_given_back_is_exchanged_before_what_it_is_made_of():
    text = "def f(self, d):\n a, b = self.x[0], self.x[1]\n return d * b, d * a"
    swapped = (e for e in edits(ast.parse(text).body[0]) if e.code == "swapped")
    assert ast.unparse(next(swapped).old) == "(d * b, d * a)"


def test_an_exponent_is_another_number_rather_than_turned_round():
    tried = edits(ast.parse("def f(m, p):\n return m ** (2 - p)").body[0])
    turned = [k for k, e in enumerate(tried) if ast.unparse(e.new) == "p - 2"]
    assert ("2", "1") in [(ast.unparse(e.old), ast.unparse(e.new)) for e in tried[: turned[0]]]


def test_a_factor_is_whole_but_for_an_epsilon():
    assert constant_factor(np.array([1.0, 3.0]), np.array([-0.999998, -2.999994])) == -1


def test_what_is_missing_everywhere_is_a_number():
    y = np.array([[0.2, 0.8], [0.5, 0.5]])  # shares, of which each row sums to one
    known, all_of_it = Known.of({"y": y}), np.ones((2, 2), dtype=bool)
    assert next(lacks(Solved(y, y + 1, all_of_it, known))).words == "lacks the term 1: with it"


LAYER = """
class Sharp:
    def __init__(self, tau=0.5):
        self.tau = tau
    def forward(self, x):
        self.x = x
        return np.sum(x ** 3, axis=1) / self.tau
    def backward(self, dout):
        return dout[:, None] * 3 * self.x ** 2
"""


def test_a_factor_of_two_goes_by_the_name_of_a_setting(written):
    assert "* self.x ** 2 / self.tau`" in str(written(LAYER).check())
