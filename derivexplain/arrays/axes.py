"""Which axis an index letter counts: a formula is read once, checked, and given one letter an axis.

`lay_out` returns a `Layout`: the formula with letters of one meaning, the axes of every array, and what is
index, array, whole-number array or constant in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp

from ..errors import InputError
from ..indices import bound_letters, fresh, letters_of, mentioned, names_of, parts
from ..story import Equation, Formula
from ..symbols import Over, entry, index, length, upstream_name

Slot = tuple[str, int]  # an axis of an array: its name and position


@dataclass(frozen=True, eq=False)
class Layout:
    """A formula whose letters are settled.

    `axes` are the letters of every array, in order (its own name for an axis: two arrays that share an axis
    share the letter); `letters` every index letter -> the letter of its axis; `labels` are the arrays that
    stand inside subscripts; `constants` the other letters.
    """

    formula: Formula
    axes: Mapping[str, tuple[sp.Symbol, ...]]
    letters: Mapping[sp.Symbol, sp.Symbol]
    labels: frozenset[str]
    constants: tuple[sp.Symbol, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The equations' names, in order."""
        return tuple(parts(e.lhs)[0] for e in self.formula.equations)

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        return tuple(parts(o)[0] for o in self.formula.outputs)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """Arrays and letters that no equation defines."""
        return tuple(n for n in [*self.axes, *(c.name for c in self.constants)] if n not in self.names)

    def entry(self, name: str) -> Any:
        """The entry of an array at the letters of its own axes, all different."""
        seen: list[Any] = []
        for letter in self.axes[name]:
            seen.append(self.spare(letter, seen))
        return entry(name, *seen)

    def spare(self, axis: sp.Symbol, taken: Iterable[Any]) -> sp.Symbol:
        """A letter that counts this axis: its own, else the same other ones every time, else a new one."""
        names = set(names_of(taken))
        found = next((i for i in (axis, *self.others.get(axis, ())) if i.name not in names), None)
        return found or fresh({*names, *self.reserved})

    @cached_property
    def reserved(self) -> frozenset[str]:
        """Names that a new letter must not have."""
        return frozenset({*self.axes, *(c.name for c in self.constants), *(i.name for i in self.letters)})

    @cached_property
    def others(self) -> dict[sp.Symbol, list[sp.Symbol]]:
        """For every axis two more letters that nothing else uses, so that a letter tells its axis."""
        used: set[Any] = set(self.reserved)
        found: dict[sp.Symbol, list[sp.Symbol]] = {axis: [] for axis in self.letters.values()}
        for _ in range(2):
            for row in found.values():
                row.append(fresh(used))
                used.add(row[-1])
        return found

    def upstream(self, output: str) -> str:
        """The upstream gradient's name."""
        return upstream_name(output, alone=len(self.outputs) == 1)


def lay_out(formula: Formula) -> Layout:
    """The formula read as equations between arrays; raises InputError where an index makes no sense."""
    formula = with_constants(formula)
    check(formula)
    groups = Groups()
    shapes: dict[str, int] = {}
    for n, e in enumerate(formula.equations):
        for atom in sorted(_indexed(e), key=spelt):
            name, indices = parts(atom)
            if shapes.setdefault(name, len(indices)) != len(indices):
                raise InputError(
                    f"{name} has {shapes[name]} indices in one place and {len(indices)} in another, {atom}"
                )
            for at, i in enumerate(indices):
                if i.is_Symbol:
                    groups.join((n, i), (name, at))
    equations, owner, meaning = settle(formula, groups)
    letters = {i: owner[groups.root(k)] for k, i in meaning.items()}
    axes: dict[str, tuple[sp.Symbol, ...]] = {}
    taken: set[Any] = {*letters, *shapes, *(s.name for e in equations for s in e.rhs.free_symbols if s.is_Symbol)}
    for name, count in shapes.items():
        row = []
        for at in range(count):
            root = groups.root((name, at))
            if root not in owner:
                owner[root] = fresh(taken)
                taken.add(owner[root])
                letters[owner[root]] = owner[root]
            row.append(owner[root])
        axes[name] = tuple(row)
    labels = {
        a.base.label.name for e in equations for b in _indexed(e) for i in b.indices for a in i.atoms(sp.Indexed)
    }
    constants = sorted(
        {s for e in equations for s in e.rhs.free_symbols if s.is_Symbol and s not in letters and s.name not in axes},
        key=lambda s: s.name,
    )
    sizes = {length(i) for i in letters}
    plain = tuple(s for s in constants if s not in sizes and s.name not in {parts(e.lhs)[0] for e in equations})
    for e in equations:
        if not isinstance(e.lhs, sp.Indexed):
            axes[parts(e.lhs)[0]] = ()
    outputs = tuple(e.lhs for o in formula.outputs for e in equations if parts(e.lhs)[0] == parts(o)[0])
    settled = replace(formula, equations=tuple(equations), outputs=outputs)
    return Layout(settled, axes, letters, frozenset(labels), plain)


def with_constants(formula: Formula) -> Formula:
    """Whole-number letters that no equation runs over, a stride or a border, are told from indices: positive."""
    letters = {s for e in formula.equations for s in (e.lhs.free_symbols | e.rhs.free_symbols)}
    running = {i for e in formula.equations for i in parts(e.lhs)[1]}
    arrays = {a.base.label for e in formula.equations for a in e.rhs.atoms(sp.Indexed)}
    constants = {s for s in letters - running - arrays if s.is_Symbol and s.is_integer and not s.is_positive} - {
        s for e in formula.equations for a in e.rhs.atoms(sp.Indexed) for s in a.indices if s.is_Symbol
    }
    moves = {s: sp.Symbol(s.name, integer=True, positive=True) for s in constants}
    equations = tuple(Equation(e.lhs, e.rhs.xreplace(moves)) for e in formula.equations)
    return replace(formula, equations=equations)


def settle(formula: Formula, groups: Groups) -> tuple[list[Equation], dict[Any, sp.Symbol], dict[Any, sp.Symbol]]:
    """Every equation's letters renamed where another equation has used them for another axis."""
    owner: dict[Any, sp.Symbol] = {}  # axis -> its letter
    meaning: dict[Any, sp.Symbol] = {}  # (axis or equation's own letter) -> letter
    used: dict[sp.Symbol, Any] = {}  # letter -> axis it stands for
    arrays = {parts(a)[0] for e in formula.equations for a in _indexed(e)}
    equations = []
    for n, e in enumerate(formula.equations):
        moves: dict[Any, Any] = {}
        own = bound_letters(e.rhs) | set(parts(e.lhs)[1])
        for i in sorted(own, key=lambda s: s.name):
            root = groups.root((n, i))
            new = i
            if used.get(i, root) != root or i.name in arrays:
                new = owner.get(root) or fresh({*used, *arrays, *own})
                stays = new in own and groups.root((n, new)) == root  # a second letter of one axis: x^T x
                if stays or new in moves.values():
                    new = fresh({*used, *arrays, *own})
            used[new] = root
            owner.setdefault(root, new)
            meaning[(n, i)] = new
            moves[i] = new
        changed = {i: j for i, j in moves.items() if i != j}
        lengths = {length(i): length(j) for i, j in changed.items()}
        equations.append(Equation(e.lhs.xreplace(changed), rename(e.rhs, changed).xreplace(lengths)))
    best: dict[Any, sp.Symbol] = {}
    for n, e in reversed(list(enumerate(formula.equations))):  # the letter on the left side, the outputs' first
        for i in parts(e.lhs)[1]:
            best.setdefault(groups.root((n, i)), meaning[(n, i)])
    return equations, {**owner, **best}, meaning


def rename(expr: Any, moves: Mapping[Any, Any]) -> Any:
    """Letters exchanged everywhere, bound ones too."""
    return expr.xreplace(dict(moves))


def _indexed(e: Equation) -> set[Any]:
    return e.lhs.atoms(sp.Indexed) | e.rhs.atoms(sp.Indexed)


def spelt(entry: Any) -> tuple[str, ...]:
    """An entry's name and indices as text, for an order that is always the same."""
    name, indices = parts(entry)
    return (name, *(i.name if i.is_Symbol else str(i) for i in indices))


def has_indices(formula: Formula) -> bool:
    """Whether a formula speaks of arrays entry by entry."""
    return any(side.atoms(sp.Indexed, Over) for e in formula.equations for side in (e.lhs, e.rhs))


def check(formula: Formula) -> None:
    """One message naming equation and index, where a formula makes no sense."""
    defined: list[str] = []
    later = [parts(e.lhs)[0] for e in formula.equations]
    for e in formula.equations:
        name, indices = parts(e.lhs)
        where = f"in {e.lhs} = ..."
        if name in defined:
            raise InputError(f"{name} is defined twice", mend="give every equation a name of its own")
        odd = next((i for i in indices if not i.is_Symbol), None)
        if odd is not None or len(set(indices)) != len(indices):
            raise InputError(
                f"the left side {e.lhs} needs plain, different index letters", mend="for example y[i, j] = ..."
            )
        free = letters_of(e.rhs)
        own = {s for a in e.rhs.atoms(sp.Indexed) for s in a.indices if s.is_Symbol}
        stray = sorted((free & own) - set(indices), key=str)
        if stray:
            raise InputError(
                f"the index {stray[0]} is free on the right side only {where}",
                mend=f"sum over it, sum({stray[0]}, ...), or write it on the left side",
            )
        again = sorted(bound_letters(e.rhs) & set(indices), key=str)
        if again:
            raise InputError(
                f"the index {again[0]} is summed and stands on the left side too {where}",
                mend="use another letter in the sum",
            )
        idle = [o for o in e.rhs.atoms(Over) if o.index not in letters_of(o.body)]
        if twice := sorted((o.index for o in idle if o.index in bound_letters(o.body)), key=str):
            raise InputError(
                f"the index {twice[0]} is summed twice over the same entries {where}",
                mend="use another letter in the inner sum, or leave the outer one out",
            )
        if name in mentioned(e.rhs) and not past_only(e, name):
            raise InputError(
                f"{name} uses itself {where}",
                mend=f"give one of the two another name, or use an earlier step, {name}[t-1, ...]",
            )
        ahead = next((m for m in later[len(defined) + 1 :] if m in mentioned(e.rhs) and not past_only(e, m)), None)
        if ahead is not None:
            raise InputError(
                f"{ahead} is used {where} before it is defined",
                mend=f"put its equation first, or use an earlier step of it, {ahead}[t-1, ...]",
            )
        defined.append(name)


def past_only(equation: Equation, name: str) -> bool:
    """Whether an equation uses another name at earlier steps of its own first index only."""
    uses = [a.indices[0] for a in equation.rhs.atoms(sp.Indexed) if parts(a)[0] == name]
    time = parts(equation.lhs)[1][:1]
    return bool(uses and time) and all((i - time[0]).is_negative for i in uses)


class Groups:
    """What counts the same axis: a union of (equation, letter) and (array, position)."""

    def __init__(self) -> None:
        self.parent: dict[Any, Any] = {}

    def root(self, a: Any) -> Any:
        while self.parent.setdefault(a, a) != a:
            a = self.parent[a]
        return a

    def join(self, a: Any, b: Any) -> None:
        self.parent[self.root(a)] = self.root(b)


__all__ = ["Layout", "has_indices", "index", "lay_out"]
