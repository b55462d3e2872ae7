"""The lines of a worked example: symbol = with numbers = result, forward and back.

The local derivative in a line is the layer's claim (or what `derive` finds where it states none), its
letters renamed to the graph's; numbers are put into the display tree, so that they stand where the
letters stood. Substitutions that say nothing are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ... import computation as machine
from ... import typeset
from ...computation import Operation
from ...errors import InputError
from ...evaluation import evaluate
from ...story import Line, Run
from ...symbols import UPSTREAM, D, real
from ...typeset import Notation, nodes, read_notation
from ..targets import name_of
from .array_lines import array_lines
from .indexed import of_arrays
from .local import formula_of_class, local
from .putting import added, is_number, negative, product, put

if TYPE_CHECKING:
    from .graph import Graph

Node = Any
DIGITS = 4  # of short numbers


def lines(graph: Graph, run: Run, style: str, notation: Any) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """What each node computes, in order; where each gradient comes from, from the end to the inputs."""
    written = read_notation(notation)
    written.keep_apart(run.values)
    if of_arrays(graph):
        try:
            return array_lines(graph, run, written)
        except InputError:
            pass  # a layer without a formula: what its code says of the shapes
    write = _Writer(graph, run, style, written)
    forward = (write.forward(op, k) for op in write.operations for k in range(len(op.outputs)))
    return tuple(forward), tuple(map(write.backward, backward_order(run)))


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
    def __init__(self, graph: Graph, run: Run, style: str, notation: Notation) -> None:
        computation = graph.computation()
        self.run, self.style, self.notation, self.constants = run, style, notation, computation.constants
        self.operations = machine.needed(machine.ordered(computation), run.of)
        self.nodes = {op.name: op for op in self.operations}

    # ------------------------------------------------------------ lines

    def forward(self, op: Operation, k: int) -> Line:
        name = op.outputs[k]
        symbols = None
        formula = formula_of_class(op.kind)
        if formula is not None and k < len(formula.outputs):
            body = {e.lhs: e.rhs for e in formula.equations}.get(formula.outputs[k])
            symbols = self.rename(op, self.tree(body)) if body is not None else None
        if symbols is None:
            symbols = nodes.Call(op.layer.name, tuple(map(self.letter, op.inputs)))
        whole = formula.expr if formula is not None and len(formula.equations) == 1 else None
        return self.line(
            name, self.letter(name), symbols, self.run.values[name], lambda: self.filled(op, whole, symbols), op
        )

    def backward(self, name: str) -> Line:
        left = self.slope(name)
        shares = self.run.shares.get(name, ())
        if not shares:
            return self.line(name, left, None, self.run.gradients[name], None, None)
        terms = [self.term(self.nodes[s.node], s.operand) for s in shares]
        symbols = added([t[0] for t in terms])
        numbers = lambda: added([t[1]() for t in terms])  # noqa: E731
        return self.line(name, left, symbols, self.run.gradients[name], numbers, self.nodes[shares[0].node])

    def term(self, op: Operation, operand: int) -> tuple[Node, Callable[[], Node]]:
        """One summand: upstream times local derivative, in letters and in numbers."""
        upstream, dout = self.slope(op.name), self.run.gradients.get(op.name, 0)
        slope, indexed = local(op.kind, operand)
        if slope is None:
            return nodes.Call(f"{op.layer.name} backward", (upstream,)), lambda: upstream
        if indexed:
            incoming = {
                self.letter(UPSTREAM): self.letter(f"d{op.name}")
            }  # as code calls it: the gradient of the output
            return put(self.rename(op, self.tree(slope)), incoming), lambda: upstream
        tree = self.rename(op, self.tree(slope))
        factor = lambda: self.filled(op, slope, tree)  # noqa: E731
        if slope == 1:
            return upstream, lambda: self.number(dout)
        if slope == -1:
            return negative(upstream), lambda: negative(self.number(dout))
        return product(upstream, tree), lambda: product(self.number(dout), factor())

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
            others = [typeset.text(side) for side in (symbols, result) if side is not None]
            if filled is not None and (is_number(filled) or typeset.text(filled) in others):
                filled = None
        data = value if not np.ndim(value) else None
        return Line(name, left, symbols, filled, result, data, np.shape(value) or None, op.layer.name if op else "")

    def scalar(self, op: Operation | None) -> bool:
        """Whether everything at a node is one number."""
        return op is not None and not any(np.ndim(self.run.values[v]) for v in (*op.operands, *op.outputs))

    # ------------------------------------------------------------ letters and numbers

    def tree(self, expr: Any) -> Node:
        return typeset.tree(expr, self.notation)

    def letter(self, name: str) -> Node:
        return self.tree(real(name))

    def slope(self, name: str) -> Node:
        """The derivative of the end by a value, in the graph's letters."""
        return self.tree(D(real(self.run.of), real(name)))

    def names(self, op: Operation) -> dict[str, str]:
        """The layer's own letters -> the values of the graph."""
        formula = formula_of_class(op.kind)
        table = dict(zip(op.layer.inputs(), op.inputs)) | dict(op.params)
        outputs = [name_of(o) for o in formula.outputs] if formula is not None else ["y"]
        return table | dict(zip(outputs, op.outputs))

    def rename(self, op: Operation, tree: Node) -> Node:
        """A tree in the layer's letters, in the graph's; constants stand as their numbers."""
        table: dict[Node, Node] = {}
        for own, value in self.names(op).items():
            table[self.letter(own)] = (
                self.number(self.run.values[value]) if value in self.constants else self.letter(value)
            )
        for own in op.layer.constants:
            table[self.letter(own)] = self.number(getattr(op.layer, own, None))
        return put(tree, table)

    def filled(self, op: Operation, local: Any, tree: Node) -> Node:
        """The tree with numbers for letters; of cases only the number that comes out."""
        table = {self.letter(name): self.number(self.run.values[name]) for name in (*op.operands, *op.outputs)}
        if local is not None and local.has(sp.Piecewise, sp.Heaviside):
            env = {own: np.asarray(self.run.values[value]) for own, value in self.names(op).items()}
            env |= {own: np.asarray(getattr(op.layer, own)) for own in op.layer.constants}
            return self.number(machine.whole(float(evaluate(local, env))))
        return put(tree, table)

    def number(self, value: Any) -> Node:
        if np.ndim(value) or value is None:
            return nodes.Words("array")
        value = value or 0 * value  # a zero has no sign
        if self.style == "short":
            return typeset.number(machine.whole(float(f"{value:.{DIGITS}g}")))
        if self.style == "exact" and isinstance(value, float):
            near = Fraction(value).limit_denominator(1000)
            if abs(float(near) - value) <= 4e-16 * abs(value):
                return typeset.tree(sp.Rational(near.numerator, near.denominator))
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
        node = typeset.number(int(value) if whole and self.style != "float" else value)
        return nodes.Number(repr(value)) if whole and self.style == "float" and value >= 0 else node
