"""The README shows what the commands print, and its Python runs."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

import derivexplain as dx

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("readme", ROOT / "docs" / "readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_examples_are_what_is_printed(generator):
    assert "made by" in README
    assert generator.filled(README) == README, "run: python docs/readme.py"


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notes = (ROOT / "examples" / "notes_layers.py").read_text(encoding="utf-8")
    (tmp_path / "layers.py").write_text(notes)
    names = {"dx": dx, "np": np}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(block, names)
    assert names["v"].status == "proved"
    assert not names["r"].ok
    assert names["run"].values["price"] == 220.00000000000003
    assert dx.check(names["Swish"]).ok


def test_the_set_up_is_two_commands_of_one_line():
    section = README.partition("## Set up")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert [block.count("\n") for block in blocks] == [1, 1]
