"""Gradients in another order than the arguments are told; the code's own names say where channels are."""

import numpy as np
import pytest

import derivexplain as dx


def product(last):
    class Product:
        def forward(self, x, y):
            self.x, self.y = x, y
            return x * y

        if last:

            def backward(self, dz):
                dx = dz * self.y
                dy = dz * self.x
                return dy, dx

        else:

            def backward(self, dz):
                dx = dz * self.y
                dy = dz * self.x
                return dx, dy

    return Product


@pytest.mark.parametrize(("last", "outcome"), [(True, "wrong"), (False, "correct")])
def test_another_order_of_two_inputs_is_wrong(last, outcome):
    report = dx.check(product(last))
    assert report.outcome == outcome
    assert bool([f for f in report.findings if f.code == "order"]) is last


POOL = """import numpy as np
def pool_forward(A, hparameters):
    m, H, W, C = A.shape
    f, s = hparameters["f"], hparameters["stride"]
    out = np.zeros((m, 1 + (H - f) // s, 1 + (W - f) // s, C))
    for h in range(out.shape[1]):
        for w in range(out.shape[2]):
            out[:, h, w] = A[:, h * s:h * s + f, w * s:w * s + f].mean(axis=(1, 2))
    return out, (A, hparameters)
def pool_backward(dA, cache):
    A, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    d = np.zeros(A.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            d[:, h * s:h * s + f, w * s:w * s + f] += dA[:, h, w][:, None, None] / (f * f)
    return d
"""


@pytest.mark.parametrize(
    ("edit", "outcome"), [(("", ""), "correct"), (("d[:, h * s:h * s + f", "d[:, h * s:f"), "wrong")]
)
def test_channels_are_where_the_code_says(tmp_path, edit, outcome):
    path = tmp_path / "pool.py"
    path.write_text(POOL.replace(*edit))
    assert dx.check(str(path)).outcome == outcome


class LogSoftmax:
    def forward(self, x):
        m = x.max(axis=-1, keepdims=True)
        self.y = x - m - np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True))
        return self.y

    def backward(self, dy):
        return dy - np.exp(self.y) * dy.sum(axis=-1)


def test_a_backward_that_stops_is_not_given_whole_numbers_instead():
    assert dx.check(LogSoftmax).outcome == "crashes"


TWO = (
    "class Pair:\n    def forward(self, a, b):\n        self.a, self.b = a, b\n        return a * b\n"
    "    def backward(self, dout):\n        da, db = dout * self.b, dout * self.a\n        return da, db\n"
)
ROWS = (
    "import numpy as np\nclass Divergence:\n    def forward(self, x, q):\n        z = x - x.max(axis=1, keepdims=True)\n"
    "        self.logp, self.q = z - np.log(np.exp(z).sum(axis=1, keepdims=True)), q\n"
    "        return np.sum(q * (np.log(q) - self.logp)) / len(x)\n    def backward(self, dout=1):\n"
    "        p = np.exp(self.logp)\n        return dout * (p * self.q.sum(axis=1, keepdims=True) - self.q) / len(p)\n"
)
MULTIPLIED = "def double_forward(x, w, b):\n    return x * w + b, (x, w)\ndef double_backward(d, cache):\n    x, w = cache\n    dx, dw, db = d * w, d * x, 1 * d\n    return {}\n"  # fmt: skip


MODULATED = (
    "import numpy as np\nclass Modulated:\n    def __init__(self, cond_dim, channels):\n"
    "        self.Wg, self.Wb = np.ones((cond_dim, channels)), np.ones((cond_dim, channels))\n"
    "    def forward(self, x, cond):\n        self.x, self.cond, self.gamma = x, cond, 1 + cond @ self.Wg\n"
    "        return self.gamma[:, :, None] * x + (cond @ self.Wb)[:, :, None]\n    def backward(self, dout):\n"
    "        dgamma, dbeta = (dout * self.x).sum(axis=2), dout.sum(axis=2)\n"
    "        self.dWg, self.dWb = self.cond.T @ dgamma, self.cond.T @ dbeta\n"
    "        return dout * self.gamma[:, :, None], dgamma @ self.Wg.T + dbeta @ self.Wb.T\n"
)


def test_a_backward_that_stops_at_shapes_guessed_for_several_inputs_is_not_accused(tmp_path):
    path = tmp_path / "modulated.py"
    path.write_text(MODULATED)
    report = dx.check(str(path))
    assert report.outcome in ("correct", "not-set-up") and not any(f.code == "crash" for f in report.findings), report


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (TWO, "correct"),
        (TWO.replace("return da, db", "return db, da"), "wrong"),
        (MULTIPLIED.format("dx, dw, db"), "correct"),
        (MULTIPLIED.format("dw, db, dx"), "hazards"),  # parameters first: a habit
        (MULTIPLIED.format("dx, db, dw"), "wrong"),
        (ROWS, "correct"),
        (ROWS.replace("sum(axis=1, keepdims=True) - self.q", "sum(axis=1) - self.q"), "crashes"),
        (ROWS.replace("np.exp(z).sum(axis=1, keepdims=True)", "np.exp(z).sum(axis=1)"), "crashes"),
    ],
)
def test_gradients_in_each_others_places_and_lost_axes_are_wrong(tmp_path, text, outcome):
    path = tmp_path / "two.py"
    path.write_text(text)
    assert dx.check(str(path)).outcome == outcome


def test_a_dropped_keepdims_is_named(tmp_path):
    path = tmp_path / "rows.py"
    path.write_text(ROWS.replace("sum(axis=1, keepdims=True) - self.q", "sum(axis=1) - self.q"))
    (why,) = [d for f in dx.check(str(path)).findings for d in f.diagnosis if f.status == "fail"]
    assert why.code == "axis" and "keepdims=True" in why.message


WEIGHTED = (
    "import numpy as np\nclass WeightSum:\n    def forward(self, hs, a):\n        self.hs, self.a = hs, a\n"
    "        return np.sum(hs * a[:, :, None], axis=1)\n    def backward(self, dc):\n        dt = np.repeat(dc[:, None], self.hs.shape[1], axis=1)\n"
    "        da = np.sum(dt * self.hs, axis=2)\n        return dt * self.a[:, :, None], da\n"
)


@pytest.mark.parametrize(
    ("old", "new", "outcome"), [("", "", "correct"), ("np.sum(dt * self.hs, axis=2)", "dt * self.hs", "wrong")]
)
def test_a_layer_of_two_arguments_is_no_loss(tmp_path, old, new, outcome):
    path = tmp_path / "weighted.py"
    path.write_text(WEIGHTED.replace(old, new) if old else WEIGHTED)
    assert dx.check(str(path)).outcome == outcome


PRIME = (
    "import numpy as np\ndef hard_sigmoid(z):\n    return np.clip(0.2 * z + 0.5, 0, 1)\n"
    "def hard_sigmoid_prime(z):\n    lin = 0.2 * z + 0.5\n    return {}\n"
)
HINGED = (
    "import numpy as np\nclass LogCosh:\n    def __call__(self, y_true, y_pred):\n"
    "        return np.sum(np.log(np.cosh(y_pred - y_true)))\n    def gradient(self, y_true, y_pred):\n        return np.tanh({})\n"
)
NEAR = (
    "class NearLoss:\n    def forward(self, a, b):\n        self.d = a - b\n        return (self.d**2).sum(axis=1)\n"
    "    def backward(self, dout):\n        da = 2 * self.d * dout[:, None]\n        db = {}da\n        return da, db\n"
)
SCALED = (
    "import numpy as np\nclass RMSNorm:\n    def __init__(self, g):\n        self.g = g\n    def forward(self, x):\n        self.x = x\n"
    "        return x * self.g\n    def backward(self, dout):\n        self.dg = {}\n        return dout * self.g\n"
)
PRODUCT = (
    "class MatMul:\n    def forward(self, A, B):\n        self.A, self.B = A, B\n        return A @ B\n    def backward(self, dout):\n"
    "        dA, dB = dout @ self.B.T, self.A.T @ dout\n        return {}\n"
)
LOW_RANK = (
    "class Adapter:\n    def __init__(self, W1, W2):\n        self.W1, self.W2 = W1, W2\n    def forward(self, x):\n        self.x = x\n"
    "        return x + x @ self.W1 @ self.W2\n    def backward(self, d):\n        h = d @ self.W2.T\n"
    "        self.dW1, self.dW2 = self.x.T @ h, (self.x @ self.W1).T @ d\n        return {}h @ self.W1.T\n"
)


@pytest.mark.parametrize(
    ("text", "edit", "outcome"),
    [
        (PRIME, "0.2 * ((lin > 0) & (lin < 1))", "correct"),
        (PRIME, "0.2 * ((z > 0) & (z < 1))", "wrong"),  # it would be right of the output
        (PRIME, "1.0 * ((lin > 0) & (lin < 1))", "factor"),
        (HINGED, "y_pred - y_true", "correct"),
        (HINGED, "y_true - y_pred", "factor"),  # it would be right for y_true
        (NEAR, "-", "correct"),
        (NEAR, "2 * ", "factor"),
        (SCALED, "(dout * self.x).sum(axis=0)", "correct"),
        (SCALED, "dout.sum(axis=0)", "wrong"),
        (PRODUCT, "dA, dB", "correct"),
        (PRODUCT, "dB, dA", "wrong"),
        (LOW_RANK, "d + ", "correct"),
        (LOW_RANK, "", "wrong"),
    ],
)
def test_no_reading_excuses_what_the_names_rule_out(tmp_path, text, edit, outcome):
    path = tmp_path / "layer.py"
    path.write_text(text.format(edit))
    report = dx.check(str(path))
    assert report.outcome == outcome, report
    assert "length of axis" not in str(report)
