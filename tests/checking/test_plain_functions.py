"""Functions of mathematics beside their gradients: of a few numbers, of vectors of one length, kernels, potentials."""

import pytest

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
    ("text", "right", "wrong"),
    [
        (ENTRIES, "-20 * x[0], 10.0]", "-20 * x[0], 12.0]"),
        (FILLED, "2 * x[0] - 2 * self.b", "2 * x[0] + 2 * self.b"),
        (SEVERAL, "np.cos(x) * y, np.sin(x)]", "-np.cos(x) * y, np.sin(x)]"),
        (BY_ONE, "return 2 * (x - y) * np.exp(", "return 2 * (x + y) * np.exp("),
        (COLUMN, "s[0, 0] / r, s[1, 0] / r", "s[1, 0] / r, s[0, 0] / r"),
    ],
)
def test_their_slips_are_found(written, text, right, wrong):
    outcomes = [r.outcome for r in written(text, right, wrong).checks().values()]
    assert sum(o in ("wrong", "factor") for o in outcomes) == 1
    assert {*outcomes} <= {"correct", "wrong", "factor"}
