"""Accuracy in ulps: measured against balls, so the measure itself cannot be off."""

from math import inf, nextafter, ulp

import numpy as np
import pytest
import sympy as sp

from derivexplain.accuracy import measure, truth, ulps
from derivexplain.symbols import real

x = real("x")
SLOPE = sp.exp(-x) / (1 + sp.exp(-x)) ** 2


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_an_exact_value_is_off_by_nothing_and_its_neighbour_by_one():
    assert ulps(0.5, truth(x / 2, x, 1.0)) == 0
    assert ulps(nextafter(1.0, 2), truth(x, x, 1.0)) == 1
    assert ulps(inf, truth(x, x, 1.0)) == inf


@pytest.mark.parametrize("at", [-700.0, -1.0, 0.0, 0.1, 36.0, 700.0])
def test_the_truth_is_the_nearest_float(at):
    value = truth(sp.exp(x), x, at)
    assert abs(float(value.mid()) - np.exp(at)) <= 2 * ulp(np.exp(at))


def test_a_point_where_nothing_is_defined_has_no_truth():
    assert truth(sp.log(x), x, -1.0) is None


def test_why_people_write_y_times_one_minus_y():
    ways = {
        "output": lambda z: sigmoid(z) * (1 - sigmoid(z)),
        "quotient": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    }
    found = measure(SLOPE, x, ways, [-720.0, -400.0, -5.0, 0.0, 5.0])
    assert found.errors["quotient"][0] == inf  # e^720 overflows
    assert found.errors["output"][1] < 3 < 1e9 < found.errors["quotient"][1]  # the square overflows, 0 comes out
    assert max(found.errors["output"][2:4]) < 3 and max(found.errors["quotient"][2:]) < 3


def test_what_y_times_one_minus_y_costs_on_the_right():
    found = measure(SLOPE, x, {"output": lambda z: sigmoid(z) * (1 - sigmoid(z))}, [40.0])
    assert found.errors["output"][0] > 1e14  # 1 - y cancels to 0, the slope is 4e-18
    assert found.true[0] == pytest.approx(np.exp(-40))


def test_rows_take_the_worst_of_a_range():
    found = measure(x, x, {"off": lambda z: np.where(z > 0, z + 2 * np.spacing(z), z)}, [-1.5, -1.25, 1.25, 1.5])
    assert found.rows([-2, 0, 2]) == [(-2, 0, {"off": 0.0}), (0, 2, {"off": 2.0})]
