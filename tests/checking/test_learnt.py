"""Parameters that are plain numbers: a gradient that backward gives for one is checked like any other."""

import pytest

from .reports import reasons

KEPT = """
class Bend:
    def __init__(self, alpha=0.25):
        self.alpha, self.{0} = alpha, 0.0
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)
    def backward(self, dout):
        self.{0} = np.sum(dout * self.x * (self.x <= 0))
        return np.where(self.x > 0, dout, self.alpha * dout)
"""
BOXED = """
class Scale:
    def __init__(self):
        self.gamma, self.beta = 1.0, 0.0
    def forward(self, x):
        self.x = x
        return self.gamma * x + self.beta
    def backward(self, dout):
        self.grads = {"gamma": np.sum(dout * self.x), "beta": np.sum(dout)}
        return dout * self.gamma
"""
RETURNED = """
def bend_forward(x, alpha{0}):
    return np.where(x > 0, x, alpha * x), (x, alpha)
def bend_backward(dout, cache):
    x, alpha = cache
    dalpha = np.sum(dout * x * (x <= 0))
    return np.where(x > 0, dout, alpha * dout), dalpha
"""
PLAIN = """
def bend_forward(x, alpha=0.25):
    return np.where(x > 0, x, alpha * x), (x, alpha)
def bend_backward(dout, cache):
    x, alpha = cache
    return np.where(x > 0, dout, alpha * dout), np.sum(dout * x * (x <= 0))
"""
GATE = """
class Gate:
    def forward(self, x, beta=1.0):
        self.x, self.beta, self.s = x, beta, 1 / (1 + np.exp(-beta * x))
        return x * self.s
    def backward(self, dout):
        slope = self.s * (1 - self.s)
        dbeta = np.sum(dout * self.x ** 2 * slope)
        return dout * (self.s + self.beta * self.x * slope), dbeta
"""
EACH = {
    "kept": (KEPT.format("dalpha"), "self.x * (self.x <= 0)", "self.x", "branch"),
    "kept by another name": (KEPT.format("grad_alpha"), "self.x * (self.x <= 0)", "self.x", "branch"),
    "in a box": (BOXED, '"beta": np.sum(dout)', '"beta": 2 * np.sum(dout)', "factor"),
    "returned": (RETURNED.format("=0.25"), "x * (x <= 0)", "x", "branch"),
    "asked for": (RETURNED.format(""), "x * (x <= 0)", "x", "branch"),
    "without a name": (PLAIN, "x * (x <= 0)", "x", "branch"),
    "of a method's argument": (GATE, "self.x ** 2", "self.x", "power"),
}


@pytest.mark.parametrize("way", EACH)
def test_its_gradient_is_proved_or_told(way, written):
    text, old, new, code = EACH[way]
    report = written(text).check()
    assert report.outcome == "correct" and report.verdict.status == "proved", report
    report = written(text, old, new).check()
    assert report.outcome in ("wrong", "factor") and code in {d.code for d in reasons(report)}, report


STEPS = """
class Paths:
    def __init__(self, A):
        self.A = A
    def forward(self, E):
        self.E, self.a = E, np.zeros(E.shape)
        self.a[0] = E[0]
        for t in range(1, len(E)):
            self.a[t] = E[t] + np.log(np.exp(self.a[t - 1][:, None] + self.A).sum(axis=0))
        return np.log(np.exp(self.a[-1]).sum())
    def backward(self, dout=1.0):
        dE, self.dA = np.zeros(self.E.shape), np.zeros(self.A.shape)
        da = dout * np.exp(self.a[-1]) / np.exp(self.a[-1]).sum()
        for t in range(len(self.E) - 1, 0, -1):
            dE[t] = da
            m = np.exp(self.a[t - 1][:, None] + self.A)
            dm = m / m.sum(axis=0) * da
            self.dA += dm
            da = dm.sum(axis=1)
        dE[0] = da
        return dE
"""


def test_what_leads_from_each_to_each_is_no_number(written):
    assert written(STEPS).check().verdict.status == "proved"
    report = written(STEPS, "self.dA += dm", "self.dA = dm").check()
    assert report.outcome == "wrong" and "gradient for A" in str(report.findings)


WINDOWS = """
class Windows:
    def __init__(self, filters, bias, stride=2):
        self.filters, self.bias, self.stride = filters, bias, stride
    def forward(self, x):
        self.x, s = x, self.stride
        F, C, kh, kw = self.filters.shape
        out = np.zeros((len(x), F, (x.shape[2] - kh) // s + 1, (x.shape[3] - kw) // s + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                patch = x[:, :, i * s:i * s + kh, j * s:j * s + kw]
                out[:, :, i, j] = np.tensordot(patch, self.filters, axes=([1, 2, 3], [1, 2, 3])) + self.bias
        return out
    def backward(self, dout):
        dx, self.dfilters, s = np.zeros(self.x.shape), np.zeros(self.filters.shape), self.stride
        kh, kw = self.filters.shape[2:]
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                d = dout[:, :, i, j]
                patch = self.x[:, :, i * s:i * s + kh, j * s:j * s + kw]
                self.dfilters += np.tensordot(d, patch, axes=([0], [0]))
                dx[:, :, i * s:i * s + kh, j * s:j * s + kw] += np.tensordot(d, self.filters, axes=([1], [0]))
        self.dbias = dout.sum(axis=(0, 2, 3))
        return dx
"""


def test_a_bias_has_no_row_for_each_example(written):
    assert written(WINDOWS).check().verdict.status == "proved"
    report = written(WINDOWS, "axis=(0, 2, 3)", "axis=(2, 3)").check()
    assert report.outcome == "wrong" and "unsummed" in {d.code for d in reasons(report)}, report
