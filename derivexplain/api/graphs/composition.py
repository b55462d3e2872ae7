"""A graph of numbers: the formula of each node in the graph's letters, and all of them put into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import computation as machine
from ...arrays.axes import has_indices
from ...computation import Operation
from ...errors import InputError
from ...story import Equation, Formula
from ...symbols import real
from ..targets import exact, name_of
from .local import formula_of_class, local

if TYPE_CHECKING:
    from .graph import Graph

READABLE = 60  # nodes; one formula for more of them tells nobody anything


class Composition:
    """The nodes that `of` depends on, each as an equation between letters."""

    def __init__(self, graph: Graph, of: str | None) -> None:
        computation = graph.computation()
        self.of = machine.the_sink(computation, of)
        self.operations = machine.needed(machine.ordered(computation), self.of)
        self.equations: dict[str, Equation] = {}
        self.given = {
            v: computation.given[v] for op in self.operations for v in op.operands if v in computation.given
        }
        self.constants = {v: exact(n) for v, n in self.given.items() if v in computation.constants}
        for op in self.operations:
            formula = formula_of_class(op.kind)
            if formula is None or has_indices(formula) or len(op.outputs) > 1:
                raise InputError(
                    f"node '{op.name}' ({op.layer.name}) has no formula between numbers",
                    mend="give its class one: formula = 'y = ...'; g.check() compares the numbers all the same",
                )

    @property
    def inputs(self) -> list[str]:
        return [v for v in self.given if v not in self.constants]

    def letters(self, op: Operation) -> dict[Any, Any]:
        """The layer's own letters -> the graph's, constants as their numbers."""
        formula = formula_of_class(op.kind)
        assert formula is not None
        pairs = [*zip(op.layer.inputs(), op.inputs), *op.params, (name_of(formula.output), op.name)]
        moves: dict[Any, Any] = {}
        for own, value in pairs:
            moves[real(own)] = self.constants.get(value, real(value))
        for own in op.layer.constants:
            moves[real(own)] = exact(getattr(op.layer, own))
        for letter in (*formula.inputs, *formula.params, *formula.expr.free_symbols):
            moves.setdefault(letter, moves.get(real(name_of(letter)), letter))
        return moves

    def equation(self, op: Operation) -> Equation:
        """The node: its output, and what it computes from its operands."""
        if op.name not in self.equations:
            self.equations[op.name] = self.stated(op)
        return self.equations[op.name]

    def stated(self, op: Operation) -> Equation:
        formula = formula_of_class(op.kind)
        assert formula is not None
        return Equation(real(op.name), formula.expr.xreplace(self.letters(op)))

    def local(self, op: Operation, operand: int) -> Any:
        """The derivative of a node by one operand, in the graph's letters."""
        found, _ = local(op.kind, operand)
        return found.xreplace(self.letters(op))

    def composed(self) -> dict[Any, Any]:
        """Every letter that a node computes -> its formula in the inputs."""
        table: dict[Any, Any] = {}
        for op in self.operations:
            equation = self.equation(op)
            table[equation.lhs] = equation.rhs.xreplace(table)
        return table

    def formula(self) -> Formula:
        """The whole as one formula of the inputs."""
        whole = self.composed()[real(self.of)]
        return Formula(
            (Equation(real(self.of), whole),), tuple(map(real, self.inputs)), (), (real(self.of),), self.domain()
        )

    def domain(self) -> dict[Any, Any]:
        """What the layers ask of inputs that go straight into them."""
        found: dict[Any, Any] = {}
        for op in self.operations:
            for own, value in zip(op.layer.inputs(), op.inputs):
                if own in op.layer.domain and value in self.given and value not in self.constants:
                    found[real(value)] = op.layer.domain[own]
        return found
