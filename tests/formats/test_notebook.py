"""Notebooks: they follow nbformat, run from top to bottom, and reproduce the check."""

import pytest

import derivexplain as dx

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")


def apples():
    g = dx.Graph()
    apple, number = g.input("apple", 100), g.input("apple_num", 2)
    orange, count = g.input("orange", 150), g.input("orange_num", 3)
    whole = g.add(
        g.mul(apple, number, name="apple_price"), g.mul(orange, count, name="orange_price"), name="all_price"
    )
    g.mul(whole, g.input("tax", 1.1), name="price")
    return g


BOOKS = {
    "sigmoid": (lambda: dx.explain("sigmoid", format="notebook"), "sigmoid: correct"),
    "batch_norm": (lambda: dx.explain("batch_norm", format="notebook"), "batch_norm: correct"),
    "formula": (lambda: dx.explain("x*exp(-x**2)", format="notebook"), "product rule [proved]"),
    "apples": (lambda: apples().explain("notebook"), "graph of price: correct; backward proved"),
}


@pytest.mark.parametrize("name", BOOKS)
def test_notebooks_run_from_top_to_bottom(name):
    make, said = BOOKS[name]
    book = nbformat.reads(make(), 4)
    nbformat.validate(book)
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    printed = "".join(o.get("text", "") for cell in book.cells for o in cell.get("outputs", ()))
    assert said in printed
    assert all(cell.execution_count for cell in book.cells if cell.cell_type == "code")
