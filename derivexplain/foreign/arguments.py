"""Arguments: what to give a constructor and forward, by the names of their arguments and a scene's shapes."""

from __future__ import annotations

import ast
import itertools
import re
import string
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..checking.source import text_of
from .answers import among
from .boxes import ARRAYS, entries
from .code import Code
from .hints import fitted, own_class
from .inner import inner_specs
from .settings import settings
from .slots import kept_data
from .things import Parameter, matches, normal, required, roles
from .uses import (
    asked_whole,
    between,
    chooses,
    compared,
    each_axis,
    indexed,
    named_parts,
    only_asked,
    sides,
    spread,
    takes_rows,
    unrolls,
)

SCALARS = (
    "n_in",
    "n_out",
    "n_hidden",
    "channels",
    "filters",
    "kernel",
    "pool",
    "pool_side",
    "kernel_side",
    "stride",
    "pad",
    "ratio",
    "alpha",
    "eps",
    "momentum",
    "rate",
    "vocab",
    "shape",
    "axis",
    "train",
    "predict",
    "mode",
    "pool_mode",
    "std",
    "none",
    "activation",
    "name",
    "heads",
    "groups",
    "mask",
    "batch",
    "optimizer",
    "rng",
    "bits",
    "sizes",
    "rows",
    "words",
)
OLDER = r"\b{}\.(rand|randn|random_sample|randint)\("  # what a generator of the older kind is asked
LEARNT = "a number with a gradient of its own"  # for an annotation
LENGTHS = ("n_in", "n_out", "channels", "filters")
BARE = ("W", "b", "gamma", "beta", "shape", *LENGTHS, "kernel", "pool", "vocab", "alpha")


def constructor_specs(code: Code, scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give the constructor in this scene: by the names of its arguments, unknown ones by guess."""
    wanted = with_slope(required(code.constructor), code, conventions)
    if not wanted:
        yield ()
    else:
        yield from _values(code, wanted, scene, conventions)
    bare = [
        k
        for k, p in enumerate(code.constructor)
        if p.default is None and set(BARE) & set(roles(p.name, conventions)[:1])
    ]
    if bare:  # what may be left out, in name only
        yield from _values(code, list(code.constructor[: bare[-1] + 1]), scene, conventions)


def counted_specs(code: Code, scene: Any, conventions: Any) -> tuple[str, ...]:
    """What lengths to give a constructor that has others of its own, as this scene has them; () where it has none."""
    own = itertools.takewhile(lambda p: type(p.default) is int and p.default > 1, code.constructor)
    told = ((p, roles(p.name, conventions)) for p in own)  # a size may be a kernel's
    counts = [
        p
        for p, words in itertools.takewhile(lambda pair: {*LENGTHS} & {*pair[1][:1]} and "pool" not in pair[1], told)
    ]
    return next(_values(code, counts, scene, conventions), ()) if counts else ()


def with_slope(wanted: list[Parameter], code: Code, conventions: Any) -> list[Parameter]:
    """A function that is asked for, with its derivative, which may be left out: ``Dense(n, act, act_deriv=None)``."""
    more = list(code.constructor[len(wanted) : len(wanted) + 1])
    curved = any(roles(p.name, conventions)[:1] == ["activation"] for p in wanted)
    told = curved and any(matches(conventions.SLOPE, normal(p.name)) for p in more)
    return [*wanted, *more] if told and wanted == list(code.constructor[: len(wanted)]) else wanted


def builder_specs(code: Code, scene: Any, conventions: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The methods that ready a fresh instance, and what to give them in this scene."""
    found = []
    for name, given in code.builders:
        wanted = required(given)
        values = next(_values(code, wanted, scene, conventions), None)
        if values is not None:
            data = [roles(p.name, conventions) == ["x"] and "x" in scene.roles for p in wanted]  # build(X)
            found.append((name, tuple(scene.roles["x"] if d else v for d, v in zip(data, values))))
    return tuple(found)


def lacking(code: Code, instance: Any, scene: Any, conventions: Any) -> tuple[tuple[str, str], ...]:
    """What an instance has a name for but nothing yet, and what it may be in this scene: parameters, and buffers.

    A buffer is written entry by entry, ``self.inputs[self.batch] = x``, and made by whoever runs the layers.
    """
    held = getattr(instance, "__dict__", {})
    cls = type(instance)
    own = code.back in vars(cls) and cls.__bases__ != (object,)  # an empty array is a base class's, filled for others
    named = [(n, next(iter(roles(n, conventions)), "")) for n, v in held.items() if v is None or (own and empty(v))]
    found = [(n, scene.roles[r]) for n, r in named if r in ("W", "b", "gamma", "beta") and r in scene.roles]
    written = [n for f in code.functions for n in re.findall(r"\bself\.(\w+)\[self\.\w+\] *=(?!=)", text_of(f))]
    return (*found, *((n, "fn:buffer") for n in dict.fromkeys(written) if not hasattr(instance, n)))


def empty(value: Any) -> bool:
    return isinstance(value, np.ndarray) and not value.size


def _values(code: Code, wanted: list[Parameter], scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    low, leaning = normal(code.name), leanings(code, conventions)
    turned = [normal(p.name) for p in wanted[:2]] == ["m", "n"]  # in mathematics' order, m comes first
    slopes = [matches(conventions.SLOPE, normal(p.name)) for p in wanted]
    taken: set[str] = set()
    choices: list[list[str]] = []
    init = code.function("__init__")
    spaces = {"A", "B", "C"} <= {p.name for p in wanted}
    fronts = [f for f in code.functions if getattr(f, "__name__", "") == code.front]
    for p, slope in zip(wanted, slopes):
        if sizes := settings(p, code.functions, scene, conventions):
            choices.append([str(sizes)])
            continue
        if boxes := entries(code, p.name, scene, conventions):
            choices.append(boxes)
            continue
        if data := kept_data(code, p.name, scene):
            choices.append([data])
            continue
        if spaces and p.name in conventions.STATE_SPACE:
            choices.append([conventions.STATE_SPACE[p.name]])
            continue
        parts = [next(iter(roles(n, conventions)), "") for n in named_parts(init, p.name)]  # self.W, self.b = params
        if parts and all(part in ("W", "b") and part in scene.roles for part in parts):
            choices.append(["both:" + "|".join(scene.roles[part] for part in parts)])
            continue
        if layers := inner_specs(code, p, conventions):
            choices.append(layers)
            continue
        if matches(conventions.INITIALIZER, normal(p.name)) and re.search(rf"\b{p.name}\(", text_of(init)):
            choices.append(["fn:initializer"])
            continue
        if matches(conventions.PENALTY, normal(p.name)) and not any(p.name in text_of(f) for f in fronts):
            choices.append(["=0.0"])  # no part of what forward computes
            continue
        words = sorted(roles(p.name, conventions), key=lambda r: r not in leaning)
        if not words and normal(p.name).endswith(("dim", "size", "units")):  # one length more
            words = [w for w in ("n_in", "n_out", "n_hidden") if w not in taken][:1]
        if "norm" in low or "bn" in low:  # as many outputs as inputs
            words = ["n_in" if w == "n_out" and "n_in" not in taken else w for w in words]
        noted = re.search(rf"\bself\.d_?{re.escape(p.name)}\b", code.source.text) is not None
        learnt = noted and words[:1] != ["activation"]
        lone = words[:1] == ["x"] and p.name in string.ascii_uppercase and not {*words[1:]} & {*ARRAYS}
        vague = learnt and (not words or lone)
        if learnt and words[:1] != ["x"]:  # its gradient is kept: an array
            words = [w for w in words if w in ARRAYS] or ["gamma"]
        hint = str(p.annotation)
        if "int" in hint and "ndarray" not in hint:
            words = [w for w in words if scene.roles.get(w, "#").startswith(("#", "="))]
            words = words if "[" in hint else [w for w in words if w != "sizes"]  # dimensions: int is one number
        if "ndarray" in hint or "array" in hint.lower():
            words = [w for w in words if w in ARRAYS] or words
        if words[:1] == ["b"] and not any("W" in roles(q.name, conventions) for q in wanted):
            words = ["beta", *words]  # a bias of what comes in, not of a product
        specs = [scene.roles[w] for w in words if (w in SCALARS or w in ARRAYS) and w in scene.roles]
        if words and words[0] in ARRAYS and not specs:
            return  # this scene has no such array
        if words[:1] in (["gamma"], ["beta"], ["width"]) and (slope_alone(code) or hint in ("float", str(float))):
            specs = ["=0.7", *specs]
        if words[:1] == ["n_in"] and "n_in" in taken:
            specs = [scene.roles["n_out"], *specs]
        if words[:1] == ["n_out"] and len(wanted) == 1:
            specs.append(scene.roles["n_in"])  # as many outputs as inputs
        if turned and p in wanted[:2]:
            specs = [scene.roles[w] for w in (("n_in", "n_out") if p is wanted[0] else ("n_out", "n_in"))]
        if words[:1]:
            taken.add(words[0])
        counted = {"kernel", "pool", "channels"} & {r for q in wanted for r in roles(q.name, conventions)}
        if {"W", "filters"} <= {*words} and "conv" in low and counted:
            specs = [scene.roles["filters"]]  # how many, of a size that is given too
        if "pool" in low and words[:1] == ["stride"] and len(wanted) == 1:
            specs = ["=2", *specs]  # the side of its windows, which are built in, do not overlap
        if slope:
            specs = ["fn:tanh_prime", "fn:slope_by_output", *specs]
        elif "activation" in words or (any(slopes) and len(wanted) == 2) or "Callable" in hint:
            specs = ["fn:tanh", *specs, "='relu'", "='sigmoid'"] if "name" not in words else ["='relu'", "='sigmoid'"]
        specs = [*map("={!r}".format, compared(code, p.name)[:2]), *specs]
        if p.name.lower().endswith("shape"):
            specs = list(dict.fromkeys([*specs, scene.roles.get("shape", "=(5,)")]))
            specs.append(scene.roles["n_out" if "out" in p.name else "n_in"])  # by another word a number
            if (x := scene.roles.get("x", "")).startswith("(N,") and f"{p.name}[0]" in text_of(init):
                specs.append(f"#{x}")  # or with the batch
        if vague and (rows := re.fullmatch(r"\(\w+,(\w+)\)", scene.roles.get("x", ""))):
            specs = [f"({rows[1]})", f"({rows[1]},{rows[1]})"]  # a row of them, or what leads from each to each
        if own_class(p, code.functions):
            specs = specs if specs == ["fn:optimizer"] else ["fn:tanh"]  # one of the file's own, see `suited`
        ends = {"n_in": scene.roles.get("x", ""), "n_out": "(N,M)"}
        if words and (axes := each_axis(code, p.name, ends.get(words[0], ""))):
            specs = [axes]
        elif count := sides(init, p.name):  # kernel_height, kernel_width = kernel_size
            specs = [re.sub(r"^([#=])(\w+)$", r"\1(" + ",".join([r"\2"] * count) + ")", s) for s in specs]
            if words[:1] == ["n_in"] and (picture := sides_of_image(scene)):
                specs = [f"={picture[:count]}" if "channels last" in scene.name else f"={picture[-count:]}"]
        elif (not specs or "shape" in p.name) and "W" in scene.roles and asked_whole(init, p.name):
            specs = [f"#{scene.roles['W']}"]
        elif (not specs or specs[0] in ("#D", "#M", "#K", "#P")) and (several := indexed(init, p.name)):
            specs = [scene.roles["sizes"]] if several == "many" else ["#(D,M)", "#(M,D)"]
        fit = fitted(specs, p, next(iter(words), ""), scene)
        if fit is None:
            return
        choices.append(
            list(dict.fromkeys(fit))[: 3 + p.name.lower().endswith("shape")] or ["#D", "=0.3", "(D,M)", "=2"]
        )
    yield from itertools.islice(itertools.product(*choices), 12 if turned else 6)


def slope_alone(code: Code) -> bool:
    """Whether backward is a function's derivative at what is given again: ``energy(r)``, ``energy_gradient(r)``."""
    given = [p.name for p in data_arguments(code)]
    return code.local and given == [p.name for p in required(code.backward_args)]


def leanings(code: Code, conventions: Any) -> tuple[str, ...]:
    """The roles that come first in code of this name: p of a dropout is no padding."""
    return next((roles for pattern, roles in conventions.LEANINGS if re.search(pattern, normal(code.name))), ())


def forward_specs(code: Code, scene: Any, conventions: Any) -> Iterator[tuple[str, ...]]:
    """What to give forward in this scene."""
    wanted = data_arguments(code)
    first = True
    specs: list[list[str]] = []
    weights = weights_alone(code, conventions)
    if {normal(p.name)[:1] for p in wanted[:3]} == {"q", "k", "v"}:
        rest = [
            [scene.roles[r] for r in roles(p.name, conventions) if r in SCALARS and r in scene.roles]
            for p in wanted[3:]
        ]
        for more in itertools.islice(itertools.product(*rest), 6):
            yield (scene.roles.get("q", "(N,D)"),) * 3 + more
        return
    taken: set[str] = set()
    x_rows = re.fullmatch(r"\(N,\w\)", scene.roles.get("x", "")) is not None
    for p in wanted:
        if boxes := entries(code, p.name, scene, conventions):
            specs.append(boxes)
            first = False
            continue
        words = sorted(roles(p.name, conventions), key=lambda r: first or r not in leanings(code, conventions))
        words = ["unrolled"] if unrolls(code, p.name) else words
        if code.style == "fused" and words[:1] == ["beta"] and "gamma" not in taken:
            words = ["alpha"]  # how much a further term of a cost counts
        if "name" in words and (known := compared(code, p.name)):  # activation(name, x): if name == "relu"
            specs.append([*map("={!r}".format, known[:2])])
            continue
        if len(weights) == 2 and p.name in weights:
            words = ["Wb"[weights.index(p.name)]]  # a slope for each column, and where it starts
        plain = [w for w in words if w not in SCALARS or w in ("train", "predict", "mode")]
        words = words if not plain or plain[0] in taken else plain  # G beside gamma is a number of groups
        if words is not plain:
            words = sorted(words, key=lambda w: w not in SCALARS)
        taken.update({*words[:1]} & {*ARRAYS})
        if scene.roles.get("idx", "").startswith(("idx(N)", "lab()")) and takes_rows(code, p.name):
            specs.append([scene.roles["idx"]])
            first = False
            continue
        if words[:1] == ["b"] and any(roles(q.name, conventions)[:1] == ["gamma"] for q in wanted):
            words = ["beta", *words]  # what shifts beside what scales
        if not first and "h" in words:
            words.sort(key=lambda w: w != "h")
        if code.style != "class" and words and words[0] in (*ARRAYS, "h"):
            first = False
        if first and (
            not words
            or words[0] not in ("h", "train", "idx", "q", "unrolled", *(("W", "b") if len(wanted) > 2 else ()))
        ):
            x = scene.roles.get("x", "(N,D)")
            specs.append([f"u{x}" if x.startswith("(") and between(code, p.name) else x])
            first = False
            continue
        first = False
        if x_rows and code.constructor and p.name != "a" and matches(conventions.GRAPH, normal(p.name)):
            specs.append(["graph(N,N)", scene.roles.get("other", "(N,D)")])
            continue
        if re.search(rf"\brange\({re.escape(p.name)}\)", code.source.text):  # how many there are, not what
            specs.append([scene.roles["batch"]])
            continue
        if words[:1] == ["x"] and len(wanted) >= 2:
            x = scene.roles.get("x", "(N,D)")
            other = scene.roles.get("other", x)
            specs.append([x] if normal(p.name) in ("x", "xs", "input", "inputs") else list(dict.fromkeys([other, x])))
            continue
        found = [scene.roles[w] for w in words if w in scene.roles]
        if not words and only_asked(code, p.name):
            specs.append(["=True", "=False"])
            continue
        if found[:1] == ["fn:rng"] and re.search(OLDER.format(p.name), code.source.text):
            found = ["fn:older_rng"]
        found = found or [*map("={!r}".format, compared(code, p.name)[:2])]  # if option == "max"
        if "activation" in words:
            found = ["='sigmoid'", "='relu'", "fn:tanh"]
        if "mask" in words and specs[:1] and specs[0][0].startswith("("):
            found.append(f"bin{specs[0][0]}")  # of every entry
        if matches(conventions.TARGET, normal(p.name)) or not found:
            x = scene.roles.get("x", "(N,D)")
            outputs = any("n_out" in roles(q.name, conventions) for q in code.constructor)  # a network's own
            outputs |= any(entries(code, q.name, scene, conventions) for q in wanted)
            found = [*[x.replace("D", "M")] * outputs, scene.roles.get("other", x), *found]
        beside = len(wanted) == 2 or normal(wanted[0].name) == "a"
        if beside and code.style == "class" and words[:1] == ["b"]:
            found = [scene.roles.get("other", scene.roles.get("x", "(N,D)")), *found]
        if (
            (len(wanted) > 2 or (code.style == "fused" and code.front))
            and not weights
            and not scene.name.endswith("a class each")
            and not ("word" in words and "word" in scene.roles)
            and (matches(conventions.TARGET, normal(p.name)) or (code.style == "fused" and normal(p.name) == "y"))
        ):
            found = [*["lab(N)<M"] * (p.name != "Y"), "1hot(N,M)", *found]  # a matrix has a capital
        if code.style == "class" and len(wanted) > 2 and p is wanted[-1] and chooses(code, p.name):
            found = ["bin(N)", *found]
        if len(wanted) > 2 and specs and specs[0][0] == "(N,D)" and spread(code, p.name):
            found = ["(N)", *found]
        learnt = p.annotation == LEARNT or (found[0][0] == "=" and among(code.returns, p.name, conventions))
        specs.append(["()"] if learnt else list(dict.fromkeys(found))[:3])
    yield from itertools.islice(itertools.product(*specs), 6)


def data_arguments(code: Code) -> list[Parameter]:
    found = list(required(code.forward_args))
    if not found:  # forward(x=None): the first one is data all the same
        plain = (p for p in code.forward_args if p.kind == p.POSITIONAL_OR_KEYWORD)
        found = [p for p in plain if not isinstance(p.default, bool)][:1]
        found = found or [p for p in code.forward_args if p.kind == p.VAR_POSITIONAL]
    if found and normal(found[0].name) in ("ctx", "context", "self") and code.style == "class":
        found = found[1:]
    return found


def weights_alone(code: Code, conventions: Any) -> tuple[str, ...]:
    """The weights of a cost over data and targets, cost(w, X, y) in any order, whose gradient alone is given.

    Where two gradients come back, of cost(X, y, m, b), they are the ones that have these names.
    """
    known = {p.name: next(iter(roles(p.name, conventions)), "") for p in data_arguments(code)}
    fused = code.style == "fused"  # svm_loss(W, X, y, reg) may have a weight for each class
    names = [n for n, role in known.items() if fused or role != "alpha"]  # a penalty's weight is none of the three
    firsts = [known[n] for n in names]
    targets = [n for n in names if n == "y" or matches(conventions.TARGET, normal(n))]
    if len(names) == 4 and len(code.returns) == 2 and len(targets) == 1:
        learnt = tuple(n for n in names if n not in targets and among(code.returns, n, conventions))
        data = [n for n in names if n not in (*targets, *learnt)]
        return learnt if len(learnt) == 2 and [roles(n, conventions)[:1] for n in data] == [["x"]] else ()
    whole = sorted((firsts.count("W"), firsts.count("x"), len(targets))) == [1, 1, 1]
    return (names[firsts.index("W")],) if len(names) == 3 and whole and len(code.returns) < 2 else ()


def sides_of_image(scene: Any) -> tuple[int, ...]:
    """The sizes of a scene's image; () where it has none."""
    return tuple(ast.literal_eval(scene.roles.get("shape", "=()")[1:])) if "image" in scene.name else ()
