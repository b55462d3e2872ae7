import numpy as np
import pytest
import sympy as sp

from derivexplain.errors import InputError
from derivexplain.evaluation import evaluate, evaluate_formula
from derivexplain.story import Equation, Formula
from derivexplain.symbols import D, MaxOver, SumOver, entry, index, length, real

i, j, k, a, b = map(index, "ijkab")
RNG = np.random.default_rng(0)
x, W, bias = RNG.standard_normal((3, 5)), RNG.standard_normal((5, 2)), RNG.standard_normal(2)
ENV = {"x": x, "W": W, "b": bias}
AFFINE = SumOver(entry("x", i, k) * entry("W", k, j), k) + entry("b", j)


def test_a_sum_over_an_index_is_a_matrix_product():
    np.testing.assert_allclose(evaluate(AFFINE, ENV), x @ W + bias, rtol=1e-14)


@pytest.mark.parametrize("kind", [bool, np.uint8, np.float32, object])
def test_a_sum_counts_truth_values_and_has_room_for_small_numbers(kind):
    many = np.ones(300, kind)
    assert evaluate(SumOver(entry("x", k), k), {"x": many}) == 300
    assert evaluate(SumOver(SumOver(entry("x", k) * entry("x", i), k), i), {"x": many}) == 90_000


def test_a_letter_that_is_summed_twice_counts_the_outer_sum():
    assert evaluate(SumOver(SumOver(entry("x", k), k), k), {"x": np.arange(4.0)}, {"k": 4}) == 4 * 6


def test_an_array_without_indices_is_not_summed():
    with pytest.raises(InputError, match="shape \\(2,\\) in a sum"):
        evaluate(SumOver(real("b") * entry("x", i, k), k), ENV)


def test_axes_come_in_the_order_asked_for():
    np.testing.assert_allclose(evaluate(AFFINE, ENV, axes=(j, i)), (x @ W + bias).T, rtol=1e-14)


def test_an_axis_that_the_formula_lacks_is_repeated():
    assert evaluate(entry("b", j), ENV, {"i": 3}, (i, j)).shape == (3, 2)


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        (MaxOver(entry("x", i, k), k), x.max(axis=1)),
        (SumOver(sp.Integer(1), k) * entry("b", j), 5 * bias),
        (sp.KroneckerDelta(i, j), np.eye(3, 2)),
        (entry("x", i, i + 1), x[np.arange(3), np.arange(3) + 1]),
        (entry("x", i, i - 1), np.where(np.arange(3) > 0, x[np.arange(3), np.arange(3) - 1], 0)),
        (SumOver(entry("x", i, k), k) / length(k), x.mean(axis=1)),
        (sp.Piecewise((entry("b", j), entry("b", j) > 0), (0, True)), np.maximum(bias, 0)),
        (sp.Max(entry("b", j), 0), np.maximum(bias, 0)),
        (sp.erf(entry("b", j)), [sp.erf(float(v)).evalf() for v in bias]),
    ],
    ids=str,
)
def test_what_a_node_means(expr, wanted):
    found = evaluate(expr, ENV, {"i": 3, "j": 2, "k": 5})
    np.testing.assert_allclose(found, np.asarray(wanted, float), rtol=1e-13)


def test_without_indices_it_is_numpys_broadcasting():
    values = {"x": np.arange(3.0), "z": np.ones((2, 3))}
    np.testing.assert_array_equal(evaluate(real("x") * real("z"), values), values["x"] * values["z"])


def test_an_entry_looked_up():
    label = np.array([1, 4, 1])
    expr = sp.Indexed(sp.IndexedBase("x", real=True), i, sp.Indexed(sp.IndexedBase("label", integer=True), i))
    np.testing.assert_array_equal(evaluate(expr, {**ENV, "label": label}), x[np.arange(3), label])


def test_an_open_derivative_has_a_value_of_its_own():
    found = evaluate(D(AFFINE, entry("W", a, b)), ENV, axes=(i, j, a, b))
    np.testing.assert_allclose(found, np.einsum("ia,jb->ijab", x, np.eye(2)), atol=1e-15)


def test_the_letters_of_a_derivative_are_not_caught_by_a_sum_inside():
    found = evaluate(D(AFFINE, entry("W", k, j)), ENV, axes=(i, j, k))
    np.testing.assert_allclose(found, np.einsum("ik,j->ijk", x, np.ones(2)), atol=1e-15)


def test_a_slope_that_numpy_lacks():
    slope = evaluate(D(sp.erf(real("x")), real("x")), {"x": 0.7})
    assert slope == pytest.approx(2 / np.sqrt(np.pi) * np.exp(-0.49), rel=1e-14)


def test_named_equations_in_order():
    formula = Formula(
        (
            Equation(entry("s", i), SumOver(sp.exp(entry("x", i, k)), k)),
            Equation(entry("y", i, j), sp.exp(entry("x", i, j)) / entry("s", i)),
        ),
        (),
    )
    e = np.exp(x)
    np.testing.assert_allclose(evaluate_formula(formula, {"x": x})["y"], e / e.sum(1, keepdims=True), rtol=1e-14)


def test_a_recursion_over_time():
    t = index("t")
    formula = Formula((Equation(entry("h", t, j), entry("h", t - 1, j) / 2 + entry("x", t, j)),), ())
    h = evaluate_formula(formula, {"x": x})["h"]
    np.testing.assert_allclose(h[2], x[2] + x[1] / 2 + x[0] / 4, rtol=1e-14)


@pytest.mark.parametrize(
    ("expr", "env", "word"),
    [
        (AFFINE, {**ENV, "W": np.ones((4, 2))}, "runs over"),
        (entry("x", i, j) + entry("b", j), ENV, "runs over"),
        (entry("x", i), ENV, "axes|indices"),
        (entry("q", i), ENV, "no value"),
        (real("q"), ENV, "no value"),
        (SumOver(real("q"), k), {"q": 1.0}, "how far"),
    ],
)
def test_bad_input_names_what_is_wrong(expr, env, word):
    with pytest.raises(InputError, match=word):
        evaluate(expr, env)


@pytest.mark.parametrize("extreme", [sp.Min, sp.Max])
def test_an_extreme_of_what_has_no_value_has_none(extreme):
    """Wherever it stands: SymPy puts artanh(b) before 1 + tan(a), and behind a."""
    for other in (real("a"), 1 + sp.tan(real("a"))):
        expr = extreme(0, sp.atanh(real("b")), other)
        assert np.isnan(evaluate(expr, {"a": 0.5, "b": np.array([2.0])})).all(), expr
