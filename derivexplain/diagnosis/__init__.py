"""Diagnosis: names the slip by making it: the right derivative with one edit equals the wrong claim.

The right derivative is spelled in several ways (as the rules write it, in the output, as the caller has
it), since an edit is one edit only in the right spelling. An edit counts when it equals the claim at many
points of all regions, and then by the proof that the caller passes. No explanation is better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from ..story import Diagnosis
from ..symbols import Over, real
from . import writing
from .edits import Edit, Rows
from .values import Env, points, same, value

__all__ = ["name_slip"]

TOLD = 2  # diagnoses at most
PROVED = 4  # explanations that the proof is asked about
LONGEST = 400  # operations, beyond which nothing is tried
AWAY = 20  # rows by which an edit is put back in a spelling in other letters than the claim's
WRITTEN = 30  # rows by which it is put forward where it makes the claim just as it is written


@dataclass(frozen=True)
class Case:
    """One wrong claim, understood: letters, values, and the ways to spell what is right."""

    true: Any
    claimed: Any
    x: Any
    y: Any
    forward: Any
    env: Env
    target: Any  # the claim's values
    right: Any  # the true values

    def inside(self, expr: Any) -> Any:
        """An expression in the inputs alone."""
        expr = writing.unmarked(expr)
        return expr if self.forward is None else expr.xreplace({self.y: self.forward})


def name_slip(
    true: Any,
    claimed: Any,
    *,
    wrt: Any,
    forward: Any = None,
    output: Any = None,
    slips: Any,
    functions: Iterable[tuple[str, Any, Any]] = (),
    spellings: Iterable[Any] = (),
    domain: Mapping[Any, Any] | None = None,
    equal: Callable[..., Any],
    show: Callable[[Any], str] = str,
) -> tuple[Diagnosis, ...]:
    """Which slip turns the right derivative into the claim; best first, empty where none does.

    `true` (None: taken from `forward`) and `claimed` may use the letter `output` (a Symbol, or its name) for
    the value of `forward`;
    `slips` is the room of rows; `functions` are (name, formula in x, slope in x and y) of other functions;
    `spellings` further ways to write `true`; `equal` proves (`proof.equal`); `show` prints a formula.
    """
    if true is None:
        true = writing.unmarked(writing.slope(forward, wrt))
    y = output if isinstance(output, sp.Basic) else real(output or "y")
    if sp.count_ops(claimed) + sp.count_ops(true) > LONGEST:
        return ()
    with np.errstate(all="ignore"):
        case = _case(true, claimed, wrt, y, forward, domain or {})
        if case is None:
            return ()
        spelled = _spellings(case, slips, spellings)
        teller = _Teller(case, slips, domain, equal, show)
        return teller.told(spelled, functions)


def _case(true: Any, claimed: Any, x: Any, y: Any, forward: Any, domain: Mapping[Any, Any]) -> Case | None:
    true, claimed = (writing.without_switches(e) for e in (true, claimed))
    whole = [e for e in (true, claimed, forward) if e is not None]
    letters = set().union(*(e.atoms(sp.Symbol, sp.Indexed) for e in whole)) | {x}
    letters -= {y} if forward is not None and not forward.has(y) else set()
    entries = [e for e in letters if isinstance(e, sp.Indexed)]
    letters -= {s for e in entries for s in e.base.free_symbols | {e.base.label}}
    marks = {float(n) for e in whole for n in _marks(e)}
    env = points(letters, marks, domain)
    sums = sorted(set().union(*(e.atoms(Over) for e in whole)), key=str)
    env |= points(sums, (), {})
    try:
        if forward is not None:
            env[y] = value(forward, env)
        target, right = value(claimed, env), value(true, env)
    except (TypeError, ValueError, ArithmeticError):
        return None
    target, right = (np.broadcast_to(np.asarray(v, float), env[x].shape) for v in (target, right))
    return None if same(right, target) else Case(true, claimed, x, y, forward, env, target, right)


def _marks(expr: Any) -> set[Any]:
    """Numbers beside which something may switch."""
    switches = expr.atoms(sp.core.relational.Relational, sp.Max, sp.Min, sp.Abs, sp.sign)
    found = {n for s in switches for n in s.atoms(sp.Number) if n.is_finite}
    return found | {sp.S.Zero} if switches else set()


def _spellings(case: Case, slips: Any, given: Iterable[Any]) -> list[Any]:
    """Ways to write the right derivative, each of which has its values."""
    candidates = list(given)
    if case.forward is not None:
        marked = writing.slope(case.forward, case.x)
        plain = writing.unmarked(marked)
        move = {slips.x: case.x, slips.y: case.y}
        switched = case.forward.has(sp.Piecewise, sp.Max, sp.Min, sp.Abs)
        forms = [f.xreplace(move) for f in slips.FORMS if not (switched and {slips.x, slips.y} <= f.free_symbols)]
        in_y = [] if case.forward.is_Symbol else [plain.subs(case.forward, case.y)]
        candidates = [marked, *candidates, *forms, plain, *in_y]
        candidates += [] if same(value(plain, case.env) + 0 * case.right, case.right) else [case.true]
    else:
        candidates = [case.true, *candidates]
    found = []
    for e in dict.fromkeys(map(writing.without_switches, candidates)):
        try:
            if same(np.broadcast_to(value(e, case.env), case.right.shape), case.right):
                found.append(e)
        except (TypeError, ValueError, ArithmeticError):
            continue
    return found


class _Teller:
    """Finds, proves and words explanations of one case."""

    def __init__(self, case: Case, slips: Any, domain: Any, equal: Any, show: Any) -> None:
        self.case, self.slips, self.domain, self.equal, self.show = case, slips, domain, equal, show
        self.trials = PROVED

    def told(self, spelled: list[Any], functions: Iterable[tuple[str, Any, Any]]) -> tuple[Diagnosis, ...]:
        edits = self._edits(spelled)
        hits = [e for e in edits if same(np.broadcast_to(e.values, self.case.target.shape), self.case.target)]
        hits.sort(key=self._distance)
        plain, pooled = ([e for e in hits if e.pattern.has(self.slips.s) == pool] for pool in (False, True))
        for ways in (
            self._as_a_whole(spelled),
            self._single(plain),
            self._exchanges(spelled),
            self._functions(functions),
            self._single(pooled),
            self._double(edits),
            self._somewhere(),
        ):
            found: dict[str, Diagnosis] = {}
            for diagnosis in ways:
                found.setdefault(diagnosis.code, diagnosis)
                if len(found) == TOLD or not self.trials:
                    break
            if found:
                return tuple(found.values())
        return ()

    # ------------------------------------------------------------ ways to explain

    def _edits(self, spelled: list[Any]) -> list[Edit]:
        """Every edit of every spelling; best first."""
        case, s = self.case, self.slips
        letters = (case.claimed.free_symbols | case.true.free_symbols) - {case.x, case.y}
        others = tuple(sorted((e for e in letters if e.is_Symbol), key=str))
        quantities = [q.xreplace({s.x: case.x, s.y: case.y}) for q in s.QUANTITIES]
        quantities += [*others, *sorted((n for n in case.claimed.atoms(sp.Number) if abs(n) != 1 and n), key=str)]
        if case.forward is not None:
            arguments = {a for f in case.forward.atoms(sp.Function) for a in f.args if isinstance(a, sp.Expr)}
            quantities += sorted(arguments, key=str)
        else:
            quantities = [q for q in quantities if not q.has(case.y)]
        rows = Rows(s, case.claimed, case.x, case.y, others, list(dict.fromkeys(quantities)))
        found = [(e, whole, at) for at, whole in enumerate(spelled) for e in rows.edits(whole, case.env)]
        return [e for e, _, _ in sorted(found, key=lambda f: (f[0].rank, f[2], f[0].place.depth))]

    def _distance(self, edit: Edit) -> float:
        """How far an explanation is from what was written: by its row, its depth, and how the whole is spelled."""
        case, root = self.case, edit.place.root
        away = {case.x, case.y} & (root.free_symbols ^ case.claimed.free_symbols)
        as_written = writing.unmarked(edit.expr) == case.claimed
        return edit.rank + 2 * edit.place.depth + AWAY * bool(away) - WRITTEN * as_written

    def _single(self, hits: list[Edit]) -> Iterator[Diagnosis]:
        first = None
        for e in hits:
            if first in (None, e.place.root) and self._holds(e.expr):
                first = e.place.root
                yield self._word(e)

    def _double(self, edits: list[Edit]) -> Iterator[Diagnosis]:
        """One slip, and a constant factor or a sign beside it."""
        for e in edits:
            if e.pattern.has(self.slips.s):
                continue
            factor = _constant(self.case.target, np.broadcast_to(e.values, self.case.target.shape))
            if factor is not None and self._holds(factor * e.expr):
                first = self._word(e)
                second = "the sign is wrong too" if factor == -1 else f"a factor {self.show(factor)} stands too much"
                yield Diagnosis(first.code, f"{first.message}; and {second}", first.location)

    def _as_a_whole(self, spelled: list[Any]) -> Iterator[Diagnosis]:
        """The value itself in place of its slope, or the sign alone."""
        case = self.case
        best = min(map(writing.unmarked, spelled), key=sp.count_ops, default=case.true)
        if case.forward is not None and not case.claimed.has(case.y) and self._is(case.forward):
            says = f"this is the function itself, its derivative is {self.show(best)}"
            yield Diagnosis("value-for-slope", says, self.show(case.claimed))
        elif _constant(case.target, case.right) == -1 and self._holds(-best):
            yield Diagnosis("sign", f"the sign is wrong: the derivative is {self.show(best)}", self.show(best))

    def _exchanges(self, spelled: list[Any]) -> Iterator[Diagnosis]:
        """Letters exchanged throughout, the derivative by another letter, a constant factor."""
        case = self.case
        letters = [case.x, case.y, *sorted(case.claimed.free_symbols - {case.x, case.y}, key=str)]
        for form in map(writing.unmarked, spelled):
            for i, a in enumerate(letters):
                for b in letters[i + 1 :]:
                    for moves in ({a: b}, {b: a}, {a: b, b: a}):
                        yield from self._exchanged(form, moves)
        if case.forward is not None:
            for other in letters[2:]:
                if self._is(writing.unmarked(writing.slope(case.forward, other))):
                    yield Diagnosis("swapped", f"this is the derivative by {other}, not by {case.x}", str(other))
        best = min(map(writing.unmarked, spelled), key=sp.count_ops, default=case.true)
        factor = _constant(case.target, case.right)
        if factor is not None and self._holds(factor * best):
            says = f"the claim is {self.show(factor)} times the derivative {self.show(best)}"
            yield Diagnosis("factor", says, self.show(best))

    def _exchanged(self, form: Any, moves: dict[Any, Any]) -> Iterator[Diagnosis]:
        case = self.case
        wrong = form.xreplace(moves)
        if wrong == form or not all(case.claimed.has(b) for b in moves.values()) or not self._is(wrong):
            return
        (a, b), *more = moves.items()
        code = (
            "swapped" if more or case.y not in (a, b) else "output-for-input" if b == case.y else "input-for-output"
        )
        how = f"{a} and {b} are exchanged" if more else f"{b} stands where {a} belongs"
        yield Diagnosis(code, f"{how}: the derivative is {self.show(form)}", self.show(a))

    def _functions(self, functions: Iterable[tuple[str, Any, Any]]) -> Iterator[Diagnosis]:
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

    def _somewhere(self) -> Iterator[Diagnosis]:
        """Right on one side of a bound, or at some points only."""
        case = self.case
        at, right, target = case.env[case.x], case.right, case.target
        if case.claimed.free_symbols - {case.x, case.y} or case.true.free_symbols - {case.x, case.y}:
            return
        with np.errstate(all="ignore"):
            good = np.abs(right - target) <= 1e-9 * (np.abs(right) + np.abs(target))
        usable = np.isfinite(right) & np.isfinite(target)
        for bound in sorted({float(m) for e in (case.true, case.claimed) for m in _marks(e)} | {0.0}):
            for side, word, other in ((at > bound, ">", "<"), (at < bound, "<", ">")):
                inside, outside = usable & side, usable & ~side
                if inside.sum() >= 8 and outside.sum() >= 8 and good[inside].all() and not good[outside].any():
                    says = (
                        f"the claim is right for {case.x} {word} {bound:g}, but wrong for {case.x} {other} {bound:g}"
                    )
                    yield Diagnosis("branch", says, f"{case.x} {other} {bound:g}")
                    return

    # ------------------------------------------------------------ proving and wording

    def _is(self, wrong: Any) -> bool:
        """Whether an expression has the claim's values, and is the claim."""
        try:
            values = value(wrong, self.case.env)
        except (TypeError, ValueError, ArithmeticError):
            return False
        return same(np.broadcast_to(values, self.case.target.shape), self.case.target) and self._holds(wrong)

    def _holds(self, wrong: Any) -> bool:
        """Whether the proof agrees that this is the claim."""
        if not self.trials:
            return False
        self.trials -= 1
        a, b = self.case.inside(wrong), self.case.inside(self.case.claimed)
        switched = a.has(sp.Piecewise) or b.has(sp.Piecewise)  # few points could miss a bound
        verdict = self.equal(a, b, domain=self.domain, effort="full" if switched else "quick")
        return verdict.status in ("proved", "agrees")

    def _word(self, edit: Edit) -> Diagnosis:
        S = self.slips
        root = edit.place.root
        holes = {"x": self.case.x, "y": self.case.y} | {str(h): e for h, e in edit.holes.items()}
        words = {name: self._show(e) for name, e in holes.items()}
        part, whole = self._show(edit.place.node), self._show(root)
        says = edit.says.format(**(words | {"part": part, "wrong": self._show(edit.wrong)}))
        if edit.code == "sign" and edit.place.depth == 0 and edit.pattern == -S.u:
            says = "the sign is wrong"
        marked = {"factor": S.u, "term": S.u, "constant": S.k, "chain": S.v}.get(edit.code)
        location = words.get(str(marked), part)
        code = edit.code
        if edit.place.standing == "exponent" and code in ("term", "sign", "extra", "constant"):
            code, says = "power", f"the exponent should be {part}"
        return Diagnosis(code, f"{says}: the derivative is {whole}", location)

    def _show(self, expr: Any) -> str:
        return self.show(writing.unmarked(expr))


def _constant(target: Any, values: Any) -> Any:
    """The simple constant by which the claim is a multiple of these values, if it is one and not 1."""
    both = np.isfinite(target) & np.isfinite(values) & (np.abs(values) > 1e-200)
    if both.sum() < 0.7 * np.isfinite(target).sum() or both.sum() < 8:
        return None
    ratio = target[both] / values[both]
    first = float(ratio[0])
    if not np.isfinite(first) or first in (0.0, 1.0) or np.abs(ratio - first).max() > 1e-9 * abs(first):
        return None
    simple = sp.Rational(first).limit_denominator(200)
    return simple if simple and abs(float(simple) - first) <= 1e-11 * abs(first) and simple != 1 else None
