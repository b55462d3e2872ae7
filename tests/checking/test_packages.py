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


def written(tmp_path, text):
    path = tmp_path / "layer.py"
    path.write_text("import numpy as np\n" + text)
    return dx.check(str(path))


def test_a_derivative_that_may_be_left_out_goes_with_its_function(tmp_path):
    text = (
        "class Dense:\n    def __init__(self, units, act_func, act_deriv=None):\n        self.f, self.d = act_func, act_deriv\n"
        "    def forward(self, x):\n        self.x = x\n        return self.f(x)\n    def backward(self, dout):\n"
        "        return dout if self.d is None else dout * self.d(self.x)\n"
    )
    assert written(tmp_path, text).outcome == "correct"


CELL = (
    "class RNNCell:\n    def __init__(self, parameter):\n        self.p = {}\n        self.p['weight_x'] = parameter['weight_x']\n"
    "        self.p['weight_h'] = parameter['weight_h']\n        self.p['bias'] = parameter['bias']\n"
    "    def forward(self, x, h_prev):\n        self.x, self.h = x, h_prev\n"
    "        return x @ self.p['weight_x'] + h_prev @ self.p['weight_h'] + self.p['bias']\n"
    "    def backward(self, dout):\n        self.dweight_x, self.dweight_h = self.x.T @ dout, self.h.T @ dout\n"
    "        self.dbias = dout.sum(axis=0)\n        return dout @ self.p['weight_x'].T, dout @ self.p['weight_h'].T\n"
)


def test_a_constructor_is_given_a_dict_by_the_keys_that_it_reads(tmp_path):
    assert written(tmp_path, CELL).outcome == "correct"
    assert written(tmp_path, CELL.replace("self.h.T @ dout", "self.h.T @ dout * 2")).outcome in ("wrong", "factor")


def test_libraries_that_change_no_number_need_not_be_there(tmp_path):
    text = (
        "from tqdm import tqdm\nfrom numba import njit\n@njit(fastmath=True)\ndef square(x):\n    return x * x\n"
        "class L:\n    def forward(self, x):\n        self.x = x\n        for _ in tqdm(range(1), unit='step'):\n"
        "            return square(x)\n    def backward(self, dout):\n        return 2 * self.x * dout\n"
    )
    assert written(tmp_path, text).outcome == "correct"


def test_an_argument_that_the_code_itself_forgets_is_its_own_error(tmp_path):
    text = (
        "class F:\n    def run(self, x, training):\n        return x\nclass L:\n    def forward(self, x):\n"
        "        return F().run(x)\n    def backward(self, dout):\n        return dout\n"
    )
    report = written(tmp_path, text)
    assert report.outcome == "crashes" and report.findings[0].where.endswith(":7")


def test_functions_of_a_framework_that_is_installed_get_its_tensors(tmp_path):
    pytest.importorskip("torch")
    text = (
        "import torch\nclass Exp(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, i):\n"
        "        result = i.exp()\n        ctx.save_for_backward(result)\n        return result\n    @staticmethod\n"
        "    def backward(ctx, grad_output):\n        result, = ctx.saved_tensors\n        return grad_output * result\n"
    )
    assert written(tmp_path, text).outcome == "correct"
    assert written(tmp_path, text.replace("output * result", "output + result")).outcome == "wrong"
    text = "import torch\ndef act_forward(Z):\n    return torch.nn.Sigmoid()(Z), Z\ndef act_backward(dA, cache):\n    s = torch.sigmoid(cache)\n    return dA * s * (1 - s)\n"
    assert written(tmp_path, text).outcome == "correct"


STEPPED = (
    "class Dense:\n    def __init__(self):\n        self.weights = self.biases = None\n"
    "    def forward(self, x):\n        self.x = x\n        return x @ self.weights + self.biases\n"
    "    def backprop(self, gradient, optimizer):\n        dx = gradient @ self.weights.T\n"
    "        self.weights, self.biases = optimizer[0].apply_gradients(self.x.T @ gradient, gradient.sum(axis=0), "
    "self.weights, self.biases)\n        return dx\n"
)


def test_backward_is_given_an_optimizer(tmp_path):
    report = written(tmp_path, STEPPED)
    assert report.ok and report.outcome in ("correct", "hazards"), report
    assert not written(tmp_path, STEPPED.replace("gradient.sum(axis=0)", "gradient.mean(axis=0)")).ok


def test_what_is_wanted_by_name_is_given_by_name(tmp_path):
    text = (
        "class Scale:\n    def __init__(self, *, gamma):\n        self.gamma = gamma\n    def forward(self, *, inputs):\n"
        "        self.x = inputs\n        return inputs * self.gamma\n    def backward(self, *, dout):\n"
        "        self.dgamma = (dout * self.x).sum(axis=0)\n        return dout * self.gamma\n"
    )
    assert written(tmp_path, text).outcome == "correct"


GATES = """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def cell_forward(x, h_prev, C_prev, Wf, Wi, Wc, Wo, bf, bi, bc, bo):
    u = np.vstack([h_prev, x])
    f, i, o, g = sigmoid(Wf @ u + bf), sigmoid(Wi @ u + bi), sigmoid(Wo @ u + bo), np.tanh(Wc @ u + bc)
    C = f * C_prev + i * g
    return o * np.tanh(C), (u, f, i, o, g, C, C_prev, Wf, Wi, Wc, Wo, len(h_prev))
def cell_backward(dh_next, cache):
    u, f, i, o, g, C, C_prev, Wf, Wi, Wc, Wo, n = cache
    dC = dh_next * o * (1 - np.tanh(C) ** 2)
    do, df, di = dh_next * np.tanh(C) * o * (1 - o), dC * C_prev * f * (1 - f), dC * g * i * (1 - i)
    dg = dC * i * (1 - g ** 2)
    du = Wf.T @ df + Wi.T @ di + Wc.T @ dg + Wo.T @ do
    dx, dh_prev, dC_prev = du[n:], du[:n], dC * f
    dWf, dWi, dWc, dWo = df @ u.T, di @ u.T, dg @ u.T, do @ u.T
    dbf, dbi, dbc, dbo = (d.sum(axis=1, keepdims=True) for d in (df, di, dg, do))
    return dx, dh_prev, dC_prev, dWf, dWi, dWc, dWo, dbf, dbi, dbc, dbo
"""


def test_gates_have_weights_for_what_comes_in_and_the_state_together(tmp_path):
    assert written(tmp_path, GATES).outcome == "correct"
    assert not written(tmp_path, GATES.replace("df = dh_next", "df = dh").replace("dC * f\n", "dC * i\n")).ok


COST = (
    "class SquaredError:\n    def __call__(self, y, y_pred):\n        return self.loss(y, y_pred)\n    @staticmethod\n"
    "    def loss(y, y_pred):\n        return 0.5 * np.linalg.norm(y_pred - y) ** 2\n    @staticmethod\n"
    "    def grad(y, y_pred, z, act_fn):\n        return (y_pred - y) * act_fn.grad(z)\n"
)


def test_a_cost_of_activations_may_give_the_gradient_for_the_scores(tmp_path):
    assert written(tmp_path, COST).outcome == "correct"
    assert not written(tmp_path, COST.replace(" * act_fn.grad(z)", "")).ok


def test_a_width_that_must_be_even_is_tried(tmp_path):
    text = (
        "class Encoding:\n    def __init__(self, max_length: int, dim_size: int):\n        if dim_size % 2:\n"
        "            raise ValueError('must be even')\n        self.table = np.sin(np.ones((max_length, 1)) * np.arange(dim_size))\n"
        "    def forward(self, x):\n        return x + self.table[: len(x)]\n    def backward(self, dout):\n        return dout.copy()\n"
    )
    assert written(tmp_path, text).outcome == "correct"


def test_a_builder_may_count_the_batch_among_the_axes(tmp_path):
    text = (
        "class Dense:\n    def __init__(self, units):\n        self.units = units\n    def build(self, input_shape):\n"
        "        if len(input_shape) != 2:\n            raise ValueError('2D')\n        self.W = np.random.randn(input_shape[-1], self.units)\n"
        "    def forward(self, x):\n        self.x = x\n        return x @ self.W\n    def backward(self, dout):\n"
        "        self.dW = self.x.T @ dout\n        return dout @ self.W.T\n"
    )
    assert written(tmp_path, text).outcome == "correct"


def test_one_error_at_one_line_whatever_comes_in_is_the_code_s_own(tmp_path):
    text = "def ReLU(z):\n    return np.max(0, z)\ndef ReLU_prime(z):\n    return (z > 0) * 1.0\n"
    report = written(tmp_path, text)
    assert report.outcome == "crashes" and report.findings[0].where.endswith(":3")
    text = (
        "class Pool:\n    def __init__(self, size=2):\n        self.size = size\n    def forward(self, x):\n"
        "        n = x.shape[0] - self.size[0]\n        return x[:n]\n    def backward(self, dout):\n        return dout\n"
    )
    assert written(tmp_path, text).outcome == "crashes"
    text = "class L:\n    def forward(self, x):\n        return x @ np.ones((77, 2))\n    def backward(self, dout):\n        return dout\n"
    assert written(tmp_path, text).outcome == "not-set-up"


def test_who_trains_a_model_is_no_layer(tmp_path):
    path = tmp_path / "trainer.py"
    path.write_text(
        "class Trainer:\n    def __init__(self, model):\n        self.model = model\n    def forward(self, x):\n"
        "        return self.model(x)\n    def backward(self, dout):\n        return self.model.backward(dout)\n"
    )
    assert not foreign.find(str(path), conventions)[0]
    wrapped = "def checked(f):\n    def wrapper(*a, **k):\n        return f(*a, **k)\n    return wrapper\n"
    text = path.read_text().replace("    def __init__", "    @checked\n    def __init__").replace("model", "layers")
    path.write_text(wrapped + text)
    assert not foreign.find(str(path), conventions)[0]


SLOTTED = (
    "class MeanSquareLoss:\n    def __init__(self):\n        self.input = self.y = self.mean_sq = None\n"
    "    def forward_pass(self):\n        self.mean_sq = 0.5 * np.mean(np.square(self.input - self.y))\n"
    "    def backward_pass(self):\n        self.dloss_din = (self.input - self.y) / self.y.size\n"
)


def test_a_loss_may_find_its_input_and_targets_in_the_instance(tmp_path):
    assert written(tmp_path, SLOTTED).outcome == "correct"
    assert not written(tmp_path, SLOTTED.replace(" / self.y.size", "")).ok


def test_what_a_stand_in_gives_is_no_error_of_the_code(tmp_path):
    text = (
        "class L:\n    def forward(self, x, t):\n        loss, right = cross_entropy_error(x, t)\n        return loss\n"
        "    def backward(self, dout=1):\n        return dout\n"
    )
    assert written(tmp_path, text).outcome == "not-set-up"
