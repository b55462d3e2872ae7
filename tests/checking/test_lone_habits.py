"""What a file leans on and does not hold is understood, and told; it is no fault of the layer."""

from pathlib import Path

import numpy as np
import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.checking.contract import shape

PATH = str(Path(__file__).parent.parent / "material" / "lone_habits.py")
LONE = dict(foreign.find(PATH, conventions)[0])


# what it was fed before is still there; its x is the output; its bias takes one row at a time
WARNED = {"Queued", "squash", "RowDense"}


@pytest.mark.parametrize("name", LONE)
def test_a_right_layer_is_found_right(name):
    report = dx.check(LONE[name])
    assert report.outcome == ("hazards" if name in WARNED else "correct"), report


def test_a_stand_in_is_told():
    (said,) = [f for f in dx.check(LONE["Gate"]).findings if f.code == "stand-in"]
    assert said.status == "skip" and said.message.startswith("sigmoid: defined nowhere")


def from_text(tmp_path, text):
    path = tmp_path / "layer.py"
    path.write_text("import numpy as np\n" + text)
    return dx.check(str(path))


def test_what_cannot_be_imported_is_no_crash_of_the_layer(tmp_path):
    text = (
        "from elsewhere import Curve\nclass L:\n    def __init__(self):\n        self.f = Curve()\n    def forward(self, x):\n"
        "        return self.f.forward(x)\n    def backward(self, dout):\n        return self.f.backward(dout)\n"
    )
    report = from_text(tmp_path, text)
    assert report.outcome == "not-set-up"
    assert "put its file beside this one" in report.findings[0].message


def test_a_derivative_is_not_given_an_upstream_gradient(tmp_path):
    text = "def ReLU(x):\n    return max(0, x)\ndef ReLU_prime(x):\n    return x if x >= 0 else 0\n"
    assert from_text(tmp_path, text).outcome == "wrong"


def test_a_number_that_is_no_plain_multiple_of_another_is_no_factor(tmp_path):
    text = "def f(x):\n    return x**3 if x > 0 else 0.0\ndef df(x):\n    return 3 * x if x > 0 else 0.0\n"
    assert from_text(tmp_path, text).outcome == "wrong"


def test_the_scale_of_a_loss_is_read_from_the_likelier_call(tmp_path):
    """dvalues is the prediction here, not an upstream gradient."""
    text = (
        "class MseLoss:\n    def forward(self, y_pred, y_true):\n        return 2 * np.mean((y_true - y_pred) ** 2, axis=-1)\n"
        "    def backward(self, dvalues, y_true):\n        self.dinputs = -(y_true - dvalues)\n"
    )
    assert from_text(tmp_path, text).outcome == "factor"


def test_the_line_is_of_the_pair_that_is_wrong(tmp_path):
    text = (
        "def one(x):\n    return x**2\ndef two(x):\n    return x**4\ndef one_prime(x):\n    return 2 * x\n"
        "def two_prime(x):\n    return np.sin(5 * x) + np.cosh(x)\n"
    )
    (tmp_path / "pairs.py").write_text("import numpy as np\n" + text)
    report = dx.check(f"{tmp_path}/pairs.py:two")
    (wrong,) = [f for f in report.findings if f.code == "values" and f.status == "fail"]
    assert wrong.where.endswith("pairs.py:9")


def test_a_container_is_no_layer(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(
        "class Chain:\n    def __init__(self):\n        self.layers = []\n    def add(self, layer):\n"
        "        self.layers.append(layer)\n    def forward(self, x):\n        for layer in self.layers:\n"
        "            x = layer.forward(x)\n        return x\n    def backward(self, dout):\n"
        "        for layer in reversed(self.layers):\n            dout = layer.backward(dout)\n        return dout\n"
    )
    assert foreign.find(str(path), conventions)[0] == []


def test_arguments_that_no_name_tells_are_not_taken_for_an_error(tmp_path):
    text = (
        "class SquaredLoss:\n    def loss(self, y, y_pred):\n        return 0.5 * np.sum((y_pred - y) ** 2)\n"
        "    def grad(self, y, y_pred, z, curve):\n        return (y_pred - y) * curve.grad(z)\n"
    )
    report = from_text(tmp_path, text)
    assert report.outcome == "not-set-up" and "are not understood" in report.findings[0].message


def test_a_mask_that_pays_every_tied_largest_is_named(tmp_path):
    text = (
        "class Largest:\n    def forward(self, x):\n        self.x, self.y = x, x.max(axis=1)\n        return self.y\n"
        "    def backward(self, dout):\n        return (self.x == self.y[:, None]) * dout[:, None]\n"
    )
    report = from_text(tmp_path, text)
    (wrong,) = [f for f in report.findings if f.code == "values" and f.status == "fail"]
    assert report.outcome == "wrong" and "tie for the largest" in wrong.diagnosis[0].message


def test_what_a_framework_hands_back_is_unpacked(tmp_path):
    text = (
        "class Variable:\n    def __init__(self, data):\n        self.data = data\n"
        "class Neg:\n    def forward(self, x):\n        return -x\n"
        "    def backward(self, gy):\n        return Variable(-gy)\n"
    )
    assert from_text(tmp_path, text).outcome == "correct"


def test_a_slip_in_a_network_with_its_loss_inside_is_found(tmp_path):
    text = Path(PATH).read_text()
    layer = text[text.index("class TwoLayers") : text.index("class Logistic")].replace(" * (1 - self.hidden**2)", "")
    report = from_text(tmp_path, layer)
    assert report.outcome == "wrong"
    assert {f.counterexample["variable"] for f in report.findings if f.code == "values" and f.status == "fail"} == {
        "W1",
        "b1",
    }


def test_what_is_not_looked_at_is_no_guess(tmp_path):
    text = (
        "class Rows:\n    def forward(self, x):\n        self.y = np.exp(x)\n        return self.y\n"
        "    def backward_propagation(self, output_error, _):\n        return output_error + self.y\n"
    )
    assert from_text(tmp_path, text).outcome == "wrong"


def test_the_parameters_half_of_backward_in_a_method_of_its_own(tmp_path):
    """Torch7: updateGradInput, and accGradParameters beside it."""
    text = (
        "class Linear:\n    def __init__(self, in_features, out_features):\n        self.weight = np.random.randn(out_features, in_features)\n"
        "        self.weight_grad = np.zeros_like(self.weight)\n    def updateOutput(self, input):\n        self.output = input @ self.weight.T\n"
        "        return self.output\n    def updateGradInput(self, input, gradOutput):\n        return gradOutput @ self.weight\n"
        "    def accGradParameters(self, input, gradOutput):\n        self.weight_grad += gradOutput.T @ input\n"
    )
    assert from_text(tmp_path, text).outcome == "hazards"
    assert from_text(tmp_path, text.replace("gradOutput.T", "-gradOutput.T")).outcome == "factor"


LOGISTIC = (
    "def logistic(w, X, y, reg):\n    p = 1 / (1 + np.exp(-X.dot(w)))\n"
    "    cost = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.5 * reg * np.sum(w * w)\n"
    "    grad = X.T.dot(p - y) / len(y) + reg * w\n    return cost, grad\n"
)


@pytest.mark.parametrize(
    ("edit", "outcome"),
    [(("", ""), "correct"), (("p - y) / len(y)", "p - y)"), "wrong"), (("p - y", "y - p"), "wrong")],
)
def test_a_regression_has_one_output(tmp_path, edit, outcome):
    """Found by the cost that it returns; its parameters are a vector, its targets zeros and ones."""
    assert from_text(tmp_path, LOGISTIC.replace(*edit)).outcome == outcome


def test_a_divergence_is_given_shares_as_targets(tmp_path):
    text = (
        "class KLDivergence:\n    def forward(self, logits, q):\n        z = logits - logits.max(axis=1, keepdims=True)\n"
        "        self.logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))\n        self.q = q\n"
        "        return np.sum(q * (np.log(q) - self.logp)) / len(q)\n    def backward(self, dout=1.0):\n"
        "        return dout * (np.exp(self.logp) - self.q) / len(self.q)\n"
    )
    assert from_text(tmp_path, text).outcome == "correct"


def test_a_wrong_regression_is_set_up_as_a_right_one_is(tmp_path):
    report = from_text(tmp_path, LOGISTIC.replace("+ reg * w\n", "- reg * w\n"))
    (said,) = [f for f in report.findings if f.code == "values" and f.status == "fail"]
    assert len(said.counterexample["index"]) == 1 and said.diagnosis


def test_a_file_of_a_package_is_taken_out_of_the_whole(tmp_path):
    """Alone it would meet its base class half made; and NumPy's old names mean what they meant."""
    folder = tmp_path / "toy" / "curves"
    folder.mkdir(parents=True)
    (tmp_path / "toy" / "__init__.py").write_text("from toy import curves\n")
    (folder / "__init__.py").write_text(
        "from toy.curves.Curve import Curve\nfrom toy.curves.Bend import Bend\nALL = {'bend': Bend()}\n"
    )
    (folder / "Curve.py").write_text("from toy.curves import ALL\nclass Curve:\n    pass\n")
    (folder / "Curve.py").write_text("import numpy as np\nclass Curve:\n    kind: np.float_ = np.Inf\n")
    (folder / "Bend.py").write_text(
        "import numpy as np\nfrom toy.curves import Curve\nclass Bend(Curve):\n"
        "    def apply_activation(self, x):\n        return np.where(x > 0, np.float_(2) * x, x)\n"
        "    def compute_derivative(self, x):\n        return np.where(x > 0, 2.0, 1.0)\n"
    )
    report = dx.check(str(folder / "Bend.py"))
    assert report.outcome == "correct", report
    (said,) = [f for f in report.findings if f.code == "stand-in"]
    assert "np.float_" in said.message


def test_an_epsilon_in_a_denominator_is_no_error(tmp_path):
    text = (
        "def tanh(x):\n    a, b = np.exp(x), np.exp(-x)\n    return (a - b) / (a + b + 1e-7)\n"
        "def tanh_prime(x):\n    return 1 - tanh(x)**2\n"
    )
    report = from_text(tmp_path, text)
    assert report.ok and any(f.code == "epsilon" for f in report.findings)
    assert not from_text(tmp_path, text.replace("1 - tanh", "1.0001 - tanh")).ok


def test_a_loss_that_clips_is_given_probabilities(tmp_path):
    text = (
        "class TokenLoss:\n    def __call__(self, y_true, y_pred):\n        p = np.clip(np.asarray(y_pred), 1e-12, 1 - 1e-12)\n"
        "        if p.ndim != 3 or y_true.ndim != 2:\n            raise ValueError('shapes')\n"
        "        n, t = y_true.shape\n        return -np.log(p[np.arange(n)[:, None], np.arange(t), y_true]).mean()\n"
        "    def derivative(self, y_true, y_pred):\n        p = np.clip(np.asarray(y_pred), 1e-12, 1 - 1e-12)\n"
        "        n, t = y_true.shape\n        g = np.zeros_like(p)\n"
        "        g[np.arange(n)[:, None], np.arange(t), y_true] = -1\n        return g / p / y_true.size\n"
    )
    assert from_text(tmp_path, text).outcome == "correct"


def test_a_gradient_for_the_scores_is_told_from_one_for_the_probabilities(tmp_path):
    text = (
        "class CrossEntropy:\n    def forward(self, p, t):\n        self.p, self.t = p, t\n"
        "        return -np.sum(t * np.log(p)) / len(p)\n    def backward(self):\n        return (self.p - self.t) / len(self.p)\n"
    )
    (why,) = [d for f in from_text(tmp_path, text).findings if f.status == "fail" for d in f.diagnosis]
    assert why.code == "other-argument" and "before a softmax" in why.message


HABITS = {
    "a relu between two products": (
        "class FeedForward:\n    def __init__(self, d_model, d_ff):\n        self.A = np.random.randn(d_model, d_ff)\n"
        "        self.a = np.zeros(d_ff)\n        self.B = np.random.randn(d_ff, d_model)\n"
        "    def forward(self, x):\n        self.x, self.h = x, np.maximum(0, x @ self.A + self.a)\n        return self.h @ self.B\n"
        "    def backward(self, g):\n        d = (g @ self.B.T) * (self.h > 0)\n        self.dB, self.dA, self.da = self.h.T @ g, self.x.T @ d, d.sum(0)\n"
        "        return d @ self.A.T\n"
    ),
    "private names": (
        "class Scale:\n    def __init__(self, W):\n        self.W = W\n    def forward(self, x):\n        self.x = x\n"
        "        return x @ self.W\n    def backward(self, grad):\n        self.__dW = self.x.T @ grad\n        return grad @ self.W.T\n"
    ),
    "a gradient that is returned and kept": (
        "class linear:\n    def __init__(self, W):\n        self.W, self.x, self.dW = W, None, None\n    def forward(self, x):\n"
        "        self.x = x\n        return np.dot(x, self.W)\n    def backward(self, dout):\n        dx = np.dot(dout, self.W.T)\n"
        "        self.dW = np.dot(self.x.T, dout)\n        return dx, self.dW\n"
    ),
    "a rate of its own": (
        "class Gain:\n    def __init__(self, n_in, learning_rate=0.01):\n        self.gamma = np.ones(n_in) + 0.1\n        self.lr = learning_rate\n"
        "    def forward(self, x):\n        self.x = x\n        return x * self.gamma\n    def backward(self, grad, learning_rate=None):\n"
        "        if learning_rate is not None:\n            self.lr = learning_rate\n        out = grad * self.gamma\n"
        "        self.gamma -= self.lr * (grad * self.x).sum(axis=0)\n        return out\n"
    ),
    "a rate for another method": (
        "class Gain:\n    def __init__(self, n_in):\n        self.gamma, self.lr = np.ones(n_in) + 0.1, 0.01\n"
        "    def forward(self, x):\n        self.x = x\n        return x * self.gamma\n    def backward(self, grad):\n"
        "        self.dgamma = (grad * self.x).sum(axis=0)\n        return grad * self.gamma\n"
        "    def update(self):\n        self.gamma -= self.lr * self.dgamma\n"
    ),
    "layers within a layer": (
        "class Dense:\n    def __init__(self, n_in, n_out):\n        self.W = np.random.randn(n_in, n_out)\n"
        "    def forward(self, x):\n        self.x = x\n        return x @ self.W\n    def backward(self, d):\n"
        "        self.dW = self.x.T @ d\n        return d @ self.W.T\nclass Two:\n    def __init__(self, n_in, n_out):\n"
        "        self.one, self.two = Dense(n_in, n_out), Dense(n_out, n_in)\n    def forward(self, x):\n"
        "        return self.two.forward(np.tanh(self.one.forward(x)))\n    def backward(self, d):\n"
        "        y = np.tanh(self.one.x @ self.one.W)\n        return self.one.backward(self.two.backward(d) * (1 - y**2))\n"
    ),
    "a jump": (
        "class Bent:\n    def forward(self, x):\n        self.m = x > 0\n        return np.where(self.m, x, 0.1 * x + 0.01)\n"
        "    def backward(self, d):\n        return d * np.where(self.m, 1, 0.1)\n"
    ),
    "gradients that hang on arrays": (
        "def relu(x):\n    return np.maximum(x, 0.0)\ndef relu_grad(inp, out):\n    inp.g = (inp > 0) * out.g\n"
    ),
    "gradients of parameters that hang": (
        "def lin(inp, w, b):\n    return inp @ w + b\ndef lin_grad(inp, out, w, b):\n    inp.g = out.g @ w.T\n"
        "    w.g = inp.T @ out.g\n    b.g = out.g.sum(0)\n"
    ),
    "a loss that hangs its gradient": (
        "class Mse:\n    def __call__(self, inp, targ):\n        self.inp, self.targ = inp, targ\n"
        "        self.out = ((inp.squeeze() - targ) ** 2).mean()\n        return self.out\n    def backward(self):\n"
        "        self.inp.g = 2.0 * (self.inp.squeeze() - self.targ)[:, None] / self.targ.shape[0]\n"
    ),
    "a module that keeps its arguments": (
        "class Module:\n    def __call__(self, *args):\n        self.args = args\n        self.out = self.forward(*args)\n"
        "        return self.out\n    def forward(self):\n        raise NotImplementedError\n    def backward(self):\n"
        "        self.bwd(self.out, *self.args)\nclass Lin(Module):\n    def __init__(self, w, b):\n        self.w, self.b = w, b\n"
        "    def forward(self, inp):\n        return inp @ self.w + self.b\n    def bwd(self, out, inp):\n"
        "        inp.g = out.g @ self.w.T\n        self.w.g = inp.T @ out.g\n        self.b.g = out.g.sum(0)\n"
    ),
    "a cost and its delta": (
        "class QuadraticCost:\n    @staticmethod\n    def fn(a, y):\n        return 0.5 * np.linalg.norm(a - y)**2\n"
        "    @staticmethod\n    def delta(z, a, y):\n        return (a - y) * a * (1 - a)\n"
    ),
    "a derivative called diff": (
        "class Square:\n    def __call__(self, x):\n        return x**2\n    def diff(self, x):\n        return 2 * x\n"
    ),
}


@pytest.mark.parametrize("what", HABITS)
def test_what_is_right_is_found_right(tmp_path, what):
    path = tmp_path / "layer.py"
    path.write_text("import numpy as np\n" + HABITS[what])
    last = HABITS[what].rpartition("class ")[2] if "layers within" in what else ""
    report = dx.check(f"{path}:{last.partition(':')[0]}" if last else str(path))
    assert report.outcome == "correct", report


@pytest.mark.parametrize(
    ("what", "old", "new", "code"),
    [
        ("gradients that hang on arrays", "(inp > 0) * ", "(inp < 0) * ", "branch"),
        ("gradients that hang on arrays", " * out.g", "", "dout-ignored"),
        ("gradients of parameters that hang", "b.g = out.g.sum(0)", "b.g = out.g", "unsummed"),
        ("a module that keeps its arguments", "w.g = inp.T @ out.g", "w.g = -inp.T @ out.g", "sign"),
        ("a loss that hangs its gradient", "= 2.0 *", "= 1.0 *", "factor"),
        ("a cost and its delta", " * a * (1 - a)", " * a * (1 + a)", "sign"),
    ],
)
def test_what_hangs_wrong_is_named(tmp_path, what, old, new, code):
    assert old in HABITS[what]
    report = from_text(tmp_path, HABITS[what].replace(old, new))
    assert code in {d.code for f in report.findings if f.status == "fail" for d in f.diagnosis}, report


def test_only_what_is_meant_is_mended(tmp_path):
    """One over m is told where it stands; nothing is made up about lengths."""
    text = (
        "class Dense:\n    def __init__(self, n_in, n_out):\n        self.W, self.units = np.random.randn(n_in, n_out), n_out\n"
        "    def forward(self, X):\n        self.X = X\n        return X @ self.W\n    def backward(self, d_out):\n"
        "        m = d_out.shape[0]\n        self.dW = self.X.T @ d_out / m\n        return d_out @ self.W.T\n"
    )
    report = from_text(tmp_path, text)
    assert report.outcome == "factor"
    assert "`self.X.T @ d_out / m` should read `self.X.T @ d_out`" in str(report), report


def test_a_whole_jacobian_is_called_one():
    (said,) = shape("x", np.zeros((5, 5)), np.zeros(5))
    assert "whole Jacobian" in said.diagnosis[0].message


def test_a_bias_alone_and_one_that_is_turned_into_a_column():
    class Bias:
        def __init__(self, b):
            self.b = b

        def forward(self, x):
            return x + self.b

        def backward(self, dout):
            self.db = dout.sum(axis=0)
            return dout.copy()

    class Columns:
        def __init__(self, W, b):
            self.W, self.b = W, b

        def forward(self, a):
            self.a = a
            return self.W @ a + self.b[:, None]

        def backward(self, dout):
            self.dW, self.db = dout @ self.a.T, dout.sum(axis=1)
            return self.W.T @ dout

    assert dx.check(Bias).outcome == dx.check(Columns).outcome == "correct"


AROUND = (
    "class Sigmoid:\n    def __call__(self, x):\n        return 1 / (1 + np.exp(-x))\n    def gradient(self, x):\n"
    "        return {}\nclass TanH:\n    def __call__(self, x):\n        return 2 / (1 + np.exp(-2 * x)) - 1\n"
    "    def gradient(self, x):\n        return 1 - np.power({}, 2)\n"
)


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ("self.__call__(x) * (1 - self.__call__(x))", "self.__call__(x)", "correct"),
        ("self.__call__(x) * (1 - self.__call__(x))", "x", "wrong"),  # its neighbour is given the input
        ("x * (1 - x)", "x", "hazards"),  # both are given the output, by what they call x
    ],
)
def test_what_a_derivative_is_given_is_what_its_neighbours_are_given(tmp_path, first, second, outcome):
    path = tmp_path / "curves.py"
    path.write_text("import numpy as np\n" + AROUND.format(first, second))
    assert dx.check(f"{path}:TanH").outcome == outcome


@pytest.mark.parametrize(("argument", "outcome"), [("y", "correct"), ("x", "hazards")])
def test_a_derivative_that_is_right_for_the_output_alone_is_warned_of_where_it_calls_that_an_input(
    tmp_path, argument, outcome
):
    text = f"def tanh(x):\n    return np.tanh(x)\ndef tanh_prime({argument}):\n    return 1 - {argument}**2\n"
    report = from_text(tmp_path, text)
    assert report.outcome == outcome
    assert [f.message.partition(";")[0] for f in report.findings if f.code == "output-taken"] == (
        ["backward is right where x is the output of forward"] if argument == "x" else []
    )


def test_a_gradient_too_many_is_told():
    class Product:
        def forward(self, a, b):
            self.a, self.b = a, b
            return a * b

        def backward(self, dout):
            return dout * self.b, dout * self.a, dout

    report = dx.check(Product)
    assert report.outcome == "wrong" and any("3 gradients for 2 inputs" in f.message for f in report.findings)


KEEPS_CHANCE = (
    "import numpy as np\nclass Thinned:\n    def __init__(self, rate=0.3, seed=0):\n"
    "        self.rate, self.rng = rate, np.random.{}(seed)\n    def forward(self, x):\n"
    "        self.keep = (self.rng.uniform(size=x.shape) > self.rate) / (1 - self.rate)\n        return x * self.keep\n"
    "    def backward(self, dout):\n        return dout * self.keep\n"
)
THREE = (
    "class Looks:\n    def __init__(self, Wq, Wk, Wv):\n        self.Wq, self.Wk, self.Wv = Wq, Wk, Wv\n    def forward(self, x):\n"
    "        self.x, self.q, self.k, self.v = x, x @ self.Wq, x @ self.Wk, x @ self.Wv\n        return self.q @ self.k.T @ self.v\n"
    "    def backward(self, dout):\n        ds = dout @ self.v.T\n        dq, dk, dv = ds @ self.k, ds.T @ self.q, (self.q @ self.k.T).T @ dout\n"
    "        self.dWq, self.dWk, self.dWv = self.x.T @ dq, self.x.T @ dk, self.x.T @ dv\n"
    "        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T\n"
)
LARGER = (
    "import numpy as np\nclass Maxout:\n    def __init__(self, W1, W2):\n        self.W1, self.W2 = W1, W2\n    def forward(self, x):\n"
    "        self.x, a, b = x, x @ self.W1, x @ self.W2\n        self.first = a > b\n        return np.where(self.first, a, b)\n"
    "    def backward(self, dout):\n        da, db = dout * self.first, dout * ~self.first\n"
    "        self.dW1, self.dW2 = self.x.T @ da, self.x.T @ db\n        return da @ self.W1.T + db @ self.W2.T\n"
)


@pytest.mark.parametrize(
    "text", [KEEPS_CHANCE.format("RandomState"), KEEPS_CHANCE.format("default_rng"), THREE, LARGER]
)
def test_chance_of_its_own_and_three_weights_are_habits(tmp_path, text):
    assert from_text(tmp_path, text).outcome == "correct"


def test_of_two_functions_with_one_name_the_text_is_that_of_the_one_in_the_class(tmp_path):
    text = (
        "class Curves:\n    @staticmethod\n    def bend(x):\n        return x**3\n    @staticmethod\n    def d_bend(x):\n"
        "        return 3 * x\n\ndef bend(x, deriv=False):\n    if deriv:\n        return 2 * x\n    return x**2\n"
    )
    path = tmp_path / "curves.py"
    path.write_text("import numpy as np\n" + text)
    inner, outer = (dx.check(f"{path}:{name}") for name in ("Curves.bend", "bend"))
    assert outer.outcome == "correct" and inner.outcome == "wrong"
    assert "your local derivative: 3·x" in str(inner), inner


BARE = """import numpy as np
class Curves:
    def bow(x):
        return x**3
    def d_bow(x):
        return 3 * x**2
class Tanh:
    def forward(self):
        return np.tanh(self)
    def backward(self):
        return 1 - Tanh.forward(self)**2
class Sigmoid:
    def activation(x):
        return 1 / (1 + np.exp(-x))
    def derivative(x):
        s = Sigmoid.activation(x)
        return s * (1 + s)
class Keeps:
    def forward(self, x):
        self.x = x
        return x * x
    def backward(self, dout):
        return 2 * self.x * dout
"""


def test_functions_that_stand_in_a_class_without_its_self(tmp_path):
    path = tmp_path / "bare.py"
    path.write_text(BARE)
    told = {n: dx.check(f"{path}:{n}").outcome for n, _ in foreign.find(str(path), conventions)[0]}
    assert told == {"Curves.bow": "correct", "Tanh": "correct", "Sigmoid": "wrong", "Keeps": "correct"}


SLOTTED = """import numpy as np
class Layer:
    def __init__(self):
        self.input = self.output = self.dloss_din = self.dloss_dout = None
class Linear(Layer):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weights, self.dloss_dweights = np.random.randn(n_in, n_out), None
    def forward_pass(self):
        self.output = np.dot(self.input, self.weights)
    def backward_pass(self):
        self.dloss_din = np.dot(self.dloss_dout, self.weights.T)
    def calc_param_grads(self):
        self.dloss_dweights = np.dot(self.input.T, self.dloss_dout)
class Sigmoid(Layer):
    def forward_pass(self):
        self.output = 1 / (1 + np.exp(-self.input))
    def backward_pass(self):
        self.dloss_din = self.dloss_dout * self.output * (1 + self.output)
"""


@pytest.mark.parametrize("name, outcome", [("Linear", "correct"), ("Sigmoid", "wrong")])
def test_what_a_network_puts_into_a_layer_is_put_there(tmp_path, name, outcome):
    path = tmp_path / "slots.py"
    path.write_text(SLOTTED)
    report = dx.check(f"{path}:{name}")
    assert report.outcome == outcome, report


def test_another_shape_of_the_weights_is_no_parameter_of_its_own(tmp_path):
    text = (
        "class Conv:\n    def __init__(self, filters):\n        self.filters, self.W, self.dW = filters, None, None\n"
        "    def forward(self, x):\n        if self.W is None:\n            self.W = np.random.randn(self.filters, x.shape[1], 1)\n"
        "        self.x, self.W_col = x, self.W.reshape(self.filters, -1)\n        return x @ self.W_col.T\n"
        "    def backward(self, dout):\n        self.dW = (dout.T @ self.x).reshape(self.W.shape)\n        return dout @ self.W_col\n"
    )
    report = from_text(tmp_path, text)
    assert report.outcome == "correct", report
    assert not from_text(tmp_path, text.replace("(dout.T @", "2 * (dout.T @")).ok


def test_parameters_that_the_first_forward_makes_are_there_under_other_options_too(tmp_path):
    text = (
        "class Conv1d:\n    def __init__(self, filters, kernel_size, stride=1):\n"
        "        self.F, self.K, self.S, self.W = filters, kernel_size, stride, None\n"
        "    def forward(self, x):\n        n, c, t = x.shape\n        if self.W is None:\n"
        "            self.W = np.random.randn(self.F, c, self.K)\n        self.x = x\n"
        "        self.at = range(0, t - self.K + 1, self.S)\n"
        "        return np.stack([np.einsum('nck,fck->nf', x[:, :, a:a + self.K], self.W) for a in self.at], axis=2)\n"
        "    def backward(self, dout):\n        self.dW, dx = np.zeros_like(self.W), np.zeros_like(self.x)\n"
        "        for k, a in enumerate(self.at):\n"
        "            self.dW += np.einsum('nf,nck->fck', dout[:, :, k], self.x[:, :, a:a + self.K])\n"
        "            dx[:, :, a:a + self.K] += np.einsum('nf,fck->nck', dout[:, :, k], self.W)\n        return dx\n"
    )
    report = from_text(tmp_path, text)
    assert report.outcome == "correct", report


def test_a_size_that_is_said_to_be_a_tuple_is_given_as_one(tmp_path):
    text = (
        "class Gain:\n    def __init__(self, input_size: tuple):\n        if not isinstance(input_size, tuple):\n"
        "            raise TypeError('a tuple is wanted')\n        self.gamma = np.ones(input_size) + 0.5\n"
        "    def forward(self, x):\n        self.x = x\n        return x * self.gamma\n"
        "    def backward(self, dout):\n        self.dgamma = (dout * self.x).sum(axis=0)\n        return dout * self.gamma\n"
    )
    report = from_text(tmp_path, text)
    assert report.outcome == "correct", report
