"""Textbook spelling: a SymPy expression becomes a display tree in the order a teacher writes it.

A sum starts with a positive term, a plain number stands first in a sum of two (1 - y, 1 + e^{-x}) and a
polynomial falls in powers; in a product the number comes first, then letters, sums, functions, and
what is open (derivatives, sums over an index) last. What was held apart (a product of two fractions, an
order that SymPy would not choose) is kept: it is how somebody wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef, Derivative
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction
from sympy.matrices.expressions.matexpr import MatrixExpr

from ..symbols import UPSTREAM, MaxOver, SumOver
from .functions import BARE, INDEXED, NAMES, POWERED
from .nodes import (
    Big,
    Brace,
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
    width,
)  # fmt: skip
from .notation import Notation

RELATIONS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
MIRROR = {">": "<", "<": ">", "≥": "≤", "≤": "≥", "=": "=", "≠": "≠"}


def tree(
    expr: Any,
    notation: Notation | None = None,
    *,
    marks: Mapping[Any, str] | None = None,
    labels: Mapping[Any, Any] | None = None,
) -> Node:
    """The display tree of an expression.

    `marks` colours parts (part -> role of `nodes.Mark`), `labels` puts a brace with a name under them.
    """
    return Speller(notation or Notation(), marks or {}, labels or {}).spell(expr)


class Speller:
    """Spells one expression in one notation."""

    def __init__(self, notation: Notation, marks: Mapping[Any, str], labels: Mapping[Any, Any]) -> None:
        self.notation, self.marks, self.labels = notation, marks, labels

    def spell(self, expr: Any) -> Node:
        if not isinstance(expr, sp.Basic):
            expr = sp.sympify(expr, strict=True)
        node = self._spell(expr)
        if self.labels and expr in self.labels and not expr.is_Symbol:
            node = Brace(node, Speller(self.notation, {}, {}).spell(self.labels[expr]))
        if self.marks and expr in self.marks:
            node = Mark(node, self.marks[expr])
        return node

    def _spell(self, e: Any) -> Node:
        for kind, method in METHODS:
            if isinstance(e, kind):
                return method(self, e)
        return Words(str(e))

    # ---------------------------------------------------------------- letters and numbers

    def symbol(self, e: Any) -> Node:
        return self.notation.letter(e.name, bold=isinstance(e, MatrixExpr))

    def array(self, e: sp.IndexedBase) -> Node:
        return self.notation.letter(str(e.label))

    def entry(self, e: sp.Indexed) -> Node:
        name = self.notation.letter(str(e.base.label))
        return Subscript(name, tuple(self.spell(i) for i in e.indices))

    def matrix_entry(self, e: Any) -> Node:
        return Subscript(self.spell(e.parent), (self.spell(e.i), self.spell(e.j)))

    def integer(self, e: sp.Integer) -> Node:
        return Number(str(e)) if e >= 0 else minus(Number(str(-e)))

    def rational(self, e: sp.Rational) -> Node:
        fraction = Fraction(Number(str(abs(e.p))), Number(str(e.q)))
        return fraction if e > 0 else minus(fraction)

    def float(self, e: sp.Float) -> Node:
        return number(float(e)) if abs(float(e)) < 1e300 else Number(str(e))

    def constant(self, e: Any) -> Node:
        known = {sp.pi: "π", sp.E: "e", sp.oo: "∞", sp.I: "i", sp.EulerGamma: "γ", sp.GoldenRatio: "φ"}
        if e == sp.S.NegativeInfinity:
            return minus(Letter("oo", "∞"))
        if e in known:
            return Letter(str(e), known[e], sub="E" if e == sp.EulerGamma else "")
        if e in (sp.true, sp.false):
            return Words(str(e).lower())
        return Words("undefined") if e in (sp.nan, sp.zoo) else Words(str(e))

    # ---------------------------------------------------------------- sums and products

    def add(self, e: Any) -> Node:
        args = e.args if held(e) else arranged(e.args)
        return Sum(tuple(self.term(a) for a in args))

    def term(self, e: Any) -> tuple[str, Node]:
        """A term of a sum with its sign; a sum inside a sum keeps its brackets."""
        if e in self.marks or e in self.labels:
            node = self.spell(e)
            return "+", Fence(node) if isinstance(bare(node), Sum) else node
        node = self.spell(e)
        if isinstance(node, Sum):
            if len(node.terms) == 1:
                return node.terms[0]
            return "+", Fence(node)
        return "+", node

    def mul(self, e: Any) -> Node:
        return product(self, e.args if held(e) else ranked(e.args), keep=held(e))

    def power(self, e: Any) -> Node:
        base, exponent = e.args
        if exponent.is_Rational and not exponent.is_Integer and abs(exponent.p) == 1 and exponent.q in (2, 3):
            root = Root(self.spell(base), exponent.q)
            return root if exponent > 0 else Fraction(Number("1"), root)
        if negative(exponent) and base != sp.E:
            under = sp.Pow(base, -exponent, evaluate=False) if exponent != -1 else base
            return Fraction(Number("1"), self.spell(under))
        return self.raised(base, exponent)

    def raised(self, base: Any, exponent: Any) -> Node:
        if base == sp.E and not isinstance(base, sp.exp):
            return self.exponential(exponent)
        below, above = self.spell(base), flat(self.spell(exponent))
        if isinstance(below, Call) and below.name in POWERED and isinstance(above, Number) and below.power is None:
            return Call(below.name, below.args, power=above)
        return Power(below if atomic(below) else Fence(below), above)

    def exp(self, e: Any) -> Node:
        return self.exponential(e.args[0])

    def exponential(self, z: Any) -> Node:
        node = self.spell(z)
        if height(node) > 2 or width(node) > 16:
            return Call("exp", (node,))
        return Power(Letter("E", "e"), flat(node))

    # ---------------------------------------------------------------- functions

    def function(self, e: Any) -> Node:
        name = type(e).__name__
        args = tuple(self.spell(a) for a in e.args)
        if name == "Heaviside":
            args = args[:1]
        if name == "polygamma":
            order, argument = args
            if e.args[0] == 0:
                return Call("ψ", (argument,))
            return Call("ψ", (argument,), power=Fence(order))
        if name in INDEXED and len(args) == 2:
            return Subscripted(NAMES.get(name, name), args)
        return Call(NAMES.get(name, name), args)

    def undefined(self, e: Any) -> Node:
        return Call(e.func.__name__, tuple(self.spell(a) for a in e.args))

    def log(self, e: Any) -> Node:
        node = self.spell(e.args[0])
        simple = isinstance(node, Letter) or (isinstance(node, Subscript) and isinstance(node.base, Letter))
        return Call(self.notation.log, (node,), bare=simple)

    def absolute(self, e: Any) -> Node:
        return Fence(self.spell(e.args[0]), "bars")

    def floor(self, e: Any) -> Node:
        return Fence(self.spell(e.args[0]), "floor" if isinstance(e, sp.floor) else "ceil")

    def extremum(self, e: Any) -> Node:
        args = sorted(e.args, key=lambda a: (not a.is_number, a.sort_key()))
        return Call(NAMES[type(e).__name__], tuple(self.spell(a) for a in args))

    def delta(self, e: Any) -> Node:
        return Subscript(Letter("delta", "δ"), tuple(self.spell(a) for a in e.args))

    def big(self, e: Any) -> Node:
        letters, body, kind = [e.index], e.body, "sum" if isinstance(e, SumOver) else "max"
        while type(body) is type(e) and body not in self.marks:
            letters.append(body.index)
            body = body.body
        node = self.spell(body)
        if isinstance(bare(node), Sum):
            node = Fence(node)
        return Big(kind, tuple(self.spell(k) for k in letters), node)

    def limited(self, e: sp.Sum) -> Node:
        node = self.spell(e.function)
        letters = tuple(self.spell(limit[0]) for limit in e.limits)
        return Big("sum", letters, Fence(node) if isinstance(bare(node), Sum) else node)

    def derivative(self, e: Derivative) -> Node:
        body = self.spell(e.expr)
        counts: dict[Any, int] = {}
        for v, n in e.variable_count:
            counts[v] = counts.get(v, 0) + int(n)
        wrt = tuple((self.spell(v), n) for v, n in counts.items())
        plain = isinstance(body, Letter | Subscript) and not isinstance(bare(body), Mark)
        if isinstance(e.expr, AppliedUndef):
            plain = True
        if not plain and isinstance(bare(body), Sum | Relation | Fraction | Product):
            body = Fence(body)
        return Partial(body, wrt, self.notation.derivative, inside=plain)

    def piecewise(self, e: sp.Piecewise) -> Node:
        words = self.notation.words
        rows = []
        for value, condition in e.args:
            rows.append((self.spell(value), None if condition == sp.true else self.spell(condition)))
        return Cases(tuple(rows), words["if"], words["otherwise"])

    # ---------------------------------------------------------------- conditions

    def relation(self, e: Relational) -> Node:
        left, right, sign = e.lhs, e.rhs, RELATIONS[e.rel_op]
        if left.is_number and not right.is_number:
            left, right, sign = right, left, MIRROR[sign]
        return Relation((self.spell(left), self.spell(right)), (sign,))

    def logic(self, e: BooleanFunction) -> Node:
        args = sorted(e.args, key=sp.default_sort_key)
        if isinstance(e, sp.Not):
            return Call("not", (self.spell(e.args[0]),))
        joined = between(args) if isinstance(e, sp.And) else None
        if joined:
            return Relation(tuple(map(self.spell, joined[0])), joined[1])
        word = self.notation.words["and" if isinstance(e, sp.And) else "or"]
        nodes = (self.spell(a) for a in args)
        return Listed(tuple(Fence(n) if isinstance(bare(n), Listed) else n for n in nodes), word)

    def tuple(self, e: Any) -> Node:
        return Fence(Listed(tuple(self.spell(a) for a in e)))

    # ---------------------------------------------------------------- matrices

    def matmul(self, e: Any) -> Node:
        nodes = [self.spell(a) for a in e.args]
        nodes = [Fence(n) if isinstance(bare(n), Sum) else n for n in nodes]
        return Product(tuple(nodes), tuple(joint(a, b) for a, b in zip(nodes, nodes[1:])))

    def hadamard(self, e: Any) -> Node:
        nodes = [self.spell(a) for a in e.args]
        nodes = [n if atomic(n) or isinstance(n, Product) else Fence(n) for n in nodes]
        return Product(tuple(nodes), ("odot",) * (len(nodes) - 1))

    def transpose(self, e: Any) -> Node:
        body = self.spell(e.args[0])
        return Power(body if atomic(body) else Fence(body), Letter("T", "⊤"))

    def matrix(self, e: Any) -> Node:
        return Matrix(tuple(tuple(self.spell(e[i, j]) for j in range(e.cols)) for i in range(e.rows)))


def Subscripted(name: str, args: tuple[Node, ...]) -> Node:
    """A function whose first argument is written as an index."""
    return Product((Subscript(Letter(name, name), args[:1]), Fence(args[1])), ("call",))


METHODS: tuple[tuple[Any, Any], ...] = (
    (MatrixExpr | sp.MatrixBase, lambda s, e: matrix_method(s, e)),
    (sp.Symbol, Speller.symbol),
    (sp.IndexedBase, Speller.array),
    (sp.Indexed, Speller.entry),
    (sp.Integer, Speller.integer),
    (sp.Rational, Speller.rational),
    (sp.Float, Speller.float),
    (sp.Add, Speller.add),
    (sp.Mul, Speller.mul),
    (sp.Pow, Speller.power),
    (sp.exp, Speller.exp),
    (sp.log, Speller.log),
    (sp.Abs, Speller.absolute),
    (sp.floor | sp.ceiling, Speller.floor),
    (sp.Max | sp.Min, Speller.extremum),
    (sp.KroneckerDelta, Speller.delta),
    (SumOver | MaxOver, Speller.big),
    (sp.Sum, Speller.limited),
    (Derivative, Speller.derivative),
    (sp.Piecewise, Speller.piecewise),
    (AppliedUndef, Speller.undefined),
    (sp.Function, Speller.function),
    (Relational, Speller.relation),
    (BooleanFunction, Speller.logic),
    (sp.Tuple, Speller.tuple),
    (sp.Basic, Speller.constant),
)


def matrix_method(s: Speller, e: Any) -> Node:
    method = MATRIX_METHODS.get(type(e).__name__)
    if method:
        return method(s, e)
    return s.matrix(e) if isinstance(e, sp.MatrixBase) else Words(str(e))


MATRIX_METHODS: dict[str, Any] = {
    "MatAdd": Speller.add,
    "MatMul": Speller.matmul,
    "HadamardProduct": Speller.hadamard,
    "Transpose": Speller.transpose,
    "MatrixSymbol": Speller.symbol,
}


# ---------------------------------------------------------------- products


def product(s: Speller, args: Iterable[Any], keep: bool) -> Node:
    """Factors over divisors: one fraction, unless fractions were held apart or the body is too big for one."""
    sign, number_over, number_under = 1, sp.Integer(1), sp.Integer(1)
    over: list[Any] = []
    under: list[Any] = []
    apart: list[Node] = []  # parts already spelt: fractions that somebody kept as they are
    behind: list[Any] = []  # big operators stand behind the fraction, not on it
    args = tuple(args)
    nested = keep and sum(1 for a in args if divided(a)) > 1
    for a in args:
        if nested and divided(a) or a in s.marks or a in s.labels:
            apart.append(s.spell(a))
            continue
        if a.is_Rational:
            sign *= -1 if a < 0 else 1
            if keep and abs(a) == 1 and a > 0:
                over.append(a)
            number_over, number_under = number_over * abs(a.p), number_under * a.q
        elif isinstance(a, sp.Pow) and negative(a.exp) and a.base != sp.E:
            flipped = a.base if a.exp == -1 else sp.Pow(a.base, -a.exp, evaluate=False)
            if a.exp.is_Rational and a.exp.q != 1:
                flipped = sp.Pow(a.base, -a.exp)
            under.append(flipped)
        elif isinstance(a, SumOver | MaxOver | sp.Piecewise | Derivative | sp.Sum):
            behind.append(a)
        else:
            over.append(a)
    tops = [s.spell(a) for a in over]
    bottoms = [s.spell(a) for a in under]
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
            nodes.append(Fraction(joined(tops) if tops else Number("1"), joined(bottoms)))
    else:
        nodes += tops
    whole = joined(nodes + apart + [s.spell(a) for a in behind])
    return minus(whole) if sign < 0 else whole


def joined(nodes: list[Node]) -> Node:
    """Factors side by side, with the brackets and the dots that keep them apart."""
    nodes = [factor for node in nodes for factor in side_by_side(node)]
    if len(nodes) == 1:
        return nodes[0]
    if isinstance(nodes[0], Sum) and len(nodes[0].terms) == 1:
        sign, first = nodes[0].terms[0]
        return Sum(((sign, joined([first, *nodes[1:]])),))
    fenced: list[Node] = []
    for i, node in enumerate(nodes):
        last = i == len(nodes) - 1
        inner = bare(node)
        if isinstance(inner, Sum | Relation) or isinstance(inner, Big | Cases) and not last:
            node = Fence(node)
        elif isinstance(inner, Call) and inner.bare and not last:
            node = Call(inner.name, inner.args)
        elif isinstance(inner, Partial) and not inner.inside and not last and not isinstance(inner.body, Fence):
            node = replace(inner, body=Fence(inner.body))
        fenced.append(node)
    return Product(tuple(fenced), tuple(joint(a, b) for a, b in zip(fenced, fenced[1:])))


def side_by_side(node: Node) -> tuple[Node, ...]:
    """The factors of a product that needs no sign of its own, so that none of them ends open in mid-product."""
    return node.factors if isinstance(node, Product) and not {"odot", "call"} & set(node.dots) else (node,)


def joint(a: Node, b: Node) -> str:
    """Whether two neighbours need a dot between them: 2·3, two fractions, a word and a word, d/dx after a letter."""
    a, b = last_of(bare(a)), first_of(bare(b))
    if isinstance(b, Number) or isinstance(a, Number) and isinstance(b, Fraction | Power) and starts_with_number(b):
        return "dot"
    if all(isinstance(n, Power) and isinstance(n.base, Number) for n in (a, b)):
        return "dot"  # 3²·3²
    if isinstance(a, Fraction | Partial) and isinstance(b, Fraction | Partial | Cases):
        return "dot"
    if isinstance(a, Partial) or isinstance(b, Partial) or isinstance(a, Fraction) and isinstance(b, Number):
        return "dot"
    if is_word(a) or is_word(b):
        return "dot"
    if isinstance(b, Call) and isinstance(a, Call):
        return "dot"
    if isinstance(a, Letter) and isinstance(b, Fence):
        return ""
    return ""


def is_word(node: Node) -> bool:
    node = node.base if isinstance(node, Power | Subscript) else node
    return isinstance(node, Letter) and node.is_word


def starts_with_number(node: Node) -> bool:
    return isinstance(node, Fraction) or isinstance(node, Power) and isinstance(node.base, Number)


def last_of(node: Node) -> Node:
    return last_of(bare(node.factors[-1])) if isinstance(node, Product) else node


def first_of(node: Node) -> Node:
    return first_of(bare(node.factors[0])) if isinstance(node, Product) else node


# ---------------------------------------------------------------- order


def held(e: Any) -> bool:
    """Whether the arguments stand as somebody wrote them, not as SymPy would sort them."""
    if isinstance(e, MatrixExpr):
        return True
    return e.func(*e.args).args != e.args


def arranged(terms: tuple[Any, ...]) -> list[Any]:
    """The terms of a sum in textbook order."""
    letters = set().union(*(t.free_symbols for t in terms))
    ordered = list(terms)
    if len(terms) > 2 and len(letters) == 1:
        x = next(iter(letters))
        if all(t.is_polynomial(x) for t in terms):
            ordered.sort(key=lambda t: -sp.degree(t, x))
    elif len(terms) > 2:
        ordered.sort(key=lambda t: bool(t.is_number))
    ordered.sort(key=lambda t: isinstance(t, sp.Symbol | sp.Indexed) and any(isinstance(u, SumOver) for u in terms))
    positive = [t for t in ordered if not negative(t)]
    if positive and negative(ordered[0]):
        ordered.remove(positive[0])
        ordered.insert(0, positive[0])
    return ordered


def ranked(factors: tuple[Any, ...]) -> list[Any]:
    return sorted(factors, key=lambda e: (rank(e), not is_upstream(e), is_capital(e)))


def is_capital(e: Any) -> bool:
    """Whether this is an entry of a matrix of weights, which stands behind the data: x·W."""
    return isinstance(e, sp.Indexed) and str(e.base.label)[:1].isupper()


def is_upstream(e: Any) -> bool:
    """Whether this is the upstream gradient, which leads a chain: g·W."""
    name = str(e.base.label) if isinstance(e, sp.Indexed) else getattr(e, "name", "")
    return name == UPSTREAM or name.startswith(UPSTREAM + "_")


def rank(e: Any) -> int:
    """Numbers, letters, powers of letters, brackets, functions, and what is open last."""
    if e.is_number:
        return 0 if e.is_Rational or e.is_Float else 1
    base = e.base if isinstance(e, sp.Pow) and not isinstance(e, sp.exp) else e
    if isinstance(base, sp.Symbol | sp.Indexed | sp.KroneckerDelta):
        return 2
    if isinstance(base, sp.Add):
        return 3
    if isinstance(base, SumOver | MaxOver | sp.Sum):
        return 6
    if isinstance(base, Derivative | sp.Piecewise):
        return 5
    return 4


def negative(e: Any) -> bool:
    """Whether a term or an exponent is written with a minus in front."""
    if e.is_number:
        return bool(e.is_negative) if e.is_Number else bool(e.could_extract_minus_sign())
    if isinstance(e, sp.Mul):
        return sum(1 for a in e.args if a.is_Number and a.is_negative) % 2 == 1
    return False


def divided(e: Any) -> bool:
    """Whether a factor is a fraction by itself."""
    if isinstance(e, sp.Mul):
        return any(divided(a) for a in e.args)
    return isinstance(e, sp.Pow) and negative(e.exp) and e.base != sp.E


def between(args: list[Any]) -> tuple[tuple[Any, ...], tuple[str, ...]] | None:
    """Two bounds of one letter as a chain: -1 < x < 1."""
    if len(args) != 2 or not all(
        isinstance(a, sp.StrictLessThan | sp.LessThan | sp.StrictGreaterThan | sp.GreaterThan) for a in args
    ):
        return None
    lows, highs = [], []
    for a in args:
        small, large = (a.lts, a.gts)
        sign = "<" if isinstance(a, sp.StrictLessThan | sp.StrictGreaterThan) else "≤"
        if small.is_number:
            lows.append((small, sign, large))
        elif large.is_number:
            highs.append((small, sign, large))
    if len(lows) == len(highs) == 1 and lows[0][2] == highs[0][0]:
        return (lows[0][0], lows[0][2], highs[0][2]), (lows[0][1], highs[0][1])
    return None


# ---------------------------------------------------------------- small helpers


def minus(node: Node) -> Sum:
    if isinstance(node, Sum):
        node = Fence(node)
    return Sum((("-", node),))


def flat(node: Node) -> Node:
    """An exponent: its fractions lie on the line, e^{-x²/2}."""
    match node:
        case Sum(terms):
            return Sum(tuple((sign, flat(t)) for sign, t in terms))
        case Fraction(over, under) if height(over) == height(under) == 1:
            over = Fence(over) if isinstance(over, Sum) else over
            under = Fence(under) if isinstance(under, Sum | Product) else under
            return Fraction(over, under, inline=True)
    return node


def bare(node: Node) -> Node:
    """The node without its colour."""
    while isinstance(node, Mark):
        node = node.body
    return node


def atomic(node: Node) -> bool:
    """Whether a power may stand on it without brackets."""
    node = bare(node)
    return (
        isinstance(node, Letter | Number | Subscript | Fence | Matrix)
        or isinstance(node, Call)
        and not (node.bare or node.power)
        and node.name not in BARE
    )


def number(value: float | int, digits: int = 15) -> Node:
    """A number as people write it: 0.5, 200, 1.2·10⁻⁷."""
    if isinstance(value, int):
        text = str(abs(value))
    else:
        text = f"{abs(value):.{digits}g}"
        if float(text) != abs(value):
            text = repr(abs(float(value)))
    mantissa, _, exponent = text.partition("e")
    node: Node = Number(mantissa)
    if exponent:
        power = Power(Number("10"), tree(sp.Integer(int(exponent))))
        node = power if mantissa == "1" else Product((node, power), ("dot",))
    return minus(node) if value < 0 else node
