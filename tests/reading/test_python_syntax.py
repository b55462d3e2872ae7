"""Python's syntax: what people type becomes the SymPy they mean, and what could mean two things is refused."""

import pytest
import sympy as sp

from derivexplain.errors import ReadError
from derivexplain.reading import read, read_chain, read_equations
from derivexplain.symbols import D, MaxOver, SumOver, entry, index, length, real

x, y, a, b = map(real, "xyab")
i, j, k = map(index, "ijk")
sigmoid = 1 / (1 + sp.exp(-x))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1/(1+exp(-x))", sigmoid),
        ("sigmoid(x)", sigmoid),
        ("σ(x)·(1 − σ(x))", sigmoid * (1 - sigmoid)),
        ("-x^2", -(x**2)),
        ("x²/2", x**2 / 2),
        ("x^-1", 1 / x),
        ("2**3**2", sp.Integer(512)),
        ("0.1*x", x / 10),
        ("1.5e-3", sp.Rational(15, 10000)),
        ("e^(-x)", sp.exp(-x)),
        ("E*x", sp.E * x),
        ("log(x, 2)", sp.log(x) / sp.log(2)),
        ("ln(x)", sp.log(x)),
        ("√(x) + √2", sp.sqrt(x) + sp.sqrt(2)),
        ("arctan(x)", sp.atan(x)),
        ("|x| + |x - |y||", sp.Abs(x) + sp.Abs(x - sp.Abs(y))),
        ("max(0, x)", sp.Max(0, x)),
        ("min(x, y, 3)", sp.Min(x, y, 3)),
        ("where(x > 0, x, a*x)", sp.Piecewise((x, x > 0), (a * x, True))),
        ("x if x > 0 else a*x", sp.Piecewise((x, x > 0), (a * x, True))),
        ("Piecewise((x, x > 0), (0, True))", sp.Piecewise((x, x > 0), (0, True))),
        ("{x if x > 0; 0 otherwise}", sp.Piecewise((x, x > 0), (0, True))),
        ("(x > 0)*y", y * sp.Piecewise((1, x > 0), (0, True))),
        ("1[x > 0]", sp.Piecewise((1, x > 0), (0, True))),
        ("where(x > -3 & x < 3, 1, 0)", sp.Piecewise((1, (x > -3) & (x < 3)), (0, True))),
        ("where((x > -3) & (x < 3), 1, 0)", sp.Piecewise((1, (x > -3) & (x < 3)), (0, True))),
        ("(x) if (x > 0) else (y)", sp.Piecewise((x, x > 0), (y, True))),
        ("where(-3 < x <= 3, 1, 0)", sp.Piecewise((1, (x > -3) & (x <= 3)), (0, True))),
        ("D(x**2, x)", D(x**2, x)),
        ("d/dx(x^2) + 1", D(x**2, x) + 1),
        ("d^2/dx^2(x^3)", D(x**3, (x, 2))),
        ("∂/∂x (x²)", D(x**2, x)),
        ("gamma(5)", sp.gamma(5, evaluate=False)),
        ("lambda*x", real("lamda") * x),
        ("β*x + beta", 0 * x + real("beta") * x + real("beta")),
        ("Phi(x)", (1 + sp.erf(x / sp.sqrt(2))) / 2),
        ("Rational(1, 3)*x", x / 3),
        ("x_1 + x₁", 2 * real("x_1")),
    ],
)
def test_a_text_means_this(text, meaning):
    assert read(text) == meaning


def test_indices_sums_and_lengths():
    (equation,) = read_equations("y[i,j] = sum(k, x[i,k]*W[k,j]) + b[j]")
    assert equation.lhs == entry("y", i, j)
    assert equation.rhs == SumOver(entry("x", i, k) * entry("W", k, j), k) + entry("b", j)
    assert read("mean(k, x[i,k])") == SumOver(entry("x", i, k), k) / length(k)
    assert read("max(k, x[k])") == MaxOver(entry("x", k), k)
    assert read("max(k, x)") == sp.Max(real("k"), x)  # k is no index here
    assert read("1/N_k*sum(k, x[k])") == SumOver(entry("x", k), k) / length(k)
    assert read("N_k") == real("N_k") != length(k)
    assert read("N_k", indices=["k"]) == length(k)
    assert read("delta(i,k)*x[k]") == sp.KroneckerDelta(i, k) * entry("x", k)
    assert read("x[i*s + u]").indices == (i * index("s") + index("u"),)


def test_equations_one_a_line_or_between_semicolons():
    first, second = read_equations("m = mean(k, x[i,k]); y[i,k] = x[i,k] - m")
    assert (str(first.lhs), str(second.lhs)) == ("m", "y[i, k]")
    assert len(read_equations("u = x^2\ny = exp(\n  u)\n")) == 2
    assert str(read_equations("y**2")[0].lhs) == "out"


def test_a_chain_is_read_member_by_member():
    assert read_chain("D(x^2, x) = 2*x^(2-1)\n= 2*x") == (D(x**2, x), 2 * x, 2 * x)


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("2x", "a sign is missing"),
        ("(x)(y)", "a sign is missing"),
        ("1if x > 0 else 2", "a sign is missing"),
        ("beta(x)", "argument"),
        ("y(1 - y)", "there is no function y"),
        ("e*x", "Euler"),
        ("sgimoid(x)", "sigmoid"),
        ("x = 1", "equation"),
        ("1/0", "zero"),
        ("sqrt(-1)", "real"),
        ("log(0)", "real"),
        ("exp(x", r"opens at '\(x' is never closed"),
        ("1 - tanh(x)^2)", r"the last parenthesis of 'tanh\(x\)\^2\)' closes none"),
        ("a x^2 + b", r"at 'x\^2 \+ b'"),
        ("softmax(x)", "whole array"),
        ("", "no formula"),
        ("x +", "does not read"),
        ("max()", "argument"),
        ("D(x**2)", "argument"),
        ("sigmoid(x, y)", "argument"),
        ("d/dx x^2", "cannot be told"),
        ("|x", "pair up"),
        ("x[0.5]", "integers"),
        ("x > 0 > y > where(x > 0, 1, 0)", "cases inside"),
        ("αβ", "run together"),
        ("x" * 33, "no name"),
    ],
)
def test_what_cannot_be_told_is_refused_with_a_way_to_mend_it(text, fragment):
    with pytest.raises(ReadError, match=fragment) as caught:
        read(text)
    assert caught.value.mend


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("tan x", "write tan(x)"),
        ("1/(x ln 2)", "write x*ln(...)"),
        ("a x", "write a(x) for a function, a*x for a product"),
        ("log(softmax(x))", "write it with indices: exp(x[i])/sum(j, exp(x[j]))"),
    ],
)
def test_a_mend_is_what_can_be_meant(text, mend):
    with pytest.raises(ReadError) as caught:
        read(text)
    assert caught.value.mend == mend


@pytest.mark.parametrize(
    "text",
    [
        "y = 1; y = 2", "1 = x", "y = x = 2; z = 3", "x[i]", "y == 2; z = 1",
    ],
)  # fmt: skip
def test_lines_that_define_nothing_are_refused(text):
    with pytest.raises(ReadError):
        read_equations(text + "; 2")


def test_a_declared_letter_wins():
    assert read("e*x", letters=["e"]) == real("e") * x
    assert read("λ*x", letters=["lam"]) == real("lam") * x


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("y(1 - y)", "y*(1 - y)"),
        ("-2*y(1-y)^2", "-2*y*(1-y)^2"),
        ("y(1-y) + x(y)", "y*(1-y) + x*y"),
        ("x/y*y(x)", "x*x"),
    ],
)
def test_a_letter_before_a_bracket_is_a_factor_where_it_is_known_for_a_letter(text, meaning):
    assert read(text, letters=("x", "y")) == read(meaning)


@pytest.mark.parametrize("text", ["1/y(1-y)", "1/y(1-y)^2", "f(x)"])
def test_and_refused_where_it_could_mean_two_things(text):
    with pytest.raises(ReadError):
        read(text, letters=("x", "y"))
