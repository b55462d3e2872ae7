"""Records: plain data out, the report's ok, the formula put together."""

import json
from fractions import Fraction

import numpy as np
import sympy as sp

import derivexplain as dx
from derivexplain.story import SCHEMA, Equation, Finding, Formula, Report, Verdict
from derivexplain.symbols import real

x, u, y = real("x"), real("u"), real("y")


def report(*findings):
    return Report("layer", "correct", findings, Verdict("proved"))


def test_named_equations_become_one_expression():
    formula = Formula((Equation(u, sp.exp(-x)), Equation(y, 1 / (1 + u))), (x,), outputs=(y,))
    assert formula.expr == 1 / (1 + sp.exp(-x))
    assert formula.output == y


def test_records_turn_into_json():
    verdict = Verdict("refuted", counterexample={"x": Fraction(1, 3)}, claimed=x**2, true=np.float64(2))
    data = verdict.to_dict()
    assert data["schema"] == SCHEMA
    assert data["kind"] == "Verdict"
    assert json.loads(json.dumps(data))["counterexample"] == {"x": "1/3"}
    assert "schema" not in report(Finding("a", "pass", "b", verdict=verdict)).to_dict()["findings"][0]["verdict"]


def test_a_report_is_ok_only_with_a_value_passed_and_none_failed():
    passed, failed = Finding("value-x", "pass", ""), Finding("value-y", "fail", "")
    assert report(passed).ok
    assert not report().ok
    assert not report(Finding("shape", "pass", "")).ok
    assert not report(passed, failed).ok
    assert not report(passed, Finding("mutation", "fail", "")).ok
    assert report(passed, Finding("alias", "warn", "")).ok


def test_a_record_in_a_list_takes_one_short_line():
    g = dx.Graph.from_formula("x*y", x=2, y=3)
    shown = [g.picture(), g.run(), g.lines()[0][0], dx.derive("tanh(x)"), dx.verify("x^2", "x"), dx.check("relu")]
    for record in shown:
        assert repr(record).startswith(f"<{type(record).__name__}: ") and len(repr(record)) < 160
        assert "\n" not in repr(record)


def test_a_picture_is_a_picture_in_a_notebook():
    picture = dx.Graph.from_formula("x*y", x=2, y=3).picture()
    bundle = picture._repr_mimebundle_()
    assert bundle["text/html"] == picture.svg and bundle["text/plain"] == str(picture) == picture.alt
