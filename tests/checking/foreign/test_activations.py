"""A layer that is given its activation may ask for the derivative at what went in, or at what came out."""

import pytest

DENSE = """
class Dense:
    def __init__(self, n_in, n_out, activation):
        self.W, self.activation = np.random.randn(n_in, n_out), activation
    def forward(self, x):
        self.x, self.z = x, x @ self.W
        self.a = self.activation.{}(self.z)
        return self.a
    def backward(self, dout):
        dz = dout * self.activation.{}(self.{})
        self.dW = self.x.T @ dz
        return dz @ self.W.T
"""
STEPS = """
class Steps:
    def __init__(self, n_in, n_hidden, activation):
        self.Wx, self.Wh = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_hidden)
        self.activation = activation
    def forward(self, x):
        self.x, self.h = x, np.zeros((len(x), x.shape[1] + 1, len(self.Wh)))
        for t in range(x.shape[1]):
            self.h[:, t] = self.activation(x[:, t] @ self.Wx + self.h[:, t - 1] @ self.Wh)
        return self.h[:, :-1]
    def backward(self, dout):
        dx, dh = np.zeros_like(self.x), 0
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        for t in reversed(range(self.x.shape[1])):
            dz = (dout[:, t] + dh) * self.activation.derivative(self.h[:, t])
            self.dWx += self.x[:, t].T @ dz
            self.dWh += self.h[:, t - 1].T @ dz
            dx[:, t], dh = dz @ self.Wx.T, dz @ self.Wh.T
        return dx
"""


@pytest.mark.parametrize("way", [("forward", "derivative"), ("function", "prime"), ("activate", "grad")])
@pytest.mark.parametrize("at", ["z", "a"])
def test_either_is_proved_and_no_other_array(written, way, at):
    report = written(DENSE.format(*way, at)).check()
    assert report.outcome == "correct" and report.verdict.status == "proved", report
    assert written(DENSE.format(*way, "a * self.a")).check().outcome == "wrong"


@pytest.mark.parametrize(
    ("edit", "outcome"), [((), "correct"), (("self.h[:, t])\n", "self.h[:, t - 1])\n"), "wrong")]
)
def test_every_step_gave_one(written, edit, outcome):
    assert written(STEPS, *edit).check().outcome == outcome
