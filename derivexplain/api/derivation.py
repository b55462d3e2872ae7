"""dx.derive: the derivative of a target in named, checked steps, ending in the form people use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import derivation, reading
from ..arrays import sweep
from ..arrays.axes import has_indices
from ..derivation.rules import DETAILS
from ..errors import DerivexplainError, InputError, did_you_mean, shorten
from ..law import Law, Move
from ..laws import algebra, calculus, indices
from ..spelling import ROOT, Identities
from ..story import Derivation, Formula, Kink
from ..symbols import Letters
from .targets import choose_wrt, resolve

SPELLING = Identities(algebra.IDENTITIES, algebra.FOLDINGS, (*algebra.FOLDINGS, *algebra.POSITIVE, ROOT))


def derive(
    target: Any,
    wrt: Any = None,
    order: int = 1,
    detail: str = "normal",
    domain: Mapping[Any, tuple[Any, Any]] | None = None,
) -> Derivation:
    """The derivative of a target in named steps, each of them checked.

    `wrt` is the letter to differentiate by (may be left out where there is one input); `order` 2 and more for
    higher derivatives; `detail` "full", "normal" or "brief"; `domain` maps letters to open intervals.
    """
    if detail not in DETAILS:
        raise InputError(f"there is no detail {detail!r}", mend=did_you_mean(str(detail), DETAILS))
    if not isinstance(order, int) or not 1 <= order <= 6:
        raise InputError(f"the order {order!r} is no whole number from 1 to 6", mend="order=2: the second derivative")
    found = resolve(target, wrt=wrt, domain=domain)
    if found.formula is None:
        raise InputError("there is no formula to differentiate", read=found.name, mend="give formula='y = ...'")
    letter = choose_wrt(found.formula, wrt)
    try:
        if has_indices(found.formula):
            return outward(
                replace(derive_indexed(found.formula, letter, order, detail), name=found.name), found.letters
            )
        result = derivation.derive(
            found.formula,
            letter,
            laws=(*calculus.LAWS, *calculus.MOVES),
            identities=SPELLING,
            order=order,
            detail=detail,
        )
    except DerivexplainError as error:
        raise error.with_context(read=shorten(found.name)) from None
    return outward(replace(result, name=found.name, kinks=stated(result, found.layer)), found.letters)


def derive_indexed(formula: Formula, wrt: Any, order: int, detail: str) -> Derivation:
    """dL/dwrt of an index formula: the reverse sweep, with the laws it needs."""
    if order != 1:
        raise InputError("with indices only the first derivative is taken", mend="leave order out")
    laws: tuple[Law | Move, ...] = (*calculus.KNOWN, *calculus.LAWS, *calculus.MOVES)
    return sweep.derive_arrays(formula, wrt, laws=laws, moves=indices.LOCAL, sift=indices.SIFT, detail=detail)


def stated(d: Derivation, layer: Any) -> tuple[Kink, ...]:
    """The kinks with the value that the layer says its backward takes there."""
    if layer is None or not layer.kinks:
        return d.kinks
    said = {}
    for place, value in layer.kinks.items():
        name, _, at = place.partition("=")
        if name.strip() == str(d.wrt):
            said[assume(reading.read(at), d)] = assume(reading.read(value), d)
    return tuple(replace(k, value=said.get(k.at.rhs, k.value)) for k in d.kinks)


def assume(expr: Any, d: Derivation) -> Any:
    """A text's letters as the formula has them, with its assumptions."""
    known = {s.name: s for s in d.formula.expr.free_symbols}
    return expr.xreplace({s: known[s.name] for s in expr.free_symbols if s.name in known})


def outward(d: Derivation, letters: Letters) -> Derivation:
    """The derivation in the caller's own letters."""
    known: dict[Any, Any] = {}
    out = lambda e: letters.outward(e, known)  # noqa: E731
    step = lambda s: replace(  # noqa: E731
        s,
        before=out(s.before),
        after=out(s.after),
        conditions=out(s.conditions),
        focus=out(s.focus),
        becomes=out(s.becomes),
        letters=tuple((out(a), out(b)) for a, b in s.letters),
    )
    return replace(
        d,
        wrt=out(d.wrt),
        steps=tuple(map(step, d.steps)),
        gradients=tuple(
            replace(g, symbol=out(g.symbol), steps=tuple(map(step, g.steps)), form=out(g.form), shape=out(g.shape))
            for g in d.gradients
        ),
        result=out(d.result),
        output_form=out(d.output_form),
        witness=out(d.witness),
        conditions=out(d.conditions),
        kinks=tuple(
            replace(k, at=out(k.at), left=out(k.left), right=out(k.right), value=out(k.value)) for k in d.kinks
        ),
    )
