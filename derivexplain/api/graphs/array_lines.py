"""The lines of a worked example with arrays: equations of the layers, gradients, one entry of each in numbers.

affine[i,j] = sum(k, x[i,k]*W[k,j]) + b[j] = array of shape (3, 2)
affine[0,0] = 0.1257*1.2 + (-0.1321)*0.4 + 0.5 = 0.598
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ... import typeset
from ...arrays.probing import gradient_values
from ...evaluation import evaluate_formula
from ...indices import parts, substitute
from ...story import Equation, Gradient, Line, Run
from ...symbols import UPSTREAM, D, MaxOver, Over, SumOver, entry, length
from ...typeset import Notation, nodes
from ..derivation import derive
from ..targets import name_of
from .indexed import compose
from .putting import put

if TYPE_CHECKING:
    from .graph import Graph

MANY = 18  # numbers in a line; more of them nobody checks by hand
DIGITS = 4


def array_lines(graph: Graph, run: Run, notation: Notation) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Forward and backward; raises InputError where a layer states no formula."""
    whole = compose(graph, run)
    env = evaluate_formula(whole.formula, whole.values) | {UPSTREAM: run.gradients[run.of]}
    gradients: dict[str, Gradient] = {}
    for letter in (*whole.formula.inputs, *whole.formula.params):
        derived = derive(whole.formula, name_of(letter))
        gradients |= {g.name: g for g in derived.gradients}
        env |= {f"d{name}": value for name, value in gradient_values(derived, env).items()}
    equations = whole.formula.equations
    write = _Writer(env, notation, equations)
    forward = [line for e in equations for line in write.lines(name_of(e.lhs), e.lhs, e.rhs)]
    start = entry(UPSTREAM, *parts(whole.formula.output)[1])
    backward = [write.line(UPSTREAM, start, None)]
    given = [n for n in gradients if n not in env or n in whole.values and n not in whole.computed]
    order = [name_of(e.lhs) for e in reversed(equations)] + given
    for name in (n for n in order if n in gradients):
        backward += write.lines(f"d{name}", gradients[name].symbol, gradients[name].form)
    return tuple(forward), tuple(backward)


class _Writer:
    def __init__(self, env: Mapping[str, Any], notation: Notation, equations: Iterable[Equation]) -> None:
        self.env, self.notation = env, notation
        self.everywhere = {
            i: n for e in equations for i, n in self.sizes(e.lhs, e.rhs)
        }  # also N_i on a line without i

    def lines(self, name: str, left: Any, right: Any) -> Iterator[Line]:
        """An equation between arrays, and its first entry in numbers."""
        yield self.line(name, left, right)
        if worked := self.entry(name, left, right):
            yield worked

    def line(self, name: str, left: Any, right: Any) -> Line:
        value = self.env[name]
        shape = np.shape(value)
        result = nodes.Words(f"array of shape {shape}") if shape else self.number(value)
        symbols = None if right is None else self.tree(right)
        return Line(
            name.removeprefix("d"), self.tree(left), symbols, None, result, None if shape else value, shape or None
        )

    def entry(self, name: str, left: Any, right: Any) -> Line | None:
        """The entry at the first place of every axis; None where it takes too many numbers."""
        axes = parts(left.wrt if isinstance(left, D) else left)[1]
        sizes = self.everywhere | dict(self.sizes(left, right))
        first = {i: sp.Integer(0) for i in axes}
        spelled = Spelled(self.env, sizes)
        try:
            worked = spelled(substitute(right, first))
        except TooMany:
            return None
        table = {self.tree(atom): self.number(value) for atom, value in spelled.found.items()}
        value = np.asarray(self.env[name])[(0,) * len(axes)]
        numbers, result = put(self.tree(worked), table), self.number(value)
        if typeset.text(numbers) == typeset.text(result) and not axes:
            return None
        shown = None if typeset.text(numbers) == typeset.text(result) else numbers
        return Line(name.removeprefix("d"), self.tree(substitute(left, first)), None, shown, result, float(value))

    def sizes(self, left: Any, right: Any) -> Iterator[tuple[sp.Symbol, int]]:
        """How far every index runs, read off the arrays."""
        for side in (left, right):
            for atom in side.atoms(sp.Indexed):
                name, indices = parts(atom)
                if name in self.env:
                    yield from ((i, n) for i, n in zip(indices, np.shape(self.env[name])) if i.is_Symbol)

    def tree(self, expr: Any) -> Any:
        return typeset.tree(expr, self.notation)

    def number(self, value: Any) -> Any:
        """To a few digits: an entry is looked at, not computed with."""
        value = float(f"{float(value):.{DIGITS}g}")
        return typeset.number(int(value) if value.is_integer() and abs(value) < 1e6 else value)


class TooMany(Exception):
    """An entry that takes more numbers than anybody wants to read."""


class Spelled:
    """An entry's formula with its sums written out and its cases decided; `found` are the numbers it uses."""

    def __init__(self, env: Mapping[str, Any], sizes: Mapping[sp.Symbol, int]) -> None:
        self.env, self.sizes = env, sizes
        self.found: dict[Any, Any] = {}
        self.uses = 0

    def __call__(self, expr: Any) -> Any:
        if isinstance(expr, Over):
            return self.over(expr)
        if isinstance(expr, sp.Piecewise):
            return next(self(e) for e, c in expr.args if self.true(c))
        if isinstance(expr, sp.Indexed | D) or expr.is_Symbol:
            return self.leaf(expr)
        if not expr.args:
            return expr
        args = [self(a) for a in sorted(expr.args, key=lambda a: isinstance(expr, sp.Add) and not a.has(Over))]
        if isinstance(expr, sp.Add):
            args = [term for a in args for term in sp.Add.make_args(a)]
        if isinstance(expr, sp.Mul) and any(a.is_zero for a in args):
            return sp.S.Zero
        if isinstance(expr, sp.Add | sp.Mul | sp.Pow):
            return expr.func(*args, evaluate=False)
        return expr.func(*args)

    def over(self, expr: Over) -> Any:
        if expr.index not in self.sizes:
            raise TooMany
        count = self.sizes[expr.index]
        if count > MANY:
            raise TooMany
        terms = [self(substitute(expr.body, {expr.index: sp.Integer(k)})) for k in range(count)]
        if isinstance(expr, MaxOver):
            return sp.Max(*terms)
        assert isinstance(expr, SumOver)
        kept = [t for t in terms if t != 0]
        return sp.Add(*kept, evaluate=False) if len(kept) > 1 else kept[0] if kept else sp.S.Zero

    def leaf(self, expr: Any) -> Any:
        """An entry, a gradient's entry, a length, a letter: a number of the environment."""
        name, indices = parts(expr.wrt if isinstance(expr, D) else expr)
        if expr.is_Symbol and (size := {length(i): n for i, n in self.sizes.items()}.get(expr)):
            self.found[expr] = size
            return expr
        places = tuple(int(self.value(i)) for i in indices)
        array = np.asarray(self.env[f"d{name}" if isinstance(expr, D) else name])
        if any(not 0 <= k < n for k, n in zip(places, array.shape)):
            return sp.S.Zero  # beyond the border
        self.uses += 1
        if self.uses > MANY:
            raise TooMany
        settled = entry(name, *places)
        settled = D(expr.expr, settled) if isinstance(expr, D) else settled
        self.found[settled] = array[places]
        return settled

    def value(self, expr: Any) -> Any:
        """A subscript or a side of a condition as a number."""
        probe = Spelled(self.env, self.sizes)
        found = probe(expr)
        return found.xreplace(
            {a: sp.Float(float(v), 17) if v % 1 else sp.Integer(int(v)) for a, v in probe.found.items()}
        )

    def true(self, condition: Any) -> bool:
        return condition == True or bool(self.value(condition))  # noqa: E712
