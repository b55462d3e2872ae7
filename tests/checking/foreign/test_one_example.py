"""One example, one number: what is written for one at a time is checked so, and rows where it is written for rows."""

import pytest

from ..reports import named

RIGHT = {
    "one example meets its weights entry by entry": """
class Neuron:
    def __init__(self, n):
        self.w, self.b = np.random.randn(n), 0.0
    def forward(self, x):
        self.x = x
        return np.sum(x * self.w) + self.b
    def backward(self, d):
        self.dw, self.db = d * self.x, d
        return d * self.w
class Fitted:
    def __init__(self):
        self.w, self.b = None, None
    def forpass(self, x):
        return np.sum(x * self.w) + self.b
    def backprop(self, x, err):
        w_grad = x * err
        b_grad = 1 * err
        return w_grad, b_grad
    def activation(self, z):
        return 1 / (1 + np.exp(-z))
    def fit(self, x, y):
        self.w = np.ones(x.shape[1])
        self.b = 0
class OneInput:
    def __init__(self):
        self.w = 1.0
        self.b = 1.0
    def forpass(self, x):
        return x * self.w + self.b
    def backprop(self, x, err):
        w_grad = x * err
        b_grad = 1 * err
        return w_grad, b_grad
def margin_loss(x, label, w):
    return np.log(1 + np.exp(-label * np.multiply(x, w).sum()))
def margin_loss_grad(x, label, w):
    return np.multiply(x, -label / (1 + np.exp(label * np.multiply(x, w).sum())))
""",
    "a cost of one example": """
def boost_loss(x, label, w):
    return np.exp(-label * np.dot(x, w))
def boost_loss_grad(x, label, w):
    return -label * x * np.exp(-label * np.dot(x, w))
""",
    "matrices as NumPy had them": """
class Net:
    def __init__(self):
        self.W1, self.W2 = np.random.randn(2, 4), np.random.randn(4, 1)
    def forward(self, X):
        self.h = np.tanh(np.mat(X) * np.mat(self.W1))
        return self.h * np.mat(self.W2)
    def backprop(self, X, y):
        delta = self.forward(X) - y
        dW2 = self.h.T * np.mat(delta)
        dW1 = np.mat(X).T * np.multiply(delta * np.mat(self.W2.T), 1 - np.square(self.h))
        return dW1, dW2
""",
    "costs and gradients of several kinds": """
def bce(y_true, y_pred):
    return -np.sum(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))
def bce_derivative(y_true, A2):
    return -(y_true / A2) + (1 - y_true) / (1 - A2)
def compute_loss_mse(y, tx, w):
    e = y - tx @ w
    return e @ e / (2 * len(y))
def compute_loss_exp(y, tx, w):
    return np.mean(np.exp(-y * (tx @ w)))
def compute_gradient_mse(y, tx, w):
    return -tx.T @ (y - tx @ w) / len(y)
def gradient_exp(y, tx, w):
    return -tx.T @ (y * np.exp(-y * (tx @ w))) / len(y)
""",
    "softmax regression, its targets as rows of zeros with a one": """
def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)
def cost(W, X, Y):
    return -np.sum(Y * np.log(softmax(X @ W))) / len(X)
def gradient(W, X, Y):
    return X.T @ (softmax(X @ W) - Y) / len(X)
""",
    "a cost of labels, its gradient called as the softmax's would be": """
def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)
def loss_softmax(W, X, y, reg):
    p = softmax(X @ W)
    return -np.mean(np.log(p[np.arange(len(X)), y])) + reg * np.sum(W * W)
def gradient_softmax(W, X, y, reg):
    p = softmax(X @ W)
    p[np.arange(len(X)), y] -= 1
    return X.T @ p / len(X) + 2 * reg * W
""",
    "a regression that computes its gradients": """
class Regression:
    def __init__(self, lr=0.01):
        self.lr, self.weights, self.bias = lr, None, None
    def predict(self, X):
        return np.dot(X, self.weights) + self.bias
    def compute_loss(self, X, y):
        return np.mean((self.predict(X) - y) ** 2)
    def compute_gradients(self, X, y):
        e = self.predict(X) - y
        return 2 / len(y) * np.dot(X.T, e), 2 / len(y) * np.sum(e)
""",
    "a softmax regression that has its weights from who fits it": """
class Softmax:
    def __init__(self, lr=0.1):
        self.W, self.lr = None, lr
    def predict(self, X):
        e = np.exp(X @ self.W)
        return e / np.sum(e, axis=1, keepdims=True)
    def loss(self, X, Y):
        return -np.sum(Y * np.log(self.predict(X))) / len(X)
    def gradient(self, X, Y):
        return X.T @ (self.predict(X) - Y) / len(X)
""",
    "a network with a column of outputs, h units wide": """
class Network:
    def __init__(self, d, h):
        self.W1, self.W2 = np.random.randn(d, h), np.random.randn(h, 1)
    def loss(self, X, y):
        return np.mean((np.tanh(X @ self.W1) @ self.W2 - y) ** 2)
    def gradients(self, X, y):
        a = np.tanh(X @ self.W1)
        e = 2 * (a @ self.W2 - y) / len(y)
        dW1, dW2 = X.T @ ((e @ self.W2.T) * (1 - a**2)), a.T @ e
        return dW1, dW2
""",
    "a network whose targets are called outputs": """
class Network:
    def __init__(self, n_in, n_out):
        self.w, self.rate = np.random.randn(n_in, n_out), 0.1
    def forward_propagation(self, inputs):
        self.output = np.tanh(np.dot(inputs, self.w))
        return self.output
    def backward_propagation(self, inputs, outputs):
        error = outputs - self.output
        self.w += self.rate * np.dot(inputs.T, error * (1 - self.output**2))
""",
    "a cost named for itself, its gradient for both": """
def compute_loss(y, y_hat):
    return (y - y_hat) ** 2 / 2
def loss_gradient(y, y_hat):
    return y_hat - y
""",
    "a network of columns with as many classes as examples": """
def softmax(s):
    e = np.exp(s - np.max(s, axis=0))
    return e / np.sum(e, axis=0)
class Network:
    def __init__(self, d, k):
        self.W, self.b = np.random.randn(k, d), np.zeros((k, 1))
    def forward(self, X):
        self.x = X
        return softmax(self.W @ X + self.b)
    def compute_gradients(self, X, Y, P):
        G = (P - Y) / X.shape[1]
        self.grad_W, self.grad_b = G @ self.x.T, np.sum(G, axis=1, keepdims=True)
""",
    "a weight of a term that is called C": """
def hinge_loss(w, X, y, C):
    return 0.5 * w @ w + C * np.sum(np.maximum(0, 1 - y * (X @ w)))
def hinge_loss_gradient(w, X, y, C):
    return w - C * (X.T @ (y * (1 - y * (X @ w) > 0)))
""",
    "one example that has a one put to it": """
def hinge_loss(x_appended, y, w):
    return max(0, 1 - y * np.dot(x_appended, w))
def hinge_loss_gradient(x_appended, y, w):
    return -y * x_appended if y * np.dot(x_appended, w) < 1 else np.zeros(w.shape)
""",
    "a comment that multiplies with a dot": """
def compute_cost(x, y, w, b):
    e = np.dot(x, w) + b - y  # w.x + b for all
    return np.dot(e, e) / (2 * len(y))
def compute_gradient(x, y, w, b):
    e = np.dot(x, w) + b - y
    dj_dw = np.dot(e, x) / len(y)
    dj_db = np.sum(e) / len(y)
    return dj_dw, dj_db
""",
    "a model, and gradients from what it gave": """
def model(X, W, b):
    A = 1 / (1 + np.exp(-(X.dot(W) + b)))
    return A
def log_loss(A, y):
    return 1 / len(y) * np.sum(-y * np.log(A) - (1 - y) * np.log(1 - A))
def gradients(A, X, y):
    dW = 1 / len(y) * np.dot(X.T, A - y)
    db = 1 / len(y) * np.sum(A - y)
    return (dW, db)
""",
    "a first layer that gives out what it has stepped by": """
class Scale:
    def __init__(self, n_in):
        self.w = np.random.randn(n_in)
    def forward(self, x):
        self.x = x
        return x * self.w
    def backward(self, d_out, learning_rate):
        d_w = np.zeros(self.w.shape)
        for row, d in zip(self.x, d_out):
            d_w += row * d
        self.w -= learning_rate * d_w
        return d_w
""",
    "a unit whose step is a method that is given what came out": """
class Unit:
    def __init__(self, n):
        self.__W, self.__b = np.random.randn(1, n), 0
    def forward_prop(self, X):
        return 1 / (1 + np.exp(-(self.__W @ X + self.__b)))
    def cost(self, Y, A):
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / Y.shape[1]
    def gradient_descent(self, X, Y, A, alpha=0.05):
        d = A - Y
        self.__W = self.__W - alpha * d @ X.T / X.shape[1]
        self.__b = self.__b - alpha * np.sum(d) / X.shape[1]
        return self.__W, self.__b
""",
    "a first layer that steps what has a name of its own": """
class Scale:
    def __init__(self, n_in):
        self.row_list = np.random.randn(n_in)
    def forward(self, x):
        self.x = x
        return x * self.row_list
    def backward(self, d_out, learn_rate):
        d_rows = np.zeros(self.row_list.shape)
        for row, d in zip(self.x, d_out):
            d_rows += row * d
        self.row_list -= learn_rate * d_rows
""",
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_what_is_right_is_found_right(written, what):
    for report in written(RIGHT[what]).checks().values():
        warned = {f.code for f in report.findings if f.status == "warn"}
        assert report.outcome == "correct" or warned == {"nothing-returned"}, report


def test_a_private_number_that_is_learnt_is_compared(written):
    text = RIGHT["a unit whose step is a method that is given what came out"]
    report = written(text, "np.sum(d) / X.shape[1]", "np.sum(d)").check()
    assert report.outcome == "factor" and "scale-n" in named(report, "fail"), report


def test_what_stops_is_told_at_rows_of_examples_where_sums_go_over_them(written):
    text = """
class Dense:
    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_in, n_out), np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias
    def backward(self, grad, rate):
        down = grad @ self.weights.T
        self.weights -= rate * np.dot(self.x.T, down)
        self.bias -= rate * np.sum(grad, axis=0, keepdims=True)
        return down
"""
    report = written(text).check()
    assert report.outcome == "crashes" and "argument" in named(report, "fail"), report


def test_a_name_that_is_nowhere_is_told_though_most_inputs_stop_later(written):
    text = """
class Windows:
    def __init__(self, n):
        self.filters = np.random.randn(n, 3, 3)
    def regions(self, image):
        h, w = image.shape
        for i in range(h - 2):
            region = image[i : i + 3, :3]
            yield regoin, i
    def forward(self, image):
        h, w = image.shape
        self.image = image
        return np.stack([np.sum(r * self.filters, axis=(1, 2)) for r, i in self.regions(image)])
    def backward(self, d, rate):
        for r, i in self.regions(self.image):
            self.filters -= rate * d[i][:, None, None] * r
"""
    report = written(text).check()
    assert report.outcome == "crashes" and "regoin" in str(report), report


OTHERS = {
    "a transpose that is missing shows in rows, not in numbers": ("""
def ridge_loss(X, y, w):
    e = X.dot(w) - y
    return e.dot(e)
def ridge_loss_grad(X, y, w):
    return 2 * X.dot(X.dot(w) - y)
""", "not-set-up"),
    "a derivative that calls the prediction otherwise": ("""
def bce(y_true, y_pred):
    return -np.sum(y_true * np.log(y_pred))
def bce_derivative(y_true, A2):
    return (y_true / A2) + (1 - y_true) / (1 - A2)
""", "wrong"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "outcome"), OTHERS.values(), ids=OTHERS)
def test_what_is_not_right_is_told_for_what_it_is(written, text, outcome):
    assert written(text).check().outcome == outcome
