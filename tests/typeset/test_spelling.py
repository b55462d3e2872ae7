"""Textbook order and spelling, in every printer."""

import pytest
import sympy as sp

from derivexplain.reading import read
from derivexplain.symbols import D, SumOver, entry, index, length, real
from derivexplain.typeset import Notation, Speller, latex, mathml, read_notation, text, tree, typst
from derivexplain.typeset.nodes import once, width

x, y, a = map(real, "xya")
i, j, k = map(index, "ijk")
SPELT = [
    (1 - y, "1 - y", "1 - y"),
    (y * (1 - y), "y·(1 - y)", "y (1 - y)"),
    (1 / (1 + sp.exp(-x)), "1/(1 + e^(-x))", r"\frac{1}{1 + e^{-x}}"),
    (-1 / x**2, "-1/x²", r"-\frac{1}{x^{2}}"),
    (3 * x**2 + 2 * x + 1, "3·x² + 2·x + 1", "3 x^{2} + 2 x + 1"),
    (x - 1, "x - 1", "x - 1"),
    (1 - sp.tanh(x) ** 2, "1 - tanh(x)²", r"1 - \tanh^{2}(x)"),
    (
        sp.Mul(1 / (1 + sp.exp(-x)), sp.exp(-x) / (1 + sp.exp(-x)), evaluate=False),
        "1/(1 + e^(-x))·e^(-x)/(1 + e^(-x))",
        r"\frac{1}{1 + e^{-x}} \cdot \frac{e^{-x}}{1 + e^{-x}}",
    ),
    (D(real("L"), y), "∂L/∂y", r"\frac{\partial L}{\partial y}"),
    (D(1 + sp.exp(-x), x), "∂/∂x (1 + e^(-x))", r"\frac{\partial}{\partial x} (1 + e^{-x})"),
    (entry("t", k) * sp.log(entry("y", k)), "t[k]·log(y[k])", r"t_{k} \log y_{k}"),
    (sp.exp(4 * sp.log(x) / y), "e^(4·log(x)/y)", r"e^{4 \log(x)/y}"),  # a slash follows: log x/y is another thing
    (sp.KroneckerDelta(i, j), "δ[i,j]", r"\delta_{i j}"),
    (SumOver(entry("x", i, k) * entry("W", k, j), k), "sum(k, x[i,k]·W[k,j])", r"\sum_{k} x_{i k} W_{k j}"),
    (entry("g_u", j, k), "g_u[j,k]", r"g_{u{,}j k}"),
    (sp.polygamma(1, x), "polygamma(1, x)", r"\psi^{(1)}(x)"),
    (sp.E * x, "exp(1)·x", "e x"),
    (sp.Or(x > 1, sp.And(y > 0, a > 0)), "(a > 0 and y > 0) or x > 1", None),
    (real("xhat"), "xhat", r"\hat{x}"),
    (real("apple_num"), "apple_num", r"\mathrm{apple\_num}"),
    (length(i), "N_i", "N_{i}"),
    (real("eps") + entry("v", j), "v[j] + ε", r"v_{j} + \varepsilon"),
    (x / sp.sqrt(2), "x/sqrt(2)", r"\frac{x}{\sqrt{2}}"),
    (sp.exp(-(x**2)) / sp.sqrt(2 * sp.pi), "e^(-x²)/sqrt(2·π)", r"\frac{e^{-x^{2}}}{\sqrt{2 \pi}}"),
    (sp.sqrt(2 / sp.pi) * x, "sqrt(2/π)·x", r"\sqrt{\frac{2}{\pi}} x"),
    (sp.Rational("0.044715") * x**3, "0.044715·x³", "0.044715 x^{3}"),
    (x - sp.Rational("0.044715"), "x - 0.044715", "x - 0.044715"),
    (x / 1000, "x/1000", r"\frac{x}{1000}"),
    (y + a * x, "a·x + y", "a x + y"),
    (a * x**2 + y * x + real("c"), "a·x² + x·y + c", "a x^{2} + x y + c"),
    (1 + a * x, "1 + a·x", "1 + a x"),
    (sp.Abs(x - 1), "abs(x - 1)", r"\lvert x - 1 \rvert"),
]


@pytest.mark.parametrize("expr, plain, tex", SPELT, ids=lambda v: v if isinstance(v, str) else "")
def test_a_teacher_would_write_it_so(expr, plain, tex):
    node = tree(expr)
    assert text(node) == plain
    assert tex is None or latex(node) == tex


def test_cases_speak_the_readers_language():
    relu = sp.Piecewise((x, x > 0), (a * x, True))
    chinese = Notation().speaking({"if": "若", "otherwise": "其他"})
    assert r"\text{若 }x > 0" in latex(tree(relu, chinese))
    assert "otherwise" not in latex(tree(relu, chinese)) + mathml(tree(relu, chinese)) + typst(tree(relu, chinese))


def test_a_lecturers_notation_reaches_every_letter():
    notation = read_notation({"log": "ln", "loss": "J", "upstream": "delta", "names": {"x": "z", "y": "a"}})
    assert latex(tree(D(real("L"), y), notation)) == r"\frac{\partial J}{\partial a}"
    assert latex(tree(entry("g", i) * sp.log(x), notation)) == r"\delta_{i} \ln z"


def test_marks_colour_the_part_and_nothing_else():
    node = tree(1 + sp.exp(-x), marks={sp.exp(-x): "to"})
    assert latex(node, colours=True) == r"1 + \textcolor{dxto}{e^{-x}}"
    assert latex(node) == "1 + e^{-x}"
    assert 'class="mark-to"' in mathml(node)


@pytest.mark.parametrize("expr", [row[0] for row in SPELT], ids=str)
def test_latex_keeps_to_what_github_shows(expr):
    tex = latex(tree(expr))
    for blocked in (r"\operatorname", r"\,", r"\;", r"\!", r"\{", r"\|", r"\newcommand", r"\bm", r"\tag"):
        assert blocked not in tex


def test_mathml_is_well_formed():
    from xml.etree import ElementTree

    for expr, *_ in SPELT:
        ElementTree.fromstring(mathml(tree(expr)))


A, B = (sp.MatrixSymbol(n, 2, 2) for n in "AB")


@pytest.mark.parametrize(
    "sign, told",
    [("⊤", (r"\mathbf{A}^{\top}", "Aᵀ", "A^T")), ("T", (r"\mathbf{A}^{T}", "Aᵀ", "A^T")), ("'", (r"\mathbf{A}^{\prime}", "A′", "A'"))],
)  # fmt: skip
def test_transposes_are_written_as_the_lecturer_writes_them(sign, told):
    node = tree(A.T, read_notation({"transpose": sign}))
    assert (latex(node), text(node), text(node, ascii=True)) == told
    assert {"⊤": "⊤", "T": "T", "'": "′"}[sign] in mathml(node)
    assert {"⊤": "⊤", "T": "T", "'": "prime"}[sign] in typst(node)


def test_examples_as_columns_transpose_every_formula():
    columns = read_notation({"examples": "columns"})
    assert text(tree(A * B.T, columns)) == "Bᵀ·A" and text(tree(A * B.T)) == "A·Bᵀ"
    assert text(tree(entry("x", i, k) * entry("b", j), columns)) == "b[j]·x[k,i]"


def test_a_lecturers_delta_is_no_kronecker_delta():
    notation = read_notation({"upstream": "δ"})
    assert text(tree(entry("g", i) * sp.KroneckerDelta(i, j), notation)) == "δ[i]·[i = j]"
    assert latex(tree(sp.MatrixSymbol("G", 2, 2), notation)) == r"\boldsymbol{\delta}"


def test_names_of_other_scripts_are_text_in_latex():
    notation = read_notation({"names": {"y": "输出", "x": "入"}})
    assert latex(tree(real("y"), notation)) == r"\text{输出}"
    assert latex(tree(real("x"), notation)) == r"\text{入}"


def test_what_is_bounded_stands_first():
    x, d = real("x"), real("delta")
    assert text(tree(sp.Ge(d, sp.Abs(x)))) == "abs(x) ≤ δ"
    assert text(tree(sp.Lt(d, x))) == "δ < x"


def test_a_chinese_letter_is_a_word_with_a_dot_beside_it():
    node = tree(real("x") * sp.Symbol("入", real=True))
    assert "\\cdot" in latex(node) and '"入"' in typst(node) and "·" in text(node)


@pytest.mark.parametrize(
    "product", ["x[i,k]*w[k,j]", "W[j,k]*a[k,n]", "Q[i,d]*K[j,d]", "A[h,i,j]*v[h,j,d]", "g[i,m]*A[i,j]"]
)
def test_matrices_stand_as_they_are_multiplied(product):
    assert text(tree(read(product))) == product.replace("*", "·")


def test_a_letter_times_itself_has_a_dot():
    twice = tree(sp.Mul(x, x, evaluate=False))
    assert latex(twice) == "x \\cdot x" and text(twice) == "x·x"


def test_matrices_with_greek_names_are_bold_in_mathml():
    notation = Notation(names={"W": "Θ", "b": "β"})
    assert "𝚯" in mathml(notation.letter("W", bold=True)) and "𝛃" in mathml(notation.letter("b", bold=True))
    assert "𝐖" in mathml(Notation().letter("W", bold=True))


def test_what_stands_on_several_lines_is_spelt_and_printed_once():
    speller = Speller(Notation())
    slope = sp.exp(-x) / (1 + sp.exp(-x))
    line, next_line = speller.spell(D(y, x) + slope), speller.spell(2 + slope)
    assert line.terms[0][1] is next_line.terms[1][1]
    marked = speller.marking({a: "to"}).spell(a + slope)
    assert latex(marked, colours=True).count("dxto") == 1 and marked.terms[1][1] is next_line.terms[1][1]
    asked = []
    printer = once(lambda node: asked.append(node) or "said", "test")
    assert {printer(line), printer(line)} == {"said"} and asked == [line]


def test_a_sum_of_fractions_stands_beside_a_fraction_not_on_it():
    slope = a * (x / y - y / x) / (1 + x)
    assert latex(tree(slope)) == r"\frac{a}{1 + x} \left(\frac{x}{y} - \frac{y}{x} \right)"
    assert latex(tree((1 - 1 / (1 + x)) / (1 + x))) == r"\frac{1}{1 + x} \left(1 - \frac{1}{1 + x} \right)"
    assert latex(tree((1 - x) / y)) == r"\frac{1 - x}{y}"


def test_weights_and_biases_are_letters_with_what_they_belong_to_below():
    assert [latex(tree(real(n))) for n in ("Wq", "Whf", "bf", "Up")] == [
        "W_{q}",
        r"W_{\mathrm{hf}}",
        "b_{f}",
        "U_{p}",
    ]
    assert text(tree(entry("Wq", j))) == "Wq[j]" and latex(tree(real("price"))) == r"\mathrm{price}"


def test_a_letters_own_subscript_stands_on_the_line_of_its_indices():
    node = tree(entry("g_hn", i, j) ** 2)
    assert latex(node) == r"g_{\mathrm{hn}{,}i j}^{2}"
    assert mathml(node).count("<msub") == mathml(node).count("<msubsup>") == 1
    assert typst(node) == 'attach(g, b: upright("hn")","i j, t: 2)'


@pytest.mark.parametrize(
    "factors, told",
    [
        ((sp.Symbol("x", real=True), sp.Symbol("b", positive=True)), "b·x"),
        ((sp.Symbol("x", real=True) ** 2, sp.Symbol("y", real=True)), "x²·y"),
        ((sp.Symbol("y"), sp.Symbol("x") ** (sp.Symbol("y") - 1)), "y·x^(y - 1)"),
    ],
)
def test_letters_go_by_the_alphabet_whatever_is_assumed_of_them(factors, told):
    assert text(tree(sp.Mul(*factors))) == told


def test_what_stands_below_a_derivative_has_its_width_too():
    loss = real("L")
    narrow, wide = (width(tree(D(loss, e))) for e in (entry("x", i), entry("Whf", i, j)))
    assert wide > narrow + 1, "else lines that hold it are too long for the page"
    assert width(tree(D(x + y, entry("Whf", i, j)))) > width(tree(D(x + y, x)))


def test_a_sum_in_text_has_no_second_pair_of_brackets():
    total = SumOver(entry("x", k), k)
    held = sp.Mul(total, D(y, a), evaluate=False)
    assert text(tree(held)) == "sum(k, x[k])·∂y/∂a" and text(tree(total**2)) == "sum(k, x[k])²"
    assert r"\left(\sum" in latex(tree(held))
