"""What a handout gathers."""

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.api.gathering import letters
from derivexplain.api.targets import resolve


class OnlyTheWeight(dx.Layer):
    formula = "y = w*x"
    claims = {"w": "g*x"}
    params = ("w",)

    def __init__(self, w=2.0):
        self.w = np.asarray(w)

    def forward(self, x):
        self.x = x
        return self.w * x

    def backward(self, dout):
        self.dw = np.sum(dout * self.x)
        return dout * self.w


@pytest.mark.parametrize("target", ["batch_norm2d", "instance_norm", "group_norm", OnlyTheWeight])
def test_a_claim_for_a_parameter_hides_no_input(target):
    assert "x" in map(str, letters(resolve(target), None))


def test_without_claims_everything_is_told():
    assert [*map(str, letters(resolve("rnn_cell"), None))] == ["x", "h", "Wx", "Wh", "b"]
