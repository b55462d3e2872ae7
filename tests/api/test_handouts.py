"""Handouts: the parts, the audiences, the bytes, and golden pages without versions in them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

import derivexplain as dx
from derivexplain.api.handouts import Wish, document
from derivexplain.cli import main
from derivexplain.errors import InputError
from derivexplain.language import language
from derivexplain.story import Blank, Math, Rows
from derivexplain.typeset import Notation

GOLDEN = Path(__file__).parent.parent / "handouts"


def without_stamp(page):
    return page[: page.index("## How this page was made")]


@pytest.mark.parametrize("name", ["sigmoid", "relu", "affine"])
def test_pages_stay_as_they_were_read(name):
    """Golden pages: DERIVEXPLAIN_GOLDEN=1 writes them anew; read them before you commit them."""
    page = without_stamp(dx.explain(name, dialect="github"))
    path = GOLDEN / f"{name}.md"
    if os.environ.get("DERIVEXPLAIN_GOLDEN"):
        path.write_text(page, "utf-8")
    assert page == path.read_text("utf-8")


def test_the_order_is_a_teachers():
    page = dx.explain("sigmoid", dialect="github")
    titles = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    assert titles == [
        "What we differentiate", "Computational graph", "Derivative, step by step", "With the output at hand", "The code",
        "A run with numbers", "Checked by machine", "How this page was made",
    ]  # fmt: skip


def test_a_student_gets_no_answers_and_a_key_nothing_else():
    student, key = (dx.explain("sigmoid", audience=a) for a in ("student", "key"))
    assert "y (1 - y)" not in student and "self.y * (1" not in student and r"\boxed{\hspace" in student
    assert "y (1 - y)" in key and "A run with numbers" not in key


def test_a_student_is_given_the_whole_of_a_line_in_parts():
    key, student = (dx.explain("batch_norm", wrt="x", part="steps", audience=a) for a in ("key", "student"))
    first = key[key.index(r"\frac{\partial L}{\partial x_{n j}} &=") :].split("\n &=")[0]
    assert first.count("\n &+") == 2 and first in student


@pytest.mark.parametrize("name", ["sigmoid", "huber", "affine"])
def test_a_key_answers_every_blank(name):
    def lines(audience):
        """Right sides by their place; matrix forms are an answer's own."""
        for block in document(Wish(name, audience=audience), language("en"), Notation()).blocks:
            tables = [i for i in block.items if isinstance(i, Rows) and not i.label.startswith("matrix")]
            for k, rows in enumerate(tables):
                for n, row in enumerate(r for r in rows.rows if r.relation == "="):
                    yield (block.id, k, n), row.right

    answers = dict(lines("key"))
    blanks = [place for place, right in lines("student") if isinstance(right, Blank)]
    assert blanks and all(isinstance(answers[place], Math) for place in blanks)


def test_the_stamp_repeats_what_was_asked():
    stamp = dx.explain("relu", audience="student", language="ja", seed=3, part="stamp")
    assert "`derivexplain explain relu --lang ja --audience student --part stamp --seed 3`" in stamp
    assert "$10^{-9}$" in stamp and "`derivexplain check relu --seed 3`" in stamp


def test_own_code_is_explained_by_its_own_formula(tmp_path, capsys):
    (tmp_path / "own.py").write_text(
        "import numpy as np\nclass Wave:\n    def forward(self, x):\n        self.x = x\n        return x*np.sin(x)\n"
        "    def backward(self, dout):\n        return dout * (np.sin(self.x) + self.x * np.cos(self.x))\n"
    )
    page = dx.explain(f"{tmp_path}/own.py:Wave")
    assert "product rule" in page and "FAILS" not in page
    notes = Path(__file__).parent.parent.parent / "examples" / "notes_layers.py"
    assert "self.db = dout" in dx.explain(f"{notes}:Affine", part="code")
    with pytest.raises(InputError, match="--part code and --part check need no formula"):
        dx.explain(f"{notes}:Affine")


def test_a_part_stands_alone():
    part = dx.explain("tanh", format="latex", part="steps")
    assert "documentclass" not in part and part.startswith("\\begin{align*}")
    with pytest.raises(InputError, match="no part"):
        dx.explain("tanh", part="kinks")


def test_a_formula_needs_no_layer():
    page = dx.explain("x*exp(-x**2)", format="text")
    assert "product rule" in page and "Checked by machine" in page


def test_hostile_names_are_escaped():
    class Evil(dx.catalogue["relu"]):
        title = r"<b>50% of $x_1$ & \input{x} #1</b>"

    assert "<b>" not in dx.explain(Evil, format="html") and "<b>" not in dx.explain(Evil)
    tex = dx.explain(Evil, format="latex")
    assert r"\input{x}" not in tex and r"50\%" in tex and r"\#1" in tex


def test_same_input_same_bytes():
    script = "import derivexplain as dx, sys; sys.stdout.buffer.write(dx.explain('softplus', format='html').encode())"
    pages = set()
    for seed, zone, locale in (("0", "UTC", "C.UTF-8"), ("77", "Asia/Tokyo", "C")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        pages.add(subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, check=True).stdout)
    assert len(pages) == 1


def test_the_ending_chooses_the_format(tmp_path, capsys):
    assert main(["explain", "sigmoid", "-o", str(tmp_path / "s.tex")]) == 0
    assert (tmp_path / "s.tex").read_text().startswith("\\documentclass")
    assert main(["explain", "sigmoid", "--format", "text", "-o", str(tmp_path / "s.md")]) == 0
    assert "=====" in (tmp_path / "s.md").read_text()
    assert main(["explain", "sigmoid", "-o", str(tmp_path / "s.docx")]) == 2
    assert main(["explain", "sigmoid", "-o", str(tmp_path / "no" / "s.md")]) == 2
    told = capsys.readouterr().err
    assert "no format has this ending" in told and str(tmp_path / "no" / "s.md") in told
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix in (".md", ".tex")) == ["s.md", "s.tex"]


def test_pictures_stand_beside_markdown(tmp_path):
    main(["explain", "sigmoid", "-o", str(tmp_path / "my page.md")])
    alt, name = re.search(r"^!\[(.*)\]\((.*)\)$", (tmp_path / "my page.md").read_text(), re.MULTILINE).groups()
    assert (tmp_path / unquote(name)).read_text().startswith("<svg") and name == "my%20page_files/graph.svg"
    assert alt.startswith("Computational graph of y: v1 = neg(x); ") and alt.endswith("gradient 1.")


def test_no_link_leads_to_a_picture_that_is_not_there():
    assert "![" not in dx.explain("sigmoid") and "graph" not in dx.explain("sigmoid")
    assert all(
        "```mermaid\nflowchart" in dx.explain("sigmoid", **how) for how in ({"dialect": "github"}, {"part": "graph"})
    )


def test_code_that_is_wrong_is_told_and_fails(tmp_path, capsys):
    (tmp_path / "bad.py").write_text(
        "class Square:\n    def forward(self, x):\n        self.x = x\n        return x*x\n"
        "    def backward(self, dout):\n        return dout * 3 * self.x\n"
    )
    assert main(["explain", f"{tmp_path}/bad.py:Square"]) in (1, 2)


def test_a_gradient_that_several_letters_need_is_told_once():
    text = dx.explain("attention", format="text", part="steps")
    begins = [line for line in text.split("\n") if line.startswith("∂L/∂A[i,j]")]
    assert len(begins) == 1 and text.count("∂L/∂A = G·Vᵀ") == 1
    assert all(f"∂L/∂{name}[" in text for name in "QKV")


def test_every_output_has_an_upstream_gradient_of_its_own():
    text = dx.explain("lstm_cell", format="text", part="formula").replace("\n", " ")
    assert "g_hn[n,j] = ∂L/∂hn[n,j], g_cn[n,j] = ∂L/∂cn[n,j]" in text


def numbers(name):
    lines = dx.explain(name, format="text", part="example").split("\n\n", 1)[1]
    return re.sub(r"\n\s+\[", "[", lines)


@pytest.mark.parametrize("name", ["batch_norm", "layer_norm", "sigmoid", "softmax_with_loss", "split"])
def test_an_example_has_gradients_to_look_at(name):
    """Two examples alone leave batch_norm no gradient; a rounded zero would leave nobody one."""
    told = [line for line in numbers(name).splitlines() if re.match(r"\s*d\w+\s+=", line)]
    assert told and all(re.search("[1-9]", line.split("=")[1]) for line in told)


def test_an_example_of_images_shows_the_first():
    page = numbers("max_pool")
    assert re.search(r"x\[0, 0\] +=", page) and "..." not in page and len(page.splitlines()) < 30


def test_a_remark_stands_below_the_whole_of_a_line_in_parts():
    rows = re.findall(r"^.*&.*$", dx.explain("batch_norm2d", format="latex", part="steps"), re.MULTILINE)
    below = [n for n, row in enumerate(rows) if "&\\qquad" in row]
    assert any(rows[n].startswith(" &+") for n in below)
    assert not any(rows[n + 1].startswith(" &+") for n in below if n + 1 < len(rows))


@pytest.mark.parametrize("target", ["hardshrink", "threshold", "where(x > 0, 1, 0)"])
def test_where_a_function_jumps_there_is_no_subgradient(target):
    page = dx.explain(target, format="text")
    assert "Where the function jumps" in page and "no derivative there" in page
    assert "any value between the two" not in page and "This holds for" in page


# ---------------------------------------------------------------- the run with numbers


def arrays_of(target):
    """The arrays of a run, by their names."""
    found = {}
    for line in re.split(r"\n(?=    \w)", dx.explain(target, part="example", format="text")):
        name, _, value = line.partition(" = ")
        if value:
            found[name.strip()] = np.array(ast.literal_eval(value.strip()))
    return found


@pytest.mark.parametrize(
    "target", ["softmax_with_loss", "softmax_with_loss_sum", "cross_entropy", "kullback_leibler"]
)
def test_shares_in_a_run_add_up_to_one(target):
    run = arrays_of(target)
    assert np.allclose(run["t"].sum(axis=1), 1) and run["loss"] > 0 and "y" not in run
    if "softmax" in target:
        assert np.allclose(run["dx"].sum(axis=1), 0, atol=2e-4)


@pytest.mark.parametrize(
    "target, names",
    [
        ("softmax_with_loss_labels", {"label"}),
        ("embedding", {"index"}),
        ("dropout", {"m", "p"}),
        ("hardshrink", {"lam"}),
        ("max_pool", {"k"}),
        ("lstm_cell", {"hn", "cn", "dhn", "dcn"}),
    ],
)
def test_all_that_a_run_needs_is_shown(target, names):
    assert names <= set(re.findall(r"^(\w+)[^=\n]* = ", dx.explain(target, part="example"), re.MULTILINE))


def test_a_small_constant_is_no_zero():
    assert arrays_of("batch_norm")["eps"] == 1e-5


def test_the_end_of_a_network_has_no_mixed_signs():
    assert "upstream gradient is 1" in " ".join(dx.explain("cross_entropy", part="example").split())
    page = dx.explain("softmax_with_loss", format="text")
    assert "entry by entry" not in page and "the inputs: sum(k, t[n,k]) = 1" in page


# ---------------------------------------------------------------- a notation keeps letters apart


@pytest.mark.parametrize(
    "target, notation, told",
    [
        ("sigmoid", {"names": {"x": "z", "y": "z"}}, "x and y alike"),
        ("sigmoid", {"names": {"y": "x"}}, "x and y alike\n  give y another"),
        ("softmax_with_loss", {"names": {"y": "s"}}, "s and y alike\n  give y another"),
        ("affine", {"upstream": "x"}, "g and x alike\n  give g another"),
        ("affine", {"loss": "W"}, "L and W alike\n  give L another"),
    ],
)
def test_two_letters_that_would_look_alike_are_told(target, notation, told):
    with pytest.raises(InputError, match=told):
        dx.explain(target, part="formula", notation=notation)


def test_letters_may_change_places():
    assert "x &= " in dx.explain("sigmoid", part="formula", notation={"names": {"x": "y", "y": "x"}})


def test_the_words_for_a_picture_have_the_lecturers_letters():
    page = dx.explain("sigmoid", format="text", notation={"names": {"x": "z", "y": "a"}})
    assert "graph of a: v1 = neg(z); v2 = exp(v1); v3 = add(1, v2); a =" in " ".join(page.split())
    assert "in red" not in page


@pytest.mark.parametrize(
    "target, says",
    [
        ("sigmoid", "computes no function again"),
        ("relu", "computes no function again"),
        ("softplus", "$x$ may be forgotten"),
    ],
)
def test_no_function_is_promised_only_where_none_is_computed(target, says):
    assert says in dx.explain(target, part="output")


class Focal(dx.Layer):
    formula = "y = -(1 - p)^gamma*log(p)"
    constants = ("gamma",)
    domain = {"p": (0, 1), "gamma": (1, None)}

    def __init__(self, gamma=2.0):
        self.gamma = gamma

    def forward(self, p):
        self.p = p
        return -((1 - p) ** self.gamma) * np.log(p)

    def backward(self, dout):
        p, g = self.p, self.gamma
        return dout * (g * (1 - p) ** (g - 1) * np.log(p) - (1 - p) ** g / p)


def test_a_layer_that_says_nothing_of_itself_is_not_spoken_for():
    page = dx.explain(Focal, format="text", part="formula")
    assert "catalogue" not in page and "We take γ > 1, 0 < p < 1." in page


def test_a_class_from_python_is_made_and_checked_again_there():
    page = " ".join(dx.explain(Focal, format="text", part="stamp").split())
    assert "Made with derivexplain.explain(Focal, format='text', part='stamp')" in page
    assert page.endswith("To check it all again: derivexplain.check(Focal, seed=0)")


def test_what_the_domain_says_is_no_condition_besides():
    assert not dx.derive(Focal).conditions
    assert dx.derive("-(1 - p)^2*log(p)", wrt="p").conditions


@pytest.mark.parametrize(("audience", "coloured"), [("teacher", True), ("key", False)])
def test_a_key_has_no_colours(audience, coloured):
    """Whoever holds a key takes what is coloured for the answers."""
    assert ('class="mark-to"' in dx.explain("sigmoid", format="html", audience=audience, part="steps")) == coloured


def test_a_layer_with_numbers_of_its_own_has_no_cell_that_runs_another():
    page = dx.explain(dx.catalogue["sigmoid"](), format="notebook")
    assert '"id": "run"' not in page and '"id": "run"' in dx.explain("sigmoid", format="notebook")


def test_letters_of_index_formulas_are_explained_where_they_are_used():
    delta, length = "Here δ[i,m] is 1 where i = m, and 0 elsewhere.", "The number of values that i takes is N_i."
    pages = {a: dx.explain("affine", format="text", audience=a) for a in ("teacher", "student", "key")}
    told = {a: " ".join(page.split()) for a, page in pages.items()}
    assert [a for a in told if delta in told[a]] == ["teacher", "student"]
    assert [a for a in told if length in told[a]] == ["teacher"], "a student's sheet has no shapes"
    assert "elsewhere" not in dx.explain("sigmoid", format="text")


@pytest.mark.parametrize("format", ["html", "latex", "beamer", "typst"])
def test_colours_are_explained_where_there_are_any(format):
    legend = "In colour: what the step made new."
    assert legend in dx.explain("sigmoid", format=format)
    assert legend not in dx.explain("x**2", format=format), "a single step has nothing to colour"
    assert not any(legend in dx.explain("sigmoid", format=format, audience=a) for a in ("student", "key"))
    assert legend not in dx.explain("sigmoid") + dx.explain("sigmoid", format="text")


@pytest.mark.parametrize("name", ["affine", "matmul", "isru", "rope", "swiglu"])
def test_no_colour_is_explained_that_is_not_there(name):
    """Some steps make something new that no node of the line is."""
    page = dx.explain(name, format="html")
    assert ("In colour" in page) == ('class="mark-to"' in page) == (name == "affine")


def test_functions_of_ours_in_printed_code_are_explained():
    assert "unbroadcast adds a gradient up" in dx.explain("add", part="code", format="text")
    told = dx.explain("relu", part="code", format="text")
    assert "as_float makes arrays" in told and "unbroadcast" not in told


def test_short_code_stays_on_one_page():
    short, long = (dx.explain(n, part="code", format="latex") for n in ("relu", "lstm_cell"))
    assert short.count("samepage") == 1 < long.count("samepage")  # a long listing is parted between functions


@pytest.mark.parametrize("format", ["latex", "beamer"])
def test_what_leads_to_a_formula_stays_on_its_page(format):
    lead = "The same for whole matrices:\\par\\nobreak\n"
    assert dx.explain("affine", format=format).count(lead) == 2


@pytest.mark.parametrize(("layer", "open_"), [("selu", True), ("sigmoid", False)])
def test_what_is_left_open_is_not_said_to_hold(layer, open_):
    page = dx.explain(layer, part="check")
    assert ("| left open | not proved" in page) is open_ is not ("All of these were tried, and hold" in page)
