"""Examination: all questions put to one subject, and what follows from the answers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..story import Diagnosis, Finding
from . import contract, guards, order
from .cases import EVAL, cases, redrawn
from .comparing import compare, variable_of
from .covering import unrun
from .exactly import told_exactly
from .handed import lists_of, partly_replaced
from .kept import uncompared, with_kept
from .mending.disagreement import beside_forward
from .mending.mended import mended
from .mending.solving import lacking
from .modes import after_training
from .outcome import Asked, Examination, agreed, stepped, whole
from .pace import unrated
from .parameters import prepare
from .penalty import penalised
from .proving import Trace, Unproved, prove
from .stopping import elsewhere, overflowing, stopped, unfit
from .subject import Bench, Case, Path, Subject, UserError, quiet
from .thresholds import either_side
from .unheard import at_the_end, unheard
from .values import FEW, Slopes, upstream
from .writing import untouched


def examine(subject: Subject, sizes: Mapping[str, int], seed: int = 0) -> Examination:
    """Put every question; the user's code stopping is an answer too."""
    told, threads = Examination(subject), threading.active_count()
    with quiet() as sink:
        try:
            subject, paths = prepare(subject, sizes, seed)
            told.subject = subject
        except UserError as error:
            told.stop = error
            told.add(*unfit([stopped(error)], subject, error))
            return told
        every = [*cases(subject, sizes, seed)]
        for case in every:
            if case.optional and (paths or told.stop):
                continue  # shapes of parameters bind the axes
            if threading.active_count() > threads + 30:
                break  # every forward leaves one behind: enough has been seen
            bench = Bench(told.subject, case, () if case.name == EVAL else paths)  # nothing is learnt there
            try:
                put(told, bench)
            except UserError as error:
                if case.optional:
                    continue
                if case.name == "the example":
                    told.stop = error
                    told.add(stopped(error))
                    break
                told.add(*elsewhere(error, case))
            if case.name == "the example" and told.slopes is not None and told.slopes.mover.chance:
                every[2:2] = redrawn(sizes, seed)  # before what we make up
        told_exactly(told, paths, every)
        diagnosed(told, paths, every)
        told.findings[:], unseen = stepped(told.findings)
        if right(told):
            try:
                told.proof, trace = prove(told.subject, paths, sizes, seed, told.guard, unseen)
            except Unproved as why:
                told.add(Finding("unproved", "skip", f"not proved from the code: {why}", why.where))
            else:
                put_beside(told, paths, every, trace)
            if told.proof is not None:
                told.add(Finding("proof", "pass", f"proved from the code: {told.proof.note}", verdict=told.proof))
        if right(told):
            told.add(*unrun(told.subject, paths, every))
            told.add(*(uncompared(told.example) if told.example else ()))
        if told.passed and not told.vacuous:
            told.findings.insert(0, agreed(told))
        told.add(*whole(told, sizes))
    if (left := threading.active_count() - threads) > 0:
        told.add(Finding("threads", "warn", f"the code leaves threads running, {left} after all calls"))
    if sink.size > 10_000:
        told.add(Finding("prints", "warn", f"the code prints, {sink.size} characters in all calls of the check"))
    return told


def right(told: Examination) -> bool:
    """Whether gradients agree, and nothing is wrong."""
    return bool(told.passed) and not told.straight and not any(f.status == "fail" for f in told.findings)


def diagnosed(told: Examination, paths: tuple[Path, ...], every: Sequence[Case]) -> None:
    """Look for the reason of what is wrong."""
    told.findings[:] = unfit(mended(told.findings, told.subject, paths, every), told.subject, told.stop)
    told.findings[:] = lacking(told.findings, told.subject, paths, every)
    told.findings[:] = beside_forward(told.findings, told.subject, paths, every)
    told.findings[:] = unheard(told.findings, told.example, told.slopes)


def put_beside(told: Examination, paths: tuple[Path, ...], every: Sequence[Case], trace: Trace) -> None:
    """Ask beside thresholds that are backward's alone; what is wrong there was proved on one side of them only."""
    beside: list[Case] = []
    with contextlib.suppress(RecursionError):  # formulas too deep to be gone through
        beside += either_side(trace)
    for case in beside:
        with contextlib.suppress(UserError):
            put(told, Bench(told.subject, case, paths))
    if beside and not right(told):
        told.proof = None
        wrong = {variable_of(f) for f in told.findings if (f.code, f.status) == ("values", "fail")}
        hazards = [f for f in told.findings if (f.code, f.status) == ("values", "warn") and variable_of(f) in wrong]
        told.findings[:] = [f for f in told.findings if f not in hazards]  # of other sizes, where it showed before
        diagnosed(told, paths, [*every, *beside])


# ---------------------------------------------------------------- one case


def put(told: Examination, bench: Bench) -> None:
    """All questions of one case; the contract is asked at the example only."""
    case, subject = bench.case, bench.subject
    first = case.name == "the example"
    instance, args = bench.fresh()
    values = bench.values(instance, args)
    try:
        results = bench.forward(instance, args)
    except UserError:
        if first or not case.invented:
            raise
        return  # it does not take such inputs, and need not
    outs = tuple(np.array(o) for o in results)
    if case.optional and told.example and any(o.ndim > e.ndim + 1 for o, e in zip(outs, told.example.outs)):
        return  # rows taken by rows: what it makes of one more axis has two
    if not all(np.all(np.isfinite(o)) for o in outs):
        if first:
            told.add(Finding("forward-finite", "warn", "forward gives numbers that are not finite at the example"))
        else:
            told.add(overflowing(bench))
            return
    douts = upstream(outs, bench.rng(2)) if subject.upstream else tuple(np.ones(o.shape) for o in outs)
    coarse = bool(case.measured) or any(v.dtype == np.float32 for v in (*values.values(), *outs))
    douts = tuple(d.astype(o.dtype) if o.dtype.kind == "f" else d for d, o in zip(douts, outs))
    if first:
        told.guard = guards.find(subject.functions, instance)
    lists = lists_of(instance) if first else {}
    answer = bench.answer(instance, douts, args, results)
    told.add(*partly_replaced(lists, instance))
    if first and (found := with_kept(bench, answer, douts, values)) is not None:
        told.subject = bench.subject = subject = found[0]
        told.add(found[1])
        answer = bench.gradients(douts)
    if first:
        slopes = told.slopes = Slopes(bench, coarse, few=FEW, values=values)
        if subject.upstream and all(np.ndim(o) == 0 for o in outs) and loss_ignores(bench, outs, answer):
            told.add(
                Finding(
                    "loss-ignores-dout",
                    "warn",
                    f"backward ignores {subject.upstream}: right as long as the loss is the last layer "
                    f"({subject.upstream} = 1), wrong when it is scaled or summed with another",
                    diagnosis=(Diagnosis("dout-ignored", f"{subject.upstream} is not multiplied in"),),
                )
            )
            told.subject = bench.subject = subject = replace(subject, upstream="")
            douts = tuple(np.ones(o.shape) for o in outs)
            answer = bench.gradients(douts)
    else:
        slopes = Slopes(bench, coarse, FEW, 0, 1, told.slopes, values)
    asked = Asked(bench, values, outs, douts, answer.gradients)
    told.example = asked if first else told.example
    compare(told, asked, slopes, list(contract.form(answer, values)))
    if case.name == EVAL:
        told.add(*after_training(bench, replace(case, sample=None), douts, answer))
    if first:
        told.add(*order.ordered(bench), *untouched(bench, douts))
        told.add(*contract.repeated(bench, douts))
        told.add(*contract.stateless(bench, douts))
        told.add(*unrated(bench, douts))
        told.add(*penalised(bench, douts, answer.gradients))
        if beyond := list(contract.unread(bench, douts, answer)):
            told.factor = False
            told.add(*beyond)
        if subject.upstream:
            told.add(*ignoring(told, list(contract.linear(bench, outs))))
            alone(told, bench, outs, slopes)
            told.findings[:] = at_the_end(told.findings, bench, douts, answer.gradients)


def ignoring(told: Examination, linear: list[Finding]) -> list[Finding]:
    """What was asked of the upstream gradient; a wrong gradient that forgets it has its reason."""
    for f in linear:
        why = tuple(d for d in f.diagnosis if d.code == "dout-ignored")
        for k, g in enumerate(told.findings if why else ()):
            if (
                g.code == "values"
                and not g.diagnosis
                and f" for {(g.counterexample or {}).get('variable')} " in f.message
            ):
                told.findings[k] = replace(g, diagnosis=why)
    return linear


def alone(told: Examination, bench: Bench, outs: tuple[np.ndarray, ...], slopes: Slopes) -> None:
    """Wrong gradients that are right where one entry of dout is all: the first, of several; of two it is a factor."""
    failing = [k for k, f in enumerate(told.findings) if (f.code, f.status) == ("values", "fail")]
    open_ = [k for k in failing if all(d.code == "factor" for d in told.findings[k].diagnosis)]
    if not open_ or len(outs) > 1 or not 1 < outs[0].size < 100:
        return
    for k in range(outs[0].size):
        dout = (np.where(np.arange(outs[0].size) == k, 1.3, 0.0).reshape(outs[0].shape),)
        given = bench.gradients(dout).gradients
        shaped = {n: np.asarray(g) for n, g in given.items() if g is not None and n in slopes.values}
        if not shaped or any(g.shape != slopes.values[n].shape for n, g in shaped.items()):
            return
        if not all(slopes.compare(n, g, dout).ok for n, g in shaped.items()):
            return
    name = bench.subject.upstream
    why = Diagnosis("dout-ignored", f"one entry of {name} alone is used: right only where all others are 0", name)
    for k in open_:
        told.findings[k] = replace(told.findings[k], diagnosis=(why,))


def loss_ignores(bench: Bench, outs: tuple[np.ndarray, ...], answer: Any) -> bool:
    """Whether a loss takes its upstream gradient for 1; a neuron, of one input and with weights, is none."""
    given = [a.name for a in bench.subject.arguments]
    if len(given) == 1 and {*answer.gradients} - {*given}:
        return False
    other = bench.gradients(upstream(outs, bench.rng(9))).gradients
    given = [np.asarray(g, dtype=float) for g in answer.gradients.values() if g is not None]
    if not all(np.all(np.isfinite(g)) for g in given):
        return False  # nan is the same whatever it is multiplied by
    return all(contract.close(g, other.get(n)) for n, g in answer.gradients.items() if g is not None)
