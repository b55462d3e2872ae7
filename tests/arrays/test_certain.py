"""A condition that no input can break is not told."""

import pytest

import derivexplain as dx
from derivexplain.arrays.certain import Certain
from derivexplain.reading import read_equations


@pytest.mark.parametrize(
    ("target", "wrt", "told"),
    [
        ("log(sum(i, exp(x[i])))", "x", []),
        ("y[i] = x[i] - log(sum(j, exp(x[j])))", "x", []),
        ("s = 1 + sum(i, x[i]^2); y = log(s)", "x", []),
        ("n = sqrt(sum(i, x[i]^2))", "x", ["SumOver(x[m]**2, m) > 0"]),
        ("y[i] = log(x[i])", "x", ["x[m] > 0"]),
        ("softmax_with_loss", "x", []),
        ("softmax_with_loss_labels", "x", []),
    ],
)
def test_conditions_are_those_an_input_can_break(target, wrt, told):
    assert [str(c) for c in dx.derive(target, wrt=wrt).conditions] == told


def test_before_the_first_step_what_is_positive_counts_as_zero():
    equations = read_equations("h[t] = 1 + exp(x[t]); y[t] = h[t-1]")
    t, h = equations[0].lhs.indices[0], equations[0].lhs.base
    certain = Certain(equations)
    assert certain.holds(h[t] > 0) and not certain.holds(h[t - 1] > 0)
