"""LaTeX as people paste it: read rightly or refused, never misread; and what our own printers print is read back."""

import pytest
import sympy as sp

from derivexplain import typeset
from derivexplain.errors import ReadError
from derivexplain.layers import catalogue
from derivexplain.reading import read, read_chain, read_equations
from derivexplain.symbols import D, MaxOver, Over, SumOver, entry, index, real

x, y = real("x"), real("y")
i, j, k = map(index, "ijk")
sigmoid = 1 / (1 + sp.exp(-x))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (r"\frac{1}{1 + e^{-x}}", sigmoid),
        (r"$\sigma(x)(1-\sigma(x))$", sigmoid * (1 - sigmoid)),
        (r"y(1-y) \cdot 1", y * (1 - y)),
        (r"1-\tanh^2 x", 1 - sp.tanh(x) ** 2),
        (r"\left|x\right| + |x|", 2 * sp.Abs(x)),
        (r"\alpha(e^x-1)", real("alpha") * (sp.exp(x) - 1)),
        (r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", sp.Piecewise((x, x > 0), (0, True))),
        (
            r"\begin{cases} x, & \text{if } x \ge 1 \\ 1 & \text{else} \end{cases}",
            sp.Piecewise((x, x >= 1), (1, True)),
        ),
        (r"\frac{d}{dx}\sin x", D(sp.sin(x), x)),
        (r"\frac{\mathrm{d}}{\mathrm{d}x}\left(x^2\right)+1", D(x**2, x) + 1),
        (r"\frac{\partial^{2}}{\partial x^{2}} x e^{x}", D(x * sp.exp(x), (x, 2))),
        (r"\frac{dy}{dx}", D(y, x)),
        (r"\operatorname{sech}^2(x)", sp.sech(x) ** 2),
        (r"\mathrm{erf}(x/\sqrt{2})", sp.erf(x / sp.sqrt(2))),
        (r"\max(0,x)", sp.Max(0, x)),
        (r"\sqrt[3]{x}", x ** sp.Rational(1, 3)),
        (r"\frac12 x", x / 2),
        (r"2\pi x", 2 * sp.pi * x),
        (r"\ln(1+e^{x})", sp.log(1 + sp.exp(x))),
        (r"\log_2 x", sp.log(x) / sp.log(2)),
        (r"e \cdot x", sp.E * x),
        (r"\sin 2x", sp.sin(2 * x)),
        (r"\sin x \cos x", sp.sin(x) * sp.cos(x)),
        (r"x_1^{2} + \hat y", real("x_1") ** 2 + real("yhat")),
        (r"\mathbf{1}[x > 0]", sp.Piecewise((1, x > 0), (0, True))),
        (r"\mathrm{scale} \cdot x", real("scale") * x),
        (r"\sum_k x_{ik} W_{kj} + b_j", SumOver(entry("x", i, k) * entry("W", k, j), k) + entry("b", j)),
        (r"\sum_j {g_{u}}_{jk}", SumOver(entry("g_u", j, k), j)),
        (r"\sum_{j} {g_{\mathrm{hn}}}_{j k}", SumOver(entry("g_hn", j, k), j)),
        (r"\max_{k} x_{k}", MaxOver(entry("x", k), k)),
        (r"\sum_{k=1}^{N} \delta_{ik} x_{k}", SumOver(sp.KroneckerDelta(i, k) * entry("x", k), k)),
    ],
)
def test_a_formula_means_this(text, meaning):
    assert read(text) == meaning


def test_the_subscripts_of_what_is_defined_are_indices():
    (equation,) = read_equations(r"y_{ij} = x_{ij} + b_j")
    assert equation.lhs == entry("y", i, j)
    assert equation.rhs == entry("x", i, j) + entry("b", j)


def test_lines_of_an_aligned_derivation():
    lines = r"\frac{d}{dx} x^{2} &= 2 x^{2 - 1} \\ &= 2x"
    assert read_chain(lines) == (D(x**2, x), 2 * x, 2 * x)


@pytest.mark.parametrize(
    "text",
    [
        r"\sin x y", r"\sin x / 2", r"\sin^{-1} x", r"x^12 \cdot 1", r"x^{\top} x", r"W^{T} x", r"sin x \cdot 1", r"\infty",
        r"f(x) \cdot 1", r"y(x) \cdot 1", r"\sigma + \sigma(x)", r"x/2y \cdot 1", r"\int x", r"\pm x", r"x' \cdot 1", r"\prod_k x_k",
        r"\mathrm{relo}(x)", r"\frac{d}{dx}(x^2) y", r"\frac{d^2}{dx^3} x", r"\sum_{k=1}^{3} x_k", r"\begin{matrix} 1 \end{matrix}",
        r"\lg x", r"x2 \cdot 1", r"\frac{1}{", r"\left(x", r"|x \cdot 1", r"1 2 \cdot x", r"\begin{cases} x", r"\dot x",
    ],
)  # fmt: skip
def test_what_could_mean_two_things_is_refused(text):
    with pytest.raises(ReadError) as caught:
        read(text)
    assert caught.value.mend


def printed():
    for name, layer in catalogue.items():
        stated = [layer.formula, *layer.claims.values()]
        for n, text in enumerate(t for t in stated if isinstance(t, str)):
            for m, equation in enumerate(read_equations(text)):
                yield pytest.param(equation.rhs, id=f"{name}-{n}-{m}")


@pytest.mark.parametrize("formula", list(printed()))
def test_what_our_printers_print_is_read_back(formula):
    bases = {str(a.base.label) for a in formula.atoms(sp.Indexed)}
    inside = {s for a in formula.atoms(sp.Indexed, Over, sp.KroneckerDelta) for s in a.atoms(sp.Symbol)}
    indices = {str(s) for s in inside if s.is_integer and not str(s).startswith("N_")} - bases
    letters = {str(s) for s in formula.free_symbols} & {"e", "lam", "eps"} | {n for n in bases if n[:1] in "WUVb"}
    tree = typeset.tree(formula)
    for show, is_latex in ((typeset.latex, True), (typeset.text, None)):
        shown = show(tree)
        back = read(shown, indices=indices, letters=letters, latex=is_latex)
        assert back == formula or sp.simplify(back - formula) == 0


def test_an_entry_of_a_name_with_a_subscript_has_both_on_one_line():
    """TeX stops at g_{u}_{jk}, and {g_{u}}_{jk} has steps in it; both are read."""
    assert typeset.latex(typeset.tree(SumOver(entry("g_u", j, k), j))) == r"\sum_{j} g_{u{,}j k}"
    for written in (r"g_{u{,}j k}", r"{g_{u}}_{j k}", r"g_{u{,}j, k}"):
        assert read(written, indices="jk", latex=True) == entry("g_u", j, k)
    assert read(r"W_{q{,}j}", letters={"Wq"}, indices="j", latex=True) == entry("Wq", j)
