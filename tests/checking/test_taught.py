"""Layers as courses and books teach them: cells, shared tables of words, flags, layers within layers."""

import numpy as np
import pytest

from .reports import findings

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
