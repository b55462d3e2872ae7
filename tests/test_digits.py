"""Digits: nothing that is not zero shows as zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivexplain.digits import shown


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (200, "short", "200"),
        (200, "float", "200"),
        (220.00000000000003, "float", "220.00000000000003"),
        (220.00000000000003, "short", "220"),
        (3.3000000000000003, "exact", "33/10"),
        (1e-7, "short", "1e−7"),
        (-0.19661193324148188, "short", "−0.1966"),
        (0.1, "exact", "1/10"),
        (np.zeros((2, 3)), "short", "(2, 3)"),
        (np.zeros(3), "short", "(3,)"),
        (np.float64(1.5), "float", "1.5"),
        (-0.0, "short", "0"),
        (123456789012, "short", "1.235e11"),
    ],
)
def test_numbers_as_people_write_them(value, style, text):
    assert shown(value, style) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_nonzero_never_shows_as_zero(value):
    for style in ("short", "float", "exact"):
        nothing = set(shown(value, style).split("e")[0]) <= set("0.−/")
        assert nothing == (value == 0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_float_style_reads_back(value):
    assert float(shown(value, "float").replace("−", "-")) == value
