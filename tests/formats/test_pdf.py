"""PDF without TeX: tagged, with a text for every formula and picture, as PDF/UA asks."""

import pytest

import derivexplain as dx
from derivexplain.cli import main
from derivexplain.language import language
from derivexplain.rendering import render
from derivexplain.story import Block, Document, Math, Row, Rows, Text
from derivexplain.symbols import SumOver, entry, index, real
from derivexplain.typeset import tree
from derivexplain.typeset import typst as printed

typst = pytest.importorskip("typst")


@pytest.mark.parametrize(
    "name, how",
    [("sigmoid", {}), ("softmax_with_loss", {"language": "ja"}), ("relu", {"language": "zh", "audience": "student"})],
)
def test_every_formula_has_a_text(name, how):
    source = dx.explain(name, format="typst", **how)
    assert typst.compile(source.encode(), pdf_standards=["ua-1"]).startswith(b"%PDF")


def test_the_ending_chooses_pdf(tmp_path):
    assert main(["explain", "relu", "-o", str(tmp_path / "relu.pdf")]) == 0
    page = (tmp_path / "relu.pdf").read_bytes()
    assert page.startswith(b"%PDF") and b"pdfuaid" in page


def test_a_part_can_be_included(tmp_path):
    (tmp_path / "steps.typ").write_text(dx.explain("tanh", format="typst", part="steps"))
    (tmp_path / "notes.typ").write_text('My notes. #include "steps.typ"')
    assert typst.compile(str(tmp_path / "notes.typ")).startswith(b"%PDF")


@pytest.mark.parametrize("name", ["batch_norm", "conv2d"])
def test_no_formula_is_wider_than_its_page(name):
    """One that is would be wrapped like words, its fractions torn apart."""
    head, title, rest = dx.explain(name, format="typst").partition("\n= ")
    measured = '#show grid: it => layout(room => { assert(measure(it).width <= room.width, message: "wide"); it })\n'
    assert typst.compile((head + "\n" + measured + title + rest).encode()).startswith(b"%PDF")


def test_no_line_of_code_is_wrapped():
    head, title, rest = dx.explain("huber", format="typst").partition("\n= ")
    measured = "#show raw.where(block: true): it => layout(room => { assert(measure(it).width <= room.width); it })\n"
    assert typst.compile((head + "\n" + measured + title + rest).encode()).startswith(b"%PDF")


def test_a_remark_below_keeps_to_its_formula():
    remark = Text.of("a remark that is long enough to need a line of its own under the formula that it is about")
    wide = Math(tree(sum((real("x") ** k for k in range(2, 12)), real("x"))))
    rows = Rows((Row(None, wide, remark), Row(None, wide, remark)))
    made = Document(Text.of("t"), (Block("steps", Text.of("s"), (rows,)),))
    source = render(made, "typst", language=language("en"))
    assert source.count("grid.cell(rowspan: 2, breakable: false)") == 2
    assert typst.compile(source.encode()).startswith(b"%PDF")


def test_a_short_formula_in_a_sentence_stands_on_one_line():
    assert '#whole("y", $y$);' in dx.explain("sigmoid", format="typst", part="formula")
    assert "box(it)" in dx.explain("sigmoid", format="typst")
    assert r"\relpenalty" in dx.explain("sigmoid", format="latex", language="zh")


def test_commas_below_a_sum_are_narrow():
    double = SumOver(SumOver(entry("x", index("i"), index("k")), index("k")), index("i"))
    assert 'b: i","k' in printed(tree(double))
