"""Weights at a file's top level, which a network's two functions read: they are held, and their gradients checked."""

import pytest

from ..reports import findings, named

NETWORK = """
W1 = np.random.randn(2, 4)
b1 = np.zeros((1, 4))
W2 = np.random.randn(4, 1)
b2 = np.zeros((1, 1))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def forward(X):
    A1 = np.tanh(X @ W1 + b1)
    A2 = sigmoid(A1 @ W2 + b2)
    return A1, A2
def backward(X, Y, A1, A2):
    m = len(X)
    dZ2 = A2 - Y
    dW2 = A1.T @ dZ2 / m
    db2 = np.sum(dZ2, axis=0, keepdims=True) / m
    dZ1 = dZ2 @ W2.T * (1 - A1**2)
    dW1 = X.T @ dZ1 / m
    db1 = np.sum(dZ1, axis=0, keepdims=True) / m
    return dW1, db1, dW2, db2
"""


def test_a_network_is_right_with_one_hazard_for_each_function(written):
    report = written(NETWORK).check("forward")
    assert report.outcome == "hazards" and report.verdict.status == "proved", report
    told = [f.message.partition(":")[0] for f in findings(report, "warn")]
    assert told == ["forward uses the global arrays W1, b1, W2, b2", "backward uses the global array W2"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (" * (1 - A1**2)", "", "factor"),
        ("X.T @ dZ1 / m", "X.T @ dZ1", "scale-n"),
        ("dZ2 @ W2.T", "-dZ2 @ W2.T", "sign"),
    ],
)
def test_its_slips_are_named(written, old, new, code):
    report = written(NETWORK, old, new).check("forward")
    assert not report.ok and code in named(report, "fail"), report


def test_only_the_last_output_s_may_be_returned(written):
    anew = "backward(X, Y, A2):\n    A1 = np.tanh(X @ W1 + b1)"
    text = NETWORK.replace("return A1, A2", "return A2").replace("backward(X, Y, A1, A2):", anew)
    assert written(text).check("forward").ok


STEPPED = """
lr = 0.5
W = np.random.randn(3, 2) * 0.1
b = np.zeros(2)
def forward(X):
    global out
    e = np.exp(X @ W + b)
    out = e / e.sum(axis=1, keepdims=True)
    return out
def backward(X, y):
    global W, b, change
    d = (out - y) / len(X)
    change = np.abs(d)
    W = W - lr * (X.T @ d)
    b = b - lr * d.sum(axis=0)
"""


@pytest.mark.parametrize("steps", ["= {0} -", "-="])
def test_they_may_be_stepped_by_a_rate_beside_them(written, steps):
    text = STEPPED
    for name in "Wb":
        text = text.replace(f"{name} = {name} -", f"{name} {steps.format(name)}")
    report = written(text).check()
    assert report.outcome == "hazards" and report.verdict.status == "proved", report
    assert {f.code for f in findings(report, "warn") if f.code[:6] == "source"} == {"source-global"}
    wrong = written(text, "X.T @ d", "X.T @ out").check()
    assert wrong.outcome == "wrong" and "never used" not in str(wrong)


WRITTEN = """
W1 = np.random.randn(3, 4) * 0.5
W2 = np.random.randn(4, 2) * 0.5
def forward(x):
    h = np.tanh(x @ W1)
    return h, h @ W2
def backward(x, h, y, t):
    global W1, W2
    d = y - t
    dW2 = h.T @ d
    dW1 = x.T @ (d @ W2.T * (1 - h ** 2))
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""
AT_ONCE = """
W = np.random.randn(4, 2)
b = np.zeros(2)
def forward(x):
    return x @ W + b
def train_step(x, t):
    global W, b
    d = 2 * (forward(x) - t) / len(x)
    dW, db = x.T @ d, d.sum(axis=0)
    W -= 0.1 * dW
    b -= db * 0.1
"""


@pytest.mark.parametrize(
    ("text", "old", "new"), [(WRITTEN, "1 - h ** 2", "1 - h"), (AT_ONCE, "= x.T @ d,", "= -x.T @ d,")]
)
def test_the_rate_may_be_a_number_and_the_output_be_given_as_y(written, text, old, new):
    report = written(text).check("forward")
    assert report.outcome == "hazards" and report.verdict.status == "proved", report
    assert written(text, old, new).check("forward").outcome in ("wrong", "factor")
