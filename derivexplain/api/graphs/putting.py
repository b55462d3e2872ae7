"""Numbers put into a display tree where letters stood, with the signs and brackets between them that they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ...typeset import nodes
from ...typeset.spelling import joint

Node = Any


def put(tree: Node, table: Mapping[Node, Node]) -> Node:
    """The tree with other nodes in the place of some: letters, entries, derivatives."""
    if isinstance(tree, tuple):
        return tuple(put(part, table) for part in tree)
    if not is_dataclass(tree) or isinstance(tree, type):
        return tree
    if tree in table:
        return table[tree]
    if isinstance(tree, nodes.Letter | nodes.Number):
        return tree
    if isinstance(tree, nodes.Product):
        factors = tuple(bracketed(put(f, table)) for f in tree.factors)
        pairs = zip(tree.dots, factors, factors[1:])
        dots = tuple(d or ("dot" if _numeric(a) or _numeric(b) else joint(a, b)) for d, a, b in pairs)
        return nodes.Product(factors, dots)
    if isinstance(tree, nodes.Sum):
        terms = [(sign, put(t, table)) for sign, t in tree.terms]
        return nodes.Sum(tuple((s, bracketed(t) if k or s == "-" else t) for k, (s, t) in enumerate(terms)))
    if isinstance(tree, nodes.Power):
        base = put(tree.base, table)
        base = base.body if isinstance(base, nodes.Fence) and isinstance(base.body, nodes.Number) else base
        simple = isinstance(base, nodes.Number | nodes.Letter | nodes.Fence | nodes.Subscript)
        return nodes.Power(base if simple else nodes.Fence(base), put(tree.exponent, table))
    return replace(tree, **{f.name: put(getattr(tree, f.name), table) for f in fields(tree)})


def product(a: Node, b: Node) -> Node:
    """a · b with a visible sign; what has a minus or is a sum gets brackets, products are joined."""
    right = b.factors if isinstance(b, nodes.Product) else (bracketed(b),)
    dots = b.dots if isinstance(b, nodes.Product) else ()
    return nodes.Product((bracketed(a), *right), ("dot", *dots))


def added(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else nodes.Sum(tuple(("+", bracketed(t)) for t in terms))


def bracketed(node: Node) -> Node:
    return nodes.Fence(node) if isinstance(node, nodes.Sum) else node


def negative(node: Node) -> Node:
    return nodes.Sum((("-", bracketed(node)),))


def is_number(node: Node) -> bool:
    """Whether a tree is a number and nothing to compute."""
    alone = isinstance(node, nodes.Sum) and len(node.terms) == 1
    return isinstance(node.terms[0][1] if alone else node, nodes.Number)


def _numeric(node: Node) -> bool:
    inner = node.body if isinstance(node, nodes.Fence) else node
    if isinstance(inner, nodes.Sum) and len(inner.terms) == 1:
        inner = inner.terms[0][1]
    if isinstance(inner, nodes.Power):
        inner = inner.base
    return isinstance(inner, nodes.Number)
