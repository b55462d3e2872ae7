"""Mending: one edit on trial names the slip and its line; options that code offers are asked too."""

import ast

import numpy as np
import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.checking.choosing import choose
from derivexplain.checking.edits import edits
from derivexplain.checking.mending import Trial
from derivexplain.checking.subject import Bench, Case
from derivexplain.checking.undone import Words

from . import variants
from .variants import edited


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
PLANTED = ("np.hstack((df",)


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
    assert why.code == "factor" and "dy * self.y" in why.message


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


IMAGES = """import numpy as np
def scatter(cols, shape, k):
    x = np.zeros(shape)
    for i in range(k):
        for j in range(k):
            x[:, :, i:i + shape[2] - k + 1, j:j + shape[3] - k + 1] += cols[:, :, i, j]
    return x
class Filter:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x, k = x, self.W.shape[-1]
        self.win = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", self.win, self.W)
    def backward(self, dout):
        self.dW = np.einsum("nfhw,nchwij->fcij", dout, self.win)
        cols = np.einsum("nfhw,fcij->ncijhw", dout, self.W)
        return scatter(cols, self.x.shape, self.W.shape[-1])
class SoftSign:
    def forward(self, a):
        self.den = 1 + np.abs(a)
        return a / self.den
    def backward(self, grad):
        return grad * np.power(self.den, -2)
class Shifted:
    def forward(self, x):
        self.on = x > 0.5
        return (x - 0.5) * self.on
    def backward(self, dout):
        dx = np.zeros_like(dout)
        for i in np.ndindex(*dout.shape):
            if self.on[i]:
                dx[i] = dout[i]
        return dx
class Quick:
    def forward(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-1.7 * x))
        return x * self.s
    def backward(self, dout):
        dx = dout * self.s
        dx += dout * 1.7 * self.x * self.s * (1 - self.s)
        return dx
class Closeness:
    def forward(self, a, b):
        self.a, self.b = a, b
        self.na, self.nb = np.linalg.norm(a, axis=1, keepdims=True), np.linalg.norm(b, axis=1, keepdims=True)
        self.cos = (a * b).sum(axis=1, keepdims=True) / (self.na * self.nb)
        return self.cos
    def backward(self, dout):
        da = dout * (self.b / (self.na * self.nb) - self.cos * self.a / self.na**2)
        db = dout * (self.a / (self.na * self.nb) - self.cos * self.b / self.nb**2)
        return da, db
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("Filter", "+= cols[:, :, i, j]", "= cols[:, :, i, j]", "unsummed", "layers.py:6"),
        ("Filter", "cols[:, :, i, j]", "cols[:, :, j, i]", "transposed", "fcji->ncijhw"),
        ("Filter", "fcij->ncijhw\", dout, self.W)", "fcij->ncijhw\", dout, self.W[:, :, ::-1, ::-1])", "inverted", "W[:, :, :, :]"),
        ("SoftSign", "self.den, -2", "self.den, -3", "power", "`np.power(self.den, -2)`"),
        ("Shifted", "if self.on[i]", "if not self.on[i]", "inverted", "`self.on[i]`"),
        ("Quick", "dx += dout * 1.7", "dx += 1.7", "dout-ignored", "dout * "),
        ("Closeness", "self.cos * self.b / self.nb**2", "self.cos * self.b / self.na**2", "argument", "`self.nb`"),
        ("Closeness", "- self.cos * self.b", "+ self.cos * self.b", "sign", "read `self.a"),
    ],
)  # fmt: skip
def test_the_edit_says_more_than_what_the_numbers_have_in_common(tmp_path, name, old, new, code, word):
    report = edited(tmp_path, IMAGES, name, old, new)
    told = [d for f in report.findings if f.code == "values" and f.status == "fail" for d in f.diagnosis]
    assert [d.code for d in told] == [code] and word in str(report), report


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


def test_forward_is_done_once_for_all_tries_where_nothing_is_kept_elsewhere(tmp_path):
    ready = lambda layer, names: Trial(benched(layer), names, 4).ready is not None  # noqa: E731
    assert ready(Mine, ("x",))
    path = tmp_path / "layer.py"
    path.write_text(f"import numpy as np\n{ELSEWHERE}", encoding="utf-8")
    ((_, layer),) = foreign.find(str(path), conventions)[0]
    assert not ready(layer, ("x",))
    (why,) = [d for f in dx.check(layer).findings if f.code == "values" for d in f.diagnosis]
    assert "`1 + y ** 2` should read `1 - y ** 2`" in why.message


GATED = """
class SwiGLU:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1, W2

    def forward(self, x):
        self.x, self.a, self.b = x, np.dot(x, self.W1), np.dot(x, self.W2)
        self.s = 1 / (1 + np.exp(-self.a))
        return self.a * self.s * self.b

    def backward(self, dout):
        swish = self.a * self.s
        db = dout * swish
        da = dout * self.b * (self.s + swish * (1 - self.s))
        self.dW1 = np.dot(self.x.T, da)
        self.dW2 = np.dot(self.x.T, db)
        return np.dot(da, self.W1.T) + np.dot(db, self.W2.T)


class Scaled:
    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta

    def forward(self, x):
        self.x, self.shape = x.reshape(len(x), -1), x.shape
        y = self.x / np.sqrt((self.x**2).mean(1, keepdims=True))
        self.y = y.reshape(x.shape)
        return self.gamma.reshape(1, -1, 1, 1) * self.y + self.beta.reshape(1, -1, 1, 1)

    def backward(self, dout):
        d = (dout * self.gamma.reshape(1, -1, 1, 1)).reshape(self.x.shape)
        y, r = self.y.reshape(d.shape), np.sqrt((self.x**2).mean(1, keepdims=True))
        self.dgamma = (dout * self.y).sum(axis=(0, 2, 3))
        self.dbeta = dout.sum(axis=(0, 2, 3))
        return ((d - y * (d * y).mean(1, keepdims=True)) / r).reshape(self.shape)


class Cumsum:
    def forward(self, x):
        return np.cumsum(x, axis=1)

    def backward(self, dout):
        return np.flip(np.cumsum(np.flip(dout, axis=1), axis=1), axis=1)


class Selu:
    def forward(self, x):
        self.x = x
        return 1.05 * (np.maximum(x, 0) + 1.67 * np.expm1(np.minimum(x, 0)))

    def backward(self, dy):
        up = 1.05 * (self.x > 0)
        down = 1.05 * 1.67 * np.exp(np.minimum(self.x, 0)) * (self.x <= 0)
        return dy * (up + down)


class Huber:
    def __init__(self, beta=0.7):
        self.beta = beta

    def forward(self, x):
        self.x, a = x, np.abs(x)
        return np.where(a < self.beta, 0.5 * x**2 / self.beta, a - 0.5 * self.beta)

    def backward(self, dout):
        return dout * np.where(np.abs(self.x) < self.beta, self.x / self.beta, np.sign(self.x))


class Steps:
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x, self.h = x, np.zeros((len(x), x.shape[1] + 1, self.W.shape[1]))
        for t in range(x.shape[1]):
            self.h[:, t + 1] = np.tanh(x[:, t] @ self.W) + self.h[:, t]
        return self.h[:, 1:].copy()

    def backward(self, dout):
        dx, carry = np.zeros_like(self.x), 0
        self.dW = np.zeros_like(self.W)
        for t in reversed(range(self.x.shape[1])):
            carry = carry + dout[:, t]
            y = self.h[:, t + 1] - self.h[:, t]
            da = carry * (1 - y * y)
            for n in range(len(da)):
                self.dW += np.outer(self.x[n, t], da[n])
                dx[n, t] = da[n] @ self.W.T
        return dx


class Largest:
    def forward(self, x):
        self.x, self.best = x, x.argmax(axis=1)
        return x.max(axis=1)

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        dx[np.arange(len(dout)), self.best] = dout
        return dx
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "word"),
    [
        ("SwiGLU", " + np.dot(db, self.W2.T)", "", "path-missing", "db @ self.W2.T`: then"),
        (
            "SwiGLU",
            "np.dot(da, self.W1.T) + np.dot(db,",
            "np.dot(db, self.W1.T) + np.dot(da,",
            "swapped",
            "should read",
        ),
        ("SwiGLU", "(self.s + swish * (", "(swish * (", "term", "should read `swish * (1 - self.s) + self.s`"),
        ("SwiGLU", "(self.s + swish * (1 - self.s))", "self.s", "", ""),  # no forward of ones
        ("Scaled", "(dout * self.gamma.reshape(1, -1, 1, 1))", "dout", "factor", "dout * self.gamma.reshape"),
        (
            "Cumsum",
            "np.flip(np.cumsum(np.flip(dout, axis=1), axis=1), axis=1)",
            "np.cumsum(dout, axis=1)",
            "inverted",
            "flip",
        ),
        ("Selu", "(self.x <= 0)", "(self.x > 0)", "branch", "should read `self.x <= 0`"),
        ("Huber", "np.abs(self.x) < self.beta,", "np.abs(self.x) < 1.5,", "threshold", "should read `self.beta`"),
        ("Steps", "reversed(range(self.x.shape[1]))", "range(self.x.shape[1])", "inverted", "should read `reversed"),
        ("Steps", "1 - y * y", "1 - carry * carry", "argument", "should read `1 - y * y`"),
        ("Steps", "self.x[n, t], da", "self.x[0, t], da", "argument", "should read `self.x[n, t]`"),
        ("Largest", "np.zeros_like", "np.ones_like", "other-function", "np.zeros_like"),
        ("Largest", "] = dout", "] = dout * self.x.max(axis=1)", "factor", "should read `dout`"),
    ],
)
def test_what_takes_more_than_a_name_is_tried(tmp_path, name, old, new, code, word):
    report = edited(tmp_path, f"import numpy as np\n{GATED}", name, old, new)
    told = [d for f in report.findings if f.code == "values" and f.status == "fail" for d in f.diagnosis]
    assert report.outcome == "wrong"
    assert (
        (code in {d.code for d in told} and word in str(report))
        if code
        else "other-function" not in {d.code for d in told}
    )


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


def test_what_a_function_of_ones_own_lacks_is_added(tmp_path):
    """The slope of an ELU is its value plus alpha: no function around its argument."""
    path = tmp_path / "elu.py"
    elu = "def elu(x, alpha=1.0):\n    return np.where(x >= 0, x, alpha * (np.exp(x) - 1))\n"
    slope = "def elu_grad(x, alpha=1.0):\n    return np.where(x >= 0, 1, elu(x, alpha))\n"
    path.write_text(f"import numpy as np\n{elu}{slope}")
    (finding, *_) = [f for f in dx.check(str(path)).findings if f.status == "fail"]
    assert finding.diagnosis[0].code == "term"
    assert "`elu(x, alpha)` should read `elu(x, alpha) + alpha`" in finding.diagnosis[0].message


def test_an_axis_is_wrong_throughout():
    """A batch normalisation's backward below a layer normalisation: both means go along the wrong axis."""

    class Normal:
        def forward(self, x):
            self.r = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-3)
            self.y = (x - x.mean(axis=-1, keepdims=True)) / self.r
            return self.y

        def backward(self, dout):
            return (dout - dout.mean(axis=0) - self.y * (dout * self.y).mean(axis=0)) / self.r

    (finding, *_) = [f for f in dx.check(Normal).findings if f.status == "fail"]
    assert finding.diagnosis[0].code == "axis"
    assert finding.diagnosis[0].message.count("axis=-1, keepdims=True") == 2


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
