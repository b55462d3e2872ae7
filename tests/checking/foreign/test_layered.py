"""Networks as functions, whatever their arguments are called: how they are multiplied tells what they are."""

import pytest

COLUMNS = """
def network_loss(Y, A, U, c, V, d):
    h = np.maximum(0, U @ A + c)
    z = V @ h + d
    e = np.exp(z - z.max(axis=0, keepdims=True))
    p = e / e.sum(axis=0, keepdims=True)
    loss = -np.sum(Y * np.log(p)) / A.shape[1]
    dz = (p - Y) / A.shape[1]
    dV, dd = dz @ h.T, dz.sum(axis=1, keepdims=True)
    dh = V.T @ dz * (h > 0)
    dU, dc = dh @ A.T, dh.sum(axis=1, keepdims=True)
    return loss, dU, dc, dV, dd
"""
BOXED = """
def cost(model, inputs, labels):
    V, a, W, b = model['V'], model['a'], model['W'], model['b']
    m = inputs.shape[0]
    u = np.tanh(np.dot(inputs, V.T) + a)
    s = np.dot(u, W.T) + b
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(m), labels]))
    p[np.arange(m), labels] -= 1
    ds = p / m
    du = np.dot(ds, W) * (1 - u ** 2)
    grads = {'V': np.dot(du.T, inputs), 'a': du.sum(0), 'W': np.dot(ds.T, u), 'b': ds.sum(0)}
    return loss, grads
"""
PAIR = """
def forward_propagation(A, theta1, o1, theta2, o2):
    h = np.tanh(A.dot(theta1) + o1)
    out = h.dot(theta2) + o2
    return out, (A, h, theta2, out)
def backward_propagation(y_true, cache):
    A, h, theta2, out = cache
    d = (out - y_true) / len(A)
    dtheta2, do2 = h.T.dot(d), d.sum(axis=0)
    d = d.dot(theta2.T) * (1 - h ** 2)
    dtheta1, do1 = A.T.dot(d), d.sum(axis=0)
    return dtheta1, do1, dtheta2, do2
"""
DEEP = """
def layer(a, w, c):
    return np.tanh(a @ w + c)
def mse_loss(x, P, p, Q, q, R, r, t):
    h = layer(x, P, p)
    g = layer(h, Q, q)
    e = g @ R + r - t
    dR, dr = g.T @ e / e.size, e.sum(0) / e.size
    dg = e @ R.T / e.size * (1 - g ** 2)
    dQ, dq = h.T @ dg, dg.sum(0)
    dh = dg @ Q.T * (1 - h ** 2)
    dP, dp = x.T @ dh, dh.sum(0)
    return np.sum(e ** 2) / (2 * e.size), (dP, dp, dQ, dq, dR, dr)
"""
METHOD = """
class Network:
    def __init__(self, n_x, n_h, n_y):
        self.V, self.W = np.random.randn(n_h, n_x), np.random.randn(n_y, n_h)
    def loss(self, X, targets):
        h = np.maximum(0, self.V @ X)
        s = self.W @ h
        p = np.exp(s) / np.exp(s).sum(axis=0, keepdims=True)
        loss = -np.sum(targets * np.log(p)) / X.shape[1]
        ds = (p - targets) / X.shape[1]
        grads = {'V': (self.W.T @ ds * (h > 0)) @ X.T, 'W': ds @ h.T}
        return loss, grads
"""


@pytest.mark.parametrize(
    "text", [COLUMNS, BOXED, PAIR, DEEP, METHOD], ids=["columns", "boxed", "pair", "deep", "method"]
)
def test_a_network_is_proved(written, text):
    report = written(text).check()
    assert report.outcome == "correct" and report.verdict.status == "proved", report


def test_and_a_slip_in_it_is_told(written):
    assert written(COLUMNS, "V.T @ dz * (h > 0)", "V.T @ dz").check().outcome == "wrong"


def test_what_stands_in_a_products_chain_need_not_be_weights(written):
    text = """
def attention_forward(Q, K, V):
    e = np.exp(Q @ K.T)
    p = e / e.sum(axis=1, keepdims=True)
    return p @ V, (Q, K, V, p)
def attention_backward(dout, cache):
    Q, K, V, p = cache
    dp = dout @ V.T
    ds = p * (dp - (dp * p).sum(axis=1, keepdims=True))
    return ds @ K, ds.T @ Q, p.T @ dout
"""
    assert written(text).check().outcome == "correct"


COLLABORATIVE = """
def cofi_cost(params, Y, R, num_users, num_movies, num_features, lambd):
    X = np.reshape(params[:num_movies * num_features], (num_movies, num_features))
    Theta = np.reshape(params[num_movies * num_features:], (num_users, num_features))
    diff = (X @ Theta.T - Y) * R
    J = 0.5 * np.sum(diff ** 2) + lambd / 2 * (np.sum(Theta ** 2) + np.sum(X ** 2))
    X_grad = diff @ Theta + lambd * X
    Theta_grad = diff.T @ X + lambd * Theta
    grad = np.concatenate([X_grad.ravel(), Theta_grad.ravel()])
    return J, grad
"""
FACTORED = """
def loss(P, Q, R, mask, lam):
    E = mask * (P @ Q.T - R)
    cost = 0.5 * np.sum(E ** 2) + 0.5 * lam * (np.sum(P ** 2) + np.sum(Q ** 2))
    return cost, E @ Q + lam * P, E.T @ P + lam * Q
"""
FACTORS = """
class Factorization:
    def __init__(self, n, m, k=4):
        self.U = np.random.randn(n, k)
        self.V = np.random.randn(m, k)
    def loss(self, R):
        return 0.5 * np.sum((self.U @ self.V.T - R) ** 2)
    def gradients(self, R):
        E = self.U @ self.V.T - R
        return E @ self.V, E.T @ self.U
"""
TABLES = {
    "unrolled": (COLLABORATIVE, ("diff.T @ X +", "diff.T @ X -")),
    "two arrays": (FACTORED, ("E.T @ P + lam", "E.T @ P - lam")),
    "an instance's": (FACTORS, ("return E @ self.V, E.T", "return E @ self.V, -E.T")),
}


@pytest.mark.parametrize("way", TABLES)
def test_factors_of_a_table_are_both_learnt(way, written):
    text, slip = TABLES[way]
    right = written(text).check()
    assert right.outcome == "correct" and right.verdict.status == "proved"
    assert written(text, *slip).check().outcome in ("wrong", "factor")
