"""Straight-through estimators are told for what they are; a slope forgotten is no estimator."""

import pytest

from .reports import findings

LAYER = """
class Layer:
    def forward(self, x):
        self.x = x
        return {forward}
    def backward(self, dout):
        return {backward}
"""


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("np.sign(x)", "dout * (np.abs(self.x) <= 1)"),
        ("np.where(x >= 0, 1.0, -1.0)", "dout.copy()"),
        ("np.round(x * 4) / 4", "dout.copy()"),
        ("np.round(x / np.max(np.abs(x)) * 8) * np.max(np.abs(x)) / 8", "dout.copy()"),  # one entry sets all steps
    ],
)
def test_what_goes_in_steps_may_pass_the_upstream_gradient_straight_through(written, forward, backward):
    found = written(LAYER.format(forward=forward, backward=backward)).check()
    (told,) = findings(found, "warn")
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
def test_a_slope_that_was_forgotten_stays_wrong(written, forward, backward):
    assert written(LAYER.format(forward=forward, backward=backward)).check().outcome == "wrong"


def test_the_derivative_of_a_step_function_is_no_estimator(written):
    text = """
    def step(x):
        return np.where(x > 0, 1.0, 0.0)
    def step_derivative(x):
        return np.ones_like(x)
    """
    assert written(text).check().outcome == "wrong"


def test_a_mask_that_keeps_few_and_is_forgotten_is_no_estimator(written):
    text = """
    def drop_forward(x, p=0.3):
        np.random.seed(123)
        mask = (np.random.rand(*x.shape) < p) / p
        return x * mask, mask
    def drop_backward(dout, mask):
        return dout * mask
    """
    assert written(text).check("drop").ok
    assert written(text, "return dout * mask", "return dout").check("drop").outcome == "wrong"
