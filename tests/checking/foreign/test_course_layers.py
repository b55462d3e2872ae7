"""Set-ups of layers as courses have them: caches kept by another forward, decay within backward, sizes counted."""

import pytest

from ..reports import findings, named

EACH = {
    "features": """
class Features:
    def __init__(self, dimensions: int, eps: float = 1e-5):
        self.gamma, self.beta, self.eps = np.ones(dimensions), np.zeros(dimensions), eps
    def forward(self, x):
        self.std = np.sqrt(x.var(axis=1, keepdims=True) + self.eps)
        self.n = (x - x.mean(axis=1, keepdims=True)) / self.std
        return self.gamma * self.n + self.beta
    def backward(self, dout):
        self.dgamma, self.dbeta = (dout * self.n).sum(axis=0), dout.sum(axis=0)
        d = dout * self.gamma
        return (d - d.mean(axis=1, keepdims=True) - self.n * (d * self.n).mean(axis=1, keepdims=True)) / self.std
""",
    "cached": """
class Ranker:
    def __init__(self, size):
        self.W = np.random.randn(size, 1)
    def forward(self, x, more):
        return np.concatenate([x, more], axis=1) @ self.W
    def forward_with_cache(self, x):
        out, cache = x @ self.W, {"x": x}
        return out, cache
    def backward(self, dout, cache):
        return {"W": cache["x"].T @ dout}
""",
    "decaying": """
class Small:
    def __init__(self, size, units, reg=0.01):
        self.params, self.reg = {"W": np.random.randn(size, units)}, reg
    def forward(self, X):
        self.X = X
        return X @ self.params["W"]
    def backward(self, dscores):
        grads = {}
        grads["W"] = self.X.T @ dscores + 2 * self.reg * self.params["W"]
        return grads
""",
    "allocated": """
class Later:
    def __init__(self, x_size, y_size):
        self.x_size, self.y_size = x_size, y_size
    def allocate(self):
        self.W = np.random.rand(self.y_size, self.x_size)
    def forward_propagate(self, X):
        self.X = X
        return self.W @ X
    def backward_propagation(self, dE_dY, learning_rate):
        dE_dX = self.W.T @ dE_dY
        self.W -= learning_rate * dE_dY @ self.X.T
        return dE_dX
""",
    "predicting": """
class Column:
    def __init__(self, num_units, input_shape):
        self.W = np.random.randn(num_units, *input_shape)
    def forward_propagation(self, A_prev, is_predict):
        if not is_predict:
            self.A = A_prev
        return self.W @ A_prev
    def backward_propagation(self, dZ):
        self.dW = dZ @ self.A.T
        return self.W.T @ dZ
""",
    "placed": """
class Patch:
    def __init__(self, shape):
        self.shape, self.weights = shape, np.random.normal(0, 0.1, shape)
    def forward(self, inputs):
        self.inputs = inputs
        return np.tensordot(inputs[:self.shape[0], :self.shape[1], :], self.weights, 3)
    def backward(self, dout):
        self.dweights, dx = np.zeros(self.shape), np.zeros_like(self.inputs)
        for f in range(self.shape[-1]):
            dx[:self.shape[0], :self.shape[1], :] += dout[f] * self.weights[..., f]
            self.dweights[..., f] = dout[f] * self.inputs[:self.shape[0], :self.shape[1], :]
        return dx
""",
    "lettered": """
def gate_forward(X, h0, params):
    a = [params["W_xf"] @ x + params["W_hf"] @ h0 + params["b_f"] for x in X]
    return np.tanh(np.array(a)), (X, h0, np.tanh(np.array(a)), params)
def gate_backward(dH, cache):
    X, h0, H, params = cache
    grads, dh_next, dX = {k: np.zeros_like(v) for k, v in params.items()}, np.zeros_like(h0), np.zeros_like(X)
    for t, d in enumerate(dH * (1 - H ** 2)):
        grads["W_xf"] += np.outer(d, X[t])
        grads["W_hf"] += np.outer(d, h0)
        grads["b_f"] += d
        dX[t], dh_next = params["W_xf"].T @ d, dh_next + params["W_hf"].T @ d
    return grads, dh_next, dX
""",
    "counted": """
class Line:
    def forward(self, X, W, b):
        return X @ W + b
    def backward(self, dZ, X, W, b, m):
        return dZ @ W.T, X.T @ dZ / m, dZ.sum(axis=0)
""",
    "shared": """
class Two:
    def __init__(self, size):
        self.first, self.last = Half(size), Half(size)
        self.params = {"W1": self.first.W, "W2": self.last.W}
    def forward(self, x):
        return self.last.forward(self.first.forward(x))
    def backward(self, dscores):
        d, dW2 = self.last.backward(dscores)
        return {"W1": self.first.backward(d)[1], "W2": dW2}
class Half:
    def __init__(self, size):
        self.W = np.random.randn(size, size)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        return dout @ self.W.T, self.x.T @ dout
""",
    "drawn": """
class Dropout:
    def __init__(self, keep_prob, random_state=None):
        self.keep_prob, self.rnd = keep_prob, np.random.RandomState(random_state)
    def forward(self, input):
        self.mask = self.rnd.uniform(0, 1, input.shape) <= self.keep_prob
        return input * self.mask
    def backprop(self, delta):
        return delta * self.mask
""",
}  # fmt: skip


@pytest.mark.parametrize("text", EACH.values(), ids=EACH)
def test_course_habits_are_understood(written, text):
    for report in written(text).checks().values():
        assert report.outcome in ("correct", "hazards") and report.verdict.status == "proved", str(report)


SCALED = """
class Deep:
    def __init__(self, size, units):
        self.params, self.gradients, self.depth = {"W1": np.random.randn(size, units)}, {}, 1
    def forward(self, X):
        self.X = X
        return X @ self.params["W1"]
    def backward(self, dscores):
        self.gradients["W1"] = self.X.T @ dscores
        for key in self.gradients:
            self.gradients[key] /= len(dscores)
"""


def test_the_step_that_scales_every_gradient_is_named_and_no_other_box(written):
    report = written(SCALED).check("Deep")
    (said,) = findings(report, "fail", "values")
    assert report.outcome == "factor" and "self.params" not in said.message, said
    assert said.where.endswith(":11")


def test_a_setting_that_is_zero_mends_nothing(written):
    report = written(SCALED, "{}, 1", "{}, 0", "/= len(dscores)", "+= 0.1 * self.params[key]").check("Deep")
    assert report.outcome == "wrong" and not any("depth" in f.message for f in report.findings)


ALONE = """
class Fitted:
    def __init__(self, size):
        self.W = np.random.randn(size + 1, 1)
    def forward(self, X):
        X = np.concatenate((X, np.ones((len(X), 1))), axis=1)
        y = np.tanh(X @ self.W)
        self.cache = (X, y)
        return y
    def backward(self, dout):
        X, y = self.cache
        dW = X.T @ (dout * (1 - y ** 2))
        return dW
"""


def test_the_only_gradient_is_that_of_the_weights_where_its_name_says_so(written):
    assert written(ALONE).check().outcome == "hazards"
    assert written(ALONE, "1 - y ** 2", "1 - y").check().outcome == "wrong"


CHOOSER = """
def softmax(a):
    e = np.exp(a - np.max(a, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
class Chooser:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {"W1": np.random.randn(input_size, hidden_size), "W2": np.random.randn(hidden_size, output_size)}
    def predict(self, x):
        return softmax(np.tanh(x @ self.params["W1"]) @ self.params["W2"])
    def loss(self, x, t):
        return -np.sum(t * np.log(self.predict(x))) / len(x)
    def gradient(self, x, t):
        h = np.tanh(x @ self.params["W1"])
        dy = (softmax(h @ self.params["W2"]) - t) / len(x)
        return {"W2": h.T @ dy, "W1": x.T @ (dy @ self.params["W2"].T * (1 - h ** 2))}
"""


def test_the_targets_of_a_network_that_ends_in_a_softmax_are_classes(written):
    assert written(CHOOSER).check("Chooser").outcome == "correct"
    assert written(CHOOSER, "1 - h ** 2", "1 - h").check("Chooser").outcome == "wrong"
    assert written(CHOOSER, "- t) / len(x)", "- t)").check("Chooser").outcome == "factor"


CALLED_RNN = """
class RNN:
    def __init__(self, Wx, Wh, b):
        self.params, self.grads = [Wx, Wh, b], [np.zeros_like(p) for p in (Wx, Wh, b)]
    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        self.kept = x, h_prev, np.tanh(np.dot(x, Wx) + np.dot(h_prev, Wh) + b)
        return self.kept[-1]
    def backward(self, dh):
        Wx, Wh, b = self.params
        x, h_prev, h = self.kept
        da = dh * (1 - h ** 2)
        self.grads[0][...], self.grads[1][...] = np.dot(x.T, da), np.dot(h_prev.T, da)
        self.grads[2][...] = np.sum(da, axis=0)
        return np.dot(da, Wx.T), np.dot(da, Wh.T)
"""


@pytest.mark.parametrize(
    ("old", "new", "outcome", "code"),
    [
        ("np.dot(x.T, da)", "np.dot(x, da)", "crashes", "transposed"),
        ("np.sum(da, axis=0)", "np.sum(da, axis=1)", "crashes", "axis"),
        ("dh * (1 - h ** 2)", "dh * h ** 2", "wrong", "term"),
    ],
)
def test_a_step_that_stops_is_given_rows_of_examples_and_no_sequences(written, old, new, outcome, code):
    report = written(CALLED_RNN, old, new).check("RNN")
    assert report.outcome == outcome and code in named(report, "fail")


def test_a_transpose_lost_before_dot_and_results_out_of_order_are_told(written):
    text = """
    def affine_forward(x, w, b):
        return x.reshape(x.shape[0], -1).dot(w) + b, (x, w, b)
    def affine_backward(dout, cache):
        x, w, b = cache
        dx = dout.dot(w.T).reshape(x.shape)
        dw, db = x.reshape(x.shape[0], -1).T.dot(dout), dout.sum(axis=0)
        return dx, dw, db
    """
    report = written(text, ".T.dot(dout)", ".dot(dout)").check()
    assert report.outcome == "crashes" and "transposed" in named(report, "fail")
    for lost in ("dx[:, :]", "d_prev"):  # no name of x's
        report = written(text, "dx = ", "dx = d_prev = ", "return dx, dw, db", f"return db, dw, {lost}").check()
        assert report.outcome == "wrong" and "swapped" in named(report, "fail")
