"""What a file leans on and does not hold is understood, and told; it is no fault of the layer."""

from pathlib import Path

import numpy as np
import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.checking.contract import shape

from ..reports import findings, reasons

PATH = str(Path(__file__).parent.parent.parent / "material" / "lone_habits.py")
LONE = dict(foreign.find(PATH, conventions)[0])


# what it was fed before is still there; its x is the output; its bias takes one row at a time
WARNED = {"Queued", "squash", "RowDense"}


@pytest.mark.parametrize("name", LONE)
def test_a_right_layer_is_found_right(name):
    report = dx.check(LONE[name])
    assert report.outcome == ("hazards" if name in WARNED else "correct"), report


def test_a_stand_in_is_told():
    (said,) = findings(dx.check(LONE["Gate"]), "stand-in")
    assert said.status == "skip" and said.message.startswith("sigmoid: defined nowhere")


def test_what_cannot_be_imported_is_no_crash_of_the_layer(written):
    text = """
    from elsewhere import Curve
    class L:
        def __init__(self):
            self.f = Curve()
        def forward(self, x):
            return self.f.forward(x)
        def backward(self, dout):
            return self.f.backward(dout)
    """
    report = written(text).check()
    assert report.outcome == "not-set-up"
    assert "put its file beside this one" in report.findings[0].message


def test_the_line_is_of_the_pair_that_is_wrong(written):
    text = """
    def one(x):
        return x**2
    def two(x):
        return x**4
    def one_prime(x):
        return 2 * x
    def two_prime(x):
        return np.sin(5 * x) + np.cosh(x)
    """
    (wrong,) = findings(written(text).check("two"), "fail", "values")
    assert wrong.where.endswith("layers.py:9")


def test_arguments_that_no_name_tells_are_not_taken_for_an_error(written):
    text = """
    class SquaredLoss:
        def loss(self, y, y_pred):
            return 0.5 * np.sum((y_pred - y) ** 2)
        def grad(self, y, y_pred, z, curve):
            return (y_pred - y) * curve.grad(z)
    """
    report = written(text).check()
    assert report.outcome == "not-set-up" and "are not understood" in report.findings[0].message


def test_a_mask_that_pays_every_tied_largest_is_named(written):
    text = """
    class Largest:
        def forward(self, x):
            self.x, self.y = x, x.max(axis=1)
            return self.y
        def backward(self, dout):
            return (self.x == self.y[:, None]) * dout[:, None]
    """
    pools = """
    class Pool:
        def __init__(self, size):
            self.size = size
        def forward(self, x):
            c, h, w = x.shape
            parts = x.reshape(c, h // self.size, self.size, w // self.size, self.size)
            y = parts.max(axis=(2, 4))
            self.mask = (parts == y[:, :, None, :, None]).reshape(x.shape)
            return y
        def backward(self, dout):
            return self.mask * np.kron(dout, np.ones((1, self.size, self.size)))
    """  # here what is too much falls out of a sum of both signs
    for one in (text, pools):
        report = written(one).check()
        (wrong,) = findings(report, "fail", "values")
        assert report.outcome == "wrong" and "tie for the largest" in wrong.diagnosis[0].message


def test_a_slip_in_a_network_with_its_loss_inside_is_found(written):
    text = Path(PATH).read_text()
    layer = text[text.index("class TwoLayers") : text.index("class Logistic")]
    report = written(layer, " * (1 - self.hidden**2)", "").check()
    assert report.outcome == "wrong"
    assert {f.counterexample["variable"] for f in findings(report, "fail", "values")} == {"W1", "b1"}


def test_the_parameters_half_of_backward_in_a_method_of_its_own(written):
    """Torch7: updateGradInput, and accGradParameters beside it."""
    text = """
    class Linear:
        def __init__(self, in_features, out_features):
            self.weight = np.random.randn(out_features, in_features)
            self.weight_grad = np.zeros_like(self.weight)
        def updateOutput(self, input):
            self.output = input @ self.weight.T
            return self.output
        def updateGradInput(self, input, gradOutput):
            return gradOutput @ self.weight
        def accGradParameters(self, input, gradOutput):
            self.weight_grad += gradOutput.T @ input
    """
    assert written(text).check().outcome == "hazards"
    assert written(text, "gradOutput.T", "-gradOutput.T").check().outcome == "factor"


LOGISTIC = """
def logistic(w, X, y, reg):
    p = 1 / (1 + np.exp(-X.dot(w)))
    cost = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + 0.5 * reg * np.sum(w * w)
    grad = X.T.dot(p - y) / len(y) + reg * w
    return cost, grad
"""


@pytest.mark.parametrize(
    ("edit", "outcome"),
    [(("", ""), "correct"), (("p - y) / len(y)", "p - y)"), "wrong"), (("p - y", "y - p"), "wrong")],
)
def test_a_regression_has_one_output(written, edit, outcome):
    """Found by the cost that it returns; its parameters are a vector, its targets zeros and ones."""
    assert written(LOGISTIC, *edit).check().outcome == outcome


def test_a_wrong_regression_is_set_up_as_a_right_one_is(written):
    report = written(LOGISTIC, "+ reg * w\n", "- reg * w\n").check()
    (said,) = findings(report, "fail", "values")
    assert len(said.counterexample["index"]) == 1 and said.diagnosis


def test_a_file_of_a_package_is_taken_out_of_the_whole(written):
    """Alone it would meet its base class half made; and NumPy's old names mean what they meant."""
    all_of_them = "from toy.curves.Curve import Curve\nfrom toy.curves.Bend import Bend\nALL = {'bend': Bend()}\n"
    bend = """
    from toy.curves import Curve
    class Bend(Curve):
        def apply_activation(self, x): return np.where(x > 0, np.float_(2) * x, x)
        def compute_derivative(self, x): return np.where(x > 0, 2.0, 1.0)
    """
    written("from toy import curves\n", at="toy/__init__.py")
    written(all_of_them, at="toy/curves/__init__.py")
    written("class Curve:\n    kind: np.float_ = np.Inf\n", at="toy/curves/Curve.py")
    report = written(bend, at="toy/curves/Bend.py").check()
    assert report.outcome == "correct", report
    (said,) = findings(report, "stand-in")
    assert "np.float_" in said.message


def test_an_epsilon_in_a_denominator_is_no_error(written):
    text = """
    def tanh(x):
        a, b = np.exp(x), np.exp(-x)
        return (a - b) / (a + b + 1e-7)
    def tanh_prime(x):
        return 1 - tanh(x)**2
    """
    report = written(text).check()
    assert report.ok and findings(report, "epsilon")
    assert not written(text, "1 - tanh", "1.0001 - tanh").check().ok


def test_a_gradient_for_the_scores_is_told_from_one_for_the_probabilities(written):
    text = """
    class CrossEntropy:
        def forward(self, p, t):
            self.p, self.t = p, t
            return -np.sum(t * np.log(p)) / len(p)
        def backward(self):
            return (self.p - self.t) / len(self.p)
    """
    (why,) = reasons(written(text).check(), "fail")
    assert why.code == "other-argument" and "before a softmax" in why.message


def test_only_what_is_meant_is_mended(written):
    """One over m is told where it stands; nothing is made up about lengths."""
    text = """
    class Dense:
        def __init__(self, n_in, n_out):
            self.W, self.units = np.random.randn(n_in, n_out), n_out
        def forward(self, X):
            self.X = X
            return X @ self.W
        def backward(self, d_out):
            m = d_out.shape[0]
            self.dW = self.X.T @ d_out / m
            return d_out @ self.W.T
    """
    report = written(text).check()
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


AROUND = """
class Sigmoid:
    def __call__(self, x):
        return 1 / (1 + np.exp(-x))
    def gradient(self, x):
        return {}
class TanH:
    def __call__(self, x):
        return 2 / (1 + np.exp(-2 * x)) - 1
    def gradient(self, x):
        return 1 - np.power({}, 2)
"""


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ("self.__call__(x) * (1 - self.__call__(x))", "self.__call__(x)", "correct"),
        ("self.__call__(x) * (1 - self.__call__(x))", "x", "wrong"),  # its neighbour is given the input
        ("x * (1 - x)", "x", "hazards"),  # both are given the output, by what they call x
    ],
)
def test_what_a_derivative_is_given_is_what_its_neighbours_are_given(written, first, second, outcome):
    assert written(AROUND.format(first, second)).check("TanH").outcome == outcome


@pytest.mark.parametrize(("argument", "outcome"), [("y", "correct"), ("x", "hazards")])
def test_a_derivative_that_is_right_for_the_output_alone_is_warned_of_where_it_calls_that_an_input(
    written, argument, outcome
):
    text = f"""
    def tanh(x): return np.tanh(x)
    def tanh_prime({argument}): return 1 - {argument}**2
    """
    report = written(text).check()
    assert report.outcome == outcome
    said = [f.message.partition(";")[0] for f in findings(report, "output-taken")]
    assert said == (["backward is right where x is the output of forward"] if argument == "x" else [])


def test_a_gradient_too_many_is_told():
    class Product:
        def forward(self, a, b):
            self.a, self.b = a, b
            return a * b

        def backward(self, dout):
            return dout * self.b, dout * self.a, dout

    report = dx.check(Product)
    assert report.outcome == "wrong" and any("3 gradients for 2 inputs" in f.message for f in report.findings)


def test_of_two_functions_with_one_name_the_text_is_that_of_the_one_in_the_class(written):
    text = """
    class Curves:
        @staticmethod
        def bend(x):
            return x**3
        @staticmethod
        def d_bend(x):
            return 3 * x

    def bend(x, deriv=False):
        if deriv:
            return 2 * x
        return x**2
    """
    inner, outer = (written(text).check(name) for name in ("Curves.bend", "bend"))
    assert outer.outcome == "correct" and inner.outcome == "wrong"
    assert "your local derivative: 3·x" in str(inner), inner


BARE = """
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


def test_functions_that_stand_in_a_class_without_its_self(written):
    told = {name: report.outcome for name, report in written(BARE).checks().items()}
    assert told == {"Curves.bow": "correct", "Tanh": "correct", "Sigmoid": "wrong", "Keeps": "correct"}


SLOTTED = """
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
def test_what_a_network_puts_into_a_layer_is_put_there(written, name, outcome):
    report = written(SLOTTED).check(name)
    assert report.outcome == outcome, report


def test_another_shape_of_the_weights_is_no_parameter_of_its_own(written):
    text = """
    class Conv:
        def __init__(self, filters):
            self.filters, self.W, self.dW = filters, None, None
        def forward(self, x):
            if self.W is None:
                self.W = np.random.randn(self.filters, x.shape[1], 1)
            self.x, self.W_col = x, self.W.reshape(self.filters, -1)
            return x @ self.W_col.T
        def backward(self, dout):
            self.dW = (dout.T @ self.x).reshape(self.W.shape)
            return dout @ self.W_col
    """
    report = written(text).check()
    assert report.outcome == "correct", report
    assert not written(text, "(dout.T @", "2 * (dout.T @").check().ok
