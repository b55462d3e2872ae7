"""Mending: one edit on trial names the slip and its line; options that code offers are asked too."""

import numpy as np
import pytest

import derivexplain as dx

from . import variants


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
    report = dx.check(layer)
    (why,) = [(d, f.where) for f in report.findings if f.status == "fail" for d in f.diagnosis if d.code == code]
    assert word in why[0].message and "should read" in why[0].message
    assert why[1].rpartition(":")[2].isdigit()


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
    assert any(f.message.startswith("eval mode") for f in report.findings if f.status == "warn")


CELL = [v for v in variants.variants() if v.layer == "LstmGates"]
PLANTED = ("np.hstack((df", "dg = ds * i * (1 - g**2) ==>")


@pytest.mark.parametrize("edit", PLANTED)
def test_a_long_backward_is_mended_where_all_that_is_wrong_comes_from(edit, tmp_path):
    (variant,) = [v for v in CELL if edit in v.edit]
    report = variants.checked(variant, tmp_path)
    assert variants.judged(variant, report) == "right"


def test_a_number_of_the_text_is_no_length():
    class Tripled(Affine):
        def backward(self, dout):
            self.dW = 3 * (self.x.T @ dout)  # there are three examples, too
            self.db = dout.sum(axis=0)
            return dout @ self.W.T

    report = dx.check(Tripled)
    assert {d.code for f in report.findings if f.status == "fail" for d in f.diagnosis} == {"factor"}


class Normalised:
    def forward(self, x):
        self.n = np.sqrt((x**2).sum(axis=1, keepdims=True))
        self.y = x / self.n
        return self.y

    def backward(self, dy):
        return (dy - self.y * (dy.sum(axis=1, keepdims=True))) / self.n


def test_a_term_along_the_input_is_no_path_through_a_variance():
    (why,) = [d for f in dx.check(Normalised).findings if f.code == "values" for d in f.diagnosis]
    assert why.code == "term" and "variance" not in why.message


class Squared:
    def forward(self, y, t):
        self.y, self.t = y, t
        return ((y - t) ** 2).mean()

    def backward(self):
        return 2 * -self.t / self.y.size


def test_what_is_missing_is_not_added():
    (why,) = [d for f in dx.check(Squared).findings if f.code == "values" for d in f.diagnosis]
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
    said = [f.message for f in dx.check(Keys).findings if f.code == "crash"]
    assert said and all("should read" not in m or "for x, W" in m for m in said)


def test_a_loss_that_gives_its_gradient_too_is_mended(tmp_path):
    path = tmp_path / "ridge.py"
    path.write_text(
        "import numpy as np\ndef ridge(theta, X, y, lam=0.1):\n    m = len(y)\n    err = X @ theta - y\n"
        "    cost = (err @ err + lam * theta @ theta) / (2 * m)\n    grad = (X.T @ err + lam / theta) / m\n    return cost, grad\n"
    )
    (said,) = [f for f in dx.check(str(path)).findings if f.code == "values" and f.status == "fail"]
    assert said.where.endswith(":6") and [d.code for d in said.diagnosis] == ["inverted"]


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
    (why, *_) = [d for f in dx.check(LayerNormWithoutItsEpsilon).findings for d in f.diagnosis]
    assert why.code == "constant" and "its ε is left out" in why.message
