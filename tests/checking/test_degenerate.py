"""Set-ups at which a slip cannot show do not stand for the one that was meant, however well the numbers agree there."""

import pytest

from .reports import named

WINDOWS = """
def pool_forward(A_prev, hparameters):
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    f, stride = hparameters["f"], hparameters["stride"]
    n_H, n_W = (n_H_prev - f) // stride + 1, (n_W_prev - f) // stride + 1
    A = np.zeros((m, n_H, n_W, n_C))
    for h in range(n_H):
        for w in range(n_W):
            A[:, h, w] = A_prev[:, h*stride:h*stride+f, w*stride:w*stride+f].mean(axis=(1, 2))
    return A, (A_prev, hparameters)
def pool_backward(dA, cache):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            share = dA[:, h, w][:, None, None] / (f * f)
            dA_prev[:, h*stride:h*stride+f, w*stride:w*stride+f] += np.ones((1, f, f, 1)) * share
    return dA_prev
class Windowed:
    def __init__(self, kernel, n_filters):
        self.k, self.n, self.W = kernel, n_filters, None
    def forward(self, x):
        n, h, w, c = x.shape
        k = self.k
        if self.W is None:
            self.W = np.random.randn(self.n, k, k, c)
        out = np.zeros((n, h - k + 1, w - k + 1, self.n))
        for i in range(h - k + 1):
            for j in range(w - k + 1):
                out[:, i, j] = np.einsum('nabc,fabc->nf', x[:, i:i+k, j:j+k], self.W)
        self.x = x
        return out
    def backward(self, grad):
        k, dx = self.k, np.zeros_like(self.x)
        self.dW = np.zeros_like(self.W)
        for i in range(grad.shape[1]):
            for j in range(grad.shape[2]):
                self.dW += np.einsum('nabc,nf->fabc', self.x[:, i:i+k, j:j+k], grad[:, i, j])
                dx[:, i:i+k, j:j+k] += np.einsum('nf,fabc->nabc', grad[:, i, j], self.W)
        return dx
class Norm:
    def __init__(self, normalized_shape):
        self.g, self.b, self.grads = np.ones(normalized_shape), np.zeros(normalized_shape), {}
    def forward(self, x):
        self.rstd = 1 / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        self.norm = (x - x.mean(-1, keepdims=True)) * self.rstd
        return self.norm * self.g + self.b
    def backward(self, dout):
        axes = tuple(range(dout.ndim - 1))
        self.grads['g'] = (dout * self.norm).sum(axis=axes)
        self.grads['b'] = dout.sum(axis=axes)
        d = dout * self.g
        return (d - d.mean(-1, keepdims=True) - self.norm * (d * self.norm).mean(-1, keepdims=True)) * self.rstd
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "outcome"),  # right where no window slides, or for parameters with a row for every example
    [
        ("pool", "dA_prev[:, h*stride:h*stride+f", "dA_prev[:, h*stride:f", "crashes"),
        ("Windowed", "dx[:, i:i+k", "dx[:, i:k", "crashes"),
        ("Norm", "dout.ndim - 1", "dout.ndim - 2", "wrong"),
    ],
)  # fmt: skip
def test_what_only_hides_the_slip_is_not_chosen(written, name, old, new, outcome):
    assert written(WINDOWS).check(name).verdict.status == "proved"
    report = written(WINDOWS, old, new).check(name)
    assert report.outcome == outcome, report
    assert named(report) & {"argument", "unsummed"}, report


def test_an_upstream_gradient_in_a_box_is_no_crash_of_an_array(written):
    text = """
    class Blobs:
        def forward(self, bottom, top):
            top[0].data[...] = np.tanh(bottom[0].data)
        def backward(self, top, propagate_down, bottom):
            bottom[0].diff[...] = top[0].diff * (1 - top[0].data**2)
    """
    assert written(text).check().verdict.status == "proved"


ROWS = """
class Picked:
    def __init__(self, slices):
        self.slices = slices
    def forward(self, x):
        self.shape = x.shape
        return x[self.slices]
    def backward(self, gy):
        gx = np.zeros(self.shape)
        np.add.at(gx, self.slices, gy)
        return gx
"""


def test_rows_that_are_picked_come_twice(written):
    assert written(ROWS).check("Picked").outcome == "correct"
    assert written(ROWS, "np.add.at(gx, self.slices, gy)", "gx[self.slices] = gy").check("Picked").outcome == "wrong"


def test_sizes_that_come_in_pairs_stay_pairs(written):
    text = """
    class MaxPool2D:
        def forward(self, inputs, pool_size, strides):
            n, h, w, c = inputs.shape
            ph, pw = pool_size
            sh, sw = strides
            self.x, self.size, self.steps = inputs, pool_size, strides
            out = np.zeros((n, (h - ph) // sh + 1, (w - pw) // sw + 1, c))
            for i in range(out.shape[1]):
                for j in range(out.shape[2]):
                    out[:, i, j] = inputs[:, i*sh:i*sh+ph, j*sw:j*sw+pw].max(axis=(1, 2))
            self.y = out
            return out
        def backward(self, grad_output):
            (ph, pw), (sh, sw), dx = self.size, self.steps, np.zeros_like(self.x)
            for i in range(grad_output.shape[1]):
                for j in range(grad_output.shape[2]):
                    window = self.x[:, i*sh:i*sh+ph, j*sw:j*sw+pw]
                    first = np.argmax(window.reshape(len(window), ph * pw, -1), axis=1)
                    mask = np.zeros((len(window), ph * pw, window.shape[-1]))
                    np.put_along_axis(mask, first[:, None], 1, axis=1)
                    dx[:, i*sh:i*sh+ph, j*sw:j*sw+pw] += mask.reshape(window.shape) * grad_output[:, i, j][:, None, None]
            return dx
    """
    assert written(text).check("MaxPool2D").verdict.status in ("proved", "agrees")


UNTURNED = """
class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights, self.biases = 0.01 * np.random.randn(n_inputs, n_neurons), np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
"""


def test_a_word_id_is_no_input_of_what_multiplies_rows(written):
    report = written(UNTURNED).check("Dense")
    assert report.outcome == "crashes" and "transposed" in named(report)
