"""Which mathematics is the code held against? Its formula as given, by its name, by its numbers, or read from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .. import evaluation, proof, reading
from ..arrays.axes import has_indices, lay_out
from ..arrays.probing import gradient_values
from ..checking.naming.numbers import number
from ..checking.outcome import Asked, Examination
from ..checking.subject import quiet
from ..digits import bound
from ..errors import DerivexplainError, shorten
from ..layers import catalogue
from ..story import Derivation, Finding, Formula
from ..symbols import UPSTREAM, D, Letters, real
from . import display
from .array_claims import verify_arrays
from .forwards import Mathematics, distance, environment, forward_against
from .naming import name_claim
from .recognition import kinks_against, recognised
from .targets import Target, formula_from, formula_of, is_layer, name_of


def held_against(
    told: Examination, found: Target, thing: Any, formula: Any, claims: Mapping[str, Any] | None
) -> Mathematics:
    """The formula of this layer, forward against it, and claims and derivation where there are any."""
    result = Mathematics()
    if formula is not None:
        stated = stated_formula(formula, told)
        result.text, result.how = shown(formula, stated), "given"
        forward_against(told, stated, result)
        claims_against(stated, claims or {}, result)
        return result
    if is_layer(thing):
        result.text, result.how = str(thing.formula), "given"
        assert found.formula is not None
        forward_against(told, found.formula, result)
        claims_against(found.formula, claims or thing.claims, result)
        derivation_against(told, found, result)
        kinks_against(thing if isinstance(thing, type) else type(thing), told)
        return result
    if told.example is not None:
        recognised(told, found, result)
    if claims:
        layer = catalogue.get(result.text)
        if layer is not None:
            claims_against(formula_of(layer), claims, result)
    return result


def shown(formula: Any, stated: Formula) -> str:
    return formula if isinstance(formula, str) else "; ".join(f"{e.lhs} = {e.rhs}" for e in stated.equations)


def stated_formula(formula: Any, told: Examination) -> Formula:
    """The user's formula in letters of ours, its inputs being forward's arguments where they occur in it."""
    if isinstance(formula, Formula):
        return formula
    if isinstance(formula, str):
        is_equation = "=" in formula.replace("<=", "").replace(">=", "").replace("==", "").replace("!=", "")
        try:
            stated: Any = reading.read_equations(formula) if is_equation else reading.read(formula)
        except DerivexplainError as error:
            raise error.with_context(read=formula) from None
    else:
        stated = Letters.of(formula).inward(formula)
    result = formula_from(stated)
    if has_indices(result):
        lay_out(result)  # says where an index makes no sense
    return result


# ---------------------------------------------------------------- claims and derivation


def claims_against(formula: Formula, claims: Mapping[str, Any], result: Mathematics) -> None:
    """Each stated gradient against the derivative of the formula, proved where possible."""
    for name, claim in sorted(claims.items()):
        try:
            if has_indices(formula):
                result.findings.append(array_claim(formula, str(name), claim))
                continue
            stated = reading.read(claim) if isinstance(claim, str) else Letters.of(claim).inward(claim)
            letter = next(s for s in (*formula.inputs, *formula.params) if name_of(s) == str(name))
            output = formula.output
            ours = {real(name_of(s)): s for e in formula.equations for s in (*e.rhs.free_symbols, *formula.inputs)}
            inner = stated.xreplace(ours)
            stated = inner.xreplace({real(name_of(output)): formula.expr})
            verdict = proof.equal(D(formula.expr, letter), stated, domain=formula.domain, within=(formula.expr,))
        except StopIteration:
            result.findings.append(Finding("claim", "fail", f"the claim is about {name}, which the formula has not"))
            continue
        except DerivexplainError as error:
            raise error.with_context(read=str(claim)) from None
        status = "pass" if verdict.ok else "fail"
        words = {
            "proved": "is proved",
            "agrees": "agrees",
            "refuted": "is wrong",
            "undecided": "could not be decided",
        }
        message = f"the claim d/d{name} = {claim} {words[verdict.status]}"
        if verdict.status == "refuted":
            at = ", ".join(f"{n} = {v}" for n, v in (verdict.counterexample or {}).items())
            claimed, true = number(verdict.claimed, verdict.true), number(verdict.true, verdict.claimed)
            message += f": {f'at {at} ' if at else ''}it says {claimed}, the derivative is {true}"
            slip = name_claim(formula.expr, inner, letter, name_of(output), formula.domain)
            verdict = replace(verdict, diagnosis=slip)
        result.findings.append(Finding("claim", status, message, verdict=verdict, diagnosis=verdict.diagnosis))


def array_claim(formula: Formula, name: str, claim: Any) -> Finding:
    """A stated dL/dname against the true gradient, entry by entry at small shapes."""
    verdict = verify_arrays(formula, claim, name)
    stated = str(claim).strip().splitlines()[-1].rpartition(" = ")[2]  # what comes before defines what it uses
    said = f"the claim dL/d{name} = {shorten(stated, 160)}"
    if verdict.ok:
        return Finding("claim", "pass", f"{said} agrees", verdict=verdict)
    claimed, true = number(verdict.claimed, verdict.true), number(verdict.true, verdict.claimed)
    wrong = f"{said} is wrong: {verdict.note}: it says {claimed}, the gradient is {true}"
    return Finding("claim", "fail", wrong, verdict=verdict, diagnosis=verdict.diagnosis)


def derivation_against(told: Examination, found: Target, result: Mathematics) -> None:
    """The derivation's steps, and backward against its result, for every input and parameter."""
    from .derivation import derive

    if told.example is None:
        return
    assert found.formula is not None
    letters = [s for s in (*found.formula.inputs, *found.formula.params) if name_of(s) in told.example.gradients]
    derived: dict[str, Derivation] = {}
    for name in map(name_of, letters):
        try:
            derived[name] = derive(found, wrt=name)
        except DerivexplainError as error:
            result.findings.append(Finding("derivation", "skip", f"no derivation for {name}: {error}"))
    result.findings += against_derived(told.example, found.formula, derived)
    steps = [s for d in derived.values() for s in d.steps]
    if steps:
        bad = [s for s in steps if not s.holds]
        hold = f"{len(steps)} derivation steps hold" if len(steps) > 1 else "1 derivation step holds"
        message = f"the derivation step by {bad[0].law} is false" if bad else hold
        result.findings.append(Finding("derivation", "fail" if bad else "pass", message))


def against_derived(example: Asked, formula: Formula, derived: Mapping[str, Derivation]) -> Iterator[Finding]:
    """Backward's numbers against the derived formulas' at the example."""
    asked = {n: d for n, d in derived.items() if example.gradients.get(n) is not None}
    if not asked:
        return
    try:
        with quiet():
            wanted = derived_values(example, formula, asked)
    except (DerivexplainError, ValueError, KeyError, TypeError, IndexError) as error:
        names = ", ".join(asked)
        yield Finding("values-derivation", "skip", f"the derived gradient for {names} was not evaluated: {error}")
        return
    found = {name: beside(example, name, value, asked[name].result) for name, value in wanted.items()}
    agree = {name: off for name, off in found.items() if isinstance(off, float)}
    if agree:
        message = f"backward agrees with the derived gradient{'s' * (len(agree) > 1)} for {', '.join(agree)}"
        yield Finding("values-derivation", "pass", message, bound=bound(max(agree.values())))
    yield from (other for other in found.values() if isinstance(other, Finding))


def derived_values(example: Asked, formula: Formula, derived: Mapping[str, Derivation]) -> dict[str, np.ndarray]:
    """The derived gradients at the example; those of one formula share what leads to them."""
    env, _ = environment(example.bench, formula)
    if not has_indices(formula):
        env = {**evaluation.evaluate_formula(formula, env), **env}
        value = {n: Letters.of(d.result).inward(d.result) for n, d in derived.items()}
        return {n: np.asarray(example.douts[0] * evaluation.evaluate(e, env), dtype=float) for n, e in value.items()}
    outs = [name_of(o) for o in formula.outputs]
    ups = [UPSTREAM] if len(outs) == 1 else [f"{UPSTREAM}_{o}" for o in outs]
    env = evaluation.evaluate_formula(formula, {**env, **dict(zip(outs, example.douts))})
    gradients = {g.name: g for d in derived.values() for g in d.gradients}
    together = replace(next(iter(derived.values())), gradients=tuple(gradients.values()))
    found = gradient_values(together, {**env, **dict(zip(ups, example.douts))})
    return {n: found[n] for n in derived}


def beside(example: Asked, name: str, wanted: np.ndarray, derived: Any) -> float | Finding:
    """How far what backward gave for one variable lies from what was derived, or what keeps the two apart."""
    given = np.asarray(example.gradients[name], dtype=float)
    if wanted.shape != given.shape:
        try:
            wanted = unbroadcast_to(wanted, given.shape)
        except ValueError:
            return Finding("values-derivation", "skip", f"the derived gradient for {name} has shape {wanted.shape}")
    scale = float(np.max(np.abs(wanted), initial=0.0))
    if np.allclose(given, wanted, rtol=1e-8, atol=1e-9 * (1 + scale)):
        return float(distance(given, wanted))
    said = f"backward's gradient for {name} is not the derived one: {display.formula(derived)}"
    return Finding("values-derivation", "fail", said)


def unbroadcast_to(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    from ..layer import unbroadcast

    if np.broadcast_shapes(a.shape, shape) == a.shape:
        return np.asarray(unbroadcast(a, shape)).reshape(shape)
    return np.broadcast_to(a, shape)
