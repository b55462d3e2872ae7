"""LaTeX: the display tree in the commands that every reader of TeX mathematics understands.

Only what TeX, MathJax, KaTeX and pandoc all take: no `\\operatorname`, no thin spaces, no `\\,`. Colour is a
setting, since Markdown readers lose formulas over it.
"""

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
    height,
    once,
)
from .notation import GREEK

COMMANDS = {sign: "\\" + name for name, sign in GREEK.items() if name not in ("eps", "lam", "lamda")}
COMMANDS |= {
    "ε": "\\varepsilon",
    "φ": "\\varphi",
    "ο": "o",
    "∞": "\\infty",
    "ℓ": "\\ell",
    "∂": "\\partial",
    "⊤": "\\top",
    "′": "\\prime",
}
ACCENTS = {"hat": "\\hat", "bar": "\\bar", "tilde": "\\tilde", "dot": "\\dot"}
SIGNS = {"≠": "\\neq", "≤": "\\le", "≥": "\\ge", "→": "\\to", "↔": "\\leftrightarrow", "∈": "\\in", "≈": "\\approx"}
FENCES = {
    "round": ("(", ")"), "square": ("[", "]"), "bars": ("\\lvert ", "\\rvert "),
    "floor": ("\\lfloor ", "\\rfloor "), "ceil": ("\\lceil ", "\\rceil "),
}  # fmt: skip
DOTS = {"": " ", "dot": " \\cdot ", "times": " \\times ", "odot": " \\odot ", "call": ""}
SPECIAL = {c: "\\" + c for c in "#$%&_{}"} | {
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "\\": "\\textbackslash{}",
}


def latex(node: Node, colours: bool = False) -> str:
    """The node as LaTeX mathematics (without dollars).

    `colours` writes marks as ``\\textcolor{dxfrom}{...}``; the document defines the colours.
    """
    return (COLOURED if colours else PLAIN).write(node)


class Printer:
    def __init__(self, colours: bool) -> None:
        self.colours = colours
        self.write = once(self.written, f"latex {colours}")

    def written(self, node: Node) -> str:
        match node:
            case Letter():
                return letter(node)
            case Subscript(base, indices):
                name, own = self.write(base), ""
                if isinstance(base, Letter) and base.sub:  # one line for both: W_{h{,}l j}
                    name, own = letter(replace(base, sub="")), subscript(base.sub) + "{,}"
                elif "_" in name.replace("\\_", ""):  # TeX has one subscript a base
                    name = f"{{{name}}}"
                return f"{name}_{{{own}{self.indices(indices)}}}"
            case Product(factors, dots):
                out = self.write(factors[0])
                for dot, factor in zip(dots, factors[1:]):
                    out += DOTS[dot] + self.write(factor)
                return out
            case Partial():
                return self.partial(node)
            case Big(kind, letters, body):
                below = ", ".join(map(self.write, letters))
                return f"\\{kind}_{{{below}}} {self.write(body)}"
            case Sum(terms):
                return self.sum(terms)
            case Fraction(over, under, True):
                return f"{self.write(over)}/{self.write(under)}"
            case Fraction(over, under):
                return f"\\frac{{{self.write(over)}}}{{{self.write(under)}}}"
            case Power(base, exponent):
                return f"{self.write(base)}^{{{self.write(exponent)}}}"
            case Number(text):
                return text.replace("inf", "\\infty")
            case Fence(body, kind):
                return self.fence(body, kind)
            case Call():
                return self.call(node)
            case Mark(body, role):
                return f"\\textcolor{{dx{role}}}{{{self.write(body)}}}" if self.colours else self.write(body)
            case Relation(sides, signs):
                return self.write(sides[0]) + "".join(
                    f" {SIGNS.get(sign, sign)} {self.write(side)}" for sign, side in zip(signs, sides[1:])
                )
            case Root(body, degree):
                return f"\\sqrt{'' if degree == 2 else f'[{degree}]'}{{{self.write(body)}}}"
            case Cases():
                return self.cases(node)
            case Listed(items, word):
                between = ", " if word == "," else f" \\text{{ {escape(word)} }} "
                return between.join(map(self.write, items))
            case Words(text):
                return f"\\text{{{escape(text)}}}"
            case Matrix(rows):
                inside = " \\\\\n".join(" & ".join(map(self.write, row)) for row in rows)
                return f"\\begin{{bmatrix}}\n{inside}\n\\end{{bmatrix}}"
        raise TypeError(node)

    def sum(self, terms: tuple[tuple[str, Node], ...]) -> str:
        sign, first = terms[0]
        out = ("-" if sign == "-" else "") + self.write(first)
        return out + "".join(f" {sign} {self.write(term)}" for sign, term in terms[1:])

    def indices(self, indices: tuple[Node, ...]) -> str:
        plain = all(
            isinstance(i, Letter | Number) and len(getattr(i, "base", getattr(i, "text", ""))) == 1 for i in indices
        )
        return (" " if plain else ", ").join(map(self.write, indices))

    def fence(self, body: Node, kind: str) -> str:
        opening, closing = FENCES[kind]
        inner = self.write(body)
        if height(body) > 1:
            return f"\\left{opening}{inner} \\right{closing}".rstrip()
        return f"{opening}{inner}{' ' if closing.startswith(chr(92)) else ''}{closing}".rstrip()

    def call(self, node: Call) -> str:
        name = (
            f"\\{node.name}" if node.name in BUILT_IN else COMMANDS.get(node.name, f"\\mathrm{{{escape(node.name)}}}")
        )
        if len(node.name) == 1 and node.name.isascii():
            name = node.name
        power = f"^{{{self.write(node.power)}}}" if node.power else ""
        args = ", ".join(map(self.write, node.args))
        if node.bare:
            return f"{name}{power} {args}"
        if any(height(a) > 1 for a in node.args):
            return f"{name}{power}\\left({args}\\right)"
        return f"{name}{power}({args})"

    def cases(self, node: Cases) -> str:
        rows = []
        for value, condition in node.rows:
            if condition is None:
                rows.append(f"{self.write(value)} & \\text{{{escape(node.otherwise)}}}")
            else:
                when = f"\\text{{{escape(node.when)} }}" if node.when else ""
                rows.append(f"{self.write(value)} & {when}{self.write(condition)}")
        return "\\begin{cases}\n" + " \\\\\n".join(rows) + "\n\\end{cases}"

    def partial(self, node: Partial) -> str:
        order = sum(n for _, n in node.wrt)
        sign = "\\partial " if node.sign == "∂" else "d"
        top = sign.strip() + (f"^{{{order}}}" if order > 1 else "")
        below = " ".join(sign + self.write(v) + (f"^{{{n}}}" if n > 1 else "") for v, n in node.wrt)
        if node.inside:
            gap = " " if top[-1].isalpha() and sign != "d" else ""
            return f"\\frac{{{top}{gap}{self.write(node.body)}}}{{{below}}}"
        return f"\\frac{{{top}}}{{{below}}} {self.write(node.body)}"


COLOURED, PLAIN = Printer(colours=True), Printer(colours=False)


def letter(node: Letter) -> str:
    base = COMMANDS.get(node.base, node.base)
    if node.is_word or not base.isascii():
        base = upright(node.base)
    if node.bold:
        base = f"\\boldsymbol{{{base}}}" if base.startswith("\\") else f"\\mathbf{{{base}}}"
    if node.accent:
        base = f"{ACCENTS[node.accent]}{{{base}}}"
    if node.sub:
        base += f"_{{{subscript(node.sub)}}}"
    return base + (f"^{{{node.sup}}}" if node.sup else "")


def subscript(sub: str) -> str:
    short = len(sub) == 1 or sub.isdigit()
    sign = COMMANDS.get(sub, sub)
    return sign if short and sign.isascii() else upright(sub)


def upright(word: str) -> str:
    """A word as a letter; fonts of mathematics have no signs of other scripts, fonts of text do."""
    return f"\\{'mathrm' if word.isascii() else 'text'}{{{escape(word)}}}"


def escape(text: str) -> str:
    """Plain words made safe for LaTeX text."""
    return re.sub(r"[#$%&_{}~^\\]", lambda m: SPECIAL[m[0]], text)
