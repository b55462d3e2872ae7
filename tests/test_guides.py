"""The user's guides: their Python runs, in order and in one go, and the assertions in it hold."""

import re
from pathlib import Path

import pytest

GUIDES = sorted((Path(__file__).parent.parent / "docs").glob("*.md"))


def blocks(guide: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("guide", [g for g in GUIDES if blocks(g)], ids=lambda g: g.stem)
def test_the_code_of_a_guide_runs(guide, tmp_path):
    source = "\n".join(blocks(guide))
    path = tmp_path / f"{guide.stem}.py"
    path.write_text(source, encoding="utf-8")  # a file, so that layers in it have a source
    exec(compile(source, str(path), "exec"), {"__name__": guide.stem})  # our own file


@pytest.mark.parametrize("guide", GUIDES, ids=lambda g: g.stem)
def test_links_lead_somewhere(guide):
    for link in re.findall(r"\]\(([^)#:]+)\)", guide.read_text("utf-8")):
        assert (guide.parent / link).exists(), link
