"""A lecturer's own documents: what they may call, and that no wrong formula gets printed."""

import re
from pathlib import Path

import pytest

from derivexplain.cli import main

LECTURE = Path(__file__).parent.parent.parent / "examples" / "backpropagation.md.j2"


def build(tmp_path, text, name="page.md.j2"):
    (tmp_path / name).write_text(text)
    return main(["build", str(tmp_path / name), "-o", str(tmp_path / "out")])


def test_prose_and_formulas(tmp_path):
    assert build(tmp_path, "# Mine\n\n{{ formula('1/(1+exp(-x))') }}\n\n{{ steps('tanh') }}\n") == 0
    page = (tmp_path / "out" / "page.md").read_text()
    assert page.startswith("# Mine") and r"\frac{1}{1 + e^{-x}}" in page and "1 - y^{2}" in page


@pytest.mark.parametrize("ending", ["tex", "html", "typ", "txt"])
def test_the_ending_chooses_the_format(tmp_path, ending):
    opening, closing = {"tex": ("\\VAR{", "}"), "typ": ("<<", ">>")}.get(ending, ("{{", "}}"))
    assert build(tmp_path, f"{opening} formula('x**2') {closing}\n", f"p.{ending}.j2") == 0
    assert (tmp_path / "out" / f"p.{ending}").read_text().strip()


def test_a_wrong_claim_stops_the_build(tmp_path, capsys):
    assert build(tmp_path, "{{ verify('tanh(x)', '1 + y**2') }}") == 1
    assert not (tmp_path / "out" / "page.md").exists()
    assert "refuted" in capsys.readouterr().err


def test_references_need_their_label(tmp_path, capsys):
    assert build(tmp_path, "{{ formula('y = x**2', label='sq') }} see {{ ref('sq') }}") == 0
    assert "see (1)" in (tmp_path / "out" / "page.md").read_text()
    assert build(tmp_path, "{{ ref('none') }}") == 2
    assert "label" in capsys.readouterr().err


@pytest.mark.parametrize("text, told", [("{{ nothing('x') }}", "nothing"), ("{{ steps('sigmiod') }}", "sigmoid")])
def test_mistakes_are_told(tmp_path, capsys, text, told):
    assert build(tmp_path, text) == 2
    assert told in capsys.readouterr().err


def test_the_lecture_builds(tmp_path):
    assert main(["build", str(LECTURE), "-o", str(tmp_path)]) == 0
    page = (tmp_path / "backpropagation.md").read_text()
    assert "{{" not in page and page.count("$$") % 2 == 0 and len(list(tmp_path.glob("*.svg"))) >= 2


@pytest.mark.parametrize("dialect", ["github", "myst", "pandoc"])
def test_the_lecture_builds_in_every_dialect(tmp_path, dialect):
    assert main(["build", str(LECTURE), "-o", str(tmp_path), "--dialect", dialect]) == 0
    assert "{{" not in (tmp_path / "backpropagation.md").read_text()


@pytest.mark.parametrize(
    "ending, opening, closing",
    [("tex", "\\VAR{", "}"), ("html", "{{", "}}"), ("typ", "<<", ">>"), ("txt", "{{", "}}")],
)
def test_what_the_lecture_calls_is_there_in_every_format(tmp_path, ending, opening, closing):
    calls = re.findall(r"{{(.*?)}}", LECTURE.read_text())
    assert len(calls) > 10
    assert build(tmp_path, "\n\n".join(f"{opening}{call}{closing}" for call in calls), f"page.{ending}.j2") == 0
    page = (tmp_path / "out" / f"page.{ending}").read_text()
    assert opening not in page and len(page) > 4000


def test_a_failed_check_stops_the_build(tmp_path, capsys):
    notes = LECTURE.parent / "notes_layers.py"
    assert build(tmp_path, f"{{{{ check('{notes}:Affine') }}}}") == 1
    assert not (tmp_path / "out").exists() and "wrong" in capsys.readouterr().err
