"""Every habit is set up without help, found right, and found right for other seeds too."""

from pathlib import Path

import pytest

import derivexplain as dx
from derivexplain import conventions, foreign

from ..reports import codes, findings

MATERIAL = Path(__file__).parent.parent.parent / "material"
HABITS = dict(foreign.find(str(MATERIAL / "habits.py"), conventions)[0])
MORE = dict(foreign.find(str(MATERIAL / "more_habits.py"), conventions)[0])
HAZARDS = {
    "SoftmaxWithLoss": "loss-ignores-dout",
    "Flatten": "alias",
    "Reshape": "alias",
    "DecayedDense": "regularised",
    "nonlin": "output-taken",
}
GUARDED = {
    *("SoftmaxWithLoss", "Loss_CategoricalCrossentropy", "CrossEntropy", "BCELoss"),
    "Activation_Softmax_Loss_CategoricalCrossentropy",
}
NOT_TRACED = {
    *("LSTM", "Attention", "SigmoidWithLoss", "conv", "lstm_cell", "Conv3x3", "MaxPool2", "svm_loss_vectorized"),
    "Reshape",
}


@pytest.mark.parametrize(("name", "layer"), [*HABITS.items(), *MORE.items()])
def test_a_right_layer_is_found_right(name, layer):
    report = dx.check(layer)
    hazard = "crash" if layer is MORE["conv"] else HAZARDS.get(name)  # its pad:-pad has no pad = 0
    assert report.outcome == ("hazards" if hazard else "correct")
    assert codes(report, "warn") == ({hazard} if hazard else set())
    assert report.ok
    expected = "agrees" if name in GUARDED | NOT_TRACED else "proved"
    assert report.verdict.status in (expected, "proved")


@pytest.mark.parametrize("name", ["Affine", "Pooling", "BatchNormalization", "softmax_loss", "svm_loss", "LeakyReLU"])
def test_no_false_alarm_with_other_seeds(name):
    for seed in range(1, 5):
        assert not findings(dx.check(HABITS[name], seed=seed), "fail")


def test_the_guard_in_a_logarithm_is_told_and_is_no_error():
    report = dx.check(HABITS["SoftmaxWithLoss"])
    (said,) = findings(report, "epsilon")
    assert "1e-07" in said.message and said.status == "pass"


def test_what_backward_is_given_is_read_from_its_names():
    report = dx.check(HABITS["logistic"])  # logistic_derivative(a) takes the output
    assert report.outcome == "correct"
