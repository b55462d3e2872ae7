"""Mending: the one small edit of backward after which its gradients are right, found by trying; and its line."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...patience import patience
from ...story import Diagnosis, Finding
from ..cases import EVAL, OTHER_ROWS
from ..flow import drawn
from ..kept import all_kept
from ..running import compiled, ran, running, texts, written
from ..subject import Bench, Case, Path, Subject, UserError
from ..thresholds import beside
from ..values import FEW
from .coincidences import by_chance
from .edits import Edit, edits
from .places import called
from .settings import as_setting
from .trials import NEAR, Trial
from .undone import Words

MOST = 4000  # edits that are tried
MANY, SECONDS = 10, 8.0  # slopes that decide whether an edit may be right; of the processor, for all the trying
WORK = 1_200_000  # calls and lines that all the trying may run: a slow backward gets fewer tries
SLOW, SMALLER = 2000, {"N": 2, "F": 2, "Y": 4, "X": 5, "T": 3}  # such a backward is tried at sizes like these

DECISIVE = ("branch", "axis", "mutation")  # slips that numbers alone may take for another one
PLAIN = 5  # edits up to this rank say what the slip was; beyond, a factor or term is put in to see
WHOLE = "the gradients? for|the sign is wrong|this is the gradient|.*upstream gradient|.*softmax's"  # of every entry
EDITED = re.compile("should read|is too much|is missing after")  # how an edit is told, below
LOOSE = re.compile(
    "left out or counted wrongly|other paths are right|wrong only where|over an axis that|^backward gives|"
    "each entry is given|"
    "entries get nothing|stand in other places|and a multiple of|the terms have wrong factors|whole Jacobian|"
    r"is .* or [^:]*, times the true one|is -?\d+\.\d{3,} times the true one|is passed on unchanged"
)
SHARED = r"/ *(len\(|float\()?([mnN]|\w+\.shape\[|batch_?size)\b"  # gradients as of a mean over the examples
PLACES = ("threshold", "branch", "slope", "inverted", "path-missing")  # where it is wrong: true beside what mends it
NOT_TRIED = "(forward|set-up) stops|which forward does not read"  # no edit at the numbers that are there tells of it
ASKED = ("values", "shape", "finite", "crash")  # findings that one edit of backward may undo


@dataclass(frozen=True)
class Mending:
    """What mends it: the slip that was made, the edit in words, the line, and the gradients that are right then."""

    code: str
    message: str
    where: str
    variables: tuple[str, ...]
    sure: bool = False  # a factor of which the text says whether it is a number or a length
    plain: bool = False  # a small edit, which says what the slip was
    varies: bool = False  # the wrong gradients are other multiples of the right ones in other cases


def mended(
    given: Sequence[Finding], subject: Subject, paths: tuple[Path, ...], cases: Sequence[Case]
) -> list[Finding]:
    """The findings, those about a wrong gradient with the line of backward where one edit puts it right."""
    findings = list(given)
    like = [c for c in cases if not c.invented and not c.extreme]
    options = {name for name, _ in subject.options} - {EVAL}
    other = [c for c in cases if c.invented and c.name in options]  # another stride
    benches = {c.name: Bench(subject, c, paths) for c in (*like, *other)}
    plain = [benches[c.name] for c in like if not c.another]
    open_: dict[str, dict[str, int]] = {}  # case -> variable -> place among the findings
    for k, f in enumerate(findings):
        hazard = (f.code, f.status) == ("values", "warn") and f.message.startswith(tuple(f"{c.name}:" for c in other))
        if (f.status == "fail" or hazard) and f.code in ASKED and not re.search(NOT_TRIED, f.message):
            case = next((name for name in benches if f.message.startswith(f"{name}:")), "the example")
            with contextlib.suppress(UserError):
                names = benches[case].variables()
                wrong = [n for n in names if (asked(subject, n) if f.code == "crash" else about(f, n))]
                open_[case] = dict.fromkeys(wrong, k) | open_.get(case, {})
    # no edit may count on how many rows there are
    more_of = {"X": 2, "Y": 2, "C": 3}  # nor on a window that takes in every channel there is
    images = like[:1] if open_ and subject.scene.startswith("images") else []
    wider = [
        replace(c, sizes={k: n + more_of.get(k, 0) - (k == "C") * less for k, n in c.sizes.items()})
        for c in images
        for less in (0, 1)  # two groups of channels are alike
    ]
    spare = [Bench(subject, c, paths) for c in cases if open_ and c.name == OTHER_ROWS]
    more = [*filter(runs, spare), *[b for b in (Bench(subject, c, paths) for c in wider) if runs(b)][:1]]
    with patience(SECONDS):
        for case, wrong_at in open_.items():
            all_wrong = set(wrong_at)
            tried = (benches[case], *(b for b in plain if b is not benches[case]), *more)
            tried = (*smaller(benches[case], tuple(wrong_at)), *tried)
            with contextlib.suppress(UserError, RecursionError):
                stops = any(findings[k].code == "crash" for k in wrong_at.values())
                misfits = stops or any(findings[k].code == "shape" for k in wrong_at.values())
                shared = misfits and re.search(SHARED, subject.source.text) is not None
                while wrong_at and (
                    found := mend(tried, tuple(wrong_at), all_wrong, stops)
                    or (mend(tried, tuple(wrong_at), all_wrong, stops, shared) if shared else None)
                ):
                    for k in sorted({wrong_at.pop(n) for n in found.variables}):
                        findings[k] = with_mending(findings[k], found)
    return findings


def runs(bench: Bench) -> bool:
    """Whether forward takes these inputs."""
    try:
        return bool(bench.forward(*bench.fresh()))
    except UserError:
        return False


def resized(bench: Bench, sizes: Mapping[str, int]) -> Bench:
    """The same at other sizes."""
    return Bench(bench.subject, replace(bench.case, sizes={**bench.case.sizes, **sizes}), bench.paths)


def smaller(bench: Bench, wrong: tuple[str, ...]) -> Iterator[Bench]:
    """The same with fewer of everything, where backward is slow and its slip shows there too: more can be tried."""
    with contextlib.suppress(UserError):
        steps = sum(ran(bench).values())
        few = resized(bench, SMALLER)
        if steps > SLOW and bench.case.name == "the example" and runs(few) and 2 * sum(ran(few).values()) < steps:
            trial = Trial(few, wrong, MANY)
            if not (trial.mute or trial.still or trial.right(wrong)):
                yield few


def with_mending(finding: Finding, found: Mending) -> Finding:
    said = [d.message for d in finding.diagnosis if "is zero everywhere" not in d.message]
    finding = finding if said else replace(finding, diagnosis=())
    whole = any(re.match(WHOLE, m) for m in said)
    codes = {found.code, *(d.code for d in finding.diagnosis)}
    why = Diagnosis(found.code, found.message, found.where)
    decisive = found.code in DECISIVE and not whole  # one factor of every entry is no branch
    if not finding.diagnosis or decisive or (codes == {"factor", "scale-n"} and found.sure):
        return replace(finding, diagnosis=(why,), where=found.where)
    holds = whole and (not found.varies or any(d.code == "other-argument" for d in finding.diagnosis))
    if (found.plain and not holds) or any(map(LOOSE.search, said)):
        true = lambda d: d.code in PLACES or d.message.startswith("backward gives")  # noqa: E731
        where = tuple(d for d in finding.diagnosis if true(d) and d.code != found.code)
        return replace(finding, diagnosis=(why, *where), where=found.where)
    if "scale-n" in codes and re.search(r"should read `[\d.]+`", found.message):
        return replace(finding, where=found.where)  # 3 for 1 is the number of examples in this one case
    return replace(finding, message=f"{finding.message}\n    {found.message}", where=found.where)


def asked(subject: Subject, variable: str) -> bool:
    """Whether a gradient is owed, or worked out by the name ``dP`` for P: what stops may have been for it."""
    return subject.owes(variable) or re.search(rf"\bd_?{re.escape(variable)}\b", subject.source.text) is not None


def about(finding: Finding, variable: str) -> bool:
    """Whether a finding is about the gradient for this variable."""
    return re.search(rf"gradient for {re.escape(variable)}(?!\w|\[')", finding.message) is not None


def mend(
    benches: Sequence[Bench], wrong: tuple[str, ...], all_wrong: set[str], stops: bool = False, shared: bool = False
) -> Mending | None:
    """The plainest edit that makes all of the `wrong` gradients right in every case, else some of them.

    The first case is the test. Gradients that were right stay so.
    Where backward stops, all of them: an edit that only lets it go on says nothing about the slip.
    """
    bench, trials = benches[0], {}

    def trial(k: int) -> Trial:
        if k not in trials:
            trials[k] = Trial(benches[k], wrong, MANY if k == 0 else FEW, trial(0).slopes if k else None, shared)
        return trials[k]

    entered, partly, whole = ran(bench), None, texts(bench)
    tries = min(MOST, WORK // max(sum(entered.values()), 1))
    for function, tree, first in sorted(written(bench, entered), key=lambda w: within_it(w[0], bench)):
        if "fused" not in bench.subject.notes and any(drawn(tree)):
            continue  # its numbers are not forward's, whatever they are multiplied by
        deeper = partly is not None
        if partly and (partly.plain or not within_it(function, bench)):
            break
        chosen, kept = likely(trial(0), function, tree, wrong), guards(tree) if stops else set()
        for edit in sorted(edits(tree, whole, bench.subject.upstream), key=chosen)[: tries >> 2 * deeper]:
            if partly and chosen(edit)[0]:
                break  # nothing further on can put all of them right
            if (deeper and edit.rank > PLAIN) or id(edit.old) in kept:
                continue
            with edit.made():
                code = compiled(tree, function)
            if code is None:
                continue
            with running(function, code):
                right = trial(0).right(wrong)
                found = (
                    all_kept(bench, trial(0).fresh(), trial(0).douts)
                    if stops and right and set(right) != set(wrong)
                    else None
                )
            if found is not None:
                known_now = [Bench(found, b.case, b.paths) for b in benches]
                return mend(known_now, wrong, all_wrong, stops, shared)
            if not right or (stops and set(right) != set(wrong)):
                continue
            still = trial(0).still.issuperset(right)
            if still and not decides(edit, tree):
                continue
            counts = edit.code not in DECISIVE  # it may be right for so many rows alone
            asked_too = [k for k, b in enumerate(benches) if k and (counts or b.case.name != OTHER_ROWS)]
            more = [trial(k) for k in asked_too]  # of the code as it is: forward may hold the edit too
            with running(function, code):
                good = not still or any(not t.still.issuperset(right) for t in more)
                good = good and all(set(right) <= set(t.right(right, surely=True)) for t in (trial(0), *more))
                good = good and trial(0).forward_stands() and trial(0).others_stand(all_wrong)
                stopped = good and not trial(0).steps <= trial(0).moved()
                good = good and (isinstance(edit.new, ast.Pass) or not stopped)  # what comes after is right by chance
            good = good and not by_chance(edit, bench)
            good = good and (not decides(edit, tree) or stands_beside(bench, function, code, right))
            if good and (partly is None or set(right) == set(wrong)):
                words = Words.of(whole, bench.subject.upstream)
                edit = as_setting(edit, (function, tree), whole, trial(0), right)
                same = tuple(t for t in trials.values() if t.bench.case.sizes == bench.case.sizes)
                partly = told(edit, right, bench, (function, tree, first), same, words, stopped)
            if good and set(right) == set(wrong):
                break
    return partly


def decides(edit: Edit, tree: ast.AST) -> bool:
    """Whether an edit is of a part of a condition."""
    conditions = (n for n in ast.walk(tree) if isinstance(n, ast.Compare))
    return any(edit.old is part for n in conditions for part in ast.walk(n))


def stands_beside(bench: Bench, function: types.FunctionType, code: types.CodeType, right: tuple[str, ...]) -> bool:
    """Whether an edited condition is right on either side of its thresholds: at few inputs many decide alike."""
    with running(function, code):
        cases = beside(bench)
    there = [Trial(Bench(bench.subject, c, bench.paths), right, FEW) for c in cases]  # of forward as it is
    with running(function, code):
        return all(set(right) <= set(t.right(right, surely=True)) for t in there)


def within_it(function: types.FunctionType, bench: Bench) -> bool:
    """Whether this is a method of a layer within: an edit of its own says more than a factor put in around it."""
    return "." in function.__qualname__.rpartition("<locals>.")[2] and function not in bench.subject.functions


def told(
    edit: Edit,
    right: tuple[str, ...],
    bench: Bench,
    of: tuple[types.FunctionType, ast.FunctionDef, int],
    trials: Sequence[Trial],
    words: Words,
    stopped: bool = False,  # it is a step that is taken too early
) -> Mending:
    function, tree, first = of
    old, new = ast.unparse(edit.old), ast.unparse(ast.fix_missing_locations(edit.new))
    if isinstance(edit.old, ast.Constant) and (part := round_(tree, edit.old)) is not None:
        old = ast.unparse(part)
        with edit.made():
            new = ast.unparse(part)
    early = new == "pass" and (stopped or re.match(r"self\.\w+ [-+]= ", old) is not None)
    what = f"`{old}` is too much" if new == "pass" else f"`{old}` should read `{new}`"
    if isinstance(edit.new, ast.If):
        what = f"`{ast.unparse(edit.new.body[-1])}` is missing after `{old.splitlines()[0]}`"
    if early:
        what = f"`{old}` stands before what it changes is used for the last time; without it"
    if isinstance(edit.old, ast.Assign) and isinstance(edit.new, ast.Assign) and edit.code == "swapped":
        both = [ast.unparse(t) for t in getattr(edit.new.targets[0], "elts", edit.old.targets)]
        what = f"the values of `{both[0]}` and `{both[-1]}` are in each other's place; exchanged"
    if isinstance(edit.old, ast.For) and not isinstance(edit.new, ast.If):
        what = f"`{old.splitlines()[0][:-1]}` does the same each time, and is too much"
    which = f"the gradient for {right[0]} is" if len(right) == 1 else f"the gradients for {', '.join(right)} are"
    which = f"{which}, but for the number of examples," if any(t.scaled for t in trials) else which
    code = words.slip(edit.code, old, new)
    numbers = [set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)) for text in (old, new)]
    sure = code == "scale-n" or numbers[0] > numbers[1]
    message = f"{what} {which} right" if early else f"{what}: then {which} right"
    where = f"{file_of(function, bench)}:{line_of(edit, first)}"
    times = [[t.times[n] for t in trials if n in t.times] for n in right]
    varies = any(max(of) - min(of) > NEAR * abs(of[0]) for of in times if of)
    return Mending("mutation" if early else code, message, where, right, sure, edit.rank <= PLAIN, varies)


def round_(tree: ast.FunctionDef, number: ast.Constant) -> ast.expr | None:
    """What a number stands in, where its line has it more than once: ``d[:, 1]`` of ``dx[:, 1] += d[:, 1]``."""
    line = next((s for s in ast.walk(tree) if isinstance(s, ast.Assign | ast.AugAssign) and within(s, number)), None)
    same = [n for n in ast.walk(line) if isinstance(n, ast.Constant) and n.value == number.value] if line else []
    parts = [n for n in ast.walk(line) if isinstance(n, ast.Subscript) and within(n, number)] if line else []
    return parts[-1] if len(same) > 1 and parts else None


def within(whole: ast.AST, part: ast.AST) -> bool:
    return any(n is part for n in ast.walk(whole))


def file_of(function: types.FunctionType, bench: Bench) -> str:
    """Where a function stands: a base class may come from another file."""
    path = function.__code__.co_filename
    return path if os.path.isfile(path) else bench.path


def line_of(edit: Edit, first: int) -> int:
    """The line of the file in which an edit is."""
    return first - 1 + edit.old.lineno  # type: ignore[attr-defined, no-any-return]


def likely(
    trial: Trial, function: types.FunctionType, tree: ast.FunctionDef, wrong: tuple[str, ...]
) -> Callable[[Edit], tuple[bool, bool, int]]:
    """The order in which edits are tried: first where all that is wrong depends on, and nothing that is right."""
    before = trial.given()
    moved: dict[int, set[str] | None] = {}
    for part in parts(tree):
        edit = Edit(0, "", part, ast.BinOp(part, ast.Mult(), ast.Constant(1.25)))
        with edit.made():
            code = compiled(tree, function)
        with running(function, code or function.__code__):
            after = trial.given()
            moves = "fused" in trial.bench.subject.notes and not trial.forward_stands()  # the loss itself
        changed = {n for n in after if n not in before or not np.array_equal(after[n], before[n])} if after else None
        changed = changed | {"the loss"} if moves and changed is not None else changed
        if isinstance(part, ast.Call) and called(part) == "zeros":
            changed = None  # any multiple of them is the same: a path may have led here
        moved |= dict.fromkeys(map(id, ast.walk(part)), changed)
    whole = (n for n in ast.walk(tree) if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Tuple))
    for node in whole:  # W, b = self.params: what is taken apart is no number
        if isinstance(node.value, ast.Name | ast.Attribute):
            moved |= dict.fromkeys(map(id, ast.walk(node.value)), set())

    def order(edit: Edit) -> tuple[bool, bool, int]:
        if isinstance(edit.new, ast.Pass) and is_step(edit.old):
            return False, False, 0  # W -= rate * dW before W is used: one step too early, whatever else would do
        value = getattr(edit.old, "value", None) if isinstance(edit.old, ast.stmt) else edit.old
        changed = moved.get(id(value))
        if isinstance(value, ast.Tuple) and isinstance(new := getattr(edit.new, "value", None), ast.Tuple):
            entries = [moved.get(id(a)) for a, b in zip(value.elts, new.elts) if ast.dump(a) != ast.dump(b)]
            changed = set[str]().union(*(e or () for e in entries)) if None not in entries else None
        if changed is None:  # a loop, an index: whatever depends on it
            return False, False, edit.rank
        return not changed.issuperset(wrong), not changed <= set(wrong), edit.rank

    return order


def is_step(node: ast.AST) -> bool:
    """Whether an instance's own array is moved: ``self.W -= rate * dW``."""
    return isinstance(node, ast.AugAssign) and re.match(r"self\.\w+$", ast.unparse(node.target)) is not None


def guards(tree: ast.FunctionDef) -> set[int]:
    """The values in the tests that end a function with nothing: ``if self.x == []: return``."""
    ends = lambda s: isinstance(s, ast.Raise) or (isinstance(s, ast.Return) and s.value is None)  # noqa: E731
    tests = (n.test for n in ast.walk(tree) if isinstance(n, ast.If) and ends(n.body[-1]))
    return {id(part) for test in tests for part in ast.walk(test)}


def parts(tree: ast.FunctionDef) -> Iterator[ast.expr]:
    """What a function works out, value by value: of every assignment, and each entry of what it returns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Return | ast.Assign) and isinstance(node.value, ast.Tuple):
            yield from node.value.elts
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.Return) and node.value is not None:
            yield node.value
