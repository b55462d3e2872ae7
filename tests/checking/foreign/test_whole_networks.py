"""Whole networks as courses write them: gradients in lists, one example at a time, a cost beside its gradient."""

import pytest

from derivexplain import conventions

from ..reports import codes, findings, named, reasons

SIGMOID = """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
"""
LISTS = """
class Layered:
    def __init__(self, sizes):
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
    def feedforward(self, a):
        self.outs = [a]
        for w, b in zip(self.weights, self.biases):
            a = sigmoid(w @ a + b)
            self.outs.append(a)
        return a
    def backprop(self, y):
        nw, nb = [None] * len(self.weights), [None] * len(self.biases)
        delta = (self.outs[-1] - y) * self.outs[-1] * (1 - self.outs[-1])
        for k in reversed(range(len(self.weights))):
            nw[k] = delta @ self.outs[k].T
            nb[k] = delta.sum(axis=1, keepdims=True)
            if k:
                delta = self.weights[k].T @ delta * self.outs[k] * (1 - self.outs[k])
        return nw, nb
"""
FROM_THE_LAST = (
    LISTS.replace("[None] * len(self.weights), [None] * len(self.biases)", "[], []")
    .replace("nw[k] = delta @ self.outs[k].T", "nw.append(delta @ self.outs[k].T)")
    .replace("nb[k] = delta.sum(axis=1, keepdims=True)", "nb.append(delta.sum(axis=1, keepdims=True))")
)
ONE_EXAMPLE = """
class Shallow:
    def __init__(self, sizes):
        self.steps = len(sizes)
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a
    def backprop(self, x, y):
        outs = [x]
        for b, w in zip(self.biases, self.weights):
            outs.append(sigmoid(np.dot(w, outs[-1]) + b))
        db, dw = [None] * len(self.biases), [None] * len(self.weights)
        delta = (outs[-1] - y) * outs[-1] * (1 - outs[-1])
        for k in range(1, self.steps):
            if k > 1:
                delta = np.dot(self.weights[1 - k].T, delta) * outs[-k] * (1 - outs[-k])
            db[-k] = delta
            dw[-k] = np.dot(delta, outs[-k - 1].T)
        return db, dw
"""
BESIDE = """
class Odds:
    def __init__(self, n):
        self.w, self.b = np.zeros(n), 0.0
    def forward(self, X):
        return sigmoid(X @ self.w + self.b)
    def loss(self, X, y):
        p = self.forward(X)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    def gradient(self, X, y):
        p = self.forward(X)
        return X.T @ (p - y) / len(y), np.mean(p - y)
"""
BOXED = """
def fitted(w, b, X, Y):
    m = X.shape[1]
    A = sigmoid(w.T @ X + b)
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = X @ (A - Y).T / m
    db = np.sum(A - Y) / m
    return {"dw": dw, "db": db}, cost
"""
ENCODER = """
def encoder_cost(theta, visible_size, hidden_size, lambda_, sparsity_param, beta, data):
    split = hidden_size * visible_size
    W1 = theta[0:split].reshape(hidden_size, visible_size)
    W2 = theta[split:2 * split].reshape(visible_size, hidden_size)
    b1 = theta[2 * split:2 * split + hidden_size]
    b2 = theta[2 * split + hidden_size:]
    m = data.shape[1]
    a = sigmoid(W1 @ data + b1[:, None])
    h = sigmoid(W2 @ a + b2[:, None])
    mean, rho = a.sum(axis=1) / m, sparsity_param
    cost = np.sum((h - data) ** 2) / (2 * m) + lambda_ / 2 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    cost += beta * np.sum(rho * np.log(rho / mean) + (1 - rho) * np.log((1 - rho) / (1 - mean)))
    sparse = (-rho / mean + (1 - rho) / (1 - mean))[:, None]
    d2 = (h - data) * h * (1 - h)
    d1 = (W2.T @ d2 + beta * sparse) * a * (1 - a)
    parts = [d1 @ data.T / m + lambda_ * W1, d2 @ a.T / m + lambda_ * W2, d1.sum(axis=1) / m, d2.sum(axis=1) / m]
    grad = np.concatenate([p.ravel() for p in parts])
    return cost, grad
"""
DIMENSIONS = """
def network_cost(data, labels, params, dimensions):
    n, h, k = dimensions[0], dimensions[1], dimensions[2]
    W1 = np.reshape(params[:n * h], (n, h))
    b1 = np.reshape(params[n * h:(n + 1) * h], (1, h))
    W2 = np.reshape(params[(n + 1) * h:(n + 1 + k) * h], (h, k))
    b2 = np.reshape(params[(n + 1 + k) * h:], (1, k))
    a = sigmoid(data @ W1 + b1)
    e = np.exp(a @ W2 + b2)
    p = e / e.sum(axis=1, keepdims=True)
    cost = -np.sum(labels * np.log(p))
    d2 = p - labels
    d1 = d2 @ W2.T * a * (1 - a)
    grad = np.concatenate([(data.T @ d1).ravel(), d1.sum(axis=0), (a.T @ d2).ravel(), d2.sum(axis=0)])
    return cost, grad
"""
SCORES = """
def scores_cost(theta, num_classes, input_size, lambda_, data, labels):
    m = data.shape[1]
    theta = theta.reshape(num_classes, input_size)
    e = np.exp(theta @ data)
    p = e / e.sum(axis=0)
    t = np.zeros((num_classes, m))
    t[labels, np.arange(m)] = 1
    cost = -np.sum(t * np.log(p)) / m + lambda_ / 2 * np.sum(theta * theta)
    grad = (p - t) @ data.T / m + lambda_ * theta
    return cost, grad.flatten()
"""
STAGES = """
def relu(Z):
    return np.maximum(Z, 0)
def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = relu(Z1)
    Z2 = W2.dot(A1) + b2
    A2 = np.exp(Z2) / sum(np.exp(Z2))
    return Z1, A1, Z2, A2
def backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y):
    m = Y.size
    T = np.zeros((m, Y.max() + 1))
    T[np.arange(m), Y] = 1
    dZ2 = A2 - T.T
    dW2 = dZ2.dot(A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    dW1 = dZ1.dot(X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2
"""
LARGE = """
hidden_size = 90
text = "seven or eight letters"
letters = list(set(text))
vocab_size = len(letters)
Wx = np.random.randn(hidden_size, vocab_size) * 0.1
Wh = np.random.randn(hidden_size, hidden_size) * 0.1
def last_loss(inputs, target, hprev):
    hs = {-1: hprev}
    for t in range(len(inputs)):
        hs[t] = np.tanh(Wx[:, inputs[t]][:, None] + Wh @ hs[t - 1])
    y = Wx.T @ hs[len(inputs) - 1]
    p = np.exp(y) / np.sum(np.exp(y))
    loss = -np.log(p[target[-1], 0])
    p[target[-1]] -= 1
    dWx, dWh = hs[len(inputs) - 1] @ p.T, np.zeros_like(Wh)
    dh = Wx @ p
    for t in reversed(range(len(inputs))):
        dz = (1 - hs[t] ** 2) * dh
        dWx[:, inputs[t]] += dz[:, 0]
        dWh += dz @ hs[t - 1].T
        dh = Wh.T @ dz
    return loss, dWx, dWh
"""
NUMBERED = """
class Classes:
    def __init__(self, num_features, num_hidden, num_classes):
        self.num_classes = num_classes
        self.weight_h, self.bias_h = np.random.randn(num_hidden, num_features), np.zeros(num_hidden)
        self.weight_out, self.bias_out = np.random.randn(num_classes, num_hidden), np.zeros(num_classes)
    def forward(self, x):
        a_h = sigmoid(x @ self.weight_h.T + self.bias_h)
        a_out = sigmoid(a_h @ self.weight_out.T + self.bias_out)
        return a_h, a_out
    def backward(self, x, a_h, a_out, y):
        onehot = np.zeros((y.shape[0], self.num_classes))
        for i, val in enumerate(y):
            onehot[i, val] = 1
        delta_out = 2.0 * (a_out - onehot) / y.shape[0] * a_out * (1 - a_out)
        d_loss__dw_out = delta_out.T @ a_h
        d_loss__db_out = np.sum(delta_out, axis=0)
        delta_h = delta_out @ self.weight_out * a_h * (1 - a_h)
        d_loss__d_w_h = delta_h.T @ x
        d_loss__d_b_h = np.sum(delta_h, axis=0)
        return d_loss__dw_out, d_loss__db_out, d_loss__d_w_h, d_loss__d_b_h
"""
PATCHES = """
def convolution(image, filt, bias, s=1):
    n_f, n_c, f, _ = filt.shape
    n_c, height, width = image.shape
    out = np.zeros((n_f, (height - f) // s + 1, (width - f) // s + 1))
    for k in range(n_f):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[k, i, j] = np.sum(filt[k] * image[:, i * s:i * s + f, j * s:j * s + f]) + bias[k]
    return out
def convolutionBackward(dconv_prev, conv_in, filt, s):
    f, dx, dfilt = filt.shape[2], np.zeros(conv_in.shape), np.zeros(filt.shape)
    for k, i, j in np.ndindex(*dconv_prev.shape):
        part = (slice(None), slice(i * s, i * s + f), slice(j * s, j * s + f))
        dfilt[k] += dconv_prev[k, i, j] * conv_in[part]
        dx[part] += dconv_prev[k, i, j] * filt[k]
    dbias = dconv_prev.sum(axis=(1, 2))
    return dx, dfilt, dbias
"""
ERRORS = """
class Propagated:
    def __init__(self, num_inputs=3, hidden=[4, 3], num_outputs=2):
        layers = [num_inputs] + hidden + [num_outputs]
        self.weights = [np.random.rand(m, n) for m, n in zip(layers[:-1], layers[1:])]
        self.derivatives = [np.zeros_like(w) for w in self.weights]
        self.outs = [np.zeros(n) for n in layers]
    def forward_propagate(self, inputs):
        self.outs[0] = out = inputs
        for i, w in enumerate(self.weights):
            self.outs[i + 1] = out = sigmoid(np.dot(out, w))
        return out
    def back_propagate(self, error):
        for i in reversed(range(len(self.derivatives))):
            out = self.outs[i + 1]
            delta = error * out * (1 - out)
            row = delta.reshape(delta.shape[0], -1).T
            column = self.outs[i].reshape(self.outs[i].shape[0], -1)
            self.derivatives[i] = np.dot(column, row)
            error = np.dot(delta, self.weights[i].T)
"""
OUTPUTS = """
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def d_softmax(a, y):
    m = a.shape[0]
    onehot = np.zeros(a.shape)
    onehot[np.arange(m), y.flatten()] = 1
    return (a - onehot) / m
"""
VECTORS = """
class WeightedSum:
    def __init__(self, scale=2.0):
        self.scale = scale
    def evaluate(self, x):
        return np.sum(self.scale * x, keepdims=True)
    def jacobian(self, x):
        return self.scale * np.ones((1, x.size))
"""
RIGHT = {
    "outputs": OUTPUTS,
    "vectors": VECTORS,
    "lists": LISTS,
    "from the last": FROM_THE_LAST,
    "one example": ONE_EXAMPLE,
    "beside": BESIDE,
    "boxed": BOXED,
    "stages": STAGES,
    "numbered": NUMBERED,
    "patches": PATCHES,
}
UNROLLED = {"encoder": ENCODER, "dimensions": DIMENSIONS, "scores": SCORES}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_it_is_understood_and_proved(written, text):
    report = written(SIGMOID + text).check()
    assert report.outcome == "correct", str(report)
    assert report.verdict.status == "proved"


@pytest.mark.parametrize("text", UNROLLED.values(), ids=UNROLLED)
def test_parameters_in_one_vector_are_laid_out_as_the_code_takes_them(written, text):
    report = written(SIGMOID + text).check()
    assert report.outcome == "correct", str(report)


@pytest.mark.parametrize(
    ("text", "old", "new", "code"),
    [
        (LISTS, "delta.sum(axis=1, keepdims=True)", "delta.sum(axis=0, keepdims=True)", "axis"),
        (LISTS, "self.outs[k] * (1 - self.outs[k])\n        return", "self.outs[k]\n        return", "value-for-slope"),
        (ONE_EXAMPLE, "self.weights[1 - k].T, delta) * outs[-k]", "self.weights[1 - k].T, delta)", "factor"),
        (BESIDE, ", np.mean(p - y)", ", np.mean(p + y)", "sign"),
        (ENCODER, "+ beta * sparse)", "+ sparse)", "factor"),
        (DIMENSIONS, "d2 = p - labels", "d2 = p + labels", "sign"),
        (SCORES, "(p - t) @ data.T / m", "(p - t) @ data.T", "scale-n"),
        (STAGES, "np.sum(dZ1, axis=1, keepdims=True)", "np.sum(dZ1)", "axis"),
        (STAGES, " * (Z1 > 0)", " * (A2[:1] > 0)", "argument"),
        (NUMBERED, "np.sum(delta_h, axis=0)", "np.sum(delta_h, axis=1)", "axis"),
        (NUMBERED, "* a_h * (1 - a_h)", "* a_h", "factor"),
        (PATCHES, "dx[part] += ", "dx[part] = ", "unsummed"),
        (ERRORS, "delta = error * out * (1 - out)", "delta = error * out", "factor"),
        (LARGE, "(1 - hs[t] ** 2) * dh", "(1 - hs[t]) * dh", "power"),
        (BOXED, "db = np.sum(A - Y)", "db = np.sum(A + Y)", "sign"),
    ],
)  # fmt: skip
def test_a_slip_in_it_is_named(written, text, old, new, code):
    report = written(SIGMOID + text, old, new).check()
    assert not report.ok
    assert code in named(report), str(report)


def test_arrays_beside_a_function_are_made_small(written):
    code = written(SIGMOID + LARGE)
    report = code.check()
    assert report.outcome == "hazards" and codes(report, "warn") == {"source-global"}
    (loss,) = code.layers.values()
    assert loss.forward.__globals__["Wh"].shape == (conventions.SIZES["H"],) * 2


def test_a_network_that_gives_nothing_back_is_right_as_the_first_part(written):
    report = written(SIGMOID + ERRORS).check()
    assert report.outcome == "hazards" and report.verdict.status == "proved", str(report)
    assert [f.code for f in findings(report, "warn")] == ["nothing-returned"]


CLIPPED = """
class Steps:
    def __init__(self, size, units):
        self.W = np.random.randn(size, units)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        self.dW = self.x.T @ dout
        dx = dout @ self.W.T
        for d in [self.dW, dx]:
            np.clip(d, -1, 1, out=d)
        return dx
"""


def test_gradients_that_are_cut_off_where_they_stand_are_told_so(written):
    report = written(SIGMOID + CLIPPED).check()
    said = [d.message for d in reasons(report) if d.code == "dout-nonlinear"]
    assert any("`np.clip(d, -1, 1, out=d)` is too much" in m for m in said), said
    assert not any("**" in m for m in said)


IN_TUPLES = (
    SIGMOID
    + """
def forward(X, params):
    W1, b1, W2, b2 = params
    h = sigmoid(X @ W1 + b1)
    return sigmoid(h @ W2 + b2), h
def backward(X, y, out, cache, params):
    W1, b1, W2, b2 = params
    d2 = (out - y) / len(X)
    d1 = d2 @ W2.T * cache * (1 - cache)
    return X.T @ d1, d1.sum(axis=0), cache.T @ d2, d2.sum(axis=0)
class Widths:
    def __init__(self, sizes):
        self.sizes = sizes
        self.params = self.make()
    def make(self):
        n, h, g, k = self.sizes
        return {"W1": np.random.randn(h, n), "W2": np.random.randn(g, h), "W3": np.random.randn(k, g)}
    def forward(self, x):
        self.a = [x]
        for name in ("W1", "W2", "W3"):
            self.a.append(sigmoid(self.params[name] @ self.a[-1]))
        return self.a[-1]
    def backward(self, y, out):
        found, delta = {}, (out - y) * out * (1 - out)
        for k in (3, 2, 1):
            found[f"W{k}"] = np.outer(delta, self.a[k - 1])
            delta = self.params[f"W{k}"].T @ delta * self.a[k - 1] * (1 - self.a[k - 1])
        return found
"""
)


def test_parameters_in_a_tuple_and_as_many_widths_as_are_taken(written):
    found = written(IN_TUPLES)
    assert {n: found.check(n).outcome for n in ("forward", "Widths")} == {"forward": "correct", "Widths": "correct"}


@pytest.mark.parametrize(
    "name, old, new",
    [("forward", "d1.sum(axis=0)", "d1.sum()"), ("Widths", "out * (1 - out)\n        for", "out\n        for")],
)
def test_slips_among_them_are_told(written, name, old, new):
    assert written(IN_TUPLES, old, new).check(name).outcome in ("wrong", "not-set-up")


BOXED = """
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.params = {}
        self.params["weights_input_hidden"] = np.random.randn(n_in, n_hidden)
        self.params["bias_hidden"] = np.zeros(n_hidden)
        self.params["weights_hidden_output"] = np.random.randn(n_hidden, n_out)
        self.params["bias_output"] = np.zeros(n_out)
    def forward(self, X):
        self.X = X
        self.h = np.tanh(X @ self.params["weights_input_hidden"] + self.params["bias_hidden"])
        self.out = self.h @ self.params["weights_hidden_output"] + self.params["bias_output"]
        return self.out
    def backward(self, y):
        d2 = (self.out - y) / len(y)
        d1 = d2 @ self.params["weights_hidden_output"].T * (1 - self.h**2)
        return self.X.T @ d1, d1.sum(axis=0), self.h.T @ d2, d2.sum(axis=0)
"""


def test_gradients_without_names_are_those_of_the_parameters_in_their_order(written):
    """Not those of the data and layers that an instance keeps before them."""
    assert written(BOXED).check().outcome == "correct"
