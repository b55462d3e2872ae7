"""Calling: the ways in which backward may want to be called, likeliest first."""

from __future__ import annotations

import ast
import dis
import functools
import io
import itertools
import re
import textwrap
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ...python_text import parse
from ..building.feeding import data_arguments
from ..text.boxes import keys_of
from ..text.code import Code, backward_of, method_of
from ..text.madeup import Named, Optimizer
from ..text.targets import forgets
from ..text.things import attributes, matches, normal, roles
from ..text.uses import calls, writes_to

MOST_READINGS = 16
HELD = ("output", "outputs", "y_pred", "probs")  # what a fused loss keeps of its activations


@dataclass(frozen=True)
class Reading:
    """What each argument of backward gets: "dout0", "arg1", "out0", "cache", "rate", "=0.9" ..."""

    gives: tuple[str, ...]
    guessed: bool = False  # no name says what one of them is
    off: tuple[str, ...] = ()  # what backward would add of its own accord, and is told not to

    @property
    def upstream(self) -> bool:
        return any(g.startswith("dout") for g in self.gives)

    @property
    def outputs(self) -> int | None:
        """How many of forward's outputs have an upstream gradient; None for all of them."""
        ranks = [int(g[4:]) for g in self.gives if re.fullmatch(r"dout\d+", g)]
        return 1 + max(ranks) if ranks else None


def readings(code: Code, n_args: int, n_outs: int, cache: bool, scalar: bool, conventions: Any) -> list[Reading]:
    """How backward may want to be called, likeliest first."""
    if code.backward is None:
        return [Reading(())]
    found = [p for p in code.backward_args if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    use: list[Any] = []
    chosen = {p.name for p in code.forward_args if p.default is not p.empty}
    for p in found:
        if p.default is not p.empty and p.name in chosen:
            break  # huber_prime(y, t, delta=1.0) has the delta of huber(y, t, delta=1.0)
        upstreams = [q for q in use if matches(conventions.UPSTREAM, normal(q.name))]
        if p.default is None and len(upstreams) >= n_outs and matches(conventions.UPSTREAM, normal(p.name)):
            break  # backward(dA, m, dZ=None): one stands for the other
        if (
            p.default is p.empty
            or (matches(conventions.UPSTREAM, normal(p.name)) and not matches(conventions.RATE, normal(p.name)))
            or _decays(p, conventions)
            or (p.default is None and matches(conventions.RATE, normal(p.name)))
        ):
            use.append(p)
        else:
            break
    off = tuple(f"{p.name}={p.default!r}" for p in use if _decays(p, conventions))
    if any(p.kind == p.VAR_POSITIONAL for p in code.backward_args) and not use:
        return [Reading(tuple(f"dout{k}" for k in range(n_outs))), Reading(())]
    names = [normal(p.name) for p in data_arguments(code)]
    known = {normal(g): k for k, g in enumerate(code.gives) if g}
    fixed = {normal(p.name): p.default for p in code.forward_args if isinstance(p.default, str | bool | int | float)}
    choices: list[list[str]] = []
    guessed = False
    inner = of_no_output(use, code, conventions)
    douts, others = itertools.count(), itertools.count(n_outs - len(inner))
    repeated = len(use) > 1 and sorted(normal(p.name) for p in use) == sorted(names)
    repeated |= scalar and len(names) > 1 and {*names} <= {normal(p.name) for p in use}  # grad(X, y, p) of loss(y, p)
    told = any(matches(conventions.UPSTREAM, normal(p.name)) and normal(p.name) not in names for p in use)
    idle = use[0].name if len(use) == 1 and unread(code, use[0].name) else None
    for p in use:
        n = normal(p.name)
        bare = (
            n if n in known else re.sub(r"(?<=\w)(curr(ent)?|now|cache|l)$", "", n)
        )  # Z_curr of a forward that returns Z
        again = [f"arg{i}" for i, a in enumerate(names) if a == n]
        if n in ("ctx", "context") and not cache and len(use) > 1:
            choices.append(["node"])
        elif p.name == idle:
            choices.append(["dout0"])  # asked for and forgotten: nobody asks for an input in vain
        elif code.style == "pair" and n not in names and calls(code, p.name):
            choices.append(["function"])
        elif cache and matches(conventions.CACHE, n):
            choices.append(["cache"])
        elif not cache and len(use) > 1 and n.endswith("cache") and keys_of(code, p.name):
            choices.append(["named"])
        elif len(use) == 1 and (code.local or again) and not (matches(r"d?dout|gradoutput|accumgrad", n)):
            result = matches(conventions.RESULT, n) and not again
            given = ["out0", "arg0"] if result else [*again, "arg0", "out0"]
            if code.local and again and (works_anew(code, p.name) or others_take_inputs(code, conventions)):
                given.remove("out0")  # as all around it, it is given what forward was given
            if not again and matches(conventions.UPSTREAM, n):
                given.insert(0, "dout0")  # delta(error)
            elif code.style == "class" or not code.local or again and matches(conventions.UPSTREAM, n):
                given.append("dout0")  # relu_prime(x) takes x, never an upstream gradient
            choices.append(given)
        elif len(use) > 1 and (matches(conventions.RATE, n) or not n or steps_by(code, p.name, conventions)):
            choices.append(["rate"])
        elif len(use) > 1 and n not in names and matches(conventions.SCORES_BELOW, n):
            choices.append(["arg0"])
        elif len(use) > 1 and filled(code, p):
            choices.append(["box"])
        elif writes_to(code, p.name):
            choices.append(["sink"])
        elif len(use) > 1 and not again and (knob := _knob(n, conventions)):
            choices.append([knob])
        elif again and repeated:
            choices.append(again)  # grad(y_pred, y_true) of loss(y_pred, y_true): no upstream gradient comes in
        elif again:
            choices.append([*again, *["dout0"] * (not told)] if len(use) > 1 else [*again, "dout0", "out0"])
        elif bare in known and known[bare] < n_outs:
            choices.append([f"out{known[bare]}"])  # forward returned it under this name
        elif bare in known and cache and known[bare] == len(code.gives) - 1:
            choices.append(["cache"])
        elif len(use) > 1 and (matches(conventions.SHAPE_OF_INPUT, n) or n in [f"{a}shape" for a in names[:1]]):
            choices.append(["shape"])
        elif n in fixed:
            choices.append([f"={fixed[n]!r}"])  # as forward took it by itself
        elif matches(conventions.TARGET, n) and len(names) > 1:
            choices.append([f"arg{i}" for i in _target_first(names, conventions)])
        elif matches(conventions.UPSTREAM, n):
            k = next(others if p in inner else douts)
            own = f"dout{k}" if k < n_outs and p not in inner else f"zero{k}"
            alone = n_outs > 1 and sum(matches(conventions.UPSTREAM, normal(q.name)) for q in use) == 1
            kept = ["held"] if len(use) > 1 and not cache else []
            given = [*kept, "arg0"] if "self.output = " in code.source.text else ["arg0", *kept]
            knows = ["out0"] if len(use) == 1 and own == "dout0" and forgets(code) else []  # y(1 - y), and no factor
            choices.append(
                [own, *given] if scalar else [own, "douts"] if alone else [own, *knows]
            )  # a loss may be given its predictions under this name
        elif repeated:
            guessed = True
            choices.append(["=None"])  # a third is neither of the two, and nobody says what it is
        elif matches(conventions.PREDICTION, n) and scalar and len(use) > 1:
            guessed |= len(use) > len(names)  # delta(z, a, y): z is none of forward's
            choices.append(["arg0", "arg1", "dout0", "held"] if len(names) > 1 else ["arg0", "dout0"])
        elif "optimizer" in roles(p.name, conventions):
            choices.append(["stepper"])
        elif n == "node":
            choices.append(["node"])
        elif n[:1] == "d" and known.get(n[1:], n_outs) < n_outs:
            choices.append([f"dout{known[n[1:]]}"])  # dscores of a forward that returns scores
        else:
            guessed |= len(use) > 1
            everything = [f"arg{i}" for i in range(n_args)]
            choices.append(["dout0", "out0", *everything, *(["cache"] if cache else [])])
    upstreams = [p for p in use if matches(conventions.UPSTREAM, normal(p.name))]
    guessed &= not upstreams
    guessed |= any(keys_of(code, p.name) and normal(p.name) not in names for p in upstreams)  # gradients["dW"] += ...
    combos = [Reading(c, guessed, off if "=0.0" in c else ()) for c in itertools.product(*choices)]
    sane = [r for r in combos if len(set(r.gives)) == len(r.gives)]
    named = [p.default is not p.empty for p in use]
    if use and all(named) and scalar:
        sane.append(Reading(()))
    return list(dict.fromkeys(sane or combos))[:MOST_READINGS]


def unread(code: Code, name: str) -> bool:
    """Whether a class's backward, which no name calls a derivative, never reads this argument."""
    if code.local or code.style != "class":
        return False
    back = code.function(code.back)
    if back is None or name in back.__code__.co_cellvars:
        return False
    read = [i.argval for i in dis.get_instructions(back) if i.opname.startswith("LOAD_FAST")]
    return not any(name in r if isinstance(r, tuple) else name == r for r in read)


def filled(code: Code, asked: Any) -> bool:
    """Whether backward writes gradients into this argument, a dict: ``gradients[f"{self.name}/W"] = dW``."""
    if "dict" in str(asked.annotation).lower() and matches(r"\w*grad\w*", normal(asked.name)):
        return True
    backward = backward_of(code)
    nodes = ast.walk(backward) if backward else ()
    stores = (n for n in nodes if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    own = (n.slice for n in stores if getattr(n.value, "id", "") == asked.name)
    return any(isinstance(s, ast.JoinedStr) or isinstance(getattr(s, "value", None), str) for s in own)


def of_no_output(asked: list[Any], code: Code, conventions: Any) -> list[Any]:
    """Upstream gradients of what forward works with inside, where all others are called as its outputs are.

    ``lstm_backward(da_next, dc_next, cache, dz)`` of a forward that returns a_next, c_next and a softmax of z.
    """
    outputs = {normal(n) for n in code.gives}
    named = [p for p in asked if matches(conventions.UPSTREAM, normal(p.name)) and normal(p.name)[:1] == "d"]
    strange = [p for p in named if normal(p.name)[1:] not in outputs]
    return strange if 0 < len(strange) < len(named) - 1 else []


def _decays(p: Any, conventions: Any) -> bool:
    """Whether an argument of backward adds a multiple of the parameters unless it is told otherwise."""
    return isinstance(p.default, float) and p.default > 0 and _knob(normal(p.name), conventions) == "=0.0"


def kept_decays(code: Code, conventions: Any) -> set[str]:
    """The attributes by which backward may add a multiple of the parameters, and of which forward knows nothing."""
    if code.style != "class" or not code.back:
        return set()
    methods = {f.__name__: f for f in reversed(code.functions)}
    read = attributes(code.back, methods, "LOAD_ATTR") - attributes(code.front, methods, "LOAD_ATTR")
    named = {n for n in read if _knob(normal(n), conventions) == "=0.0"}
    text = method_of(code.source.text, code.back) if named else None
    lines = ast.unparse(text) if text else ""
    moved = r"self\.{0}\b[^\n,]*\bsum\("  # handed on as a penalty, reg * np.sum(W * W)
    return {n for n in named if not re.search(moved.format(n), lines) or len(re.findall(rf"self\.{n}\b", lines)) > 1}


def _knob(name: str, conventions: Any) -> str:
    return next((f"={value!r}" for pattern, value in conventions.KNOBS if matches(pattern, name)), "")


def _target_first(names: list[str], conventions: Any) -> list[int]:
    return sorted(range(len(names)), key=lambda i: not matches(conventions.TARGET, names[i]))


def default_rate(code: Code, conventions: Any) -> float:
    """The default of backward's learning rate, where it has one."""
    for p in code.backward_args:
        if matches(conventions.RATE, normal(p.name)) and isinstance(p.default, float | int) and p.default:
            return float(p.default)
    back = code.function(code.back) if code.style == "class" else None
    space = getattr(back, "__globals__", {})
    for name in getattr(getattr(back, "__code__", None), "co_names", ()):  # a rate beside the class, for all of them
        known = type(space.get(name)) is float and matches(conventions.RATE, normal(name))
        if known and re.search(rf"[-+]= *(.*\* *{name}\b|{name} *\*)", code.source.text):
            return float(space[name])
    return 0.0


def works_anew(code: Code, name: str) -> bool:
    """Whether a derivative works out of its argument what the function works out of its own: 0.2 * z + 0.5."""
    front, *rest = [f for f in (getattr(f, "__code__", None) for f in code.functions) if f is not None] or [None]
    if front is None or len(rest) != 1 or code.style != "pair":
        return False
    tree = ast.parse(textwrap.dedent(code.source.text))
    parts = {
        f.name: {ast.dump(n) for n in ast.walk(f) if isinstance(n, ast.BinOp | ast.Call) and of(n, name)}
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef)
    }
    return bool(parts.get(front.co_name, set()) & parts.get(rest[0].co_name, set()))


def of(node: ast.AST, name: str) -> bool:
    """Whether an expression does two things or more with a name."""
    inside = list(ast.walk(node))
    named = any(isinstance(n, ast.Name) and n.id == name for n in inside)
    return named and sum(isinstance(n, ast.BinOp | ast.Call | ast.UnaryOp) for n in inside) >= 2


def others_take_inputs(code: Code, conventions: Any) -> bool:
    """Whether another derivative in the file calls its own function: 1 - self.forward(x)**2, sigmoid(z) * ..."""
    if any(isinstance(f, functools.partial) for f in code.functions):
        return False  # sigmoid(x, deriv=True) is given outputs, by an old custom
    function = next((getattr(f, "__code__", None) for f in code.functions if hasattr(f, "__code__")), None)
    path = getattr(function, "co_filename", "")
    front = "|".join(map(re.escape, sorted({"__call__", *conventions.FORWARD})))
    first, last = code.source.first, code.source.first + code.source.text.count("\n")
    for f in derivatives(path):
        if first <= f.lineno <= last:
            continue
        stem = re.sub(conventions.SLOPE_MARK, "", f.name)
        body = "".join(ast.unparse(s) for s in f.body)
        if re.search(rf"self\.({front})\(", body) or (len(stem) > 1 and re.search(rf"\b{re.escape(stem)}\(", body)):
            return True
    return False


@functools.lru_cache(maxsize=8)
def derivatives(path: str) -> tuple[ast.FunctionDef, ...]:
    """The functions of a file whose names say derivative."""
    try:
        _, tree = parse(path)
    except (InputError, OSError, ValueError):
        return ()
    found = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
    return tuple(f for f in found if re.search("prime|deriv|grad|backward", f.name.lower()))


def steps_by(code: Code, name: str, conventions: Any) -> bool:
    """Whether this argument of backward is what its steps are multiplied by: ``self.W -= alpha * dW``."""
    moved = r"self\.(\w+)(\[\w+\])? *(?:[-+]=|= *self\.\1(\[\w+\])? *[-+])"
    step = rf"{moved} *(\(?{re.escape(name)} *\*(?!\*)|[\w.]+ *\* *{re.escape(name)}\b)"
    known = {p.name for p in code.forward_args}
    fresh = code.style == "class" and name not in known and not matches(conventions.UPSTREAM, normal(name))
    return fresh and re.search(step, code.source.text) is not None


def kept_rate(code: Code, conventions: Any) -> str:
    """The attribute that is backward's learning rate: ``self.W -= self.lr * dW``; "" where it updates nothing."""
    names = stepping(code.source.text, code.back) if code.back else ()
    return next((n for n in names if matches(f"{conventions.RATE}|alpha", normal(n))), "")


@functools.lru_cache(maxsize=64)
def stepping(text: str, name: str) -> tuple[str, ...]:
    """The attributes by which a method multiplies what it takes off, or adds."""
    if (written := method_of(text, name)) is None:
        return ()
    parts = r"(?:-=?|\+=) *\(?self\.(\w+) *\*(?: *self\.(\w+))?|[-+]= .*\* *self\.(\w+)$"  # W += x.T @ d * self.lr
    return tuple(n for m in re.findall(parts, ast.unparse(written), re.M) for n in m if n)


class Node(types.SimpleNamespace):
    """A graph's node, which knows what forward was given."""

    def with_each(self, made: Callable[[Any], Any]) -> Node:
        """The same with each of these made into a tensor."""
        args = tuple(map(made, self.args))
        return Node(inputs=list(args), args=args, saved_tensors=args, op=self.op)


def give(what: str, instance: Any, douts: tuple[Any, ...], args: tuple[Any, ...], outs: tuple[Any, ...]) -> Any:
    """The argument of backward that a reading names."""
    if what.startswith("="):
        return ast.literal_eval(what[1:])
    match = re.fullmatch(r"([a-z]+)(\d*)", what)
    assert match
    k = int(match[2] or 0)
    match match[1]:
        case "dout":
            return douts[k].item() if type(douts[k]) is np.ndarray and douts[k].ndim == 0 else douts[k]
        case "douts":
            return douts
        case "arg":
            return args[k]
        case "out":
            return vars(instance)["_derivexplain_outputs"][k] if k else outs[0]
        case "held":  # the activations that a fused loss keeps
            return next(vars(instance)[n] for n in HELD if n in vars(instance)).copy()
        case "shape":
            return np.shape(args[0])
        case "zero":
            given = vars(instance)["_derivexplain_outputs"]
            return np.zeros(np.shape(given[k] if k < len(given) else outs[-1]))
        case "cache":
            return vars(instance).get("_derivexplain_cache")
        case "rate":
            return 1.0
        case "function":
            return vars(instance)["_derivexplain_forward"]
        case "stepper":
            return Optimizer()
        case "sink":
            return io.StringIO()
        case "box":  # where it is found again beside the parameters
            return vars(instance).setdefault("gradients", {})
        case "named":
            return Named(args[0], outs[0])
        case "node":  # the graph's node, which knows what forward was given
            return Node(inputs=list(args), args=args, saved_tensors=args, op=instance)
    raise AssertionError(what)


def output_taken(code: Code, reading: Reading) -> str:
    """The argument of backward that is called as one of forward's, and is right where it gets forward's output."""
    named = {normal(p.name) for p in data_arguments(code)}
    pairs = zip(code.backward_args, reading.gives)
    return next((p.name for p, g in pairs if g == "out0" and normal(p.name) in named), "")


def describe(code: Code, reading: Reading) -> str:
    """How backward is called, in words."""
    words = {
        "dout": "the upstream gradient",
        "douts": "the upstream gradients",
        "arg": "an argument of forward",
        "out": "the output",
        "cache": "the cache",
        "rate": "a learning rate",
        "function": "forward itself",
        "named": "what forward was given, by its name",
        "node": "a node with forward's inputs",
        "box": "a dict for gradients",
        "sink": "a file to write to",
        "zero": "zeros",
        "stepper": "an optimizer",
        "held": "the stored output",
        "shape": "the shape of what forward was given",
    }
    gives = ", ".join(g[1:] if g[:1] == "=" else words[re.sub(r"\d", "", g)] for g in reading.gives) or "nothing"
    return "loss and gradient in one call" if code.backward is None else f"backward is given {gives}"
