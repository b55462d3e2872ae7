"""A lecturer's Markdown as a notebook: a cell for each section, code cells where the prose has them."""

import json
import re

import nbformat
import pytest

import derivexplain as dx
from derivexplain.api.documents import build_all
from derivexplain.cells import cells

PROSE = """# Lecture

Hello.

```python
# no heading
## nor this
```

## Second

```{code-cell}
x = 1
## a comment
```

after
"""


def test_sections_and_code_cells():
    assert list(cells(PROSE)) == [
        ("markdown", "# Lecture\n\nHello.\n\n```python\n# no heading\n## nor this\n```"),
        ("markdown", "## Second"),
        ("code", "x = 1\n## a comment"),
        ("markdown", "after"),
    ]
    assert list(cells("")) == [] and list(cells("~~~~\n```\n# x\n~~~~")) == [("markdown", "~~~~\n```\n# x\n~~~~")]


def test_a_document_becomes_a_notebook(tmp_path):
    source = tmp_path / "lecture.ipynb.j2"
    source.write_text(
        PROSE + '\n{{ steps("sigmoid") }}\n\n{{ plot("tanh") }}\n\n```{code-cell} ipython3\nassert x\n```\n'
    )
    (written,) = build_all([source], tmp_path / "out")
    book = nbformat.reads(written.read_text(), 4)
    nbformat.validate(book)
    assert [c.cell_type for c in book.cells] == ["markdown", "markdown", "code", "markdown", "code"]
    assert "reciprocal rule" in book.cells[3].source and "data:image/svg+xml;base64" in book.cells[3].source
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["lecture.ipynb"], "pictures are inside"


@pytest.mark.parametrize("part", ["steps", "code"])
def test_a_part_of_a_notebook_is_the_text_of_a_cell(part):
    told = dx.explain("sigmoid", format="notebook", part=part)
    whole = json.loads(dx.explain("sigmoid", format="notebook"))
    assert any(told.strip() in re.sub(r"\n{3,}", "\n\n", cell["source"]) for cell in whole["cells"])
