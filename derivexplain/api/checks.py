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
from ..checking.choosing.otherwise import chosen
from ..checking.covering import ran_at
from ..checking.examination import examine
from ..checking.guards import reachable, used
from ..checking.older import OLD_NAMES
from ..checking.outcome import Examination
from ..checking.source import gradient_line, read_source, unreturned
from ..checking.stopping import not_here, reads_nothing, stopped, stuck
from ..checking.subject import Case, Subject, UserError, quiet
from ..digits import bound, exponent
from ..errors import DerivexplainError, InputError
from ..foreign.text.things import forward_of, method, parameters, required, source_of
from ..layer import SIZES, Layer
from ..story import Finding, Report, Verdict
from . import mathematics, mistakes
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
    return concluded(found.name, findings, told, sums, seed)


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


def dressed(
    thing: Any, inputs: tuple[Any, ...] | None, seed: int
) -> tuple[Subject | None, Mapping[str, int], tuple[Finding, ...]]:
    """The thing as a subject, with the sizes to ask it at; and why nothing could be set up, or what is doubtful."""
    if is_layer(thing) or (isinstance(thing, type | Layer) and _is_ours(thing)):
        try:
            with quiet():
                return foreign.dress_layer(thing, SIZES, inputs), SIZES, ()
        except (DerivexplainError, NotImplementedError):
            raise
        except Exception:
            pass  # a subclass with a constructor of its own goes the way of a stranger
    if callable(thing) and not isinstance(thing, type) and not hasattr(thing, "forward") and not _has_both(thing):
        thing = foreign.Factory(getattr(thing, "__name__", "factory"), thing)
    if isinstance(thing, foreign.Factory):
        fresh = _called(thing)
        if not _has_both(fresh):
            raise InputError(
                f"calling it gives {type(fresh).__name__}, which has no forward and backward",
                mend="a factory takes no arguments and returns a fresh layer",
                read=thing.name,
            )
    elif not isinstance(thing, foreign.Pair | foreign.Fused) and not _has_both(thing):
        cls = thing if isinstance(thing, type) else type(thing)
        lost = "backward" if forward_of(cls, conventions) else "forward"
        raise InputError(f"class {cls.__name__} has no {lost}", mend=_lost_mend(cls, lost), read=cls.__name__)
    choice = chosen(lambda: foreign.dress(thing, conventions, inputs), conventions.SIZES, seed)
    if choice.subject is not None:
        return choice.subject, conventions.SIZES, ()
    return choice.doubtful, conventions.SIZES, why_not(choice.errors, thing)


def _is_ours(thing: Any) -> bool:
    return issubclass(thing if isinstance(thing, type) else type(thing), Layer)


def _has_both(thing: Any) -> bool:
    cls = thing if isinstance(thing, type) else type(thing)
    return bool(forward_of(cls, conventions) and method(cls, conventions.BACKWARD))


def _lost_mend(cls: type, lost: str) -> str:
    wrong = [n for n in vars(cls) if conventions.MISSPELT.get(n) == lost]
    return f"{wrong[0]} looks like a slip for {lost}" if wrong else f"write a method {lost}"


def _called(factory: foreign.Factory) -> Any:
    try:
        with quiet():
            return factory.make()
    except TypeError as error:
        raise InputError(
            f"it cannot be called without arguments ({error})",
            mend="give a class, an instance, or a factory such as lambda: MyLayer(W, b)",
            read=factory.name,
        ) from None


def why_not(errors: tuple[Any, ...], thing: Any) -> tuple[Finding, ...]:
    """Nothing ran: the user's own error where every try met the same one, else what to pass.

    A function that gives its loss and gradient together may stop at its gradient.
    """
    if not errors:
        return (Finding("not-set-up", "fail", "no way to call forward was found"),)
    if any(type(e.error) is NameError for e in errors):  # else a branch for none of the words that we know
        errors = tuple(e for e in errors if not isinstance(e.error, UnboundLocalError))
    first = errors[0]
    if any("forward returns NoneType" in e.words for e in errors) and (lost := unreturned(*forward_text(thing))):
        return (lost,)
    nowhere = [e for e in errors if type(e.error) is NameError and e.where]
    furthest = max(nowhere or errors, key=lambda e: int(e.where.rpartition(":")[2] or 0))
    if isinstance(furthest.error, ImportError):  # where the shapes were right
        return (not_here(furthest),)
    if isinstance(first.error, AttributeError) and isinstance(first.error.obj, foreign.Base):
        said = f"{first.words}, which may be its base class's: that is not there; put its file beside this one"
        return (Finding("not-set-up", "fail", f"{first.stage} stops with {said}\n    {first.line}", first.where),)
    if isinstance(first.error, LookupError) and first.stage == "backward":
        return (Finding("not-set-up", "fail", str(first)),)
    if all(is_own(e) for e in errors):
        return (stopped(first),)
    made_of_nothing = not isinstance(thing, type) or not required(parameters(thing.__init__, bound=True))  # type: ignore[misc]
    if made_of_nothing and (same := stuck(errors)) and not any(f"{name}(" in same.line for name in foreign.USUAL):
        return (stopped(same),)  # what stands in for a function may give something else than that
    shapes = "does not have enough dimensions" in furthest.words  # of a number, where an array is meant
    if (
        not shapes
        and isinstance(thing, foreign.Fused)
        and re.match(r"(d(?!iff|ist|ata|im|et|en|ot)|grad)\w*(\[.*\])? *[-+*/]?= ", furthest.line)
    ):
        return (stopped(furthest),)
    own = is_name(furthest) or reads_nothing(furthest, forward_text(thing)[0].text)
    if furthest.where and (own or "output from dtype('float64') to dtype('bool')" in furthest.words):
        return (stopped(furthest),)  # past all shapes; no truth values are ever given: mask *= 0.5 is its own
    first = next((e for e in errors if is_own(e) and not isinstance(e.error, ImportError)), first)
    said = f"forward could not be run: {len(errors)} ways were tried; {stopped(first).message}"
    return (Finding("not-set-up", "fail", said, first.where),)


def forward_text(thing: Any) -> tuple[Any, str]:
    """The text that holds a thing's forward, and forward's name in it."""
    if isinstance(thing, foreign.Pair | foreign.Fused):
        return thing.source, getattr(thing.forward, "__name__", "")
    cls = thing if isinstance(thing, type) else type(thing)
    return getattr(cls, "__derivexplain_source__", None) or source_of(cls), forward_of(cls, conventions)


OWN = (NameError, ImportError, SystemExit, RecursionError, MemoryError, PermissionError, NotImplementedError)


OURS = r"'(int|float|str|list|tuple|NoneType)'|'numpy\."  # what we gave, and what nobody has set


def is_name(error: UserError) -> bool:
    """Whether a name is defined nowhere: np.sigmoid, or one that was never given."""
    return isinstance(error.error, NameError) or "module 'numpy" in error.words


def is_own(error: UserError) -> bool:
    """Whether an error is the code's own, whatever it is given."""
    if isinstance(error.error, AttributeError):
        return not re.search(OURS, error.words)
    forgot = isinstance(error.error, TypeError) and "required positional argument" in error.words
    return isinstance(error.error, OWN) or (forgot and bool(error.where))  # a call of its own, no call of ours


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
