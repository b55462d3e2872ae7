"""dx.check: every kind of target, the hooks, and what a report holds."""

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.errors import InputError


class Odd:
    """Methods that nobody could guess."""

    def hither(self, x):
        self.x = x
        return x**3

    def thither(self, g):
        return 3 * g * self.x**2


def test_the_hook_for_habits_that_are_not_understood():
    with pytest.raises(InputError, match="forward"):
        dx.check(Odd)

    def adapt(cls):
        odd = cls()
        return type(
            "Adapted",
            (),
            {"forward": lambda self, x: odd.hither(x), "backward": lambda self, dout: odd.thither(dout)},
        )()

    assert dx.check(Odd, adapt=adapt).outcome == "correct"


class Scale:
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x = x
        return x * self.W

    def backward(self, dout):
        self.dW = (dout * self.x).sum(axis=0)
        return dout * self.W


@pytest.mark.parametrize("target", [lambda: Scale(np.arange(1.0, 6.0)), Scale(np.arange(1.0, 6.0))])
def test_factories_and_instances(target):
    report = dx.check(target, inputs=(np.random.default_rng(0).standard_normal((3, 5)),))
    assert report.outcome == "correct" and report.verdict.points > 10


def test_a_formula_has_no_code():
    with pytest.raises(InputError, match="no code"):
        dx.check("x**2 + 1")


def test_recognised_by_numbers():
    class Mystery:
        def forward(self, x):
            self.y = np.tanh(x)
            return self.y

        def backward(self, dout):
            return dout * (1 - self.y**2)

    report = dx.check(Mystery)
    assert (report.formula, report.how) == ("tanh", "by numbers")


def test_claims_of_ones_own():
    report = dx.check("sigmoid", claims={"x": "y*(1 + y)"})
    assert not report.ok and any(f.code == "claim" and f.status == "fail" for f in report.findings)


def test_equations_and_claims_are_told_line_by_line():
    """A formula of several equations stands below its heading; of a claim of several lines only what it claims."""
    lines = str(dx.check("attention")).splitlines()
    at = lines.index("  held against these equations (given):")
    assert [line.strip().partition(" = ")[0] for line in lines[at + 1 : at + 5]] == [
        "S[i,j]",
        "Z[i]",
        "A[i,j]",
        "y[i,m]",
    ]
    assert "  ok   the claim dL/dQ = c*sum(j, dS[i,j]*K[j,d]) agrees" in lines


def test_a_report_is_plain_data_and_repeats():
    from derivexplain.api.reports import revived

    one, two = dx.check("relu"), dx.check("relu")
    assert one.to_dict() == two.to_dict() and one.seed == 0
    assert revived(one.to_dict()).to_dict() == one.to_dict()


def test_the_catalogue_is_right():
    for name in ("mul", "add", "exp", "affine", "softmax", "batch_norm", "leaky_relu"):
        if name in dx.catalogue:
            report = dx.check(name)
            assert report.outcome == "correct", (name, [f.message for f in report.findings if f.status == "fail"])


class Product:
    """A matrix product, held against formulas that do not fit it."""

    def forward(self, x, W):
        self.x, self.W = x, W
        return x @ W

    def backward(self, dout):
        return dout @ self.W.T, self.x.T @ dout


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y[j,i] = sum(k, x[i,k]*W[k,j])", "index j runs over 3 values in y and over 2 in W"),
        ("y[i,j] = sum(k, x[i,k]*W[j,k])", "index j runs over 2 values in y and over 5 in W"),
        ("y[i] = sum(k, sum(j, x[i,k]*W[k,j]))", r"y[i] has 1 index, but y has shape (3, 2)"),
    ],
)
def test_a_formula_of_other_shapes_is_not_what_forward_computes(formula, said):
    report = dx.check(Product, inputs=(np.ones((3, 5)), np.ones((5, 2))), formula=formula)
    assert report.outcome == "forward-differs"
    assert any(said in f.message for f in report.findings if f.status == "fail")


def test_a_formula_whose_indices_make_no_sense_is_refused():
    with pytest.raises(InputError, match="index k is free"):
        dx.check(Product, inputs=(np.ones((3, 5)), np.ones((5, 2))), formula="y[i,j] = x[i,k]*W[k,j]")


class Cube(dx.Layer):
    """Forward is not its formula; backward is right for forward."""

    formula = "y = x^2"

    def forward(self, x):
        self.x = x
        return x**3

    def backward(self, dout):
        return 3 * dout * self.x**2


class Square(dx.Layer):
    formula = "y = x^2"

    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dout):
        return 2 * dout * self.x


def test_backward_is_judged_by_the_forward_that_is_there():
    assert dx.check(Cube).outcome == "forward-differs"


def test_the_next_step_names_no_line_where_there_is_none():
    report = dx.check(Square, claims={"x": "3*x"})
    (claim,) = [f for f in report.findings if f.code == "claim"]
    assert "line" not in report.next_step and "claim" in report.next_step
    assert "should be 2" in claim.diagnosis[0].message
