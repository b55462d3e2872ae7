"""dx.check: a layer's code against its mathematics, with findings that a student can use."""

from __future__ import annotations

import contextlib
import linecache
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from .. import conventions, foreign
from ..checking.cases import EVAL, WORD
from ..checking.covering import ran_at
from ..checking.examination import examine
from ..checking.guards import reachable, used
from ..checking.older import OLD_NAMES
from ..checking.outcome import Examination
from ..checking.source import gradient_line, read_source
from ..checking.subject import Case, Subject, UserError, quiet
from ..digits import bound, exponent
from ..errors import InputError
from ..layer import Layer
from ..story import Finding, Report, Verdict
from . import mathematics, mistakes
from .setting_up import dressed
from .targets import Target, formula_of, is_layer, resolve
from .together import together


def check(
    target: Any,
    inputs: tuple[Any, ...] | None = None,
    formula: Any = None,
    claims: Mapping[str, Any] | None = None,
    adapt: Callable[[Any], Any] | None = None,
    seed: int = 0,
) -> Report:
    """A layer's forward and backward, held against difference quotients, its formula and its claims.

    `target` is a catalogue name, ``FILE.py:Name``, a class with forward and backward, an instance, or a
    factory of one. `inputs` are example arguments of forward; without them the usual conventions are tried.
    `formula` (text or SymPy) is what forward should compute, `claims` the gradients that its author states.
    `adapt` is the hook for habits that are not understood: it gets the target's class or functions and
    returns a fresh object with forward(*inputs) and backward(dout); it is called for every fresh instance.
    """
    return report(located(target), inputs, formula, claims, adapt, seed)


def located(target: Any) -> Target:
    """The target as a thing with code in it; a bare formula has none."""
    if isinstance(target, foreign.Pair | foreign.Fused | foreign.Factory):
        return Target(target.name, target)
    if isinstance(target, type) and issubclass(target, Layer) and not target.formula:
        return Target(target.name, target)
    if isinstance(target, Layer) and not target.formula:
        return Target(target.name, target)
    found = resolve(target)
    if found.subject is None:
        raise InputError(
            "this is a formula; there is no code to check",
            mend="give a layer's name, FILE.py:Name or a class; derivexplain verify compares formulas",
            read=found.name,
        )
    return found


def report(
    found: Target,
    inputs: tuple[Any, ...] | None,
    formula: Any,
    claims: Mapping[str, Any] | None,
    adapt: Callable[[Any], Any] | None,
    seed: int,
) -> Report:
    """All that there is to say about one located target."""
    if inputs is not None and not isinstance(inputs, tuple | list):
        inputs = (inputs,)
    thing = found.subject
    if adapt is not None:
        original = thing
        thing = foreign.Factory(found.name, lambda: adapt(original))
    subject, sizes, trouble = dressed(thing, inputs, seed)
    if subject is None:
        return trouble_report(found, trouble, seed)
    subject = replace(subject, name=found.name)
    told = examine(subject, sizes, seed)
    if trouble and not mistakes.borne_out(told):
        return trouble_report(found, trouble, seed)
    subject, told = mistakes.read_otherwise(subject, told, sizes, seed)
    known = {k: v for f in reversed(subject.functions) for k, v in getattr(f, "__globals__", {}).items()}
    own = {f.__name__ for f in subject.functions if hasattr(f, "__name__")}
    text = read_source(subject.source, conventions.MISSPELT, conventions.BACKWARD, type_of(thing), known, own)
    sums = mathematics.Mathematics()
    with contextlib.suppress(UserError):  # said already where the code itself stops
        sums = mathematics.held_against(told, found, thing, formula, claims)
    said = (*sums.findings, *mistakes.named(told), *confirmed(text, told), *stood_in(subject))
    bare = any(map(placeless, said)) and "    if " in subject.source.text
    ran = ran_at(subject, Case("the example", sizes)) if bare else set()
    findings = together(tuple(placed(f, subject, ran) if placeless(f) else f for f in said), subject)
    findings = tuple(in_its_words(f, subject) for f in findings)
    return leaning(concluded(found.name, findings, told, sums, seed), found)


def leaning(told: Report, found: Target) -> Report:
    """The report; of a container built of a layer which is not right itself, that this one is to be mended."""
    parts = getattr(found.subject, foreign.PARTS, ()) if told.outcome not in ("correct", "hazards") else ()
    for name in parts:
        part = from_file({"path": found.path, "name": name, "target": name})
        if report(part, None, None, None, None, told.seed).outcome not in ("correct", "hazards"):
            said = f"it was built of {name}, which is not right itself"
            lacking = trouble_report(found, (Finding("not-set-up", "fail", said),), told.seed)
            return replace(lacking, next_step=f"Mend {name} first, then check again.")
    return told


def in_its_words(finding: Finding, subject: Subject) -> Finding:
    """A finding about a factory of functions, which was read as a class: there is no self in its text."""
    first, count = subject.source.first, subject.source.text.count("\n") + 1
    real = linecache.getlines(subject.source.path)[first - 1 : first + count]
    if any(re.search(r"\bself\b|^\s*class\b", line) for line in real):
        return finding
    plain = lambda text: text.replace("self.", "")  # noqa: E731
    reasons = (replace(d, message=plain(d.message), location=plain(d.location)) for d in finding.diagnosis)
    return replace(finding, message=plain(finding.message), diagnosis=tuple(reasons))


def placeless(finding: Finding) -> bool:
    """Whether a finding is about a wrong gradient, and does not say yet which line works it out."""
    about = finding.code in ("values", "shape", "missing", "linear", "finite") and finding.status != "pass"
    elsewhere = WORD.match(finding.message) or finding.message.startswith(EVAL)  # runs another line of several
    return about and not finding.where and not elsewhere


def placed(finding: Finding, subject: Subject, ran: set[int]) -> Finding:
    """A finding about a wrong gradient, with the line that works it out; of those that ran, if one of them does."""
    about = re.search(r"gradient for (\w+(?:\['\w+'\])?)", finding.message)
    own = {f.__name__ for f in subject.functions if hasattr(f, "__name__")}
    alone = {n.lower().replace("_", "") for n in own} if "fused" in subject.notes else set()
    asked = (subject.source, about[1] if about else "", {*conventions.BACKWARD, *alone}, own)
    return replace(finding, where=gradient_line(*asked, ran) or gradient_line(*asked))


def stood_in(subject: Subject) -> list[Finding]:
    """Names that the layer's functions use and nothing defines, where the usual thing was taken for them."""
    usual = {n for n, thing in used(subject.functions).items() if foreign.stands_in(n, thing)}
    if pythons := usual & {"math", "reduce"}:  # which a file may have imported
        paths = {subject.source.path, *(f.__code__.co_filename for f in reachable(subject.functions))}
        lines = "".join("".join(linecache.getlines(p)) for p in sorted(paths))
        usual -= pythons & {*re.findall(r"\w+", " ".join(re.findall(r"\b(?:import|from) .*", lines)))}
    names = sorted(usual)
    which = "one stands" if len(names) == 1 else "ones stand"
    said = f"{', '.join(names)}: defined nowhere in the file; the usual {which} in"
    found = [Finding("stand-in", "skip", said)] if names else []
    words = sorted(set(re.findall(r"\b(?:np|numpy)\.(\w+)", subject.source.text)) & set(OLD_NAMES))
    if old := [w for w in words if not hasattr(np, w)]:
        said = f"np.{', np.'.join(old)}: removed from NumPy (2.0 at the latest); checked with what it was"
        found.append(Finding("stand-in", "skip", said))
    return found


def type_of(thing: Any) -> type | None:
    return (
        thing if isinstance(thing, type) else None if isinstance(thing, foreign.Pair | foreign.Fused) else type(thing)
    )


def trouble_report(found: Target, trouble: tuple[Finding, ...], seed: int) -> Report:
    crash = trouble[0].code == "crash"
    return Report(
        found.name,
        "crashes" if crash else "not-set-up",
        trouble,
        Verdict("undecided", by="not run"),
        seed,
        next_step=NEXT["crashes" if crash else "not-set-up"],
    )


DOUBTFUL = tuple(
    f"source-{c}" for c in ("precedence", "never-stored", "never-set", "unused", "overwritten", "random")
)


def confirmed(text: tuple[Finding, ...], told: Examination) -> list[Finding]:
    """What the text alone suggests is said where the numbers leave room for it."""
    sound = not any(f.status == "fail" for f in told.findings)
    kept = [f for f in text if not (sound and f.code in DOUBTFUL)]
    if told.example is None or all(f.code != "source-never-set" for f in kept):
        return kept
    instance, args = told.example.bench.fresh()  # it may be set after all, by a base class or by who runs the layer
    with quiet(), contextlib.suppress(UserError):
        told.example.bench.forward(instance, args)
    there = {f"self.{n}" for n, v in getattr(instance, "__dict__", {}).items() if v is not None}
    return [f for f in kept if f.code != "source-never-set" or f.diagnosis[0].location not in there]


NEXT = {
    "correct": "",
    "hazards": "The numbers are right; the hazards above bite as soon as the layer is used in another way.",
    "factor": "If another scale of the loss is meant, state it (formula or claim); else put the factor right.",
    "wrong": "Mend the line named above, then check again.",
    "straight": "Where that estimator is meant there is nothing to mend; else the gradient is 0.",
    "claim": "Mend the claim, then check again.",
    "unplaced": "Mend what is named above, then check again.",
    "vacuous": "Make forward depend on its input; then there is a gradient to check.",
    "forward-differs": "Mend forward first: backward is judged against the forward that is there.",
    "crashes": "Mend the line named above; the rest is checked once it runs.",
    "not-set-up": "Pass example arguments: dx.check(MyLayer, inputs=(x, ...)), a factory such as "
    "lambda: MyLayer(W, b), "
    "or adapt= for unusual methods.",
}


def concluded(name: str, findings: tuple[Finding, ...], told: Examination, sums: Any, seed: int) -> Report:
    """The outcome that follows from the findings, and the verdict on backward."""
    failed = [f for f in findings if f.status == "fail"]
    differs = any(f.code == "forward-formula" for f in failed)
    apart = ("forward-formula", "claim", "derivation", "vacuous", *["values-derivation"] * differs)
    values = [f for f in failed if f.code not in apart]
    if told.stop:
        outcome = "crashes" if any(f.code == "crash" for f in failed) else "not-set-up"
    elif told.vacuous:
        outcome = "vacuous"
    elif values:
        outcome = (
            "factor"
            if told.factor and all(f.code == "values" for f in values if f.code != "values-also")
            else "wrong"
        )
        if all(f.code == "crash" for f in values if f.code != "values-also"):
            outcome = "crashes"
    elif differs:
        outcome = "forward-differs"
    elif failed:
        outcome = "wrong"
    elif not told.straight and not any(f.code.startswith("value") and f.status == "pass" for f in findings):
        outcome = "not-set-up"
    else:
        outcome = "hazards" if any(f.status == "warn" for f in findings) else "correct"
    verdict, mend = verdict_of(told, findings, sums), advice(outcome, failed, told)
    return Report(name, outcome, findings, verdict, seed, sums.text, sums.how, mend)


def advice(outcome: str, failed: Sequence[Finding], told: Examination) -> str:
    """What to do next; a line is spoken of where one is named."""
    if outcome == "hazards" and told.straight:
        return NEXT["straight"]
    if outcome != "wrong" or any(f.where for f in failed):
        return NEXT[outcome]
    return NEXT["claim" if all(f.code == "claim" for f in failed) else "unplaced"]


def verdict_of(told: Examination, findings: tuple[Finding, ...], sums: Any) -> Verdict:
    """The strongest that can be said of backward: refuted, proved, or agrees at so many slopes."""
    wrong = next((f for f in findings if f.status == "fail" and f.code == "values"), None)
    if wrong is not None:
        at = wrong.counterexample or {}
        return Verdict(
            "refuted",
            by="difference quotients",
            claimed=at.get("claimed"),
            true=at.get("true"),
            counterexample=None,
            points=told.tried,
            diagnosis=wrong.diagnosis,
        )
    if any(f.status == "fail" for f in findings) or not told.tried or (told.straight and not told.passed):
        return Verdict("undecided", by="difference quotients", points=told.tried)
    if told.proof is not None:
        return replace(told.proof, exceptions=kinks(told))

    digits = -exponent(bound(told.apart))
    return Verdict("agrees", by="difference quotients", points=told.tried, digits=digits, note=sums.note)


def from_file(item: Mapping[str, Any]) -> Target:
    """A layer of a file, for work in a child; the file is read once for all its layers."""
    layers = file_layers(item["path"], bool(item.get("whole")))
    if item["name"] in layers:
        thing = layers[item["name"]]
        return Target(item["target"], thing, formula_of(thing) if is_layer(thing) else None, path=item["path"])
    return resolve(f"{item['path']}:{item['name']}")


@lru_cache(maxsize=2)
def file_layers(path: str, whole: bool) -> dict[str, Any]:
    return dict(foreign.find(path, conventions, whole)[0])


def kinks(told: Examination) -> tuple[str, ...]:
    """Where forward has two slopes, in words."""
    return tuple(sorted({f"{name} = {at:g}" for name, at, _, _, _ in told.kinks}))[:3]
