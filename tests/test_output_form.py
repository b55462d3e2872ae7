"""The form in y: what is found, how it is spelt, which candidates are rejected, and why there is none."""

import pytest
import sympy as sp

import derivexplain as dx
from derivexplain.spelling import operations

x, y = sp.symbols("x y")
a, b, c, n = sp.symbols("a b c n", positive=True)

PURE = {
    "1/(1+exp(-x))": y * (1 - y),
    "tanh(x)": 1 - y**2,
    "exp(x)": y,
    "1/x": -(y**2),
    "sqrt(x)": 1 / (2 * y),
    "log(x)": sp.exp(-y),
    "log(1+exp(x))": 1 - sp.exp(-y),
    "-log(1+exp(-x))": 1 - sp.exp(y),
    "tan(x)": 1 + y**2,
    "atan(x)": sp.cos(y) ** 2,
    "asinh(x)": 1 / sp.cosh(y),
    "acosh(x)": 1 / sp.sinh(y),
    "asin(x)": 1 / sp.cos(y),
    "sinh(x)": sp.sqrt(1 + y**2),
    "x**(1/3)": 1 / (3 * y**2),
    "x**3": 3 * sp.Abs(y) ** sp.Rational(2, 3),
    "x/(1+abs(x))": (1 - sp.Abs(y)) ** 2,
    "exp(-exp(-x))": -y * sp.log(y),
    "2**x": y * sp.log(2),
    "exp(x)-1": 1 + y,
    "1/sqrt(x)": -(y**3) / 2,
    "log(x/(1-x))": sp.exp(y) + 2 + sp.exp(-y),
    "max(0,x)": sp.Piecewise((1, y > 0), (0, True)),
    "min(max(x,-1),1)": sp.Piecewise((1, (y > -1) & (y < 1)), (0, True)),
}


@pytest.mark.parametrize("text", PURE)
def test_pure_forms_as_people_write_them(text):
    d = dx.derive(text)
    assert (d.output_form, d.output_form_kind) == (PURE[text], "pure")
    assert all(s.holds for s in d.steps)


@pytest.mark.parametrize(
    "f, form",
    [
        (sp.log(1 + sp.exp(b * x)) / b, 1 - sp.exp(-b * y)),
        (x / sp.sqrt(1 + a * x**2), (1 - a * y**2) ** sp.Rational(3, 2)),
        ((x + sp.sqrt(x**2 + b)) / 2, 4 * y**2 / (b + 4 * y**2)),
        (sp.Piecewise((x, x > 0), (a * (sp.exp(x) - 1), True)), sp.Piecewise((1, y > 0), (a + y, True))),
        (sp.Piecewise((x, x > 0), (a * x, True)), sp.Piecewise((1, y > 0), (a, True))),
        (a**x, y * sp.log(a)),
    ],
)
def test_pure_forms_with_parameters(f, form):
    d = dx.derive(f, wrt=x)
    assert d.output_form_kind == "pure"
    assert d.output_form == form


def test_regions_keep_their_order_in_a_mixed_form():
    d = dx.derive("where(x>0, x, a*(exp(x)-1))", wrt="x")
    assert [c for _, c in d.output_form.args] == [c for _, c in d.result.args]


@pytest.mark.parametrize(
    "text, form",
    [
        ("x/(1+exp(-x))", y + (1 - y) / (1 + sp.exp(-x))),
        ("exp(-x**2)", -2 * x * y),
        ("x - tanh(x)", (x - y) ** 2),
        ("1/(1+x**2)", -2 * x * y**2),
    ],
)
def test_mixed_forms_cost_less_than_the_result(text, form):
    d = dx.derive(text)
    assert (d.output_form, d.output_form_kind) == (form, "mixed")
    assert operations(d.output_form) < operations(d.result)
    assert d.output_form_reason


@pytest.mark.parametrize(
    "text", ["abs(x)", "sin(x)", "x**2", "x/(1+exp(-x))", "x*(1+erf(x/sqrt(2)))/2", "x*tanh(log(1+exp(x)))"]
)
def test_the_witness_has_the_same_output_and_another_slope(text):
    d = dx.derive(text)
    assert d.output_form_kind != "pure"
    left, right = d.witness
    assert left != right
    f = dx.derive(text).formula.expr
    (letter,) = f.free_symbols
    same = [sp.N(f.subs(letter, p), 20) for p in d.witness]
    slopes = [sp.N(d.result.subs(x, p), 20) for p in d.witness]
    assert abs(same[0] - same[1]) < 1e-12
    assert abs(slopes[0] - slopes[1]) > 1e-3
    assert "same output" in d.output_form_reason


def test_parameters_of_any_sign_are_not_taken_for_positive():
    slope = sp.Symbol("k")
    d = dx.derive(sp.Piecewise((x, x > 0), (slope * x, True)), wrt=x)
    assert d.output_form_kind is None and d.witness is not None


def test_a_wrong_branch_is_rejected():
    assert dx.derive("x**2").output_form is None  # 2 sqrt(y) is right for x > 0 only
    d = dx.derive("x**2", domain={"x": (0, None)})
    assert (d.output_form, d.output_form_kind) == (2 * sp.sqrt(y), "pure")
    assert dx.derive("sin(x)", domain={"x": ("-1.5", "1.5")}).output_form_kind == "pure"


def test_the_output_has_another_letter_where_an_input_is_called_y():
    d = dx.derive("exp(y)")
    assert d.output_form == sp.Symbol("out")


def test_the_form_is_justified_by_what_was_solved():
    d = dx.derive("sigmoid")
    (solved,) = [s for s in d.steps if s.law == "solve-kernel"]
    assert solved.letters == ((sp.exp(-x), 1 / y - 1),)


@pytest.mark.parametrize("text", ["sin(x*pi/180)", "sin(x/1000)"])
def test_a_branch_that_all_points_lie_on_is_no_form(text):
    d = dx.derive(text)
    assert d.output_form is None and d.output_form_reason


@pytest.mark.parametrize(
    "text, form",
    [
        ("asech(x)", "-cosh(y)/sqrt(1 - 1/cosh(y)**2)"),
        ("acsc(x)", "-sin(y)**2/cos(y)"),
        ("coth(x)", "1 - y**2"),
        ("erfc(x)", "-2*exp(-erfcinv(y)**2)/sqrt(pi)"),
        ("erfcinv(x)", "-sqrt(pi)*exp(y**2)/2"),
        ("(1+erf(x/sqrt(2)))/2", "sqrt(2)*exp(-erfinv(2*y - 1)**2)/(2*sqrt(pi))"),
    ],
)
def test_inverse_functions_are_proved(text, form):
    d = dx.derive(text)
    assert d.output_form == sp.sympify(form)
    assert d.verdict.status == "proved"


def test_a_function_that_is_only_a_name_has_no_form():
    x = sp.Symbol("x")
    assert "only a name" in dx.derive(sp.Function("f")(x) ** 2).output_form_reason


def test_a_form_is_written_by_the_powers_of_a_letter_where_its_parts_cancel():
    """(p(1 - p)^n - (1 - p)^n - n p y)/(p(1 - p)) is one power over p beside n y over p - 1."""
    x, n, y = sp.symbols("x n y")
    d = dx.derive("-(1 - x)^n*log(x)", wrt="x", domain={"x": (0, 1), "n": (1, None)})
    assert d.output_form == n * y / (x - 1) - (1 - x) ** n / x
