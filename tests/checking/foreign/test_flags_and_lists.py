"""What is given beside data: flags, all of forward's arguments as one, how many classes there are; rows that are lists."""

import json

import pytest

from ..reports import findings

RIGHT = {
    "rows that are lists of numbers": (
        """
def scaled_forward(X, gamma): return [[v * g for v, g in zip(row, gamma)] for row in X], None
def scaled_backward(dY, X, gamma, cache):
    dX = [[d * g for d, g in zip(row, gamma)] for row in dY]
    return dX, [sum(d * v for d, v in zip(ds, vs)) for ds, vs in zip(zip(*dY), zip(*X))]
""",
        ("[[d * g", "[[-d * g"),
    ),
    "all that forward was given, as one": (
        """
def leaky_forward(values, slope): return np.maximum(values, values * slope), None
def leaky_backward(grad, inputs, cache):
    values, slope = inputs
    below = values < 0
    return grad * np.where(below, slope, 1), np.sum(grad * values * below, axis=0)
""",
        ("np.where(below, slope, 1)", "np.where(below, 1, slope)"),
    ),
    "a flag that speaks of gradients": (
        """
class Lookup:
    def __init__(self, W): self.W = W
    def __call__(self, ids, args):
        self.ids = ids
        return self.W[ids]
    def backward(self, dout, return_grad=False):
        self.dW = np.zeros_like(self.W)
        np.add.at(self.dW, self.ids, dout)
        return (1, self.dW) if return_grad else 1
""",
        ("self.ids, dout)", "self.ids, 2 * dout)"),
    ),
    "one class of so many": (
        """
def wanted(target, num_classes):
    hot = np.full(num_classes, 0.1 / num_classes)
    hot[target] += 0.9
    return hot
def smooth_loss(logits, target, num_classes):
    hot = np.full(num_classes, 0.1 / num_classes)
    hot[target] += 0.9
    return np.log(np.exp(logits).sum()) - np.sum(hot * logits)
def smooth_loss_gradient(logits, target, num_classes):
    return np.exp(logits) / np.exp(logits).sum() - wanted(target, num_classes)
""",
        ("- wanted(", "+ wanted("),
    ),
    "how much each example counts": (
        """
def weighted_loss_grad(theta, X, y, sample_weight):
    p, total = 1 / (1 + np.exp(-X @ theta)), sample_weight.sum()
    loss = -(sample_weight * (y * np.log(p) + (1 - y) * np.log(1 - p))).sum() / total
    return loss, X.T @ (sample_weight * (p - y)) / total
""",
        ("(sample_weight * (p - y))", "(p - y)"),
    ),
    "a share of what is foretold": (
        """
def quantile_loss(preds: np.ndarray, outputs: np.ndarray, share: float):
    diff = outputs - preds
    return np.where(diff > 0, (1.0 - share) * diff, -share * diff)
def quantile_loss_grad(preds: np.ndarray, outputs: np.ndarray, share: float):
    return np.where(outputs > preds, share - 1.0, share)
""".replace("share", "percentile"),
        ("outputs > preds", "outputs < preds"),
    ),
    "three axes above, and none that forward adds": (
        """
class LayerNorm:
    def __init__(self, dim): self.gamma = np.ones((1, 1, dim))
    def forward(self, x):
        self.x = x
        return self.gamma * x ** 2
    def backward(self, dout):
        B, T, D = dout.shape
        self.dgamma = np.sum(dout * self.x ** 2, axis=(0, 1), keepdims=True)
        return 2 * dout * self.gamma * self.x
""",
        ("axis=(0, 1)", "axis=1"),
    ),
    "a gradient that leaves a word out": (
        """
def ridge_loss_halved(w, X, y): return np.sum((X @ w - y) ** 2) / 2
def ridge_loss_gradient(w, X, y): return X.T @ (X @ w - y)
""",
        ("return X.T @ (X @ w - y)", "return X.T @ (y - X @ w)"),
    ),
    "names that end alike": (
        """
def bowl_np(x): return np.sqrt(1 + x ** 2)
def bowl_grad_np(x): return x / np.sqrt(1 + x ** 2)
""",
        ("return x /", "return 1 /"),
    ),
    "a base's methods, by other names": (
        """
class Couche:
    def propager(self, entree): raise NotImplementedError
    def retro_propager(self, erreur, eta): raise NotImplementedError
class Droite(Couche):
    def __init__(self, n_in, n_out): self.poids = np.random.randn(n_in, n_out)
    def propagation_directe(self, entree):
        self.entree = entree
        return entree @ self.poids
    def retro_propagation(self, erreur_sortie, eta):
        erreur_entree = erreur_sortie @ self.poids.T
        self.poids -= eta * self.entree.T @ erreur_sortie
        return erreur_entree
""",
        ("self.entree.T @ erreur", "2 * self.entree.T @ erreur"),
    ),
    "an error called as elsewhere": (
        """
class Camada:
    def __init__(self, n_in, n_out): self.pesos, self.vies = np.random.randn(n_in, n_out), np.zeros((1, n_out))
    def forward(self, input):
        self.input = input
        return input @ self.pesos + self.vies
    def retropagation(self, erro_output, taxa):
        back = erro_output @ self.pesos.T
        self.pesos -= taxa * self.input.T @ erro_output
        self.vies -= taxa * erro_output.sum(axis=0)
        return back
""",
        ("back = erro_output", "back = -erro_output"),
    ),
}


@pytest.mark.parametrize(("text", "edit"), RIGHT.values(), ids=RIGHT)
def test_right_layers_are_told_right_and_slips_in_them_wrong(written, text, edit):
    assert written(text).check().outcome in ("correct", "hazards")
    assert written(text, *edit).check().outcome in ("wrong", "factor")


TWICE = """
class Square:
    def forward(self, x):
        self.x = x
        return lib.square(x)
    def backward(self, dout): return 2 * dout * self.x
"""


def test_a_page_that_begins_again_with_another_library_has_both(written):
    cells = ["import numpy as np\n" + TWICE.replace("lib", "np"), "import mxnet\n" + TWICE.replace("lib", "mxnet")]
    page = {"cells": [{"cell_type": "code", "source": c} for c in cells]}
    reports = written(json.dumps(page), at="both.ipynb").checks()
    assert [r.outcome for r in reports.values()] == ["correct", "not-set-up"]


STEPPED = """
class Capa:
    def __init__(self, n_in, n_out): self.pesos, self.sesgos = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x, self.mascara = x, np.ones((len(x), self.pesos.shape[1]))
        return (x @ self.pesos + self.sesgos) * self.mascara
    def backward(self, dout, lr):
        m = self.x.shape[0]
        dz = dout * self.mascara
        dx = dz @ self.pesos.T
        self.pesos -= lr * (self.x.T @ dz) / m
        self.sesgos -= lr * dz.sum(axis=0) / m
        return dx
"""


def test_no_edit_spoils_the_gradient_that_a_layer_hands_down(written):
    report = written(STEPPED).check()
    lines = [f.where.rpartition(":")[2] for f in findings(report, "fail", "values")]
    assert report.outcome == "factor" and lines == ["11", "12"]
