"""dx.verify_steps: a derivation as it was written on a board."""

from fractions import Fraction

import pytest
import sympy as sp

import derivexplain as dx

x = sp.Symbol("x")

BOARD = """D(x**2*sin(x), x)
 = 2*x*sin(x) + x**2*cos(x)
 = x*(2*sin(x) + x*cos(x))"""


def test_lines_that_stand():
    result = dx.verify_steps(BOARD)
    assert len(result) == 3 and result.first_false is None and result.ok
    assert [v.status for v in result] == ["proved"] * 3
    assert "product" in result[1].note


def test_the_first_false_line():
    result = dx.verify_steps(BOARD + "\n = x*(2*sin(x) - x*cos(x)) = 7")
    assert [v.status for v in result] == ["proved", "proved", "proved", "refuted", "refuted"]
    assert result.first_false == 3
    assert result[3].counterexample == {"x": Fraction(1, 3)}
    assert result[3].diagnosis and result[3].diagnosis[0].code == "sign"


def test_lines_held_against_a_forward_formula():
    lines = ["exp(-x)/(1+exp(-x))^2", "1/(1+exp(-x)) * (1 - 1/(1+exp(-x)))", "y*(1-y)", "y - y^3"]
    result = dx.verify_steps(lines, forward="1/(1+exp(-x))")
    assert [v.status for v in result] == ["proved", "proved", "proved", "refuted"]
    assert result.first_false == 3


def test_lines_are_asked_where_forward_is_defined():
    result = dx.verify_steps("D(x*log(x), x) = log(x) + x/x = log(x) + 1")
    assert result.ok and result[1].conditions == (x > 0,)


@pytest.mark.parametrize("lines", ["", "x", [], 7])
def test_too_few_lines(lines):
    with pytest.raises(dx.DerivexplainError):
        dx.verify_steps(lines)


def test_a_first_line_that_differentiates_gives_y_its_meaning():
    lines = ["D(1/(1 + exp(-x)), x)", "exp(-x)/(1 + exp(-x))**2", "y*(1 - y)"]
    assert dx.verify_steps(lines).first_false is None
    assert dx.verify_steps([*lines[:2], "y*(1 + y)"]).first_false == 2


ALIGNED = r"""
\begin{align*}
\frac{dy}{dx} &= \frac{d}{dx}\left(\frac{1}{1+e^{-x}}\right) \\[4pt]
&= \frac{e^{-x}}{(1+e^{-x})^2} && \text{reciprocal rule} \\
&= y(1-y) \label{slope}
\end{align*}
"""


def test_aligned_lines_of_latex_with_a_heading_remarks_and_labels():
    result = dx.verify_steps(ALIGNED)
    assert [v.status for v in result] == ["proved"] * 3


@pytest.mark.parametrize("heading", ["dy/dx = ", "∂y/∂x = ", "D(y, x) = ", ""])
def test_a_heading_only_says_what_is_wanted(heading):
    assert dx.verify_steps(heading + "d/dx(x^2) = 2*x").ok
    assert dx.verify_steps(heading + "2*x = x(3 - 1)", forward="x^2").ok


def test_a_line_that_is_the_derivative_of_the_first_is_told_so():
    result = dx.verify_steps(["x^2*sin(x)", "2*x*sin(x) + x^2*cos(x)"])
    assert result.first_false == 1 and "derivative of line 1" in result[1].note


def test_a_false_line_in_the_output_is_named_as_a_claim():
    result = dx.verify_steps("d/dx(1/(1+exp(-x))) = y^2*exp(-x) = y^2*(1/y + 1)")
    assert result[2].diagnosis[0].code == "sign"


@pytest.mark.parametrize("layer", ["sigmoid", "softplus", "gelu", "x*exp(-x**2)"])
def test_what_we_print_is_verified_line_by_line(layer):
    text = dx.explain(layer, format="text", part="steps")
    first, *rest = text.splitlines()  # a remark without room beside its formula stands below, and is no line
    lines = [row.strip().split("   ")[0] for row in (first, *rest) if row is first or row.strip().startswith("= ")]
    assert len(lines) > 2 and dx.verify_steps("\n".join(lines)).ok
