"""Memory that a constructor leaves as it was: numbers are put into it before it is worked on."""

import pytest

UNSET = """
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


def test_memory_that_a_constructor_leaves_unset_holds_numbers_and_no_gradient(written):
    assert written(UNSET).check("Dense").outcome == "correct"
    assert written(UNSET, "dy @ self.w.value.T", "2 * dy @ self.w.value.T").check("Dense").outcome == "factor"
    single = "float64", "float32", "np.empty(shape)", "np.empty(shape, np.float32)"
    report = written(UNSET, *single, "value", "data", "slope", "grad").check("Dense")
    assert not [f for f in report.findings if "wrong" in f.message], report  # no steps are lost in single precision


RATED = """
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


def test_rates_that_somebody_sets_later_are_numbers_where_the_code_never_asks(written):
    assert written(RATED).check("Dense").outcome == "correct"
    assert written(RATED, "(self.x.T", "(2 * self.x.T").check("Dense").outcome in ("factor", "wrong")
    asking = "        self.b -=", "        if self.lr is None:\n            return dx\n        self.b -="
    assert written(RATED, *asking).check("Dense").outcome == "crashes"  # whatever it does with None is its own


PENALISED = """
def ridge(w, X, y, lmbda=None):
    return np.mean((X @ w - y) ** 2) + lmbda * np.sum(w**2)
def ridge_grad(w, X, y, lmbda=None):
    return 2 * X.T @ (X @ w - y) / len(y) + 2 * lmbda * w
"""


def test_a_penalty_s_weight_that_is_none_unless_it_is_told_is_told_to_both(written):
    assert written(PENALISED).check("ridge").outcome == "correct"
    assert written(PENALISED, "+ 2 * lmbda", "+ lmbda").check("ridge").outcome == "wrong"


WRAPPED = """
class Dense:
    def __init__(self, layer):
        self.layer = layer
    def forward(self, x):
        return x + self.layer.forward(x)
    def backward(self, dout):
        return dout + self.layer.backward(dout)
"""


def test_a_layer_that_goes_round_another_is_given_one(written):
    assert written(WRAPPED).check().outcome == "correct"
    assert written(WRAPPED, "dout + self.layer", "self.layer").check().outcome == "wrong"
    assert written(WRAPPED, " + self.layer.backward(dout)", "", "layer", "block").check().outcome == "wrong"


LOSS_AFTER = """
class Scores:
    def forward(self, z):
        self.p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return self.p
    def note(self, label):
        self.onehot = np.zeros_like(self.p)
        self.onehot[np.arange(len(self.p)), label] = 1
        return -np.sum(self.onehot * np.log(self.p))
    def backward(self): return self.p - self.onehot
"""
TRAINED = """
class Bend:
    def forward(self, x): return np.tanh(x)
    def forward_train(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, dout): return dout * (1 - self.y ** 2)
class Twice:
    def __init__(self): self.bend = Bend()
    def forward(self, x): return 2 * self.bend.forward(x)
    def backward(self, dout): return self.bend.backward(2 * dout)
"""


PROPERTY = """
class Net:
    def __init__(self, hidden): self.W1, self.W2 = np.random.rand(1, hidden), np.random.rand(hidden, 1)
    @property
    def target(self): return self._target
    @target.setter
    def target(self, t): self._target = t
    def fit(self, x, t): self.x, self.target = x, t
    def predict(self, x):
        self.x, self.h = x, np.tanh(self.W1.T @ x)
        self.y = self.W2.T @ self.h
        return self.y
    def backprop(self):
        self.d2 = self.y - self.target
        self.dW2 = self.h @ self.d2.T
        self.dW1 = self.x @ ((self.W2 @ self.d2) * (1 - self.h ** 2)).T
"""


@pytest.mark.parametrize(
    ("text", "name", "needs"),
    [(LOSS_AFTER, "Scores", "onehot, which note sets"), (TRAINED, "Twice", "y, which forward_train sets")]
    + [(PROPERTY, "Net", "_target, which fit sets")],
)
def test_what_another_method_sets_is_asked_for(written, text, name, needs):
    report = written(text).check(name)
    assert report.outcome == "not-set-up" and f"needs {needs}" in report.findings[0].message, report


EMPTY = """
class Convolution2D:
    def __init__(self, filters, kernel_size):
        self.k, self.n, self.W, self.b = kernel_size, filters, None, None
    def forward(self, input_data):
        batch, height, width, channels = input_data.shape
        if self.W is None:
            self.W, self.b = np.random.randn(self.k, self.k, channels, self.n), np.zeros(self.n)
        out = np.zeros((batch, height - self.k + 1, width - self.k + 1, self.n))
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[:, i, j] = np.tensordot(input_data[:, i : i + self.k, j : j + self.k], self.W, 3) + self.b
        return out
    def backward(self, dL_dout, learning_rate):
        print("to be written")
"""


def test_a_backward_that_gives_nothing_is_wrong_whatever_scene_it_is_set_up_in(written):
    assert written(EMPTY).check().outcome == "wrong"


RUN = """
class Curve:
    def __init__(self, {0}, {1}):
        self.{0}, self.{1} = {0}, {1}
    def forward(self, x):
        self.x = x
        return self.{0}(x)
    def backward(self, dout):
        return dout * self.{1}(self.x)
class Cost:
    def __init__(self, {0}, {1}):
        self.{0} = {0}
        self.{1} = {1}
    def forward(self, y, t):
        self.y, self.t = y, t
        return self.{0}(y, t)
    def backward(self):
        return self.{1}(self.y, self.t)
"""


def test_a_dataclass_keeps_what_it_runs_under_its_own_name(written):
    text = """
    from dataclasses import dataclass
    @dataclass
    class Curve:
        f: object
        g: object
        def forward(self, x):
            self.x = x
            return self.f(x)
        def backward(self, dout):
            return dout * self.g(self.x)
    """
    assert written(text).check().outcome == "correct"


@pytest.mark.parametrize("names", [("func", "dfunc"), ("f", "g"), ("phi", "phi_dot"), ("sigma", "loss_grad")])
def test_what_a_class_runs_is_a_function_and_what_backward_alone_runs_its_slope(written, names):
    found = written(RUN.format(*names))
    assert [found.check(n).outcome for n in ("Curve", "Cost")] == ["correct"] * 2
    slip = written(RUN.format(*names), "return dout * self", "return dout + self")
    assert slip.check("Curve").outcome == "wrong"


@pytest.mark.parametrize("names", [("a", "b"), ("p", "q")])
def test_what_is_an_axis_of_a_matrix_is_a_length_whatever_it_is_called(written, names):
    text = UNTOLD.format(*names)
    assert written(text).check().outcome == "correct"
    assert written(text, "dout.sum(axis=0)", "dout.sum(axis=1)").check().outcome == "wrong"


UNTOLD = """
class Layer:
    def __init__(self, {0}, {1}):
        self.W, self.b = np.random.normal(size=({0}, {1})), np.zeros({1})
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
"""


SIDES = """
class Conv:
    def __init__(self, p, q, r):
        self.W, self.b = np.random.randn(q, p, r, r), np.zeros(q)
    def forward(self, x):
        self.x, k = x, self.W.shape[2]
        rows, columns = (n - k + 1 for n in x.shape[2:])
        out = np.zeros((len(x), len(self.W), rows, columns))
        for i, j in np.ndindex(rows, columns):
            out[:, :, i, j] = np.einsum("nchw,fchw->nf", x[:, :, i:i + k, j:j + k], self.W) + self.b
        return out
    def backward(self, dout):
        k, dx, self.dW = self.W.shape[2], np.zeros_like(self.x), np.zeros_like(self.W)
        self.db = dout.sum(axis=(0, 2, 3))
        for i, j in np.ndindex(dout.shape[2:]):
            self.dW += np.tensordot(dout[:, :, i, j], self.x[:, :, i:i + k, j:j + k], axes=([0], [0]))
            dx[:, :, i:i + k, j:j + k] += np.tensordot(dout[:, :, i, j], self.W, 1)
        return dx
class Leaky_relu:
    def __init__(self, gamma):
        self.gamma = gamma
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.gamma * x)
    def backward(self, dout):
        return dout * np.where(self.x > 0, 1, self.gamma)
class Steps:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, e, n):
        dx = e @ self.W.T
        self.W -= n * self.x.T @ e
        self.b -= n * e.sum(axis=0)
        return dx
"""


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("Conv", "self.dW += ", "self.dW = "),
        ("Leaky_relu", "self.x > 0, 1", "self.x > 0, 0"),
        ("Steps", "n * e.sum", "2 * n * e.sum"),
    ],
)
def test_sides_of_filters_slopes_and_rates_are_told_by_what_is_done_with_them(written, name, old, new):
    assert written(SIDES).check(name).outcome == "correct"
    assert written(SIDES, old, new).check(name).outcome in ("wrong", "factor")
