"""A lecturer's own documents: what they may call, and that no wrong formula gets printed."""

import re
from pathlib import Path
from urllib.parse import unquote

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


@pytest.mark.parametrize(
    "name, text, there",
    [
        ("p.html", '<style>{% include "style.css" %}</style>', ".rows td.left"),
        ("p.tex", '\\BLOCK{ include "preamble.tex" }', "\\documentclass"),
    ],
)
def test_a_page_may_include_what_its_parts_ask_for(tmp_path, name, text, there):
    assert build(tmp_path, text, f"{name}.j2") == 0
    assert there in (tmp_path / "out" / name).read_text()


def test_typst_is_compiled_where_the_ending_asks_for_it(tmp_path):
    pytest.importorskip("typst")
    assert build(tmp_path, '= Mine\n<<steps("tanh")>>', "p.pdf.j2") == 0
    assert (tmp_path / "out" / "p.pdf").read_bytes().startswith(b"%PDF")


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
    assert build(tmp_path, "\n{{ ref('none') }}") == 2
    assert "page.md.j2:2: no formula has the label 'none'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["page.md", "page.ipynb"])
def test_a_reference_may_come_before_its_formula(tmp_path, name):
    text = "see {{ ref('b') }}, {{ ref('a') }}\n\n{{ formula('x', label='a') }}\n\n{{ formula('x^2', label='b') }}"
    assert build(tmp_path, text, f"{name}.j2") == 0
    assert "see (2), (1)" in (tmp_path / "out" / name).read_text()


@pytest.mark.parametrize(
    "text, told",
    [
        ("{{ nothing('x') }}", "nothing"),
        ("{{ steps('sigmiod') }}", "sigmoid"),
        ("{{ step('sigmoid') }}", "did you mean steps?"),
        ("{{ explain(sigmoid) }}", 'a layer\'s name or a formula stands in quotes: "sigmoid"'),
        ("{{ graph('(x + y)*z', x=1) }}", "no value for y, z\n  graph('(x + y)*z', x=1, y=...)"),
    ],
)
def test_mistakes_are_told(tmp_path, capsys, text, told):
    assert build(tmp_path, text) == 2
    assert told in capsys.readouterr().err


def test_the_lecture_builds(tmp_path):
    assert main(["build", str(LECTURE), "-o", str(tmp_path)]) == 0
    page = (tmp_path / "backpropagation.md").read_text()
    assert (
        "{{" not in page
        and page.count("$$") % 2 == 0
        and len(list(tmp_path.glob("backpropagation_files/*.svg"))) >= 2
    )


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
    assert not (tmp_path / "out").exists() and "has shape (3, 2)" in capsys.readouterr().err


def test_what_a_check_says_stands_inside_a_sentence(tmp_path):
    assert build(tmp_path, "<p>So {{ check('relu') }}</p>", "page.html.j2") == 0
    assert (tmp_path / "out" / "page.html").read_text().startswith("<p>So <code>relu</code> was")


def test_a_false_formula_is_told_with_line_place_and_slip(tmp_path, capsys):
    assert build(tmp_path, "# Title\n\n{{ verify('x^2', '2*x') }}\n{{ verify('x^2', '3*x') }}\n") == 1
    err = capsys.readouterr().err
    assert "line 4: verify('x^2', '3*x'): refuted at x = " in err and "should be 2" in err and "line 3" not in err


def test_a_call_that_fails_is_told_with_its_line(tmp_path, capsys):
    assert build(tmp_path, "# Title\n\n{{ steps('sigmiod') }}\n") == 2
    err = capsys.readouterr().err
    assert ".md.j2:3: " in err and "did you mean sigmoid" in err


# ---------------------------------------------------------------- what its functions take


def page(tmp_path, text):
    assert build(tmp_path, text) == 0
    return (tmp_path / "out" / "page.md").read_text()


@pytest.mark.parametrize(
    "call, says",
    [
        ("explain('sigmoid', language='zh')", "导数"),
        ("steps('sigmoid', language='zh')", "倒数"),
        ("verify('tanh(x)', '1-y**2', language='zh')", "已证明"),
        ("check('relu', language='ja')", "正しい"),
        ("formula('y = log(x)', notation={'log': 'ln'})", r"\ln x"),
        ("formula('y = Piecewise((x, x > 0), (0, True))', language='ja')", "それ以外"),
        ("explain('sigmoid', part='code')", "def backward"),
        ("explain('sigmoid', parts='code')", "def backward"),
        ("explain('sigmoid', part='example', seed=3)", "dout"),
        ("steps('sigmoid', audience='student')", "Fill in"),
        (
            "check('relu', seed=5, formula='Max(0, x)')",
            "`relu` was checked, and its backward pass is right (proved).",
        ),
        ("verify('tanh(x)', '1 - y^2')", r"= 1 - y^{2}$, $y = \tanh(x)$ (proved)"),
        ("math('y = x^2')", "$y = x^{2}$"),
        ("math('x > 0')", "$x > 0$"),
        ("math('where(x > 0, 1, 0)')", "cases"),
        ("verify('x^3', '3*x^2')", r"$\frac{\partial}{\partial x} x^{3} = 3 x^{2}$ (proved)"),
        ("verify('sqrt(x)', '1/(2*y)', domain={'x': (1, 2)})", "proved"),
        ("verify('x**2*w', '2*x*w', wrt='x')", "proved"),
        ("plot('x**2', domain=(-1, 1))", ".svg"),
        ("code('affine', wrt='W')", "dW"),
        ("code('affine', wrt='W', notation={'loss': 'J', 'names': {'y': 'a'}})", "dJ/dW, of"),
        ("code('affine', wrt='W', notation={'loss': 'J', 'names': {'y': 'a'}})", "$a$ = `y`"),
        ("part('sigmoid', 'example', notation={'names': {'x': 'z'}})", "$z$ = `x`"),
        ("steps('sigmoid', language='zh')", "用输出命名：}"),
        ("verify('tanh(x)', '1-y**2', language='zh')", r"$、 $y = \tanh(x)$（已证明）"),
    ],
)
def test_what_a_function_is_asked_shows(tmp_path, call, says):
    assert says in page(tmp_path, "{{ " + call + " }}\n")


@pytest.mark.parametrize(
    "call, says",
    [
        ("explain('sigmoid', format='latex')", "a document has one format"),
        ("formula('x**2', dialect='github')", "build --dialect"),
        ("check('relu', templates='own')", "build --templates"),
        ("explain('sigmoid', langauge='zh')", "it takes target, wrt"),
        ("formula('x**2', size=3)", "it takes target, label"),
        ("steps()", "missing a required argument"),
        ("explain('sigmoid', language='xx')", "xx"),
        ("explain('sigmoid', parts=['stepz'])", "steps"),
        ("explain('x**2', parts=['kinks'])", "has no part 'kinks'\n  it has formula, graph, steps"),
        ("steps('sigmoid', detail='long')", "there is no detail 'long'"),
        ("steps('sigmoid', audience='dean')", "there is no audience 'dean'"),
        ("graph('x*z', x=1, z=2, size=3)", "size"),
    ],
)
def test_what_a_function_does_not_take_is_told(tmp_path, capsys, call, says):
    assert build(tmp_path, "{{ " + call + " }}\n") == 2
    assert says in capsys.readouterr().err


def test_a_call_in_another_language_leaves_the_rest(tmp_path):
    text = page(tmp_path, "{{ steps('tanh', language='zh') }}\n\n{{ check('relu') }}\n")
    assert "is right (proved)" in text


def test_a_file_is_meant_from_the_folder_of_the_document(tmp_path, capsys):
    (tmp_path / "mine.py").write_text((LECTURE.parent / "notes_layers.py").read_text())
    assert build(tmp_path, "{{ formula('mine.py:Relu') }}\n") == 2
    assert "states no formula" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text, ending, mend",
    [
        ("\n{{ check('relu') }}", "tex", "write \\VAR{ ... }"),
        ("\n{% for n in ['relu'] %}", "tex", "write \\BLOCK{ ... }"),
        ("\n\\VAR{steps('relu')}", "md", "write {{ ... }}"),
        ("\n{{ math('x') }}", "typ", "write << ... >>"),
    ],
)
def test_a_call_as_another_format_writes_it_is_told(tmp_path, capsys, text, ending, mend):
    assert build(tmp_path, text, f"page.{ending}.j2") == 2
    err = capsys.readouterr().err
    assert f"page.{ending}.j2:2: " in err and mend in err


def test_braces_of_tex_are_left_alone(tmp_path):
    source = "\\newcommand{\\a}{% for the title\n{{\\bf x}}} {{x}}\n\\VAR{math('x^2')}"
    assert build(tmp_path, source, "page.tex.j2") == 0
    assert (tmp_path / "out" / "page.tex").read_text() == source.replace("\\VAR{math('x^2')}", "$x^{2}$") + "\n"


# ---------------------------------------------------------------- pictures


def shown_in(page):
    """The pictures that a page links to, each as it is on the disk."""
    return [(page.parent / unquote(name)).read_text() for name in re.findall(r"\]\((.*?\.svg)\)", page.read_text())]


def test_two_documents_in_one_folder_keep_their_pictures(tmp_path):
    assert build(tmp_path, "{{ graph('x*y', x=1, y=2) }}", "a.md.j2") == 0
    assert build(tmp_path, "{{ graph('x + y', x=1, y=2) }}", "b c.md.j2") == 0
    (product,), (sum_,) = shown_in(tmp_path / "out" / "a.md"), shown_in(tmp_path / "out" / "b c.md")
    assert "mul(x, y)" in product and "add(x, y)" in sum_


def test_every_picture_of_a_document_has_its_own_file(tmp_path):
    page(tmp_path, "{{ part('sigmoid', 'graph') }}\n\n{{ part('tanh', 'graph') }}\n\n{{ graph('x*y', x=1, y=2) }}\n")
    logistic, tangent, product = shown_in(tmp_path / "out" / "page.md")
    assert "reciprocal" in logistic and "tanh" in tangent and "mul" in product


def test_two_documents_of_one_name_are_told(tmp_path, capsys):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.md.j2").write_text(folder)
    files = [str(tmp_path / folder / "page.md.j2") for folder in ("one", "two")]
    assert main(["build", *files, "-o", str(tmp_path / "out")]) == 2
    assert "page.md: two documents come to this file" in capsys.readouterr().err


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path, capsys):
    (tmp_path / "out").write_text("")
    assert build(tmp_path, "text") == 2
    assert "this is a file, not a folder" in capsys.readouterr().err


def test_a_document_that_cannot_be_read_is_told_without_numbers_of_the_system(tmp_path, capsys):
    (tmp_path / "y.md.j2").write_bytes(b"\xff\xfe")
    for name, told in (
        ("nofile.md.j2", "No such file or directory\n  check the path"),
        ("y.md.j2", "it is not UTF-8\n"),
    ):
        assert main(["build", str(tmp_path / name), "-o", str(tmp_path)]) == 2
        assert f"{name}: the document cannot be read: {told}" in capsys.readouterr().err
