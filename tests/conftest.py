"""What most tests of checking have in common: a text, an edit, and what is said of the layers in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import derivexplain as dx
from derivexplain import conventions, foreign
from derivexplain.story import Report

ALL = os.environ.get("DERIVEXPLAIN_TESTS") == "all"
LONG = (Path(__file__).parent / "long.txt").read_text(encoding="utf-8").splitlines()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The tests that take longest are for the whole run: of each kind the usual run has quicker ones."""
    found = {item.nodeid: item for item in items}
    files = {item.nodeid.partition("::")[0] for item in items}
    gone = [name for name in LONG if name not in found and name.partition("::")[0] in files]
    if gone and not any("::" in str(arg) for arg in config.args):
        raise pytest.UsageError(f"tests/long.txt names what is no test any more: {gone[0]}")
    for name in () if ALL else found.keys() & set(LONG):
        found[name].add_marker(pytest.mark.skip(reason="takes seconds: DERIVEXPLAIN_TESTS=all runs it too"))


@dataclass(frozen=True)
class Written:
    """A file of somebody's: the layers in it, and what a check says of one or of all."""

    path: Path

    @property
    def layers(self) -> dict[str, Any]:
        return dict(foreign.find(str(self.path), conventions)[0])

    def check(self, name: str = "", **options: Any) -> Report:
        return dx.check(f"{self.path}:{name}" if name else str(self.path), **options)

    def checks(self) -> dict[str, Report]:
        names = list(self.layers)
        return dict(zip(names, dx.check_many([f"{self.path}:{name}" for name in names])))


@pytest.fixture
def written(tmp_path):
    """Puts a text into a file of the test's own folder, after edits that must apply.

    The line of the opening quotes is the file's first: there NumPy is imported, unless the text does so itself.
    """

    def write(text: str, *edits: str, at: str = "layers.py") -> Written:
        path = tmp_path / at
        text = dedent(text).removeprefix("\n")
        if path.suffix == ".py" and "import numpy" not in text:
            text = f"import numpy as np\n{text}"
        for old, new in zip(edits[::2], edits[1::2], strict=True):
            assert old in text
            text = text.replace(old, new) if old else text
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return Written(path)

    return write
