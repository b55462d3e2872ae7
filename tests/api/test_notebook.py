"""Records in a notebook: every one speaks HTML with MathML, Markdown, LaTeX and plain text."""

import numpy as np
import pytest

import derivexplain as dx

MIMES = {"text/html", "text/latex", "text/markdown", "text/plain"}


class Sloped:
    """Sigmoid with a sign turned round."""

    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 + self.y)


def apples():
    g = dx.Graph()
    apple, n = g.input("apple", 100), g.input("apple_num", 2)
    g.mul(apple, n, name="price")
    return g


RECORDS = {
    "derivation": (lambda: dx.derive("sigmoid"), "y (1 - y)"),
    "verdict": (lambda: dx.verify("tanh(x)", "1-y**2"), r"\tanh(x)"),
    "refuted": (lambda: dx.verify("log(x)", "x", domain={"x": (0.5, 8)}), r"x = \frac"),
    "slip": (lambda: dx.verify("1/(1+exp(-x))", "y*(1+y)").diagnosis[0], "`sign`"),
    "board": (lambda: dx.verify_steps(["x**2+x", "x*(x+1)", "x*(x+2)"]), r"&= x (2 + x) && \text{FALSE}"),
    "report": (lambda: dx.check(Sloped), "| FAILS |"),
    "finding": (lambda: dx.check("relu").findings[0], "| holds |"),
    "run": (lambda: apples().run(), "| 200 | 1 |"),
    "line": (lambda: apples().lines()[0][-1], r"100 \cdot 2 = 200"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_shows_itself_in_every_language_of_notebooks(name):
    make, says = RECORDS[name]
    shown = make()._repr_mimebundle_()
    assert set(shown) == MIMES
    assert says in shown["text/markdown"]
    assert "<pre>" not in shown["text/html"] and "$" not in shown["text/html"]
    assert "dxto" not in shown["text/latex"], "no colour that the notebook's own preamble does not define"
    if name not in ("slip", "report", "finding"):
        assert "<math" in shown["text/html"]


def test_a_graph_letter_is_no_formula_of_its_pieces():
    html = apples().run()._repr_mimebundle_()["text/html"]
    assert "apple_num" in html and "<td>200</td>" in html


def test_a_false_line_tells_where_and_why():
    shown = dx.verify_steps(["x**2+x", "x*(x+1)", "x*(x+2)"])._repr_mimebundle_()["text/markdown"]
    assert "line 3 is the first false one" in shown
    assert "the number should be 1, not 2" in shown
