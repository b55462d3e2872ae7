"""Gradients in another order than the arguments are told; the code's own names say where channels are."""

import numpy as np
import pytest

import derivexplain as dx


def product(last):
    class Product:
        def forward(self, x, y):
            self.x, self.y = x, y
            return x * y

        if last:

            def backward(self, dz):
                dx = dz * self.y
                dy = dz * self.x
                return dy, dx

        else:

            def backward(self, dz):
                dx = dz * self.y
                dy = dz * self.x
                return dx, dy

    return Product


@pytest.mark.parametrize(("last", "outcome"), [(True, "hazards"), (False, "correct")])
def test_another_order_is_a_hazard(last, outcome):
    report = dx.check(product(last))
    assert report.outcome == outcome
    assert bool([f for f in report.findings if f.code == "order"]) is last


POOL = """import numpy as np
def pool_forward(A, hparameters):
    m, H, W, C = A.shape
    f, s = hparameters["f"], hparameters["stride"]
    out = np.zeros((m, 1 + (H - f) // s, 1 + (W - f) // s, C))
    for h in range(out.shape[1]):
        for w in range(out.shape[2]):
            out[:, h, w] = A[:, h * s:h * s + f, w * s:w * s + f].mean(axis=(1, 2))
    return out, (A, hparameters)
def pool_backward(dA, cache):
    A, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    d = np.zeros(A.shape)
    for h in range(dA.shape[1]):
        for w in range(dA.shape[2]):
            d[:, h * s:h * s + f, w * s:w * s + f] += dA[:, h, w][:, None, None] / (f * f)
    return d
"""


@pytest.mark.parametrize(
    ("edit", "outcome"), [(("", ""), "correct"), (("d[:, h * s:h * s + f", "d[:, h * s:f"), "wrong")]
)
def test_channels_are_where_the_code_says(tmp_path, edit, outcome):
    path = tmp_path / "pool.py"
    path.write_text(POOL.replace(*edit))
    assert dx.check(str(path)).outcome == outcome


class LogSoftmax:
    def forward(self, x):
        m = x.max(axis=-1, keepdims=True)
        self.y = x - m - np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True))
        return self.y

    def backward(self, dy):
        return dy - np.exp(self.y) * dy.sum(axis=-1)


def test_a_backward_that_stops_is_not_given_whole_numbers_instead():
    assert dx.check(LogSoftmax).outcome == "crashes"
