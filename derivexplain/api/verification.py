"""dx.verify: is a claim the derivative of a formula?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from .. import proof, reading
from ..arrays.axes import has_indices
from ..errors import DerivexplainError, InputError, ReadError, did_you_mean, shorten
from ..story import Formula, Verdict
from ..symbols import UPSTREAM, D, Letters, output_name, real
from .array_claims import verify_arrays
from .targets import Target, choose_wrt, resolve, with_domain


@dataclass(frozen=True)
class Question:
    """A claim about a formula, understood: everything in the machines' letters."""

    formula: Formula
    wrt: Any
    output: str
    claim: Any  # as it was read: may hold the output's letter and names of intermediate equations
    letters: Letters

    @property
    def forward(self) -> Any:
        return self.formula.expr

    @property
    def in_inputs(self) -> Any:
        """The claim with every defined name put back to what it stands for."""
        return in_inputs(self.claim, self.formula, self.output)


def verify(
    forward: Any,
    claim: Any,
    wrt: Any = None,
    domain: Mapping[Any, Any] | None = None,
    output: str = "y",
) -> Verdict:
    """Whether `claim` is the derivative of `forward` with respect to `wrt`.

    Both are texts or SymPy; the claim may use y for the forward value. `domain` maps letters to open
    intervals such as (0.05, 8), or to "integer" or "positive"; without it the question is asked wherever
    forward is real and finite, and the verdict says under which conditions that is.
    """
    try:
        target, formula = target_of(forward, wrt)
        if has_indices(formula):
            return verify_arrays(formula, claim, choose_wrt(formula, wrt))
        q = understand(target, formula, claim, wrt, domain, output)
    except DerivexplainError as error:
        raise error.with_context(read=shorten(f"{forward} ; {claim}")) from None
    verdict = judge(q)
    if verdict.status == "refuted":
        from .naming import name_claim

        verdict = replace(verdict, diagnosis=name_claim(q.forward, q.claim, q.wrt, q.output, q.formula.domain))
    return outward(verdict, q)


def target_of(forward: Any, wrt: Any) -> tuple[Target, Formula]:
    """Forward as a target, and the formula that it must have."""
    if isinstance(forward, str) and not forward.strip():
        raise InputError("the forward formula is empty", mend="give a formula such as 1/(1 + exp(-x))")
    target = resolve(forward, wrt=wrt)
    if target.formula is None:
        raise InputError("there is no formula to differentiate", mend="give forward as a formula")
    return target, target.formula


def understand(target: Target, formula: Formula, claim: Any, wrt: Any, domain: Any, output: str) -> Question:
    intervals, assumed = split_domain(domain)
    letter = choose_wrt(formula, wrt)
    name = name_of_output(target, formula, output)
    stated = read_claim(claim, formula, name)
    letters = Letters((*target.letters.theirs, *Letters.of(claim).theirs))
    if assumed:
        known = {s.name: s for s in formula.expr.free_symbols}
        moves = {known[n]: sp.Symbol(n, real=True, **{a: True}) for n, a in assumed.items() if known_letter(n, known)}
        formula = substituted(formula, moves)
        letter, stated = moves.get(letter, letter), stated.xreplace(moves)
    return Question(with_domain(formula, intervals), letter, name, stated, letters)


def judge(q: Question, effort: str = "full") -> Verdict:
    f, claim = q.forward, q.in_inputs
    verdict = proof.equal(D(f, q.wrt), claim, domain=q.formula.domain, within=(f,), effort=effort)
    if verdict.status == "undecided" and verdict.by == "definedness":
        raise InputError(
            "forward is real and finite at none of the points tried",
            read=shorten(str(f)),
            mend="check the formula, or give a domain where it is defined, such as x=0.1:5",
        )
    return verdict


def outward(verdict: Verdict, q: Question) -> Verdict:
    """In the caller's own letters, and with what was understood."""
    out = q.letters.outward
    understood = [("forward", out(q.forward)), ("claim", out(q.claim)), ("wrt", out(q.wrt))]
    if q.claim.has(real(q.output)) and q.output not in {str(s) for s in q.forward.free_symbols}:
        understood.append(("output", sp.Symbol(q.output)))
    for s, (low, high) in sorted(q.formula.domain.items(), key=lambda pair: str(pair[0])):
        understood.append((f"domain of {s}", (low, high)))
    return replace(
        verdict,
        conditions=out(verdict.conditions),
        exceptions=out(verdict.exceptions),
        understood=tuple(understood),
    )


# ---------------------------------------------------------------- reading the parts


def name_of_output(target: Target, formula: Formula, output: str) -> str:
    """What the claim calls the forward value: the name forward gives it, else `output`, else out."""
    inputs = {str(s) for s in formula.expr.free_symbols}
    own = str(formula.output)
    if any(e.rhs.has(e.lhs) for e in formula.equations):
        raise InputError(f"{own} stands on both sides", mend="give the output or the input another name")
    if own not in ("y", "out"):
        return own
    if output in inputs and output != "y":
        raise InputError(f"{output} is an input and cannot be the output too", mend="give the output another name")
    return output_name(inputs) if output == "y" else output


def read_claim(claim: Any, formula: Formula, output: str) -> Any:
    """The claim in the machines' letters; letters that forward does not have are refused."""
    known = {s.name: s for s in formula.expr.free_symbols}
    names = set(known) | {str(e.lhs) for e in formula.equations} | {output}
    if isinstance(claim, str):
        if not claim.strip():
            raise InputError("the claim is empty", mend="give the derivative as a formula, such as y*(1 - y)")
        stated = reading.read(claim, letters=sorted(n for n in names if len(n) < 32))
    elif isinstance(claim, sp.Basic | int | float):
        stated = Letters.of(claim).inward(sp.sympify(claim))
    else:
        raise InputError(f"a {type(claim).__name__} is no claim", mend="give a text or a SymPy expression")
    if not isinstance(stated, sp.Expr):
        raise InputError("the claim is no expression", mend="give the derivative as a formula")
    foreign = sorted({s.name for s in stated.free_symbols} - names)
    if foreign:
        unknown = foreign[0]
        hint = did_you_mean(unknown, names) or f"forward has {', '.join(sorted(known))}; its value is {output}"
        if unknown in (UPSTREAM, "dout"):
            hint = f"leave the upstream gradient out: of numbers, the claim is the derivative of {output} alone"
        raise ReadError(f"the claim has the letter {unknown}, which forward does not have", mend=hint)
    return stated.xreplace({s: known[s.name] for s in stated.free_symbols if s.name in known})


def in_inputs(expr: Any, formula: Formula, output: str) -> Any:
    done: dict[Any, Any] = {}
    for e in formula.equations:
        done[e.lhs] = e.rhs.xreplace(done)
    inputs = {s.name for s in formula.expr.free_symbols}
    if output not in inputs:
        done[real(output)] = formula.expr
    return expr.xreplace(done)


def split_domain(domain: Any) -> tuple[dict[str, tuple[Any, Any]], dict[str, str]]:
    """Intervals and assumptions, by name, checked."""
    intervals: dict[str, tuple[Any, Any]] = {}
    assumed: dict[str, str] = {}
    if domain is not None and not isinstance(domain, Mapping):
        raise InputError(f"a {type(domain).__name__} is no domain", mend='give {"x": (0.1, 5)}, an interval a letter')
    for letter, bounds in dict(domain or {}).items():
        name = str(letter)
        if isinstance(bounds, str):
            if bounds not in ("integer", "positive", "negative"):
                raise InputError(
                    f"the domain of {name} is {bounds!r}",
                    mend="give an interval such as 0.1:5, or integer, positive, negative",
                )
            assumed[name] = bounds
            continue
        intervals[name] = bounds
    return intervals, assumed


def known_letter(name: str, known: Mapping[str, Any]) -> bool:
    if name not in known:
        raise InputError(f"the domain names {name}, which forward does not have", mend=did_you_mean(name, known))
    return True


def substituted(formula: Formula, moves: Mapping[Any, Any]) -> Formula:
    equations = tuple(replace(e, lhs=e.lhs.xreplace(moves), rhs=e.rhs.xreplace(moves)) for e in formula.equations)
    swap = lambda letters: tuple(moves.get(s, s) for s in letters)  # noqa: E731
    return replace(formula, equations=equations, inputs=swap(formula.inputs), outputs=swap(formula.outputs))
