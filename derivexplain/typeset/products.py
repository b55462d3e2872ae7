"""Products: factors over divisors as one fraction, and the brackets and dots that keep neighbours apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.core.function import Derivative

from ..digits import decimal
from ..symbols import MaxOver, SumOver
from .nodes import (  # fmt: skip
    Big,
    Call,
    Cases,
    Fence,
    Fraction,
    Letter,
    Mark,
    Node,
    Number,
    Partial,
    Power,
    Product,
    Relation,
    Subscript,
    Sum,
    bare,
    height,
    minus,
    once,
    parts,
    width,
)
from .order import divided, negative

HALF, ROOT_OF_PI = sp.Rational(1, 2), sp.sqrt(sp.pi)
CLOSED = {Sum, Relation}  # what has brackets as a factor
OPEN = {Big, Cases}  # and what has them before another one
BASED = (Power, Subscript)
MADE_OF = (Mark, Product)
DOTTED = {(Number, Fraction), (Fraction, Fraction), (Fraction, Cases), (Call, Call)}  # neighbours with a dot
BEHIND = (SumOver, MaxOver, sp.Piecewise, Derivative, sp.Sum)  # what stands behind a fraction, not on it


def product(s: Any, args: Iterable[Any], keep: bool) -> Node:
    """Factors over divisors: one fraction, unless fractions were held apart or the body is too big for one."""
    sign, number_over, number_under = 1, 1, 1
    over: list[Any] = []
    under: list[Any] = []
    apart: list[Node] = []  # parts already spelt: fractions that somebody kept as they are
    behind: list[Any] = []
    args = tuple(args)
    nested = keep and sum(1 for a in args if divided(a)) > 1
    for a in args:
        if nested and divided(a) or a in s.marks:
            apart.append(s.spell(a))
            continue
        if a.is_Rational:
            sign *= -1 if a.p < 0 else 1
            if keep and a.p == a.q:
                over.append(a)
            number_over, number_under = number_over * abs(a.p), number_under * a.q
        elif isinstance(a, sp.Pow) and negative(a.exp) and a.base != sp.E:
            flipped = a.base if a.exp == -1 else sp.Pow(a.base, -a.exp, evaluate=False)
            if a.exp.is_Rational and a.exp.q != 1:
                flipped = sp.Pow(a.base, -a.exp)
            under.append(flipped)
        elif isinstance(a, BEHIND):
            behind.append(a)
        else:
            over.append(a)
    number_under = number_under if keep else roots_told(over, under, number_under)
    tops = [s.spell(a) for a in over]
    bottoms = [s.spell(a) for a in under]
    if short := decimal(number_over, number_under):
        tops.insert(0, Number(short))
        number_over = number_under = 1
    if number_under != 1:
        bottoms.insert(0, Number(str(number_under)))
    if number_over != 1 or number_over == 1 and not tops and not (behind or apart) and not bottoms:
        tops.insert(0, Number(str(number_over)))
    nodes: list[Node] = []
    if bottoms:
        wide = (
            number_under != 1 and not under and (sum(map(width, tops)) > 4 or max(map(height, tops), default=1) > 1)
        )
        if wide:
            lead = tops.pop(0) if number_over != 1 else Number("1")
            nodes.append(Fraction(lead, bottoms[0]))
            nodes += tops
        else:
            tall = [n for n in tops if isinstance(bare(n), Sum) and has_fractions(n)]  # which stand on no other one
            over_line = [n for n in tops if n not in tall]
            nodes.append(Fraction(joined(over_line) if over_line else Number("1"), joined(bottoms)))
            nodes += tall
    else:
        nodes += tops
    whole = joined(nodes + apart + [s.spell(a) for a in behind])
    return minus(whole) if sign < 0 else whole


def roots_told(over: list[Any], under: list[Any], number: int) -> int:
    """SymPy's sqrt(2)/2 as everybody writes it, 1/sqrt(2), and one root beside pi: sqrt(2/pi), 1/sqrt(2 pi).

    What is left of the number below.
    """
    for a in [a for a in over if isinstance(a, sp.Pow) and a.exp == HALF and a.base.is_Integer]:
        below, with_pi = number % a.base == 0, ROOT_OF_PI in under
        if with_pi:
            under.remove(ROOT_OF_PI)
            root = sp.Pow(a.base * sp.pi if below else a.base / sp.pi, HALF, evaluate=False)
        else:
            root = a
        if below:
            number //= int(a.base)
            over.remove(a)
            under.insert(0, root)
        else:
            over[over.index(a)] = root
    return number


@once
def has_fractions(node: Node) -> bool:
    """Whether a fraction stands anywhere in a node; an open derivative is none."""
    return isinstance(node, Fraction) or any(map(has_fractions, parts(node)))


def joined(nodes: list[Node]) -> Node:
    """Factors side by side, with the brackets and the dots that keep them apart."""
    if Product in map(type, nodes):
        nodes = [factor for node in nodes for factor in side_by_side(node)]
    if len(nodes) == 1:
        return nodes[0]
    if isinstance(nodes[0], Sum) and len(nodes[0].terms) == 1:
        sign, first = nodes[0].terms[0]
        return Sum(((sign, joined([first, *nodes[1:]])),))
    fenced: list[Node] = []
    for rest, node in zip(range(len(nodes) - 1, -1, -1), nodes):
        inner = bare(node)
        if (kind := type(inner)) in CLOSED or rest and kind in OPEN:
            node = Fence(node)
        elif rest and isinstance(inner, Call) and inner.bare:
            node = Call(inner.name, inner.args)
        elif rest and isinstance(inner, Partial) and not inner.inside and not isinstance(inner.body, Fence):
            node = replace(inner, body=Fence(inner.body))
        fenced.append(node)
    return Product(tuple(fenced), tuple(map(joint, fenced, fenced[1:])))


def side_by_side(node: Node) -> tuple[Node, ...]:
    """The factors of a product that needs no sign of its own, so that none of them ends open in mid-product."""
    return node.factors if isinstance(node, Product) and not {"odot", "call"} & set(node.dots) else (node,)


def joint(a: Node, b: Node) -> str:
    """Whether two neighbours need a dot between them: 2·3, two fractions, a word and a word, d/dx after a letter."""
    a, b = end_of(a, -1), end_of(b, 0)
    kinds = type(a), type(b)
    if kinds[1] is Number or Partial in kinds or kinds in DOTTED or kinds[0] is Letter and a == b:
        return "dot"
    a, b = stem(a), stem(b)
    return "dot" if type(a) is type(b) is Number or is_word(a) or is_word(b) else ""  # 3²·3²


def end_of(node: Node, place: int) -> Node:
    """What stands at an end of a product, without its colour."""
    while isinstance(node, MADE_OF):
        node = node.body if isinstance(node, Mark) else node.factors[place]
    return node


def stem(node: Node) -> Node:
    return node.base if isinstance(node, BASED) else node


def is_word(node: Node) -> bool:
    return isinstance(node, Letter) and node.is_word
