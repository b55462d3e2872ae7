"""Set-ups of layers, networks and costs as books and blogs have them, and slips in them."""

import json

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
    "a context of the file's own": """
class Context:
    def __init__(self):
        self.saved = ()
    def save_for_backward(self, *xs):
        self.saved = xs
class Mul:
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y
    @staticmethod
    def backward(ctx, grad_output):
        x, y = ctx.saved
        return y * grad_output, x * grad_output
""",
    "an activator's slope of the output": """
class FullConnectedLayer:
    def __init__(self, input_size, output_size, activator):
        self.activator = activator
        self.W, self.b = np.random.randn(output_size, input_size), np.zeros((output_size, 1))
    def forward(self, input_array):
        self.input = input_array
        self.output = self.activator.forward(np.dot(self.W, input_array) + self.b)
        return self.output
    def backward(self, delta_array):
        delta = self.activator.backward(self.output) * delta_array
        self.W_grad, self.b_grad = np.dot(delta, self.input.T), delta.sum(axis=1, keepdims=True)
        return np.dot(self.W.T, delta)
""",
    "vorwaerts": """
class LineareSchicht:
    def __init__(self, n_ein, n_aus):
        self.gewichte, self.bias = np.random.randn(n_ein, n_aus), np.zeros(n_aus)
    def vorwaerts(self, eingabe):
        self.eingabe = eingabe
        return eingabe @ self.gewichte + self.bias
    def rueckwaerts(self, grad):
        self.d_gewichte, self.d_bias = self.eingabe.T @ grad, grad.sum(axis=0)
        return grad @ self.gewichte.T
""",
    "propagation avant": """
class CoucheDense:
    def __init__(self, nb_entrees, nb_sorties):
        self.poids, self.biais = np.random.randn(nb_entrees, nb_sorties), np.zeros((1, nb_sorties))
    def propagation_avant(self, entree):
        self.entree = entree
        return np.dot(entree, self.poids) + self.biais
    def retropropagation(self, gradient_sortie, taux_apprentissage):
        gradient_entree = np.dot(gradient_sortie, self.poids.T)
        self.poids -= taux_apprentissage * np.dot(self.entree.T, gradient_sortie)
        self.biais -= taux_apprentissage * np.sum(gradient_sortie, axis=0, keepdims=True)
        return gradient_entree
""",
    "a derivative in Japanese": """
def 平均二乗誤差(y, t):
    return 0.5 * np.sum((y - t) ** 2) / y.shape[0]
def 平均二乗誤差の微分(y, t):
    return (y - t) / y.shape[0]
""",
    "a network of states": """
class QNetwork:
    def __init__(self, n_state, n_action, n_hidden=7):
        self.w1, self.w2 = np.random.randn(n_state, n_hidden), np.random.randn(n_hidden, n_action)
    def forward(self, s):
        self.s, self.h = s, np.tanh(s @ self.w1)
        return self.h @ self.w2
    def backward(self, dq):
        dh = dq @ self.w2.T * (1 - self.h ** 2)
        self.gw2, self.gw1 = self.h.T @ dq, self.s.T @ dh
        return dh @ self.w1.T
""",
    "neighbours before features": """
class GCNLayer:
    def __init__(self, n_inputs, n_outputs):
        self.W = np.random.randn(n_outputs, n_inputs)
    def forward(self, A, X):
        self._A, self._X = A, (A @ X).T
        return (self.W @ self._X).T
    def backward(self, dH):
        self.dW = dH.T @ self._X.T
        return self._A.T @ (dH @ self.W)
""",
    "words around one, as rows of a vocabulary": """
class SimpleCBOW:
    def __init__(self, vocab_size, hidden_size):
        self.W_in, self.W_out = np.random.randn(vocab_size, hidden_size), np.random.randn(hidden_size, vocab_size)
    def forward(self, contexts, target):
        self.contexts, self.t = contexts, target
        self.h = contexts.mean(axis=1) @ self.W_in
        scores = np.exp(self.h @ self.W_out)
        self.p = scores / scores.sum(axis=1, keepdims=True)
        return -np.sum(target * np.log(self.p)) / len(target)
    def backward(self, dout=1):
        ds = dout * (self.p - self.t) / len(self.t)
        self.dW_out, self.dW_in = self.h.T @ ds, self.contexts.mean(axis=1).T @ (ds @ self.W_out.T)
""",
    "a classifier that has its loss beside it": """
class LogisticClassifier:
    def forward(self, X):
        return 1 / (1 + np.exp(-X))
    def backward(self, Y, T):
        return (Y - T) / (Y.shape[0] * Y.shape[1])
    def loss(self, Y, T):
        return -np.mean(T * np.log(Y) + (1 - T) * np.log(1 - Y))
""",
    "a neuron of lists": """
class Neuron:
    def __init__(self, n_inputs):
        self.weights, self.bias = [np.random.rand() - 0.5 for _ in range(n_inputs)], 0.3
    def forward(self, inputs):
        self.inputs, total = inputs, self.bias
        for w, x in zip(self.weights, inputs):
            total += w * x
        self.output = np.tanh(total)
        return self.output
    def backward(self, error):
        self.d_bias = error * (1 - self.output ** 2)
        self.d_weights = [self.d_bias * x for x in self.inputs]
        return [self.d_bias * w for w in self.weights]
""",
    "one square image": """
def convolution(image, filt, bias, s=1):
    n_c, in_dim, _ = image.shape
    n_f, _, f, _ = filt.shape
    out_dim = (in_dim - f) // s + 1
    out = np.zeros((n_f, out_dim, out_dim))
    for i in range(out_dim):
        for j in range(out_dim):
            part = image[:, i * s : i * s + f, j * s : j * s + f]
            out[:, i, j] = np.tensordot(filt, part, axes=3) + bias[:, 0]
    return out
def convolutionBackward(dconv_prev, conv_in, filt, s):
    dout, dfilt, f = np.zeros(conv_in.shape), np.zeros(filt.shape), filt.shape[2]
    for i in range(dconv_prev.shape[1]):
        for j in range(dconv_prev.shape[2]):
            d = dconv_prev[:, i, j][:, None, None, None]
            dfilt += d * conv_in[:, i * s : i * s + f, j * s : j * s + f]
            dout[:, i * s : i * s + f, j * s : j * s + f] += (d * filt).sum(axis=0)
    return dout, dfilt, dconv_prev.sum(axis=(1, 2)).reshape(-1, 1)
""",
    "as deep as is said": """
class ConvLayer:
    def __init__(self, input_shape, kernel_shape, layer_depth):
        self.shape, self.k = (input_shape[0], input_shape[2]), kernel_shape
        self.weights = np.random.rand(input_shape[2], layer_depth)
        self.bias = np.random.rand(layer_depth) + 0 * kernel_shape[0]
    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias
    def backward(self, error):
        self.d_weights, self.d_bias = np.tensordot(self.x, error, axes=((0, 1), (0, 1))), error.sum(axis=(0, 1))
        return error @ self.weights.T
""",
    "filtros, with nothing given back": """
class CapaConvolucional:
    def __init__(self, num_filtros):
        self.filtros = np.random.randn(num_filtros, 2)
    def forward(self, entrada):
        self.ultima_entrada = entrada
        return np.stack([entrada[:, :-1], entrada[:, 1:]], axis=-1) @ self.filtros.T
    def backward(self, d_L_d_out, tasa_aprendizaje):
        pares = np.stack([self.ultima_entrada[:, :-1], self.ultima_entrada[:, 1:]], axis=-1)
        d_L_d_filtros = np.einsum("nof,nok->fk", d_L_d_out, pares)
        self.filtros -= tasa_aprendizaje * d_L_d_filtros
        return None
""",
}
STAGES = """
def forward_prop(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    A2 = np.exp(Z2) / sum(np.exp(Z2))
    return Z1, A1, Z2, A2
def backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y):
    dZ2 = (A2 - np.eye(len(A2))[Y].T) / Y.size
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    db1, db2 = (d.sum(axis=1, keepdims=True) for d in (dZ1, dZ2))
    return dZ1.dot(X.T), db1, dZ2.dot(A1.T), db2
"""


def test_what_a_notebooks_functions_return_is_read_as_in_a_script(written):
    first, cell = (
        "\n".join(["import numpy as np", *["pass"] * 200]),
        STAGES.replace(
            "return dZ1.dot(X.T), db1, dZ2.dot(A1.T), db2",
            "dW1, dW2 = dZ1.dot(X.T), dZ2.dot(A1.T)\n    return dW1, db1, dW2, db2",
        ),
    )
    cells = [{"cell_type": "code", "source": text} for text in (first, cell)]
    (report,) = written(json.dumps({"cells": cells}), at="net.ipynb").checks().values()
    assert report.outcome == "correct", str(report)


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


PENALISED = """
def cost_and_grad(W, X, lambda_, beta):
    a = np.tanh(X @ W)
    cost = 0.5 * np.sum(a ** 2) + lambda_ / 2 * np.sum(W ** 2) + beta * np.sum(a)
    dW = X.T @ ((a + beta) * (1 - a ** 2)) + lambda_ * W
    return cost, dW
"""


@pytest.mark.parametrize(("old", "new"), [("(a + beta)", "(a + lambda_)"), ("+ lambda_ * W\n", "+ beta * W\n")])
def test_what_one_number_is_for_is_not_what_another_is_for(written, old, new):
    assert written(PENALISED).check("cost_and_grad").outcome == "correct"
    assert written(PENALISED, old, new).check("cost_and_grad").outcome == "wrong"


def test_a_cost_of_two_vectors_is_none_of_two_matrices(written):
    text = """
def cosine_loss(a, b):
    na, nb = np.linalg.norm(a), np.linalg.norm(b)
    return 1 - a @ b / (na * nb)
def cosine_loss_grad(a, b):
    na, nb = np.linalg.norm(a), np.linalg.norm(b)
    c = a @ b / (na * nb)
    return -(b / (na * nb) - c * a / na ** 2), -(a / (na * nb) - c * b / nb ** 2)
"""
    assert written(text).check("cosine_loss").outcome == "correct"
    assert written(text, "c * a / na ** 2", "c * a / na").check("cosine_loss").outcome == "wrong"


BESIDE = """
D_in, H, D_out = 100, 10, 5
w1, w2 = np.random.randn(D_in, H), np.random.randn(H, D_out)
def forward(x):
    h = np.tanh(x.dot(w1))
    return h.dot(w2), (x, h)
def backward(grad_y_pred, cache):
    x, h = cache
    grad_h = grad_y_pred.dot(w2.T) * (1 - h ** 2)
    grad_w2 = h.T.dot(grad_y_pred)
    grad_w1 = x.T.dot(grad_h)
    return grad_w1, grad_w2
"""


def test_weights_beside_a_network_are_all_that_it_owes(written):
    assert written(BESIDE).check("forward").outcome == "hazards"  # global arrays, and nothing for its input
    assert written(BESIDE, "x.T.dot(grad_h)", "x.T.dot(grad_h) / len(x)").check("forward").outcome == "wrong"


SIGNS = """
class LinearSVM:
    def loss(self, w, X, y):
        return 0.5 * w @ w + np.sum(np.maximum(0, 1 - y * (X @ w)))
    def gradient(self, w, X, y):
        return w - X.T @ (y * (1 - y * (X @ w) > 0))
"""


def test_a_hinge_has_signs_for_targets(written):
    assert written(SIGNS).check("LinearSVM").outcome == "correct"
    assert written(SIGNS, "(1 - y * (X @ w) > 0)", "(1 - X @ w > 0)").check("LinearSVM").outcome == "wrong"


NORM = """
class BatchNorm:
    def __init__(self, num_features):
        self.gamma, self.running_var, self.training = np.ones(num_features), np.ones(num_features), True
    def forward(self, x):
        if self.training:
            self.running_var = 0.9 * self.running_var + 0.1 * x.var(axis=0)
        self.scale = 1 if self.training else 1 / np.sqrt(self.running_var)
        self.x = x
        return self.gamma * x * self.scale
    def backward(self, dout):
        self.dgamma = (dout * self.x * self.scale).sum(axis=0)
        return dout * self.gamma * self.scale
"""


def test_what_a_layer_has_seen_in_training_counts_in_eval_mode(written):
    assert written(NORM).check("BatchNorm").outcome == "correct"
    report = written(NORM, "return dout * self.gamma * self.scale", "return dout * self.gamma").check("BatchNorm")
    assert "eval mode" in findings(report, "warn", "values")[0].message


def test_a_lone_sigmoid_is_told_no_softmax(written):
    text = EACH["a neuron of lists"].replace("np.tanh(total)", "1 / (1 + np.exp(-total))")
    text = text.replace("(1 - self.output ** 2)", "self.output * (1 - self.output)")
    assert written(text).check("Neuron").outcome == "correct"
    report = written(text, "error * self.output * (1 - self.output)", "error").check("Neuron")
    said = [d.message for f in report.findings for d in f.diagnosis]
    assert report.outcome == "wrong" and said and not any("sum(axis=-1" in message for message in said)
