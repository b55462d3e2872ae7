"""Forward's numbers against a formula's, and what came of holding a layer against its mathematics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import evaluation
from ..checking.cases import cases
from ..checking.naming.numbers import number
from ..checking.outcome import Examination
from ..checking.subject import Bench, Case, UserError, quiet
from ..digits import bound
from ..errors import DerivexplainError, ShapeError
from ..story import Diagnosis, Finding, Formula, Verdict
from .targets import name_of


@dataclass
class Mathematics:
    """What the code was held against, how it was found, and what came of it."""

    text: str = ""
    how: str = ""
    findings: list[Finding] = field(default_factory=list)
    proof: Verdict | None = None
    note: str = ""


def environment(bench: Bench, formula: Formula) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """Values for the letters of a formula: arguments by name (else by place), parameters, constants."""
    instance, args = bench.fresh()
    names = [a.name for a in bench.subject.arguments]
    env: dict[str, Any] = {}
    if hasattr(instance, "__dict__"):
        env |= {k: v for k, v in vars(instance).items() if isinstance(v, np.ndarray | float | int)}
        env |= {normal_letter(k): v for k, v in list(env.items())}
    env |= bench.variables()
    env |= dict(zip(names, args))
    letters = [name_of(s) for s in formula.inputs]
    free = [s for s in letters if s not in env]
    if free and len(letters) <= len(args) and not set(letters) & set(names):
        env |= dict(zip(letters, args))
    elif len(free) == 1 and len(args) == 1:
        env[free[0]] = args[0]
    return env, args


def normal_letter(name: str) -> str:
    return name.strip("_")


def forward_against(told: Examination, formula: Formula, result: Mathematics) -> None:
    """Forward's numbers against the formula's, at the example, at other numbers, and at zeros and ties."""
    if told.example is None:
        return
    first = told.example.bench
    apart = 0.0
    for case in cases(told.subject, first.case.sizes, first.case.seed)[:6]:
        bench = Bench(told.subject, case, first.paths)
        try:
            with quiet():
                env, args = environment(bench, formula)
                instance, args = bench.fresh()
                outs = bench.forward(instance, args)
                hints = dict(zip(map(name_of, formula.outputs), outs))  # how long the outputs' axes are
                values = evaluation.evaluate_formula(formula, {**env, **hints})
        except UserError:
            return
        except ShapeError as error:
            message = f"forward does not fit {result.text}: {error.wrong}"
            result.findings.append(Finding("forward-formula", "fail", message, where_forward(told)))
            return
        except (DerivexplainError, ValueError, KeyError, TypeError, IndexError) as error:
            result.findings.append(Finding("forward-formula", "skip", f"the formula could not be evaluated: {error}"))
            return
        wanted = np.asarray(values[name_of(formula.output)], dtype=float)
        given = np.asarray(outs[0], dtype=float)
        if not np.all(np.isfinite(wanted)) or not np.all(np.isfinite(given)):
            continue
        single = outs[0].dtype == np.float32
        scale = float(np.max(np.abs(wanted), initial=0.0))
        if given.shape != wanted.shape and given.size == wanted.size:
            wanted = wanted.reshape(given.shape)
        elif given.shape != wanted.shape:
            message = f"forward gives shape {given.shape}, the formula {wanted.shape}"
            result.findings.append(Finding("forward-formula", "fail", message, where_forward(told)))
            return
        rough = single or case.name == "8 times as large"  # saturated: 1 - y cancels in the formula as it stands
        rtol, atol = 1e-4 if rough else 1e-7, 1e-5 if single else 1e-9
        if not np.allclose(given, wanted, rtol=rtol, atol=atol * (1 + scale)):
            result.findings.append(forward_differs(told, case, args, given, wanted, result.text))
            return
        if not rough:
            apart = max(apart, distance(given, wanted))
    result.findings.insert(0, Finding("forward-formula", "pass", "forward computes its formula", bound=bound(apart)))


def forward_differs(
    told: Examination, case: Case, args: tuple[Any, ...], given: np.ndarray, wanted: np.ndarray, what: str
) -> Finding:
    worst = np.unravel_index(int(np.argmax(np.abs(given - wanted))), given.shape) if given.shape else ()
    at = {
        a.name: v[worst] for a, v in zip(told.subject.arguments, args) if np.shape(v) == given.shape and given.shape
    }
    place = ", ".join(f"{k} = {float(v):.6g}" for k, v in at.items()) or case.name
    message = (
        f"forward differs from {what}: at {place} it gives {number(given[worst] + 0.0, wanted[worst])}, "
        f"not {number(wanted[worst] + 0.0, given[worst])}"
    )
    return Finding(
        "forward-formula",
        "fail",
        message,
        where_forward(told),
        counterexample={
            **{k: float(v) for k, v in at.items()},
            "given": float(given[worst]),
            "wanted": float(wanted[worst]),
        },
        diagnosis=(Diagnosis("other-function", f"forward is not {what}"),),
    )


def where_forward(told: Examination) -> str:
    source = told.subject.source
    for k, line in enumerate(source.text.split("\n")):
        if "def forward" in line or "def __call__" in line:
            return f"{source.path}:{source.first + k}"
    return f"{source.path}:{source.first}" if source.path else ""


def distance(given: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference, in units of the largest number (or of 1)."""
    largest = float(np.max(np.abs(wanted), initial=1.0))
    return float(np.max(np.abs(given - wanted), initial=0.0)) / largest
