"""Typst mathematics: the display tree for PDF without TeX."""

from __future__ import annotations

import re
from dataclasses import replace

from .functions import BUILT_IN
from .nodes import (  # fmt: skip
    Big,
    Call,
    Cases,
    Fence,
    Fraction,
    Letter,
    Listed,
    Mark,
    Matrix,
    Node,
    Number,
    Partial,
    Power,
    Product,
    Relation,
    Root,
    Subscript,
    Sum,
    Words,
    once,
)

ACCENTS = {"hat": "hat", "bar": "macron", "tilde": "tilde", "dot": "dot"}
SIGNS = {"≠": "!=", "≤": "<=", "≥": ">="}
DOTS = {"": " ", "dot": " dot ", "times": " times ", "odot": " ⊙ ", "call": " "}
FENCES = {"round": ("(", ")"), "square": ("[", "]"), "bars": ("|", "|"), "floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉")}


def typst(node: Node, colours: bool = True) -> str:
    """The node as Typst mathematics (without dollars); marks call ``#mark("role", $...$)`` of the document."""
    return (COLOURED if colours else PLAIN).write(node)


def string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Printer:
    def __init__(self, colours: bool) -> None:
        self.colours = colours
        self.write = once(self.written, f"typst {colours}")
        self.argument = once(self.argued, f"typst argument {colours}")

    def written(self, node: Node) -> str:
        match node:
            case Letter():
                return letter(node)
            case Subscript(base, indices):
                return f"attach({self.below(base, indices)})"
            case Product(factors, dots):
                out = self.write(factors[0])
                for dot, factor in zip(dots, factors[1:]):
                    out += DOTS[dot] + self.write(factor)
                return out
            case Partial():
                return self.partial(node)
            case Big(kind, letters, body):
                sign = {"sum": "sum", "prod": "product"}.get(kind, f"op({string(kind)}, limits: #true)")
                return f"attach({sign}, b: {self.indices(letters, True)}) {self.write(body)}"
            case Sum(terms):
                out = ("-" if terms[0][0] == "-" else "") + self.write(terms[0][1])
                return out + "".join(f" {sign} {self.write(term)}" for sign, term in terms[1:])
            case Fraction(over, under, True):
                return f"{self.write(over)} slash {self.write(under)}"
            case Fraction(over, under):
                return f"frac({self.argument(over)}, {self.argument(under)})"
            case Power(Subscript(base, indices), exponent):
                return f"attach({self.below(base, indices)}, t: {self.argument(exponent)})"
            case Power(base, exponent):
                return f"attach({self.argument(base)}, t: {self.argument(exponent)})"
            case Number(text):
                return text
            case Fence(body, kind):
                return self.fence(body, kind)
            case Call():
                return self.call(node)
            case Mark(body, role):
                return f"#mark({string(role)}, ${self.write(body)}$)" if self.colours else self.write(body)
            case Relation(sides, signs):
                return self.write(sides[0]) + "".join(
                    f" {SIGNS.get(sign, sign)} {self.write(side)}" for sign, side in zip(signs, sides[1:])
                )
            case Root(body, degree):
                return f"sqrt({self.argument(body)})" if degree == 2 else f"root({degree}, {self.argument(body)})"
            case Cases():
                return self.cases(node)
            case Listed(items, word):
                return (" , " if word == "," else f" {string(f' {word} ')} ").join(map(self.write, items))
            case Words(text):
                return string(text)
            case Matrix(rows):
                return 'mat(delim: "[", ' + "; ".join(", ".join(map(self.argument, r)) for r in rows) + ")"
        raise TypeError(node)

    def argued(self, node: Node) -> str:
        """Inside a function call commas and semicolons would part arguments: content brackets keep them."""
        inner = self.write(node)
        return f"#${inner}$" if needs_brackets(inner) else inner

    def indices(self, indices: tuple[Node, ...], comma: bool = False) -> str:
        letters = all(isinstance(i, Letter | Number) for i in indices)
        between = " " if letters and not comma else '","'
        return between.join(map(self.argument, indices))

    def below(self, base: Node, indices: tuple[Node, ...]) -> str:
        """A letter's own subscript and its indices stand on one line."""
        if not isinstance(base, Letter) or not base.sub:
            return f"{self.argument(base)}, b: {self.indices(indices)}"
        return f'{self.argument(replace(base, sub=""))}, b: {subscript(base.sub)}","{self.indices(indices)}'

    def fence(self, body: Node, kind: str) -> str:
        opening, closing = FENCES[kind]
        return f"lr({opening} {self.argument(body)} {closing})"

    def call(self, node: Call) -> str:
        name = node.name if node.name in BUILT_IN else f"op({string(node.name)})"
        if len(node.name) == 1:
            name = node.name
        if node.power:
            name = f"attach({name}, t: {self.argument(node.power)})"
        if node.bare:
            return f"{name} {self.write(node.args[0])}"
        args = '","thin '.join(map(self.argument, node.args))
        return f"{name} lr(( {args} ))"

    def cases(self, node: Cases) -> str:
        rows = []
        for value, condition in node.rows:
            if condition is None:
                rows.append(f"{self.argument(value)} & {string(node.otherwise)}")
            else:
                when = string(node.when + " ") + " " if node.when else ""
                rows.append(f"{self.argument(value)} & {when}{self.argument(condition)}")
        return f"cases({', '.join(rows)})"

    def partial(self, node: Partial) -> str:
        order = sum(n for _, n in node.wrt)
        sign = "partial" if node.sign == "∂" else "d"
        top = f"attach({sign}, t: {order})" if order > 1 else sign
        below = " ".join(
            f"{sign} " + (f"attach({self.argument(v)}, t: {n})" if n > 1 else self.argument(v)) for v, n in node.wrt
        )
        if node.inside:
            return f"frac({top} {self.argument(node.body)}, {below})"
        return f"frac({top}, {below}) {self.write(node.body)}"


COLOURED, PLAIN = Printer(colours=True), Printer(colours=False)


PARTING = re.compile(r'"[^"]*"?|[()\[\]{},;]')


def needs_brackets(inner: str) -> bool:
    """Whether a comma or semicolon stands outside of all brackets and strings."""
    depth = 0
    for sign in PARTING.findall(inner) if "," in inner or ";" in inner else ():
        depth += (sign in "([{") - (sign in ")]}")
        if sign in ",;" and depth == 0:
            return True
    return False


def letter(node: Letter) -> str:
    if node.is_word:
        base = f"upright({string(node.base)})"
    elif node.base.isalpha() and node.base.isascii():
        base = node.base
    else:
        base = {"∞": "infinity", "′": "prime"}.get(node.base, node.base)
    if node.bold:
        base = f"upright(bold({base}))"
    if node.accent:
        base = f"{ACCENTS[node.accent]}({base})"
    if node.sub:
        base = f"attach({base}, b: {subscript(node.sub)})"
    return base


def subscript(sub: str) -> str:
    return sub if len(sub) == 1 or sub.isdigit() else f"upright({string(sub)})"
