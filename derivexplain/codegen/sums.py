"""Sums over axes as NumPy writes them: matrix products, einsum, and reductions along axes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sympy as sp

from ..arrays.closing import axis_of
from ..arrays.contraction import Letters, contraction
from ..indices import letters_of, parts, unnest
from ..symbols import MaxOver, SumOver, length
from .texts import ATOM, PRODUCT, NoPlainForm, Text, order

if TYPE_CHECKING:
    from .expressions import Coder


def mean(coder: Coder, factor: SumOver, factors: list[Any], out: Letters) -> str | None:
    """A sum divided by the number of its terms, the division taken out of `factors`; or None."""
    letters, body = unnest(factor)
    counts = [1 / length(axis_of(k, body, coder.layout)) for k in letters]
    if not all(c in factors for c in counts) or len(set(counts)) != len(counts):
        return None
    if contraction(letters, body, out) is not None:
        return None
    for gone in (factor, *counts):
        factors.remove(gone)
    return reduced(coder, letters, body, out, "mean")[0]


def sum_over(coder: Coder, expr: SumOver, out: Letters) -> Text:
    letters, body = unnest(expr)
    product = contraction(letters, body, out)
    if product is not None:
        c = product
        left = coder.inner(c.left, (*c.shared, *c.rows, c.over), ATOM)
        right = coder.inner(c.right, (*c.shared, c.over, *c.columns), ATOM)
        text = f"{left} @ {right}"
        have = (*c.shared, *c.rows, *c.columns)
        if gaps(have, out):
            return coder.placed(f"({text})", have, out)
        return text, PRODUCT
    factors = sp.Mul.make_args(body)
    if len(factors) > 1 and not any(letters_of(f) == letters_of(body) for f in factors):
        return einsum(coder, letters, factors, out)
    return reduced(coder, letters, body, out, "sum")


def einsum(coder: Coder, letters: list[sp.Symbol], factors: Iterable[Any], out: Letters) -> Text:
    """A product of arrays none of which has all axes, summed without ever being built."""
    groups: dict[frozenset[Any], Any] = {}
    for factor in sorted(factors, key=order):
        key = frozenset(letters_of(factor))
        groups[key] = groups.get(key, sp.Integer(1)) * factor
    operands, names = [], []
    for factor in groups.values():
        own = natural_order(factor)
        operands.append(coder.text(factor, own)[0])
        names.append(own)
    have = tuple(i for i in out if any(i in own for own in names))
    signature = ",".join("".join(i.name for i in own) for own in names) + "->" + "".join(i.name for i in have)
    if any(len(i.name) > 1 for own in names for i in own):
        raise NoPlainForm
    text = f"np.einsum({signature!r}, {', '.join(operands)})".replace("'", '"')
    return coder.placed(text, have, out) if gaps(have, out) else (text, ATOM)


def reduced(coder: Coder, letters: list[sp.Symbol], body: Any, out: Letters, kind: str) -> Text:
    """A body summed (averaged, searched) along axes; kept with length 1 where others follow them."""
    free = letters_of(body)
    left = [k for k in letters if k in free]
    if left != letters:
        raise NoPlainForm
    room: list[sp.Symbol] = []  # where every letter of the body stands
    for i in out:
        if i in free:
            room.append(i)
        else:
            same = [k for k in left if axis_of(k, body, coder.layout) == coder.layout.letters.get(i, i)]
            if same:
                room.append(same[0])
                left.remove(same[0])
    room = natural(body, [i for i in room if i in out], [*[i for i in room if i not in out], *left], room)
    axes = [room.index(k) for k in letters]
    first = min((n for n, i in enumerate(room) if i in out), default=len(room))
    have = tuple(i for i in room if i in out)
    keep = any(n > first for n in axes) and gaps(have, out)
    axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, sorted(axes)))})"
    arguments = f"axis={axis}, keepdims=True" if keep else f"axis={axis}"
    if len(axes) == len(room):
        arguments = ""
    text = f"{coder.inner(body, tuple(room), ATOM)}.{kind}({arguments})"
    if not keep and have and gaps(have, out):
        return coder.placed(text, have, out)
    if keep and gaps(tuple(i if i in out else o for i, o in zip(room, out)), out):
        raise NoPlainForm
    return text, ATOM


def natural(body: Any, kept: list[Any], gone: list[Any], room: list[Any]) -> list[Any]:
    """The order of axes that needs no transposing, where the kept ones stay in order."""
    if len(room) == len(kept) + len(gone) and any(i not in kept for i in room):
        return room
    arrays = [parts(a)[1] for a in body.atoms(sp.Indexed)]
    best = max(arrays, key=lambda a: (len(set(a) & {*kept, *gone}), str(a)), default=())
    found = [i for i in best if i in kept or i in gone]
    rest = [k for k in gone if k not in found]
    if [i for i in found if i in kept] == kept:
        return rest + found
    return gone + kept


def max_over(coder: Coder, expr: MaxOver, out: Letters) -> Text:
    letters, body = [], expr
    while isinstance(body, MaxOver):
        letters.append(body.index)
        body = body.body
    return reduced(coder, letters, body, out, "max")


def natural_order(expr: Any) -> Letters:
    """The letters of an expression in the order of the entry that has most of them."""
    found = letters_of(expr)
    entries = [a.indices for a in sorted(expr.atoms(sp.Indexed), key=str)]
    best = max(entries, key=lambda e: len(found & set(e)), default=())
    first = tuple(dict.fromkeys(i for i in best if i in found))
    return (*first, *sorted(found - set(first), key=str))


def gaps(have: Letters, out: Letters) -> bool:
    """Whether an axis of `out` that is missing stands after one that is there."""
    present = [i in have for i in out]
    return True in present and not all(present[present.index(True) :])
