"""Options: the same layer with another stride or factor, with padding, or not training: what code offers by name."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..text.code import Code, backward_of, method_of
from ..text.surroundings import read_by
from ..text.things import matches, normal
from ..text.uses import compared, number_of, read
from .feeding import data_arguments
from .setups import Setup

Sample = Callable[[np.random.Generator, Mapping[str, int]], tuple[Any, tuple[Any, ...]]]


def options(
    code: Code, setup: Setup, dress: Callable[[Setup], Sample], conventions: Any
) -> Iterator[tuple[str, Sample]]:
    """Every choice that can be made otherwise, by its name, with samples that make it so; `dress` samples a setup."""
    for name, sample in choices(code, setup, dress, conventions):
        yield name, sample
        if name == "2 groups":  # of a channel each: which of two belong together does not show
            yield f"{name} of 2", partial(of_four, sample)
        elif name == "1 group":
            yield "2 groups of 2", partial(of_four, dress(setup))


def of_four(sample: Sample, rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
    """The same with four channels."""
    return sample(rng, {**sizes, "C": 4})


def choices(
    code: Code, setup: Setup, dress: Callable[[Setup], Sample], conventions: Any
) -> Iterator[tuple[str, Sample]]:
    """Every choice that the code offers by name."""
    plain = dress(setup)
    if setup.own:
        return
    for k, p in enumerate(code.constructor):
        made = filled(code.constructor[: k + 1], setup.made)
        if made is None:
            continue
        held = literal(made[k])
        turned = other(p.name, held, conventions) or slid(code, p.name, held) or flipped(code, p.name, held)
        if turned and turned[1] == 3 and re.search(rf"// *(self\.)?({p.name}|{p.name[0]})\b", code.source.text):
            continue  # windows that tile an image leave a rest of other sides than those of the example
        for name, value in (*((turned,) if turned else ()), *others(code, p.name, held)):
            way = replace(setup, made=(*made[:k], f"={value!r}", *setup.made[k + 1 :]))
            yield name, sliding(code, way, dress, conventions) if name == "stride 2" else dress(way)
    told_twice = {p.name for p in code.backward_args}  # elu_prime(z, alpha=1.0) would have to be told as well
    for k, p in enumerate(code.forward_args):
        if p.name in told_twice:
            turned = other(p.name, p.default, conventions) if type(p.default) is float else None
            for name, value in (*((turned,) if turned else ()), *others(code, p.name, p.default)):
                yield name, with_attribute(plain, WORDS, {p.name: value})
            continue
        more = filled(code.forward_args[: k + 1], ("",) * len(setup.given))
        if p.default is None and normal(p.name) in AXES and more is not None and k >= len(setup.given):
            given = [*map(literal, more[len(setup.given) : k])]
            yield from ((f"{p.name} = {axis}", with_arguments(plain, [*given, axis])) for axis in (0, 1))
        elif (
            more is not None
            and k >= len(setup.given)
            and (turned := other(p.name, literal(more[k]), conventions) or slid(code, p.name, literal(more[k])))
        ):
            values = [literal(v) for v in more[len(setup.given) : k]] + [turned[1]]
            turn = partial(with_arguments, values=values)
            yield turned[0], warmed(code, plain, turn, conventions) if turned[0] == EVAL else turn(plain)
        elif more is not None and k >= len(setup.given) and weighs_nothing(code, p, conventions):
            weighed = with_arguments(plain, [*map(literal, more[len(setup.given) : k]), WEIGHT])
            if counts(code, plain, weighed, conventions):
                yield f"weighed by {p.name} = {WEIGHT}", weighed
    labels = data_arguments(code)
    for k, spec in enumerate(setup.given):
        held = literal(spec)
        name = labels[k].name if k < len(labels) else ""
        for option, word in others(code, name, held):
            yield option, with_argument(plain, k, word)
        if isinstance(held, int) and (turned := other(name, held, conventions)):
            yield turned[0], with_argument(plain, k, turned[1])
        for key, value in held.items() if isinstance(held, dict) else ():
            if turned := other(str(key), value, conventions):
                yield turned[0], with_entry(plain, k, key, turned[1])
    yield from repeated(code, setup, plain, conventions)
    if some := passed_over(code, plain, conventions):
        yield "targets of which some are ignored", some
    for deep in deeper(code, setup):
        if runs(code, dress(deep), conventions):
            yield "rows of several axes", dress(deep)
    weighs = code.style == "fused" and bool(code.constructor)
    trains = any(matches(conventions.TRAINING, normal(p.name)) for p in (*code.constructor, *code.forward_args))
    if weighs or not trains:
        trial, _ = plain(np.random.default_rng(0), conventions.SIZES)
        for name, value in getattr(trial, "__dict__", {}).items():
            if weighs and weight_of_nothing(name, value, conventions):
                weighed = with_attribute(plain, name, WEIGHT)
                if counts(code, plain, weighed, conventions):
                    yield f"weighed by {name} = {WEIGHT}", weighed
            if not trains and value is True and matches(conventions.TRAINING, normal(name)):
                yield EVAL, warmed(code, plain, partial(with_attribute, name=name), conventions)


def sliding(code: Code, way: Setup, dress: Callable[[Setup], Sample], conventions: Any) -> Sample:
    """A wider image where windows of a stride have no second place in the example's: there none is wrong."""
    plain = dress(way)
    wide = replace(
        way, given=tuple(re.sub(r"\b4,([46])(?=[,)])", lambda m: f"5,{int(m[1]) + 1}", s) for s in way.given)
    )
    if wide == way:
        return plain
    few, more = (shape_given(code, sample, conventions) for sample in (plain, dress(wide)))
    return dress(wide) if few is not None and more is not None and more.count(1) < few.count(1) else plain


def shape_given(code: Code, sample: Sample, conventions: Any) -> tuple[int, ...] | None:
    """The shape of what forward gives, or of the first of it; None where it stops."""
    try:
        instance, args = sample(np.random.default_rng(0), conventions.SIZES)
        out = code.forward(instance, *args)
        return np.shape(out[0] if isinstance(out, tuple) else out)
    except (Exception, SystemExit):
        return None


def warmed(code: Code, plain: Sample, turn: Callable[[Sample], Sample], conventions: Any) -> Sample:
    """The layer turned to eval mode; after a batch, where backward works with the averages that code keeps.

    A variance that is 1 may be forgotten unseen. A backward that reads what eval mode does not keep is not for it.
    """
    evaluated, backward = turn(plain), code.function(code.back)
    if backward is None or not re.search("running|moving", code.source.text):
        return evaluated
    instance, args = evaluated(np.random.default_rng(0), conventions.SIZES)
    try:
        code.forward(instance, *args)
    except (Exception, SystemExit):
        return evaluated
    if any(getattr(instance, name, None) is None for name in read(backward)):
        return evaluated

    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = plain(rng, sizes)
        code.forward(instance, *args)
        return instance, args

    return turn(sample)


def repeated(code: Code, setup: Setup, plain: Sample, conventions: Any) -> Iterator[tuple[str, Sample]]:
    """One row, or one column, for what stands beside an array, where code sums over what was repeated."""
    names = [n for f in code.functions if code.within and hasattr(f, "__code__") for n in read_by(f.__code__)]
    told = re.search(UNREPEATED, " ".join((code.source.text, *names)))
    arrays = all(isinstance(s, str) and re.fullmatch(r"\(\w[\w,]*\)", s) for s in setup.given)
    if not told or len(setup.given) < 2 or not arrays:
        return
    for name, less in (("a row", np.s_[0]), ("a column", np.s_[..., :1])):

        def sample(
            rng: np.random.Generator, sizes: Mapping[str, int], less: Any = less
        ) -> tuple[Any, tuple[Any, ...]]:
            instance, (x, *others) = plain(rng, sizes)
            return instance, (x, *(other[less] for other in others))

        shape = shape_given(code, sample, conventions)
        if shape is not None and shape == shape_given(code, plain, conventions):  # else it takes some of one shape
            yield f"repeated: {name} for all", sample


def passed_over(code: Code, plain: Sample, conventions: Any) -> Sample | None:
    """Labels of which some are those that the code leaves out, ``mask = t != self.ignore_label``, if forward does."""
    names = "|".join(re.escape(p.name) for p in data_arguments(code)[1:])
    told = re.search(rf"[!=]= *(?:self\.)?(ignore\w*)\b|\b(?:{names}) *[!=]= *(-\d+)\b", code.source.text)
    if not names or told is None:
        return None

    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = plain(rng, sizes)
        given = {p.name: p.default for p in code.forward_args}
        left_out: Any = told[2] or getattr(instance, told[1], given.get(told[1]))
        some = [np.array(a) if np.ndim(a) and np.asarray(a).dtype.kind == "i" else None for a in args]
        for a in (a for a in some if a is not None and a.min() >= 0):
            a.ravel()[::3] = int(left_out)  # a copy in one piece
        return instance, tuple(a if s is None else s for a, s in zip(args, some))

    losses = []
    try:
        for way in (plain, sample):
            instance, args = way(np.random.default_rng(0), conventions.SIZES)
            out = code.forward(instance, *args)
            losses.append(out[0] if isinstance(out, tuple) else out)
    except (Exception, SystemExit):
        return None
    return None if np.array_equal(*losses) else sample


def deeper(code: Code, setup: Setup) -> Iterator[Setup]:
    """The same with rows of two axes where forward lays them flat, ``x.reshape(x.shape[0], -1)``, or counts axes."""
    front = method_of(code.source.text, code.names[0])
    if setup.given[:1] != ("(N,D)",) or front is None:
        return
    if re.search(FLAT, ast.unparse(front)):
        wide = {"(D,M)": "(DP,M)", "#D": "#DP"}
        made, given = (
            [wide.get(s, s) if isinstance(s, str) else s for s in specs] for specs in (setup.made, setup.given)
        )
        yield replace(setup, made=tuple(made), given=("(N,D,P)", *given[1:]))
    elif re.search(COUNTED, code.source.text):
        yield replace(setup, given=tuple("(N,P,D)" if s == "(N,D)" else s for s in setup.given))


def runs(code: Code, sample: Sample, conventions: Any) -> bool:
    """Whether forward does."""
    try:
        instance, args = sample(np.random.default_rng(0), conventions.SIZES)
        code.forward(instance, *args)
    except (Exception, SystemExit):
        return False
    return True


AXES = ("axis", "axes", "dim", "dims")
FLAT = r"\breshape\(\(?(\w+\.shape\[0\]|len\(\w+\)|[nNmM]|\w*batch\w*), -1\)"
COUNTED = r"\brange\((\w+\.ndim|len\(\w+\.shape\)) *- *1\)"  # all axes but the last are examples
EVAL = "eval mode"
UNREPEATED = r"(?i)broad|sum_?to|reduce_?(to|grad)"
LEARNS = re.compile("bias|intercept|affine|train|learn|adapt|fr[eo]ez|scale|cent(er|re)|grad")  # else owes none
WINDOW = r"(pool|kernel|filter|window)(size|h|w|height|width)?|f|k|ksize"
MOST = 8  # words that are tried


def flipped(code: Code, name: str, value: Any) -> tuple[str, bool] | None:
    """The other way of a choice by which backward branches: ``if self.use_bias``."""
    back = backward_of(code) if isinstance(value, bool) and not LEARNS.search(normal(name)) else None
    asked = [n.test for n in ast.walk(back) if isinstance(n, ast.If | ast.IfExp)] if back else []
    branches = any(getattr(n, "attr", "").strip("_") == name for test in asked for n in ast.walk(test))
    return (f"{name} = {not value}", not value) if branches else None


def slid(code: Code, name: str, value: Any) -> tuple[str, int] | None:
    """The other stride, where an argument is one by its use alone: ``(H - k) // s``."""
    return ("stride 2", 2) if type(value) is int and value == 1 and number_of(code, name) == "stride" else None


def others(code: Code, name: str, value: Any) -> list[tuple[str, str]]:
    """The other words that the code itself knows for an argument, as functions under one name have several."""
    known = compared(code, name) if isinstance(value, str) and "init" not in name.lower() else []
    return [(f"{name} = {word!r}", word) for word in known if word != value][:MOST]


WORDS = "_derivexplain_words"  # what an instance holds for forward and backward to be told by name


def worded(code: Code) -> Code:
    """The same where both are told what the instance holds: ``pool_backward(dA, cache, mode="max")``."""
    twice = {p.name for p in code.forward_args} & {p.name for p in code.backward_args}
    asked = [p for p in code.forward_args if p.name in twice]
    if not any(type(p.default) is float or others(code, p.name, p.default) for p in asked):
        return code
    told = lambda run: lambda instance, *a: run(instance, *a, **vars(instance).get(WORDS, {}))  # noqa: E731
    return replace(code, forward=told(code.forward), backward=code.backward and told(code.backward))


def other(name: str, value: Any, conventions: Any) -> tuple[str, Any] | None:
    """The option and its other value, where a thing of this name with this value is one."""
    word = normal(name)
    if value is True and matches(conventions.TRAINING, word):
        return EVAL, False
    if value == "train" and matches(r"mode|phase", word):
        return EVAL, "test"
    for pattern, what, turn in ((r"strides?", "stride", {1: 2, 2: 1}), (r"pad(ding)?s?", "pad", {0: 1, 1: 0})):
        each = value if isinstance(value, tuple) else (value,)
        if re.fullmatch(pattern, word) and each and all(type(v) is int and v in turn for v in each):
            turned = tuple(turn[v] for v in each)
            return f"{what} {turned[0]}", turned if isinstance(value, tuple) else turned[0]
    if type(value) is int and value in (-1, 1) and word in AXES:
        return f"{name} = 0", 0
    if value is False and matches(r"((use|with|has|add|fit)_?)?(bias|intercept)", word):
        return "with a bias", True
    if type(value) is int and value == 1 and matches(r"g|(num_?|n_?)?groups?", word):
        return "2 groups", 2
    if type(value) is int and value == 2 and matches(r"g|(num_?|n_?)?groups?", word):
        return "1 group", 1  # of both channels: else each is a group, and their number does not show
    if type(value) is int and value == 2 and matches(WINDOW, word):
        return f"{name} = 3", 3  # 2 * 2 is 2 + 2
    if type(value) is float and value == 1 and not matches(conventions.RATE, word):
        return f"{name} = 0.5", 0.5  # a factor that is 1 may be forgotten without a trace
    return None


WEIGHT = 0.3  # of a term of a cost that by itself counts for nothing


def weighs_nothing(code: Code, p: inspect.Parameter, conventions: Any) -> bool:
    """Whether a cost has a term that is switched off by itself: ``def cost(theta, X, y, lambda_=0.0)``."""
    return code.style == "fused" and weight_of_nothing(p.name, p.default, conventions)


def weight_of_nothing(name: str, value: Any, conventions: Any) -> bool:
    number = type(value) in (int, float) and value == 0
    return number and any(matches(w, normal(name)) for w in conventions.WEIGHTS)


def counts(code: Code, plain: Sample, weighed: Sample, conventions: Any) -> bool:
    """Whether a cost itself changes with its weight: what only its gradient has may be a decay of the weights."""
    losses = []
    for sample in (plain, weighed):
        instance, args = sample(np.random.default_rng(0), conventions.SIZES)
        try:
            losses.append(np.array(code.forward(instance, *args)[code.together[0]], dtype=float))
        except Exception:
            return False
    return not np.array_equal(losses[0], losses[1])


def filled(found: tuple[inspect.Parameter, ...], made: tuple[str, ...]) -> tuple[str, ...] | None:
    """What these parameters are given, defaults written out; None where one cannot be."""
    out = list(made[: len(found)])
    for p in found[len(out) :]:
        if p.kind != p.POSITIONAL_OR_KEYWORD or not isinstance(p.default, bool | int | float | str | tuple | None):
            return None
        out.append(f"={p.default!r}")
    return tuple(out)


def literal(spec: Any) -> Any:
    """The value of a literal's specification; None for any other."""
    if not isinstance(spec, str) or not spec.startswith("="):
        return None
    try:
        return ast.literal_eval(spec[1:])
    except (ValueError, SyntaxError):
        return None


def with_arguments(plain: Sample, values: list[Any]) -> Sample:
    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = plain(rng, sizes)
        return instance, (*args, *values)

    return sample


def with_argument(plain: Sample, k: int, value: Any) -> Sample:
    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = plain(rng, sizes)
        return instance, (*args[:k], value, *args[k + 1 :])

    return sample


def with_entry(plain: Sample, k: int, key: Any, value: Any) -> Sample:
    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = plain(rng, sizes)
        args[k][key] = value
        return instance, args

    return sample


def with_attribute(plain: Sample, name: str, value: Any = False) -> Sample:
    def sample(rng: np.random.Generator, sizes: Mapping[str, int]) -> tuple[Any, tuple[Any, ...]]:
        instance, args = plain(rng, sizes)
        setattr(instance, name, value)
        return instance, args

    return sample
