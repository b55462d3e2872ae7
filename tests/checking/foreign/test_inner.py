"""Layers that are built of another layer, of arrays in dicts, and of numbers that are None until somebody says."""

import pytest

LAYERS = """

class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.W)
    def backward(self, dout):
        dz = dout * (1 - np.tanh(self.x @ self.W) ** 2)
        self.dW = self.x.T @ dz
        return dz @ self.W.T

class Cell:
    def __init__(self, input_size, hidden_size):
        self.Wx, self.Wh = np.random.randn(input_size, hidden_size), np.random.randn(hidden_size, hidden_size)
    def forward(self, x):
        self.x, self.h = x, [np.zeros((len(x), len(self.Wh)))]
        for t in range(x.shape[1]):
            self.h.append(np.tanh(x[:, t] @ self.Wx + self.h[-1] @ self.Wh))
        return np.stack(self.h[1:], axis=1)
    def backward(self, dout):
        dx, dh = np.zeros_like(self.x), 0
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        for t in reversed(range(self.x.shape[1])):
            dz = (dout[:, t] + dh) * (1 - self.h[t + 1] ** 2)
            self.dWx += self.x[:, t].T @ dz
            self.dWh += self.h[t].T @ dz
            dx[:, t], dh = dz @ self.Wx.T, dz @ self.Wh.T
        return dx

class Residual:
    def __init__(self, block):
        self.block = block
    def forward(self, x):
        return x + self.block.forward(x)
    def backward(self, dout):
        return dout + self.block.backward(dout)

class EachStep:
    def __init__(self, which):
        self.which = which
    def forward(self, x):
        self.shape = x.shape
        return self.which.forward(x.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], -1)
    def backward(self, dout):
        return self.which.backward(dout.reshape(-1, dout.shape[-1])).reshape(self.shape)

class BothWays:
    def __init__(self, forward_cell, backward_cell):
        self.f, self.b = forward_cell, backward_cell
    def forward(self, x):
        return np.concatenate([self.f.forward(x), self.b.forward(x[:, ::-1])[:, ::-1]], axis=-1)
    def backward(self, dout):
        h = dout.shape[-1] // 2
        return self.f.backward(dout[..., :h]) + self.b.backward(dout[:, ::-1, h:])[:, ::-1]

class Scorer:
    def forward(self, x, params):
        self.y = np.tanh(x @ params["W_att"] + params["b_att"])
        self.x = x
        return self.y
    def backward(self, dout, params):
        dz = dout * (1 - self.y ** 2)
        return dz @ params["W_att"].T, {"W_att": self.x.T @ dz, "b_att": dz.sum(0)}

class Leak:
    def __init__(self, alpha=None):
        self.alpha = alpha
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)
    def backward(self, dout):
        return dout * np.where(self.x > 0, 1, self.alpha)

class Stepping:
    def __init__(self, n_in, n_out, lr=None):
        self.W, self.lr = np.random.randn(n_in, n_out), lr
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        dx = dout @ self.W.T
        self.W -= self.lr * self.x.T @ dout
        return dx
"""


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Residual", "dout + self.block.backward(dout)", "self.block.backward(dout)"),
        ("EachStep", "self.which.backward(", "2 * self.which.backward("),
        ("BothWays", "self.b.backward(dout[:, ::-1, h:])[:, ::-1]", "self.b.backward(dout[:, ::-1, h:])"),
        ("Scorer", "dz @ params", "dout @ params"),
        ("Leak", "1, self.alpha)", "1, 0)"),
        ("Stepping", "self.lr * self.x.T", "self.lr * 2 * self.x.T"),
    ],
)
def test_layers_of_layers_dicts_and_what_is_none_by_default_are_set_up(written, name, old, new):
    right = written(LAYERS).check(name)
    assert right.verdict.status == "proved" and right.outcome == "correct", right.findings
    assert written(LAYERS, old, new).check(name).outcome in ("wrong", "factor")
