"""Planting: wrong variants of the rules of autodiff libraries, one slip in each, with what was done to it.

    python benchmarks/planting.py > tests/data/wrong_rules.csv

From every rule one way to go wrong at most is taken, and every way equally often; the codes after | are other
names for the same thing (a factor 2 lost is a constant lost).
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import sympy as sp

from derivexplain import proof, reading
from derivexplain.api.naming import slope
from derivexplain.diagnosis.writing import chain, product, unmarked
from derivexplain.diagnosis.writing import slope as marked
from derivexplain.symbols import real

RULES = Path(__file__).parent.parent / "tests" / "data" / "autodiff_rules.txt"
COUNT = 150
x, y = real("x"), real("y")
PAIRS = {sp.sin: sp.cos, sp.cos: sp.sin, sp.sinh: sp.cosh, sp.cosh: sp.sinh}
Wrong = Iterator[Any]


def replaced(e: Any, part: Any, other: Any) -> Any:
    return e.xreplace({part: other})


def nodes(e: Any, *kinds: type) -> list[Any]:
    return [n for n in sp.preorder_traversal(e) if isinstance(n, kinds) and not n.has(sp.Tuple)]


def sign(f: Any, e: Any) -> Wrong:
    yield -e


def sign_inside(f: Any, e: Any) -> Wrong:
    for n in nodes(e, sp.Add):
        *rest, last = n.args
        yield replaced(e, n, sp.Add(*rest, -last))


def doubled(f: Any, e: Any) -> Wrong:
    yield 2 * e


def halved(f: Any, e: Any) -> Wrong:
    yield e / 2


def number_lost(f: Any, e: Any) -> Wrong:
    for n in nodes(e, sp.Mul):
        if abs(n.args[0]) not in (1,) and n.args[0].is_Rational:
            yield replaced(e, n, sp.Mul(sp.sign(n.args[0]), *n.args[1:]))


def power_up(f: Any, e: Any) -> Wrong:
    for n in nodes(e, sp.Pow):
        if n.exp.is_Integer and n.exp not in (-1, 0):
            yield replaced(e, n, n.base ** (n.exp + (1 if n.exp > 0 else -1)))


def power_down(f: Any, e: Any) -> Wrong:
    for n in nodes(e, sp.Pow):
        if n.exp.is_Integer and abs(n.exp) > 1:
            yield replaced(e, n, n.base ** (n.exp - (1 if n.exp > 0 else -1)))


def inner_lost(f: Any, e: Any) -> Wrong:
    whole = marked(f, x)
    for n in nodes(whole, chain):
        yield unmarked(replaced(whole, n, n.args[0]))


def second_term_lost(f: Any, e: Any) -> Wrong:
    whole = marked(f, x)
    for n in nodes(whole, product):
        u, v, p, q = n.args
        yield unmarked(replaced(whole, n, p * v))


def root_lost(f: Any, e: Any) -> Wrong:
    for n in nodes(e, sp.Pow):
        if n.exp in (sp.S.Half, -sp.S.Half) and not n.is_number:
            yield replaced(e, n, n.base ** (2 * n.exp))


def inverted(f: Any, e: Any) -> Wrong:
    yield 1 / e


def constant_lost(f: Any, e: Any) -> Wrong:
    for n in nodes(e, sp.Mul):
        numbers = [a for a in n.args if a.is_number and a != -1]
        if any(not a.is_Rational for a in numbers):
            yield replaced(e, n, sp.Mul(*(a for a in n.args if a not in numbers)))


def input_for_output(f: Any, e: Any) -> Wrong:
    yield replaced(e, y, x)


def output_for_input(f: Any, e: Any) -> Wrong:
    if not e.has(y):
        yield replaced(e, x, y)


def swapped(f: Any, e: Any) -> Wrong:
    for other in sorted(e.free_symbols - {x, y}, key=str):
        yield e.xreplace({x: other, other: x})
    for n in nodes(e, sp.Add):
        if len(n.args) == 2 and any(a.could_extract_minus_sign() for a in n.args):
            yield replaced(e, n, -n)


def exchanged(f: Any, e: Any) -> Wrong:
    for n in nodes(e, *PAIRS):
        yield replaced(e, n, PAIRS[n.func](*n.args))


def of_another(f: Any, e: Any) -> Wrong:
    if e.free_symbols <= {x, y}:
        for other in ("1 - y^2", "y*(1 - y)", "1/(1 + x^2)", "1/(1 + exp(-x))"):
            yield reading.read(other)


def branch(f: Any, e: Any) -> Wrong:
    for n in nodes(e, sp.Piecewise):
        (first, condition), *rest = n.args
        yield replaced(e, n, sp.Piecewise((first, condition), *((-b, c) for b, c in rest)))
        yield replaced(e, n, sp.Piecewise((rest[0].expr, condition), (first, True))) if len(rest) == 1 else e


def threshold(f: Any, e: Any) -> Wrong:
    for n in nodes(e, sp.core.relational.Relational):
        if n.rhs.is_number or n.lhs == x:
            yield replaced(e, n, n.func(n.lhs, n.rhs + 1, evaluate=False))


WAYS: dict[Callable[[Any, Any], Wrong], str] = {
    sign: "sign|swapped",
    sign_inside: "sign|swapped|inverted|power",
    doubled: "factor|constant|extra|slope",
    halved: "factor|constant|slope|extra",
    number_lost: "factor|constant|chain|slope",
    power_up: "power",
    power_down: "power|product-rule",
    inner_lost: "chain|factor|constant|sign",
    second_term_lost: "product-rule|term|factor",
    root_lost: "root|power",
    inverted: "inverted|sign|power|output-for-input|input-for-output",
    constant_lost: "constant|factor|chain|root",
    input_for_output: "input-for-output",
    output_for_input: "output-for-input",
    swapped: "swapped|sign|branch|inverted",
    exchanged: "other-function|value-for-slope",
    of_another: "other-function|value-for-slope",
    branch: "branch|sign|slope",
    threshold: "threshold",
}


def rules() -> list[tuple[str, Any, Any]]:
    lines = RULES.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(";") for line in lines if line and not line.startswith("#")]
    return [(f.strip(), reading.read(f), reading.read(c)) for f, c in pairs]


def planted(count: int = COUNT) -> Iterator[tuple[str, str, str]]:
    """(forward, wrong claim, codes): the ways take turns, each looking for the next rule that it can spoil."""
    waiting = rules()
    ways, idle = cycle(WAYS), 0
    while count and waiting and idle < len(WAYS):
        way, idle = next(ways), idle + 1
        for rule in waiting:
            text, f, e = rule
            wrong = next((w for w in way(f, e) if is_wrong(f, e, w)), None)
            if wrong is not None:
                waiting.remove(rule)
                yield text, str(wrong).replace("lamda", "lambda"), WAYS[way]
                count, idle = count - 1, 0
                break


def is_wrong(f: Any, e: Any, wrong: Any) -> bool:
    """Another claim, and no second spelling of the right one."""
    if wrong == e or wrong.has(sp.zoo, sp.nan) or e.free_symbols and not wrong.free_symbols:
        return False
    inside = wrong.xreplace({y: f})
    return proof.equal(slope(f, x), inside, within=(f,), effort="quick").status == "refuted"


if __name__ == "__main__":
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("forward", "claim", "code"))
    table.writerows(planted())
