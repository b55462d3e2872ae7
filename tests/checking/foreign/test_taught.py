"""Layers as courses and books teach them: cells, shared tables of words, flags, layers within layers."""

import numpy as np
import pytest

from ..reports import findings

EACH = {
    "cell": """
class Cell:
    def __init__(self, input_size, hidden_size):
        self.Wx, self.Wh = np.random.randn(hidden_size, input_size), np.random.randn(hidden_size, hidden_size)
    def forward(self, x, h_prev_t):
        self.x, self.hidden = x, h_prev_t
        self.h = np.tanh(self.Wx @ x + self.Wh @ h_prev_t)
        assert self.h.shape == h_prev_t.shape == (len(self.Wh),)
        return self.h
    def backward(self, delta):
        d = delta * (1 - self.h ** 2)
        self.dWx, self.dWh = np.outer(d, self.x), np.outer(d, self.hidden)
        return self.Wx.T @ d, self.Wh.T @ d
""",
    "flag": """
def affine_forward(x, w, b, gamma, beta, use_scale):
    out = x @ w + b
    cache = (x, w, gamma, out)
    if use_scale:
        out = gamma * out + beta
    return out, cache
def affine_backward(dout, cache, use_scale):
    x, w, gamma, out = cache
    dgamma, dbeta = None, None
    if use_scale:
        dgamma, dbeta = (dout * out).sum(axis=0), dout.sum(axis=0)
        dout = gamma * dout
    return dout @ w.T, x.T @ dout, dout.sum(axis=0), dgamma, dbeta
""",
    "returned": """
def norm(hprebn, bngain, bnbias):
    bnraw = (hprebn - hprebn.mean(0, keepdims=True)) * (bnvar_inv := hprebn.var(0, keepdims=True, ddof=1) ** -0.5)
    hpreact = bngain * bnraw + bnbias
    return hpreact, (bnraw, bngain, bnvar_inv, len(hprebn))
def norm_backward(dhpreact, cache):
    bnraw, bngain, bnvar_inv, n = cache
    mixed = n / (n - 1) * bnraw * (dhpreact * bnraw).sum(0)
    dhprebn = bngain * bnvar_inv / n * (n * dhpreact - dhpreact.sum(0) - mixed)
    return dhprebn, (bnraw * dhpreact).sum(0), dhpreact.sum(0)
""",
    "both ways": """
class BothLSTM:
    def __init__(self, Wx1, Wh1, b1, Wx2, Wh2, b2):
        self.params = [Wx1, Wh1, b1, Wx2, Wh2, b2]
        self.grads = [np.zeros_like(p) for p in self.params]
    def forward(self, xs):
        N, T, D = xs.shape
        self.xs, H = xs, len(self.params[1])
        self.a = [xs @ self.params[k] + self.params[k + 2] for k in (0, 3)]
        return sum(a[:, ::s, :H] @ self.params[k] for a, k, s in zip(self.a, (1, 4), (1, -1)))
    def backward(self, dhs):
        dxs, H = 0, len(self.params[1])
        for a, k, s in zip(self.a, (0, 3), (1, -1)):
            d, da = dhs[:, ::s], np.zeros_like(a)
            self.grads[k + 1][...] = np.einsum("nth,ntg->hg", a[:, :, :H], d)
            da[:, :, :H] = d @ self.params[k + 1].T
            self.grads[k][...] = np.einsum("ntd,ntg->dg", self.xs, da)
            self.grads[k + 2][...] = da.sum(axis=(0, 1))
            dxs = dxs + da @ self.params[k].T
        return dxs
""",
    "spoken": """
def pull(predicted, target, outputVectors, dataset):
    z = 1 / (1 + np.exp(-outputVectors @ predicted))
    z[target] -= 1
    cost = -np.log(1 / (1 + np.exp(-outputVectors[target] @ predicted)))
    cost -= np.sum(np.log(1 / (1 + np.exp(outputVectors @ predicted)))[np.arange(len(z)) != target])
    return cost, z @ outputVectors, np.outer(z, predicted)
def skipgram(currentWord, C, contextWords, tokens, inputVectors, outputVectors, dataset, costAndGradient=pull):
    cost, gradIn, gradOut = 0.0, np.zeros(inputVectors.shape), np.zeros(outputVectors.shape)
    center = tokens[currentWord]
    for word in contextWords:
        c, gin, gout = costAndGradient(inputVectors[center], tokens[word], outputVectors, dataset)
        cost += c
        gradIn[center] += gin
        gradOut += gout
    return cost, gradIn, gradOut
""",
    "slope by one argument": """
def forward_propagation_1d(x, theta):
    return theta * x
def backward_propagation_1d(x, theta):
    dtheta = x
    return dtheta
""",
    "cost and gradients in a dict": """
def forward_propagation_n(X, Y, parameters):
    A = 1 / (1 + np.exp(-(np.dot(parameters["W1"], X) + parameters["b1"])))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / X.shape[1]
    return cost, (A, parameters["W1"])
def backward_propagation_n(X, Y, cache):
    A, W1 = cache
    dZ1 = A - Y
    m = X.shape[1]
    return {"dZ1": dZ1, "dW1": np.dot(dZ1, X.T) / m, "db1": np.sum(dZ1, axis=1, keepdims=True) / m}
""",
    "a model that ends in its loss": """
class Mean:
    def __init__(self, input_dim, latent_dim):
        self.params = {"Wmu": np.random.randn(input_dim, latent_dim), "bmu": np.zeros(latent_dim)}
        self.grads = {}
    def forward(self, x):
        self.x = x
        self.mu = x @ self.params["Wmu"] + self.params["bmu"]
        return 0.5 * np.sum(self.mu ** 2) / len(x)
    def backward(self):
        g = self.grads
        g["Wmu"] = self.x.T @ self.mu / len(self.x)
        g["bmu"] = self.mu.sum(0) / len(self.x)
        return g
""",
    "energy of what is visible": """
class Machine:
    def __init__(self, n_visible, n_hidden):
        self.W, self.b = np.random.randn(n_visible, n_hidden), np.zeros(n_visible)
    def free_energy(self, v):
        return -v @ self.b - np.sum(np.log(1 + np.exp(v @ self.W)), axis=1)
    def free_energy_grad(self, v):
        return -self.b - 1 / (1 + np.exp(-(v @ self.W))) @ self.W.T
""",
    "frozen weights": """
class Adapted:
    def __init__(self, in_features, out_features, r=2):
        self.W = np.random.randn(in_features, out_features)
        self.A, self.B = np.random.randn(in_features, r), np.random.randn(r, out_features)
    def forward(self, x):
        self.x = x
        return x @ self.W + x @ self.A @ self.B
    def backward(self, dout):  # W is frozen
        self.dB, self.dA = (self.x @ self.A).T @ dout, self.x.T @ (dout @ self.B.T)
        return dout @ self.W.T + dout @ self.B.T @ self.A.T
""",
    "cost of capital letters": """
def softmax_regression(W, X, Y, lam):
    S = np.exp(X @ W)
    P = S / S.sum(1, keepdims=True)
    loss = -np.sum(Y * np.log(P)) / len(X) + 0.5 * lam * np.sum(W ** 2)
    dW = X.T @ (P - Y) / len(X) + lam * W
    return loss, dW
""",
    "tags of a sequence": """
class Chain:
    def __init__(self, num_tags):
        self.transitions = np.random.randn(num_tags, num_tags)
    def forward(self, emissions, tags):
        self.shape, self.tags = emissions.shape, tags
        return -emissions[np.arange(len(tags)), tags].sum() - self.transitions[tags[:-1], tags[1:]].sum()
    def backward(self):
        self.dtransitions, demissions = np.zeros_like(self.transitions), np.zeros(self.shape)
        np.subtract.at(self.dtransitions, (self.tags[:-1], self.tags[1:]), 1)
        demissions[np.arange(len(self.tags)), self.tags] = -1
        return demissions
""",
    "a centre for each class": """
class Centers:
    def __init__(self, num_classes, feat_dim):
        self.centers = np.random.randn(num_classes, feat_dim)
    def forward(self, x, labels):
        self.labels, self.diff = labels, x - self.centers[labels]
        return 0.5 * np.sum(self.diff ** 2)
    def backward(self):
        self.dcenters = np.zeros_like(self.centers)
        np.subtract.at(self.dcenters, self.labels, self.diff)
        return self.diff
""",
    "one example at a time": """
class Network:
    def __init__(self, sizes):
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = 1 / (1 + np.exp(-np.dot(w, a) - b))
        return a
    def backprop(self, x, y):
        nabla_b, nabla_w, activations = [], [], [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(1 / (1 + np.exp(-np.dot(w, activations[-1]) - b)))
        delta = activations[-1] - y
        for k in range(1, len(self.weights) + 1):
            a = activations[-k - 1]
            nabla_b.insert(0, delta)
            nabla_w.insert(0, np.dot(delta, a.transpose()))
            delta = np.dot(self.weights[-k].transpose(), delta) * a * (1 - a)
        return nabla_b, nabla_w
    def size(self):
        return sum(np.linalg.norm(w) ** 2 for w in self.weights)
""",
    "users and items": """
class Pairwise:
    def __init__(self, n_users, n_items, k):
        self.U, self.V = np.random.randn(n_users, k), np.random.randn(n_items, k)
    def forward(self, u, i):
        self.u, self.i = u, i
        self.x = np.sum(self.U[u] * self.V[i], axis=1)
        return np.mean(np.exp(-self.x))
    def backward(self):
        g = -np.exp(-self.x)[:, None] / len(self.x)
        self.dU, self.dV = np.zeros_like(self.U), np.zeros_like(self.V)
        np.add.at(self.dU, self.u, g * self.V[self.i])
        np.add.at(self.dV, self.i, g * self.U[self.u])
""",
    "a number for each row": """
class Mixture:
    def forward(self, logits, mu, log_sigma, y):
        e = np.exp(logits)
        self.pi, self.sigma = e / e.sum(axis=1, keepdims=True), np.exp(log_sigma)
        self.u = (y[:, None] - mu) / self.sigma
        dens = self.pi * np.exp(-0.5 * self.u ** 2) / self.sigma
        self.gamma = dens / dens.sum(axis=1, keepdims=True)
        return -np.log(dens.sum(axis=1)).mean()
    def backward(self):
        n = len(self.u)
        return (self.pi - self.gamma) / n, -self.gamma * self.u / self.sigma / n, self.gamma * (1 - self.u ** 2) / n
""",
    "a loss of one argument and data": """
class Weighed:
    def forward(self, logp, old_logp, adv):
        self.ratio, self.adv = np.exp(logp - old_logp), adv
        return -np.mean(self.ratio * adv)
    def backward(self):
        return -(self.ratio * self.adv) / self.ratio.size
""",
    "widths of any name": """
class Scored:
    def __init__(self, enc_dim, dec_dim, attn_dim):
        self.Wa, self.Ua = np.random.randn(dec_dim, attn_dim), np.random.randn(enc_dim, attn_dim)
    def forward(self, s, H):
        self.s, self.H = s, H
        self.u = np.tanh((s @ self.Wa)[:, None, :] + H @ self.Ua)
        return self.u
    def backward(self, du):
        d = du * (1 - self.u ** 2)
        self.dWa, self.dUa = self.s.T @ d.sum(axis=1), np.einsum("nth,nta->ha", self.H, d)
        return d.sum(axis=1) @ self.Wa.T, d @ self.Ua.T
""",
}


@pytest.mark.parametrize("text", EACH.values(), ids=EACH)
def test_what_is_taught_is_understood(written, text):
    for report in written(text).checks().values():
        assert report.outcome in ("correct", "hazards") and report.verdict.status == "proved", str(report)


SAMPLED = """
import collections
class Loss:
    def forward(self, x, t):
        self.t, self.y = t, 1 / (1 + np.exp(-x))
        return -np.sum(np.log(np.where(t == 1, self.y, 1 - self.y) + 1e-7)) / len(t)
    def backward(self, dout=1):
        return (self.y - self.t) * dout / len(self.t)
class Dot:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]
    def forward(self, h, idx):
        self.h, self.idx = h, idx
        return np.sum(self.params[0][idx] * h, axis=1)
    def backward(self, dout):
        self.grads[0][...] = 0
        np.add.at(self.grads[0], self.idx, dout[:, None] * self.h)
        return dout[:, None] * self.params[0][self.idx]
class SamplingLoss:
    def __init__(self, W, corpus, sample_size=2):
        counts = collections.Counter(corpus)
        self.p = np.array([counts[k] for k in range(len(counts))]) ** 0.75
        self.losses = [Loss() for _ in range(sample_size + 1)]
        self.dots = [Dot(W) for _ in range(sample_size + 1)]
        self.params, self.grads = [], []
        for layer in self.dots:
            self.params += layer.params
            self.grads += layer.grads
    def forward(self, h, target):
        loss = 0
        for k, (dot, last) in enumerate(zip(self.dots, self.losses)):
            drawn = np.random.choice(len(self.p), size=len(target), p=self.p / self.p.sum())
            loss += last.forward(dot.forward(h, drawn if k else target), np.full(len(target), int(k == 0)))
        return loss
    def backward(self, dout=1):
        return sum(dot.backward(last.backward(dout)) for dot, last in zip(self.dots, self.losses))
"""


def test_a_table_of_words_that_layers_share_has_the_gradients_of_all_of_them(written):
    report = written(SAMPLED).check("SamplingLoss")
    assert report.outcome == "correct", str(report)
    assert (
        report.verdict.status == "agrees" and "proved" in report.verdict.note
    )  # without the guard of a layer within


FAR = """
def cost(u, v):
    z = 1 / (1 + np.exp(-np.dot(u, v)))
    return -np.log(1.0 - z)
def cost_backward(u, v):
    z = 1 / (1 + np.exp(-np.dot(u, v)))
    return z * v, z * u
"""


@pytest.mark.parametrize(("kept", "outcome"), (("np.dot(u, v)", "correct"), ("min(np.dot(u, v), 36.5)", "wrong")))
def test_what_forward_rounds_away_at_large_numbers_is_no_fault_of_backward(written, kept, outcome):
    given = np.array([0.7, -0.9, 1.1]), np.array([1.3, -1.2, 2.0])
    report = written(FAR.replace("np.dot(u, v)", kept, 1)).check("cost", inputs=given)
    assert report.outcome == outcome, str(report)


WITHIN = """
class Blur:
    def __init__(self, kernel):
        self.kernel = kernel
    def forward(self, A):
        self.shape = A.shape
        out = np.zeros((A.shape[0] - self.kernel + 1, A.shape[1] - self.kernel + 1))
        for i, j in np.ndindex(out.shape):
            out[i, j] = A[i:i + self.kernel, j:j + self.kernel].mean()
        return out
    def backward(self, dLdZ):
        dLdA = np.zeros(self.shape)
        for i, j in np.ndindex(dLdZ.shape):
            dLdA[i:i + self.kernel, j:j + self.kernel] += dLdZ[i, j] / self.kernel
        return dLdA
class Twice:
    def __init__(self, kernel):
        self.part = Blur(kernel)
    def forward(self, A):
        return 2 * self.part.forward(A)
    def backward(self, dLdZ):
        return self.part.backward(2 * dLdZ)
"""


def test_a_slip_in_a_layer_within_is_named_where_it_stands(written):
    (said,) = findings(written(WITHIN).check("Twice"), "fail", "values")
    assert "should read `self.kernel ** 2`" in str(said) and said.where.endswith(":14")


def test_a_factor_lost_around_a_layer_within_is_not_laid_to_that_layer(written):
    text = WITHIN.replace("/ self.kernel\n", "/ self.kernel ** 2\n").replace("(2 * dLdZ)", "(dLdZ)")
    (said,) = findings(written(text).check("Twice"), "fail", "values")
    assert said.where.endswith(":22"), said


COLUMN = """
class Linear:
    def __init__(self, in_features, out_features):
        self.W, self.b = np.zeros((out_features, in_features)), np.zeros((out_features, 1))
    def forward(self, A):
        self.A, self.Ones = A, np.ones((len(A), 1))
        return A @ self.W.T + self.Ones @ self.b.T
    def backward(self, dLdZ):
        self.dLdW, self.dLdb = dLdZ.T @ self.A, dLdZ
        return dLdZ @ self.W
"""


def test_a_column_of_biases_that_is_not_summed_is_said_so(written):
    (said,) = findings(written(COLUMN).check("Linear"), "shape")
    assert said.status == "fail" and said.diagnosis[0].code == "unsummed"


WEIGHED = """
def costFunction(X, y, theta, lambda_=0.0):
    m = y.size
    h = X.dot(theta)
    J = np.sum(np.square(h - y)) / (2 * m) + lambda_ / (2 * m) * np.sum(np.square(theta[1:]))
    grad = (h - y).dot(X) / m
    grad[1:] = grad[1:] + lambda_ / m * theta[1:]
    return J, grad
"""


@pytest.mark.parametrize(
    ("old", "outcome"), (("", "correct"), ("grad[1:] = grad[1:] + lambda_ / m * theta[1:]", "wrong"))
)
def test_a_term_that_is_switched_off_by_itself_is_switched_on(written, old, outcome):
    report = written(WEIGHED, *([old, old.replace("[1:]", "")] if old else [])).check("costFunction")
    assert report.outcome == outcome, str(report)


def test_a_term_that_the_cost_has_not_may_be_a_decay(written):
    term = " + lambda_ / (2 * m) * np.sum(np.square(theta[1:]))"
    assert written(WEIGHED, term, "").check("costFunction").outcome == "correct"
