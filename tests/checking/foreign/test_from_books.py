"""Set-ups of layers, networks and costs as books and blogs have them, and slips in them."""

import pytest

from ..reports import findings

EACH = {
    "a layer of a nonlinearity": """
class Layer:
    def __init__(self, input_dim, output_dim, nonlin, nonlin_deriv):
        self.weights = np.random.randn(input_dim, output_dim)
        self.nonlin, self.nonlin_deriv = nonlin, nonlin_deriv
    def forward(self, input):
        self.input, self.output = input, self.nonlin(input.dot(self.weights))
        return self.output
    def backward(self, output_delta):
        output_delta = output_delta * self.nonlin_deriv(self.output)
        self.weight_delta = self.input.T.dot(output_delta)
        return output_delta.dot(self.weights.T)
""",
    "a slope of the output": """
def relu(x):
    return (x > 0) * x
def relu2deriv(output):
    return output > 0
""",
    "a sigmoid's slope of the output": """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def sigmoid_output_to_derivative(output):
    return output * (1 - output)
""",
    "a slope that calls its input by another word": """
def lin(x, w, b):
    return x @ w + b
def lin_grad(inp, out_g, w, b):
    return out_g @ w.T, inp.T @ out_g, out_g.sum(0)
""",
    "a network with a penalty": """
def forward_propagation(X, parameters):
    A = 1 / (1 + np.exp(-(parameters["W1"] @ X + parameters["b1"])))
    return A, (parameters["W1"], A)
def backward_propagation_with_regularization(X, Y, cache, lambd):
    W1, A = cache
    dZ = A - Y
    return {"dW1": (dZ @ X.T + lambd * W1) / X.shape[1], "db1": dZ.mean(axis=1, keepdims=True)}
""",
    "two widths at once": """
class Net:
    def __init__(self, input_size, hidden_sizes, output_size):
        h1, h2 = hidden_sizes
        self.params = {n: np.random.randn(*s) for n, s in
                       (("W1", (input_size, h1)), ("W2", (h1, h2)), ("W3", (h2, output_size)))}
    def loss(self, X, y):
        W1, W2, W3 = self.params["W1"], self.params["W2"], self.params["W3"]
        h = np.tanh(X @ W1)
        g = np.tanh(h @ W2)
        d = g @ W3 - y
        dg = d @ W3.T * (1 - g ** 2)
        dh = dg @ W2.T * (1 - h ** 2)
        return 0.5 * np.sum(d ** 2), {"W1": X.T @ dh, "W2": h.T @ dg, "W3": g.T @ d}
""",
    "what comes after three words": """
class Model:
    def __init__(self, vocab_size=27, block_size=3, n_embd=2):
        self.C, self.W = np.random.randn(vocab_size, n_embd), np.random.randn(block_size * n_embd, vocab_size)
    def forward(self, Xb, Yb):
        self.Xb, self.Yb, self.e = Xb, Yb, self.C[Xb].reshape(len(Xb), -1)
        scores = np.exp(self.e @ self.W)
        self.p = scores / scores.sum(axis=1, keepdims=True)
        return -np.log(self.p[range(len(Xb)), Yb]).mean()
    def backward(self):
        d = self.p.copy()
        d[range(len(d)), self.Yb] -= 1
        d /= len(d)
        self.dW, self.dC = self.e.T @ d, np.zeros_like(self.C)
        np.add.at(self.dC, self.Xb, (d @ self.W.T).reshape(*self.Xb.shape, -1))
""",
}


@pytest.mark.parametrize("text", EACH.values(), ids=EACH)
def test_a_books_layer_is_understood(written, text):
    (report,) = written(text).checks().values()
    assert report.outcome == "correct", str(report)


@pytest.mark.parametrize(
    ("true", "said"),
    [("y_gercek", "y_tahmin"), ("y_soll", "vorhersage"), ("attendu", "predit"), ("真实值", "预测值")],
)
def test_whatever_the_language_a_slope_is_not_that_by_the_targets(written, true, said):
    text = """
def half(TRUE, SAID):
    return np.mean((TRUE - SAID) ** 2) / 2
def half_prime(TRUE, SAID):
    return (TRUE - SAID) / TRUE.size
"""
    report = written(text.replace("TRUE", true).replace("SAID", said)).check("half")
    assert report.outcome == "factor" and f"for {said}" in findings(report, "fail", "values")[0].message
