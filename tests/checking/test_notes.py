"""The notes' four classes, and faults planted in a sigmoid: each found, each named."""

from pathlib import Path

import numpy as np
import pytest

import derivexplain as dx

from .reports import codes, findings, named

NOTES = str(Path(__file__).parent.parent / "material" / "notes.py")


def test_the_notes_relu_is_guilty_on_four_counts():
    report = dx.check(f"{NOTES}:Relu")
    assert report.outcome == "vacuous" and not report.ok
    assert {"forward-formula", "vacuous", "source-never-set"} <= codes(report, "fail")
    assert "dout-untouched" in codes(report, "warn")
    (overwritten,) = findings(report, "dout-untouched")
    assert overwritten.where.endswith("notes.py:44") and "dout[self.mask] = 0" in overwritten.message


def test_our_relu_is_guilty_of_none():
    report = dx.check("relu")
    assert report.outcome == "correct" and report.verdict.status == "proved"
    assert not codes(report, "fail") | codes(report, "warn")


def test_the_notes_add_returns_one_array_twice():
    report = dx.check(f"{NOTES}:AddLayer")
    assert report.outcome == "hazards" and report.ok
    assert any("same array twice" in f.message for f in findings(report, "warn"))


@pytest.mark.parametrize("name", ["MulLayer", "sigmoid"])
def test_the_other_two_are_right(name):
    assert dx.check(f"{NOTES}:{name}").outcome == "correct"


class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


FAULTS = {
    "y(1+y)": (lambda self, dout: dout * self.y * (1 + self.y), "wrong", None),
    "forgets dout": (lambda self, dout: self.y * (1 - self.y), "wrong", "dout-ignored"),
    "off by 1e-7": (lambda self, dout: dout * self.y * (1 - self.y) * (1 + 1e-7), "wrong", None),
    "minus": (lambda self, dout: -dout * self.y * (1 - self.y), "factor", "sign"),
    "twice": (lambda self, dout: 2 * dout * self.y * (1 - self.y), "factor", "factor"),
    "factor lost": (lambda self, dout: dout * self.y, "wrong", "factor"),
    "absolute dout": (lambda self, dout: abs(dout) * self.y * (1 - self.y), "wrong", "dout-nonlinear"),
    "returns nothing": (lambda self, dout: None, "wrong", None),
    "other shape": (lambda self, dout: (dout * self.y * (1 - self.y)).sum(axis=0), "wrong", "unsummed"),
    "stops": (lambda self, dout: dout * self.z, "crashes", None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_found_and_named(fault):
    backward, outcome, code = FAULTS[fault]
    layer = type("Sigmoid", (Sigmoid,), {"backward": backward})
    report = dx.check(layer)
    assert not report.ok
    if fault != "off by 1e-7":
        assert report.outcome == outcome
    assert code is None or code in named(report, "fail")


def test_a_wrong_forward_is_told_from_a_wrong_backward():
    class Sigmoid2(Sigmoid):
        def forward(self, x):
            self.y = 1 / (1 + np.exp(-2 * x))
            return self.y

        def backward(self, dout):
            return 2 * dout * self.y * (1 - self.y)

    report = dx.check(Sigmoid2, formula="y = 1/(1 + exp(-x))")
    assert report.outcome == "forward-differs"


def test_the_other_side_of_the_kink_is_a_convention():
    class Relu:
        def forward(self, x):
            self.mask = x >= 0
            return x * self.mask

        def backward(self, dout):
            return dout * self.mask

    report = dx.check(Relu)
    assert report.outcome == "correct"
    (kink,) = findings(report, "kink")
    assert kink.status == "pass" and "convention" in kink.message and "slope 1" in kink.message


def test_a_slope_that_is_no_subgradient_is_an_error():
    class Relu:
        def forward(self, x):
            self.x = x
            return np.maximum(0, x)

        def backward(self, dout):
            return dout * np.where(self.x > 0, 1, np.where(self.x == 0, 3, 0))

    report = dx.check(Relu)
    assert report.outcome == "wrong"


def test_what_is_right_beside_a_wrong_gradient_is_told_by_name():
    """The bias is wrong, x and W are not: who mends the line must know that the rest may stay."""
    report = dx.check(str(Path(__file__).parents[2] / "examples" / "notes_layers.py") + ":Affine")
    (told,) = [f.message for f in findings(report, "pass", "values")]
    assert told.startswith("the gradient for x and for W agrees with ")
    (whole,) = [f.message for f in findings(dx.check("affine"), "pass", "values")]
    assert whole.startswith("backward agrees with ")


def test_where_every_gradient_is_wrong_somewhere_the_cases_that_agree_are_told():
    class HalfTanh:
        def forward(self, x):
            self.x = x
            return np.tanh(x)

        def backward(self, dout):
            return dout * np.where(self.x > 0, 1 - np.tanh(self.x) ** 2, 1.0)

    (told,) = [f.message for f in findings(dx.check(HalfTanh), "pass", "values")]
    assert told.startswith("backward agrees with ") and told.endswith("(all positive)")
    assert int(told.split()[3]) > 0
