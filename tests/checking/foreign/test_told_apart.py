"""What tells one reading of a text from another: a name is not enough, what is done with it is."""

import pytest

from ..reports import reasons

FORMS = {
    "an intercept among the data": ("""
def cost_reg(theta, X, y, lam):
    '''theta[0] is not regularised.'''
    m = y.size
    h = 1 / (1 + np.exp(-X @ theta))
    return -(y @ np.log(h) + (1 - y) @ np.log(1 - h)) / m + lam / (2 * m) * np.sum(theta[1:] ** 2)
def gradient_reg(theta, X, y, lam):
    m = y.size
    h = 1 / (1 + np.exp(-X @ theta))
    grad = X.T @ (h - y) / m
    grad[1:] += lam / m * theta[1:]
    return grad
""", ("grad[1:] += lam / m * theta[1:]", "grad += lam / m * theta")),
    "the same gradient but for its sign": ("""
def contrastive_loss(a, b, same, margin=2.0):
    diff = a - b
    dist = np.sqrt(np.sum(diff ** 2, axis=1) + 1e-9)
    gap = np.maximum(margin - dist, 0)
    loss = np.mean(same * dist ** 2 + (1 - same) * gap ** 2) / 2
    coef = same - (1 - same) * gap / dist
    da = coef[:, None] * diff / len(a)
    return loss, da, -da
""", ("return loss, da, -da", "return loss, da, da")),
    "a cell's step in time": ("""
class Cell:
    def __init__(self, n, m):
        self.W, self.U = np.random.randn(n, m), np.random.randn(m, m)
    def step(self, x, h):
        return np.tanh(x @ self.W + h @ self.U)
class RNN:
    def __init__(self, input_size, hidden_size):
        self.cell, self.hidden_size = Cell(input_size, hidden_size), hidden_size
    def forward(self, x):
        h, self.stack = np.zeros((x.shape[1], self.hidden_size)), []
        for x_t in x:
            new = self.cell.step(x_t, h)
            self.stack.append((x_t, h, new))
            h = new
        return h
    def backward(self, dh):
        c = self.cell
        self.dW, self.dU, dx = np.zeros_like(c.W), np.zeros_like(c.U), []
        for x_t, before, h in reversed(self.stack):
            dz = dh * (1 - h * h)
            self.dW += x_t.T @ dz
            self.dU += before.T @ dz
            dx.append(dz @ c.W.T)
            dh = dz @ c.U.T
        return np.stack(dx[::-1])
""", ("before.T @ dz", "h.T @ dz")),
    "weights tied, and no input's gradient": ("""
class Tied:
    def __init__(self, n_visible=6, n_hidden=3):
        self.W = np.random.RandomState(0).uniform(-0.5, 0.5, (n_visible, n_hidden))
        self.bh = np.zeros(n_hidden)
        self.bv = np.zeros(n_visible)
    def loss(self, x):
        return 0.5 * np.mean(np.sum((np.tanh(x @ self.W + self.bh) @ self.W.T + self.bv - x) ** 2, axis=1))
    def gradients(self, x):
        h = np.tanh(x @ self.W + self.bh)
        dr = (h @ self.W.T + self.bv - x) / len(x)
        dh = dr @ self.W * (1 - h ** 2)
        dW = x.T @ dh + dr.T @ h
        return dW, dh.sum(axis=0), dr.sum(axis=0)
""", ("x.T @ dh + dr.T @ h", "x.T @ dh")),
    "numbers that a curve is fitted with": ("""
def loss(a, b, c, x, y):
    return np.mean((a * np.sin(b * x) + c - y) ** 2)
def grad(a, b, c, x, y):
    r = a * np.sin(b * x) + c - y
    da = 2 * np.mean(r * np.sin(b * x))
    db = 2 * np.mean(r * a * x * np.cos(b * x))
    dc = 2 * np.mean(r)
    return da, db, dc
""", ("r * a * x *", "r * a *")),
    "an optimizer that is told the name": ("""
class Momentum:
    def __init__(self, lr=0.01):
        self.lr, self.v = lr, {}
    def update(self, name, w, dw):
        self.v[name] = 0.9 * self.v.get(name, np.zeros_like(w)) + dw
        return w - self.lr * self.v[name]
class Dense:
    def __init__(self, in_features, out_features, optimizer=None):
        self.weights = np.random.randn(in_features, out_features)
        self.bias = np.zeros((1, out_features))
        self.optimizer = optimizer or Momentum()
    def forward(self, inputs):
        self.inputs = inputs
        return inputs.dot(self.weights) + self.bias
    def backward(self, grad):
        W = self.weights
        self.weights = self.optimizer.update("w", W, self.inputs.T.dot(grad))
        self.bias = self.optimizer.update("b", self.bias, grad.sum(axis=0, keepdims=True))
        return grad.dot(W.T)
""", ("self.inputs.T.dot(grad)", "self.inputs.T.dot(grad) / len(grad)")),
    "one example of a network that is told its widths": ("""
class Network:
    def __init__(self, sizes):
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]
    def cost(self, x, y):
        for b, w in zip(self.biases, self.weights):
            x = np.tanh(np.dot(w, x) + b)
        return 0.5 * np.sum((x - y) ** 2)
    def backprop(self, x, y):
        nabla_b, nabla_w = [None] * len(self.biases), [None] * len(self.weights)
        a = [x]
        for b, w in zip(self.biases, self.weights):
            a.append(np.tanh(np.dot(w, a[-1]) + b))
        delta = (a[-1] - y) * (1 - a[-1] ** 2)
        nabla_b[-1], nabla_w[-1] = delta, np.dot(delta, a[-2].T)
        delta = np.dot(self.weights[-1].T, delta) * (1 - a[-2] ** 2)
        nabla_b[-2], nabla_w[-2] = delta, np.dot(delta, a[-3].T)
        return nabla_b, nabla_w
""", ("np.dot(delta, a[-2].T)", "np.dot(delta, a[-1].T)")),
    "what is repeated along an axis": ("""
def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g
class Modulation:
    def __call__(self, x, scale, shift):
        self.x, self.scale, self.shift = x, scale, shift
        return x * (1 + scale) + shift
    def grad(self, dy):
        shapes = self.scale.shape, self.shift.shape
        return dy * (1 + self.scale), unbroadcast(dy * self.x, shapes[0]), unbroadcast(dy, shapes[1])
""", ("g.sum(axis=axis, keepdims", "g.mean(axis=axis, keepdims")),
    "a matrix between two vectors": ("""
def bilinear(x, A, y):
    return x @ A @ y
def bilinear_grad(x, A, y):
    return A @ y
""", ("return A @ y", "return -A @ y")),
    "a vector, and a square matrix": ("""
def f(x, Q, c):
    return 0.5 * x.T @ Q @ x + c @ x
def f_grad(x, Q, c):
    g = Q @ x + c
    return g
""", ("+ c\n    return g", "- c\n    return g")),
    "one vector, all of it summed": ("""
def potential_energy(x, k=2.0):
    return 0.5 * k * np.sum(np.diff(x) ** 2)
def potential_energy_grad(x, k=2.0):
    g = np.zeros_like(x)
    g[:-1] -= k * np.diff(x)
    g[1:] += k * np.diff(x)
    return g
""", ("g[1:] += k", "g[1:] -= k")),
    "numbers for each example, and no targets": ("""
def cox_neg_log_likelihood(beta, X, time, event):
    order = np.argsort(-time)
    X, event = X[order], event[order]
    eta = X @ beta
    return -np.sum(event * (eta - np.log(np.cumsum(np.exp(eta)))))
def cox_gradient(beta, X, time, event):
    order = np.argsort(-time)
    X, event = X[order], event[order]
    w = np.exp(X @ beta)
    wx = np.cumsum(w[:, None] * X, axis=0)
    return -np.sum(event[:, None] * (X - wx / np.cumsum(w)[:, None]), axis=0)
""", ("(X - wx /", "(X + wx /")),
    "all gradients of what a dict keeps": ("""
class Coder:
    def __init__(self, d, h):
        self.p = {"We": np.random.randn(d, h), "be": np.zeros(h), "Wx": np.random.randn(h, d), "bx": np.zeros(d)}
    def loss(self, x):
        p = self.p
        h = np.tanh(x @ p["We"] + p["be"])
        e = h @ p["Wx"] + p["bx"] - x
        grads = {}
        d = e / len(x)
        grads["Wx"], grads["bx"] = h.T @ d, d.sum(0)
        dh = d @ p["Wx"].T * (1 - h ** 2)
        grads["We"], grads["be"] = x.T @ dh, dh.sum(0)
        return 0.5 * np.sum(e ** 2) / len(x), grads
""", ("(1 - h ** 2)", "(1 - h)")),
    "labels among the shapes that a text states": ("""
def chain_loss(scores, trans, tags):
    '''scores: (T, K), trans: (K, K), tags: (T,). Returns the loss, dscores and dtrans.'''
    T = len(tags)
    e = np.exp(scores)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(T), tags]).sum() - trans[tags[:-1], tags[1:]].sum()
    dscores, dtrans = p.copy(), np.zeros_like(trans)
    dscores[np.arange(T), tags] -= 1
    for t in range(1, T):
        dtrans[tags[t - 1], tags[t]] -= 1
    return loss, dscores, dtrans
""", ("dtrans[tags[t - 1], tags[t]]", "dtrans[tags[t], tags[t - 1]]")),
    "numbers in a box beside the loss": ("""
def negative_log_likelihood(log_ell, log_sf, X, y):
    K = np.exp(2 * log_sf) * np.exp(-0.5 * np.sum((X[:, None] - X[None]) ** 2, axis=-1) / np.exp(2 * log_ell))
    nll = 0.5 * y @ K @ y
    d_log_ell = 0.5 * np.sum((y[:, None] * y) * K * np.sum((X[:, None] - X[None]) ** 2, axis=-1)) / np.exp(2 * log_ell)
    d_log_sf = np.sum((y[:, None] * y) * K)
    return nll, (d_log_ell, d_log_sf)
""", ("d_log_sf = np.sum", "d_log_sf = 2 * np.sum")),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_it_is_right_and_a_slip_in_it_is_none(form, written):
    text, slip = FORMS[form]
    right = written(text)
    last = list(right.layers)[-1]
    assert right.check(last).outcome in ("correct", "hazards")
    assert written(text, *slip).check(last).outcome in ("wrong", "factor")


def test_the_place_before_from_the_end_is_named(written):
    text, slip = FORMS["one example of a network that is told its widths"]
    said = " ".join(d.message for d in reasons(written(text, *slip).check()))
    assert "`a[-1]` should read `a[-2]`" in said


def test_a_network_that_stops_is_no_network_of_a_number(written):
    text, _ = FORMS["one example of a network that is told its widths"]
    assert written(text, "(1 - a[-2] ** 2)", "(1 - a[-3] ** 2)").check().outcome == "crashes"


SAID = {
    "a decorator is no product": ("""
class Cube:
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return x ** 2 * grad
""", "1/3 times the true one", "the number of examples"),
    "dout is no output": ("""
class AvgPool2x2:
    def forward(self, x):
        return (x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]) / 4
    def backward(self, dout):
        return np.tile(dout, (1, 1, 2, 2)) / 4
""", "they stand in other places", "whatever dout is"),
    "a pullback is given no input": ("""
def square_mean(x):
    n = x.size
    y = np.sum(x * x) / n
    def pullback(g):
        return 2.0 * y * g / n
    return y, pullback
""", "`y` should read `x`", "`2.0 * y` should read `2.0`"),
}  # fmt: skip


@pytest.mark.parametrize("what", SAID)
def test_the_reason_is_that_of_the_right_reading(what, written):
    text, reason, wrong = SAID[what]
    said = str(written(text).check())
    assert reason in said and wrong not in said


def test_forward_that_stops_at_other_numbers_is_no_fault_of_backward(written):
    report = written("""
class Stairs:
    def forward(self, x):
        self.k = np.array([1.0, 2.0, 3.0])[np.floor(np.abs(x)).astype(int)]
        return x * self.k
    def backward(self, dout):
        return dout * self.k
""").check()
    assert report.outcome in ("correct", "hazards")
    assert any("forward itself stops (IndexError" in f.message and f.status == "skip" for f in report.findings)


def test_a_stride_is_seen_where_windows_move(written):
    report = written("""
class Conv:
    '''Images (N, H, W, C), kernels (kh, kw, C, F).'''
    def __init__(self, kernel, bias, stride=1):
        self.kernel, self.bias, self.stride = kernel, bias, stride
    def forward(self, x):
        self.x, s = x, self.stride
        kh, kw, _, F = self.kernel.shape
        oh, ow = (x.shape[1] - kh) // s + 1, (x.shape[2] - kw) // s + 1
        out = np.empty((len(x), oh, ow, F))
        for i in range(oh):
            for j in range(ow):
                part = x[:, i * s:i * s + kh, j * s:j * s + kw, :]
                out[:, i, j, :] = np.tensordot(part, self.kernel, axes=3) + self.bias
        return out
    def backward(self, grad):
        kh, kw, _, F = self.kernel.shape
        s, dx = self.stride, np.zeros_like(self.x)
        self.d_kernel, self.d_bias = np.zeros_like(self.kernel), grad.sum(axis=(0, 1, 2))
        for i in range(grad.shape[1]):
            for j in range(grad.shape[2]):
                g, part = grad[:, i, j, :], self.x[:, i * s:i * s + kh, j * s:j * s + kw, :]
                self.d_kernel += np.tensordot(part, g, axes=([0], [0]))
                dx[:, i:i + kh, j:j + kw, :] += np.tensordot(g, self.kernel, axes=([1], [3]))
        return dx
""").check()
    assert any(f.message.startswith("stride 2: the gradient for x") for f in report.findings)
