"""Memory that a constructor leaves as it was: numbers are put into it before it is worked on."""

import derivexplain as dx

from .variants import edited

UNSET = """import numpy as np
class Held:
    def __init__(self, shape):
        self.value = np.ndarray(shape, np.float64)
        self.slope = np.empty(shape)
class Dense:
    def __init__(self, n_in, n_out):
        self.w = Held((n_in, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.w.value
    def backward(self, dy):
        self.w.slope += self.x.T @ dy
        return dy @ self.w.value.T
"""


def checked(tmp_path, text):
    (tmp_path / "layer.py").write_text(text)
    return dx.check(f"{tmp_path}/layer.py:Dense")


def test_memory_that_a_constructor_leaves_unset_holds_numbers_and_no_gradient(tmp_path):
    assert checked(tmp_path, UNSET).outcome == "correct"
    assert checked(tmp_path, UNSET.replace("dy @ self.w.value.T", "2 * dy @ self.w.value.T")).outcome == "factor"
    text = (
        UNSET.replace("float64", "float32")
        .replace("np.empty(shape)", "np.empty(shape, np.float32)")
        .replace("value", "data")
    )
    report = checked(tmp_path, text.replace("slope", "grad"))
    assert not [f for f in report.findings if "wrong" in f.message], report  # no steps are lost in single precision


RATED = """import numpy as np
class Dense:
    def __init__(self, n_in, n_out, lmbda=None, lr=None):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
        self.lmbda, self.lr = lmbda, lr
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        dx = dout @ self.W.T
        self.W -= self.lr * (self.x.T @ dout + self.lmbda * self.W)
        self.b -= self.lr * dout.sum(axis=0)
        return dx
"""


def test_rates_that_somebody_sets_later_are_numbers_where_the_code_never_asks(tmp_path):
    assert checked(tmp_path, RATED).outcome == "correct"
    assert checked(tmp_path, RATED.replace("(self.x.T", "(2 * self.x.T")).outcome in ("factor", "wrong")
    asking = RATED.replace(
        "        self.b -=", "        if self.lr is None:\n            return dx\n        self.b -="
    )
    assert checked(tmp_path, asking).outcome == "crashes"  # whatever it does with None is its own


PENALISED = """import numpy as np
def ridge(w, X, y, lmbda=None):
    return np.mean((X @ w - y) ** 2) + lmbda * np.sum(w**2)
def ridge_grad(w, X, y, lmbda=None):
    return 2 * X.T @ (X @ w - y) / len(y) + 2 * lmbda * w
"""


def test_a_penalty_s_weight_that_is_none_unless_it_is_told_is_told_to_both(tmp_path):
    assert edited(tmp_path, PENALISED, "ridge").outcome == "correct"
    assert edited(tmp_path, PENALISED, "ridge", "+ 2 * lmbda", "+ lmbda").outcome == "wrong"


WRAPPED = """import numpy as np
class Dense:
    def __init__(self, layer):
        self.layer = layer
    def forward(self, x):
        return x + self.layer.forward(x)
    def backward(self, dout):
        return {}
"""


def test_a_layer_that_goes_round_another_is_given_one(tmp_path):
    assert checked(tmp_path, WRAPPED.format("dout + self.layer.backward(dout)")).outcome == "correct"
    assert checked(tmp_path, WRAPPED.format("self.layer.backward(dout)")).outcome == "wrong"
    assert checked(tmp_path, WRAPPED.replace("layer", "block").format("dout")).outcome == "wrong"
