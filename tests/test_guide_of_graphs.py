"""The guide to worked examples: its Python runs, its pictures are what the code draws."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parent.parent / "docs" / "graphs.md"


def test_the_code_of_the_guide_runs(capsys):
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL):
        exec(compile(block, str(GUIDE), "exec"), names)  # our own file
    assert repr(names["run"].values["price"]) == "715.0000000000001"
    assert "y·(1 - y)" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["apples", "sigmoid"])
def test_the_pictures_of_the_guide_are_up_to_date(name):
    import derivexplain as dx

    if name == "apples":
        g = dx.Graph()
        apple, n = g.input("apple", 100), g.input("apple_num", 2)
        orange, m, tax = g.input("orange", 150), g.input("orange_num", 3), g.input("tax", 1.1)
        total = g.add(g.mul(apple, n, name="apple_price"), g.mul(orange, m, name="orange_price"), name="total")
        g.mul(total, tax, name="price")
    else:
        g = dx.Graph.from_formula("1/(1 + exp(-x))", x=0.5)
        g.group("sigmoid", ["v1", "v2", "v3", "y"])
    assert g.picture().svg == (GUIDE.parent / "pictures" / f"{name}.svg").read_text("utf-8")
