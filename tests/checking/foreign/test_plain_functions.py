"""Functions of mathematics beside their gradients: of a few numbers, of vectors of one length, kernels, potentials."""

import pytest

from ..reports import reasons

ENTRIES = """
def valley(x): return (1 - x[0])**2 + 5 * (x[1] - x[0]**2)**2
def valley_grad(x): return np.array([2 * (x[0] - 1) - 20 * x[0] * (x[1] - x[0]**2), 10 * (x[1] - x[0]**2)])
def valley_hessian(x):
    return np.array([[2 - 20 * x[1] + 60 * x[0]**2, -20 * x[0]], [-20 * x[0], 10.0]])
"""
UNPACKED = """
def f(points):
    p, q = points
    return p * q**2
def gradient_f(points):
    p, q = points
    return [q**2, 2 * p * q]
"""
COLUMN = """
def h(s): return np.array([[np.sqrt(s[0, 0]**2 + s[1, 0]**2)], [s[2, 0]**2]])
def jacobian_h(s):
    r = np.sqrt(s[0, 0]**2 + s[1, 0]**2)
    return np.array([[s[0, 0] / r, s[1, 0] / r, 0], [0, 0, 2 * s[2, 0]]])
"""
BESIDE = """
A = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 3.0]])
def energy(x): return 0.5 * x @ A @ x
def grad_energy(x): return A @ x
"""
BUILT_IN = """
class Bowl:
    def __init__(self): self.A = np.array([[5.0, -2.0], [-2.0, 1.0]])
    def log_prob(self, x): return -0.5 * x @ self.A @ x
    def grad_log_prob(self, x): return -self.A @ x
"""
FILLED = """
class Bent:
    def __init__(self, b=0.1): self.b = b
    def value(self, x): return x[0]**2 + (x[1] - self.b * x[0]**2)**2
    def gradient(self, x):
        grad = np.zeros_like(x)
        grad[1] = 2 * (x[1] - self.b * x[0]**2)
        grad[0] = 2 * x[0] - 2 * self.b * x[0] * grad[1]
        return grad
"""
LOOPED = """
def chain(x): return sum(3 * (x[i + 1] - x[i]**2)**2 for i in range(len(x) - 1))
def chain_grad(x):
    g = np.zeros(len(x))
    for i in range(len(x) - 1):
        d = x[i + 1] - x[i]**2
        g[i] += -12 * d * x[i]
        g[i + 1] += 6 * d
    return g
"""
SEVERAL = """
def f(x, y): return np.sin(x) * y
def grad_f(x, y): return np.array([np.cos(x) * y, np.sin(x)])
def g(x, y, t): return x * y + t**3
def gradient_g(x, y, t): return y, x, 3 * t**2
"""
BY_ONE = """
def kernel(x, y): return np.exp(-(x - y)**2)
def dkernel(x, y): return 2 * (x - y) * np.exp(-(x - y)**2)
class Bumps:
    def __init__(self, scale, gamma): self.scale, self.gamma = scale, gamma
    def kernel(self, x, y): return self.gamma * np.exp(-(x - y)**2 / self.scale)
    def dkernel(self, x, y): return -2 * (x - y) / self.scale * self.kernel(x, y)
"""
POTENTIAL = """
class Contact:
    def __init__(self, rho, gamma): self.rho, self.gamma = rho, gamma
    def energy(self, gap): return -self.gamma * np.exp(-gap / self.rho)
    def energy_gradient(self, gap): return self.gamma / self.rho * np.exp(-gap / self.rho)
"""
NAMED = """
def cost_function(p): return p**3
def cost_derivative(p): return 3 * p**2
def function_u(v): return np.sin(v)
def gradient_u(v): return np.cos(v)
def line(x): return x[0] + 3 * x[1]
def line_jacobian(x): return np.array([[1.0, 3.0]])
"""
PER_COLUMN = """
def softmax(x): return np.apply_along_axis(lambda c: np.exp(c) / np.exp(c).sum(), 0, x)
def softmax_derivative(x):
    p = softmax(x)
    return np.stack([np.diag(c) - np.outer(c, c) for c in p.T])
"""
PENALISED = """
def hinge(w, datax, datay, alpha, lamb):
    return np.maximum(alpha - datay * (datax @ w), 0).sum() + lamb * (w @ w)
def hinge_grad(w, datax, datay, alpha, lamb):
    return -datax.T @ (datay * (alpha - datay * (datax @ w) > 0)) + 2 * lamb * w
"""
COLUMN_OF_COSTS = """
class Margin:
    def hinge(self, w, x, y): return np.maximum(0, 1 - y * (x @ w))
    def hinge_grad(self, w, x, y):
        open_ = np.zeros(y.shape)
        open_[1 - y * (x @ w) > 0] = 1
        return np.sum((open_ * -y * x).T, axis=1, keepdims=True) / len(x)
"""
FIRST_COLUMNS = """
class Well:
    def __init__(self, a): self.a = a
    def potential(self, q):
        q = q[:, 0, :]
        return 0.25 * self.a * q**4
    def dpotential(self, q): return self.a * q**3
"""
NUMBERS_OF_AN_OBJECT = """
def potential(phi, params):
    "A field's."
    p = params
    return p.coupling * phi**4 / 4 + p.mass * phi
def dpotential(phi, params): return params.coupling * phi**3 + params.mass
"""
ABOVE_ZERO = """
DATA = np.array([1.0, 2.5, 0.5])
def neg_log_likelihood(mu, var): return 1.5 * np.log(var) + np.sum((DATA - mu)**2) / (2 * var)
def grad_nll(mu, var):
    return np.array([-np.sum(DATA - mu) / var, 1.5 / var - np.sum((DATA - mu)**2) / (2 * var**2)])
"""
BY_ONE_OF_THREE = """
def well(rho, a, r): return -rho * a**3 * np.log(1 + r / a) / r
def d_well(rho, a, r): return rho * a**3 * (np.log(1 + r / a) / r**2 - 1 / (r * (r + a)))
def misfit(x, A, b):
    r = A @ x - b
    return 0.5 * r @ r
def misfit_grad(x, A, b): return A.T @ (A @ x - b)
def logistic(x, rows, b):
    whole = np.concatenate((rows, np.ones((len(rows), 1))), axis=1)
    return np.sum(np.log(1 + np.exp(-b.reshape(-1, 1) * (whole @ x)))) / len(rows)
def logistic_gradient(x, rows, b):
    whole = np.concatenate((rows, np.ones((len(rows), 1))), axis=1)
    p = 1 / (1 + np.exp(-b.reshape(-1, 1) * (whole @ x)))
    return -(whole.T @ (b.reshape(-1, 1) * (1 - p))) / len(rows)
"""
ACTIVATED = """
class Sigmoid:
    def activate(self, X): return 1 / (1 + np.exp(-X))
    def backprop_grad(self, X): return self.activate(X) * (1 - self.activate(X))
"""
LABELS_FIRST = """
def logistic_cost(y, tx, w):
    cost = 0
    for i in range(tx.shape[0]):
        cost = cost + np.log(1 + np.exp(tx[i, :].T @ w)) - y[i,] * tx[i, :].T @ w
    return cost
def logistic_gradient(y, tx, w): return tx.T @ (1 / (1 + np.exp(-tx @ w)) - y)
"""
FLAT_WEIGHTS = """
class Fitted:
    def cost(self, theta, X, y):
        h = 1 / (1 + np.exp(-X.dot(theta)))
        J = -(np.log(h).T.dot(y) + np.log(1 - h).T.dot(1 - y)) / y.size
        return J[0]
    def gradient(self, theta, X, y):
        h = 1 / (1 + np.exp(-X.dot(theta.reshape(-1, 1))))
        return (X.T.dot(h - y) / y.size).flatten()
"""
KEPT = """
class SoftmaxLoss:
    def forward(self, inputs, labels):
        e = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.outputs = e / e.sum(axis=1, keepdims=True)
        return -np.mean(np.log(self.outputs[range(len(inputs)), labels]))
    def backward(self, y_pred, labels):
        self.dinputs = (y_pred - np.eye(y_pred.shape[1])[labels]) / len(y_pred)
"""
OF_A_BASE = """
from .elsewhere import Model
class Inflation(Model):
    def __init__(self, m=0.3): self.m = m
    def f(self, x): return self.m**2 * x**2 / 2
    def dfdx(self, x): return self.m**2 * x
"""
WRITTEN_TWICE = """
def U(x): return x**2 - 1
def dU(x): return 2 * x
def U(x, y): return np.sin(x) * y
def grad_U(x, y): return np.cos(x) * y, np.sin(x)
def bowl_f(x, y): return x**2 * y
def bowl_grad(x, y): return np.array([2 * x * y, x**2])
def bowl_hessian(x, y): return np.array([[2 * y, 2 * x], [2 * x, 0 * x]])
"""
PLURAL = """
def kl(mu, logvar): return float(np.mean(-0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar), axis=1)))
def kl_grads(mu, logvar):
    return mu / len(mu), 0.5 * (np.exp(logvar) - 1) / len(mu)
def ridge_objective(x): return np.sum(x**2) / 2
def ridge_gradient(x): return x
"""
TYPES_ALONE = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import tensors
def cubed(x: tensors.Tensor): return x**3
def cubed_grad(x: tensors.Tensor): return 3 * x**2
"""
STATE = """
class Radar:
    def h(self, x):
        px, py = x[0, 0], x[1, 0]
        return np.array([[np.sqrt(px**2 + py**2)], [px * py]])
    def jacobian_h(self, x):
        px, py = x[0, 0], x[1, 0]
        H = np.zeros((2, 4))
        r = np.sqrt(px**2 + py**2)
        H[0, 0], H[0, 1], H[1, 0], H[1, 1] = px / r, py / r, py, px
        return H
def sensed(s): return np.array([s[0] * s[2], s[2]**2])
def sensed_jacobian(s): return np.array([[s[2], 0, s[0], 0], [0, 0, 2 * s[2], 0]])
"""
BY_SOME = """
def gaussian_log_prob(mu, log_std, action):
    z = (action - mu) / np.exp(log_std)
    return np.sum(-0.5 * z**2 - log_std, axis=1)
def gaussian_log_prob_grad(mu, log_std, action):
    std = np.exp(log_std)
    dmu, dlog_std = (action - mu) / std**2, ((action - mu) / std) ** 2 - 1
    return dmu, dlog_std
"""
COSTS = """
def ridge_cost(w, X, y, lam):
    return np.mean((X @ w - y) ** 2) + lam * np.sum(w**2)
def ridge_gradient(w, X, y, lam): return 2 * X.T @ (X @ w - y) / len(y) + 2 * lam * w
def net_objective(w, X, y, l1, l2):
    return 0.5 * np.mean((X @ w - y) ** 2) + l1 * np.sum(np.abs(w)) + l2 * w @ w
def net_gradient(w, X, y, l1, l2): return X.T @ (X @ w - y) / len(y) + l1 * np.sign(w) + 2 * l2 * w
"""

RIGHT = {
    n: t for n, t in globals().items() if n.isupper() and n not in ("BUILT_IN", "RIGHT")
}  # numbers alone say of a bowl that it is symmetric


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_a_function_beside_its_gradient_is_right(written, text):
    reports = written(text).checks().values()
    assert reports
    for report in reports:
        assert report.outcome in ("correct", "hazards") and report.verdict.status == "proved", str(report)


@pytest.mark.parametrize("text", [ENTRIES, BESIDE, BUILT_IN])
def test_what_has_one_length_is_asked_for_no_other(written, text):
    for report in written(text).checks().values():
        assert report.ok and not any("axis" in f.message or "as many rows" in f.message for f in report.findings)


def test_a_method_that_another_reads_is_stored(written):
    text = BY_ONE + "    def fit(self, x): return self.kernel(x, x)\n"
    assert [r.outcome for r in written(text).checks().values()] == ["correct", "correct"]


@pytest.mark.parametrize(
    ("text", "edits", "said"),
    [
        (  # x is none of what the loss is given
            """
            class Logistic:
                def loss(self, y, scores): return np.sum(np.log(1 + np.exp(-y * scores)))
                def gradient(self, x, y, scores): return np.sum(-y * x.T / (1 + np.exp(y * scores)), axis=1)
            """,
            (),
            "are not understood",
        ),
        (
            BY_ONE_OF_THREE.partition("def misfit")[0],
            ("np.log(1 + r / a) / r**2", "np.log(1 - r / a) / r**2"),
            "are not understood",
        ),
        (  # a script's own numbers
            """
            def power(x): return np.sum(np.abs(x)**p) / p
            def power_grad(x): return np.abs(x)**(p - 1) * np.sign(x)
            if __name__ == "__main__":
                p = 3
            """,
            (),
            "forward needs p, which the file gives only where it is run itself",
        ),
        (  # a number beside vectors
            """
            import math
            def dose_objective(x, beams, counts): return sum(b * math.exp(-x) for b in beams) + sum(counts) * x
            def dose_gradient(x, beams, counts): return -sum(beams) * math.exp(-x) + sum(counts)
            """,
            (),
            "forward could not be run",
        ),
        (  # a base class that is elsewhere keeps what forward was given
            """
            from nowhere import *
            class ReLU(Layer):
                def forward(self, inputs): return np.maximum(inputs, 0)
                def backward(self, dout): return dout * (self.forward_inputs > 0)
            """,
            (),
            "which a base class may keep",
        ),
        (  # under a name that is like one of what stands in for it
            """
            from nowhere import Function
            class Product(Function):
                def forward(self, a, b): return a * b
                def backward(self, grad):
                    a, b = self.values
                    return grad * b, grad * a
            """,
            (),
            "which a base class may keep",
        ),
    ],
)
def test_what_is_not_here_is_no_fault(written, text, edits, said):
    (report,) = written(text, *edits).checks().values()
    assert report.outcome == "not-set-up" and said in report.findings[0].message


def test_a_gradient_that_gives_the_function_too_is_no_pair(written):
    text = """
    def divergence(P, Q): return np.sum(P * np.log(P / Q))
    def divergence_grad(P, Q, dQ):
        value = divergence(P, Q)
        return value, -(P * (dQ / Q)).sum(1)
    """
    assert not written(text).layers


def test_a_gradient_by_two_of_three_is_not_understood(written):
    text = """
    def barrier(x, y, t): return (y - 2 * x)**2 - t * np.log(x - y)
    def gradient_barrier(x, y, t):
        return np.array([-4 * (y - 2 * x) - t / (x - y), 2 * (y - 2 * x) + t / (x - y)])
    """
    assert not written(text).layers


def test_a_slip_is_one_beside_a_base_class_that_is_elsewhere(written):
    text = """
    from nowhere import *
    class ReLU(Layer):
        def forward(self, x):
            self.mask = x > 0
            return x * self.mask
        def backward(self, dout): return dout * self.msk
    """
    assert written(text).check("ReLU").outcome == "crashes"


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (ENTRIES, "-20 * x[0], 10.0]", "-20 * x[0], 12.0]"),
        (FILLED, "2 * x[0] - 2 * self.b", "2 * x[0] + 2 * self.b"),
        (SEVERAL, "np.cos(x) * y, np.sin(x)]", "-np.cos(x) * y, np.sin(x)]"),
        (BY_ONE, "return 2 * (x - y) * np.exp(", "return 2 * (x + y) * np.exp("),
        (COLUMN, "s[0, 0] / r, s[1, 0] / r", "s[1, 0] / r, s[0, 0] / r"),
        (BY_SOME, "** 2 - 1", "** 2"),
    ],
)
def test_their_slips_are_found(written, text, right, wrong):
    outcomes = [r.outcome for r in written(text, right, wrong).checks().values()]
    assert sum(o in ("wrong", "factor") for o in outcomes) == 1
    assert {*outcomes} <= {"correct", "wrong", "factor"}


def test_a_number_lost_beneath_a_sum_is_no_path_through_it(written):
    (told, *_) = reasons(written(BY_SOME, "** 2 - 1", "** 2").check("gaussian_log_prob"), "fail", "values")
    assert told.code == "term" and "too large by 1:" in told.message


HIGHWAY = """
def highway(x, Wt, bt, other):
    t = 1 / (1 + np.exp(-(x @ Wt + bt)))
    y = t * other + (1 - t) * x
    def vjp(g):
        q = g * (other - x) * t * (1 - t)
        q_x, q_W, q_b, q_o = g * (1 - t) + q @ Wt.T, x.T @ q, q.sum(axis=0), g * t
        return q_x, q_W, q_b, q_o
    return y, vjp
"""


def test_what_a_pullback_returns_by_names_of_its_own_is_in_forwards_order(written):
    """No gradient was found for what shared its shape with another."""
    assert written(HIGHWAY).check().outcome == "correct"
    assert written(HIGHWAY, "x.T @ q, q.sum", "2 * x.T @ q, q.sum").check().outcome == "factor"


SELVES = """
def bend_forward(self, dim=-1):
    out = np.exp(self) / np.sum(np.exp(self), axis=dim, keepdims=True)
    return out, (dim, out)
def bend_backward(grad, cache):
    dim, out = cache
    return out * (grad - np.sum(grad * out, axis=dim, keepdims=True))
"""


def test_what_they_call_self_may_be_an_array(written):
    assert {r.outcome for r in written(SELVES).checks().values()} == {"correct"}
    assert written(SELVES, "(grad - np", "(grad + np").check("bend").outcome == "wrong"


OBJECTS = """
def most_forward(x): return np.where(x > -1e9, 2 * x, None), x
def most_backward(dout, cache): return 2 * dout
def some_forward(x): return np.where(x > 0, 2 * x, None), x
def some_backward(dout, cache): return 2 * dout
"""


def test_an_array_of_objects_is_one_of_numbers_if_all_of_them_are(written):
    assert {r.outcome for r in written(OBJECTS).checks().values()} == {"correct"}  # the other where they are


AN_AXIS = """
def spread_forward(a, axis):
    e = np.exp(a - a.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
def spread_backward(grad, spread_a, axis):
    rows = np.stack([np.diag(y) - np.outer(y, y) for y in spread_a])
    return (np.expand_dims(grad, axis=axis) @ rows).sum(axis=axis)
"""


def test_an_axis_may_be_counted_from_the_first(written):
    report = written(AN_AXIS).check("spread")
    assert report.outcome in ("correct", "hazards"), report
