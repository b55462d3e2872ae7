"""Networks whose layers step themselves: at which rate, whether each is given it or made with it."""

import pytest

LAYERS = """
class Dense:
    def __init__(self, n_in, n_out, lr=0.01):
        self.W, self.b, self.lr = np.random.randn(n_in, n_out), np.zeros((1, n_out)), lr
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        dx = dout @ self.W.T
        self.W -= self.lr * self.x.T @ dout
        self.b -= self.lr * dout.sum(axis=0, keepdims=True)
        return dx
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, dout):
        return dout * (1 - self.y**2)
"""
MADE = """
class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.first, self.act, self.last = Dense(n_in, n_hidden), Tanh(), Dense(n_hidden, n_out)
    def forward(self, x):
        self.out = self.last.forward(self.act.forward(self.first.forward(x)))
        return self.out
    def backward(self, t):
        d = self.last.backward((self.out - t) / len(t))
        d = self.act.backward(d)
        d = self.first.backward(d)
"""
HANDED = """
class Network:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.layers = [Dense(n_in, n_hidden), Tanh(), Dense(n_hidden, n_out)]
        self.lr = lr
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(d, self.lr)
        return d
"""
GIVEN = LAYERS.replace("(self, dout)", "(self, dout, rate)").replace("self.lr *", "rate *")
PACE = GIVEN + HANDED.replace("lr", "pace")  # known by what the layers do with it
ASKED = GIVEN + HANDED.replace(", lr=0.1", "").replace("        self.lr = lr\n", "")
ASKED = ASKED.replace("(self, d)", "(self, d, pace)").replace("self.lr", "pace")


@pytest.mark.parametrize("text", [LAYERS + MADE, GIVEN + HANDED, PACE, ASKED])
def test_a_right_network_is_right(written, text):
    assert written(text).check("Network").outcome == "correct"


@pytest.mark.parametrize(
    ("text", "old", "new", "outcome"),
    [
        (LAYERS + MADE, "(self.out - t)", "(t - self.out)", "factor"),  # uphill
        (LAYERS + MADE, "        d = self.act.backward(d)\n", "", "wrong"),
        (GIVEN + HANDED, "backward(d, self.lr)", "backward(2 * d, self.lr)", "factor"),
        (GIVEN + HANDED, "self.y**2", "self.y", "wrong"),
    ],
)
def test_a_slip_in_it_is_told(written, text, old, new, outcome):
    assert written(text, old, new).check("Network").outcome == outcome
