"""The reverse sweep over an index formula: the gradient of each name from those of the names that use it.

A gradient begins as the sum over its users (a fork adds), the open derivatives are taken by the laws, the
deltas sifted, and what is left is closed to the form people use. Every line is compared by numbers with
the line before, at two small shapes; no line may hold a free letter that the first one does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import sympy as sp

from ..errors import InputError, InternalError, did_you_mean
from ..indices import bound_letters, derivatives, letters_of, mentioned, nest, parts, subscripts, substitute
from ..law import Law, Move
from ..story import Derivation, Formula, Gradient, Step, Verdict
from ..symbols import UPSTREAM, D, entry, length, real
from . import closing, stored
from .axes import Layout, lay_out
from .certain import Certain
from .exchange import exchange, exchange_under
from .matrixform import matrix_form
from .probing import Probe
from .taking import rules_of, silent, take

DIGITS = 9
CLOSED = 2  # what costs more than that times as much is not tried: the most that closing took off yet was a third
LINES = 200  # of one gradient: more is a fault of ours


def derive_arrays(
    formula: Formula,
    wrt: Any,
    *,
    laws: Sequence[Law | Move],
    moves: Sequence[Move],
    sift: Move,
    detail: str = "normal",
    name: str = "",
) -> Derivation:
    """dL/dwrt for an index formula, in lines; `wrt` is a name (or its letter) that no equation defines."""
    sweep = sweep_of(Known(formula), tuple(laws), tuple(moves), sift)
    letter = getattr(wrt, "label", wrt)
    wanted = getattr(letter, "name", str(letter))
    gradients = sweep.towards(wanted)
    if detail == "brief":
        gradients = tuple(replace(g, steps=brief(g.steps)) for g in gradients)
    last = gradients[-1]
    conditions = tuple(dict.fromkeys(c for g in gradients for s in g.steps for c in s.conditions))
    return Derivation(
        formula=sweep.layout.formula,
        wrt=wrt,
        order=1,
        steps=tuple(s for g in gradients for s in g.steps),
        result=sweep.resolved(last),
        output_form=last.form,
        output_form_kind="mixed",
        conditions=conditions,
        verdict=Verdict("agrees", by="numbers at two shapes", points=2, digits=DIGITS, conditions=conditions),
        detail=detail,
        name=name,
        gradients=gradients,
    )


def brief(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The paths that are summed, what survives of them, and the form it ends in."""
    kept = [n for n, s in enumerate(steps) if n in (0, len(steps) - 1) or s.law == "sift"]
    befores = [steps[0].before, *(steps[n].after for n in kept)]
    return tuple(replace(steps[n], before=before) for n, before in zip(kept, befores))


class Known:
    """A formula as the key of its sweep: the gradients of one are found once for all its letters."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.key = (formula.equations, formula.outputs, formula.facts, tuple(formula.domain.items()))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.key == other.key


@lru_cache(maxsize=8)
def sweep_of(known: Known, laws: Any, moves: Any, sift: Move) -> Sweep:
    return Sweep(known.formula, laws=laws, moves=moves, sift=sift)


class Sweep:
    """A formula on its way backwards: its layout, the laws, and the gradients found so far."""

    def __init__(self, formula: Formula, *, laws: Sequence[Law | Move], moves: Sequence[Move], sift: Move) -> None:
        self.layout: Layout = lay_out(formula)
        self.rules = rules_of(tuple(laws))
        self.moves, self.sift = moves, sift
        self.table = stored.rules(self.layout)
        used = {*self.layout.axes, *(c.name for c in self.layout.constants)}
        self.loss = real(next(n for n in ("L", "E", "J", "loss_") if n not in used))
        self.users = {n: [e for e in self.layout.formula.equations if n in mentioned(e.rhs)] for n in used}
        self.shared = {n: self.partners(n) for n in self.layout.names}
        self.place = {n: i for i, n in enumerate(self.layout.names)}
        self.found: dict[str, Gradient] = {}

    def partners(self, name: str) -> int:
        """How many names an equation passes its gradient on to."""
        (rhs,) = (e.rhs for e in self.layout.formula.equations if parts(e.lhs)[0] == name)
        return max(1, len(mentioned(rhs) & (set(self.layout.axes) - self.layout.labels)))

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        return Probe.at(self.layout, 0), Probe.at(self.layout, 1)

    @cached_property
    def certain(self) -> Certain:
        return Certain(self.layout.formula.equations)

    # ------------------------------------------------------------ which gradients, in which order

    def towards(self, wanted: str) -> tuple[Gradient, ...]:
        """The gradients that lead to the one of `wanted`, the outputs' side first; the wanted one last."""
        if wanted in self.layout.labels:
            raise InputError(f"{wanted} stands in a subscript: it counts, and has no gradient")
        known = [n for n in self.layout.given if n not in self.layout.labels]
        if wanted not in known and wanted not in self.layout.names:
            raise InputError(f"the formula has no letter {wanted}", mend=did_you_mean(wanted, known))
        on_path = self.reached_from(wanted)
        if not on_path & set(self.layout.outputs) and wanted not in self.layout.outputs:
            raise InputError(f"no output depends on {wanted}", mend="leave it out of wrt")
        for n in [*reversed([n for n in self.layout.names if n in on_path]), wanted]:
            if n not in self.found and not self.is_end(n):
                self.found[n] = self.gradient(n)
        needed, queue = {wanted}, [wanted]
        while queue:
            gradient = self.found[queue.pop()]
            put_in = [self.gradients_in(old) for s in gradient.steps for old, _ in s.letters]
            for n in [*self.gradients_in(gradient.form), *(n for names in put_in for n in names)]:
                if n not in needed:
                    needed.add(n)
                    queue.append(n)
        return tuple(self.found[n] for n in (*self.backwards(needed - {wanted}), wanted))

    def backwards(self, names: Iterable[str]) -> list[str]:
        """Names from the outputs' side to the inputs'."""
        return sorted(names, key=lambda n: (-self.place.get(n, -1), n))

    def reached_from(self, name: str) -> set[str]:
        reached: set[str] = set()
        queue = [name]
        while queue:
            for e in self.users[queue.pop()]:
                user = parts(e.lhs)[0]
                if user not in reached:
                    reached.add(user)
                    queue.append(user)
        return reached

    def is_end(self, name: str) -> bool:
        """An output that nothing else uses: its gradient is the upstream one."""
        return name in self.layout.outputs and not self.users[name]

    def gradients_in(self, expr: Any) -> list[str]:
        """Names whose gradients an expression uses."""
        return sorted({parts(d.wrt)[0] for d in derivatives(expr) if d.expr == self.loss})

    # ------------------------------------------------------------ one gradient

    def open(self, name: str, indices: Iterable[Any]) -> Any:
        """The gradient of a name as it is written in a line: the upstream one's letter, or dL/dname."""
        indices = tuple(indices)
        if self.is_end(name):
            return entry(self.layout.upstream(name), *indices)
        return D(self.loss, entry(name, *indices))

    def gradient(self, name: str) -> Gradient:
        target = self.layout.entry(name) if name in self.layout.axes else real_letter(name, self.layout)
        start = D(self.loss, target)
        lines = Lines(self, name, target)
        lines.add("gradient-sum", self.over_users(name, target))
        self.take_all(lines)
        lines.add(self.sift.id, self.sift.apply(lines.now))
        for law, new, said in closing.close(lines.now, self.layout, self.table):
            lines.add(law, new, said=said)
        self.insert(lines)
        shape = tuple(length(i) for i in self.layout.axes.get(name, ()))
        places = parts(target)[1]
        matrices = matrix_form(lines.now, *places) if len(places) == 2 else None
        return Gradient(name, start, tuple(lines.steps), lines.now, shape, matrices)

    def over_users(self, name: str, target: Any) -> Any:
        """Every equation that uses a name passes its gradient back: the shares add up."""
        free = subscripts(target)
        terms = [entry(self.layout.upstream(name), *parts(target)[1])] if name in self.layout.outputs else []
        for e in self.users[name]:
            user, indices = parts(e.lhs)
            taken: set[Any] = {*free, *indices, *bound_letters(e.rhs)}
            moves = {}
            for i in [*indices, *sorted(bound_letters(e.rhs), key=str)]:
                if i in free:
                    moves[i] = self.layout.spare(self.layout.letters[i], taken)
                    taken.add(moves[i])
            rhs = exchange(e.rhs, moves)
            own = [moves.get(i, i) for i in indices]
            terms.append(nest(sp.Mul(self.open(user, own), D(rhs, target)), own))
        return sp.Add(*terms)

    def take_all(self, lines: Lines) -> None:
        """Open derivatives taken until none is left: one law a line, on all that it fits."""
        lines.now = self.quietly(lines.now)
        while nodes := self.opened(lines.now):
            taken = {node: take(node, self.rules, self.moves) for node in nodes}
            law = min((taken[node][0] for node in nodes), key=lambda id_: id_ == self.moves[0].id)
            chosen = {node: made for node, (own, made, _) in taken.items() if own == law}
            asked = dict.fromkeys(c for node in chosen for c in taken[node][2])
            conditions = tuple(c for c in asked if not self.certain.holds(c))
            after = exchange(lines.now, {node: self.quietly(made) for node, made in chosen.items()})
            lines.add(law, after, conditions, focus=next(iter(chosen.items())))

    def opened(self, expr: Any) -> list[D]:
        return [d for d in derivatives(expr) if d.expr != self.loss]

    def quietly(self, expr: Any) -> Any:
        """What needs no line of its own: constants, and constant factors."""
        while True:
            taken = {node: silent(node, self.rules, self.moves) for node in self.opened(expr)}
            moves = {node: made for node, made in taken.items() if made is not None}
            if not moves:
                return expr
            expr = exchange(expr, moves)

    # ------------------------------------------------------------ putting known gradients in

    def insert(self, lines: Lines) -> None:
        """Gradients found before are put in where that leaves less to read and to compute."""
        for name in self.latest_first(lines.now):
            self.try_insert(lines, name)

    def latest_first(self, expr: Any) -> list[str]:
        """The gradients in an expression that have a form by now; through time a name may meet its own."""
        return self.backwards(n for n in self.gradients_in(expr) if n in self.found)[::-1]

    def try_insert(self, lines: Lines, name: str) -> None:
        form, start = self.found[name].form, self.found[name].symbol
        if self.through_time(name):
            return  # a recursion has no closed form
        uses = [d for d in derivatives(lines.now) if d.expr == self.loss and parts(d.wrt)[0] == name]
        moves = {d: substitute(form, dict(zip(parts(start.wrt)[1], parts(d.wrt)[1], strict=True))) for d in uses}
        put_in = self.sift.apply(exchange_under(lines.now, moves))
        last = lines.name in self.layout.given
        cost, most = self.price(put_in, last), self.price(lines.now, last)
        if cost > CLOSED * most:
            return
        closed = closing.close(put_in, self.layout, self.table)
        if (self.price(closed[-1][1], last) if closed else cost) > most:
            return
        lines.add("insert-gradient", put_in, said=(start, form))
        for law, new, said in closed:
            lines.add(law, new, said=said)
        for deeper in self.latest_first(lines.now):
            if deeper in self.gradients_in(form):
                self.try_insert(lines, deeper)

    def through_time(self, name: str) -> bool:
        """Whether a gradient needs later entries of itself, or of one that is found after it."""
        return any(self.place.get(n, -1) <= self.place[name] for n in self.gradients_in(self.found[name].form))

    def price(self, expr: Any, last: bool) -> Fraction:
        """What a line costs together with the gradients that it still needs: shared ones cost each user less."""
        seen: set[str] = set()
        queue, total = [expr], Fraction(closing.cost(expr))
        while queue:
            for name in self.gradients_in(queue.pop()):
                if name not in seen and name in self.found:
                    seen.add(name)
                    queue.append(self.found[name].form)
                    total += Fraction(1 + closing.cost(self.found[name].form), 1 if last else self.shared[name])
        return total

    def resolved(self, gradient: Gradient) -> Any:
        """A gradient's form with every other gradient put in: upstream gradients and stored values only."""
        form = gradient.form
        while names := [n for n in self.gradients_in(form) if not self.through_time(n)]:
            for name in names:
                inner, start = self.found[name].form, self.found[name].symbol
                uses = [d for d in derivatives(form) if d.expr == self.loss and parts(d.wrt)[0] == name]
                form = exchange_under(
                    form,
                    {
                        d: substitute(inner, dict(zip(parts(start.wrt)[1], parts(d.wrt)[1], strict=True)))
                        for d in uses
                    },
                )
        return closing.tidy(form, self.layout)


class Lines:
    """The lines of one gradient in the making, each checked when it is added."""

    def __init__(self, sweep: Sweep, name: str, target: Any) -> None:
        self.sweep, self.name = sweep, name
        self.now = self.start = start = D(sweep.loss, target)
        self.steps: list[Step] = []
        self.free = subscripts(target)
        self.axes = parts(target)[1]
        self.truth = [probe(start, self.axes) for probe in sweep.probes]
        self.room = [10.0**-DIGITS * max(1.0, float(np.abs(truth).max(initial=0.0))) for truth in self.truth]

    def add(self, law: str, new: Any, conditions: Any = (), *, said: Any = None, focus: Any = (None, None)) -> None:
        """A line, if it says anything new; it must hold, and bring no free letter in."""
        new = closing.pretty(new, self.sweep.layout, frozenset(self.free)) if not self.sweep.opened(new) else new
        before = self.steps[-1].after if self.steps else self.start
        if new == before:
            self.now = new
            return
        if len(self.steps) > LINES:
            raise InternalError("a derivation goes on and on", read=str(self.start))
        stray = letters_of(new) - self.free
        if stray:
            raise InternalError(f"{law} lets the letter {min(map(str, stray))} loose", read=str(self.start))
        verdict = self.check(law, new, conditions)
        letters = (said,) if said else ()
        self.steps.append(Step(law, before, new, verdict, conditions, focus[0], focus[1], letters))
        self.now = new

    def check(self, law: str, new: Any, conditions: Any) -> Verdict:
        for truth, room, probe in zip(self.truth, self.room, self.sweep.probes, strict=True):
            off = np.abs(probe(new, self.axes) - truth).max(initial=0.0)
            if not np.isfinite(off):
                mend = "give a domain in which it has one; what is recurrent is 0 before its first step"
                raise InputError(f"at the inputs tried there is no finite slope by {self.start.wrt}", mend=mend)
            if off > room:
                raise InternalError(f"the step {law} is false", read=str(self.start), mend=f"it says {new}")
        return Verdict("agrees", by="numbers at two shapes", points=2, digits=DIGITS, conditions=tuple(conditions))


def real_letter(name: str, layout: Layout) -> Any:
    """The letter of this name as the formula writes it, with its assumptions."""
    return next((c for c in layout.constants if c.name == name), real(name))


__all__ = ["UPSTREAM", "Sweep", "derive_arrays", "replace"]
