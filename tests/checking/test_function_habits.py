"""Functions as people write them: where the cache stands, what backward asks for again, dicts by their keys, stops."""

import pytest

import derivexplain as dx
from derivexplain import conventions, foreign

RIGHT = {
    "the cache stands second": """
def whiten_forward(x, gamma, beta, eps=1e-5, mean=None):
    rest = x.mean(axis=0) if mean is None else mean
    cache = {"d": x - rest, "gamma": gamma, "w": 1 / np.sqrt(x.var(axis=0) + eps)}
    return gamma * cache["d"] * cache["w"] + beta, cache, 0.9 * rest
def whiten_backward(dout, cache):
    d, w, g = cache["d"], cache["w"], dout * cache["gamma"]
    unit = d * w
    dx = w * (g - g.mean(axis=0) - unit * (g * unit).mean(axis=0))
    return {"dx": dx, "dgamma": (dout * unit).sum(axis=0), "dbeta": dout.sum(axis=0)}
""",
    "the shape of the input is asked for": """
def halve_forward(h):
    n = h.shape[1] // 2 * 2
    return np.maximum(h[:, 0:n:2], h[:, 1:n:2]), h[:, 0:n:2] >= h[:, 1:n:2]
def halve_backward(dout, first, in_shape):
    dx = np.zeros(in_shape)
    n = in_shape[1] // 2 * 2
    dx[:, 0:n:2], dx[:, 1:n:2] = dout * first, dout * ~first
    return dx
""",
    "a second argument that the derivative has alone": """
def line(x, slope):
    return x * slope
def line_prime(slope):
    return slope
""",
    "a derivative of a loss is given the cache": """
def soft_loss(x, y, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    s = e / e.sum(axis=axis, keepdims=True)
    return -np.mean(np.log(s[np.arange(len(x)), y])), (s, y)
def d_soft_loss(cache):
    s, y = cache
    return (s - np.eye(s.shape[1])[y]) / len(s)
""",
    "a vector of scores": """
def share(z):
    e = np.exp(z - z.max())
    return e / e.sum()
def share_backward(out, g):
    return out * (g - float(np.dot(g, out)))
""",
    "turned by angles": """
def turn_forward(x, cos, sin):
    a, b = x[..., 0::2], x[..., 1::2]
    return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)
def turn_backward(dout, cos, sin):
    half = dout.shape[-1] // 2
    a, b = dout[..., :half], dout[..., half:]
    dx = np.empty_like(dout)
    dx[..., 0::2], dx[..., 1::2] = a * cos + b * sin, b * cos - a * sin
    return dx
""",
    "weights by their keys, in a dict of any name": """
def gated_forward(X, p):
    gate, up = X @ p["Wg"], X @ p["Wu"]
    s = 1 / (1 + np.exp(-gate))
    h = gate * s * up
    return h @ p["Wd"], (X, p, gate, up, s, h)
def gated_backward(dout, cache):
    X, p, gate, up, s, h = cache
    dh = dout @ p["Wd"].T
    dgate, dup = dh * up * s * (1 + gate * (1 - s)), dh * gate * s
    return dgate @ p["Wg"].T + dup @ p["Wu"].T, {"Wg": X.T @ dgate, "Wu": X.T @ dup, "Wd": h.T @ dout}
""",
    "d_x for xt, beside gradients that have their names": """
def step_forward(xt, a_prev, param):
    a_next = np.tanh(xt @ param["W_xh"] + a_prev @ param["W_hh"] + param["b_h"])
    return a_next, a_next @ param["W_hy"] + param["b_y"], (a_next, a_prev, xt, param)
def step_backward(da_next, cache):
    a_next, a_prev, xt, param = cache
    dh = da_next * (1 - a_next ** 2)
    d_x, d_Wxh, d_Whh = dh @ param["W_xh"].T, xt.T @ dh, a_prev.T @ dh
    d_a_prev, d_bh = dh @ param["W_hh"].T, dh.sum(axis=0)
    return d_x, d_a_prev, d_Whh, d_Wxh, d_bh
""",
    "a weight for each row of columns": """
def rootnorm(x, w, eps=1e-5):
    return x * w.reshape(-1, 1) / np.sqrt(np.mean(x * x, axis=0, keepdims=True) + eps)
def rootnorm_backward(dy, x, w, eps=1e-5):
    rms = np.sqrt(np.mean(x * x, axis=0, keepdims=True) + eps)
    g = dy * w.reshape(-1, 1)
    return (g - x * np.mean(g * x, axis=0, keepdims=True) / rms ** 2) / rms, np.sum(dy * x / rms, axis=1)
""",
    "classes in rows, examples in columns": """
def column_loss(logits, targets):
    S = targets.shape[0]
    e = np.exp(logits - logits.max(axis=0, keepdims=True))
    dlogits = e / e.sum(axis=0, keepdims=True)
    loss = -np.sum(np.log(dlogits[targets, np.arange(S)])) / S
    dlogits[targets, np.arange(S)] -= 1
    return loss, dlogits / S
""",
    "what is desired comes first": """
def cross_loss(yd, yp):
    loss = -np.sum(yd * np.log(yp), axis=1)
    deriv = -(yd / yp)
    return loss, deriv
""",
    "a network's cost, of sizes that it has built in": """
class Curve:
    def __init__(self):
        self.inputs, self.hidden = 2, 3
        self.W1, self.W2 = np.random.randn(2, 3), np.random.randn(3, 1)
    def forward(self, X):
        self.h = np.tanh(X @ self.W1)
        return self.h @ self.W2
    def cost_function(self, X, y):
        return 0.5 * sum((y - self.forward(X)) ** 2)
    def cost_function_prime(self, X, y):
        d = self.forward(X) - y
        dJdW2, dJdW1 = self.h.T @ d, X.T @ ((d @ self.W2.T) * (1 - self.h ** 2))
        return dJdW1, dJdW2
""",
}


def checked(tmp_path, text, suffix="py"):
    path = tmp_path / f"layer.{suffix}"
    path.write_text(f"import numpy as np\n{text}" if suffix == "py" else text)
    ((_, thing), *_) = foreign.find(str(path), conventions)[0]
    return dx.check(thing)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_one_is_set_up_and_proved(name, tmp_path):
    report = checked(tmp_path, RIGHT[name])
    assert report.outcome in ("correct", "hazards"), report
    assert report.verdict.status in ("proved", "agrees"), report


def test_a_slip_in_a_networks_cost_is_found(tmp_path):
    text = RIGHT["a network's cost, of sizes that it has built in"].replace(" * (1 - self.h ** 2)", "")
    assert checked(tmp_path, text).outcome == "wrong"


def test_a_step_has_nothing_to_check(tmp_path):
    text = "def step(x):\n    return 1 if x > 0 else 0\ndef step_prime():\n    return 0\n"
    assert checked(tmp_path, text).outcome == "vacuous"


@pytest.mark.parametrize("last", ["((a - b) ** 2).mean()", "loss = np.mean((a - b) ** 2)"])
def test_a_forward_that_gives_nothing_back_is_told(last, tmp_path):
    report = checked(tmp_path, f"def mse(a, b):\n    {last}\ndef mse_der(a, b):\n    return 2 * (a - b) / a.size\n")
    assert report.outcome == "crashes" and report.findings[0].where.endswith(":3")
    assert "mse gives nothing back" in report.findings[0].message


def test_methods_on_a_page_beside_their_class(tmp_path):
    text = (
        "# A value\n\nwords, (not code\n```python\nclass Value:\n    def __init__(self, data, children=()):\n"
        "        self.data, self.grad, self._backward, self._children = data, 0.0, lambda: None, set(children)\n```\nmore\n```python\n"
        "def __mul__(self, other):\n    out = Value(self.data * other.data, (self, other))\n    def _backward():\n"
        "        self.grad += other.data * out.grad\n        other.grad += self.data * out.grad\n"
        "    out._backward = _backward\n    return out\n```\n"
    )
    assert checked(tmp_path, text, "md").outcome in ("correct", "hazards")
