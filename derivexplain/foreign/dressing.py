"""Dressing: a stranger's class or functions as a Subject, by trying the conventions until they fit."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..checking.chance import KINDS
from ..checking.subject import Answer, Argument, Subject
from .asking import hung
from .asking.outputs import NoArray, split
from .asking.owing import arguments_of, gives_back, learned_by, one_each, without_targets
from .asking.readings import readings
from .asking.reported import silent
from .asking.stepping import kept_decays
from .asking.subjects import Running
from .building.arguments import constructor_specs
from .building.costs import regression, totals
from .building.feeding import data_arguments, weights_alone
from .building.learnt import with_learnt
from .building.options import Sample, options, worded
from .building.setups import Setup, setups
from .building.unset import rated
from .forms import deltas, implied, reconstructed
from .forms.between import of_cost, through_loss
from .forms.inside import inside
from .forms.scores import from_scores, with_targets
from .forms.slots import slotted
from .forms.staged import staged
from .forms.unpacked import unpacked
from .text.code import Code, backward_of, clone, code_of, method_of
from .text.hints import several_arrays
from .text.installed import torch_of
from .text.madeup import whole_steps
from .text.modelled import told
from .text.targets import network, target
from .text.tensors import notes_back, tensor_in, tensor_of
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
    code = silent(with_learnt(code, conventions), conventions)
    if several_arrays(*code.forward_args[:1]):
        code = code.packed()
    names, conventions = data_arguments(code), told(code, conventions)
    ways = setups(code, conventions)
    if inputs is not None:
        made = {m: scene for scene in conventions.SCENES for m in constructor_specs(code, scene, conventions)}
        ways = iter([Setup(scene, m, tuple(inputs), own=True) for m, scene in made.items()])
    kind = tensor_of(code.functions, conventions) if code.style == "class" else None
    if kind is not None and not re.search(rf"\.{kind.value}\b|\b{kind.cls.__name__}\b", code.source.text):
        kind = None  # it is not about tensors
    installed, ends = torch_of(code), inside(code, conventions)
    ran: set[Any] = set()
    for setup in ways:
        for k, ended in enumerate(ends):
            if (k, setup.numbers) not in ran:  # else a scene differs in what nothing here asks for
                attempt = Tried(ended, setup, names, conventions)
                yield from attempt.all()
                ran |= {(k, setup.numbers)} if attempt.settled else set()
        if kind is not None:
            yield from Tried(code.carried(kind), setup, names, conventions).all()
            yield from Tried(code.taped(kind, setup.order), setup, names, conventions).all()
        if installed is not None:
            yield from Tried(code.carried(installed), setup, names, conventions).all()


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


@dataclass
class Tried:
    """One set-up of a layer: forward run once, and a subject for each way in which backward may want to be called."""

    code: Code
    setup: Setup
    names: list[Parameter]  # forward's arguments
    conventions: Any
    off: dict[str, None] = field(default_factory=dict)  # what backward would add of its own accord
    settled: bool = False  # whether forward runs at this set-up as it is, or stops whatever is done to it

    def all(self) -> Iterator[Subject]:
        """A subject for each way to call backward, where forward runs, be it after more has been done to it."""
        code = self.code
        if self.setup.scene.name == "numbers, one by one":
            if code.style != "pair" or not code.local or len(self.names) != 1 or self.setup.order is not None:
                return
            self.code = code.one_by_one()
        yield from self.subjects()

    @cached_property
    def labels(self) -> list[str]:
        """What forward's arguments are called."""
        extra = [f"x{i}" for i in range(len(self.setup.given))]
        known = zip(self.names, extra)
        told = [p.name if p.kind != p.VAR_POSITIONAL else x for p, x in known]
        return [*told, *extra[len(told) :]]

    @cached_property
    def told(self) -> list[str]:
        """Flags of training that forward has on by itself."""
        given = (p for p in self.code.forward_args if p.default is True)
        return [p.name for p in given if matches(self.conventions.TRAINING, normal(p.name))]

    def sampler(self, setup: Setup) -> Sample:
        code, decays = self.code, kept_decays(self.code, self.conventions)

        def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
            args = setup.arguments(rng, sizes)
            instance = setup.instance(code, rng, sizes)
            kept = getattr(instance, "__dict__", {})
            for n in decays & {k for k, v in kept.items() if type(v) is float and v > 0}:
                self.off[f"{n}={getattr(instance, n)!r}"] = None
                setattr(instance, n, 0.0)
            for n in [k for k, v in kept.items() if type(v) is int and matches(self.conventions.CUT, normal(k))]:
                kept[n] = WHOLE  # what is cut short is meant to be no gradient
            if held := {k: v for k, v in zip(self.labels, args) if isinstance(v, dict)}:
                vars(instance).update(held)
            return instance, args

        return sample

    def call(self, instance: Any, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, Any]:
        args = tuple(getattr(instance, self.labels[k]) if isinstance(a, dict) else a for k, a in enumerate(args))
        args = tuple(clone(a) if isinstance(a, KINDS) else a for a in args)  # to draw the same each time
        result = self.code.forward(instance, *args)
        outs, cache = split(result, self.code, instance, self.conventions, args)
        return outs, cache, result

    def subjects(self) -> Iterator[Subject]:
        code, setup, conventions = self.code, self.setup, self.conventions
        arguments = arguments_of(code, setup, self.labels, conventions)
        sample = self.sampler(setup)
        try:
            trial, trial_args = sample(np.random.default_rng(0), conventions.SIZES)
            np.random.seed(0)
            outs, cache, _ = self.call(trial, trial_args)
        except (Exception, SystemExit) as error:
            yield from self.otherwise(error, self.without_backward(sample, arguments, error))
            return
        self.settled = True
        optimised = setup.optimised or whole_steps(trial)
        scalar = all(np.ndim(o) == 0 for o in outs)
        arguments = without_targets(arguments, code, conventions) if scalar else arguments
        if outs and target(code, conventions) is not None:
            softmax = code.style == "pair" and not network(code, conventions)
            weights = one_each(code, self.labels, conventions)
            back = [softmax or a.name in weights or gives_back(code, a.name, conventions) for a in arguments]
            alone = tuple(replace(a, owed=a.owed and b) for a, b in zip(arguments, back))
            plain = self.without_backward(sample, alone)
            plain = replace(plain, functions=code.functions, learned=learned_by(code, conventions))
            yield from implied.subjects(code, plain, self.call, np.shape(outs[0]), conventions, optimised)
            return
        if reconstructed.reconstructs(code, trial, trial_args, outs, conventions):
            plain = replace(self.without_backward(sample, arguments), functions=code.functions)
            plain = replace(plain, learned=learned_by(code, conventions))
            yield from reconstructed.subjects(code, plain, self.call, np.shape(outs[0]), conventions)
            return
        if hung.mark(code, conventions):
            plain = replace(self.without_backward(sample, arguments), fixed_sizes=setup.fixed)
            yield from hung.subject(code, plain, conventions, scalar)
            return
        forms = tuple(options(code, setup, self.sampler, conventions))
        kept = cache is not None or "_derivexplain_cache" in getattr(trial, "__dict__", {})
        known = Running(code, setup, sample, arguments, conventions, forms, optimised, tuple(self.off))
        yield from self.read(known, outs, kept, scalar)

    def read(self, known: Running, outs: tuple[Any, ...], kept: bool, scalar: bool) -> Iterator[Subject]:
        """A subject for each way to call backward."""
        code, name = self.code, self.setup.name
        called = code.calling and replace(self, code=code.called(self.told), off={})
        if called and code.by_run:  # what it keeps itself comes before what a framework's would
            yield from called.subjects()
        ways = readings(code, len(self.setup.given), len(outs), kept, scalar, self.conventions)
        for reading in ways:
            yield known.subject(self.call, name, reading, scalar)
        if ways and not scalar:
            yield from deltas.subjects(code, known.subject(self.call, name, ways[0], scalar), self.conventions)
        if called and not code.by_run:
            yield from called.subjects()
        if scalar or not self.costs(known.arguments):
            return
        # a loss for each example, beside its predictions or alone, whose backward is that of their mean (or sum)
        for whole in totals(code):
            for reading in readings(code, len(self.setup.given), 1, kept, True, self.conventions):
                yield known.subject(_reduced(self.call, whole), f"{name}, its {whole.__name__}", reading, True)

    def costs(self, arguments: tuple[Argument, ...]) -> bool:
        """Whether several outputs are costs: of data and targets, by what is learned, or an energy of each row."""
        code = self.code
        if self.setup.order is not None:
            return True
        several = self.setup.built_in and len(self.names) > 1
        energy = code.style == "class" and not any(a.owed for a in arguments)
        if regression(code, self.conventions):  # a column each: sum((y - t) ** 2)
            return True
        return code.local and (several or bool(weights_alone(code, self.conventions)) or energy)

    def otherwise(self, error: BaseException, stops: Subject) -> Iterator[Subject]:
        """The same with what forward lacks, where it stops: arrays in a framework's class, a readied instance."""
        code = self.code
        if isinstance(error, NoArray) and (kind := tensor_in({"": type(error.value)}, self.conventions)):
            other = code.called(self.told) if code.calling else code.opened(kind)
            yield from replace(self, code=other, off={}).subjects()
            if notes_back(error.value):
                yield from replace(self, code=code.taped(kind, self.setup.order), off={}).subjects()
        elif richer := self.setup.richer(code, self.conventions):
            yield from replace(self, setup=richer, off={}).subjects()
        else:
            self.settled = True
            yield stops

    def without_backward(
        self, sample: Sample, arguments: tuple[Argument, ...], error: BaseException | None = None
    ) -> Subject:
        """What is known before backward is: how to sample; forward stops with an error."""
        code, stops = self.code, _failing(error or LookupError())
        plain = Subject(code.name, sample, stops, _no_backward, arguments, code.source, scene=self.setup.name)
        return replace(plain, convention="tried") if error else replace(plain, narrow=self.setup.narrow)


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
