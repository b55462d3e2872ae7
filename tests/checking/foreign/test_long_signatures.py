"""Set-ups of code in longer signatures: groups, heads, dicts by their keys, weights in one vector, words."""

import pytest

from ..reports import findings

SINGLE = """
class Single:
    def __init__(self, hidden_dim, input_dim=3 * 32 * 32, num_classes=10, reg=0.0, scale=1e-3, dtype=np.float32):
        self.reg, self.dtype = reg, dtype
        self.params = {"W1": scale * np.random.randn(input_dim, hidden_dim),
                       "W2": scale * np.random.randn(hidden_dim, num_classes)}
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)
    def loss(self, X, y=None):
        X, W1, W2 = X.astype(self.dtype), self.params["W1"], self.params["W2"]
        h = np.maximum(0, X @ W1)
        p = np.exp(h @ W2)
        p /= p.sum(axis=1, keepdims=True)
        if y is None:
            return p
        rows, n = np.arange(len(X)), len(X)
        loss = -np.mean(np.log(p[rows, y])) + 0.5 * self.reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
        p[rows, y] -= 1
        d = p / n
        grads = {"W2": h.T @ d + self.reg * W2}
        dh = d @ W2.T * (h > 0)
        grads["W1"] = X.T @ dh + self.reg * W1
        return loss, grads
"""
PROVED = [  # name, text, a part of it, the same with a slip
    ("group_scale", """
def group_scale_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    wide = x.reshape(N, G, C // G, H, W)
    power = np.sqrt((wide ** 2).mean(axis=(2, 3, 4), keepdims=True) + gn_param.get('eps', 1e-5))
    normed = (wide / power).reshape(x.shape)
    return gamma * normed + beta, (normed, gamma, power, G)
def group_scale_backward(dout, cache):
    normed, gamma, power, G = cache
    N, C, H, W = dout.shape
    given, unit = ((dout * gamma).reshape(N, G, C // G, H, W), normed.reshape(N, G, C // G, H, W))
    dx = (given - unit * (given * unit).mean(axis=(2, 3, 4), keepdims=True)) / power
    axes = (0, 2, 3)
    return dx.reshape(N, C, H, W), (dout * normed).sum(axis=axes, keepdims=True), dout.sum(axis=axes, keepdims=True)
""", "/ power", "* power"),
    ("mix", """
def mix_forward(q, k, v, n_head, head_dim):
    s = q @ k.T / head_dim
    return s @ v * n_head, (q, k, v, s, n_head, head_dim)
def mix_backward(dout, cache):
    q, k, v, s, n_head, head_dim = cache
    ds = n_head * dout @ v.T / head_dim
    return ds @ k, ds.T @ q, n_head * s.T @ dout
""", "ds.T @ q", "ds @ q"),
    ("gate", """
def gate_forward(x, params):
    z, g = x @ params["Wz"], np.tanh(x @ params["Wg"])
    return z * g, (x, z, g, params)
def gate_backward(dout, cache):
    x, z, g, params = cache
    dz, dg = dout * g, dout * z * (1 - g ** 2)
    return dz @ params["Wz"].T + dg @ params["Wg"].T, {"Wz": x.T @ dz, "Wg": x.T @ dg}
""", "dout * z * (1 - g ** 2)", "dout * z * (1 - g)"),
    ("block", """
def block_forward(x, Wq, Wo):
    n, t, d = x.shape
    h = np.tanh(x @ Wq)
    return x + h @ Wo, (x, Wq, Wo, h)
def block_backward(dout, cache):
    x, Wq, Wo, h = cache
    dz = dout @ Wo.T * (1 - h ** 2)
    dWo, dWq = np.einsum('ntd,nte->de', h, dout), np.einsum('ntd,nte->de', x, dz)
    return dout + dz @ Wq.T, dWq, dWo
""", "dout + dz", "dz"),
    ("sizeable_cost", """
def sizeable_cost(nn_params, input_layer_size, hidden_layer_size, num_labels, X, y, lambda_):
    cut = hidden_layer_size * (input_layer_size + 1)
    first = nn_params[:cut].reshape(hidden_layer_size, input_layer_size + 1)
    last = nn_params[cut:].reshape(num_labels, hidden_layer_size + 1)
    ones = np.ones((len(X), 1))
    a = np.hstack((ones, X))
    h = np.hstack((ones, np.tanh(a @ first.T)))
    out = h @ last.T - np.eye(num_labels)[y]
    cost = np.sum(out ** 2) / 2 + lambda_ / 2 * np.sum(nn_params ** 2)
    back = (out @ last)[:, 1:] * (1 - h[:, 1:] ** 2)
    grad = np.concatenate(((back.T @ a).ravel(), (out.T @ h).ravel())) + lambda_ * nn_params
    return cost, grad
""", "+ lambda_ * nn", "+ lambda_ / 2 * nn"),
    ("drawn_loss", """
def drawn_loss(centerVec, outsideWordIdx, outsideVectors, dataset, K=3):
    at = [outsideWordIdx] + [dataset.sampleTokenIdx() for _ in range(K)]
    signs = np.array([1.0] + [-1.0] * K)
    p = 1 / (1 + np.exp(-signs * (outsideVectors[at] @ centerVec)))
    gradCenter, gradOutside = np.zeros_like(centerVec), np.zeros_like(outsideVectors)
    for k, w in enumerate(at):
        gradCenter += signs[k] * (p[k] - 1) * outsideVectors[w]
        gradOutside[w] += signs[k] * (p[k] - 1) * centerVec
    loss = -np.sum(np.log(p))
    return loss, gradCenter, gradOutside
""", "gradOutside[w] +=", "gradOutside[w] ="),
    ("plain_fit", """
def plain_fit(W, X, y, reg):
    away = X @ W - y
    loss, dW = 0.5 * np.sum(away ** 2) + 0.5 * reg * np.sum(W ** 2), X.T @ away + reg * W
    return dW.reshape(W.shape), loss
""", "+ reg * W", "+ 2 * reg * W"),
    ("even_loss", """
def even_loss(out, target):
    return 0.5 * np.sum((out - target) ** 2)
def even_derivative(out, target):
    return out - target
""", "return out - target", "return target - out"),
    ("length_margin_loss", """
def length_margin_loss(v, y):
    n, k, d = v.shape
    size = np.sqrt(np.sum(v * v, axis=2) + 0.1)
    hot = np.zeros((n, k))
    hot[np.arange(n), y] = 1
    loss = np.sum(hot * (1 - size) ** 2 + (1 - hot) * size ** 2)
    dv = 2 * (size - hot)[:, :, None] * v / size[:, :, None]
    return loss, dv
""", "/ size[:, :, None]", ""),
    ("word_loss", """
def word_loss(guessed, target, outputVectors, dataset):
    p = np.exp(outputVectors.dot(guessed))
    p = p / np.sum(p)
    loss = -np.log(p[target])
    p[target] -= 1
    gradPred, grad = outputVectors.T.dot(p), np.outer(p, guessed)
    return loss, gradPred, grad
""", "outputVectors.T.dot(p)", "outputVectors.T.dot(p) / 2"),
    ("Scaled", """
class Uniform:
    def __init__(self, low, high, rng=None):
        self.low, self.high = low, high
        self.rng = rng if rng is not None else np.random.RandomState(3)
    def __call__(self, shape):
        return self.rng.uniform(self.low, self.high, size=shape)
class Scaled:
    def __init__(self, input_dim, init=Uniform(-0.5, 0.5)):
        self.shift, self.scale = init(input_dim), init(input_dim)
    def fprop(self, inputs):
        return inputs * self.scale + self.shift
    def bprop(self, inputs, outputs, grads_wrt_outputs):
        return grads_wrt_outputs * self.scale
    def grads_wrt_params(self, inputs, grads_wrt_outputs):
        grads_wrt_scale = (grads_wrt_outputs * inputs).sum(axis=0)
        grads_wrt_shift = grads_wrt_outputs.sum(axis=0)
        return [grads_wrt_scale, grads_wrt_shift]
    @property
    def params(self):
        raise NotImplementedError
""", "(grads_wrt_outputs * inputs)", "grads_wrt_outputs"),
    ("Centred", """
class Module:
    def __init__(self):
        self.training = True
    def forward(self, input):
        return self.updateOutput(input)
    def backward(self, input, gradOutput):
        self.updateGradInput(input, gradOutput)
        return self.gradInput
    def update_params(self, *args):
        pass
    def evaluate(self):
        self.training = False
class Centred(Module):
    def __init__(self):
        super().__init__()
    def updateOutput(self, input):
        self.output = input - input.mean(axis=0) if self.training else input
        return self.output
    def updateGradInput(self, input, gradOutput):
        self.gradInput = gradOutput - gradOutput.mean(axis=0) if self.training else gradOutput.copy()
""", "gradOutput.mean(axis=0)", "gradOutput.sum(axis=0)"),
    ("Deep.loss", """
class Deep:
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, reg=0.0):
        dims = [input_dim, *hidden_dims, num_classes]
        self.reg, self.params = reg, {}
        for i in range(len(dims) - 1):
            self.params["W%d" % i] = 0.5 * np.random.randn(dims[i], dims[i + 1])
    def loss(self, X, y=None):
        seen = [X]
        for i in range(len(self.params)):
            seen.append(np.tanh(seen[-1] @ self.params["W%d" % i]))
        p = np.exp(seen[-1])
        p /= p.sum(axis=1, keepdims=True)
        if y is None:
            return p
        loss, rows = -np.mean(np.log(p[np.arange(len(X)), y])), np.arange(len(X))
        p[rows, y] -= 1
        d, grads = p / len(X), {}
        for i in reversed(range(len(self.params))):
            d = d * (1 - seen[i + 1] ** 2)
            grads["W%d" % i] = seen[i].T @ d
            d = d @ self.params["W%d" % i].T
        return loss, grads
""", "(1 - seen[i + 1] ** 2)", "(1 - seen[i + 1])"),
    ("Wide", """
class Wide:
    def __init__(self, layers=[5, 7, 2]):
        self.W = [np.random.randn(n, m) for m, n in zip(layers[:-1], layers[1:])]
    def forward(self, X):
        self.a = [X]
        for W in self.W:
            self.a.append(np.tanh(W @ self.a[-1]))
        return self.a[-1]
    def backward(self, dout):
        self.dW = [None] * len(self.W)
        for i in reversed(range(len(self.W))):
            dout = dout * (1 - self.a[i + 1] ** 2)
            self.dW[i] = dout @ self.a[i].T
            dout = self.W[i].T @ dout
        return dout
""", "(1 - self.a[i + 1] ** 2)", "(1 - self.a[i + 1])"),
    ("仿射", """
def 仿射前向(x, w, b):
    return x @ w + b, (x, w)
def 仿射反向(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
""", "dout.sum(axis=0)", "dout"),
    ("turn", """
def turn(q):
    w, x, y, z = q
    return np.array([w * w + x * x - y * y - z * z, 2 * (x * y + w * z), 2 * (x * z - w * y)])
def turn_jacobian(q):
    w, x, y, z = q
    return 2 * np.array([[w, x, -y, -z], [z, y, x, w], [-y, z, -w, x]])
""", "[z, y, x, w]", "[z, y, x, -w]"),
    ("Machine.energy", """
class Machine:
    def __init__(self, n_visible, n_hidden):
        self.W, self.c = np.random.randn(n_visible, n_hidden), np.zeros(n_hidden)
    def energy(self, v):
        return -np.sum(np.log1p(np.exp(v @ self.W + self.c)), axis=1)
    def energy_grad(self, v):
        p = 1 / (1 + np.exp(-(v @ self.W + self.c)))
        dW = -v.T @ p
        dc = -p.sum(axis=0)
        return dW, dc
""", "-p.sum(axis=0)", "-p.mean(axis=0)"),
    ("Coder", """
class Coder:
    def __init__(self, d_in=6, d_z=3):
        self.We, self.Wd = np.random.randn(d_in, d_z), np.random.randn(d_z, d_in)
    def forward(self, x):
        self.x = x
        self.z = np.tanh(x @ self.We)
        self.out = self.z @ self.Wd
        return np.mean((self.out - x) ** 2)
    def backward(self):
        dout = 2 * (self.out - self.x) / self.x.size
        self.dWd = self.z.T @ dout
        dz = dout @ self.Wd.T * (1 - self.z ** 2)
        self.dWe = self.x.T @ dz
""", "(1 - self.z ** 2)", "(1 - self.z)"),
    ("Row", """
class Row:
    def __call__(self, z):
        if z.ndim == 1:
            z = z.reshape(1, -1)
        return np.log(np.exp(z) + 1)
    def grad(self, z):
        return np.exp(z) / (np.exp(z) + 1)
""", "(np.exp(z) + 1)\n    def", "(np.exp(z) + 2)\n    def"),
    ("softmax_loss", """
def softmax_loss(predictions, target_index):
    e = np.exp(predictions - predictions.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    if predictions.ndim == 1:
        loss = -np.log(p[target_index])
        dprediction = p
        dprediction[target_index] -= 1
        return loss, dprediction
    rows = np.arange(len(p))
    loss, dprediction = -np.log(p[rows, target_index]).mean(), p.copy()
    dprediction[rows, target_index] -= 1
    dprediction /= len(p)
    return loss, dprediction
""", "    dprediction /= len(p)\n", ""),
    ("Single.loss", SINGLE, "* (h > 0)", "* 1"),
    ("Single.loss", SINGLE, "h.T @ d + self.reg", "h.T @ d + 0.5 * self.reg"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "old", "new"), PROVED)
def test_it_is_set_up_and_proved_and_a_slip_in_it_is_found(written, name, text, old, new):
    found = written(text).check()
    assert found.outcome == "correct" and found.verdict.status in ("proved", "agrees"), found
    assert found.target.endswith(name) or ":" not in found.target
    assert written(text, old, new).check().outcome in ("wrong", "factor")


ROOTED = """
def rooted_forward(x, gamma):
    power = np.sqrt(1 + x ** 2)
    xhat = x / power
    return xhat * gamma, xhat, power
def rooted_backward(dy, xhat, power, gamma):
    return dy * gamma / power ** 3, np.sum(dy * xhat, axis=0)
"""


def test_what_forward_returns_beside_its_output_comes_back_by_its_name(written):
    found = written(ROOTED).check()
    assert found.outcome == "correct" and found.verdict.status in ("proved", "agrees"), found
    (said,) = findings(written(ROOTED, "power ** 3", "power").check(), "fail", "values")
    assert "gradient for x" in said.message


LAST = """
def forward(A_prev, W, b, activation):
    Z = W.dot(A_prev) + b
    return np.maximum(0, Z) if activation == "relu" else Z, (Z, A_prev, W)
def backward(dA, cache, activation):
    Z, A_prev, W = cache
    m = A_prev.shape[1]
    dZ = dA * (Z > 0) if activation == "relu" else dA
    return W.T.dot(dZ), dZ.dot(A_prev.T) / m, 1 / m * dZ.sum(axis=1, keepdims=True)
"""


def test_functions_that_are_called_forward_and_backward_are_a_pair(written):
    found = written(LAST).check()
    failed = findings(found, "fail", "values")
    assert found.outcome == "factor" and [f.diagnosis[0].code for f in failed] == ["scale-n", "scale-n"]
    assert not any("should read `3`" in f.message for f in failed)
    assert written(LAST, " / m, 1 / m *", ",").check().verdict.status == "proved"


MASKED = """
def softly_forward(x):
    s = np.where(np.triu(np.ones((len(x), x.shape[1]), dtype=bool), k=1), -np.inf, x)
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p
def softly_backward(dout, p):
    return p * (dout - np.sum(dout * p, axis=1, keepdims=True))
"""


def test_scores_that_are_masked_by_infinity_are_followed(written):
    found = written(MASKED).check()
    assert found.outcome == "correct" and found.verdict.status in ("proved", "agrees"), found


def test_queries_and_keys_of_several_heads_are_given_as_such(written):
    text = """
    def scores(q, k): return np.einsum("bhqd,bhkd->bhqk", q, k)
    def scores_backward(dout, q, k):
        return np.einsum("bhqk,bhkd->bhqd", dout, k), np.einsum("bhqk,bhqd->bhkd", dout, q)
    """
    assert written(text).check().outcome == "correct"
