"""One open derivative at a time: the line that comes next, at each level of detail.

A line at "normal" is one law that is worth saying, together with the silent ones it opens the way for
(constants, d(x) = 1); "full" gives each its own line, and the chain rule too; "brief" the outermost law and then
the rest at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from .. import matching
from ..errors import InputError
from ..law import HOLES, Law, Move
from ..matching import replace
from ..symbols import D, real

DETAILS = ("full", "normal", "brief")
LETTERS = ("u", "v", "w", "p", "q", "r", "s", "z")
NODES = 1500  # of the largest formula; a line may have ten times as many


@dataclass(frozen=True)
class Line:
    """One line in the making: which open derivatives were taken, by which law, and what they became.

    `letters` are pairs of a letter (None: any that is free) and what it stands for.
    """

    law: str
    moves: dict[sp.Expr, sp.Expr]
    conditions: tuple[Any, ...] = ()
    letters: tuple[tuple[Any, Any], ...] = ()

    def __or__(self, other: Line) -> Line:
        """Two uses of one law as one line."""
        return Line(self.law, {**self.moves, **other.moves}, tuple(dict.fromkeys(self.conditions + other.conditions)))


class Names:
    """Letters for substitutions, u = 1 + e^(-x): each part has one letter throughout, and no letter two parts."""

    def __init__(self, used: Iterable[str]) -> None:
        used = set(used)
        turns = (f"{name}{turn or ''}" for turn in range(99) for name in LETTERS)
        self.free = (real(name) for name in turns if name not in used)
        self.given: dict[sp.Expr, sp.Symbol] = {}

    def of(self, part: sp.Expr) -> sp.Symbol:
        if part not in self.given:
            self.given[part] = next(self.free)
        return self.given[part]


class Rules:
    """The laws and moves by which open derivatives are taken.

    `outputs` maps letters that stand for a function of the variable (y) to their derivatives.
    """

    def __init__(
        self, laws: Sequence[Law | Move], names: Names, outputs: Mapping[Any, sp.Expr] | None = None
    ) -> None:
        self.laws = [law for law in laws if isinstance(law, Law)]
        self.moves = [law for law in laws if isinstance(law, Move)]
        self.names = names
        self.outputs = dict(outputs or {})
        self.stuck: set[D] = set()

    def lines(self, state: sp.Expr, detail: str) -> Iterator[tuple[Line, sp.Expr]]:
        """From a state with open derivatives to one without: each line, and the state after it."""
        first = True
        while (line := self.line(state, detail, first)) is not None:
            after = join_pieces(replace(state, line.moves))
            if after != state:
                named = tuple((name or self.names.of(value), value) for name, value in line.letters)
                yield Line(line.law, line.moves, line.conditions, named), after
            state, first = after, False
            guard(state, 10 * NODES)

    def line(self, state: sp.Expr, detail: str, first: bool = True) -> Line | None:
        """The next line, or None where nothing is left that a law could take."""
        if detail == "brief" and not first:
            return self.rest(state)
        one = self.single if detail == "full" else self.said
        while (node := self.next(state)) is not None:
            if (line := one(node)) is not None:
                return line if detail == "full" else self.together(line, state)
            self.stuck.add(node)
        return None

    def next(self, state: sp.Expr) -> D | None:
        """The open derivative to be taken: the outer function of a chain rule first, else from left to right."""
        there = [n for n in opened(state) if n not in self.stuck]
        letters = set(self.names.given.values())
        return min(there, key=lambda n: n.wrt not in letters, default=None)

    def take(self, node: D, silent: bool = False) -> Line | None:
        """The first law that fits this open derivative; with `silent` only one that needs no line of its own."""
        if node.expr in self.outputs:
            return None if silent else Line("derivative-of-output", {node: self.outputs[node.expr]})
        moving = frozenset({node.wrt, *self.outputs})
        for law in self.laws:
            if silent and law.level != "full":
                continue
            if found := matching.apply(law, node, moving):
                becomes = found.becomes
                if law.id == "sum":  # all terms at once, not one and then the others
                    becomes = sp.Add(*[D(term, node.wrt) for term in node.expr.args])
                return Line(law.id, {node: becomes}, found.conditions, letters(law, found, node.wrt))
        for move in () if silent else self.moves:
            if (made := move.apply(node, moving)) is not None:
                becomes, conditions = made if isinstance(made, tuple) else (made, ())
                return Line(move.id, {node: becomes}, tuple(c for c in conditions if c != sp.true))
        return None

    def single(self, node: D) -> Line | None:
        """Full detail: one law, and the chain rule before a law for a function of a function."""
        line = self.take(node)
        back = {letter: part for part, letter in self.names.given.items()}
        if node.wrt in back:  # the outer function, just taken by its own variable: the inner one is put back
            replaced = lambda e: replace(e, back) if e == node.wrt or e.has(node.wrt) else e  # noqa: E731
            return line and Line(
                line.law, {node: replaced(self.settle(line.moves[node]))}, tuple(map(replaced, line.conditions))
            )
        if line is None or len(line.letters) != 1 or line.law in ("product", "quotient", "general-power"):
            return line
        ((_, inner),) = line.letters
        if inner.is_Symbol:
            return line
        u = self.names.of(inner)
        outer = replace(node.expr, {inner: u})
        if outer.has(node.wrt):
            return line
        return Line("chain", {node: sp.Mul(D(outer, u), D(inner, node.wrt))}, (), ((u, inner),))

    def said(self, node: D) -> Line | None:
        """Normal detail: the silent laws, one that is worth saying, and the silent ones again."""
        before = self.quiet(node)
        inner = next(opened(before), None)
        line = self.take(node if inner is None else inner)
        if line is None or inner is None:
            return line and Line(line.law, {node: before}, line.conditions)
        after = replace(before, {inner: self.settle(line.moves[inner])})
        return Line(line.law, {node: after}, line.conditions, line.letters)

    def together(self, line: Line, state: sp.Expr) -> Line:
        """The same law on all terms that it finishes without a substitution: d(x^3) + d(x^2) is one line."""
        (becomes,) = line.moves.values()
        if not line.letters and not becomes.has(D):
            for other in opened(state):
                also = None if other in self.stuck or other in line.moves else self.said(other)
                if also and also.law == line.law and not also.letters and not also.moves[other].has(D):
                    line |= also
        return line

    def rest(self, state: sp.Expr) -> Line | None:
        """Brief: all that is left at once."""
        after: sp.Expr = state
        conditions: list[Any] = []
        while (line := self.line(after, "normal")) is not None:
            after = join_pieces(replace(after, line.moves))
            conditions += line.conditions
            guard(after, 10 * NODES)
        return Line("remaining", {state: after}, tuple(dict.fromkeys(conditions))) if after != state else None

    def quiet(self, node: D) -> sp.Expr:
        """The open derivative after the laws that are not worth a line: constants out, d(x) = 1, sums of such."""
        if node.expr.is_Add and node.expr not in self.outputs:
            terms = [self.quiet(D(t, node.wrt)) for t in node.expr.args]
            return node if any(t.has(D) for t in terms) else sp.Add(*terms)
        line = self.take(node, silent=True)
        return node if line is None else self.settle(line.moves[node])

    def settle(self, expr: sp.Expr) -> sp.Expr:
        """An expression after all silent laws."""
        return join_pieces(replace(expr, {node: self.quiet(node) for node in opened(expr)}))


def letters(law: Law, found: matching.Match, wrt: Any) -> tuple[tuple[Any, Any], ...]:
    """What the holes stood for, where a reader needs to be told."""
    if law.level == "full" or law.id == "sum":
        return ()
    stood = [found.binding[h] for h in (HOLES[name] for name in "uvw") if h in found.binding]
    return () if all(part == wrt for part in stood) else tuple((None, value) for value in stood)


def opened(expr: sp.Basic) -> Iterator[D]:
    """Open derivatives that can be taken now: those with none inside, from left to right."""
    if isinstance(expr, D):
        inner = list(opened(expr.expr))
        yield from inner or [expr]
        return
    for a in expr.args:
        yield from opened(a)


def join_pieces(expr: sp.Expr) -> sp.Expr:
    """Neighbouring pieces with the same value are one piece; one whose condition was met before is none."""
    moves = {}
    for p in expr.atoms(sp.Piecewise):
        kept: list[Any] = []
        for value, cond in flat(p):
            if any(cond == earlier for _, earlier in kept):
                continue
            if kept and kept[-1][0] == value:
                kept[-1] = (value, sp.Or(kept[-1][1], cond))
            else:
                kept.append((value, cond))
        if kept != [tuple(a) for a in p.args]:
            moves[p] = kept[0][0] if len(kept) == 1 else sp.Piecewise(*kept, evaluate=False)
    return replace(expr, moves) if moves else expr


def flat(p: sp.Piecewise) -> Iterator[tuple[Any, Any]]:
    """The pieces, those of pieces inside of pieces too."""
    for value, cond in p.args:
        if isinstance(value, sp.Piecewise):
            yield from ((inner, sp.And(cond, narrower)) for inner, narrower in flat(value))
        else:
            yield value, cond


def guard(expr: sp.Expr, limit: int) -> None:
    """Refuse what is too large to be read by anybody."""
    if (size := sum(1 for _ in sp.preorder_traversal(expr))) > limit:
        raise InputError(f"the formula has {size} nodes, more than {limit}", mend="differentiate its parts")
