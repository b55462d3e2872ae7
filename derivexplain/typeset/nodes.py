"""Nodes of the display tree: what stands on the page, in the order it stands there.

The tree says what a part *is* (a fraction, a sum, a letter with a hat), never how a language writes
it; parentheses that the mathematics needs are in the tree, those that only one language needs
(`1/(2*x)` in plain text) are that printer's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar, dataclass_transform

Answer = TypeVar("Answer")
Kind = TypeVar("Kind")


@dataclass_transform(frozen_default=True)
def record(kind: type[Kind]) -> type[Kind]:
    """A frozen record to whoever checks types; no guard at run time makes it twice as slow to build."""
    return dataclass(unsafe_hash=True)(kind)


@record
class Letter:
    """A name: `base` is one Unicode letter or an upright word; `accent` is hat, bar, tilde or dot."""

    name: str
    base: str
    accent: str = ""
    sub: str = ""
    bold: bool = False
    sup: str = ""

    @property
    def is_word(self) -> bool:
        return len(self.base) > 1 or self.base >= "\u2e80"  # 入 is one, as price is


@record
class Number:
    text: str


@record
class Words:
    """Words inside a formula, in the reader's language."""

    text: str


@record
class Sum:
    """Terms with their signs: (("+", a), ("-", b)); a lone negative term is a negation."""

    terms: tuple[tuple[str, Node], ...]


@record
class Product:
    """Factors side by side; `dot` puts a visible sign between them ("", "dot" or "odot")."""

    factors: tuple[Node, ...]
    dots: tuple[str, ...]  # one fewer than factors


@record
class Fraction:
    over: Node
    under: Node
    inline: bool = False


@record
class Power:
    base: Node
    exponent: Node


@record
class Subscript:
    base: Node
    indices: tuple[Node, ...]


@record
class Root:
    body: Node
    degree: int = 2


@record
class Fence:
    """A pair of brackets: round, square, bars, floor or ceil."""

    body: Node
    kind: str = "round"


@record
class Call:
    """A function with its arguments; `bare` writes one letter without brackets: log x."""

    name: str
    args: tuple[Node, ...]
    bare: bool = False
    power: Node | None = None


@record
class Big:
    """A sum or a maximum over letters: `kind` is sum, max or prod."""

    kind: str
    letters: tuple[Node, ...]
    body: Node


@record
class Cases:
    """Values with their conditions; a condition of None is "otherwise", whose word is `otherwise`."""

    rows: tuple[tuple[Node, Node | None], ...]
    when: str = "if"
    otherwise: str = "otherwise"


@record
class Partial:
    """An open derivative; `inside` puts a short body above the line, else it stands behind it."""

    body: Node
    wrt: tuple[tuple[Node, int], ...]
    sign: str = "∂"
    inside: bool = True


@record
class Relation:
    """Sides with relations between them: a = b = c, x > 0."""

    sides: tuple[Node, ...]
    signs: tuple[str, ...]


@record
class Listed:
    """Things side by side with commas or a word between them."""

    items: tuple[Node, ...]
    word: str = ","


@record
class Mark:
    """A part that is coloured: `role` is "from" (about to change), "to" (what it became) or "wrong"."""

    body: Node
    role: str


@record
class Matrix:
    rows: tuple[tuple[Node, ...], ...]


Node = (
    Letter | Number | Words | Sum | Product | Fraction | Power | Subscript | Root | Fence | Call | Big | Cases
    | Partial | Relation | Listed | Mark | Matrix
)  # fmt: skip


PARTS: Mapping[type, Callable[[Any], tuple[Node, ...]]] = {
    Sum: lambda n: tuple(t for _, t in n.terms),
    Product: lambda n: n.factors,
    Fraction: lambda n: (n.over, n.under),
    Power: lambda n: (n.base, n.exponent),
    Subscript: lambda n: (n.base, *n.indices),
    Root: lambda n: (n.body,),
    Fence: lambda n: (n.body,),
    Mark: lambda n: (n.body,),
    Call: lambda n: n.args if n.power is None else (*n.args, n.power),
    Big: lambda n: (*n.letters, n.body),
    Cases: lambda n: tuple(part for row in n.rows for part in row if part is not None),
    Partial: lambda n: (n.body, *(v for v, _ in n.wrt)),
    Relation: lambda n: n.sides,
    Listed: lambda n: n.items,
    Matrix: lambda n: tuple(part for row in n.rows for part in row),
}


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes right below this one, in reading order."""
    known = PARTS.get(type(node))
    return known(node) if known else ()


def once(find: Callable[[Node], Answer], name: str = "") -> Callable[[Node], Answer]:
    """A function of nodes that is asked once about each: the answer stays with the node, under this name.

    From line to line of a derivation most parts stay as they are, and the tree has each of them once.
    """
    name = name or f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def asked(node: Node) -> Answer:
        known = node.__dict__
        answer = known.get(name)
        if answer is None:
            answer = known[name] = find(node)
        return answer

    return asked


@once
def marked(node: Node) -> bool:
    """Whether a part of this is coloured."""
    return isinstance(node, Mark) or any(map(marked, parts(node)))


GAPS = {Sum: 3.0, Product: 0.7, Relation: 3.0, Listed: 1.5, Fence: 1.0, Root: 1.5}  # between two parts


@once
def width(node: Node) -> float:
    """About how wide the node is on the page, in letters."""
    match node:
        case Letter(_, base, _, sub):
            return len(base) + 0.6 * len(sub)
        case Number(text) | Words(text):
            return len(text)
        case Fraction(over, under):
            return max(width(over), width(under)) + 0.5
        case Power(base, exponent):
            return width(base) + 0.6 * width(exponent)
        case Subscript(base, indices):
            comma = 0.4 if isinstance(base, Letter) and base.sub else 0
            return width(base) + comma + 0.6 * sum(map(width, indices))
        case Call(name, args):
            return len(name) + 2 + sum(map(width, args))
        case Big(_, letters, body):
            return max(2.0, 0.6 * sum(map(width, letters))) + width(body)
        case Cases(rows):
            values = max(width(v) for v, _ in rows)
            return 8 + values + max((width(c) for _, c in rows if c is not None), default=0)
        case Partial(body, wrt, _, inside):
            below = sum(1 + width(letter) for letter, _ in wrt)
            return max(3, 1 + width(body), below) if inside else max(5, 2 + below) + width(body)
        case Matrix(rows):
            return 2 + sum(2 + max(width(r[j]) for r in rows) for j in range(len(rows[0])))
    inner = parts(node)
    return sum(map(width, inner)) + GAPS.get(type(node), 0.0) * max(1, len(inner) - 1)


@once
def height(node: Node) -> int:
    """How many lines of text the node is tall: 1 for what fits in running text."""
    below = max(map(height, parts(node)), default=1)
    match node:
        case Fraction(over, under, inline):
            return 1 if inline else height(over) + height(under)
        case Partial():
            return below + 1
        case Cases(rows):
            return max(len(rows), below)
        case Big():
            return max(2, below)
    return below


def minus(node: Node) -> Sum:
    """The node with a minus in front."""
    if isinstance(node, Sum):
        node = Fence(node)
    return Sum((("-", node),))


def flat(node: Node) -> Node:
    """An exponent: its fractions lie on the line, e^{-x²/2}."""
    match node:
        case Sum(terms):
            return Sum(tuple((sign, flat(t)) for sign, t in terms))
        case Fraction(over, under) if height(over) == height(under) == 1:
            over = Fence(over) if isinstance(over, Sum) else closed(over)
            under = Fence(under) if isinstance(under, Sum | Product) else under
            return Fraction(over, under, inline=True)
    return node


def closed(node: Node) -> Node:
    """What something follows on its line: a function at its end has brackets, log(x)/y."""
    if isinstance(node, Product):
        return replace(node, factors=(*node.factors[:-1], closed(node.factors[-1])))
    return replace(node, bare=False) if isinstance(node, Call) else node


def bare(node: Node) -> Node:
    """The node without its colour."""
    while isinstance(node, Mark):
        node = node.body
    return node


def atomic(node: Node) -> bool:
    """Whether a power may stand on it without brackets."""
    node = bare(node)
    if isinstance(node, Call):
        return not (node.bare or node.power or node.name in ("log", "ln"))
    return isinstance(node, Letter | Number | Subscript | Fence | Matrix)
