"""Costs of linear models, their arguments in any order: what is done with them tells which they are."""

import pytest

from tests.checking.reports import named as slips

BOTH = """
def cost({args}, lam):
    p = 1 / (1 + np.exp(-({x} @ {w})))
    loss = -np.mean({y} * np.log(p) + (1 - {y}) * np.log(1 - p)) + lam / 2 * np.sum({w} ** 2)
    grad = {x}.T @ (p - {y}) / len({y}) + lam * {w}
    return loss, grad
"""
PAIR = """
def huber_loss({args}, {b}):
    e = np.dot({x}, {w}) + {b} - {y}
    return np.mean(np.where(np.abs(e) <= 1, 0.5 * e ** 2, np.abs(e) - 0.5))
def compute_gradient({args}, {b}):
    r = np.clip(np.dot({x}, {w}) + {b} - {y}, -1, 1) / len({y})
    dw = np.dot({x}.T, r)
    db = np.sum(r)
    return dw, db
"""
SOFTMAX = """
def cross_entropy({args}, {b}):
    e = np.exp({x} @ {w} + {b})
    p = e / e.sum(axis=1, keepdims=True)
    d = (p - {y}) / len({x})
    J = -np.sum({y} * np.log(p)) / len({x})
    dw = {x}.T @ d
    db = d.sum(axis=0)
    return J, dw, db
"""
CALLED = """
def predict(A, v):
    return A @ v
def mse_cost({args}):
    e = predict({x}, {w}) - {y}
    loss = e @ e / (2 * e.size)
    grad = {x}.T @ e / e.size
    return loss, grad
"""
LAST = """
def cost({args}):
    e = {x} @ {w}[:-1] + {w}[-1] - {y}
    grad = np.zeros_like({w})
    grad[:-1] = {x}.T @ e / len({y})
    grad[-1] = np.mean(e)
    loss = np.mean(e ** 2) / 2
    return loss, grad
"""
ONES = """
def softmax_cost({args}):
    A = np.column_stack((np.ones(len({x})), {x}))
    e = np.exp(A @ {w})
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum({y} * np.log(p)) / len({x})
    grad = A.T @ (p - {y}) / len({x})
    return loss, grad
"""
NAMED = [
    (BOTH, "Phi T theta"),
    (BOTH, "y_train weights tX"),
    (PAIR, "labels beta features"),
    (SOFTMAX, "Theta A y_onehot"),
    (CALLED, "parameters data y"),
    (LAST, "Y coef design"),
    (ONES, "W X T"),
]
ROLES = {"x": "Phi tX features A data design X", "w": "theta weights beta Theta parameters coef W"}


def named(text, names):
    given = names.split()
    told = {role: next(n for n in given if n in known.split()) for role, known in ROLES.items()}
    (target,) = {*given} - {*told.values()}
    return text.format(args=", ".join(given), y=target, b="w0", **told)


@pytest.mark.parametrize(("text", "names"), NAMED)
def test_what_is_done_with_an_argument_tells_what_it_is(written, text, names):
    report = written(named(text, names)).check("mse_cost" if text is CALLED else "")
    assert report.outcome == "correct" and report.verdict.status == "proved", report


@pytest.mark.parametrize(
    ("text", "names", "edit", "code"),
    [
        (BOTH, "Phi T theta", ("p - T", "p + T"), "sign"),
        (PAIR, "labels beta features", (".T, r)", ".T, r) / 2"), "factor"),
        (LAST, "Y coef design", ("np.mean(e)\n", "np.sum(e)\n"), "scale-n"),
    ],
)
def test_and_a_slip_in_it_is_told(written, text, names, edit, code):
    report = written(named(text, names), *edit).check()
    assert code in slips(report, "fail"), report


LOST = """
def cost(theta, X, y):
    h = 1 / (1 + np.exp(-X @ theta))
    return -(y @ np.log(h) + (1 - y) @ np.log(1 - h)) / len(y)
def gradient(theta, X, y):
    h = 1 / (1 + np.exp(-X @ theta))
    return X.T @ (h - y) / len(y)
"""


@pytest.mark.parametrize("left", ["h", "y"])
def test_what_is_left_of_a_residual_hides_no_data(written, left):
    assert written(LOST, "(h - y)", left).check().outcome == "wrong"


COLUMN = """
def ridge(w, x_tr, y_tr, lambdaa):
    '''
    w:       (d x 1) weight vector
    x_tr:    (d x n) matrix (each column is an input vector)
    y_tr:    (1 x n) matrix (each entry is a label)
    lambdaa: (scalar) regression constant
    '''
    w = w[:, 0]
    p = (np.dot(w, x_tr) - y_tr)[0]
    loss = np.dot(p, p) + lambdaa * np.dot(w, w)
    gradient = 2 * (np.dot(x_tr, p) + lambdaa * w)
    return loss, gradient.reshape(-1, 1)
def hinge(w, x_tr, y_tr, lambdaa):
    w = w[:, 0]
    margin = 1 - y_tr[0] * np.dot(w, x_tr)
    loss = np.sum(np.maximum(margin, 0)) + lambdaa * np.dot(w, w)
    gradient = -np.dot(x_tr, (margin > 0) * y_tr[0]) + 2 * lambdaa * w
    return loss, gradient.reshape(-1, 1)
"""


@pytest.mark.parametrize("cost", ["ridge", "hinge"])
def test_weights_of_which_the_first_column_is_taken_are_a_column(written, cost):
    """As the text states it, or by its first line; they were a matrix, and the right gradient was accused."""
    assert written(COLUMN).check(cost).outcome == "correct"
    assert (
        written(COLUMN, "lambdaa * w)", "lambdaa)", "2 * lambdaa * w", "lambdaa * w").check(cost).outcome == "wrong"
    )
