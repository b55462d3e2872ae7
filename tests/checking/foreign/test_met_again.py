"""Costs and layers met again by other habits: gradients in a list, one class by its number, steps handed to others."""

import numpy as np
import pytest

from derivexplain.foreign.asking.outputs import is_number

from ..reports import findings

RIGHT = {  # what it is called, its text, a slip
    "score_loss": ("""
def score_loss(X, y, w, b, reg=0.0):
    s = X @ w.T + b
    loss = np.mean(np.sum(s ** 2, axis=1) / 2 - s[np.arange(len(X)), y]) + 0.5 * reg * np.sum(w * w)
    s[np.arange(len(X)), y] -= 1
    s /= len(X)
    grad_w = s.T @ X + reg * w
    grad_b = s.sum(axis=0)
    return loss, [grad_w, grad_b]
""", ("s.sum(axis=0)", "2 * s.sum(axis=0)")),
    "smoothed": ("""
def smoothed(logits, target_index, num_classes, alpha=0.1):
    p = np.exp(logits) / np.sum(np.exp(logits))
    t = np.full(num_classes, alpha / num_classes)
    t[target_index] = 1 - alpha + alpha / num_classes
    return -np.sum(t * np.log(p))

def smoothed_gradient(logits, target_index, num_classes, alpha=0.1):
    p = np.exp(logits) / np.sum(np.exp(logits))
    t = np.full(num_classes, alpha / num_classes)
    t[target_index] = 1 - alpha + alpha / num_classes
    return p - t
""", ("return p - t", "return p - t * p")),
    "triplet_forward": ("""
def triplet_forward(anchors, positives, negatives, margin=0.5):
    near = np.sum((anchors - positives) ** 2, axis=1)
    dist_far = np.sum((anchors - negatives) ** 2, axis=1)
    loss = np.mean(np.maximum(0, near - dist_far + margin))
    return loss, near, dist_far

def triplet_gradient(anchors, positives, negatives, margin=0.5):
    gap = np.sum((anchors - positives) ** 2, axis=1) - np.sum((anchors - negatives) ** 2, axis=1)
    on = 2 * (gap + margin > 0)[:, None] / len(anchors)
    return on * (negatives - positives), on * (positives - anchors), on * (anchors - negatives)
""", ("on * (positives - anchors)", "on * (anchors - positives)")),
    "multiclass_loss": ("""
def multiclass_loss(scores, y):
    'The hinge loss of all rows, and the gradient for their scores.'
    gaps = np.maximum(0, scores - scores[np.arange(len(y)), y][:, None] + 1)
    gaps[np.arange(len(y)), y] = 0
    loss, over = gaps.sum() / len(y), (gaps > 0) / len(y)
    over[np.arange(len(y)), y] = -over.sum(axis=1)
    return loss, 1.0 * over
""", ("= -over", "= over")),
    "word_loss": ("""
def word_loss(center, outside, negatives):
    'center (D,), outside (D,), negatives (K, D): the loss and its three gradients'
    p, q = (1 / (1 + np.exp(-z)) for z in (outside @ center, -negatives @ center))
    grad_center = (p - 1) * outside + (1 - q) @ negatives
    loss, grad_outside, grad_negatives = -np.log(p) - np.log(q).sum(), (p - 1) * center, np.outer(1 - q, center)
    return loss, grad_center, grad_outside, grad_negatives
""", ("outside + (1 - q)", "outside - (1 - q)")),
    "attend": ("""
def attend(query, keys):
    'query (B, E), keys (B, T, E)'
    weights = np.einsum('be,bte->bt', query, keys)
    context = np.einsum('bt,bte->be', weights, keys)
    return context, (query, keys, weights)

def attend_backward(dcontext, cache):
    query, keys, weights = cache
    dw = np.einsum('be,bte->bt', dcontext, keys)
    dkeys = weights[:, :, None] * dcontext[:, None] + dw[:, :, None] * query[:, None]
    return np.einsum('bt,bte->be', dw, keys), dkeys
""", ("+ dw[", "- dw[")),
    "costFunction": ("""
def costFunction(theta, X, y, lambda_n=1.0):
    r = X.dot(theta) - y
    return r.dot(r) / (2 * y.size) + lambda_n / 2 * theta[1:].dot(theta[1:])

def gradient(theta, X, y):
    return X.T.dot(X.dot(theta) - y) / y.size

def gradientReg(theta, X, y, lambda_n=1.0):
    return gradient(theta, X, y) + lambda_n * np.concatenate([[0], theta[1:]])
""", ("+ lambda_n * np", "+ 2 * np")),
    "Net": ("""
class Net:
    def __init__(self, n_in, n_out, alfa=0.1):
        self.alfa = alfa
        self.W = [np.random.randn(n_in, 3), np.random.randn(3, n_out)]
    def forward(self, X):
        kept = [X]
        for W in self.W:
            kept.append(np.tanh(kept[-1] @ W))
        self.kept = kept
        return kept[-1]
    def backward(self, dout):
        self.grads = [None, None]
        for i in (1, 0):
            dout = dout * (1 - self.kept[i + 1] ** 2)
            self.grads[i] = self.kept[i].T @ dout + self.alfa * self.W[i]
            dout = dout @ self.W[i].T
        return dout
""", ("+ self.alfa", "+ self.kept[i].T @ dout + self.alfa")),
    "Dense": ("""
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad, optimizer=None):
        dx = grad @ self.W.T
        if optimizer is not None:
            self.W = optimizer(self.W, self.x.T @ grad)
        return dx
""", ("self.x.T @ grad", "2 * self.x.T @ grad")),
    "Full": ("""
class Full:
    def __init__(self, units, activation):
        self.units, self.activation = units, activation
    def forward(self, A_prev, W, b):
        Z = np.dot(A_prev, W) + b
        return self.activation.forward(Z), Z
    def backward(self, dA, A_prev, W, b, Z):
        dZ = self.activation.backward(Z, dA)
        return np.dot(dZ, W.T), np.dot(A_prev.T, dZ), np.sum(dZ, axis=0)
""", ("np.dot(dZ, W.T)", "np.dot(dA, W.T)")),
    "Dropped": ("""
class Dropped:
    def __init__(self, keep_prob):
        self.keep_prob, self.mask = keep_prob, None
    def forward(self, x, training=False):
        if not training:
            return x
        self.mask = np.random.binomial(1, self.keep_prob, size=x.shape[1:]) / self.keep_prob
        return x * self.mask
    def backward(self, grads):
        return None, None, grads * self.mask
""", ("grads * self.mask", "grads * self.keep_prob")),
    "EntropiaCruzada": ("""
class EntropiaCruzada:
    def calcular(self, y_verdadeiro, y_previsto):
        p = np.clip(y_previsto, 1e-15, 1)
        return -np.mean(np.sum(y_verdadeiro * np.log(p), axis=-1))
    def gradiente(self, y_verdadeiro, y_previsto):
        return -y_verdadeiro / np.clip(y_previsto, 1e-15, 1) / len(y_previsto)
""", ("-y_verdadeiro / np", "(1 - y_verdadeiro) / np")),
    "Mixed": ("""
class Mixed:
    def forward(self, AL, Y):
        return -np.sum(np.dot(np.log(AL).T, Y) + np.dot(np.log(1 - AL.T), 1 - Y)) / len(Y)
    def backward(self, AL, Y):
        return (-Y / AL + (1 - Y) / (1 - AL)) / len(Y)
""", ("(1 - Y) /", "Y /")),
    "column_cost": ("""
def column_cost(theta, X, y, l):
    free = np.ones((len(theta), len(theta[0])))
    free[0, 0] = 0
    r = X @ theta - y
    J = np.sum(r.T @ r) + l / (2 * len(y)) * np.sum((free * theta) ** 2) - np.sum(y.T @ y)
    grad = 2 * X.T @ r + l / len(y) * free * theta
    return J, grad
""", ("* free * theta\n", "* theta\n")),
    "Looked": ("""
class Looked:
    def __init__(self, embeded_matrix):
        self.kept = embeded_matrix
        self.grads = np.zeros_like(self.kept.copy())
    def forward(self, index):
        self.index = index
        return self.kept[index]
    def backward(self, dout):
        self.grads[...] = 0
        np.add.at(self.grads, self.index, dout)
""", ("np.add.at(self.grads, self.index, dout)", "self.grads[self.index] = dout")),
    "Rows": ("""
class Rows:
    def __init__(self, n_in, n_out, batch_size=1):
        self.W, self.b = np.random.randn(n_in, n_out), np.random.randn(batch_size, n_out)
    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b
    def backward(self, dout):
        self.dW, self.db = np.dot(self.x.T, dout), dout.copy()
        return np.dot(dout, self.W.T)
""", ("self.x.T, dout)", "self.x.T, 2 * dout)")),
}  # fmt: skip
HEADS = """
class Dense:
    def __init__(self, n, m):
        self.w = np.random.randn(n, m)
    def forward(self, x):
        self.x = x
        return x @ self.w
    def backward(self, grad, optimizer, key):
        dw = self.x.T @ grad
        dx = grad @ self.w.T
        optimizer.update([self.w], [dw], key)
        return dx

class Heads:
    def __init__(self, dim, heads=2):
        self.d_k = dim // heads
        self.wq, self.wo = Dense(dim, dim), Dense(dim, dim)
    def forward(self, x):
        return self.wo.forward(self.wq.forward(x) / np.sqrt(self.d_k) + 1)
    def backward(self, grad, optimizer, key):
        g = self.wo.backward(grad, optimizer, key + "_wo") / np.sqrt(self.d_k)
        return self.wq.backward(g, optimizer, key + "_wq")
"""
ELSEWHERE = """
class Fitted:
    def __init__(self, X, y):
        self.X, self.y = X, y
        self.w, self.b = np.zeros((X.shape[1], 1)), 0
    def predict(self, X):
        return np.dot(X, self.w) + self.b
    def gradiente(self, pred):
        erro = pred - self.y
        return np.dot(self.X.T, erro) / len(erro), np.mean(erro)
"""


@pytest.mark.parametrize("name", RIGHT)
def test_right_by_a_habit_of_its_own(name, written):
    text, slip = RIGHT[name]
    assert written(text).check(name).ok
    report = written(text, *slip).check(name)
    assert not report.ok and report.outcome != "crashes"


def test_a_root_in_an_outer_layer_does_not_accuse_an_inner_one(written):
    report = written(HEADS, '"_wo") / np.sqrt(self.d_k)', '"_wo")').check("Heads")
    assert report.outcome in ("wrong", "factor")
    assert not [f for f in findings(report, "fail") if "gradient for wo" in f.message]


def test_what_comes_out_of_each_layer_is_no_array():
    assert is_number([np.ones(3), np.ones(3)]) and not is_number([np.ones(3), np.ones(2)])


def test_a_gradient_of_a_cost_that_stands_elsewhere_makes_no_layer_of_a_prediction(written):
    assert not written(ELSEWHERE).layers
    assert written(ELSEWHERE, "return np.dot(X, self.w)", "return self.y * np.dot(X, self.w)").layers
