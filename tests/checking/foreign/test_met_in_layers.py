"""Right layers whose set-up was overlooked, and slips that only the inputs they are meant for show."""

import pytest

LAYERS = {
    "outputs that a function keeps": """
class Var:
    def __init__(self, data):
        self.data = data
class Function:
    def __call__(self, *xs):
        self.inputs = xs
        ys = self.forward(*[x.data for x in xs])
        self.outputs = [Var(y) for y in (ys if isinstance(ys, tuple) else (ys,))]
        return self.outputs[0]
class Softsign(Function):
    def forward(self, x):
        return np.tanh(x)
    def backward(self, gy):
        y = self.outputs[0].data
        return gy * (1 - y ** 2)
""",
    "grads are no gradient of s": """
class Strided:
    def __init__(self, n_in, n_out, k=2, stride=1):
        self.k, self.s = k, stride
        self.params, self.grads = {"W": np.random.randn(n_in, n_out)}, {}
    def forward(self, x):
        self.x = x[:, : self.k * x.shape[1] : self.s]
        return self.x @ self.params["W"]
    def backward(self, dout):
        self.grads["W"] = self.x.T @ dout
        return dout @ self.params["W"].T
""",
    "scales of what the weights make": """
def scaled_forward(A, W, gamma, beta):
    Z = np.dot(W, A)
    Z = Z - Z.mean(axis=1, keepdims=True)
    return gamma * Z + beta, (A, W, gamma, Z)
def scaled_backward(dout, cache):
    A, W, gamma, Z = cache
    dZ = dout * gamma
    dZ = dZ - dZ.mean(axis=1, keepdims=True)
    dgamma = np.sum(dout * Z, axis=1, keepdims=True)
    return np.dot(W.T, dZ), np.dot(dZ, A.T), dgamma, np.sum(dout, axis=1, keepdims=True)
""",
    "a mean and a scale side by side": """
class Nll:
    def forward(self, pred, y):
        self.m, self.s = pred[:, : y.shape[1]], pred[:, y.shape[1]:]
        self.y = y
        return np.sum(self.s + (y - self.m) ** 2 * np.exp(-2 * self.s) / 2)
    def backward(self):
        r = self.y - self.m
        w = np.exp(-2 * self.s)
        return np.concatenate([-r * w, 1 - r ** 2 * w], axis=1)
""",
    "a deviance": """
def gamma_deviance(mu, y):
    return 2 * np.sum(np.log(mu / y) + y / mu - 1)
def gamma_deviance_backward(mu, y):
    return 2 * (1 / mu - y / mu ** 2)
""",
    "several quantiles of one target": """
class Quantiles:
    def __init__(self, q=(0.1, 0.5, 0.8)):
        self.q = np.array(q)
    def forward(self, pred, y):
        e = y[:, None] - pred
        self.over, self.n = e < 0, e.size
        return np.mean(np.maximum(self.q * e, (self.q - 1) * e))
    def backward(self):
        return np.where(self.over, 1 - self.q, -self.q) / self.n
""",
    "a graph, and what its nodes hold": """
class Graph:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, A, H):
        self.A = A / (1 + A.sum(axis=1, keepdims=True) ** 2)
        self.H = self.A @ H
        return self.H @ self.W
    def backward(self, dout):
        self.dW = self.H.T @ dout
        return self.A.T @ dout @ self.W.T
""",
}


@pytest.mark.parametrize("name", LAYERS)
def test_it_is_set_up(written, name):
    assert written(LAYERS[name]).check().outcome == "correct"


IGNORING = """
class TimeLoss:
    def __init__(self):
        self.ignore_label = -1
    def forward(self, xs, ts):
        N, T, V = xs.shape
        xs, self.ts = xs.reshape(N * T, V), ts.reshape(-1)
        self.mask = self.ts != self.ignore_label
        e = np.exp(xs - xs.max(axis=1, keepdims=True))
        self.p, self.shape = e / e.sum(axis=1, keepdims=True), (N, T, V)
        return -np.sum(np.log(self.p[np.arange(N * T), self.ts]) * self.mask) / self.mask.sum()
    def backward(self):
        d = self.p.copy()
        d[np.arange(len(d)), self.ts] -= 1
        d *= self.mask[:, None]
        return (d / self.mask.sum()).reshape(self.shape)
"""


def test_targets_that_are_ignored_are_among_those_it_is_asked_with(written):
    assert written(IGNORING).check().outcome == "correct"
    assert written(IGNORING, "self.mask.sum()).reshape", "len(d)).reshape").check().outcome == "wrong"


OVERLAP = """
class OverlapLoss:
    def forward(self, p, t):
        self.t = t
        self.s = np.sum(t * p)
        self.n = self.s + 0.3 * np.sum((1 - t) * p) + 1
        return 1 - self.s / self.n
    def backward(self):
        return -(self.t * self.n - self.s * (self.t + 0.3 * (1 - self.t))) / self.n ** 2
"""


def test_a_sum_of_predictions_times_targets_is_of_more_than_one_number(written):
    assert written(OVERLAP, "self.t + 0.3 * (1 - self.t)", "self.t + (1 - self.t)").check().outcome == "wrong"
