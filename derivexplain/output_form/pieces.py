"""The form in y of a function given by regions: a form for each, and the regions told by y where they can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from ..curves.kinks import at, put_in
from ..curves.regions import Curve, between, smooth
from ..curves.sampling import Sample, numbers
from ..spelling import Identities, operations, tidy
from .stages import Stage

Candidates = Callable[..., Iterator[list[Any]]]


@dataclass(frozen=True)
class Region:
    """Between two breakpoints: the smooth formula and derivative there, and which sample points lie in it."""

    f: sp.Expr
    slope: sp.Expr
    low: sp.Expr | None
    high: sp.Expr | None
    inside: Any


@dataclass(frozen=True)
class Shape:
    """A formula with breakpoints, region by region from left to right."""

    slope: sp.Expr
    sample: Sample
    regions: tuple[Region, ...]

    @classmethod
    def of(cls, curve: Curve, slope: sp.Expr, sample: Sample) -> Shape:
        ends = [None, *curve.breaks, None]
        regions = []
        for low, high, inner in zip(ends, ends[1:], between(curve.breaks, curve.x, curve.domain), strict=False):
            env = {**sample.env, str(sample.x): inner}
            inside = np.ones(sample.xs.shape, bool)
            inside &= sample.xs > low.number if low else True
            inside &= sample.xs < high.number if high else True
            regions.append(
                Region(
                    smooth(curve.f, sample.x, env),
                    smooth(slope, sample.x, env),
                    low and low.at,
                    high and high.at,
                    inside,
                )
            )
        return cls(slope, sample, tuple(regions))

    def forms(self, candidates: Candidates, identities: Identities) -> list[sp.Expr | None]:
        """The form in y of each region."""
        return [self.form(r, candidates, identities) for r in self.regions]

    def form(self, r: Region, candidates: Candidates, identities: Identities) -> sp.Expr | None:
        x, y = self.sample.x, self.sample.y
        slope = tidy(r.slope, identities.result)
        if not slope.has(x):
            return slope
        for stages in candidates(r.f, slope, x, y, identities):
            if self.sample.agrees(stages[-1].after, r.inside):
                return stages[-1].after
        return None

    def ways(self, candidates: Candidates, identities: Identities) -> Iterator[list[Any]]:
        """Forms in y alone: one for all regions, one in |y|, or regions told by y."""
        forms = self.forms(candidates, identities)
        if any(g is None for g in forms):
            return
        y = self.sample.y
        wholes = [forms[-1], *(sp.sympify(g).subs(y, sp.Abs(y)) for g in forms[-1:])]
        for whole in (*wholes, *self.by_output(forms)):
            yield [Stage("pieces-output", whole)]

    def by_output(self, forms: list[Any]) -> Iterator[sp.Expr]:
        """Pieces with conditions on y; the leftmost region's form is the one otherwise."""
        others = dict.fromkeys(g for g in forms if g != forms[0])
        if not others:
            return
        choices = []
        for g in others:
            told = [list(self.told(r)) for r, h in zip(self.regions, forms, strict=True) if h == g]
            choices.append([(g, sp.Or(*conditions)) for conditions in product(*told)])
        for chosen in product(*choices):
            yield sp.Piecewise(*chosen, (forms[0], True), evaluate=False)

    def told(self, r: Region) -> Iterator[Any]:
        """Conditions on y that hold in this region and in no other."""
        x, y = self.sample.x, self.sample.y
        ends = [at(r.f, x, end) for end in (r.low, r.high) if end is not None]
        if any(end.is_extended_real is False for end in ends):
            return  # the piece is not defined up to its end
        if len(ends) == 2 and ends[0] == ends[1]:
            yield sp.Eq(y, ends[0])
            return
        outside = ~r.inside
        for relations in product((sp.Gt, sp.Lt, sp.Ge, sp.Le), repeat=len(ends)):
            condition = sp.And(*[relation(y, end) for relation, end in zip(relations, ends, strict=True)])
            if condition in (sp.true, sp.false):
                continue
            holds = self.holds(condition)
            if holds[r.inside].all() and not holds[outside & ~self.on_break()].any():
                yield condition
                return

    def joined(self, identities: Identities) -> sp.Expr:
        """The derivative as one list of pieces, a formula a region, told by x."""
        return self.by_input([tidy(r.slope, identities.result) for r in self.regions])

    def by_input(self, forms: list[sp.Expr]) -> sp.Expr:
        """Pieces with conditions on x, closed at the ends where the derivative takes this region's value."""
        x = self.sample.x
        told = []
        for r, form in zip(self.regions, forms, strict=True):
            ends = [self.end(r, x, sp.Gt, sp.Ge, r.low), self.end(r, x, sp.Lt, sp.Le, r.high)]
            told.append((form, sp.And(*ends)))
        merged: list[Any] = []
        for i, (form, condition) in enumerate(told):
            if i and merged[-1][0] == form:
                merged[-1] = (form, wider(merged[-1][1], condition, x))
            else:
                merged.append((form, condition))
        first = next((i for i, m in enumerate(merged) if m[0] == merged[-1][0]), -1)
        kept = [m for m in merged[:-1] if m[0] != merged[first][0]]
        if len(kept) == len(merged) - 1:  # read from the left, the upper ends tell all
            kept = [
                (form, sp.And(*[c for c in sp.And.make_args(cond) if c.func in (sp.Lt, sp.Le)]))
                for form, cond in kept
            ]
        return sp.Piecewise(*kept, (merged[-1][0], True), evaluate=False) if kept else merged[-1][0]

    def on_break(self) -> Any:
        return ~np.any([r.inside for r in self.regions], axis=0)

    def holds(self, condition: Any) -> Any:
        indicator = sp.Piecewise((1, condition), (0, True), evaluate=False)
        env = {**self.sample.env, str(self.sample.y): self.sample.ys}
        return np.broadcast_to(numbers(indicator, env), self.sample.ys.shape) == 1

    def mixed(self, candidates: Candidates, identities: Identities) -> Iterator[Any]:
        """Region by region the cheaper of the form in y and the derivative itself, regions told by x."""
        new = []
        for r in self.regions:
            form = self.form(r, candidates, identities)
            new.append(r.slope if form is None or operations(form) >= operations(r.slope) else form)
        known = {r.slope: form for r, form in zip(self.regions, new, strict=True)}
        if isinstance(self.slope, sp.Piecewise) and all(e in known for e, _ in self.slope.args):  # in the same order
            yield Stage("pieces-output", sp.Piecewise(*[(known[e], c) for e, c in self.slope.args], evaluate=False))
        yield Stage("pieces-output", self.by_input(new))

    def end(self, r: Region, x: Any, opened: Any, closed: Any, place: Any) -> Any:
        """The condition at one end of a region, closed where the derivative takes this region's value there."""
        if place is None:
            return sp.true
        value = [float(numbers(put_in(e, x, place), self.sample.env)) for e in (self.slope, r.slope)]
        return closed(x, place) if value[0] == value[1] else opened(x, place)


def wider(left: Any, right: Any, x: Any) -> Any:
    """Two neighbouring intervals as one."""
    low = [c for c in sp.And.make_args(left) if c.func in (sp.Gt, sp.Ge) and c.lhs == x]
    high = [c for c in sp.And.make_args(right) if c.func in (sp.Lt, sp.Le) and c.lhs == x]
    return sp.And(*low, *high)
