"""Formats and languages are folders: one added in a temporary folder needs no Python; what goes wrong is told."""

import json
import re

import pytest

import derivexplain as dx
from derivexplain.errors import InputError
from derivexplain.language import builtin_folder, languages, read_words
from derivexplain.rendering import environment, formats, in_dialect, read_format

FORMATS = sorted(set(formats()) - {"pdf"})


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_gives_a_whole_handout(format):
    page = dx.explain("sigmoid", format=format)
    assert "Sigmoid" in page and "self.y" in page.replace("\\_", "_")
    assert "{{" not in page.replace("{{\\", "") or format in ("latex", "beamer", "typst")
    assert "\\VAR" not in page and "\\BLOCK" not in page and "<%" not in page


def test_pdf_comes_from_the_typst_package():
    pytest.importorskip("typst")
    assert dx.explain("sigmoid", format="pdf").startswith(b"%PDF")


def test_html_needs_no_network_and_shows_no_tex():
    page = dx.explain("softmax", format="html")
    assert "\\frac" not in page and "$$" not in page
    for reach in ("<script", 'src="http', "@import", "url(http", "<link"):
        assert reach not in page
    assert '<html lang="en">' in page


def test_a_notebook_follows_nbformat_and_rechecks():
    nbformat = pytest.importorskip("nbformat")
    page = dx.explain("sigmoid", format="notebook")
    nbformat.validate(nbformat.reads(page, 4))
    code = ["".join(c["source"]) for c in json.loads(page)["cells"] if c["cell_type"] == "code"]
    assert len(code) == 2
    for cell in code:
        exec(cell, {})


def test_a_format_is_a_folder(tmp_path):
    folder = tmp_path / "wiki"
    folder.mkdir()
    (folder / "format.toml").write_text(
        'suffix = ".wiki"\nmath = "latex"\ninline = "<m>%s</m>"\n[escape]\n"=" = "&#61;"\n'
    )
    (folder / "handout.wiki").write_text(
        "= {{ document.title }} =\n{% for b in document.blocks %}{{ b.id }} {% endfor %}\n"
    )
    page = dx.explain("sigmoid", format="wiki", templates=tmp_path)
    assert page.startswith("= Sigmoid: the backward pass =\nformula ")


def test_a_language_is_a_file(tmp_path):
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "nl.toml").write_text(
        '[parts]\nsteps = "Stap voor stap"\n[laws]\nreciprocal = "omgekeerde"\n'
    )
    page = dx.explain("sigmoid", language="nl", templates=tmp_path)
    assert "## Stap voor stap" in page and r"\text{omgekeerde}" in page
    assert "sum rule" in page  # what it leaves out stays English


@pytest.mark.parametrize(
    "words, told",
    [
        ('[law]\nsum = "som"', "did you mean laws?"),
        ('[parts]\nstep = "stap"', "did you mean steps"),
        ("[laws]\nsum = 5", 'write sum = "..."'),
        ('[say]\naim = "leid {z} af"', "{z}\n  it has x, y"),
        ('steps = "stap"', r"no table [steps]"),
    ],
)
def test_a_word_that_no_page_looks_for_is_told(tmp_path, words, told):
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "nl.toml").write_text(words)
    with pytest.raises(InputError, match=re.escape(told)):
        dx.explain("sigmoid", language="nl", templates=tmp_path)


def test_own_templates_extend_ours(tmp_path):
    (tmp_path / "markdown").mkdir()
    own = (
        '{% extends "builtin:markdown/handout.md" %}{% block head %}# My course: {{ document.title }}\n{% endblock %}'
    )
    (tmp_path / "markdown" / "handout.md").write_text(own)
    page = dx.explain("relu", templates=tmp_path)
    assert page.startswith("# My course: ReLU") and "## The code" in page


@pytest.mark.parametrize(
    "template, told",
    [
        ("{{ document.nothing }}", "nothing"),
        ("\n{{ ''.__class__.__mro__ }}", "handout.md:2"),
        ("{% for %}", "handout.md:1"),
        ("{{ 1/0 }}", "ZeroDivisionError"),
        ("{{ document.titel }}", "a document has no titel; did you mean title?"),
        (
            '{% extends "builtin:markdwn/handout.md" %}',
            "markdown/handout.md: .*\n *did you mean builtin:markdown/handout",
        ),
        ('{% extends "markdown/handout.md" %}', "markdown/handout.md: .* without end\n *.*builtin:markdown"),
    ],
)
def test_a_bad_template_is_told_with_its_place(tmp_path, template, told):
    (tmp_path / "markdown").mkdir()
    (tmp_path / "markdown" / "handout.md").write_text(template)
    with pytest.raises(InputError, match=told):
        dx.explain("relu", templates=tmp_path)


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"format": "markdwon"}, "markdown"),
        ({"dialect": "gihub"}, "github"),
        ({"language": "xx"}, "en"),
        ({"audience": "studnet"}, "student"),
        ({"part": "stpes"}, "steps"),
        ({"notation": {"lgo": "ln"}}, "log"),
        ({"notation": {"colours": {"form": "#123456"}}}, "did you mean from"),
        ({"templates": "/no/such/folder"}, "no such folder"),
    ],
)
def test_what_is_unknown_is_told_with_what_is_known(wrong, told):
    with pytest.raises(InputError, match=told):
        dx.explain("relu", **wrong)


@pytest.mark.parametrize("code", [c for c in languages() if c != "en"])
def test_languages_are_complete(code):
    english = read_words(builtin_folder() / "locale" / "en.toml")
    other = read_words(builtin_folder() / "locale" / f"{code}.toml")
    for table, words in english.items():
        assert set(words) == set(other[table]), table
        for key, sentence in words.items():
            places = set(sentence.split("{")[1:])
            assert {p.split("}")[0] for p in places} == {p.split("}")[0] for p in other[table][key].split("{")[1:]}, (
                key
            )


def test_every_law_has_a_name():
    from derivexplain.laws import algebra, calculus, indices

    named = read_words(builtin_folder() / "locale" / "en.toml")["laws"]
    tables = (calculus.LAWS, calculus.KNOWN, calculus.MOVES, indices.LOCAL)
    ids = {rule.id for table in tables for rule in table} | {law.id for law in algebra.FOLDINGS + algebra.POSITIVE}
    assert ids and ids <= set(named), sorted(ids - set(named))


def own_head(tmp_path, block):
    (tmp_path / "markdown").mkdir()
    path = tmp_path / "markdown" / "handout.md"
    path.write_text(
        f'{{% extends "builtin:markdown/handout.md" %}}\n{{% block {block} %}}\n# Mine\n{{% endblock %}}\n'
    )
    return path


def test_a_block_that_the_template_above_lacks_is_told(tmp_path):
    path = own_head(tmp_path, "haed")
    with pytest.raises(InputError, match=r"has no block haed\n  did you mean head") as told:
        dx.explain("tanh", templates=str(tmp_path))
    assert told.value.where == f"{path}:2"


def test_a_head_of_ones_own_stays_apart_from_the_body(tmp_path):
    own_head(tmp_path, "head")
    assert dx.explain("tanh", templates=str(tmp_path)).startswith("# Mine\n\n## What")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_head_and_a_body_to_override(name):
    form = read_format(name)
    env = environment(in_dialect(form, "portable"), ())
    assert {"head", "body"} <= env.get_template("handout" + form.suffix).blocks.keys()


def test_a_notebook_with_a_cell_of_ones_own(tmp_path):
    (tmp_path / "notebook").mkdir()
    cell = '  , {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "my own cell"}'
    own = f'{{% extends "builtin:notebook/handout.ipynb" %}}{{% block body %}}\n{cell}\n{{{{ super() }}}}\n{{% endblock %}}'
    (tmp_path / "notebook" / "handout.ipynb").write_text(own)
    (tmp_path / "notebook" / "paragraph.md").write_text("> {{ item.text|text }}\n")
    cells = json.loads(dx.explain("sigmoid", format="notebook", templates=tmp_path))["cells"]
    assert cells[1]["source"] == "my own cell" and "\n> The logistic function" in cells[2]["source"]
