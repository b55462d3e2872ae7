"""Slides: they compile, nothing is wider than its frame, and what a frame cannot hold goes on in the next."""

import shutil
import subprocess

import pytest

import derivexplain as dx

xelatex = pytest.mark.skipif(not shutil.which("xelatex"), reason="needs xelatex")


def log(tmp_path, source):
    (tmp_path / "slides.tex").write_text(source)
    subprocess.run(["xelatex", "-interaction=nonstopmode", "slides.tex"], cwd=tmp_path, capture_output=True)
    return (tmp_path / "slides.log").read_text(errors="replace")


@xelatex
@pytest.mark.parametrize("name", ["batch_norm", "lstm_cell"])
def test_slides_compile_and_nothing_is_cut(tmp_path, name):
    if not shutil.which("kpsewhich") or not subprocess.run(["kpsewhich", "beamer.cls"], capture_output=True).stdout:
        pytest.skip("needs beamer")
    told = log(tmp_path, dx.explain(name, format="beamer"))
    assert "\n!" not in told and "Missing character" not in told
    assert "Overfull \\hbox" not in told and "Overfull \\vbox" not in told


def test_a_table_of_a_frame_can_go_on_in_the_next():
    page = dx.explain("sigmoid", format="beamer")
    assert "tabular" not in page and "\\parbox[t]" in page
    assert page.count("\\strut}\\par\\nobreak") == 3  # and takes three rows with it, not a single one


def test_a_remark_keeps_to_the_formula_above():
    for format in ("latex", "beamer"):
        assert "\\\\* &\\qquad" in dx.explain("batch_norm", format=format)


def test_a_heading_is_not_parted_from_its_small_print():
    """A colour in front of a paragraph would be a place to break the page, right under the heading."""
    for format in ("latex", "beamer"):
        assert "\\leavevmode\\color" in dx.explain("sigmoid", format=format, part="stamp")
