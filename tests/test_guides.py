"""The user's guides: their Python runs, in order and in one go, and the assertions in it hold."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from derivexplain.typeset.notation import Notation, read_notation

GUIDES = sorted((Path(__file__).parent.parent / "docs").glob("*.md"))


def blocks(guide: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)


PLAIN = [g for g in GUIDES if blocks(g) and g.stem != "graphs"]


@pytest.mark.parametrize("guide", PLAIN, ids=lambda g: g.stem)
def test_the_code_of_a_guide_runs(guide, tmp_path):
    source = "\n".join(blocks(guide))
    path = tmp_path / f"{guide.stem}.py"
    path.write_text(source, encoding="utf-8")  # a file, so that layers in it have a source
    exec(compile(source, str(path), "exec"), {"__name__": guide.stem})  # our own file


def test_the_guide_to_graphs_runs_and_shows_what_its_code_draws(capsys):
    guide = next(g for g in GUIDES if g.stem == "graphs")
    names: dict = {}
    drawn = {}
    for block in blocks(guide):
        exec(compile(block, str(guide), "exec"), names)  # our own file
        if "g = " in block:
            drawn["sigmoid" if "group" in block else "apples"] = names["g"].picture()
    assert repr(names["run"].values["price"]) == "715.0000000000001"
    assert "y·(1 - y)" in capsys.readouterr().out
    for name, picture in drawn.items():
        assert picture.svg == (guide.parent / "pictures" / f"{name}.svg").read_text("utf-8"), name


@pytest.mark.parametrize("guide", GUIDES, ids=lambda g: g.stem)
def test_links_lead_somewhere(guide):
    for link in re.findall(r"\]\(([^)#:]+)\)", guide.read_text("utf-8")):
        assert (guide.parent / link).exists(), link


def test_the_guide_shows_every_key_of_a_notation(tmp_path):
    guide = next(g for g in GUIDES if g.stem == "handouts")
    block, *_ = re.findall(r"```toml\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    (tmp_path / "mine.toml").write_text(block, encoding="utf-8")
    read_notation(tmp_path / "mine.toml")
    assert set(tomllib.loads(block)) == {f.name for f in fields(Notation)} - {"words", "colours"}
