"""derivexplain check: exit codes, JSON, and code that misbehaves in a child process."""

import json
from pathlib import Path

import pytest

from derivexplain.cli import main

MATERIAL = Path(__file__).parent.parent / "material"

WILD = """
import os, sys, time
import numpy as np
class Loop:
    def forward(self, x):
        while True: pass
    def backward(self, dout): return dout
class Leaves:
    def forward(self, x): os._exit(7)
    def backward(self, dout): return dout
class Writes:
    def forward(self, x):
        open(os.path.join(os.path.dirname(__file__), "written"), "w").write("x")
        return x
    def backward(self, dout): return dout
class Fine:
    def forward(self, x):
        print("noise" * 1000)
        return 3 * x
    def backward(self, dout): return 3 * dout
"""


def test_a_file_of_layers(capsys):
    assert main(["check", str(MATERIAL / "notes.py")]) == 1
    out = capsys.readouterr().out
    assert "MulLayer: correct" in out and "notes.py:44: dout[self.mask] = 0" in out
    assert "4 checked: 2 correct, 1 hazards, 1 vacuous" in out


def test_json_is_plain_data(capsys):
    assert main(["check", "sigmoid", "--output-format", "json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["outcome"] == "correct" and report["verdict"]["status"] == "proved"


def test_misbehaving_code_is_a_finding_and_the_rest_goes_on(tmp_path, capsys):
    (tmp_path / "wild.py").write_text(WILD)
    assert main(["check", str(tmp_path / "wild.py"), "--timeout", "4"]) == 1
    out = capsys.readouterr().out
    assert "did not end within 4 seconds" in out and "exit code 7" in out and "not allowed" in out
    assert "Fine: correct" in out or "Fine: right" in out
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["check", str(MATERIAL / "notes.py") + ":sigmoid"], 0),
        (["check", str(MATERIAL / "notes.py") + ":AddLayer"], 0),
        (["check", str(MATERIAL / "notes.py") + ":AddLayer", "--strict"], 1),
        (["check", "nowhere.py"], 2),
        (["check", "sigmoidd"], 2),
        (["check", str(Path(__file__).parent / "__init__.py")], 2),
        (["check", str(MATERIAL / "notes.py") + ":Nobody"], 2),
        (["check", "sigmoid", "--claim", "x=y*(1 + y)"], 1),
        (["check", "sigmoid", "--formula", "y = tanh(x)"], 1),
    ],
)
def test_exit_codes(argv, code, capsys):
    assert main(argv) == code


def test_nothing_selected(tmp_path, capsys):
    (tmp_path / "empty.py").write_text("x = 1\n")
    assert main(["check", str(tmp_path / "empty.py")]) == 5
    assert "no layer in this file" in capsys.readouterr().err


def test_a_line_of_a_notebook_is_told_with_its_cell(capsys, tmp_path):
    layer = "class Twice:\n    def forward(self, x):\n        return 2 * x\n    def backward(self, dout):\n        return dout"
    cells = [
        {"cell_type": t, "source": s}
        for t, s in (("code", "import numpy as np\n"), ("markdown", "#"), ("code", layer))
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    main(["check", str(tmp_path / "a.ipynb")])
    assert "a.ipynb:7 (code cell 2, line 5): return dout" in capsys.readouterr().out


def test_a_line_of_a_page_is_told_with_its_text(capsys, tmp_path):
    layer = "class Twice:\n    def forward(self, x):\n        return 2 * x\n    def backward(self, dout):\n        return dout"
    (tmp_path / "a.md").write_text(f"# Title\n\n```python\n{layer}\n```\n")
    main(["check", str(tmp_path / "a.md")])
    assert "a.md:8: return dout" in capsys.readouterr().out


BROKEN = (
    "class Twice:\n    def forward(self, x)\n        return 2 * x\n    def backward(self, dout): return 2 * dout\n"
)


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("a.md", f"# Title\n\n```python\n{BROKEN}```\n", "a.md:5:25: "),
        ("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": BROKEN}]}), "(code cell 1, line 2)"),
    ],
)
def test_a_layer_that_is_no_python_is_not_passed_over_in_silence(capsys, tmp_path, name, content, where):
    (tmp_path / name).write_text(content)
    assert main(["check", str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert "syntax error: expected ':' in `def forward(self, x)`" in said and where in said


def test_pseudo_code_and_console_output_are(capsys, tmp_path):
    fine = BROKEN.replace("x)\n", "x):\n")
    (tmp_path / "a.md").write_text(f"```python\n{fine}```\n```python\ndef backward(...):\n```\n```\nloss 0.5\n```\n")
    assert main(["check", str(tmp_path / "a.md")]) == 0 and not capsys.readouterr().err
