"""Training otherwise: plain functions, one example or one batch at a time, penalties, heirs, other costs."""

import pytest

from ..reports import findings, reasons

FUNCTIONS = """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def fit_logistic(X, y, rate=0.1, turns=50):
    n, d = X.shape
    w, b = np.zeros(d), 0.0
    for turn in range(turns):
        y_hat = sigmoid(X @ w + b)
        dw = X.T @ (y_hat - y) / n
        db = np.mean(y_hat - y)
        w -= rate * dw
        b -= rate * db
    return w, b
def gradient_descent(theta, X, y, alpha, turns):
    history = np.zeros((turns, 2))
    m = len(y)
    for k in range(turns):
        error = X.dot(theta) - y
        theta = theta - alpha * X.T.dot(error) / m
    return theta, history
def shallow(X, Y, hidden=4, lr=0.5, epochs=10):
    W = np.random.randn(X.shape[1], hidden)
    V = np.random.randn(hidden, 1)
    for epoch in range(epochs):
        h = np.tanh(X @ W)
        out = h @ V
        loss = np.mean((out - Y) ** 2)
        d = 2 * (out - Y) / Y.size
        V_step = h.T @ d
        W -= lr * X.T @ (d @ V.T * (1 - h ** 2))
        V -= lr * V_step
    return W, V
def means(X, k, turns=5, rate=0.1):
    c = X[:k].copy()
    for _ in range(turns):
        nearest = ((X[:, None] - c) ** 2).sum(-1).argmin(1)
        for j in range(k):
            c[j] += rate * (X[nearest == j].mean(0) - c[j])
    return c
"""


def test_functions_that_train_are_found(written):
    found = written(FUNCTIONS)
    assert [*found.layers] == ["fit_logistic", "gradient_descent", "shallow"]
    assert all(found.check(name).outcome == "correct" for name in found.layers)


@pytest.mark.parametrize(
    "name, old, new, line",
    [
        ("fit_logistic", "X.T @ (y_hat - y) / n", "X.T @ y_hat / n", 9),
        ("shallow", "d @ V.T * (1 - h ** 2)", "d @ V.T * (1 - h)", None),
    ],
)
def test_slips_in_functions_are_told(written, name, old, new, line):
    report = written(FUNCTIONS, old, new).check(name)
    assert report.outcome in ("wrong", "factor")
    assert line is None or f":{line}" in "".join(f.where for f in findings(report, "fail"))


TURNS = """
class Machine:
    def __init__(self, rate=0.01, lambda_param=0.01, turns=10):
        self.rate, self.lambda_param, self.turns = rate, lambda_param, turns
    def fit(self, X, y):
        n, d = X.shape
        signs = np.where(y <= 0, -1, 1)
        self.w, self.b = np.zeros(d), 0
        for _ in range(self.turns):
            for k, x in enumerate(X):
                if signs[k] * (np.dot(x, self.w) - self.b) >= 1:
                    self.w -= self.rate * 2 * self.lambda_param * self.w
                else:
                    self.w -= self.rate * (2 * self.lambda_param * self.w - x * signs[k])
                    self.b -= self.rate * signs[k]
class Batches:
    def __init__(self, d):
        self.W, self.b = np.random.randn(d, 1), np.zeros(1)
    def fit(self, X, y, rate=0.1, turns=5, batch=16):
        n = len(X)
        for _ in range(turns):
            order = np.random.permutation(n)
            X_, y_ = X[order], y[order]
            for i in range(0, n, batch):
                xb, yb = X_[i:i + batch], y_[i:i + batch]
                error = xb @ self.W + self.b - yb
                self.W -= rate * xb.T @ error / len(xb)
                self.b -= rate * error.mean(axis=0)
class Ridge:
    def __init__(self, alpha=1.0, rate=0.01):
        self.alpha, self.rate = alpha, rate
    def fit(self, X, y):
        n, d = X.shape
        self.w, self.b = np.zeros(d), 0
        for _ in range(9):
            guess = X @ self.w + self.b
            dw = (-2 * X.T @ (y - guess) + 2 * self.alpha * self.w) / n
            self.w = self.w - self.rate * dw
            self.b = self.b - self.rate * (-2 * np.sum(y - guess) / n)
class Soft:
    def __init__(self, C=1.0, rate=0.01):
        self.C, self.rate = C, rate
    def fit(self, X, y):
        self.w = np.zeros(X.shape[1])
        for _ in range(9):
            for i in range(len(X)):
                if y[i] * (X[i] @ self.w) >= 1:
                    self.w -= self.rate * self.w
                else:
                    self.w -= self.rate * (self.w - self.C * y[i] * X[i])
class Poisson:
    def fit(self, X, y, rate=0.1):
        self.w = np.zeros(X.shape[1])
        for _ in range(9):
            mu = np.exp(X @ self.w)
            self.w -= rate * X.T @ (mu - y) / len(y)
class Local:
    def fit(self, X, y, rate=0.1):
        n, d = X.shape
        k = len(np.unique(y))
        Y = np.eye(k)[y]
        W = np.zeros((d, k))
        for _ in range(9):
            z = np.exp(X @ W)
            P = z / z.sum(axis=1, keepdims=True)
            W -= rate * X.T @ (P - Y) / n
        self.W = W
class Deep:
    def __init__(self, hidden=(4,), rate=0.1):
        self.hidden, self.rate = hidden, rate
    def start(self, n, k):
        sizes = [n, *self.hidden, k]
        self.W = [np.random.randn(a, b) for a, b in zip(sizes, sizes[1:])]
    def forward_all(self, X):
        acts = [X]
        for W in self.W:
            acts.append(np.tanh(acts[-1] @ W))
        return acts
    def backward_all(self, acts, Y):
        delta, found = (acts[-1] - Y) * (1 - acts[-1] ** 2), []
        for k in reversed(range(len(self.W))):
            found.insert(0, acts[k].T @ delta)
            delta = delta @ self.W[k].T * (1 - acts[k] ** 2)
        return found
    def fit(self, X, Y):
        self.start(X.shape[1], Y.shape[1])
        for _ in range(9):
            acts = self.forward_all(X)
            dW = self.backward_all(acts, Y)
            for k in range(len(self.W)):
                self.W[k] -= self.rate * dW[k]
class Base:
    def __init__(self, rate=0.1):
        self.rate = rate
    def fit(self, X, y):
        self.w = np.zeros(X.shape[1])
        for _ in range(9):
            error = self.guess(X) - y
            self.w -= self.rate * X.T @ error
class Linear(Base):
    def guess(self, X):
        return X @ self.w
class Steps(Base):
    def guess(self, X):
        return np.tanh(X @ self.w)
class Classes:
    def __init__(self, hidden=4, rate=0.1, batch=16, seed=None):
        self.random = np.random.RandomState(seed)
        self.hidden, self.rate, self.batch = hidden, rate, batch
    def fit(self, X_train, y_train, X_valid, y_valid):
        k = np.unique(y_train).shape[0]
        self.W = self.random.normal(size=(X_train.shape[1], k))
        coded = np.eye(k)[y_train]
        for _ in range(9):
            places = np.arange(X_train.shape[0])
            self.random.shuffle(places)
            for start in range(0, places.shape[0] - self.batch + 1, self.batch):
                at = places[start:start + self.batch]
                out = 1 / (1 + np.exp(-(X_train[at] @ self.W)))
                self.W -= self.rate * X_train[at].T @ (out - coded[at])
"""
RIGHT = ("Classes", "Machine", "Batches", "Ridge", "Soft", "Poisson", "Linear", "Local", "Deep")


def test_one_example_or_batch_at_a_time_penalties_and_heirs(written):
    found = written(TURNS)
    assert "Base" not in found.layers
    assert {name: found.check(name).outcome for name in RIGHT} == dict.fromkeys(RIGHT, "correct")


@pytest.mark.parametrize(
    "name, old, new, said",
    [
        ("Classes", "(out - coded[at])", "(coded[at] - out)", "the sign is wrong"),
        ("Machine", "- x * signs[k]", "- x", "the sign is wrong"),
        ("Batches", "error.mean(axis=0)", "error.sum(axis=0)", "error.mean(axis=0)"),
        ("Ridge", "np.sum(y - guess) / n", "np.sum(y - guess)", "np.mean(y - guess)"),
    ],
)
def test_slips_in_a_turn_are_told(written, name, old, new, said):
    report = written(TURNS, old, new).check(name)
    assert report.outcome in ("wrong", "factor") and any(said in d.message for d in reasons(report))


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("Machine", "2 * self.lambda_param * self.w - x", "2 * self.lambda_param * self.b - x"),
        ("Ridge", "2 * self.alpha * self.w)", "2 * self.alpha * self.b)"),
    ],
)
def test_a_penalty_on_another_weight_is_told_though_that_weight_begins_as_0(written, name, old, new):
    assert findings(written(TURNS, old, new).check(name), "warn", "penalty")


SETTINGS = """
class Wide:
    def __init__(self, cfg):
        self.w = np.random.randn(cfg.n_embd, 2 * cfg.n_embd)
    def forward(self, x):
        self.x = x
        return x @ self.w
    def backward(self, dy):
        self.dw = np.tensordot(self.x, dy, axes=([0, 1], [0, 1]))
        return dy @ self.w.T
class Smooth:
    def __init__(self, classes, eps=0.1):
        self.k, self.eps = classes, eps
    def forward(self, logits, y):
        z = logits - logits.max(1, keepdims=True)
        logs = z - np.log(np.exp(z).sum(1, keepdims=True))
        self.q = np.eye(logits.shape[1])[y] * (1 - self.eps) + self.eps / self.k
        self.p = np.exp(logs)
        return -(self.q * logs).sum(1).mean()
    def backward(self):
        return (self.p - self.q) / len(self.q)
def triplet(a, p, n):
    return np.maximum(((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 1, 0).mean()
def triplet_grad(a, p, n):
    on = ((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 1 > 0
    k = 2 * on[:, None] / len(a)
    return k * (n - p), k * (p - a), k * (a - n)
"""


@pytest.mark.parametrize("name", ["Wide", "Smooth", "triplet"])
def test_settings_of_no_class_classes_as_many_as_columns_and_rows_alike(written, name):
    assert written(SETTINGS).check(name).outcome == "correct"


BEGUN = """
class Logistic:
    def __init__(self, rate=0.1):
        self.rate = rate
    def loss(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w)))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    def gradient(self, X, y):
        p = 1 / (1 + np.exp(-(X @ self.w)))
        return X.T @ (p - y) / len(y)
    def fit(self, X, y):
        self.w = np.zeros(X.shape[1])
        for _ in range(9):
            self.w -= self.rate * self.gradient(X, y)
class Classes:
    def cost(self, X, Y):
        z = np.exp(X @ self.W + self.b)
        P = z / z.sum(axis=1, keepdims=True)
        d = (P - Y) / len(X)
        return -np.sum(Y * np.log(P)) / len(X), X.T @ d, d.sum(axis=0)
    def fit(self, X, Y, rate=0.1):
        self.W = np.random.randn(X.shape[1], Y.shape[1])
        self.b = np.zeros(Y.shape[1])
        for _ in range(9):
            cost, dW, db = self.cost(X, Y)
            self.W -= rate * dW
            self.b -= rate * db
"""


@pytest.mark.parametrize(
    "name, old, new, outcome",
    [
        ("Logistic.loss", "", "", "correct"),
        ("Logistic.loss", "(p - y) / len(y)", "(p - y)", "factor"),
        ("Classes.cost", "", "", "correct"),
        ("Classes.cost", "d.sum(axis=0)", "P.sum(axis=0)", "wrong"),
    ],
)
def test_weights_that_fit_makes_are_made_before_its_cost_is_asked(written, name, old, new, outcome):
    found = written(BEGUN, old, new) if old else written(BEGUN)
    names = [n for n in found.layers if n.startswith(name.split(".")[0])]
    assert [found.check(n).outcome for n in names] == [outcome]


TILES = """
class Means:
    def __init__(self, pool=2):
        self.p = pool
    def forward(self, x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // self.p, self.p, w // self.p, self.p).mean(axis=(3, 5))
    def backward(self, dout):
        return np.repeat(np.repeat(dout, self.p, axis=2), self.p, axis=3) / self.p ** 2
"""


def test_tiles_are_asked_where_there_are_several_along_each_axis(written):
    assert written(TILES).check("Means").outcome == "correct"
    assert written(TILES, "axis=3) / ", "axis=3)[..., ::-1] / ").check("Means").outcome == "wrong"
