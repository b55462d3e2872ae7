"""Textbook spelling: a SymPy expression becomes a display tree in the order a teacher writes it.

A sum starts with a positive term, a plain number stands first in a sum of two (1 - y, 1 + e^{-x}) and a
polynomial falls in powers; in a product the number comes first, then letters, sums, functions, and
what is open (derivatives, sums over an index) last. What was held apart (a product of two fractions, an
order that SymPy would not choose) is kept: it is how somebody wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef, Derivative
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction
from sympy.matrices.expressions import HadamardProduct
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from ..digits import decimal
from ..symbols import UPSTREAM, MaxOver, SumOver
from .functions import INDEXED, NAMES, POWERED
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
    atomic,
    bare,
    flat,
    height,
    minus,
    width,
)
from .notation import TRANSPOSES, Notation
from .order import arranged, between, held, negative, ranked
from .products import joint, product

RELATIONS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
LETTERS = (Letter, Subscript)  # what stands over the line of a derivative
COMPOUND = (Sum, Relation, Fraction, Product)  # and what stands in brackets behind it
MIRROR = {">": "<", "<": ">", "≥": "≤", "≤": "≥", "=": "=", "≠": "≠"}


def tree(
    expr: Any,
    notation: Notation | None = None,
    *,
    marks: Mapping[Any, str] | None = None,
) -> Node:
    """The display tree of an expression; `marks` colours parts (part -> role of `nodes.Mark`)."""
    speller = Speller(notation or Notation())
    return (speller.marking(marks) if marks else speller).spell(expr)


class Speller:
    """Spells expressions in one notation; what occurs again has the same node."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.marks: Collection[Any] = ()
        self.spelt: dict[Any, Node] = {}
        self.within: dict[Any, frozenset[Any]] = {}

    def marking(self, marks: Mapping[Any, str]) -> Speller:
        """This speller with some parts coloured."""
        return Marker(self, marks) if marks else self

    def parts(self, e: Any) -> frozenset[Any]:
        """An expression and all its parts, down to the entries of arrays: most are those of the line before."""
        found = self.within.get(e)
        if found is None:
            inside = () if isinstance(e, sp.Indexed) else map(self.parts, e.args)
            found = self.within[e] = frozenset((e,)).union(*inside)
        return found

    def spell(self, expr: Any) -> Node:
        node = self.spelt.get(expr)
        if node is None:
            whole = expr if isinstance(expr, sp.Basic) else sp.sympify(expr, strict=True)
            node = self.spelt[expr] = self._spell(whole)
        return node

    def _spell(self, e: Any) -> Node:
        return method_for(e.__class__)(self, e)

    # ---------------------------------------------------------------- letters and numbers

    def symbol(self, e: Any) -> Node:
        return self.notation.letter(e.name, bold=isinstance(e, MatrixExpr))

    def array(self, e: sp.IndexedBase) -> Node:
        return self.notation.letter(e.name)

    def entry(self, e: sp.Indexed) -> Node:
        return Subscript(self.spell(e.args[0]), self.places(e.args[1:]))

    def matrix_entry(self, e: Any) -> Node:
        return Subscript(self.spell(e.parent), self.places((e.i, e.j)))

    def places(self, indices: tuple[Any, ...]) -> tuple[Node, ...]:
        """Where an entry stands: where examples are columns, every array is the transpose of what the code has."""
        return tuple(map(self.spell, indices[:: self.notation.direction]))

    def integer(self, e: sp.Integer) -> Node:
        return Number(str(e)) if e >= 0 else minus(Number(str(-e)))

    def rational(self, e: sp.Rational) -> Node:
        short = decimal(abs(e.p), e.q)
        fraction = Number(short) if short else Fraction(Number(str(abs(e.p))), Number(str(e.q)))
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
        return Sum(tuple(map(self.term, args)))

    def term(self, e: Any) -> tuple[str, Node]:
        """A term of a sum with its sign; a sum inside a sum keeps its brackets."""
        if e in self.marks:
            node = self.spell(e)
            return "+", Fence(node) if isinstance(bare(node), Sum) else node
        node = self.spell(e)
        if isinstance(node, Sum):
            return node.terms[0] if len(node.terms) == 1 else ("+", Fence(node))
        return "+", node

    def mul(self, e: Any) -> Node:
        keep = held(e)
        return product(self, e.args if keep else ranked(e.args), keep)

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
            letter = NAMES.get(name, name)  # J_n(x)
            return Product((Subscript(Letter(letter, letter), args[:1]), Fence(args[1])), ("call",))
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
        places = tuple(self.spell(a) for a in e.args)
        if "δ" in (self.notation.letter(name).base for name in (UPSTREAM, *self.notation.names)):
            return Fence(Relation(places, ("=",)), "square")  # [i = j]: the lecturer's δ is another
        return Subscript(Letter("delta", "δ"), places)

    def big(self, e: Any) -> Node:
        letters, body, kind = [e.index], e.body, "sum" if isinstance(e, SumOver) else "max"
        while type(body) is type(e) and body not in self.marks:
            letters.append(body.index)
            body = body.body
        node = self.spell(body)
        if isinstance(bare(node), Sum):
            node = Fence(node)
        return Big(kind, tuple(map(self.spell, letters)), node)

    def limited(self, e: sp.Sum) -> Node:
        node = self.spell(e.function)
        letters = tuple(self.spell(limit[0]) for limit in e.limits)
        return Big("sum", letters, Fence(node) if isinstance(bare(node), Sum) else node)

    def derivative(self, e: Derivative) -> Node:
        expr, *variables = e.args
        body = self.spell(expr)
        counts: dict[Any, int] = {}
        for v, n in (pair.args for pair in variables):
            counts[v] = counts.get(v, 0) + int(n)
        wrt = tuple((self.spell(v), n) for v, n in counts.items())
        plain = isinstance(body, LETTERS) or isinstance(expr, AppliedUndef)
        if not plain and isinstance(bare(body), COMPOUND):
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
        bound = left.is_number and not right.is_number or left.is_Symbol and isinstance(right, sp.Abs)
        if bound:  # |x - t| <= delta: what is bounded first
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
        nodes = [self.spell(a) for a in e.args[:: self.notation.direction]]
        nodes = [Fence(n) if isinstance(bare(n), Sum) else n for n in nodes]
        return Product(tuple(nodes), tuple(joint(a, b) for a, b in zip(nodes, nodes[1:])))

    def hadamard(self, e: Any) -> Node:
        nodes = [self.spell(a) for a in e.args]
        nodes = [n if atomic(n) or isinstance(n, Product) else Fence(n) for n in nodes]
        return Product(tuple(nodes), ("odot",) * (len(nodes) - 1))

    def transpose(self, e: Any) -> Node:
        body = self.spell(e.args[0])
        return Power(body if atomic(body) else Fence(body), Letter("T", TRANSPOSES[self.notation.transpose]))

    def matrix(self, e: Any) -> Node:
        return Matrix(tuple(tuple(self.spell(e[i, j]) for j in range(e.cols)) for i in range(e.rows)))


class Marker(Speller):
    """A speller that colours some parts; what holds none of them is spelt as it was before."""

    marks: Mapping[Any, str]

    def __init__(self, plain: Speller, marks: Mapping[Any, str]) -> None:
        super().__init__(plain.notation)
        self.plain, self.marks = plain, marks

    def _spell(self, e: Any) -> Node:
        if e in self.marks:
            return Mark(self.plain.spell(e), self.marks[e])
        return super()._spell(e) if self.holds(e) else self.plain.spell(e)

    def holds(self, e: Any) -> bool:
        return not self.plain.parts(e).isdisjoint(self.marks)


METHODS: tuple[tuple[Any, Any], ...] = (  # the first kind that fits
    (sp.MatrixSymbol, Speller.symbol),
    (sp.MatAdd, Speller.add),
    (sp.MatMul, Speller.matmul),
    (HadamardProduct, Speller.hadamard),
    (sp.Transpose, Speller.transpose),
    (sp.MatrixBase, Speller.matrix),
    (MatrixElement, Speller.matrix_entry),
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


@cache
def method_for(kind: type) -> Any:
    """How expressions of this class are spelt; a class unknown here is written as SymPy prints it."""
    return next((method for known, method in METHODS if issubclass(kind, known)), Speller.constant)


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
