"""Lists of gradients whose arrays others hold."""

import pytest

from .reports import findings

AFFINE = """
class Affine:
    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]
    def forward(self, x):
        W, b = self.params
        self.x = x
        return x @ W + b
    def backward(self, dout):
        W, b = self.params
        self.grads[0][...] = self.x.T @ dout
        self.grads[1][...] = dout.sum(axis=0)
        return dout @ W.T
"""


@pytest.mark.parametrize(
    "edits", [(), ("self.grads[0][...]", "self.grads[0]", "self.grads[1][...]", "self.grads[1]")]
)
def test_filled_or_replaced_all_at_once_they_are_right(written, edits):
    assert written(AFFINE, *edits).check("Affine").outcome == "correct"


def test_one_replaced_beside_one_filled_is_a_hazard(written):
    report = written(AFFINE, "self.grads[1][...]", "self.grads[1]").check("Affine")
    assert report.outcome == "hazards" and "in the place of grads[1]" in findings(report, "warn")[0].message
