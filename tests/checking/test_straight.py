"""Straight-through estimators are told for what they are; a slope forgotten is no estimator."""

import pytest

import derivexplain as dx

LAYER = """import numpy as np
class Layer:
    def forward(self, x):
        self.x = x
        return {forward}
    def backward(self, dout):
        return {backward}
"""


def report(tmp_path, forward, backward):
    path = tmp_path / "layer.py"
    path.write_text(LAYER.format(forward=forward, backward=backward))
    return dx.check(f"{path}:Layer")


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("np.sign(x)", "dout * (np.abs(self.x) <= 1)"),
        ("np.where(x >= 0, 1.0, -1.0)", "dout.copy()"),
        ("np.round(x * 4) / 4", "dout.copy()"),
        ("np.round(x / np.max(np.abs(x)) * 8) * np.max(np.abs(x)) / 8", "dout.copy()"),  # one entry sets all steps
    ],
)
def test_what_goes_in_steps_may_pass_the_upstream_gradient_straight_through(tmp_path, forward, backward):
    found = report(tmp_path, forward, backward)
    (told,) = [f for f in found.findings if f.status == "warn"]
    assert found.outcome == "hazards" and told.code == "straight-through" and "straight-through" in told.message
    assert found.verdict.status == "undecided" and "nothing to mend" in found.next_step


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("np.maximum(0, x)", "dout.copy()"),
        ("np.zeros_like(x)", "dout.copy()"),  # no steps
        ("np.sign(x)", "2 * dout"),
        ("np.sign(x)", "-dout"),
        ("np.clip(x, -1, 1)", "dout.copy()"),
        ("(x - 2) * (x > 2)", "dout.copy()"),
        ("(x - 1) * (x > 1)", "dout * (self.x < 1)"),
    ],
)
def test_a_slope_that_was_forgotten_stays_wrong(tmp_path, forward, backward):
    assert report(tmp_path, forward, backward).outcome == "wrong"


def test_the_derivative_of_a_step_function_is_no_estimator(tmp_path):
    path = tmp_path / "step.py"
    path.write_text(
        "import numpy as np\ndef step(x):\n    return np.where(x > 0, 1.0, 0.0)\n"
        "def step_derivative(x):\n    return np.ones_like(x)\n"
    )
    assert dx.check(f"{path}:step").outcome == "wrong"
