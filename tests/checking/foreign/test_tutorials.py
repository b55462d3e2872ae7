"""Whole networks as tutorials write them, under words that mean something else elsewhere."""

import pytest

TUTORIALS = {
    "l2": """
class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.w0, self.w1 = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_out)
    def forward(self, x):
        self.l1 = np.tanh(x @ self.w0)
        l2 = self.l1 @ self.w1
        return l2
    def backward(self, x, y, l2):
        error = y - l2
        hidden = error.dot(self.w1.T) * (1 - self.l1 ** 2)
        self.w0 += x.T.dot(hidden)
        self.w1 += self.l1.T.dot(error)
""",
    "an empty dict": """
class Network:
    def __init__(self, n_in, n_out):
        self.model = {}
        self.model["W"] = np.random.randn(n_in, n_out)
    def loss(self, X, y, reg=0.0):
        W = self.model["W"]
        p = np.exp(X.dot(W))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(len(X)), y])) + reg * np.sum(W * W)
        p[np.arange(len(X)), y] -= 1
        grads = {"W": X.T.dot(p) / len(X) + 2 * reg * W}
        return loss, grads
""",
    "no argument": """
class Network:
    def __init__(self, x, y):
        self.input, self.y = x, y
        self.w = np.random.rand(self.input.shape[1], 1)
        self.output = np.zeros(y.shape)
    def activation(self, s):
        return np.tanh(s)
    def predict(self):
        self.h = self.activation(np.dot(self.input, self.w))
        self.output = 2 * self.h
    def backprop(self):
        d_w = np.dot(self.input.T, 2 * (self.y - self.output) * 2 * (1 - self.h ** 2))
        self.w += d_w
""",
    "input_data": """
class Network:
    def __init__(self, sizes):
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = np.tanh(np.dot(w, a) + b)
        return a
    def backprop(self, input_data, target):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        acts = [input_data]
        for b, w in zip(self.biases, self.weights):
            acts.append(np.tanh(np.dot(w, acts[-1]) + b))
        delta = acts[-1] - target
        for l in range(1, len(self.weights) + 1):
            delta = delta * (1 - acts[-l] ** 2)
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, acts[-l - 1].T)
            delta = np.dot(self.weights[-l].T, delta)
        return nabla_b, nabla_w
""",
}


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_network_as_tutorials_write_it_under_other_words(written, name):
    assert written(TUTORIALS[name]).check().outcome == "correct"
