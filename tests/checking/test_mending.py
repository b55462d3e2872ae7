"""Mending: one edit on trial names the slip and its line; options that code offers are asked too."""

import ast

import numpy as np
import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.checking.choosing.search import choose
from derivexplain.checking.mending.edits import edits
from derivexplain.checking.mending.trials import Trial
from derivexplain.checking.mending.undone import Words
from derivexplain.checking.subject import Bench, Case

from . import variants
from .reports import findings, named, reasons


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W


class RmsNorm:
    def forward(self, x):
        self.x = x
        self.r = np.sqrt((x**2).mean(-1, keepdims=True) + 1e-3)
        return x / self.r

    def backward(self, dout):
        n = self.x.shape[-1]
        return dout / self.r - self.x * (dout * self.x).sum(0, keepdims=True) / (n * self.r**3)


@pytest.mark.parametrize(("layer", "code", "word"), [(Affine, "transposed", "self.W.T"), (RmsNorm, "axis", "sum(1")])
def test_the_edit_that_mends_it_is_told_with_its_line(layer, code, word):
    told = findings(dx.check(layer), "fail")
    ((why, where),) = [(d.message, f.where) for f in told for d in f.diagnosis if d.code == code]
    assert word in why and "should read" in why and where.rpartition(":")[2].isdigit()


def test_the_users_code_is_as_it_was():
    before = Affine.backward.__code__
    dx.check(Affine)
    assert Affine.backward.__code__ is before


class Norm:
    def forward(self, x, training=True):
        self.scale = 1 / np.sqrt((x**2).mean() + 1e-3) if training else 0.5
        self.x = x
        return x * self.scale

    def backward(self, dout):
        return self.scale * (dout - self.x * (dout * self.x).mean() * self.scale**2)


def test_eval_mode_is_asked_and_is_a_hazard():
    report = dx.check(Norm)
    assert report.outcome == "hazards"
    assert any(f.message.startswith("eval mode") for f in findings(report, "warn"))


CELL = [v for v in variants.variants() if v.layer == "LstmGates"]
PLANTED = ("np.hstack((df",)


@pytest.mark.parametrize("edit", PLANTED)
def test_a_long_backward_is_mended_where_all_that_is_wrong_comes_from(written, edit):
    (variant,) = [v for v in CELL if edit in v.edit]
    assert variants.judged(variant, written(variant.source).check()) == "right"


def test_a_number_of_the_text_is_no_length():
    class Tripled(Affine):
        def backward(self, dout):
            self.dW = 3 * (self.x.T @ dout)  # there are three examples, too
            self.db = dout.sum(axis=0)
            return dout @ self.W.T

    report = dx.check(Tripled)
    assert named(report, "fail") == {"factor"}


class Normalised:
    def forward(self, x):
        self.n = np.sqrt((x**2).sum(axis=1, keepdims=True))
        self.y = x / self.n
        return self.y

    def backward(self, dy):
        return (dy - self.y * (dy.sum(axis=1, keepdims=True))) / self.n


def test_a_term_along_the_input_is_no_path_through_a_variance():
    (why,) = reasons(dx.check(Normalised), "values")
    assert why.code == "factor" and "dy * self.y" in why.message


class Squared:
    def forward(self, y, t):
        self.y, self.t = y, t
        return ((y - t) ** 2).mean()

    def backward(self):
        return 2 * -self.t / self.y.size


def test_what_is_missing_is_not_added():
    (why,) = reasons(dx.check(Squared), "values")
    assert "missing" in why.message and "added" not in why.message


class Keys:
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return self.W @ dout


def test_where_backward_stops_only_what_makes_all_of_it_right_is_told():
    said = [f.message for f in findings(dx.check(Keys), "crash")]
    assert said and all("should read" not in m or "for x, W" in m for m in said)


class LayerNormWithoutItsEpsilon:
    def forward(self, x):
        self.xc = x - x.mean(-1, keepdims=True)
        self.var = (self.xc**2).mean(-1, keepdims=True)
        return self.xc / np.sqrt(self.var + 1e-5)

    def backward(self, dout):
        dvar = (dout * self.xc).sum(-1, keepdims=True) * -0.5 * self.var**-1.5
        dxc = dout / np.sqrt(self.var + 1e-5) + 2 * dvar * self.xc / dout.shape[-1]
        return dxc - dxc.mean(-1, keepdims=True)


def test_a_forgotten_epsilon_is_no_path_left_out():
    (why, *_) = reasons(dx.check(LayerNormWithoutItsEpsilon))
    assert why.code == "constant" and "its ε is left out" in why.message


GATHERS = """
class RNN:
    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b

    def forward(self, x):
        h, self.steps, outs = np.zeros((len(x), len(self.b))), [], []
        for t in range(x.shape[1]):
            prev, h = h, np.tanh(x[:, t] @ self.Wx + h @ self.Wh + self.b)
            self.steps.append((x[:, t], prev, h))
            outs.append(h)
        return np.stack(outs, axis=1)

    def backward(self, dout):
        self.dWx, self.dWh, self.db = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.b)
        dx, carry = np.zeros(dout.shape[:2] + (len(self.Wx),)), np.zeros_like(dout[:, 0])
        for t in range(dout.shape[1]):
            xt, prev, h = self.steps[t]
            da = (dout[:, t] + carry) * (1 - h * h)
            self.dWx += xt.T @ da
            self.dWh += prev.T @ da
            self.db += da.sum(0)
            dx[:, t], carry = da @ self.Wx.T, da @ self.Wh.T
        return dx
"""


def test_no_edit_puts_a_list_into_itself():
    (forward, _) = (n for n in ast.parse(GATHERS).body[0].body[1:])
    texts = [(ast.unparse(e.old), ast.unparse(ast.fix_missing_locations(e.new))) for e in edits(forward)]
    assert ("h", "prev") in texts and ("h", "outs") in texts  # elsewhere
    calls = [n for n in ast.walk(forward) if isinstance(n, ast.Call) and ast.unparse(n.func) == "outs.append"]
    inside = {id(n) for c in calls for a in c.args for n in ast.walk(a)}
    assert not [
        e for e in edits(forward) if id(e.old) in inside and "outs" in ast.unparse(ast.fix_missing_locations(e.new))
    ]


ELSEWHERE = """
KEPT = []


class Tanh:
    def forward(self, x):
        KEPT.append(np.tanh(x))
        return KEPT[-1]

    def backward(self, dout):
        y = KEPT.pop()
        return dout * (1 + y**2)
"""


class Mine(Affine):
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


def benched(layer):
    subject = choose(foreign.dress(layer, conventions), conventions.SIZES).subject
    return Bench(subject, Case("the example", conventions.SIZES))


def test_forward_is_done_once_for_all_tries_where_nothing_is_kept_elsewhere(written):
    ready = lambda layer, names: Trial(benched(layer), names, 4).ready is not None  # noqa: E731
    assert ready(Mine, ("x",))
    (layer,) = written(ELSEWHERE).layers.values()
    assert not ready(layer, ("x",))
    (why,) = reasons(dx.check(layer), "values")
    assert "`1 + y ** 2` should read `1 - y ** 2`" in why.message


class Product:
    def forward(self, x):
        self.x, self.a, self.b = x, np.tanh(x), np.exp(-(x**2))
        return self.a * self.b

    def backward(self, dout):
        da = dout * self.a
        db = dout * self.b
        return da * (1 - self.a**2) - 2 * self.x * self.b * db


def test_two_lines_whose_values_are_in_each_others_place():
    assert "the values of `da` and `db` are in each other's place" in str(dx.check(Product))


def test_an_axis_is_wrong_throughout():
    """A batch normalisation's backward below a layer normalisation: both means go along the wrong axis."""

    class Normal:
        def forward(self, x):
            self.r = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-3)
            self.y = (x - x.mean(axis=-1, keepdims=True)) / self.r
            return self.y

        def backward(self, dout):
            return (dout - dout.mean(axis=0) - self.y * (dout * self.y).mean(axis=0)) / self.r

    (why, *_) = reasons(dx.check(Normal), "fail")
    assert why.code == "axis" and why.message.count("axis=-1, keepdims=True") == 2


def test_ones_in_the_place_of_a_share_of_the_upstream_gradient_ignore_it():
    slip = Words("dout").slip
    assert slip("other-function", "np.ones_like(g)", "g") == "dout-ignored"
    assert slip("other-function", "np.ones_like(g)", "np.zeros_like(g)") == "other-function"
    assert slip("factor", "dy", "dy * gamma[None, :]") == "factor"  # an axis, and no length
    assert slip("factor", "d", "d / N") == slip("factor", "d", "d / num_train") == "scale-n"


def test_what_is_counted_through_or_worked_out_is_no_length_and_a_mask_is_a_branch():
    text = "def f(x):\n for n in range(3):\n  y[n] = x\n self.n = np.sqrt(x)\n off = ~(x > 0)"
    slip = Words.of([ast.parse(text).body[0]], "dout").slip
    assert slip("factor", "dh[n]", "dh[n] * inv[n, g]") == slip("factor", "d", "d / self.n") == "factor"
    assert slip("factor", "d", "d * n / N") == "scale-n"
    assert slip("factor", "d * x", "d * x * off") == "branch"
