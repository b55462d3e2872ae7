"""What is printed reads back as the same value: text, ASCII and LaTeX (a bounded share of benchmarks/round_trip.py)."""

import sys
from pathlib import Path

import pytest
import sympy as sp

from derivexplain.reading import read
from derivexplain.symbols import entry, index, real
from derivexplain.typeset import latex, text, tree

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import round_trip  # noqa: E402


@pytest.mark.parametrize("first", range(0, 100_000, 10_000))
def test_random_expressions_read_back(first):
    told = [
        fault
        for number, expr, true in round_trip.expressions(first, 60)
        for fault in round_trip.faults(expr, true, number)
    ]
    assert not told, "\n".join(told)


def test_a_round_trip_that_fails_is_seen():
    """The sieve itself: another value is told in every language."""
    x = real("x")
    assert len(round_trip.faults(x + 1, round_trip.value(x + 2), 1)) == 3


x, y = real("x"), real("y")
k = index("k")
READ = [
    (sp.Piecewise((x, sp.Or(x > 1, sp.And(y > 0, x < 0))), (y, True)), ""),
    (sp.floor(x) + sp.ceiling(y / 2), ""),
    (sp.polygamma(1, x) ** 2, ""),
    (x * sp.EulerGamma, ""),
    (sp.Mul(x, sp.Piecewise((x, x > 1), (y, True)), y, evaluate=False), ""),
    (real("w_1") * entry("x", k), "k"),
]


@pytest.mark.parametrize("expr, indices", READ, ids=str)
def test_the_very_expression_comes_back(expr, indices):
    node = tree(expr)
    for printed, tex in ((text(node), False), (text(node, ascii=True), False), (latex(node), True)):
        assert read(printed, latex=tex, indices=indices) == expr.doit(), printed
