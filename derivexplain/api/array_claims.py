"""Claims about gradients of index formulas: held against the true gradients at small shapes, entry by entry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from .. import reading
from ..arrays.axes import Layout, lay_out
from ..arrays.probing import Probe
from ..errors import InputError, did_you_mean
from ..evaluation import evaluate, lengths_inside
from ..indices import letters_of, mentioned, parts
from ..story import Diagnosis, Equation, Formula, Verdict
from ..symbols import Letters, entry, real
from .array_slips import name_array_slip

DIGITS = 9
SEEDS = (0, 1, 2)
Axes = tuple[Any, ...]


def verify_arrays(formula: Formula, claim: Any, wrt: Any) -> Verdict:
    """Whether a claim is dL/dwrt of an index formula, g being the upstream gradient.

    The claim is an expression in g, inputs and named values, its free letters those of wrt in the formula;
    or several equations, the last of them the claim: dS[i,j] = ..., dQ[i,d] = ....
    """
    layout = lay_out(formula)
    name = parts(wrt)[0] if isinstance(wrt, sp.Indexed) else str(getattr(wrt, "label", wrt))
    if name not in layout.given or name in layout.labels:
        raise InputError(
            f"the formula has no letter {name} to differentiate by", mend=did_you_mean(name, layout.given)
        )
    given = stated(claim, name, layout)
    equations, note = with_upstream(given, layout)
    *before, last = equations
    asked = understood(formula, given)
    probes = [Probe.at(layout, which, seed) for which in (0, 1) for seed in SEEDS]

    def slip(clue: Any = None) -> tuple[Diagnosis, ...]:
        return name_array_slip(last, layout, lambda e: holds((*before, e), probes, name), clue=clue)

    tried = 0
    for probe in probes:
        true = probe.gradients[name]
        try:
            claimed = claimed_value(equations, probe, name)
        except InputError:  # letters that count different axes, or are summed nowhere
            if why := slip():
                return Verdict("refuted", by="its index letters", diagnosis=why, understood=asked)
            raise
        tried += np.size(true)
        if np.any(wrong(claimed, true)):
            scale = probe.env[layout.upstream(layout.outputs[0])] if note else 1
            found = refuted(name, probe, claimed / scale, true / scale)
            said = "; ".join(filter(None, (found.note, note)))
            return replace(found, diagnosis=slip((claimed, true)), understood=asked, note=said)
    return Verdict("agrees", by="numbers at two shapes", points=tried, digits=DIGITS, understood=asked, note=note)


def with_upstream(equations: tuple[Equation, ...], layout: Layout) -> tuple[tuple[Equation, ...], str]:
    """A claim about a single number, the loss itself, may leave the upstream gradient out: that is 1 there."""
    *before, last = equations
    output, *others = layout.outputs
    upstream = layout.upstream(output)
    if others or layout.axes[output] or any(upstream in mentioned(e.rhs) for e in equations):
        return equations, ""
    whole = Equation(last.lhs, real(upstream) * last.rhs)
    note = f"without {upstream}, the claim is taken for the gradient of {output} itself ({upstream} = 1)"
    return (*before, whole), note


def wrong(claimed: Any, true: Any) -> Any:
    """Where a claim is not what is true."""
    return (np.abs(claimed - true) > 10.0**-DIGITS * (1 + np.abs(true))) | ~np.isfinite(claimed)


def holds(equations: tuple[Equation, ...], probes: Sequence[Probe], name: str) -> bool:
    """Whether a claim is right at all probes."""
    return not any(np.any(wrong(claimed_value(equations, p, name), p.gradients[name])) for p in probes)


def stated(claim: Any, name: str, layout: Layout) -> tuple[Equation, ...]:
    """The claim as equations; the last one's left side has the letters of the array it is about."""
    known = {**layout.axes, **{layout.upstream(o): layout.axes[o] for o in layout.outputs}}
    before: list[Equation] = []
    if not isinstance(claim, sp.Basic) and "=" in re.sub(r"[<>!=]=", "", str(claim)):
        *before, last = reading.read_equations(str(claim))
    else:
        rhs = Letters.of(claim).inward(claim) if isinstance(claim, sp.Basic) else reading.read(str(claim))
        last = Equation(about(rhs, layout.entry(name), known), rhs)
    return (*before, Equation(last.lhs, entrywise(last.rhs, parts(last.lhs)[1], known[name], known)))


def about(claim: Any, own: Any, known: Mapping[str, Axes]) -> Any:
    """The entry that a claim is about, in its own letters: each counts the axis of an array at which it stands."""
    name, letters = parts(own)
    free = letters_of(claim)
    counting: dict[Any, set[Any]] = {axis: set() for axis in known[name]}
    for array, indices in map(parts, claim.atoms(sp.Indexed)):
        for axis, letter in zip(known.get(array, ()), indices):
            if letter in free and axis in counting:
                counting[axis].add(letter)
    found = [letter for axis in known[name] for letter in counting[axis]]
    return own if free <= set(letters) or len(set(found)) != len(letters) else entry(name, *found)


def entrywise(expr: Any, letters: Axes, axes: Axes, known: Mapping[str, Axes]) -> Any:
    """Arrays without indices taken entry by entry where they have the claim's own axes: y is y[i,j]."""
    entries = {e: sp.Dummy() for e in expr.atoms(sp.Indexed)}
    bare = expr.xreplace(entries)
    arrays = {s: known[s.name] for s in sorted(bare.free_symbols, key=str) if known.get(s.name)}
    for s, own in arrays.items():
        if own != axes or len(letters) != len(axes):
            names = ",".join(i.name for i in own)
            raise InputError(f"{s} has {len(own)} {'axis' if len(own) == 1 else 'axes'}", mend=f"write {s}[{names}]")
    whole = bare.xreplace({s: entry(s.name, *letters) for s in arrays})
    return whole.xreplace({d: e for e, d in entries.items()})


def claimed_value(equations: tuple[Equation, ...], probe: Probe, name: str) -> Any:
    env, sizes = dict(probe.env), dict(probe.sizes)
    shape = np.shape(env[name])
    for n, e in enumerate(equations):
        target, indices = parts(e.lhs)
        if n == len(equations) - 1:
            if len(indices) != len(shape):
                raise InputError(f"{e.lhs} has {len(indices)} indices, but {name} has {len(shape)}",
                                 mend=f"write the claim for {probe.layout.entry(name)}")  # fmt: skip
            sizes |= {i.name: k for i, k in zip(indices, shape)}
        bound = {k: v for k, v in lengths_inside(e.rhs, env).items() if k not in {i.name for i in indices}}
        sizes |= bound  # N_m in a claim is how far its own m runs
        try:
            env[target if n < len(equations) - 1 else ""] = evaluate(e.rhs, env, sizes, indices)
        except InputError as error:
            error.mend = "; ".join(filter(None, (error.mend, f"the claim is about {e.lhs}")))
            raise
    return np.broadcast_to(env[""], shape)


def refuted(name: str, probe: Probe, claimed: Any, true: Any) -> Verdict:
    """The entry where claim and truth lie farthest apart."""
    gap = np.where(np.isfinite(claimed), np.abs(claimed - true), np.inf)
    place = np.unravel_index(int(np.argmax(gap)), np.shape(true)) if np.ndim(true) else ()
    label = f"{name}[{','.join(map(str, place))}]" if place else name
    given = {n: np.shape(probe.env[n]) for n in probe.layout.given if np.ndim(probe.env[n])}
    return Verdict(
        "refuted",
        by="numbers at two shapes",
        points=int(np.size(true)),
        counterexample={label: float(np.asarray(probe.env[name])[place])},
        claimed=float(np.asarray(claimed)[place]),
        true=float(np.asarray(true)[place]),
        note=f"dL/d{label} at the shapes " + ", ".join(f"{n} {s}" for n, s in given.items()),
    )


def understood(formula: Formula, equations: Sequence[Equation]) -> tuple[tuple[str, Any], ...]:
    """Forward where it is one equation, the claim by what it is about, and what it is built on."""
    *before, last = equations
    forward = [("forward", formula.equations[0].rhs)] if len(formula.equations) == 1 else []
    return (*forward, *((str(e.lhs), e.rhs) for e in before), ("claim", last.rhs), ("wrt", last.lhs))
