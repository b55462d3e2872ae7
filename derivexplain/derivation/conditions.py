"""Which conditions of a law matter where it was used: in a piece those that its own inputs can break."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from ..curves.regions import Curve, bounds
from ..proof.conditions import needs
from ..story import Kink
from ..symbols import D


def within(state: sp.Expr, nodes: Collection[Any], conditions: tuple[Any, ...], x: Any) -> tuple[Any, ...]:
    """The conditions of a law used at these nodes of a state, less those that hold wherever the nodes count."""
    if not conditions or not state.has(sp.Piecewise):
        return conditions
    where = counting(state, nodes)
    return tuple(c for c in conditions if not excluded(sp.And(where, sp.Not(c)), c, x))


def counting(state: Any, nodes: Collection[Any]) -> Any:
    """Under which conditions of the pieces around them the nodes count at all."""
    if state in nodes:
        return sp.true
    if not state.has(D):
        return sp.false
    if not isinstance(state, sp.Piecewise):
        return sp.Or(*[counting(a, nodes) for a in state.args])
    rest, found = sp.true, []
    for value, condition in state.args:
        found.append(sp.And(rest, condition, counting(value, nodes)))
        rest = sp.And(rest, sp.Not(condition))
    return sp.Or(*found)


def excluded(broken: Any, condition: Any, x: Any) -> bool:
    """Whether no input can break the condition: at its only zero nothing else holds, or it is false throughout."""
    if broken == sp.false:
        return True
    if isinstance(condition, sp.Ne) and (place := zero(condition, x)) is not None:
        return bool(broken.subs(x, place) == sp.false)
    return broken.free_symbols == {x} and broken.simplify() == sp.false


def given(condition: Any, curve: Curve) -> bool:
    """Whether the domain says so already: p > 0 where p lies between 0 and 1."""
    x, domain = curve.x, curve.domain
    return x in domain and excluded(sp.And(*bounds(x, domain), sp.Not(condition)), condition, x)


def zero(condition: Relational, x: Any) -> Any:
    """Where the two sides meet, if that is one place: they differ by a multiple of x."""
    difference = sp.expand(condition.lhs - condition.rhs)
    slope = difference.coeff(x, 1)
    rest = difference - slope * x
    return -rest / slope if slope.is_nonzero and not rest.has(x) and not slope.has(x) else None


def off_kinks(places: Collection[Kink], conditions: Collection[Any], x: Any) -> Iterator[Any]:
    """The places left out where the formula jumps or turns from piece to piece, which no law of a piece asks for."""
    sharp = (k.at.rhs for k in places if not k.smooth)
    return (sp.Ne(x, place) for place in sharp if not any(c.subs(x, place) == sp.false for c in conditions))


def asked_by(form: Any, slope: Any, conditions: Collection[Any], curve: Curve) -> Iterator[Any]:
    """What a form in the output divides by, although the derivative itself does not: n y/x instead of n x^(n - 1)."""
    if form is None:
        return
    x, known = curve.x, needs([slope])[1]
    divisors = (sp.Ne(u, 0) for u in needs([form])[1] if u not in known)
    places = [zero(c, x) for c in divisors if isinstance(c, Relational)]
    outside = (*conditions, *bounds(x, curve.domain))
    for place in places:
        if place is not None and not any(c.subs(x, place) == sp.false for c in outside):
            yield sp.Ne(x, place)


def as_places(conditions: Collection[Any], x: Any) -> Iterator[Any]:
    """The conditions as one says them: x is not -3, where x/6 + 1/2 is not 0."""
    for c in conditions:
        if isinstance(c, sp.StrictGreaterThan) and isinstance(c.lhs, sp.Abs) and c.rhs == 0:
            c = sp.Ne(c.lhs.args[0], 0)
        place = zero(c, x) if isinstance(c, sp.Ne) else None
        yield c if place is None else sp.Ne(x, place)


def apart_from(smooth: Collection[Kink], conditions: Collection[Any], x: Any) -> tuple[Any, ...]:
    """The conditions less those that leave out only places where the formula turned out to be smooth."""
    places = {kink.at.rhs for kink in smooth if kink.smooth and kink.value is not None}
    return tuple(c for c in conditions if not (isinstance(c, sp.Ne) and zero(c, x) in places))
