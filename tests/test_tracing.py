"""Code becomes a formula by being run on scalars that remember."""

import copy

import numpy as np
import pytest
import sympy as sp

from derivexplain.objects import numpy_for_objects
from derivexplain.symbols import real
from derivexplain.tracing import Tape, Untraceable, expression, letters


def traced(function, values, short=False):
    tape = Tape(short=short)
    x = letters("x", values, tape)
    return np.asarray(function(x), dtype=object), tape


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x: 1 / (1 + np.exp(-x)), lambda x: 1 / (1 + sp.exp(-x))),
        (lambda x: np.tanh(x) ** 2 - np.sqrt(x) / 2, lambda x: sp.tanh(x) ** 2 - sp.sqrt(x) / 2),
        (lambda x: np.log1p(x) + np.square(x), lambda x: sp.log(1 + x) + x**2),
        (lambda x: 0.1 * np.sin(x), lambda x: sp.Rational(1, 10) * sp.sin(x)),
        (lambda x: x / np.sqrt(2 * np.pi) + 3 * np.pi / 4, lambda x: x / sp.sqrt(2 * sp.pi) + 3 * sp.pi / 4),
        (lambda x: copy.deepcopy(x) * copy.copy(x), lambda x: x**2),
    ],
)
def test_functions_of_numpy(function, formula):
    out, _ = traced(function, [0.3, 1.2])
    for k in range(2):
        assert expression(out[k]) == formula(real(f"x_{k}"))
        assert out[k].value == pytest.approx(float(formula(sp.Float([0.3, 1.2][k]))))


def test_what_functions_give_are_letters():
    out, tape = traced(lambda x: np.tanh(np.exp(x) + 1) * np.exp(x) + np.log(np.exp(x)), [0.3], short=True)
    x = real("x_0")
    exp, tanh = tape.meanings
    assert expression(out[0]) == tanh * exp + x
    assert tape.meanings[tanh] == sp.tanh(exp + 1)
    assert tape.in_full(expression(out[0])) == sp.tanh(sp.exp(x) + 1) * sp.exp(x) + x


def test_sums_products_and_shapes():
    out, _ = traced(lambda x: x.reshape(3, 2).T @ np.ones(3) + x.mean(), np.arange(6.0))
    assert sp.expand(expression(out[0]) * 6) == sum((7 if k % 2 == 0 else 1) * real(f"x_{k}") for k in range(6))


def test_branches_are_written_down():
    out, tape = traced(lambda x: np.where(x > 0, x, 0) + np.maximum(x, 1), [2.0, -3.0])
    assert [expression(o) for o in out] == [2 * real("x_0"), 1]
    assert tape.branches[real("x_0")] is True and tape.branches[real("x_1")] is False


def test_buffers_hold_traced_scalars_only_while_asked():
    def fill(x):
        out = np.zeros(2)
        out[:] = x * 3
        return out

    with pytest.raises(Untraceable):
        traced(fill, [1.0, 2.0])
    with numpy_for_objects():
        out, _ = traced(fill, [1.0, 2.0])
        assert np.random.rand(3).dtype == float
    assert expression(out[1]) == 3 * real("x_1") and np.zeros(2).dtype == float


def test_numbers_drawn_by_chance_are_no_buffers():
    tape = Tape()
    x = letters("x", np.ones((3, 2)), tape)
    with numpy_for_objects():
        drawn = np.random.uniform(size=(3, 2)), np.random.default_rng(0).normal(size=(3, 2)), np.random.randn(3, 2)
        assert all(d.dtype == float for d in drawn)
        assert (x * (drawn[0] > 0.5)).shape == (3, 2)
        assert np.zeros(2).dtype == object


def test_a_trace_ends_in_time():
    tape = Tape(seconds=-1.0)
    with pytest.raises(Untraceable, match="too long"):
        letters("x", np.array([0.3]), tape)
