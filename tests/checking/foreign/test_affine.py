"""Affine maps whose arguments no name tells: which one is the data is seen by what forward does with them."""

import pytest

ROWS = """
def linear_forward({0}, {1}, {2}):
    return {0} @ {1} + {2}, ({0}, {1}, {2})
def linear_backward(dout, cache):
    {0}, {1}, {2} = cache
    return dout @ {1}.T, {0}.T @ dout, dout.sum(axis=0)
"""
COLUMNS = """
def linear_forward({0}, {1}, {2}):
    return np.dot({1}, {0}) + {2}, ({0}, {1}, {2})
def linear_backward(dout, cache):
    {0}, {1}, {2} = cache
    return np.dot({1}.T, dout), np.dot(dout, {0}.T), np.sum(dout, axis=1, keepdims=True)
"""
TURNED = """
def fc_forward({0}, {1}, {2}):
    return {0}.dot({1}.T) + {2}
def fc_backward(grad, {0}, {1}, {2}):
    return grad.dot({1}), grad.T.dot({0}), grad.sum(0)
"""
VECTOR = """
def layer_forward({0}, {1}, {2}):
    return {2} + np.dot({1}, {0}), ({0}, {1})
def layer_backward(grad, cache):
    {0}, {1} = cache
    return np.dot({1}.T, grad), np.outer(grad, {0}), grad.copy()
"""
STEP = """
def rnn_forward({0}, s, {1}, V, {2}):
    n = np.tanh({0} @ {1} + s @ V + {2})
    return n, ({0}, s, {1}, V, n)
def rnn_backward(dn, cache):
    x, s, U, V, n = cache
    d = dn * (1 - n ** 2)
    return d @ U.T, d @ V.T, x.T @ d, s.T @ d, d.sum(axis=0)
"""
COMPOSED = """
def affine_forward(a, W, b):
    return a @ W + b, (a, W, b)
def affine_backward(d, cache):
    a, W, b = cache
    return d @ W.T, a.T @ d, d.sum(axis=0)
def linear_forward({0}, {1}, {2}):
    z, cache = affine_forward({0}, {1}, {2})
    return np.tanh(z), (cache, z)
def linear_backward(grad, cache):
    before, z = cache
    return affine_backward(grad * (1 - np.tanh(z) ** 2), before)
"""
NORMED = """
def batchnorm_forward({0}, {1}, {2}, eps=1e-5):
    r = 1 / np.sqrt({0}.var(axis=0) + eps)
    n = ({0} - {0}.mean(axis=0)) * r
    return {1} * n + {2}, (n, {1}, r)
def batchnorm_backward(dout, cache):
    n, g, r = cache
    d = dout * g
    return r * (d - d.mean(axis=0) - n * (d * n).mean(axis=0)), (dout * n).sum(axis=0), dout.sum(axis=0)
"""


@pytest.mark.parametrize("names", [("h", "U", "c"), ("x", "poids", "biais"), ("q", "K", "b")])
@pytest.mark.parametrize(
    "text, old, new",
    [
        (ROWS, ".sum(axis=0)", ".sum(axis=1)"),
        (COLUMNS, "np.sum(dout", "np.max(dout"),
        (TURNED, "grad.sum(0)", "grad.mean(0)"),
        (STEP, "s.T @ d", "s.T @ dn"),
        (COMPOSED, "1 - np.tanh", "1 + np.tanh"),
        (NORMED, "(dout * n).sum", "(dout + n).sum"),
        (VECTOR, "np.outer(grad, ", "np.outer(2 * grad, "),
    ],
)
def test_the_data_the_matrix_and_the_offset_are_known_by_what_is_done_with_them(written, names, text, old, new):
    name = "linear" if text is COMPOSED else None
    assert written(text.format(*names)).check(name).outcome == "correct"
    assert written(text.format(*names), old, new).check(name).outcome in ("wrong", "factor")


NUMBERS = """
def dropout_forward(x, {0}):
    mask = (np.random.rand(*x.shape) < {0}) / {0}
    return x * mask, mask
def dropout_backward(dout, mask):
    return dout * mask
def maxpool_forward(x, {1}, {2}):
    rows, columns = ((n - {1}) // {2} + 1 for n in x.shape[2:])
    out = np.zeros((*x.shape[:2], rows, columns))
    for i, j in np.ndindex(rows, columns):
        out[:, :, i, j] = x[:, :, i * {2}:i * {2} + {1}, j * {2}:j * {2} + {1}].max(axis=(2, 3))
    return out, (x, {1}, {2})
def maxpool_backward(dout, cache):
    x, k, step = cache
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = x[n, c, i * step:i * step + k, j * step:j * step + k]
        r, s = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i * step + r, j * step + s] += dout[n, c, i, j]
    return dx
"""


@pytest.mark.parametrize("names", [("q", "f", "s"), ("kp", "k", "st")])
def test_what_bounds_draws_and_what_windows_are_long_and_apart_are_numbers(written, names):
    text = NUMBERS.format(*names)
    assert [written(text).check(n).outcome for n in ("dropout", "maxpool")] == ["correct"] * 2
    assert written(text, "dout * mask", "dout + mask").check("dropout").outcome == "wrong"
    assert written(text, "+ s] += dout", "+ s] -= dout").check("maxpool").outcome in ("wrong", "factor")


GATES = """
def sig(z):
    return 1 / (1 + np.exp(-z))
def lstm_forward(u, s, m, A, B, k):
    H = s.shape[1]
    z = u @ A + s @ B + k
    i, f, o, g = sig(z[:, :H]), sig(z[:, H:2 * H]), sig(z[:, 2 * H:3 * H]), np.tanh(z[:, 3 * H:])
    n = f * m + i * g
    return o * np.tanh(n), n, (u, s, m, A, B, i, f, o, g, n)
def lstm_backward(dh, dn, cache):
    u, s, m, A, B, i, f, o, g, n = cache
    t = np.tanh(n)
    d = dn + dh * o * (1 - t ** 2)
    dz = np.hstack([d * g * i * (1 - i), d * m * f * (1 - f), dh * t * o * (1 - o), d * i * (1 - g ** 2)])
    return dz @ A.T, dz @ B.T, d * f, u.T @ dz, s.T @ dz, dz.sum(axis=0)
"""
FILTERS = """
def conv_forward(x, F, b):
    k = F.shape[2]
    rows, columns = (n - k + 1 for n in x.shape[2:])
    out = np.zeros((len(x), len(F), rows, columns))
    for i, j in np.ndindex(rows, columns):
        out[:, :, i, j] = np.einsum("nchw,fchw->nf", x[:, :, i:i + k, j:j + k], F) + b
    return out, (x, F)
def conv_backward(dout, cache):
    x, F = cache
    k, dx, dF = F.shape[2], np.zeros_like(x), np.zeros_like(F)
    for i, j in np.ndindex(dout.shape[2:]):
        dF += np.tensordot(dout[:, :, i, j], x[:, :, i:i + k, j:j + k], axes=([0], [0]))
        dx[:, :, i:i + k, j:j + k] += np.tensordot(dout[:, :, i, j], F, 1)
    return dx, dF, dout.sum(axis=(0, 2, 3))
"""


@pytest.mark.parametrize(
    "text, old, new",
    [
        (GATES, "d * f, u.T", "d, u.T"),
        (FILTERS, "dF += ", "dF = "),
        (FILTERS.replace(" b", " c").replace("+ b", "+ c"), "dF += ", "dF = "),
    ],
)
def test_gates_side_by_side_and_filters_of_one_letter_are_set_up(written, text, old, new):
    assert written(text).check().outcome == "correct"
    assert written(text, old, new).check().outcome == "wrong"


WINDOWS = """
class Windows:
    def __init__(self, {0}, {1}):
        self.{0}, self.{1} = {0}, {1}
    def forward(self, x):
        self.x = x
        f, c, k = self.{0}.shape
        out = np.zeros((len(x), f, x.shape[2] - k + 1))
        for t in range(out.shape[2]):
            out[:, :, t] = np.tensordot(x[:, :, t:t + k], self.{0}, ((1, 2), (1, 2)))
        return out + self.{1}[:, None]
    def backward(self, dout):
        dx, self.d{0} = np.zeros_like(self.x), np.zeros_like(self.{0})
        self.d{1} = dout.sum(axis=(0, 2))
        k = self.{0}.shape[2]
        for t in range(dout.shape[2]):
            dx[:, :, t:t + k] += np.tensordot(dout[:, :, t], self.{0}, (1, 0))
            self.d{0} += np.tensordot(dout[:, :, t], self.x[:, :, t:t + k], (0, 0))
        return dx
"""


@pytest.mark.parametrize("names", [("k", "c"), ("F", "b0"), ("theta", "add")])
def test_filters_and_what_is_added_for_each_are_known_by_what_is_done_with_them(written, names):
    assert written(WINDOWS.format(*names)).check("Windows").outcome == "correct"
    assert written(WINDOWS.format(*names), "(0, 2))", "(0, 2)) / 2").check("Windows").outcome == "factor"


SCALE = """
def rmsnorm_forward(x, weight, eps):
    r = 1 / np.sqrt((x * x).mean(axis=-1, keepdims=True) + eps)
    return x * r * (1 + weight), (x, r, weight)
def rmsnorm_backward(dy, cache):
    x, r, weight = cache
    d = dy * (1 + weight)
    return r * (d - x * r**2 * (d * x).mean(axis=-1, keepdims=True)), (dy * x * r).sum(axis=0)
"""


@pytest.mark.parametrize(
    ("old", "new", "outcome"), [("", "", "correct"), ("= dy * (1 + weight)", "= dy * weight", "wrong")]
)
def test_an_epsilon_is_no_offset_of_a_norm(written, old, new, outcome):
    report = written(SCALE, *[old, new] * bool(old)).check("rmsnorm")
    assert report.outcome == outcome and ("1 + weight" in str(report)) == bool(old)
