"""PDF without TeX: tagged, with a text for every formula and picture, as PDF/UA asks."""

import pytest

import derivexplain as dx
from derivexplain.cli import main

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
