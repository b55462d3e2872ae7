"""Telling: finds explanations of one case, has them proved, and puts them into words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, islice
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from ..story import Diagnosis
from . import regions, writing
from .case import Case, checked, own_spellings
from .edits import Edit, Rows
from .values import same

TOLD = 2  # diagnoses at most
PROVED = 4  # explanations that the proof is asked about
MOST = 2500  # edits tried, about a quarter of a second: a count, so that the answer never depends on the clock
AWAY = 20  # rows by which an edit is put back in a spelling in other letters than the claim's
WRITTEN = 30  # rows by which it is put forward where it makes the claim just as it is written
TINY = 1e-10  # values below which a ratio says nothing
OF_A_MULTIPLE = frozenset(["chain", "constant", "factor", "product-rule", "sign", "slope", "swapped", "extra"])
SECOND = (-1, 2, sp.S.Half)  # what may be wrong beside a slip

Functions = Iterable[tuple[str, Any, Any]]


class Teller:
    def __init__(self, case: Case, slips: Any, domain: Any, equal: Callable[..., Any], show: Any) -> None:
        self.case, self.slips, self.domain, self.equal, self.show = case, slips, domain, equal, show
        self.trials = PROVED

    def told(self, further: Iterable[Any], functions: Functions) -> tuple[Diagnosis, ...]:
        """The best explanations; `further` spellings of what is right are looked at where our own say nothing."""
        own = own_spellings(self.case, self.slips)
        for ways in self._ways(own, further, functions):
            found: dict[str, Diagnosis] = {}
            for diagnosis in ways:
                found.setdefault(diagnosis.code, diagnosis)
                if len(found) == TOLD or [*found] == ["chain"] or not self.trials:
                    break
            if found:
                return tuple(found.values())
        return ()

    def _ways(self, own: list[Any], further: Iterable[Any], functions: Functions) -> Iterator[Iterator[Diagnosis]]:
        """One after the other, each only where those before it explain nothing."""
        yield self._as_a_whole(own)
        yield self._misread("output-for-input", self.case.y, self.case.x)
        rows = self._rows()
        edits = self._edits(rows, own)
        plain, pooled = self._hits(edits)
        yield self._single(plain)
        yield self._misread("input-for-output", self.case.x, self.case.y)
        yield self._exchanges(own)
        yield self._integrated(own)
        yield self._repaired(rows)
        yield iter([self._itself(self._best(own))] if self.case.claimed == self.case.y else ())
        yield self._functions(functions)
        given = [e for e in checked(self.case, further) if e not in own]
        yield self._single(self._hits(self._edits(rows, given))[0])
        yield self._single(pooled)
        yield self._double(edits)
        yield regions.explained(self.case, [self.case.true, *given], self._show)

    # ------------------------------------------------------------ ways to explain

    def _rows(self) -> Rows:
        """The slips with the letters of this case, and the quantities that may be lost or stand too much."""
        case, s = self.case, self.slips
        quantities = [q.xreplace({s.x: case.x, s.y: case.y}) for q in s.QUANTITIES]
        numbers = sorted((n for n in case.claimed.atoms(sp.Number) if abs(n) != 1 and n), key=str)
        quantities += [*case.others, *numbers]
        if case.forward is not None:
            arguments = {a for f in case.forward.atoms(sp.Function) for a in f.args if isinstance(a, sp.Expr)}
            quantities += sorted(arguments, key=str)
        else:
            quantities = [q for q in quantities if not q.has(case.y)]
        return Rows(s, case.claimed, case.x, case.y, case.others, list(dict.fromkeys(quantities)))

    def _edits(self, rows: Rows, spelled: list[Any]) -> list[Edit]:
        """Every edit of every spelling; best first."""
        tried = ((at, e) for at, whole in enumerate(spelled) for e in rows.edits(whole, self.case.env))
        found = sorted(islice(tried, MOST), key=lambda f: (f[1].rank, f[0], f[1].place.depth))
        return [e for _, e in found]

    def _hits(self, edits: list[Edit]) -> tuple[list[Edit], list[Edit]]:
        """The edits that have the claim's values, nearest first: those of a part, and those by any quantity."""
        hits = sorted((e for e in edits if self.case.hits(e.values)), key=self._distance)
        return [e for e in hits if not e.pooled(self.slips)], [e for e in hits if e.pooled(self.slips)]

    def _distance(self, edit: Edit) -> float:
        """How far an explanation is from what was written: by its row, its depth, and how the whole is spelled."""
        case, root = self.case, edit.place.root
        away = {case.x, case.y} & (root.free_symbols ^ case.claimed.free_symbols)
        away -= {case.x} if edit.code == "swapped" else set()
        as_written = writing.unmarked(edit.expr) == case.claimed
        return edit.rank + 2 * edit.place.depth + AWAY * bool(away) - WRITTEN * as_written

    def _single(self, hits: list[Edit]) -> Iterator[Diagnosis]:
        first = None
        multiple = _constant(self.case.target, self.case.right) is not None
        for e in hits:
            fits = e.code in OF_A_MULTIPLE or not multiple
            fits &= e.code != "root" or _rooted(e.place.root) or _rooted(e.expr)
            if fits and first in (None, e.place.root) and self._holds(e.expr):
                first = e.place.root
                yield self._word(e)

    def _double(self, edits: list[Edit]) -> Iterator[Diagnosis]:
        """One slip, and a sign or a factor 2 beside it."""
        for e in edits:
            if e.pooled(self.slips) or e.code in ("factor", "extra", "term") or self.slips.k in e.holes:
                continue  # two constants explain a third
            factor = _constant(self.case.target, self.case.spread(e.values))
            if factor in SECOND and self._holds(factor * e.expr):
                first = self._word(e)
                second = "the sign is wrong too" if factor == -1 else f"a factor {self.show(factor)} stands too much"
                yield Diagnosis(first.code, f"{first.message}; and {second}", first.location)
                return

    def _as_a_whole(self, spelled: list[Any]) -> Iterator[Diagnosis]:
        """The value itself in place of its slope, or the sign alone."""
        case, best = self.case, self._best(spelled)
        if case.forward is not None and not case.claimed.has(case.y) and self._is(case.forward):
            yield self._itself(best)
        elif _constant(case.target, case.right) == -1 and self._holds(-best):
            yield Diagnosis("sign", f"the sign is wrong: the derivative is {self.show(best)}", self.show(best))
        elif case.forward is not None and self._by_power_rule(case.forward):
            says = f"the power rule is for a fixed exponent, this one varies: the derivative is {self.show(best)}"
            yield Diagnosis("power", says, self.show(case.forward))

    def _itself(self, best: Any) -> Diagnosis:
        says = f"this is the function itself, its derivative is {self.show(best)}"
        return Diagnosis("value-for-slope", says, self.show(self.case.claimed))

    def _by_power_rule(self, forward: Any) -> bool:
        """Whether the claim is x 2^(x - 1) for 2^x: the power rule, with the exponent's slope or without it."""
        base, n = forward.as_base_exp()
        wrong = n * base ** (n - 1)
        varies = n.has(self.case.x) and not base.has(self.case.x)
        return varies and (self._is(wrong) or self._is(wrong * sp.diff(n, self.case.x)))

    def _integrated(self, spelled: list[Any]) -> Iterator[Diagnosis]:
        """The claim's own derivative is the function."""
        case = self.case
        if case.forward is None or case.claimed.has(case.y, Relational):
            return
        back = writing.unmarked(writing.slope(case.claimed, case.x))
        here, there = case.values(back), case.values(case.forward)
        if here is not None and there is not None and same(here, there) and self._holds(back, case.forward):
            says = f"the function was integrated: the derivative is {self.show(self._best(spelled))}"
            yield Diagnosis("integrated", says, self.show(case.claimed))

    def _misread(self, code: str, here: Any, meant: Any) -> Iterator[Diagnosis]:
        """The claim is right as soon as every y in it is read as x, or every x as y."""
        case = self.case
        read = case.claimed.xreplace({here: meant})
        told = case.forward not in (None, case.x) and read != case.claimed and not case.claimed.has(Relational)
        if told and case.is_right(read) and self._holds(read, case.true):
            role = "output" if here == case.y else "input"
            says = f"the {role} {here} stands where {meant} belongs: the derivative is {self.show(read)}"
            yield Diagnosis(code, says, self.show(here))

    def _repaired(self, rows: Rows) -> Iterator[Diagnosis]:
        """One change to the claim itself makes it right."""
        case = self.case
        for e in sorted(rows.repairs(case.claimed, case.env), key=lambda e: (e.rank, e.place.depth)):
            if same(case.spread(e.values), case.right) and self._holds(e.expr, case.true):
                yield self._word(e, e.expr)

    def _exchanges(self, spelled: list[Any]) -> Iterator[Diagnosis]:
        """Letters exchanged throughout, the derivative by another letter, a constant factor."""
        case = self.case
        for form in map(writing.unmarked, spelled):
            for a, b in combinations((case.x, case.y, *case.others), 2):
                for moves in ({a: b}, {b: a}, {a: b, b: a}):
                    yield from self._exchanged(form, moves)
        if case.forward is not None:
            for other in case.others:
                if self._is(writing.unmarked(writing.slope(case.forward, other))):
                    yield Diagnosis("swapped", f"this is the derivative by {other}, not by {case.x}", str(other))
        best, factor = self._best(spelled), _constant(case.target, case.right)
        if factor is not None and self._holds(factor * best):
            says = f"the claim is {self.show(factor)} times the derivative {self.show(best)}"
            yield Diagnosis("factor", says, self.show(best))

    def _exchanged(self, form: Any, moves: dict[Any, Any]) -> Iterator[Diagnosis]:
        case = self.case
        wrong = form.xreplace(moves)
        if wrong == form or not all(case.claimed.has(b) for b in moves.values()) or not self._is(wrong):
            return
        (a, b), *more = moves.items()
        mixed = more or case.y not in (a, b)
        code = "swapped" if mixed else "output-for-input" if b == case.y else "input-for-output"
        how = f"{a} and {b} are exchanged" if more else f"{b} stands where {a} belongs"
        yield Diagnosis(code, f"{how}: the derivative is {self.show(form)}", self.show(a))

    def _functions(self, functions: Functions) -> Iterator[Diagnosis]:
        """The slope of another function, as stated in x or in the output."""
        case = self.case
        for name, formula, slope in functions:
            if case.forward is not None and formula == case.forward:
                continue
            for wrong in (slope, slope.xreplace({self.slips.y: formula, self.slips.x: case.x})):
                wrong = wrong.xreplace({self.slips.y: case.y, self.slips.x: case.x})
                if wrong.free_symbols <= {case.x, case.y} and wrong.free_symbols and self._is(wrong):
                    yield Diagnosis("other-function", f"this is the derivative of {name}", self.show(case.claimed))
                    break

    # ------------------------------------------------------------ proving and wording

    def _best(self, spelled: list[Any]) -> Any:
        """The shortest spelling."""
        return min(map(writing.unmarked, spelled), key=sp.count_ops, default=self.case.true)

    def _is(self, wrong: Any) -> bool:
        """Whether an expression has the claim's values, and is the claim."""
        return self.case.is_claimed(wrong) and self._holds(wrong)

    def _holds(self, wrong: Any, claimed: Any = None) -> bool:
        """Whether the proof agrees that this is the claim."""
        if not self.trials:
            return False
        self.trials -= 1
        a, b = self.case.inside(wrong), self.case.inside(self.case.claimed if claimed is None else claimed)
        switched = a.has(sp.Piecewise) or b.has(sp.Piecewise)  # few points could miss a bound
        verdict = self.equal(a, b, domain=self.domain, effort="full" if switched else "quick")
        return verdict.status in ("proved", "agrees")

    def _word(self, edit: Edit, right: Any = None) -> Diagnosis:
        S = self.slips
        holes = {"x": self.case.x, "y": self.case.y} | {str(h): e for h, e in edit.holes.items()}
        words = {name: self._show(e) for name, e in holes.items()}
        part, whole = self._show(edit.place.node), self._show(edit.place.root if right is None else right)
        says = edit.says.format(**(words | {"part": part, "wrong": self._show(edit.wrong)}))
        if edit.code == "sign" and edit.place.depth == 0 and edit.pattern == -S.u:
            says = "the sign is wrong"
        marked = {"factor": S.u, "term": S.u, "constant": S.k, "chain": S.v}.get(edit.code)
        location = words.get(str(marked), part)
        code, raised = edit.code, edit.place.exponent
        if raised is not None and code in ("term", "sign", "extra", "constant"):
            code = code if code == "sign" and raised != edit.place.node else "power"
            says = f"the exponent should be {self._show(raised)}"
        return Diagnosis(code, f"{says}: the derivative is {whole}", location)

    def _show(self, expr: Any) -> str:
        return self.show(writing.unmarked(expr))


def _rooted(expr: Any) -> bool:
    return any(power.exp.is_Rational and power.exp.q == 2 for power in writing.unmarked(expr).atoms(sp.Pow))


def _constant(target: Any, values: Any) -> Any:
    """The simple constant by which the claim is a multiple of these values, if it is one and not 1."""
    both = np.isfinite(target) & np.isfinite(values) & (np.abs(values) > TINY)
    if both.sum() < 0.7 * np.isfinite(target).sum() or both.sum() < 8:
        return None
    ratio = target[both] / values[both]
    first = float(ratio[0])
    if not np.isfinite(first) or first in (0.0, 1.0) or np.abs(ratio - first).max() > 1e-9 * abs(first):
        return None
    simple = sp.Rational(first).limit_denominator(200)
    return simple if simple and abs(float(simple) - first) <= 1e-11 * abs(first) and simple != 1 else None
