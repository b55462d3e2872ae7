"""Which mathematics is the code held against? Its formula as given, by its name, by its numbers, or read from it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import evaluation, proof, reading
from ..arrays.axes import has_indices
from ..arrays.probing import gradient_values
from ..checking.cases import cases
from ..checking.examination import Examination, kink
from ..checking.numbers import number
from ..checking.subject import Bench, Case, UserError, quiet
from ..digits import bound
from ..errors import DerivexplainError, shorten
from ..foreign.finding import normal
from ..layer import SIZES, Layer
from ..layers import catalogue
from ..story import Diagnosis, Finding, Formula, Verdict
from ..symbols import UPSTREAM, Letters, real
from .array_claims import verify_arrays
from .targets import Target, formula_from, formula_of, is_layer, name_of

FREE = {"rtol": 1e-7, "atol": 1e-9}


@dataclass
class Mathematics:
    """What the code was held against, how it was found, and what came of it."""

    text: str = ""
    how: str = ""
    findings: list[Finding] = field(default_factory=list)
    proof: Verdict | None = None
    note: str = ""


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
    if told.bench is not None:
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
    return formula_from(stated)


# ---------------------------------------------------------------- forward against the formula


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
    if told.bench is None:
        return
    path = told.bench.paths
    apart = 0.0
    for case in cases(told.subject, told.bench.case.sizes, told.bench.case.seed)[:6]:
        bench = Bench(told.subject, case, path)
        try:
            with quiet():
                env, args = environment(bench, formula)
                instance, args = bench.fresh()
                outs = bench.forward(instance, args)
                hints = dict(zip(map(name_of, formula.outputs), outs))  # how long the outputs' axes are
                values = evaluation.evaluate_formula(formula, {**env, **hints})
        except UserError:
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
        f"forward differs from {what}: at {place} it gives {number(given[worst], wanted[worst])}, "
        f"not {number(wanted[worst], given[worst])}"
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


# ---------------------------------------------------------------- recognised


SUFFIXES = ("layer", "activation", "function", "activationfunction", "gate", "node", "op", "forward", "func", "act")


def bare(name: str) -> str:
    """relu for ReLU, ReluLayer, relu_forward."""
    word = normal(name)
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if word.endswith(suffix) and len(word) > len(suffix):
            word = word[: -len(suffix)]
    return word


ALIASES = {
    "multiply": "mul",
    "mult": "mul",
    "plus": "add",
    "addition": "add",
    "multiplication": "mul",
    "swish": "silu",
    "logistic": "sigmoid",
    "tanhyperbolic": "tanh",
    "hyperbolictangent": "tanh",
    "rectifiedlinearunit": "relu",
    "rectifier": "relu",
}


def recognised(told: Examination, found: Target, result: Mathematics) -> None:
    """A catalogue layer of the same name or with the same numbers; its formula is what forward should compute."""
    with quiet():
        _recognised(told, found, result, forward_runs(told))


def _recognised(told: Examination, found: Target, result: Mathematics, runs: list[Run]) -> None:
    assert told.bench is not None
    title = bare(found.name.rpartition(":")[2])
    title = ALIASES.get(title, title)
    by_name = next((cls for cls in catalogue.values() if normal(cls.name) == title and plain(cls)), None)
    args = told.subject.arguments
    if len(told.outs) != 1 or len(args) > 2:
        return
    if by_name is not None and by_name.inputs() and len(by_name.inputs()) == len(args):
        result.text, result.how = by_name.name, "by name"
        verdict = alike(by_name, told, runs)
        if verdict is None:
            result.text = result.how = ""
        elif verdict is True:
            result.findings.append(
                Finding("forward-formula", "pass", f"forward is {by_name.name}: {by_name.formula}")
            )
        elif exact(by_name) and isinstance(verdict, Finding):
            result.findings.append(verdict)
        else:
            result.text = result.how = ""
        if result.text:
            kinks_against(by_name, told)
            return
    for cls in catalogue.values():
        if plain(cls) and len(cls.inputs()) == len(args) and alike(cls, told, runs) is True:
            result.text, result.how = cls.name, "by numbers"
            result.findings.append(
                Finding("forward-formula", "pass", f"forward behaves as {cls.name}: {cls.formula}")
            )
            kinks_against(cls, told)
            return


def plain(cls: type[Layer]) -> bool:
    """Elementwise with no shapes of its own: an example of any shape goes through."""
    return isinstance(cls.formula, str) and "[" not in cls.formula and not cls.params


def exact(cls: type[Layer]) -> bool:
    """Named without ambiguity: no constants that another author may choose otherwise."""
    return cls.name in (
        "relu",
        "sigmoid",
        "tanh",
        "exp",
        "log",
        "square",
        "sqrt",
        "add",
        "mul",
        "neg",
        "reciprocal",
        "sub",
        "div",
        "identity",
        "sin",
        "cos",
        "abs",
    )


def alike(cls: type[Layer], told: Examination, runs: list[Run]) -> bool | Finding | None:
    """Whether a catalogue layer gives the same numbers in every case; else where it differs; None: cannot say."""
    some = False
    for case, args, given in runs:
        try:
            ours, _ = cls.example(np.random.default_rng(0), SIZES)
            wanted = np.asarray(ours.forward(*(np.array(a) for a in args)), dtype=float)
        except Exception:
            return None
        if given.shape != wanted.shape:
            return None
        if not np.all(np.isfinite(wanted) & np.isfinite(given)):
            continue
        some = True
        if not np.allclose(given, wanted, rtol=1e-6, atol=1e-7 * (1 + float(np.max(np.abs(wanted), initial=0.0)))):
            return forward_differs(told, case, args, given, wanted, f"{cls.name}, {cls.formula}")
    return True if some else None


Run = tuple[Case, tuple[Any, ...], np.ndarray]


def forward_runs(told: Examination) -> list[Run]:
    """Forward's numbers in the cases that are like the example."""
    assert told.bench is not None
    found = []
    for case in cases(told.subject, told.bench.case.sizes, told.bench.case.seed)[:6]:
        bench = Bench(told.subject, case, told.bench.paths)
        with contextlib.suppress(UserError):
            instance, args = bench.fresh()
            kept = tuple(np.array(a) for a in args)
            found.append((case, kept, np.asarray(bench.forward(instance, args)[0], dtype=float)))
    return found


def kinks_against(cls: type[Layer], told: Examination) -> None:
    """Where forward has a kink, which value this code takes and which one the catalogue takes."""
    if not told.kinks or not cls.kinks:
        return
    theirs = "; ".join(f"{value} at {place}" for place, value in cls.kinks.items())
    told.findings[:] = [f for f in told.findings if f.code != "kink"]
    told.findings.append(kink(told, f" (the catalogue's {cls.name}: {theirs})"))


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
            stated = stated.xreplace(ours).xreplace({real(name_of(output)): formula.expr})
            from ..symbols import D

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
        result.findings.append(Finding("claim", status, message, verdict=verdict, diagnosis=verdict.diagnosis))


def array_claim(formula: Formula, name: str, claim: Any) -> Finding:
    """A stated dL/dname against the true gradient, entry by entry at small shapes."""
    verdict = verify_arrays(formula, claim, name)
    said = f"the claim dL/d{name} = {shorten(str(claim))}"
    if verdict.ok:
        return Finding("claim", "pass", f"{said} agrees", verdict=verdict)
    claimed, true = number(verdict.claimed, verdict.true), number(verdict.true, verdict.claimed)
    wrong = f"{said} is wrong: {verdict.note}: it says {claimed}, the gradient is {true}"
    return Finding("claim", "fail", wrong, verdict=verdict)


def derivation_against(told: Examination, found: Target, result: Mathematics) -> None:
    """The derivation's steps, and backward against its result, for every input and parameter."""
    from .derivation import derive

    assert found.formula is not None
    letters = [s for s in (*found.formula.inputs, *found.formula.params) if name_of(s) in told.gradients]
    steps, bad = 0, []
    worst: Verdict | None = None
    for letter in letters:
        name = name_of(letter)
        try:
            derived = derive(found, wrt=name)
        except DerivexplainError as error:
            result.findings.append(Finding("derivation", "skip", f"no derivation for {name}: {error}"))
            continue
        steps += len(derived.steps)
        bad += [s for s in derived.steps if not s.holds]
        for f in against_derived(told, found.formula, derived, name):
            result.findings.append(f)
        if worst is None or derived.verdict.status != "proved":
            worst = derived.verdict
    if steps:
        message = f"{steps} derivation steps hold" if not bad else f"the derivation step by {bad[0].law} is false"
        result.findings.append(Finding("derivation", "fail" if bad else "pass", message))


def against_derived(told: Examination, formula: Formula, derived: Any, name: str) -> Iterator[Finding]:
    """Backward's numbers against the derived formula's at the example."""
    if told.bench is None or told.gradients.get(name) is None:
        return
    letters = Letters.of(derived.result)
    value = letters.inward(derived.result)
    try:
        with quiet():
            env, _ = environment(told.bench, formula)
            if derived.gradients:
                outs = [name_of(o) for o in formula.outputs]
                ups = [UPSTREAM] if len(outs) == 1 else [f"{UPSTREAM}_{o}" for o in outs]
                env = evaluation.evaluate_formula(formula, {**env, **dict(zip(outs, told.douts))})
                wanted = gradient_values(derived, {**env, **dict(zip(ups, told.douts))})[name]
            else:
                env |= {k: v for k, v in evaluation.evaluate_formula(formula, env).items() if k not in env}
                wanted = np.asarray(told.douts[0] * evaluation.evaluate(value, env), dtype=float)
    except (DerivexplainError, ValueError, KeyError, TypeError, IndexError) as error:
        yield Finding("values-derivation", "skip", f"the derived gradient for {name} was not evaluated: {error}")
        return
    given = np.asarray(told.gradients[name], dtype=float)
    if wanted.shape != given.shape:
        try:
            wanted = unbroadcast_to(wanted, given.shape)
        except ValueError:
            yield Finding("values-derivation", "skip", f"the derived gradient for {name} has shape {wanted.shape}")
            return
    scale = float(np.max(np.abs(wanted), initial=0.0))
    if np.allclose(given, wanted, rtol=1e-8, atol=1e-9 * (1 + scale)):
        message = f"backward agrees with the derived gradient for {name}"
        yield Finding("values-derivation", "pass", message, bound=bound(distance(given, wanted)))
    else:
        yield Finding(
            "values-derivation", "fail", f"backward's gradient for {name} is not the derived one: {derived.result}"
        )


def distance(given: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference, in units of the largest number (or of 1)."""
    largest = float(np.max(np.abs(wanted), initial=1.0))
    return float(np.max(np.abs(given - wanted), initial=0.0)) / largest


def unbroadcast_to(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    from ..layer import unbroadcast

    if np.broadcast_shapes(a.shape, shape) == a.shape:
        return np.asarray(unbroadcast(a, shape)).reshape(shape)
    return np.broadcast_to(a, shape)
