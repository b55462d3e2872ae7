"""Dressing: a stranger's class or functions as a Subject, by trying the conventions until they fit."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..checking.subject import Answer, Argument, Source, Subject, floats_within
from .answers import answer, return_names, spellings
from .finding import Factory, Fused, Pair, method, normal, source_of
from .making import kind, make

Parameter = inspect.Parameter
MOST_READINGS = 16


@dataclass(frozen=True)
class Code:
    """What is called: how an instance is built, forward and backward as functions of the instance."""

    name: str
    constructor: tuple[Parameter, ...]
    build: Callable[[list[Any]], Any]
    forward: Callable[..., Any]  # (instance, *args)
    backward: Callable[..., Any] | None
    forward_args: tuple[Parameter, ...]
    backward_args: tuple[Parameter, ...]
    returns: tuple[str, ...]
    local: bool
    style: str  # "class" | "pair" | "fused"
    source: Source
    functions: tuple[Callable[..., Any], ...] = ()
    by_run: bool = False  # a base class's __call__ keeps inputs and outputs as variables
    pairwise: bool = True  # backward takes as many arguments as forward
    optional: tuple[str, ...] = ()


class Holder:
    """The instance of a pair of functions: keeps what both share (option dicts, parameters, the cache)."""


def parameters(function: Any, bound: bool = False) -> tuple[Parameter, ...]:
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ()
    return tuple(found[1:] if bound else found)


def required(found: Sequence[Parameter]) -> list[Parameter]:
    return [p for p in found if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def code_of(thing: Any, conventions: Any) -> Code:
    """The functions of a class, an instance, a factory, a Pair or a Fused."""
    if isinstance(thing, Pair):
        return Code(
            thing.name, (), lambda _: Holder(), lambda _, *a: thing.forward(*a), lambda _, *a: thing.backward(*a),
            parameters(thing.forward), parameters(thing.backward), return_names(thing.backward), thing.local, "pair", thing.source, (thing.forward,),
            pairwise=len(required(parameters(thing.backward))) >= len(required(parameters(thing.forward))),
        )  # fmt: skip
    if isinstance(thing, Fused):
        return Code(
            thing.name, (), lambda _: Holder(), lambda _, *a: thing.forward(*a), None,
            parameters(thing.forward), (), return_names(thing.forward)[1:], False, "fused", thing.source, (),
        )  # fmt: skip
    made = thing.make() if isinstance(thing, Factory) else None
    cls = thing if isinstance(thing, type) else type(thing if made is None else made)
    front, back = method(cls, conventions.FORWARD), method(cls, conventions.BACKWARD)
    static = isinstance(inspect.getattr_static(cls, front), staticmethod) if front else False
    back_static = isinstance(inspect.getattr_static(cls, back), staticmethod) if back else False
    init = () if cls.__init__ is object.__init__ else parameters(cls.__init__, bound=True)
    build = (lambda a: cls(*a)) if isinstance(thing, type) else (lambda _: clone(thing))
    if isinstance(thing, Factory):
        build = lambda _: thing.make()  # noqa: E731
    if not isinstance(thing, type):
        init = ()
    local = normal(back) not in ("backward", "backwardpass", "backwardpropagation", "backprop", "bprop", "vjp", "updategradinput", "backwardprop", "backpropagation", "backpropagate", "backwards")  # fmt: skip
    return Code(
        cls.__name__, init, build, lambda i, *a: getattr(i, front)(*a), lambda i, *a: getattr(i, back)(*a),
        parameters(getattr(cls, front), bound=not static and not _is_classmethod(cls, front)),
        parameters(getattr(cls, back), bound=not back_static and not _is_classmethod(cls, back)),
        return_names(getattr(cls, back)), local, "class",
        getattr(cls, "__derivexplain_source__", None) or source_of(cls),
        tuple(f for base in cls.__mro__[:-1] for f in vars(base).values() if inspect.isfunction(f)),
        any("__call__" in vars(base) for base in cls.__mro__[1:-1]),
    )  # fmt: skip


def _is_classmethod(cls: type, name: str) -> bool:
    return isinstance(inspect.getattr_static(cls, name), classmethod)


def clone(instance: Any) -> Any:
    import copy

    return copy.deepcopy(instance)


def matches(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern, name) is not None


# ---------------------------------------------------------------- which arguments


def roles(name: str, conventions: Any) -> list[str]:
    """The roles that an argument of this name may play, likeliest first."""
    return [role for pattern, role in conventions.ROLES if matches(pattern, normal(name))]


SCALARS = ("n_in", "n_out", "n_hidden", "channels", "filters", "kernel", "pool", "pool_side", "kernel_side", "stride", "pad", "ratio", "alpha", "eps", "momentum", "rate", "vocab", "shape", "axis", "train", "mode", "pool_mode", "std", "none", "activation", "name", "heads", "groups")  # fmt: skip
ARRAYS = ("W", "b", "gamma", "beta", "Wx", "Wh", "Wy", "by", "mean", "var")


def constructor_specs(code: Code, scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give the constructor in this scene: by the names of its arguments, unknown ones by guess."""
    wanted = required(code.constructor)
    if not wanted:
        yield ()
        return
    low = normal(code.name)
    taken: set[str] = set()
    choices: list[list[str]] = []
    for p in wanted:
        words = roles(p.name, conventions)
        spatial = any(w in low for w in ("conv", "pool"))
        if "drop" in low:
            words.sort(key=lambda r: r != "ratio")
        elif spatial:
            words.sort(key=lambda r: r not in ("stride", "pad", "pool", "kernel", "pool_side", "kernel_side", "channels", "filters", "W", "b"))  # fmt: skip
        elif "embed" in low:
            words.sort(key=lambda r: r not in ("vocab", "W"))
        elif any(w in low for w in ("elu", "leaky", "swish", "scale", "soft", "hinge", "huber")):
            words.sort(key=lambda r: r != "alpha")
        hint = str(p.annotation)
        if "int" in hint and "ndarray" not in hint:
            words = [w for w in words if scene.roles.get(w, "#").startswith(("#", "="))]
        if "ndarray" in hint or "array" in hint.lower():
            words = [w for w in words if w in ARRAYS] or words
        specs = [scene.roles[w] for w in words if (w in SCALARS or w in ARRAYS) and w in scene.roles]
        if words and words[0] in ARRAYS and not specs:
            return  # this scene has no such array
        if words[:1] == ["n_in"] and "n_in" in taken:
            specs = [scene.roles["n_out"], *specs]
        if words[:1]:
            taken.add(words[0])
        if {"activation", "none"} & set(words) or matches(r".*(prime|deriv(ative)?|grad)", normal(p.name)):
            specs = ["fn:tanh_prime" if matches(r".*(prime|deriv(ative)?|grad)", normal(p.name)) else "fn:tanh", *specs]
        if "shape" not in words and p.name.lower().endswith("shape"):
            specs.append(scene.roles.get("shape", "=(5,)"))
        choices.append(list(dict.fromkeys(specs))[:2] or ["#D", "=0.3", "(D,M)"])
    yield from itertools.islice(itertools.product(*choices), 6)


def forward_specs(code: Code, scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give forward in this scene."""
    wanted = data_arguments(code)
    first = True
    specs: list[list[str]] = []
    if {normal(p.name)[:1] for p in wanted} == {"q", "k", "v"} and len(wanted) == 3:
        yield (scene.roles.get("q", "(N,D)"),) * 3
        return
    for p in wanted:
        words = roles(p.name, conventions)
        words = [w for w in words if w not in SCALARS or w in ("train", "mode")] or words
        if not first and "h" in words:
            words.sort(key=lambda w: w != "h")
        if code.style != "class" and words and words[0] in (*ARRAYS, "h"):
            first = False
        if first and (
            not words or words[0] not in ("h", "train", "idx", "q", *(("W", "b") if len(wanted) > 2 else ()))
        ):
            specs.append([scene.roles.get("x", "(N,D)")])
            first = False
            continue
        first = False
        if words[:1] == ["x"] and len(wanted) >= 2:
            x = scene.roles.get("x", "(N,D)")
            other = scene.roles.get("other", x)
            specs.append([x] if normal(p.name) in ("x", "xs", "input", "inputs") else list(dict.fromkeys([other, x])))
            continue
        found = [scene.roles[w] for w in words if w in scene.roles]
        if matches(conventions.TARGET, normal(p.name)) or not found:
            found = [scene.roles.get("other", scene.roles.get("x", "(N,D)")), *found]
        if len(wanted) == 2 and code.style == "class" and words[:1] == ["b"]:
            found = [scene.roles.get("other", scene.roles.get("x", "(N,D)")), *found]
        if len(wanted) > 2 and (matches(conventions.TARGET, normal(p.name)) or (code.style == "fused" and p.name == "y")):
            found = ["lab(N)<M", "1hot(N,M)", *found]
        specs.append(list(dict.fromkeys(found))[:3])
    yield from itertools.islice(itertools.product(*specs), 6)


def data_arguments(code: Code) -> list[Parameter]:
    found = list(required(code.forward_args))
    if not found:  # forward(x=None): the first one is data all the same
        found = [p for p in code.forward_args if p.kind == p.POSITIONAL_OR_KEYWORD][:1]
        found = found or [p for p in code.forward_args if p.kind == p.VAR_POSITIONAL]
    if code.style == "pair" and code.local and len(found) == 2 and not code.pairwise:
        found = found[:1]
    if found and normal(found[0].name) in ("ctx", "context", "self") and code.style == "class":
        found = found[1:]
    return found


def is_loss(code: Code, conventions: Any) -> bool:
    name = normal(code.name)
    arguments = data_arguments(code)
    if len(arguments) != 2:
        return False
    targets = [matches(conventions.TARGET, normal(p.name)) for p in arguments]
    return any(w in name for w in conventions.LOSS) or any(targets)


def loss_specs(code: Code, conventions: Any) -> Iterator[tuple[tuple[str, str], int]]:
    """Predictions and targets of a loss, and which of both comes first."""
    names = [normal(p.name) for p in data_arguments(code)]
    target = [matches(conventions.TARGET, n) for n in names]
    orders = [0, 1]
    if target == [True, False] or (
        matches(r"y|t", names[0]) and matches(r"ypred|yhat|pred.*|out.*|a|al|p", names[1])
    ):
        orders = [1, 0]
    title = normal(code.name)
    kinds_first = list(conventions.PREDICTIONS)
    if any(matches(r"p|probs?|yhat|al|probabilit.*", n) for n in names) or "binary" in title or "bce" in title:  # given as probabilities
        kinds_first.sort(key=lambda k: not k.startswith(("u(N,D", "p(N,D")))
    elif ("entropy" in title or "nll" in title) and not re.search("soft|logit|with|sigmoid", title):
        kinds_first.sort(key=lambda k: not k.startswith("p(N,D"))
    for order in orders:
        for prediction in kinds_first:
            kinds = list(conventions.TARGETS[prediction])
            if not any(w in title for w in conventions.LABELS) and prediction == "(N,D)" and ("mse" in title or "squ" in title or "mean" in title or "mae" in title):  # fmt: skip
                kinds.sort(key=lambda k: k != "(N,D)")
            for t in kinds:
                yield ((prediction, t) if order == 0 else (t, prediction)), order


# ---------------------------------------------------------------- how backward is called


@dataclass(frozen=True)
class Reading:
    """What each argument of backward gets: "dout0", "arg1", "out0", "cache", "rate", "mean" ..."""

    gives: tuple[str, ...]

    @property
    def upstream(self) -> bool:
        return any(g.startswith("dout") for g in self.gives)


def readings(code: Code, n_args: int, n_outs: int, cache: bool, scalar: bool, conventions: Any) -> list[Reading]:
    """How backward may want to be called, likeliest first."""
    if code.backward is None:
        return [Reading(())]
    found = [p for p in code.backward_args if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    use = []
    for p in found:
        if p.default is p.empty or (
            matches(conventions.UPSTREAM, normal(p.name)) and not matches(conventions.RATE, normal(p.name))
        ):
            use.append(p)
        else:
            break
    if any(p.kind == p.VAR_POSITIONAL for p in code.backward_args) and not use:
        return [Reading(tuple(f"dout{k}" for k in range(n_outs))), Reading(())]
    names = [normal(p.name) for p in data_arguments(code)]
    choices: list[list[str]] = []
    douts = itertools.count()
    for p in use:
        n = normal(p.name)
        again = [f"arg{i}" for i, a in enumerate(names) if a == n]
        if len(use) == 1 and (code.local or again) and not (matches(r"d?dout|gradoutput|accumgrad", n)):
            result = matches(conventions.RESULT, n) and not again
            choices.append(["out0", "arg0", "dout0"] if result else [*again, "arg0", "out0", "dout0"] if code.local or again else ["dout0"])  # fmt: skip
        elif cache and matches(conventions.CACHE, n):
            choices.append(["cache"])
        elif matches(conventions.RATE, n) and len(use) > 1:
            choices.append(["rate"])
        elif again:
            choices.append([*again, "dout0"] if len(use) > 1 else [*again, "dout0", "out0"])
        elif matches(conventions.TARGET, n) and len(names) > 1:
            choices.append([f"arg{i}" for i in _target_first(names, conventions)])
        elif matches(conventions.UPSTREAM, n):
            k = next(douts)
            own = f"dout{k}" if k < n_outs else "zero"
            choices.append([own, "arg0", *(["held"] if len(use) > 1 else [])] if scalar else [own])  # a loss may be given its predictions under this name
        elif matches(conventions.PREDICTION, n) and scalar and len(use) > 1:
            choices.append(["arg0", "arg1", "dout0"] if len(names) > 1 else ["arg0", "dout0"])
        else:
            everything = [f"arg{i}" for i in range(n_args)]
            choices.append(["dout0", "out0", *everything, *(["cache"] if cache else [])])
    combos = [Reading(c) for c in itertools.product(*choices)]
    sane = [r for r in combos if len(set(r.gives)) == len(r.gives)]
    named = [p.default is not p.empty for p in use]
    if use and all(named) and scalar:
        sane.append(Reading(()))
    return list(dict.fromkeys(sane or combos))[:MOST_READINGS]


def _target_first(names: list[str], conventions: Any) -> list[int]:
    return sorted(range(len(names)), key=lambda i: not matches(conventions.TARGET, names[i]))


# ---------------------------------------------------------------- the subject


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
            for given, order in loss_specs(code, conventions):
                yield "a loss", made, given, order
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
    code: Code, scene: str, made: tuple[str, ...], given: tuple[Any, ...], order: int | None, names: list[Parameter], conventions: Any
) -> Iterator[Subject]:  # fmt: skip
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
                yield _subject(code, f"{scene}, its {whole.__name__}", sample, one, arguments, reading, True, conventions, given)


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


def split(result: Any, code: Code, instance: Any, conventions: Any) -> tuple[tuple[Any, ...], Any]:
    """Outputs and cache of what forward returned: ``(out, cache)`` in pairs, several arrays in order.

    Where it returned nothing, the output is the attribute that is called so.
    """
    if result is None or result is instance:
        held = {normal(k): v for k, v in vars(instance).items()}
        result = next((held[n] for n in conventions.OUTPUT if is_number(held.get(n))), None)
    if code.style == "fused":
        return (as_output(result[0]),), result[1]
    if isinstance(result, tuple):
        items = list(result)
        cache = None
        if len(items) > 1 and (code.style == "pair" or not is_number(items[-1])):
            cache = items.pop()
        numbers = [as_output(i) for i in items if is_number(i)]
        return tuple(numbers), cache
    return (as_output(result),), None


def is_number(value: Any) -> bool:
    """Whether this is a number or an array of numbers; objects count where they trace."""
    if isinstance(value, list):
        return bool(value) and is_number(value[0])
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "fiub" or (value.dtype.kind == "O" and value.size > 0 and is_traced(value.flat[0]))
    return isinstance(value, float | int) or is_traced(value)


def is_traced(value: Any) -> bool:
    return hasattr(value, "tape") or isinstance(value, float | int)


def as_output(value: Any) -> Any:
    if not is_number(value):
        raise TypeError(f"forward returns {type(value).__name__}, no array of numbers")
    array = np.asarray(value)
    return array.astype(float) if array.dtype.kind in "iub" else array


def _subject(
    code: Code, scene: str, sample: Any, call: Any, arguments: tuple[Argument, ...], reading: Reading, scalar: bool, conventions: Any, given: Any
) -> Subject:  # fmt: skip
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
        code.name, sample, forward, backward, arguments, code.source,
        upstream=name if upstream or pointwise else "", pointwise=pointwise, scene=scene,
        narrow=narrow(scene, given), convention=describe(code, reading), fixed_sizes=scene == "your inputs",
        notes=("updates",) if "rate" in reading.gives or default_rate(code, conventions) else (),
        functions=code.functions, learned=conventions.LEARNED,
    )  # fmt: skip


class Boxed(np.ndarray):
    """An array that answers to .data as a framework's variable does."""

    @property
    def data(self) -> np.ndarray:  # type: ignore[override]
        return np.asarray(self)


def defined_by_run(instance: Any, args: tuple[Any, ...], outs: tuple[Any, ...]) -> None:
    """What a define-by-run framework's ``__call__`` leaves in a function, where forward did not."""
    inputs = [np.asarray(a).view(Boxed) for a in args]
    result = np.asarray(outs[0]).view(Boxed)
    fresh = {"inputs": inputs, "input": inputs[0] if inputs else None, "outputs": [lambda: result], "output": result}
    ours = vars(instance).setdefault("_derivexplain_run", [k for k in fresh if k not in vars(instance)])
    vars(instance).update({k: fresh[k] for k in ours})


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
    words = {"dout": "the upstream gradient", "arg": "an argument of forward", "out": "the output", "cache": "the cache", "rate": "a learning rate", "zero": "zeros", "held": "the stored output"}  # fmt: skip
    gives = ", ".join(words[re.sub(r"\d", "", g)] for g in reading.gives) or "nothing"
    return "loss and gradient in one call" if code.backward is None else f"backward is given {gives}"


def guess_kind(value: Any) -> str:
    """What numbers an argument of the user's takes, judged by the ones given."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return "labels" if array.dtype.kind in "iub" and array.size else "option"
    if array.size and np.all((array == 0) | (array == 1)):
        return "one-hot"
    if array.ndim and array.size > 1 and np.all(array >= 0) and np.allclose(array.sum(axis=-1), 1):
        return "simplex"
    if array.size and np.all((array > 0) & (array < 1)):
        return "unit"
    return "positive" if array.size and np.all(array > 0) else "real"


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else clone(value)


def with_options(subject: Subject, options: Any) -> Subject:
    return replace(subject, options=tuple(options))
