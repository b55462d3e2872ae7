"""Plain text: the display tree on one line, as our own reader reads it back.

Unicode by default (`y·(1 - y)`, `x²`, `∂L/∂x`); `ascii=True` keeps to the keyboard (`y*(1 - y)`, `x^2`).
"""

from __future__ import annotations

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
    bare,
    once,
)

RAISED = {"2": "²", "3": "³"}
SIGNS = {"≠": "!=", "≤": "<=", "≥": ">=", "→": "->", "↔": "<->", "∈": "in", "≈": "~"}
DOTS = {"": "·", "dot": "·", "odot": " ⊙ ", "times": " × ", "call": ""}
ASCII_DOTS = {"": "*", "dot": "*", "odot": " * ", "times": " x ", "call": ""}
EULER = Letter("E", "e")
TRANSPOSED = (Letter("T", "⊤"), Letter("T", "T"))
SIGNED = {Sum, Relation}  # what needs brackets as a factor
BRACED = {Sum, Product, Fraction, Power, Partial}  # under a power
COMPOUND = {Sum, Product, Fraction, Relation, Partial}  # and under a fraction line
CALLS = {"sgn": "sign", "Γ": "gamma", "ζ": "zeta", "ψ": "digamma"}


def text(node: Node, ascii: bool = False) -> str:
    """The node as one line of text."""
    return (ASCII if ascii else UNICODE).write(node)


class Printer:
    def __init__(self, ascii: bool) -> None:
        self.ascii = ascii
        self.dots = ASCII_DOTS if ascii else DOTS
        self.write = once(self.written, f"text {ascii}")

    def written(self, node: Node) -> str:
        match node:
            case Letter("E", "e"):
                return "exp(1)"  # the reader takes a lone e for a letter
            case Letter(name, base, accent, sub):
                if self.ascii or base in ("⊤",) and self.ascii:
                    return {"oo": "inf"}.get(name, name)
                return base if not accent and not sub else name
            case Subscript(base, indices):
                return f"{self.write(base)}[{','.join(map(self.write, indices))}]"
            case Product(factors, dots):
                out = self.factor(factors[0])
                for dot, factor in zip(dots, factors[1:]):
                    out += self.dots[dot] + self.factor(factor)
                return out
            case Partial():
                return self.partial(node)
            case Big(kind, letters, body):
                return f"{kind}({', '.join(map(self.write, letters))}, {self.write(unfenced(body))})"
            case Sum(terms):
                out = ("-" if terms[0][0] == "-" else "") + self.operand(terms[0][1])
                return out + "".join(f" {sign} {self.operand(term)}" for sign, term in terms[1:])
            case Fraction(over, under):
                return f"{self.factor(over)}/{self.under(under)}"
            case Power(base, exponent):
                return self.power(base, exponent)
            case Number(text) | Words(text):
                return text
            case Fence(body, "round") if isinstance(bare(body), Big):
                return self.write(body)  # sum(k, ...) has brackets of its own
            case Fence(Listed() as body, "round"):
                return f"({self.write(body)})"
            case Fence(body, kind):
                opening, closing = {"round": ("(", ")"), "square": ("[", "]")}.get(kind, ("", ""))
                if kind == "bars":
                    return f"abs({self.write(body)})"
                if kind in ("floor", "ceil"):
                    return f"{kind}({self.write(body)})"
                return opening + self.write(body) + closing
            case Call("ψ", args, _, Fence(order)):
                return f"polygamma({self.write(order)}, {', '.join(map(self.write, args))})"
            case Call(name, args, _, power):
                call = f"{CALLS.get(name, name)}({', '.join(map(self.write, args))})"
                return call if power is None else self.raised(call, power)
            case Mark(body):
                return self.write(body)
            case Relation(sides, signs):
                return self.write(sides[0]) + "".join(
                    f" {(SIGNS.get(sign, sign) if self.ascii else sign)} {self.write(side)}"
                    for sign, side in zip(signs, sides[1:])
                )
            case Root(body, degree):
                return f"{'sqrt' if degree == 2 else 'cbrt'}({self.write(body)})"
            case Cases(rows, when, otherwise):
                return (
                    "{"
                    + "; ".join(
                        f"{self.write(v)} {otherwise if c is None else f'{when} {self.write(c)}'.strip()}"
                        for v, c in rows
                    )
                    + "}"
                )
            case Listed(items, word):
                return (", " if word == "," else f" {word} ").join(map(self.write, items))
            case Matrix(rows):
                return "[" + ", ".join("[" + ", ".join(map(self.write, row)) + "]" for row in rows) + "]"
        raise TypeError(node)

    def operand(self, node: Node) -> str:
        """A term behind a sign."""
        return f"({self.write(node)})" if type(bare(node)) is Sum else self.write(node)

    def factor(self, node: Node) -> str:
        return f"({self.write(node)})" if type(bare(node)) in SIGNED else self.write(node)

    def under(self, node: Node) -> str:
        return f"({self.write(node)})" if type(bare(node)) in COMPOUND else self.write(node)

    def power(self, base: Node, exponent: Node) -> str:
        below = "e" if base == EULER else self.write(base)
        kind = type(bare(base))
        if kind in BRACED or kind is Number and not below.replace(".", "", 1).isdigit():
            below = f"({below})"
        return self.raised(below, exponent)

    def raised(self, below: str, exponent: Node) -> str:
        if isinstance(exponent, Letter) and exponent.base == "′":
            return below + ("'" if self.ascii else "′")
        above = self.write(exponent)
        if not self.ascii and exponent in TRANSPOSED:
            return below + "ᵀ"
        if not self.ascii and above in RAISED:
            return below + RAISED[above]
        simple = isinstance(bare(exponent), Letter | Number | Fence)
        return f"{below}^{above}" if simple else f"{below}^({above})"

    def partial(self, node: Partial) -> str:
        sign = node.sign if not self.ascii else "d"
        order = sum(n for _, n in node.wrt)
        top = sign + (self.raised("", Number(str(order))) if order > 1 else "")
        below = "".join(
            sign + self.write(v) + (self.raised("", Number(str(n))) if n > 1 else "") for v, n in node.wrt
        )
        if node.inside:
            return f"{top}{self.write(node.body)}/{below}"
        body = self.write(node.body)
        return f"{top}/{below} {body}" if isinstance(node.body, Fence) else f"{top}/{below} ({body})"


UNICODE, ASCII = Printer(ascii=False), Printer(ascii=True)


def unfenced(node: Node) -> Node:
    return node.body if isinstance(node, Fence) and node.kind == "round" else node
