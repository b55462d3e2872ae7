"""The lines of a worked example: symbol = with numbers = result, forward and back.

The local derivative in a line is the layer's claim (or what `derive` finds where it states none), its
letters renamed to the graph's; numbers are put into the display tree, so that they stand where the
letters stood. Substitutions that say nothing are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ... import computation as machine
from ... import typeset
from ...computation import Operation
from ...evaluation import evaluate
from ...story import Line, Run
from ...symbols import UPSTREAM, D, real
from ...typeset import nodes
from ...typeset.spelling import joint
from ..targets import name_of
from .local import formula_of_class, local

if TYPE_CHECKING:
    from .graph import Graph

Node = Any


def forward_lines(graph: Graph, run: Run, style: str) -> tuple[Line, ...]:
    """What each node computes, in the order of the forward pass."""
    write = _Writer(graph, run, style)
    return tuple(write.forward(op, k) for op in write.operations for k in range(len(op.outputs)))


def backward_lines(graph: Graph, run: Run, style: str) -> tuple[Line, ...]:
    """Where each gradient comes from, from the end to the inputs."""
    write = _Writer(graph, run, style)
    return tuple(map(write.backward, backward_order(run)))


def backward_order(run: Run) -> tuple[str, ...]:
    """The end, then every value as soon as the last summand of its gradient is there."""
    complete: dict[str, list[str]] = {}
    for name, shares in run.shares.items():
        if name != run.of:
            complete.setdefault(shares[-1].node, []).append(name)
    operand = {(s.node, name): s.operand for name, shares in run.shares.items() for s in shares}
    names = [
        n for node in reversed(run.order) for n in sorted(complete.get(node, ()), key=lambda n: operand[node, n])
    ]
    idle = [n for n in run.gradients if n != run.of and n not in run.shares]
    return (run.of, *names, *idle)


class _Writer:
    def __init__(self, graph: Graph, run: Run, style: str) -> None:
        computation = graph.computation()
        self.run, self.style, self.constants = run, style, computation.constants
        self.operations = machine.needed(machine.ordered(computation), run.of)
        self.nodes = {op.name: op for op in self.operations}

    # ------------------------------------------------------------ lines

    def forward(self, op: Operation, k: int) -> Line:
        name = op.outputs[k]
        symbols = None
        formula = formula_of_class(op.kind)
        if formula is not None and k < len(formula.outputs):
            body = {e.lhs: e.rhs for e in formula.equations}.get(formula.outputs[k])
            symbols = self.rename(op, typeset.tree(body)) if body is not None else None
        if symbols is None:
            symbols = nodes.Call(op.layer.name, tuple(map(_letter, op.inputs)))
        whole = formula.expr if formula is not None and len(formula.equations) == 1 else None
        return self.line(
            name, _letter(name), symbols, self.run.values[name], lambda: self.filled(op, whole, symbols), op
        )

    def backward(self, name: str) -> Line:
        left = self.slope(name)
        shares = self.run.shares.get(name, ())
        if not shares:
            return self.line(name, left, None, self.run.gradients[name], None, None)
        terms = [self.term(self.nodes[s.node], s.operand) for s in shares]
        symbols = _sum([t[0] for t in terms])
        numbers = lambda: _sum([t[1]() for t in terms])  # noqa: E731
        return self.line(name, left, symbols, self.run.gradients[name], numbers, self.nodes[shares[0].node])

    def term(self, op: Operation, operand: int) -> tuple[Node, Callable[[], Node]]:
        """One summand: upstream times local derivative, in letters and in numbers."""
        upstream, dout = self.slope(op.name), self.run.gradients.get(op.name, 0)
        slope, indexed = local(op.kind, operand)
        if slope is None:
            return nodes.Call(f"{op.layer.name} backward", (upstream,)), lambda: upstream
        if indexed:
            incoming = {UPSTREAM: _letter(f"d{op.name}")}  # as code calls it: the gradient of the output
            return _put(self.rename(op, typeset.tree(slope)), incoming), lambda: upstream
        tree = self.rename(op, typeset.tree(slope))
        factor = lambda: self.filled(op, slope, tree)  # noqa: E731
        if slope == 1:
            return upstream, lambda: self.number(dout)
        symbols = nodes.Sum((("-", upstream),)) if slope == -1 else _product(upstream, tree)
        return symbols, lambda: _product(self.number(dout), factor())

    def line(
        self,
        name: str,
        left: Node,
        symbols: Node,
        value: Any,
        numbers: Callable[[], Node] | None,
        op: Operation | None,
    ) -> Line:
        if np.ndim(value):
            result, filled = nodes.Words(f"array of shape {np.shape(value)}"), None
        else:
            result = self.number(value)
            filled = numbers() if numbers and self.scalar(op) else None
            if filled is not None and typeset.text(filled) in (
                typeset.text(result),
                symbols and typeset.text(symbols),
            ):
                filled = None
        plain = value if not np.ndim(value) else None
        return Line(name, left, symbols, filled, result, plain, np.shape(value) or None, op.layer.name if op else "")

    def scalar(self, op: Operation | None) -> bool:
        """Whether everything at a node is one number."""
        return op is not None and not any(np.ndim(self.run.values[v]) for v in (*op.operands, *op.outputs))

    # ------------------------------------------------------------ letters and numbers

    def slope(self, name: str) -> Node:
        """The derivative of the end by a value, in the graph's letters."""
        return typeset.tree(D(real(self.run.of), real(name)))

    def names(self, op: Operation) -> dict[str, str]:
        """The layer's own letters -> the values of the graph."""
        formula = formula_of_class(op.kind)
        table = dict(zip(op.layer.inputs(), op.inputs)) | dict(op.params)
        outputs = [name_of(o) for o in formula.outputs] if formula is not None else ["y"]
        return table | dict(zip(outputs, op.outputs))

    def rename(self, op: Operation, tree: Node) -> Node:
        """A tree in the layer's letters, in the graph's; constants stand as their numbers."""
        table: dict[str, Node] = {}
        for own, value in self.names(op).items():
            table[own] = self.number(self.run.values[value]) if value in self.constants else _letter(value)
        for own in op.layer.constants:
            table[own] = self.number(getattr(op.layer, own, None))
        return _put(tree, table)

    def filled(self, op: Operation, local: Any, tree: Node) -> Node:
        """The tree with numbers for letters; of cases and the like only the number that comes out."""
        table = {name: self.number(self.run.values[name]) for name in (*op.operands, *op.outputs)}
        if local is not None and local.has(sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside):
            env = {own: np.asarray(self.run.values[value]) for own, value in self.names(op).items()}
            env |= {own: np.asarray(getattr(op.layer, own)) for own in op.layer.constants}
            return self.number(float(evaluate(local, env)))
        return _put(tree, table)

    def number(self, value: Any) -> Node:
        if np.ndim(value) or value is None:
            return nodes.Words("array")
        if self.style == "exact" and isinstance(value, float):
            near = Fraction(value).limit_denominator(1000)
            if abs(float(near) - value) <= 4e-16 * abs(value):
                return typeset.tree(sp.Rational(near.numerator, near.denominator))
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
        node = typeset.number(int(value) if whole and self.style != "float" else value)
        return nodes.Number(repr(value)) if whole and self.style == "float" and value >= 0 else node


# ---------------------------------------------------------------- trees


def _letter(name: str) -> Node:
    return typeset.tree(real(name))


def _put(tree: Node, table: Mapping[str, Node]) -> Node:
    """The tree with other nodes in the place of letters; numbers get the signs between them that they need."""
    if isinstance(tree, nodes.Letter):
        return table.get(tree.name, tree)
    if isinstance(tree, tuple):
        return tuple(_put(part, table) for part in tree)
    if not is_dataclass(tree) or isinstance(tree, type):
        return tree
    if isinstance(tree, nodes.Product):
        factors = tuple(_bracketed(_put(f, table)) for f in tree.factors)
        pairs = zip(tree.dots, factors, factors[1:])
        dots = tuple(d or ("dot" if _numeric(a) or _numeric(b) else joint(a, b)) for d, a, b in pairs)
        return nodes.Product(factors, dots)
    if isinstance(tree, nodes.Sum):
        terms = [(sign, _put(t, table)) for sign, t in tree.terms]
        return nodes.Sum(tuple((s, _bracketed(t) if k or s == "-" else t) for k, (s, t) in enumerate(terms)))
    if isinstance(tree, nodes.Power):
        base = _put(tree.base, table)
        simple = isinstance(base, nodes.Number | nodes.Letter | nodes.Fence | nodes.Subscript)
        return nodes.Power(base if simple else nodes.Fence(base), _put(tree.exponent, table))
    return replace(tree, **{f.name: _put(getattr(tree, f.name), table) for f in fields(tree)})


def _numeric(node: Node) -> bool:
    inner = node.body if isinstance(node, nodes.Fence) else node
    if isinstance(inner, nodes.Sum) and len(inner.terms) == 1:
        inner = inner.terms[0][1]
    if isinstance(inner, nodes.Power):
        inner = inner.base
    return isinstance(inner, nodes.Number)


def _bracketed(node: Node) -> Node:
    return nodes.Fence(node) if isinstance(node, nodes.Sum) else node


def _product(a: Node, b: Node) -> Node:
    """a · b with a visible sign; what has a minus or is a sum gets brackets, products are joined."""
    right = b.factors if isinstance(b, nodes.Product) else (_bracketed(b),)
    dots = b.dots if isinstance(b, nodes.Product) else ()
    return nodes.Product((_bracketed(a), *right), ("dot", *dots))


def _sum(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else nodes.Sum(tuple(("+", _bracketed(t)) for t in terms))
