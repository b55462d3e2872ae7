"""Whatever the user gives becomes a subject and a formula, or one clear message."""

import re

import pytest
import sympy as sp

import derivexplain as dx
from derivexplain.api.targets import assumed, choose_wrt, exact, formula_of, resolve
from derivexplain.errors import InputError
from derivexplain.layer import Layer
from derivexplain.layers import catalogue
from derivexplain.symbols import real

x, y = real("x"), real("y")


class Leaky(Layer):
    """A layer with an assumption about its parameter."""

    formula = "y = where(x > 0, x, a*x)"
    assumptions = {"a": "a > 0"}

    def forward(self, x):
        return x


def test_a_catalogue_name():
    target = resolve("mul")
    assert target.subject is catalogue["mul"]
    assert target.formula.expr == x * y
    assert str(target.formula.output) == "out"


def test_a_formula_as_text_and_as_sympy_agree():
    plain = sp.Symbol("x")
    assert resolve("x**2 + 1").formula.expr == x**2 + 1
    assert resolve(plain**2 + 1).formula == resolve("x**2 + 1").formula
    assert resolve(plain**2 + 1).letters.outward(x**2) == plain**2


def test_an_equation_names_its_output():
    assert str(resolve("z = exp(-x)").formula.output) == "z"


def test_named_equations_are_put_into_each_other():
    assert resolve("u = exp(-x); y = 1/(1 + u)").formula.expr == 1 / (1 + sp.exp(-x))


def test_assumptions_reach_the_letters():
    (a,) = (s for s in formula_of(Leaky).expr.free_symbols if s.name == "a")
    assert a.is_positive


def test_a_domain_is_read_exactly():
    formula = resolve("log(x)", domain={"x": (0.05, "8")}).formula
    assert formula.domain == {x: (sp.Rational(1, 20), sp.Integer(8))}
    assert exact(float("inf")) is None


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("sigmod", {}, "no layer of this name"),
        (3.5, {}, "is no target"),
        ("log(x)", {"domain": {"z": (0, 1)}}, "which the formula has not"),
        ("log(x)", {"domain": {"x": (2, 1)}}, "is empty"),
        ("log(x)", {"domain": {"x": 3}}, "is no interval"),
    ],
)
def test_bad_targets_get_one_message(target, options, message):
    with pytest.raises(InputError, match=message):
        resolve(target, **options)


def test_wrt_is_the_only_input_or_must_be_said():
    assert choose_wrt(resolve("exp(x)").formula, None) == x
    with pytest.raises(InputError, match=r"several inputs: x, y"):
        choose_wrt(resolve("x*y").formula, None)
    with pytest.raises(InputError, match="no letter q"):
        choose_wrt(resolve("x*y").formula, "q")


def test_assumptions_that_are_not_understood():
    assert assumed("n", "n integer").is_integer
    with pytest.raises(InputError, match="not understood"):
        assumed("a", "a is nice")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("y = x*s; s = sigmoid(x)", "s is used in y = ... before it is defined"),
        ("s = s*x; y = s", "s is used in s = ... before it is defined"),
        ("u = x**2; v = exp(x); y = x*u", "several outputs: v, y"),
    ],
)
def test_scalar_equations_stand_in_order_and_end_in_one_output(text, told):
    with pytest.raises(InputError, match=re.escape(told)):
        dx.derive(text, wrt="x")


def test_a_worked_example_is_sent_to_its_graph():
    graph = dx.Graph.from_formula("x*y", x=1, y=2)
    for thing in (graph, graph.run()):
        with pytest.raises(InputError, match=r"graph\.explain"):
            dx.explain(thing)


def test_a_domain_without_letters():
    with pytest.raises(InputError, match="each letter its interval"):
        dx.derive("x**2", domain=(0, 1))


@pytest.mark.parametrize("text", ["layers.py:", "layers.py:Bad Tanh", "notes.ipynb:2"])
def test_a_file_without_the_name_of_a_layer_is_no_formula(text):
    with pytest.raises(InputError, match="no layer is named") as told:
        resolve(text)
    assert told.value.mend == f"write {text.partition(':')[0]}:Name"
