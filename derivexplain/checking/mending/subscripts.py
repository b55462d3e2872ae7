"""Subscripts: the letters of an einsum, two of them exchanged, or another one kept."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

from .places import Change, called


def letters(node: ast.Call) -> Iterator[Change]:
    """``bij,bid->bjd`` for ``bij,bjd->bid``: one operand or the result with two axes in each other's place."""
    text = node.args[0].value if called(node) == "einsum" and isinstance(node.args[0], ast.Constant) else None
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z, ]+->[A-Za-z ]*", text):
        return
    inputs, _, out = text.replace(" ", "").partition("->")
    terms = [*inputs.split(","), out]

    def with_term(k: int, term: str) -> ast.Call:
        again = [*terms[:k], term, *terms[k + 1 :]]
        return ast.Call(
            node.func, [ast.Constant(f"{','.join(again[:-1])}->{again[-1]}"), *node.args[1:]], node.keywords
        )

    for k, term in enumerate(terms):
        for i, j in itertools.combinations(range(len(term)), 2):
            mixed = list(term)
            mixed[i], mixed[j] = mixed[j], mixed[i]
            yield 4, "transposed", with_term(k, "".join(mixed))
    for k, letter in itertools.product(range(len(terms) - 1), sorted({*inputs, *out} - {","})):
        for i in range(len(terms[k])):  # ni,mj->ij for ni,nj->ij: an axis summed alone
            if letter not in terms[k]:
                yield 5, "axis", with_term(k, terms[k][:i] + letter + terms[k][i + 1 :])
    for i, letter in itertools.product(range(len(out)), sorted(set(inputs) - {",", *out})):
        yield 5, "axis", with_term(len(terms) - 1, out[:i] + letter + out[i + 1 :])
