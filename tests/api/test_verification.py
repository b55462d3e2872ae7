"""dx.verify: what is asked is understood, judged, and told in the caller's letters."""

from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp

import derivexplain as dx
from derivexplain.errors import InputError

RULES = [
    [part.strip() for part in line.split(";")]
    for line in (Path(__file__).parents[1] / "data" / "autodiff_rules.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
SPOILED = ("-({})", "2*({})", "({}) + x", "({}) - 1", "({}) + x/1000", "x*({})")
x = sp.Symbol("x")


@pytest.mark.parametrize(("forward", "claim"), RULES)
def test_rules_of_autodiff_libraries_are_proved(forward, claim):
    assert dx.verify(forward, claim, wrt="x").status == "proved"


def test_wrong_variants_of_the_rules_are_refuted():
    from derivexplain.api import verification as v

    refuted = 0
    for i, (forward, claim) in enumerate(RULES[::2]):
        wrong = SPOILED[i % len(SPOILED)].format(claim)
        if claim == "0" and wrong in ("-(0)", "2*(0)", "x*(0)"):
            continue
        verdict = v.judge(v.understand(*v.target_of(forward, "x"), wrong, "x", None, "y"))
        assert verdict.status == "refuted" and verdict.counterexample, (forward, wrong)
        refuted += 1
    assert refuted >= 100


def test_the_output_letter():
    assert dx.verify("1/(1+exp(-x))", "y*(1-y)").status == "proved"
    assert dx.verify("x*tanh(x)", "y/x + x*(1 - (y/x)**2)").status == "proved"
    assert dx.verify("1/(1+exp(-x))", "s*(1-s)", output="s").status == "proved"
    assert dx.verify("z = x**2", "2*z/x").status == "proved"
    assert dx.verify("s = 1/(1+exp(-x)); y = x*s", "s + y*(1-s)").status == "proved"


def test_an_input_called_y_is_the_input_and_the_output_is_out():
    assert dx.verify("x*y", "y", wrt="x").status == "proved"
    assert dx.verify("exp(x*y)", "y*out", wrt="x").status == "proved"
    assert dx.verify("exp(x*y)", "out", wrt="x").status == "refuted"


def test_plain_symbols_go_in_and_come_out():
    claim = sp.Symbol("y") * (1 - sp.Symbol("y"))
    verdict = dx.verify(1 / (1 + sp.exp(-x)), claim)
    assert verdict.status == "proved"
    assert dict(verdict.understood)["claim"] == claim
    assert dx.verify(sp.log(x), 1 / x).conditions == (x > 0,)
    assert dx.verify(sp.Abs(x), sp.sign(x)).exceptions == (sp.Eq(x, 0),)
    a = sp.Symbol("a", positive=True)
    assert dx.verify(a**x, a**x * sp.log(a), wrt=x).status == "proved"


def test_counterexample_is_a_fraction_with_both_values():
    verdict = dx.verify("x**2", "3*x")
    assert verdict.counterexample == {"x": Fraction(1, 3)}
    assert (verdict.claimed, verdict.true) == (1, Fraction(2, 3))


@pytest.mark.parametrize(
    ("forward", "claim", "code"),
    [
        ("1/(1+exp(-x))", "1-y", "factor"),
        ("1/(1+exp(-x))", "y*(1+y)", "sign"),
        ("tanh(x)", "1-x**2", "input-for-output"),
        ("x*sin(x)", "cos(x)", "product-rule"),
        ("exp(2*x)", "exp(2*x)", "value-for-slope"),
    ],
)
def test_the_slip_is_named(forward, claim, code):
    assert dx.verify(forward, claim).diagnosis[0].code == code


def test_domain():
    assert dx.verify("abs(x)", "1", domain={"x": (0, None)}).status == "proved"
    assert dx.verify("abs(x)", "1", domain={"x": (-1, 1)}).status == "refuted"
    assert dx.verify("x**n", "n*x**(n-1)", wrt="x", domain={"n": "integer"}).conditions == (sp.Ne(x, 0),)
    assert dx.verify("a**x", "a**x*log(a)", wrt="x", domain={"a": "positive"}).conditions == ()
    assert [str(c) for c in dx.verify("log(cos(x))", "-tan(x)").conditions] == ["cos(x) > 0"]  # so it is not 0 either
    verdict = dx.verify("where(x > 0.3, x, 2*x)", "2", domain={x: ("0.05", "0.3")})
    assert verdict.status == "proved"
    outside = dx.verify("x**2", "where(x > 5, 0, 2*x)", domain={"x": (0.1, 5)})
    assert outside.status == "proved"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (("", "x"), "empty"),
        (("x", ""), "empty"),
        (("a*x", "b", "x"), "letter b"),
        (("a*x", "a"), "several inputs"),
        (("a*x", "a", "z"), "no letter z"),
        (("log(-1-x**2)", "x"), "none of the points"),
        (("x**2", "2*x", None, {"x": (5, 1)}), "empty"),
        (("x**2", "2*x", None, {"x": 3}), "no interval"),
        (("x**2", "2*x", None, {"t": (0, 1)}), "names t"),
        (("x**2", "2*x", None, {"x": "large"}), "domain of x"),
        (("x**2", [1]), "no claim"),
        (("__import__('os')", "x"), ""),
        (("x**2", "x.__class__"), ""),
        (("y = x*y", "y", "x"), ""),
    ],
)
def test_bad_input_is_one_message(question, says):
    with pytest.raises(dx.DerivexplainError) as caught:
        dx.verify(*question)
    assert says in str(caught.value) and caught.value.exit_code == 2


def test_verdict_is_plain_data():
    import json

    for claim in ("y*(1-y)", "y*(1+y)"):
        assert json.loads(json.dumps(dx.verify("1/(1+exp(-x))", claim).to_dict()))["kind"] == "Verdict"


def test_a_slip_that_cannot_be_looked_for_leaves_the_verdict():
    assert dx.verify("besselk(n,x)", "2*(-(besselk(n-1,x)+besselk(n+1,x))/2)", wrt="x").status == "refuted"


def test_a_domain_without_letters_is_told():
    with pytest.raises(InputError, match="a tuple is no domain\n  give"):
        dx.verify("x^2", "2*x", domain=(0, 1))


def test_the_letter_that_is_likely_meant_is_proposed():
    with pytest.raises(InputError, match="several inputs: c, x\n.*wrt=x"):
        dx.verify("x^2 + c", "2*x")


def test_a_claim_about_numbers_has_no_upstream_gradient():
    with pytest.raises(dx.DerivexplainError, match="leave the upstream gradient out"):
        dx.verify("sigmoid", "g*y*(1 - y)")
