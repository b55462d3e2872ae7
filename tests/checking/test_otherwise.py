"""A slip that spoils every gradient of a network whose loss no text states: what was meant is found all the same."""

import pytest

NET = """
class Net:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.W1, self.W2, self.lr = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_out), lr
    def act(self, z):
        return 1 / (1 + np.exp(-z))
    def slope(self, a):
        return a * (1 - a)
    def forward(self, X):
        self.h = self.act(X @ self.W1)
        self.out = self.act(self.h @ self.W2)
        return self.out
    def backward(self, X, y):
        d2 = (y - self.out) * self.slope(self.out)
        d1 = d2 @ self.W2.T * self.slope(self.h)
        self.W2 += self.lr * self.h.T @ d2
        self.W1 += self.lr * X.T @ d1
"""


@pytest.mark.parametrize(
    ("right", "wrong"), [("a * (1 - a)", "self.act(a) * (1 - self.act(a))"), ("1 - a", "1 + a")]
)  # fmt: skip
def test_a_wrong_derivative_is_told(written, right, wrong):
    report = written(NET, right, wrong).check()
    assert report.outcome == "wrong" and f"`{wrong}` should read `{right}`: then the gradients for" in str(report)


@pytest.mark.parametrize("error", ["(y - self.out) ** 3", "np.arctan(y - self.out)"])
def test_a_loss_of_ones_own_is_no_slip(written, error):
    assert written(NET, "(y - self.out)", error).check().outcome == "not-set-up"
