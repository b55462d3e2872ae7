"""MathML Core: the display tree for browsers, without fonts, scripts or network.

Bold and upright letters are Unicode letters or `mathvariant="normal"`, colour is a class that the page's style
sheet knows, alignment is the page's business. No `menclose`, which is not in Core.
"""

from __future__ import annotations

from html import escape

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
from .text import text as plain_text

ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "dot": "˙"}
FENCES = {"round": ("(", ")"), "square": ("[", "]"), "bars": ("|", "|"), "floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉")}
SEPARATORS = {"": "&#x2062;", "dot": "⋅", "times": "×", "odot": "⊙", "call": "&#x2061;"}
DOTS = {dot: f"<mo>{sign}</mo>" for dot, sign in SEPARATORS.items()}
THIN = 'lspace="0" rspace="0.167em"'  # the space that TeX puts around log and tanh
SIGNS = {"+": "+", "-": "−"}
PLAIN = {Letter, Number}
APART = f"<mo {THIN}>&#x2062;</mo>"
BIG = {"sum": "<mo>∑</mo>", "prod": "<mo>∏</mo>"}


def mathml(node: Node, display: bool = False, colours: bool = True) -> str:  # colours are the style sheet's
    """The node as a `<math>` element; `alttext` says it in one line of text."""
    block = ' displaystyle="true"' if display else ""
    return f'<math{block} alttext="{escape(plain_text(node))}">{write(node)}</math>'


@once
def write(node: Node) -> str:
    match node:
        case Letter():
            return letter(node)
        case Subscript(base, indices):
            return f"<msub>{below(base, indices)}</msub>"
        case Product(factors, dots):
            out = write(factors[0])
            for dot, factor in zip(dots, factors[1:]):
                out += (APART if not dot and named(factor) else DOTS[dot]) + write(factor)
            return row(out)
        case Partial():
            return partial(node)
        case Big(kind, letters, body):
            sign = BIG.get(kind) or f'<mo movablelimits="false">{kind}</mo>'
            return row(f"<munder>{sign}{listed(letters, ', ')}</munder>{write(body)}")
        case Sum(terms):
            sign, first = terms[0]
            out = ('<mo form="prefix">−</mo>' if sign == "-" else "") + write(first)
            return row(out + "".join(f"<mo>{SIGNS[sign]}</mo>{write(term)}" for sign, term in terms[1:]))
        case Fraction(over, under, True):
            return row(f'{write(over)}<mo lspace="0" rspace="0">/</mo>{write(under)}')
        case Fraction(over, under):
            return f"<mfrac>{write(over)}{write(under)}</mfrac>"
        case Power(Subscript(base, indices), exponent):
            return f"<msubsup>{below(base, indices)}{write(exponent)}</msubsup>"
        case Power(base, exponent):
            return f"<msup>{write(base)}{write(exponent)}</msup>"
        case Number(text):
            return f"<mn>{text}</mn>"
        case Fence(body, kind):
            return fence(write(body), kind, height(body) > 1)
        case Call():
            return call(node)
        case Mark(body, role):
            return f'<mrow class="mark-{role}">{write(body)}</mrow>'
        case Relation(sides, signs):
            return row(write(sides[0]) + "".join(operator(s) + write(n) for s, n in zip(signs, sides[1:])))
        case Root(body, 2):
            return f"<msqrt>{write(body)}</msqrt>"
        case Root(body, degree):
            return f"<mroot>{row(write(body))}<mn>{degree}</mn></mroot>"
        case Cases():
            return cases(node)
        case Listed(items, word):
            between = operator(",") if word == "," else f"<mtext>&#160;{escape(word)}&#160;</mtext>"
            return row(between.join(map(write, items)))
        case Words(text):
            return f"<mtext>{escape(text)}</mtext>"
        case Matrix(rows):
            cells = "".join("<mtr>" + "".join(f"<mtd>{write(n)}</mtd>" for n in r) + "</mtr>" for r in rows)
            return fence(f"<mtable>{cells}</mtable>", "square")
    raise TypeError(node)


def row(inner: str) -> str:
    return f"<mrow>{inner}</mrow>"


def operator(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def fence(inner: str, kind: str, tall: bool = True) -> str:
    """Brackets grow with tall bodies alone: a stretched bracket round a short one leaves gaps."""
    opening, closing = FENCES[kind]
    grow = "" if tall else ' stretchy="false"'
    return row(f'<mo form="prefix"{grow}>{opening}</mo>{inner}<mo form="postfix"{grow}>{closing}</mo>')


COMMA = '<mo separator="true">,</mo>'


def listed(indices: tuple[Node, ...], between: str = "") -> str:
    comma = COMMA if between or not PLAIN.issuperset(map(type, indices)) else ""
    return row(comma.join(map(write, indices)))


def below(base: Node, indices: tuple[Node, ...]) -> str:
    """What stands above and below: a letter's own subscript and its indices stand on one line."""
    if not isinstance(base, Letter) or not base.sub:
        return write(base) + listed(indices)
    return stem(base) + row(subscript(base.sub) + COMMA + listed(indices))


def subscript(sub: str) -> str:
    return f"<mn>{sub}</mn>" if sub.isdigit() else f"<mi>{escape(sub)}</mi>"


BOLD = (("A", "Z", 0x1D400), ("a", "z", 0x1D41A), ("Α", "Ω", 0x1D6A8), ("α", "ω", 0x1D6C2))  # Latin, Greek


def bolder(base: str) -> str:
    """The bold letter of mathematics; nothing for what has none."""
    codes = (code + ord(base) - ord(a) for a, z, code in BOLD if len(base) == 1 and a <= base <= z)
    return "".join(map(chr, codes))


def letter(node: Letter) -> str:
    return f"<msub>{stem(node)}{subscript(node.sub)}</msub>" if node.sub else stem(node)


def stem(node: Letter) -> str:
    """A letter without its subscript."""
    if node.bold and (bold := bolder(node.base)):
        out = f"<mi>{bold}</mi>"
    elif node.base in ("∞", "⊤", "′"):
        out = f'<mi mathvariant="normal">{node.base}</mi>'
    else:
        out = f"<mi>{escape(node.base)}</mi>"
    if node.accent:
        return f'<mover accent="true">{out}<mo stretchy="false">{ACCENTS[node.accent]}</mo></mover>'
    return out


def named(node: Node) -> bool:
    """Whether this begins with the name of a function, which stands apart from what is before it."""
    while isinstance(node, Mark):
        node = node.body
    return isinstance(node, Call) and len(node.name) > 1


def call(node: Call) -> str:
    name = f"<mi>{escape(node.name)}</mi>"
    if node.power:
        name = f"<msup>{name}{write(node.power)}</msup>"
    args = operator(",").join(map(write, node.args))
    if node.bare:
        return row(f"{name}<mo {THIN}>&#x2061;</mo>{args}")
    return row(f"{name}<mo>&#x2061;</mo>{fence(args, 'round', any(height(a) > 1 for a in node.args))}")


def cases(node: Cases) -> str:
    rows = ""
    for value, condition in node.rows:
        if condition is None:
            when = f"<mtext>{escape(node.otherwise)}</mtext>"
        else:
            when = (f"<mtext>{escape(node.when)}&#160;</mtext>" if node.when else "") + write(condition)
        rows += f'<mtr><mtd class="left">{write(value)}</mtd><mtd class="left">{row(when)}</mtd></mtr>'
    return row(f'<mo form="prefix" fence="true" stretchy="true">{{</mo><mtable class="cases">{rows}</mtable>')


def partial(node: Partial) -> str:
    order = sum(n for _, n in node.wrt)
    sign = f'<mo lspace="0" rspace="0">{node.sign}</mo>' if node.sign == "∂" else "<mi>d</mi>"
    top = f"<msup>{sign}<mn>{order}</mn></msup>" if order > 1 else sign
    below = ""
    for v, n in node.wrt:
        below += sign + (f"<msup>{write(v)}<mn>{n}</mn></msup>" if n > 1 else write(v))
    if node.inside:
        return f"<mfrac>{row(top + write(node.body))}{row(below)}</mfrac>"
    return row(f"<mfrac>{row(top)}{row(below)}</mfrac>{write(node.body)}")
