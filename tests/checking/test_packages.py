"""Layers of packages are set up by what their signatures say: sizes as tuples, own classes, tuples of arrays."""

import pytest

import derivexplain as dx
from derivexplain import conventions, foreign

STRICT = """
from __future__ import annotations
import numpy as np

class Activation:
    def __init__(self):
        pass
    def forward(self, x):
        raise NotImplementedError

class Square(Activation):
    def forward(self, x):
        return x * x
    def slope(self, x):
        return 2 * x

class Curve:
    def __init__(self, funct: Activation, size: tuple[int, ...]):
        if not isinstance(funct, Activation) or not isinstance(size, tuple):
            raise ValueError("wrong type")
        self.funct, self.size = funct, size
    def forward(self, x):
        assert x.shape[1:] == self.size
        self.x = x
        return self.funct.forward(x)
    def backward(self, dout):
        return dout * self.funct.slope(self.x)

class Upsampling:
    def __init__(self, rate: int):
        if not isinstance(rate, int):
            raise ValueError("wrong type")
        self.rate = rate
    def forward(self, x):
        return np.repeat(x, self.rate, axis=-1)
    def backward(self, dout):
        return dout.reshape(*dout.shape[:-1], -1, self.rate).sum(axis=-1)

class Conv3D:
    def __init__(self, layers: int, kernel_size: tuple[int, int, int], input_size: tuple[int, int, int, int]):
        self.size, self.kernel = input_size, kernel_size
        self.W = np.random.randn(layers, input_size[0], *kernel_size)
    def windows(self, x):
        return np.lib.stride_tricks.sliding_window_view(x, self.kernel, axis=(2, 3, 4))
    def forward(self, x):
        assert x.shape[1:] == self.size
        self.x = x
        return np.einsum("ncxyzijk,fcijk->nfxyz", self.windows(x), self.W)
    def backward(self, dout):
        self.dW = np.einsum("ncxyzijk,nfxyz->fcijk", self.windows(self.x), dout)
        dx = np.zeros_like(self.x)
        for i, j, k in np.ndindex(*self.kernel):
            a, b, c = dout.shape[2:]
            dx[:, :, i:i + a, j:j + b, k:k + c] += np.einsum("nfxyz,fc->ncxyz", dout, self.W[:, :, i, j, k])
        return dx

class Product:
    def forward(self, data: tuple[np.ndarray, ...], *_):
        if not isinstance(data, tuple):
            raise ValueError("must be a tuple")
        self.data = data
        return data[0] * data[1]
    def backward(self, dout):
        return dout * self.data[1], dout * self.data[0]

class Total:
    def forward(self, data: tuple[np.ndarray, ...]):
        return data[0] + data[1]
    def backward(self, dout):
        return dout.copy()
"""


@pytest.fixture
def layers(tmp_path):
    path = tmp_path / "strict.py"
    path.write_text(STRICT)
    return dict(foreign.find(str(path), conventions)[0])


@pytest.mark.parametrize("name", ["Curve", "Upsampling", "Conv3D", "Product", "Total"])
def test_what_a_signature_asks_for_is_given(layers, name):
    report = dx.check(layers[name])
    assert report.outcome == "correct", report


@pytest.mark.parametrize(("name", "right", "wrong"), [
    ("Product", "dout * self.data[1], dout * self.data[0]", "dout * self.data[0], dout * self.data[1]"),
    ("Total", "dout.copy()", "2 * dout"),
    ("Upsampling", ".sum(axis=-1)", ".sum(axis=-1) / 2"),
])  # fmt: skip
def test_what_is_wrong_in_them_is_found(tmp_path, name, right, wrong):
    path = tmp_path / "strict.py"
    assert right in STRICT
    path.write_text(STRICT.replace(right, wrong))
    report = dx.check(f"{path}:{name}")
    assert report.outcome in ("wrong", "factor"), report


def test_code_that_lays_windows_over_memory_is_not_edited(tmp_path):
    """A wrong stride would read and write beyond the array."""
    path = tmp_path / "window.py"
    path.write_text(
        "import numpy as np\nclass Pool:\n    def forward(self, x):\n        self.x = x\n        return self.cut(x).sum(axis=-1)\n"
        "    def cut(self, x):\n        return np.lib.stride_tricks.as_strided(x, (*x.shape[:-1], x.shape[-1] - 1, 2), "
        "(*x.strides, x.strides[-1]))\n    def backward(self, dout):\n        dx = np.zeros_like(self.x)\n"
        "        np.add.at(self.cut(dx), slice(None), dout[..., None] + self.x[..., 1:, None])\n        return dx\n"
    )
    report = dx.check(f"{path}:Pool")
    (values,) = [f for f in report.findings if f.code == "values"][:1]
    said = [values.message, *(d.message for d in values.diagnosis)]
    assert values.status == "fail" and not [m for m in said if "should read" in m or "too much" in m]
