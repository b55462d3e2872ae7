"""Networks with the sizes of their images built in: what comes in is read from the numbers in their text."""

import pytest

from derivexplain.foreign.building.pictures import pictures

from ..reports import named

TEXTS = {
    "in colour": """
class Net:
    def __init__(self):
        self.W, self.b = np.random.randn(12 * 12 * 3, 4) * 0.1, np.zeros(4)
    def forward(self, x):
        self.shape, self.x = x.shape, x.reshape(x.shape[0], 12 * 12 * 3)
        return self.x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return (dout @ self.W.T).reshape(self.shape)
""",
    "one alone": """
class Net:
    def __init__(self):
        self.W, self.b = np.random.randn(4, 10 * 10) * 0.1, np.zeros((4, 1))
    def forward(self, image):
        self.x = image.reshape(10 * 10, 1)
        return self.W @ self.x + self.b
    def backward(self, d):
        self.dW, self.db = d @ self.x.T, 1 * d
        return (self.W.T @ d).reshape(10, 10)
""",
    "after a window": """
class Net:
    def __init__(self):
        self.K, self.W = np.random.randn(2, 1, 3, 3), np.random.randn(2 * 8 * 8, 4) * 0.1
    def forward(self, x):
        self.x, z = x, np.zeros((len(x), 2, 8, 8))
        for i in range(3):
            for j in range(3):
                z += np.einsum("nchw,fc->nfhw", x[:, :, i:i + 8, j:j + 8], self.K[:, :, i, j])
        self.z = z
        return np.tanh(z).reshape(len(x), -1) @ self.W
    def backward(self, dout):
        self.dW = np.tanh(self.z).reshape(len(dout), -1).T @ dout
        dz = (dout @ self.W.T).reshape(self.z.shape) * (1 - np.tanh(self.z) ** 2)
        self.dK = np.zeros_like(self.K)
        for i in range(3):
            for j in range(3):
                self.dK[:, :, i, j] = np.einsum("nchw,nfhw->fc", self.x[:, :, i:i + 8, j:j + 8], dz)
""",
    "with a number that may be told": """
class Dense:
    def __init__(self, n_out=6):
        self.W, self.b = np.random.randn(784, n_out) * 0.1, np.zeros(n_out)
    def forward(self, x):
        assert x.shape[1] == 784
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
""",
}


@pytest.mark.parametrize(
    ("text", "old", "new", "code"),
    [
        ("in colour", "dout.sum(axis=0)", "dout.mean(axis=0)", "scale-n"),
        ("one alone", "d @ self.x.T", "-d @ self.x.T", "sign"),
        ("after a window", "(1 - np.tanh(self.z) ** 2)", "(1 - np.tanh(self.z))", "power"),
        ("with a number that may be told", "self.x.T @ dout", "-self.x.T @ dout", "sign"),
    ],
)
def test_they_are_set_up_and_their_slips_named(written, text, old, new, code):
    assert written(TEXTS[text]).check().ok
    report = written(TEXTS[text], old, new).check()
    assert not report.ok and code in named(report, "fail"), report


def test_the_likeliest_images_come_first():
    assert next(pictures("W = randn(784, 10)")) == "(N,28,28)" and "(N,3072)" in pictures("randn(32 * 32 * 3)")
    assert [*pictures("W = randn(3, 5)  # 28 * 28")] == []
