"""Functions that give a cost and its gradients at once, whatever they call them."""

import pytest

BOTH = {  # what it is called, its text, a slip
    "info_nce": ("""
def info_nce(a, b, heat=0.5):
    s = a @ b.T / heat
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    k = np.arange(len(a))
    loss = -np.log(p[k, k]).mean()
    p[k, k] -= 1
    p /= len(a) * heat
    return loss, p @ b, p.T @ a
""", ("p.T @ a", "p @ a")),
    "huber": ("""
def huber(pred, target, delta=1.0):
    e = pred - target
    value = np.where(np.abs(e) <= delta, 0.5 * e ** 2, delta * (np.abs(e) - 0.5 * delta))
    grad = np.where(np.abs(e) <= delta, e, delta * np.sign(e))
    return value.mean(), grad / e.size
""", ("delta * np.sign(e)", "np.sign(e) / 3")),
    "logistic": ("""
def logistic(w, X, y):
    p = 1 / (1 + np.exp(-(X @ w)))
    cost = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return cost, X.T @ (p - y) / len(y)
""", ("(p - y)", "(p + y)")),
    "fitted": ("""
def fitted(theta, X, y, lam):
    r = X @ theta - y
    J = (r @ r) / (2 * len(y)) + lam / 2 * theta[1:] @ theta[1:]
    g = X.T @ r / len(y)
    g[1:] += lam * theta[1:]
    return J, g
""", ("+= lam * theta[1:]", "+= lam")),
    "contrastive": ("""
def contrastive(a, b, y, m=1.0):
    diff = a - b
    d = np.sqrt((diff ** 2).sum(axis=1))
    loss = (y * d ** 2 + (1 - y) * np.maximum(0, m - d) ** 2).mean() / 2
    k = (y - (1 - y) * np.maximum(0, m - d) / d) / len(y)
    return loss, k[:, None] * diff, -k[:, None] * diff
""", ("-k[:, None]", "k[:, None]")),
    "kl_divergence_gradients": ("""
def kl_divergence(p, q): return np.sum(p * np.log(p / q))
def kl_divergence_gradients(p, q):
    kl = kl_divergence(p, q)
    grad_p = np.log(p / q) + 1
    grad_q = -p / q
    return kl, grad_p, grad_q
""", ("-p / q", "p / q")),
}  # fmt: skip
NEITHER = """
def evaluate(X, w, y):
    p = X @ w
    loss = np.mean((p - y) ** 2)
    return loss, np.sum(np.abs(p - y) < 0.5) / len(y)


def contrastive_scores(a, b):
    loss = np.mean(np.sum((a - b) ** 2, axis=1))
    return loss, a + b
"""


@pytest.mark.parametrize("name", BOTH)
def test_a_cost_beside_its_gradients(name, written):
    text, slip = BOTH[name]
    assert written(text).check(name).verdict.status == "proved"
    assert written(text, *slip).check(name).outcome in ("wrong", "factor")


def test_what_is_no_gradient_makes_no_layer_of_a_cost(written):
    assert not written(NEITHER).layers


@pytest.mark.parametrize("name", ["x_bar", "grad_wrt_x", "Dx", "dL_dx", "gx"])
@pytest.mark.parametrize("cost", ["smooth", "l1_loss"])
def test_the_gradient_of_an_argument_tells_that_the_other_is_a_cost(written, name, cost):
    """Whatever the function and the cost are called; without a sum it is no cost."""
    text = f"""
    def {cost}(x, t):
        r = x - t
        z = np.mean(np.sqrt(1 + r**2))
        {name} = r / np.sqrt(1 + r**2) / r.size
        return z, {name}
    """
    assert written(text).check().outcome == "correct"
    assert written(text, "/ r.size", "* r.size").check().outcome in ("factor", "wrong")
