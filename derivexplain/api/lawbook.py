"""The page of laws: the tables of `laws/` printed, each line with what its own proof said.

python -m derivexplain.api.lawbook > docs/laws.md
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from ..law import HOLES, Law, Move, x
from ..laws import algebra, calculus
from ..proof import equal
from ..story import Verdict
from ..typeset import text, tree

INSIDE = {  # functions that take values where a law holds, for laws that do not hold everywhere
    "u**2 < 1": sp.tanh(x),
    "u**2 > 1": sp.cosh(x) + 1,
    "u > 0": sp.exp(x) + x**2,
    "u > 1": sp.cosh(x) + 1,
}
LETTERS = {HOLES[name]: sp.Symbol(name) for name in "uvw"}


def trial(law: Law) -> Verdict:
    """The law proved by itself: with undefined functions, or with some whose values lie where it holds."""
    moves = specimens(law)
    return equal(law.lhs.xreplace(moves), law.rhs.xreplace(moves), effort="full")


def specimens(law: Law) -> dict[Any, Any]:
    """What is put into the holes of a law for its trial."""
    words = " ".join(str(r).replace("u(x)", "u") for r in law.when)
    if not words:
        return {}
    inner = next((f for need, f in INSIDE.items() if need in words), sp.exp(sp.sin(x)) / 4)
    return {HOLES["u"]: inner, HOLES["c"]: sp.Symbol("c", positive=True)}


def page() -> str:
    return "\n".join(lines()) + "\n"


def lines() -> Iterator[str]:
    yield "# The laws"
    yield ""
    yield "Printed from `derivexplain/laws` by `python -m derivexplain.api.lawbook`. Each law is an equation, and"
    yield "each is proved by itself, by a witness that does not know the table. u, v, w are functions of x; c and n"
    yield "are constants; arccot(u) is arctan(1/u), between -π/2 and π/2, which jumps at u = 0."
    for title, laws in (
        ("Calculus", (*calculus.LAWS, *calculus.KNOWN)),
        ("Relations between kernels", algebra.RELATIONS),
        ("Spellings", (*algebra.QUOTIENTS, *algebra.INVERSES, *algebra.SQUARES, *algebra.POSITIVE)),
    ):
        yield ""
        yield f"## {title}"
        yield ""
        yield "| id | law | where | status |"
        yield "|-|-|-|-|"
        for law in laws:
            where = ", ".join(f"`{shown(r)}`" for r in law.when) or "wherever defined"
            yield f"| {law.id} | `{shown(law.lhs)} = {shown(law.rhs)}` | {where} | {trial(law).status} |"
    yield ""
    yield "## Moves"
    yield ""
    yield "What no equation can say; what a move makes of a node is checked each time it is used."
    yield ""
    yield "| id | what it does |"
    yield "|-|-|"
    for move in calculus.MOVES:
        yield f"| {move.id} | {summary(move)} |"


def shown(expr: Any) -> str:
    """A formula as text, the holes as plain letters; a bar would end the table's cell."""
    return text(tree(expr.xreplace(LETTERS))).replace("|", "\\|")


def summary(move: Move) -> str:
    return " ".join((move.apply.__doc__ or "").split("\n\n")[0].split())


if __name__ == "__main__":
    print(page(), end="")
