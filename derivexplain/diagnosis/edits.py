"""Edits: every place of a spelled derivative where a row of the slips fits, and what it would make of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.functions.elementary.piecewise import ExprCondPair

from .values import RULES, Env, apply, value

PARTS = {3: (0, 1), 4: (2, 3)}  # what a marked rule multiplies and adds; its other arguments say what they come from
Holes = dict[Any, Any]
Try = tuple[int, str, str, Holes, Any]  # rank, code, sentence, what the holes stand for, what is written instead


@dataclass(frozen=True)
class Place:
    """A node of the tree, with the way up to the root and what it stands in."""

    node: Any
    parent: Place | None
    at: int  # which argument of the parent
    depth: int
    standing: str  # "exponent" | "condition" | "branch" | "factor" | "term"

    @property
    def root(self) -> Any:
        return self.node if self.parent is None else self.parent.root

    @property
    def exponent(self) -> Any:
        """The whole exponent that this stands in, if it does."""
        here = self if self.standing == "exponent" else None
        while here is not None and here.parent is not None and here.parent.standing == "exponent":
            here = here.parent
        return None if here is None else here.node

    @property
    def is_part(self) -> bool:
        """A number with a value of its own, not a condition or a pair."""
        return isinstance(self.node, sp.Expr)


@dataclass(frozen=True)
class Edit:
    """One slip at one place: `wrong` stands there instead, `values` are then those of the whole."""

    rank: int
    code: str
    says: str
    place: Place
    holes: Holes
    pattern: Any
    values: Any

    @property
    def wrong(self) -> Any:
        """What stands there instead."""
        return self.pattern.xreplace(self.holes)

    def pooled(self, slips: Any) -> bool:
        """Whether any quantity at hand was put in."""
        return bool(self.pattern.has(slips.s))

    @property
    def expr(self) -> Any:
        """The whole derivative with the slip in it."""
        built, place = self.wrong, self.place
        while place.parent is not None:
            args = list(place.parent.node.args)
            args[place.at] = built
            built, place = place.parent.node.func(*args), place.parent
        return built


def places(root: Any) -> list[Place]:
    """All nodes, the whole first."""
    found = [Place(root, None, 0, 0, "term")]
    for here in found:
        if isinstance(here.node, sp.Indexed) or here.depth > 14:
            continue
        for at, arg in enumerate(here.node.args):
            if _rule(here.node) and at not in PARTS[len(here.node.args)]:
                continue
            found.append(Place(arg, here, at, here.depth + 1, _standing(here, at)))
    return found


def _rule(node: Any) -> bool:
    return type(node).__name__ in RULES


def _standing(parent: Place, at: int) -> str:
    if isinstance(parent.node, ExprCondPair):
        return "condition" if at == 1 else "branch"
    if parent.standing == "condition":
        return "condition"
    if parent.standing == "exponent" or (isinstance(parent.node, sp.Pow) and at == 1):
        return "exponent"
    if isinstance(parent.node, sp.Mul):
        return "branch" if parent.standing == "branch" else "factor"
    return "term"


def lifted(place: Place, values: Any, env: Env) -> Any:
    """What the whole becomes where this place has these values."""
    while place.parent is not None:
        args = [value(a, env) for a in place.parent.node.args]
        args[place.at] = values
        values, place = apply(place.parent.node, args), place.parent
    return values


class Rows:
    """The rows of the slips with their letters put in, ready to be tried at any place."""

    def __init__(self, slips: Any, claimed: Any, x: Any, y: Any, others: tuple[Any, ...], quantities: list[Any]):
        self.slips, self.quantities, self.claimed = slips, quantities, claimed
        self.x, self.y, self.others = x, y, others
        self.numbers = sorted(claimed.atoms(sp.Rational), key=str)

    def edits(self, root: Any, env: Env) -> Iterator[Edit]:
        """Every slip at every place of the right derivative."""
        return self._tried(root, env, self._at)

    def repairs(self, root: Any, env: Env) -> Iterator[Edit]:
        """Every repair at every place of the claim."""
        return self._tried(root, env, self._mending)

    def _tried(self, root: Any, env: Env, ways: Callable[[Place], Iterator[Try]]) -> Iterator[Edit]:
        """Those whose values can be computed."""
        for place in places(root):
            for rank, code, says, holes, pattern in ways(place):
                try:
                    local = {h: value(e, env) for h, e in holes.items() if isinstance(e, sp.Basic)}
                    here = value(pattern, local if isinstance(pattern, sp.Expr) else env | local)
                    yield Edit(rank, code, says, place, holes, pattern, lifted(place, here, env))
                except (TypeError, ValueError, ArithmeticError):
                    continue

    def _mending(self, place: Place) -> Iterator[Try]:
        letters = {self.slips.x: self.x, self.slips.y: self.y}
        if place.is_part and place.standing != "condition":
            for rank, row in enumerate(self.slips.REPAIRS):
                if row.right in letters:
                    found = iter([letters] if place.node == letters[row.right] else [])
                else:
                    found = self._matches(row.right, place.node, place, row.wrong)
                for holes in found:
                    yield rank, row.code, row.says, holes, row.wrong

    def _at(self, place: Place) -> Iterator[Try]:
        node = place.node
        if place.is_part:
            for rank, row in enumerate(self.slips.SLIPS):
                for holes in self._matches(row.right, node, place, row.wrong):
                    yield rank, row.code, row.says, holes, row.wrong
            end = len(self.slips.SLIPS)
            if node.is_Rational and not (
                node == 1 and place.parent and _rule(place.parent.node)
            ):  # x' = 1: unwritten
                yield from self._number(place, end)
            elif isinstance(node, sp.Function) and len(node.args) == 1 and not (node.is_number or _rule(node)):
                yield from self._argument(place, end + 1)
            if isinstance(place.parent and place.parent.node, ExprCondPair):
                yield from self._branch(place, end + 2)
        elif isinstance(node, sp.core.relational.Relational):
            yield end_condition(self, node, len(self.slips.SLIPS) + 3)

    def _number(self, place: Place, rank: int) -> Iterator[Try]:
        n = place.node
        code, says = self.slips.PLACES[place.standing]
        above = place.parent
        while above is not None and above.standing == "exponent":
            above = above.parent
        holes: Holes = {self.slips.n: n, "base": above.node.args[0] if above is not None else n}
        pair = place.parent
        if pair is not None and isinstance(pair.node, ExprCondPair) and pair.parent is not None:
            says, holes["region"] = says + " ({region})", _region(pair, pair.parent.node)
        meant = [w.xreplace({self.slips.n: n}) for w in self.slips.NUMBERS]
        stated = self.numbers if place.standing != "branch" or isinstance(place.root, sp.Piecewise) else []
        for m in dict.fromkeys([*stated, *meant]):
            if m == -n:
                yield rank, "sign", "the sign of {part} is wrong", {}, m
            elif m != n and m.is_finite and (m or place.standing not in ("factor", "term")):  # a 0 is not written
                yield rank, code, says, holes, m

    def _argument(self, place: Place, rank: int) -> Iterator[Try]:
        S, kind, u = self.slips, place.node.func, place.node.args[0]
        says = "{part} has the wrong argument, here it is {wrong}"
        for form in S.ARGUMENTS:
            yield rank, "argument", says, {S.u: u}, kind(form)
        for other in self.quantities:
            if other != u and not other.is_number:
                yield rank, "argument", says, {S.s: other}, kind(S.s)

    def _branch(self, place: Place, rank: int) -> Iterator[Try]:
        pair = place.parent
        assert pair is not None and pair.parent is not None
        says = "the branch {part} ({region}) is wrong, here it is {wrong}"
        region = _region(pair, pair.parent.node)
        branches = [e for e, _ in pair.parent.node.args]
        for wrong in dict.fromkeys([*branches, sp.S.Zero, sp.S.One, *self.quantities]):
            if wrong != place.node:
                yield rank, "branch", says, {"region": region, self.slips.s: wrong}, self.slips.s

    def _matches(self, right: Any, node: Any, place: Place, wrong: Any) -> Iterator[Holes]:
        """Every way in which the row's left side fits the node; conditions have slips of their own."""
        S = self.slips
        if place.standing == "condition":
            return
        if right == S.u:
            if wrong.has(S.s):
                if place.depth == 0 or (place.depth == 1 and isinstance(place.root, sp.Add)):
                    yield from ({S.u: node, S.s: s} for s in self.quantities if self._at_hand(s, wrong == S.u / S.s))
            elif not node.is_Number:
                powered = isinstance(wrong, sp.Pow) and wrong.exp != -1
                if node.is_number and isinstance(wrong, sp.Pow):
                    return  # sqrt(2) cubed is 2 sqrt(2), a factor 2
                if wrong == -S.u or not isinstance(node, sp.Piecewise | (sp.exp if powered else sp.Piecewise)):
                    yield {S.u: node}
        elif right in (S.x, S.y, S.z):
            yield from self._letter(right, node, wrong)
        elif type(right).__name__ in RULES:
            if type(right) is type(node) or type(right).__name__ == type(node).__name__:
                yield dict(zip(right.args, node.args))
        elif isinstance(right, sp.Add | sp.Mul) and type(right) is type(node):
            yield from self._members(right, node, place, wrong)
        elif isinstance(right, sp.Pow) and isinstance(node, sp.Pow) and not node.base.is_Number:
            yield from self._power(right, node, wrong)
        elif isinstance(right, sp.Function) and type(right) is type(node) and self._written(wrong):
            yield dict(zip(right.args, node.args))

    def _at_hand(self, quantity: Any, lost: bool) -> bool:
        """A quantity can stand too much only where the claim has it; any can be lost."""
        return lost or self.claimed.has(quantity)

    def _written(self, wrong: Any) -> bool:
        """Whether the claim has the functions that a slip would have put there, or a letter that stands for them."""
        heads = {type(f) for f in wrong.atoms(sp.Function)}
        return self.claimed.has(self.y) or heads <= {type(f) for f in self.claimed.atoms(sp.Function)}

    def _letter(self, right: Any, node: Any, wrong: Any) -> Iterator[Holes]:
        S = self.slips
        letters = {S.x: (self.x,), S.y: (self.y,), S.z: self.others}
        if node not in letters[right] or not self.claimed.has({S.x: self.x, S.y: self.y}.get(wrong, node)):
            return
        holes = {S.x: self.x, S.y: self.y}
        if right == S.z or wrong == S.z:
            for other in (
                o for o in (self.others if wrong == S.z else (node,)) if self.claimed.has(o) or wrong != S.z
            ):
                yield holes | {S.z: other}
        else:
            yield holes

    def _members(self, right: Any, node: Any, place: Place, wrong: Any) -> Iterator[Holes]:
        S = self.slips
        if right == S.u - S.v:
            if len(node.args) == 2 and (place.depth or wrong == S.v):  # exchanged as a whole: its sign
                minus = [a for a in node.args if a.could_extract_minus_sign()]
                if len(minus) == 1:
                    yield {S.u: next(a for a in node.args if a is not minus[0]), S.v: -minus[0]}
            return
        numbers = [a for a in node.args if a.is_number]
        if S.k in right.free_symbols and len(numbers) > 1 and len(numbers) < len(node.args):
            yield {S.k: node.func(*numbers), S.v: node.func(*(a for a in node.args if not a.is_number))}
        below = [a for a in node.args if isinstance(a, sp.Pow) and a.exp.is_negative]
        if S.u in right.free_symbols and isinstance(node, sp.Mul) and 1 < len(below) < len(node.args):
            yield {S.u: sp.Mul(*below), S.v: sp.Mul(*(a for a in node.args if a not in below))}
        for at, member in enumerate(node.args):
            rest = node.func(*node.args[:at], *node.args[at + 1 :])
            constant = member.is_number and not member.is_Rational
            if S.k in right.free_symbols:
                if constant:
                    yield {S.k: member, S.v: rest}
            elif member != -1 and not (isinstance(node, sp.Mul) and constant):
                yield {S.u: member, S.v: rest}

    def _power(self, right: Any, node: Any, wrong: Any) -> Iterator[Holes]:
        S = self.slips
        if right.exp == S.n:
            if node.exp.is_Rational and (node.exp != -1 or wrong != S.u):  # that one is turned upside down
                yield {S.u: node.base, S.n: node.exp}
        elif right.exp == S.v:
            if not node.exp.is_number:
                yield {S.u: node.base, S.v: node.exp}
        elif right.exp == node.exp:
            yield {S.u: node.base}


def end_condition(rows: Rows, node: Any, rank: int) -> Try:
    """The condition the other way round."""
    return rank, "branch", "the branches at {part} are the wrong way round", {}, node.negated


def _region(pair: Place, whole: Any) -> Any:
    if pair.node.cond != True:  # noqa: E712
        return pair.node.cond
    return sp.Not(whole.args[0].cond) if len(whole.args) == 2 else sp.Symbol("elsewhere")
