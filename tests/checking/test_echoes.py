"""Echoes: what forward writes, keeps or draws tells what backward should read."""

import pytest

LAYERS = """
class Reset:
    def __init__(self, Wx, Wh):
        self.Wx, self.Wh = Wx, Wh
    def forward(self, x, h):
        self.x, self.h = x, h
        self.r = 1 / (1 + np.exp(-x @ self.Wx))
        self.y = np.tanh(x @ self.Wx + (self.r * h) @ self.Wh)
        return self.y
    def backward(self, dy):
        dz = dy * (1 - self.y ** 2)
        self.dWh = (self.r * self.h).T @ dz
        back = dz @ self.Wh.T
        dr = back * self.h * self.r * (1 - self.r)
        self.dWx = self.x.T @ dz + self.x.T @ dr
        return (dz + dr) @ self.Wx.T, back * self.r
class Mixed:
    def forward(self, a, b):
        self.a, self.b = a, b
        return np.einsum("nd,md->nm", a, b)
    def backward(self, g):
        return np.einsum("nm,md->nd", g, self.b), np.einsum("nm,nd->md", g, self.a)
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T
class Drop:
    def __init__(self, ratio=0.3):
        self.keep = 1 - ratio
    def forward(self, x):
        self.mask = np.random.binomial(1, self.keep, size=x.shape) / self.keep
        return x * self.mask
    def backward(self, dout):
        return dout * self.mask
class Pool:
    def forward(self, x, s=2):
        self.x, self.s = x, s
        n, c, h, w = x.shape
        out = np.zeros((n, c, (h - 2) // s + 1, (w - 2) // s + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[:, :, i, j] = x[:, :, i * s : i * s + 2, j * s : j * s + 2].sum(axis=(2, 3))
        return out
    def backward(self, dout):
        dx, s = np.zeros_like(self.x), self.s
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                for a in range(2):
                    for b in range(2):
                        dx[:, :, i * s + a, j * s + b] += dout[:, :, i, j]
        return dx
class Ends:
    def forward(self, x):
        return np.concatenate([x[:, 1:2], x, x[:, -2:-1]], axis=1)
    def backward(self, dout):
        dx = dout[:, 1:-1].copy()
        dx[:, 1] += dout[:, 0]
        dx[:, -2] += dout[:, -1]
        return dx
class Curved:
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, np.tanh(x))
    def backward(self, dout):
        return dout * np.where(self.x > 0, 1.0, 1 - np.tanh(self.x) ** 2)
class Slides:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        k = self.W.shape[-1]
        self.win = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
        return np.einsum("nchwij,fcij->nfhw", self.win, self.W)
    def backward(self, dout):
        k = self.W.shape[-1]
        self.dW = np.einsum("nfhw,nchwij->fcij", dout, self.win)
        wide = np.pad(dout, ((0, 0), (0, 0), (k - 1, k - 1), (k - 1, k - 1)))
        win = np.lib.stride_tricks.sliding_window_view(wide, (k, k), axis=(2, 3))
        return np.einsum("nfhwij,fcij->nchw", win, self.W[:, :, ::-1, ::-1])
class Scores:
    def forward(self, hs, h):
        s = np.sum(hs * h[:, None], axis=2)
        self.a = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
        self.cache = hs, h
        return self.a
    def backward(self, da):
        hs, h = self.cache
        ds = self.a * da
        ds -= self.a * np.sum(ds, axis=1, keepdims=True)
        return ds[:, :, None] * h[:, None], np.sum(ds[:, :, None] * hs, axis=1)
class Running:
    def __init__(self, features):
        self.mean = np.zeros(features)
    def forward(self, x):
        mean = x.mean(axis=0)
        self.mean = 0.9 * self.mean + 0.1 * mean
        self.x, self.c = x, x - mean
        return self.c ** 3
    def backward(self, dout):
        d = 3 * dout * (self.x - self.x.mean(axis=0)) ** 2
        return d - d.mean(axis=0)
"""


@pytest.mark.parametrize(
    "name", ["Reset", "Mixed", "Affine", "Drop", "Pool", "Ends", "Curved", "Slides", "Scores", "Running"]
)
def test_as_they_stand_they_are_right(written, name):
    assert written(LAYERS).check(name).ok


@pytest.mark.parametrize(
    ("name", "old", "new", "word"),
    [
        ("Reset", "(self.r * self.h).T @ dz", "self.h.T @ dz", "`self.h` should read `self.r * self.h`"),
        ("Mixed", '"nm,nd->md"', '"nm,md->nd"', "should read `np.einsum('mn,md->nd', g, self.a)`"),
        ("Affine", "self.db = dout.sum(axis=0)", "self.db = dout[0]", "`dout[0]` should read `dout.sum(axis=0)`"),
        ("Affine", "self.x = x\n", "self.x = x * x\n", "forward keeps is not what backward needs: `x * x`"),
        ("Affine", "self.db = dout.sum(axis=0)", "self.db = dout.sum()", "`dout.sum()` should read `dout.sum(axis=0)`"),
        ("Ends", "        dx[:, 1] += dout[:, 0]\n", "", "`dx[:, 1] += dout[:, 0]` is missing after"),
        ("Ends", "dx[:, 1] += dout[:, 0]", "dx[:, 1] += dout[:, 1]", "`dout[:, 1]` should read `dout[:, 0]`"),
        ("Curved", "self.x > 0, 1.0,", "self.x > 0, self.x,", "should read `np.where(self.x > 0, 1, "),
        ("Curved", "1 - np.tanh(self.x) ** 2", "(1 - np.tanh(self.x)) ** 2", "should read `1 - np.tanh(self.x) ** 2`"),
        ("Slides", "self.W[:, :, ::-1, ::-1]", "self.W", "`self.W` should read `self.W[..., ::-1, ::-1]`"),
        ("Scores", "ds -= self.a * np.sum", "ds -= np.sum", "`ds -= np.sum(ds, axis=1, keepdims=True) * self.a`"),
        ("Pool", "dx[:, :, i * s + a, j * s + b]", "dx[:, :, i + a, j + b]", "`dx[:, :, i * s + a, j * s + b]`"),
    ],
)  # fmt: skip
def test_what_should_stand_there_is_named(written, name, old, new, word):
    report = written(LAYERS, old, new).check(name)
    assert word in str(report) and "another forward" not in str(report), report


@pytest.mark.parametrize(
    ("name", "old", "new", "never"),
    [
        ("Drop", "return dout * self.mask", "return dout * np.random.binomial(1, self.keep, size=dout.shape) / self.keep", "should read"),
        ("Running", "self.x - self.x.mean(axis=0)) ** 2", "self.x - self.mean) ** 2", "another forward"),
    ],
)  # fmt: skip
def test_numbers_of_its_own_are_not_mended(written, name, old, new, never):
    report = written(LAYERS, old, new).check(name)
    assert report.outcome == "wrong" and never not in str(report), report


def test_what_forward_multiplies_by_without_a_name_is_missed(written):
    text = """
    class Bilinear:
        def __init__(self, n_in):
            self.w = np.random.randn(n_in, n_in)
        def forward(self, x, other):
            self.x, self.other = x, other
            return np.sum((x @ self.w) * other, axis=1)
        def backward(self, g):
            self.dw = self.x.T @ (g[:, None] * self.other)
            return g[:, None] * (self.other @ self.w.T), g[:, None] * (self.x @ self.w)
    """
    report = written(text, "g[:, None] * (self.x @ self.w)", "g[:, None]").check()
    assert "`g[:, None]` should read `g[:, None] * (self.x @ self.w)`" in str(report)
