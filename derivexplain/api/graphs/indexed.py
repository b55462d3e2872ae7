"""A graph of arrays as one index formula: the named equations of every layer, in the graph's letters.

affine[i,j] = sum(k, x[i,k]*W1[k,j]) + b1[j], then relu[i,j] = max(0, affine[i,j]), and so on to the loss: what the
reverse sweep needs to derive the whole. A layer that works entry by entry gets a letter for each axis of its output;
an operand with fewer axes takes the last of them, as NumPy broadcasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ... import computation as machine
from ...arrays.axes import has_indices
from ...computation import Operation
from ...errors import InputError
from ...evaluation import evaluate
from ...indices import fresh, parts
from ...story import Equation, Formula, Run
from ...symbols import UPSTREAM, Over, entry, length, real
from ..targets import exact, name_of
from .local import formula_of_class

if TYPE_CHECKING:
    from .graph import Graph


@dataclass(frozen=True)
class Indexed:
    """The formula of the whole, the graph's numbers for its letters (none for those inside of layers), and the
    values among them that nodes compute."""

    formula: Formula
    values: Mapping[str, Any]
    computed: tuple[str, ...]


def of_arrays(graph: Graph) -> bool:
    """Whether a graph speaks of arrays: one goes in, or a layer's formula has indices."""
    computation = graph.computation()
    formulas = (formula_of_class(op.kind) for op in computation.operations)
    return any(map(np.ndim, computation.given.values())) or any(f is not None and has_indices(f) for f in formulas)


def compose(graph: Graph, run: Run) -> Indexed:
    """All equations that the end of a run depends on; raises InputError where a node has none."""
    computation = graph.computation()
    operations = machine.needed(machine.ordered(computation), run.of)
    if UPSTREAM in run.values:
        raise InputError(
            f"a value is called '{UPSTREAM}', the letter of the upstream gradient", mend="give it another name"
        )
    given = {v: computation.given[v] for op in operations for v in op.operands if v in computation.given}
    numbers = {v: exact(n) for v, n in given.items() if v in computation.constants and not np.ndim(n)}
    writer = _Writer(run, set(given), numbers)
    for op in operations:
        writer.add(op)
    params = {v for op in operations for _, v in op.params}
    asked = [v for v in run.values if v in writer.given and v in run.gradients]
    formula = Formula(
        tuple(_leading_to(run.of, writer.equations)),
        tuple(writer.whole(v) for v in asked if v not in params),
        tuple(writer.whole(v) for v in asked if v in params),
        tuple(e.lhs for e in writer.equations if name_of(e.lhs) == run.of),
        writer.domain,
        tuple(writer.facts),
    )
    values = {v: n for v, n in writer.values.items() if n is not None}
    return Indexed(formula, values, tuple(n for n in map(name_of, (e.lhs for e in formula.equations)) if n in values))


def _leading_to(end: str, equations: list[Equation]) -> list[Equation]:
    """Those equations that the end needs, in order."""
    wanted, kept = {end}, []
    for e in reversed(equations):
        if name_of(e.lhs) in wanted:
            wanted |= {s.name for s in e.rhs.free_symbols if s.is_Symbol}
            kept.append(e)
    return kept[::-1]


class _Writer:
    """The equations so far, and every name that is in use."""

    def __init__(self, run: Run, given: set[str], constants: Mapping[str, Any]) -> None:
        self.values = dict(run.values)
        self.given, self.constants = given, constants
        self.equations: list[Equation] = []
        self.facts: list[Equation] = []
        self.domain: dict[Any, Any] = {}
        self.letters: set[Any] = set()

    def add(self, op: Operation) -> None:
        """A node's equations in the graph's letters."""
        formula = formula_of_class(op.kind)
        if formula is None:
            raise InputError(
                f"node '{op.name}' ({op.layer.name}) states no formula",
                mend="give its class one: formula = 'y[i,j] = ...'; g.check() compares the numbers all the same",
            )
        names = self.names(op, formula)
        moves = self.indexed(formula, names) if has_indices(formula) else self.entrywise(op, formula, names)
        moves |= {s: exact(getattr(op.layer, s.name)) for s in _symbols(formula) if _counts(s, op)}
        moves |= {real(s.name): new for s, new in moves.items() if s.is_Symbol}  # facts are read without the formula
        turned = lambda e: Equation(e.lhs.xreplace(moves), e.rhs.xreplace(moves))  # noqa: E731
        stated = [turned(e) for e in formula.equations]
        for e in stated:
            self.fits(op, e)
        self.equations += stated
        self.facts += [f for f in map(turned, formula.facts) if self.holds(f)]
        for letter, interval in formula.domain.items():
            if (name := names[name_of(letter)]) in self.given:
                self.domain[self.whole(name)] = interval

    def names(self, op: Operation, formula: Formula) -> dict[str, str]:
        """The layer's own names -> the graph's: operands, outputs, then what is inside, under a free name."""
        table = dict(zip(op.layer.inputs(), op.inputs)) | dict(op.params)
        table |= dict(zip(map(name_of, formula.outputs), op.outputs))
        computed = {name_of(e.lhs) for e in formula.equations}
        counts = {s.name for s in _symbols(formula) if _counts(s, op)}
        for own in sorted(_names(formula) - {*table} - counts):
            table[own] = self.free(own, None if own in computed else getattr(op.layer, own))
        return table

    def free(self, base: str, value: Any) -> str:
        """A name like this one that nothing has yet; what has a value is given, such as labels."""
        name, k = base, 2
        while name in self.values or name == UPSTREAM:
            name, k = f"{base}{k}", k + 1
        self.values[name] = value
        if value is not None:
            self.given.add(name)
        return name

    def whole(self, name: str) -> Any:
        """The letter of a value: a number's, or an array's."""
        return sp.IndexedBase(name, real=True) if np.ndim(self.values[name]) else real(name)

    def indexed(self, formula: Formula, names: Mapping[str, str]) -> dict[Any, Any]:
        """The layer's letters -> the graph's, for a formula that has its own indices."""
        moves: dict[Any, Any] = {}
        for base in {a.base for a in _entries(formula)}:
            label = base.label
            moves[base] = sp.IndexedBase(sp.Symbol(names[label.name], **label.assumptions0))
        for s in _symbols(formula):
            if s.name in names:
                moves[s] = self.constants.get(names[s.name], sp.Symbol(names[s.name], **s.assumptions0))
        letters = sorted(_letters(formula), key=str)
        stated = {str(f.lhs) for f in formula.facts}
        for i in letters:
            if i.name in self.values or (length(i).name in stated and i in self.letters):
                moves[i] = fresh({*self.values, *self.letters, *letters, *moves.values()})
                moves[length(i)] = length(moves[i])
        self.letters |= {moves.get(i, i) for i in letters}
        return moves

    def entrywise(self, op: Operation, formula: Formula, names: Mapping[str, str]) -> dict[Any, Any]:
        """The layer's letters -> entries, for a formula between numbers."""
        shape = np.shape(self.values[op.name])
        letters: list[Any] = []
        for like, _ in zip("nmkl", shape):
            letters.append(fresh({*self.values, *letters}, like))
        moves = {}
        for s in _symbols(formula):
            name = names[s.name]
            if name in self.constants or (name in self.given and name not in op.operands):  # the layer's alpha
                moves[s] = self.constants.get(name, sp.Symbol(name, **s.assumptions0))
                continue
            own = shape if self.values[name] is None else np.shape(self.values[name])
            if own != shape[len(shape) - len(own) :]:
                raise InputError(
                    f"node '{op.name}' ({op.layer.name}) stretches '{name}' of shape {own} to {shape}",
                    mend="leave axes of length 1 out: a derivation has a letter for every axis",
                )
            moves[s] = entry(name, *letters[len(shape) - len(own) :])
        return moves

    def fits(self, op: Operation, equation: Equation) -> None:
        """Every entry has as many letters as its array has axes."""
        for atom in sorted(equation.lhs.atoms(sp.Indexed) | equation.rhs.atoms(sp.Indexed), key=str):
            name, indices = parts(atom)
            value = self.values.get(name)
            if value is not None and np.ndim(value) != len(indices):
                raise InputError(
                    f"node '{op.name}' ({op.layer.name}) speaks of {atom}, '{name}' has the shape {np.shape(value)}",
                    mend="choose a layer whose formula has as many axes as its input",
                )

    def holds(self, fact: Equation) -> bool:
        """Whether a fact is about what is given, and true of its numbers."""
        if fact.lhs.is_Symbol:
            return True  # how long an axis is
        if not {parts(a)[0] for a in fact.lhs.atoms(sp.Indexed)} <= self.given:
            return False
        return bool(np.allclose(evaluate(fact.lhs - fact.rhs, self.values), 0))


def _entries(formula: Formula) -> set[Any]:
    sides = (side for e in formula.equations for side in (e.lhs, e.rhs))
    return {a for side in sides for a in side.atoms(sp.Indexed)}


def _symbols(formula: Formula) -> set[Any]:
    """The letters that are numbers: no array, and no index."""
    free = {s for e in (*formula.equations, *formula.facts) for side in (e.lhs, e.rhs) for s in side.free_symbols}
    arrays = {a.base.label for a in _entries(formula)}
    return {s for s in free - arrays - _letters(formula) if s.is_Symbol and not s.name.startswith("N_")}


def _names(formula: Formula) -> set[str]:
    return {s.name for s in _symbols(formula)} | {parts(a)[0] for a in _entries(formula)}


def _letters(formula: Formula) -> set[Any]:
    """The index letters of a formula: those that run, on a left side or under a sum."""
    return {i for e in formula.equations for i in parts(e.lhs)[1]} | {
        o.index for e in formula.equations for o in e.rhs.atoms(Over)
    }


def _counts(s: Any, op: Operation) -> bool:
    """Whether a letter is a whole number of its layer: a stride stands as its number, an alpha as a letter."""
    return s.name in op.layer.constants and bool(s.is_integer)
