"""Habits met in packages of several files: each is set up without help, and what is right in them is not told wrong."""

import pytest

import derivexplain as dx

LAYERS = {
    ("a loss is what inherits from one", "CELogits"): """
class Loss:
    def __call__(self, y, out): return self.forward(y, out)
class CELogits(Loss):
    def forward(self, y, out): return (-y * out).sum(axis=1) + np.log(np.exp(out).sum(axis=1))
    def backward(self, y, out): return -y + np.exp(out) / np.exp(out).sum(axis=1).reshape(-1, 1)
""",
    ("y beside what a model says of it", "Logits"): """
class Logits:
    def forward(self, y, yhat): return (-y * yhat).sum(axis=1) + np.log(np.exp(yhat).sum(axis=1))
    def backward(self, y, yhat): return -y + np.exp(yhat) / np.exp(yhat).sum(axis=1).reshape(-1, 1)
""",
    ("a backward for the input, another for the parameters", "Linear"): """
class Linear:
    def __init__(self, n_in, n_out):
        self._parameters, self._gradient = np.random.randn(n_in, n_out), np.zeros((n_in, n_out))
    def forward(self, X): return X @ self._parameters
    def backward_update_gradient(self, X, delta): self._gradient = X.T @ delta
    def backward_delta(self, X, delta): return delta @ self._parameters.T
""",
    ("parameters made from a first batch", "Linear"): """
class Linear:
    def __init__(self, name="linear", output_shape=4): self.params, self.out = {}, output_shape
    def warmup(self, warmup_data):
        self.params["w"] = np.random.randn(np.prod(warmup_data.shape[1:]), self.out)
        self.params["b"] = np.random.randn(self.out)
    def forward(self, input): return linear_forward(input, (self.params["w"], self.params["b"]))
    def grad(self, input, dout): return linear_backward(input, (self.params["w"], self.params["b"]), dout)
def linear_forward(x, weights):
    w, b = weights
    return x @ w + b
def linear_backward(x, weights, dout):
    w, b = weights
    return {"x": dout @ w.T, "w": x.T @ dout, "b": dout.sum(axis=0)}
""",
    ("weights taken apart, and their gradients given together", "dense"): """
def dense_forward(x, weights):
    w, b = weights
    return x @ w + b, (x, weights)
def dense_backward(dout, cache):
    x, (w, b) = cache
    return dout @ w.T, (x.T @ dout, dout.sum(axis=0))
""",
    ("a slope for each entry of what is reduced", "Mean"): """
class Mean:
    def forward(self, part): return np.mean(part, axis=-1)
    def backward(self, part): return np.ones_like(part) / part.shape[-1]
""",
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for (_, n), t in LAYERS.items()], ids=[w for w, _ in LAYERS])
def test_it_is_set_up_and_right(tmp_path, name, text):
    path = tmp_path / "layers.py"
    path.write_text("import numpy as np\n" + text)
    report = dx.check(f"{path}:{name}")
    assert report.outcome in ("correct", "hazards"), report
