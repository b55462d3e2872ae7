"""LaTeX for a document of somebody else's: what it asks of the preamble."""

import shutil
import subprocess

import pytest

import derivexplain as dx
from derivexplain.cli import main

PARTS = ("formula", "steps", "output", "code", "example", "check", "stamp")
PREAMBLE = (
    "\\documentclass{article}\n\\usepackage{%s}\n\\allowdisplaybreaks\n\\begin{document}\n%s\n\\end{document}\n"
)


def log_of(folder, source):
    (folder / "doc.tex").write_text(source)
    subprocess.run(["xelatex", "-interaction=nonstopmode", "doc.tex"], cwd=folder, capture_output=True)
    return (folder / "doc.log").read_text(errors="replace")


@pytest.mark.skipif(not shutil.which("xelatex"), reason="needs xelatex")
def test_plain_parts_ask_for_amsmath_alone(tmp_path):
    for part in PARTS:
        assert (
            main(["explain", "sigmoid", "--part", part, "--dialect", "plain", "-o", str(tmp_path / f"{part}.tex")])
            == 0
        )
    log = log_of(tmp_path, PREAMBLE % ("amsmath", "\n\n".join(f"\\input{{{part}}}" for part in PARTS)))
    assert "\n! " not in log and "Overfull" not in log


@pytest.mark.skipif(not shutil.which("xelatex"), reason="needs xelatex")
def test_a_document_of_ones_own_asks_for_no_colours(tmp_path):
    calls = ('steps("softmax")', 'check("relu")', 'graph("x*y", x=1, y=2)', 'plot("relu")', 'code("affine", wrt="W")')
    body = "\n\n".join(f"\\VAR{{{call}}}" for call in calls)
    (tmp_path / "lecture.tex.j2").write_text(PREAMBLE % ("amsmath,tikz", body))
    assert main(["build", str(tmp_path / "lecture.tex.j2"), "-o", str(tmp_path)]) == 0
    assert "\n! " not in log_of(tmp_path, (tmp_path / "lecture.tex").read_text())


@pytest.mark.skipif(not shutil.which("xelatex"), reason="needs xelatex")
def test_chinese_remarks_stand_beside_long_lines(tmp_path):
    log = log_of(tmp_path, dx.explain("batch_norm", format="latex", language="zh", audience="key"))
    assert "\n! " not in log and "Overfull" not in log


def test_a_whole_handout_keeps_its_colours():
    page = dx.explain("sigmoid", format="latex")
    assert "\\color{black!60}" in page and "\\begin{Verbatim}" in page and "\\toprule" in page


def test_a_plot_in_latex_is_drawn_in_letters_that_latex_has(tmp_path):
    (tmp_path / "page.tex.j2").write_text('\\VAR{plot("relu")}')
    assert main(["build", str(tmp_path / "page.tex.j2"), "-o", str(tmp_path)]) == 0
    page = (tmp_path / "page.tex").read_text()
    assert "{f$'$}" in page and "slopes 0 $|$ 1" in page and page.isascii()


def test_a_plain_listing_stays_on_its_page():
    page = dx.explain("affine", format="latex", dialect="plain", part="example")
    assert page.count("\\begin{minipage}") == page.count("\\end{minipage}") == 1
