"""Plots: every curve, kink and dot is there, drawn without any library."""

from xml.etree import ElementTree

import pytest

from derivexplain.api.plots import accuracy, accuracy_picture, accuracy_table, plot
from derivexplain.draw.plots import Curve, Panel, ticks
from derivexplain.draw.plots import plot as draw
from derivexplain.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", ["sigmoid", "relu", "gelu", "sqrt", "elu", "log", "leaky_relu"])
def test_layers_have_plots(name):
    p = plot(name)
    root = ElementTree.fromstring(p.svg)
    assert len(root.findall(f"{SVG}circle")) >= 50  # backward and its error
    assert "nan" not in p.svg and "f′ =" in p.alt


def test_a_kink_shows_both_slopes():
    p = plot("relu")
    assert "slopes 0 | 1" in p.svg and "kink at x = 0" in p.alt and "saturated" in p.svg


def test_a_formula_without_a_layer_has_no_dots():
    p = plot("sin(x)/x + abs(x - 1)", domain=(-3, 3))
    assert "<circle" not in p.svg and "slopes" in p.svg


def test_the_domain_of_the_layer_is_kept():
    text = plot("log", domain=(-5, 5)).svg
    assert "nan" not in text and ">1</text>" in text
    assert ">−4</text>" not in text  # no tick left of 0


@pytest.mark.parametrize(
    ("target", "domain", "words"), [("x*y", (-1, 1), "numbers for y"), ("sigmoid", (1, 1), "domain is empty")]
)
def test_what_cannot_be_plotted(target, domain, words):
    with pytest.raises(InputError, match=words):
        plot(target, "x", domain=domain)


def test_matplotlib_axes_get_the_same_curves():
    class Axes:
        def __init__(self):
            self.calls = []

        def __getattr__(self, name):
            return lambda *a, **k: self.calls.append((name, k.get("label")))

    first, second = Axes(), Axes()
    plot("relu", ax=(first, second))
    assert [label for name, label in first.calls if name == "plot"] == ["f", "f′", "backward(1)"]
    assert "semilogy" in [name for name, _ in second.calls]


def test_accuracy_of_two_spellings():
    found = accuracy("sigmoid", {"quotient": "exp(-x)/(1 + exp(-x))**2"}, domain=(-745, 745), points=41)
    assert {"backward", "quotient", "y·(1 - y)"} <= set(found.errors)
    table = accuracy_table(found, (-745, -700, 0))
    cells = ["".join(map(str, t.pieces)) for t in table.rows[0]]
    assert "inf or nan" in cells
    assert "at worst" in accuracy_picture(found).alt


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-6, 6), (-745, 745), (1e-9, 3e-9), (0.03, 6)])
def test_ticks_are_round_and_inside(low, high):
    found = ticks(low, high)
    assert 3 <= len(found) <= 12 and all(low - 1e-12 <= t <= high + 1e-12 for t in found)


def test_breaks_and_edges():
    text = draw([Panel((Curve("a", (0, 1, 2, 3), (1.0, float("nan"), 2.0, 3.0)),))], "t")
    assert text.count("M66.0") >= 1 and "nan" not in text
    logs = draw([Panel((Curve("a", (0, 1), (0.0, 1e-5)),), log=True, level=(1e-16, "floor"))], "t <&>")
    assert "1e−16" in logs and "t &lt;&amp;&gt;" in logs
