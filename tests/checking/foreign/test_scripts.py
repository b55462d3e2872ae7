"""Files that train at their top level: the loop is a function of data and targets, and is never run as a script."""

import pytest

from ..reports import reasons

SIGMOID = """
def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
np.random.seed(1)

# weights with mean 0
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1

for j in range(60000):
    l1 = nonlin(np.dot(X, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    l2_error = y - l2
    if j % 10000 == 0:
        print("Error:", np.mean(np.abs(l2_error)))
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1, deriv=True)
    syn1 += l1.T.dot(l2_delta)
    syn0 += X.T.dot(l1_delta)
"""
RELU = """
N, D_in, H, D_out = 64, 10, 8, 3
x = np.random.randn(N, D_in)
y = np.random.randn(N, D_out)

w1 = np.random.randn(D_in, H)
w2 = np.random.randn(H, D_out)
for t in range(500):
    h = x.dot(w1)
    h_relu = np.maximum(h, 0)
    y_pred = h_relu.dot(w2)
    loss = np.square(y_pred - y).sum()
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.T.dot(grad_y_pred)
    grad_h = grad_y_pred.dot(w2.T)
    grad_h[h < 0] = 0
    grad_w1 = x.T.dot(grad_h)
    w1 -= 1e-6 * grad_w1
    w2 -= 1e-6 * grad_w2
"""
PENALTY = """
X = np.random.randn(60, 5)
Y = np.eye(3)[np.random.randint(0, 3, 60)]
W = np.random.randn(5, 3) * 0.1
lr, reg = 0.1, 1e-3
for it in range(100):
    P = np.exp(X @ W)
    P /= P.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(P)) / len(X) + reg * np.sum(W * W)
    W = W - lr * (X.T @ (P - Y) / len(X) + 2 * reg * W)
    lr *= 0.99
"""
COUNTED = """
m = 100
X = 2 * np.random.rand(m, 1)
y = 4 + 3 * X + np.random.randn(m, 1)
X_b = np.c_[np.ones((m, 1)), X]
eta = 0.1
theta = np.random.randn(2, 1)
for iteration in range(1000):
    gradients = 2 / m * X_b.T.dot(X_b.dot(theta) - y)
    theta = theta - eta * gradients
"""
NAMELESS = """
history = []
training_set = np.array([[0, 0, 1], [1, 1, 1], [1, 0, 1], [0, 1, 1]])
expected = np.array([[0], [1], [1], [0]])
synaptic_weights = 2 * np.random.random((3, 1)) - 1
for i in range(10000):
    output = 1 / (1 + np.exp(-np.dot(training_set, synaptic_weights)))
    error = expected - output
    delta = error * output * (1 - output)
    synaptic_weights += np.dot(training_set.T, delta)
    history.append(np.sum(error ** 2))
"""
FORMS = {
    "data of another name": (NAMELESS, ("weights += np.dot", "weights -= np.dot"), "the sign is wrong"),
    "a penalty of its own": (PENALTY, ("(X.T @", "(-X.T @"), "the sign is wrong"),
    "as many as are drawn": (COUNTED, ("2 / m", "-2 / m"), "the sign is wrong"),
    "added without a rate": (
        SIGMOID,
        ("l2_delta.dot(syn1.T)", "l2_error.dot(syn1.T)"),
        "`l2_error` should read `l2_delta`",
    ),
    "a number for a rate": (RELU, ("grad_y_pred.dot(w2.T)", "-grad_y_pred.dot(w2.T)"), "the sign is wrong"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_script_that_trains_is_a_layer(form, written):
    text, slip, said = FORMS[form]
    assert written(text).check("layers").outcome == "correct"
    report = written(text, *slip).check("layers")
    assert report.outcome in ("wrong", "factor")
    assert said in " ".join(d.message for d in reasons(report))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y_pred - y)", "y_pred)"),  # nothing it is held against
        ("w1 = np.random.randn(D_in, H)\nw2", "if True: w1 = np.random.randn(D_in, H)\nw2"),  # made under a condition
        ("w1 -= 1e-6 * grad_w1\n    w2 -= 1e-6 * grad_w2", "print(grad_w1, grad_w2)"),  # nothing is learnt
    ],
)
def test_other_loops_are_left_alone(old, new, written):
    assert written(RELU, old, new).layers == {}
