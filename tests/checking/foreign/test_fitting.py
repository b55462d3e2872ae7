"""Set-ups that no name tells: which shapes go together is found by how far forward gets."""

import pytest

from derivexplain import conventions
from derivexplain.foreign.building import fitting

LAYERS = """
class Gates:
    def __init__(self, Wg, Wc, bg, bc):
        self.Wg, self.Wc, self.bg, self.bc = Wg, Wc, bg, bc
    def forward(self, x, h):
        n = h.shape[1]
        self.x, self.h, self.both = x, h, np.hstack([x, h])
        a = 1 / (1 + np.exp(-(self.both @ self.Wg + self.bg)))
        self.r, self.z = a[:, :n], a[:, n:]
        self.gated = np.hstack([x, self.r * h])
        self.c = np.tanh(self.gated @ self.Wc + self.bc)
        return self.z * h + (1 - self.z) * self.c
    def backward(self, dout):
        n = self.x.shape[1]
        dc = dout * (1 - self.z) * (1 - self.c**2)
        self.dWc, self.dbc = self.gated.T @ dc, dc.sum(axis=0)
        dgated = dc @ self.Wc.T
        dr, dz = dgated[:, n:] * self.h, dout * (self.h - self.c)
        da = np.hstack([dr * self.r * (1 - self.r), dz * self.z * (1 - self.z)])
        self.dWg, self.dbg = self.both.T @ da, da.sum(axis=0)
        dboth = da @ self.Wg.T
        return dgated[:, :n] + dboth[:, :n], dout * self.z + dgated[:, n:] * self.r + dboth[:, n:]
class Both:
    def __init__(self, Wl, Ul, Wr, Ur):
        self.Wl, self.Ul, self.Wr, self.Ur = Wl, Ul, Wr, Ur
    def forward(self, x):
        n, steps, _ = x.shape
        self.x, self.l, self.r = x, np.zeros((n, steps + 1, len(self.Ul))), np.zeros((n, steps + 1, len(self.Ur)))
        for t in range(steps):
            self.l[:, t + 1] = np.tanh(x[:, t] @ self.Wl + self.l[:, t] @ self.Ul)
        for t in reversed(range(steps)):
            self.r[:, t] = np.tanh(x[:, t] @ self.Wr + self.r[:, t + 1] @ self.Ur)
        return np.concatenate([self.l[:, 1:], self.r[:, :-1]], axis=2)
    def backward(self, dout):
        n, steps, _ = self.x.shape
        H, dx = len(self.Ul), np.zeros_like(self.x)
        self.dWl, self.dUl, self.dWr, self.dUr = [np.zeros_like(w) for w in (self.Wl, self.Ul, self.Wr, self.Ur)]
        dl, dr = np.zeros((n, H)), np.zeros((n, len(self.Ur)))
        for t in reversed(range(steps)):
            da = (dout[:, t, :H] + dl) * (1 - self.l[:, t + 1] ** 2)
            self.dWl += self.x[:, t].T @ da
            self.dUl += self.l[:, t].T @ da
            dx[:, t], dl = da @ self.Wl.T, da @ self.Ul.T
        for t in range(steps):
            da = (dout[:, t, H:] + dr) * (1 - self.r[:, t] ** 2)
            self.dWr += self.x[:, t].T @ da
            self.dUr += self.r[:, t + 1].T @ da
            dx[:, t] += da @ self.Wr.T
            dr = da @ self.Ur.T
        return dx
class Delayed:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.pad = np.concatenate([np.zeros((len(x), len(self.W) - 1, x.shape[2])), x], axis=1)
        return self.b + sum(self.pad[:, k : k + x.shape[1]] @ w for k, w in enumerate(self.W))
    def backward(self, dout):
        dpad, self.dW, self.db = np.zeros_like(self.pad), np.zeros_like(self.W), dout.sum(axis=(0, 1))
        for k in range(len(self.W)):
            self.dW[k] = np.einsum("ntd,ntm->dm", self.pad[:, k : k + dout.shape[1]], dout)
            dpad[:, k : k + dout.shape[1]] += dout @ self.W[k].T
        return dpad[:, len(self.W) - 1 :]
class Chain:
    def __init__(self, A):
        self.A = A
    def forward(self, E):
        self.alphas = [E[0]]
        for e in E[1:]:
            self.alphas.append(e + np.log(np.exp(self.alphas[-1][:, None] + self.A).sum(axis=0)))
        self.log_z = np.log(np.exp(self.alphas[-1]).sum())
        return self.log_z
    def backward(self, dout=1.0):
        dE, self.dA = np.zeros((len(self.alphas), len(self.A))), np.zeros_like(self.A)
        dE[-1] = dout * np.exp(self.alphas[-1] - self.log_z)
        for t in range(len(dE) - 1, 0, -1):
            e = np.exp(self.alphas[t - 1][:, None] + self.A)
            moved = e / e.sum(axis=0) * dE[t]
            self.dA += moved
            dE[t - 1] = moved.sum(axis=1)
        return dE
class Gaussians:
    def __init__(self, means, sharpness):
        self.means, self.sharpness = means, sharpness
    def forward(self, X):
        self.off = X[:, None, :] - self.means
        self.far = (self.off**2).sum(axis=2)
        self.y = np.exp(-self.sharpness * self.far)
        return self.y
    def backward(self, dy):
        g = dy * self.y
        self.dsharpness = -(g * self.far).sum(axis=0)
        w = 2 * (g * self.sharpness)[:, :, None] * self.off
        self.dmeans = w.sum(axis=0)
        return -w.sum(axis=1)
class Square:
    def __init__(self, A, b):
        self.A, self.b = A, b
    def forward(self, x):
        self.x = x
        return np.einsum("ni,ij,nj->n", x, self.A, x) + x @ self.b
    def backward(self, dout):
        self.dA, self.db = np.einsum("n,ni,nj->ij", dout, self.x, self.x), dout @ self.x
        return dout[:, None] * (self.x @ (self.A + self.A.T) + self.b)
class Experts:
    def forward(self, logits, mu, x):
        e = np.exp(logits)
        joint = np.log(e / e.sum(axis=1, keepdims=True)) - (x[:, None] - mu) ** 2 / 2
        self.share = e / e.sum(axis=1, keepdims=True)
        self.off, self.r = mu - x[:, None], np.exp(joint) / np.exp(joint).sum(axis=1, keepdims=True)
        return -np.log(np.exp(joint).sum(axis=1)).mean()
    def backward(self):
        n = len(self.off)
        return (self.share - self.r) / n, self.r * self.off / n, -(self.r * self.off).sum(axis=1) / n
class Neighbours:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
    def forward(self, X, A):
        self.near = np.abs(A) / (1 + np.abs(A).sum(axis=1))[:, None]
        self.mixed = self.near @ X
        return self.mixed @ self.W
    def backward(self, dH):
        self.dW = self.mixed.T @ dH
        return self.near.T @ (dH @ self.W.T)
class Products:
    def forward(self, A, B):
        self.A, self.B = A, B
        return np.matmul(A, B)
    def backward(self, dC):
        return np.matmul(dC, self.B.transpose(0, 2, 1)), np.matmul(self.A.transpose(0, 2, 1), dC)
class Placed:
    def __init__(self, E, P):
        self.E, self.P = E, P
    def forward(self, ids):
        self.ids = ids
        return self.E[ids] + self.P[: ids.shape[1]]
    def backward(self, dout):
        self.dE, self.dP = np.zeros_like(self.E), np.zeros_like(self.P)
        np.add.at(self.dE, self.ids, dout)
        self.dP[: dout.shape[1]] = dout.sum(axis=0)
def taps_forward(x, w):
    return w[0] * np.roll(x, 1, axis=-1) + w[1] * x + w[2] * np.roll(x, -1, axis=-1)
def taps_backward(dy, x, w):
    dx = w[0] * np.roll(dy, -1, axis=-1) + w[1] * dy + w[2] * np.roll(dy, 1, axis=-1)
    return dx, np.array([(dy * np.roll(x, k, axis=-1)).sum() for k in (1, 0, -1)])
"""
SLIPS = [
    ("Gates", "dout * (self.h - self.c)", "dout * (self.c - self.h)"),
    ("Both", "self.r[:, t + 1].T @ da", "self.r[:, t].T @ da"),
    ("Delayed", "+= dout @ self.W[k].T", "= dout @ self.W[k].T"),
    ("Chain", "self.dA += moved", "self.dA = moved"),
    ("Gaussians", "2 * (g *", "(g *"),
    ("Square", "(self.A + self.A.T)", "(2 * self.A)"),
    ("Experts", "self.r * self.off / n,", "self.r * self.off,"),
    ("Neighbours", "return self.near.T @ (dH", "return self.near @ (dH"),
    ("Products", "np.matmul(dC, self.B", "np.matmul(-dC, self.B"),
    ("Placed", "np.add.at(self.dE, self.ids, dout)", "self.dE[self.ids] += dout"),
    ("taps", "dx = w[0]", "dx = w[2]"),
]


@pytest.mark.parametrize(("name", "old", "new"), SLIPS)
def test_shapes_that_go_together_are_found(written, name, old, new):
    right = written(LAYERS).check(name)
    assert right.outcome == "correct", right
    assert written(LAYERS, old, new).check(name).outcome in ("wrong", "factor")


DENSE = """
class Dense:
    def __init__(self, W, b, slope):
        self.W, self.b, self.slope = W, b, slope
    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return np.where(self.z > 0, self.z, self.slope * self.z)
    def backward(self, dout):
        dz = dout * np.where(self.z > 0, 1, self.slope)
        self.dslope = (dout * self.z * (self.z <= 0)).sum(axis=0)
        self.dW, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.W.T
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("dz.sum(axis=0)", "dz"), (".sum(axis=0)", ".sum()"), ("return dz @ self.W.T", "return dz @ self.W"), ("self.x.T @ dz", "dz.T @ self.x")],
)  # fmt: skip
def test_no_shape_is_found_at_which_a_slip_does_not_show(written, old, new):
    assert written(DENSE).check("Dense").outcome == "correct"
    assert written(DENSE, old, new).check("Dense").outcome in ("wrong", "crashes")


STEPS = """
def norm_forward(x, gamma, beta):
    c = x - x.mean(axis=-1, keepdims=True)
    inv = 1 / np.sqrt((c**2).mean(axis=-1, keepdims=True) + 1e-5)
    return gamma * c * inv + beta, (c * inv, inv, gamma)
def norm_backward(dout, cache):
    xhat, inv, gamma = cache
    d = dout * gamma
    dx = inv * (d - d.mean(axis=-1, keepdims=True) - xhat * (d * xhat).mean(axis=-1, keepdims=True))
    return dx, (dout * xhat).sum(axis=(0, 1)), dout.sum(axis=(0, 1))
"""


def test_a_parameter_has_no_row_for_every_step(written):
    assert written(STEPS).check("norm").outcome == "correct"
    assert written(STEPS, " dout.sum(axis=(0, 1))", " dout.sum(axis=0)").check("norm").outcome == "wrong"


def test_what_runs_is_made_as_general_as_it_may_be():
    progress = fitting.Progress(lambda made, given: lambda: None, set(), conventions.SIZES)
    found = fitting.general(fitting.Shapes(("(D,D)", "(D)"), ("(N,D)",)), progress)
    assert len({n for s in found.whole() for n in fitting.axes(s)}) > 3


ONE_ROW = """
class Dense:
    def __init__(self, n_in, n_out):
        self.x = np.zeros((1, n_in))
        self.W, self.bias = np.zeros((n_in, n_out)), np.zeros((1, n_out))
    def forward(self, data):
        self.x = data
        return data @ self.W + self.bias
    def backward(self, dout):
        self.dW, self.dbias = self.x.T @ dout, dout.copy()
        return dout @ self.W.T
"""


def test_code_that_makes_a_place_for_one_row_wants_one_and_more_are_a_hazard(written):
    report = written(ONE_ROW).check("Dense")
    assert report.outcome == "hazards", report
    assert any(f.message.startswith("more rows than one") for f in report.findings), report
    assert written(ONE_ROW, "        self.x = np.zeros((1, n_in))\n", "").check("Dense").outcome == "wrong"


FIXED = """
class Built:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1.copy(), W2.copy()
        self.B1, self.B2 = np.zeros((1, 2)), np.zeros((1, 4))
    def forward(self, x):
        x = x.reshape(1, -1)
        self.H = np.tanh(x @ self.W1 + self.B1)
        e = np.exp(self.H @ self.W2 + self.B2)
        self.p = e / e.sum()
        return self.p
    def grad(self, x, y):
        self.forward(x)
        x, y = x.reshape(1, -1), y.reshape(1, -1)
        d = self.p - y
        self.dW2, self.dB2 = self.H.T @ d, d
        d = d @ self.W2.T * (1 - self.H ** 2)
        self.dW1, self.dB1 = x.T @ d, d
"""
ROWS_FOR_COLUMNS = """
class Dense:
    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_out, n_in), np.random.randn(n_out, 1)
    def forward(self, input):
        self.input = input
        return np.dot(self.weights, input) + self.bias
    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * np.sum(output_gradient, axis=1, keepdims=True)
        return np.dot(self.weights.T, output_gradient)
"""


def test_where_backward_stops_at_shapes_that_were_only_found_it_is_not_called_wrong(written):
    assert written(FIXED).check().outcome == "not-set-up"


def test_where_a_matrix_comes_back_for_a_number_no_number_was_meant(written):
    (said,) = written(ROWS_FOR_COLUMNS).check().findings
    assert said.code == "crash" and said.where.endswith(":9") and "(2,3) and (5,3)" in said.message
    turned = "output_gradient.sum(1).reshape(-1, 1)"  # of one column it might be
    edits = ("np.sum(output_gradient, axis=1, keepdims=True)", turned)
    assert written(ROWS_FOR_COLUMNS, *edits).check().outcome == "crashes"
