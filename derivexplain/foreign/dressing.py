"""Dressing: a stranger's class or functions as a Subject, by trying the conventions until they fit."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..checking.chance import KINDS
from ..checking.subject import DATA, Answer, Argument, Subject, floats_within
from ..checking.watching import holding
from .asking import hung
from .asking.answers import answer, times
from .asking.calling import Reading, default_rate, describe, give, kept_decays, kept_rate, output_taken, readings
from .asking.optimised import from_locals
from .asking.outputs import NoArray, split
from .asking.owing import arguments_of, frozen, gives_back, learned_by, leaves_to_layers, without_targets
from .building.arguments import constructor_specs
from .building.costs import totals
from .building.feeding import data_arguments, weights_alone
from .building.learnt import with_learnt
from .building.options import Sample, options, worded
from .building.setups import Setup, setups
from .building.unset import rated
from .forms import deltas, implied
from .forms.between import of_cost, through_loss
from .forms.scores import from_scores, with_targets
from .forms.slots import slotted
from .forms.staged import staged
from .forms.unpacked import unpacked
from .text.code import Code, backward_of, clone, code_of, method_of
from .text.gradients import in_order
from .text.hints import several_arrays
from .text.installed import torch_of
from .text.madeup import whole_steps
from .text.standins import Boxed, defined_by_run
from .text.targets import network, target
from .text.tensors import notes_back, tensor, tensor_of
from .text.things import Parameter, matches, normal

WHOLE = 1000  # steps of time, more than any example has


def dress(thing: Any, conventions: Any, inputs: tuple[Any, ...] | None = None) -> Iterator[Subject]:
    """Candidates, likeliest first; each is a guess that has yet to run.

    `inputs` are example arguments where the user gave them; then only the calls are guessed.
    """
    code = slotted(code_of(thing, conventions), conventions)
    for shaped in (rated, through_loss, of_cost, from_scores, with_targets, learning, unpacked, staged):
        code = shaped(code, conventions)
    code = worded(code)
    code = with_learnt(code, conventions)
    if several_arrays(*code.forward_args[:1]):
        code = code.packed()
    names = data_arguments(code)
    ways = setups(code, conventions)
    if inputs is not None:
        made = {m: scene for scene in conventions.SCENES for m in constructor_specs(code, scene, conventions)}
        ways = iter([Setup(scene, m, tuple(inputs), own=True) for m, scene in made.items()])
    kind = tensor_of(code.functions, conventions) if code.style == "class" else None
    if kind is not None and not re.search(rf"\.{kind.value}\b|\b{kind.cls.__name__}\b", code.source.text):
        kind = None  # it is not about tensors
    installed = torch_of(code)
    for setup in ways:
        yield from _candidates(code, setup, names, conventions)
        if kind is not None:
            yield from _candidates(code.carried(kind), setup, names, conventions)
            yield from _candidates(code.taped(kind, setup.order), setup, names, conventions)
        if installed is not None:
            yield from _candidates(code.carried(installed), setup, names, conventions)


def learning(code: Code, conventions: Any) -> Code:
    """A forward that does not train unless it is told to, ``forward(x, training=False)``, told to."""
    flags = [p.default is False and matches(conventions.TRAINING, normal(p.name)) for p in code.forward_args]
    flags = [f and remembers(code, p.name) for f, p in zip(flags, code.forward_args)]
    at = flags.index(True) if True in flags else len(flags)
    if at == len(flags) or any(p.kind != p.POSITIONAL_OR_KEYWORD for p in code.forward_args[: at + 1]):
        return code
    given = tuple(p.replace(default=True) if k == at else p for k, p in enumerate(code.forward_args))

    def forward(instance: Any, *args: Any) -> Any:
        return code.forward(instance, *args, *(p.default for p in given[len(args) : at + 1]))

    return replace(code, forward=forward, forward_args=given)


def remembers(code: Code, flag: str) -> bool:
    """Whether a cache that forward may use is what it keeps for backward, not what it keeps of words before."""
    if code.style != "class" or not matches(r"use\w*cache", normal(flag)):
        return True
    front, back = method_of(code.source.text, code.front), backward_of(code)
    chosen = [n for n in ast.walk(front) if isinstance(n, ast.If) and flag in ast.unparse(n.test)] if front else []
    inside = (a for n in chosen for s in n.body for a in ast.walk(s) if isinstance(a, ast.Attribute))
    kept = {a.attr for a in inside if isinstance(a.ctx, ast.Store)}
    read = {a.attr for a in ast.walk(back) if isinstance(a, ast.Attribute)} if back else set()
    return bool(kept & read)


def _candidates(code: Code, setup: Setup, names: list[Parameter], conventions: Any) -> Iterator[Subject]:
    """One set-up, tried; where forward runs, a subject for each way to call backward."""
    if setup.scene.name == "numbers, one by one":
        if code.style != "pair" or not code.local or len(names) != 1 or setup.order is not None:
            return
        code = code.one_by_one()
    extra = [f"x{i}" for i in range(len(setup.given))]
    labels = [p.name if p.kind != p.VAR_POSITIONAL else extra[i] for i, p in enumerate(names[: len(extra)])]
    labels += extra[len(labels) :]

    decays = kept_decays(code, conventions)
    off: dict[str, None] = {}

    def sampler(setup: Setup) -> Sample:
        def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
            args = setup.arguments(rng, sizes)
            instance = setup.instance(code, rng, sizes)
            kept = getattr(instance, "__dict__", {})
            for n in decays & {k for k, v in kept.items() if type(v) is float and v > 0}:
                off[f"{n}={getattr(instance, n)!r}"] = None
                setattr(instance, n, 0.0)
            for n in [k for k, v in kept.items() if type(v) is int and matches(conventions.CUT, normal(k))]:
                kept[n] = WHOLE  # what is cut short is meant to be no gradient
            if held := {k: v for k, v in zip(labels, args) if isinstance(v, dict)}:
                vars(instance).update(held)
            return instance, args

        return sample

    sample = sampler(setup)

    def call(instance: Any, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, Any]:
        args = tuple(getattr(instance, labels[k]) if isinstance(a, dict) else a for k, a in enumerate(args))
        args = tuple(clone(a) if isinstance(a, KINDS) else a for a in args)  # to draw the same each time
        result = code.forward(instance, *args)
        outs, cache = split(result, code, instance, conventions, args)
        return outs, cache, result

    arguments = arguments_of(code, setup, labels, conventions)
    told = [p.name for p in code.forward_args if p.default is True and matches(conventions.TRAINING, normal(p.name))]
    try:
        trial, trial_args = sample(np.random.default_rng(0), conventions.SIZES)
        np.random.seed(0)
        outs, cache, _ = call(trial, trial_args)
    except (Exception, SystemExit) as error:
        if isinstance(error, NoArray) and (kind := tensor(type(error.value), conventions)):
            yield from _candidates(
                code.called(told) if code.calling else code.opened(kind), setup, names, conventions
            )
            if notes_back(error.value):
                yield from _candidates(code.taped(kind, setup.order), setup, names, conventions)
            return
        if richer := setup.richer(code, conventions):
            yield from _candidates(code, richer, names, conventions)
            return
        yield Subject(
            code.name,
            sample,
            _failing(error),
            _no_backward,
            arguments,
            code.source,
            scene=setup.name,
            convention="tried",
        )
        return
    optimised = setup.optimised or whole_steps(trial)
    scalar = all(np.ndim(o) == 0 for o in outs)
    arguments = without_targets(arguments, code, conventions) if scalar else arguments
    kept = cache is not None or "_derivexplain_cache" in getattr(trial, "__dict__", {})
    forms = tuple(options(code, setup, sampler, conventions))
    if outs and target(code, conventions) is not None:
        softmax = code.style == "pair" and not network(code, conventions)
        back = [softmax or gives_back(code, a.name, conventions) for a in arguments]
        alone = tuple(replace(a, owed=a.owed and b) for a, b in zip(arguments, back))
        plain = Subject(
            *(code.name, sample, _failing(LookupError()), _no_backward, alone, code.source),
            scene=setup.name,
            narrow=setup.narrow,
            functions=code.functions,
            learned=learned_by(code, conventions),
        )
        yield from implied.subjects(code, plain, call, np.shape(outs[0]), conventions, optimised)
        return
    if hung.mark(code, conventions):
        plain = Subject(
            *(code.name, sample, _failing(LookupError()), _no_backward, arguments, code.source),
            scene=setup.name,
            narrow=setup.narrow,
            fixed_sizes=setup.fixed,
        )
        yield from hung.subject(code, plain, conventions, scalar)
        return
    if code.calling and code.by_run:  # what it keeps itself comes before what a framework's would
        yield from _candidates(code.called(told), setup, names, conventions)
    known = {
        "arguments": arguments,
        "conventions": conventions,
        "forms": forms,
        "optimised": optimised,
        "off": tuple(off),
    }
    found = partial(_subject, code, setup, sample, **known)
    ways = readings(code, len(setup.given), len(outs), kept, scalar, conventions)
    for reading in ways:
        yield found(call, setup.name, reading, scalar)
    for reading in ways[:1] if not scalar else ():
        yield from deltas.subjects(code, found(call, setup.name, reading, scalar), conventions)
    if code.calling and not code.by_run:
        yield from _candidates(code.called(told), setup, names, conventions)
    costs = code.local and (setup.built_in and len(names) > 1 or bool(weights_alone(code, conventions)))
    costs |= code.local and code.style == "class" and not any(a.owed for a in arguments)  # an energy of each row
    if (setup.order is not None or costs) and not scalar:  # costs are of data and targets, by what is learned
        # a loss for each example, beside its predictions or alone, whose backward is that of their mean (or sum)
        for whole in totals(code):
            for reading in readings(code, len(setup.given), 1, kept, True, conventions):
                yield found(_reduced(call, whole), f"{setup.name}, its {whole.__name__}", reading, True)


def _reduced(call: Any, whole: Any) -> Any:
    def one(instance: Any, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, Any]:
        outs, cache, result = call(instance, args)
        return (np.asarray(whole(outs[-1])),), cache, result

    return one


def _failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


def _no_backward(*_: Any) -> Answer:
    return Answer({})


def _subject(
    code: Code,
    setup: Setup,
    sample: Any,
    call: Any,
    scene: str,
    reading: Reading,
    scalar: bool,
    *,
    arguments: tuple[Argument, ...],
    conventions: Any,
    forms: tuple[tuple[str, Sample], ...],
    optimised: bool,
    off: tuple[str, ...],
) -> Subject:
    owed = [a.name for a in arguments if a.owed]
    upstream = reading.upstream
    pointwise = not upstream and not scalar and code.style != "fused"
    rate = 1.0 if {"rate", "stepper"} & {*reading.gives} or optimised else default_rate(code, conventions)
    kept = kept_rate(code, conventions) if not rate else ""
    inner = any(re.match(r"zero|out[1-9]", g) for g in reading.gives)

    def forward(instance: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        outs, cache, _ = call(instance, args)
        if code.by_run:
            defined_by_run(instance, args, outs)
        if code.style != "class" or cache is not None:
            vars(instance)["_derivexplain_cache"] = cache
        if "function" in reading.gives:
            vars(instance)["_derivexplain_forward"] = code.functions[0]
        if inner:
            vars(instance)["_derivexplain_outputs"] = outs
        return outs[: reading.outputs]

    whole = scalar and not reading.upstream  # a model that ends in its loss
    asks = leaves_to_layers(code, conventions)
    first = not (owed or rate or kept or whole or code.local or asks or code.style == "fused") and any(
        a.kind in DATA for a in arguments
    )
    along: list[int] = []  # the axis of a sum, as the first shapes have it
    optimises = bool(rate) and re.search(conventions.OPTIMISER, code.source.text) is not None
    on_request = (
        p.kind == p.VAR_KEYWORD or (p.default is False and matches(conventions.STEPPING, normal(p.name)))
        for p in code.backward_args
    )
    hidden = optimises or any(on_request)  # only an optimizer is given the gradients
    noted: dict[str, Any] = {}

    def backward(instance: Any, douts: tuple[Any, ...], args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
        kept_ = [(p, v) for p, v in floats_within(instance) if not any(v is a for a in args)]  # no arguments
        before = {p: v.copy() for p, v in kept_ if not str(p[0]).startswith("_derivexplain")}
        now = getattr(instance, "__dict__", {})
        held = {k: dict(v) if isinstance(v, dict) else v for k, v in now.items()}
        if code.backward is None:
            result = vars(instance).get("_derivexplain_cache")
        else:
            boxed = tuple(np.asarray(d).view(Boxed) for d in douts) if code.by_run else douts
            watched = holding(lambda c: c.co_name == code.back) if hidden else nullcontext({})
            with watched as seen:
                result = code.backward(instance, *(give(g, instance, boxed, args, outs) for g in reading.gives))
            noted.clear()
            noted.update(seen)
        shapes = {a.name: np.shape(v) for a, v in zip(arguments, args)}
        steps = rate or float(getattr(instance, kept, 0) or 0) if kept else rate
        found = answer(instance, result, owed, shapes, code.returns, before, steps, conventions, held)
        held_there = from_locals(noted, list(before), code.source.text, conventions)
        own = {k: g for k, g in found.gradients.items() if g is not None}
        both = {**found.gradients, **held_there} if optimises else {**found.gradients, **held_there, **own}
        found = replace(found, gradients=both)
        if scalar and matches(conventions.OF_VECTORS, normal(code.names[1])):  # the one row of its Jacobian
            row = {k: np.reshape(g, shapes[k]) for k, g in own.items() if np.shape(g) == (1, *shapes.get(k, ()))}
            return replace(found, gradients={**both, **row})
        if pointwise:
            try:
                known, columns = found.gradients.items(), scene.startswith("column")
                sloped = {k: times(v, douts[0], shapes.get(k, ()), columns, along) for k, v in known}
            except ValueError:
                if code.style != "class" or code.local:
                    raise
                return found  # no slopes, by their shapes: an upstream gradient is not asked for, and lost
            return Answer(sloped, found.problem)
        return found

    asked = [(p.name, g) for p, g in zip(code.backward_args, reading.gives) if g.startswith("dout")]
    name = asked[0][0] if asked else "dout"
    ranked = {int(g[4:]): n for n, g in asked if g != "douts"}
    return Subject(
        code.name,
        sample,
        forward,
        backward,
        arguments,
        code.source,
        upstream=name if upstream or pointwise else "",
        upstreams=tuple(ranked[k] for k in sorted(ranked)),
        pointwise=pointwise,
        scene=scene,
        narrow=setup.narrow,
        convention=describe(code, reading),
        fixed_sizes=setup.fixed,
        notes=(
            *(["updates"] if rate or kept else []),
            *(["first"] if first else []),
            *(["guessed"] if reading.guessed or (setup.by is not None and len(arguments) > 2) else []),
            *(["fused"] if code.style == "fused" or code.within else []),
        ),
        off=(*reading.off, *off),
        frozen=frozen(code, conventions),
        rates=tuple(p.name for p, g in zip(code.backward_args, reading.gives) if g == "rate"),
        output_taken=output_taken(code, reading),
        functions=code.functions,
        learned=learned_by(code, conventions),
        options=forms,
        returned=in_order(owed, code.returns, conventions),
    )
