"""What a derivative is conditioned on: no more than it needs."""

import pytest

import derivexplain as dx


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("where(x > 1, log(x), x - 1)", []),  # the logarithm is taken of positive numbers alone
        ("where(x > -1, log(x), x - 1)", ["x > 0"]),
        ("where(x > 1, abs(x), 1)", ["Ne(x, 1)"]),
        ("where(x > 0, x^2, -x)", ["Ne(x, 0)"]),  # a corner that no law of a piece sees
        ("where(x > 0, x, exp(x) - 1)", []),
        ("where(x > -1, abs(x), 1)", ["Ne(x, -1)", "Ne(x, 0)"]),
        ("hardsigmoid", ["Ne(x, -3)", "Ne(x, 3)"]),
        ("sqrt(abs(x))", ["Ne(x, 0)"]),
        ("x*abs(x)", []),  # 2|x|, at 0 too
        ("abs(x)", ["Ne(x, 0)"]),
        ("abs(x - 2)*log(x)", ["x > 0", "Ne(x, 2)"]),
        ("huber", []),  # |t - x| is met where it is larger than delta
        ("abs(sin(x))*abs(x)", ["Ne(x, 0)", "Ne(sin(x), 0)"]),  # what sin(x) excludes is no single place
    ],
)
def test_conditions_are_those_an_input_can_break(text, told):
    assert sorted(map(str, dx.derive(text, wrt="x").conditions)) == sorted(told)
