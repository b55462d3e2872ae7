"""Gathering: what a handout needs of its target before a word is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from ..errors import InputError, shorten
from ..story import Derivation, Formula, Picture, Report
from .derivation import derive
from .targets import Target, name_of, resolve
from .telling import Teller

WITHOUT_FORMULA = {"code", "check", "stamp"}  # the parts that speak of the code alone


@dataclass(frozen=True)
class Subject:
    """What a handout is about: the target, its derivatives, and what the check found (None: not asked)."""

    target: Target
    derivations: tuple[Derivation, ...] = ()
    report: Report | None = None
    picture: Picture | None = None
    example: tuple[list[str], bool] = ([], False)  # the lines of a run with numbers, and whether it ends in one
    command: str = ""  # that makes the handout again
    wanted: Collection[str] = ()  # the parts that it will have

    @property
    def formula(self) -> Formula:
        assert self.target.formula is not None
        return self.target.formula

    @property
    def cls(self) -> type | None:
        subject = self.target.subject
        return subject if isinstance(subject, type) or subject is None else type(subject)

    @property
    def arrays(self) -> bool:
        return any(d.gradients for d in self.derivations)

    @property
    def title(self) -> str:
        return getattr(self.target.layer, "title", "") or self.target.name


def gather(target: Any, wrt: Any, wanted: Collection[str], teller: Teller) -> Subject:
    """The derivatives, the check's report and the picture that the wanted parts speak of."""
    found = resolve(target, wrt=wrt)
    report = None
    bare = found.formula is None
    if bare or (found.subject is not None and not {"check", "stamp"}.isdisjoint(wanted)):
        from .checks import check

        report = check(target, seed=teller.seed)
    if bare and WITHOUT_FORMULA.issuperset(wanted):
        return Subject(found, (), report)
    if bare:
        from .recovering import with_formula

        assert report is not None
        found = with_formula(found, report)
    teller.notation.keep_apart(names_in(found.formula))
    derivations = tuple(derive(found, letter, detail=teller.detail) for letter in letters(found, wrt))
    picture = None
    if "graph" in wanted:
        from .illustrations import graph_of

        picture = graph_of(found, teller.notation, teller.language)
    subject = Subject(found, derivations, report, picture, wanted=wanted)
    if "example" in wanted:
        from .examples import example

        subject = replace(subject, example=example(found, teller.seed))
    return subject


def names_in(formula: Formula | None) -> list[str]:
    """The letters of a formula's page, those of the upstream gradient and the loss among them."""
    sides = [side for e in formula.equations for side in (e.lhs, e.rhs)] if formula is not None else []
    atoms = {a for side in sides for a in side.free_symbols if not isinstance(a, sp.Indexed)}
    upstream = {"g"} if any(isinstance(side, sp.Indexed) for side in sides) else set()
    return sorted({*map(name_of, atoms), *upstream, "L"})


def letters(found: Target, wrt: Any) -> list[Any]:
    """The letters to differentiate by: the one asked for, else those with a claim, else all; inputs always."""
    formula = found.formula
    assert formula is not None
    if wrt is not None:
        return [wrt]
    claims: Mapping[str, Any] = getattr(found.layer, "claims", {})
    known = {str(getattr(s, "name", getattr(s, "label", s))): s for s in (*formula.inputs, *formula.params)}
    claimed = [known[name] for name in claims if name in known]
    chosen = claimed if {*claimed} & {*formula.inputs} else [*formula.inputs, *(claimed or formula.params)]
    if not chosen:
        raise InputError(
            "the formula has no letter to differentiate by: its derivative is 0", read=shorten(found.name)
        )
    return chosen
