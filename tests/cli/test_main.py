"""The command line as a user meets it: messages, exit codes, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from derivexplain.cli import main


def run(capsys, *argv):
    code = main(list(argv))
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def test_list_shows_families_and_layers(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert "arithmetic\n" in out
    assert "  sigmoid" in out


def test_list_of_nothing_selected_is_5(capsys):
    code, out, _ = run(capsys, "list", "no-such-word")
    assert code == 5
    assert "no layer matches" in out


def test_doctor_names_every_package(capsys):
    code, out, _ = run(capsys, "doctor")
    assert code == 0
    assert all(word in out for word in ("numpy", "sympy", "jinja2", "python-flint", "templates"))


@pytest.mark.parametrize("command", ["explain", "check"])
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("sigmod", "sigmoid"),
        ("missing.py:Relu", "missing.py"),
        ("1/(1 +", "1/(1 +"),
    ],
)
def test_a_bad_target_is_one_message_and_2(capsys, command, target, message):
    code, _, err = run(capsys, command, target)
    assert code == 2
    assert message in err


@pytest.mark.parametrize(
    ("source", "name", "message"),
    [
        ("class A:\n    def forward(self, x:\n", "A", "layers.py:2"),
        ("class A:\n    def forward(self, x):\n        return x\n", "A", "backward"),
        ("class A:\n    def forward(self, x):\n        return x\n", "B", "B"),
    ],
)
def test_a_file_that_cannot_be_used(capsys, tmp_path, source, name, message):
    path = tmp_path / "layers.py"
    path.write_text(source)
    code, out, err = run(capsys, "check", f"{path}:{name}")
    assert code == 2
    assert message in out + err


def test_an_output_that_cannot_be_written(capsys, tmp_path):
    code, _, err = run(capsys, "explain", "exp", "-o", str(tmp_path / "missing" / "out.md"))
    assert code == 2
    assert "missing" in err


def test_an_unknown_format_names_the_known_ones(capsys):
    code, _, err = run(capsys, "explain", "exp", "--format", "word")
    assert code == 2
    assert "markdown" in err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["chekc", "x.py"], "did you mean check?"),
        (["verify", "x^2", "2*x", "--domian", "x=0:1"], "did you mean --domain?"),
        (["explain", "sigmoid", "--audiense=key"], "did you mean --audience?"),
    ],
)
def test_a_misspelt_word_of_the_command_line(capsys, argv, message):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["verify", "ln x", "1/x"], "write ln(x)"),
        (["verify", "x^", "2*x"], "missing after ^"),
        (["verify", "x*z", "z"], "--wrt x"),
        (["explain", "sigmoid", "-o", "s.docx"], "markdown, notebook"),
    ],
)
def test_how_to_mend_it_is_told(capsys, argv, message):
    code, _, err = run(capsys, *argv)
    assert code == 2
    assert message in err


def test_what_was_written_is_said(capsys, tmp_path):
    code, out, _ = run(capsys, "explain", "tanh", "--part", "formula", "-o", str(tmp_path / "page.md"))
    assert code == 0 and out == f"wrote {tmp_path / 'page.md'}\n"


def test_a_folder_is_no_file(capsys, tmp_path):
    code, _, err = run(capsys, "explain", "tanh", "-o", str(tmp_path))
    assert code == 2 and "this is a folder" in err


def test_a_value_may_be_a_fraction(capsys):
    code, out, _ = run(capsys, "graph", "x*y", "--values", "x=1/3,y=3", "--style", "exact")
    assert code == 0 and "1/3·3 = 1" in out
    code, _, err = run(capsys, "graph", "x*y", "--values", "x=1/0,y=3")
    assert code == 2 and "not name=number" in err


def test_layers_are_imported_by_their_names():
    from derivexplain import layers
    from derivexplain.layers import Affine, Relu

    assert (Affine.name, Relu.name) == ("affine", "relu")
    with pytest.raises(AttributeError, match="Reluu"):
        layers.Reluu  # noqa: B018


def test_a_file_in_the_folder_that_is_called_as_one_of_the_library_is_in_nobodys_way(tmp_path):
    (tmp_path / "random.py").write_text("def random():\n    return 4\n")
    (tmp_path / "layer.py").write_text(
        "from random import random\nclass L:\n    def forward(self, x):\n        return random() * x\n"
        "    def backward(self, dout):\n        return 4 * dout\n"
    )
    run = [sys.executable, "-m", "derivexplain", "check", "layer.py"]
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, env=path)
    assert done.returncode == 0, done.stdout + done.stderr
