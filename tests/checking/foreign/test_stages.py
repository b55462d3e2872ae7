"""Networks that hand on what comes out of each layer, and give gradients in lists as their layers stand in one."""

import pytest

TEXTS = {
    "in a dict alone": """
class Net:
    def __init__(self, X, y, hidden=(4,)):
        sizes = [X.shape[0], *hidden, y.shape[0]]
        self.parameters = {}
        for k in range(1, len(sizes)):
            self.parameters[f"W{k}"] = np.random.randn(sizes[k], sizes[k - 1])
            self.parameters[f"b{k}"] = np.random.randn(sizes[k], 1)
    def forward_propagation(self, X):
        activations = {"A0": X}
        for k in (1, 2):
            z = self.parameters[f"W{k}"] @ activations[f"A{k - 1}"] + self.parameters[f"b{k}"]
            activations[f"A{k}"] = 1 / (1 + np.exp(-z))
        return activations
    def back_propagation(self, y, activations):
        dz, gradients = activations["A2"] - y, {}
        for k in (2, 1):
            below = activations[f"A{k - 1}"]
            gradients[f"dW{k}"] = dz @ below.T / y.shape[1]
            gradients[f"db{k}"] = dz.sum(axis=1, keepdims=True) / y.shape[1]
            dz = self.parameters[f"W{k}"].T @ dz * below * (1 - below)
        return gradients
""",
    "of layers in a list": """
class Layer:
    def __init__(self, n_in, n_out, last):
        self.weights, self.biases, self.last = np.random.randn(n_in, n_out), np.zeros(n_out), last
    def forward(self, x):
        self.x, z = x, x @ self.weights + self.biases
        e = np.exp(z - z.max())
        self.out = e / e.sum() if self.last else np.tanh(z)
        return self.out
class Net:
    def __init__(self, layer_sizes):
        pairs = [*zip(layer_sizes, layer_sizes[1:])]
        self.layers = [Layer(n, m, k == len(pairs) - 1) for k, (n, m) in enumerate(pairs)]
    def feedforward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def cost(self, x, label):
        return -np.log(self.feedforward(x)[label])
    def backprop(self, x, y):
        delta = self.feedforward(x).copy()
        cost, delta[y] = -np.log(delta[y]), delta[y] - 1
        grad_w, grad_b = [], []
        for layer in self.layers[::-1]:
            delta = delta if layer.last else delta * (1 - layer.out ** 2)
            grad_w, grad_b = [np.outer(layer.x, delta), *grad_w], [delta, *grad_b]
            delta = layer.weights @ delta
        return grad_w, grad_b, cost
""",
}
SLIPS = [("dz.sum(axis=1, keepdims=True)", "dz.sum(axis=0).mean()"), ("(1 - layer.out ** 2)", "(1 - layer.out)")]


@pytest.mark.parametrize("text", TEXTS)
def test_their_gradients_are_found(written, text):
    assert written(TEXTS[text]).check("Net").outcome in ("correct", "hazards")


@pytest.mark.parametrize(("text", "slip"), [*zip(TEXTS, SLIPS)], ids=TEXTS)
def test_a_slip_among_them_is_told(written, text, slip):
    assert written(TEXTS[text], *slip).check("Net").outcome == "wrong"
