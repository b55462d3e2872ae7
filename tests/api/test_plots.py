"""Plots: every curve, kink and dot is there, drawn without any library."""

import re
from xml.etree import ElementTree

import pytest

from derivexplain.api.plots import accuracy, accuracy_picture, accuracy_table, plot
from derivexplain.draw.plots import Curve, Panel, ticks
from derivexplain.draw.plots import plot as draw
from derivexplain.draw.strokes import svg, tikz
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
    text = svg(draw([Panel((Curve("a", (0, 1, 2, 3), (1.0, float("nan"), 2.0, 3.0)),))], "t"))
    assert text.count("M66.0") >= 1 and "nan" not in text
    logs = svg(draw([Panel((Curve("a", (0, 1), (0.0, 1e-5)),), log=True, level=(1e-16, "floor"))], "t <&>"))
    assert "1e−17" in logs and ">floor<" in logs and "t &lt;&amp;&gt;" in logs


def test_tex_draws_the_same_strokes():
    drawing = draw([Panel((Curve("f′", (0, 1, 2), (1.0, 2.0, 3.0)), Curve("b_1 & c", (0, 1), (1.0, 2.0), dots=True)),
                           marks=((1, "½ ulp, 2⁻⁵³"),), bands=((0, 2, "saturated"),))], "t")  # fmt: skip
    text = tikz(drawing)
    assert text.count("\n") == len(drawing.strokes) + 3 + text.count("definecolor")
    assert text.count("circle[") == svg(drawing).count("<circle") == 3
    assert text.isascii() and "f$'$" in text and r"b\_1 \& c" in text and "$\\tfrac12$ ulp, 2$^{-}$$^5$$^3$" in text
    x, y = curve(svg(drawing))[0][0].split()
    assert f"({x},{y}) -- " in text


def curve(svg):
    """The strokes of the first line in a plot, as pairs of places."""
    way = next(re.finditer(r'<path d="([^"]+)" fill="none" stroke="[^"]+" stroke-width="1.5"', svg))[1]
    return [re.findall(r"[\d.-]+ [\d.-]+", stroke) for stroke in way.split("M")[1:]]


@pytest.mark.parametrize(
    ("formula", "strokes"), [("tan(x)", 5), ("1/x", 2), ("sign(x)", 2), ("floor(x)", 12), ("x**2", 1)]
)
def test_a_line_ends_where_the_function_jumps(formula, strokes):
    found = [s for s in curve(plot(formula).svg) if len(s) > 3]
    assert len(found) == strokes


@pytest.mark.parametrize("formula", ["tan(x)", "1/x", "1/x**2", "log(x)"])
def test_a_pole_does_not_squeeze_the_rest(formula):
    """Drawn up to the pole, the middle half of the values would be a flat line."""
    heights = sorted(float(p.split()[1]) for s in curve(plot(formula, domain=(-6, 6)).svg) for p in s)
    assert heights[3 * len(heights) // 4] - heights[len(heights) // 4] > 3


@pytest.mark.parametrize("formula", ["sqrt(x)", "tan(x)", "1/x", "log(x)"])
def test_nothing_saturates_where_there_is_no_slope(formula):
    assert "saturated" not in plot(formula).svg


def test_labels_of_kinks_close_together_stand_apart():
    svg = plot("abs(x - 1) + max(x, 0)").svg
    places = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*text-anchor="(\w+)"[^>]*>slopes', svg)
    assert len(set(places)) == 2 and {anchor for *_, anchor in places} == {"start", "end"}


@pytest.mark.parametrize("ax", [True, "axes", []])
def test_what_is_no_axes_is_told(ax):
    with pytest.raises(InputError, match="no axes of matplotlib"):
        plot("relu", ax=ax)


def test_arrays_have_no_plot():
    with pytest.raises(InputError, match="this formula has arrays"):
        plot("affine")


def test_the_words_of_a_plot_are_of_its_language():
    told = plot("hardsigmoid", language="zh")
    assert "饱和" in told.svg and "斜率 0 | 0.1667" in told.svg and "x = 3 处的折点" in told.alt
    assert "saturated" not in told.svg and "slopes" not in told.tikz and "{1/6 若 -3 < x < 3; 0 其他}" in told.alt
    assert "f′ = 2·z" in plot("x**2", notation={"names": {"x": "z"}}).alt


def test_a_curve_without_a_name_has_no_sign_in_the_legend():
    svg = plot("sigmoid").svg
    errors = svg[svg.index("error of backward") :]
    assert "<circle" not in errors and "<circle" in svg
