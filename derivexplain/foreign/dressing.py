"""Dressing: a stranger's class or functions as a Subject, by trying the conventions until they fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..checking.subject import Answer, Argument, Subject, floats_within
from .answers import answer, spellings
from .arguments import constructor_specs, data_arguments, forward_specs, guess_kind, is_loss, loss_specs
from .calling import Reading, readings
from .code import Code, Parameter, clone, code_of, matches
from .finding import normal
from .making import kind, make
from .outputs import defined_by_run, split


def dress(thing: Any, conventions: Any, inputs: tuple[Any, ...] | None = None) -> Iterator[Subject]:
    """Candidates, likeliest first; each is a guess that has yet to run.

    `inputs` are example arguments where the user gave them; then only the calls are guessed.
    """
    code = code_of(thing, conventions)
    names = data_arguments(code)
    if inputs is not None:
        specs: Iterator[Any] = iter([("your inputs", (), tuple(inputs), None)])
    else:
        specs = _setups(code, conventions)
    for scene, made, given, order in specs:
        yield from _candidates(code, scene, made, given, order, names, conventions)


def _setups(code: Code, conventions: Any) -> Iterator[tuple[str, tuple[str, ...], tuple[Any, ...], int | None]]:
    if is_loss(code, conventions):
        scene = conventions.SCENES[0]
        for made in constructor_specs(code, scene, conventions):
            for pair, order in loss_specs(code, conventions):
                yield "a loss", made, pair, order
    scenes = list(conventions.SCENES)
    low = normal(code.name)
    front = ("conv", "pool", "image", "2d", "im2col", "flatten")
    if any(w in low for w in front):
        scenes.sort(key=lambda s: "image" not in s.name)
    elif "lstm" in low:
        scenes.sort(key=lambda s: "LSTM" not in s.name)
    elif "gru" in low:
        scenes.sort(key=lambda s: "GRU" not in s.name)
    elif "rnn" in low or "recurrent" in low or "time" in low:
        scenes.sort(key=lambda s: "sequence" not in s.name and "recurrent" not in s.name)
    elif "embed" in low:
        scenes.sort(key=lambda s: "word" not in s.name)
    elif "matmul" in low or "dot" in low:
        scenes.sort(key=lambda s: "fit" not in s.name)
    for scene in scenes:
        for made in constructor_specs(code, scene, conventions):
            for given in forward_specs(code, scene, conventions):
                yield scene.name, made, given, None


def _candidates(
    code: Code,
    scene: str,
    made: tuple[str, ...],
    given: tuple[Any, ...],
    order: int | None,
    names: list[Parameter],
    conventions: Any,
) -> Iterator[Subject]:
    """One set-up, tried; where forward runs, a subject for each way to call backward."""
    is_text = order is not None or scene != "your inputs"
    extra = [f"x{i}" for i in range(len(given))]
    labels = [p.name if p.kind != p.VAR_POSITIONAL else extra[i] for i, p in enumerate(names[: len(given)])]
    labels += extra[len(labels) : len(given)]

    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        args = tuple(make(g, rng, sizes) for g in given) if is_text else tuple(_copy(g) for g in given)
        instance = code.build([make(s, rng, sizes) for s in made])
        held = {k: v for k, v in zip(labels, args) if isinstance(v, dict)}
        if held:
            vars(instance).update(held)
        return instance, args

    kinds = [kind(g) if is_text else guess_kind(g) for g in given]
    if order is not None:
        owed = [i == order for i in range(len(given))]
    else:
        owed = [k in ("real", "positive", "unit", "simplex") for k in kinds]
    if code.style == "fused" and not isinstance(order, int):
        named = [n for n in labels if set(map(normal, code.returns)) & spellings(n, conventions)] or labels[:1]
        owed = [o and n in named for n, o in zip(labels, owed)]
    arguments = tuple(Argument(n, k, o) for n, k, o in zip(labels, kinds, owed))

    def call(instance: Any, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, Any]:
        args = tuple(getattr(instance, n) if isinstance(a, dict) else a for n, a in zip(labels, args))
        result = code.forward(instance, *args)
        outs, cache = split(result, code, instance, conventions)
        return outs, cache, result

    try:
        trial, trial_args = sample(np.random.default_rng(0), conventions.SIZES)
        np.random.seed(0)
        outs, cache, _ = call(trial, trial_args)
    except (Exception, SystemExit) as error:
        yield Subject(
            code.name, sample, _failing(error), _no_backward, arguments, code.source, scene=scene, convention="tried"
        )
        return
    scalar = all(np.ndim(o) == 0 for o in outs)
    for reading in readings(code, len(given), len(outs), cache is not None, scalar, conventions):
        yield _subject(code, scene, sample, call, arguments, reading, scalar, conventions, given)
    if order is not None and not scalar and len(outs) == 1:
        # a loss for each example, whose backward is that of their mean (or sum)
        for whole in (np.mean, np.sum):
            one = _reduced(call, whole)
            for reading in readings(code, len(given), 1, cache is not None, True, conventions):
                yield _subject(
                    code, f"{scene}, its {whole.__name__}", sample, one, arguments, reading, True, conventions, given
                )


def _reduced(call: Any, whole: Any) -> Any:
    def one(instance: Any, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, Any]:
        outs, cache, result = call(instance, args)
        return (np.asarray(whole(outs[0])),), cache, result

    return one


def _failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error

    return fail


def _no_backward(*_: Any) -> Answer:
    return Answer({})


def _subject(
    code: Code,
    scene: str,
    sample: Any,
    call: Any,
    arguments: tuple[Argument, ...],
    reading: Reading,
    scalar: bool,
    conventions: Any,
    given: Any,
) -> Subject:
    owed = [a.name for a in arguments if a.owed]
    upstream = reading.upstream
    pointwise = not upstream and not scalar and code.style != "fused"

    def forward(instance: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        outs, cache, _ = call(instance, args)
        if code.by_run:
            defined_by_run(instance, args, outs)
        if code.style != "class" or cache is not None:
            vars(instance)["_derivexplain_cache"] = cache
        return outs

    def backward(instance: Any, douts: tuple[Any, ...], args: tuple[Any, ...], outs: tuple[Any, ...]) -> Answer:
        before = {p: v.copy() for p, v in floats_within(instance) if not str(p[0]).startswith("_derivexplain")}
        if code.backward is None:
            result = vars(instance).get("_derivexplain_cache")
        else:
            result = code.backward(instance, *(_give(g, instance, douts, args, outs) for g in reading.gives))
        rate = 1.0 if "rate" in reading.gives else default_rate(code, conventions)
        shapes = {a.name: np.shape(v) for a, v in zip(arguments, args)}
        found = answer(instance, result, owed, shapes, code.returns, before, rate, conventions)
        if pointwise:
            return Answer({k: _times(v, douts[0]) for k, v in found.gradients.items()}, found.problem)
        return found

    name = next((p.name for p, g in zip(code.backward_args, reading.gives) if g.startswith("dout")), "dout")
    return Subject(
        code.name,
        sample,
        forward,
        backward,
        arguments,
        code.source,
        upstream=name if upstream or pointwise else "",
        pointwise=pointwise,
        scene=scene,
        narrow=narrow(scene, given),
        convention=describe(code, reading),
        fixed_sizes=scene == "your inputs",
        notes=("updates",) if "rate" in reading.gives or default_rate(code, conventions) else (),
        functions=code.functions,
        learned=conventions.LEARNED,
    )


def narrow(scene: str, given: Any) -> bool:
    """Whether these are inputs at which a slip cannot show: a single row, column or number."""
    if scene.startswith("a loss"):
        return not any(isinstance(g, str) and re.search(r"\(N|N\)", g) for g in given)
    return scene.startswith(("a row", "a column", "a number", "a vector", "lists", "square"))


def default_rate(code: Code, conventions: Any) -> float:
    """The default of backward's learning rate, where it has one."""
    for p in code.backward_args:
        if matches(conventions.RATE, normal(p.name)) and isinstance(p.default, float | int) and p.default:
            return float(p.default)
    return 0.0


def _times(value: Any, dout: np.ndarray) -> Any:
    return None if value is None else np.asarray(value) * dout


def _give(what: str, instance: Any, douts: tuple[Any, ...], args: tuple[Any, ...], outs: tuple[Any, ...]) -> Any:
    match = re.fullmatch(r"([a-z]+)(\d*)", what)
    assert match
    k = int(match[2] or 0)
    match match[1]:
        case "dout":
            d = douts[k]
            return d.item() if isinstance(d, np.ndarray) and d.ndim == 0 else d
        case "arg":
            return args[k]
        case "out":
            return outs[k]
        case "held":  # the activations that a fused loss keeps
            return vars(instance)["output"].copy()
        case "zero":
            return np.zeros_like(np.asarray(outs[-1], dtype=float))
        case "cache":
            return vars(instance).get("_derivexplain_cache")
        case "rate":
            return 1.0
    raise AssertionError(what)


def describe(code: Code, reading: Reading) -> str:
    words = {
        "dout": "the upstream gradient",
        "arg": "an argument of forward",
        "out": "the output",
        "cache": "the cache",
        "rate": "a learning rate",
        "zero": "zeros",
        "held": "the stored output",
    }
    gives = ", ".join(words[re.sub(r"\d", "", g)] for g in reading.gives) or "nothing"
    return "loss and gradient in one call" if code.backward is None else f"backward is given {gives}"


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else clone(value)
